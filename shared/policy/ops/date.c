/* minute, hour, day, week, month, year: that part of the date or time which the text is. */
#include "shared/policy/ops/moment.h"
#include "shared/policy/ops/rows.h"

#include <stdio.h>

static size_t measure(const struct ais_value *value, enum ais_moment_part part, char ret[AIS_MEASURE_ROOM])
{
    struct ais_moment moment;
    if (!ais_moment_read(value->text, value->length, &moment) || moment.parts[part] < 0)
        return 0;
    return (size_t)snprintf(ret, AIS_MEASURE_ROOM, "%d", moment.parts[part]);
}

/* One row a part. */
#define X(part, at_least, at_most)                                                              \
    static size_t part##_measure(const struct ais_value *value, struct ais_op_scratch *scratch, \
                                 char ret[AIS_MEASURE_ROOM])                                    \
    {                                                                                           \
        (void)scratch;                                                                          \
        return measure(value, AIS_MOMENT_##part, ret);                                          \
    }                                                                                           \
    const struct ais_op ais_op_##part = {                                                       \
        .name = #part, .measure = part##_measure, .least = (at_least), .most = (at_most)        \
    };
AIS_MOMENT_PARTS(X)
#undef X
