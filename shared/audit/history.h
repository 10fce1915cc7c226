/* The past of one session, as an evaluator asks the auditor's reader for it (ASK "session") and is told.
 *
 * Asked: `session` (its id), and with it `masked` (what stands in its place in a record in which something of it was
 * masked, mask.h: an agent can bring that about for any of its calls, and these must be told as well), or `key` (an API
 * key's id: its calls without a session), `since` (a time as records write it), and `facts` ("1") when calls and tools
 * are wanted, too.
 *
 * Told, the newest first:
 * {"calls":[{"decision_id","time","allowed","tool"?,"session"?,"correlated"?},...],"known_since": time or null,
 * "damaged": bool}. With facts these are all calls since `since`, and further back as far as the first that has
 * "session"; before a call that is longer ago, and without facts, the calls since `since` that have "correlated" (the
 * newest by number are told first, whatever the clock did in between). known_since: what the session did before is not
 * told, or not all (with `masked`: before a start that found another mask key nobody finds what was masked); null:
 * there was nothing. */
#ifndef AIS_SHARED_AUDIT_HISTORY_H
#define AIS_SHARED_AUDIT_HISTORY_H

#define AIS_HISTORY "session"

/* So many calls are told; before the last of them the session is not known. */
enum { AIS_HISTORY_CALLS_MOST = 2000 };

#endif
