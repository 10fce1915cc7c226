/* Patterns that are shared: by predicates of a snapshot, and by snapshots that were compiled like one another,
 * whichever of them goes first and whichever thread looks. */
#include "shared/policy/snapshot.h"
#include "tests/unit/policy/lab.h"

#include <pthread.h>

#define PACK(rules) "name: p\nversion: 1.0.0\nrules:\n" rules
#define RULE(id, on, value) \
    "- {id: " id ", title: T, action: block, detection: {s: {tool_args." on ": " value "}, condition: s}}\n"

static struct ais_policy *compile_like(const char *document, const struct ais_policy *like)
{
    const struct ais_policy_options options = { .default_action = AIS_ACTION_ALLOW, .like = like };
    const struct ais_pack_source pack = { "lab", document, strlen(document), true, AIS_PACK_CUSTOM };
    struct ais_policy *policy = NULL;
    struct ais_diagnostics diagnostics = { 0 };
    struct ais_why why = { 0 };
    if (ais_policy_compile(&pack, 1, &options, &policy, &diagnostics, &why) != AIS_OK)
        fail_msg("%s", why.text);
    ais_diagnostics_done(&diagnostics);
    return policy;
}

/* How many predicates of the policy have a pattern that some predicate of the other has. */
static size_t shared_with(const struct ais_policy *policy, const struct ais_policy *other)
{
    size_t count = 0;
    for (size_t i = 0; i < policy->predicates->count; i++)
        for (size_t k = 0; k < other->predicates->count; k++)
            if (policy->predicates->items[i].pattern == other->predicates->items[k].pattern) {
                count++;
                break;
            }
    return count;
}

static const struct row {
    const char *name, *first, *second;
    size_t shared; /* predicates of the second */
} rows[] = {
    {"the same",                    RULE("a", "x|re",              "'b+c'"),      RULE("a", "x|re",              "'b+c'"),      1},
    { "on another fact",            RULE("a", "x|re",              "'b+c'"),      RULE("z", "y|re",              "'b+c'"),      1},
    { "a glob",                     RULE("a", "x|glob",            "'/etc/**'"),  RULE("z", "y|glob",            "'/etc/**'"),  1},
    { "a list",                     RULE("a", "x|contains",        "[one, two]"), RULE("z", "y|contains",        "[one, two]"), 2},
    { "transformed",                RULE("a", "x|base64|contains", "[one, two]"), RULE("z", "y|base64|contains", "[one, two]"), 2},
    { "another pattern",            RULE("a", "x|re",              "'b+c'"),      RULE("a", "x|re",              "'b+d'"),      0},
    { "another operator",           RULE("a", "x|re",              "'b+c'"),      RULE("a", "x|contains",        "'b+c'"),      0},
    { "another flag",               RULE("a", "x|re",              "'b+c'"),      RULE("a", "x|re|i",            "'b+c'"),      0},
    { "negated",                    RULE("a", "x|contains",        "one"),        RULE("a", "x|contains|neq",    "one"),        0},
    { "without its transformation", RULE("a", "x|base64|contains", "one"),        RULE("a", "x|contains",        "one"),        0},
    { "measured",                   RULE("a", "x|len|gt",          "5"),          RULE("a", "x|gt",              "5"),          0},
    { "a number and its text",      RULE("a", "x",                 "5"),          RULE("a", "x",                 "'5'"),        0},
    { "one text of two",            RULE("a", "x|contains",        "[one, two]"), RULE("a", "x|contains",        "[onetwo]"),   0},
};

static void check_row(void **state)
{
    const struct row *row = *state;
    AUTO(ais_buf_done) struct ais_buf first_text = { 0 }, second_text = { 0 };
    ais_buf_format(&first_text, PACK("%s"), row->first);
    ais_buf_format(&second_text, PACK("%s"), row->second);
    AUTO(ais_policy_unref) struct ais_policy *first = compile_like(first_text.data, NULL);
    AUTO(ais_policy_unref) struct ais_policy *second = compile_like(second_text.data, first);
    AUTO(ais_policy_unref) struct ais_policy *stranger = compile_like(second_text.data, NULL);
    assert_int_equal(shared_with(second, first), row->shared);
    assert_int_equal(shared_with(stranger, first), 0);
}

