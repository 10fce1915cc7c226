#include "shared/conf/settings.h"
#include "shared/mem/secret.h"
#include "tests/unit/test.h"

#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#define KEY       "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA="
#define ADMIN_KEY "0123456789abcdef0123456789abcdef"

enum { MOST = 4 };

/* Arguments as "--flag", "value" pairs and variables as "NAME=value", both ended by NULL. */
struct case_ {
    const char *flags[2 * MOST + 1];
    const char *variables[MOST + 1];
    const char *config; /* content of the --config file; NULL: no file */
};

static char config_path[] = "/tmp/ais-settings-XXXXXX";

static void write_config(const char *content)
{
    FILE *file = fopen(config_path, "w");
    assert_non_null(file);
    assert_true(fputs(content, file) >= 0);
    assert_int_equal(fclose(file), 0);
}

/* Loads the case for the groups; the environment is a copy on the heap, as the loader writes to it. */
static enum ais_err load(const struct case_ *given, unsigned groups, struct ais_settings **ret, struct ais_why *why)
{
    struct ais_settings_given input = { .groups = groups };
    char *environment[MOST + 1] = { NULL }, *copies[MOST] = { NULL };
    for (size_t i = 0; given->variables[i] != NULL; i++)
        environment[i] = copies[i] = strdup(given->variables[i]);
    input.environment = environment;
    for (size_t i = 0; given->flags[i] != NULL; i += 2) {
        const struct ais_setting *setting = ais_setting_by_flag(given->flags[i], strlen(given->flags[i]), groups);
        assert_non_null(setting);
        input.flags[setting - ais_setting_table] = given->flags[i + 1];
    }
    if (given->config != NULL) {
        write_config(given->config);
        input.flags[AIS_SETTING_CONFIG] = config_path;
    }
    enum ais_err err = ais_settings_load(&input, ret, why);
    for (size_t i = 0; i < MOST; i++)
        free(copies[i]);
    return err;
}

