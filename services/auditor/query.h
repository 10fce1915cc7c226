/* The auditor's reader thread: answers questions about the log (ASK "logs", "activity" and "session") from the index
 * and from files that no longer change, or from the part of the active one that is committed. It has its own
 * descriptors and its own keys' contexts, shares no lock with the writer and runs at a lower priority, so a search
 * never holds up a commit; searches wait for each other. Between questions it reads into the index what was there
 * before the service started. */
#ifndef AIS_SERVICES_AUDITOR_QUERY_H
#define AIS_SERVICES_AUDITOR_QUERY_H

#include "services/auditor/findings.h"
#include "services/auditor/index.h"
#include "services/auditor/reading.h"
#include "shared/actor/actor.h"

struct query_conf {
    const char *logs, *pasts;       /* endpoints where gateways and evaluators ask; borrowed for the call */
    struct ais_dir *dir;            /* borrowed until the thread has ended */
    const struct ais_keyring *ring; /* borrowed until the thread has ended */
    struct index *index;            /* borrowed until the thread has ended; its parts are taken over */
    struct findings *findings;      /* borrowed until the thread has ended; told what is wrong with files */
    struct reading *reading;        /* borrowed until the thread has ended; told when it is at work */
    uint64_t segment;               /* that was active when the index began */
};

/* Starts the thread, which ends with ais_actor_stop. *ret is the caller's, on success only. */
MUST_CHECK enum ais_err query_start(const struct query_conf *conf, zactor_t **ret, struct ais_why *why);

#endif
