/* What a decision scans for literals: every text that some predicate may see, each once. */
#include "shared/policy/engine.h"

#include <string.h>

/* Between two texts that are scanned: a byte that no UTF-8 text holds, so that no literal spans two of them. */
#define SEPARATOR ((char)0xff)

/* Whether it stands in what is gathered already, so that its literals are found there: words of a command, values that
 * several parts show. Only among the first of them: of a long request it is cheaper to scan. */
static bool is_gathered(const struct ais_buf *text, const struct ais_value *value, size_t looked)
{
    enum { VALUES_MOST = 64, BYTES_MOST = 1024 };
    if (looked > VALUES_MOST || value->length > text->length)
        return false;
    size_t n = text->length < BYTES_MOST ? text->length : BYTES_MOST;
    return memmem(text->data, n, value->text, value->length) != NULL;
}

/* The longest text that is gathered. Parts show it again, whole or in pieces: of what is as long as a body a second
 * scan costs as much as a part. */
static bool is_of_longest(const struct ais_value *longest, const struct ais_value *value)
{
    uintptr_t begin = (uintptr_t)longest->text, at = (uintptr_t)value->text;
    if (value->length > longest->length)
        return false;
    if (at >= begin && at - begin <= longest->length - value->length)
        return true;
    return value->length == longest->length && memcmp(value->text, longest->text, value->length) == 0;
}

/* Appends what is not gathered yet; false when it is beyond what a scan may cost. */
static bool gather_value(struct ais_engine *engine, const struct ais_value *value, struct ais_value *longest)
{
    if (is_of_longest(longest, value))
        return true;
    if (value->length >= AIS_SCAN_MOST - engine->text.length)
        return false;
    ais_buf_add(&engine->text, value->text, value->length);
    ais_buf_byte(&engine->text, SEPARATOR);
    if (value->length > longest->length)
        *longest = *value;
    return !engine->text.failed;
}

void ais_engine_gather(struct ais_engine *engine)
{
    struct ais_values *values = &engine->values;
    struct ais_value longest = { .text = "" };
    size_t looked = 0;
    ais_buf_clear(&engine->text);
    for (uint32_t i = 0; i < AIS_SOURCE_COUNT; i++) {
        if ((engine->policy->sources & 1U << i) == 0)
            continue;
        values->count = values->first = 0;
        values->unknown = NULL;
        ais_source_show(i, &engine->view, values);
        bool whole = values->unknown == NULL;
        for (size_t k = 0; k < values->count; k++)
            if (!is_gathered(&engine->text, &values->items[k], looked++) &&
                !gather_value(engine, &values->items[k], &longest))
                whole = false;
        if (!whole)
            engine->unknown_sources |= 1U << i;
    }
    engine->work += AIS_STEPS_A_SCANNED_BYTE * engine->text.length;
    values->count = 0;
}
