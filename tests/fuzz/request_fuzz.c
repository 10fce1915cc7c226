/* A request's body, in either form, decided by rules that ask for every fact. */
#include "shared/policy/policy.h"

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static const char document[] =
    "name: lab\nversion: 1.0.0\nrules:\n"
    "- id: facts\n  title: T\n  action: block\n  detection:\n"
    "    a: {tool_args.**|contains: evil, 'tool_args.l[].k|exists': true, context: x, context.a.b|re: '(x+x+)+\\1y'}\n"
    "    b: {metadata.**|startswith: z, session.id|exists: true, agent.id: '7', tool_name|endswith: exec}\n"
    "    c: {request.size|gt: 100, request.depth|lt: 3}\n"
    "    d: {'|all': [one, two]}\n"
    "    condition: 1 of them\n";

static struct ais_policy *policy_new(void)
{
    const struct ais_pack_source pack = { "f", document, sizeof document - 1, true, AIS_PACK_CUSTOM };
    const struct ais_policy_options options = { .default_action = AIS_ACTION_ALLOW };
    struct ais_policy *policy;
    struct ais_diagnostics diagnostics = { 0 };
    if (ais_policy_compile(&pack, 1, &options, &policy, &diagnostics, NULL) != AIS_OK)
        abort();
    return policy;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static struct ais_policy *policy;
    static struct ais_engine *engine;
    AUTO(ais_arena_destroy) struct ais_arena *arena = ais_arena_new(0);
    AUTO(ais_buf_done) struct ais_buf answer = { 0 };
    unsigned char digest[AIS_REQUEST_DIGEST_SIZE];
    struct ais_request request;
    struct ais_faults faults;
    struct ais_decision decision;
    struct ais_why why = { 0 };
    if (policy == NULL) {
        policy = policy_new();
        engine = ais_engine_new();
    }
    enum ais_err err = ais_request_read(arena, (const char *)data, size, &request, &faults, &why);
    if ((err == AIS_E_INVALID) != (faults.count > 0) || (err != AIS_OK && why.text[0] == '\0'))
        abort();
    if (err != AIS_OK)
        return 0;
    if (request.tool_name == NULL || request.tool_name->length == 0 || ais_request_digest(&request, digest) != AIS_OK)
        abort();
    struct ais_question question = { .request = &request };
    if (ais_decide(engine, policy, &question, &decision, &why) != AIS_OK || decision.reason_count == 0 ||
        decision.allowed != (decision.action == AIS_ACTION_ALLOW))
        abort();
    ais_decision_write(&answer, &decision, "d");
    return 0;
}
