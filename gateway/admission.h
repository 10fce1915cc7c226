/* Who may ask, and whether a decision can be made now. */
#ifndef AIS_GATEWAY_ADMISSION_H
#define AIS_GATEWAY_ADMISSION_H

#include "gateway/state.h"

/* When a failed login is answered. */
enum admission_pace {
    ADMISSION_AT_ONCE,
    ADMISSION_LATE,    /* with admission_delay: its address fails too often */
    ADMISSION_REFUSED, /* at once, 429: too many wait already */
};

/* Checks a presented key that came from peer for the scopes needed: 200 and *ret_caller (which lives as long as
 * gateway->access); 403; 401, and *ret_pace says when to answer; or 503, before it is known which keys there are, with
 * admission_unable as its words. Counts failures for the log. */
unsigned admission_authenticate(struct gateway *gateway, const char *key, size_t n, const struct ais_peer *peer,
                                uint32_t scopes, const struct ais_access_key **ret_caller,
                                enum admission_pace *ret_pace);

/* Has a failed login answered late, after ADMISSION_LATE. */
void admission_delay(struct gateway *gateway, struct delayed_answer *answer);

/* Has it counted that a failed login is refused at once, because it is ADMISSION_REFUSED or cannot wait: 429, and what
 * that says. */
unsigned admission_refuse(struct gateway *gateway);
extern const char admission_too_many[];

/* Why no preflight can be decided now, for people; NULL when it can. */
const char *admission_unable(const struct gateway *gateway);

/* Records failed logins, when it is time for that (failures.h); with `all`, those that are counted only, too. Call it
 * when what came in a round is admitted or refused. False: some are not recorded, and are counted on. */
bool admission_record_failures(struct gateway *gateway, bool all);

#endif
