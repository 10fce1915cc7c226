/* Simple commands: words, assignments, redirections. */
#include "shared/policy/facts/shell/parse.h"

#include <string.h>

enum {
    REDIRECT_COST = 64,  /* counted as bytes that are made */
    SUBSCRIPT_MOST = 256 /* bytes that are looked at for the end of NAME[…]= */
};

struct simple {
    struct ais_shell_words words, redirects;
    const struct ais_shell_output *input;
    struct ais_shell_range sinks[4]; /* commands that read what this one writes: >(…) */
    size_t sink_count;
};

/* ---- redirections ---- */

/* The length of the operator that begins at i; 0: there is none. */
static size_t operator_length(const char *text, size_t n, size_t i)
{
    char second = ais_shell_at(text, n, i + 1), third = ais_shell_at(text, n, i + 2);
    switch (ais_shell_at(text, n, i)) {
    case '&': return second != '>' ? 0 : third == '>' ? 3 : 2;
    case '<': return second != '<' ? (second == '&' || second == '>' ? 2 : 1) : third == '<' ? 3 : 2;
    case '>': return second == '>' || second == '&' || second == '|' ? 2 : 1;
    default: return 0;
    }
}

/* The length of the operator here, without the number or {NAME} before it; 0: there is none. */
static size_t operator_at(const struct ais_shell_parser *p, size_t *ret_digits)
{
    size_t i = p->i;
    while (i < p->n && ais_shell_is_any(p->text[i], AIS_SHELL_DIGIT))
        i++;
    if (i == p->i && ais_shell_at(p->text, p->n, i) == '{') { /* {fd}> x */
        size_t k = i + 1;
        while (k < p->n && ais_shell_is_name(p->text[k], k == i + 1))
            k++;
        i = k > i + 1 && ais_shell_at(p->text, p->n, k) == '}' ? k + 1 : i;
    }
    *ret_digits = i - p->i;
    size_t length = operator_length(p->text, p->n, i);
    bool process = length == 1 && i == p->i && ais_shell_at(p->text, p->n, i + 1) == '(';
    return process ? 0 : length;
}

static bool is_descriptor(const struct ais_shell_word *word)
{
    size_t i = 0;
    while (i < word->length && word->text[i] >= '0' && word->text[i] <= '9')
        i++;
    return word->length > 0 && (i == word->length || (i + 1 == word->length && word->text[i] == '-'));
}

/* A here-document, or the text of a here-string with the line break that follows it. */
static void set_input(struct ais_shell *shell, struct simple *simple, const struct ais_shell_word *word, bool is_string)
{
    struct ais_shell_output *output = ais_shell_alloc(shell, sizeof *output);
    struct ais_shell_bytes bytes = { 0 };
    if (output == NULL)
        return;
    output->text = word->text;
    output->length = word->length;
    output->whole = word->from == NULL || word->from->whole;
    if (word->from != NULL)
        output->by = word->from->by;
    if (is_string) {
        ais_shell_push(shell, &bytes, word->text, word->length);
        ais_shell_push(shell, &bytes, "\n", 1);
        output->text = bytes.data != NULL ? bytes.data : "";
        output->length = bytes.length;
    }
    simple->input = output;
}

static void read_document(struct ais_shell_parser *p, struct simple *simple)
{
    struct ais_shell_document document;
    ais_shell_document(p->text, p->n, p->i, p->document_end, &document);
    p->i = document.next;
    p->document_end = document.end;
    struct ais_shell_word body = document.is_quoted
                                     ? ais_shell_word_of(document.body, document.length)
                                     : ais_shell_expand_document(p->shell, document.body, document.length);
    if (document.strips_tabs) {
        struct ais_shell_bytes bytes = { 0 };
        for (size_t i = 0; i < body.length && !p->shell->stopped; i++)
            if (body.text[i] != '\t' || (i > 0 && body.text[i - 1] != '\n' && body.text[i - 1] != '\t'))
                ais_shell_push(p->shell, &bytes, body.text + i, 1);
        body.text = bytes.data != NULL ? bytes.data : "";
        body.length = bytes.length;
    }
    set_input(p->shell, simple, &body, false);
}

