/* Inside shared/storage only: what a start records of what it found and made. Each is one commit, on disk when it
 * returns, with the anchors that belong to it; errors are those of ais_seal_log_commit. */
#ifndef AIS_SHARED_STORAGE_RECORDS_H
#define AIS_SHARED_STORAGE_RECORDS_H

#include "shared/audit/event.h"
#include "shared/mem/buf.h"
#include "shared/storage/storage.h"

/* Records in one commit at most: of the first API keys, and of the document that they came with. */
enum { STORAGE_FIRST_KEYS = 2, STORAGE_AT_ONCE = STORAGE_FIRST_KEYS + 1 };

/* Anchors that a commit has. */
struct storage_anchored {
    const struct ais_anchor *list;
    size_t count;
};
extern const struct storage_anchored storage_none;

/* Which keys of the installation are made at this start. */
struct storage_made {
    bool fernet, checkpoint, mask;
};

/* Writes an event of the supervisor with these details (one JSON object, or NULL) into out; look at out->failed. */
void storage_event_write(struct ais_buf *out, enum ais_audit_kind kind, enum ais_audit_outcome outcome,
                         const struct ais_buf *details);

/* Commits such events, all or none. */
MUST_CHECK enum ais_err storage_commit(struct ais_seal_log *log, const struct ais_buf *events, size_t count,
                                       struct storage_anchored anchored, struct ais_why *why);

/* A fault of one file, which only somebody else can have made; anchored: what holds from now on. */
MUST_CHECK enum ais_err storage_record_fault(struct ais_seal_log *log, const char *file, const char *fault,
                                             struct storage_anchored anchored, struct ais_why *why);

/* What opening the log found, if it found anything. */
MUST_CHECK enum ais_err storage_record_recovery(struct ais_seal_log *log, const struct ais_seal_log_report *report,
                                                struct ais_why *why);
MUST_CHECK enum ais_err storage_record_damage(const struct ais_storage *storage,
                                              const struct ais_seal_log_report *report, struct ais_why *why);

/* Of the key of masks: it is missing, or another one, or the one before again. */
MUST_CHECK enum ais_err storage_record_lost_mask_key(struct ais_seal_log *log, struct ais_why *why);
MUST_CHECK enum ais_err storage_record_other_mask_key(struct ais_seal_log *log, struct storage_anchored anchored,
                                                      struct ais_why *why);
MUST_CHECK enum ais_err storage_record_restored_mask_key(struct ais_seal_log *log, struct storage_anchored anchored,
                                                         struct ais_why *why);

/* Of the public key of checkpoints: it is missing, or does not fit the private one. */
MUST_CHECK enum ais_err storage_record_missing_public(struct ais_seal_log *log, struct ais_why *why);
MUST_CHECK enum ais_err storage_record_foreign_public(struct ais_seal_log *log, struct ais_why *why);

/* The keys that are made, if any is; mask: anchors of a key of masks among them. */
MUST_CHECK enum ais_err storage_record_keys(struct ais_seal_log *log, const struct storage_made *made,
                                            struct storage_anchored mask, struct ais_why *why);

#endif
