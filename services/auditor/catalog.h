/* The reader thread's view of the log: all parts of the index, oldest first, with what it found out about their files.
 * It reads into the index what was there before the service started, and what could not be indexed when it was written.
 * One thread, which has others help it. */
#ifndef AIS_SERVICES_AUDITOR_CATALOG_H
#define AIS_SERVICES_AUDITOR_CATALOG_H

#include "services/auditor/findings.h"
#include "services/auditor/index.h"
#include "shared/audit/places.h"

enum {
    CATALOG_DAMAGED_MOST = 32, /* lines of a part that are remembered as damaged */
    CATALOG_EYES_MOST = 4,     /* files that are read at once */
};

/* What one thread reads a file with. */
struct catalog_eye {
    struct ais_seal_reader *reader; /* owned */
    struct row *rows;               /* owned; of a commit that is being read into the index */
    size_t rows_room;
};

/* Where a commit's line is, when that is not where the index says any more. */
struct catalog_line {
    uint64_t offset;
    uint32_t width; /* 0: it was not found */
};

struct catalog_damage {
    uint64_t line;
    char text[112]; /* what is wrong with it; "": nothing */
};

/* A place in the chain. */
struct catalog_link {
    uint64_t next; /* the number of the next record; 0: not known */
    unsigned char hash[AIS_DIGEST_SIZE];
};

struct catalog_entry {
    struct index_part *part;        /* owned, unless the writer appends to it */
    bool unread;                    /* it was there before the index, and was not read yet: part is empty */
    bool failed;                    /* reading it into the index failed; searches read the file */
    bool complete;                  /* nothing is appended to its file any more */
    bool told;                      /* what is wrong with it was told */
    bool misplaced;                 /* its file was replaced: lines are to be located before they are read */
    uint64_t until;                 /* the first record that is not in it, though in the same file */
    uint64_t inode;                 /* of a complete one's file, when it was last looked at; 0: never */
    int64_t modified_ns;            /* the same; 0: not known */
    struct catalog_line *moved;     /* owned; by commit. NULL: lines are where the index says */
    struct catalog_damage *damaged; /* owned; lines that do not verify, CATALOG_DAMAGED_MOST at most */
    size_t damaged_count;
    struct ais_places places;       /* owned; that records in its file tell of, until the catalog has them */
    struct catalog_link begin, end; /* of what was read into the index from its file */
    uint64_t deleted;               /* the newest segment that a commit of it says to be deleted; 0: none */
    struct catalog_damage inside;   /* where the chain breaks first in its file */
    struct catalog_damage before;   /* how it breaks between the file before and this one */
};

struct catalog {
    struct index *index;                        /* borrowed */
    struct catalog_eye eyes[CATALOG_EYES_MOST]; /* owned; the first is for everything that one thread does */
    size_t eye_count;                           /* one a core, within bounds */
    uint64_t began;                             /* the segment that was active when the index began */
    bool listed;                                /* what was there then is in the list */
    bool checked;                               /* and the chain over it was looked at */
    struct ais_places places;                   /* owned; that records from before tell of, from then on */
    struct catalog_entry **entries;             /* owned; oldest first */
    size_t count, room;
    size_t looked_at; /* the entry at which looking around goes on */
};

/* Takes the index's parts over; began: the segment that was active then; dir and ring are borrowed for its life.
 * catalog (zeroed) ends with catalog_done whatever this returns. */
MUST_CHECK enum ais_err catalog_init(struct catalog *catalog, struct index *index, struct ais_dir *dir,
                                     const struct ais_keyring *ring, uint64_t began, struct ais_why *why);
void catalog_done(struct catalog *catalog);

/* Follows the writer: parts that are new, complete, or deleted. AIS_E_NOMEM; and as ais_seal_reader_start, when the
 * files that were there before cannot be listed. */
MUST_CHECK enum ais_err catalog_refresh(struct catalog *catalog, struct ais_why *why);

/* How far the log goes. False: not known (memory ran out); then only the files themselves tell. */
bool catalog_position(const struct catalog *catalog, struct ais_seal_position *ret);

/* Looks at some files, in turn: whether they were replaced (packed, sealed under another key) or altered. */
void catalog_look_around(struct catalog *catalog);

/* Reads one file that is not in the index yet, the newest first, else one whose lines are to be located anew; false
 * when nothing is left to be read. */
bool catalog_read_one(struct catalog *catalog);
size_t catalog_left(const struct catalog *catalog);

/* The same, but as many files at once as there are eyes, each in a thread of its own with our priority, which yields to
 * the ring as we do. Returns when all are read. */
bool catalog_read_some(struct catalog *catalog);

/* Tells what is wrong with files that nothing is appended to any more, each once, to be recorded. It begins as soon as
 * all that was there before is in the index, with looking whether the chain leads through that; what the writer found
 * when it opened the log is not told again, and what a record from before tells of is only logged. From
 * then on it tells of files that were altered since. */
void catalog_tell(struct catalog *catalog, struct findings *findings);

/* For who reads a file into the index: its chain begins anew; the next commit of it. */
void catalog_chain_begin(struct catalog_entry *entry);
void catalog_chain_add(struct catalog_entry *entry, const struct ais_seal_commit *commit);

/* Faults that are known of the entry: lines, and breaks of the chain. */
size_t catalog_faults(const struct catalog_entry *entry);

/* Records that are in the index, and the bytes that it takes. */
void catalog_measure(const struct catalog *catalog, size_t *ret_records, size_t *ret_bytes);

/* Whether the rows of the entry are all that it holds; else its file is to be read. */
bool catalog_is_indexed(const struct catalog_entry *entry);

/* Commits that may be looked at: those that were complete when this was asked. */
size_t catalog_commits(const struct catalog_entry *entry);

/* Sees whether the file is the one in which lines were noted, and as it was. When it was altered in place, every line
 * is read again, so that damage is known. AIS_E_NOT_FOUND: it is gone. */
MUST_CHECK enum ais_err catalog_check(struct catalog *catalog, struct catalog_entry *entry, struct ais_why *why);

/* Where commit i of the entry is. AIS_E_NOT_FOUND: its line was not found, or the file is gone. */
MUST_CHECK enum ais_err catalog_place(struct catalog *catalog, struct catalog_entry *entry, size_t i,
                                      struct ais_seal_place *ret, struct ais_why *why);

/* Reads the entry's file, as far as it is committed, into a part of its own, which the caller frees. */
MUST_CHECK enum ais_err catalog_read(struct catalog *catalog, struct catalog_entry *entry, struct index_part **ret,
                                     struct ais_why *why);

/* The name of the entry's file. */
void catalog_file_name(const struct catalog *catalog, const struct catalog_entry *entry,
                       char name[AIS_SEAL_LOG_NAME_SIZE]);

#endif
