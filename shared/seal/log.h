/* The sealed log: records that are never lost, never silently dropped, never altered unseen.
 *
 * FILES, all in the data directory
 *   audit_logs.enc          the active segment; once a log was created it is never absent, not even for a moment
 *   audit_logs.<n>.enc      the segments before it: n counts up from 1 and is never used twice, smaller is older
 *   audit_logs.next, .new   a segment that is being prepared; holds nothing that was acknowledged, may be deleted
 *   audit_logs.packed       a segment that is being packed or re-sealed, or was until now; the whole of it is elsewhere
 *   audit_logs.damaged-<k>  bytes of a torn tail, or a file that is none of the log, kept as they were found
 *   audit_logs.stale-<k>    an old segment that stood in the active one's place
 *
 * A SEGMENT is lines, each ended by '\n'. Empty lines are padding: a segment is written full of newlines and synced
 * before it is used, and then overwritten from its begin, because an fdatasync that changes no file size is cheap. The
 * rest is cut off at rotation and at a clean stop. Every other line is one Fernet token (fernet.h), and is one COMMIT:
 * records that became durable together. The token seals a JSON object, the PAYLOAD, members in this order:
 *
 *   "v":1                  the schema's version
 *   "seq":N                the sequence number of its first record; records count up from 1 without a gap
 *   "prev":"<64 hex>"      BLAKE2b-256 of the payload before, as plain text; 64 zeros at the begin of the log
 *   "time":"<RFC 3339>"    when it was sealed
 *   "segment":n            in the first commit of a segment, and only there: the n of its later name
 *   "void":{"segment":n-1,"from":B}   only there, and only after the storage failed: from byte B on nothing in the
 *                          segment before was ever acknowledged. What still stands there is to be ignored; all of it
 *                          that had been promised is written again in this segment
 *   "deleted":[{"segment":n,"first":N,"last":N,"hash":"<64 hex>"},...]   only there: oldest segments that retention
 *                          deletes as soon as this commit is durable; hash is that of the segment's last payload, so it
 *                          is the "prev" with which the oldest segment that is left begins. A number that
 *                          damage had made unreadable is 0
 *   "anchors":{"rulepacks":[G,"<64 hex>"],...}   generation and digest of sealed documents (document.h): all that are
 *                          in force in the first commit of a segment, those that changed in the others
 *   "checkpoint":{"segment":n,"every":N,"key":"<64 hex>","signature":"<128 hex>"}   signs the chain before this commit
 *                          (checkpoint.h tells how): its seq is that of this commit less 1, its hash "prev", its time
 *                          "time". In the first commit of a segment, every so many records, and at a clean stop. With
 *                          "next":"<64 hex>","next_signature":"<128 hex>" behind "signature" the key changes
 *   "counters":{...}       whatever the caller counts, as it gave it; the last known in the first commit of a segment
 *   "records":[{"seq":N,...},...]     at least one; each an object of the caller's with its number in front
 *
 * THE CHAIN runs over payloads ("prev"), across segments, never over tokens: re-sealing does not break it. Its HEAD is
 * (the last record's number, the hash of the last payload): who keeps a head elsewhere can prove that nothing before it
 * was cut off.
 *
 * A PACKED line holds several commits: what its token seals begins not with '{' but with 0x78, and is one zlib stream
 * (RFC 1950) of payloads joined by '\n'. Their bytes are those that they had on lines of their own, so numbers, hashes
 * and the chain are untouched. The writer joins payloads up to 64 KiB, so that one commit is read without opening much
 * more; one that is larger stands alone. A reader inflates at most 32 MiB, and nothing may follow the stream. Packed
 * and plain lines may stand in one segment. (The length of a packed token tells how well its text could be compressed:
 * who can see the files and choose what is recorded learns a little more than from the length of the text.)
 *
 * A reader accepts a line if a key opens it, and a commit in it if the payload is as above and its number is not below
 * the one expected; whatever else is not empty is DAMAGE, named by file and line. Lines may be read without the chain:
 * each commit stands alone.
 *
 * WRITING. A commit is one write and one fdatasync; only then is it acknowledged. If that fails, nothing of it counts.
 * A full disk is retried in place: the partial line is blanked, and overwritten by the next attempt. After any other
 * fault, and after every failed sync, what the disk holds is not known (a repeated fdatasync lies), so the log goes on
 * in a new segment whose first commit says "void".
 *
 * ROTATION, when the next token would pass the segment's size (a token larger than that gets a segment of its own):
 *   1. the commit is written into the new segment (.next or .new), which is synced
 *   2. audit_logs.enc is linked as audit_logs.<n>.enc, the directory is synced
 *   3. the new segment is renamed to audit_logs.enc, the directory is synced; now the commit is acknowledged
 *   4. the old segment is cut at its last commit; segments past the retention are unlinked
 * A crash between any two leaves audit_logs.enc whole, old or new. A log is created the same way: the first commit
 * (GENESIS) is written and synced under .new and linked, so that a file that exists has a line that the right key
 * opens. Where no line of the log opens, the key is wrong; nothing is touched.
 *
 * PACKING makes rotated segments smaller, beside the writer and unknown to it:
 *   1. a segment is read, every line of it; one that has damage, or into which a "void" refers, is left as it is
 *   2. audit_logs.packed is written, and synced
 *   3. it is read back: the chain must lead through it from the same begin over as many commits to the same end
 *   4. audit_logs.packed and audit_logs.<n>.enc exchange their names in one step (where retention has deleted the
 *      latter by now that fails; a rename would bring it back), the directory is synced
 *   5. audit_logs.packed, now the old file, is deleted
 * A segment that the next rotation deletes may stay as it is: its space comes back anyway. A crash between any two of
 * these leaves one whole file under the segment's name. No line is replaced by longer ones, so that no commit moves to
 * a higher offset: a position in the unpacked segment still bounds all that was before it.
 *
 * RE-SEALING puts rotated segments under another key, beside the writer, in the same five steps and under the same name
 * (audit_logs.packed). A token's length depends on nothing but the length of what it seals, so every line of the new
 * file stands where it stood in the old one: places, "void" and padding stay true. Lines that no key opens are copied
 * as they are. In step 3 every line must open under the new key and seal what it did before. What was set aside
 * (.damaged-<k>, .stale-<k>) may hold whole lines, and is put under the new key in the same way, after the segments.
 *
 * WHAT HAPPENS UNDERNEATH. Before each commit the writer looks at what stands under the active name. If that is not the
 * file that it writes (deleted, moved or replaced), what was acknowledged is copied from the open descriptor into
 * audit_logs.new, which is synced and renamed; a file in its place is kept as audit_logs.damaged-<k>. If it is the
 * file, but shorter, what was cut off is lost. In both cases the log goes on in a new segment: its first commit
 * continues the chain behind what was lost, so that every reader finds the hole. One rotated segment a commit is looked
 * at as well: whether its file is there, is there again, or was cut.
 *
 * RECOVERY, at open. What is not empty after the last good line of the active segment is a TORN TAIL (a crash in
 * mid-write, or tampering, which cannot be told apart without a head kept elsewhere): it is copied to
 * audit_logs.damaged-<k>, synced, then blanked. All other damage stays where it is and is reported. If an older segment
 * opens but the active one does not at all, or is missing, the log goes on in a new segment. So it does if a rotated
 * segment begins no earlier than the active one and goes as far at least: that is an old copy, which somebody put
 * there, and it is kept as audit_logs.stale-<k>. The number between stays free: what had it is lost.
 *
 * The file system must have hard links (every one that Linux puts on a disk has). On one that cannot exchange names
 * nothing is packed. */
