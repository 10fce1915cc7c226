/* Values, and the texts in which they are replaced. */
#include "shared/audit/mask_internal.h"
#include "shared/json/unescape.h"
#include "shared/json/write.h"
#include "shared/policy/facts/text/layers.h"

#include <sodium.h>
#include <stdlib.h>
#include <string.h>

void ais_mask_hash(const unsigned char key[AIS_MASK_KEYED], const char *value, size_t n, char text[AIS_MASK_HASH_TEXT])
{
    unsigned char hash[(AIS_MASK_HASH_TEXT - 1) / 2];
    crypto_generichash(hash, sizeof hash, (const unsigned char *)value, n, key, AIS_MASK_KEYED);
    sodium_bin2hex(text, AIS_MASK_HASH_TEXT, hash, sizeof hash);
}

/* ---- values ---- */

struct ais_audit_text mask_token(struct ais_masker *masker, const char *value, size_t n, const char *label,
                                 size_t label_n)
{
    static const char prefix[] = AIS_MASKED_PREFIX;
    size_t size = sizeof prefix - 1 + label_n + 1 + AIS_MASK_HASH_TEXT - 1;
    char *token = ais_arena_alloc(masker->arena, size + 1);
    if (token == NULL) {
        masker->failed = true;
        return (struct ais_audit_text){ NULL, 0 };
    }
    memcpy(token, prefix, sizeof prefix - 1);
    memcpy(token + sizeof prefix - 1, label, label_n);
    token[sizeof prefix - 1 + label_n] = ':';
    ais_mask_hash(masker->mask->key, value, n, token + sizeof prefix + label_n);
    return (struct ais_audit_text){ token, size };
}

/* The text as it stands in a JSON string, in the arena; bytes NULL: nothing in it needs an escape. */
static struct ais_audit_text escape(struct ais_masker *masker, struct ais_audit_text text)
{
    AUTO(ais_buf_wipe) struct ais_buf out = { 0 };
    struct ais_audit_text ret = { NULL, 0 };
    if (text.bytes == NULL)
        return ret;
    ais_jw_string(&out, NULL, text.bytes, text.n);
    if (!out.failed && out.length == text.n + 2)
        return ret;
    ret.bytes = out.failed ? NULL : ais_arena_copy(masker->arena, out.data + 1, out.length - 2);
    ret.n = out.length - 2;
    masker->failed = masker->failed || ret.bytes == NULL;
    return ret;
}

/* The text as it stands in a form that was sent, between the percent escapes; bytes NULL: there is no space in it. */
static struct ais_audit_text with_plus(struct ais_masker *masker, struct ais_audit_text text)
{
    if (memchr(text.bytes, ' ', text.n) == NULL)
        return (struct ais_audit_text){ NULL, 0 };
    char *copy = ais_arena_alloc(masker->arena, text.n);
    masker->failed = masker->failed || copy == NULL;
    for (size_t i = 0; copy != NULL && i < text.n; i++)
        if (text.bytes[i] == ' ')
            copy[i] = '+';
        else
            copy[i] = text.bytes[i];
    return (struct ais_audit_text){ copy, text.n };
}

static bool is_known(const struct ais_masker *masker, const char *value, size_t n)
{
    for (size_t i = 0; i < masker->count; i++)
        if (masker->values[i].forms[0].n == n && memcmp(masker->values[i].forms[0].bytes, value, n) == 0)
            return true;
    return false;
}

void mask_add(struct ais_masker *masker, const char *value, size_t n, const char *label, size_t label_n)
{
    if (n == 0 || masker->overflow || is_known(masker, value, n))
        return;
    if (masker->count == MASK_VALUES) {
        masker->overflow = true;
        return;
    }
    struct mask_value *added = &masker->values[masker->count];
    *added = (struct mask_value){ .token = mask_token(masker, value, n, label, label_n) };
    const char *copy = ais_arena_copy(masker->arena, value, n);
    masker->failed = masker->failed || copy == NULL;
    if (masker->failed)
        return;
    added->forms[0] = (struct ais_audit_text){ copy, n };
    added->forms[1] = escape(masker, added->forms[0]);
    added->forms[2] = escape(masker, added->forms[1]);
    added->forms[3] = with_plus(masker, added->forms[0]);
    masker->count++;
}

