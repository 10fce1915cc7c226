/* What another room answers: its metrics, its rulepacks, its log. The question goes there, the answer comes back. */
#include "gateway/handlers.h"
#include "gateway/refuse.h"
#include "gateway/state.h"
#include "shared/wire/args.h"

/* Asks, on behalf of the caller, with what the path captured and all query parameters: their owner knows which of them
 * it takes. The body of a route that takes one goes along unread. */
static void ask(struct gateway *gateway, zsock_t *socket, const char *what, const struct route_match *match,
                struct http_request *request)
{
    AUTO(ais_buf_done) struct ais_buf args = { 0 };
    const struct http_target *target = http_request_target(request);
    const struct ais_access_key *caller = gateway->caller;
    char peer[HTTP_PEER_SIZE];
    size_t body_size = 0;
    if (match->captured[0] != '\0')
        ais_args_add(&args, match->captured, match->capture);
    for (size_t i = 0; i < target->n_params; i++)
        ais_args_add(&args, target->params[i].name, target->params[i].value);
    if (args.failed) {
        refuse(NULL, request, 503, "out of memory");
        return;
    }
    struct ais_msg_ask msg = {
        .what = ais_span_of(what),
        .peer = ais_span_of(http_request_peer(request, peer)),
        .request_id = ais_span_of(http_request_id(request)),
        .traceparent = ais_span_of(http_request_trace(request)),
        .args = {args.data, args.length},
    };
    if (caller != NULL) {
        msg.key_id = ais_span_of(caller->id);
        msg.key_name = ais_span_of(caller->name);
        msg.user = ais_span_of(caller->user);
    }
    if ((match->route->flags & (ROUTE_JSON | ROUTE_MULTIPART)) != 0) {
        msg.body.data = http_request_body(request, &body_size);
        msg.body.size = body_size;
    }
    questions_ask(gateway->questions, socket, &msg, request);
}

/*    handler         who is asked     what */
#define QUERIES(X)                                         \
    X(on_metrics, metrics_socket, "metrics")               \
    X(on_usage_metrics, metrics_socket, "usage_metrics")   \
    X(on_usage_stats, metrics_socket, "usage_stats")       \
    X(on_rulepacks, registry, "rulepacks")                 \
    X(on_rulepack, registry, "rulepack")                   \
    X(on_rulepack_add, registry, "rulepack_add")           \
    X(on_rulepack_switch, registry, "rulepack_switch")     \
    X(on_rulepack_remove, registry, "rulepack_remove")     \
    X(on_rulepack_rollback, registry, "rulepack_rollback") \
    X(on_audit_logs, logs, "logs")                         \
    X(on_activity, logs, "activity")                       \
    X(on_api_keys, registry, "api_keys")                   \
    X(on_api_key_create, registry, "api_key_create")       \
    X(on_api_key_revoke, registry, "api_key_revoke")       \
    X(on_key_rotation, registry, "key_rotation")           \
    X(on_key_rotate, registry, "key_rotate")

#define X(handler, socket, what)                                                                         \
    void handler(struct gateway *gateway, struct http_request *request, const struct route_match *match) \
    {                                                                                                    \
        ask(gateway, gateway->socket, what, match, request);                                             \
    }
QUERIES(X)
#undef X
