/* The rulepacks that a command works on: files that are named, or those in force. */
#ifndef AIS_SERVICES_CLI_PACKS_H
#define AIS_SERVICES_CLI_PACKS_H

#include "services/cli/cli.h"
#include "services/cli/vault.h"
#include "shared/policy/policy.h"
#include "shared/store/packs.h"

/* The packs of a data directory, read beside its owner. A zeroed struct ends with cli_pack_view_done. */
struct cli_pack_view {
    struct cli_vault vault;    /* owned */
    struct ais_store *store;   /* owned */
    struct ais_pack_list list; /* owned */
};

/* AIS_E_NOT_FOUND: there is no data directory; whatever the store reports. */
MUST_CHECK enum ais_err cli_pack_view_open(const struct ais_settings *settings, struct cli_pack_view *ret,
                                           struct ais_why *why);
void cli_pack_view_done(struct cli_pack_view *view);

/* Packs as the engine takes them. A zeroed struct ends with cli_packs_done. */
struct cli_packs {
    struct ais_pack_source *sources; /* owned; their texts are borrowed from what follows */
    size_t count;
    struct ais_buf *texts;     /* owned: of files; as many as sources, or NULL */
    struct cli_pack_view view; /* owned */
};

/* Reads the files that the call's operands name ("-": stdin). Without operands the enabled packs of the data directory,
 * or, where there is none yet, those that are bundled. */
MUST_CHECK enum ais_err cli_packs_read(const struct cli_call *call, struct cli_packs *ret, struct ais_why *why);
void cli_packs_done(struct cli_packs *packs);

/* The packs that are bundled. */
MUST_CHECK enum ais_err cli_packs_bundled(struct cli_packs *ret, struct ais_why *why);

/* The one pack that the first operand means: a file where there is one of that name (or "-"), else a pack of the data
 * directory, enabled or not, or, where there is none yet, a bundled one. AIS_E_INVALID: no such pack, and why suggests
 * the nearest. */
MUST_CHECK enum ais_err cli_packs_read_one(const struct cli_call *call, struct cli_packs *ret, struct ais_why *why);

/* The stored packs as the engine takes them: count of them, to be freed; texts are borrowed from the list. */
MUST_CHECK enum ais_err cli_packs_of(const struct ais_pack_list *list, struct ais_pack_source **ret,
                                     struct ais_why *why);

/* Appends "1 rules, 2 invariants", and its correlations where it has some. */
void cli_add_counts(struct ais_buf *out, const struct ais_rulepack *pack);

/* With what the service compiles them, as the settings say. */
struct ais_policy_options cli_packs_options(const struct ais_settings *settings);

/* The pack of this name. AIS_E_INVALID: there is none, and why suggests the nearest. */
MUST_CHECK enum ais_err cli_packs_find(const struct ais_pack_list *list, const char *name,
                                       const struct ais_stored_pack **ret, struct ais_why *why);

/* Appends every fault: lines "file:line:column: message", or the member "diagnostics". */
void cli_add_diagnostics(struct ais_buf *out, const struct ais_diagnostics *list, bool json);

/* The same for warnings: lines "file:line:column: warning: message", or the member "warnings". */
void cli_add_warnings(struct ais_buf *out, const struct ais_diagnostics *list, bool json);

/* Appends what became of one test inside a pack: a line, or an element. */
void cli_add_test(struct ais_buf *out, const char *file, const struct ais_rule_result *row, bool json);

#endif