/* What the text has opened under a number: <&3, and <&3- as well. */
static const struct ais_shell_output *open_file(struct ais_shell *shell, const struct ais_shell_word *number)
{
    struct ais_shell_bytes path = { 0 };
    ais_shell_push(shell, &path, "/dev/fd/", sizeof "/dev/fd/" - 1);
    ais_shell_push(shell, &path, number->text, number->length - (number->text[number->length - 1] == '-'));
    const struct ais_shell_word word = ais_shell_word_of(path.data, path.length);
    return path.data != NULL ? ais_shell_file(shell, &word) : NULL;
}

static void take_target(struct ais_shell *shell, struct simple *simple, const char *op, size_t length,
                        struct ais_shell_word target)
{
    static const struct ais_shell_output unknown = { .text = "" };
    struct ais_shell_bytes text = { 0 };
    bool reads = op[0] == '<', copies = length > 1 && op[1] == '&' && is_descriptor(&target);
    if (reads && copies)
        simple->input = open_file(shell, &target);
    else if (reads)
        simple->input = target.process ? target.from : ais_shell_file(shell, &target);
    if (reads && simple->input == NULL)
        simple->input = &unknown;
    if (!reads && target.process && target.from != NULL && simple->sink_count < N_ELEMS(simple->sinks))
        simple->sinks[simple->sink_count++] = target.from->by;
    if (target.process || copies)
        return;
    for (size_t i = 0; i < target.length; i++) {
        if (ais_shell_is_wildcard(target.text[i])) {
            ais_shell_glob(shell, &target, false);
            break;
        }
    }
    ais_shell_push(shell, &text, op, length);
    ais_shell_push(shell, &text, " ", 1);
    ais_shell_push(shell, &text, target.text, target.length);
    if (text.data != NULL)
        ais_shell_add_word(shell, &simple->redirects, ais_shell_word_of(text.data, text.length));
}

/* What stands behind the operator of a redirection. */
static void read_operand(struct ais_shell_parser *p, struct simple *simple, const char *op, size_t length)
{
    if (length == 2 && memcmp(op, "<<", 2) == 0) {
        read_document(p, simple);
        return;
    }
    ais_shell_skip_blanks(p);
    size_t end = ais_shell_skip_word(p->text, p->n, p->i);
    struct ais_shell_word word = ais_shell_expand_one(p->shell, p->text + p->i, end - p->i);
    p->i = end;
    if (length == 3 && op[0] == '<')
        set_input(p->shell, simple, &word, true);
    else
        take_target(p->shell, simple, op, length, word);
}

/* A redirection here; false: there is none. */
static bool read_redirect(struct ais_shell_parser *p, struct simple *simple)
{
    size_t digits, length = operator_at(p, &digits);
    if (length == 0)
        return false;
    const char *op = p->text + p->i + digits;
    if (!ais_shell_make(p->shell, REDIRECT_COST))
        return true;
    p->i += digits + length;
    read_operand(p, simple, op, length);
    if (op[0] == '<' && digits > 0 && op[-1] != '}' && simple->input != NULL)
        ais_shell_open(p->shell, op - digits, digits, simple->input);
    return true;
}

const struct ais_shell_output *ais_shell_read_redirects(struct ais_shell_parser *p)
{
    struct simple simple = { 0 };
    struct ais_shell_output output = { 0 };
    ais_shell_skip_blanks(p);
    while (p->i < p->n && !p->shell->stopped && read_redirect(p, &simple))
        ais_shell_skip_blanks(p);
    if (simple.redirects.count > 0)
        ais_shell_run(p->shell, &simple.words, &simple.redirects, NULL, &output);
    return simple.input;
}

/* ---- assignments ---- */

