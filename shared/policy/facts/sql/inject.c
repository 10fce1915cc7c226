/* Values that continue the statement they are put into: a quote that closes, then what only SQL says. Structure
 * decides, not words: "O'Brien", "rock 'n' roll" and "drop table reservations please" continue nothing. */
#include "shared/policy/facts/sql/reader.h"

#include <string.h>
#include <strings.h>

enum {
    STRINGS_MOST = 16,      /* of a statement that look broken */
    VALUE_MOST = 256 << 10, /* bytes of a value */
    BYTES_A_STEP = 8,       /* of a value, in which quotes are looked for */
    STEPS_A_QUOTE = 24,     /* to see whether something may continue behind it */
};

/* ---- what only SQL says ---- */

/* Functions by which attackers are known; prose has none of these before a parenthesis. */
static const char *const strong[] = {
    "sleep",       "pg_sleep",     "benchmark",       "load_file",    "extractvalue",   "updatexml",
    "xp_cmdshell", "xp_dirtree",   "xmltype",         "randomblob",   "load_extension", "pg_read_file",
    "lo_import",   "lo_export",    "query_to_xml",    "group_concat", "concat_ws",      "unhex",
    "name_const",  "substr",       "substring",       "ascii",        "sqlite_version", "current_setting",
    "pg_ls_dir",   "table_to_xml", "waitfor",         "openrowset",   "make_set",       "json_keys",
    "char_length", "make_set",     "generate_series",
};
/* The same where the parenthesis follows at once. */
static const char *const weak[] = {
    "char",   "chr",          "concat",       "hex",         "ord",     "mid",       "md5",
    "sha1",   "count",        "version",      "database",    "user",    "convert",   "cast",
    "if",     "iif",          "elt",          "exp",         "floor",   "rand",      "length",
    "len",    "current_user", "session_user", "system_user", "db_name", "user_name", "host_name",
    "nullif", "coalesce",     "exists",       "left",        "right",   "lower",     "upper",
};

static const struct ais_sql_token *item(const struct ais_sql_tokens *t, size_t i)
{
    return &t->items[i];
}

static bool is_kind(const struct ais_sql_tokens *t, size_t i, enum ais_sql_kind kind)
{
    return i < t->count && item(t, i)->kind == kind;
}

static bool is_one_of(const struct ais_sql_tokens *t, size_t i, const char *const *names, size_t n)
{
    for (size_t k = 0; k < n; k++)
        if (item(t, i)->length == strlen(names[k]) &&
            strncasecmp(t->text + item(t, i)->at, names[k], item(t, i)->length) == 0)
            return true;
    return false;
}

/* A call: of a known function, or of a member (utl_inaddr.get_host_address(, this.password.match(). */
static bool is_call(const struct ais_sql_tokens *t, size_t i)
{
    if (!is_kind(t, i, AIS_SQL_NAME))
        return false;
    if (ais_sql_is_sign(t, i + 1, "("))
        return is_one_of(t, i, strong, N_ELEMS(strong)) ||
               (item(t, i + 1)->adjacent && is_one_of(t, i, weak, N_ELEMS(weak)));
    size_t to = i + 1;
    while (ais_sql_is_sign(t, to, ".") && item(t, to)->adjacent && is_kind(t, to + 1, AIS_SQL_NAME) && to < i + 16)
        to += 2;
    return to > i + 1 && ais_sql_is_sign(t, to, "(") && item(t, to)->adjacent;
}

static bool is_literal(const struct ais_sql_tokens *t, size_t i)
{
    return is_kind(t, i, AIS_SQL_NUMBER) || is_kind(t, i, AIS_SQL_STRING) || is_kind(t, i, AIS_SQL_QUOTED) ||
           ais_sql_is(t, i, AIS_SQL_TRUE) || ais_sql_is(t, i, AIS_SQL_FALSE) || ais_sql_is(t, i, AIS_SQL_NULL) ||
           (is_kind(t, i, AIS_SQL_VARIABLE) && item(t, i)->length > 1);
}

