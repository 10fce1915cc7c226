#include "services/registry/key_changes.h"

#include "services/registry/key_uses.h"
#include "shared/json/write.h"
#include "shared/store/key_request.h"
#include "shared/sys/clock.h"
#include "shared/wire/args.h"

#include <stdio.h>

enum { BODY_MEMORY = 64 << 20 }; /* bytes of a body's tree */

struct answer answer_api_keys(struct question *question)
{
    size_t count = 0;
    const struct ais_access *access = question->catalog->access;
    const struct ais_access_key *keys = ais_access_keys(access, &count);
    ais_jw_begin_object(&question->words, NULL);
    ais_jw_begin_array(&question->words, "api_keys");
    for (size_t i = 0; i < count; i++)
        ais_key_describe(&question->words, &keys[i], key_uses_of(question->uses, access, &keys[i]));
    ais_jw_end_array(&question->words);
    ais_jw_end_object(&question->words);
    return answer_json(question, 200);
}

/* ---- what changes have in common ---- */

static struct ais_keys_along along_of(const struct question *question)
{
    return (struct ais_keys_along){ .uses = question->uses->list, .use_count = question->uses->count };
}

/* The catalog that will come into force is made before the document is replaced: after that nothing can fail. */
static bool prepare(struct question *question)
{
    question->next = catalog_with_keys(question->catalog);
    return question->next != NULL;
}

static void take_keys(struct question *question, struct ais_keys_along *along)
{
    question->next->access = TAKE(along->access);
    question->next->keys_generation = along->generation;
}

static void record(struct question *question, enum ais_audit_kind kind, enum ais_audit_outcome outcome)
{
    question->event = true;
    question->kind = kind;
    question->outcome = outcome;
}

/* An error of the store as an answer; nothing was changed. */
static struct answer refuse(struct question *question, const struct ais_why *why)
{
    static const struct {
        enum ais_err err;
        uint16_t status;
    } statuses[] = {
        {AIS_E_NOT_FOUND, 404},
        { AIS_E_REFUSED,  409},
        { AIS_E_LIMIT,    409},
        { AIS_E_INVALID,  422},
    };
    uint16_t status = 503;
    catalog_destroy(&question->next);
    for (size_t i = 0; i < N_ELEMS(statuses); i++)
        if (statuses[i].err == why->code)
            status = statuses[i].status;
    if (status == 503)
        return answer_format(question, 503, "nothing was changed: %s", why->text);
    return answer_format(question, status, "%s", why->text);
}

/* ---- a new key ---- */

static struct answer refuse_body(struct question *question, const struct ais_key_request *request,
                                 const struct ais_why *why)
{
    if (why->code == AIS_E_NOMEM)
        return answer_say(503, "out of memory");
    if (why->code != AIS_E_INVALID)
        return answer_format(question, 400, "%s", why->text);
    ais_jw_begin_object(&question->words, NULL);
    ais_jw_text(&question->words, "detail", why->text);
    ais_jw_begin_array(&question->words, "errors");
    for (size_t i = 0; i < request->fault_count; i++) {
        ais_jw_begin_object(&question->words, NULL);
        ais_jw_text(&question->words, "pointer", request->faults[i].pointer);
        ais_jw_text(&question->words, "detail", request->faults[i].detail);
        ais_jw_end_object(&question->words);
    }
    ais_jw_end_array(&question->words);
    ais_jw_end_object(&question->words);
    return answer_json(question, 422);
}

/* The one time that the key itself is shown; words are wiped. */
static struct answer show(struct question *question, const struct ais_key_made *made, const struct ais_access_key *key)
{
    char time[AIS_RFC3339_SIZE], warning[160];
    struct ais_buf *out = &question->words;
    int64_t ends = ais_keys_admin_ends(question->next->access, ais_clock_wall());
    ais_jw_begin_object(out, NULL);
    ais_jw_text(out, "key_id", made->id);
    ais_jw_text(out, "api_key", made->secret);
    ais_key_describe_new(out, key);
    if (ends != 0) {
        ais_clock_rfc3339(ends, time);
        snprintf(warning, sizeof warning, "the last admin key that works from anywhere expires at %s", time);
        ais_jw_text(out, "warning", warning);
    }
    ais_jw_end_object(out);
    return answer_json(question, 201);
}

static void describe(struct ais_buf *out, const struct ais_access_key *key)
{
    ais_jw_begin_object(out, NULL);
    ais_jw_text(out, "key_id", key->id);
    ais_key_describe_new(out, key);
    ais_jw_end_object(out);
}

static struct answer create(struct question *question, const struct ais_key_request *request)
{
    AUTO(ais_key_made_done) struct ais_key_made made = { .secret = NULL };
    struct ais_keys_along along = along_of(question);
    struct ais_key_wish wish = request->wish;
    struct ais_why why = { 0 };
    wish.created_by = question->caller->key_id;
    /* Room for the answer, so that the key is not copied about while it grows, nor lost for want of it. */
    if (!ais_buf_reserve(&question->words, 16384) || !prepare(question))
        return answer_say(503, "out of memory");
    if (ais_keys_create(question->store, &wish, 1, &along, &made, &why) != AIS_OK)
        return refuse(question, &why);
    take_keys(question, &along);
    const struct ais_access_key *key = ais_access_find(question->next->access, made.id);
    describe(&question->details, key);
    record(question, AIS_AUDIT_KEY_CREATED, AIS_AUDIT_SUCCESS);
    return show(question, &made, key);
}

struct answer answer_api_key_create(struct question *question)
{
    AUTO(ais_arena_destroy) struct ais_arena *arena = ais_arena_new(BODY_MEMORY);
    struct ais_key_request request = { .fault_count = 0 };
    struct ais_span body = question->ask->body;
    struct ais_why why = { 0 };
    if (arena == NULL)
        return answer_say(503, "out of memory");
    if (ais_key_request_read(arena, body.data, body.size, ais_clock_wall(), &request, &why) != AIS_OK)
        return refuse_body(question, &request, &why);
    return create(question, &request);
}

/* ---- one revoked ---- */

static void describe_refusal(struct ais_buf *out, const char *id, const struct ais_why *why)
{
    ais_jw_begin_object(out, NULL);
    ais_jw_text(out, "key_id", id);
    ais_jw_text(out, "reason", why->text);
    ais_jw_end_object(out);
}

struct answer answer_api_key_revoke(struct question *question)
{
    struct ais_span given = ais_args_get(question->ask->args, "key_id");
    struct ais_keys_along along = along_of(question);
    struct ais_why why = { 0 };
    char id[64];
    bool revoked = false;
    ais_span_copy(given, id, sizeof id);
    if (!prepare(question))
        return answer_say(503, "out of memory");
    enum ais_err err = ais_keys_revoke(question->store, id, question->caller->key_id, &along, &revoked, &why);
    if (err == AIS_E_REFUSED) {
        describe_refusal(&question->details, id, &why);
        record(question, AIS_AUDIT_KEY_REVOKED, AIS_AUDIT_FAILURE);
    }
    if (err != AIS_OK)
        return refuse(question, &why);
    if (revoked) {
        take_keys(question, &along);
        describe(&question->details, ais_access_find(question->next->access, id));
        record(question, AIS_AUDIT_KEY_REVOKED, AIS_AUDIT_SUCCESS);
    } else {
        catalog_destroy(&question->next); /* it was revoked before, which was answered then */
    }
    return (struct answer){
        204, "application/json", {"", 0}
    };
}
