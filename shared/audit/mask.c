#include "shared/audit/mask.h"

#include "shared/audit/mask_internal.h"
#include "shared/json/write.h"
#include "shared/policy/facts/pii/find.h"
#include "shared/policy/facts/secret/find.h"
#include "shared/text/nearest.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define SETTING "AISENTINEL_AUDIT_MASK"

/* ---- what is masked ---- */

void ais_mask_destroy(struct ais_mask **mask)
{
    if (*mask == NULL)
        return;
    free((*mask)->setting);
    free(*mask);
    *mask = NULL;
}

static const char *kind_at(size_t i, const void *arg)
{
    (void)arg;
    return ais_pii_kind(i);
}

static enum ais_err check_kind(const struct ais_mask_item *item, struct ais_why *why)
{
    struct ais_mask_text kind = item->names[0];
    size_t count = 0;
    int n = item->whole.n < 100 ? (int)item->whole.n : 100;
    if ((kind.n == 1 && kind.text[0] == '*') || ais_pii_knows(kind.text, kind.n))
        return AIS_OK;
    while (ais_pii_kind(count) != NULL)
        count++;
    const char *meant = ais_nearest_of(kind.text, kind.n, kind_at, count, NULL);
    if (meant == NULL)
        return ais_fail(why, AIS_E_SETTING,
                        SETTING ": '%.*s': there is no such kind of personal data (the fact pii.kind has them)", n,
                        item->whole.text);
    char whole[64];
    snprintf(whole, sizeof whole, "pii:%s", meant);
    return ais_fail(why, AIS_E_SETTING, SETTING ": '%.*s': there is no such kind of personal data; " AIS_DID_YOU_MEAN,
                    n, item->whole.text, whole);
}

static enum ais_err check_kinds(const struct ais_mask_list *list, struct ais_why *why)
{
    for (size_t i = 0; i < list->count; i++)
        if (list->items[i].is_pii)
            TRY(check_kind(&list->items[i], why));
    return AIS_OK;
}

enum ais_err ais_mask_check(const char *setting, struct ais_why *why)
{
    struct ais_mask_list list;
    TRY(ais_mask_list_read(setting != NULL ? setting : "", &list, why));
    return check_kinds(&list, why);
}

enum ais_err ais_mask_new(const char *setting, const unsigned char *key, struct ais_mask **ret, struct ais_why *why)
{
    AUTO(ais_mask_destroy) struct ais_mask *mask = calloc(1, sizeof *mask);
    if (mask == NULL || (mask->setting = strdup(setting != NULL ? setting : "")) == NULL)
        return ais_fail(why, AIS_E_NOMEM, "what is masked");
    mask->key = key;
    TRY(ais_mask_list_read(mask->setting, &mask->list, why));
    TRY(check_kinds(&mask->list, why));
    for (size_t i = 0; i < mask->list.count; i++) {
        const struct ais_mask_item *item = &mask->list.items[i];
        mask->has_pii = mask->has_pii || item->is_pii;
        mask->has_paths = mask->has_paths || !item->is_pii;
    }
    *ret = TAKE(mask);
    return AIS_OK;
}

struct ais_masker *ais_masker_new(const struct ais_mask *mask)
{
    struct ais_masker *masker = calloc(1, sizeof *masker);
    if (masker == NULL)
        return NULL;
    masker->mask = mask;
    masker->arena = ais_arena_new(MASK_MEMORY);
    if (masker->arena == NULL)
        ais_masker_destroy(&masker);
    return masker;
}

void ais_masker_destroy(struct ais_masker **masker)
{
    if (*masker == NULL)
        return;
    ais_arena_wipe(&(*masker)->arena);
    ais_buf_wipe(&(*masker)->text);
    free(*masker);
    *masker = NULL;
}

const unsigned char *ais_masker_key(const struct ais_masker *masker)
{
    return masker->mask->key;
}

/* ---- finding ---- */

struct finding {
    struct ais_masker *masker;
    const char *text; /* that is searched */
};

static void on_secret(void *arg, const struct ais_secret *secret)
{
    const struct finding *finding = arg;
    mask_add(finding->masker, finding->text + secret->offset, secret->length, secret->kind, strlen(secret->kind));
}

static bool wants_pii(const struct ais_mask *mask, const char *kind)
{
    for (size_t i = 0; i < mask->list.count; i++) {
        const struct ais_mask_item *item = &mask->list.items[i];
        struct ais_mask_text name = item->names[0];
        if (item->is_pii &&
            ((name.n == 1 && name.text[0] == '*') || (name.n == strlen(kind) && memcmp(name.text, kind, name.n) == 0)))
            return true;
    }
    return false;
}

