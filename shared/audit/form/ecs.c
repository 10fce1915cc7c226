/* The Elastic Common Schema 8.17. What it has no field for stands under "aisentinel".
 *
 * event.outcome says whether a decision could be made, not which: ECS wants what was allowed or denied in event.type
 * and event.action. What asks for approval was, so far, denied. */
#include "shared/audit/form/parts.h"

#define ECS_VERSION "8.17.0"

/* How ECS sorts a kind of record; NULL: it has no category for it. */
static const struct sorted {
    const char *category, *types[2];
} sorted[AIS_AUDIT_KIND_COUNT] = {
    [AIS_AUDIT_DECISION] = {"api",             { "access" }           }, /* and allowed or denied */
    [AIS_AUDIT_LOG_FILE_RETURNED] = { "file",           { "change" }           },
    [AIS_AUDIT_RETENTION_DELETED] = { "file",           { "deletion" }         },
    [AIS_AUDIT_SERVICE_STARTED] = { "process",        { "start" }            },
    [AIS_AUDIT_SERVICE_STOPPED] = { "process",        { "end" }              },
    [AIS_AUDIT_SNAPSHOT_ACTIVATED] = { "configuration",  { "change" }           },
    [AIS_AUDIT_SNAPSHOT_REFUSED] = { "configuration",  { "change" }           },
    [AIS_AUDIT_DOCUMENT_SEALED] = { "file",           { "change" }           },
    [AIS_AUDIT_DOCUMENT_UNRECORDED] = { "file",           { "change" }           },
    [AIS_AUDIT_RULEPACK_CHANGED] = { "configuration",  { "admin", "change" }  },
    [AIS_AUDIT_SETTINGS_RELOADED] = { "configuration",  { "change" }           },
    [AIS_AUDIT_KEY_CREATED] = { "iam",            { "admin", "creation" }},
    [AIS_AUDIT_KEY_REVOKED] = { "iam",            { "admin", "deletion" }},
    [AIS_AUDIT_KEYS_GENERATED] = { "configuration",  { "creation" }         },
    [AIS_AUDIT_AUTH_FAILED] = { "authentication", { "start" }            },
    [AIS_AUDIT_REQUEST_REFUSED] = { "api",            { "denied" }           },
    [AIS_AUDIT_OVERLOADED] = { "api",            { "denied" }           },
};

/* What a tool is asked to do, where a usual name of an argument says what it is. */
static const struct argument {
    const char *argument, *set, *field;
} arguments[] = {
    {"command",    "process", "command_line"},
    { "url",       "url",     "original"    },
    { "path",      "file",    "path"        },
    { "file_path", "file",    "path"        },
};

static void put_arguments(struct ais_buf *out, const struct ais_json *record)
{
    const struct ais_json *args = ais_json_get(ais_json_get(record, "request"), "tool_args");
    const char *before = "";
    for (size_t i = 0; i < N_ELEMS(arguments); i++) {
        const struct ais_json *node = ais_json_get(args, arguments[i].argument);
        if (node == NULL || node->kind != AIS_JSON_STRING || strcmp(before, arguments[i].set) == 0)
            continue;
        before = arguments[i].set;
        ais_jw_begin_object(out, before);
        ais_jw_string(out, arguments[i].field, node->text, node->length);
        ais_jw_end_object(out);
    }
}

static void put_sorted(struct ais_buf *out, const struct ais_audit_words *words)
{
    const struct sorted *row = words->kind >= 0 ? &sorted[words->kind] : NULL;
    if (row == NULL || row->category == NULL)
        return;
    ais_jw_begin_array(out, "category");
    ais_jw_text(out, NULL, row->category);
    ais_jw_end_array(out);
    ais_jw_begin_array(out, "type");
    for (size_t i = 0; i < N_ELEMS(row->types) && row->types[i] != NULL; i++)
        ais_jw_text(out, NULL, row->types[i]);
    if (words->kind == AIS_AUDIT_DECISION)
        ais_jw_text(out, NULL, words->decision == AIS_ACTION_ALLOW ? "allowed" : "denied");
    ais_jw_end_array(out);
}

