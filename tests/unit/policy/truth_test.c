/* Truth tables of conditions: each over every combination of false, unknown and true, by a rule that blocks and by one
 * that allows. */
#include "shared/policy/truth.h"
#include "tests/unit/policy/lab.h"

enum { A, B, C, INPUTS };

typedef enum ais_truth truth_of(const enum ais_truth in[INPUTS]);

static enum ais_truth least(enum ais_truth a, enum ais_truth b)
{
    return a < b ? a : b;
}

static enum ais_truth most(enum ais_truth a, enum ais_truth b)
{
    return a > b ? a : b;
}

static enum ais_truth inverse(enum ais_truth a)
{
    return a == AIS_TRUE ? AIS_FALSE : a == AIS_FALSE ? AIS_TRUE : AIS_UNKNOWN;
}

/* By counting: certain if enough are true, still open while enough are not false. */
static enum ais_truth at_least(int need, const enum ais_truth *in, size_t n)
{
    int trues = 0, open = 0;
    for (size_t i = 0; i < n; i++) {
        trues += in[i] == AIS_TRUE;
        open += in[i] != AIS_FALSE;
    }
    return trues >= need ? AIS_TRUE : open >= need ? AIS_UNKNOWN : AIS_FALSE;
}

#define FORM(name, formula)                                     \
    static enum ais_truth name(const enum ais_truth in[INPUTS]) \
    {                                                           \
        return formula;                                         \
    }
FORM(one, in[A])
FORM(not_one, inverse(in[A]))
FORM(both, least(in[A], in[B]))
FORM(either, most(in[A], in[B]))
FORM(not_both, inverse(least(in[A], in[B])))
FORM(not_a_and_b, least(inverse(in[A]), in[B]))
FORM(not_a_or_b, most(inverse(in[A]), in[B]))
FORM(or_and, most(in[A], least(in[B], in[C])))
FORM(and_or, most(least(in[A], in[B]), in[C]))
FORM(grouped, least(most(in[A], in[B]), in[C]))
FORM(and_not_either, least(in[A], inverse(most(in[B], in[C]))))
FORM(excluded_middle, most(in[A], inverse(in[A])))
FORM(one_of_three, at_least(1, in, INPUTS))
FORM(two_of_three, at_least(2, in, INPUTS))
FORM(all_of_three, at_least(3, in, INPUTS))
FORM(not_two_of_three, inverse(at_least(2, in, INPUTS)))
FORM(one_of_b_c, at_least(1, in + B, 2))
FORM(all_of_b_c, at_least(2, in + B, 2))
FORM(a_and_not_one_of_b_c, least(in[A], inverse(at_least(1, in + B, 2))))

static const struct row {
    const char *name; /* the condition: also the test's */
    truth_of *want;
} rows[] = {
    {"sel",                           one                 },
    { "not sel",                      not_one             },
    { "not not sel",                  one                 },
    { "not not not sel",              not_one             },
    { "sel and fil_b",                both                },
    { "sel or fil_b",                 either              },
    { "not (sel and fil_b)",          not_both            },
    { "not sel and fil_b",            not_a_and_b         },
    { "not sel or fil_b",             not_a_or_b          },
    { "sel or fil_b and fil_c",       or_and              },
    { "sel or (fil_b and fil_c)",     or_and              },
    { "sel and fil_b or fil_c",       and_or              },
    { "(sel or fil_b) and fil_c",     grouped             },
    { "sel and not (fil_b or fil_c)", and_not_either      },
    { "sel or not sel",               excluded_middle     },
    { "1 of them",                    one_of_three        },
    { "any of them",                  one_of_three        },
    { "2 of them",                    two_of_three        },
    { "3 of them",                    all_of_three        },
    { "all of them",                  all_of_three        },
    { "not 2 of them",                not_two_of_three    },
    { "1 of fil*",                    one_of_b_c          },
    { "2 of fil_*",                   all_of_b_c          },
    { "all of *il_*",                 all_of_b_c          },
    { "sel and not 1 of fil_*",       a_and_not_one_of_b_c},
    { "NOT (1 OF fil_*) AND sel",     a_and_not_one_of_b_c},
};

static void check_action(const char *condition, const char *action, enum ais_action otherwise, truth_of *want,
                         const char *const answers[])
{
    static const char *const values[] = { "0", "1e9999999999999999", "1" }; /* of a, b, c: not, perhaps, above 0 */
    AUTO(ais_buf_done) struct ais_buf document = { 0 };
    AUTO(ais_engine_destroy) struct ais_engine *engine = ais_engine_new();
    ais_buf_format(
        &document,
        "name: lab\nversion: 1.0.0\nrules: [{id: r, title: T, action: %s, detection: {sel: {tool_args.a|gt: 0}, "
        "fil_b: {tool_args.b|gt: 0}, fil_c: {tool_args.c|gt: 0}, condition: '%s'}}]",
        action, condition);
    const char *const documents[] = { document.data };
    AUTO(ais_policy_unref) struct ais_policy *policy = lab_compile(documents, 1, otherwise);
    for (int i = 0; i < 27; i++) {
        const enum ais_truth in[INPUTS] = { (enum ais_truth)(i % 3), (enum ais_truth)(i / 3 % 3),
                                            (enum ais_truth)(i / 9) };
        AUTO(ais_buf_done) struct ais_buf body = { 0 };
        AUTO(ais_buf_done) struct ais_buf out = { 0 };
        ais_buf_format(&body, "{\"tool_name\":\"t\",\"tool_args\":{\"a\":%s,\"b\":%s,\"c\":%s}}", values[in[A]],
                       values[in[B]], values[in[C]]);
        lab_answer(engine, policy, body.data, (struct ais_question){ 0 }, &out);
        if (strncmp(out.data, answers[want(in)], strlen(answers[want(in)])) != 0)
            fail_msg("%s: %s: %s", condition, body.data, out.data);
    }
}

#define YES  "{\"allowed\":true,\"requires_approval\":false,"
#define ASKS "{\"allowed\":false,\"requires_approval\":true,"
#define NO   "{\"allowed\":false,\"requires_approval\":false,"

static void check_row(void **state)
{
    static const char *const of_block[] = { YES, ASKS, NO }, *const of_allow[] = { NO, NO, YES };
    const struct row *row = *state;
    check_action(row->name, "block", AIS_ACTION_ALLOW, row->want, of_block);
    check_action(row->name, "allow", AIS_ACTION_BLOCK, row->want, of_allow);
}

int main(void)
{
    struct CMUnitTest tests[N_ELEMS(rows)];
    AIS_ROWS(tests, rows, check_row);
    return cmocka_run_group_tests_name("policy/truth", tests, NULL, NULL);
}
