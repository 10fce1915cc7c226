/* Where words, quotes, substitutions and here-documents end. */
#include "shared/policy/facts/shell/shell.h"

#include <string.h>

/* What one look for an end may cost: calls within each other, those that mind here-documents, and bytes of a line whose
 * quotes are minded (none of the looks behind these goes into substitutions, so that no text is looked at again and
 * again). */
enum { NESTING_MOST = 48, DOCUMENTS_WITHIN = 2, CASE_MOST = 256, LINE_MOST = 4096, DELIMITER_MOST = 64 };

#define FOUR(a, b, c, d, kinds) [a] = (kinds), [b] = (kinds), [c] = (kinds), [d] = (kinds)

const uint16_t ais_shell_byte_kinds[256] = {
    FOUR(' ', '\t', '\r', '\v', AIS_SHELL_BLANK | AIS_SHELL_ENDS),
    ['\f'] = AIS_SHELL_BLANK | AIS_SHELL_ENDS,
    FOUR('\n', ';', '&', '|', AIS_SHELL_ENDS),
    ['('] = AIS_SHELL_ENDS,
    [')'] = AIS_SHELL_ENDS,
    ['<'] = AIS_SHELL_ENDS | AIS_SHELL_ANGLE,
    ['>'] = AIS_SHELL_ENDS | AIS_SHELL_ANGLE,
    FOUR('\\', '\'', '"', '`', AIS_SHELL_QUOTES),
    ['$'] = AIS_SHELL_QUOTES,
    ['*'] = AIS_SHELL_WILDCARD,
    ['?'] = AIS_SHELL_WILDCARD,
    ['['] = AIS_SHELL_WILDCARD | AIS_SHELL_INITIAL,
    ['{'] = AIS_SHELL_BRACE | AIS_SHELL_INITIAL,
    ['}'] = AIS_SHELL_INITIAL,
    ['!'] = AIS_SHELL_INITIAL,
    ['_'] = AIS_SHELL_LETTER,
    FOUR('c', 'd', 'e', 'f', AIS_SHELL_LETTER | AIS_SHELL_INITIAL),
    FOUR('i', 's', 't', 'u', AIS_SHELL_LETTER | AIS_SHELL_INITIAL),
    ['w'] = AIS_SHELL_LETTER | AIS_SHELL_INITIAL,
    FOUR('a', 'b', 'g', 'h', AIS_SHELL_LETTER),
    FOUR('j', 'k', 'l', 'm', AIS_SHELL_LETTER),
    FOUR('n', 'o', 'p', 'q', AIS_SHELL_LETTER),
    FOUR('r', 'v', 'x', 'y', AIS_SHELL_LETTER),
    ['z'] = AIS_SHELL_LETTER,
    FOUR('A', 'B', 'C', 'D', AIS_SHELL_LETTER),
    FOUR('E', 'F', 'G', 'H', AIS_SHELL_LETTER),
    FOUR('I', 'J', 'K', 'L', AIS_SHELL_LETTER),
    FOUR('M', 'N', 'O', 'P', AIS_SHELL_LETTER),
    FOUR('Q', 'R', 'S', 'T', AIS_SHELL_LETTER),
    FOUR('U', 'V', 'W', 'X', AIS_SHELL_LETTER),
    ['Y'] = AIS_SHELL_LETTER,
    ['Z'] = AIS_SHELL_LETTER,
    FOUR('0', '1', '2', '3', AIS_SHELL_DIGIT),
    FOUR('4', '5', '6', '7', AIS_SHELL_DIGIT),
    ['8'] = AIS_SHELL_DIGIT,
    ['9'] = AIS_SHELL_DIGIT,
};

#undef FOUR

bool ais_shell_one_of(const char *set, char c)
{
    return c != '\0' && strchr(set, c) != NULL;
}

static size_t least(size_t i, size_t n)
{
    return i < n ? i : n;
}

static size_t skip_double(const char *text, size_t n, size_t i, unsigned nesting);
static size_t skip_paren(const char *text, size_t n, size_t i, unsigned nesting);
static size_t skip_brace(const char *text, size_t n, size_t i, unsigned nesting);

size_t ais_shell_skip_single(const char *text, size_t n, size_t i, bool escapes)
{
    while (i < n && text[i] != '\'')
        i += escapes && text[i] == '\\' ? 2 : 1;
    return least(i + 1, n);
}

size_t ais_shell_skip_backtick(const char *text, size_t n, size_t i)
{
    while (i < n && text[i] != '`')
        i += text[i] == '\\' ? 2 : 1;
    return least(i + 1, n);
}

