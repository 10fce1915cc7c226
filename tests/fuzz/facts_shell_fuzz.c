/* A text as the command of a shell, and of a tool that is named after a program. Values belong to elements in order,
 * none is missing its element, and what is not understood within the bounds is said to be. */
#include "shared/policy/facts/view.h"

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* Mentions are pieces of the request's strings: a comment is one, and there need be no command for it. */
static void check_list(const struct ais_part *part, unsigned number)
{
    const struct ais_part_list *list = &part->lists[number];
    size_t bytes = 0;
    for (size_t i = 0; i < list->count; i++) {
        const struct ais_value *value = &list->items[i];
        bool misplaced = value->element >= part->elements || (i > 0 && value->element < list->items[i - 1].element);
        if (misplaced && number != AIS_SHELL_MENTIONS)
            abort();
        for (size_t k = 0; k < value->length; k += 64)
            bytes += value->text[k] != '\0'; /* each is there to be read */
    }
    if (bytes > 1 << 24)
        abort();
}

static void understand(const char *tool_name, const uint8_t *data, size_t size)
{
    AUTO(ais_arena_destroy) struct ais_arena *arena = ais_arena_new(0);
    const char *text = ais_arena_copy(arena, data, size);
    struct ais_json command = {
        .kind = AIS_JSON_STRING, .text = text, .length = (uint32_t)size, .key = "command", .key_length = 7
    };
    struct ais_json args = { .kind = AIS_JSON_OBJECT, .first = &command, .count = 1 };
    struct ais_json tool = { .kind = AIS_JSON_STRING, .text = tool_name, .length = (uint32_t)strlen(tool_name) };
    const struct ais_request request = { .tool_name = &tool, .tool_args = &args };
    const struct ais_question question = { .request = &request };
    struct ais_view view;
    ais_view_begin(&view, &question, arena);
    const struct ais_part *part = ais_view_part(&view, AIS_PART_SHELL);
    if (view.failed || part->elements > 2 * 4096) /* a command, and what another one makes of a text for it */
        abort();
    for (unsigned i = 0; i < AIS_PART_LISTS; i++)
        check_list(part, i);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    understand("bash", data, size);
    understand("git_push", data, size); /* a tool that is named after a program */
    return 0;
}
