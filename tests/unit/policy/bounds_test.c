/* What a request may cost: work is counted and bounded whatever is sent, and what could not be understood is said. */
#include "tests/unit/policy/facts/part.h"
#include "tests/unit/policy/hostile.h"
#include "tests/unit/policy/lab.h"

/* ---- every hostile text stays within the bounds ---- */

static void check_hostile(void **state)
{
    const struct hostile *hostile = *state;
    AUTO(ais_buf_done) struct ais_buf body = { 0 };
    struct part_lab lab;
    size_t sum = 0;
    hostile_put(&body, hostile, &hostile_callers[(size_t)(hostile - hostiles) % HOSTILE_CALLERS], HOSTILE_BODY);
    part_lab_init(&lab, body.data, body.length);
    for (unsigned i = 0; i < AIS_PART_COUNT; i++) {
        const struct ais_part *part = ais_view_part(&lab.view, (enum ais_part_id)i);
        assert_in_range(part->work, 0, AIS_PART_WORK_MOST);
        sum += part->work;
    }
    assert_int_equal(sum, lab.view.work);
    assert_in_range(lab.view.work, 1, AIS_VIEW_WORK_MOST);
    assert_false(lab.view.failed);
    part_lab_done(&lab);
}

/* ---- what is beyond them is said ---- */

static const struct unknown {
    const char *value; /* the hostile text's name */
    const char *tool, *key;
    enum ais_part_id part;
    const char *why;
} unknowns[] = {
    {"marks on one letter",  "t",           "a",       AIS_PART_TEXT,   "more work than a request may cost"},
    { "ligatures",           "t",           "a",       AIS_PART_TEXT,   "more work than a request may cost"},
    { "empty strings",       "t",           "a",       AIS_PART_TEXT,   "more work than a request may cost"},
    { "base64 that is text", "t",           "a",       AIS_PART_TEXT,   "more than 256 KiB of encoded text"},
    { "gzip bomb",           "t",           "a",       AIS_PART_TEXT,   "more than 256 KiB of encoded text"},
    { "substitutions",       "bash",        "command", AIS_PART_SHELL,
     "more than 1 MiB of shell text, what is read again included"                                          },
    { "words",               "bash",        "command", AIS_PART_SHELL,  "more than 32768 words of shell"   },
    { "short URLs",          "t",           "url",     AIS_PART_URL,    "more than 4096 URLs"              },
    { "relative paths",      "t",           "path",    AIS_PART_PATH,   "more work than a request may cost"},
    { "statements",          "mysql_query", "sql",     AIS_PART_SQL,    "more than 262,144 words of SQL"   },
    { "token prefixes",      "t",           "a",       AIS_PART_SECRET, "more work than a request may cost"},
    { "telegram",            "t",           "a",       AIS_PART_PII,    "more work than a request may cost"},
};

static const struct hostile *find(const char *name)
{
    for (size_t i = 0; i < HOSTILES; i++)
        if (strcmp(hostiles[i].name, name) == 0)
            return &hostiles[i];
    fail_msg("no hostile text is called %s", name);
    return NULL;
}

static void check_unknown(void **state)
{
    const struct unknown *row = *state;
    const struct hostile_caller caller = { row->tool, row->key };
    AUTO(ais_buf_done) struct ais_buf body = { 0 };
    struct part_lab lab;
    hostile_put(&body, find(row->value), &caller, HOSTILE_BODY);
    part_lab_init(&lab, body.data, body.length);
    const char *why = ais_view_part(&lab.view, row->part)->unknown;
    assert_non_null(why);
    assert_string_equal(why, row->why);
    part_lab_done(&lab);
}

/* ---- and what is ordinary is understood ---- */

static void check_ordinary(void **state)
{
    enum { ORDINARY = 64 << 10 };
    AUTO(ais_buf_done) struct ais_buf body = { 0 };
    struct part_lab lab;
    for (size_t i = 0; i < HOSTILE_CALLERS; i++) {
        hostile_put(&body, find(*state), &hostile_callers[i], ORDINARY);
        part_lab_init(&lab, body.data, body.length);
        for (unsigned k = 0; k < AIS_PART_COUNT; k++) {
            const char *why = ais_view_part(&lab.view, (enum ais_part_id)k)->unknown;
            if (why != NULL && k != AIS_PART_SHELL) /* prose is no ordinary shell */
                fail_msg("%s of %s: part %u: %s", (const char *)*state, hostile_callers[i].key, k, why);
        }
        part_lab_done(&lab);
    }
}

/* ---- predicates ---- */

/* A decision about a text of n times piece; its answer. */
static void decide(const char *pack, const char *piece, size_t n, struct ais_engine *engine, struct ais_buf *answer)
{
    AUTO(ais_buf_done) struct ais_buf body = { 0 };
    struct ais_policy *policy = lab_compile(&pack, 1, AIS_ACTION_ALLOW);
    ais_buf_text(&body, "{\"tool_name\":\"t\",\"tool_args\":{\"a\":\"");
    for (size_t i = 0; i < n; i++)
        ais_buf_text(&body, piece);
    ais_buf_text(&body, "\"}}");
    lab_answer(engine, policy, body.data, (struct ais_question){ 0 }, answer);
    ais_policy_unref(&policy);
}