/* A dollar sign at i, and what belongs to it and can hold anything. */
static size_t skip_dollar(const char *text, size_t n, size_t i, bool quoted, unsigned nesting)
{
    char next = ais_shell_at(text, n, i + 1);
    if (next == '(')
        return skip_paren(text, n, i + 2, nesting + 1);
    if (next == '{')
        return skip_brace(text, n, i + 2, nesting + 1);
    if (next == '\'' && !quoted)
        return ais_shell_skip_single(text, n, i + 2, true);
    return i + 1;
}

static size_t skip_double(const char *text, size_t n, size_t i, unsigned nesting)
{
    if (nesting > NESTING_MOST)
        return n;
    while (i < n && text[i] != '"') {
        if (text[i] == '\\')
            i += 2;
        else if (text[i] == '$')
            i = skip_dollar(text, n, i, true, nesting);
        else if (text[i] == '`')
            i = ais_shell_skip_backtick(text, n, i + 1);
        else
            i++;
    }
    return least(i + 1, n);
}

/* Whatever is quoted or substituted at i; i when nothing is. */
static size_t skip_special(const char *text, size_t n, size_t i, unsigned nesting)
{
    if (!ais_shell_is_any(text[i], AIS_SHELL_QUOTES))
        return i;
    switch (text[i]) {
    case '\\': return least(i + 2, n);
    case '\'': return ais_shell_skip_single(text, n, i + 1, false);
    case '"': return skip_double(text, n, i + 1, nesting + 1);
    case '`': return ais_shell_skip_backtick(text, n, i + 1);
    case '$': return skip_dollar(text, n, i, false, nesting);
    default: return i;
    }
}

static size_t skip_brace(const char *text, size_t n, size_t i, unsigned nesting)
{
    if (nesting > NESTING_MOST)
        return n;
    while (i < n && text[i] != '}') {
        size_t end = skip_special(text, n, i, nesting);
        i = end > i ? end : i + 1;
    }
    return least(i + 1, n);
}

static bool word_at(const char *text, size_t n, size_t i, const char *word)
{
    size_t length = strlen(word);
    return i + length <= n && memcmp(text + i, word, length) == 0 &&
           (i + length == n || ais_shell_ends_word(text[i + length])) && (i == 0 || ais_shell_ends_word(text[i - 1]));
}

/* Whether `case WORD in` stands at i: its patterns end with a parenthesis that closes nothing. */
static bool case_at(const char *text, size_t n, size_t i)
{
    if (!word_at(text, n, i, "case"))
        return false;
    size_t end = least(i + CASE_MOST, n);
    for (i += 4; i < end && text[i] != '\n' && text[i] != ';'; i++)
        if (text[i] == 'i' && word_at(text, n, i, "in"))
            return true;
    return false;
}

static size_t skip_paren(const char *text, size_t n, size_t i, unsigned nesting)
{
    unsigned open = 1, cases = 0;
    size_t document_end = 0;
    if (nesting > NESTING_MOST)
        return n;
    while (i < n) {
        size_t end = skip_special(text, n, i, nesting);
        if (end > i) {
            i = end;
            continue;
        }
        char c = text[i];
        if (c == '#' && i > 0 && ais_shell_ends_word(text[i - 1]) && text[i - 1] != '(') {
            const char *line = memchr(text + i, '\n', n - i);
            i = line != NULL ? (size_t)(line - text) : n;
        } else if (c == '<' && i + 2 < n && text[i + 1] == '<' && text[i + 2] != '<' && text[i + 2] != '(' &&
                   nesting <= DOCUMENTS_WITHIN) {
            struct ais_shell_document document;
            ais_shell_document(text, n, i + 2, document_end, &document);
            document_end = document.end;
            i = document.next;
        } else if (c == '\n' && document_end > 0) {
            i = document_end;
            document_end = 0;
        } else if (c == 'c' && cases < NESTING_MOST && case_at(text, n, i)) {
            cases++;
            i += 4;
        } else if (c == 'e' && cases > 0 && word_at(text, n, i, "esac")) {
            cases--;
            i += 4;
        } else if (c == ')' && open == 1 && cases > 0) {
            i++;
        } else if (c == ')' && --open == 0) {
            return i + 1;
        } else {
            open += c == '(';
            i++;
        }
    }
    return n;
}

size_t ais_shell_skip_double(const char *text, size_t n, size_t i)
{
    return skip_double(text, n, i, 0);
}

size_t ais_shell_skip_paren(const char *text, size_t n, size_t i)
{
    return skip_paren(text, n, i, 0);
}

size_t ais_shell_skip_brace(const char *text, size_t n, size_t i)
{
    return skip_brace(text, n, i, 0);
}

size_t ais_shell_seek(const char *text, size_t n, size_t i, const char *set)
{
    while (i < n && !ais_shell_one_of(set, text[i])) {
        size_t end = skip_special(text, n, i, 0);
        i = end > i ? end : i + 1;
    }
    return least(i, n);
}