static void within_a_snapshot_too(void **state)
{
    (void)state;
    AUTO(ais_policy_unref)
    struct ais_policy *policy = compile_like(PACK(RULE("a", "x|re", "'b+c'") RULE("b", "y|re", "'b+c'")), NULL);
    assert_int_equal(policy->predicates->count, 2);
    assert_ptr_equal(policy->predicates->items[0].pattern, policy->predicates->items[1].pattern);
}

/* ---- owners that come and go ---- */

enum { THREADS = 3, ROUNDS = 40 };

#define OF_AUTOMATON RULE("automaton", "a|re|i", "'(?:need|nail)le+s? [a-z]{1,40}!'")
#define OF_PCRE      RULE("pcre", "b|re", "'(?<=a )need(?=le)'")

static void answer(struct ais_engine *engine, const struct ais_policy *policy)
{
    AUTO(ais_buf_done) struct ais_buf answers = { 0 };
    lab_answer(engine, policy, "{\"tool_name\":\"t\",\"tool_args\":{\"a\":\"NEEDLES abc!\",\"b\":\"a needle\"}}",
               (struct ais_question){ 0 }, &answers);
    lab_answer(engine, policy, "{\"tool_name\":\"t\",\"tool_args\":{\"a\":\"needles abc\",\"b\":\"needle\"}}",
               (struct ais_question){ 0 }, &answers);
    ais_buf_add(&answers, "", 1);
    assert_non_null(strstr(answers.data, "\"Blocked by automaton rule: T\",\"Blocked by pcre rule: T\""));
    assert_non_null(strstr(answers.data, "{\"allowed\":true"));
}

/* Each thread has an engine of its own that goes on from snapshot to snapshot, and is the last owner of some. */
struct asker {
    struct ais_policy *policies[ROUNDS]; /* one reference to each; given back */
};

static void *ask(void *arg)
{
    struct asker *asker = arg;
    struct ais_engine *engine = ais_engine_new();
    for (size_t i = 0; i < ROUNDS; i++) {
        answer(engine, asker->policies[i]);
        ais_policy_unref(&asker->policies[i]);
    }
    ais_engine_destroy(&engine);
    return NULL;
}

static void threads_share_and_let_go(void **state)
{
    static const char *const documents[] = { PACK(OF_AUTOMATON OF_PCRE), PACK(OF_PCRE OF_AUTOMATON),
                                             PACK(OF_PCRE OF_AUTOMATON RULE("more", "c|re", "'x+y'")) };
    struct asker askers[THREADS];
    pthread_t threads[THREADS];
    struct ais_policy *last = NULL;
    (void)state;
    for (size_t i = 0; i < ROUNDS; i++) {
        struct ais_policy *next = compile_like(documents[i % N_ELEMS(documents)], last);
        for (size_t k = 0; k < THREADS; k++)
            askers[k].policies[i] = ais_policy_ref(next);
        ais_policy_unref(&last);
        last = next;
    }
    ais_policy_unref(&last);
    for (size_t k = 0; k < THREADS; k++)
        assert_int_equal(pthread_create(&threads[k], NULL, ask, &askers[k]), 0);
    for (size_t k = 0; k < THREADS; k++)
        assert_int_equal(pthread_join(threads[k], NULL), 0);
}

int main(void)
{
    struct CMUnitTest tests[N_ELEMS(rows) + 2] = { cmocka_unit_test(within_a_snapshot_too),
                                                   cmocka_unit_test(threads_share_and_let_go) };
    for (size_t i = 0; i < N_ELEMS(rows); i++)
        tests[i + 2] = (struct CMUnitTest){ .name = rows[i].name,
                                            .test_func = check_row,
                                            .initial_state = (void *)(uintptr_t)&rows[i] };
    return cmocka_run_group_tests_name("pattern", tests, NULL, NULL);
}