/* What is refused, and the words that say so. */
static const struct refusal {
    const char *name;
    struct case_ given;
    enum ais_err want;
    const char *says;
} refusals[] = {
    {"a number with letters names its source",
     { .variables = { "AISENTINEL_PORT=80x" } },
     AIS_E_SETTING,                                                                                                              "AISENTINEL_PORT: '80x' from the environment is not accepted; it takes a whole number from 0 to 65535"     },
    { "a number over its bound",
     { .flags = { "port", "65536" } },
     AIS_E_USAGE,                                                                                                                "--port: '65536' from the command line is not accepted; it takes a whole number from 0 to 65535"           },
    { "a number beyond 64 bits",                       { .flags = { "port", "18446744073709551617" } },           AIS_E_USAGE,   "--port"                                                                                                   },
    { "a signed number",                               { .flags = { "port", "+1" } },                             AIS_E_USAGE,   "whole number"                                                                                             },
    { "a number with a space before it",               { .flags = { "port", " 1" } },                             AIS_E_USAGE,   "whole number"                                                                                             },
    { "an empty number",                               { .variables = { "AISENTINEL_PORT=" } },                   AIS_E_SETTING, "AISENTINEL_PORT: '' from"                                                                                 },
    { "a fault in the file names line and column",
     { .config = "LOG_LEVEL: INFO\nAISENTINEL_PORT: many\n" },
     AIS_E_SETTING,                                                                                                              ":2:18 is not accepted; it takes a whole number"                                                           },
    { "an unknown word lists the known",
     { .variables = { "AISENTINEL_DEFAULT_ACTION=deny" } },
     AIS_E_SETTING,                                                                                                              "it takes allow, require_approval or block"                                                                },
    { "a role of a later version",
     { .flags = { "role", "gateway" } },
     AIS_E_USAGE,                                                                                                                "--role: 'gateway' from the command line is not accepted: it is not in this version; it takes all"         },
    { "an unknown role",                               { .flags = { "role", "chef" } },                           AIS_E_USAGE,   "is not accepted; it takes all"                                                                            },
    { "an unknown variable of ours with a suggestion",
     { .variables = { "AISENTINEL_PROT=1" } },
     AIS_E_SETTING,                                                                                                              "unknown setting 'AISENTINEL_PROT' in the environment; did you mean 'AISENTINEL_PORT'?"                    },
    { "an unknown variable of ours without one",
     { .variables = { "OFFLINE_COLOUR_OF_THE_SKY=1" } },
     AIS_E_SETTING,                                                                                                              "unknown setting 'OFFLINE_COLOUR_OF_THE_SKY' in the environment"                                           },
    { "a setting of a later version",
     { .variables = { "OFFLINE_SYNC_ENABLED=true" } },
     AIS_E_SETTING,                                                                                                              "OFFLINE_SYNC_ENABLED from the environment is not in this version"                                         },
    { "an address that is not loopback",
     { .flags = { "host", "0.0.0.0" } },
     AIS_E_USAGE,                                                                                                                "--host: '0.0.0.0' from the command line is not a loopback address: give AISENTINEL_TLS_CERT"              },
    { "the unspecified IPv6 address is not loopback",
     { .variables = { "AISENTINEL_HOST=::" } },
     AIS_E_SETTING,                                                                                                              "--insecure-http"                                                                                          },
    { "a host name",                                   { .flags = { "host", "example.com" } },                    AIS_E_USAGE,   "an IPv4 or IPv6 address, or localhost"                                                                    },
    { "a number that is no address",                   { .flags = { "host", "2130706433" } },                     AIS_E_USAGE,   "it takes an IPv4"                                                                                         },
    { "an endpoint on another address",                { .flags = { "zmq-endpoint", "tcp://0.0.0.0:5555" } },     AIS_E_USAGE,   "CURVE"                                                                                                    },
    { "an endpoint on every address",                  { .flags = { "zmq-endpoint", "tcp://*:5555" } },           AIS_E_USAGE,   "CURVE"                                                                                                    },
    { "an endpoint without a port",
     { .flags = { "zmq-endpoint", "tcp://127.0.0.1" } },
     AIS_E_USAGE,                                                                                                                "it takes tcp://"                                                                                          },
    { "an endpoint with a bad port",                   { .flags = { "zmq-endpoint", "tcp://127.0.0.1:0" } },      AIS_E_USAGE,   "it takes"                                                                                                 },
    { "an IPv6 endpoint without brackets",             { .flags = { "zmq-endpoint", "tcp://::1:5555" } },         AIS_E_USAGE,   "it takes"                                                                                                 },
    { "an abstract socket, which has no mode",         { .flags = { "zmq-endpoint", "ipc://@x" } },               AIS_E_USAGE,   "it takes"                                                                                                 },
    { "another transport",                             { .flags = { "zmq-endpoint", "pgm://127.0.0.1:1" } },      AIS_E_USAGE,   "it takes"                                                                                                 },
    { "a path that is not of a request",
     { .flags = { "audit-mask", "args.x" } },
     AIS_E_USAGE,                                                                                                                "does not begin with tool_args, context"                                                                   },
    { "no records between checkpoints",
     { .flags = { "audit-checkpoint-every", "0" } },
     AIS_E_USAGE,                                                                                                                "from 1 to 1000000000"                                                                                     },
    { "no evaluators",                                 { .variables = { "AISENTINEL_EVALUATORS=0" } },            AIS_E_SETTING, "from 1 to 256"                                                                                            },
    { "an empty directory",                            { .variables = { "OFFLINE_DATA_DIR=" } },                  AIS_E_SETTING, "it is empty"                                                                                              },
    { "a licence that cannot be read",
     { .flags = { "license-file", "/nonexistent" } },
     AIS_E_IO,                                                                                                                   "--license-file: '/nonexistent' from the command line is not accepted: it cannot be read: No such file"    },
    { "a licence that is a directory",                 { .flags = { "license-file", "/tmp" } },                   AIS_E_IO,      "Is a directory"                                                                                           },
    { "a configuration that cannot be read",
     { .flags = { "config", "/nonexistent" } },
     AIS_E_IO,                                                                                                                   "--config: '/nonexistent' cannot be read"                                                                  },
    { "a configuration that is no YAML",               { .config = "AISENTINEL_PORT: [1\n" },                     AIS_E_SETTING, config_path                                                                                                },
    { "a key of the wrong form, unnamed",
     { .variables = { "OFFLINE_ENCRYPTION_KEY=hunter2" } },
     AIS_E_SETTING,                                                                                                              "OFFLINE_ENCRYPTION_KEY: the value from the environment is not accepted: key 1 has not that form; it takes"},
    { "a second key of the wrong form",
     { .variables = { "OFFLINE_ENCRYPTION_KEY=" KEY ",x" } },
     AIS_E_SETTING,                                                                                                              "key 2"                                                                                                    },
    { "an empty key is not no key",                    { .variables = { "OFFLINE_ENCRYPTION_KEY=" } },            AIS_E_SETTING, "key 1"                                                                                                    },
    { "a short API key",
     { .variables = { "AISENTINEL_API_KEY=hunter2" } },
     AIS_E_SETTING,                                                                                                              "AISENTINEL_API_KEY: the value from the environment is not accepted: it has 7"                             },
    { "an API key with a space",
     { .variables = { "AISENTINEL_API_KEY=" ADMIN_KEY " x" } },
     AIS_E_SETTING,                                                                                                              "character 33"                                                                                             },
    { "a key's file that is missing",
     { .flags = { "api-key-file", "/nonexistent" } },
     AIS_E_IO,                                                                                                                   "--api-key-file: '/nonexistent' from the command line is not accepted: it cannot be read"                  },
    { "a certificate without a key",
     { .variables = { "AISENTINEL_TLS_CERT=/dev/null" } },
     AIS_E_SETTING,                                                                                                              "AISENTINEL_TLS_CERT is set and AISENTINEL_TLS_KEY is not"                                                 },
    { "a key without a certificate",
     { .flags = { "tls-key", "/dev/null" } },
     AIS_E_SETTING,                                                                                                              "AISENTINEL_TLS_KEY is set and AISENTINEL_TLS_CERT is not"                                                 },
    { "a certificate that cannot be read",
     { .variables = { "AISENTINEL_TLS_CERT=/nonexistent", "AISENTINEL_TLS_KEY=/dev/null" } },
     AIS_E_IO,                                                                                                                   "AISENTINEL_TLS_CERT: '/nonexistent' from the environment is not accepted: it cannot be read"              },
    { "a certificate that is set to nothing",
     { .variables = { "AISENTINEL_TLS_CERT=" } },
     AIS_E_SETTING,                                                                                                              "it is empty"                                                                                              },
    { "what is neither true nor false",
     { .variables = { "OFFLINE_STORAGE_ENABLED=maybe" } },
     AIS_E_SETTING,                                                                                                              "OFFLINE_STORAGE_ENABLED: 'maybe' from the environment is not accepted; it takes true or false"            },
    { "a truth that is empty",                         { .flags = { "storage-enabled", "" } },                    AIS_E_USAGE,   "it takes true or false"                                                                                   },
    { "a word that is nearly right",
     { .variables = { "AISENTINEL_DEFAULT_ACTION=blok" } },
     AIS_E_SETTING,                                                                                                              "perhaps 'block' is meant"                                                                                 },
    { "a short form of a loopback address",            { .flags = { "host", "127.1" } },                          AIS_E_USAGE,   "it takes an IPv4"                                                                                         },
    { "every address, in IPv6 for IPv4",               { .flags = { "host", "::ffff:0.0.0.0" } },                 AIS_E_USAGE,   "--insecure-http"                                                                                          },
    { "an address with a scope",                       { .flags = { "host", "fe80::1%lo" } },                     AIS_E_USAGE,   "it takes an IPv4"                                                                                         },
    { "an address in brackets",                        { .flags = { "host", "[::1]" } },                          AIS_E_USAGE,   "it takes an IPv4"                                                                                         },
    { "an endpoint on every IPv6 address",             { .flags = { "zmq-endpoint", "tcp://[::]:5555" } },        AIS_E_USAGE,   "CURVE"                                                                                                    },
    { "an endpoint on a name",                         { .flags = { "zmq-endpoint", "tcp://example.com:5555" } }, AIS_E_USAGE,   "CURVE"                                                                                                    },
    { "a socket file with a relative path",            { .flags = { "zmq-endpoint", "ipc://x.sock" } },           AIS_E_USAGE,   "it takes"                                                                                                 },
    { "a socket file whose path is too long",
     { .flags = { "zmq-endpoint",
                   "ipc:///aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
                   "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa" } },
     AIS_E_USAGE,                                                                                                                "at most 107 bytes"                                                                                        },
    { "a port that Kubernetes set",
     { .variables = { "AISENTINEL_PORT=tcp://10.0.0.1:8000" } },
     AIS_E_SETTING,                                                                                                              "enableServiceLinks"                                                                                       },
};

