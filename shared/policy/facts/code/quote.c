/* Texts between quotes, and what else holds a text: qx{}, %w(), patterns, documents. Each byte is looked at a bounded
 * number of times. */
#include "shared/policy/facts/code/lexer.h"

enum { DELIMITER_MOST = 64, TRIES_MOST = 8 };

size_t ais_code_skip_braces(const char *text, size_t n, size_t i)
{
    for (size_t depth = 1; i < n; i++) {
        if (text[i] == '\\') {
            i++;
        } else if (text[i] == '{') {
            depth++;
        } else if (text[i] == '}' && --depth == 0) {
            return i + 1;
        } else if (text[i] == '\'' || text[i] == '"') { /* a quoted brace closes nothing */
            size_t k = i + 1;
            while (k < n && text[k] != text[i] && text[k] != '\n' && text[k] != '}')
                k += text[k] == '\\' ? 2 : 1;
            if (k + 1 < n && text[k] == '}' && text[k + 1] == text[i])
                k++;
            i = k < n && text[k] == text[i] ? k : i;
        }
    }
    return n;
}

/* The end of a string that begins at i and is closed by c. within: `{` may hold such quotes. */
static size_t string_end(const struct ais_code_lexer *l, size_t i, char c, bool lines, const char *embeds)
{
    size_t end = l->n;
    for (; i < end; i++) {
        if (l->text[i] == '\\')
            i++;
        else if (l->text[i] == c || (l->text[i] == '\n' && !lines))
            return i;
        else if (embeds != NULL && l->text[i] == embeds[0] && ais_code_char(l, i + 1) == '{')
            i = ais_code_skip_braces(l->text, end, i + 2) - 1;
    }
    return end;
}

/* A string between quotes: `quote` stands at begin. */
static void read_string(struct ais_code_lexer *l, unsigned quoting)
{
    char c = l->text[l->i];
    size_t begin = l->i + 1;
    if (ais_code_has(l, AIS_CODE_TRIPLES) && ais_code_char(l, begin) == c && ais_code_char(l, begin + 1) == c) {
        const char triple[] = { c, c, c, '\0' };
        size_t i = begin + 2;
        while (i < l->n && !ais_code_looks_at(l, i, triple))
            i += l->text[i] == '\\' && i + 1 < l->n ? 2 : 1;
        ais_code_push(l, AIS_CODE_STRING, quoting, begin + 2, i);
        l->i = i + 3 < l->n ? i + 3 : l->n;
        return;
    }
    bool doubted = begin <= l->doubtful;
    if (doubted && l->lone[c == '\''] >= l->doubtful) {
        l->i = begin;
        return;
    }
    const char *embeds = c == '`' ? "$" : c == '"' && ais_code_has(l, AIS_CODE_EMBEDS) ? "#" : NULL;
    size_t end = string_end(l, begin, c, c == '`' || ais_code_has(l, AIS_CODE_LINES), embeds);
    if (doubted && end >= l->doubtful) { /* an apostrophe in what may be a comment */
        l->lone[c == '\''] = l->doubtful;
        l->i = begin;
        return;
    }
    bool shell = c == '`' && ais_code_has(l, AIS_CODE_BACKTICKS);
    ais_code_push(l, shell ? AIS_CODE_SHELL : AIS_CODE_STRING, quoting, begin, end);
    l->i = end < l->n && l->text[end] == c ? end + 1 : end;
}

static unsigned quoting_of(const struct ais_code_lexer *l, char c)
{
    unsigned expands = (ais_code_has(l, AIS_CODE_EXPANDS) ? AIS_CODE_VALUES : 0U) |
                       (ais_code_has(l, AIS_CODE_EMBEDS) ? AIS_CODE_HASHES : 0U);
    if (c == '\'')
        return ais_code_has(l, AIS_CODE_HALF_QUOTES) ? AIS_CODE_HALF : 0;
    if (c == '`')
        return ais_code_has(l, AIS_CODE_TEMPLATES) ? AIS_CODE_DOLLARS
                                                   : expands | (ais_code_has(l, AIS_CODE_ANY) ? AIS_CODE_DOLLARS : 0U);
    return expands;
}

/* rb'…': letters before a quote. */
static bool read_prefixed(struct ais_code_lexer *l)
{
    unsigned quoting = 0;
    size_t i = l->i;
    if (!ais_code_has(l, AIS_CODE_PREFIXES))
        return false;
    for (; i < l->i + 3 && ais_shell_one_of("rbuft", ais_lower(ais_code_char(l, i))); i++) {
        char c = ais_lower(ais_code_char(l, i));
        quoting |= c == 'r' ? AIS_CODE_RAW : c == 'f' || c == 't' ? AIS_CODE_BRACES : 0U;
    }
    if (i == l->i || (ais_code_char(l, i) != '\'' && ais_code_char(l, i) != '"'))
        return false;
    if (i + 1 >= l->n)
        return false;
    l->i = i;
    read_string(l, quoting);
    return true;
}

