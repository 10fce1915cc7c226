/* What the files of the HTTP room share: http.c, http_answer.c and http_peer.c know the library, http_request.c the
 * protocol, http_listen.c sockets. */
#ifndef AIS_GATEWAY_HTTP_PRIVATE_H
#define AIS_GATEWAY_HTTP_PRIVATE_H

#include "gateway/http.h"
#include "gateway/traceparent.h"
#include "shared/mem/buf.h"
#include "shared/tls/identity.h"

struct MHD_Connection;
struct MHD_Response;

enum { HTTP_FIELDS_MAX = 64 }; /* header fields of a request; more is 431 */

/* Fields that this room reads itself. Each may stand once in a request: what two readers could take differently is
 * refused. */
#define HTTP_KNOWN_FIELDS(X)                        \
    X(FIELD_HOST, "Host")                           \
    X(FIELD_CONTENT_LENGTH, "Content-Length")       \
    X(FIELD_TRANSFER_ENCODING, "Transfer-Encoding") \
    X(FIELD_CONTENT_TYPE, "Content-Type")           \
    X(FIELD_CONTENT_ENCODING, "Content-Encoding")   \
    X(FIELD_AUTHORIZATION, "Authorization")         \
    X(FIELD_EXPECT, "Expect")                       \
    X(FIELD_REQUEST_ID, "X-Request-ID")             \
    X(FIELD_TRACEPARENT, "traceparent")

enum http_known_field {
#define X(field, name) field,
    HTTP_KNOWN_FIELDS(X)
#undef X
        FIELD_COUNT
};

enum http_stage {
    STAGE_IDLE,     /* between requests */
    STAGE_HEAD,     /* the request line is read */
    STAGE_BODY,     /* the head is checked, the body is being read, or skipped when the request is refused */
    STAGE_HANDED,   /* complete, and a hook has it */
    STAGE_ANSWERED, /* the answer is on its way */
};

/* Why a request is refused. */
struct http_refusal {
    unsigned status;    /* 0: it is not refused */
    bool unframed;      /* where its body ends is unknown, or too far: answer now and close */
    const char *detail; /* a literal, or text of the request */
};

/* One a connection, for HTTP/1.1 has one request at a time on it: so its buffers are warm and no request allocates. */
struct http_request {
    struct http_server *server;        /* borrowed */
    struct MHD_Connection *connection; /* borrowed; it outlives us */
    struct http_request *prev, *next;  /* all connections of the server */
    int64_t deadline;                  /* monotonic ns; 0: none, an answer of ours is awaited */
    struct ais_tls_identity *identity; /* a reference: what its handshake showed; NULL before one, and without TLS */

    /* From here on what one request says, reset by http_request_begin and _end. */
    enum http_stage stage;
    bool suspended;
    bool closing; /* the connection ends with this answer */
    bool secret;  /* the answer is wiped when it was sent */
    bool failed;  /* there is no answer to send: the connection is closed */
    struct http_refusal refusal;
    char detail[sizeof((struct ais_why *)0)->text]; /* of a refusal that is not a literal */
    const char *method;    /* borrowed from the library until the request ends, as the fields */
    const char *line_rest; /* in the library's memory: where the request line goes on behind the target */
    struct http_header fields[HTTP_FIELDS_MAX];
    size_t n_fields;
    size_t head_size;
    const char *known[FIELD_COUNT]; /* values, NULL when absent */
    char trace[TRACEPARENT_SIZE];   /* "": none */
    struct http_target target;
    char target_text[HTTP_TARGET_MAX + 1]; /* what target points into */
    size_t content_length;
    bool chunked;
    size_t body_max;               /* bytes that the body may have */
    size_t received;               /* of the body */
    struct http_filter *filter;    /* owned; NULL: the body is kept as it is */
    struct ais_buf body;           /* owned: what is kept of it */
    int64_t complete_ns;           /* monotonic: when the body was; 0 before */
    unsigned status;               /* of the answer */
    unsigned tag;                  /* the caller's */
    struct MHD_Response *response; /* owned; NULL before the answer */
    struct ais_buf answer;         /* owned; the library reads from it while it sends */
};

/* Opens the socket that conf describes, listening and non-blocking; *ret_port is its port. */
MUST_CHECK enum ais_err http_listen(const struct http_conf *conf, int *ret_fd, uint16_t *ret_port, struct ais_why *why);

/* What the handshake of a TLS session shows, kept by its connection for as long as that lives; NULL: whose session it
 * is is unknown. Borrowed. */
struct ais_tls_identity *http_identity_of(const void *session);

/* Forgets the request before; target is the text of the request line, NUL-terminated, copied. */
void http_request_begin(struct http_request *request, const char *target);

/* Refuses it, unless it is refused already: the first reason stays. That the framing is in doubt is never forgotten.
 * detail NULL: the usual words of the status. */
void http_request_refuse(struct http_request *request, unsigned status, bool unframed, const char *detail);

/* Takes note of a header field; name and value must live as long as the request. */
void http_request_add_field(struct http_request *request, const char *name, size_t name_size, const char *value,
                            size_t value_size);

/* With all fields added: checks the head against the protocol and the limits. What is wrong is in refusal; the first
 * reason stays. */
void http_request_check_head(struct http_request *request, const char *method, const char *version);

/* With the head checked and the limit of its body settled: refuses one that is announced to be larger. */
void http_request_check_size(struct http_request *request);

/* With the head checked: whether the client wants the connection to end with this answer (RFC 9112 section 9.3). */
bool http_request_asks_to_close(const struct http_request *request, const char *version);

/* Takes n bytes of body, unless the request is refused; over the limit it becomes refused. */
void http_request_add_body(struct http_request *request, const void *bytes, size_t n);

/* Whether bytes of a body are to come. */
bool http_request_has_body(const struct http_request *request);

/* The answer has been sent, or the connection is gone: large buffers are given back. */
void http_request_end(struct http_request *request);

/* Ends what the request holds, not the request. */
void http_request_done(struct http_request *request);

/* http_peer.c: the socket of its connection, and the TLS session where it has one. */
int http_socket_of(const struct http_request *request);
void *http_session_of(const struct http_request *request);

/* The answer that request holds (its body stays ours until the request is over, so nothing is copied twice) as the
 * library sends it, with its header fields; NULL when memory is out. */
struct MHD_Response *http_response_new(const struct http_request *request, const char *content_type,
                                       const struct http_header *headers, size_t n_headers);

/* Writes the answer past the library, where it does not take one or would not send it; the connection is over then. A
 * peer that does not even take this much at once gets a closed connection instead. */
void http_answer_by_hand(const struct http_request *request, bool tls);

#endif
