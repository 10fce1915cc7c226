/* The compiled literals kept from one compile to the next: used for the same literals, and for nothing else. */
#include "shared/policy/snapshot.h"
#include "tests/unit/policy/lab.h"

#define TITLED(title, word)                                                                       \
    "name: p\nversion: 1.0.0\nrules:\n- {id: r, title: " title ", action: block, detection: {s: " \
    "{text|contains: " word "}, condition: s}}\n"
#define PACK(word) TITLED("T", word)

static struct ais_policy *compile_as(const char *document, const struct ais_policy_options *options)
{
    const struct ais_pack_source pack = { "lab", document, strlen(document), true, AIS_PACK_CUSTOM };
    struct ais_policy *policy = NULL;
    struct ais_diagnostics diagnostics = { 0 };
    struct ais_why why = { 0 };
    if (ais_policy_compile(&pack, 1, options, &policy, &diagnostics, &why) != AIS_OK)
        fail_msg("%s", why.text);
    ais_diagnostics_done(&diagnostics);
    return policy;
}

static struct ais_policy *compile_like(const char *document, struct ais_policy_cache *cache,
                                       const struct ais_policy *like)
{
    const struct ais_policy_options options = { .default_action = AIS_ACTION_ALLOW, .cache = cache, .like = like };
    return compile_as(document, &options);
}

static struct ais_policy *compile_brief(const char *document, struct ais_policy_cache *cache)
{
    const struct ais_policy_options options = { .default_action = AIS_ACTION_ALLOW, .cache = cache, .brief = true };
    return compile_as(document, &options);
}

static struct ais_policy *compile(const char *document, struct ais_policy_cache *cache)
{
    return compile_like(document, cache, NULL);
}

/* Whether the policy blocks a text with needle in it, and one without it not. */
static void check(const struct ais_policy *policy)
{
    AUTO(ais_buf_done) struct ais_buf answers = { 0 };
    struct ais_engine *engine = ais_engine_new();
    lab_answer(engine, policy, "{\"tool_name\":\"t\",\"tool_args\":{\"a\":\"a needle\"}}", (struct ais_question){ 0 },
               &answers);
    lab_answer(engine, policy, "{\"tool_name\":\"t\",\"tool_args\":{\"a\":\"hay\"}}", (struct ais_question){ 0 },
               &answers);
    ais_buf_add(&answers, "", 1);
    assert_string_equal(
        answers.data, "{\"allowed\":false,\"requires_approval\":false,\"reasons\":[\"Blocked by r rule: T\"],"
                      "\"alternatives\":[]},{\"allowed\":true,\"requires_approval\":false,\"reasons\":[\"Action passes "
                      "all safety checks\"],\"alternatives\":[]}");
    ais_engine_destroy(&engine);
}

static void same_packs_use_it(void **state)
{
    struct ais_policy_cache cache = { 0 };
    (void)state;
    struct ais_policy *first = compile(PACK("needle"), &cache);
    assert_false(cache.used);
    assert_true(cache.packed.length > 32);
    struct ais_policy *second = compile(PACK("needle"), &cache);
    assert_true(cache.used);
    check(second);
    assert_string_equal(ais_policy_digest(first), ais_policy_digest(second));
    ais_policy_unref(&first);
    ais_policy_unref(&second);
    ais_buf_done(&cache.packed);
}

static void packs_that_only_say_other_things_use_it(void **state)
{
    struct ais_policy_cache cache = { 0 };
    (void)state;
    struct ais_policy *first = compile(TITLED("Before", "needle"), &cache);
    struct ais_policy *second = compile(PACK("needle"), &cache);
    assert_true(cache.used);
    assert_string_not_equal(ais_policy_digest(first), ais_policy_digest(second));
    ais_policy_unref(&first);
    check(second);
    ais_policy_unref(&second);
    ais_buf_done(&cache.packed);
}

/* Each goes on alone when the other has gone. */
static void two_that_are_alike_share_it(void **state)
{
    (void)state;
    for (int first_goes = 0; first_goes < 2; first_goes++) {
        struct ais_policy *first = compile(PACK("needle"), NULL);
        struct ais_policy *second = compile_like(PACK("needle"), NULL, first);
        assert_ptr_equal(first->prefilter, second->prefilter);
        ais_policy_unref(first_goes ? &first : &second);
        check(first_goes ? second : first);
        ais_policy_unref(first_goes ? &second : &first);
    }
}

