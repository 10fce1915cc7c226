#include "services/cli/parse.h"

#include <stdio.h>
#include <string.h>

enum { WORD_SIZE = 32 };

/* A command line being read. */
struct words {
    char **argv; /* borrowed; its front is overwritten with the operands */
    int argc, next;
    const struct cli_command *command;
};

static size_t word_length(const char *path)
{
    return strcspn(path, " ");
}

static bool is_word(const char *path, const char *word)
{
    size_t n = word_length(path);
    return strlen(word) == n && memcmp(path, word, n) == 0;
}

/* "--version" is what people try first. */
static const char *word_of(const char *word)
{
    return strcmp(word, "--version") == 0 ? "version" : word;
}

/* How many of the words the path has when they begin with it; 0 when they do not. */
static int match(const char *path, int argc, char **argv)
{
    for (int count = 0; count < argc && is_word(path, word_of(argv[count])); count++) {
        path += word_length(path);
        if (*path == '\0')
            return count + 1;
        path++;
    }
    return 0;
}

/* Offers the first word of a path; best keeps it when it is the nearest so far. */
static void offer_first_word(struct ais_nearest *near, const char *path, char best[WORD_SIZE])
{
    char word[WORD_SIZE];
    snprintf(word, sizeof word, "%.*s", (int)word_length(path), path);
    ais_nearest_offer(near, word);
    if (near->best == word) {
        memcpy(best, word, sizeof word);
        near->best = best;
    }
}

/* Names the commands near to what was written, of the group when the first word is right. */
static enum ais_err refuse_command(int argc, char **argv, struct ais_why *why)
{
    const char *group = NULL;
    for (size_t i = 0; i < cli_command_count && group == NULL; i++)
        if (is_word(cli_commands[i].path, argv[0]))
            group = cli_commands[i].path;
    const char *word = group != NULL && argc > 1 ? argv[1] : argv[0];
    struct ais_nearest near = { .word = word, .length = strlen(word) };
    char names[64], first[WORD_SIZE];
    for (size_t i = 0; i < cli_command_count; i++) {
        const char *path = cli_commands[i].path;
        const char *last = path + word_length(path);
        if (group != NULL && is_word(path, argv[0]) && *last != '\0')
            ais_nearest_offer(&near, last + 1);
        else if (group == NULL)
            offer_first_word(&near, path, first);
    }
    snprintf(names, sizeof names, "%s%s%s", near.best != NULL ? "; did you mean '" : "",
             near.best != NULL ? near.best : "", near.best != NULL ? "'?" : "");
    if (group == NULL)
        return ais_fail(why, AIS_E_USAGE, "unknown command '%.80s'%s", argv[0], names);
    if (argc == 1)
        return ais_fail(why, AIS_E_USAGE, "'%.80s' needs a word more; see '%.80s --help'", argv[0], argv[0]);
    return ais_fail(why, AIS_E_USAGE, "unknown command '%.80s %.80s'%s", argv[0], word, names);
}

static bool is_help(const char *word)
{
    return strcmp(word, "--help") == 0 || strcmp(word, "-h") == 0;
}

/* The name of a group ("rulepack") of commands; NULL when no command of two words begins with word. */
static const char *group_named(const char *word)
{
    for (size_t i = 0; i < cli_command_count; i++)
        if (strchr(cli_commands[i].path, ' ') != NULL && is_word(cli_commands[i].path, word))
            return word;
    return NULL;
}

static enum ais_err find_command(struct words *self, struct cli_request *ret, struct ais_why *why)
{
    static const char by_default[] = "serve";
    int left = self->argc - self->next;
    char **argv = self->argv + self->next;
    if (left > 0 && is_help(argv[0])) {
        ret->help = true;
        ret->group = "";
        return AIS_OK;
    }
    for (size_t i = 0; i < cli_command_count; i++) {
        const char *path = cli_commands[i].path;
        bool implied = (left == 0 || word_of(argv[0])[0] == '-') && strcmp(path, by_default) == 0;
        int count = match(path, left, argv);
        if (implied || count > 0) {
            self->command = &cli_commands[i];
            self->next += count;
            return AIS_OK;
        }
    }
    if (left == 2 && is_help(argv[1]) && (ret->group = group_named(argv[0])) != NULL) {
        ret->help = true;
        return AIS_OK;
    }
    return refuse_command(left, argv, why);
}

/* "--user-id" and "--user_id" of the flag "user_id". */
static bool is_flag(const struct cli_flag *flag, const char *name, size_t n)
{
    for (size_t i = 0; i < n; i++)
        if (flag->name[i] != name[i] && !(flag->name[i] == '_' && name[i] == '-'))
            return false;
    return flag->name[n] == '\0';
}

/* Where the value of a flag goes and whether it takes one; NULL: no such flag. */
static const char **place_of(const struct words *self, struct cli_request *ret, const char *name, size_t n,
                             const char **ret_argument)
{
    for (size_t i = 0; i < CLI_FLAGS_MAX && self->command->flags[i].name != NULL; i++) {
        const struct cli_flag *flag = &self->command->flags[i];
        if (is_flag(flag, name, n)) {
            *ret_argument = flag->argument;
            return &ret->call.flags[i];
        }
    }
    const struct ais_setting *setting = ais_setting_by_flag(name, n, self->command->groups);
    if (setting == NULL)
        return NULL;
    *ret_argument = setting->argument;
    return &ret->given.flags[setting - ais_setting_table];
}

