/* Tokens: one tolerant lexer for all dialects. What does not end ends with the text. Each byte is looked at a bounded
 * number of times. */
#include "shared/policy/facts/code/code.h"
#include "shared/text/ascii.h"

#include <string.h>

enum { DELIMITER_MOST = 64, TRIES_MOST = 8 };

struct lexer {
    struct ais_code *code;
    const struct ais_code_dialect *dialect;
    const char *text;
    size_t n, i;
    struct ais_code_token *tokens;
    size_t count, capacity;
    size_t document_end; /* of the documents that begin behind this line; 0: there are none */
    size_t doubtful;     /* end of a line that may be a comment */
    size_t lone[2];      /* no string in " (or in ') begins before this: its quote is none */
    size_t no_pattern;   /* no regular expression ends before this */
    unsigned tries;      /* documents whose end was not found */
    bool newline, blank;
    bool cut; /* there are more tokens than may be */
};

static bool has(const struct lexer *l, unsigned trait)
{
    return (l->dialect->traits & trait) != 0;
}

static char at(const struct lexer *l, size_t i)
{
    return ais_shell_at(l->text, l->n, i);
}

static bool looks_at(const struct lexer *l, size_t i, const char *what)
{
    size_t length = strlen(what);
    return length <= l->n - i && memcmp(l->text + i, what, length) == 0;
}

static size_t end_of_line(const struct lexer *l, size_t i)
{
    const char *end = i < l->n ? memchr(l->text + i, '\n', l->n - i) : NULL;
    return end != NULL ? (size_t)(end - l->text) : l->n;
}

static bool is_name(char c, bool first)
{
    return ais_shell_is_name(c, first) || (unsigned char)c >= 0x80;
}

static void push(struct lexer *l, enum ais_code_token_kind kind, unsigned bits, size_t begin, size_t end)
{
    uint32_t sign = 0;
    if (kind != AIS_CODE_END && l->code->tokens++ >= AIS_CODE_TOKENS_MOST) {
        l->cut = true;
        return;
    }
    for (size_t i = begin; kind == AIS_CODE_SIGN && i < end; i++)
        sign |= (uint32_t)(unsigned char)l->text[i] << 8 * (i - begin);
    if (l->count == l->capacity) {
        size_t capacity = l->capacity > 0 ? 2 * l->capacity : l->n / 4 + 16;
        struct ais_code_token *tokens = ais_code_alloc(l->code, capacity * sizeof *tokens);
        if (tokens == NULL)
            return;
        if (l->count > 0)
            memcpy(tokens, l->tokens, l->count * sizeof *tokens);
        l->tokens = tokens;
        l->capacity = capacity;
    }
    l->tokens[l->count++] = (struct ais_code_token){
        .begin = (uint32_t)begin,
        .end = (uint32_t)end,
        .sign = sign,
        .kind = (uint8_t)kind,
        .bits = (uint8_t)bits,
        .newline = l->newline,
        .blank = l->blank,
    };
    l->newline = l->blank = false;
}

/* ---- what is no token ---- */

static bool at_line_start(const struct lexer *l)
{
    return l->count == 0 || l->newline;
}

static void skip_line_break(struct lexer *l)
{
    l->i = l->document_end > l->i ? l->document_end : l->i + 1;
    l->document_end = 0;
    l->newline = true;
}

static void skip_to(struct lexer *l, const char *what, size_t from)
{
    const char *end = from < l->n ? memmem(l->text + from, l->n - from, what, strlen(what)) : NULL;
    l->i = end != NULL ? (size_t)(end - l->text) + strlen(what) : l->n;
    l->blank = true;
}

