/* What the tests of the time series share: minutes at a time of the test's choosing. */
#ifndef AIS_TESTS_SERIES_FIXTURE_H
#define AIS_TESTS_SERIES_FIXTURE_H

#include "services/metrics/series.h"
#include "shared/metrics/metrics.h"
#include "tests/unit/test.h"

/* 2026-01-31T12:00:00Z */
enum { NOON_S = 1769860800 };

/* Encodes what `counted` holds, adds it to the running minute as actor's, and empties it. */
static inline void tell(struct series *series, const char *actor, struct ais_metrics *counted)
{
    AUTO(ais_buf_done) struct ais_buf deltas = { 0 };
    ais_metrics_encode(counted, &deltas);
    assert_int_equal(series_add(series, actor, deltas.data, deltas.length, NULL), AIS_OK);
    memset(counted, 0, sizeof *counted);
}

/* Counts n records as the auditor's. */
static inline void tell_records(struct series *series, uint64_t n)
{
    static struct ais_metrics counted;
    ais_metrics_count(&counted, AIS_M_RECORDS, 0, 0, n);
    tell(series, "auditor", &counted);
}

/* The records of one point, and of the points of a list. */
static inline uint64_t records_of(const struct series_point *point)
{
    static struct ais_metrics sum;
    memset(&sum, 0, sizeof sum);
    for (size_t i = 0; i < point->count; i++)
        assert_int_equal(
            ais_metrics_merge(&sum, NULL, point->parts[i].deltas.data, point->parts[i].deltas.length, NULL), AIS_OK);
    return ais_metrics_value(&sum, AIS_M_RECORDS, 0, 0);
}

static inline uint64_t records_in(const struct series_points *points)
{
    uint64_t sum = 0;
    for (size_t i = 0; i < points->count; i++)
        sum += records_of(&points->items[i]);
    return sum;
}

#endif
