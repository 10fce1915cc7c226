/* The auditor's reader thread: answers searches of the log (ASK "logs") from files that no longer change and from the
 * part of the active one that is committed. It has its own descriptors and its own keys' contexts, so a search never
 * holds up a commit; searches wait for each other. */
#ifndef AIS_SERVICES_AUDITOR_QUERY_H
#define AIS_SERVICES_AUDITOR_QUERY_H

#include "shared/actor/actor.h"
#include "shared/seal/log.h"

struct query_conf {
    const char *endpoint;           /* where gateways ask; borrowed for the call */
    struct ais_dir *dir;            /* borrowed until query_stop */
    const struct ais_keyring *ring; /* borrowed until query_stop */
    struct ais_seal_position position;
};

struct query;

/* *ret is the caller's, to end with query_stop; on success only. */
MUST_CHECK enum ais_err query_start(const struct query_conf *conf, struct query **ret, struct ais_why *why);

/* From now on searches may read as far as this. Called by the writer after each commit, before it releases what was
 * committed: who was answered finds their record. Does not wait. */
void query_committed(struct query *query, const struct ais_seal_position *position);

/* Waits for the search that is running. */
void query_stop(struct query **query);

#endif
