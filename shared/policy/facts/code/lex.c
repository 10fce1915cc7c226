/* Tokens: one tolerant lexer for all dialects. What does not end ends with the text. Each byte is looked at a bounded
 * number of times. */
#include "shared/policy/facts/code/lexer.h"

void ais_code_push(struct ais_code_lexer *l, enum ais_code_token_kind kind, unsigned bits, size_t begin, size_t end)
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

static bool at_line_start(const struct ais_code_lexer *l)
{
    return l->count == 0 || l->newline;
}

static void skip_line_break(struct ais_code_lexer *l)
{
    l->i = l->document_end > l->i ? l->document_end : l->i + 1;
    l->document_end = 0;
    l->newline = true;
}

static void skip_to(struct ais_code_lexer *l, const char *what, size_t from)
{
    const char *end = from < l->n ? memmem(l->text + from, l->n - from, what, strlen(what)) : NULL;
    l->i = end != NULL ? (size_t)(end - l->text) + strlen(what) : l->n;
    l->blank = true;
}

/* Pieces of documentation that begin with a line of their own, and the end of the program. */
static bool skip_documentation(struct ais_code_lexer *l)
{
    bool documents = ais_code_has(l, AIS_CODE_DOCUMENTS) && (l->i == 0 || l->text[l->i - 1] == '\n');
    if (!documents)
        return false;
    if (ais_code_looks_at(l, l->i, "=begin") ||
        (ais_code_looks_at(l, l->i, "=") && ais_lower(ais_code_char(l, l->i + 1)) >= 'a' &&
         ais_lower(ais_code_char(l, l->i + 1)) <= 'z')) {
        const char *ends[] = { "\n=end", "\n=cut" };
        skip_to(l, ais_code_looks_at(l, l->i, "=begin") ? ends[0] : ends[1], l->i);
        l->i = ais_code_end_of_line(l, l->i);
        l->newline = true;
        return true;
    }
    if (!ais_code_has(l, AIS_CODE_ANY) && !ais_code_has(l, AIS_CODE_TAGS) &&
        (ais_code_looks_at(l, l->i, "__END__\n") || ais_code_looks_at(l, l->i, "__DATA__\n"))) {
        l->i = l->n;
        return true;
    }
    return false;
}

/* The rest of the line; `?>` ends it too. */
static void skip_line(struct ais_code_lexer *l)
{
    size_t end = ais_code_end_of_line(l, l->i);
    const char *tag = ais_code_has(l, AIS_CODE_TAGS) ? memmem(l->text + l->i, end - l->i, "?>", 2) : NULL;
    l->i = tag != NULL ? (size_t)(tag - l->text) : end;
}

/* A comment that begins here; false: there is none. Where it is not clear whether // begins one, only quotes that end
 * within the line are strings. */
static bool skip_comment(struct ais_code_lexer *l)
{
    char c = l->text[l->i], next = ais_code_char(l, l->i + 1);
    bool unclear = ais_code_has(l, AIS_CODE_ANY), apart = l->blank || at_line_start(l);
    if (c == '#' && ais_code_has(l, AIS_CODE_HASH) && (!unclear || apart)) {
        skip_line(l);
        return true;
    }
    if (c != '/' || (next != '/' && next != '*'))
        return false;
    if (next == '/' && (ais_code_has(l, AIS_CODE_SLASHES) || (unclear && at_line_start(l)))) {
        skip_line(l);
        return true;
    }
    if (next == '/' && unclear) {
        if (l->i >= l->doubtful) /* else the rest of this line is doubted already */
            l->doubtful = ais_code_end_of_line(l, l->i);
        return false;
    }
    bool begins =
        l->count == 0 || at_line_start(l) || l->text[l->i - 1] == ' ' || ais_shell_one_of(";{},(", l->text[l->i - 1]);
    if (next == '*' && (ais_code_has(l, AIS_CODE_BLOCKS) || (unclear && begins))) {
        skip_to(l, "*/", l->i + 2);
        return true;
    }
    return false;
}

static bool skip_space(struct ais_code_lexer *l)
{
    char c = l->text[l->i];
    if (c == '\n') {
        skip_line_break(l);
    } else if (c == ' ' || c == '\t' || c == '\r' || c == '\f' || c == '\v' || c == '\0') {
        l->i++;
        l->blank = true;
    } else if (c == '\\' && (ais_code_char(l, l->i + 1) == '\n' || ais_code_looks_at(l, l->i, "\\\r\n"))) {
        l->i += ais_code_char(l, l->i + 1) == '\n' ? 2 : 3;
        l->blank = true;
    } else {
        return skip_documentation(l) || skip_comment(l);
    }
    return true;
}

/* ---- names, numbers, signs ---- */

static void read_sign(struct ais_code_lexer *l)
{
    unsigned bits;
    size_t length = ais_code_sign_at(l->text + l->i, l->n - l->i, &bits);
    ais_code_push(l, AIS_CODE_SIGN, bits, l->i, l->i + length);
    l->i += length;
}

