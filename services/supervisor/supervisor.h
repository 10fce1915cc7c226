/* The supervisor: starts every actor in order, watches them, and stops them in order.
 *
 * A dead actor ends the process with a clear line: a service is whole or not there. SIGTERM and SIGINT drain (what was
 * accepted is answered); SIGHUP has rulepacks, keys and the certificate read anew (reload.h). */
#ifndef AIS_SERVICES_SUPERVISOR_H
#define AIS_SERVICES_SUPERVISOR_H

#include "shared/conf/settings.h"

/* What is running, for metrics. */
struct ais_build {
    const char *version, *revision;
};

/* Runs the service until a signal ends it. Secrets that settings holds are used and freed. Call from the main thread,
 * before any other is started. AIS_OK: ended by a signal, in order. Any other: it could not start, or an actor died. */
MUST_CHECK enum ais_err ais_serve(struct ais_settings *settings, const struct ais_build *build, struct ais_why *why);

#endif