static void put_event(struct ais_buf *out, const struct ais_audit_sealed *sealed, const struct ais_audit_words *words)
{
    const struct ais_json *record = sealed->record;
    bool decided = words->kind == AIS_AUDIT_DECISION;
    char hash[AIS_AUDIT_HASH_TEXT];
    uint64_t us = 0;
    if (!ais_form_sha256(sealed->bytes, sealed->n, hash)) {
        out->failed = true;
        return;
    }
    ais_jw_begin_object(out, "event");
    ais_jw_text(out, "kind", "event");
    put_sorted(out, words);
    ais_form_put(out, "action", record, decided ? "decision" : "event");
    ais_form_put(out, "code", record, "event");
    if (decided)
        ais_jw_text(out, "outcome", words->decision != AIS_ACTION_NONE ? "success" : "failure");
    else
        ais_form_put(out, "outcome", record, "outcome");
    ais_form_put(out, "id", record, ais_form_node(record, "decision_id") != NULL ? "decision_id" : "seq");
    ais_form_put_number(out, "sequence", record, "seq");
    ais_form_put_text(out, "reason", record, ais_form_reasons);
    if (words->severity >= 0)
        ais_jw_u64(out, "severity", (uint64_t)words->severity + 1);
    if (ais_json_get_u64(record, "evaluation_us", &us))
        ais_jw_u64(out, "duration", us * 1000);
    ais_jw_text(out, "module", "aisentinel");
    ais_jw_text(out, "dataset", "aisentinel.audit");
    ais_form_put(out, "provider", record, decided ? "evaluator" : "actor");
    ais_jw_text(out, "hash", hash);
    ais_jw_string(out, "original", sealed->bytes, sealed->n);
    ais_jw_end_object(out);
}

static void put_rule(struct ais_buf *out, const struct ais_json *record)
{
    const struct ais_json *rule = ais_form_rule(record);
    if (rule == NULL)
        return;
    ais_jw_begin_object(out, "rule");
    ais_form_put(out, "id", rule, "rule");
    ais_form_put(out, "ruleset", rule, "rulepack");
    ais_form_put(out, "version", rule, "version");
    ais_jw_end_object(out);
}

static void put_user(struct ais_buf *out, const struct ais_json *record)
{
    const struct ais_json *user = ais_form_node(record, "user_id");
    if (user == NULL)
        return;
    ais_jw_begin_object(out, "user");
    ais_jw_string(out, "id", user->text, user->length);
    ais_jw_end_object(out);
    ais_jw_begin_object(out, "related");
    ais_jw_begin_array(out, "user");
    ais_jw_string(out, NULL, user->text, user->length);
    ais_jw_end_array(out);
    ais_jw_end_object(out);
}

/* traceparent: VERSION-TRACE-PARENT-FLAGS, checked by the gateway; it may be masked. */
static void put_trace(struct ais_buf *out, const struct ais_json *record)
{
    const struct ais_json *parent = ais_form_node(record, "traceparent");
    if (parent == NULL || parent->length < 36 || parent->text[2] != '-' || parent->text[35] != '-')
        return;
    ais_jw_begin_object(out, "trace");
    ais_jw_string(out, "id", parent->text + 3, 32);
    ais_jw_end_object(out);
}

static void put_chain(struct ais_buf *out, const struct ais_audit_sealed *sealed)
{
    ais_jw_begin_object(out, "chain");
    ais_form_put_number(out, "sequence", sealed->record, "seq");
    ais_jw_text(out, "payload_hash", sealed->hash);
    ais_jw_text(out, "previous_hash", sealed->prev);
    ais_jw_text(out, "file", sealed->file);
    ais_jw_u64(out, "line", sealed->line);
    ais_jw_end_object(out);
}

static void put_own(struct ais_buf *out, const struct ais_audit_sealed *sealed)
{
    static const char *const members[] = { "decision",    "tool",     "session_id",     "agent_id",
                                           "environment", "snapshot", "request_digest", "source" };
    const struct ais_json *rules = ais_json_get(sealed->record, "rules");
    const struct ais_json *caller = ais_json_get(sealed->record, "caller");
    ais_jw_begin_object(out, "aisentinel");
    for (size_t i = 0; i < N_ELEMS(members); i++)
        ais_form_put(out, members[i], sealed->record, members[i]);
    if (caller != NULL)
        ais_form_put(out, "key_id", caller, "key_id");
    if (rules != NULL)
        ais_jw_node(out, "rules", rules);
    put_chain(out, sealed);
    ais_jw_end_object(out);
}

void ais_audit_ecs(const struct ais_audit_sealed *sealed, struct ais_buf *out)
{
    const struct ais_json *record = sealed->record;
    const struct ais_audit_words words = ais_audit_words_of(record);
    ais_jw_begin_object(out, NULL);
    ais_form_put(out, "@timestamp", record, "time");
    ais_jw_begin_object(out, "ecs");
    ais_jw_text(out, "version", ECS_VERSION);
    ais_jw_end_object(out);
    ais_form_put_text(out, "message", record, ais_form_message);
    put_event(out, sealed, &words);
    put_rule(out, record);
    put_user(out, record);
    put_arguments(out, record);
    put_trace(out, record);
    ais_jw_begin_object(out, "service");
    ais_jw_text(out, "name", "aisentinel-offline");
    ais_jw_end_object(out);
    if (ais_form_node(record, "error") != NULL) {
        ais_jw_begin_object(out, "error");
        ais_form_put(out, "message", record, "error");
        ais_jw_end_object(out);
    }
    put_own(out, sealed);
    ais_jw_end_object(out);
    ais_buf_byte(out, '\n');
}
