/* Texts as statements: where each begins and ends, and what is run of its strings. */
#include "shared/policy/facts/sql/reader.h"

#include <ctype.h>
#include <string.h>
#include <strings.h>

static const struct ais_sql_token *item(const struct ais_sql_tokens *tokens, size_t i)
{
    return &tokens->items[i];
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

/* The string that is the body of a function that is made: CREATE FUNCTION … AS $$ … $$; end when there is none. */
static size_t body_of(const struct ais_sql_tokens *tokens, size_t verb, size_t end, const char *label)
{
    if (strcmp(label, "CREATE FUNCTION") != 0 && strcmp(label, "CREATE PROCEDURE") != 0)
        return end;
    for (size_t i = verb; i + 1 < end; i++)
        if (ais_sql_is(tokens, i, AIS_SQL_AS) && item(tokens, i + 1)->kind == AIS_SQL_STRING)
            return i + 1;
    return end;
}

/* s varchar2(99) := 'DROP TABLE x'; SELECT 'DROP TABLE x' INTO @s: what is kept to be run. */
static bool keeps_text(const struct ais_sql_tokens *tokens, enum ais_sql_word verb, size_t begin, size_t end)
{
    for (size_t i = begin; i + 1 < end; i++) {
        if (verb == AIS_SQL_SELECT
                ? ais_sql_is(tokens, i, AIS_SQL_INTO) && item(tokens, i + 1)->kind == AIS_SQL_VARIABLE
                : ais_sql_is_sign(tokens, i, ":=") && item(tokens, i + 1)->kind == AIS_SQL_STRING)
            return true;
    }
    return false;
}

/* Whether a statement keeps what stands in its strings, for one that runs it. */
static bool is_kept(const struct ais_sql_tokens *tokens, size_t verb, size_t end)
{
    enum ais_sql_word word = (enum ais_sql_word)item(tokens, verb)->word;
    switch (word) {
    case AIS_SQL_DO: return true;
    case AIS_SQL_SET:
    case AIS_SQL_DECLARE:
        return (verb + 1 < end && item(tokens, verb + 1)->kind == AIS_SQL_VARIABLE) ||
               keeps_text(tokens, word, verb, end);
    case AIS_SQL_BEGIN:
    case AIS_SQL_SELECT: return keeps_text(tokens, word, verb, end);
    default: return false;
    }
}

static bool executes(enum ais_sql_word word)
{
    return word == AIS_SQL_EXEC || word == AIS_SQL_EXECUTE || word == AIS_SQL_PREPARE;
}

static void read_statement(struct ais_sql_reader *reader, const struct ais_sql_tokens *tokens, size_t begin, size_t end,
                           bool mysql, unsigned depth)
{
    const char *label;
    size_t verb = find_verb(tokens, begin, end);
    struct ais_sql_variable *variable = ais_sql_assign(reader, tokens, verb, end, mysql);
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
    size_t body = body_of(tokens, verb, end, label);
    if (body < end)
        ais_sql_run(reader, tokens, body, body + 1, mysql);
    else if (executes(word))
        ais_sql_execute(reader, tokens, verb, end, mysql);
    else if (is_kept(tokens, verb, end)) {
        bool states = ais_sql_run(reader, tokens, begin, end, mysql);
        if (variable != NULL) {
            variable->read = true;
            variable->states = states;
        }
    }
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
        return ais_sql_is_object(tokens, i + 1) && first != AIS_SQL_ALTER && first != AIS_SQL_GRANT &&
               first != AIS_SQL_REVOKE;
    case AIS_SQL_TRUNCATE: return next == AIS_SQL_TABLE && first != AIS_SQL_GRANT && first != AIS_SQL_REVOKE;
    case AIS_SQL_DELETE: return next == AIS_SQL_FROM && !introduced && !ais_sql_is_sign(tokens, i - 1, "(");
    case AIS_SQL_WAITFOR: return next == AIS_SQL_DELAY;
    case AIS_SQL_EXEC:
    case AIS_SQL_EXECUTE:
        return ais_sql_is_named(tokens, i + 1, end) || next == AIS_SQL_IMMEDIATE || ais_sql_is_sign(tokens, i + 1, "(");
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
    bool judged = tokens->text != NULL && tokens->text == text && tokens->dialect == dialect;
    if (!judged) /* else they were read for that */
        lex(reader, text, n, dialect, tokens);
    bool differs = tokens->differs;
    if (reader->depth == 0) {
        reader->variable_count = 0;
        reader->lost_variables = false;
    }
    read_all(reader, tokens, dialect == AIS_SQL_MYSQL);
    if (reader->depth == 0)
        ais_sql_end_variables(reader, dialect == AIS_SQL_MYSQL);
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
    bool differs = read_as(reader, text, n, first, broken, &tokens);
    if (differs && dialect == AIS_SQL_EITHER)
        read_as(reader, text, n, AIS_SQL_MYSQL, broken, &tokens);
    else if (first == AIS_SQL_STANDARD && tokens.hides)
        read_as(reader, text, n, AIS_SQL_SQLITE, broken, &tokens);
    if (reader->depth == 0)
        reader->tokens = tokens;
    else
        reader->within += tokens.work;
}