static void on_pii(void *arg, const struct ais_pii *pii)
{
    const struct finding *finding = arg;
    if (wants_pii(finding->masker->mask, pii->kind))
        mask_add(finding->masker, finding->text + pii->offset, pii->length, pii->kind, strlen(pii->kind));
}

enum { PII_SHORTEST = 6 }; /* in fewer bytes nothing is found */

static void find_kinds(struct ais_masker *masker, const char *key, const char *text, size_t n)
{
    struct finding finding = { masker, text };
    struct ais_secret_search secrets = {
        .key = key, .text = text, .n = n, .found = on_secret, .arg = &finding, .generous = true
    };
    struct ais_pii_search pii = { .key = key, .text = text, .n = n, .found = on_pii, .arg = &finding };
    ais_secrets_find(&secrets);
    if (masker->mask->has_pii && n >= PII_SHORTEST)
        ais_pii_find(&pii);
}

static void find_in_layer(void *arg, const char *layer, size_t n)
{
    find_kinds(arg, "", layer, n);
}

static void find_in_text(struct ais_masker *masker, const char *key, const char *text, size_t n)
{
    find_kinds(masker, key, text, n);
    (void)mask_layers(masker, text, n, find_in_layer, masker); /* what was not decoded, mask_text masks whole */
}

void mask_find(struct ais_masker *masker, const char *text, size_t n)
{
    find_in_text(masker, "", text, n);
}

static void find_in_name(struct ais_masker *masker, const struct ais_json *member)
{
    mask_find(masker, member->key, member->key_length);
}

/* ---- the request's tree ---- */

/* A walk over the body: finding, or writing it masked. */
struct walk {
    struct ais_masker *masker;
    struct ais_buf *out; /* NULL: finding */
    size_t most;         /* bytes of out after which no more is needed */
};

static bool is_enough(const struct walk *walk)
{
    return walk->masker->failed || (walk->out != NULL && walk->out->length > walk->most);
}

static bool is_scalar(const struct ais_json *node)
{
    return node->kind == AIS_JSON_STRING || node->kind == AIS_JSON_NUMBER || node->kind == AIS_JSON_BOOL;
}

static void find_in_scalar(struct ais_masker *masker, const char *key, const struct ais_json *node,
                           const struct ais_mask_item *item)
{
    if (item != NULL)
        mask_add(masker, node->text, node->length, item->whole.text, item->whole.n);
    else if (node->kind == AIS_JSON_STRING)
        find_in_text(masker, key, node->text, node->length);
    else if (node->kind == AIS_JSON_NUMBER)
        find_kinds(masker, key, node->text, node->length);
}

static void write_scalar(const struct walk *walk, const char *key, const struct ais_json *node,
                         const struct ais_mask_item *item)
{
    struct ais_audit_text text = { node->text, node->length }, masked;
    if (item != NULL && node->length > 0 && !walk->masker->overflow)
        masked = mask_token(walk->masker, node->text, node->length, item->whole.text, item->whole.n);
    else
        masked = mask_text(walk->masker, text, node->kind == AIS_JSON_STRING);
    if (node->kind == AIS_JSON_STRING || masked.bytes != text.bytes)
        ais_jw_string(walk->out, key, masked.bytes != NULL ? masked.bytes : "", masked.n);
    else
        ais_jw_node(walk->out, key, node);
}

/* A member's name. One that shows a value is replaced, and told from others that show the same. around: the item that
 * means what it is a member of; its name is as much of that as its value. */
static const char *write_key(struct ais_masker *masker, const struct ais_json *member,
                             const struct ais_mask_item *around)
{
    char hash[AIS_MASK_HASH_TEXT];
    struct ais_audit_text key = { member->key, member->key_length };
    if (around != NULL && !masker->failed) {
        struct ais_audit_text token = mask_token(masker, key.bytes, key.n, around->whole.text, around->whole.n);
        return token.bytes != NULL ? token.bytes : "";
    }
    struct ais_audit_text masked = mask_text(masker, key, true);
    if (masked.bytes == key.bytes || masker->failed)
        return member->key;
    AUTO(ais_buf_done) struct ais_buf text = { 0 };
    ais_mask_hash(masker->mask->key, key.bytes, key.n, hash);
    ais_buf_add(&text, masked.bytes, masked.n);
    ais_buf_format(&text, "#%.8s", hash);
    const char *copy = text.failed ? NULL : ais_arena_copy(masker->arena, text.data, text.length);
    masker->failed = masker->failed || copy == NULL;
    return copy != NULL ? copy : "";
}

static void walk_value(const struct walk *walk, const char *shown, const char *key, const struct ais_json *node,
                       const struct mask_place *place);

