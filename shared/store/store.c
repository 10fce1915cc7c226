#include "shared/store/store_private.h"

#include "shared/json/write.h"
#include "shared/store/key_file.h"
#include "shared/store/log_anchors.h"
#include "shared/store/owner.h"

#include <stdlib.h>
#include <string.h>

const char *const ais_store_names[] = {
#define X(document, name) [document] = (name),
    AIS_STORE_DOCUMENTS(X)
#undef X
};

/* Our own writer's depth is small; the limit is that of what packs may nest. */
static const struct ais_json_limits limits = { .depth = 80 };

void ais_store_close(struct ais_store **store)
{
    if (*store == NULL)
        return;
    for (size_t i = 0; i < AIS_STORE_DOCUMENT_COUNT; i++)
        ais_buf_done(&(*store)->known[i].by);
    ais_sealer_destroy(&(*store)->sealer);
    ais_keyring_destroy(&(*store)->own_ring);
    ais_dir_close(&(*store)->own_dir);
    free(*store);
    *store = NULL;
}

/* Reads what stands on the disk now; AIS_OK with generation 0 when nothing does. */
static enum ais_err read_present(struct ais_store *store, enum ais_store_document document, struct ais_buf *body,
                                 struct ais_anchor *ret, struct ais_why *why)
{
    struct ais_anchor anchor = { .generation = 0 };
    enum ais_err err = ais_document_read(store->dir, store->sealer, ais_store_names[document],
                                         &store->known[document].by, body, &anchor, why);
    if (err != AIS_OK && err != AIS_E_NOT_FOUND)
        return err;
    *ret = anchor;
    return AIS_OK;
}

static void note_log(void *context, const char *name)
{
    static const char prefix[] = "audit_logs.", suffix[] = "enc";
    bool *found = context;
    size_t n = strlen(name);
    if (strncmp(name, prefix, sizeof prefix - 1) == 0 && strcmp(name + n - (sizeof suffix - 1), suffix) == 0)
        *found = true;
}

/* Documents are made after the log: where they are and it is not, it was removed. */
static enum ais_err check_log(struct ais_store *store, struct ais_why *why)
{
    const char *document = NULL;
    bool found = false;
    for (size_t i = 0; i < AIS_STORE_DOCUMENT_COUNT; i++)
        if (store->known[i].anchor.generation > 0 || store->known[i].damage.code != AIS_OK)
            document = ais_store_names[i];
    TRY(ais_dir_list(store->dir, note_log, &found, why));
    if (document != NULL && !found)
        return ais_fail(why, AIS_E_DAMAGED,
                        "%s: the audit log is missing although %s.enc is there: put audit_logs*.enc back, or move the "
                        "whole directory away to begin anew",
                        ais_dir_path(store->dir), document);
    return AIS_OK;
}

/* A document that is damaged is refused by ais_store_verify: there is a log by then that can say so. */
static enum ais_err open_document(struct ais_store *store, enum ais_store_document document, struct ais_why *why)
{
    AUTO(ais_buf_wipe) struct ais_buf body = { 0 };
    struct ais_store_known *known = &store->known[document];
    struct ais_why reason = { 0 };
    enum ais_err err = read_present(store, document, &body, &known->anchor, &reason);
    if (err == AIS_E_DAMAGED)
        known->damage = reason;
    else if (err != AIS_OK)
        return ais_fail(why, err, "%s", reason.text);
    return AIS_OK;
}

/* With directory and ring there: opens every document, so that a wrong key is found before anything is changed. */
static enum ais_err open_documents(struct ais_store *store, struct ais_why *why)
{
    TRY(ais_sealer_new(store->ring, &store->sealer, why));
    for (size_t i = 0; i < AIS_STORE_DOCUMENT_COUNT; i++)
        TRY(open_document(store, (enum ais_store_document)i, why));
    return check_log(store, why);
}

enum ais_err ais_store_open_in(struct ais_dir *dir, const char *keys, struct ais_store **ret,
                               struct ais_store_opened *ret_opened, struct ais_why *why)
{
    AUTO(ais_store_close) struct ais_store *store = calloc(1, sizeof *store);
    bool key_made = false;
    if (store == NULL) {
        ais_dir_close(&dir);
        return ais_fail(why, AIS_E_NOMEM, "the store");
    }
    store->dir = store->own_dir = dir;
    store->keys_given = keys != NULL;
    if (keys != NULL)
        TRY(ais_keyring_parse(keys, &store->own_ring, why));
    else
        TRY(ais_key_file_open(dir, &store->own_ring, &key_made, why));
    store->ring = store->own_ring;
    TRY(open_documents(store, why));
    ret_opened->key_made = key_made;
    *ret = TAKE(store);
    return AIS_OK;
}

