/* What statements are called: SELECT, DROP TABLE, LOAD DATA. As prose ("update me on this") words are none. */
#include "shared/policy/facts/sql/reader.h"

#include <ctype.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

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

bool ais_sql_is_object(const struct ais_sql_tokens *tokens, size_t i)
{
    return object_at(tokens, i) != NULL;
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

/* What can only begin another statement. */
static bool begins_next(const struct ais_sql_tokens *tokens, size_t i, size_t end)
{
    return i >= end || ais_sql_is(tokens, i, AIS_SQL_CREATE) || ais_sql_is(tokens, i, AIS_SQL_SELECT) ||
           ais_sql_is(tokens, i, AIS_SQL_INSERT);
}

/* Whether a hash follows token i, which MySQL reads as a comment. */
static bool is_before_hash(const struct ais_sql_tokens *tokens, size_t i)
{
    size_t at = item(tokens, i)->at + item(tokens, i)->length;
    while (at < tokens->length && isspace((unsigned char)tokens->text[at]))
        at++;
    return at < tokens->length && tokens->text[at] == '#';
}

/* Whether the tables at i are all SQL Server's of this session: #a, #b. Where a hash begins a comment, none are left.
 */
static bool are_of_session(const struct ais_sql_tokens *tokens, size_t i, size_t end)
{
    if (is_text(tokens, i, "if") && is_text(tokens, i + 1, "exists"))
        i += 2;
    if (tokens->dialect == AIS_SQL_MYSQL)
        return begins_next(tokens, i, end) && is_before_hash(tokens, i - 1);
    for (; i < end; i += 2) {
        const struct ais_sql_token *name = item(tokens, i);
        if (name->kind != AIS_SQL_NAME || name->at == 0 || tokens->text[name->at - 1] != '#')
            return false;
        if (!ais_sql_is_sign(tokens, i + 1, ",") || i + 1 >= end)
            return begins_next(tokens, i + 1, end);
    }
    return false;
}

/* DROP TEMPORARY TABLE a, and DROP TABLE of such names; not in a text that is put together, where more may follow. */
static bool is_temporary(const struct ais_sql_reader *reader, const struct ais_sql_tokens *tokens, size_t begin,
                         size_t table, size_t end)
{
    return is_text(tokens, begin + 1, "temporary") ? table == begin + 2
                                                   : reader->depth == 0 && are_of_session(tokens, table + 1, end);
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
    bool drops_table = ais_sql_is(tokens, begin, AIS_SQL_DROP) && is_text(tokens, i, "table");
    *ret = drops_table && is_temporary(reader, tokens, begin, i, end) ? "DROP TEMPORARY TABLE"
                                                                      : joined(reader, verb, object);
    return i + 1 - begin;
}

bool ais_sql_is_named(const struct ais_sql_tokens *tokens, size_t i, size_t end)
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
    if (!ais_sql_is_named(tokens, i, end))
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
    if (!ais_sql_is_named(tokens, i, end))
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