static bool is_comparison(const struct ais_sql_tokens *t, size_t i)
{
    static const char *const signs[] = { "=", "==", "<=>", "<", ">", "<=", ">=", "<>", "!=", "^=", "^" };
    for (size_t k = 0; k < N_ELEMS(signs); k++)
        if (ais_sql_is_sign(t, i, signs[k]))
            return true;
    return false;
}

static bool is_comparing_word(const struct ais_sql_tokens *t, size_t i)
{
    return ais_sql_is(t, i, AIS_SQL_LIKE) || ais_sql_is(t, i, AIS_SQL_RLIKE) || ais_sql_is(t, i, AIS_SQL_REGEXP) ||
           ais_sql_is(t, i, AIS_SQL_GLOB) || ais_sql_is(t, i, AIS_SQL_BETWEEN) || ais_sql_is(t, i, AIS_SQL_IN) ||
           ais_sql_is(t, i, AIS_SQL_IS);
}

/* Whether a token is neither a word of the language nor a sign: most are. */
static bool is_value_or_name(const struct ais_sql_tokens *t, size_t i)
{
    return i >= t->count || (item(t, i)->word == AIS_SQL_NO_WORD && item(t, i)->kind != AIS_SQL_SIGN);
}

static bool is_logic(const struct ais_sql_tokens *t, size_t i)
{
    if (is_value_or_name(t, i))
        return false;
    return ais_sql_is(t, i, AIS_SQL_OR) || ais_sql_is(t, i, AIS_SQL_AND) || ais_sql_is(t, i, AIS_SQL_XOR) ||
           ais_sql_is(t, i, AIS_SQL_HAVING) || ais_sql_is_sign(t, i, "||") || ais_sql_is_sign(t, i, "&&") ||
           ais_sql_is_sign(t, i, "|") || ais_sql_is_sign(t, i, "&");
}

static bool is_query(const struct ais_sql_tokens *t, size_t i);

/* What follows a sign of logic and makes it one. */
static bool is_condition(const struct ais_sql_tokens *t, size_t i)
{
    while (ais_sql_is(t, i, AIS_SQL_NOT) || ais_sql_is(t, i, AIS_SQL_EXISTS) || ais_sql_is_sign(t, i, "(") ||
           ais_sql_is_sign(t, i, "-") || ais_sql_is_sign(t, i, "!") || ais_sql_is_sign(t, i, "~"))
        i++;
    if (is_call(t, i) || is_query(t, i) || (ais_sql_is(t, i, AIS_SQL_CASE) && ais_sql_is(t, i + 1, AIS_SQL_WHEN)))
        return true;
    bool literal = is_literal(t, i), closed = i + 1 >= t->count || is_kind(t, i + 1, AIS_SQL_REMARK);
    if (literal && (item(t, i)->open || (closed && t->count > i + 1)))
        return true; /* or 1--, or ' */
    if (!literal && !is_kind(t, i, AIS_SQL_NAME))
        return false;
    while (ais_sql_is_sign(t, i + 1, ".") && is_kind(t, i + 2, AIS_SQL_NAME))
        i += 2;
    for (i++; ais_sql_is_sign(t, i, ")"); i++)
        ;
    bool compares = is_comparison(t, i), words = is_comparing_word(t, i);
    i++;
    while (ais_sql_is_sign(t, i, "(") || ais_sql_is_sign(t, i, "-") || ais_sql_is(t, i, AIS_SQL_NOT))
        i++;
    bool value = is_literal(t, i) || is_call(t, i) || is_query(t, i);
    return (compares && (value || i >= t->count || is_kind(t, i, AIS_SQL_NAME))) || (words && value);
}