enum ais_err ais_store_open(const char *path, const char *keys, struct ais_store **ret,
                            struct ais_store_opened *ret_opened, struct ais_why *why)
{
    AUTO(ais_dir_close) struct ais_dir *dir = NULL;
    TRY(ais_dir_open(path, true, &dir, &ret_opened->tightened, why));
    TRY(ais_owner_lock(dir, why));
    return ais_store_open_in(TAKE(dir), keys, ret, ret_opened, why);
}

enum ais_err ais_store_view(struct ais_dir *dir, const struct ais_keyring *ring, struct ais_store **ret,
                            struct ais_why *why)
{
    AUTO(ais_store_close) struct ais_store *store = calloc(1, sizeof *store);
    struct ais_anchor anchors[AIS_SEAL_LOG_ANCHORS];
    size_t count = 0;
    if (store == NULL)
        return ais_fail(why, AIS_E_NOMEM, "the store");
    store->dir = dir;
    store->ring = ring;
    /* Anchors first: what its owner replaces meanwhile is then newer than its anchor, never older. */
    TRY(ais_log_anchors(dir, ring, anchors, &count, why));
    TRY(open_documents(store, why));
    TRY(ais_store_verify(store, anchors, count, why));
    *ret = TAKE(store);
    return AIS_OK;
}

struct ais_dir *ais_store_dir(struct ais_store *store)
{
    return store->dir;
}

const struct ais_keyring *ais_store_keyring(const struct ais_store *store)
{
    return store->ring;
}

/* ---- against the chain ---- */

static const struct ais_anchor *find_anchor(const struct ais_anchor *anchors, size_t count, const char *name)
{
    for (size_t i = 0; i < count; i++)
        if (strcmp(anchors[i].name, name) == 0)
            return &anchors[i];
    return NULL;
}

/* What is on the disk now against what it must be at least. */
static enum ais_err check_known(const char *name, const struct ais_anchor *found, const struct ais_anchor *expected,
                                struct ais_why *why)
{
    if (found->generation == 0 && expected->generation > 0)
        return ais_fail(why, AIS_E_DAMAGED, "%s.enc: missing; the audit chain records generation %llu", name,
                        (unsigned long long)expected->generation);
    return found->generation > 0 ? ais_document_check(found, expected, why) : AIS_OK;
}

/* A document that the chain has never heard of is a first one. Another was known to a log that is not this one. */
static enum ais_err check_unknown(const char *name, const struct ais_anchor *found, struct ais_why *why)
{
    if (found->generation <= 1)
        return AIS_OK;
    ais_fail(
        why, AIS_E_DAMAGED,
        "%s.enc is of generation %llu, and the audit log knows none of it: the log was emptied or exchanged. Put the "
        "log that belongs to it back",
        name, (unsigned long long)found->generation);
    return AIS_E_DAMAGED;
}

enum ais_err ais_store_verify(struct ais_store *store, const struct ais_anchor *anchors, size_t count,
                              struct ais_why *why)
{
    for (size_t i = 0; i < AIS_STORE_DOCUMENT_COUNT; i++) {
        const struct ais_anchor *expected = find_anchor(anchors, count, ais_store_names[i]);
        store->refused = ais_store_names[i];
        if (store->known[i].damage.code != AIS_OK)
            return ais_fail(why, store->known[i].damage.code, "%s", store->known[i].damage.text);
        if (expected != NULL)
            TRY(check_known(ais_store_names[i], &store->known[i].anchor, expected, why));
        else
            TRY(check_unknown(ais_store_names[i], &store->known[i].anchor, why));
        store->known[i].recorded = expected != NULL ? expected->generation : 0;
    }
    store->refused = NULL;
    store->verified = true;
    return AIS_OK;
}

const char *ais_store_refused(const struct ais_store *store)
{
    return store->refused;
}

const char *ais_store_name(enum ais_store_document document)
{
    return ais_store_names[document];
}

uint64_t ais_store_generation(const struct ais_store *store, enum ais_store_document document)
{
    return store->known[document].anchor.generation;
}

const struct ais_anchor *ais_store_unrecorded(const struct ais_store *store)
{
    for (size_t i = 0; i < AIS_STORE_DOCUMENT_COUNT && store->verified; i++)
        if (store->known[i].anchor.generation > store->known[i].recorded)
            return &store->known[i].anchor;
    return NULL;
}

uint64_t ais_store_last_recorded(const struct ais_store *store, const struct ais_anchor *anchor)
{
    for (size_t i = 0; i < AIS_STORE_DOCUMENT_COUNT; i++)
        if (strcmp(ais_store_names[i], anchor->name) == 0)
            return store->known[i].recorded;
    return 0;
}

void ais_store_recorded(struct ais_store *store, const struct ais_anchor *anchor)
{
    for (size_t i = 0; i < AIS_STORE_DOCUMENT_COUNT; i++) {
        struct ais_store_known *known = &store->known[i];
        if (strcmp(ais_store_names[i], anchor->name) == 0 && known->recorded < anchor->generation)
            known->recorded = anchor->generation;
    }
}

/* ---- documents ---- */

