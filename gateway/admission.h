/* Who may ask, and whether a decision can be made now. */
#ifndef AIS_GATEWAY_ADMISSION_H
#define AIS_GATEWAY_ADMISSION_H

#include "gateway/state.h"

/* Checks a presented key for the scopes needed: 200 and *ret_caller (which lives as long as gateway->access); 401 or
 * 403. Counts failures for the log. */
unsigned admission_authenticate(struct gateway *gateway, const char *key, size_t n, uint32_t scopes,
                                const struct ais_access_key **ret_caller);

/* Why no preflight can be decided now, for people; NULL when it can. */
const char *admission_unable(const struct gateway *gateway);

/* Failed logins are recorded in aggregate: whoever guesses keys must not be able to fill the log. Call often. */
void admission_record_failures(struct gateway *gateway);

#endif