static void check_refusal(void **state)
{
    const struct refusal *row = *state;
    AUTO(ais_settings_destroy) struct ais_settings *settings = NULL;
    struct ais_why why = { 0 };
    assert_int_equal(load(&row->given, AIS_FOR_SERVE, &settings, &why), row->want);
    assert_null(settings);
    if (strstr(why.text, row->says) == NULL)
        fail_msg("\"%s\" does not say \"%s\"", why.text, row->says);
    assert_null(strstr(why.text, "hunter2"));
}

/* What is accepted, and what a setting is then: its number, word or text, and where it came from. */
static const struct acceptance {
    const char *name;
    struct case_ given;
    enum ais_setting_id id;
    enum ais_source source;
    const char *text;
    uint64_t number;
} acceptances[] = {
    {"the default port",                        { .config = NULL },                                        AIS_SETTING_PORT,            AIS_SOURCE_DEFAULT,     NULL,  8000                },
    { "the file before the default",            { .config = "AISENTINEL_PORT: 1\n" },                      AIS_SETTING_PORT,            AIS_SOURCE_FILE,        NULL,  1                   },
    { "the environment before the file",
     { .variables = { "AISENTINEL_PORT=2" }, .config = "AISENTINEL_PORT: 1\n" },
     AIS_SETTING_PORT,                                                                                                                  AIS_SOURCE_ENVIRONMENT,
     NULL,                                                                                                                                                             2                   },
    { "the flag before the environment",
     { .flags = { "port", "3" }, .variables = { "AISENTINEL_PORT=2" }, .config = "AISENTINEL_PORT: 1\n" },
     AIS_SETTING_PORT,                                                                                                                  AIS_SOURCE_FLAG,
     NULL,                                                                                                                                                             3                   },
    { "a port that Kubernetes set, overridden",
     { .flags = { "port", "3" }, .variables = { "AISENTINEL_PORT=tcp://10.0.0.1:8000" } },
     AIS_SETTING_PORT,                                                                                                                  AIS_SOURCE_FLAG,
     NULL,                                                                                                                                                             3                   },
    { "JSON is a configuration too",
     { .config = "{\"AISENTINEL_PORT\": 4}" },
     AIS_SETTING_PORT,                                                                                                                  AIS_SOURCE_FILE,
     NULL,                                                                                                                                                             4                   },
    { "a quoted number",                        { .config = "AISENTINEL_PORT: '4'" },                      AIS_SETTING_PORT,            AIS_SOURCE_FILE,        NULL,  4                   },
    { "the first of two variables",
     { .variables = { "AISENTINEL_PORT=5", "AISENTINEL_PORT=6" } },
     AIS_SETTING_PORT,                                                                                                                  AIS_SOURCE_ENVIRONMENT,
     NULL,                                                                                                                                                             5                   },
    { "localhost is a number",
     { .flags = { "host", "localhost" } },
     AIS_SETTING_HOST,                                                                                                                  AIS_SOURCE_FLAG,
     "127.0.0.1",                                                                                                                                                      0                   },
    { "IPv6 loopback",                          { .flags = { "host", "::1" } },                            AIS_SETTING_HOST,            AIS_SOURCE_FLAG,        "::1", 0                   },
    { "all of 127.0.0.0/8 is loopback",
     { .flags = { "host", "127.9.9.9" } },
     AIS_SETTING_HOST,                                                                                                                  AIS_SOURCE_FLAG,
     "127.9.9.9",                                                                                                                                                      0                   },
    { "another address, when asked for",
     { .flags = { "host", "0.0.0.0", "insecure-http", "" } },
     AIS_SETTING_HOST,                                                                                                                  AIS_SOURCE_FLAG,
     "0.0.0.0",                                                                                                                                                        0                   },
    { "the default endpoint",
     { .config = NULL },
     AIS_SETTING_ZMQ_ENDPOINT,                                                                                                          AIS_SOURCE_DEFAULT,
     "tcp://127.0.0.1:5555",                                                                                                                                           0                   },
    { "an endpoint on localhost",
     { .flags = { "zmq-endpoint", "tcp://localhost:*" } },
     AIS_SETTING_ZMQ_ENDPOINT,                                                                                                          AIS_SOURCE_FLAG,
     "tcp://127.0.0.1:*",                                                                                                                                              0                   },
    { "an IPv6 endpoint",
     { .flags = { "zmq-endpoint", "tcp://[::1]:5555" } },
     AIS_SETTING_ZMQ_ENDPOINT,                                                                                                          AIS_SOURCE_FLAG,
     "tcp://[::1]:5555",                                                                                                                                               0                   },
    { "a socket file",
     { .flags = { "zmq-endpoint", "ipc:///run/ais.sock" } },
     AIS_SETTING_ZMQ_ENDPOINT,                                                                                                          AIS_SOURCE_FLAG,
     "ipc:///run/ais.sock",                                                                                                                                            0                   },
    { "a directory",
     { .variables = { "OFFLINE_DATA_DIR=/srv/x" } },
     AIS_SETTING_DATA_DIR,                                                                                                              AIS_SOURCE_ENVIRONMENT,
     "/srv/x",                                                                                                                                                         0                   },
    { "case of log levels",
     { .variables = { "LOG_LEVEL=warning" } },
     AIS_SETTING_LOG_LEVEL,                                                                                                             AIS_SOURCE_ENVIRONMENT,
     NULL,                                                                                                                                                             AIS_LOG_WARNING     },
    { "the default action",
     { .variables = { "AISENTINEL_DEFAULT_ACTION=block" } },
     AIS_SETTING_DEFAULT_ACTION,                                                                                                        AIS_SOURCE_ENVIRONMENT,
     NULL,                                                                                                                                                             AIS_DEFAULT_BLOCK   },
    { "durability",
     { .config = "AISENTINEL_AUDIT_DURABILITY: async" },
     AIS_SETTING_AUDIT_DURABILITY,                                                                                                      AIS_SOURCE_FILE,
     NULL,                                                                                                                                                             AIS_DURABILITY_ASYNC},
    { "what is masked, as it was written",
     { .variables = { "AISENTINEL_AUDIT_MASK=tool_args.**.token, pii:email" } },
     AIS_SETTING_AUDIT_MASK,                                                                                                            AIS_SOURCE_ENVIRONMENT,
     "tool_args.**.token, pii:email",                                                                                                                                  0                   },
    { "harmless settings of a later version",
     { .variables = { "OFFLINE_SYNC_ENABLED=False", "OFFLINE_SYNC_API_KEY=", "OFFLINE_SYNC_INTERVAL=3600" },
        .config = "OFFLINE_METRICS_RETENTION_HOURS: 168\nOFFLINE_SYNC_METRICS: false\n" },
     AIS_SETTING_PORT,                                                                                                                  AIS_SOURCE_DEFAULT,
     NULL,                                                                                                                                                             8000                },
    { "another address, with TLS",
     { .flags = { "host", "0.0.0.0", "tls-cert", "/dev/null", "tls-key", "/dev/null" } },
     AIS_SETTING_HOST,                                                                                                                  AIS_SOURCE_FLAG,
     "0.0.0.0",                                                                                                                                                        0                   },
    { "loopback, in IPv6 for IPv4",
     { .flags = { "host", "::ffff:127.0.0.1" } },
     AIS_SETTING_HOST,                                                                                                                  AIS_SOURCE_FLAG,
     "::ffff:127.0.0.1",                                                                                                                                               0                   },
    { "storage is on",                          { .config = NULL },                                        AIS_SETTING_STORAGE_ENABLED, AIS_SOURCE_DEFAULT,     NULL,  1                   },
    { "a usual spelling of false",
     { .variables = { "OFFLINE_STORAGE_ENABLED=Off" } },
     AIS_SETTING_STORAGE_ENABLED,                                                                                                       AIS_SOURCE_ENVIRONMENT,
     NULL,                                                                                                                                                             0                   },
    { "a usual spelling of true",
     { .flags = { "storage-enabled", "YES" }, .variables = { "OFFLINE_STORAGE_ENABLED=0" } },
     AIS_SETTING_STORAGE_ENABLED,                                                                                                       AIS_SOURCE_FLAG,
     NULL,                                                                                                                                                             1                   },
    { "JSON has a false of its own",
     { .config = "{\"OFFLINE_STORAGE_ENABLED\": false}" },
     AIS_SETTING_STORAGE_ENABLED,                                                                                                       AIS_SOURCE_FILE,
     NULL,                                                                                                                                                             0                   },
    { "what Kubernetes and the build set",
     { .variables = { "AISENTINEL_SERVICE_HOST=10.0.0.1", "AISENTINEL_OFFLINE_PORT=tcp://10.0.0.1:80",
                       "AISENTINEL_PORT_8000_TCP_ADDR=10.0.0.1", "AISENTINEL_VENDOR_PUBLIC_KEY=x" } },
     AIS_SETTING_PORT,                                                                                                                  AIS_SOURCE_DEFAULT,
     NULL,                                                                                                                                                             8000                },
    { "variables of others",
     { .variables = { "PATH=/bin", "OFFLINE=1", "nonsense" } },
     AIS_SETTING_PORT,                                                                                                                  AIS_SOURCE_DEFAULT,
     NULL,                                                                                                                                                             8000                },
    { "a key",
     { .variables = { "OFFLINE_ENCRYPTION_KEY=" KEY "," KEY } },
     AIS_SETTING_ENCRYPTION_KEY,                                                                                                        AIS_SOURCE_ENVIRONMENT,
     KEY "," KEY,
     0                                                                                                                                                                                     },
    { "an API key",
     { .variables = { "AISENTINEL_API_KEY=" ADMIN_KEY } },
     AIS_SETTING_API_KEY,                                                                                                               AIS_SOURCE_ENVIRONMENT,
     ADMIN_KEY,                                                                                                                                                        0                   },
};

