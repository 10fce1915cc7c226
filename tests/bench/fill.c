/* Fills a data directory with an audit log of many records, as a service that decided as many requests would have:
 * rotated files of 10 MiB, and a key of its own. usage: bench_fill DIR RECORDS (DIR is made) */
#include "shared/mem/secret.h"
#include "shared/seal/log.h"
#include "shared/store/key_file.h"
#include "shared/sys/clock.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { BATCH = 64, RECORD_MOST = 1536, SEGMENT = 10 << 20, RETENTION = 100000, STEP_US = 2000 };

static void must(enum ais_err err, const struct ais_why *why)
{
    if (err == AIS_OK)
        return;
    fprintf(stderr, "%s: %s\n", ais_err_text(err), why->text);
    exit(1);
}

/* About as long as a decision of a short request; one in 997 of a rare tool, one in three asks. */
static size_t write_record(char text[RECORD_MOST], uint64_t i, int64_t time_ns)
{
    char time[AIS_RFC3339_SIZE];
    bool asks = i % 3 == 0;
    ais_clock_rfc3339(time_ns, time);
    int n = snprintf(
        text, RECORD_MOST,
        "{\"event\":\"decision\",\"time\":\"%s\",\"severity\":\"%s\",\"decision\":\"%s\",\"allowed\":%s,"
        "\"requires_approval\":%s,\"decision_id\":\"01926f6e-0000-7000-8000-%012" PRIx64 "\",\"attempt\":1,"
        "\"deadline_ms\":250,\"source\":\"rest\",\"caller\":{\"key_id\":\"key_1\"},\"user_id\":\"user%" PRIu64 "\","
        "\"session_id\":\"session-%" PRIu64 "\",\"tool\":\"%s\",\"rules\":[%s],\"reasons\":[\"%s\"],\"evaluator\":"
        "\"evaluator-1\",\"evaluation_us\":7,\"request\":{\"tool_name\":\"tool\",\"tool_args\":{\"command\":"
        "\"ls /srv/%" PRIu64 "\"},\"metadata\":{\"user_id\":\"user%" PRIu64 "\"}}}",
        time, asks ? "high" : "informational", asks ? "require_approval" : "allow", asks ? "false" : "true",
        asks ? "true" : "false", i, i % 200, i % 20000, i % 997 == 0 ? "rare_tool" : "bash",
        asks ? "{\"rule\":\"ask\",\"rulepack\":\"bench\",\"version\":\"1.0.0\",\"action\":\"require_approval\","
               "\"severity\":\"high\",\"mode\":\"enforce\"}"
             : "",
        asks ? "Blocked by ask rule: as a rule" : "Action passes all safety checks", i, i % 200);
    return (size_t)n;
}

static void fill(struct ais_seal_log *log, uint64_t records)
{
    static char texts[BATCH][RECORD_MOST];
    static struct ais_seal_record batch[BATCH];
    struct ais_why why = { 0 };
    int64_t time_ns = ais_clock_wall() - (int64_t)records * STEP_US * 1000;
    for (uint64_t done = 0; done < records;) {
        size_t count = 0;
        for (; count < BATCH && done < records; count++, done++, time_ns += STEP_US * 1000)
            batch[count] = (struct ais_seal_record){ texts[count], write_record(texts[count], done, time_ns) };
        const struct ais_seal_batch commit = { .records = batch, .count = count };
        uint64_t first = 0;
        must(ais_seal_log_commit(log, &commit, &first, &why), &why);
    }
}

int main(int argc, char **argv)
{
    struct ais_why why = { 0 };
    struct ais_dir *dir = NULL;
    struct ais_keyring *ring = NULL;
    struct ais_seal_log *log = NULL;
    struct ais_seal_log_report report = { 0 };
    bool made = false;
    if (argc != 3) {
        fprintf(stderr, "usage: bench_fill DIR RECORDS\n");
        return 2;
    }
    must(ais_secret_init(&why), &why);
    must(ais_dir_open(argv[1], true, &dir, NULL, &why), &why);
    must(ais_key_file_open(dir, &ring, &made, &why), &why);
    const struct ais_seal_log_conf conf = {
        .dir = dir,
        .ring = ring,
        .segment_size = SEGMENT,
        .retention = RETENTION,
        .genesis = "{\"event\":\"log_created\",\"time\":\"2026-01-01T00:00:00.000000Z\"}",
        .checkpoint_every = 10000,
    };
    must(ais_seal_log_open(&conf, &log, &report, &why), &why);
    fill(log, strtoull(argv[2], NULL, 10));
    must(ais_seal_log_sync(log, &why), &why);
    must(ais_seal_log_close(&log, &why), &why);
    ais_seal_log_report_done(&report);
    ais_keyring_destroy(&ring);
    ais_dir_close(&dir);
    return 0;
}