/* The length of NAME, NAME[…] or either with a plus, before an equals sign at text[i]; 0: no assignment. */
static size_t assigned_name(const char *text, size_t n, size_t *ret_value, bool *ret_appends)
{
    size_t length = 0;
    while (length < n && ais_shell_is_name(text[length], length == 0))
        length++;
    size_t i = length;
    if (length > 0 && i < n && text[i] == '[') {
        size_t most = n - i < SUBSCRIPT_MOST ? n : i + SUBSCRIPT_MOST;
        size_t end = ais_shell_seek_bracket(text, most, i + 1, false);
        i = end < most ? end + 1 : n;
    }
    *ret_appends = i < n && text[i] == '+';
    i += *ret_appends;
    *ret_value = i + 1;
    return i < n && text[i] == '=' ? length : 0;
}

/* NAME=(…), behind the parenthesis. */
static void read_array(struct ais_shell_parser *p, const char *name, size_t n, bool appends)
{
    struct ais_shell *shell = p->shell;
    struct ais_shell_words values = { 0 };
    struct ais_shell_variable *slot = ais_shell_slot(shell, name, n);
    if (slot != NULL && appends)
        values = slot->values;
    while (p->i < p->n && p->text[p->i] != ')' && !shell->stopped) {
        size_t end = ais_shell_skip_word(p->text, p->n, p->i);
        if (end > p->i)
            ais_shell_expand(shell, p->text + p->i, end - p->i, false, &values);
        p->i = end > p->i ? end : p->i + 1;
    }
    p->i += p->i < p->n;
    if (slot != NULL) {
        slot->is_set = true;
        slot->is_list = false;
        slot->values = values;
    }
}

static bool is_declaring(const struct ais_shell_words *words)
{
    return words->count > 0 &&
           ais_shell_in("export declare local readonly typeset", words->items[0].text, words->items[0].length);
}

/* An assignment before the command, or an array that one declares; false: there is none here. */
static bool read_assignment(struct ais_shell_parser *p, const struct simple *simple)
{
    const char *word = p->text + p->i;
    if (simple->words.count > 0 && !is_declaring(&simple->words))
        return false;
    bool appends;
    size_t value, length = assigned_name(word, p->n - p->i, &value, &appends);
    bool array = length > 0 && p->i + value < p->n && word[value] == '(';
    if (length == 0 || (simple->words.count > 0 && !array))
        return false;
    if (word[length] == '[')
        ais_shell_substitute(p->shell, word + length + 1, value - appends - length - 3, false);
    if (array) {
        p->i += value + 1;
        read_array(p, word, length, appends);
        return true;
    }
    size_t end = ais_shell_skip_word(p->text, p->n, p->i + value);
    struct ais_shell_word expanded = ais_shell_expand_one(p->shell, word + value, end - p->i - value);
    ais_shell_assign(p->shell, word, length, &expanded, appends);
    ais_shell_name_command(p->shell, word, length, &expanded);
    p->i = end;
    return true;
}

/* ---- the command ---- */

static bool is_at_end(const struct ais_shell_parser *p)
{
    if (p->i >= p->n || p->shell->stopped)
        return true;
    switch (p->text[p->i]) {
    case '\n':
    case ';':
    case '|':
    case ')':
    case '#': return true;
    case '&': return ais_shell_at(p->text, p->n, p->i + 1) != '>';
    default: return false;
    }
}

/* The end of a word here that is just what is written, as most are, and surely no redirection, assignment or name of a
 * function; p->i: another look will tell. */
static size_t end_of_plain_word(const struct ais_shell_parser *p, bool is_first)
{
    size_t i = p->i;
    while (i < p->n && !ais_shell_is_any(p->text[i], AIS_SHELL_ENDS | AIS_SHELL_EXPANDS))
        i++;
    char c = ais_shell_at(p->text, p->n, i);
    bool ends = i == p->n || ais_shell_is_blank(c) || c == '\n' || c == ';' || c == '|' || c == ')';
    bool assigns = is_first && memchr(p->text + p->i, '=', i - p->i) != NULL;
    return ends && !assigns ? i : p->i;
}

