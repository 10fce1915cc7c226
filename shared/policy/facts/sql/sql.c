/* The part SQL: which texts of a request are statements, or are put into one, and what they say. */
#include "shared/policy/facts/sql/reader.h"

#include <string.h>
#include <strings.h>

/* What a tool's name says by its words (parted by signs and by capitals), and by what it contains. */
enum role { DATABASE = 1, LOOKUP = 2 };
static const struct tool_word {
    const char *word;
    unsigned role;
    enum ais_sql_dialect dialect;
    bool anywhere; /* in a word too: execute_mysql8 */
} tool_words[] = {
    {"postgres",      DATABASE, AIS_SQL_STANDARD, true },
    { "psql",         DATABASE, AIS_SQL_STANDARD, true },
    { "pg",           DATABASE, AIS_SQL_STANDARD, false},
    { "mysql",        DATABASE, AIS_SQL_MYSQL,    true },
    { "mariadb",      DATABASE, AIS_SQL_MYSQL,    true },
    { "sqlite",       DATABASE, AIS_SQL_STANDARD, true },
    { "mssql",        DATABASE, AIS_SQL_STANDARD, true },
    { "oracle",       DATABASE, AIS_SQL_STANDARD, false},
    { "snowflake",    DATABASE, AIS_SQL_STANDARD, true },
    { "bigquery",     DATABASE, AIS_SQL_EITHER,   true },
    { "redshift",     DATABASE, AIS_SQL_STANDARD, true },
    { "clickhouse",   DATABASE, AIS_SQL_EITHER,   true },
    { "duckdb",       DATABASE, AIS_SQL_STANDARD, true },
    { "cockroach",    DATABASE, AIS_SQL_STANDARD, true },
    { "supabase",     DATABASE, AIS_SQL_STANDARD, true },
    { "databricks",   DATABASE, AIS_SQL_EITHER,   true },
    { "athena",       DATABASE, AIS_SQL_EITHER,   false},
    { "presto",       DATABASE, AIS_SQL_STANDARD, false},
    { "trino",        DATABASE, AIS_SQL_STANDARD, false},
    { "sql",          DATABASE, AIS_SQL_EITHER,   true },
    { "db",           DATABASE, AIS_SQL_EITHER,   false},
    { "database",     DATABASE, AIS_SQL_EITHER,   true },
    { "jdbc",         DATABASE, AIS_SQL_EITHER,   false},
    { "odbc",         DATABASE, AIS_SQL_EITHER,   false},
    { "query",        DATABASE, AIS_SQL_EITHER,   false},
    { "planetscale",  DATABASE, AIS_SQL_MYSQL,    true },
    { "timescale",    DATABASE, AIS_SQL_STANDARD, true },
    { "cassandra",    DATABASE, AIS_SQL_EITHER,   true },
    { "cqlsh",        DATABASE, AIS_SQL_EITHER,   true },
    { "cql",          DATABASE, AIS_SQL_EITHER,   false},
    { "hive",         DATABASE, AIS_SQL_EITHER,   false},
    { "impala",       DATABASE, AIS_SQL_EITHER,   false},
    { "spark",        DATABASE, AIS_SQL_EITHER,   false},
    { "rds",          DATABASE, AIS_SQL_EITHER,   false},
    { "superset",     DATABASE, AIS_SQL_EITHER,   true },
    { "metabase",     DATABASE, AIS_SQL_EITHER,   true },
    { "redash",       DATABASE, AIS_SQL_EITHER,   true },
    { "neon",         DATABASE, AIS_SQL_STANDARD, false},
    { "turso",        DATABASE, AIS_SQL_STANDARD, false},
    { "greenplum",    DATABASE, AIS_SQL_STANDARD, true },
    { "vertica",      DATABASE, AIS_SQL_STANDARD, true },
    { "teradata",     DATABASE, AIS_SQL_STANDARD, true },
    { "yugabyte",     DATABASE, AIS_SQL_STANDARD, true },
    { "tidb",         DATABASE, AIS_SQL_MYSQL,    true },
    { "singlestore",  DATABASE, AIS_SQL_MYSQL,    true },
    { "questdb",      DATABASE, AIS_SQL_STANDARD, true },
    { "dremio",       DATABASE, AIS_SQL_STANDARD, true },
    { "hana",         DATABASE, AIS_SQL_STANDARD, false},
    { "statement",    DATABASE, AIS_SQL_EITHER,   false},
    { "influxdb",     DATABASE, AIS_SQL_EITHER,   true },
    { "warehouse",    DATABASE, AIS_SQL_EITHER,   false},
    { "search",       LOOKUP,   AIS_SQL_EITHER,   false},
    { "find",         LOOKUP,   AIS_SQL_EITHER,   false},
    { "filter",       LOOKUP,   AIS_SQL_EITHER,   false},
    { "get",          LOOKUP,   AIS_SQL_EITHER,   false},
    { "lookup",       LOOKUP,   AIS_SQL_EITHER,   false},
    { "list",         LOOKUP,   AIS_SQL_EITHER,   false},
    { "fetch",        LOOKUP,   AIS_SQL_EITHER,   false},
    { "login",        LOOKUP,   AIS_SQL_EITHER,   false},
    { "auth",         LOOKUP,   AIS_SQL_EITHER,   false},
    { "authenticate", LOOKUP,   AIS_SQL_EITHER,   false},
    { "select",       LOOKUP,   AIS_SQL_EITHER,   false},
    { "count",        LOOKUP,   AIS_SQL_EITHER,   false},
    { "user",         LOOKUP,   AIS_SQL_EITHER,   false},
    { "customer",     LOOKUP,   AIS_SQL_EITHER,   false},
    { "order",        LOOKUP,   AIS_SQL_EITHER,   false},
    { "record",       LOOKUP,   AIS_SQL_EITHER,   false},
    { "mongo",        LOOKUP,   AIS_SQL_EITHER,   true },
    { "mongodb",      LOOKUP,   AIS_SQL_EITHER,   false},
};

