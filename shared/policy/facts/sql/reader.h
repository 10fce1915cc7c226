/* Statements made elements of the part: what the files of this folder share. */
#ifndef AIS_SHARED_POLICY_SQL_READER_H
#define AIS_SHARED_POLICY_SQL_READER_H

#include "shared/policy/facts/seen.h"
#include "shared/policy/facts/sql/lex.h"

#define AIS_SQL_INJECTION "INJECTION"
#define AIS_SQL_NOSQL     "NOSQL OPERATOR"

/* Text that a statement puts together: of strings, and of variables. */
struct ais_sql_joined {
    const char *text; /* in the view's arena */
    size_t length;
    struct ais_sql_variable *only; /* it is this variable, and nothing else; or NULL */
    bool of_variables;             /* there are some in it */
    bool unknown;                  /* there is more to it, which is not known */
};

/* What was assigned to a variable, as far as it is known. */
struct ais_sql_variable {
    const char *name; /* without the sign of a parameter */
    size_t name_length;
    struct ais_sql_joined value;
    bool read;   /* its value was read as statements */
    bool states; /* and there were some */
};

struct ais_sql_reader {
    struct ais_view *view;
    struct ais_part *part;
    struct ais_sql_tokens tokens, continued; /* of the text at hand, and of a value that may continue one */
    size_t within;                           /* bytes read of strings that are statements */
    unsigned shells;                         /* commands within arguments of commands */
    unsigned depth;                          /* statements within strings of statements */
    size_t values;                           /* in the lists: bounded */
    struct ais_sql_variable *variables;      /* of the text at hand, those of its strings included */
    size_t variable_count;
    bool lost_variables;   /* there are more than AIS_SQL_VARIABLES_MOST */
    struct ais_seen given; /* what clients were given, each by its dialect; the words of a shell may say it again */
};

enum {
    AIS_SQL_STATEMENTS_MOST = 1024,
    AIS_SQL_VALUES_MOST = 32768,
    AIS_SQL_DEPTH_MOST = 3, /* statements within strings */
    AIS_SQL_VARIABLES_MOST = 64,
    AIS_SQL_JOINED_MOST = 1 << 16, /* bytes of a value: what is longer is not known */
    AIS_SQL_BEHIND_MOST = 512,     /* bytes that are looked at behind a quote */
};

/* Adds a value for the statement at hand; a literal, or a copy that lives as long as the view. */
void ais_sql_add(struct ais_sql_reader *reader, enum ais_sql_list list, const char *text, size_t n);
/* Begins a statement; false when there are too many, which is then said. */
bool ais_sql_begin(struct ais_sql_reader *reader);
/* Adds a statement of which nothing is known but that it is there, and how many there are: why, a literal. */
void ais_sql_add_unknown(struct ais_sql_reader *reader, const char *why);

/* Reads a text as statements, in each dialect in which it may be meant. What is no statement adds nothing. */
void ais_sql_read(struct ais_sql_reader *reader, const char *text, size_t n, enum ais_sql_dialect dialect);

/* label.c: how much of a statement the tokens from begin on are named by: its label ("DROP TABLE") in ret; 0: none
 * begins here. The label is a literal or lives in the view's arena. */
size_t ais_sql_name(struct ais_sql_reader *reader, const struct ais_sql_tokens *tokens, size_t begin, size_t end,
                    const char **ret);
/* Whether what DROP, CREATE and ALTER can be about stands there: TABLE, VIEW … */
bool ais_sql_is_object(const struct ais_sql_tokens *tokens, size_t i);
/* Whether a name that somebody gave stands there, before end. */
bool ais_sql_is_named(const struct ais_sql_tokens *tokens, size_t i, size_t end);

/* dynamic.c: reads the strings of the tokens [begin, end) as one statement: 'DROP ' + 'TABLE x', $$ … $$, 0x44… Returns
 * whether there were any. */
bool ais_sql_run(struct ais_sql_reader *reader, const struct ais_sql_tokens *tokens, size_t begin, size_t end,
                 bool mysql);
/* The same of EXEC, EXECUTE and PREPARE, whose verb stands at verb, with what variables hold in place of them. Text
 * that is not known, and states nothing as far as it is, is an unknown statement. */
void ais_sql_execute(struct ais_sql_reader *reader, const struct ais_sql_tokens *tokens, size_t verb, size_t end,
                     bool mysql);
/* What the tokens [begin, end) are as text, variables and all. */
void ais_sql_join(struct ais_sql_reader *reader, const struct ais_sql_tokens *tokens, size_t begin, size_t end,
                  struct ais_sql_joined *ret);
/* Reads what a variable holds as statements, unless that was done. */
void ais_sql_run_variable(struct ais_sql_reader *reader, struct ais_sql_variable *variable, bool mysql);

/* variables.c: remembers what a statement assigns, whose verb stands at begin. Returns the variable when it is the only
 * one, and all of its value stands in the strings of the statement; else NULL. */
struct ais_sql_variable *ais_sql_assign(struct ais_sql_reader *reader, const struct ais_sql_tokens *tokens,
                                        size_t begin, size_t end, bool mysql);
/* The variable of a token; NULL: nothing was assigned to one of that name. */
struct ais_sql_variable *ais_sql_variable(struct ais_sql_reader *reader, const struct ais_sql_tokens *tokens, size_t i);
/* Reads what @variables hold that nothing has run yet: a later statement may, in another call. */
void ais_sql_end_variables(struct ais_sql_reader *reader, bool mysql);

/* names.c: the tables and functions of one statement. */
void ais_sql_names(struct ais_sql_reader *reader, const struct ais_sql_tokens *tokens, size_t begin, size_t end);

/* where.c: what the condition from begin on amounts to. */
enum ais_sql_truth { AIS_SQL_DEPENDS, AIS_SQL_ALWAYS, AIS_SQL_NEVER, AIS_SQL_TOO_DEEP };
enum ais_sql_truth ais_sql_condition(const struct ais_sql_tokens *tokens, size_t begin, size_t end, bool mysql);

/* inject.c: whether a value continues the statement that it is put into. */
bool ais_sql_injects(struct ais_sql_reader *reader, const char *text, size_t n);
/* Whether it is a whole query: SELECT … FROM …, told from prose. */
bool ais_sql_is_query(struct ais_sql_reader *reader, const char *text, size_t n);
/* Whether the quotes or parentheses of a statement do not match, and what stands there is no slip of the pen. */
bool ais_sql_is_broken(struct ais_sql_reader *reader, const struct ais_sql_tokens *tokens);

/* behind.c: whether what stands behind a quote may continue a statement. False only where inject.c would not find that
 * it does. */
bool ais_sql_may_continue(const char *text, size_t n);

/* client.c: statements in the arguments of psql, mysql, sqlite3 … of a shell command. */
void ais_sql_clients(struct ais_sql_reader *reader, const char *command, size_t n);
/* The same of the commands of the part SHELL, whose words are resolved, and of what they read. */
void ais_sql_commands(struct ais_sql_reader *reader);

/* calls.c: statements in the calls of the part CODE, and of clients in what it gives to a shell. */
void ais_sql_calls(struct ais_sql_reader *reader);

/* nosql.c: operators in the members of query-like arguments. */
void ais_sql_operators(struct ais_sql_reader *reader, const struct ais_json *arguments, bool lookup);
bool ais_sql_operator_text(const char *text, size_t n);

#endif
