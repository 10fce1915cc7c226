#include "shared/policy/ops/place.h"
#include "shared/text/ascii.h"

#include <stdlib.h>
#include <string.h>

struct ais_place *ais_place_new(const char *text, size_t n, bool cased)
{
    struct ais_place *place = calloc(1, sizeof *place + 2 * n + 2);
    if (place == NULL)
        return NULL;
    place->cased = cased;
    place->length = n;
    place->text = (char *)(place + 1);
    place->folded = place->text + n + 1;
    memcpy(place->text, text, n);
    for (size_t i = 0; i < n; i++)
        place->folded[i] = ais_lower(text[i]);
    return place;
}

void ais_place_tell(struct ais_place *place, size_t from, size_t length)
{
    if (length == 0 || memchr(place->folded + from, '\0', length) != NULL)
        return;
    if (length > AIS_LITERAL_LONGEST)
        length = AIS_LITERAL_LONGEST;
    place->literal = (struct ais_literal){ place->folded + from, length };
    place->literals = (struct ais_literals){ .items = &place->literal, .count = 1 };
}

bool ais_place_equal(const struct ais_place *place, const char *text)
{
    for (size_t i = 0; i < place->length; i++)
        if (place->cased ? text[i] != place->text[i] : ais_lower(text[i]) != place->folded[i])
            return false;
    return true;
}

const struct ais_literals *ais_place_literals(const void *pattern)
{
    const struct ais_place *place = pattern;
    return &place->literals;
}

void ais_place_destroy(void **pattern)
{
    free(*pattern);
    *pattern = NULL;
}
