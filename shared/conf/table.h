/* The settings table: every setting of this version, once. The struct of their values, parsing, --help, the reader of
 * --config, the messages and the tests are derived from it. A setting that would not act is not declared; the names
 * that a later version will read stand in later.c and are refused until then. */
#ifndef AIS_SHARED_CONF_TABLE_H
#define AIS_SHARED_CONF_TABLE_H

#include "shared/err/err.h"
#include "shared/log/log.h"
#include "shared/mem/arena.h"
#include "shared/text/nearest.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* The words of settings that choose one of a few, in the order of their enums. */
#define AIS_DURABILITIES(X)            \
    X(AIS_DURABILITY_COMMIT, "commit") \
    X(AIS_DURABILITY_ASYNC, "async")
#define AIS_DEFAULT_ACTIONS(X)                          \
    X(AIS_DEFAULT_ALLOW, "allow")                       \
    X(AIS_DEFAULT_REQUIRE_APPROVAL, "require_approval") \
    X(AIS_DEFAULT_BLOCK, "block")
#define AIS_LOG_FORMATS(X)         \
    X(AIS_LOG_FORMAT_TEXT, "text") \
    X(AIS_LOG_FORMAT_JSON, "json")
#define AIS_ROLES(X) X(AIS_ROLE_ALL, "all")

#define X(code, word) code,
enum ais_durability { AIS_DURABILITIES(X) };
enum ais_default_action { AIS_DEFAULT_ACTIONS(X) };
enum ais_log_format { AIS_LOG_FORMATS(X) };
enum ais_process_role { AIS_ROLES(X) };
#undef X

/* Which commands read a setting. Outside its groups a setting is no flag, and its value is not looked at. */
enum ais_setting_groups {
    AIS_FOR_SERVE = 1,   /* the service */
    AIS_FOR_STORE = 2,   /* what opens the data directory */
    AIS_FOR_DECIDE = 4,  /* a local preflight: decides and appends to the audit log */
    AIS_FOR_CLIENT = 8,  /* what asks a running service */
    AIS_FOR_CHANGE = 16, /* what changes documents and appends to the audit log */
    AIS_FOR_ALL = 31,
};

/* How a value is read from its text; in brackets the type of its field. */
enum ais_setting_kind {
    AIS_KIND_TEXT,   /* const char * */
    AIS_KIND_NUMBER, /* uint64_t: decimal digits only */
    AIS_KIND_WORD,   /* an enum: one of a few words */
    AIS_KIND_BOOL,   /* bool: true or false, or one of their usual spellings */
    AIS_KIND_SWITCH, /* bool: a flag without a value */
    AIS_KIND_SECRET, /* char *: in locked memory, from the environment or from the file that the flag names */
};

/* Four lines a setting read better than what the formatter makes of it. */
/* clang-format off */
/*    id, type and name of the field, kind,
 *        flag, environment variable and key of --config (NULL: a flag only), argument as --help shows it,
 *        rule: RANGE of a number, WORDS of a choice, CHECK by a function and what that accepts, TRUTH, or NO_VALUE,
 *        default: IS a value, read as any other, COMPUTED by a function, or NONE; and how --help shows it,
 *        groups, help */
