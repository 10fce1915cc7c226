#include "gateway/admission.h"

#include "shared/actor/report.h"
#include "shared/sys/clock.h"

static const enum ais_label_AUTH auth_labels[AIS_ACCESS_VERDICT_COUNT] = {
    [AIS_ACCESS_NONE] = AIS_AUTH_MISSING,    [AIS_ACCESS_MISTYPED] = AIS_AUTH_UNKNOWN,
    [AIS_ACCESS_UNKNOWN] = AIS_AUTH_UNKNOWN, [AIS_ACCESS_EXPIRED] = AIS_AUTH_EXPIRED,
    [AIS_ACCESS_REVOKED] = AIS_AUTH_REVOKED, [AIS_ACCESS_ELSEWHERE] = AIS_AUTH_SOURCE,
};

const char admission_too_many[] = "too many requests without a valid API key come from this address";

static enum admission_pace take_failure(struct gateway *gateway, enum ais_access_verdict verdict,
                                        const struct ais_peer *peer, const struct ais_access_key *key)
{
    int64_t now = ais_clock_mono();
    ais_metrics_count(&gateway->metrics, AIS_M_AUTH_FAILURES, auth_labels[verdict], 0, 1);
    failures_add(&gateway->failures, verdict, peer, key, now);
    if (!throttle_fail(&gateway->throttle, peer, now))
        return ADMISSION_AT_ONCE;
    return delayed_has_room(&gateway->delayed) ? ADMISSION_LATE : ADMISSION_REFUSED;
}

unsigned admission_authenticate(struct gateway *gateway, const char *key, size_t n, const struct ais_peer *peer,
                                uint32_t scopes, const struct ais_access_key **ret_caller,
                                enum admission_pace *ret_pace)
{
    const struct ais_access_key *caller = NULL;
    int64_t now = ais_clock_wall();
    if (gateway->access == NULL)
        return 503;
    enum ais_access_verdict verdict = ais_access_check(gateway->access, key, n, peer, now, &caller);
    if (verdict != AIS_ACCESS_OK) {
        *ret_pace = take_failure(gateway, verdict, peer, caller);
        return 401;
    }
    key_use_note(&gateway->key_use, caller, now);
    if (!ais_scope_covers(caller->scopes, scopes)) {
        ais_metrics_count(&gateway->metrics, AIS_M_AUTH_FAILURES, AIS_AUTH_SCOPE, 0, 1);
        return 403;
    }
    *ret_caller = caller;
    return 200;
}

void admission_delay(struct gateway *gateway, struct delayed_answer *answer)
{
    gateway->failures.delayed++;
    delayed_add(&gateway->delayed, answer, ais_clock_mono());
}

unsigned admission_refuse(struct gateway *gateway)
{
    gateway->failures.refused++;
    return 429;
}

const char *admission_unable(const struct gateway *gateway)
{
    struct dispatch_stats stats;
    if (gateway->draining)
        return "the service is stopping";
    if (gateway->access == NULL)
        return "the service is starting";
    if (!gateway->log.storage_ok)
        return gateway->log.known ? gateway->log.reason : "the audit log is not open yet";
    dispatch_stats(gateway->dispatch, &stats);
    return stats.able ? NULL : "no evaluator is ready";
}

bool admission_record_failures(struct gateway *gateway, bool all)
{
    AUTO(ais_buf_done) struct ais_buf details = { 0 };
    if (gateway->failures.count == 0)
        return true;
    int64_t now = ais_clock_mono();
    if (!all && !failures_due(&gateway->failures, now))
        return true;
    failures_describe(&gateway->failures, &details, now);
    const struct ais_audit_event event = {
        .kind = AIS_AUDIT_AUTH_FAILED,
        .outcome = AIS_AUDIT_FAILURE,
        .time_ns = ais_clock_wall(),
        .actor = gateway->name,
        .details = details.data,
        .details_size = details.length,
    };
    if (details.failed || ais_actor_record(gateway->events, AIS_GATEWAY, &event) != AIS_OK)
        return false;
    failures_clear(&gateway->failures, now);
    return true;
}
