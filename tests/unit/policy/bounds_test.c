/* What a request may cost: work is counted and bounded whatever is sent, and what could not be understood is said. */
#include "tests/unit/policy/facts/part.h"
#include "tests/unit/policy/hostile.h"
#include "tests/unit/policy/lab.h"
#include "tests/unit/policy/ordinary.h"
#include "tests/unit/policy/outcomes.h"

/* ---- what is really done ---- */

/* A second count, which the parts know nothing of: the compiler calls this in every block of the code that makes them.
 * What they have libraries do (a search for a byte, decompression) is not in it. */
static size_t blocks;

void __sanitizer_cov_trace_pc(void);
void __sanitizer_cov_trace_pc(void)
{
    blocks++;
}

/* ---- every hostile text stays within the bounds ---- */

/* Blocks that a counted step may stand for, those of a request that has nothing in it, and some milliseconds of them.
 */
enum { BLOCKS_A_STEP = 4, BLOCKS_AT_LEAST = 100000, BLOCKS_FEW = 16 << 20 };

/* Values of one part, which predicates look at one by one. */
enum { VALUES_MOST = 3 << 17 };

static const struct hostile *find(const char *name)
{
    for (size_t i = 0; i < HOSTILES; i++)
        if (strcmp(hostiles[i].name, name) == 0)
            return &hostiles[i];
    fail_msg("no hostile text is called %s", name);
    return NULL;
}

/* Makes all parts, and prints which of them are unknown, and why. */
static void make_all(struct part_lab *lab, struct ais_buf *unknown)
{
    static const char *const names[] = {
#define X(part, elements) #part,
        AIS_PARTS(X)
#undef X
    };
    for (unsigned i = 0; i < AIS_PART_COUNT; i++) {
        const char *why = ais_view_part(&lab->view, (enum ais_part_id)i)->unknown;
        if (why != NULL)
            ais_buf_format(unknown, "%s%s: %s", unknown->length > 0 ? "; " : "", names[i], why);
    }
    ais_buf_add(unknown, "", 0);
    assert_false(unknown->failed);
    assert_false(lab->view.failed);
}

static void check_bounds(const struct outcome *row, size_t size, size_t free_blocks, struct ais_buf *unknown)
{
    const struct hostile_caller caller = { row->tool, row->key };
    AUTO(ais_buf_done) struct ais_buf body = { 0 };
    struct part_lab lab;
    size_t sum = 0;
    hostile_put(&body, find(row->name), &caller, size);
    part_lab_init(&lab, body.data, body.length);
    blocks = 0;
    make_all(&lab, unknown);
    for (unsigned i = 0; i < AIS_PART_COUNT; i++) {
        size_t values = 0;
        for (unsigned k = 0; k < AIS_PART_LISTS; k++)
            values += lab.view.parts[i].lists[k].count;
        assert_in_range(values, 0, VALUES_MOST);
        assert_in_range(lab.view.parts[i].work, 0, AIS_PART_WORK_MOST);
        sum += lab.view.parts[i].work;
    }
    assert_int_equal(sum + lab.view.strings.work, lab.view.work);
    assert_in_range(lab.view.work, 1, AIS_VIEW_WORK_MOST);
    assert_in_range(blocks, 1, free_blocks + BLOCKS_A_STEP * lab.view.work);
    part_lab_done(&lab);
}

static void check_hostile(void **state)
{
    const struct outcome *row = *state;
    AUTO(ais_buf_done) struct ais_buf unknown = { 0 };
    check_bounds(row, HOSTILE_BODY, BLOCKS_AT_LEAST, &unknown);
    assert_string_equal(unknown.data != NULL ? unknown.data : "", row->unknown);
}

/* What ends a long text early, a bound on words or on depth, does not end a shorter one, which may then cost more. */
static void check_shorter(void **state)
{
    const struct outcome *row = *state;
    for (size_t size = HOSTILE_BODY / 4; size >= HOSTILE_BODY / 64; size /= 4) {
        AUTO(ais_buf_done) struct ais_buf unknown = { 0 };
        check_bounds(row, size, BLOCKS_FEW, &unknown);
    }
}

