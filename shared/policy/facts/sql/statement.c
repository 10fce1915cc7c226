/* Texts as statements: where each begins and ends, what it is called, and what is run of its strings. */
#include "shared/policy/facts/sql/reader.h"
#include "shared/text/ascii.h"

#include <ctype.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

/* ---- names of statements ---- */

/* What DROP, CREATE and ALTER can be about; two words where the first alone says too little. */
static const char *const objects[] = {
    "table",       "database",     "schema",    "view",       "materialized view",
    "index",       "user",         "role",      "login",      "function",
    "procedure",   "trigger",      "extension", "tablespace", "sequence",
    "type",        "domain",       "policy",    "event",      "server",
    "publication", "subscription", "aggregate", "assembly",   "catalog",
    "warehouse",   "stage",        "task",      "stream",     "pipe",
    "keyspace",    "collection",   "cluster",   "constraint", "rule",
    "group",       "profile",      "synonym",   "package",    "directory",
    "certificate", "credential",   "system",    "session",    "statistics",
    "macro",       "model",        "share",     "dictionary", "connection",
    "operator",    "partition",    "owned",
};

/* Words between the verb and what it is about. */
static const char *const between[] = {
    "or",        "replace", "temp",      "temporary", "global",    "local",   "unlogged",     "external",
    "foreign",   "unique",  "clustered", "fulltext",  "recursive", "virtual", "nonclustered", "bitmap",
    "transient", "public",  "alter",     "event_",    "secure",    "private", "aggregate_",   "editionable",
};

static const struct ais_sql_token *item(const struct ais_sql_tokens *tokens, size_t i)
{
    return &tokens->items[i];
}

static bool is_text(const struct ais_sql_tokens *tokens, size_t i, const char *word)
{
    if (i >= tokens->count || item(tokens, i)->kind != AIS_SQL_NAME)
        return false;
    size_t n = strlen(word);
    return item(tokens, i)->length == n && strncasecmp(tokens->text + item(tokens, i)->at, word, n) == 0;
}

static bool is_between(const struct ais_sql_tokens *tokens, size_t i)
{
    for (size_t k = 0; k < N_ELEMS(between); k++)
        if (is_text(tokens, i, between[k]))
            return true;
    return false;
}

static const char *object_at(const struct ais_sql_tokens *tokens, size_t i)
{
    if (is_text(tokens, i, "materialized"))
        return is_text(tokens, i + 1, "view") ? "materialized view" : NULL;
    for (size_t k = 0; k < N_ELEMS(objects); k++)
        if (is_text(tokens, i, objects[k]))
            return objects[k];
    return NULL;
}

/* "DROP" and what it is about, upper case, in the view's arena. */
static const char *joined(struct ais_sql_reader *reader, const char *verb, const char *object)
{
    size_t n = strlen(verb) + strlen(object) + 2;
    char *label = ais_view_alloc(reader->view, n);
    if (label == NULL)
        return verb;
    int length = snprintf(label, n, "%s %s", verb, object);
    for (int i = 0; i < length; i++)
        label[i] = (char)toupper((unsigned char)label[i]);
    return label;
}

static size_t name_object(struct ais_sql_reader *reader, const struct ais_sql_tokens *tokens, size_t begin, size_t end,
                          const char *verb, const char **ret)
{
    size_t i = begin + 1;
    while (i < end && is_between(tokens, i))
        i++;
    const char *object = i < end ? object_at(tokens, i) : NULL;
    if (object == NULL)
        return 0;
    *ret = joined(reader, verb, object);
    return i + 1 - begin;
}

static bool is_named(const struct ais_sql_tokens *tokens, size_t i, size_t end)
{
    if (i >= end)
        return false;
    const struct ais_sql_token *token = item(tokens, i);
    return token->kind == AIS_SQL_QUOTED || token->kind == AIS_SQL_VARIABLE || token->kind == AIS_SQL_STRING ||
           (token->kind == AIS_SQL_NAME && token->word == AIS_SQL_NO_WORD);
}

/* The place behind a name with its dots. */
static size_t behind_name(const struct ais_sql_tokens *tokens, size_t i, size_t end)
{
    i += i < end;
    while (i + 1 < end && ais_sql_is_sign(tokens, i, "."))
        i += 2;
    return i;
}

