/* Settings that are accepted: from where, in which spelling, and how they are shown. */
#include "tests/unit/conf/settings_fixture.h"

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

int main(void)
{
    const struct CMUnitTest others[] = {
        cmocka_unit_test(secrets_leave_the_environment),
        cmocka_unit_test(a_secret_comes_from_a_file),
        cmocka_unit_test(what_is_shown_can_be_read_again),
        cmocka_unit_test(what_a_command_does_not_read_is_not_looked_at),
        cmocka_unit_test(the_table_is_sound),
    };
    struct CMUnitTest tests[N_ELEMS(acceptances) + N_ELEMS(others)];
    struct CMUnitTest *at = tests;
    AIS_ROWS(at, acceptances, check_acceptance);
    at += N_ELEMS(acceptances);
    memcpy(at, others, sizeof others);
    return cmocka_run_group_tests_name("conf/settings", tests, set_up, tear_down);
}
