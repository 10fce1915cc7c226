#include "shared/policy/predicate.h"
#include "shared/json/utf8.h"
#include "shared/mem/buf.h"
#include "shared/policy/intern.h"
#include "shared/policy/ops/rows.h"

#include <stdlib.h>

enum { FIELDS_IN_KEY = 2 };

static bool know_patterns(struct ais_patterns *table, const struct ais_predicates *like)
{
    for (size_t i = 0; like != NULL && i < like->count; i++)
        if (like->items[i].other == AIS_FIELD_NONE && !ais_patterns_add(table, like->items[i].shared))
            return false;
    return true;
}

struct ais_predicates *ais_predicates_new(const struct ais_predicates *like)
{
    struct ais_predicates *predicates = calloc(1, sizeof *predicates);
    if (predicates == NULL)
        return NULL;
    predicates->arena = ais_arena_new(0);
    predicates->field_names = ais_intern_new();
    predicates->predicate_keys = ais_intern_new();
    predicates->key = calloc(1, sizeof *predicates->key);
    predicates->patterns = ais_patterns_new();
    predicates->work = ais_regex_work_new();
    if (predicates->arena == NULL || predicates->field_names == NULL || predicates->predicate_keys == NULL ||
        predicates->key == NULL || predicates->patterns == NULL || predicates->work == NULL ||
        !know_patterns(predicates->patterns, like))
        ais_predicates_destroy(&predicates);
    return predicates;
}

void ais_predicates_seal(struct ais_predicates *predicates)
{
    ais_intern_destroy(&predicates->field_names);
    ais_intern_destroy(&predicates->predicate_keys);
    ais_patterns_destroy(&predicates->patterns);
    ais_arena_destroy(&predicates->work);
    if (predicates->key != NULL)
        ais_buf_done(predicates->key);
    free(predicates->key);
    predicates->key = NULL;
}

void ais_predicates_destroy(struct ais_predicates **predicates)
{
    struct ais_predicates *self = *predicates;
    if (self == NULL)
        return;
    for (size_t i = 0; i < self->count; i++)
        ais_pattern_unref(&self->items[i].shared);
    free(self->items);
    free(self->fields);
    ais_predicates_seal(self);
    ais_arena_destroy(&self->arena);
    free(self);
    *predicates = NULL;
}

/* Room for one element more in an array of `size`-byte elements; false when memory is out. */
static bool make_room(void **array, size_t count, size_t *capacity, size_t size)
{
    if (count < *capacity)
        return true;
    size_t wanted = *capacity > 0 ? 2 * *capacity : 64;
    void *grown = realloc(*array, wanted * size);
    if (grown == NULL)
        return false;
    *array = grown;
    *capacity = wanted;
    return true;
}

static enum ais_err no_memory(struct ais_why *why)
{
    return ais_fail(why, AIS_E_NOMEM, "out of memory for rules");
}

/* Fields and predicates take their place before they are understood, so that numbers are places. What was refused keeps
 * an empty place, and is refused again where it stands again: every fault is told, and the pack is refused anyway. */
enum ais_err ais_predicates_field(struct ais_predicates *predicates, const char *text, size_t n, uint32_t *ret,
                                  struct ais_why *why)
{
    void *fields = predicates->fields;
    if (!make_room(&fields, predicates->field_count, &predicates->field_capacity, sizeof *predicates->fields))
        return no_memory(why);
    predicates->fields = fields;
    bool is_new;
    uint32_t id = ais_intern_add(predicates->field_names, text, n, &is_new);
    if (id == AIS_INTERN_FAILED)
        return no_memory(why);
    struct ais_field *field = &predicates->fields[id];
    if (is_new) {
        *field = (struct ais_field){ .text = n > 0 ? ais_arena_copy(predicates->arena, text, n) : "request" };
        predicates->field_count++;
        if (field->text == NULL)
            return no_memory(why);
    }
    if (field->fact == NULL && n == 0)
        field->fact = ais_fact_anywhere;
    else if (field->fact == NULL)
        TRY(ais_fact_parse(predicates->arena, text, n, &field->fact, &field->path, why));
    *ret = id;
    return AIS_OK;
}

/* Everything that makes two predicates the same, but for their values: their fields, and what makes two patterns the
 * same. */
static void begin_key(struct ais_predicates *predicates, uint32_t field, const struct ais_op_use *use, uint32_t other)
{
    struct ais_buf *key = predicates->key;
    uint32_t fields[FIELDS_IN_KEY] = { field, other };
    uint32_t flags = use->flags & ~(unsigned)(AIS_FLAG_ALL | AIS_FLAG_EXPAND);
    ais_buf_clear(key);
    ais_buf_add(key, fields, sizeof fields);
    ais_buf_add(key, &flags, sizeof flags);
    for (size_t i = 0; i < use->transform_count; i++)
        ais_buf_format(key, "%s|", use->transforms[i]->name);
    ais_buf_format(key, "%s|%s", use->measure != NULL ? use->measure->name : "", use->op->name);
}

/* Notes what people are shown of its values; false when memory is out. */
static bool describe(struct ais_predicates *predicates, struct ais_predicate *predicate, const struct ais_json *values,
                     size_t n)
{
    char text[AIS_PREDICATE_SHOWN + 1];
    size_t used = 0;
    for (size_t i = 0; i < n && used < AIS_PREDICATE_SHOWN; i++) {
        const char *value = values[i].text != NULL ? values[i].text : "null";
        size_t length = values[i].text != NULL ? values[i].length : strlen(value);
        const char *const pieces[] = { i > 0 ? ", " : "", value };
        const size_t lengths[] = { strlen(pieces[0]), length };
        for (size_t k = 0; k < N_ELEMS(pieces); k++) {
            size_t shown = ais_utf8_cut(pieces[k], lengths[k], AIS_PREDICATE_SHOWN - used);
            memcpy(text + used, pieces[k], shown);
            used += shown;
        }
    }
    predicate->shown = ais_arena_copy(predicates->arena, text, used);
    return predicate->shown != NULL;
}

