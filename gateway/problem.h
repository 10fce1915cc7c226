/* Problem details (RFC 9457): how every error leaves, over HTTP and over ZeroMQ. The one table of statuses. */
#ifndef AIS_GATEWAY_PROBLEM_H
#define AIS_GATEWAY_PROBLEM_H

#include "shared/json/json.h"
#include "shared/mem/buf.h"

#include <stdbool.h>
#include <stddef.h>

#define PROBLEM_CONTENT_TYPE "application/problem+json"

/* X(status, title of RFC 9110 section 15, Retry-After in seconds or 0, detail where nothing better is known) */
#define PROBLEM_STATUSES(X)                                                                            \
    X(400, "Bad Request", 0, "the request is malformed")                                               \
    X(401, "Unauthorized", 0, "a valid API key is needed: Authorization: Bearer KEY")                  \
    X(403, "Forbidden", 0, "the API key does not have the scope that this needs")                      \
    X(404, "Not Found", 0, "there is nothing here")                                                    \
    X(405, "Method Not Allowed", 0, "this path does not take that method; Allow lists those it takes") \
    X(409, "Conflict", 0, "the request conflicts with what is stored")                                 \
    X(411, "Length Required", 0, "a body needs a Content-Length")                                      \
    X(413, "Content Too Large", 0, "the body is over the limit of 1 MiB")                              \
    X(414, "URI Too Long", 0, "the target is over the limit of 4096 bytes")                            \
    X(415, "Unsupported Media Type", 0, "the Content-Type must be application/json")                   \
    X(417, "Expectation Failed", 0, "the only expectation that can be met is 100-continue")            \
    X(422, "Unprocessable Content", 0, "well-formed but invalid")                                      \
    X(429, "Too Many Requests", 60, "a limit is reached")                                              \
    X(431, "Request Header Fields Too Large", 0, "the header fields are over the limit of 16 KiB")     \
    X(500, "Internal Server Error", 0, "a fault of our own; the log has it")                           \
    X(503, "Service Unavailable", 1, "a decision cannot be made or recorded now; nothing is allowed by this answer")

/* One fault within the body. */
struct problem_error {
    const char *pointer; /* JSON Pointer (RFC 6901) to what is at fault; "" is the whole body */
    const char *detail;
};

struct problem {
    unsigned status;
    const char *detail; /* NULL: the words of the table */
    bool preflight;     /* answers a preflight: carries "allowed": false */
    const struct problem_error *errors;
    size_t n_errors;
    const struct ais_json *errors_given; /* instead of them: an array that another room made; NULL: none */
};

/* Appends the problem to out as one JSON object. A status that is not in the table becomes 500. */
void problem_write(struct ais_buf *out, const struct problem *problem);

/* The title of a status; that of 500 when the table does not have it. */
const char *problem_title(unsigned status);

/* Seconds after which trying again makes sense; 0: none. */
unsigned problem_retry_after(unsigned status);

/* Whether the table has this status. */
bool problem_is_status(unsigned status);

#endif