static void check_acceptance(void **state)
{
    const struct acceptance *row = *state;
    AUTO(ais_settings_destroy) struct ais_settings *settings = NULL;
    struct ais_why why = { 0 };
    if (load(&row->given, AIS_FOR_SERVE, &settings, &why) != AIS_OK)
        fail_msg("%s", why.text);
    const struct ais_setting *setting = &ais_setting_table[row->id];
    const char *field = (const char *)settings + setting->offset;
    assert_int_equal(settings->sources[row->id], row->source);
    if (row->text != NULL)
        assert_string_equal(*(const char *const *)(const void *)field, row->text);
    else if (setting->kind == AIS_KIND_NUMBER)
        assert_int_equal(*(const uint64_t *)(const void *)field, row->number);
    else if (setting->kind == AIS_KIND_BOOL)
        assert_int_equal(*(const bool *)field, row->number);
    else
        assert_int_equal(*(const unsigned *)(const void *)field, row->number);
}

/* Both when all is well and when another setting is refused. */
static void secrets_leave_the_environment(void **state)
{
    (void)state;
    for (int refused = 0; refused < 2; refused++) {
        char secret[] = "AISENTINEL_API_KEY=" ADMIN_KEY, again[] = "AISENTINEL_API_KEY=" ADMIN_KEY "2";
        char before[] = "HOME=/", port[] = "AISENTINEL_PORT=x";
        char *environment[] = { before, secret, again, refused ? port : NULL, NULL };
        struct ais_settings_given given = { .groups = AIS_FOR_SERVE, .environment = environment };
        AUTO(ais_settings_destroy) struct ais_settings *settings = NULL;
        struct ais_why why = { 0 };
        assert_int_equal(ais_settings_load(&given, &settings, &why), refused ? AIS_E_SETTING : AIS_OK);
        assert_ptr_equal(environment[0], before);
        assert_ptr_equal(environment[1], refused ? port : NULL);
        for (size_t i = strlen("AISENTINEL_API_KEY="); i < sizeof secret; i++)
            assert_int_equal(secret[i] | again[i], '\0');
        if (!refused)
            assert_string_equal(settings->api_key, ADMIN_KEY);
    }
}