size_t ais_shell_seek_bracket(const char *text, size_t n, size_t i, bool within)
{
    unsigned open = 1;
    for (i = ais_shell_seek(text, n, i, "[];&|\n"); i < n; i = ais_shell_seek(text, n, i + 1, "[];&|\n")) {
        if (text[i] == ']' && --open == 0)
            return i;
        open += text[i] == '[';
        if (text[i] != '[' && text[i] != ']' && !within)
            return n;
    }
    return n;
}

size_t ais_shell_skip_word(const char *text, size_t n, size_t i)
{
    size_t begin = i;
    while (i < n) {
        if (!ais_shell_is_any(text[i], AIS_SHELL_ENDS | AIS_SHELL_QUOTES)) {
            i++;
            continue;
        }
        size_t end = skip_special(text, n, i, 0);
        if (end > i)
            i = end;
        else if ((text[i] == '<' || text[i] == '>') && i + 1 < n && text[i + 1] == '(')
            i = skip_paren(text, n, i + 2, 0);
        else if (text[i] == '(' && i > begin && ais_shell_one_of("?*+@!", text[i - 1]))
            i = skip_paren(text, n, i + 1, 0); /* an extended glob */
        else
            return i;
    }
    return n;
}

/* ---- here-documents ---- */

/* The word that ends it, without its quotes. Longer ones than the buffer end at the end of the text. */
static size_t read_delimiter(const char *text, size_t n, char ret[DELIMITER_MOST], bool *ret_quoted)
{
    size_t length = 0;
    *ret_quoted = false;
    for (size_t i = 0; i < n; i++) {
        bool quote = text[i] == '\'' || text[i] == '"' || text[i] == '\\';
        *ret_quoted = *ret_quoted || quote;
        if (quote || length == DELIMITER_MOST)
            continue;
        ret[length++] = text[i];
    }
    return length;
}

/* Behind a quote at i, or i: without a look at what may be substituted in it. */
static size_t skip_plain_quote(const char *text, size_t n, size_t i)
{
    if (text[i] == '\\')
        return least(i + 2, n);
    if (text[i] != '\'' && text[i] != '"')
        return i;
    const char *end = i + 1 < n ? memchr(text + i + 1, text[i], least(n - i - 1, LINE_MOST)) : NULL;
    return end != NULL ? (size_t)(end - text) + 1 : i + 1;
}

/* The end of the line at i, quotes minded. */
static size_t end_of_line(const char *text, size_t n, size_t i)
{
    size_t most = least(i + LINE_MOST, n);
    while (i < most && text[i] != '\n') {
        size_t end = skip_plain_quote(text, n, i);
        i = end > i ? end : i + 1;
    }
    const char *end = i < n ? memchr(text + i, '\n', n - i) : NULL;
    return end != NULL ? (size_t)(end - text) : n;
}

static size_t end_of_delimiter(const char *text, size_t n, size_t i)
{
    while (i < n && !ais_shell_ends_word(text[i])) {
        size_t end = skip_plain_quote(text, n, i);
        i = end > i ? end : i + 1;
    }
    return i;
}

static size_t line_length(const char *text, size_t n, size_t i)
{
    const char *end = memchr(text + i, '\n', n - i);
    return (end != NULL ? (size_t)(end - text) : n) - i;
}

void ais_shell_document(const char *text, size_t n, size_t i, size_t at, struct ais_shell_document *ret)
{
    char delimiter[DELIMITER_MOST];
    ret->strips_tabs = i < n && text[i] == '-';
    i += ret->strips_tabs;
    while (i < n && ais_shell_is_blank(text[i]))
        i++;
    ret->next = end_of_delimiter(text, n, i);
    size_t length = read_delimiter(text + i, ret->next - i, delimiter, &ret->is_quoted);
    size_t begin = at > 0 ? at : least(end_of_line(text, n, ret->next) + 1, n);
    ret->body = text + begin;
    for (size_t line = begin; line < n;) {
        if (text[line] == '\n' && length > 0) { /* an empty line costs next to nothing */
            line++;
            continue;
        }
        size_t whole = line_length(text, n, line), first = line;
        while (ret->strips_tabs && first < line + whole && text[first] == '\t')
            first++;
        size_t rest = line + whole - first;
        rest -= rest > 0 && text[first + rest - 1] == '\r';
        bool closes = rest == length + 1 && text[first + length] == ')'; /* of $( ), on the same line */
        if ((rest == length || closes) && memcmp(text + first, delimiter, length) == 0) {
            ret->length = line - begin;
            ret->end = closes ? first + length : least(line + whole + 1, n);
            return;
        }
        line += whole + 1;
    }
    ret->length = n - begin;
    ret->end = n;
}