enum ais_err ais_store_read(struct ais_store *store, enum ais_store_document document, struct ais_arena *arena,
                            const struct ais_json **ret, uint64_t *ret_generation, struct ais_why *why)
{
    AUTO(ais_buf_wipe) struct ais_buf body = { 0 };
    struct ais_store_known *known = &store->known[document];
    struct ais_anchor found;
    const struct ais_json *content = NULL;
    if (!store->verified)
        return ais_fail(why, AIS_E_INTERNAL, "%s.enc is read before the audit log has vouched for it",
                        ais_store_names[document]);
    TRY(read_present(store, document, &body, &found, why));
    TRY(check_known(ais_store_names[document], &found, &known->anchor, why));
    if (found.generation > 0) {
        TRY(ais_json_read(arena, body.data, body.length, &limits, &content, why));
        if (content->kind != AIS_JSON_OBJECT)
            return ais_fail(why, AIS_E_DAMAGED, "%s.enc does not hold an object", ais_store_names[document]);
    }
    known->anchor = found;
    *ret = content;
    *ret_generation = found.generation;
    return AIS_OK;
}

void ais_store_on_behalf(struct ais_store *store, const char *by)
{
    store->by = by;
}

/* Who replaced the document that this anchor is of, as a JSON object; NULL: nobody is named. */
static const struct ais_buf *by_of(const struct ais_store *store, const struct ais_anchor *anchor)
{
    for (size_t i = 0; i < AIS_STORE_DOCUMENT_COUNT; i++)
        if (strcmp(store->known[i].anchor.name, anchor->name) == 0 &&
            store->known[i].anchor.generation == anchor->generation && store->known[i].by.length > 0)
            return &store->known[i].by;
    return NULL;
}

void ais_store_describe(const struct ais_store *store, const struct ais_anchor *anchor, struct ais_buf *ret)
{
    const struct ais_buf *by = by_of(store, anchor);
    uint64_t recorded = ais_store_last_recorded(store, anchor);
    ais_jw_begin_object(ret, NULL);
    ais_jw_text(ret, "document", anchor->name);
    ais_jw_u64(ret, "generation", anchor->generation);
    ais_jw_text(ret, "digest", anchor->digest);
    if (recorded > 0 && anchor->generation > recorded + 1)
        ais_jw_u64(ret, "recorded", recorded);
    if (by != NULL)
        ais_jw_raw(ret, "by", by->data, strlen(by->data));
    ais_jw_end_object(ret);
}

/* Replaces the document, and remembers it as it is then. */
static enum ais_err replace(struct ais_store *store, enum ais_store_document document, uint64_t generation,
                            const struct ais_buf *next, struct ais_why *why)
{
    struct ais_store_known *known = &store->known[document];
    TRY(ais_document_write(store->dir, store->sealer, ais_store_names[document], generation, store->by, next->data,
                           next->length, &known->anchor, why));
    ais_buf_clear(&known->by);
    if (store->by != NULL)
        ais_buf_add(&known->by, store->by, strlen(store->by) + 1);
    if (known->by.failed)
        ais_buf_clear(&known->by); /* it stands in the document */
    if (known->by.length > 0)
        known->by.length--;
    return AIS_OK;
}

static enum ais_err change(struct ais_store *store, enum ais_store_document document, ais_store_edit *edit, void *arg,
                           bool narrows, bool *ret_written, struct ais_why *why)
{
    AUTO(ais_arena_wipe) struct ais_arena *arena = ais_arena_new(0);
    AUTO(ais_buf_wipe) struct ais_buf next = { 0 };
    const struct ais_json *now = NULL;
    uint64_t generation = 0;
    if (store->own_dir == NULL)
        return ais_fail(why, AIS_E_REFUSED, "%s.enc cannot be changed through a view", ais_store_names[document]);
    if (arena == NULL)
        return ais_fail(why, AIS_E_NOMEM, "%s", ais_store_names[document]);
    TRY(ais_store_read(store, document, arena, &now, &generation, why));
    TRY(edit(arg, now, &next, why));
    if (next.failed)
        return ais_fail(why, AIS_E_NOMEM, "%s", ais_store_names[document]);
    if (next.length > 0) {
        enum ais_err err = replace(store, document, generation + 1, &next, why);
        if (err == AIS_E_SPACE && narrows && ais_store_give_up_reserve(store))
            err = replace(store, document, generation + 1, &next, why);
        TRY(err);
    }
    if (ret_written != NULL)
        *ret_written = next.length > 0;
    return AIS_OK;
}

enum ais_err ais_store_change(struct ais_store *store, enum ais_store_document document, ais_store_edit *edit,
                              void *arg, bool *ret_written, struct ais_why *why)
{
    return change(store, document, edit, arg, false, ret_written, why);
}

enum ais_err ais_store_narrow(struct ais_store *store, enum ais_store_document document, ais_store_edit *edit,
                              void *arg, bool *ret_written, struct ais_why *why)
{
    return change(store, document, edit, arg, true, ret_written, why);
}
