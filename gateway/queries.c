/* What another room answers: its metrics, its rulepacks, its log. The question goes there, the answer comes back. */
#include "gateway/handlers.h"
#include "gateway/refuse.h"
#include "gateway/state.h"

void on_metrics(struct gateway *gateway, struct http_request *request, const struct route_match *match)
{
    (void)match;
    questions_ask(gateway->questions, gateway->metrics_socket, "metrics", NULL, 0, request);
}

static void add_arg(struct ais_buf *args, const char *name, const char *value)
{
    ais_buf_add(args, name, strlen(name) + 1);
    ais_buf_add(args, value, strlen(value) + 1);
}

/* Asks with the captured name (as "name") and all query parameters; their owner knows which of them it takes. */
static void ask_with_params(struct gateway *gateway, zsock_t *socket, const char *what, const char *name,
                            struct http_request *request)
{
    AUTO(ais_buf_done) struct ais_buf args = { 0 };
    const struct http_target *target = http_request_target(request);
    if (name[0] != '\0')
        add_arg(&args, "name", name);
    for (size_t i = 0; i < target->n_params; i++)
        add_arg(&args, target->params[i].name, target->params[i].value);
    if (args.failed)
        refuse(NULL, request, 503, "out of memory");
    else
        questions_ask(gateway->questions, socket, what, args.data, args.length, request);
}

void on_rulepacks(struct gateway *gateway, struct http_request *request, const struct route_match *match)
{
    ask_with_params(gateway, gateway->registry, "rulepacks", match->capture, request);
}

void on_rulepack(struct gateway *gateway, struct http_request *request, const struct route_match *match)
{
    ask_with_params(gateway, gateway->registry, "rulepack", match->capture, request);
}

void on_audit_logs(struct gateway *gateway, struct http_request *request, const struct route_match *match)
{
    ask_with_params(gateway, gateway->logs, "logs", match->capture, request);
}
