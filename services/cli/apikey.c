#include "services/cli/handlers.h"
#include "services/cli/secret_file.h"
#include "services/cli/vault.h"
#include "services/cli/writer.h"
#include "shared/json/write.h"
#include "shared/log/log.h"
#include "shared/mem/secret.h"
#include "shared/store/key_request.h"
#include "shared/sys/clock.h"

#include <string.h>

static const char me[] = "cli"; /* in the document and the log, in place of a key */

/* ---- apikey create ---- */

/* The flags as the body of POST /api/v1/api_keys: both are read by the same rules. */
static const struct member {
    const char *flag, *name;
    bool list;
} members[] = {
    {"name",          "name",          false},
    { "scope",        "scopes",        true },
    { "expires_in",   "expires_in",    false},
    { "user",         "user",          false},
    { "agent",        "agent",         false},
    { "environment",  "environment",   false},
    { "source_range", "source_ranges", true },
};

static void compose(const struct cli_call *call, struct ais_buf *body)
{
    ais_jw_begin_object(body, NULL);
    for (size_t i = 0; i < N_ELEMS(members); i++) {
        const char *value = cli_flag(call, members[i].flag);
        if (value == NULL)
            continue;
        if (!members[i].list) {
            ais_jw_text(body, members[i].name, value);
            continue;
        }
        ais_jw_begin_array(body, members[i].name);
        for (size_t at = 0; (value = cli_flag_next(call, members[i].flag, &at)) != NULL;)
            ais_jw_text(body, NULL, value);
        ais_jw_end_array(body);
    }
    ais_jw_end_object(body);
}

/* "--source-range: ..." for a fault at "/source_ranges/0". */
static void name_fault(const struct ais_key_fault *fault, struct ais_buf *out)
{
    const char *member = fault->pointer + (fault->pointer[0] == '/');
    size_t n = strcspn(member, "/");
    for (size_t i = 0; i < N_ELEMS(members); i++)
        if (strlen(members[i].name) == n && memcmp(members[i].name, member, n) == 0)
            for (const char *at = members[i].flag; *at != '\0'; at++)
                ais_buf_format(out, "%s%c", at == members[i].flag ? "--" : "", *at == '_' ? '-' : *at);
    ais_buf_format(out, " %s", fault->detail);
}

static enum ais_err refuse(const struct ais_key_request *request, struct ais_why *why)
{
    AUTO(ais_buf_done) struct ais_buf first = { 0 };
    for (size_t i = 1; i < request->fault_count; i++) {
        AUTO(ais_buf_done) struct ais_buf text = { 0 };
        name_fault(&request->faults[i], &text);
        ais_log(AIS_LOG_ERROR, "%s", text.failed ? request->faults[i].detail : text.data);
    }
    name_fault(&request->faults[0], &first);
    return ais_fail(why, AIS_E_USAGE, "%s", first.failed ? request->faults[0].detail : first.data);
}

static enum ais_err read_request(const struct cli_call *call, struct ais_arena *arena, struct ais_key_request *ret,
                                 struct ais_why *why)
{
    AUTO(ais_buf_done) struct ais_buf body = { 0 };
    compose(call, &body);
    if (arena == NULL || body.failed)
        return ais_fail(why, AIS_E_NOMEM, "no memory for a request");
    enum ais_err err = ais_key_request_read(arena, body.data, body.length, ais_clock_wall(), ret, why);
    return err == AIS_E_INVALID ? refuse(ret, why) : err;
}

static void describe(struct ais_buf *out, const struct ais_access_key *key, const char *secret)
{
    ais_jw_begin_object(out, NULL);
    ais_jw_text(out, "key_id", key->id);
    if (secret != NULL)
        ais_jw_text(out, "api_key", secret);
    ais_key_describe_new(out, key);
    ais_jw_end_object(out);
}

static void warn_of_the_end(const struct ais_access *access)
{
    char time[AIS_RFC3339_SIZE];
    int64_t ends = ais_keys_admin_ends(access, ais_clock_wall());
    if (ends == 0)
        return;
    ais_clock_rfc3339(ends, time);
    ais_log(AIS_LOG_WARNING, "the last admin key that works from anywhere expires at %s", time);
}

