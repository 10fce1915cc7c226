/* One request, one verdict: reads the body, asks the engine, writes the answer and the audit record. One thread. */
#ifndef AIS_SERVICES_EVALUATOR_DECIDE_H
#define AIS_SERVICES_EVALUATOR_DECIDE_H

#include "shared/audit/mask.h"
#include "shared/policy/policy.h"
#include "shared/wire/messages.h"

struct decider;

/* name goes into the records; copied. NULL when memory is out. */
struct decider *decider_new(const char *name);
void decider_destroy(struct decider **decider);

/* Has its records masked; mask is borrowed for the decider's life. AIS_E_NOMEM. */
MUST_CHECK enum ais_err decider_mask(struct decider *decider, const struct ais_mask *mask, struct ais_why *why);

/* Has pulse called now and then while a decision takes long, on this thread (ais_engine_listen). */
void decider_listen(struct decider *decider, void (*pulse)(void *arg), void *arg);

/* Fills *ret with a verdict, always: one with an empty answer when no decision could be made (no snapshot, no memory, a
 * fault of our own), which the record then says. What ret points to lives in the decider, msg and policy until the
 * next call. policy may be NULL. */
void decider_run(struct decider *decider, const struct ais_policy *policy, const struct ais_msg_preflight *msg,
                 struct ais_msg_verdict *ret);

/* The user of the request that was decided last: the one that is pinned to the key, else the one that it names; empty
 * without one. Lives as what decider_run filled. */
struct ais_span decider_user(const struct decider *decider);

#endif
