/* Changes of rulepacks (the table in registry.h) as answers: what shared/store/pack_change.h makes of them, with the
 * catalog that comes into force and the event that tells of it. Nothing is put in force or recorded here. */
#ifndef AIS_SERVICES_REGISTRY_PACK_CHANGES_H
#define AIS_SERVICES_REGISTRY_PACK_CHANGES_H

#include "services/registry/answers.h"

struct answer pack_changes_add(struct question *question);
struct answer pack_changes_switch(struct question *question);
struct answer pack_changes_remove(struct question *question);
struct answer pack_changes_rollback(struct question *question);

#endif
