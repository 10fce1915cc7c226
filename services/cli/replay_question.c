#include "services/cli/replay_question.h"

#include "shared/audit/record.h"
#include "shared/seal/digest.h"
#include "shared/sys/clock.h"

#include <string.h>

static struct ais_caller caller_of(const struct ais_json *record)
{
    const struct ais_json *caller = ais_json_get(record, "caller");
    return (struct ais_caller){
        .key_id = ais_json_get_text(caller, "key_id"),
        .name = ais_json_get_text(caller, "name"),
        .user = ais_json_get_text(caller, "user_id"),
        .agent = ais_json_get_text(caller, "agent_id"),
        .environment = ais_json_get_text(caller, "environment"),
    };
}

static bool holds_masked(const char *bytes, size_t n)
{
    return memmem(bytes, n, AIS_MASKED_PREFIX, strlen(AIS_MASKED_PREFIX)) != NULL;
}

/* Whether something that rules may look at was masked. That the text is there proves nothing: who asks may have written
 * it. The digest proves that a request stands as it came; else the record tells; where neither does (a record of an
 * older version) it may be ours. */
static bool is_masked(const struct cli_found *found)
{
    const struct ais_json *record = found->record, *caller = ais_json_get(record, "caller");
    const struct ais_json *body = ais_json_get(record, "request"), *digest = ais_json_get(record, "request_digest");
    const struct ais_json *told = ais_json_get(record, "masked");
    if (caller != NULL && holds_masked(found->bytes + (caller->begin - record->begin), caller->end - caller->begin))
        return true;
    if (body != NULL && digest != NULL) {
        char text[AIS_DIGEST_TEXT];
        ais_digest_hex(found->bytes + (body->begin - record->begin), body->end - body->begin, text);
        if (ais_json_is(digest, text))
            return false;
    }
    return told != NULL ? told->kind != AIS_JSON_BOOL || told->boolean : holds_masked(found->bytes, found->n);
}

enum replay_refusal replay_question(struct ais_arena *arena, const struct cli_found *found, struct ais_request *request,
                                    struct ais_question *ret)
{
    const struct ais_json *record = found->record, *body = ais_json_get(record, "request");
    const char *time = ais_json_get_text(record, "time");
    int64_t received_ns = 0;
    enum ais_action action;
    const char *decision = ais_json_get_text(record, "decision");
    if (decision == NULL || !ais_action_of(decision, &action) || action == AIS_ACTION_NONE)
        return REPLAY_UNDECIDED;
    if (is_masked(found))
        return REPLAY_MASKED;
    if (body == NULL)
        return REPLAY_EXCERPT;
    ais_arena_reset(arena);
    if (ais_request_from(arena, body, request, NULL, NULL) != AIS_OK || time == NULL ||
        ais_clock_parse(time, 0, &received_ns) != 0)
        return REPLAY_UNREADABLE;
    if (request->approval_token != NULL)
        return REPLAY_TOKEN;
    *ret = (struct ais_question){
        .request = request,
        .caller = caller_of(record),
        .received_ns = received_ns,
        .token = AIS_TOKEN_NONE,
    };
    return REPLAY_JUDGED;
}