/* ---- layers ---- */

struct looking {
    struct ais_masker *masker;
    struct ais_layers layers;
    unsigned depth;
    void (*each)(void *arg, const char *layer, size_t n);
    void *arg;
};

/* Undoes the escapes of one level of JSON. False: there are none, or no room for it. */
static bool unescape(struct looking *looking, const char *text, size_t n, struct ais_buf *plain)
{
    if (looking->masker->failed || n == 0 || memchr(text, '\\', n) == NULL)
        return false;
    if (n > looking->layers.room) {
        looking->layers.full = true;
        return false;
    }
    looking->layers.room -= n;
    ais_json_unescape(text, n, plain);
    looking->masker->failed = looking->masker->failed || plain->failed;
    return !plain->failed && plain->length < n;
}

/* JSON inside a string, at any depth: each level that is undone is shorter. Below the last one lie other layers, of
 * which escapes had hidden a part (a "/" in base64 is often written "\/"). */
static void look_unescaped(struct looking *looking, const char *text, size_t n)
{
    AUTO(ais_buf_wipe) struct ais_buf plain = { 0 }, below = { 0 };
    if (!unescape(looking, text, n, &plain))
        return;
    looking->each(looking->arg, plain.data, plain.length);
    while (unescape(looking, plain.data, plain.length, &below)) {
        looking->each(looking->arg, below.data, below.length);
        struct ais_buf done = plain;
        plain = below;
        below = done;
        ais_buf_clear(&below);
    }
    if (looking->depth < MASK_DEPTH && !looking->masker->failed) {
        looking->depth++;
        ais_layers_find(&looking->layers, plain.data, plain.length, NULL);
        looking->depth--;
    }
}

static void on_layer(void *arg, enum ais_text_list kind, const char *text, size_t n)
{
    struct looking *looking = arg;
    (void)kind;
    looking->each(looking->arg, text, n);
    look_unescaped(looking, text, n);
    if (++looking->depth < MASK_DEPTH)
        ais_layers_find(&looking->layers, text, n, NULL);
    looking->depth--;
}

bool mask_layers(struct ais_masker *masker, const char *text, size_t n,
                 void (*each)(void *arg, const char *layer, size_t n), void *arg)
{
    struct looking looking = { .masker = masker, .each = each, .arg = arg };
    looking.layers =
        (struct ais_layers){ .view = &masker->view, .room = masker->room, .found = on_layer, .arg = &looking };
    look_unescaped(&looking, text, n);
    ais_layers_find(&looking.layers, text, n, NULL);
    masker->room = looking.layers.room;
    masker->unread = masker->unread || looking.layers.full;
    masker->failed = masker->failed || masker->view.failed;
    return !looking.layers.full;
}

/* ---- replacing ---- */

/* Where a value stands in a text. */
struct hit {
    size_t begin, end;
    const struct mask_value *value;
};

struct hits {
    struct ais_masker *masker;
    struct hit *items;
    size_t count, capacity;
};

static void add_hit(struct hits *hits, size_t begin, size_t n, const struct mask_value *value)
{
    if (hits->count == hits->capacity) {
        size_t capacity = hits->capacity > 0 ? 2 * hits->capacity : 16;
        struct hit *items = ais_arena_alloc(hits->masker->arena, capacity * sizeof *items);
        if (items == NULL) {
            hits->masker->failed = true;
            return;
        }
        if (hits->count > 0)
            memcpy(items, hits->items, hits->count * sizeof *items);
        hits->items = items;
        hits->capacity = capacity;
    }
    hits->items[hits->count++] = (struct hit){ begin, begin + n, value };
}

