/* Looks for records in the audit log, beside a server that may be writing it. */
#ifndef AIS_SERVICES_CLI_SEARCH_H
#define AIS_SERVICES_CLI_SEARCH_H

#include "services/cli/cli.h"
#include "shared/audit/filter.h"
#include "shared/audit/form/form.h"
#include "shared/seal/log.h"

/* The filter's parameters as flags of a command: the rows of AIS_AUDIT_PARAMETERS from first to last. */
#define CLI_PARAMETER_FLAG(name, accepts) { #name, "VALUE", accepts },

/* Reads the call's flags that are parameters into the filter, whose texts are borrowed from them. AIS_E_USAGE. */
MUST_CHECK enum ais_err cli_search_filter(const struct cli_call *call, struct ais_audit_filter *ret,
                                          struct ais_why *why);

/* A record that is wanted; all pointers are borrowed for the time of a call. */
struct cli_found {
    const struct ais_json *record;
    const char *bytes; /* what it was read from */
    size_t n;
    const struct ais_seal_commit *commit; /* in which it is sealed */
    uint64_t first;                       /* number of the first record that was read, wanted or not */
};

/* Takes one record. An error ends the search. */
typedef enum ais_err cli_search_each(void *context, const struct cli_found *found, struct ais_why *why);

struct cli_search_result {
    size_t given;   /* records handed to each */
    size_t damaged; /* lines that do not verify: each was logged, and passed over */
    uint64_t last;  /* number of the last record given */
    bool more;      /* the limit ended the search */
};

/* Hands the records that the filter wants, in its order and up to its limit, to each, a commit in memory at a time.
 * progress: what is being done ("exporting"), shown on a terminal; NULL: nothing is shown. AIS_E_NOT_FOUND: no data
 * directory, or no log in it; AIS_E_KEY; AIS_E_IO. */
MUST_CHECK enum ais_err cli_search(const struct ais_settings *settings, const struct ais_audit_filter *filter,
                                   const char *progress, cli_search_each *each, void *context,
                                   struct cli_search_result *ret, struct ais_why *why);

/* An answer that leaves damaged lines out says so, in the log and with its exit code. */
void cli_search_damage(struct cli_call *call, size_t damaged);

/* ---- In a form of shared/audit/form ---- */

enum { CLI_AUTHORITY_SIZE = AIS_DIGEST_TEXT };

/* The forms that a command has besides its first `own` words, which are its own ("text", "json"), as the flag --format
 * says. *ret_own: which of its own; own: a form, then in *ret. AIS_E_USAGE. */
MUST_CHECK enum ais_err cli_search_form(const struct cli_call *call, const char *const *own_words, size_t own,
                                        size_t *ret_own, enum ais_audit_form *ret, struct ais_why *why);

/* Begins an output in a form; authority is filled, and borrowed by the writer. AIS_E_IO, AIS_E_KEY: checkpoint.key.pub
 * cannot be read, or is none. */
MUST_CHECK enum ais_err cli_search_writer(const struct ais_settings *settings, enum ais_audit_form form,
                                          struct ais_audit_writer *ret, char authority[CLI_AUTHORITY_SIZE],
                                          struct ais_why *why);

/* Appends a record. */
void cli_search_write(struct ais_audit_writer *writer, const struct cli_found *found, struct ais_buf *out);

#endif
