/* What sessions did before the requests that are replayed: kept as an evaluator keeps it, from the decisions that the
 * replayed rules make. */
#ifndef AIS_SERVICES_CLI_REPLAY_PAST_H
#define AIS_SERVICES_CLI_REPLAY_PAST_H

#include "shared/audit/mask.h"
#include "shared/sessions/sessions.h"

struct replay_past {
    struct ais_sessions *sessions; /* owned; NULL: the snapshot needs none */
    bool facts;                    /* it needs calls and tools */
    int64_t timespan_ns;           /* and so much of the events */
    bool full;                  /* sessions were forgotten: one that is met for the first time may have been before */
    struct ais_session session; /* of the call at hand */
    bool facts_known;           /* its calls and tools are, or nothing asks for them */
    struct ais_session_group group;
};

/* A call. */
struct replay_call {
    const struct ais_json *record;
    struct ais_span session, key;       /* ids; empty: none */
    char masked[AIS_MASK_SESSION_TEXT]; /* memory for the session's id */
    uint64_t id;
    int64_t received_ns;
    bool begun; /* the log holds all that was before it */
};

/* Has a call be of a session, by the one text that all of its records give: where something of its id was masked they
 * have no other. session: as the record has it; mask NULL: it is not known how ids are masked. */
void replay_call_session(struct replay_call *call, const struct ais_mask *mask, const struct ais_json *session);

/* Ends with replay_past_done. AIS_E_NOMEM. */
MUST_CHECK enum ais_err replay_past_init(struct replay_past *past, const struct ais_policy *policy,
                                         struct ais_why *why);
void replay_past_done(struct replay_past *past);

/* What the call's session did before. *ret NULL: the snapshot does not ask. *ret_known: false when something that it
 * may ask is not in the log any more, or could not be decided again. AIS_E_NOMEM. */
MUST_CHECK enum ais_err replay_past_find(struct replay_past *past, const struct replay_call *call,
                                         const struct ais_session **ret, bool *ret_known, struct ais_why *why);

/* The call that was looked for was decided; NULL: could not be. */
void replay_past_add(struct replay_past *past, const struct replay_call *call, const struct ais_decision *decision);

#endif
