/* The audit commands and decrypt, over a small log that is written here. */
#include "shared/mem/secret.h"
#include "shared/seal/log.h"
#include "shared/store/key_file.h"
#include "tests/unit/cli/caught.h"

#include <stdlib.h>

static char folder[] = "/tmp/ais-cli-audit-XXXXXX";
static char head[AIS_DIGEST_TEXT + 24];

/* A tool of this name would clear the terminal. */
static const char *const records[] = {
    "{\"event\":\"decision\",\"time\":\"2026-01-01T00:00:01.000000Z\",\"severity\":\"high\",\"decision\":\"block\","
    "\"tool\":\"evil\\u001b[2J\",\"rules\":[{\"rule\":\"r1\",\"rulepack\":\"p\"},{\"rule\":\"r2\",\"rulepack\":\"p\"}]"
    "}",
    "{\"event\":\"decision\",\"time\":\"2026-01-01T00:00:02.000000Z\",\"severity\":\"informational\","
    "\"decision\":\"allow\",\"tool\":\"ls\",\"user_id\":\"ann\"}",
    "{\"event\":\"service_stopped\",\"time\":\"2026-01-01T00:00:03.000000Z\",\"severity\":\"informational\","
    "\"actor\":\"cli\",\"outcome\":\"success\"}",
};

/* The formatter makes columns of these rows, and breaks over it. */
/* clang-format off */
static const struct row {
    const char *name;
    const char *words[8];
    int code;
    const char *starts, *has, *has_not;
} rows[] = {
    {"query is newest first", { "audit", "query" }, CLI_DONE,
     "TIME                  SEQ  EVENT            DECISION  SEVERITY       TOOL/ACTOR     USER  RULES  DECISION ID  SESSION\n"
     "2026-01-01T00:00:03Z    4  service_stopped  success   informational  cli ",
     "2  decision         block     high           evil\\u001b[2J  -     r1,r2  -            -\n", "\x1b"},
    { "query by user", { "audit", "query", "--user-id", "ann" }, CLI_DONE, "TIME ",
      "\n2026-01-01T00:00:02Z    3  decision  allow     informational  ls          ann   -  ", "block" },
    { "query up to a limit", { "audit", "query", "--limit=1" }, CLI_DONE, "TIME ", "2026-01-01T00:00:03Z", "00:02Z" },
    { "query as JSON", { "audit", "query", "--format=json", "--limit=1", "--order=asc", "--tool=ls" }, CLI_DONE,
      "{\"logs\":[{\"seq\":3,\"event\":\"decision\",", "\"next_cursor\":null}\n", "ann\"}," },
    { "query as JSON with more to come", { "audit", "query", "--format=json", "--limit=1" }, CLI_DONE,
      "{\"logs\":[{\"seq\":4,", "\"next_cursor\":\"", "null" },
    { "tail is oldest first", { "audit", "tail", "-n", "2" }, CLI_DONE, "TIME ",
      "00:02Z    3  decision         allow     informational  ls          ann   -  ", "block" },
    { "tail as JSON, one a line", { "audit", "tail", "--format=json", "--limit=2" }, CLI_DONE,
      "{\"seq\":3,\"event\":\"decision\",", "\"}\n{\"seq\":4,", "logs" },
    { "tail of what is wanted", { "audit", "tail", "--format=json", "--decision=block" }, CLI_DONE, "{\"seq\":2,", "",
      "\"seq\":3" },
    { "tail has its order", { "audit", "tail", "--order=desc" }, CLI_USAGE, "", "", "seq" },
    { "tail without a number", { "audit", "tail", "-n" }, CLI_USAGE, "", "", "seq" },
    { "an unknown letter", { "audit", "tail", "-x" }, CLI_USAGE, "", "", "seq" },
    { "two letters at once", { "audit", "tail", "-nf" }, CLI_USAGE, "", "", "seq" },
    { "query for nothing", { "audit", "query", "--tool=rm" }, CLI_DONE, "", "", "2026" },
    { "query for what is no severity", { "audit", "query", "--severity=very" }, CLI_USAGE, "", "", "2026" },
    { "export is oldest first",
     { "audit", "export" },
     CLI_DONE, "{\"seq\":1,\"event\":\"log_created\"",
     "\n{\"seq\":4,", NULL },
    { "export as what is not known", { "audit", "export", "--format=xml" }, CLI_USAGE, "", "", "seq" },
    { "export as CSV", { "audit", "export", "--format=csv", "--tool=ls" }, CLI_DONE, "seq,time,event,",
      "\r\n3,2026-01-01T00:00:02.000000Z,decision,informational,allow,", "evil" },
    { "query as ECS", { "audit", "query", "--format=ecs", "--limit=1" }, CLI_DONE, "{\"@timestamp\":\"2026-01-01T00:00:03",
      "\"sequence\":4", "[2J" },
    { "tail as OCSF", { "audit", "tail", "--format=ocsf", "-n", "2" }, CLI_DONE, "{\"action\":\"Allowed\"",
      "\"prev_event\":", "[2J" },
    { "query for a misspelt event", { "audit", "query", "--event=decison" }, CLI_USAGE, "", "", "2026" },
    { "verify", { "audit", "verify" }, CLI_DONE, "valid: 4 records (1 to 4) in ", "head 4:", "NOT" },
    { "verify as JSON",
     { "audit", "verify", "--format=json" },
     CLI_DONE, "{\"faults\":[],\"valid\":true,",
     "\"head\":\"4:", "expected_head"},
    { "verify with its head", { "audit", "verify", "--expect-head", head }, CLI_DONE, "valid: ", "", "NOT" },
    { "verify with another head",
     { "audit", "verify", "--expect-head=4:0000000000000000000000000000000000000000000000000000000000000000" },
     CLI_NO, "audit_logs.enc: does not lead to the expected head",
     "NOT VALID", NULL },
    { "verify with what is no head", { "audit", "verify", "--expect-head=4" }, CLI_USAGE, "", "", "valid" },
    { "no such directory", { "audit", "query", "--data-dir=/nonexistent" }, CLI_ENVIRONMENT, "", "", "2026" },
};
/* clang-format on */

