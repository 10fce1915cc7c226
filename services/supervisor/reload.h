/* SIGHUP: rulepacks, keys and the certificate are read anew, all or nothing.
 *
 * What can fail comes first: the certificate is prepared here, then the registry builds what it owns beside what is in
 * force. Only when both are good does anything change: the registry puts its part in force, and the certificate, which
 * cannot fail any more, goes to the gateway. Either way one audit event, settings_reloaded, tells what became of it:
 *
 *     success  "changed": ["rulepacks", "api_keys", "certificate"], those that are new
 *     failure  "failed": "certificate", or "rulepacks and keys"; "reason": why. Everything is as it was
 *
 * However many are asked for while one is on its way, one more follows it. One thread, the supervisor's. */
#ifndef AIS_SERVICES_SUPERVISOR_RELOAD_H
#define AIS_SERVICES_SUPERVISOR_RELOAD_H

#include "shared/actor/actor.h"
#include "shared/conf/settings.h"
#include "shared/tls/identity.h"

struct reload {
    zactor_t *registry, *gateway;      /* borrowed; set by the owner before the first reload_begin */
    zsock_t *events;                   /* borrowed: to the auditor; the same */
    const char *cert, *key;            /* borrowed paths; NULL: plain HTTP */
    struct ais_tls_identity *identity; /* a reference: in force; NULL: plain HTTP */
    struct ais_tls_identity *fresh;    /* a reference: prepared; NULL when there is none, or it is the same */
    bool running, again;
};

/* Reads the certificate that the service starts with, if settings name one; warns when its time is over or nearly so.
 * Ends with reload_done, whatever this returns. Errors as ais_tls_identity_load. */
MUST_CHECK enum ais_err reload_init(struct reload *reload, const struct ais_settings *settings, struct ais_why *why);
void reload_done(struct reload *reload);

/* Begins one, or has one follow that which is on its way. */
void reload_begin(struct reload *reload);

/* The registry has told how its part went. */
void reload_heard(struct reload *reload, const struct ais_reloaded *registry);

#endif
