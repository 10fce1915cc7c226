/* The engine against a slow, obvious matcher (property/slow.h), and against itself in another order.
 * AIS_PROPERTY_ROUNDS says how many packs of rules are made; each is asked eight times, forwards and backwards. */
#include "tests/unit/policy/lab.h"
#include "tests/unit/policy/property/slow.h"

enum { REQUESTS = 8, ROUNDS = 300 };

static struct ais_policy *compile(const struct pack *packs, bool backwards)
{
    struct ais_buf documents[PACKS] = { { 0 } };
    const char *texts[PACKS];
    for (size_t i = 0; i < PACKS; i++) {
        size_t k = backwards ? PACKS - 1 - i : i;
        put_pack(&documents[i], &packs[k], k, backwards);
        texts[i] = documents[i].data;
    }
    struct ais_policy *policy = lab_compile(texts, PACKS, AIS_ACTION_ALLOW);
    for (size_t i = 0; i < PACKS; i++)
        ais_buf_done(&documents[i]);
    return policy;
}

/* Whether text, up to its end, names the rule as explanations do. */
static bool names(const char *text, const char *end, size_t pack, size_t rule)
{
    char name[64];
    snprintf(name, sizeof name, "{\"rule\":\"r%zu\",\"title\":\"T%zu\",\"rulepack\":\"p%zu\"", rule, rule, pack);
    return memmem(text, (size_t)(end - text), name, strlen(name)) != NULL;
}

/* The answer stands in it byte for byte; a rule is among those that match if and only if it does; and none that does is
 * called a near miss. */
static void check_explanation(struct ais_engine *engine, const struct ais_policy *policy, const struct pack *packs,
                              const struct request *request, const struct ais_question *question, const char *body,
                              const struct ais_buf *answer)
{
    AUTO(ais_buf_done) struct ais_buf got = { 0 };
    lab_answer_explained(engine, policy, body, *question, true, &got);
    assert_memory_equal(got.data, answer->data, answer->length - 1);
    const char *rules = strstr(got.data, "\"rules\":["), *end = strstr(got.data, "\"not_understood\":[");
    const char *near = strstr(got.data, "\"near_misses\":["), *whole = got.data + got.length;
    assert_true(rules != NULL && end != NULL && near != NULL && near > end);
    for (size_t p = 0; p < PACKS; p++)
        for (size_t r = 0; r < RULES; r++) {
            bool matches = matches_rule(packs, p, r, request) == AIS_TRUE;
            if (names(rules, end, p, r) != matches || (matches && names(near, whole, p, r)))
                fail_msg("p%zu r%zu %s: %s", p, r, matches ? "matches" : "does not match", got.data);
        }
}

/* Which fact was not understood, and why, is not the slow matcher's business. */
static void shorten(char *answer)
{
    static const char reason[] = "\"Not understood";
    char *at = strstr(answer, reason);
    if (at == NULL)
        return;
    char *begin = at + strlen(reason), *end = strchr(begin, '"');
    memmove(begin, end, strlen(end) + 1);
}

static void tell(const struct pack *packs, bool backwards)
{
    for (size_t k = 0; k < PACKS; k++) {
        AUTO(ais_buf_done) struct ais_buf document = { 0 };
        put_pack(&document, &packs[k], k, backwards);
        fprintf(stderr, "%s\n", document.data); /* print_error has room for a line */
    }
}

static void check_request(struct ais_engine *engine, const struct ais_policy *forwards,
                          const struct ais_policy *backwards, const struct pack *packs, const struct request *request)
{
    AUTO(ais_buf_done) struct ais_buf body = { 0 };
    AUTO(ais_buf_done) struct ais_buf want = { 0 };
    const struct ais_policy *const policies[] = { forwards, backwards };
    const char *environment = request->environment.text[0] != '\0' ? request->environment.text : NULL;
    struct ais_question question = {
        .caller = { .environment = environment },
        .received_ns = (int64_t)request->hour * 3600 * 1000000000,
    };
    put_request(&body, request);
    slow_answer(packs, request, &want);
    for (size_t i = 0; i < N_ELEMS(policies); i++) {
        AUTO(ais_buf_done) struct ais_buf got = { 0 };
        lab_answer(engine, policies[i], body.data, question, &got);
        check_explanation(engine, policies[i], packs, request, &question, body.data, &got);
        shorten(got.data);
        if (strcmp(got.data, want.data) == 0)
            continue;
        tell(packs, i > 0);
        print_error("%s\nenvironment %s, hour %u\nslow   %s\nengine %s\n", body.data, request->environment.text,
                    request->hour, want.data, got.data);
        fail();
    }
}

static void the_engine_agrees_with_the_slow_matcher(void **state)
{
    const char *asked = getenv("AIS_PROPERTY_ROUNDS");
    const long rounds = asked != NULL ? strtol(asked, NULL, 10) : ROUNDS;
    (void)state;
    AUTO(ais_engine_destroy) struct ais_engine *engine = ais_engine_new();
    seed = 0x9e3779b97f4a7c15U;
    for (long round = 0; round < rounds; round++) {
        static struct pack packs[PACKS];
        for (size_t p = 0; p < PACKS; p++)
            make_pack(&packs[p]);
        AUTO(ais_policy_unref) struct ais_policy *forwards = compile(packs, false);
        AUTO(ais_policy_unref) struct ais_policy *backwards = compile(packs, true);
        for (int i = 0; i < REQUESTS; i++) {
            struct request request;
            make_request(&request);
            check_request(engine, forwards, backwards, packs, &request);
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = { cmocka_unit_test(the_engine_agrees_with_the_slow_matcher) };
    return cmocka_run_group_tests_name("policy/property", tests, NULL, NULL);
}
