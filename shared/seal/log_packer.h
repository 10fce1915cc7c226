/* Inside shared/seal only: what packing and re-sealing share. Both make a new file of a rotated segment and exchange
 * the two, in the order that log.h tells. */
#ifndef AIS_SHARED_SEAL_LOG_PACKER_H
#define AIS_SHARED_SEAL_LOG_PACKER_H

#include "shared/seal/log_lines.h"

/* Bytes written between two syncs: no commit's sync waits behind more of ours than that. */
enum { AIS_SEAL_UNSYNCED = 1 << 20 };

struct ais_seal_packer {
    struct ais_dir *dir;                   /* borrowed */
    const struct ais_keyring *ring;        /* borrowed */
    struct ais_seal_opener opener;         /* owned; its sealer seals, too */
    uint64_t looked_at;                    /* segments up to this number need not be packed */
    uint64_t resealed_to;                  /* nor those up to this one be sealed anew, */
    char aside_to[AIS_SEAL_LOG_NAME_SIZE]; /* nor files set aside up to this one, */
    size_t resealed_for;                   /* as long as the key at this place seals */
    uint64_t resealed_in;                  /* and this round lasts */
    uint64_t unopened;                     /* lines that were met in it and not told of yet */

    /* The segment that is being packed. */
    const struct ais_seal_packing *packing; /* borrowed for one call */
    uint64_t number;
    struct ais_seal_fault damage; /* the first that was met in it; text empty: none */
    int fd;                       /* owned; the new file */
    uint64_t length, unsynced;
    struct ais_buf text, lines;    /* owned; payloads joined for the next line, and the lines that seal them now */
    struct ais_buf deflated, line; /* owned; scratch */
};

/* Opens audit_logs.packed for writing. Never a file that is there: it may be one that an exchange, not durable yet,
 * took out of the log. */
MUST_CHECK enum ais_err ais_seal_packer_create(struct ais_seal_packer *packer, struct ais_why *why);

/* Appends to it. */
MUST_CHECK enum ais_err ais_seal_packer_write(struct ais_seal_packer *packer, const struct ais_buf *bytes,
                                              struct ais_why *why);

/* Puts it, written and verified, in the segment's place; with another err than AIS_OK it is given up, and err returned.
 */
MUST_CHECK enum ais_err ais_seal_packer_put(struct ais_seal_packer *packer, const struct ais_seal_segment *segment,
                                            enum ais_err err, struct ais_why *why);

/* Where the end of the segment of packer->number is void, as the one after it says; UINT64_MAX: it does not, or cannot
 * be read. */
MUST_CHECK enum ais_err ais_seal_packer_void(struct ais_seal_packer *packer, uint64_t *ret, struct ais_why *why);

/* Deletes audit_logs.packed, whichever file that is. */
MUST_CHECK enum ais_err ais_seal_packer_discard(struct ais_seal_packer *packer, struct ais_why *why);

#endif
