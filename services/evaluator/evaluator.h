/* An evaluator: the engine on a thread of its own.
 *
 * Hears: gateway (PREFLIGHT, HEARTBEAT), registry (SNAPSHOT), auditor's reader (TELL).  Owns what it remembers of its
 * sessions, which the log tells again; killable at any time: its requests then go to another.  Promises: requests of a
 * session are decided in the order in which they came, each on one snapshot, and never before the session's past is
 * known where it matters; a verdict goes to the auditor only. What could not be decided is told as such, never as an
 * allow. */
#ifndef AIS_SERVICES_EVALUATOR_H
#define AIS_SERVICES_EVALUATOR_H

#include "shared/actor/actor.h"
#include "shared/audit/mask.h"
#include "shared/metrics/users.h"

struct evaluator_conf {
    struct ais_endpoints endpoints;
    const char *name;                    /* unique among evaluators; copied */
    const struct ais_mask *mask;         /* of its records; borrowed for the actor's life; NULL: none */
    const struct ais_user_key *user_key; /* by which users are counted; copied. NULL: they are not */
};

/* *ret_actor is the caller's, on success only. */
MUST_CHECK enum ais_err evaluator_start(const struct evaluator_conf *conf, zactor_t **ret_actor, struct ais_why *why);

#endif
