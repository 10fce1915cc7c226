#include "gateway/admission.h"

#include "shared/actor/report.h"
#include "shared/json/write.h"
#include "shared/sys/clock.h"

enum { LOGIN_EVENT_MS = 1000 }; /* failed logins are recorded at most this often */

static const enum ais_label_AUTH auth_labels[AIS_ACCESS_VERDICT_COUNT] = {
    [AIS_ACCESS_NONE] = AIS_AUTH_MISSING,    [AIS_ACCESS_MISTYPED] = AIS_AUTH_UNKNOWN,
    [AIS_ACCESS_UNKNOWN] = AIS_AUTH_UNKNOWN, [AIS_ACCESS_EXPIRED] = AIS_AUTH_EXPIRED,
    [AIS_ACCESS_REVOKED] = AIS_AUTH_UNKNOWN,
};

static void count_failed_login(struct gateway *gateway, enum ais_label_AUTH label)
{
    ais_metrics_count(&gateway->metrics, AIS_M_AUTH_FAILURES, label, 0, 1);
    if (gateway->failed_logins++ == 0)
        gateway->failed_logins_since_ns = ais_clock_mono();
}

unsigned admission_authenticate(struct gateway *gateway, const char *key, size_t n, uint32_t scopes,
                                const struct ais_access_key **ret_caller)
{
    const struct ais_access_key *caller;
    enum ais_access_verdict verdict = AIS_ACCESS_NONE;
    if (gateway->access != NULL)
        verdict = ais_access_check(gateway->access, key, n, NULL, ais_clock_wall(), &caller);
    if (verdict != AIS_ACCESS_OK) {
        count_failed_login(gateway, auth_labels[verdict]);
        return 401;
    }
    if (!ais_scope_covers(caller->scopes, scopes)) {
        ais_metrics_count(&gateway->metrics, AIS_M_AUTH_FAILURES, AIS_AUTH_SCOPE, 0, 1);
        return 403;
    }
    *ret_caller = caller;
    return 200;
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
    return stats.evaluators > 0 ? NULL : "no evaluator is ready";
}

void admission_record_failures(struct gateway *gateway)
{
    AUTO(ais_buf_done) struct ais_buf details = { 0 };
    int64_t since = ais_clock_mono() - gateway->failed_logins_since_ns;
    if (gateway->failed_logins == 0 || since < LOGIN_EVENT_MS * AIS_NS_PER_MS)
        return;
    ais_jw_begin_object(&details, NULL);
    ais_jw_u64(&details, "count", gateway->failed_logins);
    ais_jw_i64(&details, "within_ms", since / AIS_NS_PER_MS);
    ais_jw_end_object(&details);
    const struct ais_audit_event event = {
        .kind = AIS_AUDIT_AUTH_FAILED,
        .outcome = AIS_AUDIT_FAILURE,
        .time_ns = ais_clock_wall(),
        .actor = gateway->name,
        .details = details.data,
        .details_size = details.length,
    };
    if (!details.failed && ais_actor_record(gateway->events, AIS_GATEWAY, &event) == AIS_OK)
        gateway->failed_logins = 0; /* otherwise counted on, and tried again at the next tick */
}