#ifndef AIS_SHARED_SEAL_LOG_H
#define AIS_SHARED_SEAL_LOG_H

#include "shared/err/err.h"
#include "shared/json/json.h"
#include "shared/mem/buf.h"
#include "shared/seal/checkpoint.h"
#include "shared/seal/digest.h"
#include "shared/seal/document.h"
#include "shared/seal/fernet.h"
#include "shared/seal/file.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define AIS_SEAL_LOG_ACTIVE "audit_logs.enc"

enum {
    AIS_SEAL_LOG_NAME_SIZE = 48,      /* room for a file name of the log */
    AIS_SEAL_LOG_ANCHORS = 16,        /* documents that one log can anchor */
    AIS_SEAL_LOG_FAULTS = 32,         /* faults that a report spells out; all are counted */
    AIS_SEAL_LOG_SMALLEST = 4096,     /* bytes of a segment, at least */
    AIS_SEAL_LOG_LARGEST = 16 << 20,  /* bytes of one commit's records, at most */
    AIS_SEAL_LOG_INFLATED = 32 << 20, /* bytes of text in a packed line, at most */
};

/* The last record's number (0: none yet) and the hash of the last payload. */
struct ais_seal_head {
    uint64_t seq;
    unsigned char hash[AIS_DIGEST_SIZE];
};

