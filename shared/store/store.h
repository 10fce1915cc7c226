/* The data directory: its lock, its key, and the sealed documents that the registry owns.
 *
 * A document is a JSON object, replaced whole and atomically. Its generation, which grows by one with each replacement,
 * and its digest are recorded in the audit chain (an *anchor*) after each replacement; at start, and at each later
 * reading, a document is held against the last anchor: an old copy put back, with revoked keys alive in it, is found.
 *
 * Order at start. When a step refuses, nothing has been written but the lock, a tightened directory and a first key,
 * and from step 3 on a record that says why:
 *
 *   1. ais_store_open    directory, lock, key; every document is opened. A wrong key ends here, with nothing changed.
 *   2. (audit)           the log is opened and recovered, or made; it gives the anchors.
 *   3. ais_store_verify  documents against anchors, and those refused that did not open. Only now may they be read.
 *   4. ais_packs_mirror, ais_first_keys_make: what a first start lacks is made.
 *   5. ais_store_unrecorded: anchors that the chain does not have yet, to be recorded; again after each later write.
 *
 * So a crash leaves a beginning of: key, log, documents. When something is missing, then:
 *
 *   key   log    documents
 *   no    no     no         first start
 *   no    any of the two    AIS_E_KEY: the key was lost, and a new one would only hide that
 *   yes   no     no         first start that ended early, or a key put there by its operator: goes on
 *   yes   no     some       AIS_E_DAMAGED: the log was removed, and with it the word on what is genuine (in step 1,
 *                           before a new log is made that would seem to vouch for them)
 *   yes   yes    none       no anchors: first start that ended early, goes on. Anchors: AIS_E_DAMAGED
 *   yes   yes    some       each by the table below
 *
 * One document against its anchor, of generation n (none: n = 0):
 *
 *   does not open                  AIS_E_DAMAGED
 *   missing, n > 0                 AIS_E_DAMAGED
 *   generation < n                 AIS_E_STALE: an older copy was put back
 *   generation = n, other digest   AIS_E_DAMAGED: replaced behind the log's back
 *   generation = n, same digest    good
 *   generation > n > 0, or 1 > 0   good, and to be recorded: the crash came between replacement and record, or who
 *                                  replaced it had the key and did not want a record
 *   generation > 1, n = 0          AIS_E_DAMAGED: the log that knew the ones before was emptied or exchanged
 *
 * One thread at a time: the registry's, or a command's while no server runs. */
#ifndef AIS_SHARED_STORE_H
#define AIS_SHARED_STORE_H

#include "shared/json/json.h"
#include "shared/mem/arena.h"
#include "shared/mem/buf.h"
#include "shared/seal/document.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/*    document              name: of NAME.enc and of its anchor */
#define AIS_STORE_DOCUMENTS(X)             \
    X(AIS_DOCUMENT_RULEPACKS, "rulepacks") \
    X(AIS_DOCUMENT_API_KEYS, "api_keys")

/* Beside them: what a compile left (policy_cache.h). No document: whoever is in doubt deletes it. */
#define AIS_STORE_CACHE "policy_cache"

enum ais_store_document {
#define X(document, name) document,
    AIS_STORE_DOCUMENTS(X)
#undef X
        AIS_STORE_DOCUMENT_COUNT
};

struct ais_store;

/* What opening did, for its caller to log. */
struct ais_store_opened {
    bool tightened; /* the directory was open to others */
    bool key_made;  /* fernet.key was made: a first start */
};

/* Opens the data directory at path, made when it is absent, and takes its lock. keys is the text of Fernet keys given
 * by the operator (INTERFACE: OFFLINE_ENCRYPTION_KEY), or NULL: then fernet.key is read, or made when nothing sealed is
 * there yet. On success *ret is the caller's, to end with ais_store_close.
 * AIS_E_LOCKED: who has it; AIS_E_KEY: the key is missing, malformed or another one; AIS_E_DAMAGED: there are documents
 * and no audit log; AIS_E_REFUSED: fernet.key is open to others; AIS_E_IO, AIS_E_SPACE, AIS_E_NOMEM. */
MUST_CHECK enum ais_err ais_store_open(const char *path, const char *keys, struct ais_store **ret,
                                       struct ais_store_opened *ret_opened, struct ais_why *why);

/* The same over a directory that is open and locked already; it belongs to the store from here on, whatever this
 * returns. For tests with a directory that fails on purpose. */
MUST_CHECK enum ais_err ais_store_open_in(struct ais_dir *dir, const char *keys, struct ais_store **ret,
                                          struct ais_store_opened *ret_opened, struct ais_why *why);