static void a_secret_comes_from_a_file(void **state)
{
    (void)state;
    write_config(ADMIN_KEY "\n");
    const struct case_ given = {
        .flags = {"api-key-file", config_path },
          .variables = { "AISENTINEL_API_KEY=" ADMIN_KEY "other"            }
    };
    AUTO(ais_settings_destroy) struct ais_settings *settings = NULL;
    struct ais_why why = { 0 };
    assert_int_equal(load(&given, AIS_FOR_CLIENT, &settings, &why), AIS_OK);
    assert_string_equal(settings->api_key, ADMIN_KEY);
    assert_int_equal(settings->sources[AIS_SETTING_API_KEY], AIS_SOURCE_FLAG);
}

/* The file of a secret: who else may read it, and who it belongs to. As root, for whom files of all owners can be made.
 */
static void a_secret_that_is_open_to_others_is_refused(void **state)
{
    static const struct {
        mode_t mode;
        uid_t owner;
        bool refused;
    } rows[] = {
        {0600,  0,     false},
        { 0400, 65534, false},
        { 0640, 0,     false}, /* as packages hand keys to services */
        { 0640, 65534, true },
        { 0660, 0,     true },
        { 0644, 0,     true },
        { 0602, 65534, true },
    };
    const struct case_ given = {
        .flags = {"api-key-file", config_path}
    };
    (void)state;
    write_config(ADMIN_KEY "\n");
    for (size_t i = 0; i < N_ELEMS(rows); i++) {
        AUTO(ais_settings_destroy) struct ais_settings *settings = NULL;
        struct ais_why why = { 0 };
        uid_t owner = geteuid() == 0 ? rows[i].owner : geteuid();
        if (owner != rows[i].owner && rows[i].owner == 0 && (rows[i].mode & 040) != 0)
            continue;
        assert_int_equal(chown(config_path, owner, (gid_t)-1), 0);
        assert_int_equal(chmod(config_path, rows[i].mode), 0);
        assert_int_equal(load(&given, AIS_FOR_CLIENT, &settings, &why), rows[i].refused ? AIS_E_REFUSED : AIS_OK);
        if (rows[i].refused) {
            assert_non_null(strstr(why.text, "--api-key-file"));
            assert_non_null(strstr(why.text, "open to others"));
            assert_null(strstr(why.text, ADMIN_KEY));
        }
    }
    assert_int_equal(chown(config_path, geteuid(), (gid_t)-1), 0);
    assert_int_equal(chmod(config_path, 0600), 0);
}