static const struct decision {
    const char *value; /* a regular expression */
    const char *piece;
    size_t times;
    const char *answer; /* what is in it */
} decisions[] = {
    {"(a+)+$",           "a",    500000, "Blocked by r rule"                                           },
    { "(a|aa)+b!",       "aab!", 250000, "Blocked by r rule"                                           },
    { "(a+)+c",          "a",    500000, "\"allowed\":true"                                            },
    { "a(?=[^bc]*[bc])", "a",    500000, "Not understood: tool_args.a: more work than the bounds allow"},
    { "(?<!x)ab",        "ab",   50000,  "Blocked by r rule"                                           },
};

static void check_decision(void **state)
{
    const struct decision *row = *state;
    AUTO(ais_buf_done) struct ais_buf pack = { 0 }, answer = { 0 };
    struct ais_engine *engine = ais_engine_new();
    ais_buf_format(&pack,
                   "name: p\nversion: 1.0.0\nrules:\n- {id: r, title: T, action: block, detection: {s: "
                   "{tool_args.a|re: '%s'}, condition: s}}\n",
                   row->value);
    decide(pack.data, row->piece, row->times, engine, &answer);
    ais_buf_add(&answer, "", 1);
    if (strstr(answer.data, row->answer) == NULL)
        fail_msg("%s", answer.data);
    ais_engine_destroy(&engine);
}

/* Hundreds of patterns whose literals are all there, each to be tried on half a megabyte. */
static void storms_are_unknown(void **state)
{
    AUTO(ais_buf_done) struct ais_buf pack = { 0 }, answer = { 0 };
    struct ais_engine *engine = ais_engine_new();
    (void)state;
    ais_buf_text(&pack, "name: p\nversion: 1.0.0\nrules:\n");
    for (int i = 0; i < 300; i++)
        ais_buf_format(&pack,
                       "- {id: r%03d, title: T, action: block, detection: {s: {tool_args.a|re: 'abc[^d]*d{%d}e'}, "
                       "condition: s}}\n",
                       i, i + 1);
    decide(pack.data, "abcde f", 70000, engine, &answer);
    ais_buf_add(&answer, "", 1);
    assert_non_null(strstr(answer.data, "\"allowed\":false"));
    ais_engine_destroy(&engine);
}

/* ---- who decides long is heard ---- */

static void count_pulse(void *arg)
{
    ++*(size_t *)arg;
}

static void long_decisions_pulse(void **state)
{
    static const char pack[] =
        "name: p\nversion: 1.0.0\nrules:\n- {id: r, title: T, action: block, detection: {s: "
        "{text|contains: nowhere}, u: {url.host: a}, p: {path.name: a}, k: {secret.kind: a}, i: {pii.kind: a}, "
        "condition: all of them}}\n";
    AUTO(ais_buf_done) struct ais_buf answer = { 0 };
    struct ais_engine *engine = ais_engine_new();
    size_t pulses = 0;
    (void)state;
    ais_engine_listen(engine, count_pulse, &pulses);
    decide(pack, "a ", 100, engine, &answer);
    assert_int_equal(pulses, 0);
    decide(pack, "a ", 500000, engine, &answer);
    assert_in_range(pulses, 4, AIS_VIEW_WORK_MOST / AIS_PULSE_WORK);
    ais_engine_destroy(&engine);
}

int main(void)
{
    static const char *const ordinary[] = { "prose", "program", "log", "csv", "unicode" };
    struct CMUnitTest all[HOSTILES], said[N_ELEMS(unknowns)], understood[N_ELEMS(ordinary)], asked[N_ELEMS(decisions)];
    const struct CMUnitTest others[] = { cmocka_unit_test(storms_are_unknown), cmocka_unit_test(long_decisions_pulse) };
    for (size_t i = 0; i < HOSTILES; i++)
        all[i] = (struct CMUnitTest){ hostiles[i].name, check_hostile, NULL, NULL, ais_row_state(&hostiles[i]) };
    for (size_t i = 0; i < N_ELEMS(unknowns); i++)
        said[i] = (struct CMUnitTest){ unknowns[i].value, check_unknown, NULL, NULL, ais_row_state(&unknowns[i]) };
    for (size_t i = 0; i < N_ELEMS(ordinary); i++)
        understood[i] = (struct CMUnitTest){ ordinary[i], check_ordinary, NULL, NULL, ais_row_state(ordinary[i]) };
    for (size_t i = 0; i < N_ELEMS(decisions); i++)
        asked[i] = (struct CMUnitTest){ decisions[i].value, check_decision, NULL, NULL, ais_row_state(&decisions[i]) };
    int failed = cmocka_run_group_tests_name("bounds/hostile", all, NULL, NULL);
    failed += cmocka_run_group_tests_name("bounds/unknown", said, NULL, NULL);
    failed += cmocka_run_group_tests_name("bounds/ordinary", understood, NULL, NULL);
    failed += cmocka_run_group_tests_name("bounds/patterns", asked, NULL, NULL);
    failed += cmocka_run_group_tests_name("bounds/decisions", others, NULL, NULL);
    return failed;
}
