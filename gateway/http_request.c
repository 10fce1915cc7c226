/* What a request may be (RFC 9110, RFC 9112): the checks that the library does not make. It accepts two
 * Content-Lengths, and one beside a Transfer-Encoding; each is a way to make us and a proxy see different requests. */
#include "gateway/http_private.h"

#include <stdio.h>
#include <string.h>
#include <strings.h>

enum {
    BUFFER_KEPT = 16 << 10, /* a larger buffer is given back after its request */
    LENGTH_MAX = 1 << 30,   /* a Content-Length is not told apart from a larger one beyond this */
};

static const struct {
    const char *name;
    size_t length;
} known_fields[] = {
#define X(field, name) [field] = { (name), sizeof(name) - 1 },
    HTTP_KNOWN_FIELDS(X)
#undef X
};

void http_request_refuse(struct http_request *request, unsigned status, bool unframed, const char *detail)
{
    request->refusal.unframed |= unframed;
    if (request->refusal.status != 0)
        return;
    request->refusal.status = status;
    request->refusal.detail = detail;
}

void http_request_begin(struct http_request *request, const char *target)
{
    request->stage = STAGE_HEAD;
    request->suspended = false;
    request->closing = false;
    request->failed = false;
    request->refusal = (struct http_refusal){ 0 };
    request->method = "";
    request->n_fields = 0;
    request->head_size = 0;
    memset(request->known, 0, sizeof request->known);
    request->trace[0] = '\0';
    request->target.path = "";
    request->target.n_params = 0;
    request->tag = 0;
    request->complete_ns = 0;
    request->content_length = 0;
    request->chunked = false;
    request->body_max = HTTP_BODY_MAX;
    request->received = 0;

    size_t n = strnlen(target, HTTP_TARGET_MAX + 1);
    if (n > HTTP_TARGET_MAX) {
        http_request_refuse(request, 414, false, NULL);
        n = 0;
    }
    memcpy(request->target_text, target, n);
    request->target_text[n] = '\0';
}

/* RFC 9110 section 5.6.2. */
static bool is_token(const char *text, size_t n)
{
    static const char others[] = "!#$%&'*+-.^_`|~";
    for (size_t i = 0; i < n; i++) {
        char c = text[i];
        bool alphanumeric = (c >= '0' && c <= '9') || ((c | 0x20) >= 'a' && (c | 0x20) <= 'z');
        if (!alphanumeric && (c == '\0' || strchr(others, c) == NULL))
            return false;
    }
    return n > 0;
}

/* RFC 9110 section 5.5: no control characters but the tab. */
static bool is_field_value(const char *text, size_t n)
{
    unsigned bad = 0;
    for (size_t i = 0; i < n; i++) {
        unsigned char c = (unsigned char)text[i];
        bad |= (unsigned)((c < 0x20 && c != '\t') || c == 0x7F);
    }
    return bad == 0;
}

void http_request_add_field(struct http_request *request, const char *name, size_t name_size, const char *value,
                            size_t value_size)
{
    request->head_size += name_size + value_size + sizeof ": \r\n" - 1;
    if (value == NULL)
        value = "";
    if (!is_token(name, name_size) || !is_field_value(value, value_size))
        http_request_refuse(request, 400, true, "a header field has a character that is not allowed there");
    if (request->n_fields == HTTP_FIELDS_MAX) {
        /* Those that are not kept could be the ones that frame the body. */
        http_request_refuse(request, 431, true, "there are more than 64 header fields");
        return;
    }
    request->fields[request->n_fields++] = (struct http_header){ name, value };
    for (size_t i = 0; i < FIELD_COUNT; i++) {
        if (known_fields[i].length != name_size || strncasecmp(known_fields[i].name, name, name_size) != 0)
            continue;
        if (request->known[i] == NULL)
            request->known[i] = value;
        else
            http_request_refuse(request, 400, true, "a header field that may be given once is given twice");
        break;
    }
}

static void read_length(struct http_request *request, const char *text)
{
    size_t digits = strspn(text, "0123456789");
    if (digits == 0 || text[digits] != '\0') {
        http_request_refuse(request, 400, true, "the Content-Length must be a number");
        return;
    }
    for (size_t i = 0; i < digits && request->content_length <= LENGTH_MAX; i++)
        request->content_length = request->content_length * 10 + (size_t)(text[i] - '0');
}

