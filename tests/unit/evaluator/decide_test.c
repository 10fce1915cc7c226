/* One request, one verdict: what an evaluator makes of messages that are good, odd, or not what it can decide. */
#include "services/evaluator/decide.h"
#include "tests/unit/policy/lab.h"

#define X64       "xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx"
#define LONG_NAME X64 X64 X64 X64 X64 "-contractor"
#define BODY      "{\"tool_name\":\"t\"}"

static const char pack[] = "name: lab\nversion: 1.0.0\nrules:\n"
                           "- {id: r, title: T, action: block,"
                           " detection: {s: {caller.user|endswith: -contractor}, condition: s}}\n";

static const struct row {
    const char *name, *body, *user;
    size_t user_size; /* 0: all of it */
    uint8_t token;
    bool no_policy;
    const char *answer; /* what it begins with; "": none */
    const char *record; /* what is in it */
} rows[] = {
    {"an allow",                                  BODY, "ada",              0,  AIS_TOKEN_NONE,    false, "{\"allowed\":true",  "\"t\""        },
    { "a long name is seen to its end",           BODY, LONG_NAME,          0,  AIS_TOKEN_NONE,    false, "{\"allowed\":false", "\"t\""        },
    { "a name with a NUL decides nothing",        BODY, "ada\0-contractor", 15, AIS_TOKEN_NONE,    false, "",                   "a NUL"        },
    { "no snapshot decides nothing",              BODY, "ada",              0,  AIS_TOKEN_NONE,    true,  "",                   "no snapshot"  },
    { "an unknown token verdict decides nothing", BODY, "ada",              0,  AIS_TOKEN_COUNT,   false, "",                   "token verdict"},
    { "what is no JSON decides nothing",          "{",  "ada",              0,  AIS_TOKEN_NONE,    false, "",                   "expected"     },
    { "what is no request decides nothing",       "{}", "ada",              0,  AIS_TOKEN_NONE,    false, "",                   "tool_name"    },
    { "an invalid token asks",                    BODY, "ada",              0,  AIS_TOKEN_INVALID, false, "{\"allowed\":false", "\"t\""        },
};

static void check_row(void **state)
{
    const struct row *row = *state;
    const char *const documents[] = { pack };
    AUTO(ais_policy_unref) struct ais_policy *policy = lab_compile(documents, 1, AIS_ACTION_ALLOW);
    AUTO(decider_destroy) struct decider *decider = decider_new("evaluator-1");
    struct ais_msg_verdict verdict;
    struct past_of of;
    const struct ais_msg_preflight msg = {
        .token_verdict = row->token,
        .user = {row->user,  row->user_size > 0 ? row->user_size : strlen(row->user)},
        .body = { row->body, strlen(row->body)                                      },
    };
    assert_non_null(decider);
    assert_true(decider_run(decider, row->no_policy ? NULL : policy, &msg, &verdict, &of));
    assert_int_equal(verdict.answer.size > 0, row->answer[0] != '\0');
    if (verdict.answer.size > 0)
        assert_memory_equal(verdict.answer.data, row->answer, strlen(row->answer));
    assert_non_null(memmem(verdict.record.data, verdict.record.size, row->record, strlen(row->record)));
}

/* An explanation stands behind the same answer, and the record says that it was given. */
static void an_explanation_is_given_when_asked_for(void **state)
{
    (void)state;
    static const char explained[] = "\"explained\":true";
    const char *const documents[] = { pack };
    AUTO(ais_policy_unref) struct ais_policy *policy = lab_compile(documents, 1, AIS_ACTION_ALLOW);
    AUTO(decider_destroy) struct decider *decider = decider_new("evaluator-1");
    AUTO(ais_buf_done) struct ais_buf plain = { 0 };
    for (uint8_t explain = 0; explain < 2; explain++) {
        struct ais_msg_verdict verdict;
        struct past_of of;
        const struct ais_msg_preflight msg = {
            .explain = explain, .user = ais_span_of(LONG_NAME), .body = {BODY, strlen(BODY)}
        };
        assert_true(decider_run(decider, policy, &msg, &verdict, &of));
        bool recorded = memmem(verdict.record.data, verdict.record.size, explained, strlen(explained)) != NULL;
        assert_int_equal(recorded, explain);
        if (explain == 0) {
            ais_buf_add(&plain, verdict.answer.data, verdict.answer.size);
            continue;
        }
        assert_true(verdict.answer.size > plain.length);
        assert_memory_equal(verdict.answer.data, plain.data, plain.length - 1);
        assert_non_null(memmem(verdict.answer.data, verdict.answer.size, ",\"explanation\":{", 16));
    }
}

int main(void)
{
    struct CMUnitTest tests[N_ELEMS(rows) + 1];
    AIS_ROWS(tests, rows, check_row);
    tests[N_ELEMS(rows)] = (struct CMUnitTest)cmocka_unit_test(an_explanation_is_given_when_asked_for);
    return cmocka_run_group_tests_name("evaluator/decide", tests, NULL, NULL);
}
