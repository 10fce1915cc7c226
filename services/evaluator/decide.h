/* One request, one verdict: reads the body, asks the engine, writes the answer and the audit record. One thread. */
#ifndef AIS_SERVICES_EVALUATOR_DECIDE_H
#define AIS_SERVICES_EVALUATOR_DECIDE_H

#include "services/evaluator/past.h"
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

/* The sessions that its decisions look back on; they are the decider's, and told what is decided. */
struct ais_sessions *decider_sessions(struct decider *decider);

/* Fills *ret with a verdict: one with an empty answer when no decision could be made (no snapshot, no memory, a fault
 * of our own), which the record then says. What ret points to lives in the decider, msg and policy until the next call.
 * policy may be NULL; ais_sessions_need has been told what it needs. False: no verdict yet, as the past of the session
 * has to be learnt first, by *ret_of (its texts are msg's, or live as long as a verdict). */
bool decider_run(struct decider *decider, const struct ais_policy *policy, const struct ais_msg_preflight *msg,
                 struct ais_msg_verdict *ret, struct past_of *ret_of);

/* The user of the request that was decided last: the one that is pinned to the key, else the one that it names; empty
 * without one. Lives as what decider_run filled. */
struct ais_span decider_user(const struct decider *decider);

#endif