static char closing(char open)
{
    switch (open) {
    case '(': return ')';
    case '[': return ']';
    case '{': return '}';
    case '<': return '>';
    default: return open;
    }
}

/* Behind the sign that closes what was opened at i. */
static size_t bracketed_end(const struct ais_code_lexer *l, size_t i)
{
    char open = l->text[i], close = closing(open);
    size_t depth = 1;
    for (i++; i < l->n; i++) {
        if (l->text[i] == '\\')
            i++;
        else if (l->text[i] == close && --depth == 0)
            return i;
        else if (l->text[i] == open && open != close)
            depth++;
    }
    return l->n;
}

/* qx{…}, %x(…) and their kin: word is what stands before the bracket at i. */
static void read_bracketed(struct ais_code_lexer *l, const char *word, size_t i)
{
    size_t end = bracketed_end(l, i);
    bool quoted = l->text[i] == '\'';
    unsigned expands = quoted ? AIS_CODE_HALF : quoting_of(l, '"');
    if (strcmp(word, "qx") == 0 || strcmp(word, "x") == 0)
        ais_code_push(l, AIS_CODE_SHELL, expands, i + 1, end);
    else if (strcmp(word, "qw") == 0 || word[0] == 'w' || word[0] == 'W' || ais_lower(word[0]) == 'i')
        ais_code_push(l, AIS_CODE_STRING, AIS_CODE_WORDS | AIS_CODE_HALF, i + 1, end);
    else if (word[0] == 'q' && word[1] == '\0')
        ais_code_push(l, AIS_CODE_STRING, AIS_CODE_HALF, i + 1, end);
    else if (word[0] == 'm' || word[0] == 's' || word[0] == 't' || word[0] == 'y' || word[0] == 'r' || word[1] == 'r')
        ais_code_push(l, AIS_CODE_STRING, AIS_CODE_PATTERN | AIS_CODE_RAW, i + 1, end);
    else
        ais_code_push(l, AIS_CODE_STRING, expands, i + 1, end);
    bool two = strcmp(word, "s") == 0 || strcmp(word, "tr") == 0 || strcmp(word, "y") == 0;
    if (two && end < l->n) {
        bool pairs = closing(l->text[i]) != l->text[i];
        size_t next = pairs ? end + 1 : end;
        while (pairs && next < l->n && ais_is_blank(l->text[next]))
            next++;
        end = next < l->n ? bracketed_end(l, next) : l->n;
    }
    l->i = end < l->n ? end + 1 : l->n;
}

static bool read_quote_word(struct ais_code_lexer *l)
{
    static const char *const words[] = { "qx", "qw", "qq", "qr", "q", "m", "s", "tr", "y" };
    if (!ais_code_has(l, AIS_CODE_QUOTE_WORDS) || (l->i > 0 && ais_shell_one_of("$@%&>", l->text[l->i - 1])))
        return false;
    for (size_t k = 0; k < N_ELEMS(words); k++) {
        size_t i = l->i + strlen(words[k]);
        if (!ais_code_looks_at(l, l->i, words[k]))
            continue;
        while (ais_code_char(l, i) == ' ')
            i++;
        bool spaced = i > l->i + strlen(words[k]);
        bool known = ais_shell_one_of("{([<", ais_code_char(l, i)) ||
                     (!spaced && ais_shell_one_of("/|!#~^'\"", ais_code_char(l, i)));
        if (ais_code_has(l, AIS_CODE_ANY)) /* a function may have such a name, a variable too */
            known = words[k][0] == 'q' && words[k][1] != '\0' && words[k][1] != 'r' &&
                    ais_shell_one_of("{([/|!", ais_code_char(l, i));
        if (!known || ais_code_char(l, i + 1) == '=' || (ais_code_char(l, i) == '=' && ais_code_char(l, i + 1) == '>'))
            continue;
        read_bracketed(l, words[k], i);
        return true;
    }
    return false;
}

/* Whether the token before ends a value, so that what follows is an operator. */
static bool follows_value(const struct ais_code_lexer *l)
{
    static const char words[] =
        "return and or not in if unless elsif else while until when case print puts yield await "
        "typeof then do void split grep join push x eq ne";
    if (l->count == 0)
        return false;
    const struct ais_code_token *last = &l->tokens[l->count - 1];
    if (last->kind == AIS_CODE_SIGN)
        return last->end == last->begin + 1 && ais_shell_one_of(")]}", l->text[last->begin]);
    return last->kind != AIS_CODE_NAME || !ais_shell_in(words, l->text + last->begin, last->end - last->begin);
}

