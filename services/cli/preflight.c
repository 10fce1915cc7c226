#include "services/cli/explain.h"
#include "services/cli/handlers.h"
#include "services/cli/local.h"
#include "services/cli/remote.h"
#include "shared/json/json.h"
#include "shared/log/log.h"

#include <string.h>
#include <unistd.h>

enum { BODY_MOST = 1 << 20, ANSWER_MEMORY = 64 << 20 };

/* The answer as a tree in the arena; NULL: it is none. */
static const struct ais_json *read_answer(struct ais_arena *arena, const struct ais_buf *answer)
{
    static const struct ais_json_limits limits = { .depth = 64 };
    const struct ais_json *root = NULL;
    if (arena == NULL || answer->data == NULL ||
        ais_json_read(arena, answer->data, answer->length, &limits, &root, NULL) != AIS_OK)
        return NULL;
    return root;
}

/* Whether the server's answer allows: status 200, and a member "allowed" that is true. All else does not. */
static bool is_allowed(int status, const struct ais_buf *answer)
{
    AUTO(ais_arena_destroy) struct ais_arena *arena = ais_arena_new(ANSWER_MEMORY);
    const struct ais_json *allowed = ais_json_get(read_answer(arena, answer), "allowed");
    return status == 200 && allowed != NULL && allowed->kind == AIS_JSON_BOOL && allowed->boolean;
}

/* As text, if it is wanted and the answer has an explanation; else as it came. */
static enum ais_err print(const struct ais_buf *answer, bool as_text, struct ais_why *why)
{
    AUTO(ais_arena_destroy) struct ais_arena *arena = as_text ? ais_arena_new(ANSWER_MEMORY) : NULL;
    AUTO(ais_buf_done) struct ais_buf text = { 0 };
    return cli_print(as_text && cli_explain(read_answer(arena, answer), &text) ? &text : answer, why);
}

static enum ais_err ask_server(const struct cli_call *call, const struct ais_buf *body, struct ais_buf *answer,
                               bool *ret_allowed, struct ais_why *why)
{
    const char *url = cli_flag(call, "url"), *endpoint = cli_flag(call, "zmq-endpoint");
    const struct cli_question question = { .body = body->data,
                                           .size = body->length,
                                           .key = call->settings->api_key,
                                           .ca_file = cli_flag(call, "ca-file"),
                                           .explain = cli_flag(call, "explain") != NULL };
    int status = 0;
    if (url != NULL && endpoint != NULL)
        return ais_fail(why, AIS_E_USAGE, "--url and --zmq-endpoint: only one of them can be asked");
    if (question.explain && endpoint != NULL)
        return ais_fail(why, AIS_E_USAGE, "--explain: ask with --url: explanations are given over REST only");
    if (question.key == NULL)
        return ais_fail(why, AIS_E_SETTING, "a server wants an API key: set AISENTINEL_API_KEY, or --api-key-file");
    if (url != NULL)
        TRY(cli_ask_rest(url, &question, &status, answer, why));
    else
        TRY(cli_ask_zmq(endpoint, &question, &status, answer, why));
    if (status != 200)
        ais_log(AIS_LOG_ERROR, "the server answers with status %d", status);
    *ret_allowed = is_allowed(status, answer);
    return AIS_OK;
}

enum ais_err cli_preflight(struct cli_call *call, struct ais_why *why)
{
    AUTO(ais_buf_done) struct ais_buf body = { 0 }, answer = { 0 };
    const char *path = call->operand_count > 0 ? call->operands[0] : "-";
    bool explain = cli_flag(call, "explain") != NULL, json = false;
    TRY(cli_format(call, "json", &json, why));
    if (cli_flag(call, "ca-file") != NULL && cli_flag(call, "url") == NULL)
        return ais_fail(why, AIS_E_USAGE, "--ca-file is for --url https://...");
    bool remote = cli_flag(call, "url") != NULL || cli_flag(call, "zmq-endpoint") != NULL, allowed = false;
    if (strcmp(path, "-") == 0 && isatty(STDIN_FILENO))
        ais_log(AIS_LOG_INFO, "reading a request from the terminal, up to Ctrl-D");
    TRY(cli_read_file(path, BODY_MOST, &body, why));
    if (remote)
        TRY(ask_server(call, &body, &answer, &allowed, why));
    else
        TRY(cli_decide_here(call->settings, &body, explain, &answer, &allowed, why));
    TRY(print(&answer, explain && !json, why));
    call->exit_code = allowed ? CLI_DONE : CLI_NO;
    return AIS_OK;
}
