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

int main(void)
{
    struct CMUnitTest tests[N_ELEMS(rows)];
    AIS_ROWS(tests, rows, check_row);
    return cmocka_run_group_tests_name("cli/parse", tests, NULL, NULL);
}
