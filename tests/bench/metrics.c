/* What metrics cost: nanoseconds a request for counting it, nanoseconds a sample, and what the time series of a full
 * retention take, in memory and as lines of metrics.enc. The durations that are observed are spread as those of a
 * server under load are: log-normal, about one doubling wide.
 * usage: bench_metrics [EVALUATORS [REQUESTS_A_SECOND]] (2, 1000) */
#include "services/metrics/series_line.h"
#include "shared/metrics/users.h"
#include "shared/seal/fernet.h"
#include "shared/sys/clock.h"
#include "shared/sys/random.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

enum { ROUNDS = 2000000, SAMPLES = 4 * 60, USERS = 200, RETENTION_HOURS = 168 };

static const struct ais_user_key key = { "measure, 16 byte" };
static struct ais_metrics counted, scratch;

static uint64_t next(void)
{
    static uint64_t seed = 1;
    seed = seed * 6364136223846793005U + 1442695040888963407U;
    return seed >> 33;
}

/* Around middle_ns: the sum of eight even ones is near enough to normal, as an exponent. */
static int64_t duration(int64_t middle_ns)
{
    uint64_t sum = 0;
    for (int i = 0; i < 8; i++)
        sum += next() & 0xff;
    int64_t doublings = (int64_t)(sum / 512);
    int64_t part = (int64_t)(sum % 512);
    int64_t from = middle_ns / 4 << doublings;
    return from + from * part / 512;
}

static void bench(const char *what, void (*once)(unsigned i))
{
    for (unsigned i = 0; i < ROUNDS / 10; i++)
        once(i);
    int64_t begun_ns = ais_clock_mono();
    for (unsigned i = 0; i < ROUNDS; i++)
        once(i);
    printf("%-46s %6.1f ns\n", what, (double)(ais_clock_mono() - begun_ns) / ROUNDS);
}

/* What the gateway does for an answer, with the two looks at the clock. */
static void count_answer(unsigned i)
{
    int64_t complete_ns = ais_clock_mono();
    ais_metrics_count(&counted, AIS_M_REQUESTS, AIS_ENDPOINT_PREFLIGHT, AIS_STATUS_200, 1);
    ais_metrics_count(&counted, AIS_M_RECEIVED_BYTES, AIS_ENDPOINT_PREFLIGHT, 0, i);
    ais_metrics_count(&counted, AIS_M_SENT_BYTES, AIS_ENDPOINT_PREFLIGHT, 0, i);
    ais_metrics_observe_at(&counted, AIS_M_REQUEST_SECONDS, AIS_ENDPOINT_PREFLIGHT, ais_clock_mono() - complete_ns);
    ais_metrics_count(&counted, AIS_M_PREFLIGHTS, AIS_SOURCE_REST, 0, 1);
}

static void count_user(unsigned i)
{
    char name[] = "user-0000@example.org";
    unsigned number = i * 7 % USERS;
    name[5] = (char)('0' + number / 100);
    name[6] = (char)('0' + number / 10 % 10);
    name[7] = (char)('0' + number % 10);
    ais_metrics_saw(&counted, AIS_M_USERS, ais_user_hash(&key, name, sizeof name - 1));
}

/* ---- The time series ---- */

static void add(struct series *series, const char *actor)
{
    AUTO(ais_buf_done) struct ais_buf deltas = { 0 };
    ais_metrics_encode(&counted, &deltas);
    if (deltas.failed || series_add(series, actor, deltas.data, deltas.length, NULL) != AIS_OK)
        exit(1);
    memset(&counted, 0, sizeof counted);
}

