/* What sealing costs: nanoseconds a token and MB/s by size; commits a second with and without a sync; verifying.
 * usage: bench_seal DIR (a directory on the disk to be measured; a log is left there) */
#include "shared/mem/secret.h"
#include "shared/seal/log.h"
#include "shared/sys/clock.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void must(enum ais_err err, const struct ais_why *why)
{
    if (err == AIS_OK)
        return;
    fprintf(stderr, "%s: %s\n", ais_err_text(err), why->text);
    exit(1);
}

static void bench_tokens(const struct ais_keyring *ring)
{
    static const size_t sizes[] = { 300, 4 << 10, 64 << 10, 1 << 20 };
    struct ais_why why = { 0 };
    AUTO(ais_sealer_destroy) struct ais_sealer *sealer = NULL;
    AUTO(ais_buf_done) struct ais_buf token = { 0 }, plain = { 0 };
    char *text = malloc(1 << 20);
    if (text == NULL)
        exit(1);
    memset(text, 'x', 1 << 20);
    must(ais_sealer_new(ring, &sealer, &why), &why);
    for (size_t i = 0; i < N_ELEMS(sizes); i++) {
        long rounds = (long)((64UL << 20) / sizes[i]);
        rounds = rounds > 50000 ? 50000 : rounds;
        int64_t start = ais_clock_mono();
        for (long round = 0; round < rounds; round++) {
            ais_buf_clear(&token);
            must(ais_seal(sealer, text, sizes[i], &token, &why), &why);
        }
        int64_t sealed = ais_clock_mono();
        for (long round = 0; round < rounds; round++)
            must(ais_unseal(sealer, token.data, token.length, &plain, NULL, &why), &why);
        int64_t opened = ais_clock_mono();
        printf("token of %7zu bytes: seal %8.0f ns (%4.0f MB/s), open %8.0f ns (%4.0f MB/s)\n", sizes[i],
               (double)(sealed - start) / (double)rounds,
               1e3 * (double)sizes[i] * (double)rounds / (double)(sealed - start),
               (double)(opened - sealed) / (double)rounds,
               1e3 * (double)sizes[i] * (double)rounds / (double)(opened - sealed));
    }
    free(text);
}

static void bench_check(void)
{
    static const char record[] =
        "{\"event\":\"decision\",\"time\":\"2026-01-31T12:00:00.123456Z\",\"severity\":\"informational\",\"decision\":"
        "\"allow\",\"allowed\":true,\"requires_approval\":false,\"decision_id\":\"01926f6e-0000-7000-8000-"
        "000000000000\","
        "\"request_id\":\"r-1\",\"attempt\":1,\"deadline_ms\":250,\"source\":\"rest\",\"caller\":{\"key_id\":\"k1\","
        "\"name\":"
        "\"agents\"},\"user_id\":\"user123\",\"session_id\":\"sess456\",\"tool\":\"search\",\"rules\":[],\"reasons\":["
        "\"Action "
        "passes all safety checks\"],\"snapshot\":\"0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef\","
        "\"evaluator\":\"evaluator-1\",\"evaluation_us\":7,\"request\":{\"tool_name\":\"search\",\"tool_args\":{\"q\":"
        "\"x\"}}}";
    enum { ROUNDS = 200000 };
    struct ais_why why = { 0 };
    AUTO(ais_arena_destroy) struct ais_arena *arena = ais_arena_new(0);
    int64_t start = ais_clock_mono();
    for (int i = 0; i < ROUNDS; i++)
        must(ais_seal_record_check(arena, record, sizeof record - 1, NULL, &why), &why);
    printf("check of a record of %zu bytes: %.0f ns\n", sizeof record - 1, (double)(ais_clock_mono() - start) / ROUNDS);
}