/* DELETE FROM x; DELETE x; DELETE a FROM a JOIN b. As prose ("delete old mails") it is none. */
static bool is_delete(const struct ais_sql_tokens *tokens, size_t begin, size_t end)
{
    size_t i = begin + 1;
    if (ais_sql_is(tokens, i, AIS_SQL_FROM) && i < end)
        return i + 1 < end;
    if (!is_named(tokens, i, end))
        return false;
    i = behind_name(tokens, i, end);
    return i >= end || ais_sql_is(tokens, i, AIS_SQL_WHERE) || ais_sql_is(tokens, i, AIS_SQL_FROM) ||
           ais_sql_is_sign(tokens, i, ",");
}

/* UPDATE … SET, with nothing but names between. */
static bool is_update(const struct ais_sql_tokens *tokens, size_t begin, size_t end)
{
    for (size_t i = begin + 1; i < end && i < begin + 64; i++)
        if (ais_sql_is(tokens, i, AIS_SQL_SET))
            return i > begin + 1;
    return false;
}

/* TRUNCATE TABLE x; TRUNCATE x, y CASCADE. */
static bool is_truncate(const struct ais_sql_tokens *tokens, size_t begin, size_t end)
{
    size_t i = begin + 1;
    if (ais_sql_is(tokens, i, AIS_SQL_TABLE) && i < end)
        return true;
    if (!is_named(tokens, i, end))
        return false;
    i = behind_name(tokens, i, end);
    return i >= end || ais_sql_is_sign(tokens, i, ",") || ais_sql_is(tokens, i, AIS_SQL_CASCADE) ||
           ais_sql_is(tokens, i, AIS_SQL_RESTART) || ais_sql_is(tokens, i, AIS_SQL_RESTRICT) ||
           ais_sql_is(tokens, i, AIS_SQL_CONTINUE);
}