static bool read_percent(struct ais_code_lexer *l)
{
    if (!ais_code_has(l, AIS_CODE_PERCENTS) || l->text[l->i] != '%')
        return false;
    char letter[] = { ais_code_char(l, l->i + 1), '\0' };
    size_t i = l->i + 2;
    if (!ais_shell_one_of("xwWqQiIrs", letter[0]) || !ais_shell_one_of("{([<|!/", ais_code_char(l, i)))
        return false;
    bool value = follows_value(l);
    bool name = value && l->tokens[l->count - 1].kind == AIS_CODE_NAME; /* that may be called with it */
    if (value && (!l->blank || !name || !ais_shell_one_of("{([", ais_code_char(l, i))))
        return false;
    read_bracketed(l, letter, i);
    return true;
}

static bool read_pattern(struct ais_code_lexer *l)
{
    if (!ais_code_has(l, AIS_CODE_REGEXES) || l->text[l->i] != '/' || follows_value(l) || l->i < l->no_pattern)
        return false;
    bool set = false;
    for (size_t i = l->i + 1; i < l->n && l->text[i] != '\n'; i++) {
        if (l->text[i] == '\\') {
            i++;
        } else if (l->text[i] == '[' || l->text[i] == ']') {
            set = l->text[i] == '[';
        } else if (l->text[i] == '/' && !set) {
            ais_code_push(l, AIS_CODE_STRING, AIS_CODE_PATTERN | AIS_CODE_RAW, l->i + 1, i);
            for (i++; i < l->n && ais_code_is_name(l->text[i], false);)
                i++;
            l->i = i;
            return true;
        }
    }
    l->no_pattern = ais_code_end_of_line(l, l->i);
    return false;
}

/* ---- documents ---- */

/* <<EOF, <<~'EOF', <<<"EOF": the body is a string, here. */
static bool read_document(struct ais_code_lexer *l)
{
    char delimiter[DELIMITER_MOST];
    size_t i = l->i + 2, length = 0;
    if (!ais_code_has(l, AIS_CODE_DOCUMENTS) || !ais_code_looks_at(l, l->i, "<<") || l->tries >= TRIES_MOST)
        return false;
    i += ais_code_char(l, i) == '<';
    i += ais_code_char(l, i) == '~' || ais_code_char(l, i) == '-';
    while (ais_code_char(l, i) == ' ' && l->text[i - 1] == '<' && l->text[i - 2] == '<' &&
           ais_code_has(l, AIS_CODE_TAGS))
        i++;
    char quote = ais_code_char(l, i);
    if (!ais_shell_one_of("'\"`", quote))
        quote = '\0';
    for (i += quote != '\0'; length < DELIMITER_MOST && ais_code_is_name(ais_code_char(l, i), length == 0); i++)
        delimiter[length++] = l->text[i];
    if (length == 0 || length == DELIMITER_MOST || (quote != '\0' && ais_code_char(l, i) != quote))
        return false;
    size_t begin = l->document_end > l->i ? l->document_end : ais_code_end_of_line(l, i) + 1;
    for (size_t line = begin; line < l->n; line = ais_code_end_of_line(l, line) + 1) {
        size_t first = line;
        while (ais_code_char(l, first) == ' ' || ais_code_char(l, first) == '\t')
            first++;
        if (length > l->n - first || memcmp(l->text + first, delimiter, length) != 0 ||
            ais_code_is_name(ais_code_char(l, first + length), false))
            continue;
        unsigned quoting = quote == '\'' ? AIS_CODE_RAW : quoting_of(l, '"');
        ais_code_push(l, quote == '`' ? AIS_CODE_SHELL : AIS_CODE_STRING, quoting, begin,
                      line > begin ? line - 1 : line);
        l->i = i + (quote != '\0');
        l->document_end = first + length;
        return true;
    }
    l->tries++;
    return false;
}

bool ais_code_read_quoted(struct ais_code_lexer *l)
{
    char c = l->text[l->i];
    if (read_document(l) || read_pattern(l) || read_percent(l))
        return true;
    if (c != '\'' && c != '"' && (c != '`' || !ais_code_has(l, AIS_CODE_BACKTICKS | AIS_CODE_TEMPLATES)))
        return false;
    read_string(l, quoting_of(l, c));
    return true;
}

bool ais_code_read_quote_word(struct ais_code_lexer *l)
{
    return read_prefixed(l) || read_quote_word(l);
}