static void two_that_are_not_do_not(void **state)
{
    (void)state;
    struct ais_policy *other = compile(PACK("straw"), NULL);
    struct ais_policy *policy = compile_like(PACK("needle"), NULL, other);
    assert_ptr_not_equal(other->prefilter, policy->prefilter);
    check(policy);
    ais_policy_unref(&other);
    ais_policy_unref(&policy);
}

#define RULE(id, word) \
    "- {id: " id ", title: T, action: block, detection: {s: {text|contains: " word "}, condition: s}}\n"
#define RULES(rules) "name: p\nversion: 1.0.0\nrules:\n" rules
#define HAY          RULE("h1", "barley") RULE("h2", "clover")
#define WORDS        RULE("r", "needle") HAY

/* What rules ask for in another order is the same; a rule that goes leaves the database, and finds it when it comes
 * back. */
static void fewer_rules_and_their_return_share_it(void **state)
{
    (void)state;
    struct ais_policy *all = compile(RULES(WORDS RULE("s", "straw")), NULL);
    struct ais_policy *turned = compile_like(RULES(RULE("s", "straw") HAY RULE("r", "needle")), NULL, all);
    struct ais_policy *fewer = compile_like(RULES(WORDS), NULL, turned);
    ais_policy_unref(&turned);
    struct ais_policy *back = compile_like(RULES(WORDS RULE("s", "straw")), NULL, fewer);
    assert_ptr_equal(all->prefilter, fewer->prefilter);
    assert_ptr_equal(all->prefilter, back->prefilter);
    assert_int_equal(fewer->literal_count, all->literal_count);
    ais_policy_unref(&all);
    check(fewer);
    check(back);
    ais_policy_unref(&back);
    check(fewer);
    ais_policy_unref(&fewer);
}

/* Else the scan would look for what nobody asks for any more. */
static void many_rules_less_do_not(void **state)
{
    (void)state;
    struct ais_policy *all = compile(RULES(WORDS), NULL);
    struct ais_policy *one = compile_like(RULES(RULE("r", "needle")), NULL, all);
    assert_ptr_not_equal(all->prefilter, one->prefilter);
    assert_int_equal(one->literal_count, 1);
    ais_policy_unref(&all);
    check(one);
    ais_policy_unref(&one);
}

static void other_packs_replace_it(void **state)
{
    struct ais_policy_cache cache = { 0 };
    (void)state;
    struct ais_policy *other = compile(PACK("straw"), &cache);
    struct ais_policy *policy = compile(PACK("needle"), &cache);
    assert_false(cache.used);
    check(policy);
    ais_policy_unref(&other);
    ais_policy_unref(&policy);
    policy = compile(PACK("needle"), &cache);
    assert_true(cache.used);
    ais_policy_unref(&policy);
    ais_buf_done(&cache.packed);
}

/* Whoever decides little takes a cache of some rules more, and leaves it for when they are back; who decides much does
 * not. */
static void fewer_rules_use_it_briefly(void **state)
{
    struct ais_policy_cache cache = { 0 };
    (void)state;
    struct ais_policy *all = compile(RULES(WORDS RULE("s", "straw")), &cache);
    size_t whole = cache.packed.length;
    struct ais_policy *fewer = compile_brief(RULES(WORDS), &cache);
    assert_true(cache.used);
    assert_int_equal(cache.packed.length, whole);
    assert_int_equal(fewer->literal_count, all->literal_count);
    ais_policy_unref(&all);
    check(fewer);
    ais_policy_unref(&fewer);
    all = compile(RULES(WORDS RULE("s", "straw")), &cache);
    assert_true(cache.used);
    ais_policy_unref(&all);
    fewer = compile(RULES(WORDS), &cache);
    assert_false(cache.used);
    assert_int_equal(fewer->literal_count, 3);
    check(fewer);
    ais_policy_unref(&fewer);
    ais_buf_done(&cache.packed);
}