/* SELECT with a list that prose has not: a sign, a number, a call, a string. */
static bool is_query(const struct ais_sql_tokens *t, size_t i)
{
    if (!ais_sql_is(t, i, AIS_SQL_SELECT))
        return false;
    i++;
    while (ais_sql_is(t, i, AIS_SQL_DISTINCT) || ais_sql_is(t, i, AIS_SQL_ALL) || ais_sql_is(t, i, AIS_SQL_CASE))
        i++;
    return ais_sql_is_sign(t, i, "*") || ais_sql_is_sign(t, i, "(") || is_literal(t, i) || is_call(t, i) ||
           (is_kind(t, i, AIS_SQL_NAME) &&
            (ais_sql_is_sign(t, i + 1, ",") || ais_sql_is(t, i + 1, AIS_SQL_FROM) || ais_sql_is_sign(t, i + 1, "(")));
}

static bool is_union(const struct ais_sql_tokens *t, size_t i)
{
    if (!ais_sql_is(t, i, AIS_SQL_UNION) && !ais_sql_is(t, i, AIS_SQL_EXCEPT) && !ais_sql_is(t, i, AIS_SQL_INTERSECT))
        return false;
    i += ais_sql_is(t, i + 1, AIS_SQL_ALL) || ais_sql_is(t, i + 1, AIS_SQL_DISTINCT) ? 2 : 1;
    while (ais_sql_is_sign(t, i, "("))
        i++;
    return is_query(t, i) || (ais_sql_is(t, i, AIS_SQL_SELECT) && i + 1 >= t->count) ||
           (ais_sql_is(t, i, AIS_SQL_VALUES) && ais_sql_is_sign(t, i + 1, "("));
}

static bool is_delay(const struct ais_sql_tokens *t, size_t i)
{
    return ais_sql_is(t, i, AIS_SQL_WAITFOR) && ais_sql_is(t, i + 1, AIS_SQL_DELAY) &&
           (is_kind(t, i + 2, AIS_SQL_STRING) || is_kind(t, i + 2, AIS_SQL_VARIABLE));
}

/* EXEC xp_cmdshell 'dir', EXEC(…), EXEC @x: no "exec summary". */
static bool is_execution(const struct ais_sql_tokens *t, size_t i)
{
    if (is_kind(t, i, AIS_SQL_VARIABLE) || ais_sql_is_sign(t, i, "("))
        return true;
    if (!is_kind(t, i, AIS_SQL_NAME))
        return false;
    const char *name = t->text + item(t, i)->at;
    bool stored = item(t, i)->length > 3 && (strncasecmp(name, "xp_", 3) == 0 || strncasecmp(name, "sp_", 3) == 0);
    return stored || is_kind(t, i + 1, AIS_SQL_STRING) || is_kind(t, i + 1, AIS_SQL_VARIABLE) ||
           (ais_sql_is_sign(t, i + 1, ".") && item(t, i + 1)->adjacent);
}

/* A statement behind a semicolon, told from prose by its form. */
static bool is_statement(struct ais_sql_reader *reader, const struct ais_sql_tokens *t, size_t i)
{
    const char *label;
    if (i >= t->count || is_query(t, i) || is_delay(t, i))
        return i < t->count;
    enum ais_sql_word word = (enum ais_sql_word)item(t, i)->word;
    switch (word) {
    case AIS_SQL_DROP:
    case AIS_SQL_CREATE:
    case AIS_SQL_ALTER:
    case AIS_SQL_DELETE:
    case AIS_SQL_UPDATE:
    case AIS_SQL_TRUNCATE: return ais_sql_name(reader, t, i, t->count, &label) > 0;
    case AIS_SQL_INSERT: return ais_sql_is(t, i + 1, AIS_SQL_INTO);
    case AIS_SQL_REPLACE: return ais_sql_is(t, i + 1, AIS_SQL_INTO) || ais_sql_is_sign(t, i + 2, "(");
    case AIS_SQL_EXEC:
    case AIS_SQL_EXECUTE: return is_execution(t, i + 1);
    case AIS_SQL_DECLARE:
    case AIS_SQL_SET: return is_kind(t, i + 1, AIS_SQL_VARIABLE);
    case AIS_SQL_SHUTDOWN:
        return i + 1 >= t->count || ais_sql_is(t, i + 1, AIS_SQL_WITH) || !is_kind(t, i + 1, AIS_SQL_NAME);
    case AIS_SQL_COPY:
        return is_kind(t, i + 1, AIS_SQL_NAME) &&
               (ais_sql_is(t, i + 2, AIS_SQL_FROM) || ais_sql_is(t, i + 2, AIS_SQL_TO));
    default: return is_call(t, i);
    }
}