/* A verb that is followed by one of its words, or whatever follows. */
static const struct plain_verb {
    uint8_t verb, next; /* next: AIS_SQL_NO_WORD: any */
    const char *label;
} verbs[] = {
    {AIS_SQL_SELECT,      AIS_SQL_NO_WORD, "SELECT"        },
    { AIS_SQL_INSERT,     AIS_SQL_NO_WORD, "INSERT"        },
    { AIS_SQL_REPLACE,    AIS_SQL_NO_WORD, "REPLACE"       },
    { AIS_SQL_MERGE,      AIS_SQL_NO_WORD, "MERGE"         },
    { AIS_SQL_GRANT,      AIS_SQL_NO_WORD, "GRANT"         },
    { AIS_SQL_REVOKE,     AIS_SQL_NO_WORD, "REVOKE"        },
    { AIS_SQL_DENY,       AIS_SQL_NO_WORD, "DENY"          },
    { AIS_SQL_COPY,       AIS_SQL_NO_WORD, "COPY"          },
    { AIS_SQL_CALL,       AIS_SQL_NO_WORD, "CALL"          },
    { AIS_SQL_EXEC,       AIS_SQL_NO_WORD, "EXEC"          },
    { AIS_SQL_EXECUTE,    AIS_SQL_NO_WORD, "EXEC"          },
    { AIS_SQL_SET,        AIS_SQL_NO_WORD, "SET"           },
    { AIS_SQL_RESET,      AIS_SQL_NO_WORD, "RESET"         },
    { AIS_SQL_SHOW,       AIS_SQL_NO_WORD, "SHOW"          },
    { AIS_SQL_USE,        AIS_SQL_NO_WORD, "USE"           },
    { AIS_SQL_DESCRIBE,   AIS_SQL_NO_WORD, "DESCRIBE"      },
    { AIS_SQL_PRAGMA,     AIS_SQL_NO_WORD, "PRAGMA"        },
    { AIS_SQL_ATTACH,     AIS_SQL_NO_WORD, "ATTACH"        },
    { AIS_SQL_DETACH,     AIS_SQL_NO_WORD, "DETACH"        },
    { AIS_SQL_VACUUM,     AIS_SQL_NO_WORD, "VACUUM"        },
    { AIS_SQL_ANALYZE,    AIS_SQL_NO_WORD, "ANALYZE"       },
    { AIS_SQL_LOAD,       AIS_SQL_DATA,    "LOAD DATA"     },
    { AIS_SQL_LOAD,       AIS_SQL_NO_WORD, "LOAD"          },
    { AIS_SQL_UNLOAD,     AIS_SQL_NO_WORD, "UNLOAD"        },
    { AIS_SQL_LOCK,       AIS_SQL_NO_WORD, "LOCK"          },
    { AIS_SQL_UNLOCK,     AIS_SQL_NO_WORD, "UNLOCK"        },
    { AIS_SQL_BEGIN,      AIS_SQL_NO_WORD, "BEGIN"         },
    { AIS_SQL_COMMIT,     AIS_SQL_NO_WORD, "COMMIT"        },
    { AIS_SQL_ROLLBACK,   AIS_SQL_NO_WORD, "ROLLBACK"      },
    { AIS_SQL_SAVEPOINT,  AIS_SQL_NO_WORD, "SAVEPOINT"     },
    { AIS_SQL_DO,         AIS_SQL_NO_WORD, "DO"            },
    { AIS_SQL_DECLARE,    AIS_SQL_NO_WORD, "DECLARE"       },
    { AIS_SQL_WAITFOR,    AIS_SQL_NO_WORD, "WAITFOR"       },
    { AIS_SQL_SHUTDOWN,   AIS_SQL_NO_WORD, "SHUTDOWN"      },
    { AIS_SQL_KILL,       AIS_SQL_NO_WORD, "KILL"          },
    { AIS_SQL_BACKUP,     AIS_SQL_NO_WORD, "BACKUP"        },
    { AIS_SQL_RESTORE,    AIS_SQL_NO_WORD, "RESTORE"       },
    { AIS_SQL_HANDLER,    AIS_SQL_NO_WORD, "HANDLER"       },
    { AIS_SQL_PREPARE,    AIS_SQL_NO_WORD, "PREPARE"       },
    { AIS_SQL_DEALLOCATE, AIS_SQL_NO_WORD, "DEALLOCATE"    },
    { AIS_SQL_FLUSH,      AIS_SQL_NO_WORD, "FLUSH"         },
    { AIS_SQL_PURGE,      AIS_SQL_NO_WORD, "PURGE"         },
    { AIS_SQL_REINDEX,    AIS_SQL_NO_WORD, "REINDEX"       },
    { AIS_SQL_OPTIMIZE,   AIS_SQL_TABLE,   "OPTIMIZE TABLE"},
    { AIS_SQL_RENAME,     AIS_SQL_TABLE,   "RENAME TABLE"  },
    { AIS_SQL_COMMENT,    AIS_SQL_ON,      "COMMENT"       },
    { AIS_SQL_BULK,       AIS_SQL_INSERT,  "BULK INSERT"   },
    { AIS_SQL_VALUES,     AIS_SQL_NO_WORD, "VALUES"        },
    { AIS_SQL_TABLE,      AIS_SQL_NO_WORD, "SELECT"        },
    { AIS_SQL_WITH,       AIS_SQL_NO_WORD, "WITH"          },
    { AIS_SQL_EXPLAIN,    AIS_SQL_NO_WORD, "EXPLAIN"       },
};

static size_t name_plain(const struct ais_sql_tokens *tokens, size_t begin, size_t end, const char **ret)
{
    for (size_t k = 0; k < N_ELEMS(verbs); k++) {
        const struct plain_verb *row = &verbs[k];
        if (item(tokens, begin)->word != row->verb)
            continue;
        if (row->next != AIS_SQL_NO_WORD && !(begin + 1 < end && item(tokens, begin + 1)->word == row->next))
            continue;
        *ret = row->label;
        return 1;
    }
    return 0;
}