/* What an argument is by its name. */
enum use { STATEMENT, OF_DATABASE, COMMAND };
static const struct argument_name {
    const char *name;
    enum use use;
} argument_names[] = {
    {"sql",            STATEMENT  },
    { "sql_query",     STATEMENT  },
    { "sqlquery",      STATEMENT  },
    { "stmt",          STATEMENT  },
    { "sql_statement", STATEMENT  },
    { "raw_sql",       STATEMENT  },
    { "sql_text",      STATEMENT  },
    { "query_sql",     STATEMENT  },
    { "statement",     STATEMENT  },
    { "statements",    STATEMENT  },
    { "query",         OF_DATABASE},
    { "q",             OF_DATABASE},
    { "queries",       OF_DATABASE},
    { "query_string",  OF_DATABASE},
    { "query_text",    OF_DATABASE},
    { "command",       OF_DATABASE},
    { "cmd",           OF_DATABASE},
    { "code",          OF_DATABASE},
    { "script",        OF_DATABASE},
    { "text",          OF_DATABASE},
    { "input",         OF_DATABASE},
    { "content",       OF_DATABASE},
    { "expression",    OF_DATABASE},
    { "body",          OF_DATABASE},
    { "source",        OF_DATABASE},
    { "ddl",           STATEMENT  },
    { "dml",           STATEMENT  },
};

static const char *const command_names[] = { "command", "cmd",   "script", "code",    "args",
                                             "argv",    "shell", "input",  "commands" };

struct sources {
    struct ais_sql_reader reader;
    unsigned role;
    enum ais_sql_dialect dialect;
};

/* ---- the tool ---- */

