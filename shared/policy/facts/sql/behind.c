/* A glance at what stands behind a quote: behind most quotes of prose and of programs nothing continues a statement,
 * which the first few bytes tell, and then nothing is read. */
#include "shared/policy/facts/sql/reader.h"

static bool is_letter(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_';
}

static size_t skip_space(const char *text, size_t n, size_t i)
{
    while (i < n && ((unsigned char)text[i] <= ' ' || text[i] == 0x7f))
        i++;
    return i;
}

static size_t skip_name(const char *text, size_t n, size_t i)
{
    while (i < n && (is_letter(text[i]) || (text[i] >= '0' && text[i] <= '9') || text[i] == '$'))
        i++;
    return i;
}

/* What may be read as something else: wide spaces and letters, #names, comments that are run. */
static bool may_be_more(const char *text, size_t n, size_t i)
{
    return i < n &&
           ((unsigned char)text[i] >= 0x80 || text[i] == '#' || (text[i] == '/' && (i + 1 == n || text[i + 1] == '*')));
}

/* Whether what stands behind a name may make it a call: a parenthesis, or other names behind dots and then one. */
static bool may_be_call(const char *text, size_t n, size_t i)
{
    size_t open = skip_space(text, n, i);
    if (open < n && (text[open] == '(' || (text[open] != '#' && may_be_more(text, n, open))))
        return true;
    while (i < n && text[i] == '.') {
        size_t name = skip_space(text, n, i + 1);
        i = skip_name(text, n, name);
        if (may_be_more(text, n, i) || (i < n && text[i] == '(' && i > name))
            return true;
    }
    return false;
}

/* What may stand behind a quote, by its words. */
static const enum ais_sql_word continuing[] = { AIS_SQL_OR,      AIS_SQL_AND,       AIS_SQL_XOR,     AIS_SQL_HAVING,
                                                AIS_SQL_LIKE,    AIS_SQL_RLIKE,     AIS_SQL_REGEXP,  AIS_SQL_GLOB,
                                                AIS_SQL_BETWEEN, AIS_SQL_IN,        AIS_SQL_IS,      AIS_SQL_UNION,
                                                AIS_SQL_EXCEPT,  AIS_SQL_INTERSECT, AIS_SQL_WAITFOR, AIS_SQL_ORDER,
                                                AIS_SQL_GROUP,   AIS_SQL_INTO,      AIS_SQL_LIMIT,   AIS_SQL_NO_WORD };
static const enum ais_sql_word stating[] = { AIS_SQL_SELECT,  AIS_SQL_WAITFOR, AIS_SQL_DROP,     AIS_SQL_CREATE,
                                             AIS_SQL_ALTER,   AIS_SQL_DELETE,  AIS_SQL_UPDATE,   AIS_SQL_TRUNCATE,
                                             AIS_SQL_INSERT,  AIS_SQL_REPLACE, AIS_SQL_EXEC,     AIS_SQL_EXECUTE,
                                             AIS_SQL_DECLARE, AIS_SQL_SET,     AIS_SQL_SHUTDOWN, AIS_SQL_COPY,
                                             AIS_SQL_NO_WORD };
static const enum ais_sql_word querying[] = { AIS_SQL_SELECT, AIS_SQL_NO_WORD };
static const enum ais_sql_word calling[] = { AIS_SQL_NO_WORD };

/* Whether what stands at i may begin with one of the words, or with a call; what is no letter but may be more. */
static bool may_be_word(const char *text, size_t n, size_t i, const enum ais_sql_word *words)
{
    if (i < n && !is_letter(text[i]))
        return ais_sql_is_any(text[i], "-/") || may_be_more(text, n, i);
    size_t end = skip_name(text, n, i);
    enum ais_sql_word word = ais_sql_word_find(text + i, end - i);
    for (; *words != AIS_SQL_NO_WORD; words++)
        if (word == *words)
            return true;
    return end > i && may_be_call(text, n, end);
}

/* Signs that join values: a query, a call, or a quote that opens at the end makes them more than prose. */
static bool may_join(const char *text, size_t n, size_t i)
{
    while (i < n && ais_sql_is_any(text[i], "+*,=<>^%!"))
        i++;
    i = skip_space(text, n, i);
    if (i < n && text[i] == '(')
        return may_be_word(text, n, skip_space(text, n, i + 1), querying);
    size_t name = skip_name(text, n, i);
    bool reopens = name + 1 == n && ais_sql_is_any(text[name], "'\"`"); /* , ' and , N' */
    return reopens || (i < n && ais_sql_is_any(text[i], "|&$@\\")) || may_be_word(text, n, i, calling);
}

bool ais_sql_may_continue(const char *text, size_t n)
{
    n = n < AIS_SQL_BEHIND_MOST ? n : AIS_SQL_BEHIND_MOST;
    size_t i = 0;
    while (i < n && ((unsigned char)text[i] <= ' ' || text[i] == 0x7f || text[i] == ')'))
        i++;
    if (i == n)
        return false;
    if (text[i] == ';') {
        while (i < n && ((unsigned char)text[i] <= ' ' || text[i] == 0x7f || text[i] == ';'))
            i++;
        return may_be_word(text, n, i, stating);
    }
    if (text[i] == '(')
        return may_be_word(text, n, skip_space(text, n, i + 1), querying);
    if (ais_sql_is_any(text[i], "+*,=<>^%!"))
        return may_join(text, n, i);
    return ais_sql_is_any(text[i], "|&\\") || may_be_word(text, n, i, continuing);
}
