/* The first API keys: made once, shown once. */
#ifndef AIS_SHARED_STORE_FIRST_KEYS_H
#define AIS_SHARED_STORE_FIRST_KEYS_H

#include "shared/store/keys.h"

/* A zeroed struct is: none were made. */
struct ais_first_keys {
    struct ais_key_made admin; /* every scope; its secret is NULL when the operator chose it */
    struct ais_key_made agent; /* preflight only */
};
void ais_first_keys_done(struct ais_first_keys *keys);

enum ais_first_keys_fate {
    AIS_FIRST_KEYS_MADE,
    AIS_FIRST_KEYS_PRESENT, /* the store has keys: none were made */
    AIS_FIRST_KEYS_IGNORED, /* the same, and the chosen one does not open anything: it counts at a first start only */
};

#define AIS_FIRST_KEYS_FILE "first_api_keys.txt"

/* Makes the two when the store has no API keys document. chosen: an admin key of the operator's choosing
 * (AISENTINEL_API_KEY), or NULL. Until they are shown they are in AIS_FIRST_KEYS_FILE of the data directory (0600), so
 * that a start that fails in between loses none. Errors as ais_keys_create and ais_file_replace. */
MUST_CHECK enum ais_err ais_first_keys_make(struct ais_store *store, const char *chosen, struct ais_first_keys *ret,
                                            enum ais_first_keys_fate *ret_fate, struct ais_why *why);

/* Whether the file is still there: not shown, or shown in it, and not deleted since. */
bool ais_first_keys_wait(struct ais_store *store);

/* Whether descriptor fd leads into the systemd journal, which keeps what it is told: journal_stream is the value of the
 * environment's JOURNAL_STREAM, "device:inode" of that stream (systemd.exec(5)), or NULL. */
bool ais_is_journal(int fd, const char *journal_stream);

/* Shows the keys, with a line to paste that asks for a decision at base_url ("http://127.0.0.1:8000"): on fd, and then
 * the file is deleted; or in the file, of which *ret_filed tells, when fd is a journal or does not take them. The text
 * is made in locked memory and wiped. Errors as ais_file_replace. */
MUST_CHECK enum ais_err ais_first_keys_show(struct ais_store *store, const struct ais_first_keys *keys,
                                            const char *base_url, int fd, const char *journal_stream, bool *ret_filed,
                                            struct ais_why *why);

#endif