static bool is_letter(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

/* The end of the word at i: a sign, or a capital behind a small letter. */
static size_t word_end(const char *name, size_t n, size_t i)
{
    size_t end = i;
    while (end < n && is_letter(name[end]) &&
           !(end > i && name[end] >= 'A' && name[end] <= 'Z' && name[end - 1] >= 'a'))
        end++;
    return end;
}

static bool has_word(const char *name, size_t n, const struct tool_word *row)
{
    size_t length = strlen(row->word);
    for (size_t i = 0; i + length <= n; i++) {
        if ((name[i] | 0x20) != row->word[0])
            continue;
        if (row->anywhere ? strncasecmp(name + i, row->word, length) == 0 : false)
            return true;
        bool begins = i == 0 || !is_letter(name[i - 1]) || (name[i] >= 'A' && name[i] <= 'Z' && name[i - 1] >= 'a');
        if (!row->anywhere && begins && word_end(name, n, i) == i + length &&
            strncasecmp(name + i, row->word, length) == 0)
            return true;
    }
    return false;
}

static void judge_tool(struct sources *sources, const struct ais_json *name)
{
    enum { NAME_MOST = 256 };
    size_t n = name->length < NAME_MOST ? name->length : NAME_MOST;
    const struct ais_shape shape = ais_shape_of(name->text, n);
    for (size_t i = 0; i < N_ELEMS(tool_words); i++) {
        if (!ais_shape_has(&shape, ais_byte_kinds(tool_words[i].word[0])) || !has_word(name->text, n, &tool_words[i]))
            continue;
        sources->role |= tool_words[i].role;
        if (sources->dialect == AIS_SQL_EITHER)
            sources->dialect = tool_words[i].dialect;
    }
    if (n > 2 && strncasecmp(name->text + n - 2, "db", 2) == 0)
        sources->role |= DATABASE;
}

/* ---- its arguments ---- */

static bool is_statement_of(const struct sources *sources, const char *key)
{
    for (size_t i = 0; i < N_ELEMS(argument_names); i++)
        if ((key[0] | 0x20) == argument_names[i].name[0] && strcasecmp(key, argument_names[i].name) == 0)
            return argument_names[i].use == STATEMENT || (sources->role & DATABASE) != 0;
    return false;
}

static bool is_command(const char *key)
{
    for (size_t i = 0; i < N_ELEMS(command_names); i++)
        if ((key[0] | 0x20) == command_names[i][0] && strcasecmp(key, command_names[i]) == 0)
            return true;
    return false;
}

static void add_value(struct sources *sources, const char *label)
{
    if (!ais_sql_begin(&sources->reader))
        return;
    ais_sql_add(&sources->reader, AIS_SQL_STATEMENTS, label, strlen(label));
    ais_part_add_number(sources->reader.view, sources->reader.part, AIS_SQL_COUNTS, 1);
}

/* Steps of work (facts/view.h), beside what reading as SQL counts. */
enum { STEPS_A_TEXT = 256, STEPS_A_VALUE_BYTE = 3 };

/* SELECT … FROM …: its letters are there. */
static bool may_be_query(const struct ais_shape *shape)
{
    const uint64_t select = AIS_BYTE_LETTER('s') | AIS_BYTE_LETTER('e') | AIS_BYTE_LETTER('l') | AIS_BYTE_LETTER('c') |
                            AIS_BYTE_LETTER('t'),
                   from = AIS_BYTE_LETTER('f') | AIS_BYTE_LETTER('r') | AIS_BYTE_LETTER('o') | AIS_BYTE_LETTER('m');
    return ais_shape_has(shape, select | from);
}

/* One word, which continues no statement: user123. */
static bool is_word(const struct ais_view_string *string)
{
    enum { WORD_MOST = 256 };
    const uint64_t letters = AIS_BYTE_LETTER('z' + 1) - 1;
    uint64_t others = string->shape.bytes & ~(letters | AIS_BYTE_CAPITAL | AIS_BYTE_DIGIT | AIS_BYTE_UNDERSCORE);
    return string->length > 0 && string->length <= WORD_MOST && others == 0 && is_letter(string->text[0]);
}

static bool on_string(void *arg, const struct ais_view_string *string)
{
    struct sources *sources = arg;
    const char *key = string->key, *text = string->text;
    size_t n = string->length;
    if (string->top != AIS_VIEW_TOOL_ARGS)
        return true;
    if (!ais_part_spend(sources->reader.view, sources->reader.part, STEPS_A_TEXT))
        return false;
    uint32_t before = sources->reader.part->elements;
    if (is_statement_of(sources, key))
        ais_sql_read(&sources->reader, text, n, sources->dialect);
    else if (is_command(key))
        ais_sql_clients(&sources->reader, text, n);
    /* What is no statement may be put into one. */
    bool judged = sources->reader.part->elements == before && sources->role != 0 && !is_word(string);
    if (judged && ais_part_spend(sources->reader.view, sources->reader.part, STEPS_A_VALUE_BYTE * n)) {
        if (ais_sql_operator_text(text, n))
            add_value(sources, AIS_SQL_NOSQL);
        else if (may_be_query(&string->shape) && ais_sql_is_query(&sources->reader, text, n))
            ais_sql_read(&sources->reader, text, n, sources->dialect);
        else if (ais_sql_injects(&sources->reader, text, n))
            add_value(sources, AIS_SQL_INJECTION);
    }
    return !sources->reader.view->failed;
}

/* ---- what the others add with ---- */

bool ais_sql_begin(struct ais_sql_reader *reader)
{
    if (reader->part->elements >= AIS_SQL_STATEMENTS_MOST) {
        reader->part->unknown = "more than 1,024 SQL statements";
        return false;
    }
    reader->part->elements++;
    return true;
}

void ais_sql_add_unknown(struct ais_sql_reader *reader, const char *why)
{
    static const enum ais_sql_list lists[] = { AIS_SQL_STATEMENTS, AIS_SQL_TABLES, AIS_SQL_WHERES, AIS_SQL_FUNCTIONS };
    if (!ais_sql_begin(reader))
        return;
    for (size_t i = 0; i < N_ELEMS(lists); i++)
        ais_part_add_unknown(reader->view, reader->part, lists[i], why);
}

void ais_sql_add(struct ais_sql_reader *reader, enum ais_sql_list list, const char *text, size_t n)
{
    if (reader->values++ >= AIS_SQL_VALUES_MOST) {
        reader->part->unknown = "more than 32,768 names in SQL";
        return;
    }
    char *copy = ais_view_alloc(reader->view, n + 1);
    if (copy == NULL)
        return;
    memcpy(copy, text, n);
    copy[n] = '\0';
    ais_part_add(reader->view, reader->part, list, AIS_VALUE_STRING, copy, n);
}

void ais_understand_SQL(struct ais_view *view, struct ais_part *ret)
{
    const struct ais_request *request = view->question->request;
    struct sources sources = {
        .reader = {.view = view, .part = ret}
    };
    judge_tool(&sources, request->tool_name);
    if (request->tool_args == NULL)
        return;
    ais_view_strings(view, ret, on_string, &sources);
    ais_sql_commands(&sources.reader);
    if (ret->unknown == NULL)
        ais_sql_calls(&sources.reader);
    ais_sql_operators(&sources.reader, request->tool_args, sources.role != 0);
}