/* A line, or a file (line 0), that is not what the log wrote. */
struct ais_seal_fault {
    char file[AIS_SEAL_LOG_NAME_SIZE];
    uint64_t line;   /* from 1; 0: the file as a whole */
    uint64_t offset; /* of the line's first byte */
    bool tail;       /* after the last good line of the active segment: unfinished, or altered */
    char text[160];  /* what is wrong with it */
};

/* ---- Writing -------------------------------------------------------------------------------------------------- */

/* The one writer of a log. For one thread at a time, except ais_seal_log_prepare. */
struct ais_seal_log;

struct ais_seal_log_conf {
    struct ais_dir *dir;             /* borrowed for the log's life; the caller holds its lock */
    const struct ais_keyring *ring;  /* borrowed for the log's life */
    uint64_t segment_size;           /* bytes; at least AIS_SEAL_LOG_SMALLEST */
    uint32_t retention;              /* rotated segments kept */
    const char *genesis;             /* the first record of a new log, a JSON object; only used during open */
    const struct ais_signer *signer; /* of checkpoints; borrowed for the log's life; NULL: none are written */
    const struct ais_signer *coming; /* the key to which a change had begun, NULL: none; as signer. Whichever of the two
                                      * the chain names signs from here on */
    uint64_t checkpoint_every;       /* records, at least 1 */
};

/* What open found. */
struct ais_seal_log_report {
    bool created;                                      /* there was no log */
    uint64_t recovered;                                /* bytes of a torn tail; 0: none */
    char recovered_to[AIS_SEAL_LOG_NAME_SIZE];         /* the file that keeps them */
    struct ais_seal_fault faults[AIS_SEAL_LOG_FAULTS]; /* damage in the active segment, and missing segments */
    size_t fault_count;                                /* in faults */
    uint64_t fault_total;                              /* may be more */
    struct ais_anchor anchors[AIS_SEAL_LOG_ANCHORS];   /* in force */
    size_t anchor_count;
    struct ais_buf counters; /* owned: the last counters, a JSON object; empty when none were given */
};

void ais_seal_log_report_done(struct ais_seal_log_report *report);

/* Opens the log of the directory, creating it when there is none, recovering it when it needs to. *report (zeroed by
 * the caller) ends with ais_seal_log_report_done whatever this returns. *ret ends with ais_seal_log_close.
 * AIS_E_KEY: no line opens (nothing was touched); AIS_E_IO and AIS_E_SPACE: the storage. */
MUST_CHECK enum ais_err ais_seal_log_open(const struct ais_seal_log_conf *conf, struct ais_seal_log **ret,
                                          struct ais_seal_log_report *report, struct ais_why *why);

struct ais_seal_record {
    const char *json; /* borrowed; one JSON object, without a member "seq" */
    size_t length;
};

/* Whether n bytes are what a record must be: one JSON object without a member "seq". One that is not would make its
 * whole commit unreadable, so whoever takes records from others looks first. Resets the arena and uses it; *ret (may be
 * NULL) is the record's tree in it. AIS_E_INVALID: why says what is wrong. */
MUST_CHECK enum ais_err ais_seal_record_check(struct ais_arena *arena, const char *json, size_t n,
                                              const struct ais_json **ret, struct ais_why *why);

/* What becomes durable together. */
struct ais_seal_batch {
    const struct ais_seal_record *records; /* borrowed */
    size_t count;                          /* at least 1 */
    const struct ais_anchor *anchors;      /* borrowed; those that changed */
    size_t anchor_count;
    const char *counters; /* borrowed; a JSON object, NULL: as before */
    size_t counters_length;
    bool sync;                     /* false: only written; the caller calls ais_seal_log_sync before long */
    bool checkpoint;               /* have one in this commit, whether it is due or not */
    const struct ais_signer *next; /* signs from here on, the change itself too; borrowed for the log's life; NULL: as
                                    * before */
};

/* Seals and writes one commit. On AIS_OK its records are on disk (sync) or written (not sync) in order, the first
 * under the number *ret_first. On failure nothing of it counts, and the same or another batch may be tried at once or
 * later: the log knows how to go on. AIS_E_SPACE, AIS_E_IO: the storage; AIS_E_LIMIT: larger than
 * AIS_SEAL_LOG_LARGEST or too many anchors; AIS_E_NOMEM. */
MUST_CHECK enum ais_err ais_seal_log_commit(struct ais_seal_log *log, const struct ais_seal_batch *batch,
                                            uint64_t *ret_first, struct ais_why *why);

