/* len: how many characters the text has. A character is a code point, or a stray byte. */
#include "shared/policy/ops/rows.h"
#include "shared/policy/regex/units.h"

#include <stdio.h>

static size_t measure(const struct ais_value *value, struct ais_op_scratch *scratch, char ret[AIS_MEASURE_ROOM])
{
    const unsigned char *at = (const unsigned char *)value->text, *end = at + value->length;
    size_t count = 0;
    (void)scratch;
    for (; at < end; count++)
        ais_unit_next(&at, end);
    return (size_t)snprintf(ret, AIS_MEASURE_ROOM, "%zu", count);
}

const struct ais_op ais_op_len = { .name = "len", .measure = measure };
