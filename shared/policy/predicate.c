#include "shared/policy/predicate.h"
#include "shared/json/utf8.h"
#include "shared/mem/buf.h"
#include "shared/policy/intern.h"

#include <stdlib.h>

struct ais_predicates *ais_predicates_new(void)
{
    struct ais_predicates *predicates = calloc(1, sizeof *predicates);
    if (predicates == NULL)
        return NULL;
    predicates->arena = ais_arena_new(0);
    predicates->field_names = ais_intern_new();
    predicates->predicate_keys = ais_intern_new();
    predicates->key = calloc(1, sizeof *predicates->key);
    if (predicates->arena == NULL || predicates->field_names == NULL || predicates->predicate_keys == NULL ||
        predicates->key == NULL)
        ais_predicates_destroy(&predicates);
    return predicates;
}

void ais_predicates_seal(struct ais_predicates *predicates)
{
    ais_intern_destroy(&predicates->field_names);
    ais_intern_destroy(&predicates->predicate_keys);
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
        self->items[i].op->destroy(&self->items[i].pattern);
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

/* Everything that makes two predicates the same. */
static uint32_t number_of(struct ais_predicates *predicates, uint32_t field, struct ais_op_use use,
                          const struct ais_json *value, bool *ret_new)
{
    struct ais_buf *key = predicates->key;
    uint32_t head[] = { field, use.flags & ~(unsigned)AIS_FLAG_ALL, (uint32_t)value->kind };
    ais_buf_clear(key);
    ais_buf_add(key, head, sizeof head);
    ais_buf_text(key, use.op->name);
    ais_buf_byte(key, '\0');
    if (value->text != NULL)
        ais_buf_add(key, value->text, value->length);
    return key->failed ? AIS_INTERN_FAILED
                       : ais_intern_add(predicates->predicate_keys, key->data, key->length, ret_new);
}

/* Notes what people are shown of it; false when memory is out. */
static bool describe(struct ais_predicates *predicates, struct ais_predicate *predicate, const struct ais_op_use *use,
                     const struct ais_json *value)
{
    size_t shown = ais_utf8_cut(value->text != NULL ? value->text : "", value->length, AIS_PREDICATE_SHOWN);
    predicate->flags = use->flags & ~(unsigned)AIS_FLAG_ALL;
    predicate->text = value->text != NULL ? ais_arena_copy(predicates->arena, value->text, shown) : "null";
    return predicate->text != NULL;
}

enum ais_err ais_predicates_add(struct ais_predicates *predicates, uint32_t field, struct ais_op_use use,
                                const struct ais_json *value, uint32_t *ret, struct ais_why *why)
{
    bool is_new;
    void *items = predicates->items;
    if (!make_room(&items, predicates->count, &predicates->capacity, sizeof *predicates->items))
        return no_memory(why);
    predicates->items = items;
    uint32_t id = number_of(predicates, field, use, value, &is_new);
    if (id == AIS_INTERN_FAILED)
        return no_memory(why);
    struct ais_predicate *predicate = &predicates->items[id];
    if (is_new) {
        *predicate = (struct ais_predicate){ .field = field, .op = use.op };
        predicates->count++;
        if (!describe(predicates, predicate, &use, value))
            return no_memory(why);
    }
    if (predicate->pattern == NULL)
        TRY(use.op->compile(value, use.flags, &predicate->pattern, why));
    *ret = id;
    return AIS_OK;
}