static void all_faults_are_found_at_once(void **state)
{
    char port[] = "AISENTINEL_PORT=x", unknown[] = "OFFLINE_DATADIR=x", key[] = "AISENTINEL_API_KEY=hunter2";
    char *environment[] = { port, unknown, key, NULL };
    const struct ais_settings_given given = {
        .groups = AIS_FOR_SERVE,
        .environment = environment,
        .flags = {[AIS_SETTING_CONFIG] = config_path,
                  [AIS_SETTING_HOST] = "0.0.0.0",
                  [AIS_SETTING_TLS_KEY] = "/dev/null"}
    };
    static const char *const says[] = { "OFFLINE_DATADIR",    ":2:1: unknown setting 'NOTHING'",
                                        "AISENTINEL_PORT",    "OFFLINE_LOG_RETENTION: 'many'",
                                        "AISENTINEL_API_KEY", "AISENTINEL_TLS_CERT is not",
                                        "--host: '0.0.0.0'" };
    AUTO(ais_settings_destroy) struct ais_settings *settings = NULL;
    static struct ais_setting_faults faults;
    struct ais_why why = { 0 };
    (void)state;
    write_config("OFFLINE_LOG_RETENTION: many\nNOTHING: 1\n");
    assert_int_equal(ais_settings_check(&given, &faults, &settings, &why), AIS_OK);
    assert_null(settings);
    assert_int_equal(faults.count, N_ELEMS(says));
    for (size_t i = 0; i < N_ELEMS(says); i++) {
        bool said = false;
        for (size_t j = 0; j < faults.count; j++)
            said |= strstr(faults.list[j].text, says[i]) != NULL;
        if (!said)
            fail_msg("no fault says \"%s\"", says[i]);
        assert_null(strstr(faults.list[i].text, "hunter2"));
    }
}

