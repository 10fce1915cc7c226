#include "shared/conf/file.h"
#include "tests/unit/test.h"

static const struct row {
    const char *name, *text;
    enum ais_err want;
    const char *says; /* of a refusal; else the value of AISENTINEL_PORT */
} rows[] = {
    {"YAML",                                                     "# ours\nAISENTINEL_PORT: 8001\nLOG_LEVEL: DEBUG\n",    AIS_OK,        "8001"                                             },
    { "JSON",                                                    "{\"LOG_LEVEL\": \"INFO\", \"AISENTINEL_PORT\": 8001}", AIS_OK,        "8001"                                             },
    { "a quoted value",                                          "AISENTINEL_PORT: \"8001\"\n",                          AIS_OK,        "8001"                                             },
    { "an unknown key is named with its place and a suggestion", "LOG_LEVEL: INFO\nAISENTINEL_PRT: 1\n",                 AIS_E_SETTING,
     "c.yaml:2:1: unknown setting 'AISENTINEL_PRT'; did you mean 'AISENTINEL_PORT'?"                                                                                                       },
    { "keys are written as the environment has them",            "port: 1\n",                                            AIS_E_SETTING, "unknown setting 'port'"                           },
    { "a secret has no place in it",                             "OFFLINE_ENCRYPTION_KEY: hunter2\n",                    AIS_E_SETTING,
     "c.yaml:1:1: OFFLINE_ENCRYPTION_KEY is a secret: it comes from the environment or from --encryption-key-file"                                                                         },
    { "a setting of a later version",                            "OFFLINE_SYNC_ENABLED: true\n",                         AIS_E_SETTING, "not in this version"                              },
    { "a list of a later version",                               "OFFLINE_SYNC_ENABLED: [false]\n",                      AIS_E_SETTING, "not in this version"                              },
    { "a list",                                                  "AISENTINEL_PORT: [1]\n",                               AIS_E_SETTING, "c.yaml:1:18: AISENTINEL_PORT takes a single value"},
    { "nothing as a value",                                      "AISENTINEL_PORT:\n",                                   AIS_E_SETTING, "takes a single value"                             },
    { "a NUL in a value",                                        "AISENTINEL_PORT: \"1\\0\"\n",                          AIS_E_SETTING, "takes a single value"                             },
    { "a list of settings",                                      "- AISENTINEL_PORT\n",                                  AIS_E_SETTING, "expected a mapping"                               },
    { "a word",                                                  "hello\n",                                              AIS_E_SETTING, "expected a mapping"                               },
    { "the same key twice",                                      "AISENTINEL_PORT: 1\nAISENTINEL_PORT: 2\n",             AIS_E_SYNTAX,  "c.yaml:2"                                         },
    { "what is no YAML",                                         "AISENTINEL_PORT: [1\n",                                AIS_E_SYNTAX,  "c.yaml:"                                          },
};

static void check_row(void **state)
{
    const struct row *row = *state;
    AUTO(ais_arena_destroy) struct ais_arena *arena = ais_arena_new(0);
    struct ais_found found[AIS_SETTING_COUNT] = {
        {NULL, NULL}
    };
    struct ais_why why = { 0 };
    assert_non_null(arena);
    assert_int_equal(ais_settings_file_parse("c.yaml", row->text, strlen(row->text), arena, found, NULL, &why),
                     row->want);
    if (row->want == AIS_OK)
        assert_string_equal(found[AIS_SETTING_PORT].text, row->says);
    else if (strstr(why.text, row->says) == NULL)
        fail_msg("\"%s\" does not say \"%s\"", why.text, row->says);
    assert_null(strstr(why.text, "hunter2"));
}

int main(void)
{
    struct CMUnitTest tests[N_ELEMS(rows)];
    AIS_ROWS(tests, rows, check_row);
    return cmocka_run_group_tests_name("conf/file", tests, NULL, NULL);
}
