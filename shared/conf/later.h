/* Names of the interface that a later version reads. Set to what this version does anyway they are harmless; anything
 * else is refused, because a setting that is silently ignored is worse than one that is missing. */
#ifndef AIS_SHARED_CONF_LATER_H
#define AIS_SHARED_CONF_LATER_H

#include "shared/text/nearest.h"

#include <stdbool.h>
#include <stddef.h>

enum ais_later { AIS_LATER_UNKNOWN, AIS_LATER_HARMLESS, AIS_LATER_REFUSED };

/* What name (n bytes; an environment variable or key of --config) set to value is in this version. */
enum ais_later ais_later_setting(const char *name, size_t n, const char *value);

/* Whether a later version has this flag (n bytes, without "--"). */
bool ais_later_flag(const char *flag, size_t n);

/* Whether somebody else reads this variable of ours: the build, or what Kubernetes sets for a Service of our name. */
bool ais_others_variable(const char *name, size_t n, const char *value);

/* Whether value is what Kubernetes sets NAME_PORT to, for a Service called NAME. */
bool ais_is_service_address(const char *value);

#endif