static void bench_commits(struct ais_seal_log *log, size_t count, bool sync, const char *what)
{
    enum { COMMITS = 2000, RECORD = 600 };
    struct ais_why why = { 0 };
    static char json[RECORD];
    static struct ais_seal_record records[128];
    uint64_t first = 0;
    static const char head[] = { '{', '"', 'r', '"', ':', '"' }, tail[] = { '"', '}' };
    memset(json, 'x', sizeof json);
    memcpy(json, head, sizeof head);
    memcpy(json + sizeof json - sizeof tail, tail, sizeof tail);
    for (size_t i = 0; i < count; i++)
        records[i] = (struct ais_seal_record){ json, sizeof json };
    const struct ais_seal_batch batch = { .records = records, .count = count, .sync = sync };
    uint64_t segment = ais_seal_log_position(log).segment;
    int64_t start = ais_clock_mono(), prepared = 0, longest = 0, rotating = 0;
    for (int i = 0; i < COMMITS; i++) {
        int64_t before = ais_clock_mono();
        must(ais_seal_log_commit(log, &batch, &first, &why), &why);
        int64_t took = ais_clock_mono() - before;
        int64_t *most = ais_seal_log_position(log).segment == segment ? &longest : &rotating;
        *most = took > *most ? took : *most;
        if (ais_seal_log_position(log).segment == segment)
            continue;
        int64_t begin = ais_clock_mono(); /* the helper's work, not the writer's */
        segment = ais_seal_log_position(log).segment;
        must(ais_seal_log_prepare(log, &why), &why);
        prepared += ais_clock_mono() - begin;
    }
    double ns = (double)(ais_clock_mono() - start - prepared);
    printf(
        "commits of %3zu records, %s: %7.1f us a commit, %5.2f us a record; longest %.1f ms, %.1f ms with a rotation\n",
        count, what, ns / COMMITS / 1e3, ns / COMMITS / 1e3 / (double)count, (double)longest / 1e6,
        (double)rotating / 1e6);
}

int main(int argc, char **argv)
{
    struct ais_why why = { 0 };
    char key[AIS_KEY_TEXT_SIZE];
    AUTO(ais_keyring_destroy) struct ais_keyring *ring = NULL;
    AUTO(ais_dir_close) struct ais_dir *dir = NULL;
    struct ais_seal_log *log = NULL;
    struct ais_seal_log_report report = { 0 };
    struct ais_seal_verdict verdict = { 0 };
    if (argc != 2) {
        fprintf(stderr, "usage: bench_seal DIR\n");
        return 2;
    }
    must(ais_secret_init(&why), &why);
    ais_keyring_generate(key);
    must(ais_keyring_parse(key, &ring, &why), &why);
    bench_tokens(ring);
    bench_check();
    must(ais_dir_open(argv[1], true, &dir, NULL, &why), &why);
    const struct ais_seal_log_conf conf = {
        .dir = dir, .ring = ring, .segment_size = 10 << 20, .retention = 1000, .genesis = "{}"
    };
    int64_t start = ais_clock_mono();
    must(ais_seal_log_open(&conf, &log, &report, &why), &why);
    printf("open of a new log: %.1f ms\n", (double)(ais_clock_mono() - start) / 1e6);
    must(ais_seal_log_prepare(log, &why), &why);
    bench_commits(log, 1, true, "synced    ");
    bench_commits(log, 32, true, "synced    ");
    bench_commits(log, 1, false, "not synced");
    must(ais_seal_log_sync(log, &why), &why);
    must(ais_seal_log_close(&log, &why), &why);
    ais_seal_log_report_done(&report);

    start = ais_clock_mono();
    must(ais_seal_log_verify(dir, ring, NULL, NULL, NULL, NULL, &verdict, &why), &why);
    double ns = (double)(ais_clock_mono() - start);
    printf("verify: %.0f MB of tokens, %llu records, %.0f MB/s, %llu faults\n", (double)verdict.bytes / 1e6,
           (unsigned long long)verdict.records, 1e3 * (double)verdict.bytes / ns, (unsigned long long)verdict.faults);
    return verdict.faults == 0 ? 0 : 1;
}
