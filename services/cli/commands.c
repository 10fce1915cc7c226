#include "services/cli/handlers.h"
#include "services/cli/search.h"

/* The forms of records, in the order of shared/audit/form/form.h. */
#define FORMS "jsonl|csv|ecs|ocsf"

#define FORMAT_JSON                                           \
    {                                                         \
        "format", "text|json", "how to answer; default: text" \
    }

/* The formatter makes columns of an array of structs, which these rows are too long for. */
/* clang-format off */
const struct cli_command cli_commands[] = {
    {
        .path = "serve",
        .summary = "Run the service",
        .details = "REST and ZeroMQ in front, decisions, audit log, metrics: everything in this process. The same\n"
                   "happens without a command. SIGTERM drains and stops; SIGHUP reads packs, keys and the certificate\n"
                   "anew, all or nothing. With --check-config nothing is started or made: every fault of the settings\n"
                   "is named, and the exit code is 0 when there is none.",
        .example = "aisentinel-offline serve --port 8000 --data-dir /var/lib/aisentinel/offline\n"
                   "aisentinel-offline serve --check-config --config /etc/aisentinel/offline.yaml",
        .groups = AIS_FOR_SERVE,
        .check_flag = "check-config",
        .flags = { { "check-config", NULL, "check the settings as serve would read them, and end" },
                   { "format", "text|json", "how --check-config answers; default: text" } },
        .run = cli_serve,
    },
    {
        .path = "preflight",
        .operands = "[FILE|-]",
        .most = 1,
        .summary = "Decide one request, here or by asking a server",
        .details = "Reads a request as POST /api/v1/preflight takes it, from FILE or stdin, and prints the answer.\n"
                   "Without a server it is decided here and recorded in the audit log before it is answered; while\n"
                   "a server owns the data directory, ask it with --url or --zmq-endpoint. Exit code 1 whenever\n"
                   "not allowed. With --explain it says why (the key of a server must have the scope read for it),\n"
                   "as text, or as the answer itself with --format json.",
        .example = "aisentinel-offline preflight request.json\n"
                   "aisentinel-offline preflight --explain request.json\n"
                   "aisentinel-offline preflight --url http://127.0.0.1:8000 --api-key-file key.txt - < request.json\n"
                   "aisentinel-offline preflight --url https://ais.example --ca-file ca.pem request.json",
        .groups = AIS_FOR_STORE | AIS_FOR_DECIDE | AIS_FOR_CLIENT,
        .flags = { { "url", "URL", "ask the server there, over REST" },
                   { "ca-file", "FILE", "whom to trust with an https:// URL (PEM), instead of the system's authorities" },
                   { "zmq-endpoint", "ENDPOINT", "ask the server there, over ZeroMQ" },
                   { "explain", NULL, "say why: rules, what they saw, what would have to change" },
                   FORMAT_JSON },
        .run = cli_preflight,
    },
    {
        .path = "rulepack check",
        .operands = "[FILE...]",
        .most = SIZE_MAX,
        .summary = "Compile rulepacks and name every fault",
        .details = "Prints \"file:line:column: message\" for each fault; exit code 1 when there is one. What is allowed\n"
                   "and hardly meant is a warning: rules that never match, match everything or add nothing to another\n"
                   "one, that are looked at in every decision for a pattern alone, selections that are not asked for,\n"
                   "repeated values, rules without tests. Without FILE: the packs in force.",
        .example = "aisentinel-offline rulepack check my_pack.yaml\n"
                   "aisentinel-offline rulepack check --strict --format json my_pack.yaml",
        .groups = AIS_FOR_STORE,
        .flags = { { "strict", NULL, "exit code 1 when there is a warning, too" }, FORMAT_JSON },
        .run = cli_rulepack_check,
    },
    {
        .path = "rulepack test",
        .operands = "[FILE...]",
        .most = SIZE_MAX,
        .summary = "Run the tests inside rulepacks",
        .details = "A table of all tests, then the rules that no test matches. Without FILE: the packs in force. Exit\n"
                   "code 1 when one fails.",
        .example = "aisentinel-offline rulepack test my_pack.yaml\n"
                   "aisentinel-offline rulepack test --format junit my_pack.yaml > results.xml",
        .groups = AIS_FOR_STORE,
        .flags = { { "format", "text|json|junit", "how to answer; default: text" } },
        .run = cli_rulepack_test,
    },
    {
        .path = "rulepack list",
        .summary = "List the rulepacks of the data directory",
        .example = "aisentinel-offline rulepack list --format json",
        .groups = AIS_FOR_STORE,
        .flags = { FORMAT_JSON },
        .run = cli_rulepack_list,
    },
    {
        .path = "rulepack show",
        .operands = "NAME",
        .least = 1,
        .most = 1,
        .summary = "Show one rulepack and its rules",
        .example = "aisentinel-offline rulepack show code_execution --format yaml",
        .groups = AIS_FOR_STORE,
        .flags = { { "format", "text|yaml|json", "a summary (default), the source, or the details" } },
        .run = cli_rulepack_show,
    },
    {
        .path = "rulepack add",
        .operands = "FILE",
        .least = 1,
        .most = 1,
        .summary = "Put a rulepack into the data directory",
        .details = "A new one, or a newer version of one that was added before: that is kept, for rollback. Checked as\n"
                   "an upload is: no fault, its own tests pass, and all enabled packs compile together. A name that a\n"
                   "system pack has is refused. While a server runs: POST /api/v1/rulepacks.",
        .example = "aisentinel-offline rulepack add my_pack.yaml",
        .groups = AIS_FOR_STORE | AIS_FOR_DECIDE,
        .flags = { FORMAT_JSON },
        .run = cli_rulepack_add,
    },
    {
        .path = "rulepack remove",
        .operands = "NAME",
        .least = 1,
        .most = 1,
        .summary = "Remove a rulepack that was added",
        .details = "With its previous version. A system pack can only be disabled. While a server runs:\n"
                   "DELETE /api/v1/rulepacks/NAME.",
        .example = "aisentinel-offline rulepack remove my_pack",
        .groups = AIS_FOR_STORE | AIS_FOR_DECIDE,
        .flags = { FORMAT_JSON },
        .run = cli_rulepack_remove,
    },
    {
        .path = "rulepack enable",
        .operands = "NAME",
        .least = 1,
        .most = 1,
        .summary = "Bring a disabled rulepack into force",
        .details = "Checked as when it was added. While a server runs: PATCH /api/v1/rulepacks/NAME.",
        .example = "aisentinel-offline rulepack enable shell_safety",
        .groups = AIS_FOR_STORE | AIS_FOR_DECIDE,
        .flags = { FORMAT_JSON },
        .run = cli_rulepack_enable,
    },
    {
        .path = "rulepack disable",
        .operands = "NAME",
        .least = 1,
        .most = 1,
        .summary = "Take a rulepack out of force, and keep it",
        .details = "New versions of it stay disabled. While a server runs: PATCH /api/v1/rulepacks/NAME.",
        .example = "aisentinel-offline rulepack disable shell_safety",
        .groups = AIS_FOR_STORE | AIS_FOR_DECIDE,
        .flags = { FORMAT_JSON },
        .run = cli_rulepack_disable,
    },
    {
        .path = "rulepack rollback",
        .operands = "NAME",
        .least = 1,
        .most = 1,
        .summary = "Go back to the version before",
        .details = "Current and previous version change places, so a second rollback undoes the first. While a server\n"
                   "runs: POST /api/v1/rulepacks/NAME/rollback.",
        .example = "aisentinel-offline rulepack rollback my_pack",
        .groups = AIS_FOR_STORE | AIS_FOR_DECIDE,
        .flags = { FORMAT_JSON },
        .run = cli_rulepack_rollback,
    },
    {
        .path = "rulepack export",
        .operands = "NAME [-- COMMAND ARG...]",
        .least = 1,
        .most = SIZE_MAX,
        .summary = "Print a rulepack's source, or run a command on it",
        .details = "Byte for byte as it was added. With COMMAND the plain text is in a file in memory alone, never on a\n"
                   "disk: its name stands where an ARG has {}, else it is COMMAND's stdin; the exit code is COMMAND's.\n"
                   "Also while a server runs.",
        .example = "aisentinel-offline rulepack export my_pack --version 1.0.0 > my_pack.yaml\n"
                   "aisentinel-offline rulepack export my_pack -- diff my_pack.yaml {}",
        .groups = AIS_FOR_STORE,
        .flags = { { "version", "VERSION", "the current version (default), or the one before" } },
        .run = cli_rulepack_export,
    },
    {
        .path = "rulepack import",
        .operands = "DIR",
        .least = 1,
        .most = 1,
        .summary = "Make a rulepack of public Sigma rules",
        .details = "Reads every .yml and .yaml file below DIR (or one file): process creation, files, network, proxies,\n"
                   "web servers, auditd. A rule is carried over whole or not at all; what is not is listed with the\n"
                   "reason: on stdout with --output, else on stderr. Exit code 1 when nothing was carried over.",
        .example = "aisentinel-offline rulepack import --from sigma rules/linux --output sigma.yaml\n"
                   "aisentinel-offline rulepack check sigma.yaml",
        .flags = { { "from", "sigma", "what DIR holds" },
                   { "output", "FILE", "write the rulepack there; an existing file is never overwritten" },
                   { "name", "NAME", "of the rulepack; default: sigma" },
                   { "format", "text|json", "how to tell, with --output, what became of the rules; default: text" } },
        .run = cli_rulepack_import,
    },
    {
        .path = "rulepack explain",
        .operands = "FILE|NAME [RULE]",
        .least = 1,
        .most = 2,
        .summary = "Show how a rulepack was compiled",
        .details = "Of each rule: the facts that it asks, the literals that wake it, or why it is looked at in every\n"
                   "decision; its patterns, and which of them need PCRE2; its tests. A rule that is woken costs nothing\n"
                   "where none of its literals occurs.",
        .example = "aisentinel-offline rulepack explain my_pack.yaml\n"
                   "aisentinel-offline rulepack explain code_execution code_exec_sandbox --format json",
        .groups = AIS_FOR_STORE,
        .flags = { FORMAT_JSON },
        .run = cli_rulepack_explain,
    },
    {
        .path = "rulepack sign",
        .operands = "FILE",
        .least = 1,
        .most = 1,
        .summary = "Print the signature of a rulepack's bytes",
        .details = "Ed25519, as base64: what a sync server sends beside a rulepack. The signing key is the base64 of\n"
                   "its seed of 32 bytes, in a file of mode 0600. A development build has a key of its own, which\n"
                   "proves nothing.",
        .example = "aisentinel-offline rulepack sign my_pack.yaml --signing-key /secure/vendor.key",
        .flags = { { "signing-key", "FILE", "the key to sign with; default: that of a development build" } },
        .run = cli_rulepack_sign,
    },
    {
        .path = "rulepack bench",
        .operands = "[FILE...]",
        .most = SIZE_MAX,
        .summary = "Measure time to compile and ns a decision",
        .details = "On one core, with the requests of the packs' own tests; the best of nine short rounds. Without\n"
                   "FILE: the packs in force.",
        .example = "aisentinel-offline rulepack bench my_pack.yaml",
        .groups = AIS_FOR_STORE,
        .flags = { FORMAT_JSON },
        .run = cli_rulepack_bench,
    },
    {
        .path = "audit query",
        .summary = "Find records of the audit log",
        .details = "The newest first, as a table; on a terminal it is as wide as that, in a pipe nothing is cut.\n"
                   "Other forms: one JSON document, or those of 'audit export'. Also while a server runs.",
        .example = "aisentinel-offline audit query --decision block,require_approval --since -24h",
        .groups = AIS_FOR_STORE,
        .flags = { AIS_AUDIT_PARAMETERS(CLI_PARAMETER_FLAG) { "format", "text|json|" FORMS,
                                                              "how to answer; default: text" } },
        .run = cli_audit_query,
    },
    {
        .path = "audit tail",
        .summary = "Show the last records of the audit log, and those to come",
        .details = "The oldest of them first, as a table, as one JSON record a line, or in a form of 'audit export'.\n"
                   "With --follow it goes on with what a server commits, across rotations, until Ctrl-C or until\n"
                   "nobody reads.",
        .example = "aisentinel-offline audit tail --follow --decision block,require_approval",
        .groups = AIS_FOR_STORE,
        .flags = { { "follow", NULL, "go on with new records as they are committed" },
                   { "limit", "N", "how many of the last records first, from 1 to 1000; default: 10" },
                   AIS_AUDIT_RECORD_PARAMETERS(CLI_PARAMETER_FLAG) { "format", "text|json|" FORMS,
                                                                     "how to show them; default: text" } },
        .letters = { { 'f', "follow" }, { 'n', "limit" } },
        .run = cli_audit_tail,
    },
    {
        .path = "audit verify",
        .summary = "Check every line and link of the audit log",
        .details = "Names each fault by file and line; exit code 1 when there is one. Checkpoints are held against\n"
                   "checkpoint.key.pub of the data directory, or better against a copy kept elsewhere. A head that\n"
                   "was noted elsewhere (from /readyz, the service's log, or here) proves that nothing before it was\n"
                   "cut off or replaced. Also while a server runs.",
        .example = "aisentinel-offline audit verify --format json\n"
                   "aisentinel-offline audit verify --checkpoint-key copy.pub --expect-head SEQ:HASH",
        .groups = AIS_FOR_STORE,
        .flags = { { "expect-head", "SEQ:HASH", "a head that must be part of the chain" },
                   { "checkpoint-key", "FILE", "the public key of checkpoints, instead of checkpoint.key.pub" },
                   FORMAT_JSON },
        .run = cli_audit_verify,
    },
    {
        .path = "audit hash",
        .operands = "[VALUE|-]",
        .most = 1,
        .summary = "Print the hash that stands for a masked value",
        .details = "The keyed hash of VALUE, or of stdin without the line end behind it (which is the way for a secret:\n"
                   "arguments are seen by others). Records in which that value was masked are then found with it.\n"
                   "Where mask.key is not the one that the audit log knows, that is said on stderr, and the exit code\n"
                   "is 1.",
        .example = "aisentinel-offline audit query --q \"$(aisentinel-offline audit hash - < value.txt)\"",
        .groups = AIS_FOR_STORE,
        .run = cli_audit_hash,
    },
    {
        .path = "audit export",
        .summary = "Hand the audit log to other systems",
        .details = "The oldest first: as it was sealed (jsonl), for spreadsheets (csv; a text that one would take for\n"
                   "a formula gets an apostrophe in front), as the Elastic Common Schema 8.17 (ecs), or as the Open\n"
                   "Cybersecurity Schema Framework 1.9 (ocsf: each event carries an attestation of itself and of the\n"
                   "event before, and where the sealed log has it). A file has its name only when it is whole.\n"
                   "Also while a server runs.",
        .example = "aisentinel-offline audit export --format csv --since 2026-01-01T00:00:00Z --output log.csv\n"
                   "aisentinel-offline audit export --format ocsf --decision block > blocked.ocsf.jsonl",
        .groups = AIS_FOR_STORE,
        .flags = { AIS_AUDIT_PARAMETERS(CLI_PARAMETER_FLAG) { "format", FORMS, "the form of the records; default: jsonl" },
                   { "output", "FILE", "write there (0600); an existing file is never overwritten" } },
        .run = cli_audit_export,
    },
    {
        .path = "audit replay",
        .summary = "Decide recorded requests again, under other rulepacks",
        .details = "Shows what would change if each FILE replaced the pack of its name in the data directory, or were\n"
                   "added: what would be newly blocked, ask for approval, or be allowed, by rule. Nothing is written.\n"
                   "Without FILE: under the packs in force. Requests of which the log holds only a part, or masked\n"
                   "values, cannot be judged again and are counted apart, and so are later ones that depend on them.\n"
                   "The default action is that of the configuration (--config), as for the service; one that the\n"
                   "service got by a flag is to be given here as well. Exit code 1 when something would change. Also\n"
                   "while a server runs.",
        .example = "aisentinel-offline audit replay --rulepack my_pack.yaml --since -7d\n"
                   "aisentinel-offline audit replay --rulepack a.yaml --rulepack b.yaml --format json",
        .groups = AIS_FOR_STORE | AIS_FOR_DECIDE,
        .flags = { { "rulepack", "FILE...", "a rulepack to decide under; give it again for more" },
                   { "examples", "N", "decisions named of each kind and rule, from 0 to 100; default: 3" },
                   AIS_AUDIT_REQUEST_PARAMETERS(CLI_PARAMETER_FLAG) FORMAT_JSON },
        .run = cli_audit_replay,
    },
    {
        .path = "apikey create",
        .summary = "Make an API key, while no server runs",
        .details = "The key goes to stdout this once, or into a new file of mode 0600; what is kept is a hash of it.\n"
                   "While a server owns the data directory, ask it: POST /api/v1/api_keys.",
        .example = "aisentinel-offline apikey create --name ci --scope preflight --scope read --expires-in 30d",
        .groups = AIS_FOR_STORE | AIS_FOR_CHANGE,
        .flags = { { "name", "NAME", "what it is for, at most 255 bytes" },
                   { "scope", "SCOPE...", "preflight, read, approve or admin; give it again for more" },
                   { "expires_in", "TIME", "seconds, or as 15m, 12h, 30d; default: never" },
                   { "user", "USER", "pin: its requests are this user's, whatever they say" },
                   { "agent", "AGENT", "pin the agent" },
                   { "environment", "ENVIRONMENT", "pin the environment" },
                   { "source_range", "RANGE...", "only from there: 192.0.2.0/24, an address, or ipc" },
                   { "output", "FILE", "write there; an existing file is never overwritten" },
                   FORMAT_JSON },
        .run = cli_apikey_create,
    },
    {
        .path = "apikey list",
        .summary = "List the API keys",
        .details = "Never the keys themselves, of which only hashes are kept. Also while a server runs, which knows\n"
                   "better when they were used last (GET /api/v1/api_keys): here it may be ten minutes behind.",
        .example = "aisentinel-offline apikey list --format json",
        .groups = AIS_FOR_STORE,
        .flags = { FORMAT_JSON },
        .run = cli_apikey_list,
    },
    {
        .path = "apikey revoke",
        .operands = "KEY_ID",
        .least = 1,
        .most = 1,
        .summary = "Revoke an API key, while no server runs",
        .details = "For good. The last admin key is not revoked; exit code 1. While a server owns the data\n"
                   "directory, ask it: DELETE /api/v1/api_keys/KEY_ID.",
        .example = "aisentinel-offline apikey revoke key_0123456789abcdef",
        .groups = AIS_FOR_STORE | AIS_FOR_CHANGE,
        .flags = { FORMAT_JSON },
        .run = cli_apikey_revoke,
    },
    {
        .path = "decrypt",
        .operands = "FILE",
        .least = 1,
        .most = 1,
        .summary = "Print a sealed file as plain text",
        .details = "Any .enc file of a data directory, wherever it lies now; each line is one Fernet token. A line\n"
                   "that does not open is named on stderr, and the exit code is 3.",
        .example = "aisentinel-offline decrypt /var/lib/aisentinel/offline/audit_logs.enc",
        .groups = AIS_FOR_STORE,
        .run = cli_decrypt,
    },
    {
        .path = "key generate",
        .summary = "Make a Fernet key",
        .details = "The key goes to stdout, or into a new file of mode 0600. To use it: OFFLINE_ENCRYPTION_KEY, or\n"
                   "--encryption-key-file.",
        .example = "aisentinel-offline key generate --output /etc/aisentinel/fernet.key",
        .flags = { { "output", "FILE", "write there; an existing file is never overwritten" } },
        .run = cli_key_generate,
    },
    {
        .path = "key rotate",
        .summary = "Seal everything under a new key, while no server runs",
        .details = "Makes a key (or takes the one in FILE), which fernet.key holds before the old one until nothing is\n"
                   "left under that; then the old one opens nothing any more. Whatever interrupts it, every file stays\n"
                   "readable, and the next call (one with --new-key-file is refused until then), or the service at\n"
                   "its start, goes on. With keys from OFFLINE_ENCRYPTION_KEY, of which the first seals, everything\n"
                   "is put under the first. Backups need the key that they were made under. While a server owns the\n"
                   "data directory, ask it: POST /api/v1/admin/key-rotation.",
        .example = "aisentinel-offline key rotate --format json",
        .groups = AIS_FOR_STORE | AIS_FOR_DECIDE,
        .flags = { { "new-key-file", "FILE", "the new key, as key generate makes it, instead of a random one" },
                   FORMAT_JSON },
        .run = cli_key_rotate,
    },
    {
        .path = "key rotate-checkpoint",
        .summary = "Have another key sign the audit log, while no server runs",
        .details = "Makes a new checkpoint.key. The change is a record of the log, signed by the old key and the new\n"
                   "one, so that either public key still verifies all of it. Prints the new public key, of which a\n"
                   "copy belongs elsewhere.",
        .example = "aisentinel-offline key rotate-checkpoint > checkpoint.key.pub.copy",
        .groups = AIS_FOR_STORE | AIS_FOR_CHANGE,
        .run = cli_key_rotate_checkpoint,
    },
    {
        .path = "config dump",
        .summary = "Print every setting, its value and where that is from",
        .details = "As serve would read them here and now. Of secrets only whether they are set. As YAML it can be\n"
                   "given to --config again: secrets, and what only flags can say, stand there as comments.",
        .example = "aisentinel-offline config dump --format yaml > offline.yaml",
        .groups = AIS_FOR_ALL,
        .flags = { { "format", "text|json|yaml", "a table (default), or for machines" } },
        .run = cli_config_dump,
    },
    {
        .path = "version",
        .summary = "Version, revision, kind of build, libraries",
        .example = "aisentinel-offline version --format json",
        .flags = { FORMAT_JSON },
        .run = cli_version,
    },
};
/* clang-format on */

const size_t cli_command_count = N_ELEMS(cli_commands);
