/* A text as the statement of a database tool, as a value of a lookup, and as a command. Whatever it is, it is read
 * within the bounds, and lists stay in the order of their elements. */
#include "shared/policy/facts/view.h"

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check_order(const struct ais_part *part)
{
    for (size_t i = 0; i < AIS_PART_LISTS; i++)
        for (size_t k = 0; k < part->lists[i].count; k++) {
            uint32_t element = part->lists[i].items[k].element;
            if (element >= part->elements || (k > 0 && element < part->lists[i].items[k - 1].element))
                abort();
        }
}

static void understand(const char *tool, const char *key, const char *text, size_t n)
{
    AUTO(ais_arena_destroy) struct ais_arena *arena = ais_arena_new(0);
    const struct ais_json name = { .kind = AIS_JSON_STRING, .text = tool, .length = (uint32_t)strlen(tool) };
    const struct ais_json value = {
        .kind = AIS_JSON_STRING, .text = text, .length = (uint32_t)n, .key = key, .key_length = (uint32_t)strlen(key)
    };
    const struct ais_json arguments = { .kind = AIS_JSON_OBJECT, .first = &value, .count = 1 };
    const struct ais_request request = { .tool_name = &name, .tool_args = &arguments };
    const struct ais_question question = { .request = &request };
    struct ais_view view;
    ais_view_begin(&view, &question, arena);
    check_order(ais_view_part(&view, AIS_PART_SQL));
    if (view.failed)
        abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    char *text = malloc(size + 1); /* exactly as long as it says: sanitizers see what reads beyond */
    if (text == NULL)
        abort();
    memcpy(text, data, size);
    text[size] = '\0';
    understand("query_db", "sql", text, size);
    understand("mysql_query", "query", text, size);
    understand("postgres", "statement", text, size);
    understand("find_user", "name", text, size);
    understand("bash", "command", text, size);
    free(text);
    return 0;
}
