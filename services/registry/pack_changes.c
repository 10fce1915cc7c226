#include "services/registry/pack_changes.h"

#include "shared/json/utf8.h"
#include "shared/json/write.h"
#include "shared/log/log.h"
#include "shared/store/pack_change.h"
#include "shared/text/nearest.h"
#include "shared/wire/args.h"

#include <stdio.h>

enum { TEXT_MOST = 128 }; /* bytes of a name in an answer */

/* What a fate is answered with, where it is a refusal. */
static const uint16_t statuses[AIS_PACK_FATE_COUNT] = {
    [AIS_PACK_UNJUDGED] = 503, [AIS_PACK_UNKNOWN] = 404, [AIS_PACK_CONFLICT] = 409,
    [AIS_PACK_FAULTY] = 422,   [AIS_PACK_UNTRUE] = 422,
};

/* ---- refusals ---- */

static void write_text(struct ais_buf *out, const char *key, const char *text)
{
    ais_jw_string(out, key, text, ais_utf8_cut(text, strlen(text), TEXT_MOST));
}

static void write_fault(struct ais_buf *out, uint32_t line, uint32_t column, const char *message)
{
    ais_jw_u64(out, "line", line);
    ais_jw_u64(out, "column", column);
    ais_jw_text(out, "message", message);
    size_t n = 0;
    const char *suggestion = ais_nearest_said(message, &n);
    if (suggestion != NULL)
        ais_jw_string(out, "suggestion", suggestion, n);
}

static void write_faults(struct ais_buf *out, const struct ais_diagnostics *faults)
{
    char detail[128];
    size_t all = faults->count + faults->dropped;
    int n =
        snprintf(detail, sizeof detail, "the rulepack has %zu fault%s and is refused whole", all, all == 1 ? "" : "s");
    if (faults->dropped > 0)
        snprintf(detail + n, sizeof detail - (size_t)n, "; %zu more than are listed", faults->dropped);
    ais_jw_text(out, "detail", detail);
    ais_jw_begin_array(out, "errors");
    for (size_t i = 0; i < faults->count; i++) {
        ais_jw_begin_object(out, NULL);
        write_fault(out, faults->items[i].line, faults->items[i].column, faults->items[i].message);
        ais_jw_end_object(out);
    }
    ais_jw_end_array(out);
}

static void write_failed_test(struct ais_buf *out, const struct ais_rule_result *row)
{
    char message[128];
    snprintf(message, sizeof message, "a test of rule '%.64s' expects %s and got %s", row->rule,
             ais_action_text(row->expect), ais_action_text(row->got));
    ais_jw_begin_object(out, NULL);
    write_fault(out, row->line, row->column, message);
    write_text(out, "rule", row->rule);
    write_text(out, "test", row->test);
    ais_jw_text(out, "expect", ais_action_text(row->expect));
    ais_jw_text(out, "got", ais_action_text(row->got));
    ais_jw_end_object(out);
}

static void write_failed_tests(struct ais_buf *out, const struct ais_rule_results *results)
{
    char detail[128];
    size_t count = 0, failed = ais_rule_results_failed(results), listed = 0;
    const struct ais_rule_result *rows = ais_rule_results_rows(results, &count);
    int n = snprintf(detail, sizeof detail, "%zu of the rulepack's own %zu tests failed", failed, count);
    if (failed > AIS_DIAGNOSTICS_MAX)
        snprintf(detail + n, sizeof detail - (size_t)n, "; %zu more than are listed", failed - AIS_DIAGNOSTICS_MAX);
    ais_jw_text(out, "detail", detail);
    ais_jw_begin_array(out, "errors");
    for (size_t i = 0; i < count && listed < AIS_DIAGNOSTICS_MAX; i++) {
        if (rows[i].passed)
            continue;
        write_failed_test(out, &rows[i]);
        listed++;
    }
    ais_jw_end_array(out);
}

static struct answer refuse(struct question *question, const struct ais_pack_outcome *outcome,
                            const struct ais_why *why)
{
    struct ais_buf *out = &question->words;
    if (outcome->fate != AIS_PACK_FAULTY && outcome->fate != AIS_PACK_UNTRUE)
        return answer_format(question, statuses[outcome->fate], "%s", why->text);
    ais_jw_begin_object(out, NULL);
    if (outcome->fate == AIS_PACK_FAULTY)
        write_faults(out, &outcome->faults);
    else
        write_failed_tests(out, outcome->results);
    ais_jw_end_object(out);
    return answer_json(question, statuses[outcome->fate]);
}

