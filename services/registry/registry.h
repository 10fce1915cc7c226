/* registry: the control plane. The only writer of the store's documents; publishes what is in force.
 *
 * Hears   SUBSCRIBE, ASK, ADOPTED, USED on the endpoint `registry` (ROUTER); RECORDED, STATE from the auditor on
 *         `releases`.
 *         RESEALED from both of those that are asked for it.
 * Says    SNAPSHOT, TELL there; RESEAL to auditor and metrics; ANCHOR and EVENT to the auditor on `verdicts`; SAMPLE on
 * `metrics`. RELOAD  reads rulepacks and keys anew, all or nothing: what is built beside takes the place of what is in
 * force only when all of it is good; otherwise the old stays. Its owner is told which ("rulepacks", "api_keys"
 * changed). DRAIN   keeps in the document when keys were used last, and has it anchored. Promise every document that is
 * replaced gets its anchor recorded, if the auditor must be waited for, later. No snapshot is sent before the log has
 * that it came into force, unless the log fails: then nothing is decided. A subscriber gets every snapshot from the one
 * in force when it subscribed, in order, or only the latest of those that it was too slow for. A change is answered
 * when its event is recorded and every subscriber uses nothing older (or refused, when that takes too long: then nobody
 * may rely on it).
 *
 * What it can be asked, in ASK's `what`, and TELL's answer:
 *
 *     what         args            status and body
 *     "rulepacks"  -               200 application/json {"rulepacks": [...]}
 *     "rulepack"   name            200 application/json details with rules
 *                  format=yaml     200 application/yaml the source, byte for byte
 *                  version=V       V, where that is the version in the store or the one before; else 404
 *     "api_keys"   -               200 application/json {"api_keys": [...]} (shared/store/keys.h: ais_key_describe)
 *
 *     "key_rotation" -             200 application/json the state of the rotation of the Fernet key: idle, running,
 * done
 *
 * and what it can be told to do (the answer comes when the change is recorded and in force everywhere):
 *
 *     "rulepack_add"       body: the source    201 details; 409, 422 with every fault or every failed test
 *     "rulepack_switch"    name, body          200 details; body is {"enabled": bool}. 404, 422
 *     "rulepack_remove"    name                204; 404, 409 for a system pack
 *     "rulepack_rollback"  name, from=V?       200 details; 404, 409 without a previous version or when V is not in
 *                                              force, 422
 *     "api_key_create"     body                201 the key, shown this once; 409 too many, 422 with every fault
 *     "key_rotate"         -                   202 the state; 409 one is under way, or the operator gives the key
 *     "api_key_revoke"     key_id              204, also when it was revoked before; 404, 409 the last admin key
 *
 * What may be changed is judged in shared/store/pack_change.h and keys.h. All of them can answer 503: not now, nothing
 * was changed. A change that was refused is recorded too.
 *
 * An argument that is not listed, or comes twice, is refused (400): it would be passed over in silence. With a status
 * that is no success (2xx) the body is a sentence for the problem's detail (text/plain), or an object with "detail" and
 * "errors" (application/json). */
#ifndef AIS_SERVICES_REGISTRY_H
#define AIS_SERVICES_REGISTRY_H

#include "rulepacks/bundled.h"
#include "shared/actor/actor.h"
#include "shared/audit/mask.h"
#include "shared/policy/policy.h"
#include "shared/store/store.h"

struct registry_conf {
    struct ais_store *store; /* borrowed and verified; the registry's alone until its thread has ended */
    struct ais_endpoints endpoints;
    const struct ais_mask *mask;            /* borrowed: of what is recorded; NULL: nothing is masked */
    struct ais_policy_options options;      /* what packs are compiled with */
    const struct ais_bundled_pack *bundled; /* mirrored into the store before anything is compiled */
    size_t bundled_count;
};

/* Mirrors the bundled packs, loads and compiles what the store holds, binds, and starts the thread. conf is not needed
 * afterwards, but for what it borrows. Errors as ais_packs_mirror and catalog_load (all faults of rulepacks are
 * logged), or AIS_E_NETWORK: an endpoint cannot be bound. */
MUST_CHECK enum ais_err registry_start(const struct registry_conf *conf, zactor_t **ret, struct ais_why *why);

#endif
