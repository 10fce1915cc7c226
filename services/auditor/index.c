#include "services/auditor/index.h"

#include <stdlib.h>

struct index {
    struct row_key key;
    struct index_part *first;  /* owned until the reader takes it over */
    struct index_part *active; /* the one that is appended to */
    uint64_t length;           /* committed bytes of its file */
    _Atomic uint64_t deleted;
    atomic_bool lost, closed;
};

/* ---- Parts ---- */

struct index_part *index_part_new(uint64_t segment, uint64_t inode, uint64_t from)
{
    struct index_part *part = calloc(1, sizeof *part);
    if (part == NULL)
        return NULL;
    part->segment = segment;
    part->inode = inode;
    part->from = from;
    part->rows = (struct list)LIST_OF(struct row);
    part->commits = (struct list)LIST_OF(struct index_commit);
    for (size_t i = 0; i < ROW_TEXTS; i++)
        dictionary_init(&part->dictionaries[i]);
    atomic_init(&part->first_us, INT64_MAX);
    atomic_init(&part->last_us, INT64_MIN);
    return part;
}

void index_part_free(struct index_part **part)
{
    if (*part == NULL)
        return;
    list_done(&(*part)->rows);
    list_done(&(*part)->commits);
    for (size_t i = 0; i < ROW_TEXTS; i++)
        dictionary_done(&(*part)->dictionaries[i]);
    free(*part);
    *part = NULL;
}

/* Of what is published later: until then nobody relies on it. */
static void widen(struct index_part *part, const struct row *row)
{
    int64_t from = row->time_us == ROW_TIME_UNKNOWN ? INT64_MIN : row->time_us;
    int64_t to = row->time_us == ROW_TIME_UNKNOWN ? INT64_MAX : row->time_us;
    uint64_t kinds = atomic_load_explicit(&part->kinds, memory_order_relaxed);
    if (from < atomic_load_explicit(&part->first_us, memory_order_relaxed))
        atomic_store_explicit(&part->first_us, from, memory_order_relaxed);
    if (to > atomic_load_explicit(&part->last_us, memory_order_relaxed))
        atomic_store_explicit(&part->last_us, to, memory_order_relaxed);
    if (row->kind >= 0 && (kinds >> row->kind & 1) == 0)
        atomic_store_explicit(&part->kinds, kinds | UINT64_C(1) << row->kind, memory_order_relaxed);
}

bool index_part_add(struct index_part *part, uint64_t seq, uint64_t offset, uint64_t width, const struct row *rows,
                    size_t count)
{
    size_t first = part->rows.count;
    if (width > UINT32_MAX || first + count > UINT32_MAX)
        return false;
    for (size_t i = 0; i < count; i++) {
        struct row *row = list_add(&part->rows);
        if (row == NULL)
            return false;
        *row = rows[i];
        widen(part, row);
    }
    struct index_commit *commit = list_add(&part->commits);
    if (commit == NULL)
        return false;
    *commit = (struct index_commit){ seq, offset, (uint32_t)width, (uint32_t)first, (uint32_t)count };
    return true;
}

void index_part_publish(struct index_part *part)
{
    atomic_store_explicit(&part->count, part->commits.count, memory_order_release);
}

size_t index_part_bytes(const struct index_part *part)
{
    size_t bytes = sizeof *part + list_bytes(&part->rows) + list_bytes(&part->commits);
    for (size_t i = 0; i < ROW_TEXTS; i++)
        bytes += dictionary_bytes(&part->dictionaries[i]);
    return bytes;
}

/* ---- The auditor's thread ---- */

struct index *index_new(const struct ais_seal_position *position, uint64_t next)
{
    struct index *index = calloc(1, sizeof *index);
    if (index == NULL)
        return NULL;
    crypto_shorthash_keygen(index->key.bytes);
    index->first = index->active = index_part_new(position->segment, position->inode, next);
    if (index->first == NULL) {
        free(index);
        return NULL;
    }
    index->length = position->length;
    atomic_store(&index->first->length, position->length);
    return index;
}

void index_destroy(struct index **index)
{
    if (*index == NULL)
        return;
    for (struct index_part *part = (*index)->first, *next; part != NULL; part = next) {
        next = index_next(part);
        index_part_free(&part);
    }
    free(*index);
    *index = NULL;
}