/* NAME () … defines a function. */
static bool read_definition(struct ais_shell_parser *p, const struct simple *simple)
{
    size_t i = p->i + 1;
    while (i < p->n && ais_shell_is_blank(p->text[i]))
        i++;
    if (simple->words.count != 1 || simple->redirects.count > 0 || i >= p->n || p->text[i] != ')')
        return false;
    p->i = i + 1;
    ais_shell_read_function(p, simple->words.items[0].text, simple->words.items[0].length);
    return true;
}

/* What this command writes is read by others. */
static void join_sinks(struct ais_shell *shell, struct simple *simple, size_t first)
{
    for (size_t i = 0; i < simple->words.count && simple->sink_count < N_ELEMS(simple->sinks); i++) {
        const struct ais_shell_word *word = &simple->words.items[i];
        if (word->process && word->length > 0 && word->text[0] == '>' && word->from != NULL)
            simple->sinks[simple->sink_count++] = word->from->by;
    }
    struct ais_shell_range own = ais_shell_since(shell, first);
    bool piped = simple->input != NULL && !simple->input->is_file && simple->input->by.level == own.level &&
                 simple->input->by.end > simple->input->by.first && simple->input->by.first < own.first;
    own.first = piped && own.end > own.first ? simple->input->by.first : own.first; /* curl h | tee >(sh) */
    for (size_t i = 0; i < simple->sink_count && own.end > own.first; i++)
        for (uint32_t k = simple->sinks[i].first; k < simple->sinks[i].end; k++)
            if (shell->commands[k].level == simple->sinks[i].level)
                ais_shell_pipe(shell, own, k);
}

/* $(<file) stands for what is in it. */
static void show_file(const struct ais_shell *shell, size_t first, const struct ais_shell_output *file,
                      struct ais_shell_output *ret)
{
    ret->text = file->text;
    ret->length = file->length;
    ret->whole = file->whole;
    ret->derived = !file->whole;
    ret->by = ais_shell_since(shell, first);
}

/* The last word is what stands in the text from here to end. */
static void note_source(const struct ais_shell_parser *p, struct ais_shell_words *words, size_t end)
{
    if (p->text != p->shell->source || words->count == 0)
        return;
    words->items[words->count - 1].source = p->text + p->i;
    words->items[words->count - 1].source_length = end - p->i;
}

void ais_shell_read_simple(struct ais_shell_parser *p, const struct ais_shell_output *input,
                           struct ais_shell_output *ret)
{
    struct ais_shell *shell = p->shell;
    struct simple simple = { .input = input };
    ret->whole = true;
    for (ais_shell_skip_blanks(p); !is_at_end(p); ais_shell_skip_blanks(p)) {
        if (p->text[p->i] == '(') {
            if (read_definition(p, &simple))
                return;
            break;
        }
        size_t end = end_of_plain_word(p, simple.words.count == 0);
        if (end > p->i) {
            ais_shell_add_word(shell, &simple.words, ais_shell_word_of(p->text + p->i, end - p->i));
            note_source(p, &simple.words, end);
            p->i = end;
            continue;
        }
        if (read_redirect(p, &simple) || read_assignment(p, &simple))
            continue;
        end = ais_shell_skip_word(p->text, p->n, p->i);
        size_t count = simple.words.count;
        ais_shell_expand(shell, p->text + p->i, end - p->i, count == 0, &simple.words);
        if (simple.words.count == count + 1)
            note_source(p, &simple.words, end);
        p->i = end > p->i ? end : p->i + 1;
    }
    size_t first = shell->command_count;
    if (simple.words.count > 0 || simple.redirects.count > 0)
        ais_shell_run(shell, &simple.words, &simple.redirects, simple.input, ret);
    if (simple.words.count == 0 && simple.input != NULL)
        show_file(shell, first, simple.input, ret);
    join_sinks(shell, &simple, first);
}
