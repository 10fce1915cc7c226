#include "gateway/preflight.h"

#include "gateway/admission.h"
#include "gateway/handlers.h"
#include "gateway/refuse.h"
#include "shared/audit/record.h"

#include <stdlib.h>

static bool refused(struct preflight_refusal *ret, unsigned status, const char *detail)
{
    ret->problem = (struct problem){ .status = status, .detail = detail, .preflight = true };
    return false;
}

static bool invalid(struct preflight_refusal *ret, const struct ais_faults *faults)
{
    for (size_t i = 0; i < faults->count; i++)
        ret->errors[i] = (struct problem_error){ faults->items[i].pointer, faults->items[i].message };
    ret->problem = (struct problem){ 422, ret->why.text, true, ret->errors, faults->count, NULL };
    return false;
}

static struct ais_span span_of_node(const struct ais_json *node)
{
    return node != NULL ? (struct ais_span){ node->text, node->length } : (struct ais_span){ "", 0 };
}

static void count_refusal(struct gateway *gateway, enum ais_label_REFUSAL reason)
{
    ais_metrics_count(&gateway->metrics, AIS_M_REFUSALS, reason, 0, 1);
}

/* What admission_unable says, as a label. */
static enum ais_label_REFUSAL refusal_now(const struct gateway *gateway)
{
    if (gateway->draining)
        return AIS_REFUSAL_DRAIN;
    return gateway->access != NULL && !gateway->log.storage_ok ? AIS_REFUSAL_STORAGE : AIS_REFUSAL_EVALUATOR;
}

static const enum ais_label_SOURCE sources[AIS_AUDIT_SOURCE_COUNT] = {
    [AIS_AUDIT_REST] = AIS_SOURCE_REST,
    [AIS_AUDIT_BATCH] = AIS_SOURCE_BATCH,
    [AIS_AUDIT_ZMQ] = AIS_SOURCE_ZMQ,
};

bool preflight_begin(struct gateway *gateway, const struct ais_json *node, const char *bytes,
                     const struct preflight_origin *origin, struct dispatch_asker *asker,
                     struct preflight_refusal *ret_refusal)
{
    struct ais_request request;
    struct ais_faults faults = { 0 };
    ret_refusal->why = (struct ais_why){ 0 };
    enum ais_err err = ais_request_from(gateway->arena, node, &request, &faults, &ret_refusal->why);
    if (err == AIS_E_INVALID)
        return invalid(ret_refusal, &faults);
    if (err != AIS_OK)
        return refused(ret_refusal, 503, "out of memory");
    const char *unable = admission_unable(gateway);
    if (unable != NULL) {
        count_refusal(gateway, refusal_now(gateway));
        return refused(ret_refusal, 503, unable);
    }
    const struct dispatch_job job = {
        .body = bytes + node->begin,
        .size = node->end - node->begin,
        .access = gateway->access,
        .caller = origin->caller,
        .request_id = origin->request_id,
        .traceparent = origin->traceparent,
        .session_id = span_of_node(request.session_id),
        .source = origin->source,
        .explain = origin->explain,
        /* There are no approvals yet, so whatever is presented as one cannot be valid. */
        .token = request.approval_token != NULL ? AIS_TOKEN_INVALID : AIS_TOKEN_NONE,
    };
    if (dispatch_submit(gateway->dispatch, &job, asker) != AIS_OK) {
        count_refusal(gateway, AIS_REFUSAL_QUEUE);
        return refused(ret_refusal, 503, "too many requests wait for a decision; try again");
    }
    ais_metrics_count(&gateway->metrics, AIS_M_PREFLIGHTS, sources[origin->source], 0, 1);
    return true;
}

bool preflight_read(struct gateway *gateway, const char *body, size_t n, const struct ais_json **ret,
                    struct preflight_refusal *ret_refusal)
{
    ais_arena_reset(gateway->arena);
    ret_refusal->why = (struct ais_why){ 0 };
    enum ais_err err = ais_json_read(gateway->arena, body, n, &ais_json_request_limits, ret, &ret_refusal->why);
    if (err == AIS_E_NOMEM)
        return refused(ret_refusal, 503, "out of memory");
    return err == AIS_OK || refused(ret_refusal, 400, ret_refusal->why.text);
}

bool preflight_begin_body(struct gateway *gateway, const char *body, size_t n, const struct preflight_origin *origin,
                          struct dispatch_asker *asker, struct preflight_refusal *ret_refusal)
{
    const struct ais_json *node;
    return preflight_read(gateway, body, n, &node, ret_refusal) &&
           preflight_begin(gateway, node, body, origin, asker, ret_refusal);
}

/* ---- over HTTP ---- */

struct http_asker {
    struct dispatch_asker asker; /* first: the asker is this */
    struct http_request *request;
};

static void answer_http(struct dispatch_asker *asker, unsigned status, const char *text, size_t n)
{
    struct http_asker *self = (struct http_asker *)asker;
    if (status == 200) {
        http_answer(self->request, 200, "application/json", text, n, NULL, 0);
    } else {
        const struct problem problem = { .status = status, .detail = text, .preflight = true };
        refuse_with(self->request, &problem);
    }
    free(self);
}

void on_preflight(struct gateway *gateway, struct http_request *request, const struct route_match *match)
{
    struct preflight_refusal refusal;
    size_t n;
    const char *body = http_request_body(request, &n);
    struct http_asker *asker = malloc(sizeof *asker);
    if (asker == NULL) {
        refuse(NULL, request, 503, "out of memory");
        return;
    }
    *asker = (struct http_asker){ { answer_http }, request };
    const struct preflight_origin origin = {
        .caller = gateway->caller,
        .request_id = http_request_id(request),
        .traceparent = http_request_trace(request),
        .source = AIS_AUDIT_REST,
        .explain = route_explains(match->route, http_request_target(request)),
    };
    if (preflight_begin_body(gateway, body, n, &origin, &asker->asker, &refusal))
        return;
    free(asker);
    refuse_with(request, &refusal.problem);
}
