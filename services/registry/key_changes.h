/* API keys over the wire: the list, a new one, one revoked (registry.h has the questions). The rules are those of
 * shared/store/keys.h. */
#ifndef AIS_SERVICES_REGISTRY_KEY_CHANGES_H
#define AIS_SERVICES_REGISTRY_KEY_CHANGES_H

#include "services/registry/answers.h"

struct answer answer_api_keys(struct question *question);
struct answer answer_api_key_create(struct question *question);
struct answer answer_api_key_revoke(struct question *question);

#endif
