/* What the time series say, for GET /api/v1/usage/metrics and GET /api/v1/usage/stats.
 *
 * Both take window=N and one of s m h d, up to the retention. A window of up to two hours is made of whole minutes, a
 * longer one (and every one of stats) of whole hours: it begins with the minute or hour that its first moment is in, as
 * "since" says, and ends now, with what the running minute has brought. */
#ifndef AIS_SERVICES_METRICS_USAGE_H
#define AIS_SERVICES_METRICS_USAGE_H

#include "services/metrics/series.h"
#include "shared/metrics/metrics.h"
#include "shared/wire/messages.h"

/* What answers count as the use of a feature: those of these endpoints that succeeded. */
#define USAGE_FEATURES(X)                 \
    X("preflight", BIT(PREFLIGHT))        \
    X("batch", BIT(BATCH))                \
    X("zeromq", BIT(ZMQ_PREFLIGHT))       \
    X("rulepack_listing", BIT(RULEPACKS)) \
    X("audit_search", BIT(LOGS))          \
    X("usage_reports", BIT(USAGE))        \
    X("prometheus", BIT(METRICS))         \
    X("health_probes", BIT(PROBE) | BIT(ZMQ_PING))

/* What an answer is made of. All borrowed; sums are memory to work in. */
struct usage {
    const struct series *series;
    const struct ais_metrics *now; /* with everybody's gauges */
    struct ais_metrics *sums[3];
    int64_t now_ns;
};

/* Write the answer to a question with these arguments as JSON. AIS_E_INVALID: an argument is unknown, given twice or
 * not accepted; why names it. */
MUST_CHECK enum ais_err usage_metrics(const struct usage *usage, struct ais_span args, struct ais_buf *out,
                                      struct ais_why *why);
MUST_CHECK enum ais_err usage_stats(const struct usage *usage, struct ais_span args, struct ais_buf *out,
                                    struct ais_why *why);

#endif