static void every_hostile_text_has_an_outcome(void **state)
{
    (void)state;
    for (size_t i = 0; i < HOSTILES; i++) {
        bool found = false;
        for (size_t k = 0; k < OUTCOMES; k++)
            found = found || strcmp(outcomes[k].name, hostiles[i].name) == 0;
        if (!found)
            fail_msg("%s", hostiles[i].name);
    }
}

/* ---- and what is ordinary is understood ---- */

static void check_ordinary(void **state)
{
    AUTO(ais_buf_done) struct ais_buf body = { 0 };
    for (size_t i = 0; i < HOSTILE_CALLERS; i++) {
        AUTO(ais_buf_done) struct ais_buf unknown = { 0 };
        struct part_lab lab;
        ordinary_put(&body, *state, hostile_callers[i].tool, hostile_callers[i].key);
        part_lab_init(&lab, body.data, body.length);
        make_all(&lab, &unknown);
        if (unknown.length > 0)
            fail_msg("%s of %s: %s", hostile_callers[i].key, hostile_callers[i].tool, unknown.data);
        part_lab_done(&lab);
    }
}

/* ---- who could not look says so ---- */

/* Work is used up before the strings of the request are gathered. */
static void what_is_not_gathered_is_unknown(void **state)
{
    static const char body[] = "{\"tool_name\":\"bash\",\"tool_args\":{\"command\":\"ls /tmp\"}}";
    AUTO(ais_buf_done) struct ais_buf unknown = { 0 };
    struct part_lab lab;
    (void)state;
    part_lab_init(&lab, body, sizeof body - 1);
    lab.view.work = AIS_VIEW_WORK_MOST;
    make_all(&lab, &unknown);
    assert_string_equal(unknown.data, "TEXT: " MUCH "; URL: " MUCH "; PATH: " MUCH "; SHELL: " MUCH "; SQL: " MUCH
                                      "; SECRET: " MUCH "; PII: " MUCH "; CODE: " MUCH);
    part_lab_done(&lab);
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
 /* More than is scanned: */
    { "abcd",            "abcd", 400000, "Blocked by r rule"                                           },
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
    struct CMUnitTest all[OUTCOMES], shorter[OUTCOMES], understood[ORDINARIES], asked[N_ELEMS(decisions)];
    const struct CMUnitTest others[] = { cmocka_unit_test(every_hostile_text_has_an_outcome),
                                         cmocka_unit_test(what_is_not_gathered_is_unknown),
                                         cmocka_unit_test(storms_are_unknown), cmocka_unit_test(long_decisions_pulse) };
    for (size_t i = 0; i < OUTCOMES; i++) {
        all[i] = (struct CMUnitTest){ outcomes[i].name, check_hostile, NULL, NULL, ais_row_state(&outcomes[i]) };
        shorter[i] = (struct CMUnitTest){ outcomes[i].name, check_shorter, NULL, NULL, ais_row_state(&outcomes[i]) };
    }
    for (size_t i = 0; i < ORDINARIES; i++)
        understood[i] =
            (struct CMUnitTest){ ordinaries[i].name, check_ordinary, NULL, NULL, ais_row_state(&ordinaries[i]) };
    for (size_t i = 0; i < N_ELEMS(decisions); i++)
        asked[i] = (struct CMUnitTest){ decisions[i].value, check_decision, NULL, NULL, ais_row_state(&decisions[i]) };
    int failed = cmocka_run_group_tests_name("bounds/hostile", all, NULL, NULL);
    failed += cmocka_run_group_tests_name("bounds/shorter", shorter, NULL, NULL);
    failed += cmocka_run_group_tests_name("bounds/ordinary", understood, NULL, NULL);
    failed += cmocka_run_group_tests_name("bounds/patterns", asked, NULL, NULL);
    failed += cmocka_run_group_tests_name("bounds/decisions", others, NULL, NULL);
    return failed;
}