/* Pieces of documentation that begin with a line of their own, and the end of the program. */
static bool skip_documentation(struct lexer *l)
{
    bool documents = has(l, AIS_CODE_DOCUMENTS) && (l->i == 0 || l->text[l->i - 1] == '\n');
    if (!documents)
        return false;
    if (looks_at(l, l->i, "=begin") ||
        (looks_at(l, l->i, "=") && ais_lower(at(l, l->i + 1)) >= 'a' && ais_lower(at(l, l->i + 1)) <= 'z')) {
        const char *ends[] = { "\n=end", "\n=cut" };
        skip_to(l, looks_at(l, l->i, "=begin") ? ends[0] : ends[1], l->i);
        l->i = end_of_line(l, l->i);
        l->newline = true;
        return true;
    }
    if (!has(l, AIS_CODE_ANY) && !has(l, AIS_CODE_TAGS) &&
        (looks_at(l, l->i, "__END__\n") || looks_at(l, l->i, "__DATA__\n"))) {
        l->i = l->n;
        return true;
    }
    return false;
}

/* The rest of the line; `?>` ends it too. */
static void skip_line(struct lexer *l)
{
    size_t end = end_of_line(l, l->i);
    const char *tag = has(l, AIS_CODE_TAGS) ? memmem(l->text + l->i, end - l->i, "?>", 2) : NULL;
    l->i = tag != NULL ? (size_t)(tag - l->text) : end;
}

/* A comment that begins here; false: there is none. Where it is not clear whether // begins one, only quotes that end
 * within the line are strings. */
static bool skip_comment(struct lexer *l)
{
    char c = l->text[l->i], next = at(l, l->i + 1);
    bool unclear = has(l, AIS_CODE_ANY), apart = l->blank || at_line_start(l);
    if (c == '#' && has(l, AIS_CODE_HASH) && (!unclear || apart)) {
        skip_line(l);
        return true;
    }
    if (c != '/' || (next != '/' && next != '*'))
        return false;
    if (next == '/' && (has(l, AIS_CODE_SLASHES) || (unclear && at_line_start(l)))) {
        skip_line(l);
        return true;
    }
    if (next == '/' && unclear) {
        l->doubtful = end_of_line(l, l->i);
        return false;
    }
    bool begins =
        l->count == 0 || at_line_start(l) || l->text[l->i - 1] == ' ' || ais_shell_one_of(";{},(", l->text[l->i - 1]);
    if (next == '*' && (has(l, AIS_CODE_BLOCKS) || (unclear && begins))) {
        skip_to(l, "*/", l->i + 2);
        return true;
    }
    return false;
}

static bool skip_space(struct lexer *l)
{
    char c = l->text[l->i];
    if (c == '\n') {
        skip_line_break(l);
    } else if (c == ' ' || c == '\t' || c == '\r' || c == '\f' || c == '\v' || c == '\0') {
        l->i++;
        l->blank = true;
    } else if (c == '\\' && (at(l, l->i + 1) == '\n' || looks_at(l, l->i, "\\\r\n"))) {
        l->i += at(l, l->i + 1) == '\n' ? 2 : 3;
        l->blank = true;
    } else {
        return skip_documentation(l) || skip_comment(l);
    }
    return true;
}

/* ---- strings ---- */

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
static size_t string_end(const struct lexer *l, size_t i, char c, bool lines, const char *embeds)
{
    size_t end = l->n;
    for (; i < end; i++) {
        if (l->text[i] == '\\')
            i++;
        else if (l->text[i] == c || (l->text[i] == '\n' && !lines))
            return i;
        else if (embeds != NULL && l->text[i] == embeds[0] && at(l, i + 1) == '{')
            i = ais_code_skip_braces(l->text, end, i + 2) - 1;
    }
    return end;
}

