/* What the audit log knows of sealed documents, for those who read beside its writer. */
#ifndef AIS_SHARED_STORE_LOG_ANCHORS_H
#define AIS_SHARED_STORE_LOG_ANCHORS_H

#include "shared/seal/log.h"

/* Fills ret with the latest anchor of each document; none when there is no log. Lines of the log that do not verify are
 * passed over: what they say is `audit verify`'s business. AIS_E_KEY, AIS_E_IO, AIS_E_NOMEM. */
MUST_CHECK enum ais_err ais_log_anchors(struct ais_dir *dir, const struct ais_keyring *ring,
                                        struct ais_anchor ret[AIS_SEAL_LOG_ANCHORS], size_t *ret_count,
                                        struct ais_why *why);

#endif