/* Makes what was committed without sync durable. After a failure the records are kept in memory and go, at the next
 * call of this or of commit, into a new segment under the numbers that they have. */
MUST_CHECK enum ais_err ais_seal_log_sync(struct ais_seal_log *log, struct ais_why *why);

/* Has the next commit begin a new segment, however much room the active one has left: for those who then do something
 * with the segments that are rotated. */
void ais_seal_log_turn(struct ais_seal_log *log);

/* The head of what was committed. */
struct ais_seal_head ais_seal_log_head(const struct ais_seal_log *log);

/* The number up to which the last checkpoint signs what was committed; UINT64_MAX: there was none since open. */
uint64_t ais_seal_log_checkpointed(const struct ais_seal_log *log);

/* Who signs checkpoints; NULL: nobody. */
const struct ais_signer *ais_seal_log_signer(const struct ais_seal_log *log);

/* How far a reader beside the writer may read: everything of the segments before, length bytes of the active one.
 * Changes with each commit; segment grows with each rotation. */
struct ais_seal_position {
    uint64_t segment;
    uint64_t length;
    uint64_t inode;    /* of the active segment's file; 0: not known */
    int64_t before_ns; /* when the file of the segment before was last modified, by us; 0: not known */
};

struct ais_seal_position ais_seal_log_position(const struct ais_seal_log *log);

/* Whether the segment that was active at open had damage, of which the report has told. */
bool ais_seal_log_opened_damaged(const struct ais_seal_log *log);

/* Rotated segments that are there, oldest first number; for the operator's log. */
size_t ais_seal_log_segments(const struct ais_seal_log *log);

/* What retention deleted since this was asked last. */
struct ais_seal_deletion {
    uint64_t segments;    /* 0: nothing */
    uint64_t newest;      /* the highest number of a segment among them */
    uint64_t first, last; /* numbers of their records; 0: not known, they were damaged */
};

struct ais_seal_deletion ais_seal_log_deleted(struct ais_seal_log *log);

/* What somebody did to the log's files while it was written. */
struct ais_seal_incident {
    bool lost;         /* records that were acknowledged are gone; else they were put back */
    uint64_t returned; /* the segment of which a file is there again that was not; whether it is the same, nobody has
                          looked yet; 0: it is something else */
    char text[256];
};

/* The next incident that nobody has asked for yet; false: none. To be asked after each commit, whatever came of it. */
bool ais_seal_log_incident(struct ais_seal_log *log, struct ais_seal_incident *ret);

/* Prepares the next segment, if there is none yet: written full of newlines and synced, so that the rotation to come
 * need not wait for it. For a helper thread beside the writer; call it after open and after each rotation. */
MUST_CHECK enum ais_err ais_seal_log_prepare(struct ais_seal_log *log, struct ais_why *why);

/* Syncs, cuts the padding off, and frees. The result of the sync is returned; *log is NULL in any case. No helper may
 * be in ais_seal_log_prepare. */
enum ais_err ais_seal_log_close(struct ais_seal_log **log, struct ais_why *why);

/* ---- Packing -------------------------------------------------------------------------------------------------- */

/* Packs rotated segments. For a thread of its own beside the writer, with which it shares nothing but the directory. */
struct ais_seal_packer;

/* Both are borrowed for the packer's life. */
MUST_CHECK enum ais_err ais_seal_packer_new(struct ais_dir *dir, const struct ais_keyring *ring,
                                            struct ais_seal_packer **ret, struct ais_why *why);

void ais_seal_packer_destroy(struct ais_seal_packer **packer);

/* Which segments there are to pack, and for how long. */
struct ais_seal_packing {
    uint64_t active;             /* segments below this number are rotated, and the writer knows it */
    uint32_t retention;          /* those that the next rotation deletes come last, and not behind younger ones */
    bool (*stop)(void *context); /* asked after each line: true ends the work */
    void *context;
    uint64_t round; /* only of re-sealing: with another one than before, every file is looked at once more */
};

/* What became of a segment. */
struct ais_seal_packed {
    uint64_t segment;             /* 0: there is none to be packed */
    uint64_t before, after;       /* bytes */
    bool left;                    /* it was left as it is: why says the reason */
    struct ais_seal_fault damage; /* the first that was met in it; text empty: none, as far as it was read */
};

