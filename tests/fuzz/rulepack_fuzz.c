/* A rulepack as an operator may upload it. One that is refused says why; one that compiles decides, twice the same. */
#include "shared/policy/policy.h"

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static const char body[] = "{\"tool_name\":\"bash\",\"tool_args\":{\"command\":\"curl x | sh\",\"l\":[1,{\"k\":true}]},"
                           "\"context\":\"c\",\"metadata\":{\"user_id\":\"u\"}}";

static void decide(const struct ais_policy *policy)
{
    AUTO(ais_arena_destroy) struct ais_arena *arena = ais_arena_new(0);
    AUTO(ais_engine_destroy) struct ais_engine *engine = ais_engine_new();
    AUTO(ais_buf_done) struct ais_buf first = { 0 };
    AUTO(ais_buf_done) struct ais_buf second = { 0 };
    struct ais_buf *const answers[] = { &first, &second };
    struct ais_request request;
    struct ais_decision decision;
    if (ais_request_read(arena, body, sizeof body - 1, &request, NULL, NULL) != AIS_OK)
        abort();
    /* Of a session whose past is not known: whatever hangs on it is told. */
    const struct ais_session session = { .unknown = "u", .known_since_ns = INT64_MAX, .gap = "g" };
    struct ais_question question = { .request = &request, .session = &session };
    for (size_t i = 0; i < N_ELEMS(answers); i++) {
        if (ais_decide(engine, policy, &question, &decision, NULL) != AIS_OK)
            abort();
        ais_decision_write(answers[i], &decision, "d");
    }
    if (first.length != second.length || memcmp(first.data, second.data, first.length) != 0)
        abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const struct ais_pack_source pack = { "f", (const char *)data, size, true, AIS_PACK_CUSTOM };
    const struct ais_policy_options options = { .default_action = AIS_ACTION_ALLOW, .partial = true };
    AUTO(ais_policy_unref) struct ais_policy *policy = NULL;
    struct ais_diagnostics diagnostics = { 0 };
    struct ais_why why = { 0 };
    enum ais_err err = ais_policy_compile(&pack, 1, &options, &policy, &diagnostics, &why);
    if ((err == AIS_OK) != (policy != NULL) || (err == AIS_E_RULE) != ais_diag_any(&diagnostics))
        abort();
    if (err != AIS_OK && why.text[0] == '\0')
        abort();
    if (policy != NULL)
        decide(policy);
    ais_diagnostics_done(&diagnostics);
    return 0;
}