/* A string between quotes: `quote` stands at begin. */
static void read_string(struct lexer *l, unsigned quoting)
{
    char c = l->text[l->i];
    size_t begin = l->i + 1;
    if (has(l, AIS_CODE_TRIPLES) && at(l, begin) == c && at(l, begin + 1) == c) {
        const char triple[] = { c, c, c, '\0' };
        size_t i = begin + 2;
        while (i < l->n && !looks_at(l, i, triple))
            i += l->text[i] == '\\' && i + 1 < l->n ? 2 : 1;
        push(l, AIS_CODE_STRING, quoting, begin + 2, i);
        l->i = i + 3 < l->n ? i + 3 : l->n;
        return;
    }
    bool doubted = begin <= l->doubtful;
    if (doubted && l->lone[c == '\''] >= l->doubtful) {
        l->i = begin;
        return;
    }
    const char *embeds = c == '`' ? "$" : c == '"' && has(l, AIS_CODE_EMBEDS) ? "#" : NULL;
    size_t end = string_end(l, begin, c, c == '`' || has(l, AIS_CODE_LINES), embeds);
    if (doubted && end >= l->doubtful) { /* an apostrophe in what may be a comment */
        l->lone[c == '\''] = l->doubtful;
        l->i = begin;
        return;
    }
    bool shell = c == '`' && has(l, AIS_CODE_BACKTICKS);
    push(l, shell ? AIS_CODE_SHELL : AIS_CODE_STRING, quoting, begin, end);
    l->i = end < l->n && l->text[end] == c ? end + 1 : end;
}

static unsigned quoting_of(const struct lexer *l, char c)
{
    unsigned expands =
        (has(l, AIS_CODE_EXPANDS) ? AIS_CODE_VALUES : 0U) | (has(l, AIS_CODE_EMBEDS) ? AIS_CODE_HASHES : 0U);
    if (c == '\'')
        return has(l, AIS_CODE_HALF_QUOTES) ? AIS_CODE_HALF : 0;
    if (c == '`')
        return has(l, AIS_CODE_TEMPLATES) ? AIS_CODE_DOLLARS : expands | (has(l, AIS_CODE_ANY) ? AIS_CODE_DOLLARS : 0U);
    return expands;
}

/* rb'…': letters before a quote. */
static bool read_prefixed(struct lexer *l)
{
    unsigned quoting = 0;
    size_t i = l->i;
    if (!has(l, AIS_CODE_PREFIXES))
        return false;
    for (; i < l->i + 3 && ais_shell_one_of("rbuft", ais_lower(at(l, i))); i++) {
        char c = ais_lower(at(l, i));
        quoting |= c == 'r' ? AIS_CODE_RAW : c == 'f' || c == 't' ? AIS_CODE_BRACES : 0U;
    }
    if (i == l->i || (at(l, i) != '\'' && at(l, i) != '"'))
        return false;
    if (i + 1 >= l->n)
        return false;
    l->i = i;
    read_string(l, quoting);
    return true;
}

static char closing(char open)
{
    return open == '(' ? ')' : open == '[' ? ']' : open == '{' ? '}' : open == '<' ? '>' : open;
}

