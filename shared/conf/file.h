/* The reader of --config: one YAML or JSON mapping from names of settings (as in the environment) to single values. */
#ifndef AIS_SHARED_CONF_FILE_H
#define AIS_SHARED_CONF_FILE_H

#include "shared/conf/faults.h"
#include "shared/conf/table.h"

/* What the file says of a setting; both in the arena it was read into; NULL: nothing. */
struct ais_found {
    const char *text;
    const char *where; /* "conf.yaml:3:18" */
};

/* Reads n bytes; name stands in messages. Refuses unknown names, names of a later version, secrets and values that are
 * not single: AIS_E_SETTING, AIS_E_SYNTAX or AIS_E_LIMIT, with "name:line:column: " in front. Whether a value will do
 * is not looked at. With faults, what is wrong about single entries goes there, and the rest is read; NULL: the first
 * ends it. On failure found may be half-filled. */
MUST_CHECK enum ais_err ais_settings_file_parse(const char *name, const char *bytes, size_t n, struct ais_arena *arena,
                                                struct ais_found found[AIS_SETTING_COUNT],
                                                struct ais_setting_faults *faults, struct ais_why *why);

/* The same for a file of at most 1 MiB; AIS_E_IO when it cannot be read. */
MUST_CHECK enum ais_err ais_settings_file_read(const char *path, struct ais_arena *arena,
                                               struct ais_found found[AIS_SETTING_COUNT],
                                               struct ais_setting_faults *faults, struct ais_why *why);

#endif