#define AIS_SETTINGS(X)                                                                                               \
    X(STORAGE_ENABLED, bool, storage_enabled, AIS_KIND_BOOL,                                                          \
        "storage-enabled", "OFFLINE_STORAGE_ENABLED", "BOOL",                                                         \
        TRUTH, IS("true"),                                                                                            \
        AIS_FOR_SERVE | AIS_FOR_STORE, "false: nothing is written to disk, and all records end with the process")     \
    X(DATA_DIR, const char *, data_dir, AIS_KIND_TEXT,                                                                \
        "data-dir", "OFFLINE_DATA_DIR", "DIR",                                                                        \
        CHECK(path, "the path of a directory"),                                                                       \
        COMPUTED(data_dir, "/var/lib/aisentinel/offline if writable, else $XDG_STATE_HOME/aisentinel/offline"),       \
        AIS_FOR_SERVE | AIS_FOR_STORE, "sealed storage")                                                              \
    X(ENCRYPTION_KEY, char *, encryption_key, AIS_KIND_SECRET,                                                        \
        "encryption-key-file", "OFFLINE_ENCRYPTION_KEY", "FILE",                                                      \
        CHECK(fernet_keys, "Fernet keys (url-safe base64 of 32 bytes), comma-separated"),                             \
        NONE("fernet.key in the data directory, generated at first start"),                                           \
        AIS_FOR_SERVE | AIS_FOR_STORE, "the first key seals, all of them open")                                       \
    X(MAX_LOG_FILE_SIZE, uint64_t, max_log_file_size, AIS_KIND_NUMBER,                                                \
        "max-log-file-size", "OFFLINE_MAX_LOG_FILE_SIZE", "BYTES",                                                    \
        RANGE(65536, 1ULL << 40), IS("10485760"),                                                                     \
        AIS_FOR_SERVE | AIS_FOR_DECIDE | AIS_FOR_CHANGE, "size of an audit file before rotation")                     \
    X(LOG_RETENTION, uint64_t, log_retention, AIS_KIND_NUMBER,                                                        \
        "log-retention", "OFFLINE_LOG_RETENTION", "N",                                                                \
        RANGE(1, 1000000), IS("5"),                                                                                   \
        AIS_FOR_SERVE | AIS_FOR_DECIDE | AIS_FOR_CHANGE, "rotated audit files kept")                                  \
    X(METRICS_RETENTION_HOURS, uint64_t, metrics_retention_hours, AIS_KIND_NUMBER,                                     \
        "metrics-retention-hours", "OFFLINE_METRICS_RETENTION_HOURS", "HOURS",                                        \
        RANGE(1, 8784), IS("168"),                                                                                    \
        AIS_FOR_SERVE, "how far back usage metrics and statistics are kept")                                          \
    X(HOST, const char *, host, AIS_KIND_TEXT,                                                                        \
        "host", "AISENTINEL_HOST", "ADDRESS",                                                                         \
        CHECK(host, "an IPv4 or IPv6 address, or localhost"), IS("127.0.0.1"),                                        \
        AIS_FOR_SERVE, "address of the REST interface")                                                               \
    X(PORT, uint64_t, port, AIS_KIND_NUMBER,                                                                          \
        "port", "AISENTINEL_PORT", "PORT",                                                                            \
        RANGE(0, 65535), IS("8000"),                                                                                  \
        AIS_FOR_SERVE, "port of the REST interface; 0 takes a free one")                                              \
    X(TLS_CERT, const char *, tls_cert, AIS_KIND_TEXT,                                                                \
        "tls-cert", "AISENTINEL_TLS_CERT", "FILE",                                                                    \
        CHECK(readable, "the path of a readable file"), NONE("none: plain HTTP"),                                     \
        AIS_FOR_SERVE, "certificate of the REST interface, and those that it hangs on (PEM)")                         \
    X(TLS_KEY, const char *, tls_key, AIS_KIND_TEXT,                                                                  \
        "tls-key", "AISENTINEL_TLS_KEY", "FILE",                                                                      \
        CHECK(readable, "the path of a readable file"), NONE("none: plain HTTP"),                                     \
        AIS_FOR_SERVE, "its private key (PEM), which others must not be able to read")                                \
    X(ZMQ_ENDPOINT, const char *, zmq_endpoint, AIS_KIND_TEXT,                                                        \
        "zmq-endpoint", "AISENTINEL_ZMQ_ENDPOINT", "ENDPOINT",                                                        \
        CHECK(endpoint, "tcp://ADDRESS:PORT with a loopback address, or ipc:///PATH"),                                \
        IS("tcp://127.0.0.1:5555"),                                                                                   \
        AIS_FOR_SERVE, "where ZeroMQ REQ clients connect")                                                            \
    X(API_KEY, char *, api_key, AIS_KIND_SECRET,                                                                      \
        "api-key-file", "AISENTINEL_API_KEY", "FILE",                                                                 \
        CHECK(api_key, "32 to 512 printable ASCII characters without spaces"),                                        \
        NONE("generated at first start"),                                                                             \
        AIS_FOR_SERVE | AIS_FOR_CLIENT, "service: a first admin key of your choice; client: the key to ask with")     \
    X(EVALUATORS, uint64_t, evaluators, AIS_KIND_NUMBER,                                                              \
        "evaluators", "AISENTINEL_EVALUATORS", "N",                                                                   \
        RANGE(1, 256), COMPUTED(evaluators, "one a core"),                                                            \
        AIS_FOR_SERVE, "evaluator actors in this process")                                                            \
    X(AUDIT_DURABILITY, enum ais_durability, audit_durability, AIS_KIND_WORD,                                         \
        "audit-durability", "AISENTINEL_AUDIT_DURABILITY", "MODE",                                                    \
        WORDS(durability), IS("commit"),                                                                              \
        AIS_FOR_SERVE, "commit: no decision leaves before its audit record is on disk; async: at most 50 ms behind")  \
    X(AUDIT_CHECKPOINT_EVERY, uint64_t, audit_checkpoint_every, AIS_KIND_NUMBER,                                      \
        "audit-checkpoint-every", "AISENTINEL_AUDIT_CHECKPOINT_EVERY", "RECORDS",                                     \
        RANGE(1, 1000000000), IS("10000"),                                                                            \
        AIS_FOR_SERVE | AIS_FOR_DECIDE | AIS_FOR_CHANGE, "audit records between two signatures over the chain")       \
    X(AUDIT_MASK, const char *, audit_mask, AIS_KIND_TEXT,                                                            \
        "audit-mask", "AISENTINEL_AUDIT_MASK", "LIST",                                                                \
        CHECK(mask, "paths (tool_args.password, metadata.**.email, tool_args.\"a.b\") and kinds (pii:email, "         \
                    "pii:*), comma-separated"),                                                                       \
        NONE("credentials only, which are always masked"),                                                            \
        AIS_FOR_SERVE | AIS_FOR_DECIDE | AIS_FOR_CHANGE, "what stands in the audit log as a keyed hash only")         \
    X(PREFLIGHT_DEADLINE_MS, uint64_t, preflight_deadline_ms, AIS_KIND_NUMBER,                                        \
        "preflight-deadline-ms", "AISENTINEL_PREFLIGHT_DEADLINE_MS", "MS",                                            \
        RANGE(1, 60000), IS("250"),                                                                                   \
        AIS_FOR_SERVE, "a decision that takes longer is refused (503), not allowed")                                  \
    X(DEFAULT_ACTION, enum ais_default_action, default_action, AIS_KIND_WORD,                                         \
        "default-action", "AISENTINEL_DEFAULT_ACTION", "ACTION",                                                      \
        WORDS(default_action), IS("allow"),                                                                           \
        AIS_FOR_SERVE | AIS_FOR_DECIDE, "what happens when no rule matches")                                          \
    X(RISK_THRESHOLD, uint64_t, risk_threshold, AIS_KIND_NUMBER,                                                      \
        "risk-threshold", "AISENTINEL_RISK_THRESHOLD", "SCORE",                                                       \
        RANGE(0, 100), IS("0"),                                                                                       \
        AIS_FOR_SERVE | AIS_FOR_DECIDE, "from this risk score on (1 to 100) a person must approve; 0: no scores")     \
    X(LOG_LEVEL, enum ais_log_level, log_level, AIS_KIND_WORD,                                                        \
        "log-level", "LOG_LEVEL", "LEVEL",                                                                            \
        WORDS(log_level), IS("INFO"),                                                                                 \
        AIS_FOR_ALL, "the least level that is logged")                                                                \
    X(LOG_FORMAT, enum ais_log_format, log_format, AIS_KIND_WORD,                                                     \
        "log-format", "LOG_FORMAT", "FORMAT",                                                                         \
        WORDS(log_format), IS("text"),                                                                                \
        AIS_FOR_ALL, "how log lines look; json is one object a line")                                                 \
    X(LICENSE_FILE, const char *, license_file, AIS_KIND_TEXT,                                                        \
        "license-file", NULL, "FILE",                                                                                 \
        CHECK(readable, "the path of a readable file"), NONE("none"),                                                 \
        AIS_FOR_SERVE, "licence; in this version checked for being readable")                                         \
    X(CONFIG, const char *, config, AIS_KIND_TEXT,                                                                    \
        "config", NULL, "FILE",                                                                                       \
        CHECK(path, "the path of a readable file"), NONE("none"),                                                     \
        AIS_FOR_ALL, "settings as YAML or JSON, keys named as the environment variables")                             \
    X(INSECURE_HTTP, bool, insecure_http, AIS_KIND_SWITCH,                                                            \
        "insecure-http", NULL, NULL,                                                                                  \
        NO_VALUE, NONE("off"),                                                                                        \
        AIS_FOR_SERVE, "allow plain HTTP on an address that is not loopback")                                         \
    X(ROLE, enum ais_process_role, role, AIS_KIND_WORD,                                                                       \
        "role", NULL, "ROLE",                                                                                         \
        WORDS(role), IS("all"),                                                                                       \
        AIS_FOR_SERVE, "which actors run in this process; this version runs all of them in one")