/* Behind the sign that closes what was opened at i. */
static size_t bracketed_end(const struct lexer *l, size_t i)
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
static void read_bracketed(struct lexer *l, const char *word, size_t i)
{
    size_t end = bracketed_end(l, i);
    bool quoted = l->text[i] == '\'';
    unsigned expands = quoted ? AIS_CODE_HALF : quoting_of(l, '"');
    if (strcmp(word, "qx") == 0 || strcmp(word, "x") == 0)
        push(l, AIS_CODE_SHELL, expands, i + 1, end);
    else if (word[0] == 'q' && word[1] == 'w')
        push(l, AIS_CODE_STRING, AIS_CODE_WORDS | AIS_CODE_HALF, i + 1, end);
    else if (word[0] == 'w' || word[0] == 'W' || ais_lower(word[0]) == 'i')
        push(l, AIS_CODE_STRING, AIS_CODE_WORDS | AIS_CODE_HALF, i + 1, end);
    else if (word[0] == 'q' && word[1] == '\0')
        push(l, AIS_CODE_STRING, AIS_CODE_HALF, i + 1, end);
    else if (word[0] == 'm' || word[0] == 's' || word[0] == 't' || word[0] == 'y' || word[0] == 'r' || word[1] == 'r')
        push(l, AIS_CODE_STRING, AIS_CODE_PATTERN | AIS_CODE_RAW, i + 1, end);
    else
        push(l, AIS_CODE_STRING, expands, i + 1, end);
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

static bool read_quote_word(struct lexer *l)
{
    static const char *const words[] = { "qx", "qw", "qq", "qr", "q", "m", "s", "tr", "y" };
    char before = l->i > 0 ? l->text[l->i - 1] : ' ';
    if (!has(l, AIS_CODE_QUOTE_WORDS) || ais_shell_one_of("$@%&>", before))
        return false;
    for (size_t k = 0; k < N_ELEMS(words); k++) {
        size_t i = l->i + strlen(words[k]);
        if (!looks_at(l, l->i, words[k]))
            continue;
        while (at(l, i) == ' ')
            i++;
        bool spaced = i > l->i + strlen(words[k]);
        bool known = ais_shell_one_of("{([<", at(l, i)) || (!spaced && ais_shell_one_of("/|!#~^'\"", at(l, i)));
        if (has(l, AIS_CODE_ANY)) /* a function may have such a name, a variable too */
            known =
                words[k][0] == 'q' && words[k][1] != '\0' && words[k][1] != 'r' && ais_shell_one_of("{([/|!", at(l, i));
        if (!known || at(l, i + 1) == '=' || (at(l, i) == '=' && at(l, i + 1) == '>'))
            continue;
        read_bracketed(l, words[k], i);
        return true;
    }
    return false;
}

/* Whether the token before ends a value, so that what follows is an operator. */
static bool follows_value(const struct lexer *l)
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

static bool read_percent(struct lexer *l)
{
    if (!has(l, AIS_CODE_PERCENTS) || l->text[l->i] != '%')
        return false;
    char letter[] = { at(l, l->i + 1), '\0' };
    size_t i = l->i + 2;
    if (!ais_shell_one_of("xwWqQiIrs", letter[0]) || !ais_shell_one_of("{([<|!/", at(l, i)))
        return false;
    bool value = follows_value(l);
    bool name = value && l->tokens[l->count - 1].kind == AIS_CODE_NAME; /* that may be called with it */
    if (value && (!l->blank || !name || !ais_shell_one_of("{([", at(l, i))))
        return false;
    read_bracketed(l, letter, i);
    return true;
}

static bool read_pattern(struct lexer *l)
{
    if (!has(l, AIS_CODE_REGEXES) || l->text[l->i] != '/' || follows_value(l) || l->i < l->no_pattern)
        return false;
    bool set = false;
    for (size_t i = l->i + 1; i < l->n && l->text[i] != '\n'; i++) {
        if (l->text[i] == '\\') {
            i++;
        } else if (l->text[i] == '[' || l->text[i] == ']') {
            set = l->text[i] == '[';
        } else if (l->text[i] == '/' && !set) {
            push(l, AIS_CODE_STRING, AIS_CODE_PATTERN | AIS_CODE_RAW, l->i + 1, i);
            for (i++; i < l->n && is_name(l->text[i], false);)
                i++;
            l->i = i;
            return true;
        }
    }
    l->no_pattern = end_of_line(l, l->i);
    return false;
}

/* ---- documents ---- */

/* <<EOF, <<~'EOF', <<<"EOF": the body is a string, here. */
static bool read_document(struct lexer *l)
{
    char delimiter[DELIMITER_MOST];
    size_t i = l->i + 2, length = 0;
    if (!has(l, AIS_CODE_DOCUMENTS) || !looks_at(l, l->i, "<<") || l->tries >= TRIES_MOST)
        return false;
    i += at(l, i) == '<';
    i += at(l, i) == '~' || at(l, i) == '-';
    while (at(l, i) == ' ' && l->text[i - 1] == '<' && l->text[i - 2] == '<' && has(l, AIS_CODE_TAGS))
        i++;
    char quote = ais_shell_one_of("'\"`", at(l, i)) ? at(l, i) : '\0';
    for (i += quote != '\0'; length < DELIMITER_MOST && is_name(at(l, i), length == 0); i++)
        delimiter[length++] = l->text[i];
    if (length == 0 || length == DELIMITER_MOST || (quote != '\0' && at(l, i) != quote))
        return false;
    size_t begin = l->document_end > l->i ? l->document_end : end_of_line(l, i) + 1;
    for (size_t line = begin; line < l->n; line = end_of_line(l, line) + 1) {
        size_t first = line;
        while (at(l, first) == ' ' || at(l, first) == '\t')
            first++;
        if (length > l->n - first || memcmp(l->text + first, delimiter, length) != 0 ||
            is_name(at(l, first + length), false))
            continue;
        unsigned quoting = quote == '\'' ? AIS_CODE_RAW : quoting_of(l, '"');
        push(l, quote == '`' ? AIS_CODE_SHELL : AIS_CODE_STRING, quoting, begin, line > begin ? line - 1 : line);
        l->i = i + (quote != '\0');
        l->document_end = first + length;
        return true;
    }
    l->tries++;
    return false;
}

/* ---- names, numbers, signs ---- */

/* Longer ones first; those of one character that are not here mean nothing on their own. */
static const struct sign {
    const char *text;
    unsigned bits;
} signs[] = {
#define O AIS_CODE_OPERATES
#define P AIS_CODE_PRECEDES
#define A AIS_CODE_ASSIGNS
    {"<=>",   O                    },
    { "===",  O                    },
    { "!==",  O                    },
    { "**=",  A                    },
    { "...",  P                    },
    { "||=",  A | AIS_CODE_DEFAULTS},
    { "&&=",  A                    },
    { "?\?=", A | AIS_CODE_DEFAULTS},
    { "//=",  A | AIS_CODE_DEFAULTS},
    { "<<=",  A | AIS_CODE_ADDS    },
    { ">>=",  A                    },
    { "==",   O                    },
    { "=>",   0                    },
    { "=~",   O                    },
    { "!=",   O                    },
    { "!~",   O                    },
    { "<=",   O                    },
    { ">=",   O                    },
    { "->",   0                    },
    { "::",   0                    },
    { "?.",   0                    },
    { "&.",   0                    },
    { "+=",   A | AIS_CODE_ADDS    },
    { "-=",   A                    },
    { "*=",   A                    },
    { "/=",   A                    },
    { "%=",   A                    },
    { ".=",   A | AIS_CODE_ADDS    },
    { ":=",   A                    },
    { "|=",   A                    },
    { "&=",   A                    },
    { "^=",   A                    },
    { "**",   O | P                },
    { "||",   O                    },
    { "&&",   O                    },
    { "?\?",  O                    },
    { "..",   O                    },
    { "<<",   O                    },
    { ">>",   O                    },
    { "//",   O                    },
    { "=",    A                    },
    { "+",    O | P                },
    { "-",    O | P                },
    { "*",    O | P                },
    { "/",    O                    },
    { "%",    O                    },
    { ".",    O                    },
    { "<",    O | P                },
    { ">",    O                    },
    { "&",    O | P                },
    { "|",    O                    },
    { "^",    O                    },
    { "?",    O                    },
    { "!",    P                    },
    { "~",    P                    },
    { "\\",   P                    },
    { "@",    P                    },
#undef O
#undef P
#undef A
};

static void read_sign(struct lexer *l)
{
    size_t length = 1;
    unsigned bits = 0;
    for (size_t k = 0; k < N_ELEMS(signs); k++) {
        if (l->text[l->i] == signs[k].text[0] && looks_at(l, l->i, signs[k].text)) {
            length = strlen(signs[k].text);
            bits = signs[k].bits;
            break;
        }
    }
    push(l, AIS_CODE_SIGN, bits, l->i, l->i + length);
    l->i += length;
}

/* ---- words ---- */

static const struct word {
    const char *text;
    unsigned bits;
} words[] = {
  /* in order */
#define K AIS_CODE_KEYWORD
#define D (AIS_CODE_KEYWORD | AIS_CODE_DEFINES)
#define L (AIS_CODE_KEYWORD | AIS_CODE_LEADS)
#define V (AIS_CODE_KEYWORD | AIS_CODE_DECLARES)
    {"abstract",    K               },
    { "and",        L               },
    { "as",         K               },
    { "async",      L               },
    { "await",      L               },
    { "begin",      K               },
    { "break",      K               },
    { "case",       L               },
    { "catch",      K               },
    { "class",      D               },
    { "cmp",        K               },
    { "const",      V               },
    { "continue",   K               },
    { "def",        D               },
    { "default",    L               },
    { "delete",     K               },
    { "do",         L               },
    { "done",       K               },
    { "echo",       L               },
    { "elif",       L               },
    { "else",       L               },
    { "elseif",     K               },
    { "elsif",      L               },
    { "end",        K               },
    { "ensure",     K               },
    { "eq",         K               },
    { "except",     K               },
    { "export",     L | V           },
    { "extends",    K               },
    { "final",      K               },
    { "finally",    K               },
    { "fn",         D               },
    { "for",        K               },
    { "foreach",    K               },
    { "from",       AIS_CODE_IMPORTS},
    { "func",       D               },
    { "function",   D               },
    { "ge",         K               },
    { "global",     V               },
    { "goto",       K               },
    { "gt",         K               },
    { "if",         L               },
    { "implements", K               },
    { "import",     AIS_CODE_IMPORTS},
    { "in",         L               },
    { "instanceof", K               },
    { "interface",  D               },
    { "is",         K               },
    { "lambda",     K               },
    { "last",       K               },
    { "le",         K               },
    { "let",        V               },
    { "local",      V               },
    { "lt",         K               },
    { "module",     D               },
    { "my",         V               },
    { "ne",         K               },
    { "new",        L               },
    { "next",       K               },
    { "nonlocal",   K               },
    { "not",        L               },
    { "of",         K               },
    { "or",         L               },
    { "our",        V               },
    { "package",    K               },
    { "pass",       K               },
    { "private",    L               },
    { "protected",  L               },
    { "public",     L               },
    { "raise",      L               },
    { "redo",       K               },
    { "rescue",     K               },
    { "return",     L               },
    { "static",     L | V           },
    { "struct",     D               },
    { "sub",        D               },
    { "switch",     K               },
    { "then",       L               },
    { "throw",      L               },
    { "try",        K               },
    { "typeof",     L               },
    { "unless",     L               },
    { "until",      L               },
    { "use",        K               },
    { "var",        V               },
    { "void",       L               },
    { "when",       L               },
    { "while",      L               },
    { "with",       K               },
    { "xor",        K               },
    { "yield",      L               },
#undef K
#undef D
#undef L
#undef V
};

static unsigned word_bits(const char *text, size_t n)
{
    size_t low = 0, high = N_ELEMS(words);
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        int order = strncmp(words[middle].text, text, n);
        order = order == 0 && words[middle].text[n] != '\0' ? 1 : order;
        if (order == 0)
            return words[middle].bits;
        if (order < 0)
            low = middle + 1;
        else
            high = middle;
    }
    return 0;
}