static void find_form(struct hits *hits, struct ais_audit_text text, struct ais_audit_text form,
                      const struct mask_value *value)
{
    if (form.bytes == NULL || form.n > text.n || (form.n < MASK_SHORTEST && form.n != text.n))
        return;
    const char *at = text.bytes, *end = text.bytes + text.n;
    while ((at = memmem(at, (size_t)(end - at), form.bytes, form.n)) != NULL) {
        add_hit(hits, (size_t)(at - text.bytes), form.n, value);
        at += form.n;
    }
}

static void find_values(struct hits *hits, struct ais_audit_text text)
{
    for (size_t i = 0; i < hits->masker->count; i++)
        for (size_t form = 0; form < MASK_FORMS; form++)
            find_form(hits, text, hits->masker->values[i].forms[form], &hits->masker->values[i]);
}

static int by_place(const void *a_, const void *b_)
{
    const struct hit *a = a_, *b = b_;
    if (a->begin != b->begin)
        return a->begin < b->begin ? -1 : 1;
    return a->end == b->end ? 0 : a->end > b->end ? -1 : 1;
}

/* What stands where several values overlap: each of them once. */
static void add_tokens(const struct hit *hits, size_t count, struct ais_buf *out)
{
    for (size_t i = 0; i < count; i++) {
        size_t before = 0;
        while (before < i && hits[before].value != hits[i].value)
            before++;
        if (before == i)
            ais_buf_add(out, hits[i].value->token.bytes, hits[i].value->token.n);
    }
}

static void replace(const struct hits *hits, struct ais_audit_text text, struct ais_buf *out)
{
    size_t done = 0;
    qsort(hits->items, hits->count, sizeof *hits->items, by_place);
    for (size_t i = 0; i < hits->count;) {
        size_t end = hits->items[i].end, next = i + 1;
        for (; next < hits->count && hits->items[next].begin < end; next++)
            if (hits->items[next].end > end)
                end = hits->items[next].end;
        ais_buf_add(out, text.bytes + done, hits->items[i].begin - done);
        add_tokens(hits->items + i, next - i, out);
        done = end;
        i = next;
    }
    ais_buf_add(out, text.bytes + done, text.n - done);
}

static void find_in_layer(void *arg, const char *layer, size_t n)
{
    struct hits *hits = arg;
    find_values(hits, (struct ais_audit_text){ layer, n });
}

/* Copies what was built into the arena. */
static struct ais_audit_text keep(struct ais_masker *masker, const struct ais_buf *built)
{
    const char *copy = built->failed ? NULL : ais_arena_copy(masker->arena, built->data, built->length);
    masker->failed = masker->failed || copy == NULL;
    return (struct ais_audit_text){ copy, copy != NULL ? built->length : 0 };
}

/* The text with every value replaced that it shows as it is. */
static struct ais_audit_text replace_shown(struct ais_masker *masker, struct ais_audit_text text)
{
    AUTO(ais_buf_done) struct ais_buf out = { 0 };
    struct hits hits = { .masker = masker };
    find_values(&hits, text);
    if (masker->failed || hits.count == 0)
        return text;
    replace(&hits, text, &out);
    return keep(masker, &out);
}

struct ais_audit_text mask_text(struct ais_masker *masker, struct ais_audit_text text, bool encoded)
{
    static const char unread[] = "unread";
    AUTO(ais_buf_done) struct ais_buf out = { 0 };
    struct hits hidden = { .masker = masker };
    if (text.bytes == NULL || text.n == 0 || masker->failed)
        return text;
    if (masker->overflow)
        return mask_token(masker, text.bytes, text.n, unread, sizeof unread - 1);
    struct ais_audit_text shown = replace_shown(masker, text);
    if (!encoded || masker->failed)
        return shown;
    /* What is left may hide values still. */
    if (!mask_layers(masker, shown.bytes, shown.n, find_in_layer, &hidden))
        return mask_token(masker, text.bytes, text.n, unread, sizeof unread - 1);
    if (masker->failed || hidden.count == 0)
        return shown;
    add_tokens(hidden.items, hidden.count, &out);
    return keep(masker, &out);
}
