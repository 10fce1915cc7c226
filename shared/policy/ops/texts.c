/* The texts that transformations make. */
#include "shared/policy/ops/rows.h"

#include <stdlib.h>

struct ais_buf *ais_op_texts_add(struct ais_op_texts *texts)
{
    if (texts->count == texts->capacity) {
        size_t capacity = texts->capacity > 0 ? 2 * texts->capacity : 4;
        struct ais_buf *grown = realloc(texts->items, capacity * sizeof *grown);
        if (grown == NULL) {
            texts->failed = true;
            return NULL;
        }
        texts->items = grown;
        texts->capacity = capacity;
    }
    texts->items[texts->count] = (struct ais_buf){ 0 };
    return &texts->items[texts->count++];
}

void ais_op_texts_done(struct ais_op_texts *texts)
{
    for (size_t i = 0; i < texts->count; i++)
        ais_buf_done(&texts->items[i]);
    free(texts->items);
    *texts = (struct ais_op_texts){ 0 };
}
