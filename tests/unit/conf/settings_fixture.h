/* What the tests of settings share: settings given as flags, variables and a file, and a place for that file. */
#ifndef AIS_TESTS_SETTINGS_FIXTURE_H
#define AIS_TESTS_SETTINGS_FIXTURE_H

#include "shared/conf/settings.h"
#include "tests/unit/test.h"

#define KEY       "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA="
#define ADMIN_KEY "0123456789abcdef0123456789abcdef"

enum { MOST = 4 };

/* Arguments as "--flag", "value" pairs and variables as "NAME=value", both ended by NULL. */
struct case_ {
    const char *flags[2 * MOST + 1];
    const char *variables[MOST + 1];
    const char *config; /* content of the --config file; NULL: no file */
};

/* The file that write_config writes. */
extern char config_path[];

void write_config(const char *content);

/* Loads the case for the groups; the environment is a copy on the heap, as the loader writes to it. */
enum ais_err load(const struct case_ *given, unsigned groups, struct ais_settings **ret, struct ais_why *why);

/* Of each program: makes the file, and deletes it. */
int set_up(void **state);
int tear_down(void **state);

#endif