static bool ends_with_remark(const struct ais_sql_tokens *t)
{
    return t->count > 0 && (item(t, t->count - 1)->kind == AIS_SQL_REMARK || item(t, t->count - 1)->open);
}

/* ORDER BY 3--, GROUP BY x HAVING 1=1, LIMIT 0,1 INTO OUTFILE: clauses that end a statement. */
static bool is_clause(const struct ais_sql_tokens *t, size_t i)
{
    bool sorts =
        (ais_sql_is(t, i, AIS_SQL_ORDER) || ais_sql_is(t, i, AIS_SQL_GROUP)) && ais_sql_is(t, i + 1, AIS_SQL_BY);
    if (sorts)
        return (is_literal(t, i + 2) || is_call(t, i + 2) || ais_sql_is_sign(t, i + 3, ",") ||
                is_kind(t, i + 3, AIS_SQL_REMARK)) &&
               (ends_with_remark(t) || is_call(t, i + 2) || is_call(t, i + 4));
    if (ais_sql_is(t, i, AIS_SQL_INTO))
        return ais_sql_is(t, i + 1, AIS_SQL_OUTFILE) || ais_sql_is(t, i + 1, AIS_SQL_DUMPFILE);
    return ais_sql_is(t, i, AIS_SQL_LIMIT) && is_kind(t, i + 1, AIS_SQL_NUMBER) && ends_with_remark(t);
}

/* A comment that cuts off what follows the value: empty, or a block. */
static bool is_cut(const struct ais_sql_tokens *t, size_t i)
{
    if (!is_kind(t, i, AIS_SQL_REMARK))
        return false;
    const struct ais_sql_token *remark = item(t, i);
    const char *sign = t->text + remark->at - 1;
    return *sign == '*' || t->empty_remark;
}

/* ---- a value, from where its quote closes ---- */

static bool continues(struct ais_sql_reader *reader, const struct ais_sql_tokens *t, size_t i, bool closed)
{
    while (ais_sql_is_sign(t, i, ")"))
        i++;
    if (i >= t->count)
        return false;
    if ((closed || i > 0) && is_cut(t, i))
        return true;
    while (is_kind(t, i, AIS_SQL_REMARK))
        i++;
    if (is_logic(t, i) || is_comparing_word(t, i))
        return is_condition(t, i + 1);
    if (ais_sql_is_sign(t, i, ";")) {
        while (ais_sql_is_sign(t, i, ";") || is_kind(t, i, AIS_SQL_REMARK))
            i++;
        return is_statement(reader, t, i);
    }
    if (is_union(t, i) || is_delay(t, i) || is_clause(t, i) || (is_call(t, i) && item(t, i + 1)->adjacent))
        return true;
    if (ais_sql_is_sign(t, i, "(") && is_query(t, i + 1))
        return true;
    static const char *const signs[] = { "+", "-", "*", "/",  "||", ",",   "=", "<",
                                         ">", "^", "%", "<>", "!=", "<=>", "&", "|" };
    for (size_t k = 0; closed && k < N_ELEMS(signs); k++) {
        if (!ais_sql_is_sign(t, i, signs[k]))
            continue;
        bool query = ais_sql_is_sign(t, i + 1, "(") && is_query(t, i + 2);
        bool reopened = is_kind(t, i + 1, AIS_SQL_STRING) && item(t, i + 1)->open && item(t, i + 1)->length == 0;
        return query || reopened || is_call(t, i + 1);
    }
    return false;
}

