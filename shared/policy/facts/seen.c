#include "shared/policy/facts/seen.h"

#include "shared/policy/facts/words.h"

#include <string.h>

/* How many hashes are compared in a step of work. */
enum { HASHES_A_STEP = 2 };

static bool is_same(const struct ais_seen_text *a, const struct ais_seen_text *b)
{
    return a->hash == b->hash && a->length == b->length && a->tag == b->tag && memcmp(a->text, b->text, a->length) == 0;
}

bool ais_seen_before(struct ais_seen *seen, struct ais_view *view, struct ais_part *part, const char *text, size_t n,
                     unsigned tag)
{
    const struct ais_seen_text given = { text, n, ais_word_hash(text, n), tag };
    if (!ais_part_spend(view, part, n + (seen->looks ? seen->count / HASHES_A_STEP : 0)))
        return true;
    for (size_t i = 0; seen->looks && i < seen->count; i++)
        if (is_same(&seen->items[i], &given))
            return true;
    struct ais_seen_text *items = ais_view_grow(view, seen->items, seen->count, &seen->capacity, sizeof *items);
    if (items == NULL)
        return true;
    seen->items = items;
    seen->items[seen->count++] = given;
    return false;
}