static void settings_without_a_fault_are_given(void **state)
{
    char *environment[] = { NULL };
    const struct ais_settings_given given = { .groups = AIS_FOR_SERVE,
                                              .environment = environment,
                                              .flags = { [AIS_SETTING_DATA_DIR] = "/d" } };
    AUTO(ais_settings_destroy) struct ais_settings *settings = NULL;
    struct ais_setting_faults faults = { .count = 0 };
    struct ais_why why = { 0 };
    (void)state;
    assert_int_equal(ais_settings_check(&given, &faults, &settings, &why), AIS_OK);
    assert_int_equal(faults.count, 0);
    assert_non_null(settings);
}

/* What is shown of each setting is what the setting reads; of secrets nothing is. */
static void what_is_shown_can_be_read_again(void **state)
{
    const struct case_ given = {
        .flags = {"data-dir", "/d", "insecure-http", "" },
        .variables = { "AISENTINEL_API_KEY=" ADMIN_KEY,        "LOG_LEVEL=warning"          }
    };
    AUTO(ais_settings_destroy) struct ais_settings *settings = NULL;
    struct ais_why why = { 0 };
    (void)state;
    assert_int_equal(load(&given, AIS_FOR_SERVE, &settings, &why), AIS_OK);
    for (size_t i = 0; i < AIS_SETTING_COUNT; i++) {
        const struct ais_setting *setting = &ais_setting_table[i];
        AUTO(ais_buf_done) struct ais_buf text = { 0 };
        ais_settings_show(settings, setting, &text);
        assert_false(text.failed);
        if (setting->kind == AIS_KIND_SECRET)
            assert_string_equal(text.data, i == AIS_SETTING_API_KEY ? "(set)" : "(not set)");
        else if (i == AIS_SETTING_DATA_DIR)
            assert_string_equal(text.data, "/d");
        else if (i == AIS_SETTING_PORT)
            assert_string_equal(text.data, "8000");
        else if (i == AIS_SETTING_LOG_LEVEL)
            assert_string_equal(text.data, "WARNING");
        else if (setting->kind == AIS_KIND_SWITCH || setting->kind == AIS_KIND_BOOL)
            assert_string_equal(text.data, "true");
    }
}