/* The lengths come first, so that no two lists of values look alike. */
static void add_to_key(struct ais_buf *key, const struct ais_json *value)
{
    uint64_t head[] = { (uint64_t)value->kind, value->text != NULL ? value->length : 0 };
    ais_buf_add(key, head, sizeof head);
    if (value->text != NULL)
        ais_buf_add(key, value->text, value->length);
}

/* The place of the predicate whose key is made; NULL when memory is out. */
static struct ais_predicate *place(struct ais_predicates *predicates, uint32_t *ret)
{
    bool is_new;
    void *items = predicates->items;
    bool room = make_room(&items, predicates->count, &predicates->capacity, sizeof *predicates->items);
    predicates->items = items;
    const struct ais_buf *key = predicates->key;
    *ret = room && !key->failed ? ais_intern_add(predicates->predicate_keys, key->data, key->length, &is_new)
                                : AIS_INTERN_FAILED;
    if (*ret == AIS_INTERN_FAILED)
        return NULL;
    if (is_new)
        predicates->items[predicates->count++] = (struct ais_predicate){ 0 };
    return &predicates->items[*ret];
}

static enum ais_err keep_value(struct ais_predicates *predicates, struct ais_predicate *predicate,
                               const struct ais_json *values, size_t n, struct ais_why *why)
{
    predicate->value_count = n;
    predicate->kind = values->kind;
    predicate->length = values->text != NULL ? values->length : 0;
    predicate->text = values->text != NULL ? ais_arena_copy(predicates->arena, values->text, values->length) : "";
    return predicate->text != NULL ? AIS_OK : no_memory(why);
}

static void tie(struct ais_predicate *predicate, struct ais_pattern *pattern)
{
    predicate->shared = pattern;
    predicate->op = pattern->op;
    predicate->pattern = pattern->made;
    predicate->weight = pattern->weight;
}

/* The pattern of the values whose key is made: one that is there, or a new one. */
static enum ais_err find_pattern(struct ais_predicates *predicates, struct ais_predicate *predicate,
                                 const struct ais_json *values, size_t n, struct ais_why *why)
{
    const size_t fields = FIELDS_IN_KEY * sizeof(uint32_t);
    unsigned char key[AIS_DIGEST_SIZE];
    ais_digest(predicates->key->data + fields, predicates->key->length - fields, key);
    struct ais_pattern *pattern = ais_patterns_find(predicates->patterns, key);
    if (pattern != NULL) {
        tie(predicate, ais_pattern_ref(pattern));
        return AIS_OK;
    }
    TRY(ais_pattern_new(&predicate->use, values, n, key, predicates->work, &pattern, why));
    tie(predicate, pattern);
    return ais_patterns_add(predicates->patterns, pattern) ? AIS_OK : no_memory(why);
}

enum ais_err ais_predicates_add(struct ais_predicates *predicates, uint32_t field, const struct ais_op_use *use,
                                const struct ais_json *values, size_t n, uint32_t *ret, struct ais_why *why)
{
    begin_key(predicates, field, use, AIS_FIELD_NONE);
    for (size_t i = 0; i < n; i++)
        add_to_key(predicates->key, &values[i]);
    struct ais_predicate *predicate = place(predicates, ret);
    if (predicate == NULL)
        return no_memory(why);
    predicate->field = field;
    predicate->other = AIS_FIELD_NONE;
    if (predicate->pattern != NULL)
        return AIS_OK;
    predicate->use = *use;
    TRY(keep_value(predicates, predicate, values, n, why));
    if (!describe(predicates, predicate, values, n))
        return no_memory(why);
    return find_pattern(predicates, predicate, values, n, why);
}

enum ais_err ais_predicates_add_reference(struct ais_predicates *predicates, uint32_t field,
                                          const struct ais_op_use *use, uint32_t other, uint32_t *ret,
                                          struct ais_why *why)
{
    begin_key(predicates, field, use, other);
    struct ais_predicate *predicate = place(predicates, ret);
    if (predicate == NULL)
        return no_memory(why);
    predicate->field = field;
    predicate->other = other;
    predicate->use = *use;
    predicate->text = "";
    predicate->shown = predicates->fields[other].text;
    if (predicate->pattern != NULL)
        return AIS_OK;
    struct ais_pattern *pattern = NULL;
    TRY(ais_pattern_new_reference(use, &pattern, why));
    tie(predicate, pattern);
    return AIS_OK;
}

const struct ais_literals *ais_predicate_literals(const struct ais_predicates *predicates, uint32_t number)
{
    const struct ais_predicate *predicate = &predicates->items[number];
    const struct ais_literals *first = predicate->op->literals(predicate->pattern);
    return predicates->fields[predicate->field].fact->sources == AIS_SOURCE_NONE || first->count == 0 ? NULL : first;
}

bool ais_predicate_is_blind(const struct ais_predicate *predicate)
{
    return predicate->op == &ais_op_re && predicate->op->literals(predicate->pattern)->count == 0;
}

unsigned ais_predicate_sources(const struct ais_predicates *predicates, uint32_t number)
{
    const struct ais_predicate *predicate = &predicates->items[number];
    unsigned sources = predicates->fields[predicate->field].fact->sources;
    return predicate->other == AIS_FIELD_NONE ? sources : sources | predicates->fields[predicate->other].fact->sources;
}