/* ["mysql", "--password", "…"] */
static bool is_option(const struct ais_json *element)
{
    return element->kind == AIS_JSON_STRING && element->length > 2 && memcmp(element->text, "--", 2) == 0;
}

static void walk_children(const struct walk *walk, const char *key, const struct ais_json *node,
                          const struct mask_place *place)
{
    const char *option = NULL; /* that a program would take the element for the value of */
    for (const struct ais_json *child = node->first; child != NULL && !is_enough(walk); child = child->next) {
        struct mask_place below;
        const char *shown = NULL;
        if (child->key == NULL) {
            bool next = is_option(child);
            walk_value(walk, NULL, option != NULL && !next ? option : key, child, place);
            option = next ? child->text : NULL;
            continue;
        }
        mask_place_below(walk->masker->mask, place, child->key, child->key_length, &below);
        if (walk->out != NULL)
            shown = write_key(walk->masker, child, mask_place_item(walk->masker->mask, place));
        else
            find_in_name(walk->masker, child);
        walk_value(walk, shown, child->key, child, &below);
    }
}

/* One value: shown is its name as it is written, key the nearest name around it. Depth is bounded by the reader. */
static void walk_value(const struct walk *walk, const char *shown, const char *key, const struct ais_json *node,
                       const struct mask_place *place)
{
    if (is_enough(walk))
        return;
    if (is_scalar(node)) {
        const struct ais_mask_item *item = mask_place_item(walk->masker->mask, place);
        if (walk->out != NULL)
            write_scalar(walk, shown, node, item);
        else
            find_in_scalar(walk->masker, key, node, item);
        return;
    }
    bool is_object = node->kind == AIS_JSON_OBJECT;
    if (walk->out != NULL && node->kind == AIS_JSON_NULL) {
        ais_jw_null(walk->out, shown);
        return;
    }
    if (walk->out != NULL)
        (is_object ? ais_jw_begin_object : ais_jw_begin_array)(walk->out, shown);
    walk_children(walk, key, node, place);
    if (walk->out != NULL)
        (is_object ? ais_jw_end_object : ais_jw_end_array)(walk->out);
}

/* What members of a body are called in paths; both forms of a request. */
static const struct top {
    const char *around, *member; /* around "": of the body itself */
    const char *path;
} tops[] = {
    {"",           "tool_args",     "tool_args"},
    { "",          "context",       "context"  },
    { "",          "metadata",      "metadata" },
    { "",          "context_state", "metadata" },
    { "candidate", "args",          "tool_args"},
};

static void place_of(const struct ais_mask *mask, const char *around, const struct ais_json *member,
                     struct mask_place *ret)
{
    for (size_t i = 0; i < N_ELEMS(tops); i++)
        if (strcmp(tops[i].around, around) == 0 && strcmp(tops[i].member, member->key) == 0) {
            mask_place_top(mask, tops[i].path, ret);
            return;
        }
    *ret = (struct mask_place){ { 0 } };
}

/* A token works once, but it is a credential until it is spent. */
static void add_token(struct ais_masker *masker, const struct ais_json *around)
{
    static const char label[] = "approval_token";
    const struct ais_json *token = ais_json_get(around, "execution_approval_token");
    if (token != NULL && token->kind == AIS_JSON_STRING)
        mask_add(masker, token->text, token->length, label, sizeof label - 1);
}

/* Who asks is what metadata says, or else an object context: a path that means the one means the other. */
static void add_said(struct ais_masker *masker, const struct ais_json *context)
{
    for (size_t i = 0; i < MASK_SAID && context != NULL; i++) {
        const struct ais_json *node = ais_json_get(context, mask_said[i]);
        const struct ais_mask_item *item = node != NULL ? mask_said_item(masker->mask, mask_said[i]) : NULL;
        if (item != NULL && is_scalar(node))
            mask_add(masker, node->text, node->length, item->whole.text, item->whole.n);
    }
}

static void walk_members(const struct walk *walk, const char *around, const struct ais_json *node)
{
    for (const struct ais_json *member = node->first; member != NULL && !is_enough(walk); member = member->next) {
        struct mask_place place;
        const char *shown = walk->out != NULL ? write_key(walk->masker, member, NULL) : NULL;
        if (walk->out == NULL)
            find_in_name(walk->masker, member);
        place_of(walk->masker->mask, around, member, &place);
        if (around[0] == '\0' && member->kind == AIS_JSON_OBJECT && strcmp(member->key, "candidate") == 0) {
            if (walk->out != NULL)
                ais_jw_begin_object(walk->out, shown);
            walk_members(walk, "candidate", member);
            if (walk->out != NULL)
                ais_jw_end_object(walk->out);
        } else {
            walk_value(walk, shown, member->key, member, &place);
        }
    }
}

