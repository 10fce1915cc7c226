/* Faults of settings, gathered: who checks a configuration wants to hear of all of them at once. */
#ifndef AIS_SHARED_CONF_FAULTS_H
#define AIS_SHARED_CONF_FAULTS_H

#include "shared/err/err.h"

enum { AIS_SETTING_FAULTS_MAX = 32 };

/* A zeroed struct is: none. */
struct ais_setting_faults {
    struct ais_why list[AIS_SETTING_FAULTS_MAX];
    size_t count;   /* in list */
    size_t dropped; /* for which there was no room */
};

/* Takes note of the fault err (whatever code why has), which why tells of, and returns AIS_OK so that the caller goes
 * on. Without faults (NULL), without an error, or when memory is out, nothing is noted and err is returned. */
MUST_CHECK enum ais_err ais_setting_faults_note(struct ais_setting_faults *faults, enum ais_err err,
                                                const struct ais_why *why);

#endif