/* The usual words name the usual limit. */
static void refuse_size(struct http_request *request)
{
    if (request->body_max != HTTP_BODY_MAX)
        snprintf(request->detail, sizeof request->detail, "the body is over the limit of %zu bytes", request->body_max);
    http_request_refuse(request, 413, true, request->body_max != HTTP_BODY_MAX ? request->detail : NULL);
}

void http_request_check_size(struct http_request *request)
{
    if (request->content_length > request->body_max)
        refuse_size(request);
}

/* RFC 9112 section 6: where the body ends. */
static void check_framing(struct http_request *request, const char *version)
{
    const char *length = request->known[FIELD_CONTENT_LENGTH];
    const char *coding = request->known[FIELD_TRANSFER_ENCODING];

    if (coding != NULL) {
        if (length != NULL)
            http_request_refuse(request, 400, true, "a request has a Content-Length or a Transfer-Encoding, not both");
        else if (strcmp(version, "HTTP/1.1") != 0)
            http_request_refuse(request, 400, true, "HTTP/1.0 has no Transfer-Encoding");
        else if (strcasecmp(coding, "chunked") != 0)
            http_request_refuse(request, 400, true, "the only transfer coding that is taken is chunked");
        request->chunked = true;
    } else if (length != NULL) {
        read_length(request, length);
    } /* else it has no body */
}

bool http_request_lacks_length(const struct http_request *request)
{
    return request->known[FIELD_CONTENT_LENGTH] == NULL && request->known[FIELD_TRANSFER_ENCODING] == NULL;
}

static void check_target(struct http_request *request)
{
    struct ais_why why;
    if (request->refusal.status == 414)
        return;
    if (http_target_parse(request->target_text, &request->target, &why) != AIS_OK) {
        memcpy(request->detail, why.text, sizeof why.text);
        http_request_refuse(request, 400, false, request->detail);
    }
}

/* A request id goes into answers, records and logs: only what is harmless in all of them (visible ASCII). */
static void check_request_id(struct http_request *request)
{
    const char *id = request->known[FIELD_REQUEST_ID];
    size_t n = 0;
    while (id != NULL && id[n] > ' ' && id[n] < 0x7F && n <= HTTP_REQUEST_ID_MAX)
        n++;
    if (id != NULL && (n == 0 || n > HTTP_REQUEST_ID_MAX || id[n] != '\0'))
        request->known[FIELD_REQUEST_ID] = NULL;
}

void http_request_check_head(struct http_request *request, const char *method, const char *version)
{
    const char *expect = request->known[FIELD_EXPECT];
    const char *coding = request->known[FIELD_CONTENT_ENCODING];
    bool is_1_1 = strcmp(version, "HTTP/1.1") == 0;

    request->method = method;
    if (!is_token(method, strlen(method)))
        http_request_refuse(request, 400, true, "the method has a character that is not allowed there");
    if (!is_1_1 && strcmp(version, "HTTP/1.0") != 0)
        http_request_refuse(request, 400, true, "only HTTP/1.1 and HTTP/1.0 are spoken here");
    if (is_1_1 && request->known[FIELD_HOST] == NULL)
        http_request_refuse(request, 400, false, "HTTP/1.1 needs a Host header field");
    if (request->head_size > HTTP_HEAD_MAX)
        http_request_refuse(request, 431, false, NULL);
    if (expect != NULL && strcasecmp(expect, "100-continue") != 0)
        http_request_refuse(request, 417, false, NULL);
    check_target(request);
    check_framing(request, version);
    if (coding != NULL && strcasecmp(coding, "identity") != 0)
        http_request_refuse(request, 415, false, "a body must come without a Content-Encoding");
    check_request_id(request);
    if (request->known[FIELD_TRACEPARENT] != NULL)
        (void)traceparent_read(request->known[FIELD_TRACEPARENT], request->trace); /* what is none is left out */
}