/* Packs the oldest segment that this packer has not looked at and that is not packed. AIS_OK: look at ret;
 * AIS_E_STOPPED; AIS_E_REFUSED: the directory's file system cannot do it, ever; AIS_E_SPACE, AIS_E_IO, AIS_E_NOMEM: the
 * segment is as it was, or packed, and may be tried again later. */
MUST_CHECK enum ais_err ais_seal_packer_next(struct ais_seal_packer *packer, const struct ais_seal_packing *packing,
                                             struct ais_seal_packed *ret, struct ais_why *why);

/* ---- Re-sealing ----------------------------------------------------------------------------------------------- */

/* What became of a file. */
struct ais_seal_resealed {
    bool found;                   /* false: none is left in which a key other than the sealing one opens a line */
    uint64_t segment;             /* which it is; 0: one that was set aside */
    uint64_t lines;               /* of it that were sealed anew */
    uint64_t unopened;            /* lines that no key opens, and that stay as they are: in this segment and in those
                                   * that were passed over before it (found false: behind the last one) since they have
                                   * no line under another key */
    struct ais_seal_fault damage; /* the first line of it that no "void" covers and that is damaged; text empty: none */
};

/* Seals the oldest rotated segment that needs it, and that this packer has not found right in this round and under the
 * present key, anew under the ring's sealing key; when there is none, a file that was set aside. For the packer's
 * thread, like ais_seal_packer_next; packing->retention is not looked at. Results as there; a segment that retention
 * deletes meanwhile is passed over. */
MUST_CHECK enum ais_err ais_seal_packer_reseal(struct ais_seal_packer *packer, const struct ais_seal_packing *packing,
                                               struct ais_seal_resealed *ret, struct ais_why *why);

/* ---- Reading -------------------------------------------------------------------------------------------------- */

/* One commit, as a reader sees it. All pointers live until the reader's next call. */
struct ais_seal_commit {
    const char *file;
    uint64_t line, offset,
        width;      /* of its line, which it shares with others where it is packed; width: without newline */
    uint64_t inode; /* of the file */
    uint64_t seq;   /* of the first record */
    uint64_t count; /* of records */
    unsigned char prev[AIS_DIGEST_SIZE], hash[AIS_DIGEST_SIZE];
    uint64_t segment;                          /* 0: not the first commit of its segment */
    bool voids;                                /* "void" is there: */
    uint64_t void_from;                        /* its byte in the segment before */
    const struct ais_json *root;               /* the payload */
    const struct ais_json *records;            /* an array; element i has the number seq + i */
    const struct ais_json *anchors, *counters; /* objects; NULL when absent */
    const struct ais_json *deleted;            /* an array; NULL when absent */
    const struct ais_json *checkpoint;         /* an object; NULL when absent */
    const char *payload;                       /* its text, to which begin and end of the nodes refer */
    size_t length;
};

/* Reads commits beside a writer, which may be in another process. For one thread at a time. */
struct ais_seal_reader;

enum ais_seal_order { AIS_SEAL_OLDEST_FIRST, AIS_SEAL_NEWEST_FIRST };

/* Both are borrowed for the reader's life. */
MUST_CHECK enum ais_err ais_seal_reader_new(struct ais_dir *dir, const struct ais_keyring *ring,
                                            struct ais_seal_reader **ret, struct ais_why *why);

void ais_seal_reader_destroy(struct ais_seal_reader **reader);

/* Begins a pass. upto (may be NULL: all that is found; a last line that does not open may then be one that is being
 * written, and is passed over) bounds it. bound leaves out whole segments that cannot matter: oldest first those
 * before the number bound, newest first those from bound on; 0: none. Files that rotate during the pass are followed.
 * AIS_E_NOT_FOUND: there is no log; AIS_E_KEY: no line of the active segment opens. */
MUST_CHECK enum ais_err ais_seal_reader_start(struct ais_seal_reader *reader, enum ais_seal_order order,
                                              const struct ais_seal_position *upto, uint64_t bound,
                                              struct ais_why *why);

/* The next commit. AIS_E_NOT_FOUND: the pass is over; AIS_E_DAMAGED: why names a file and line that does not verify,
 * and the call after this one goes on behind it; AIS_E_IO. Segments that retention deletes meanwhile end a pass that
 * runs newest first, and are skipped by one that runs oldest first. */
MUST_CHECK enum ais_err ais_seal_reader_next(struct ais_seal_reader *reader, struct ais_seal_commit *ret,
                                             struct ais_why *why);

/* The segments of the pass, oldest first; borrowed until it ends. */
const uint64_t *ais_seal_reader_segments(const struct ais_seal_reader *reader, size_t *ret_count);