/* A name; $ and @ before it belong to it. False: there is none. */
static bool read_name(struct lexer *l)
{
    size_t i = l->i;
    if (has(l, AIS_CODE_SIGILS))
        while (i < l->i + 2 && (at(l, i) == '$' || (at(l, i) == '@' && !has(l, AIS_CODE_TAGS))))
            i++;
    else if (at(l, i) == '$')
        i++;
    if (!is_name(at(l, i), i == l->i)) {
        if (i > l->i && at(l, i - 1) == '$' && ais_shell_one_of("&!0_;,/", at(l, i))) {
            push(l, AIS_CODE_NAME, 0, l->i, i + 1);
            l->i = i + 1;
            return true;
        }
        return false;
    }
    while (is_name(at(l, i), false))
        i++;
    push(l, AIS_CODE_NAME, word_bits(l->text + l->i, i - l->i), l->i, i);
    l->i = i;
    return true;
}

static void read_number(struct lexer *l)
{
    size_t i = l->i;
    while (ais_is_alnum(at(l, i)) || at(l, i) == '_' || (at(l, i) == '.' && ais_is_digit(at(l, i + 1))))
        i++;
    push(l, AIS_CODE_NUMBER, 0, l->i, i);
    l->i = i;
}

static bool read_symbol(struct lexer *l)
{
    size_t i = l->i + 1;
    if (!has(l, AIS_CODE_SYMBOLS) || l->text[l->i] != ':' || !is_name(at(l, i), true))
        return false;
    if (l->i > 0 && (is_name(l->text[l->i - 1], false) || l->text[l->i - 1] == ':'))
        return false;
    while (is_name(at(l, i), false))
        i++;
    push(l, AIS_CODE_STRING, AIS_CODE_RAW, l->i + 1, i);
    l->i = i;
    return true;
}

