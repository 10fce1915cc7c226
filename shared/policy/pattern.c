#include "shared/policy/pattern.h"

#include "shared/policy/intern.h"

#include <stdlib.h>
#include <string.h>

/* Without what op makes, and with one owner; NULL: no memory. */
static struct ais_pattern *blank(void)
{
    struct ais_pattern *pattern = calloc(1, sizeof *pattern);
    if (pattern != NULL)
        atomic_init(&pattern->references, 1);
    return pattern;
}

static enum ais_err no_memory(struct ais_why *why)
{
    return ais_fail(why, AIS_E_NOMEM, "out of memory for rules");
}

enum ais_err ais_pattern_new(const struct ais_op_use *use, const struct ais_json *values, size_t n,
                             const unsigned char key[AIS_DIGEST_SIZE], struct ais_arena *work, struct ais_pattern **ret,
                             struct ais_why *why)
{
    AUTO(ais_pattern_unref) struct ais_pattern *pattern = blank();
    if (pattern == NULL)
        return no_memory(why);
    memcpy(pattern->key, key, sizeof pattern->key);
    TRY(ais_op_compile(use, values, n, work, &pattern->op, &pattern->made, why));
    pattern->weight = ais_op_weight(pattern->op, pattern->made);
    *ret = TAKE(pattern);
    return AIS_OK;
}

enum ais_err ais_pattern_new_reference(const struct ais_op_use *use, struct ais_pattern **ret, struct ais_why *why)
{
    AUTO(ais_pattern_unref) struct ais_pattern *pattern = blank();
    if (pattern == NULL)
        return no_memory(why);
    TRY(ais_reference_new(use, &pattern->op, &pattern->made, why));
    pattern->weight = 1;
    *ret = TAKE(pattern);
    return AIS_OK;
}

struct ais_pattern *ais_pattern_ref(struct ais_pattern *pattern)
{
    atomic_fetch_add_explicit(&pattern->references, 1, memory_order_relaxed);
    return pattern;
}

void ais_pattern_unref(struct ais_pattern **pattern)
{
    struct ais_pattern *self = *pattern;
    *pattern = NULL;
    if (self == NULL || atomic_fetch_sub_explicit(&self->references, 1, memory_order_acq_rel) > 1)
        return;
    if (self->made != NULL)
        self->op->destroy(&self->made);
    free(self);
}

/* ---- tables ---- */

struct ais_patterns {
    struct ais_intern *keys;    /* owned */
    struct ais_pattern **items; /* owned, but not what it leads to; by the number of its key */
    size_t count, capacity;
};

struct ais_patterns *ais_patterns_new(void)
{
    struct ais_patterns *table = calloc(1, sizeof *table);
    if (table == NULL)
        return NULL;
    table->keys = ais_intern_new();
    if (table->keys == NULL)
        ais_patterns_destroy(&table);
    return table;
}

void ais_patterns_destroy(struct ais_patterns **table)
{
    if (*table == NULL)
        return;
    ais_intern_destroy(&(*table)->keys);
    free((*table)->items);
    free(*table);
    *table = NULL;
}

bool ais_patterns_add(struct ais_patterns *table, struct ais_pattern *pattern)
{
    bool is_new;
    if (table->count == table->capacity) {
        size_t capacity = table->capacity > 0 ? 2 * table->capacity : 64;
        struct ais_pattern **grown = realloc(table->items, capacity * sizeof(struct ais_pattern *));
        if (grown == NULL)
            return false;
        table->items = grown;
        table->capacity = capacity;
    }
    if (ais_intern_add(table->keys, pattern->key, sizeof pattern->key, &is_new) == AIS_INTERN_FAILED)
        return false;
    if (is_new)
        table->items[table->count++] = pattern;
    return true;
}

struct ais_pattern *ais_patterns_find(const struct ais_patterns *table, const unsigned char key[AIS_DIGEST_SIZE])
{
    uint32_t number;
    return ais_intern_find(table->keys, key, AIS_DIGEST_SIZE, &number) ? table->items[number] : NULL;
}
