/* What the index of the audit log costs: nanoseconds to read a record into a row (beside the check that reads its tree
 * anyway), to look at a row, and bytes a record. usage: bench_index */
#include "services/auditor/index.h"
#include "services/auditor/select.h"
#include "shared/sys/clock.h"

#include <stdio.h>
#include <stdlib.h>

enum { RECORDS = 200000, BATCH = 64, FILE_RECORDS = 5000 };

static void must(bool good, const char *what)
{
    if (good)
        return;
    fprintf(stderr, "%s\n", what);
    exit(1);
}

static int write_record(char *text, size_t size, unsigned i)
{
    return snprintf(
        text, size,
        "{\"event\":\"decision\",\"time\":\"2026-01-31T12:%02u:%02u.%06uZ\",\"severity\":\"high\",\"decision\":"
        "\"require_approval\",\"allowed\":false,\"requires_approval\":true,\"decision_id\":\"01926f6e-%04x-7000-8000-"
        "%012x\",\"attempt\":1,\"deadline_ms\":250,\"source\":\"rest\",\"caller\":{\"key_id\":\"key_1\",\"name\":"
        "\"agents\"},\"user_id\":\"user%u\",\"session_id\":\"session-%u\",\"tool\":\"tool%u\",\"rules\":[{\"rule\":"
        "\"code_exec_sandbox\",\"rulepack\":\"code_execution\",\"version\":\"1.0.0\",\"action\":\"require_approval\","
        "\"severity\":\"high\",\"mode\":\"enforce\"}],\"reasons\":[\"Blocked by code_exec_sandbox rule: System "
        "commands "
        "not allowed\"],\"snapshot\":\"0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef\","
        "\"evaluator\":\"evaluator-1\",\"evaluation_us\":7,\"request\":{\"tool_name\":\"tool\",\"tool_args\":{\"code\":"
        "\"import os; os.system('rm -rf /')\"},\"context\":\"a call\",\"metadata\":{\"user_id\":\"user\"}}}",
        i / 60 % 60, i % 60, i % 1000000, i & 0xffff, i, i % 200, i % 20000, i % 12);
}

int main(void)
{
    must(sodium_init() >= 0, "libsodium");
    struct ais_seal_position position = { .segment = 1, .inode = 1 };
    struct index *index = index_new(&position, 1);
    struct ais_arena *arena = ais_arena_new(0);
    static struct row rows[BATCH];
    int64_t checking = 0, reading = 0, committing = 0;
    size_t waiting = 0, bytes = 0;
    must(index != NULL && arena != NULL, "out of memory");
    for (unsigned i = 0; i < RECORDS; i++) {
        char text[2048];
        const struct ais_json *tree = NULL;
        size_t n = (size_t)write_record(text, sizeof text, i);
        int64_t begin = ais_clock_mono();
        must(ais_seal_record_check(arena, text, n, &tree, NULL) == AIS_OK, "not a record");
        int64_t read = ais_clock_mono();
        index_read(index, tree, n, &rows[waiting++]);
        int64_t done = ais_clock_mono();
        checking += read - begin;
        reading += done - read;
        if (waiting < BATCH)
            continue;
        if ((i + 1) % FILE_RECORDS < BATCH) {
            position.segment++;
            position.length = 0;
        }
        position.length += 100000;
        index_committed(index, rows, waiting, i + 2 - waiting, &position, true);
        committing += ais_clock_mono() - done;
        waiting = 0;
    }
    printf(
        "record   checked in %.0f ns, of which the index then makes a row in %.0f ns; a commit of %d takes %.0f ns\n",
        (double)checking / RECORDS, (double)reading / RECORDS, BATCH, (double)committing * BATCH / RECORDS);

    struct select *select = malloc(sizeof *select);
    struct ais_audit_filter filter;
    must(select != NULL, "out of memory");
    ais_audit_filter_init(&filter);
    must(ais_audit_filter_set(&filter, "session_id", "session-17", 0, NULL) == AIS_OK, "no filter");
    size_t found = 0, counted = 0;
    int64_t begin = ais_clock_mono();
    for (struct index_part *part = index_first(index), *next; part != NULL; part = next) {
        select_init(select, &filter, index_key(index), part);
        for (size_t i = 0; i < part->commits.count; i++)
            found += select_commit(select, part, list_at(&part->commits, i));
        counted += part->rows.count;
        bytes += index_part_bytes(part);
        next = index_next(part);
        index_part_free(&part);
    }
    printf("search   %.1f ns a row for a session (%zu commits of %zu records)\n",
           (double)(ais_clock_mono() - begin) / (double)counted, found, counted);
    printf("memory   %.0f bytes a record\n", (double)bytes / (double)counted);
    free(select);
    index_destroy(&index);
    ais_arena_destroy(&arena);
    return 0;
}
