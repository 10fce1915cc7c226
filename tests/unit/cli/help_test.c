#include "services/cli/help.h"
#include "services/cli/parse.h"
#include "tests/unit/test.h"

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

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
        assert_non_null(strstr(help.data, command->flags[i].name));
        assert_null(ais_setting_by_flag(command->flags[i].name, strlen(command->flags[i].name), command->groups));
    }
}

/* `PATH --help` from end to end: exit code 0, and an example on stdout. */
static void run_help(void **state)
{
    const struct cli_command *command = *state;
    char words[128], *argv[5] = { words }, *environment[] = { NULL }, text[16384] = "";
    int argc = 1;
    snprintf(words, sizeof words, "aisentinel-offline %s --help", command->path);
    for (char *at = words; (at = strchr(at, ' ')) != NULL;) {
        *at++ = '\0';
        argv[argc++] = at;
    }
    FILE *caught = tmpfile();
    assert_non_null(caught);
    assert_int_equal(fflush(stdout), 0);
    int real_stdout = dup(STDOUT_FILENO);
    assert_true(dup2(fileno(caught), STDOUT_FILENO) >= 0);
    int code = cli_main(argc, argv, environment);
    assert_true(dup2(real_stdout, STDOUT_FILENO) >= 0);
    close(real_stdout);
    rewind(caught);
    size_t length = fread(text, 1, sizeof text - 1, caught);
    text[length] = '\0';
    assert_int_equal(fclose(caught), 0);
    assert_int_equal(code, CLI_DONE);
    assert_non_null(strstr(text, "example:"));
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

int main(void)
{
    struct CMUnitTest *tests = calloc(2 * cli_command_count + 1, sizeof *tests);
    if (tests == NULL)
        return 1;
    size_t count = 0;
    for (size_t i = 0; i < cli_command_count; i++) {
        void *state = ais_row_state(&cli_commands[i]);
        tests[count++] = (struct CMUnitTest){ cli_commands[i].path, check_command, NULL, NULL, state };
        tests[count++] = (struct CMUnitTest){ cli_commands[i].path, run_help, NULL, NULL, state };
    }
    tests[count++] = (struct CMUnitTest)cmocka_unit_test(groups_list_their_commands);
    int failed = _cmocka_run_group_tests("cli/help", tests, count, NULL, NULL);
    free(tests);
    return failed;
}