static void what_a_command_does_not_read_is_not_looked_at(void **state)
{
    const struct case_ given = {
        .variables = {"AISENTINEL_PORT=x", "OFFLINE_DATA_DIR=/d"}
    };
    AUTO(ais_settings_destroy) struct ais_settings *settings = NULL;
    struct ais_why why = { 0 };
    (void)state;
    assert_int_equal(load(&given, AIS_FOR_STORE, &settings, &why), AIS_OK);
    assert_string_equal(settings->data_dir, "/d");
    assert_int_equal(settings->port, 0);
    assert_null(ais_setting_by_flag("port", 4, AIS_FOR_STORE));
}

/* Each row: its default is what it accepts, and its names are told apart. */
static void the_table_is_sound(void **state)
{
    (void)state;
    for (size_t i = 0; i < AIS_SETTING_COUNT; i++) {
        const struct ais_setting *setting = &ais_setting_table[i];
        char accepts[200];
        ais_setting_accepts(setting, accepts, sizeof accepts);
        assert_true(strlen(accepts) > 0 && strlen(accepts) < sizeof accepts - 1);
        assert_non_null(setting->shown);
        assert_true(strlen(setting->help) > 0 && setting->groups != 0);
        assert_int_equal(setting->argument == NULL, setting->kind == AIS_KIND_SWITCH);
        assert_true(setting->kind != AIS_KIND_SECRET || setting->environment != NULL);
        assert_ptr_equal(ais_setting_by_flag(setting->flag, strlen(setting->flag), AIS_FOR_ALL), setting);
        if (setting->environment != NULL)
            assert_ptr_equal(ais_setting_by_name(setting->environment, strlen(setting->environment)), setting);
    }
}

static const struct flag_row {
    const char *name, *flag, *says;
} flag_rows[] = {
    {"a misspelt flag",                              "prot",            "unknown flag '--prot'; did you mean '--port'?"                        },
    { "a strange flag",                              "verbosity",       "unknown flag '--verbosity'"                                           },
    { "a secret as a flag",                          "encryption-key",  "use --encryption-key-file FILE or the variable OFFLINE_ENCRYPTION_KEY"},
    { "a flag of a later version",                   "sync-interval",   "--sync-interval is not in this version"                               },
    { "a flag of a later version without a setting", "require-license", "--require-license is not in this version"                             },
};

static void check_flag(void **state)
{
    const struct flag_row *row = *state;
    struct ais_why why = { 0 };
    struct ais_nearest near = { .word = row->flag, .length = strlen(row->flag) };
    assert_int_equal(ais_setting_refuse_flag(row->flag, strlen(row->flag), AIS_FOR_ALL, &near, &why), AIS_E_USAGE);
    assert_non_null(strstr(why.text, row->says));
}

static int set_up(void **state)
{
    struct ais_why why = { 0 };
    (void)state;
    int file = mkstemp(config_path);
    return file >= 0 && close(file) == 0 && ais_secret_init(&why) == AIS_OK ? 0 : -1;
}

static int tear_down(void **state)
{
    (void)state;
    return unlink(config_path);
}

int main(void)
{
    const struct CMUnitTest others[] = {
        cmocka_unit_test(secrets_leave_the_environment),
        cmocka_unit_test(a_secret_comes_from_a_file),
        cmocka_unit_test(a_secret_that_is_open_to_others_is_refused),
        cmocka_unit_test(all_faults_are_found_at_once),
        cmocka_unit_test(settings_without_a_fault_are_given),
        cmocka_unit_test(what_is_shown_can_be_read_again),
        cmocka_unit_test(what_a_command_does_not_read_is_not_looked_at),
        cmocka_unit_test(the_table_is_sound),
    };
    struct CMUnitTest tests[N_ELEMS(refusals) + N_ELEMS(acceptances) + N_ELEMS(flag_rows) + N_ELEMS(others)];
    struct CMUnitTest *at = tests;
    AIS_ROWS(at, refusals, check_refusal);
    at += N_ELEMS(refusals);
    AIS_ROWS(at, acceptances, check_acceptance);
    at += N_ELEMS(acceptances);
    AIS_ROWS(at, flag_rows, check_flag);
    at += N_ELEMS(flag_rows);
    memcpy(at, others, sizeof others);
    return cmocka_run_group_tests_name("conf/settings", tests, set_up, tear_down);
}