size_t ais_sql_name(struct ais_sql_reader *reader, const struct ais_sql_tokens *tokens, size_t begin, size_t end,
                    const char **ret)
{
    if (begin >= end || item(tokens, begin)->kind != AIS_SQL_NAME)
        return 0;
    switch (item(tokens, begin)->word) {
    case AIS_SQL_DROP: return name_object(reader, tokens, begin, end, "DROP", ret);
    case AIS_SQL_ALTER: return name_object(reader, tokens, begin, end, "ALTER", ret);
    case AIS_SQL_CREATE: return name_object(reader, tokens, begin, end, "CREATE", ret);
    case AIS_SQL_DELETE: *ret = "DELETE"; return is_delete(tokens, begin, end);
    case AIS_SQL_UPDATE: *ret = "UPDATE"; return is_update(tokens, begin, end);
    case AIS_SQL_TRUNCATE: *ret = "TRUNCATE"; return is_truncate(tokens, begin, end);
    default: return name_plain(tokens, begin, end, ret);
    }
}

/* ---- one statement ---- */

static bool is_changing(enum ais_sql_word word)
{
    return word == AIS_SQL_DELETE || word == AIS_SQL_UPDATE || word == AIS_SQL_INSERT || word == AIS_SQL_MERGE;
}

/* The verb behind what only introduces it: EXPLAIN, WITH …, BEGIN, parentheses. */
static size_t find_verb(const struct ais_sql_tokens *tokens, size_t i, size_t end)
{
    while (i < end && (ais_sql_is_sign(tokens, i, "(") || (ais_sql_is(tokens, i, AIS_SQL_BEGIN) && i + 1 < end &&
                                                           item(tokens, i + 1)->word != AIS_SQL_NO_WORD)))
        i++;
    bool explains = ais_sql_is(tokens, i, AIS_SQL_EXPLAIN) || ais_sql_is(tokens, i, AIS_SQL_DESCRIBE) ||
                    ais_sql_is(tokens, i, AIS_SQL_DESC);
    if (!explains && !ais_sql_is(tokens, i, AIS_SQL_WITH))
        return i;
    for (size_t k = i + 1; k < end; k++) {
        if (ais_sql_is_sign(tokens, k, "(")) {
            k = ais_sql_close(tokens, k, end) - 1;
            continue;
        }
        enum ais_sql_word word = (enum ais_sql_word)item(tokens, k)->word;
        if (is_changing(word) || word == AIS_SQL_SELECT || (explains && word == AIS_SQL_WITH))
            return word == AIS_SQL_WITH ? find_verb(tokens, k, end) : k;
    }
    return i;
}

static bool ends_condition(enum ais_sql_word word)
{
    return word == AIS_SQL_GROUP || word == AIS_SQL_ORDER || word == AIS_SQL_LIMIT || word == AIS_SQL_RETURNING ||
           word == AIS_SQL_HAVING || word == AIS_SQL_UNION || word == AIS_SQL_EXCEPT || word == AIS_SQL_INTERSECT ||
           word == AIS_SQL_FOR || word == AIS_SQL_OPTION || word == AIS_SQL_WINDOW || word == AIS_SQL_OFFSET ||
           word == AIS_SQL_FETCH || word == AIS_SQL_MINUS || word == AIS_SQL_INTO;
}

/* The first of some words outside of parentheses. A parenthesis that nothing opened closes nothing. */
static size_t find_at_top(const struct ais_sql_tokens *tokens, size_t i, size_t end, bool where)
{
    for (; i < end; i++) {
        if (ais_sql_is_sign(tokens, i, "("))
            i = ais_sql_close(tokens, i, end) - 1;
        else if (where ? ais_sql_is(tokens, i, AIS_SQL_WHERE)
                       : ends_condition((enum ais_sql_word)item(tokens, i)->word))
            return i;
    }
    return end;
}

static void add_text(struct ais_sql_reader *reader, enum ais_sql_list list, const char *text)
{
    ais_sql_add(reader, list, text, strlen(text));
}

