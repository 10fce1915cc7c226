/* A request's body, decided by rules over every part, and explained: the answer stays as it was, and what is added is
 * one JSON member within its bounds. */
#include "shared/json/json.h"
#include "shared/policy/explain/explain.h"

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static const char document[] =
    "name: lab\nversion: 1.0.0\nrules:\n"
    "- {id: shell, title: T, action: block, detection: {s: {shell.name: [rm, curl], shell.flags: f}, f: {shell.args|"
    "contains: tmp}, condition: s and not f}}\n"
    "- {id: url, title: T, action: require_approval, detection: {s: {url.private|exists: true, url.userinfo|exists: "
    "true}, t: {path.traversal: true}, condition: 1 of them}}\n"
    "- {id: secret, title: T, action: block, mode: monitor, detection: {s: {secret.kind|exists: true}, t: {pii.kind|"
    "exists: true}, u: {sql.statement|contains: delete}, condition: 2 of them}}\n"
    "- {id: text, title: T, action: block, detection: {s: {text|contains|all: [a, b]}, t: {tool_args.**|re: "
    "'(?i)x+y'}, "
    "u: [needle], condition: s and (t or u)}}\n"
    "- {id: number, title: T, action: allow, detection: {s: {tool_args.n|gt: 3}, condition: s}}\n";

static struct ais_policy *policy_new(void)
{
    const struct ais_pack_source pack = { "f", document, sizeof document - 1, true, AIS_PACK_CUSTOM };
    const struct ais_policy_options options = { .default_action = AIS_ACTION_ALLOW, .risk_threshold = 20 };
    struct ais_policy *policy;
    struct ais_diagnostics diagnostics = { 0 };
    if (ais_policy_compile(&pack, 1, &options, &policy, &diagnostics, NULL) != AIS_OK)
        abort();
    return policy;
}

static void check(const struct ais_buf *plain, const struct ais_buf *explained, struct ais_arena *arena)
{
    static const struct ais_json_limits limits = { .depth = 16 };
    const struct ais_json *tree;
    if (explained->failed || explained->length <= plain->length ||
        explained->length > plain->length + AIS_EXPLANATION_MOST ||
        memcmp(plain->data, explained->data, plain->length - 1) != 0 ||
        ais_json_read(arena, explained->data, explained->length, &limits, &tree, NULL) != AIS_OK ||
        ais_json_get(tree, "explanation") == NULL)
        abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static struct ais_policy *policy;
    static struct ais_engine *engine;
    AUTO(ais_arena_destroy) struct ais_arena *arena = ais_arena_new(0);
    AUTO(ais_buf_done) struct ais_buf plain = { 0 }, explained = { 0 };
    struct ais_request request;
    struct ais_decision decision;
    struct ais_why why = { 0 };
    if (policy == NULL) {
        policy = policy_new();
        engine = ais_engine_new();
    }
    if (ais_request_read(arena, (const char *)data, size, &request, NULL, &why) != AIS_OK)
        return 0;
    const struct ais_question question = { .request = &request };
    struct ais_withheld withheld = { 0 };
    if (request.tool_args != NULL && request.tool_args->first != NULL && request.tool_args->first->first == NULL)
        withheld.nodes[withheld.count++] = request.tool_args->first;
    for (int i = 0; i < 2; i++) {
        if (ais_decide(engine, policy, &question, &decision, &why) != AIS_OK)
            abort();
        ais_decision_write(i == 0 ? &plain : &explained, &decision, "d");
        if (i == 1)
            ais_explain(engine, &question, &decision, &withheld, &explained);
    }
    check(&plain, &explained, arena);
    return 0;
}