/* Whether a comma-separated list has the token, whatever its case. */
static bool has_token(const char *list, const char *token)
{
    size_t n = strlen(token);
    while (*list != '\0') {
        list += strspn(list, ", \t");
        size_t length = strcspn(list, ", \t");
        if (length == n && strncasecmp(list, token, n) == 0)
            return true;
        list += length;
    }
    return false;
}

bool http_request_asks_to_close(const struct http_request *request, const char *version)
{
    bool keep = strcmp(version, "HTTP/1.1") == 0;
    for (size_t i = 0; i < request->n_fields; i++) {
        if (strcasecmp(request->fields[i].name, "Connection") != 0)
            continue;
        if (has_token(request->fields[i].value, "close"))
            return true;
        keep |= has_token(request->fields[i].value, "keep-alive");
    }
    return !keep;
}

bool http_request_has_body(const struct http_request *request)
{
    return request->chunked || request->content_length > 0;
}

void http_request_add_body(struct http_request *request, const void *bytes, size_t n)
{
    if (request->refusal.status != 0)
        return;
    request->received += n;
    if (request->received > request->body_max) {
        refuse_size(request);
        return;
    }
    if (request->filter == NULL)
        ais_buf_add(&request->body, bytes, n);
    else if (!request->filter->take(request->filter, bytes, n, &request->body)) {
        /* A chunked body does not say how much of it is still to be passed over. */
        http_request_refuse(request, request->filter->status, request->chunked, request->filter->detail);
        ais_buf_done(&request->body);
    }
    if (request->body.failed)
        http_request_refuse(request, 503, true, "there is no memory for the body now");
}

static void make_ready(struct ais_buf *buf)
{
    if (buf->capacity > BUFFER_KEPT)
        ais_buf_done(buf);
    else
        ais_buf_clear(buf);
}

static void end_filter(struct http_request *request)
{
    struct http_filter *filter = TAKE(request->filter);
    if (filter != NULL)
        filter->destroy(filter);
}

void http_request_end(struct http_request *request)
{
    request->stage = STAGE_IDLE;
    end_filter(request);
    make_ready(&request->body);
    if (request->secret)
        ais_buf_wipe(&request->answer);
    request->secret = false;
    make_ready(&request->answer);
}

void http_request_done(struct http_request *request)
{
    end_filter(request);
    ais_buf_done(&request->body);
    ais_buf_wipe(&request->answer);
}

bool http_request_is_complete(const struct http_request *request)
{
    return request->complete_ns != 0;
}

void http_request_set_secret(struct http_request *request)
{
    request->secret = true;
}

void http_request_allow(struct http_request *request, size_t body_max, struct http_filter *filter)
{
    request->body_max = body_max;
    request->filter = filter;
}

void http_request_turn_away(struct http_request *request, unsigned status)
{
    http_request_refuse(request, status, false, NULL);
}

struct http_filter *http_request_filter(const struct http_request *request)
{
    return request->filter;
}

const char *http_request_method(const struct http_request *request)
{
    return request->method;
}

const struct http_target *http_request_target(const struct http_request *request)
{
    return &request->target;
}

const char *http_request_body(const struct http_request *request, size_t *ret_n)
{
    *ret_n = request->body.length;
    return request->body.data != NULL ? request->body.data : "";
}

void http_request_set_tag(struct http_request *request, unsigned tag)
{
    request->tag = tag;
}

unsigned http_request_tag(const struct http_request *request)
{
    return request->tag;
}

const char *http_request_id(const struct http_request *request)
{
    return request->known[FIELD_REQUEST_ID];
}

const char *http_request_trace(const struct http_request *request)
{
    return request->trace[0] != '\0' ? request->trace : NULL;
}

const char *http_request_header(const struct http_request *request, const char *name)
{
    for (size_t i = 0; i < request->n_fields; i++)
        if (strcasecmp(request->fields[i].name, name) == 0)
            return request->fields[i].value;
    return NULL;
}

bool http_request_has_type(const struct http_request *request, const char *media_type)
{
    const char *type = request->known[FIELD_CONTENT_TYPE];
    size_t n = strlen(media_type);
    if (type == NULL || strncasecmp(type, media_type, n) != 0)
        return false;
    type += n + strspn(type + n, " \t");
    return *type == '\0' || *type == ';';
}