/* Goes on with this segment of the pass alone, from its begin (newest first: its end) on. AIS_E_NOT_FOUND: it is none
 * of the pass. */
MUST_CHECK enum ais_err ais_seal_reader_only(struct ais_seal_reader *reader, uint64_t segment, struct ais_why *why);

/* A line, so that it is found again. */
struct ais_seal_place {
    uint64_t segment, inode;
    uint64_t offset, width;
};

/* Leaves out of a pass that runs oldest first, and begins right behind this line, what its file holds up to and
 * including it. If it is not that file any more (another inode, a segment that begins with the bound of the pass or
 * behind it, or other commits at this place: numbers of inodes come again), nothing of it is left out. To be called
 * before the pass's first commit. */
void ais_seal_reader_skip(struct ais_seal_reader *reader, const struct ais_seal_place *after);

/* Reads one line, in a pass or without one: the calls of ais_seal_reader_next that follow give its commits in the order
 * given, then AIS_E_NOT_FOUND. AIS_E_STALE: the segment is in another file now; AIS_E_NOT_FOUND: it is gone. */
MUST_CHECK enum ais_err ais_seal_reader_seek(struct ais_seal_reader *reader, enum ais_seal_order order,
                                             const struct ais_seal_place *place, struct ais_why *why);

/* The state of a rotated segment's file (0: of the active one's): what was found in it is in it as long as this stays
 * the same. AIS_E_NOT_FOUND: it is gone, or not rotated yet. */
MUST_CHECK enum ais_err ais_seal_reader_stat(struct ais_seal_reader *reader, uint64_t segment,
                                             struct ais_file_info *ret, struct ais_why *why);

/* With bare, commits are opened (and so verified) but not read: only file, line, offset, width, inode, seq, payload and
 * length are set. For those who look at bytes first. ais_seal_reader_parse fills in the rest of the last one. */
void ais_seal_reader_bare(struct ais_seal_reader *reader, bool bare);
MUST_CHECK enum ais_err ais_seal_reader_parse(struct ais_seal_reader *reader, struct ais_seal_commit *commit,
                                              struct ais_why *why);

/* Ends the pass, if there is one, and closes its files: what retention deletes is given back to the disk only then. */
void ais_seal_reader_end(struct ais_seal_reader *reader);

/* ---- Verifying ------------------------------------------------------------------------------------------------ */

struct ais_seal_verdict {
    uint64_t segments, commits, records;
    uint64_t bytes;       /* of tokens */
    uint64_t voided;      /* lines that a "void" covers */
    uint64_t first, last; /* numbers of the oldest and the newest record; 0: none */
    struct ais_seal_head head;
    bool head_found; /* the expected head is part of the chain (true when none was expected) */
    uint64_t faults;
    uint64_t checkpoints;                         /* that are signed by whom they should be */
    struct ais_checkpoint checkpoint;             /* the last of them */
    char checkpoint_file[AIS_SEAL_LOG_NAME_SIZE]; /* where it stands */
    uint64_t checkpoint_line;
};

/* What is known from elsewhere. A zeroed struct: nothing. */
struct ais_seal_expected {
    const struct ais_seal_head *head;    /* that must be part of the chain; NULL: none */
    const unsigned char *checkpoint_key; /* AIS_CHECKPOINT_KEY_SIZE bytes: the public key that signs, or one to which
                                          * or from which it changed; there must be checkpoints. NULL: not known, and
                                          * whatever key signs consistently is taken for the right one */
};

/* Walks all segments: every line, the chain, the numbers, the anchors, checkpoints, deletions, missing files. Each
 * fault goes to on_fault (may be NULL), in order. expected may be NULL. AIS_OK means that the walk was completed: look
 * at faults. Where retention overtakes it, it begins anew: what is counted is what one walk has seen from begin to end.
 * A last line that is being written is waited for. AIS_E_NOT_FOUND: no log at all; AIS_E_KEY: no line opens;
 * AIS_E_STALE: its files come and go faster than they are read; AIS_E_IO. */
MUST_CHECK enum ais_err ais_seal_log_verify(struct ais_dir *dir, const struct ais_keyring *ring,
                                            const struct ais_seal_position *upto,
                                            const struct ais_seal_expected *expected,
                                            void (*on_fault)(void *context, const struct ais_seal_fault *fault),
                                            void *context, struct ais_seal_verdict *ret, struct ais_why *why);

#endif