void index_read(struct index *index, const struct ais_json *record, size_t n, struct row *ret)
{
    row_read(&index->key, index->active->dictionaries, record, n, ret);
}

/* Rows that wait were read with the dictionaries of the part before. */
static void translate(const struct index_part *from, struct index_part *to, struct row *rows, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        for (size_t kind = 0; kind < ROW_TEXTS; kind++) {
            uint16_t *number = &rows[i].texts[kind];
            if (*number == DICTIONARY_ABSENT || *number == DICTIONARY_OVERFLOW)
                continue;
            const struct dictionary_text *text = dictionary_at(&from->dictionaries[kind], *number);
            *number = dictionary_add(&to->dictionaries[kind], text->bytes, text->length, text->hash);
        }
    }
}

static void lose(struct index *index)
{
    atomic_store_explicit(&index->active->broken, true, memory_order_release);
    atomic_store_explicit(&index->lost, true, memory_order_release);
}

/* Goes on in a part for another file. The part before is the reader's as soon as it has a next one. */
static void begin_part(struct index *index, struct row *rows, size_t count, const struct ais_seal_position *position,
                       uint64_t from)
{
    struct index_part *before = index->active;
    struct index_part *part = index_part_new(position->segment, position->inode, from);
    if (part == NULL) {
        lose(index);
        return;
    }
    translate(before, part, rows, count);
    for (size_t i = 0; i < ROW_TEXTS; i++)
        dictionary_close(&before->dictionaries[i]);
    before->closed_ns = position->before_ns;
    index->active = part;
    index->length = 0;
}

static void link_part(struct index_part *before, struct index_part *part)
{
    if (before != part)
        atomic_store_explicit(&before->next, part, memory_order_release);
}

static void break_part(struct index_part *part)
{
    atomic_store_explicit(&part->broken, true, memory_order_release);
}

static bool is_broken(const struct index_part *part)
{
    return atomic_load_explicit(&part->broken, memory_order_relaxed);
}

void index_committed(struct index *index, struct row *rows, size_t count, uint64_t first,
                     const struct ais_seal_position *position, bool certain)
{
    struct index_part *before = index->active;
    if (position->segment != before->segment)
        begin_part(index, rows, count, position, certain ? first : 0);
    struct index_part *part = index->active;
    if (position->segment != part->segment)
        return; /* lost */
    for (size_t i = 0; i < count; i++)
        rows[i].length = (uint32_t)row_numbered_length(rows[i].length, first + i);
    uint64_t width = position->length - index->length - 1;
    if (!certain) {
        break_part(before);
        break_part(part);
    } else if (!is_broken(part) &&
               (part->inode == 0 || !index_part_add(part, first, index->length, width, rows, count))) {
        break_part(part);
    }
    index->length = position->length;
    index_part_publish(part);
    atomic_store_explicit(&part->length, position->length, memory_order_release);
    link_part(before, part);
}

void index_moved(struct index *index, struct row *rows, size_t count, const struct ais_seal_position *position)
{
    struct index_part *before = index->active;
    if (position->segment == before->segment)
        return;
    begin_part(index, rows, count, position, 0);
    struct index_part *part = index->active;
    break_part(before);
    if (part == before)
        return; /* lost */
    break_part(part);
    index->length = position->length;
    atomic_store_explicit(&part->length, position->length, memory_order_release);
    link_part(before, part);
}

void index_deleted(struct index *index, uint64_t newest)
{
    atomic_store_explicit(&index->deleted, newest, memory_order_release);
}

void index_close(struct index *index)
{
    atomic_store_explicit(&index->closed, true, memory_order_release);
}

/* ---- The reader's thread ---- */

const struct row_key *index_key(const struct index *index)
{
    return &index->key;
}

struct index_part *index_first(struct index *index)
{
    struct index_part *first = index->first;
    index->first = NULL;
    return first;
}

struct index_part *index_next(const struct index_part *part)
{
    return atomic_load_explicit(&part->next, memory_order_acquire);
}

uint64_t index_newest_deleted(const struct index *index)
{
    return atomic_load_explicit(&index->deleted, memory_order_acquire);
}

bool index_is_lost(const struct index *index)
{
    return atomic_load_explicit(&index->lost, memory_order_acquire);
}

bool index_is_closed(const struct index *index)
{
    return atomic_load_explicit(&index->closed, memory_order_acquire);
}
