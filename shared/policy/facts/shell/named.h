/* Tools that are named after a program and leave its name out of what it is given. */
#ifndef AIS_SHARED_POLICY_SHELL_NAMED_H
#define AIS_SHARED_POLICY_SHELL_NAMED_H

#include "shared/policy/facts/shell/shell.h"

/* The program that a tool is named after. */
struct ais_shell_named {
    char *text;                 /* its name, and what the tool's name says behind it: "git push"; in the arena */
    size_t name_length, length; /* 0: it is named after none */
    bool carries;               /* its text may be a command that runs somewhere else */
};

/* By a tool's name, a string of which some word stands in the table of programs. */
void ais_shell_named_tool(struct ais_view *view, struct ais_part *part, const struct ais_json *tool,
                          struct ais_shell_named *ret);

/* What a member of the arguments gives a program, in the order in which it takes them. */
enum ais_shell_role {
    AIS_SHELL_ASKED, /* a text of its own */
    AIS_SHELL_SUBCOMMAND,
    AIS_SHELL_ARGUMENTS,
    AIS_SHELL_OPTIONS, /* beside others */
    AIS_SHELL_NO_ROLE
};
enum ais_shell_role ais_shell_role_of(const struct ais_json *member);

/* How a text that begins with this word (NULL: with none) is read: as the command that it is, as what the program is
 * given, or as both because it may be either. */
enum ais_shell_reading { AIS_SHELL_AS_IT_IS, AIS_SHELL_BOTH_WAYS, AIS_SHELL_WITH_NAME };
enum ais_shell_reading ais_shell_reading_of(const struct ais_shell_named *named, const char *word, size_t n);

/* How much of named->text stands before it: git_push{args: "push --force"} says what is to be done itself. */
size_t ais_shell_named_length(const struct ais_shell_named *named, const char *word, size_t n);

#endif
