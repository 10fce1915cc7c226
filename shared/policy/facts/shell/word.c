/* One word: its quotes removed, its expansions made as far as they are known. */
#include "shared/policy/facts/shell/shell.h"

#include <string.h>

enum { PARAMETER_COST = 32, SUBSTITUTION_COST = 64 }; /* counted as bytes that are made */

struct making {
    struct ais_shell *shell;
    struct ais_shell_words *words; /* NULL: one word, not split */
    struct ais_shell_bytes bytes;
    const struct ais_shell_output *from;
    bool begun, is_first;
    bool literal, globs, process;
    bool in_document;
};

static void push(struct making *making, const char *text, size_t n)
{
    making->begun = true;
    ais_shell_push(making->shell, &making->bytes, text, n);
}

static struct ais_shell_word finish(struct making *making)
{
    struct ais_shell_word word = ais_shell_word_of(making->bytes.data, making->bytes.length);
    if (word.text == NULL)
        word.text = "";
    word.literal = making->literal;
    word.process = making->process;
    word.from = making->from;
    making->bytes = (struct ais_shell_bytes){ 0 };
    making->begun = making->globs = making->process = false;
    making->literal = true;
    return word;
}

/* Ends a word, where one has begun. Its origin stays with those that follow: they are of the same output. */
static void end_word(struct making *making)
{
    if (!making->begun || making->words == NULL)
        return;
    bool globs = making->globs;
    struct ais_shell_word word = finish(making);
    if (globs)
        ais_shell_glob(making->shell, &word, making->is_first && making->words->count == 0);
    ais_shell_add_word(making->shell, making->words, word);
}

static bool is_letter(char c)
{
    return ais_shell_is_name(c, false);
}

/* What unquoted values are split at: $IFS, where the text has set it. */
static struct ais_shell_word separators(const struct ais_shell *shell)
{
    const struct ais_shell_variable *ifs = ais_shell_find(shell, "IFS", 3);
    if (ifs != NULL && ifs->is_set && ifs->values.count == 1)
        return ifs->values.items[0];
    return ais_shell_word_of(" \t\n", 3);
}

/* A value in the place of an expansion: unquoted it is split. */
static void insert(struct making *making, const char *text, size_t n, bool quoted)
{
    bool splits = !quoted && making->words != NULL;
    const struct ais_shell_word parts = splits ? separators(making->shell) : ais_shell_word_of("", 0);
    for (size_t i = 0; i < n || quoted;) {
        size_t begin = i;
        while (i < n && !(splits && memchr(parts.text, text[i], parts.length) != NULL)) {
            making->globs = making->globs || (splits && ais_shell_is_wildcard(text[i]));
            i++;
        }
        if (i > begin || quoted)
            push(making, text + begin, i - begin);
        if (i >= n)
            return;
        end_word(making);
        i++;
    }
}

static void insert_values(struct making *making, const struct ais_shell_words *values, bool is_list, bool quoted)
{
    for (size_t i = 0; i < values->count && !making->shell->stopped; i++) {
        const struct ais_shell_word *value = &values->items[i];
        if (i > 0 && (!quoted || is_list))
            end_word(making);
        if (i > 0 && (making->words == NULL || (quoted && !is_list))) /* "$*" */
            push(making, " ", 1);
        if (value->from != NULL)
            making->from = value->from;
        making->literal = making->literal && value->literal;
        insert(making, value->text, value->length, quoted || !value->literal);
    }
}

/* What is not known stays as it is written. */
static void keep(struct making *making, const char *text, size_t n)
{
    making->literal = false;
    push(making, text, n);
}

static struct ais_shell_output *new_output(struct making *making)
{
    struct ais_shell_output *output = ais_shell_alloc(making->shell, sizeof *output);
    return output;
}

/* The commands between `inner` and its end, one level below; raw: the whole expansion;
 * after: what follows it. */
