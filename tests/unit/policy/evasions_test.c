/* Five short rules against the ways to say the same thing otherwise, and against what only looks like it: every line of
 * evasions.txt is a test of its own. A rule writer counts on the facts for all of them. */
#include "shared/json/write.h"
#include "tests/unit/policy/lab.h"

#include <stdlib.h>

static const char *const pack =
    "name: evasions\n"
    "version: 1.0.0\n"
    "defaults: {action: block}\n"
    "rules:\n"
    "- {id: removal, title: T, detection: {s: {shell.name: rm, shell.flags: [r, R, recursive], "
    "shell.args|re: '^/'}, condition: s}}\n"
    "- {id: fetched, title: T, detection: {s: {shell.pipeline|re: "
    "'(^|\\| )(curl|wget)( \\|.*)? \\| (ba|da|z)?sh$'}, condition: s}}\n"
    "- {id: shadow, title: T, detection: {path: {tool_name: read_file, path.normalized: /etc/shadow}, "
    "shell: [{shell.args|re: '(^|[=@/])/+etc/+([^ ]*/)*shadow($|[: ])'}, {shell.redirect|re: '< ?/etc/shadow$'}], "
    "condition: 1 of them}}\n"
    "- {id: internal, title: T, detection: {s: {url.private: [metadata, loopback]}, condition: s}}\n"
    "- {id: dropped, title: T, detection: {s: [{sql.statement: DROP TABLE}, "
    "{tool_name: lookup_user, sql.statement: INJECTION}], condition: s}}\n";

enum { FIELD = 32, TESTS_MOST = 4096 };

struct row {
    const char *text; /* in the file's bytes; ends there with NUL */
    bool caught;
    char rule[FIELD], tool[FIELD], argument[FIELD];
};

static struct ais_policy *policy;
static struct ais_engine *engine;

/* A line with its signs for line ends and tabs replaced. */
static void add_text(struct ais_buf *out, const char *text)
{
    static const char line[] = "\xe2\x8f\x8e", tab[] = "\xe2\x87\xa5";
    while (*text != '\0') {
        bool is_line = strncmp(text, line, sizeof line - 1) == 0, is_tab = strncmp(text, tab, sizeof tab - 1) == 0;
        ais_buf_add(out, is_line ? "\n" : is_tab ? "\t" : text, 1);
        text += is_line || is_tab ? sizeof line - 1 : 1;
    }
}

static void write_request(struct ais_buf *out, const struct row *row)
{
    AUTO(ais_buf_done) struct ais_buf text = { 0 };
    add_text(&text, row->text);
    ais_jw_begin_object(out, NULL);
    ais_jw_text(out, "tool_name", row->tool);
    ais_jw_begin_object(out, "tool_args");
    ais_jw_string(out, row->argument, text.data, text.length);
    ais_jw_end_object(out);
    ais_jw_end_object(out);
    ais_buf_add(out, "", 1);
    assert_false(out->failed || text.failed);
}

static void check_row(void **state)
{
    const struct row *row = *state;
    AUTO(ais_buf_done) struct ais_buf body = { 0 };
    AUTO(ais_buf_done) struct ais_buf answer = { 0 };
    AUTO(ais_buf_done) struct ais_buf want = { 0 };
    write_request(&body, row);
    lab_answer(engine, policy, body.data, (struct ais_question){ 0 }, &answer);
    ais_buf_add(&answer, "", 1);
    ais_buf_format(&want, "Blocked by %s rule", row->rule);
    if (strstr(answer.data, row->caught ? want.data : "\"allowed\":true") == NULL)
        fail_msg("%s\n%s", body.data, answer.data);
}

/* One line of the file, which ends with NUL: a test, or nothing. head says what the lines at hand are about. */
static bool read_line(char *line, struct row *head, struct row *ret)
{
    if (line[0] == '[') {
        if (sscanf(line, "[%31[^]]] %31s %31s", head->rule, head->tool, head->argument) != 3)
            fail_msg("evasions.txt: %s", line);
        return false;
    }
    if ((line[0] != '!' && line[0] != '=') || line[1] != ' ')
        return false;
    *ret = *head;
    ret->caught = line[0] == '!';
    ret->text = line + 2;
    return true;
}

static char *read_file(const char *path)
{
    enum { SIZE_MOST = 1 << 18 };
    char *bytes = calloc(1, SIZE_MOST);
    FILE *file = fopen(path, "re");
    if (bytes == NULL || file == NULL)
        return bytes;
    size_t n = fread(bytes, 1, SIZE_MOST - 1, file);
    bytes[n] = '\0';
    (void)fclose(file);
    return bytes;
}

static int set_up(void **state)
{
    (void)state;
    policy = lab_compile(&pack, 1, AIS_ACTION_ALLOW);
    engine = ais_engine_new();
    return engine != NULL ? 0 : -1;
}

static int tear_down(void **state)
{
    (void)state;
    ais_policy_unref(&policy);
    ais_engine_destroy(&engine);
    return 0;
}

/* So that a file that was not found, lost its signs, or is longer than there is room, is no success. */
static void there_are_hundreds_of_each(void **state)
{
    enum { LEAST = 150 };
    const size_t *counts = *state;
    assert_in_range(counts[false], LEAST, TESTS_MOST);
    assert_in_range(counts[true], LEAST, TESTS_MOST);
    assert_true(counts[false] + counts[true] < TESTS_MOST - 1);
}

int main(void)
{
    static struct row rows[TESTS_MOST];
    static struct CMUnitTest tests[TESTS_MOST];
    static size_t counts[2];
    struct row head = { 0 };
    size_t n = 0;
    char *bytes = read_file(AIS_SOURCE_DIR "/tests/unit/policy/evasions.txt"), *rest = bytes;
    for (char *line; bytes != NULL && n < TESTS_MOST - 1 && (line = strsep(&rest, "\n")) != NULL;) {
        if (!read_line(line, &head, &rows[n]))
            continue;
        counts[rows[n].caught]++;
        tests[n] = (struct CMUnitTest){ rows[n].text, check_row, NULL, NULL, &rows[n] };
        n++;
    }
    tests[n++] = (struct CMUnitTest){ "there are hundreds of each", there_are_hundreds_of_each, NULL, NULL, counts };
    int failed = _cmocka_run_group_tests("policy/evasions", tests, n, set_up, tear_down);
    free(bytes);
    return failed;
}
