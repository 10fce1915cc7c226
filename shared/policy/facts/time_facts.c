/* When the request came, in UTC. The week is that of ISO 8601. */
#include "shared/policy/facts/fact.h"
#include "shared/policy/ops/moment.h"

static void add_part(const struct ais_question *question, enum ais_moment_part part, struct ais_values *ret)
{
    enum { NS_PER_S = 1000000000 };
    struct ais_moment moment;
    int64_t seconds = question->received_ns / NS_PER_S - (question->received_ns % NS_PER_S < 0);
    if (ais_moment_of(seconds, &moment)) /* 64 bits of nanoseconds are always within its years */
        ais_values_add_number(ret, (size_t)moment.parts[part]);
}

/* One fact a part. */
#define X(part, least, most)                                                                    \
    void ais_fact_time_##part(const struct ais_question *question, const struct ais_path *path, \
                              struct ais_values *ret)                                           \
    {                                                                                           \
        (void)path;                                                                             \
        add_part(question, AIS_MOMENT_##part, ret);                                             \
    }
AIS_MOMENT_PARTS(X)
#undef X