static void other_or_many_rules_less_do_not_briefly(void **state)
{
    static const char *const others[] = { RULES(HAY RULE("s", "straw")), RULES(RULE("r", "needle")) };
    (void)state;
    for (size_t i = 0; i < N_ELEMS(others); i++) {
        struct ais_policy_cache cache = { 0 };
        struct ais_policy *all = compile(RULES(WORDS), &cache);
        struct ais_policy *policy = compile_brief(others[i], &cache);
        assert_false(cache.used);
        assert_int_equal(policy->literal_count, i == 0 ? 3 : 1);
        ais_policy_unref(&all);
        ais_policy_unref(&policy);
        ais_buf_done(&cache.packed);
    }
}

/* Wherever it is cut off, and whichever byte of what it says of its literals is another, it is as good as absent. */
static void a_broken_cache_is_replaced(void **state)
{
    struct ais_policy_cache cache = { 0 }, broken = { 0 };
    const size_t told = AIS_DIGEST_SIZE + 2 * sizeof(size_t) + 3 * sizeof(size_t) + strlen("barleycloverneedle");
    (void)state;
    struct ais_policy *policy = compile(RULES(WORDS), &cache);
    ais_policy_unref(&policy);
    assert_true(cache.packed.length > told);
    for (size_t at = 0; at < 2 * told; at++) {
        ais_buf_clear(&broken.packed);
        ais_buf_add(&broken.packed, cache.packed.data, at < told ? cache.packed.length : at - told);
        if (at < told)
            broken.packed.data[at] ^= 0x40;
        policy = compile_brief(RULES(RULE("r", "needle") RULE("h1", "barley")), &broken);
        assert_false(broken.used);
        assert_int_equal(policy->literal_count, 2);
        check(policy);
        ais_policy_unref(&policy);
    }
    policy = compile_brief(RULES(RULE("r", "needle") RULE("h1", "barley")), &cache);
    assert_true(cache.used);
    assert_int_equal(policy->literal_count, 3);
    check(policy);
    ais_policy_unref(&policy);
    ais_buf_done(&broken.packed);
    ais_buf_done(&cache.packed);
}

/* Not what a seal lets through, but what the library itself notices: cut off, or of another version. */
static void what_the_library_refuses_is_replaced(void **state)
{
    struct ais_policy_cache cache = { 0 };
    (void)state;
    struct ais_policy *policy = compile(PACK("needle"), &cache);
    ais_policy_unref(&policy);
    size_t whole = cache.packed.length;
    cache.packed.length = whole - 8;
    policy = compile(PACK("needle"), &cache);
    assert_false(cache.used);
    check(policy);
    assert_int_equal(cache.packed.length, whole);
    ais_policy_unref(&policy);
    ais_buf_done(&cache.packed);
}

static void rules_without_literals_have_one_too(void **state)
{
    struct ais_policy_cache cache = { 0 };
    (void)state;
    for (int i = 0; i < 2; i++) {
        struct ais_policy *policy =
            compile("name: p\nversion: 1.0.0\nrules:\n- {id: r, title: T, tools: ['*'], action: block}\n", &cache);
        assert_int_equal(cache.used, i == 1);
        ais_policy_unref(&policy);
    }
    ais_buf_done(&cache.packed);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(same_packs_use_it),
        cmocka_unit_test(packs_that_only_say_other_things_use_it),
        cmocka_unit_test(two_that_are_alike_share_it),
        cmocka_unit_test(two_that_are_not_do_not),
        cmocka_unit_test(fewer_rules_and_their_return_share_it),
        cmocka_unit_test(many_rules_less_do_not),
        cmocka_unit_test(other_packs_replace_it),
        cmocka_unit_test(fewer_rules_use_it_briefly),
        cmocka_unit_test(other_or_many_rules_less_do_not_briefly),
        cmocka_unit_test(a_broken_cache_is_replaced),
        cmocka_unit_test(what_the_library_refuses_is_replaced),
        cmocka_unit_test(rules_without_literals_have_one_too),
    };
    return cmocka_run_group_tests_name("cache", tests, NULL, NULL);
}
