#include "gateway/refuse.h"

#include <stdio.h>

enum { MAX_FIELDS = 3 };

static void answer_written(struct http_request *request, unsigned status, const struct ais_buf *body, const char *allow)
{
    struct http_header fields[MAX_FIELDS];
    size_t n = 0;
    char seconds[16];

    status = problem_is_status(status) ? status : 500;
    if (problem_retry_after(status) > 0) {
        snprintf(seconds, sizeof seconds, "%u", problem_retry_after(status));
        fields[n++] = (struct http_header){ "Retry-After", seconds };
    }
    if (status == 401)
        fields[n++] = (struct http_header){ "WWW-Authenticate", "Bearer" };
    if (allow != NULL)
        fields[n++] = (struct http_header){ "Allow", allow };
    /* Without memory for the body the status still says it. */
    http_answer(request, status, PROBLEM_CONTENT_TYPE, body->data, body->failed ? 0 : body->length, fields, n);
}

static void answer(struct http_request *request, const struct problem *problem, const char *allow)
{
    AUTO(ais_buf_done) struct ais_buf body = { 0 };
    problem_write(&body, problem);
    answer_written(request, problem->status, &body, allow);
}

void refuse_written(struct http_request *request, unsigned status, const struct ais_buf *body)
{
    answer_written(request, status, body, NULL);
}

void refuse_with(struct http_request *request, const struct problem *problem)
{
    answer(request, problem, NULL);
}

void refuse(void *context, struct http_request *request, unsigned status, const char *detail)
{
    struct route_match match;
    (void)context;
    route_find(http_request_method(request), http_request_target(request)->path, &match);
    refuse_with(request, &(struct problem){ .status = status, .detail = detail, .preflight = match.preflight });
}

void refuse_unrouted(struct http_request *request, unsigned status, const struct route_match *match)
{
    if (status == 204) {
        http_answer(request, 204, NULL, NULL, 0, &(struct http_header){ "Allow", match->allow }, 1);
        return;
    }
    const struct problem problem = { .status = status, .preflight = match->preflight };
    answer(request, &problem, status == 405 ? match->allow : NULL);
}
