/* entropy: Shannon's, of the text's characters, in bits a character; six digits behind the point. What people write has
 * 3 to 4.5, what is random among 64 characters comes close to 6. */
#include "shared/policy/ops/rows.h"
#include "shared/policy/regex/units.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>

/* The sum of c x log2(c) over the counts c of all characters, each of which is taken out again. */
static double take_out(uint32_t *counts, const unsigned char *at, const unsigned char *end)
{
    double sum = 0;
    while (at < end) {
        uint32_t *count = &counts[ais_unit_next(&at, end)];
        if (*count > 0)
            sum += *count * log2(*count);
        *count = 0;
    }
    return sum;
}

static size_t measure(const struct ais_value *value, struct ais_op_scratch *scratch, char ret[AIS_MEASURE_ROOM])
{
    const unsigned char *begin = (const unsigned char *)value->text, *end = begin + value->length;
    size_t n = 0;
    if (scratch->counts == NULL)
        scratch->counts = calloc(AIS_UNIT_LAST + 1, sizeof *scratch->counts);
    if (scratch->counts == NULL)
        return AIS_MEASURE_FAILED;
    for (const unsigned char *at = begin; at < end; n++)
        scratch->counts[ais_unit_next(&at, end)]++;
    double sum = take_out(scratch->counts, begin, end);
    double bits = n > 0 ? log2((double)n) - sum / (double)n : 0;
    return (size_t)snprintf(ret, AIS_MEASURE_ROOM, "%.6f", bits > 0 ? bits : 0);
}

const struct ais_op ais_op_entropy = { .name = "entropy", .measure = measure };