static void substitute(struct making *making, const char *inner, size_t n, const char *raw, size_t raw_length,
                       char after, bool quoted)
{
    struct ais_shell *shell = making->shell;
    struct ais_shell_output *output = ais_shell_make(shell, SUBSTITUTION_COST) ? new_output(making) : NULL;
    if (output == NULL)
        return;
    shell->level++;
    if (ais_shell_enter(shell)) {
        ais_shell_read(shell, inner, n, NULL, output);
        ais_shell_leave(shell);
    }
    shell->level--;
    if (output->by.end > output->by.first)
        making->from = output;
    if (!output->whole) {
        bool parts = making->is_first && making->words->count == 0 && making->bytes.length > 0 &&
                     is_letter(making->bytes.data[making->bytes.length - 1]) && is_letter(after);
        if (parts) /* `who$(x)ami` */
            making->literal = false;
        else
            keep(making, raw, raw_length);
        return;
    }
    size_t length = output->length;
    while (length > 0 && output->text[length - 1] == '\n')
        length--;
    if (quoted)
        making->begun = true;
    insert(making, output->text, length, quoted);
}

/* The text between backticks, in which a backslash quotes a backtick, a dollar sign and itself. */
static void backtick(struct making *making, const char *text, size_t n, size_t i, size_t end, bool quoted)
{
    size_t begin = i + 1, close = end > begin && text[end - 1] == '`' ? end - 1 : end;
    struct ais_shell_bytes inner = { 0 };
    for (size_t k = begin; k < close && !making->shell->stopped;) {
        const char *slash = memchr(text + k, '\\', close - k);
        size_t stop = slash != NULL ? (size_t)(slash - text) : close;
        ais_shell_push(making->shell, &inner, text + k, stop - k);
        bool quotes = stop + 1 < close && ais_shell_one_of("`$\\", text[stop + 1]);
        if (stop < close)
            ais_shell_push(making->shell, &inner, text + stop + quotes, 1);
        k = stop + 1 + quotes;
    }
    substitute(making, inner.data != NULL ? inner.data : "", inner.length, text + i, end - i,
               ais_shell_at(text, n, end), quoted);
}

static bool is_special(char c)
{
    return ais_shell_is_any(c, AIS_SHELL_DIGIT) || ais_shell_one_of("@*#?$!-", c);
}

/* An unset variable within letters only parts them: `c${u}at`. One that stands for itself stays as it is written, for
 * what a script leaves open is mostly given from outside. */
static bool parts_letters(const struct making *making, const char *text, size_t n, size_t i, size_t end)
{
    if (i > 0 && is_letter(text[i - 1]) && ais_shell_is_any(text[i + 1], AIS_SHELL_DIGIT)) /* rm$IFS$9-rf */
        return true;
    if (making->bytes.length > 0 &&
        (is_letter(making->bytes.data[making->bytes.length - 1]) || (making->is_first && making->words->count == 0)))
        return true;
    while (end < n && (text[end] == '\'' || text[end] == '"' || text[end] == '\\'))
        end++;
    return end < n && is_letter(text[end]);
}

/* Whether nobody would set it: lower case, or an argument of a script that has none. */
static bool is_local(const char *name, size_t n)
{
    bool local = n > 0;
    for (size_t i = 0; i < n; i++)
        local = local && !(name[i] >= 'A' && name[i] <= 'Z');
    return local && (n > 1 || name[0] == '_' || !ais_shell_one_of("#?$!-", name[0]));
}

/* $NAME or ${…}: text[i, end) of n bytes. */
static void parameter(struct making *making, const char *text, size_t n, size_t i, size_t end, bool quoted)
{
    struct ais_shell_words values = { 0 };
    bool is_list = false, braced = text[i + 1] == '{';
    size_t begin = i + 1 + braced, close = end;
    close -= braced && close > begin && text[close - 1] == '}';
    const char *name = text + begin;
    ais_shell_make(making->shell, PARAMETER_COST);
    if (quoted && braced && memchr(name, '\'', close - begin) != NULL) /* single quotes protect nothing here */
        ais_shell_substitute(making->shell, name, close - begin, false);
    enum ais_shell_known known = braced ? ais_shell_parameter(making->shell, name, close - begin, &values, &is_list)
                                        : ais_shell_value(making->shell, name, close - begin, false, &values, &is_list);
    if (quoted && known != AIS_SHELL_UNKNOWN)
        making->begun = true;
    if (known == AIS_SHELL_KNOWN)
        insert_values(making, &values, is_list, quoted);
    else if (known == AIS_SHELL_UNKNOWN || !is_local(name, close - begin) || !parts_letters(making, text, n, i, end))
        keep(making, text + i, end - i);
    if (known == AIS_SHELL_UNKNOWN && values.count > 0 && values.items[0].from != NULL)
        making->from = values.items[0].from;
}

