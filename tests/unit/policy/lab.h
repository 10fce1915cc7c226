/* What tests of the engine share: a policy from texts, a question from a body. */
#ifndef AIS_TESTS_POLICY_LAB_H
#define AIS_TESTS_POLICY_LAB_H

#include "shared/policy/explain/explain.h"
#include "shared/policy/policy.h"
#include "tests/unit/test.h"

#include <stdio.h>
#include <string.h>

enum { LAB_PACKS_MOST = 16 };

/* Compiles n documents; fails the test when one is refused. */
static inline struct ais_policy *lab_compile(const char *const *documents, size_t n, enum ais_action default_action)
{
    const struct ais_policy_options options = { .default_action = default_action };
    struct ais_pack_source packs[LAB_PACKS_MOST];
    struct ais_policy *policy = NULL;
    struct ais_diagnostics diagnostics = { 0 };
    struct ais_why why = { 0 };
    assert_in_range(n, 0, LAB_PACKS_MOST);
    for (size_t i = 0; i < n; i++)
        packs[i] = (struct ais_pack_source){ "lab", documents[i], strlen(documents[i]), true, AIS_PACK_CUSTOM };
    if (ais_policy_compile(packs, n, &options, &policy, &diagnostics, &why) != AIS_OK) {
        for (size_t i = 0; i < n; i++)
            print_error("%s\n", documents[i]);
        fail_msg("%s", why.text);
    }
    ais_diagnostics_done(&diagnostics);
    return policy;
}

/* Appends the answer to a body (without a decision id) to out, explained or not. question's request is filled in. */
static inline void lab_answer_explained(struct ais_engine *engine, const struct ais_policy *policy, const char *body,
                                        struct ais_question question, bool explain, struct ais_buf *out)
{
    struct ais_arena *arena = ais_arena_new(0);
    struct ais_request request;
    struct ais_decision decision;
    struct ais_why why = { 0 };
    if (ais_request_read(arena, body, strlen(body), &request, NULL, &why) != AIS_OK)
        fail_msg("%s: %s", body, why.text);
    question.request = &request;
    if (ais_decide(engine, policy, &question, &decision, &why) != AIS_OK)
        fail_msg("%s", why.text);
    ais_decision_write(out, &decision, NULL);
    if (explain)
        ais_explain(engine, &question, &decision, NULL, out);
    assert_false(out->failed);
    ais_arena_destroy(&arena);
}

static inline void lab_answer(struct ais_engine *engine, const struct ais_policy *policy, const char *body,
                              struct ais_question question, struct ais_buf *out)
{
    lab_answer_explained(engine, policy, body, question, false, out);
}

#endif