/* A view of a directory that another process may own: documents can be read, and nothing is written. dir and ring are
 * borrowed until ais_store_close. The view is verified already, by the anchors that the log holds.
 * Errors as ais_store_open and ais_store_verify. */
MUST_CHECK enum ais_err ais_store_view(struct ais_dir *dir, const struct ais_keyring *ring, struct ais_store **ret,
                                       struct ais_why *why);

/* Gives the lock back and nulls the caller's pointer; NULL is fine. */
void ais_store_close(struct ais_store **store);

/* For those who seal beside the documents (the audit log): borrowed until ais_store_close. */
struct ais_dir *ais_store_dir(struct ais_store *store);
const struct ais_keyring *ais_store_keyring(const struct ais_store *store);

/* Holds every document against the last anchors of the chain (those of other documents are passed over), by the second
 * table above. AIS_E_STALE and AIS_E_DAMAGED, with a reason for the operator. */
MUST_CHECK enum ais_err ais_store_verify(struct ais_store *store, const struct ais_anchor *anchors, size_t count,
                                         struct ais_why *why);

/* The name of the document for which the last ais_store_verify failed; NULL: it did not. */
const char *ais_store_refused(const struct ais_store *store);

/* Reads a document into arena. Without one *ret is NULL and *ret_generation 0. A document that changed since it was
 * last read or written is held against what it was, as against an anchor. AIS_E_INTERNAL: before ais_store_verify;
 * AIS_E_STALE, AIS_E_DAMAGED (also: it has gone), AIS_E_KEY, AIS_E_IO. */
MUST_CHECK enum ais_err ais_store_read(struct ais_store *store, enum ais_store_document document,
                                       struct ais_arena *arena, const struct ais_json **ret, uint64_t *ret_generation,
                                       struct ais_why *why);

/* Makes a document's next content: from now (NULL: there is no document) one JSON object is written into next, which is
 * empty; left empty, the document stays as it is. An error stops the change. */
typedef enum ais_err ais_store_edit(void *arg, const struct ais_json *now, struct ais_buf *next, struct ais_why *why);

/* Reads a document, hands it to edit and replaces it by what that made, as the next generation. *ret_written (may be
 * NULL) tells whether it was replaced. Errors as ais_store_read and edit; AIS_E_IO and AIS_E_SPACE leave the old one.
 */
MUST_CHECK enum ais_err ais_store_change(struct ais_store *store, enum ais_store_document document,
                                         ais_store_edit *edit, void *arg, bool *ret_written, struct ais_why *why);

/* The same for a change that takes rights away (a key revoked): where there is no space for it, the reserve is given
 * up, so that it can be made on a full disk. */
MUST_CHECK enum ais_err ais_store_narrow(struct ais_store *store, enum ais_store_document document,
                                         ais_store_edit *edit, void *arg, bool *ret_written, struct ais_why *why);

/* Makes sure of the reserve: a file of bytes that mean nothing, whose space ais_store_narrow gives to the document and
 * to the log. It is made only where that leaves plenty. To be called at start and now and then, for it may have been
 * given up. AIS_E_SPACE: there is no room for it now; AIS_E_IO. */
#define AIS_STORE_RESERVE "reserve"
MUST_CHECK enum ais_err ais_store_reserve(struct ais_store *store, struct ais_why *why);

/* Deletes the reserve, for the log to record what was changed; false when there was none. */
bool ais_store_give_up_reserve(struct ais_store *store);

/* From now on documents are replaced on behalf of this: one JSON object, borrowed until the next call; NULL: nobody is
 * named. It stands in the document, so that a crash before the record does not lose who did it. */
void ais_store_on_behalf(struct ais_store *store, const char *by);

/* Writes what is recorded of a document that was replaced: its name, generation and digest, the last generation that
 * the chain has where that is not the one before, and who did it where somebody is named; one JSON object. */
void ais_store_describe(const struct ais_store *store, const struct ais_anchor *anchor, struct ais_buf *ret);

/* A document's name, which its anchor has, too. */
const char *ais_store_name(enum ais_store_document document);

/* The generation of a document as it was last read or written; 0: there is none. */
uint64_t ais_store_generation(const struct ais_store *store, enum ais_store_document document);

/* An anchor that the chain does not have yet, borrowed until the next call on store; NULL when it has them all. */
const struct ais_anchor *ais_store_unrecorded(const struct ais_store *store);

/* The generation that the chain has of the document of this anchor; 0: none. */
uint64_t ais_store_last_recorded(const struct ais_store *store, const struct ais_anchor *anchor);

/* Tells the store that the chain has, or surely will have, this anchor. */
void ais_store_recorded(struct ais_store *store, const struct ais_anchor *anchor);

#endif
