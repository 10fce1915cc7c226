/* Rules of the public Sigma format (specification 2.1) as a rulepack over the facts of a tool call.
 *
 *     struct sigma_pack pack = { .json = false };
 *     TRY(sigma_begin(&pack, why));
 *     TRY(sigma_add(&pack, "rules/x.yml", bytes, n, why));          any number of files
 *     sigma_write(&pack, "sigma", &out);
 *
 * A rule is carried over whole or not at all: what has no counterpart refuses it, with the reason. What is carried over
 * compiles: each rule was read by the engine's own reader. */
#ifndef AIS_SERVICES_CLI_SIGMA_H
#define AIS_SERVICES_CLI_SIGMA_H

#include "shared/json/json.h"
#include "shared/mem/buf.h"
#include "shared/policy/intern.h"

/* A zeroed struct (with json as it is wanted) begins with sigma_begin and ends with sigma_done. */
struct sigma_pack {
    bool json;               /* the form of refusals */
    struct ais_buf rules;    /* owned; YAML, one element of a list each */
    struct ais_buf refusals; /* owned; lines "file:line: title: reason", or JSON objects between commas */
    size_t carried, refused;
    struct ais_intern *ids; /* owned; those taken so far */
};

MUST_CHECK enum ais_err sigma_begin(struct sigma_pack *pack, struct ais_why *why);
void sigma_done(struct sigma_pack *pack);

/* Adds every rule of a file (one or more YAML documents). A file that cannot be read as such is refused like a rule.
 * AIS_E_NOMEM. */
MUST_CHECK enum ais_err sigma_add(struct sigma_pack *pack, const char *file, const char *bytes, size_t n,
                                  struct ais_why *why);

/* The whole rulepack. Look at out->failed. */
void sigma_write(const struct sigma_pack *pack, const char *name, struct ais_buf *out);

/* ---- between the files of this folder ---- */

/* Where events of a kind come from: bits, for the rows of fields. */
enum sigma_source {
    SIGMA_PROCESS = 1,
    SIGMA_FILE = 2,
    SIGMA_NETWORK = 4,
    SIGMA_DNS = 8,
    SIGMA_PROXY = 16,
    SIGMA_WEB = 32,
    SIGMA_AUDITD = 64,
    SIGMA_ALL = 127,
};

/* The source that a rule's `logsource` names. AIS_E_RULE: none that a tool call has facts of. */
MUST_CHECK enum ais_err sigma_source_of(const struct ais_json *logsource, unsigned *ret, struct ais_why *why);

/* A member of a selection in our words: a key and its values as YAML (JSON scalars). */
struct sigma_member {
    const char *key;     /* in the arena: "shell.name|startswith", without |all */
    bool all, dropped;   /* dropped: it holds of every call, and need not be asked */
    const char **values; /* in the arena */
    size_t count;
};

/* Translates one member, `field|modifiers: values`. AIS_E_RULE: it has no counterpart; AIS_E_NOMEM. */
MUST_CHECK enum ais_err sigma_member(struct ais_arena *arena, unsigned source, const struct ais_json *node,
                                     struct sigma_member *ret, struct ais_why *why);

/* Appends a rule's `detection:`, indented. Errors as sigma_member. */
MUST_CHECK enum ais_err sigma_detection(struct ais_arena *arena, unsigned source, const struct ais_json *detection,
                                        struct ais_buf *out, struct ais_why *why);

/* A scalar as JSON text, which is YAML too; NULL: no memory. */
const char *sigma_scalar(struct ais_arena *arena, const struct ais_json *node);
const char *sigma_string(struct ais_arena *arena, const char *bytes, size_t n);

#endif
