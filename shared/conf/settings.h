/* The settings of a run: flag before environment before --config file before default.
 *
 * Whatever is not understood is refused, naming the setting, its value (never a secret's), where it came from and what
 * is accepted: an unknown key, flag, or variable beginning with OFFLINE_ or AISENTINEL_; a value out of its bounds; a
 * path that cannot be read; a setting of a later version; an address that would be served without protection. */
#ifndef AIS_SHARED_CONF_SETTINGS_H
#define AIS_SHARED_CONF_SETTINGS_H

#include "shared/conf/faults.h"
#include "shared/conf/table.h"
#include "shared/mem/buf.h"

/*    source             name           in sentences */
#define AIS_SOURCES(X)                                          \
    X(AIS_SOURCE_DEFAULT, "default", "the default")             \
    X(AIS_SOURCE_FILE, "file", "the --config file")             \
    X(AIS_SOURCE_ENVIRONMENT, "environment", "the environment") \
    X(AIS_SOURCE_FLAG, "flag", "the command line")

enum ais_source {
#define X(source, name, words) source,
    AIS_SOURCES(X)
#undef X
};

/* The values, one field a row of AIS_SETTINGS; texts live as long as the struct. What a command's groups leave out is
 * zero. `host` is a numeric address and `zmq_endpoint` has one ("localhost" was turned into 127.0.0.1);
 * `encryption_key` and `api_key` are in locked memory, NULL when not given; a command that has used one may free it
 * with ais_secret_free(TAKE(...)). `data_dir` is where the data directory is to be, which may not exist yet. */
struct ais_settings {
#define X(id, type, field, ...) type field;
    AIS_SETTINGS(X)
#undef X
    enum ais_source sources[AIS_SETTING_COUNT];
    struct ais_arena *arena; /* owned: what the texts live in */
};

/* What settings are made of. */
struct ais_settings_given {
    unsigned groups;                      /* of the command: enum ais_setting_groups */
    const char *flags[AIS_SETTING_COUNT]; /* borrowed: the value of each flag, "" for a SWITCH; NULL: not given */
    char **environment; /* borrowed, NULL-terminated; every secret of the table is wiped and taken out */
};

/* Reads and checks all settings of the groups. Call before any thread starts when environment is the process's own:
 * secrets are taken out of it, also when the call fails. AIS_E_USAGE a flag, AIS_E_SETTING a variable or key, AIS_E_IO
 * a file that cannot be read. On success *ret is the caller's, to end with ais_settings_destroy. */
MUST_CHECK enum ais_err ais_settings_load(const struct ais_settings_given *given, struct ais_settings **ret,
                                          struct ais_why *why);

/* The same for who wants to hear of every fault: all that ais_settings_load would refuse, in faults, and *ret only when
 * there is none. Any other return value than AIS_OK: it could not be found out. */
MUST_CHECK enum ais_err ais_settings_check(const struct ais_settings_given *given, struct ais_setting_faults *faults,
                                           struct ais_settings **ret, struct ais_why *why);

/* Appends a value as a flag or a --config file would give it; "" for a text that is not set. Of a secret only whether
 * it is set: "(set)", "(not set)". */
void ais_settings_show(const struct ais_settings *settings, const struct ais_setting *setting, struct ais_buf *out);

/* Wipes its secrets, frees it and nulls the caller's pointer; NULL is fine. */
void ais_settings_destroy(struct ais_settings **settings);

/* "the environment", ... and "environment", ... */
const char *ais_source_text(enum ais_source source);
const char *ais_source_name(enum ais_source source);

#endif