/* clang-format on */

enum ais_setting_id {
#define X(id, ...) AIS_SETTING_##id,
    AIS_SETTINGS(X)
#undef X
        AIS_SETTING_COUNT
};

/* The words of a WORD setting. */
struct ais_words {
    const char *const *words; /* in the order of the enum */
    size_t count;
    const char *const *later; /* words that a later version will take, NULL-terminated; may be NULL */
    bool any_case;            /* whether case does not matter */
};

/* Where a computed default may look besides the system: the environment it is given. */
typedef enum ais_err ais_setting_compute(char *const *environment, struct ais_arena *arena, const char **ret,
                                         struct ais_why *why);

/* Whether a value will do; *ret is value itself or its normal form, in the arena. The reason of a refusal is only what
 * goes beyond `accepts` and may stay empty. A secret's check leaves *ret alone. */
typedef enum ais_err ais_setting_check(const char *value, struct ais_arena *arena, const char **ret,
                                       struct ais_why *why);

/* One row of the table. All strings are literals. */
struct ais_setting {
    enum ais_setting_kind kind;
    unsigned groups;         /* enum ais_setting_groups */
    size_t offset;           /* of its field in struct ais_settings */
    const char *flag;        /* without "--"; of a SECRET it names a file */
    const char *environment; /* NULL: a flag only */
    const char *argument;    /* NULL for a SWITCH */
    const char *help;
    uint64_t lowest, highest; /* of a NUMBER */
    const struct ais_words *words;
    ais_setting_check *check;
    const char *accepts;          /* what `check` accepts, in words */
    const char *fallback;         /* the default, read as any other value; NULL: none, or computed */
    ais_setting_compute *compute; /* of a default that depends on the machine */
    const char *shown;            /* the default as --help shows it */
};

extern const struct ais_setting ais_setting_table[AIS_SETTING_COUNT];

/* The row with this flag (n bytes, without "--") for a command of these groups; NULL: none. */
const struct ais_setting *ais_setting_by_flag(const char *flag, size_t n, unsigned groups);

/* The row of an environment variable or key of --config (n bytes); NULL: none. */
const struct ais_setting *ais_setting_by_name(const char *name, size_t n);

/* What a setting accepts, in words, into text. */
void ais_setting_accepts(const struct ais_setting *setting, char *text, size_t size);

/* Refuses a flag that no table knows, naming what was meant: a secret given as a value, a flag of a later version, or
 * the nearest of the names offered to near so far and of the settings of these groups. */
MUST_CHECK enum ais_err ais_setting_refuse_flag(const char *flag, size_t n, unsigned groups, struct ais_nearest *near,
                                                struct ais_why *why);

#endif
