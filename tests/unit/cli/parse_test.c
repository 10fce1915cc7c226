#include "services/cli/handlers.h"
#include "services/cli/parse.h"
#include "tests/unit/test.h"

#include <stdio.h>

enum { MOST = 6 };

/* A command line, and what it comes to: the command, the group whose help is wanted, or what the refusal says. */
static const struct row {
    const char *name;
    const char *words[MOST + 1];
    enum ais_err want;
    bool help;
    const char *command, *says;
} rows[] = {
    {"a command of one word",                     { "version" },                           AIS_OK,      false, "version",      NULL                                        },
    { "a command of two words",                   { "key", "generate" },                   AIS_OK,      false, "key generate", NULL                                        },
    { "its help",                                 { "key", "generate", "--help" },         AIS_OK,      true,  "key generate", NULL                                        },
    { "its help after a flag",                    { "version", "--format", "json", "-h" }, AIS_OK,      true,  "version",      NULL                                        },
    { "help of a group",                          { "key", "--help" },                     AIS_OK,      true,  NULL,           "key"                                       },
    { "help of all",                              { "--help" },                            AIS_OK,      true,  NULL,           ""                                          },
    { "the version as a flag",                    { "--version" },                         AIS_OK,      false, "version",      NULL                                        },
    { "a flag with its value behind",             { "version", "--format", "json" },       AIS_OK,      false, "version",      NULL                                        },
    { "a flag with its value inside",             { "version", "--format=json" },          AIS_OK,      false, "version",      NULL                                        },
    { "an unknown command",                       { "frobnicate" },                        AIS_E_USAGE, false, NULL,           "unknown command 'frobnicate'"              },
    { "a misspelt command",                       { "verison" },                           AIS_E_USAGE, false, NULL,           "did you mean 'version'?"                   },
    { "a misspelt second word",                   { "key", "genrate" },                    AIS_E_USAGE, false, NULL,           "did you mean 'generate'?"                  },
    { "a group alone",                            { "key" },                               AIS_E_USAGE, false, NULL,           "'key' needs a word more; see 'key --help'" },
    { "an unknown flag",                          { "version", "--frobnicate" },           AIS_E_USAGE, false, NULL,           "unknown flag '--frobnicate'"               },
    { "a misspelt flag",                          { "version", "--fromat=json" },          AIS_E_USAGE, false, NULL,           "did you mean '--format'?"                  },
    { "a short flag",                             { "version", "-v" },                     AIS_E_USAGE, false, NULL,           "unknown flag '-v'"                         },
    { "a flag without its value",
     { "version", "--format" },
     AIS_E_USAGE,                                                                                       false,
     NULL,                                                                                                                     "--format needs a value: --format text|json"},
    { "a flag for a value",
     { "key", "generate", "--output", "--help" },
     AIS_E_USAGE,                                                                                       false,
     NULL,                                                                                                                     "--output needs a value"                    },
    { "a flag of two words",                      { "audit", "query", "--user-id", "u" },  AIS_OK,      false, "audit query",  NULL                                        },
    { "the same as REST writes it",               { "audit", "query", "--user_id=u" },     AIS_OK,      false, "audit query",  NULL                                        },
    { "a value that begins with a dash",          { "audit", "query", "--since", "-15m" }, AIS_OK,      false, "audit query",  NULL                                        },
    { "a flag twice",
     { "version", "--format=json", "--format=text" },
     AIS_E_USAGE,                                                                                       false,
     NULL,                                                                                                                     "--format is given twice"                   },
    { "a flag that may be repeated",
     { "apikey", "create", "--scope=read", "--scope", "admin" },
     AIS_OK,                                                                                            false,
     "apikey create",                                                                                                          NULL                                        },
    { "an operand where none belongs",
     { "version", "1" },
     AIS_E_USAGE,                                                                                       false,
     NULL,                                                                                                                     "'version' takes no operand, got '1'"       },
    { "a setting that the command does not read",
     { "version", "--port=1" },
     AIS_E_USAGE,                                                                                       false,
     NULL,                                                                                                                     "unknown flag '--port'"                     },
};

static void check_row(void **state)
{
    const struct row *row = *state;
    char copies[MOST][64], *argv[MOST + 1] = { NULL };
    int argc = 0;
    for (; row->words[argc] != NULL; argc++) {
        snprintf(copies[argc], sizeof copies[argc], "%s", row->words[argc]);
        argv[argc] = copies[argc];
    }
    struct cli_request request = { .help = false };
    struct ais_why why = { 0 };
    assert_int_equal(cli_parse(argc, argv, &request, &why), row->want);
    if (row->want != AIS_OK) {
        if (strstr(why.text, row->says) == NULL)
            fail_msg("\"%s\" does not say \"%s\"", why.text, row->says);
        return;
    }
    assert_int_equal(request.help, row->help);
    if (row->command != NULL)
        assert_string_equal(request.call.command->path, row->command);
    else
        assert_string_equal(request.group, row->says);
}

/* The values of "scope" and "source_range", in their order, as a handler reads them. */
static void check_values(const struct cli_call *call, const char *name, const char *want)
{
    char text[64] = "";
    const char *value;
    for (size_t at = 0; (value = cli_flag_next(call, name, &at)) != NULL;)
        snprintf(text + strlen(text), sizeof text - strlen(text), "%s|", value);
    assert_string_equal(text, want);
}

static void repeated_values_are_read_in_their_order(void **state)
{
    char words[][24] = { "apikey", "create", "--scope=a", "--source-range=1", "--scope=b", "--name=x", "--scope=c" };
    char *argv[N_ELEMS(words) + 1] = { NULL };
    struct cli_request request = { .help = false };
    (void)state;
    for (size_t i = 0; i < N_ELEMS(words); i++)
        argv[i] = words[i];
    assert_int_equal(cli_parse(N_ELEMS(words), argv, &request, NULL), AIS_OK);
    check_values(&request.call, "scope", "a|b|c|");
    check_values(&request.call, "source_range", "1|");
    check_values(&request.call, "user", "");
}

static void repeating_has_an_end(void **state)
{
    char flag[] = "--scope=a", first[] = "apikey", second[] = "create";
    char *argv[CLI_REPEATS_MAX + 4] = { first, second };
    struct cli_request request = { .help = false };
    struct ais_why why = { 0 };
    (void)state;
    for (size_t i = 2; i < CLI_REPEATS_MAX + 4; i++)
        argv[i] = flag;
    assert_int_equal(cli_parse(CLI_REPEATS_MAX + 4, argv, &request, &why), AIS_E_USAGE);
    assert_non_null(strstr(why.text, "64 times"));
}

int main(void)
{
    struct CMUnitTest tests[N_ELEMS(rows) + 2] = {
        [N_ELEMS(rows)] = cmocka_unit_test(repeated_values_are_read_in_their_order),
        [N_ELEMS(rows) + 1] = cmocka_unit_test(repeating_has_an_end),
    };
    AIS_ROWS(tests, rows, check_row);
    return cmocka_run_group_tests_name("cli/parse", tests, NULL, NULL);
}
