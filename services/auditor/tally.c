#include "services/auditor/tally.h"

#include <stdlib.h>
#include <string.h>

enum { FIRST_ROOM = 256 };

/* The row of the text, or the free one where it belongs. */
static struct tally_row *row_of(const struct tally *tally, const char *bytes, size_t n, uint32_t hash)
{
    size_t mask = tally->room - 1;
    for (size_t i = hash & mask;; i = (i + 1) & mask) {
        struct tally_row *row = &tally->rows[i];
        if (row->bytes == NULL || (row->hash == hash && row->n == n && memcmp(row->bytes, bytes, n) == 0))
            return row;
    }
}

/* Keeps the table at most half full. */
static bool grow(struct tally *tally)
{
    if (tally->count * 2 < tally->room)
        return true;
    struct tally larger = { .count = tally->count, .room = tally->room > 0 ? 2 * tally->room : FIRST_ROOM };
    larger.others = tally->others;
    larger.rows = calloc(larger.room, sizeof *larger.rows);
    if (larger.rows == NULL)
        return false;
    for (size_t i = 0; i < tally->room; i++) {
        const struct tally_row *row = &tally->rows[i];
        if (row->bytes != NULL)
            *row_of(&larger, row->bytes, row->n, row->hash) = *row;
    }
    free(tally->rows);
    *tally = larger;
    return true;
}

void tally_add(struct tally *tally, const char *bytes, size_t n, uint32_t hash, uint64_t count)
{
    if (count == 0)
        return;
    if (!grow(tally)) {
        tally->others += count;
        return;
    }
    struct tally_row *row = row_of(tally, bytes, n, hash);
    if (row->bytes == NULL && tally->count == TALLY_TEXTS_MOST) {
        tally->others += count;
        return;
    }
    if (row->bytes == NULL) {
        *row = (struct tally_row){ .bytes = bytes, .n = (uint32_t)n, .hash = hash };
        tally->count++;
    }
    row->count += count;
}

static int compare(const void *a, const void *b)
{
    const struct tally_row *x = a, *y = b;
    if (x->count != y->count)
        return x->count > y->count ? -1 : 1;
    int order = memcmp(x->bytes, y->bytes, x->n < y->n ? x->n : y->n);
    return order != 0 ? order : (x->n > y->n) - (x->n < y->n);
}

void tally_sort(struct tally *tally, size_t most)
{
    size_t count = 0;
    for (size_t i = 0; i < tally->room; i++)
        if (tally->rows[i].bytes != NULL)
            tally->rows[count++] = tally->rows[i];
    if (count > 0)
        qsort(tally->rows, count, sizeof *tally->rows, compare);
    for (size_t i = most; i < count; i++)
        tally->others += tally->rows[i].count;
    tally->count = count < most ? count : most;
    tally->room = 0; /* a table no more */
}

void tally_done(struct tally *tally)
{
    free(tally->rows);
    *tally = (struct tally){ 0 };
}