/* $((…)): a number where it is one. */
static void arithmetic(struct making *making, const char *text, size_t i, size_t end)
{
    size_t begin = i + 3, close = end >= begin + 2 ? end - 2 : begin;
    while (begin < close && ais_shell_is_blank(text[begin]))
        begin++;
    while (close > begin && ais_shell_is_blank(text[close - 1]))
        close--;
    bool digits = close > begin;
    for (size_t k = begin; k < close; k++)
        digits = digits && text[k] >= '0' && text[k] <= '9';
    if (digits) {
        push(making, text + begin, close - begin);
        return;
    }
    ais_shell_substitute(making->shell, text + i + 3, end - 2 - (i + 3), false); /* is run all the same */
    keep(making, text + i, end - i);
}

/* A dollar sign at i; returns the place behind its expansion. */
static size_t dollar(struct making *making, const char *text, size_t n, size_t i, bool quoted)
{
    char next = ais_shell_at(text, n, i + 1);
    size_t end = i + 2;
    if (next == '(') {
        end = ais_shell_skip_paren(text, n, i + 2);
        if (i + 2 < n && text[i + 2] == '(' && end > i + 4 && text[end - 1] == ')' && text[end - 2] == ')')
            arithmetic(making, text, i, end);
        else
            substitute(making, text + i + 2, end - i - 2 - (text[end - 1] == ')' && end > i + 2), text + i, end - i,
                       ais_shell_at(text, n, end), quoted);
        return end;
    }
    if (next == '{')
        end = ais_shell_skip_brace(text, n, i + 2);
    else if (ais_shell_is_name(next, true))
        while (end < n && ais_shell_is_name(text[end], false))
            end++;
    else if (i + 1 >= n || !is_special(next)) {
        if (next != '"' || quoted) /* $"…" is a quote like "…" */
            push(making, "$", 1);
        return i + 1;
    }
    parameter(making, text, n, i, end, quoted);
    return end;
}

/* What double quotes hold: text[i, n). */
static void quoted_text(struct making *making, const char *text, size_t n)
{
    making->begun = true;
    for (size_t i = 0; i < n && !making->shell->stopped;) {
        size_t begin = i;
        while (i < n && text[i] != '\\' && text[i] != '$' && text[i] != '`')
            i++;
        push(making, text + begin, i - begin);
        if (i >= n)
            return;
        if (text[i] == '$') {
            i = dollar(making, text, n, i, true);
        } else if (text[i] == '`') {
            size_t end = ais_shell_skip_backtick(text, n, i + 1);
            backtick(making, text, n, i, end, true);
            i = end;
        } else if (ais_shell_one_of(making->in_document ? "$`\\\n" : "$`\\\n\"", ais_shell_at(text, n, i + 1))) {
            push(making, text + i + 1, text[i + 1] != '\n');
            i += 2;
        } else {
            push(making, "\\", 1);
            i++;
        }
    }
}

/* $'…': text[i] is behind the quote. */
static size_t ansi_text(struct making *making, const char *text, size_t n, size_t i)
{
    making->begun = true;
    while (i < n && text[i] != '\'') {
        char bytes[8] = { text[i] };
        size_t length = 1;
        i = text[i] == '\\' ? ais_shell_escape(text, n, i, bytes, &length) : i + 1;
        push(making, bytes, length);
    }
    return i < n ? i + 1 : n;
}

/* <(…) and >(…): a file, whose other end is the commands. What is written into one is read by them. */
static size_t process(struct making *making, const char *text, size_t n, size_t i)
{
    struct ais_shell *shell = making->shell;
    size_t end = ais_shell_skip_paren(text, n, i + 2);
    size_t close = end > i + 2 && text[end - 1] == ')' ? end - 1 : end;
    struct ais_shell_output *output = new_output(making);
    if (output == NULL)
        return end;
    shell->level++;
    if (ais_shell_enter(shell)) {
        ais_shell_read(shell, text + i + 2, close - i - 2, NULL, output);
        ais_shell_leave(shell);
    }
    shell->level--;
    making->process = true;
    making->from = output;
    keep(making, text + i, end - i);
    return end;
}

