/* Rulepacks as JSON: each for those who ask (INTERFACE: GET /api/v1/rulepacks), all for the audit log. */
#ifndef AIS_SERVICES_REGISTRY_DESCRIBE_H
#define AIS_SERVICES_REGISTRY_DESCRIBE_H

#include "services/registry/catalog.h"
#include "shared/json/write.h"
#include "shared/policy/rulepack.h"
#include "shared/store/packs.h"

/* One element of the list of all:
 *     {"name", "version", "kind", "enabled", "checksum", "rules": n, "invariants": n, "description"}
 * read may be NULL (a disabled pack that this version cannot read): then the last three are null. */
void describe_pack(struct ais_buf *out, const struct ais_stored_pack *stored, const struct ais_rulepack *read);

/* The same with each rule where the list has their number, and "previous_version" where one is kept:
 *     "rules": [{"id", "title", "action", "severity", "mode", "unless"?, "remediation"?, "alternatives": [...],
 *                "tags": [...], "references": [...], "tests": n}], "invariants": [as rules] */
void describe_pack_in_full(struct ais_buf *out, const struct ais_stored_pack *stored, const struct ais_rulepack *read);

/* What came into force, as the audit log has it:
 *     {"rulepacks_generation", "api_keys_generation", "rulepacks": [{"name", "version", "enabled"}]} */
void describe_activation(struct ais_buf *out, const struct catalog *catalog);

#endif
