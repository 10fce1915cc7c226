/* Many literals that end alike are cut where they are rare. Each rule still matches what it is about, and only that. */
#include "shared/policy/snapshot.h"
#include "tests/unit/policy/lab.h"

enum { RULES = 120, TAIL = 8, CROWD = 16 };

static const struct row {
    const char *name, *before, *behind; /* of a rule's text, around its number */
} rows[] = {
    {"hosts of one domain",            "host",                     ".example.com"                             },
    { "of two endings",                "a-rather-long-beginning-", ".example.organisation.net"                },
    { "numbers within the last bytes", "some long beginning of ",  "x"                                        },
    { "nothing before the number",     "",                         "-and-a-long-common-ending"                },
    { "letters outside ASCII",
     "stra\xc3\x9f"
      "e-\xc3\xa9\xc3\xa9\xc3\xa9-",                               "-\xc3\xa9\xc3\xa9\xc3\xa9\xc3\xa9\xc3\xa9"},
};

/* Even and odd numbers end differently, and are cut alike where the rest of them is alike. */
static void put_text(struct ais_buf *out, const struct row *row, size_t i)
{
    ais_buf_format(out, "%s%02zu%s%s", row->before, i / 2, row->behind, i % 2 == 0 ? ".first-ending" : ".other-ending");
}

static struct ais_policy *compile(const struct row *row)
{
    AUTO(ais_buf_done) struct ais_buf document = { 0 };
    ais_buf_text(&document, "name: p\nversion: 1.0.0\nrules:\n");
    for (size_t i = 0; i < RULES; i++) {
        ais_buf_format(&document, "- {id: r%zu, title: T, action: block, detection: {s: {tool_args.a|contains: '", i);
        put_text(&document, row, i);
        ais_buf_text(&document, "'}, condition: s}}\n");
    }
    const char *const documents[] = { document.data };
    return lab_compile(documents, 1, AIS_ACTION_ALLOW);
}

static void no_ending_is_crowded(const struct ais_policy *policy)
{
    assert_true(policy->literal_count > 0);
    for (size_t i = 0; i < policy->literal_count; i++) {
        const struct ais_literal *one = &policy->literals[i];
        size_t alike = 0;
        for (size_t k = 0; one->length >= TAIL && k < policy->literal_count; k++) {
            const struct ais_literal *other = &policy->literals[k];
            alike += other->length >= TAIL &&
                     memcmp(one->bytes + one->length - TAIL, other->bytes + other->length - TAIL, TAIL) == 0;
        }
        assert_in_range(alike, 0, CROWD);
    }
}

static void check_row(void **state)
{
    const struct row *row = *state;
    AUTO(ais_policy_unref) struct ais_policy *policy = compile(row);
    AUTO(ais_engine_destroy) struct ais_engine *engine = ais_engine_new();
    no_ending_is_crowded(policy);
    for (size_t i = 0; i < RULES; i++) {
        AUTO(ais_buf_done) struct ais_buf body = { 0 };
        AUTO(ais_buf_done) struct ais_buf answer = { 0 };
        char want[64];
        ais_buf_text(&body, "{\"tool_name\":\"t\",\"tool_args\":{\"a\":\"x");
        put_text(&body, row, i);
        ais_buf_text(&body, "\"}}");
        lab_answer(engine, policy, body.data, (struct ais_question){ 0 }, &answer);
        snprintf(want, sizeof want, "\"reasons\":[\"Blocked by r%zu rule: T\"]", i);
        if (strstr(answer.data, want) == NULL)
            fail_msg("%s: %s", body.data, answer.data);
    }
}

int main(void)
{
    struct CMUnitTest tests[N_ELEMS(rows)];
    for (size_t i = 0; i < N_ELEMS(rows); i++)
        tests[i] = (struct CMUnitTest){ rows[i].name, check_row, NULL, NULL, ais_row_state(&rows[i]) };
    return cmocka_run_group_tests_name("literals", tests, NULL, NULL);
}