/* `!command`, `x = !command`, `%sx command` of notebooks; `%%bash` takes the whole cell. */
static bool read_notebook(struct lexer *l)
{
    static const char *const magics[] = { "%sx ", "%system ", "!!", "!" };
    static const char *const cells[] = { "%%bash", "%%sh", "%%script bash", "%%script sh", "%%system", "%%sx", "%%!" };
    if (!has(l, AIS_CODE_NOTEBOOKS))
        return false;
    const struct ais_code_token *last = l->count > 0 ? &l->tokens[l->count - 1] : NULL;
    bool assigned = last != NULL && last->kind == AIS_CODE_SIGN && last->end == last->begin + 1 &&
                    l->text[last->begin] == '=' && at(l, l->i + 1) != '=';
    for (size_t k = 0; k < N_ELEMS(cells) && l->count == 0; k++) {
        if (!looks_at(l, l->i, cells[k]))
            continue;
        size_t begin = end_of_line(l, l->i);
        push(l, AIS_CODE_SHELL, AIS_CODE_RAW, begin, l->n);
        l->i = l->n;
        return true;
    }
    if (!at_line_start(l) && !(assigned && !has(l, AIS_CODE_ANY)))
        return false;
    for (size_t k = 0; k < N_ELEMS(magics); k++) {
        size_t begin = l->i + strlen(magics[k]);
        if (!looks_at(l, l->i, magics[k]) || (has(l, AIS_CODE_ANY) && !is_name(at(l, begin), true)))
            continue;
        size_t end = end_of_line(l, l->i);
        bool called = has(l, AIS_CODE_ANY) && memchr(l->text + begin, '(', end - begin) != NULL;
        if (called) /* !f(x): not a command, but no */
            return false;
        push(l, AIS_CODE_SHELL, AIS_CODE_BRACES, begin, end);
        l->i = end;
        return true;
    }
    return false;
}

