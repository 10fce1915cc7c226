/* A line of metrics.enc, inside its token: refused whole, or taken; and what was taken is written as a line that says
 * the same. */
#include "services/metrics/series_line.h"

#include <stdint.h>
#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static const struct ais_user_key key = { "fuzzing, 16 byte" };
static struct ais_metrics scratch;

static void check_again(const struct series_line *line, struct ais_arena *arena)
{
    AUTO(ais_buf_done) struct ais_buf text = { 0 }, second = { 0 };
    struct series_line again;
    series_line_write_point(&text, &line->point, line->resolution_s, &key, &scratch);
    if (text.failed)
        return;
    if (series_line_read(arena, text.data, text.length, &key, &scratch, &again, NULL) != AIS_OK)
        abort();
    series_line_write_point(&second, &again.point, again.resolution_s, &key, &scratch);
    if (again.resolution_s != line->resolution_s || again.point.begin_s != line->point.begin_s ||
        (!second.failed && (second.length != text.length || memcmp(second.data, text.data, text.length) != 0)))
        abort();
    series_point_done(&again.point);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct series_line line;
    struct ais_why why = { 0 };
    AUTO(ais_arena_destroy) struct ais_arena *arena = ais_arena_new(64 << 20);
    if (arena == NULL)
        return 0;
    if (series_line_read(arena, (const char *)data, size, &key, &scratch, &line, &why) != AIS_OK) {
        if (why.text[0] == '\0')
            abort();
        return 0;
    }
    if (!line.is_header)
        check_again(&line, arena);
    series_point_done(&line.point);
    return 0;
}
