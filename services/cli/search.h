/* Looks for records in the audit log, beside a server that may be writing it. */
#ifndef AIS_SERVICES_CLI_SEARCH_H
#define AIS_SERVICES_CLI_SEARCH_H

#include "services/cli/cli.h"
#include "shared/audit/filter.h"

/* The filter's parameters as flags of a command: the rows of AIS_AUDIT_PARAMETERS from first to last. */
#define CLI_PARAMETER_FLAG(name, accepts) { #name, "VALUE", accepts },

/* Reads the call's flags that are parameters into the filter, whose texts are borrowed from them. AIS_E_USAGE. */
MUST_CHECK enum ais_err cli_search_filter(const struct cli_call *call, struct ais_audit_filter *ret,
                                          struct ais_why *why);

/* Takes one record: its tree, and the n bytes it was read from. An error ends the search. */
typedef enum ais_err cli_search_each(void *context, const struct ais_json *record, const char *bytes, size_t n,
                                     struct ais_why *why);

struct cli_search_result {
    size_t given;   /* records handed to each */
    size_t damaged; /* lines that do not verify: each was logged, and passed over */
    uint64_t last;  /* number of the last record given */
    bool more;      /* the limit ended the search */
};

/* Hands the records that the filter wants, in its order and up to its limit, to each. AIS_E_NOT_FOUND: no data
 * directory, or no log in it; AIS_E_KEY; AIS_E_IO. */
MUST_CHECK enum ais_err cli_search(const struct ais_settings *settings, const struct ais_audit_filter *filter,
                                   cli_search_each *each, void *context, struct cli_search_result *ret,
                                   struct ais_why *why);

#endif
