/* A text as the part TEXT reads it: folded, and the layers of encoding in it. Each value is there to be read, what is
 * folded folds to itself, and layers stay within their bound. */
#include "shared/policy/facts/text/fold.h"

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static size_t bytes_of(const struct ais_part_list *list)
{
    volatile char read; /* so that each byte is looked at, and a sanitizer with it */
    size_t bytes = 0;
    for (size_t i = 0; i < list->count; i++) {
        const struct ais_value *value = &list->items[i];
        if (value->kind != AIS_VALUE_STRING || value->text == NULL)
            abort();
        for (size_t k = 0; k < value->length; k++)
            read = value->text[k];
        bytes += value->length;
    }
    (void)read;
    return bytes;
}

static void check_folded(struct ais_view *view, const struct ais_part_list *list)
{
    for (size_t i = 0; i < list->count; i++) {
        struct ais_part again = { .made = true };
        const struct ais_shape shape = ais_shape_of(list->items[i].text, list->items[i].length);
        const char *text;
        size_t n;
        ais_text_fold(view, &again, list->items[i].text, list->items[i].length, &shape, true, &text, &n);
        if (n != list->items[i].length || memcmp(text, list->items[i].text, n) != 0)
            abort();
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    enum { DECODED_MOST = 256 << 10 };
    AUTO(ais_arena_destroy) struct ais_arena *arena = ais_arena_new(0);
    char *text = malloc(size + 1);
    if (text == NULL)
        abort();
    memcpy(text, data, size);
    struct ais_json value = { .kind = AIS_JSON_STRING, .key = "text", .text = text, .length = (uint32_t)size };
    struct ais_json args = { .kind = AIS_JSON_OBJECT, .first = &value, .count = 1 };
    const struct ais_request request = { .tool_args = &args };
    const struct ais_question question = { .request = &request };
    struct ais_view view;
    ais_view_begin(&view, &question, arena);
    const struct ais_part *part = ais_view_part(&view, AIS_PART_TEXT);
    size_t decoded = 0;
    for (unsigned list = AIS_TEXT_BASE64; list <= AIS_TEXT_GZIP; list++)
        decoded += bytes_of(&part->lists[list]);
    if (view.failed || decoded > DECODED_MOST || part->lists[AIS_TEXT_FOLDED].count == 0)
        abort();
    if (bytes_of(&part->lists[AIS_TEXT_FOLDED]) == 0 && size > 0 && part->unknown == NULL && text[0] > ' ')
        abort();
    if (part->unknown == NULL)
        check_folded(&view, &part->lists[AIS_TEXT_FOLDED]);
    free(text);
    return 0;
}
