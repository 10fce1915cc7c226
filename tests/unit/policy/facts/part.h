/* A part of a view made of one request, and printed: what tests of parts compare. */
#ifndef AIS_TESTS_PART_H
#define AIS_TESTS_PART_H

#include "shared/mem/buf.h"
#include "shared/policy/facts/view.h"
#include "tests/unit/test.h"

#include <stdlib.h>

/* Appends the values of a list as "value|value|…", elements parted by " ; ". */
static inline void part_print(const struct ais_part *part, unsigned list, struct ais_buf *out)
{
    const struct ais_part_list *values = &part->lists[list];
    for (size_t i = 0; i < values->count; i++) {
        if (i > 0)
            ais_buf_text(out, values->items[i].element != values->items[i - 1].element ? " ; " : "|");
        ais_buf_add(out, values->items[i].text, values->items[i].length);
    }
    ais_buf_add(out, "", 0);
}

/* A view of the request in body (JSON). Ends with part_done. */
struct part_lab {
    struct ais_arena *requests, *arena;
    struct ais_request request;
    struct ais_question question;
    struct ais_view view;
};

static inline void part_lab_init(struct part_lab *lab, const char *body, size_t n)
{
    struct ais_why why = { 0 };
    lab->requests = ais_arena_new(0);
    lab->arena = ais_arena_new(0);
    if (ais_request_read(lab->requests, body, n, &lab->request, NULL, &why) != AIS_OK)
        fail_msg("%s: %s", body, why.text);
    lab->question = (struct ais_question){ .request = &lab->request };
    ais_view_begin(&lab->view, &lab->question, lab->arena);
}

static inline void part_lab_done(struct part_lab *lab)
{
    ais_arena_destroy(&lab->requests);
    ais_arena_destroy(&lab->arena);
}

#endif
