/* One search of the log: the records that a filter wants, one by one or as the answer that a client gets. */
#ifndef AIS_SERVICES_AUDITOR_SEARCH_H
#define AIS_SERVICES_AUDITOR_SEARCH_H

#include "services/auditor/catalog.h"
#include "shared/audit/filter.h"

/* Whom a search lets in between two lines of the log: they may read the log themselves, with another reader. */
struct search_pause {
    bool (*wanted)(void *arg); /* asked often */
    void (*take)(void *arg);
    void *arg;
};

/* Writes {"logs":[record,…],"next_cursor":TEXT or null} into body, which is empty. The index says which lines may hold
 * records that are wanted; only those are read, and each record itself decides. Files that are not in the index are
 * read as a whole.
 *
 * Lines that do not verify are no reason to hide the rest. They are named in "damaged":[…], which is absent when there
 * are none: those that were damaged before they came into the index, those of files that were altered since, and those
 * that hold what was looked for. (What the index knows to hold nothing that is wanted is not missing from the answer.)
 *
 * An answer that grows too long for one message ends early, with a cursor. reader is borrowed; a pass of it ends. Fails
 * as catalog_refresh, ais_seal_reader_start and _next do, and AIS_E_NOMEM. pause: borrowed; NULL: nobody is let in. */
MUST_CHECK enum ais_err search_log(struct catalog *catalog, struct ais_seal_reader *reader,
                                   const struct ais_audit_filter *filter, const struct search_pause *pause,
                                   struct ais_buf *body, struct ais_why *why);

/* Gives each record that filter wants, in its order, until one is not taken (false). filter->limit is not looked at.
 * *ret_damaged: lines were found that do not verify, and may have held such records. Nobody is let in. Otherwise as
 * search_log. */
typedef bool search_taker(void *arg, const struct ais_json *record, uint64_t seq);
MUST_CHECK enum ais_err search_records(struct catalog *catalog, struct ais_seal_reader *reader,
                                       const struct ais_audit_filter *filter, search_taker *take, void *arg,
                                       bool *ret_damaged, struct ais_why *why);

#endif
