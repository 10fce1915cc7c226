/* Which rows of a part a filter may want: all that it does want, and a few more. The record itself decides. */
#ifndef AIS_SERVICES_AUDITOR_SELECT_H
#define AIS_SERVICES_AUDITOR_SELECT_H

#include "services/auditor/index.h"
#include "shared/audit/filter.h"

struct select {
    bool none; /* no row of the part */
    int64_t since_us, until_us;
    uint32_t severities, decisions; /* bits; 0: any */
    uint64_t kinds;
    uint32_t session_hash, decision_id_hash; /* 0: any */
    uint32_t session_hash_or;                /* beside session_hash: as good as it */
    bool correlated;                         /* only those */
    bool any_tool, any_user, any_rules;
    uint16_t tool, user;                   /* besides DICTIONARY_OVERFLOW */
    uint64_t texts, texts_mask;            /* of texts that no row of the part may have otherwise; all at once */
    uint64_t rules[(UINT16_MAX + 1) / 64]; /* bits of the sets that hold what is wanted */
};

void select_init(struct select *select, const struct ais_audit_filter *filter, const struct row_key *key,
                 const struct index_part *part);

/* cursor and q are not looked at. */
bool select_row(const struct select *select, const struct row *row);

/* Whether one of the rows of a commit is wanted. */
bool select_commit(const struct select *select, const struct index_part *part, const struct index_commit *commit);

#endif