static void read_token(struct lexer *l)
{
    char c = l->text[l->i];
    if (read_notebook(l) || read_document(l) || read_pattern(l) || read_percent(l))
        return;
    if (c == '\'' || c == '"' || (c == '`' && has(l, AIS_CODE_BACKTICKS | AIS_CODE_TEMPLATES))) {
        read_string(l, quoting_of(l, c));
        return;
    }
    if (ais_is_digit(c))
        read_number(l);
    else if (!read_symbol(l) && !read_prefixed(l) && !read_quote_word(l) && !read_name(l))
        read_sign(l);
}

/* Behind the next tag that begins code. */
static void skip_markup(struct lexer *l)
{
    const char *tag = l->i < l->n ? memmem(l->text + l->i, l->n - l->i, "<?", 2) : NULL;
    l->i = tag != NULL ? (size_t)(tag - l->text) + 2 : l->n;
    if (l->i < l->n && looks_at(l, l->i, "php"))
        l->i += 3;
    else if (at(l, l->i) == '=')
        l->i++;
    l->newline = true;
}

const struct ais_code_token *ais_code_lex(struct ais_code *code, const struct ais_code_dialect *dialect,
                                          const char *text, size_t n, bool *ret_cut)
{
    struct lexer l = { .code = code, .dialect = dialect, .text = text, .n = n };
    bool tags = has(&l, AIS_CODE_TAGS) && memmem(text, n, "<?", 2) != NULL;
    if (tags)
        skip_markup(&l);
    while (l.i < n && !code->stopped && !l.cut) {
        if (tags && looks_at(&l, l.i, "?>"))
            skip_markup(&l);
        else if (!skip_space(&l))
            read_token(&l);
    }
    push(&l, AIS_CODE_END, 0, n, n);
    *ret_cut = l.cut;
    return code->view->failed ? NULL : l.tokens;
}