static enum ais_err refuse_flag(const struct words *self, const char *name, size_t n, struct ais_why *why)
{
    struct ais_nearest near = { .word = name, .length = n };
    for (size_t i = 0; i < CLI_FLAGS_MAX && self->command->flags[i].name != NULL; i++)
        ais_nearest_offer(&near, self->command->flags[i].name);
    return ais_setting_refuse_flag(name, n, self->command->groups, &near, why);
}

/* Puts the flag that a letter stands for in its place: "-f" becomes "--follow". */
static const char *long_form(const struct words *self, const char *word)
{
    for (size_t i = 0; word[2] == '\0' && i < CLI_LETTERS_MAX && self->command->letters[i].name != NULL; i++)
        if (self->command->letters[i].letter == word[1])
            return self->command->letters[i].name;
    return NULL;
}

static bool may_repeat(const char *argument)
{
    size_t n = argument != NULL ? strlen(argument) : 0;
    return n > 3 && strcmp(argument + n - 3, "...") == 0;
}

/* Keeps the value of a flag that has one already. */
static enum ais_err repeat_flag(struct cli_call *call, const char **place, const char *value, struct ais_why *why)
{
    if (call->repeat_count == CLI_REPEATS_MAX)
        return ais_fail(why, AIS_E_USAGE, "flags are repeated more than %d times", CLI_REPEATS_MAX);
    call->repeats[call->repeat_count++] = (struct cli_repeat){ (size_t)(place - call->flags), value };
    return AIS_OK;
}

/* "--name=value", "--name value" or "--name" of a switch. A value that begins with "--" is most likely a forgotten one,
 * and can be given with "=". */
static enum ais_err read_flag(struct words *self, const char *name, struct cli_request *ret, struct ais_why *why)
{
    self->next++;
    size_t n = strcspn(name, "=");
    const char *value = name[n] == '=' ? name + n + 1 : NULL, *argument = NULL;
    const char **place = place_of(self, ret, name, n, &argument);
    if (place == NULL)
        return refuse_flag(self, name, n, why);
    if (*place != NULL && !may_repeat(argument))
        return ais_fail(why, AIS_E_USAGE, "--%.*s is given twice", (int)n, name);
    if (argument == NULL && value != NULL)
        return ais_fail(why, AIS_E_USAGE, "--%.*s takes no value", (int)n, name);
    if (argument == NULL)
        value = "";
    if (value == NULL && self->next < self->argc && strncmp(self->argv[self->next], "--", 2) != 0)
        value = self->argv[self->next++];
    if (value == NULL)
        return ais_fail(why, AIS_E_USAGE, "--%.*s needs a value: --%.*s %s", (int)n, name, (int)n, name, argument);
    if (*place != NULL)
        return repeat_flag(&ret->call, place, value, why);
    *place = value;
    return AIS_OK;
}

static enum ais_err check_count(const struct words *self, const struct cli_call *call, struct ais_why *why)
{
    const struct cli_command *command = self->command;
    if (call->operand_count < command->least)
        return ais_fail(why, AIS_E_USAGE, "'%s' needs %s", command->path, command->operands);
    if (call->operand_count <= command->most)
        return AIS_OK;
    if (command->operands == NULL)
        return ais_fail(why, AIS_E_USAGE, "'%s' takes no operand, got '%.80s'", command->path, call->operands[0]);
    return ais_fail(why, AIS_E_USAGE, "'%s' takes %s, '%.80s' is too many", command->path, command->operands,
                    call->operands[command->most]);
}

static enum ais_err read_words(struct words *self, struct cli_request *ret, struct ais_why *why)
{
    bool only_operands = false;
    int operands = 0;
    while (self->next < self->argc) {
        char *word = self->argv[self->next];
        if (only_operands || word[0] != '-' || strcmp(word, "-") == 0) {
            self->argv[operands++] = word; /* operands <= next: nothing unread is overwritten */
            self->next++;
        } else if (is_help(word)) {
            ret->help = true;
            return AIS_OK;
        } else if (strcmp(word, "--") == 0) {
            only_operands = true;
            self->next++;
        } else if (word[1] == '-') {
            TRY(read_flag(self, word + 2, ret, why));
        } else if (long_form(self, word) != NULL) {
            TRY(read_flag(self, long_form(self, word), ret, why));
        } else {
            return ais_fail(why, AIS_E_USAGE, "unknown flag '%.80s'; flags are words after '--'", word);
        }
    }
    ret->call.operands = self->argv;
    ret->call.operand_count = (size_t)operands;
    return check_count(self, &ret->call, why);
}

enum ais_err cli_parse(int argc, char **argv, struct cli_request *ret, struct ais_why *why)
{
    struct words self = { .argv = argv, .argc = argc };
    struct cli_request request = { .help = false };
    TRY(find_command(&self, &request, why));
    if (self.command != NULL) {
        request.call.command = self.command;
        request.given.groups = self.command->groups;
        TRY(read_words(&self, &request, why));
    }
    *ret = request;
    return AIS_OK;
}