/* Anywhere in a value without quotes: what nobody writes by chance. */
static bool has_signature(struct ais_sql_reader *reader, const struct ais_sql_tokens *t)
{
    for (size_t i = 0; i < t->count; i++) {
        if (is_value_or_name(t, i))
            continue;
        bool logic = is_logic(t, i),
             compares = logic && is_literal(t, i + 1) && is_comparison(t, i + 2) && is_literal(t, i + 3);
        size_t inner = i + 1;
        while (logic && ais_sql_is_sign(t, inner, "("))
            inner++;
        bool calls = logic && (is_call(t, i + 1) || (inner > i + 1 && is_query(t, inner)));
        if (is_union(t, i) || is_delay(t, i) || compares || calls)
            return true;
        if (ais_sql_is_sign(t, i, ";") && is_statement(reader, t, i + 1) && i > 0)
            return true;
    }
    return false;
}

static size_t skip_value(const struct ais_sql_tokens *t)
{
    size_t i = 0;
    while (ais_sql_is_sign(t, i, "-") || ais_sql_is_sign(t, i, "+") || ais_sql_is_sign(t, i, "."))
        i++;
    return is_literal(t, i) || is_kind(t, i, AIS_SQL_VARIABLE) || ais_sql_is_sign(t, i, "*") ? i + 1 : 0;
}

/* A string stuck to what stands before it: a quote too many. */
static bool is_stuck(const struct ais_sql_tokens *t, size_t i)
{
    return i > 0 && is_kind(t, i, AIS_SQL_STRING) && item(t, i)->adjacent &&
           (is_kind(t, i - 1, AIS_SQL_NUMBER) ||
            (is_kind(t, i - 1, AIS_SQL_NAME) && item(t, i - 1)->word == AIS_SQL_NO_WORD));
}

/* A whole condition (name = 'x' or name = 'y'), as arguments that filter have: nothing of it is open. */
static bool is_filter(const struct ais_sql_tokens *t)
{
    size_t i = 0;
    while (is_kind(t, i, AIS_SQL_NAME) && ais_sql_is_sign(t, i + 1, "."))
        i += 2;
    bool begins = is_kind(t, i, AIS_SQL_NAME) && item(t, i)->word == AIS_SQL_NO_WORD &&
                  (is_comparison(t, i + 1) || is_comparing_word(t, i + 1));
    if (!begins || t->stray || t->open_remark || ends_with_remark(t))
        return false;
    for (; i < t->count; i++)
        if (ais_sql_is_sign(t, i, ";") || is_kind(t, i, AIS_SQL_REMARK) || is_stuck(t, i))
            return false;
    return true;
}

/* A whole statement is what it is, and no continuation of another. */
static bool selects_from(const struct ais_sql_tokens *t)
{
    bool from = false;
    for (size_t i = 1; i < t->count && !from; i++)
        from = ais_sql_is(t, i, AIS_SQL_FROM) && is_kind(t, i + 1, AIS_SQL_NAME);
    return from;
}

bool ais_sql_is_query(struct ais_sql_reader *reader, const char *text, size_t n)
{
    ais_sql_lex(reader->view, text, n < AIS_SQL_BEHIND_MOST ? n : AIS_SQL_BEHIND_MOST, AIS_SQL_STANDARD, true,
                &reader->continued);
    return is_query(&reader->continued, 0) && selects_from(&reader->continued);
}

/* The value as it stands where a number is wanted, or the rest of a statement. */
static bool is_bare(struct ais_sql_reader *reader, const char *text, size_t n, enum ais_sql_dialect dialect)
{
    struct ais_sql_tokens *t = &reader->continued;
    ais_sql_lex(reader->view, text, n, dialect, true, t);
    if (is_filter(t))
        return has_signature(reader, t) || ais_sql_condition(t, 0, t->count, false) == AIS_SQL_ALWAYS;
    size_t value = skip_value(t);
    if (value > 0 && !is_kind(t, value, AIS_SQL_REMARK) && continues(reader, t, value, false))
        return true;
    return continues(reader, t, 0, false) || (is_query(t, 0) && !selects_from(t)) || has_signature(reader, t);
}