static void find_in_body(struct ais_masker *masker, const struct ais_json *body)
{
    const struct walk walk = { .masker = masker };
    add_token(masker, body);
    add_token(masker, ais_json_get(body, "metadata"));
    add_token(masker, ais_json_get(body, "context_state"));
    add_said(masker, ais_json_get(body, "context"));
    walk_members(&walk, "", body);
}

/* ---- the record ---- */

static void mask_request(struct ais_masker *masker, const struct ais_json *body, struct ais_audit_decision *record)
{
    static const char unread[] = "unread", whole[] = "request";
    struct walk walk = { masker, &masker->text, SIZE_MAX };
    record->request_size = record->request.n;
    if (record->request_digest != NULL)
        record->request_hash = mask_token(masker, record->request.bytes, record->request.n, whole, sizeof whole - 1);
    if (masker->overflow || body == NULL) {
        record->request = mask_token(masker, record->request.bytes, record->request.n, unread, sizeof unread - 1);
        record->request_is_json = false;
        return;
    }
    if (record->request.n > AIS_AUDIT_REQUEST_MOST)
        walk.most = AIS_AUDIT_REQUEST_MOST; /* of which only the begin is kept */
    ais_buf_clear(&masker->text);
    ais_jw_begin_object(&masker->text, NULL);
    walk_members(&walk, "", body);
    ais_jw_end_object(&masker->text);
    record->request = (struct ais_audit_text){ masker->text.data, masker->text.length };
    record->request_is_json = walk.most == SIZE_MAX;
    masker->failed = masker->failed || masker->text.failed;
}

/* A body that could not be read has escapes that nobody undoes and members that nobody finds. It is kept if there can
 * be nothing to mask in it. */
static bool is_harmless(struct ais_masker *masker, struct ais_audit_text request)
{
    if (request.bytes == NULL)
        return true;
    if (masker->mask->has_paths || memchr(request.bytes, '\\', request.n) != NULL)
        return false;
    mask_find(masker, request.bytes, request.n);
    return masker->count == 0 && !masker->overflow && !masker->unread;
}

void mask_forget(struct ais_masker *masker)
{
    masker->count = 0;
    masker->overflow = masker->unread = false;
    masker->room = MASK_DECODED;
}

void mask_begin(struct ais_masker *masker)
{
    ais_arena_reset(masker->arena);
    masker->view = (struct ais_view){ .arena = masker->arena };
    masker->failed = false;
    mask_forget(masker);
}

/* A text that came beside the body, under the name that it has in the record: clients put there what they like, too. */
static void find_beside(struct ais_masker *masker, const char *name, struct ais_audit_text text)
{
    struct mask_place place;
    if (text.n == 0)
        return;
    mask_place_top(masker->mask, name, &place);
    const struct ais_mask_item *item = mask_place_item(masker->mask, &place);
    if (item != NULL)
        mask_add(masker, text.bytes, text.n, item->whole.text, item->whole.n);
    else
        mask_find(masker, text.bytes, text.n);
}

enum ais_err ais_masker_text(struct ais_masker *masker, const char *name, struct ais_audit_text *text,
                             struct ais_why *why)
{
    static const char unread[] = "unread";
    mask_begin(masker);
    find_beside(masker, name, *text);
    if (masker->overflow)
        *text = mask_token(masker, text->bytes, text->n, unread, sizeof unread - 1);
    else if (masker->count > 0 || masker->unread) {
        masker->room = MASK_DECODED;
        *text = mask_text(masker, *text, true);
    }
    return masker->failed ? ais_fail(why, AIS_E_NOMEM, "out of memory for masking a text") : AIS_OK;
}

enum ais_err ais_masker_apply(struct ais_masker *masker, const struct ais_json *body, struct ais_audit_decision *record,
                              struct ais_why *why)
{
    bool harmless = false;
    mask_begin(masker);
    mask_identity(masker, record);
    find_beside(masker, "request_id", record->request_id);
    find_beside(masker, "traceparent", record->traceparent);
    if (body != NULL && body->kind == AIS_JSON_OBJECT) {
        find_in_body(masker, body);
        harmless = masker->count == 0 && !masker->overflow && !masker->unread;
    } else {
        body = NULL;
        harmless = is_harmless(masker, record->request);
    }
    if (!harmless && !masker->failed) {
        masker->room = MASK_DECODED;
        mask_members(masker, record);
        mask_request(masker, body, record);
    }
    mask_session(masker, harmless, &record->session_id);
    return masker->failed ? ais_fail(why, AIS_E_NOMEM, "out of memory for masking a record") : AIS_OK;
}
