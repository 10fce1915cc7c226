/* The members of a decision's record, its request apart. */
#include "shared/audit/mask_internal.h"
#include "shared/policy/correlation.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char session_label[] = "session_id";

void ais_mask_session(const struct ais_mask *mask, const char *session, size_t n, char text[AIS_MASK_SESSION_TEXT])
{
    char hash[AIS_MASK_HASH_TEXT];
    ais_mask_hash(mask->key, session, n, hash);
    snprintf(text, AIS_MASK_SESSION_TEXT, AIS_MASKED_PREFIX "%s:%s", session_label, hash);
}

/* Texts that are pinned to the key, or said by the request. */
enum { SAID = 3 };
struct said {
    struct ais_audit_text *text;
    const char **word; /* what is pinned */
    bool pinned;       /* and is what holds */
};

static void said_of(struct ais_audit_decision *record, struct said ret[SAID])
{
    struct ais_caller *caller = &record->caller;
    ret[0] = (struct said){ &record->user_id, &caller->user, false };
    ret[1] = (struct said){ &record->agent_id, &caller->agent, false };
    ret[2] = (struct said){ &record->environment, &caller->environment, false };
    for (size_t i = 0; i < SAID; i++)
        ret[i].pinned = *ret[i].word != NULL && ret[i].text->bytes == *ret[i].word;
}

static void mask_c_string(struct ais_masker *masker, const char **text)
{
    struct ais_audit_text masked = mask_text(masker, ais_audit_text(*text), false);
    if (masked.bytes != NULL)
        *text = masked.bytes; /* in the arena, which ends every text with a NUL */
}

/* Whether a number that a correlation adds up is one that is masked, or shows it. */
static bool shows(struct ais_masker *masker, int64_t micros)
{
    char text[32];
    int64_t number;
    for (size_t i = 0; i < masker->count; i++) {
        const struct ais_audit_text *value = &masker->values[i].forms[0];
        if (ais_micros_read(value->bytes, value->n, &number) && number == micros)
            return true;
    }
    int n =
        snprintf(text, sizeof text, "%" PRId64 ".%06" PRId64, micros / AIS_MICROS, (int64_t)llabs(micros % AIS_MICROS));
    const struct ais_audit_text shown = { text, (size_t)n };
    return masker->overflow || mask_text(masker, shown, false).bytes != text;
}

/* Of a number that must not stand there, the record says that it is not known: so is the sum, for who learns the
 * session from the log. */
static void mask_numbers(struct ais_masker *masker, struct ais_decision *decision)
{
    size_t count = decision->event_count;
    struct ais_call_event *events = count > 0 ? ais_arena_alloc(masker->arena, count * sizeof *events) : NULL;
    if (events == NULL) {
        masker->failed = masker->failed || count > 0;
        return;
    }
    memcpy(events, decision->events, count * sizeof *events);
    for (size_t i = 0; i < count; i++)
        if (events[i].measure == AIS_MEASURE_NUMBERS && shows(masker, events[i].event.value.micros)) {
            events[i].event.value.micros = 0;
            events[i].event.beyond = true;
        }
    decision->events = events;
}

static void mask_decision(struct ais_masker *masker, struct ais_audit_decision *record)
{
    const struct ais_decision *decision = record->decision;
    if (decision == NULL)
        return;
    struct ais_decision *copy = ais_arena_alloc(masker->arena, sizeof *copy);
    const char **reasons = ais_arena_alloc(masker->arena, (decision->reason_count + 1) * sizeof *reasons);
    if (copy == NULL || reasons == NULL) {
        masker->failed = true;
        return;
    }
    *copy = *decision;
    for (size_t i = 0; i < decision->reason_count; i++) {
        reasons[i] = decision->reasons[i];
        if (!masker->overflow) /* reasons are the words of rules; the request's are at most a part of them */
            mask_c_string(masker, &reasons[i]);
    }
    copy->reasons = reasons;
    mask_numbers(masker, copy);
    record->decision = copy;
}

void mask_members(struct ais_masker *masker, struct ais_audit_decision *record)
{
    struct said said[SAID];
    said_of(record, said);
    for (size_t i = 0; i < SAID; i++)
        if (!said[i].pinned)
            *said[i].text = mask_text(masker, *said[i].text, true);
    record->request_id = mask_text(masker, record->request_id, true);
    record->traceparent = mask_text(masker, record->traceparent, true);
    mask_c_string(masker, &record->error);
    mask_decision(masker, record);
}

void mask_session(struct ais_masker *masker, bool harmless, struct ais_audit_text *session)
{
    size_t prefix_n = strlen(AIS_MASKED_PREFIX);
    if (session->bytes == NULL || session->n == 0)
        return;
    bool as_ours = session->n >= prefix_n && memcmp(session->bytes, AIS_MASKED_PREFIX, prefix_n) == 0;
    if (as_ours || (!harmless && mask_text(masker, *session, true).bytes != session->bytes))
        *session = mask_token(masker, session->bytes, session->n, session_label, sizeof session_label - 1);
}

/* As in the records of the calls that brought them: a text is masked in the same way wherever it is a tool's name. */
static void mask_tools(struct ais_masker *masker, struct ais_audit_decision *record)
{
    size_t count = record->session != NULL ? record->session->tool_count : 0;
    struct ais_session_tool *tools = NULL;
    struct ais_session *copy = NULL;
    for (size_t i = 0; i < count && !masker->failed; i++) {
        const struct ais_session_tool *tool = &record->session->tools[i];
        struct ais_audit_text masked = mask_own(masker, (struct ais_audit_text){ tool->data, tool->size });
        if (masked.bytes == tool->data)
            continue;
        if (copy == NULL) {
            copy = ais_arena_alloc(masker->arena, sizeof *copy);
            tools = ais_arena_alloc(masker->arena, count * sizeof *tools);
            if (copy == NULL || tools == NULL) {
                masker->failed = true;
                return;
            }
            *copy = *record->session;
            memcpy(tools, copy->tools, count * sizeof *tools);
            copy->tools = tools;
            record->session = copy;
        }
        tools[i] = (struct ais_session_tool){ masked.bytes, masked.n };
    }
}

/* What a path of the setting means is masked whole, also where it is the key that says it. */
static void mask_pinned(struct ais_masker *masker, const struct ais_caller *pinned, struct ais_caller *ret)
{
    const char *const words[SAID] = { pinned->user, pinned->agent, pinned->environment };
    const char **const shown[SAID] = { &ret->user, &ret->agent, &ret->environment };
    for (size_t i = 0; i < SAID; i++) {
        const struct ais_mask_item *item = words[i] != NULL ? mask_said_item(masker->mask, mask_said[i]) : NULL;
        if (item != NULL)
            *shown[i] = mask_token(masker, words[i], strlen(words[i]), item->whole.text, item->whole.n).bytes;
    }
}

void mask_identity(struct ais_masker *masker, struct ais_audit_decision *record)
{
    struct said said[SAID];
    record->tool = mask_own(masker, record->tool);
    mask_tools(masker, record);
    mask_find_caller(masker, &record->caller);
    said_of(record, said);
    const struct ais_caller caller = record->caller;
    mask_caller(masker, &record->caller);
    mask_pinned(masker, &caller, &record->caller);
    for (size_t i = 0; i < SAID; i++)
        if (said[i].pinned)
            *said[i].text = ais_audit_text(*said[i].word);
}
