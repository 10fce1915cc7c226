/* GET /livez: the loop runs. GET /readyz: a preflight would be decided and recorded. GET /api/v1/openapi.json: what
 * there is besides. */
#include "gateway/admission.h"
#include "gateway/handlers.h"
#include "gateway/refuse.h"
#include "gateway/state.h"
#include "shared/json/write.h"

#include <sodium.h>

void on_livez(struct gateway *gateway, struct http_request *request, const struct route_match *match)
{
    static const char alive[] = "{\"status\":\"alive\"}";
    (void)gateway;
    (void)match;
    http_answer(request, 200, "application/json", alive, sizeof alive - 1, NULL, 0);
}

void on_openapi(struct gateway *gateway, struct http_request *request, const struct route_match *match)
{
    (void)match;
    http_answer(request, 200, "application/json", gateway->openapi.data, gateway->openapi.length, NULL, 0);
}

static void write_head(struct ais_buf *out, const struct gateway_log_state *log)
{
    char hash[2 * sizeof log->head_hash.bytes + 1];
    sodium_bin2hex(hash, sizeof hash, log->head_hash.bytes, sizeof log->head_hash.bytes);
    ais_jw_begin_object(out, "head");
    ais_jw_u64(out, "sequence", log->head_seq);
    ais_jw_text(out, "hash", hash);
    ais_jw_end_object(out);
}

void on_readyz(struct gateway *gateway, struct http_request *request, const struct route_match *match)
{
    AUTO(ais_buf_done) struct ais_buf out = { 0 };
    struct dispatch_stats stats;
    const char *unable = admission_unable(gateway);
    (void)match;
    dispatch_stats(gateway->dispatch, &stats);
    ais_jw_begin_object(&out, NULL);
    ais_jw_text(&out, "status", unable == NULL ? "ready" : "not ready");
    if (unable != NULL)
        ais_jw_text(&out, "detail", unable);
    ais_jw_u64(&out, "evaluators", stats.evaluators);
    ais_jw_text(&out, "storage", gateway->memory_only ? "memory" : "disk");
    ais_jw_begin_object(&out, "audit");
    ais_jw_bool(&out, "writable", gateway->log.storage_ok);
    if (gateway->log.known)
        write_head(&out, &gateway->log);
    ais_jw_end_object(&out);
    ais_jw_end_object(&out);
    if (out.failed)
        refuse(NULL, request, 503, "out of memory");
    else
        http_answer(request, unable == NULL ? 200 : 503, "application/json", out.data, out.length, NULL, 0);
}
