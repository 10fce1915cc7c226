#include "gateway/refuse.h"

#include <stdio.h>

enum { MAX_FIELDS = 3 };

void refuse_written(struct http_request *request, unsigned status, const struct ais_buf *body)
{
    struct http_header fields[MAX_FIELDS];
    struct route_match match;
    size_t n = 0;
    char seconds[16];

    status = problem_is_status(status) ? status : 500;
    if (problem_retry_after(status) > 0) {
        snprintf(seconds, sizeof seconds, "%u", problem_retry_after(status));
        fields[n++] = (struct http_header){ "Retry-After", seconds };
    }
    if (status == 401)
        fields[n++] = (struct http_header){ "WWW-Authenticate", "Bearer" };
    if (status == 405 && route_find(http_request_method(request), http_request_target(request)->path, &match) == 405)
        fields[n++] = (struct http_header){ "Allow", match.allow };
    /* Without memory for the body the status still says it. */
    http_answer(request, status, PROBLEM_CONTENT_TYPE, body->data, body->failed ? 0 : body->length, fields, n);
}

void refuse_with(struct http_request *request, const struct problem *problem)
{
    AUTO(ais_buf_done) struct ais_buf body = { 0 };
    problem_write(&body, problem);
    refuse_written(request, problem->status, &body);
}

void refuse(void *context, struct http_request *request, unsigned status, const char *detail)
{
    struct route_match match;
    (void)context;
    route_find(http_request_method(request), http_request_target(request)->path, &match);
    refuse_with(request, &(struct problem){ .status = status, .detail = detail, .preflight = match.preflight });
}
