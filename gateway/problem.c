#include "gateway/problem.h"

#include "shared/json/write.h"

#include <stdint.h>

struct row {
    unsigned status;
    unsigned retry_after;
    const char *title;
    const char *detail;
};

static const struct row rows[] = {
#define X(status, title, retry_after, detail) { (status), (retry_after), (title), (detail) },
    PROBLEM_STATUSES(X)
#undef X
};

static const struct row *find(unsigned status)
{
    for (size_t i = 0; i < N_ELEMS(rows); i++)
        if (rows[i].status == status)
            return &rows[i];
    return NULL;
}

/* An error must not become a success because somebody mistyped its status: what is unknown is a fault of our own. */
static const struct row *find_or_500(unsigned status)
{
    const struct row *row = find(status);
    return row != NULL ? row : find(500);
}

void problem_write(struct ais_buf *out, const struct problem *problem)
{
    const struct row *row = find_or_500(problem->status);

    ais_jw_begin_object(out, NULL);
    if (problem->preflight) {
        ais_jw_bool(out, "allowed", false);
        ais_jw_bool(out, "requires_approval", false);
    }
    ais_jw_text(out, "type", "about:blank");
    ais_jw_text(out, "title", row->title);
    ais_jw_u64(out, "status", row->status);
    ais_jw_text(out, "detail", problem->detail != NULL ? problem->detail : row->detail);
    if (problem->errors_given != NULL)
        ais_jw_node(out, "errors", problem->errors_given);
    else if (problem->n_errors > 0) {
        ais_jw_begin_array(out, "errors");
        for (size_t i = 0; i < problem->n_errors; i++) {
            ais_jw_begin_object(out, NULL);
            ais_jw_text(out, "pointer", problem->errors[i].pointer);
            ais_jw_text(out, "detail", problem->errors[i].detail);
            ais_jw_end_object(out);
        }
        ais_jw_end_array(out);
    }
    ais_jw_end_object(out);
}

const char *problem_title(unsigned status)
{
    return find_or_500(status)->title;
}

unsigned problem_retry_after(unsigned status)
{
    return find_or_500(status)->retry_after;
}

bool problem_is_status(unsigned status)
{
    return find(status) != NULL;
}
