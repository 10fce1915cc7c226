/* A session's past as the auditor's reader tells it (shared/audit/history.h). */
#ifndef AIS_SERVICES_EVALUATOR_PAST_H
#define AIS_SERVICES_EVALUATOR_PAST_H

#include "shared/audit/mask.h"
#include "shared/mem/arena.h"
#include "shared/mem/buf.h"
#include "shared/sessions/sessions.h"

/* Whose past is asked for: the texts of a request, borrowed. */
struct past_of {
    struct ais_span session, key; /* key counts where session is empty */
    int64_t received_ns;
    char masked[AIS_MASK_SESSION_TEXT]; /* what else records may call the session; "": nothing, as none is masked */
};

/* Appends the arguments of the question to args. False: memory is out, or an id holds a NUL.
 */
bool past_ask(struct ais_buf *args, const struct past_of *of, const struct ais_session_needs *needs);

/* The session that an answer tells of; its texts need the arena only during this call. NULL: the answer is none
 * (AIS_E_MALFORMED), or memory is out; why says which. */
struct ais_kept_session *past_read(struct ais_arena *arena, const struct ais_session_group *group,
                                   const struct ais_session_needs *needs, const char *body, size_t n,
                                   struct ais_why *why);

/* A session of which nothing is known, and why (a literal). NULL: memory is out. */
struct ais_kept_session *past_unknown(const struct ais_session_group *group, const char *reason);

#endif
