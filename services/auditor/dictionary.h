/* The different texts of one kind (tools, users, ...) in a part of the log, each with a number of 16 bits that stands
 * for it in the index. Bounded: what does not fit has the number DICTIONARY_OVERFLOW, which says that only the record
 * itself knows.
 *
 * One thread adds. Another may read at the same time: every text whose number it met in a row that was published to it
 * is there. */
#ifndef AIS_SERVICES_AUDITOR_DICTIONARY_H
#define AIS_SERVICES_AUDITOR_DICTIONARY_H

#include "services/auditor/list.h"

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

enum {
    DICTIONARY_ABSENT = 0, /* there is no text */
    DICTIONARY_OVERFLOW = 0xFFFF,
    DICTIONARY_TEXT_MOST = 1024,      /* bytes of a text */
    DICTIONARY_BYTES_MOST = 64 << 10, /* of all of them */
};

struct dictionary_text {
    const char *bytes; /* not NUL-terminated; lives as long as the dictionary */
    uint32_t length;
    uint32_t hash;
};

struct dictionary {
    struct list texts;    /* of struct dictionary_text; number i is element i - 1 */
    _Atomic size_t count; /* of texts, for the reader */
    atomic_bool overflown;
    struct dictionary_block *blocks; /* owned; what the texts point into, the newest first */
    char *room;
    size_t room_left, bytes;
    uint16_t *slots; /* owned; a hash table of numbers, 0: free. Only the adding thread's */
    size_t slot_count;
};

void dictionary_init(struct dictionary *dictionary);
void dictionary_done(struct dictionary *dictionary);

/* The number of n bytes, whose hash is given; they are added when they are new. */
uint16_t dictionary_add(struct dictionary *dictionary, const char *bytes, size_t n, uint32_t hash);

/* Frees what only adding needs. */
void dictionary_close(struct dictionary *dictionary);

/* For the reader. */
size_t dictionary_count(const struct dictionary *dictionary);
const struct dictionary_text *dictionary_at(const struct dictionary *dictionary, uint16_t number);

/* The number of n bytes; DICTIONARY_ABSENT when no row that the reader knows of has them. */
uint16_t dictionary_find(const struct dictionary *dictionary, const char *bytes, size_t n, uint32_t hash);

/* Whether some number may be DICTIONARY_OVERFLOW. */
bool dictionary_is_overflown(const struct dictionary *dictionary);

/* Bytes that it takes; for measuring. */
size_t dictionary_bytes(const struct dictionary *dictionary);

#endif