/* A name; $ and @ before it belong to it. False: there is none. */
static bool read_name(struct ais_code_lexer *l)
{
    size_t i = l->i;
    if (ais_code_has(l, AIS_CODE_SIGILS))
        while (i < l->i + 2 &&
               (ais_code_char(l, i) == '$' || (ais_code_char(l, i) == '@' && !ais_code_has(l, AIS_CODE_TAGS))))
            i++;
    else if (ais_code_char(l, i) == '$')
        i++;
    if (!ais_code_is_name(ais_code_char(l, i), i == l->i)) {
        if (i > l->i && ais_code_char(l, i - 1) == '$' && ais_shell_one_of("&!0_;,/", ais_code_char(l, i))) {
            ais_code_push(l, AIS_CODE_NAME, 0, l->i, i + 1);
            l->i = i + 1;
            return true;
        }
        return false;
    }
    while (ais_code_is_name(ais_code_char(l, i), false))
        i++;
    ais_code_push(l, AIS_CODE_NAME, ais_code_word_bits(l->text + l->i, i - l->i), l->i, i);
    l->i = i;
    return true;
}

static void read_number(struct ais_code_lexer *l)
{
    size_t i = l->i;
    while (ais_is_alnum(ais_code_char(l, i)) || ais_code_char(l, i) == '_' ||
           (ais_code_char(l, i) == '.' && ais_is_digit(ais_code_char(l, i + 1))))
        i++;
    ais_code_push(l, AIS_CODE_NUMBER, 0, l->i, i);
    l->i = i;
}

static bool read_symbol(struct ais_code_lexer *l)
{
    size_t i = l->i + 1;
    if (!ais_code_has(l, AIS_CODE_SYMBOLS) || l->text[l->i] != ':' || !ais_code_is_name(ais_code_char(l, i), true))
        return false;
    if (l->i > 0 && (ais_code_is_name(l->text[l->i - 1], false) || l->text[l->i - 1] == ':'))
        return false;
    while (ais_code_is_name(ais_code_char(l, i), false))
        i++;
    ais_code_push(l, AIS_CODE_STRING, AIS_CODE_RAW, l->i + 1, i);
    l->i = i;
    return true;
}

/* `!command`, `x = !command`, `%sx command` of notebooks; `%%bash` takes the whole cell. */
static bool read_notebook(struct ais_code_lexer *l)
{
    static const char *const magics[] = { "%sx ", "%system ", "!!", "!" };
    static const char *const cells[] = { "%%bash", "%%sh", "%%script bash", "%%script sh", "%%system", "%%sx", "%%!" };
    if (!ais_code_has(l, AIS_CODE_NOTEBOOKS))
        return false;
    const struct ais_code_token *last = l->count > 0 ? &l->tokens[l->count - 1] : NULL;
    bool assigned = last != NULL && last->kind == AIS_CODE_SIGN && last->end == last->begin + 1 &&
                    l->text[last->begin] == '=' && ais_code_char(l, l->i + 1) != '=';
    for (size_t k = 0; k < N_ELEMS(cells) && l->count == 0; k++) {
        if (!ais_code_looks_at(l, l->i, cells[k]))
            continue;
        size_t begin = ais_code_end_of_line(l, l->i);
        ais_code_push(l, AIS_CODE_SHELL, AIS_CODE_RAW, begin, l->n);
        l->i = l->n;
        return true;
    }
    if (!at_line_start(l) && !(assigned && !ais_code_has(l, AIS_CODE_ANY)))
        return false;
    for (size_t k = 0; k < N_ELEMS(magics); k++) {
        size_t begin = l->i + strlen(magics[k]);
        if (!ais_code_looks_at(l, l->i, magics[k]) ||
            (ais_code_has(l, AIS_CODE_ANY) && !ais_code_is_name(ais_code_char(l, begin), true)))
            continue;
        size_t end = ais_code_end_of_line(l, l->i);
        bool called = ais_code_has(l, AIS_CODE_ANY) && memchr(l->text + begin, '(', end - begin) != NULL;
        if (called) /* !f(x): not a command, but no */
            return false;
        ais_code_push(l, AIS_CODE_SHELL, AIS_CODE_BRACES, begin, end);
        l->i = end;
        return true;
    }
    return false;
}

static void read_token(struct ais_code_lexer *l)
{
    if (read_notebook(l) || ais_code_read_quoted(l))
        return;
    if (ais_is_digit(l->text[l->i]))
        read_number(l);
    else if (!read_symbol(l) && !ais_code_read_quote_word(l) && !read_name(l))
        read_sign(l);
}

/* Behind the next tag that begins code. */
static void skip_markup(struct ais_code_lexer *l)
{
    const char *tag = l->i < l->n ? memmem(l->text + l->i, l->n - l->i, "<?", 2) : NULL;
    l->i = tag != NULL ? (size_t)(tag - l->text) + 2 : l->n;
    if (l->i < l->n && ais_code_looks_at(l, l->i, "php"))
        l->i += 3;
    else if (ais_code_char(l, l->i) == '=')
        l->i++;
    l->newline = true;
}

const struct ais_code_token *ais_code_lex(struct ais_code *code, const struct ais_code_dialect *dialect,
                                          const char *text, size_t n, bool *ret_cut)
{
    struct ais_code_lexer l = { .code = code, .dialect = dialect, .text = text, .n = n };
    bool tags = ais_code_has(&l, AIS_CODE_TAGS) && memmem(text, n, "<?", 2) != NULL;
    if (tags)
        skip_markup(&l);
    while (l.i < n && !code->stopped && !l.cut) {
        if (tags && ais_code_looks_at(&l, l.i, "?>"))
            skip_markup(&l);
        else if (!skip_space(&l))
            read_token(&l);
    }
    ais_code_push(&l, AIS_CODE_END, 0, n, n);
    *ret_cut = l.cut;
    return code->view->failed ? NULL : l.tokens;
}
