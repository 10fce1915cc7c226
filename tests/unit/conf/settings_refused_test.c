/* Settings that are refused, the words that say so, and that all faults are found at once. */
#include "tests/unit/conf/settings_fixture.h"

#include <sys/stat.h>
#include <unistd.h>

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

int main(void)
{
    const struct CMUnitTest others[] = {
        cmocka_unit_test(a_secret_that_is_open_to_others_is_refused),
        cmocka_unit_test(all_faults_are_found_at_once),
        cmocka_unit_test(settings_without_a_fault_are_given),
    };
    struct CMUnitTest tests[N_ELEMS(refusals) + N_ELEMS(flag_rows) + N_ELEMS(others)];
    struct CMUnitTest *at = tests;
    AIS_ROWS(at, refusals, check_refusal);
    at += N_ELEMS(refusals);
    AIS_ROWS(at, flag_rows, check_flag);
    at += N_ELEMS(flag_rows);
    memcpy(at, others, sizeof others);
    return cmocka_run_group_tests_name("conf/settings_refused", tests, set_up, tear_down);
}
