/* Bytes of the log before they are read. Whatever they are, unescaping stays within bounds; of well-formed JSON the
 * text of every value is found in the result, because a search that does not find it there never reads the record. */
#include "shared/json/json.h"
#include "shared/json/unescape.h"

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void find_all(const struct ais_json *node, const struct ais_buf *text)
{
    if (node->text != NULL && memmem(text->data, text->length, node->text, node->length) == NULL)
        abort();
    for (const struct ais_json *child = node->first; child != NULL; child = child->next)
        find_all(child, text);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    AUTO(ais_arena_destroy) struct ais_arena *arena = ais_arena_new(0);
    AUTO(ais_buf_done) struct ais_buf text = { 0 };
    const struct ais_json *root;

    ais_json_unescape((const char *)data, size, &text);
    if (text.failed || text.length > size)
        abort();
    if (ais_json_read(arena, (const char *)data, size, &ais_json_request_limits, &root, NULL) == AIS_OK)
        find_all(root, &text);
    return 0;
}