static bool has_data_dir(const char *const *words)
{
    for (; *words != NULL; words++)
        if (strncmp(*words, "--data-dir", 10) == 0)
            return true;
    return false;
}

static void check_row(void **state)
{
    const struct row *row = *state;
    static struct caught caught;
    const char *words[CAUGHT_WORDS + 1] = { NULL };
    size_t count = 0;
    for (; row->words[count] != NULL; count++)
        words[count] = row->words[count];
    if (!has_data_dir(row->words)) {
        words[count++] = "--data-dir";
        words[count++] = folder;
    }
    caught_run(words, &caught);
    assert_int_equal(caught.code, row->code);
    if (strncmp(caught.text, row->starts, strlen(row->starts)) != 0 || strstr(caught.text, row->has) == NULL ||
        (row->has_not != NULL && strstr(caught.text, row->has_not) != NULL))
        fail_msg("%s", caught.text);
}

/* Last, as it damages the log: each reader names the line, and hands out the rest. */
static void damage_is_named_and_the_rest_is_read(void **state)
{
    static struct caught caught;
    char path[128];
    (void)state;
    snprintf(path, sizeof path, "%s/%s", folder, AIS_SEAL_LOG_ACTIVE);
    FILE *file = fopen(path, "r+");
    assert_non_null(file);
    for (int lines = 0; lines < 1;)
        lines += fgetc(file) == '\n';
    assert_int_equal(fseek(file, 20, SEEK_CUR), 0);
    assert_int_equal(fputc('!', file), '!');
    assert_int_equal(fclose(file), 0);

    caught_run((const char *const[]){ "audit", "verify", "--data-dir", folder, NULL }, &caught);
    assert_int_equal(caught.code, CLI_NO);
    assert_non_null(strstr(caught.text, AIS_SEAL_LOG_ACTIVE ":2: "));
    caught_run((const char *const[]){ "audit", "export", "--data-dir", folder, NULL }, &caught);
    assert_int_equal(caught.code, CLI_ENVIRONMENT);
    assert_non_null(strstr(caught.text, "\"seq\":1,"));
    assert_null(strstr(caught.text, "\"seq\":2,"));
    assert_non_null(strstr(caught.text, "\"seq\":3,"));
    caught_run((const char *const[]){ "decrypt", path, "--data-dir", folder, NULL }, &caught);
    assert_int_equal(caught.code, CLI_ENVIRONMENT);
    assert_non_null(strstr(caught.text, "\"seq\":3,"));
}

static enum ais_err write_log(struct ais_dir *dir, struct ais_why *why)
{
    struct ais_keyring *ring = NULL;
    struct ais_seal_log *log = NULL;
    struct ais_seal_log_report report = { 0 };
    bool made = false;
    char hash[AIS_DIGEST_TEXT];
    TRY(ais_key_file_open(dir, &ring, &made, why));
    const struct ais_seal_log_conf conf = {
        .dir = dir,
        .ring = ring,
        .segment_size = 65536,
        .retention = 5,
        .genesis = "{\"event\":\"log_created\",\"time\":\"2026-01-01T00:00:00.000000Z\"}",
    };
    TRY(ais_seal_log_open(&conf, &log, &report, why));
    for (size_t i = 0; i < N_ELEMS(records); i++) {
        const struct ais_seal_record record = { records[i], strlen(records[i]) };
        const struct ais_seal_batch batch = { .records = &record, .count = 1, .sync = true };
        uint64_t first = 0;
        TRY(ais_seal_log_commit(log, &batch, &first, why));
    }
    struct ais_seal_head last = ais_seal_log_head(log);
    ais_digest_text(last.hash, hash);
    snprintf(head, sizeof head, "%llu:%s", (unsigned long long)last.seq, hash);
    TRY(ais_seal_log_close(&log, why));
    ais_seal_log_report_done(&report);
    ais_keyring_destroy(&ring);
    return AIS_OK;
}

static int set_up(void **state)
{
    struct ais_dir *dir = NULL;
    struct ais_why why = { 0 };
    (void)state;
    if (ais_secret_init(&why) != AIS_OK || mkdtemp(folder) == NULL ||
        ais_dir_open(folder, false, &dir, NULL, &why) != AIS_OK)
        return -1;
    enum ais_err err = write_log(dir, &why);
    ais_dir_close(&dir);
    return err == AIS_OK ? 0 : -1;
}

static void unlink_each(void *context, const char *name)
{
    char path[512];
    (void)context;
    snprintf(path, sizeof path, "%s/%s", folder, name);
    (void)unlink(path);
}

static int tear_down(void **state)
{
    struct ais_dir *dir = NULL;
    struct ais_why why = { 0 };
    (void)state;
    if (ais_dir_open(folder, false, &dir, NULL, &why) != AIS_OK || ais_dir_list(dir, unlink_each, NULL, &why) != AIS_OK)
        return -1;
    ais_dir_close(&dir);
    return rmdir(folder);
}

int main(void)
{
    struct CMUnitTest tests[N_ELEMS(rows) + 1];
    AIS_ROWS(tests, rows, check_row);
    tests[N_ELEMS(rows)] = (struct CMUnitTest)cmocka_unit_test(damage_is_named_and_the_rest_is_read);
    return cmocka_run_group_tests_name("cli/audit", tests, set_up, tear_down);
}