static bool is_closed(struct ais_sql_reader *reader, const char *text, size_t n, enum ais_sql_dialect dialect)
{
    ais_sql_lex(reader->view, text, n < AIS_SQL_BEHIND_MOST ? n : AIS_SQL_BEHIND_MOST, dialect, true,
                &reader->continued);
    return continues(reader, &reader->continued, 0, true);
}

static bool injects_as(struct ais_sql_reader *reader, const char *text, size_t n, enum ais_sql_dialect dialect)
{
    if (is_bare(reader, text, n, dialect))
        return true;
    if (is_filter(&reader->continued))
        return false;
    struct ais_part *part = &reader->view->parts[AIS_PART_SQL]; /* as what reads the windows does */
    if (!ais_part_spend(reader->view, part, n / BYTES_A_STEP))
        return false;
    for (const char *quote = "'\"`"; *quote != '\0'; quote++) {
        const char *at = text, *end = text + n;
        while ((at = memchr(at, *quote, (size_t)(end - at))) != NULL) {
            at++;
            if (ais_sql_may_continue(at, (size_t)(end - at)) && is_closed(reader, at, (size_t)(end - at), dialect))
                return true;
            if (!ais_part_spend(reader->view, part, STEPS_A_QUOTE))
                return false;
        }
    }
    return false;
}

static int hex_value(char c)
{
    if (c >= '0' && c <= '9')
        return c - '0';
    c |= 0x20;
    return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

/* Percent escapes as a form sends them; NULL when there are none. */
static const char *unescaped(struct ais_sql_reader *reader, const char *text, size_t n, size_t *ret_n)
{
    if (n < 3 || memchr(text, '%', n - 2) == NULL)
        return NULL;
    char *copy = ais_view_alloc(reader->view, n);
    size_t made = 0;
    for (size_t i = 0; copy != NULL && i < n; i++) {
        int high = text[i] == '%' && i + 2 < n ? hex_value(text[i + 1]) : -1;
        int low = high >= 0 ? hex_value(text[i + 2]) : -1;
        char c = text[i];
        if (low >= 0) {
            c = (char)(16 * high + low);
            i += 2;
        }
        copy[made++] = c;
    }
    *ret_n = made;
    return copy != NULL && made < n ? copy : NULL;
}

bool ais_sql_injects(struct ais_sql_reader *reader, const char *text, size_t n)
{
    size_t length;
    if (n > VALUE_MOST) {
        reader->part->unknown = "a value of more than 256 KiB";
        n = VALUE_MOST;
    }
    const char *plain = unescaped(reader, text, n, &length);
    if (injects_as(reader, text, n, AIS_SQL_STANDARD) || injects_as(reader, text, n, AIS_SQL_MYSQL))
        return true;
    return plain != NULL &&
           (injects_as(reader, plain, length, AIS_SQL_STANDARD) || injects_as(reader, plain, length, AIS_SQL_MYSQL));
}

/* ---- statements that were continued already ---- */

bool ais_sql_is_broken(struct ais_sql_reader *reader, const struct ais_sql_tokens *t)
{
    bool open = t->count > 0 && item(t, t->count - 1)->open, stuck = false;
    for (size_t i = 1; i < t->count && !stuck; i++)
        stuck = is_stuck(t, i);
    if (!open && !stuck && !t->open_remark && !t->stray && !t->empty_remark)
        return false;
    if (has_signature(reader, t))
        return true;
    size_t looked = 0;
    for (size_t i = 0; i < t->count && looked < STRINGS_MOST; i++) {
        if (!is_kind(t, i, AIS_SQL_STRING))
            continue;
        looked++;
        size_t n = item(t, i)->length < AIS_SQL_BEHIND_MOST ? item(t, i)->length : AIS_SQL_BEHIND_MOST;
        if (ais_sql_injects(reader, t->text + item(t, i)->at, n))
            return true;
    }
    return false;
}