/* ---- one change ---- */

static enum ais_err build(void *arg, struct ais_pack_list *list, struct ais_diagnostics *faults, struct ais_why *why)
{
    struct question *question = arg;
    return catalog_with_packs(question->catalog, list, question->options, &question->next, faults, why);
}

/* A document that is not what we left there is more than a change that failed. */
static void note_event(struct question *question, const struct ais_pack_change *change,
                       const struct ais_pack_outcome *outcome, const struct ais_why *why)
{
    bool tampered = why->code == AIS_E_STALE || why->code == AIS_E_DAMAGED;
    question->event = outcome->fate != AIS_PACK_SAME && outcome->fate != AIS_PACK_UNKNOWN;
    question->kind = tampered ? AIS_AUDIT_INTEGRITY_FAULT : AIS_AUDIT_RULEPACK_CHANGED;
    question->outcome = outcome->fate == AIS_PACK_CHANGED ? AIS_AUDIT_SUCCESS : AIS_AUDIT_FAILURE;
    ais_jw_begin_object(&question->details, NULL);
    ais_pack_outcome_write(&question->details, change, outcome, why);
    ais_jw_end_object(&question->details);
}

static void log_change(const struct ais_pack_change *change, const struct ais_pack_outcome *outcome,
                       const struct ais_why *why)
{
    if (outcome->fate == AIS_PACK_CHANGED)
        ais_log(AIS_LOG_INFO, "Rulepack %s %s: %s", outcome->name, outcome->version, ais_pack_act_done(change->act));
    else if (outcome->fate == AIS_PACK_UNJUDGED)
        ais_log_why(AIS_LOG_ERROR, why, "A rulepack was not changed");
}

/* The answer about the pack as it is then. */
static struct answer tell(const struct question *question, const char *name, uint16_t status)
{
    const struct catalog *catalog = question->next != NULL ? question->next : question->catalog;
    const struct catalog_pack *pack = catalog_find(catalog, name, strlen(name));
    if (pack == NULL)
        return (struct answer){ .status = 204, .media_type = "" };
    return (struct answer){
        status, "application/json", {pack->details.data, pack->details.length}
    };
}

static struct answer make(struct question *question, const struct ais_pack_change *change, uint16_t status)
{
    AUTO(ais_pack_outcome_done) struct ais_pack_outcome outcome = { 0 };
    struct ais_why why = { 0 };
    enum ais_err err = ais_packs_change(question->store, change, build, question, &outcome, &why);
    note_event(question, change, &outcome, &why);
    log_change(change, &outcome, &why);
    if (err == AIS_OK)
        return tell(question, outcome.name, status);
    catalog_destroy(&question->next); /* it was good, and could not be stored */
    return refuse(question, &outcome, &why);
}

/* A NUL follows the value of an argument. */
static const char *name_of(const struct question *question)
{
    struct ais_span name = ais_args_get(question->ask->args, "name");
    return name.size > 0 ? name.data : "";
}

/* ---- warnings ---- */

/* The details of a pack, and what of its source is hardly meant. */
static void write_warned(struct ais_buf *out, const struct answer *told, const struct ais_diagnostics *warnings)
{
    ais_buf_add(out, told->body.data, told->body.size - 1);
    ais_jw_begin_array(out, "warnings");
    for (size_t i = 0; i < warnings->count; i++) {
        ais_jw_begin_object(out, NULL);
        write_fault(out, warnings->items[i].line, warnings->items[i].column, warnings->items[i].message);
        ais_jw_end_object(out);
    }
    ais_jw_end_array(out);
    ais_jw_end_object(out);
}

/* The pack is in force whatever they are: where none can be found, there are none. */
static struct answer warned(struct question *question, struct answer told)
{
    AUTO(ais_diagnostics_done) struct ais_diagnostics warnings = { 0 };
    const struct ais_pack_source source = { .file = "rulepack",
                                            .bytes = question->ask->body.data,
                                            .size = question->ask->body.size,
                                            .enabled = true,
                                            .kind = AIS_PACK_CUSTOM };
    struct ais_why why = { 0 };
    if (told.status != 201)
        return told;
    if (ais_policy_lint(&source, 1, &warnings, &why) != AIS_OK)
        ais_log_why(AIS_LOG_WARNING, &why, "A rulepack was not looked at for warnings");
    write_warned(&question->words, &told, &warnings);
    return question->words.failed ? told : answer_json(question, 201);
}

