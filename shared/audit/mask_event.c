/* Events: what their details tell, and on whose behalf. */
#include "shared/audit/mask_internal.h"
#include "shared/json/write.h"

#include <string.h>

/* Members that nobody writes but we: ids, digests and times, which must be found again as they are. */
static bool is_ours(const struct ais_json *member)
{
    static const char *const ours[] = { "key_id",     "created_by", "revoked_by",     "created_at",
                                        "expires_at", "document",   "encryption_key", "checksum",
                                        "digest",     "action",     "change",         "scopes" };
    for (size_t i = 0; i < N_ELEMS(ours); i++)
        if (member->key != NULL && strcmp(member->key, ours[i]) == 0)
            return true;
    return false;
}

static void find_in_details(struct ais_masker *masker, const struct ais_json *details)
{
    for (const struct ais_json *child = details->first; child != NULL; child = child->next) {
        if (is_ours(child))
            continue;
        if (child->kind == AIS_JSON_STRING)
            mask_find(masker, child->text, child->length);
        find_in_details(masker, child);
    }
}

static void write_details(struct ais_masker *masker, const char *key, const struct ais_json *node)
{
    struct ais_buf *out = &masker->text;
    bool is_object = node->kind == AIS_JSON_OBJECT;
    if (node->kind == AIS_JSON_STRING && !is_ours(node)) {
        struct ais_audit_text masked = mask_text(masker, (struct ais_audit_text){ node->text, node->length }, true);
        ais_jw_string(out, key, masked.bytes != NULL ? masked.bytes : "", masked.n);
    } else if ((is_object || node->kind == AIS_JSON_ARRAY) && !is_ours(node)) {
        (is_object ? ais_jw_begin_object : ais_jw_begin_array)(out, key);
        for (const struct ais_json *child = node->first; child != NULL; child = child->next)
            write_details(masker, child->key, child);
        (is_object ? ais_jw_end_object : ais_jw_end_array)(out);
    } else {
        ais_jw_node(out, key, node);
    }
}

static void replace(struct ais_masker *masker, const struct ais_json *details, struct ais_audit_event *event)
{
    masker->room = MASK_DECODED;
    if (details != NULL) {
        ais_buf_clear(&masker->text);
        write_details(masker, NULL, details);
        masker->failed = masker->failed || masker->text.failed;
        event->details = masker->text.data;
        event->details_size = masker->text.length;
    }
    if (event->caller == NULL)
        return;
    struct ais_caller *caller = ais_arena_alloc(masker->arena, sizeof *caller);
    masker->failed = masker->failed || caller == NULL;
    if (masker->failed)
        return;
    *caller = *event->caller;
    mask_caller(masker, caller);
    event->caller = caller;
}

enum ais_err ais_masker_event(struct ais_masker *masker, struct ais_audit_event *event, struct ais_why *why)
{
    const struct ais_json *details = NULL;
    mask_begin(masker);
    if (event->caller != NULL)
        mask_find_caller(masker, event->caller);
    if (event->details != NULL) {
        TRY(ais_json_read(masker->arena, event->details, event->details_size, &ais_json_request_limits, &details, why));
        find_in_details(masker, details);
    }
    if (!masker->failed && (masker->count > 0 || masker->overflow || masker->unread))
        replace(masker, details, event);
    return masker->failed ? ais_fail(why, AIS_E_NOMEM, "out of memory for masking an event") : AIS_OK;
}
