/* Answers on their way out: as the library takes them, or by hand where it takes none. */
#include "gateway/http_private.h"
#include "gateway/http_tls.h"
#include "shared/sys/clock.h"

#include <microhttpd.h>

#include <string.h>
#include <sys/socket.h>
#include <time.h>

static enum MHD_Result put_field(void *cls, enum MHD_ValueKind kind, const char *name, const char *value)
{
    (void)kind;
    ais_buf_format(cls, "%s: %s\r\n", name, value);
    return MHD_YES;
}

void http_answer_by_hand(const struct http_request *request, bool tls)
{
    AUTO(ais_buf_wipe) struct ais_buf out = { 0 };
    char date[64];
    struct tm now;
    time_t seconds = (time_t)(ais_clock_wall() / AIS_NS_PER_S);
    strftime(date, sizeof date, "%a, %d %b %Y %H:%M:%S GMT", gmtime_r(&seconds, &now));
    ais_buf_format(&out, "HTTP/1.1 %u %s\r\nDate: %s\r\nContent-Length: %zu\r\n", request->status,
                   MHD_get_reason_phrase_for(request->status), date, request->answer.length);
    MHD_get_response_headers(request->response, put_field, &out);
    ais_buf_text(&out, request->closing ? "\r\n" : "Connection: close\r\n\r\n");
    if (strcmp(request->method, "HEAD") != 0)
        ais_buf_add(&out, request->answer.data, request->answer.length);
    if (out.failed)
        return;
    if (tls) {
        http_tls_send(http_session_of(request), out.data, out.length);
    } else {
        ssize_t sent = send(http_socket_of(request), out.data, out.length, MSG_NOSIGNAL | MSG_DONTWAIT);
        (void)sent; /* the connection ends in any case */
    }
}

struct MHD_Response *http_response_new(const struct http_request *request, const char *content_type,
                                       const struct http_header *headers, size_t n_headers)
{
    struct MHD_Response *response =
        MHD_create_response_from_buffer(request->answer.length, request->answer.data, MHD_RESPMEM_PERSISTENT);
    if (response == NULL)
        return NULL;
    bool ok = content_type == NULL || MHD_add_response_header(response, "Content-Type", content_type) == MHD_YES;
    for (size_t i = 0; ok && i < n_headers; i++)
        ok = MHD_add_response_header(response, headers[i].name, headers[i].value) == MHD_YES;
    if (ok && http_request_id(request) != NULL)
        ok = MHD_add_response_header(response, "X-Request-ID", http_request_id(request)) == MHD_YES;
    if (ok && request->secret)
        ok = MHD_add_response_header(response, "Cache-Control", "no-store") == MHD_YES;
    if (ok && request->closing)
        ok = MHD_add_response_header(response, "Connection", "close") == MHD_YES;
    if (!ok) {
        MHD_destroy_response(response);
        return NULL;
    }
    return response;
}
