/* The auditor: the only writer of the sealed log.
 *
 * Hears: evaluators (VERDICT), everybody (EVENT), registry (ANCHOR), gateways (SUBSCRIBE; ASK, which its reader thread
 * answers).  Owns the log; its chain and
 * its head are nobody else's.
 * Promises: a decision is released to its gateway only when its record is on disk (durability `commit`), in the order
 * of the log, once. What comes twice is recorded once; what comes after its deadline is recorded as not delivered. When
 * the storage fails nothing is released, events wait, gateways are told, and it goes on by itself when the fault ends.
 * Stops on: STOP from its owner, after writing what had arrived. */
#ifndef AIS_SERVICES_AUDITOR_H
#define AIS_SERVICES_AUDITOR_H

#include "shared/actor/actor.h"
#include "shared/seal/log.h"

struct auditor_conf {
    struct ais_endpoints endpoints;
    struct ais_seal_log *log;       /* open; the actor's from the call on, whatever that returns */
    struct ais_dir *dir;            /* where the log is; borrowed for the actor's life */
    const struct ais_keyring *ring; /* that opens it; borrowed for the actor's life */
    uint32_t retention;             /* as the log has it */
    unsigned deadline_ms;           /* of preflights: how long decisions are remembered is measured by it */
    bool async;                     /* release before the sync, which then follows within 50 ms */
};

/* *ret_actor is the caller's, on success only. */
MUST_CHECK enum ais_err auditor_start(const struct auditor_conf *conf, zactor_t **ret_actor, struct ais_why *why);

#endif