/* A quote or an expansion at i; i when there is none. */
static size_t special(struct making *making, const char *text, size_t n, size_t i)
{
    size_t end;
    switch (text[i]) {
    case '\\':
        if (i + 1 < n)
            push(making, text + i + 1, text[i + 1] != '\n');
        return i + 2 < n ? i + 2 : n;
    case '\'':
        end = ais_shell_skip_single(text, n, i + 1, false);
        push(making, text + i + 1, end - i - 1 - (end > i + 1 && text[end - 1] == '\''));
        return end;
    case '"':
        end = ais_shell_skip_double(text, n, i + 1);
        quoted_text(making, text + i + 1, end - i - 1 - (end > i + 1 && text[end - 1] == '"'));
        return end;
    case '`':
        end = ais_shell_skip_backtick(text, n, i + 1);
        backtick(making, text, n, i, end, false);
        return end;
    case '$':
        if (i + 1 < n && text[i + 1] == '\'')
            return ansi_text(making, text, n, i + 2);
        return dollar(making, text, n, i, false);
    case '<':
    case '>': return i + 1 < n && text[i + 1] == '(' ? process(making, text, n, i) : i;
    default: return i;
    }
}

static void make(struct making *making, const char *text, size_t n)
{
    for (size_t i = 0; i < n && !making->shell->stopped;) {
        size_t begin = i;
        while (i < n && !ais_shell_is_any(text[i], AIS_SHELL_QUOTES | AIS_SHELL_ANGLE)) {
            making->globs = making->globs || ais_shell_is_wildcard(text[i]);
            i++;
        }
        if (i > begin)
            push(making, text + begin, i - begin);
        if (i < n) {
            size_t end = special(making, text, n, i);
            if (end == i)
                push(making, text + i++, 1);
            else
                i = end;
        }
    }
}

static void expand_text(struct ais_shell *shell, const char *text, size_t n, bool is_first, struct ais_shell_words *ret)
{
    size_t plain = 0;
    while (plain < n && !ais_shell_is_any(text[plain], AIS_SHELL_EXPANDS))
        plain++;
    if (plain == n) {
        ais_shell_add_word(shell, ret, ais_shell_word_of(text, n));
        return;
    }
    struct making making = { .shell = shell, .words = ret, .is_first = is_first, .literal = true };
    make(&making, text, n);
    end_word(&making);
}

void ais_shell_expand(struct ais_shell *shell, const char *text, size_t n, bool is_first, struct ais_shell_words *ret)
{
    struct ais_shell_words texts = { 0 };
    if (memchr(text, '{', n) == NULL || !ais_shell_braces(shell, text, n, &texts)) {
        expand_text(shell, text, n, is_first, ret);
        return;
    }
    for (size_t i = 0; i < texts.count && !shell->stopped; i++)
        expand_text(shell, texts.items[i].text, texts.items[i].length, is_first, ret);
}

struct ais_shell_word ais_shell_expand_one(struct ais_shell *shell, const char *text, size_t n)
{
    struct making making = { .shell = shell, .literal = true };
    if (shell->nesting >= AIS_SHELL_DEPTH_MOST) {
        ais_shell_stop(shell, "shell commands nested deeper than 32");
        return ais_shell_word_of(text, n);
    }
    shell->nesting++;
    make(&making, text, n);
    shell->nesting--;
    return finish(&making);
}

void ais_shell_substitute(struct ais_shell *shell, const char *text, size_t n, bool quotes)
{
    struct making making = { .shell = shell, .literal = true, .in_document = !quotes };
    bool runs = n > 0 && memchr(text, '`', n) != NULL;
    for (size_t i = 0; i + 1 < n && !runs; i++)
        runs = text[i] == '$' && (text[i + 1] == '(' || text[i + 1] == '{');
    if (!runs || !ais_shell_make(shell, n))
        return;
    if (shell->nesting >= AIS_SHELL_DEPTH_MOST) {
        ais_shell_stop(shell, "shell commands nested deeper than 32");
        return;
    }
    shell->nesting++;
    if (quotes)
        make(&making, text, n);
    else
        quoted_text(&making, text, n);
    shell->nesting--;
}

struct ais_shell_word ais_shell_expand_document(struct ais_shell *shell, const char *text, size_t n)
{
    struct making making = { .shell = shell, .literal = true, .in_document = true };
    quoted_text(&making, text, n);
    return finish(&making);
}
