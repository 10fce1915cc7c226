/* The command line: a table of commands (commands.c), each a row with its words, help, flags and handler. Parsing,
 * --help and suggestions come from the table; settings' flags come from shared/conf. */
#ifndef AIS_SERVICES_CLI_H
#define AIS_SERVICES_CLI_H

#include "shared/conf/settings.h"
#include "shared/mem/buf.h"

#include <stdbool.h>
#include <stddef.h>

/* What the process ends with. */
enum cli_exit {
    CLI_DONE = 0,
    CLI_NO = 1,          /* the answer is "no": blocked, invalid, a test failed */
    CLI_USAGE = 2,       /* the command line or a setting */
    CLI_ENVIRONMENT = 3, /* input or output, key, network, another process */
    CLI_LICENSE = 4,
};

/* A flag of one command. Those of settings are in shared/conf/table.h. */
struct cli_flag {
    const char *name;     /* without "--"; a "_" in it is written as "-", and may be */
    const char *argument; /* as help shows it; NULL: a switch. One that ends with "..." may be given again and again */
    const char *help;
};

/* A letter that stands for a flag: "-f" for "--follow". */
struct cli_letter {
    char letter;
    const char *name;
};

enum {
    CLI_FLAGS_MAX = 20,
    CLI_LETTERS_MAX = 4,
    CLI_REPEATS_MAX = 64, /* of all flags of one call that are given again */
};

/* One call of a command. */
struct cli_call {
    const struct cli_command *command;
    const char
        *flags[CLI_FLAGS_MAX]; /* by index in the command's flags: borrowed value, "" of a switch; NULL: absent */
    struct cli_repeat {
        size_t flag;            /* index in the command's flags */
        const char *value;      /* borrowed */
    } repeats[CLI_REPEATS_MAX]; /* second and later values of flags, as they were given */
    size_t repeat_count;
    char *const *operands; /* borrowed */
    size_t operand_count;
    struct ais_settings *settings;          /* borrowed; NULL where the command reads none, or with its check_flag */
    const struct ais_settings_given *given; /* borrowed: what settings are made of */
    enum cli_exit exit_code;                /* set by the handler */
};

/* Does the command's work, writing to stdout. call->exit_code, CLI_DONE before, becomes CLI_NO when the answer is "no".
 * On an error nothing was answered; the caller logs why and ends with the exit code of the error. */
typedef enum ais_err cli_handler(struct cli_call *call, struct ais_why *why);

struct cli_command {
    const char *path;       /* "rulepack check" */
    const char *operands;   /* as usage shows them: "FILE..."; NULL: none */
    size_t least, most;     /* number of operands */
    const char *summary;    /* one line */
    const char *details;    /* more lines, or NULL */
    const char *example;    /* one or more lines without indentation */
    unsigned groups;        /* of the settings that it reads (enum ais_setting_groups); 0: none */
    const char *check_flag; /* the flag of its own with which it checks settings itself instead of being given them */
    struct cli_flag flags[CLI_FLAGS_MAX];       /* those of its own; ended by a NULL name */
    struct cli_letter letters[CLI_LETTERS_MAX]; /* ended by a NULL name */
    cli_handler *run;
};

/* The table. */
extern const struct cli_command cli_commands[];
extern const size_t cli_command_count;

/* Runs the command line: parses, reads settings out of environment (taking secrets out of it), sets the log up, calls
 * the handler, logs an error. Returns the exit code. argv is reordered. */
int cli_main(int argc, char **argv, char **environment);

/* The exit code that an error means. */
enum cli_exit cli_exit_of(enum ais_err err);

#endif