/* The secret alone, or, as JSON, what REST answers; with --output JSON goes to stdout without the secret. */
static enum ais_err show(const struct ais_key_made *made, const struct ais_access_key *key,
                         struct cli_secret_file *file, bool json, struct ais_why *why)
{
    AUTO(ais_buf_wipe) struct ais_buf text = { 0 };
    ais_buf_reserve(&text, 16384); /* at once: growing would leave copies of the key behind */
    if (json && file->path == NULL)
        describe(&text, key, made->secret);
    else
        ais_buf_text(&text, made->secret);
    ais_buf_byte(&text, '\n');
    if (text.failed)
        return ais_fail(why, AIS_E_NOMEM, "no memory for the key; revoke %s", key->id);
    TRY(cli_secret_file_write(file, text.data, text.length, why));
    if (!json)
        ais_log(AIS_LOG_INFO, "API key %s was made; it is shown this once", key->id);
    if (!json || file->path == NULL)
        return AIS_OK;
    ais_buf_clear(&text);
    describe(&text, key, NULL);
    return cli_print(&text, why);
}

static enum ais_err make(struct cli_writer *writer, const struct ais_key_request *request, struct cli_secret_file *file,
                         bool json, struct ais_why *why)
{
    AUTO(ais_key_made_done) struct ais_key_made made = { .secret = NULL };
    AUTO(ais_buf_done) struct ais_buf details = { 0 };
    struct ais_keys_along along = { .uses = NULL };
    struct ais_key_wish wish = request->wish;
    wish.created_by = me;
    TRY(ais_keys_create(writer->storage.store, &wish, 1, &along, &made, why));
    AUTO(ais_access_unref) struct ais_access *access = along.access;
    const struct ais_access_key *key = ais_access_find(access, made.id);
    describe(&details, key, NULL);
    TRY(cli_writer_event(writer, AIS_AUDIT_KEY_CREATED, AIS_AUDIT_SUCCESS, &details, why));
    warn_of_the_end(access);
    return show(&made, key, file, json, why);
}

enum ais_err cli_apikey_create(struct cli_call *call, struct ais_why *why)
{
    AUTO(ais_arena_destroy) struct ais_arena *arena = ais_arena_new(0);
    AUTO(cli_writer_done) struct cli_writer writer = { .storage = { .store = NULL } };
    AUTO(cli_secret_file_done) struct cli_secret_file file = { .path = NULL };
    struct ais_key_request request = { .fault_count = 0 };
    bool json = false;
    TRY(cli_format(call, "json", &json, why));
    TRY(read_request(call, arena, &request, why));
    TRY(cli_secret_file_open(cli_flag(call, "output"), &file, why));
    TRY(cli_writer_open(call->settings, "POST /api/v1/api_keys", &writer, why));
    return make(&writer, &request, &file, json, why);
}

/* ---- apikey list ---- */

static const char *state_of(const struct ais_access_key *key, int64_t now)
{
    if (key->revoked)
        return "revoked";
    return key->expires_at_ns != 0 && key->expires_at_ns <= now ? "expired" : "usable";
}

static void add_time(struct ais_buf *out, const char *words, int64_t ns)
{
    char time[AIS_RFC3339_SIZE];
    if (ns == 0)
        return;
    ais_clock_rfc3339(ns, time);
    ais_buf_format(out, ", %s %.19sZ", words, time);
}

static void add_pin(struct ais_buf *out, const char *words, const char *text)
{
    if (text == NULL)
        return;
    ais_buf_format(out, ", %s ", words);
    cli_add_harmless(out, text, strlen(text));
}

static void add_line(struct ais_buf *out, const struct ais_access_key *key, int64_t now)
{
    char range[AIS_RANGE_TEXT_SIZE];
    uint32_t scopes = key->scopes;
    ais_buf_format(out, "%s%s %s ", out->length > 0 ? "\n" : "", key->id, state_of(key, now));
    cli_add_harmless(out, key->name, strlen(key->name));
    for (const char *name, *between = ": "; (name = ais_scope_next(&scopes)) != NULL; between = " ")
        ais_buf_format(out, "%s%s", between, name);
    add_pin(out, "user", key->user);
    add_pin(out, "agent", key->agent);
    add_pin(out, "environment", key->environment);
    for (size_t i = 0; i < key->range_count; i++)
        ais_buf_format(out, "%s%s", i == 0 ? ", from " : " ", ais_source_range_text(&key->ranges[i], range));
    add_time(out, "created", key->created_at_ns);
    add_time(out, "last used", key->last_used_at_ns);
    add_time(out, key->expires_at_ns > now ? "expires" : "expired", key->expires_at_ns);
    add_time(out, "revoked", key->revoked_at_ns);
}

