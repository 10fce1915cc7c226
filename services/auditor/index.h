/* The index of the log in memory: a row a record, a line a commit, in parts. A part is what one file of the log holds,
 * except that the file which was active when the service started has two: what it held then, and what came since.
 *
 * The auditor's thread appends to the newest part when it commits; its reader thread looks at all parts while that
 * happens, and is the only one to free them. No lock: what is published are a count of commits (of a part), the length
 * that is committed, and the next part. A reader that was held up in the middle of anything holds up nobody.
 *
 * The index may fail, the log may not: what could not be indexed (memory, a failed sync, after which records move to
 * another file) makes its part BROKEN, and the reader then reads that file instead. */
#ifndef AIS_SERVICES_AUDITOR_INDEX_H
#define AIS_SERVICES_AUDITOR_INDEX_H

#include "services/auditor/row.h"
#include "shared/seal/log.h"

/* One commit: its rows stand together. */
struct index_commit {
    uint64_t seq; /* of its first record */
    uint64_t offset;
    uint32_t width; /* of its line, without the newline */
    uint32_t first_row, rows;
};

struct index_part {
    uint64_t segment;
    uint64_t inode; /* of the file in which the lines are where the commits say; 0: not known */
    uint64_t from; /* the number of the first record that can be in it; what the file holds below is not in this part */
    struct list rows;    /* of struct row */
    struct list commits; /* of struct index_commit */
    struct dictionary dictionaries[ROW_TEXTS];
    _Atomic size_t count;              /* commits that are complete */
    _Atomic uint64_t length;           /* bytes of the file that are committed */
    _Atomic int64_t first_us, last_us; /* the earliest and the latest time of a row; unbounded with one not known */
    _Atomic uint64_t kinds;            /* bits of the events that rows tell of */
    atomic_bool broken;                /* what it holds is not all */
    int64_t closed_ns;                 /* when its file was last modified by us; 0: not known. Set before next is */
    struct index_part *_Atomic next;   /* the part after it: this one is complete. The reader's to free from then on */
};

/* An empty part. NULL when memory is out. */
struct index_part *index_part_new(uint64_t segment, uint64_t inode, uint64_t from);
void index_part_free(struct index_part **part);

/* Appends a commit and then its rows, which become visible with index_part_publish. False: no memory. */
bool index_part_add(struct index_part *part, uint64_t seq, uint64_t offset, uint64_t width, const struct row *rows,
                    size_t count);
void index_part_publish(struct index_part *part);

/* Bytes that it takes; for measuring. */
size_t index_part_bytes(const struct index_part *part);

/* ---- The auditor's thread ---- */

struct index;

/* position: how far the log goes already; next: the number of the next record. */
struct index *index_new(const struct ais_seal_position *position, uint64_t next);

/* No reader may be left. Parts that a reader has taken over are not freed by this. */
void index_destroy(struct index **index);

/* Looks at a record that is about to be committed: its tree and its n bytes, not numbered yet. The row stays good until
 * it is given to index_committed or forgotten. */
void index_read(struct index *index, const struct ais_json *record, size_t n, struct row *ret);

/* The rows' records were committed, the first under the number first, and the log goes as far as position. From now on
 * searches find them. certain: false when it is not known which records the file holds (something failed before). */
void index_committed(struct index *index, struct row *rows, size_t count, uint64_t first,
                     const struct ais_seal_position *position, bool certain);

/* The log goes as far as position without a new record (a sync that was made up for); rows are waiting. */
void index_moved(struct index *index, struct row *rows, size_t count, const struct ais_seal_position *position);

/* Retention has deleted the segments up to this one. */
void index_deleted(struct index *index, uint64_t newest);

/* Nothing is appended any more. To be called before the reader is told to end, which frees what was appended. */
void index_close(struct index *index);

/* ---- The reader's thread ---- */

const struct row_key *index_key(const struct index *index);

/* The part with which it began; the others follow. */
struct index_part *index_first(struct index *index);
struct index_part *index_next(const struct index_part *part);

/* The newest segment that retention has deleted; 0: none. */
uint64_t index_newest_deleted(const struct index *index);

/* Whether the writer has closed it. All that it did has then happened before. */
bool index_is_closed(const struct index *index);

/* Whether no part could be made for a new file: then the index says nothing about what came since. */
bool index_is_lost(const struct index *index);

#endif
