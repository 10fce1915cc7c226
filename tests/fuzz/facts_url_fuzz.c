/* The name of an argument, a line break, its value: the part URL of such a request. */
#include "shared/mem/buf.h"
#include "shared/policy/facts/view.h"

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static struct ais_json string_of(const char *key, const char *text, size_t n)
{
    return (struct ais_json){ .kind = AIS_JSON_STRING, .key = key, .text = text, .length = (uint32_t)n };
}

static char *copy_of(const uint8_t *bytes, size_t n)
{
    char *copy = malloc(n + 1);
    if (copy == NULL)
        abort();
    memcpy(copy, bytes, n);
    copy[n] = '\0';
    return copy;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const uint8_t *line = size > 0 ? memchr(data, '\n', size) : NULL;
    size_t key_n = line != NULL ? (size_t)(line - data) : 0, skip = line != NULL ? key_n + 1 : 0;
    char *key = copy_of(data, key_n), *text = copy_of(data + skip, size - skip);
    AUTO(ais_arena_destroy) struct ais_arena *arena = ais_arena_new(0);
    struct ais_json tool = string_of(NULL, "fetch_url", 9), value = string_of(key, text, size - skip);
    struct ais_json args = { .kind = AIS_JSON_OBJECT, .first = &value, .count = 1 };
    struct ais_request request = { .tool_name = &tool, .tool_args = &args };
    struct ais_question question = { .request = &request };
    struct ais_view view;
    ais_view_begin(&view, &question, arena);
    const struct ais_part *part = ais_view_part(&view, AIS_PART_URL);
    for (size_t i = 0; i < AIS_PART_LISTS; i++)
        for (size_t k = 0; k < part->lists[i].count; k++)
            if (part->lists[i].items[k].element >= part->elements || part->lists[i].items[k].text == NULL)
                abort();
    free(key);
    free(text);
    return 0;
}
