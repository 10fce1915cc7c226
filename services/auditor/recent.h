/* What gateways were told a moment ago, by decision, refusals too: a second verdict of the same request (its first
 * evaluator was slow, not dead) is not recorded again, but answered again, with the very answer that was recorded.
 * One thread. */
#ifndef AIS_SERVICES_AUDITOR_RECENT_H
#define AIS_SERVICES_AUDITOR_RECENT_H

#include "shared/wire/messages.h"

enum { RECENT_MAX = 1 << 18 }; /* decisions remembered at most; about 400 bytes each */

struct recent;

/* Remembers for keep_ns. NULL when memory is out. */
struct recent *recent_new(int64_t keep_ns);
void recent_destroy(struct recent **recent);

/* Forgets what is older than keep_ns at now_ns (monotonic). */
void recent_expire(struct recent *recent, int64_t now_ns);

/* Whether one more can be remembered. A decision that could not be must not be recorded. */
bool recent_has_room(const struct recent *recent);

/* The release that was sent for this decision; NULL: not known. Lives until the next recent_expire. */
const struct ais_msg_release *recent_find(const struct recent *recent, const struct ais_id *decision_id);

/* Remembers a release (copied). False: no memory; then a duplicate could be recorded twice. */
bool recent_add(struct recent *recent, const struct ais_msg_release *release, int64_t now_ns);

#endif
