/* How often each of many texts was counted. A zeroed struct is empty. One thread. */
#ifndef AIS_SERVICES_AUDITOR_TALLY_H
#define AIS_SERVICES_AUDITOR_TALLY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { TALLY_TEXTS_MOST = 1 << 17 }; /* different texts; further ones are counted in others */

struct tally_row {
    const char *bytes; /* borrowed as long as the tally is used; may hold NULs; NULL: free */
    uint32_t n;
    uint32_t hash;
    uint64_t count;
};

struct tally {
    struct tally_row *rows; /* owned; a hash table, once sorted a list */
    size_t count, room;
    uint64_t others;
};

/* Adds count to a text's. Equal texts have equal hashes. */
void tally_add(struct tally *tally, const char *bytes, size_t n, uint32_t hash, uint64_t count);

/* Sorts the rows by count, then by text, and leaves the first most of them: tally->count. The rest goes to others. */
void tally_sort(struct tally *tally, size_t most);

void tally_done(struct tally *tally);

#endif
