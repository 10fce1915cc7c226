#include "services/cli/help.h"

#include <stdio.h>
#include <string.h>

#define PROGRAM "aisentinel-offline"

/* Each line of text after two spaces. */
static void add_indented(struct ais_buf *out, const char *text)
{
    while (*text != '\0') {
        size_t line = strcspn(text, "\n");
        ais_buf_format(out, "  %.*s\n", (int)line, text);
        text += line + (text[line] == '\n');
    }
}

static char letter_of(const struct cli_command *command, const char *name)
{
    for (size_t i = 0; i < CLI_LETTERS_MAX && command->letters[i].name != NULL; i++)
        if (strcmp(command->letters[i].name, name) == 0)
            return command->letters[i].letter;
    return '\0';
}

static void add_flag(struct ais_buf *out, char letter, const char *name, const char *argument, const char *help)
{
    char left[64];
    int n = letter != '\0' ? snprintf(left, sizeof left, "-%c, ", letter) : 0;
    snprintf(left + n, sizeof left - (size_t)n, "--%s%s%s", name, argument != NULL ? " " : "",
             argument != NULL ? argument : "");
    for (char *at = left; (at = strchr(at, '_')) != NULL;)
        *at = '-';
    ais_buf_format(out, "  %-28s %s\n", left, help);
}

/* Where the service deletes what it was not told to keep, a command does not (writer.h). */
static const char *default_of(const struct cli_command *command, const struct ais_setting *setting)
{
    bool is_kept = setting == &ais_setting_table[AIS_SETTING_LOG_RETENTION] && (command->groups & AIS_FOR_SERVE) == 0;
    return is_kept ? "all, a command deletes none unless it is told" : setting->shown;
}

static void add_setting(struct ais_buf *out, const struct cli_command *command, const struct ais_setting *setting)
{
    char accepts[160];
    const char *without = default_of(command, setting);
    add_flag(out, '\0', setting->flag, setting->argument, setting->help);
    ais_setting_accepts(setting, accepts, sizeof accepts);
    if (setting->kind == AIS_KIND_WORD || setting->kind == AIS_KIND_NUMBER)
        ais_buf_format(out, "  %-28s %s\n", "", accepts);
    if (setting->environment != NULL)
        ais_buf_format(out, "  %-28s %s; default: %s\n", "", setting->environment, without);
    else
        ais_buf_format(out, "  %-28s default: %s\n", "", without);
}

static void add_flags(struct ais_buf *out, const struct cli_command *command)
{
    ais_buf_text(out, "\nflags:\n");
    for (size_t i = 0; i < CLI_FLAGS_MAX && command->flags[i].name != NULL; i++)
        add_flag(out, letter_of(command, command->flags[i].name), command->flags[i].name, command->flags[i].argument,
                 command->flags[i].help);
    add_flag(out, '\0', "help", NULL, "this text");
    if (command->groups == 0)
        return;
    ais_buf_text(out, "\nsettings (flag before environment before --config file before default):\n");
    for (size_t i = 0; i < AIS_SETTING_COUNT; i++)
        if ((ais_setting_table[i].groups & command->groups) != 0)
            add_setting(out, command, &ais_setting_table[i]);
}

void cli_help_command(struct ais_buf *out, const struct cli_command *command)
{
    ais_buf_format(out, "usage: %s %s [FLAGS]%s%s\n\n", PROGRAM, command->path, command->operands != NULL ? " " : "",
                   command->operands != NULL ? command->operands : "");
    ais_buf_format(out, "%s\n", command->summary);
    if (command->details != NULL)
        ais_buf_format(out, "\n%s\n", command->details);
    ais_buf_text(out, "\nexample:\n");
    add_indented(out, command->example);
    add_flags(out, command);
    ais_buf_text(out, "\nexit code: 0 done, 1 the answer is \"no\", 2 usage, 3 environment, 4 licence\n");
}

void cli_help_group(struct ais_buf *out, const char *group)
{
    size_t n = strlen(group);
    const char *example = "";
    ais_buf_format(out, "usage: %s %s%sCOMMAND [FLAGS] [OPERANDS]\n\ncommands:\n", PROGRAM, group, n > 0 ? " " : "");
    for (size_t i = 0; i < cli_command_count; i++) {
        const struct cli_command *command = &cli_commands[i];
        if (n > 0 && (strncmp(command->path, group, n) != 0 || command->path[n] != ' '))
            continue;
        ais_buf_format(out, "  %-18s %s\n", command->path, command->summary);
        example = example[0] != '\0' ? example : command->example;
    }
    ais_buf_format(out, "\nEach has --help.%s\n\nexample:\n",
                   n > 0 ? "" : " Without a command, or with a flag first: serve.");
    add_indented(out, example);
}
