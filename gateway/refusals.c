#include "gateway/refusals.h"

#include "gateway/refuse.h"
#include "gateway/state.h"
#include "shared/actor/report.h"
#include "shared/json/utf8.h"
#include "shared/json/write.h"
#include "shared/sys/clock.h"

#include <string.h>

enum { TEXT_MOST = 200 }; /* bytes of a text of the client's in an event */

static const char busy[] = "too much is being refused to be recorded; try again";

bool refusals_concern(const struct http_request *request, unsigned status)
{
    struct route_match match;
    const char *method = http_request_method(request);
    route_find(method, http_request_target(request)->path, &match);
    if (status / 100 != 4 || match.nearest == NULL || (match.nearest->flags & (ROUTE_OPEN | ROUTE_PREFLIGHT)) != 0)
        return false;
    return status == 403 || (strcmp(method, "GET") != 0 && strcmp(method, "HEAD") != 0);
}

/* ---- the event ---- */

/* value NULL: there is nothing to write. False: it cannot be masked, and must not be written. */
static bool write_masked(struct gateway *gateway, struct ais_buf *out, const char *key, const char *value)
{
    struct ais_audit_text text = ais_audit_text(value);
    if (value == NULL)
        return true;
    if (gateway->masker != NULL && ais_masker_text(gateway->masker, key, &text, NULL) != AIS_OK)
        return false;
    ais_jw_string(out, key, text.bytes, ais_utf8_cut(text.bytes, text.n, TEXT_MOST));
    return true;
}

static bool describe(struct gateway *gateway, const struct http_request *request, const struct problem *problem,
                     struct ais_buf *out)
{
    struct route_match match;
    char address[AIS_PEER_TEXT_SIZE];
    bool ok = true;
    const struct ais_peer peer = http_request_source(request);
    route_find(http_request_method(request), http_request_target(request)->path, &match);
    ais_jw_begin_object(out, NULL);
    ais_jw_text(out, "method", http_request_method(request));
    ais_jw_text(out, "route", match.nearest->path);
    ais_jw_u64(out, "status", problem->status);
    ais_jw_text(out, "title", problem_title(problem->status));
    if (match.captured[0] != '\0') {
        ais_jw_begin_object(out, "target");
        ok = write_masked(gateway, out, match.captured, match.capture);
        ais_jw_end_object(out);
    }
    ais_jw_text(out, "address", ais_peer_text(&peer, address));
    ok = write_masked(gateway, out, "request_id", http_request_id(request)) && ok;
    ok = write_masked(gateway, out, "traceparent", http_request_trace(request)) && ok;
    ok = write_masked(gateway, out, "reason", problem->detail) && ok;
    ais_jw_end_object(out);
    return ok && !out->failed;
}

/* ticket 0: nobody waits for it. */
static bool record(struct gateway *gateway, const char *key_id, const struct ais_buf *details, uint64_t ticket)
{
    const struct ais_access_key *key = ais_access_find(gateway->access, key_id);
    const struct ais_caller caller = { .key_id = key_id,
                                       .name = key != NULL ? key->name : NULL,
                                       .user = key != NULL ? key->user : NULL };
    struct ais_audit_event event = {
        .kind = AIS_AUDIT_REQUEST_REFUSED,
        .outcome = AIS_AUDIT_FAILURE,
        .time_ns = ais_clock_wall(),
        .actor = gateway->name,
        .caller = &caller,
    };
    if (gateway->masker != NULL && ais_masker_event(gateway->masker, &event, NULL) != AIS_OK)
        return false;
    event.details = details->data; /* of which the texts were masked before they were cut */
    event.details_size = details->length;
    return ais_actor_record_awaited(gateway->events, AIS_GATEWAY, gateway->name, ticket, &event) == AIS_OK;
}

/* ---- answers ---- */

