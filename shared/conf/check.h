/* What texts of settings will do (ais_setting_check), what defaults depend on the machine (ais_setting_compute). */
#ifndef AIS_SHARED_CONF_CHECK_H
#define AIS_SHARED_CONF_CHECK_H

#include "shared/conf/table.h"

ais_setting_check ais_check_path;        /* not empty, fits a path */
ais_setting_check ais_check_readable;    /* a file that can be opened for reading now */
ais_setting_check ais_check_host;        /* a numeric address; "localhost" becomes 127.0.0.1 */
ais_setting_check ais_check_endpoint;    /* of ZeroMQ, where no CURVE is needed */
ais_setting_check ais_check_fernet_keys; /* the shape of keys; whether they open anything is the keyring's business */
ais_setting_check ais_check_api_key;
ais_setting_check ais_check_mask; /* whether there are such kinds, who masks knows */

ais_setting_compute ais_default_data_dir;
ais_setting_compute ais_default_evaluators;

/* The rule of the default: of_the_system if it can be written, else aisentinel/offline under $XDG_STATE_HOME or under
 * .local/state of the home directory. */
MUST_CHECK enum ais_err ais_data_dir_beside(const char *of_the_system, char *const *environment,
                                            struct ais_arena *arena, const char **ret, struct ais_why *why);

/* Reads true, 1, yes or on, and false, 0, no or off, in any case. False, with *ret untouched: it is none of them. */
bool ais_truth_read(const char *text, bool *ret);

/* Whether a numeric IPv4 or IPv6 address stays on this machine. */
bool ais_address_is_loopback(const char *address);

/* Whether a file can be created at path: its nearest existing folder can be written. */
bool ais_path_is_writable(const char *path);

#endif