/* ---- what can be asked for ---- */

struct answer pack_changes_add(struct question *question)
{
    const struct ais_pack_change change = { .act = AIS_PACK_ADD,
                                            .name = "rulepack",
                                            .source = question->ask->body.data,
                                            .source_size = question->ask->body.size };
    return warned(question, make(question, &change, 201));
}

struct answer pack_changes_remove(struct question *question)
{
    return make(question, &(struct ais_pack_change){ .act = AIS_PACK_REMOVE, .name = name_of(question) }, 204);
}

/* Two versions change places, so a roll-back that is sent twice changes nothing: whoever may send one again says from
 * which version. */
struct answer pack_changes_rollback(struct question *question)
{
    const char *name = name_of(question);
    struct ais_span from = ais_args_get(question->ask->args, "from");
    const struct catalog_pack *pack = catalog_find(question->catalog, name, strlen(name));
    if (from.size > 0 && pack != NULL && !ais_span_is(from, pack->version))
        return answer_format(question, 409, "the version in force is %s, not that from which to roll back",
                             pack->version);
    return make(question, &(struct ais_pack_change){ .act = AIS_PACK_ROLLBACK, .name = name_of(question) }, 200);
}

/* ---- {"enabled": bool} ---- */

enum { FAULTS_MOST = 32 }; /* that are told of one body */

static void add_fault(struct ais_buf *out, const char *member, size_t n, const char *detail)
{
    AUTO(ais_buf_done) struct ais_buf pointer = { 0 };
    for (size_t i = 0; i < n; i++) { /* RFC 6901, section 3 */
        if (i == 0)
            ais_buf_byte(&pointer, '/');
        if (member[i] == '~' || member[i] == '/')
            ais_buf_text(&pointer, member[i] == '~' ? "~0" : "~1");
        else
            ais_buf_byte(&pointer, member[i]);
    }
    ais_jw_begin_object(out, NULL);
    ais_jw_string(out, "pointer", pointer.length > 0 ? pointer.data : "", pointer.length);
    ais_jw_text(out, "detail", detail);
    ais_jw_end_object(out);
}

/* Every fault of the body as an element; returns how many there are. */
static size_t find_faults(const struct ais_json *body, struct ais_buf *out)
{
    static const char key[] = "enabled";
    const struct ais_json *enabled = ais_json_get(body, key);
    size_t count = 0;
    if (body->kind != AIS_JSON_OBJECT) {
        add_fault(out, "", 0, "expected an object with one member, enabled");
        return 1;
    }
    if (enabled == NULL || enabled->kind != AIS_JSON_BOOL) {
        add_fault(out, key, strlen(key), enabled == NULL ? "is missing: true or false" : "expected true or false");
        count++;
    }
    for (const struct ais_json *member = body->first; member != NULL && count < FAULTS_MOST; member = member->next) {
        if (member == enabled)
            continue;
        add_fault(out, member->key, member->key_length, "unknown member: all that can be changed is enabled");
        count++;
    }
    return count;
}

struct answer pack_changes_switch(struct question *question)
{
    AUTO(ais_arena_destroy) struct ais_arena *arena = ais_arena_new(0);
    const struct ais_json *body = NULL;
    struct ais_why why = { 0 };
    struct ais_span bytes = question->ask->body;
    struct ais_buf *out = &question->words;
    if (arena == NULL)
        return answer_say(503, "out of memory");
    enum ais_err err = ais_json_read(arena, bytes.data, bytes.size, &ais_json_request_limits, &body, &why);
    if (err != AIS_OK)
        return answer_format(question, err == AIS_E_NOMEM ? 503 : 400, "%s", why.text);
    ais_jw_begin_object(out, NULL);
    ais_jw_text(out, "detail", "well-formed but invalid: expected {\"enabled\": true} or {\"enabled\": false}");
    ais_jw_begin_array(out, "errors");
    size_t faults = find_faults(body, out);
    ais_jw_end_array(out);
    ais_jw_end_object(out);
    if (faults > 0)
        return answer_json(question, 422);
    ais_buf_clear(out);
    const struct ais_pack_change change = { .act = ais_json_get(body, "enabled")->boolean ? AIS_PACK_ENABLE
                                                                                          : AIS_PACK_DISABLE,
                                            .name = name_of(question) };
    return make(question, &change, 200);
}