/* SELECT, UPDATE and DELETE: whether they are of some rows only. */
static void add_where(struct ais_sql_reader *reader, const struct ais_sql_tokens *tokens, size_t begin, size_t end,
                      bool mysql)
{
    size_t where = find_at_top(tokens, begin, end, true);
    size_t stop = where < end ? find_at_top(tokens, where + 1, end, false) : end;
    enum ais_sql_truth truth = AIS_SQL_ALWAYS;
    if (where + 1 < stop)
        truth = ais_sql_condition(tokens, where + 1, stop, mysql);
    if (where + 1 < stop && truth == AIS_SQL_ALWAYS)
        add_text(reader, AIS_SQL_WHERES, "tautology");
    if (truth == AIS_SQL_TOO_DEEP)
        ais_part_add(reader->view, reader->part, AIS_SQL_WHERES, AIS_VALUE_UNKNOWN, "", 0);
    else
        add_text(reader, AIS_SQL_WHERES, truth == AIS_SQL_ALWAYS ? "false" : "true");
}

/* What a statement does besides its name. */
static void add_extras(struct ais_sql_reader *reader, const struct ais_sql_tokens *tokens, size_t begin, size_t end)
{
    for (size_t i = begin; i < end; i++) {
        enum ais_sql_word word = (enum ais_sql_word)item(tokens, i)->word;
        if (word == AIS_SQL_DROP && i > begin && ais_sql_is(tokens, begin, AIS_SQL_ALTER))
            add_text(reader, AIS_SQL_STATEMENTS, "ALTER TABLE DROP");
        if (word == AIS_SQL_OUTFILE || word == AIS_SQL_DUMPFILE)
            add_text(reader, AIS_SQL_STATEMENTS, "INTO OUTFILE");
        if (word == AIS_SQL_PROGRAM && ais_sql_is(tokens, begin, AIS_SQL_COPY) && i > begin &&
            (ais_sql_is(tokens, i - 1, AIS_SQL_TO) || ais_sql_is(tokens, i - 1, AIS_SQL_FROM)))
            add_text(reader, AIS_SQL_STATEMENTS, "COPY PROGRAM");
    }
}

static void read_dynamic(struct ais_sql_reader *reader, const struct ais_sql_tokens *tokens, size_t begin, size_t end,
                         bool mysql);

static void read_statement(struct ais_sql_reader *reader, const struct ais_sql_tokens *tokens, size_t begin, size_t end,
                           bool mysql, unsigned depth);

enum { NESTED_MOST = 4 };

/* Changes within: WITH gone AS (DELETE FROM …) SELECT … */
static void read_nested(struct ais_sql_reader *reader, const struct ais_sql_tokens *tokens, size_t begin, size_t end,
                        bool mysql, unsigned depth)
{
    for (size_t i = begin + 1; i + 1 < end; i++) {
        if (!ais_sql_is_sign(tokens, i, "(") || !is_changing((enum ais_sql_word)item(tokens, i + 1)->word))
            continue;
        size_t close = ais_sql_close(tokens, i, end);
        read_statement(reader, tokens, i + 1, ais_sql_is_sign(tokens, close - 1, ")") ? close - 1 : close, mysql,
                       depth);
        i = close - 1;
    }
}

static void read_statement(struct ais_sql_reader *reader, const struct ais_sql_tokens *tokens, size_t begin, size_t end,
                           bool mysql, unsigned depth)
{
    const char *label;
    size_t verb = find_verb(tokens, begin, end);
    if (ais_sql_name(reader, tokens, verb, end, &label) == 0 || !ais_sql_begin(reader))
        return;
    enum ais_sql_word word = (enum ais_sql_word)item(tokens, verb)->word;
    add_text(reader, AIS_SQL_STATEMENTS, label);
    add_extras(reader, tokens, verb, end);
    if (word == AIS_SQL_DELETE || word == AIS_SQL_UPDATE || word == AIS_SQL_SELECT)
        add_where(reader, tokens, verb, end, mysql);
    ais_sql_names(reader, tokens, begin, end);
    if (depth < NESTED_MOST)
        read_nested(reader, tokens, begin, end, mysql, depth + 1);
    bool variable = verb + 1 < end && item(tokens, verb + 1)->kind == AIS_SQL_VARIABLE;
    bool dynamic = word == AIS_SQL_EXEC || word == AIS_SQL_EXECUTE || word == AIS_SQL_PREPARE || word == AIS_SQL_DO ||
                   ((word == AIS_SQL_SET || word == AIS_SQL_DECLARE) && variable);
    if (dynamic)
        read_dynamic(reader, tokens, begin, end, mysql);
}

