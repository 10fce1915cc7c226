#include "services/cli/help.h"
#include "services/cli/parse.h"
#include "tests/unit/cli/caught.h"

#include <stdlib.h>

/* Each command of the table: its help holds what the table promises. */
static void check_command(void **state)
{
    const struct cli_command *command = *state;
    AUTO(ais_buf_done) struct ais_buf help = { 0 };
    assert_true(strlen(command->summary) > 0 && strlen(command->summary) < 60);
    assert_non_null(command->run);
    assert_int_equal(command->most > 0, command->operands != NULL);
    cli_help_command(&help, command);
    assert_false(help.failed);
    assert_non_null(strstr(help.data, "\nexample:\n  "));
    assert_non_null(strstr(command->example, "aisentinel-offline"));
    assert_non_null(strstr(command->example, command->path));
    for (size_t i = 0; i < CLI_FLAGS_MAX && command->flags[i].name != NULL; i++) {
        assert_non_null(strstr(help.data, command->flags[i].help));
        assert_null(ais_setting_by_flag(command->flags[i].name, strlen(command->flags[i].name), command->groups));
    }
}

/* `PATH --help` from end to end: exit code 0, and an example on stdout. */
static void run_help(void **state)
{
    const struct cli_command *command = *state;
    char words[128];
    const char *list[4] = { words };
    size_t count = 1;
    snprintf(words, sizeof words, "%s --help", command->path);
    for (char *at = words; (at = strchr(at, ' ')) != NULL; list[count++] = at)
        *at++ = '\0';
    static struct caught caught;
    caught_run(list, &caught);
    assert_int_equal(caught.code, CLI_DONE);
    assert_non_null(strstr(caught.text, "example:"));
}

static void groups_list_their_commands(void **state)
{
    (void)state;
    AUTO(ais_buf_done) struct ais_buf all = { 0 }, key = { 0 };
    cli_help_group(&all, "");
    for (size_t i = 0; i < cli_command_count; i++)
        assert_non_null(strstr(all.data, cli_commands[i].summary));
    cli_help_group(&key, "key");
    assert_non_null(strstr(key.data, "key generate"));
    assert_null(strstr(key.data, "version"));
    assert_non_null(strstr(key.data, "example:"));
}

/* How much of the log is kept by who is not told: by the service five files, by a command all. */
static void the_default_of_the_retention_is_told_truly(void **state)
{
    (void)state;
    for (size_t i = 0; i < cli_command_count; i++) {
        AUTO(ais_buf_done) struct ais_buf help = { 0 };
        cli_help_command(&help, &cli_commands[i]);
        static const char before[] = "OFFLINE_LOG_RETENTION; default: ";
        const char *found = strstr(help.data, before);
        bool serves = (cli_commands[i].groups & AIS_FOR_SERVE) != 0;
        assert_int_equal(found != NULL,
                         (cli_commands[i].groups & (AIS_FOR_SERVE | AIS_FOR_DECIDE | AIS_FOR_CHANGE)) != 0);
        if (found != NULL)
            assert_int_equal(strncmp(found + sizeof before - 1, serves ? "5\n" : "all,", serves ? 2 : 4), 0);
    }
}

int main(void)
{
    struct CMUnitTest *tests = calloc(2 * cli_command_count + 2, sizeof *tests);
    if (tests == NULL)
        return 1;
    size_t count = 0;
    for (size_t i = 0; i < cli_command_count; i++) {
        void *state = ais_row_state(&cli_commands[i]);
        tests[count++] = (struct CMUnitTest){ cli_commands[i].path, check_command, NULL, NULL, state };
        tests[count++] = (struct CMUnitTest){ cli_commands[i].path, run_help, NULL, NULL, state };
    }
    tests[count++] = (struct CMUnitTest)cmocka_unit_test(groups_list_their_commands);
    tests[count++] = (struct CMUnitTest)cmocka_unit_test(the_default_of_the_retention_is_told_truly);
    int failed = _cmocka_run_group_tests("cli/help", tests, count, NULL, NULL);
    free(tests);
    return failed;
}