static void add_all(struct ais_buf *out, const struct ais_access *access, bool json)
{
    size_t count = 0;
    const struct ais_access_key *keys = ais_access_keys(access, &count);
    int64_t now = ais_clock_wall();
    for (size_t i = 0; i < count; i++) {
        if (json)
            ais_key_describe(out, &keys[i], 0);
        else
            add_line(out, &keys[i], now);
    }
}

enum ais_err cli_apikey_list(struct cli_call *call, struct ais_why *why)
{
    AUTO(cli_vault_done) struct cli_vault vault = { .dir = NULL };
    AUTO(ais_store_close) struct ais_store *view = NULL;
    AUTO(ais_access_unref) struct ais_access *access = NULL;
    AUTO(ais_buf_done) struct ais_buf text = { 0 };
    uint64_t generation;
    bool json = false;
    TRY(cli_format(call, "json", &json, why));
    TRY(cli_vault_open(call->settings, &vault, why));
    TRY(ais_store_view(vault.dir, vault.ring, &view, why));
    TRY(ais_keys_read(view, &access, &generation, why));
    if (json) {
        ais_jw_begin_object(&text, NULL);
        ais_jw_begin_array(&text, "api_keys");
    }
    add_all(&text, access, json);
    if (json) {
        ais_jw_end_array(&text);
        ais_jw_end_object(&text);
    }
    return cli_print(&text, why);
}

/* ---- apikey revoke ---- */

/* What was done about a key, or why nothing was, for the log. An id that no key has may be anything, a key itself, say:
 * it is not under the name of an id, which nobody masks. */
static enum ais_err record(struct cli_writer *writer, const char *id, const struct ais_why *refusal,
                           struct ais_why *why)
{
    AUTO(ais_buf_done) struct ais_buf details = { 0 };
    bool known = refusal == NULL || refusal->code != AIS_E_NOT_FOUND;
    ais_jw_begin_object(&details, NULL);
    ais_jw_text(&details, known ? "key_id" : "given", id);
    if (refusal != NULL)
        ais_jw_text(&details, "reason", refusal->text);
    ais_jw_end_object(&details);
    return cli_writer_event(writer, AIS_AUDIT_KEY_REVOKED, refusal != NULL ? AIS_AUDIT_FAILURE : AIS_AUDIT_SUCCESS,
                            &details, why);
}

static enum ais_err revoke(struct cli_writer *writer, const char *id, bool *ret_revoked, struct ais_why *why)
{
    struct ais_keys_along along = { .uses = NULL };
    struct ais_why reason = { 0 };
    enum ais_err err = ais_keys_revoke(writer->storage.store, id, me, &along, ret_revoked, &reason);
    AUTO(ais_access_unref) struct ais_access *access = along.access;
    if (err == AIS_E_REFUSED || err == AIS_E_NOT_FOUND) {
        TRY(record(writer, id, &reason, why));
        return ais_fail(why, AIS_E_INVALID, "%s", reason.text);
    }
    if (err != AIS_OK)
        return ais_fail(why, err, "%s", reason.text);
    if (!*ret_revoked)
        return AIS_OK;
    TRY(record(writer, id, NULL, why));
    warn_of_the_end(access);
    return AIS_OK;
}

/* Where no store is there is no key to revoke, and none is made for it, as it would be for a change: the directory's
 * name is mistyped. */
static enum ais_err need_store(const struct ais_settings *settings, struct ais_why *why)
{
    AUTO(cli_vault_done) struct cli_vault vault = { .dir = NULL };
    return cli_vault_open(settings, &vault, why);
}

enum ais_err cli_apikey_revoke(struct cli_call *call, struct ais_why *why)
{
    AUTO(cli_writer_done) struct cli_writer writer = { .storage = { .store = NULL } };
    AUTO(ais_buf_done) struct ais_buf text = { 0 };
    const char *id = call->operands[0];
    bool json = false, revoked = false;
    TRY(cli_format(call, "json", &json, why));
    TRY(need_store(call->settings, why));
    TRY(cli_writer_open(call->settings, "DELETE /api/v1/api_keys/KEY_ID", &writer, why));
    TRY(revoke(&writer, id, &revoked, why));
    if (json) {
        ais_jw_begin_object(&text, NULL);
        ais_jw_text(&text, "key_id", id);
        ais_jw_bool(&text, "revoked", true);
        ais_jw_bool(&text, "changed", revoked);
        ais_jw_end_object(&text);
    } else {
        ais_buf_format(&text, "%s %s", id, revoked ? "revoked" : "was revoked before");
    }
    return cli_print(&text, why);
}