/* A quarter of a second's work, told by all actors. */
static void quarter_second(struct series *series, unsigned evaluators, unsigned requests)
{
    for (unsigned i = 0; i < requests; i++) {
        ais_metrics_count(&counted, AIS_M_DECISIONS, i % 3, 0, 1);
        ais_metrics_count(&counted, AIS_M_REQUESTS, AIS_ENDPOINT_PREFLIGHT, AIS_STATUS_200, 1);
        ais_metrics_observe(&counted, AIS_M_PREFLIGHT_SECONDS, duration(400000));
        ais_metrics_observe_at(&counted, AIS_M_REQUEST_SECONDS, AIS_ENDPOINT_PREFLIGHT, duration(450000));
    }
    add(series, "gateway-1");
    for (unsigned i = 0; i < requests; i++)
        ais_metrics_observe(&counted, AIS_M_COMMIT_SECONDS, duration(200000));
    add(series, "auditor");
    for (unsigned k = 0; k < evaluators; k++) {
        char name[32];
        snprintf(name, sizeof name, "evaluator-%u", k + 1);
        for (unsigned i = 0; i < requests / evaluators; i++) {
            ais_metrics_observe(&counted, AIS_M_EVALUATION_SECONDS, duration(12000));
            count_user((unsigned)next());
        }
        add(series, name);
    }
}

static size_t sealed(const struct series_points *points, int64_t resolution_s)
{
    size_t bytes = 0;
    for (size_t i = 0; i < points->count; i++) {
        AUTO(ais_buf_done) struct ais_buf line = { 0 };
        series_line_write_point(&line, &points->items[i], resolution_s, &key, &scratch);
        bytes += ais_seal_length(line.length) + 1;
    }
    return bytes;
}

/* One minute is made, and is every minute: what is counted differs little from one to the next, its times do not. */
static void bench_series(unsigned evaluators, unsigned requests_a_second)
{
    int64_t now_s = series_floor(ais_clock_wall() / AIS_NS_PER_S, SERIES_HOUR_S);
    struct series *series = series_new(RETENTION_HOURS, now_s);
    struct series *minute = series_new(RETENTION_HOURS, now_s);
    if (series == NULL || minute == NULL)
        exit(1);
    int64_t begun_ns = ais_clock_mono();
    for (unsigned i = 0; i < SAMPLES; i++)
        quarter_second(minute, evaluators, requests_a_second / 4);
    printf("%-46s %6.1f us (of a quarter of a second, its counting included)\n", "samples of all actors taken",
           (double)(ais_clock_mono() - begun_ns) / 1e3 / SAMPLES);
    for (unsigned i = 0; i < RETENTION_HOURS * 60; i++) {
        for (size_t k = 0; k < minute->running.count; k++) {
            const struct series_part *part = &minute->running.parts[k];
            if (series_add(series, part->actor, part->deltas.data, part->deltas.length, NULL) != AIS_OK)
                exit(1);
        }
        now_s += SERIES_MINUTE_S;
        series_turn(series, now_s);
    }
    size_t n_minutes = series->minutes.count, n_hours = series->hours.count;
    size_t minutes = sealed(&series->minutes, SERIES_MINUTE_S), hours = sealed(&series->hours, SERIES_HOUR_S);
    printf("%zu minutes and %zu hours in memory: %zu bytes (at most %d), forgotten: %" PRIu64 "\n",
           series->minutes.count, series->hours.count, series->bytes, SERIES_BYTES_MOST, series->forgotten);
    printf("metrics.enc, folded: %zu bytes of minutes, %zu bytes of hours; a minute is %zu, an hour %zu\n", minutes,
           hours, n_minutes > 0 ? minutes / n_minutes : 0, n_hours > 0 ? hours / n_hours : 0);
    series_destroy(&series);
    series_destroy(&minute);
}

int main(int argc, char **argv)
{
    unsigned evaluators = argc > 1 ? (unsigned)strtoul(argv[1], NULL, 10) : 2;
    unsigned requests = argc > 2 ? (unsigned)strtoul(argv[2], NULL, 10) : 1000;
    if (evaluators == 0 || evaluators > 256 || requests < evaluators)
        return 2;
    printf("one actor's metrics: %zu bytes\n", sizeof counted);
    bench("an answer counted", count_answer);
    bench("a user counted", count_user);
    memset(&counted, 0, sizeof counted);
    bench_series(evaluators, requests);
    return 0;
}
