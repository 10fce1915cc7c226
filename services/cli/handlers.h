/* The commands' handlers, one file a group, and what they share. */
#ifndef AIS_SERVICES_CLI_HANDLERS_H
#define AIS_SERVICES_CLI_HANDLERS_H

#include "services/cli/cli.h"
#include "shared/log/terminal.h"

cli_handler cli_apikey_create;
cli_handler cli_apikey_list;
cli_handler cli_apikey_revoke;
cli_handler cli_audit_export;
cli_handler cli_audit_query;
cli_handler cli_audit_replay;
cli_handler cli_audit_tail;
cli_handler cli_audit_verify;
cli_handler cli_audit_hash;
cli_handler cli_check_config;
cli_handler cli_config_dump;
cli_handler cli_decrypt;
cli_handler cli_key_generate;
cli_handler cli_key_rotate;
cli_handler cli_key_rotate_checkpoint;
cli_handler cli_preflight;
cli_handler cli_rulepack_add;
cli_handler cli_rulepack_bench;
cli_handler cli_rulepack_check;
cli_handler cli_rulepack_disable;
cli_handler cli_rulepack_enable;
cli_handler cli_rulepack_explain;
cli_handler cli_rulepack_export;
cli_handler cli_rulepack_import;
cli_handler cli_rulepack_list;
cli_handler cli_rulepack_remove;
cli_handler cli_rulepack_rollback;
cli_handler cli_rulepack_show;
cli_handler cli_rulepack_sign;
cli_handler cli_rulepack_test;
cli_handler cli_serve;
cli_handler cli_version;

/* The value of the command's flag name ("" of a switch that is given); NULL when it is not given. */
const char *cli_flag(const struct cli_call *call, const char *name);

/* The values of a flag that may be given more than once, one a call; NULL after the last. *at is 0 before the first.
 *     for (size_t at = 0; (value = cli_flag_next(call, "scope", &at)) != NULL;) */
const char *cli_flag_next(const struct cli_call *call, const char *name, size_t *at);

/* Which of the words (NULL-terminated; the first is the default) the flag has. AIS_E_USAGE. */
MUST_CHECK enum ais_err cli_choice(const struct cli_call *call, const char *name, const char *const *words, size_t *ret,
                                   struct ais_why *why);

/* Whether --format asks for the other form that is named, instead of "text". */
MUST_CHECK enum ais_err cli_format(const struct cli_call *call, const char *other, bool *ret_other,
                                   struct ais_why *why);

/* Reads a whole file, or stdin for "-", of at most limit bytes. AIS_E_IO, AIS_E_LIMIT. */
MUST_CHECK enum ais_err cli_read_file(const char *path, size_t limit, struct ais_buf *out, struct ais_why *why);

/* Prints to stdout, with a line break; a buffer that has failed is AIS_E_NOMEM. */
MUST_CHECK enum ais_err cli_print_bytes(const char *bytes, size_t n, struct ais_why *why);
MUST_CHECK enum ais_err cli_print(const struct ais_buf *text, struct ais_why *why);

/* Appends n foreign bytes so that they cannot act on a terminal. */
void cli_add_harmless(struct ais_buf *out, const char *bytes, size_t n);

/* Begins or ends a colour in an answer; "" unless stdout is a terminal that shows colours (shared/log/terminal.h). */
const char *cli_colour(enum ais_colour colour);

#endif
