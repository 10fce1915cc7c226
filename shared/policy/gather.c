/* What a decision scans for literals: every text that some predicate may see, each once. */
#include "shared/policy/engine.h"

#include <string.h>

/* Between two texts that are scanned: a byte that no UTF-8 text holds, so that no literal spans two of them. */
#define SEPARATOR ((char)0xff)

/* Parts show again what the request holds, whole or in pieces: words of a command, values that several parts show. The
 * literals of such a value are found where it stands already. */
struct gathering {
    struct ais_buf *text;
    struct ais_value taken[32]; /* those that were gathered last; what lies within one of them is gathered too */
    size_t taken_count, last;   /* all of them; in which one a value was found last */
    struct ais_value longest;   /* of all: of what is as long as a body a second scan costs as much as a part */
    size_t looked;              /* values that were looked for in the text */
    size_t place;               /* where one of these was found last: words of a command come in their order */
};

/* Both texts live until the decision ends, so that the place of one tells that it is part of the other. */
static bool is_within(const struct ais_value *value, const struct ais_value *of)
{
    uintptr_t begin = (uintptr_t)of->text, at = (uintptr_t)value->text;
    return at >= begin && value->length <= of->length && at - begin <= of->length - value->length;
}

/* How many of those that were taken are remembered: of many values, the words of one command at most. */
static size_t remembered(const struct gathering *g)
{
    enum { MANY = 1024, FEW = 4 };
    return g->taken_count < MANY ? N_ELEMS(g->taken) : FEW;
}

static bool is_taken(struct gathering *g, const struct ais_value *value)
{
    size_t most = g->taken_count < N_ELEMS(g->taken) ? g->taken_count : remembered(g);
    if (most > 0 && is_within(value, &g->taken[g->last]))
        return true;
    for (size_t i = 0; i < most; i++)
        if (is_within(value, &g->taken[i])) {
            g->last = i;
            return true;
        }
    return is_within(value, &g->longest) || (value->length == g->longest.length && value->length > 0 &&
                                             memcmp(value->text, g->longest.text, value->length) == 0);
}

static void take(struct gathering *g, const struct ais_value *value)
{
    g->last = g->taken_count++ % remembered(g);
    g->taken[g->last] = *value;
    if (value->length > g->longest.length)
        g->longest = *value;
}

/* Whether it stands in the text between two places, as far as a few tries tell. */
static bool stands_between(struct gathering *g, const struct ais_value *value, size_t from, size_t to)
{
    enum { TRIES = 16 };
    const char *text = g->text->data, *at = text + from, *end = text + to;
    for (int i = 0; i < TRIES && (size_t)(end - at) >= value->length; i++, at++) {
        at = memchr(at, value->text[0], (size_t)(end - at) - value->length + 1);
        if (at == NULL)
            return false;
        if (memcmp(at, value->text, value->length) == 0) {
            g->place = (size_t)(at - text);
            return true;
        }
    }
    return false;
}

/* Only the first values, among the first of the text: of a long request it is cheaper to scan. */
static bool stands_there(struct gathering *g, const struct ais_value *value)
{
    enum { VALUES_MOST = 64, BYTES_MOST = 1024 };
    size_t n = g->text->length < BYTES_MOST ? g->text->length : BYTES_MOST;
    size_t around = g->place + value->length < n ? g->place + value->length : n; /* so that none is cut by the place */
    if (g->looked++ >= VALUES_MOST || value->length > n)
        return false;
    return stands_between(g, value, g->place, n) || stands_between(g, value, 0, around);
}

/* Appends what is not gathered yet; false when it is beyond what a scan may cost. */
static bool gather_value(struct gathering *g, const struct ais_value *value)
{
    if (value->length == 0 || is_taken(g, value))
        return true;
    if (!stands_there(g, value)) {
        if (value->length >= AIS_SCAN_MOST - g->text->length)
            return false;
        ais_buf_add(g->text, value->text, value->length);
        ais_buf_byte(g->text, SEPARATOR);
    }
    take(g, value);
    return !g->text->failed;
}

void ais_engine_gather(struct ais_engine *engine)
{
    struct ais_values *values = &engine->values;
    struct gathering g = { .text = &engine->text, .longest = { .text = "" } };
    ais_buf_clear(&engine->text);
    for (uint32_t i = 0; i < AIS_SOURCE_COUNT; i++) {
        if ((engine->policy->sources & 1U << i) == 0)
            continue;
        values->count = values->first = 0;
        values->unknown = NULL;
        ais_source_show(i, &engine->view, values);
        bool whole = values->unknown == NULL;
        for (size_t k = 0; k < values->count; k++)
            if (!gather_value(&g, &values->items[k]))
                whole = false;
        if (!whole)
            engine->unknown_sources |= 1U << i;
    }
    engine->work += AIS_STEPS_A_SCANNED_BYTE * engine->text.length;
    values->count = 0;
}