/* ---- many statements ---- */

/* Where SQL Server, or a block, begins a statement without a semicolon. */
static bool begins_another(const struct ais_sql_tokens *tokens, size_t i, size_t begin, size_t end)
{
    enum ais_sql_word word = (enum ais_sql_word)item(tokens, i)->word,
                      next = i + 1 < end ? (enum ais_sql_word)item(tokens, i + 1)->word : AIS_SQL_NO_WORD;
    enum ais_sql_word first = (enum ais_sql_word)item(tokens, begin)->word;
    bool introduced =
        first == AIS_SQL_WITH || first == AIS_SQL_EXPLAIN || first == AIS_SQL_DESCRIBE || first == AIS_SQL_DESC;
    if (item(tokens, i)->kind != AIS_SQL_NAME || ais_sql_is_sign(tokens, i - 1, "."))
        return false;
    switch (word) {
    case AIS_SQL_DROP:
        return object_at(tokens, i + 1) != NULL && first != AIS_SQL_ALTER && first != AIS_SQL_GRANT &&
               first != AIS_SQL_REVOKE;
    case AIS_SQL_TRUNCATE: return next == AIS_SQL_TABLE && first != AIS_SQL_GRANT && first != AIS_SQL_REVOKE;
    case AIS_SQL_DELETE: return next == AIS_SQL_FROM && !introduced && !ais_sql_is_sign(tokens, i - 1, "(");
    case AIS_SQL_WAITFOR: return next == AIS_SQL_DELAY;
    case AIS_SQL_EXEC:
    case AIS_SQL_EXECUTE:
        return is_named(tokens, i + 1, end) || next == AIS_SQL_IMMEDIATE || ais_sql_is_sign(tokens, i + 1, "(");
    default: return false;
    }
}

static void read_all(struct ais_sql_reader *reader, const struct ais_sql_tokens *tokens, bool mysql)
{
    size_t begin = 0;
    for (size_t i = 0; i <= tokens->count; i++) {
        bool end = i == tokens->count || ais_sql_is_sign(tokens, i, ";");
        if (!end && (mysql || i == begin || !begins_another(tokens, i, begin, tokens->count)))
            continue;
        if (i > begin)
            read_statement(reader, tokens, begin, i, mysql, 0);
        begin = end ? i + 1 : i;
    }
}

/* \! sh in psql and mysql, .shell in sqlite3. */
static void read_client_command(struct ais_sql_reader *reader, const char *text, size_t n)
{
    size_t i = 0;
    while (i < n && isspace((unsigned char)text[i]))
        i++;
    bool shell = n - i >= 2 && text[i] == '\\' && text[i + 1] == '!';
    shell |= n - i > 6 && strncasecmp(text + i, ".shell", 6) == 0;
    shell |= n - i > 7 && strncasecmp(text + i, ".system", 7) == 0;
    if (shell && ais_sql_begin(reader))
        add_text(reader, AIS_SQL_STATEMENTS, "SHELL ESCAPE");
}

static void add_counts(struct ais_sql_reader *reader, uint32_t from)
{
    uint32_t to = reader->part->elements;
    for (uint32_t i = from; i < to && !reader->view->failed; i++) {
        reader->part->elements = i + 1; /* values are added to the last */
        ais_part_add_number(reader->view, reader->part, AIS_SQL_COUNTS, to - from);
    }
    reader->part->elements = to;
}

static void lex(struct ais_sql_reader *reader, const char *text, size_t n, enum ais_sql_dialect dialect,
                struct ais_sql_tokens *tokens)
{
    ais_sql_lex(reader->view, text, n, dialect, false, tokens);
    if (tokens->full)
        reader->part->unknown = "more than 262,144 words of SQL";
}

/* Broken in each dialect in which the text may be meant: a quote that is escaped in one is none too many. */
static bool is_broken(struct ais_sql_reader *reader, const char *text, size_t n, enum ais_sql_dialect dialect,
                      struct ais_sql_tokens *tokens)
{
    lex(reader, text, n, dialect == AIS_SQL_MYSQL ? AIS_SQL_MYSQL : AIS_SQL_STANDARD, tokens);
    bool broken = ais_sql_is_broken(reader, tokens);
    if (!broken || dialect != AIS_SQL_EITHER || !tokens->differs)
        return broken;
    lex(reader, text, n, AIS_SQL_MYSQL, tokens);
    return ais_sql_is_broken(reader, tokens);
}

