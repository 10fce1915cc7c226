#include "services/registry/answers.h"

#include "services/registry/describe.h"
#include "services/registry/key_changes.h"
#include "services/registry/key_rotation.h"
#include "services/registry/pack_changes.h"
#include "shared/wire/args.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

void question_done(struct question *question)
{
    catalog_destroy(&question->next);
    ais_buf_wipe(&question->words);
    ais_buf_done(&question->details);
}

struct ais_caller question_caller(const struct ais_msg_ask *ask, struct question_texts *texts)
{
    ais_span_copy(ask->key_id, texts->key_id, sizeof texts->key_id);
    ais_span_copy(ask->key_name, texts->name, sizeof texts->name);
    ais_span_copy(ask->user, texts->user, sizeof texts->user);
    ais_span_copy(ask->request_id, texts->request_id, sizeof texts->request_id);
    ais_span_copy(ask->traceparent, texts->traceparent, sizeof texts->traceparent);
    return (struct ais_caller){ .key_id = texts->key_id,
                                .name = texts->name,
                                .user = texts->user[0] != '\0' ? texts->user : NULL };
}

struct answer answer_say(uint16_t status, const char *sentence)
{
    return (struct answer){ status, "text/plain", ais_span_of(sentence) };
}

struct answer answer_format(struct question *question, uint16_t status, const char *format, ...)
{
    char text[512];
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(text, sizeof text, format, arguments);
    va_end(arguments);
    ais_buf_clear(&question->words);
    ais_buf_add(&question->words, text, strlen(text) + 1);
    return answer_say(status, question->words.failed ? "" : question->words.data);
}

struct answer answer_json(const struct question *question, uint16_t status)
{
    if (question->words.failed)
        return answer_say(503, "out of memory");
    return (struct answer){
        status, "application/json", {question->words.data, question->words.length}
    };
}

static struct answer on_rulepacks(struct question *question)
{
    const struct ais_buf *overview = &question->catalog->overview;
    return (struct answer){
        200, "application/json", {overview->data, overview->length}
    };
}

/* The version that is kept beside the one in the store: it is not in force, whatever the other is. */
static struct answer on_previous(struct question *question, const struct ais_stored_pack *stored, bool yaml)
{
    AUTO(ais_diagnostics_done) struct ais_diagnostics faults = { 0 };
    AUTO(ais_arena_destroy) struct ais_arena *arena = ais_arena_new(0);
    const struct ais_rulepack *read = NULL;
    char checksum[AIS_PACK_CHECKSUM_SIZE];
    const char *source = stored->previous_source;
    size_t size = stored->previous_size;
    if (yaml)
        return (struct answer){
            200, "application/yaml", {source, size}
        };
    if (arena == NULL)
        return answer_say(503, "out of memory");
    enum ais_err err = ais_rulepack_read(arena, stored->name, source, size, &read, &faults, NULL);
    if (err != AIS_OK && err != AIS_E_RULE)
        return answer_say(503, "out of memory");
    ais_pack_checksum(source, size, checksum);
    const struct ais_stored_pack previous = { .name = stored->name,
                                              .version = stored->previous_version,
                                              .kind = stored->kind,
                                              .checksum = checksum,
                                              .source = source,
                                              .source_size = size };
    describe_pack_in_full(&question->words, &previous, read);
    return answer_json(question, 200);
}

static struct answer on_rulepack(struct question *question)
{
    struct ais_span args = question->ask->args;
    struct ais_span name = ais_args_get(args, "name"), format = ais_args_get(args, "format"),
                    version = ais_args_get(args, "version");
    const struct catalog_pack *pack = catalog_find(question->catalog, name.data, name.size);
    bool yaml = ais_span_is(format, "yaml");
    if (pack == NULL)
        return answer_say(404, "there is no rulepack of this name");
    if (format.size > 0 && !yaml && !ais_span_is(format, "json"))
        return answer_say(400, "format must be json or yaml");
    if (version.size > 0 && !ais_span_is(version, pack->version)) {
        const struct ais_stored_pack *stored = catalog_stored(question->catalog, pack);
        if (stored->previous_version != NULL && ais_span_is(version, stored->previous_version))
            return on_previous(question, stored, yaml);
        return answer_say(404, "the rulepack is not stored in this version");
    }
    if (yaml)
        return (struct answer){
            200, "application/yaml", {pack->source, pack->source_size}
        };
    return (struct answer){
        200, "application/json", {pack->details.data, pack->details.length}
    };
}

static const struct row {
    const char *what;
    struct answer (*answer)(struct question *question);
    bool changes;         /* what is in force, or stored */
    const char *names[5]; /* of the arguments that it takes */
    const char *takes;    /* the same in words */
} rows[] = {
    {"rulepacks",          on_rulepacks,          false, { NULL },           "the list of rulepacks takes no parameters"    },
    { "rulepack",
     on_rulepack,                                 false,
     { "name", "format", "version" },
     "a rulepack takes the parameters format and version"                                                                   },
    { "rulepack_add",      pack_changes_add,      true,  { NULL },           "an upload takes no parameters"                },
    { "rulepack_switch",   pack_changes_switch,   true,  { "name" },         "a change of a rulepack takes no parameters"   },
    { "rulepack_remove",   pack_changes_remove,   true,  { "name" },         "a change of a rulepack takes no parameters"   },
    { "rulepack_rollback", pack_changes_rollback, true,  { "name", "from" }, "a roll-back takes the parameter from"         },
    { "api_keys",          answer_api_keys,       false, { NULL },           "the list of API keys takes no parameters"     },
    { "api_key_create",    answer_api_key_create, true,  { NULL },           "a new API key takes no parameters, but a body"},
    { "api_key_revoke",    answer_api_key_revoke, true,  { "key_id" },       "an API key is revoked without parameters"     },
    { "key_rotation",      key_rotation_show,     false, { NULL },           "a key rotation takes no parameters"           },
    { "key_rotate",        key_rotation_ask,      true,  { NULL },           "a key rotation takes no parameters"           },
};

static const struct row *find(struct ais_span what)
{
    for (size_t i = 0; i < N_ELEMS(rows); i++)
        if (ais_span_is(what, rows[i].what))
            return &rows[i];
    return NULL;
}

bool answer_narrows(struct ais_span what)
{
    const struct row *row = find(what);
    return row != NULL && row->answer == answer_api_key_revoke;
}

bool answer_changes(struct ais_span what)
{
    const struct row *row = find(what);
    return row != NULL && row->changes;
}

struct answer answer_question(struct question *question)
{
    const struct row *row = find(question->ask->what);
    if (row == NULL)
        return answer_say(404, "the registry does not know this question");
    const char *stranger = ais_args_stranger(question->ask->args, row->names);
    if (stranger != NULL)
        return answer_format(question, 400, "unknown parameter '%.64s': %s", stranger, row->takes);
    return row->answer(question);
}
