/* Error answers over HTTP: a problem (gateway/problem.h) with the headers that its status calls for. */
#ifndef AIS_GATEWAY_REFUSE_H
#define AIS_GATEWAY_REFUSE_H

#include "gateway/http.h"
#include "gateway/problem.h"
#include "gateway/routes.h"

/* Answers request, which is dead afterwards, with the problem: Content-Type, Retry-After (503, 429), WWW-Authenticate
 * (401), Allow (405). */
void refuse_with(struct http_request *request, const struct problem *problem);

/* The same with a problem of that status that problem_write has written. */
void refuse_written(struct http_request *request, unsigned status, const struct ais_buf *body);

/* The same for a request without faults in its body. detail NULL: the words of the table. "allowed": false is added
 * when the path is that of a preflight. Fits the hook on_refusal of struct http_hooks. */
void refuse(void *context, struct http_request *request, unsigned status, const char *detail);

#endif