/* Adds the statements of one reading; returns whether another dialect may read the text otherwise. */
static bool read_as(struct ais_sql_reader *reader, const char *text, size_t n, enum ais_sql_dialect dialect,
                    bool broken, struct ais_sql_tokens *tokens)
{
    uint32_t from = reader->part->elements;
    if (tokens->text != text || tokens->dialect != dialect) /* else they were read to be judged */
        lex(reader, text, n, dialect, tokens);
    bool differs = tokens->differs;
    read_all(reader, tokens, dialect == AIS_SQL_MYSQL);
    if (reader->part->elements > from && broken)
        add_text(reader, AIS_SQL_STATEMENTS, AIS_SQL_INJECTION);
    if (reader->depth == 0) {
        read_client_command(reader, text, n);
        add_counts(reader, from);
    }
    return differs;
}

void ais_sql_read(struct ais_sql_reader *reader, const char *text, size_t n, enum ais_sql_dialect dialect)
{
    /* Statements within strings are read while those around them still are: they have tokens of their own. */
    struct ais_sql_tokens tokens = reader->depth == 0 ? reader->tokens : (struct ais_sql_tokens){ 0 };
    tokens.text = NULL;
    bool broken = reader->depth == 0 && is_broken(reader, text, n, dialect, &tokens);
    enum ais_sql_dialect first = dialect == AIS_SQL_EITHER ? AIS_SQL_STANDARD : dialect;
    if (read_as(reader, text, n, first, broken, &tokens) && dialect == AIS_SQL_EITHER)
        read_as(reader, text, n, AIS_SQL_MYSQL, broken, &tokens);
    if (reader->depth == 0)
        reader->tokens = tokens;
    else
        reader->within += tokens.work;
}

/* 0x44524f50…: MySQL takes it for the text of its bytes. Appends it; the room is half of the token's. */
static size_t push_hexadecimal(const char *token, size_t n, char *out)
{
    size_t length = 0;
    if (n < 4 || n % 2 != 0 || token[0] != '0' || (token[1] | 0x20) != 'x')
        return 0;
    for (size_t k = 2; k + 1 < n; k += 2) {
        int high = ais_hex_value(token[k]), low = ais_hex_value(token[k + 1]);
        if (high < 0 || low < 0)
            return 0;
        out[length++] = (char)(high * 16 + low);
    }
    return length;
}

/* Whether a token is text that a statement may run. */
static bool is_runnable(const struct ais_sql_token *token)
{
    return token->kind == AIS_SQL_STRING || token->kind == AIS_SQL_NUMBER;
}

/* The strings of a statement that runs strings, as one: 'DROP ' + 'TABLE x', $$ … $$. */
static void read_dynamic(struct ais_sql_reader *reader, const struct ais_sql_tokens *tokens, size_t begin, size_t end,
                         bool mysql)
{
    size_t length = 0;
    for (size_t i = begin; i < end; i++)
        length += is_runnable(item(tokens, i)) ? item(tokens, i)->length : 0;
    if (length == 0 || reader->depth >= AIS_SQL_DEPTH_MOST)
        return;
    char *text = ais_view_alloc(reader->view, length);
    if (text == NULL)
        return;
    length = 0;
    for (size_t i = begin; i < end; i++) {
        const struct ais_sql_token *token = item(tokens, i);
        if (token->kind == AIS_SQL_NUMBER)
            length += push_hexadecimal(tokens->text + token->at, token->length, text + length);
        for (size_t k = 0; token->kind == AIS_SQL_STRING && k < token->length; k++) {
            const char *at = tokens->text + token->at + k;
            k += k + 1 < token->length && at[0] == '\'' && at[1] == '\'';
            text[length++] = *at;
        }
    }
    reader->depth++;
    ais_sql_read(reader, text, length, mysql ? AIS_SQL_MYSQL : AIS_SQL_STANDARD);
    reader->depth--;
}