static void hold(struct refusals *refusals, struct http_request *request, const struct problem *problem)
{
    struct refusal *refusal = &refusals->held[refusals->count];
    *refusal = (struct refusal){ .ticket = refusals->last_ticket,
                                 .request = request,
                                 .status = problem->status,
                                 .deadline_ns = ais_clock_mono() + REFUSALS_PATIENCE_MS * AIS_NS_PER_MS };
    problem_write(&refusal->body, problem);
    refusals->count++;
}

/* NULL: it is recorded, or on its way there. */
static const char *unable_to_record(struct gateway *gateway, const struct http_request *request, const char *key_id,
                                    const struct problem *problem, uint64_t ticket)
{
    AUTO(ais_buf_done) struct ais_buf details = { 0 };
    if (!describe(gateway, request, problem, &details))
        return "out of memory";
    return record(gateway, key_id, &details, ticket) ? NULL : busy;
}

void refusals_answer(struct gateway *gateway, struct http_request *request, const char *key_id,
                     const struct problem *problem)
{
    struct refusals *refusals = &gateway->refusals;
    const char *unable = NULL;
    if (!refusals_concern(request, problem->status)) {
        refuse_with(request, problem);
        return;
    }
    bool waits = http_request_is_complete(request);
    if (!gateway->log.storage_ok)
        unable = gateway->log.known ? gateway->log.reason : "the audit log is not open yet";
    else if (refusal_sums_add(&refusals->sums, key_id, problem->status, ais_clock_mono()))
        waits = false;
    else if (waits && refusals->count == REFUSALS_HELD)
        unable = busy;
    else
        unable = unable_to_record(gateway, request, key_id, problem, waits ? ++refusals->last_ticket : 0);
    if (unable != NULL)
        refuse(NULL, request, 503, unable);
    else if (waits)
        hold(refusals, request, problem);
    else
        refuse_with(request, problem);
}

/* The place in the list is taken by the last. */
static void release(struct refusals *refusals, size_t i, const char *unable)
{
    struct refusal refusal = refusals->held[i];
    refusals->held[i] = refusals->held[--refusals->count];
    if (unable != NULL)
        refuse(NULL, refusal.request, 503, unable);
    else
        refuse_written(refusal.request, refusal.status, &refusal.body);
    ais_buf_done(&refusal.body);
}

void refusals_recorded(struct refusals *refusals, uint64_t ticket)
{
    for (size_t i = 0; i < refusals->count; i++) {
        if (refusals->held[i].ticket != ticket)
            continue;
        release(refusals, i, NULL);
        return;
    }
}

/* due_ns: what is due then. False: some is counted on, to be tried again. */
static bool record_sums(struct gateway *gateway, int64_t now, int64_t due_ns)
{
    for (struct refusal_sum *sum; (sum = refusal_sums_due(&gateway->refusals.sums, due_ns)) != NULL;) {
        AUTO(ais_buf_done) struct ais_buf details = { 0 };
        refusal_sum_describe(sum, &details, now);
        if (details.failed || !record(gateway, sum->key_id, &details, 0))
            return false;
        refusal_sum_clear(sum);
    }
    return true;
}

void refusals_tick(struct gateway *gateway)
{
    struct refusals *refusals = &gateway->refusals;
    int64_t now = ais_clock_mono();
    for (size_t i = refusals->count; i-- > 0;) {
        if (!gateway->log.storage_ok)
            release(refusals, i, gateway->log.reason);
        else if (refusals->held[i].deadline_ns <= now)
            release(refusals, i, "this was refused, but is not known to be recorded in the audit log");
    }
    if (gateway->log.storage_ok)
        (void)record_sums(gateway, now, now);
}

bool refusals_record_all(struct gateway *gateway)
{
    return record_sums(gateway, ais_clock_mono(), REFUSALS_AT_ANY_TIME);
}

void refusals_end(struct refusals *refusals)
{
    while (refusals->count > 0)
        release(refusals, refusals->count - 1, "the service is stopping");
}
