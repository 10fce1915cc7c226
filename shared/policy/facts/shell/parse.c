/* Lists, pipelines and compound commands. */
#include "shared/policy/facts/shell/parse.h"

#include <string.h>

enum {
    ARITHMETIC_MOST = 4096, /* bytes that are looked at for the end of ((…)) */
    LINES_MOST = 256        /* that one loop reads */
};

/* Words that are no commands where one may stand. */
static const struct reserved {
    const char *text;
    enum {
        PARTS,   /* it only parts a list */
        OPENS,   /* it begins a compound command, up to another word */
        CHOOSES, /* case */
        TESTS,   /* [[ */
        DEFINES  /* function */
    } role;
    const char *end; /* the word that ends what it opens */
    bool has_header; /* NAME in WORDS, behind the word */
    bool is_group;   /* it runs all that it holds, once */
} reserved[] = {
    {"then",      PARTS,   NULL,   false, false},
    { "else",     PARTS,   NULL,   false, false},
    { "elif",     PARTS,   NULL,   false, false},
    { "do",       PARTS,   NULL,   false, false},
    { "!",        PARTS,   NULL,   false, false},
    { "fi",       PARTS,   NULL,   false, false},
    { "done",     PARTS,   NULL,   false, false},
    { "esac",     PARTS,   NULL,   false, false},
    { "}",        PARTS,   NULL,   false, false},
    { "{",        OPENS,   "}",    false, true },
    { "if",       OPENS,   "fi",   false, false},
    { "while",    OPENS,   "done", false, false},
    { "until",    OPENS,   "done", false, false},
    { "for",      OPENS,   "done", true,  false},
    { "select",   OPENS,   "done", true,  false},
    { "case",     CHOOSES, NULL,   false, false},
    { "[[",       TESTS,   NULL,   false, false},
    { "function", DEFINES, NULL,   false, false},
};

/* The reserved word that stands here; NULL: none does. */
static const struct reserved *reserved_at(const struct ais_shell_parser *p)
{
    char first = ais_shell_at(p->text, p->n, p->i);
    if (!ais_shell_is_any(first, AIS_SHELL_INITIAL))
        return NULL;
    for (size_t i = 0; i < N_ELEMS(reserved); i++)
        if (reserved[i].text[0] == first && ais_shell_at_word(p, reserved[i].text))
            return &reserved[i];
    return NULL;
}

void ais_shell_skip_blanks(struct ais_shell_parser *p)
{
    while (p->i < p->n) {
        if (ais_shell_is_blank(p->text[p->i]))
            p->i++;
        else if (p->text[p->i] == '\\' && p->i + 1 < p->n && p->text[p->i + 1] == '\n')
            p->i += 2;
        else if (p->text[p->i] == '\\' && p->i + 2 < p->n && p->text[p->i + 1] == '\r' && p->text[p->i + 2] == '\n')
            p->i += 3;
        else
            return;
    }
}

/* A line break, behind which the here-documents of the line stand. */
static void skip_line_break(struct ais_shell_parser *p)
{
    p->i = p->document_end > p->i ? p->document_end : p->i + 1;
    p->document_end = 0;
}

/* Blanks, line breaks, comments. */
static void skip_space(struct ais_shell_parser *p)
{
    for (;;) {
        ais_shell_skip_blanks(p);
        if (p->i < p->n && p->text[p->i] == '#') {
            const char *end = memchr(p->text + p->i, '\n', p->n - p->i);
            size_t begin = p->i;
            p->i = end != NULL ? (size_t)(end - p->text) : p->n;
            if (p->text == p->shell->source)
                ais_shell_add_mention(p->shell, p->text + begin, p->i - begin);
        }
        if (p->i >= p->n || p->text[p->i] != '\n')
            return;
        skip_line_break(p);
    }
}

struct ais_shell_range ais_shell_since(const struct ais_shell *shell, size_t first)
{
    return (struct ais_shell_range){ (uint32_t)first, (uint32_t)shell->command_count, shell->level };
}

/* Adds what one command prints to what others did. */
static void add_output(struct ais_shell *shell, struct ais_shell_bytes *bytes, struct ais_shell_output *all,
                       const struct ais_shell_output *one)
{
    if (one->length > 0)
        ais_shell_push(shell, bytes, one->text, one->length);
    all->whole = all->whole && one->whole;
    all->derived = all->derived || one->derived;
}

static void read_pipeline(struct ais_shell_parser *p, const struct ais_shell_output *input,
                          struct ais_shell_output *ret);

/* Whether one of the words that only part a list stands here: then it is skipped. */
static bool skip_parting_word(struct ais_shell_parser *p)
{
    const struct reserved *word = reserved_at(p);
    if (word == NULL || word->role != PARTS)
        return false;
    p->i += strlen(word->text);
    return true;
}

/* Whether a list only parts its commands here. */
static bool is_separator(const struct ais_shell_parser *p)
{
    switch (p->text[p->i]) {
    case ';':
    case '|':
    case ')': return true;
    case '&': return ais_shell_at(p->text, p->n, p->i + 1) != '>';
    default: return false;
    }
}

/* Commands up to the word that ends them ("" for a parenthesis, NULL for the end of the text). */
static void read_list(struct ais_shell_parser *p, const char *end, const struct ais_shell_output *input,
                      struct ais_shell_output *ret)
{
    struct ais_shell *shell = p->shell;
    struct ais_shell_bytes bytes = { 0 };
    size_t first = shell->command_count;
    ret->whole = true;
    for (skip_space(p); p->i < p->n && !shell->stopped; skip_space(p)) {
        char c = p->text[p->i];
        if (c == ')' && end != NULL && end[0] == '\0') {
            p->i++;
            break;
        }
        if (end != NULL && end[0] != '\0' && ais_shell_at_word(p, end)) {
            p->i += strlen(end);
            break;
        }
        if (c == ';' && p->in_case && p->i + 1 < p->n && (p->text[p->i + 1] == ';' || p->text[p->i + 1] == '&'))
            break; /* a branch of case, whose reader goes on */
        if (is_separator(p)) {
            p->i++;
            continue;
        }
        if (p->in_case && ais_shell_at_word(p, "esac"))
            break;
        if (skip_parting_word(p))
            continue;
        struct ais_shell_output one = { .text = "" };
        size_t begin = p->i;
        read_pipeline(p, input, &one);
        add_output(shell, &bytes, ret, &one);
        p->i += p->i == begin; /* whatever it is, it is behind us */
    }
    ret->whole = ret->whole && !shell->stopped;
    ret->text = bytes.data != NULL ? bytes.data : "";
    ret->length = bytes.length;
    ret->by = ais_shell_since(shell, first);
}

/* A list within another command. */
static void read_inner(struct ais_shell_parser *p, const char *end, bool in_case, const struct ais_shell_output *input,
                       struct ais_shell_output *ret)
{
    bool outer = p->in_case;
    if (p->shell->nesting >= AIS_SHELL_DEPTH_MOST) {
        ais_shell_stop(p->shell, "shell commands nested deeper than 32");
        return;
    }
    p->shell->nesting++;
    p->in_case = in_case;
    read_list(p, end, input, ret);
    p->in_case = outer;
    p->shell->nesting--;
}

/* NAME in WORDS, or ((…)), of a loop. */
static void read_header(struct ais_shell_parser *p)
{
    struct ais_shell *shell = p->shell;
    struct ais_shell_words values = { 0 };
    ais_shell_skip_blanks(p);
    if (p->i + 1 < p->n && p->text[p->i] == '(' && p->text[p->i + 1] == '(') {
        size_t begin = p->i + 2;
        p->i = ais_shell_skip_paren(p->text, p->n, p->i + 1);
        ais_shell_substitute(shell, p->text + begin, p->i - begin, false);
        return;
    }
    const char *name = p->text + p->i;
    size_t end = ais_shell_skip_word(p->text, p->n, p->i), length = end - p->i;
    p->i = end;
    skip_space(p);
    if (!ais_shell_at_word(p, "in")) {
        ais_shell_assign(shell, name, length, NULL, false);
        return;
    }
    for (p->i += 2, ais_shell_skip_blanks(p); p->i < p->n && !shell->stopped; ais_shell_skip_blanks(p)) {
        end = ais_shell_skip_word(p->text, p->n, p->i);
        if (end == p->i)
            break;
        ais_shell_expand(shell, p->text + p->i, end - p->i, false, &values);
        p->i = end;
    }
    struct ais_shell_variable *slot = length > 0 ? ais_shell_slot(shell, name, length) : NULL;
    if (slot != NULL) {
        slot->is_set = slot->is_list = values.count > 0;
        slot->values = values;
    }
}

/* case WORD in PATTERN) LIST ;; … esac */
static void read_case(struct ais_shell_parser *p, const struct ais_shell_output *input, struct ais_shell_output *ret)
{
    struct ais_shell *shell = p->shell;
    ais_shell_skip_blanks(p);
    size_t end = ais_shell_skip_word(p->text, p->n, p->i);
    ais_shell_expand_one(shell, p->text + p->i, end - p->i);
    p->i = end;
    skip_space(p);
    p->i += ais_shell_at_word(p, "in") ? 2 : 0;
    for (skip_space(p); p->i < p->n && !shell->stopped && !ais_shell_at_word(p, "esac"); skip_space(p)) {
        p->i += p->text[p->i] == '(';
        while (p->i < p->n && p->text[p->i] != ')' && p->text[p->i] != '\n') {
            end = ais_shell_skip_word(p->text, p->n, p->i);
            ais_shell_substitute(shell, p->text + p->i, end - p->i, true);
            p->i = end > p->i ? end : p->i + 1;
        }
        p->i += p->i < p->n;
        read_inner(p, NULL, true, input, ret);
        while (p->i < p->n && (p->text[p->i] == ';' || p->text[p->i] == '&'))
            p->i++;
    }
    p->i += p->i < p->n ? strlen("esac") : 0;
    ret->whole = false;
}

/* [[ … ]]: no command, but what it substitutes is. */
static void read_test(struct ais_shell_parser *p)
{
    while (p->i < p->n && !p->shell->stopped) {
        skip_space(p);
        if (ais_shell_at_word(p, "]]")) {
            p->i += 2;
            return;
        }
        size_t end = ais_shell_skip_word(p->text, p->n, p->i);
        ais_shell_substitute(p->shell, p->text + p->i, end - p->i, true);
        p->i = end > p->i ? end : p->i + 1;
    }
}

/* ((…)): no command either. False: it is two subshells (or longer than anybody's arithmetic). */
static bool read_arithmetic(struct ais_shell_parser *p)
{
    size_t most = p->n - p->i < ARITHMETIC_MOST ? p->n : p->i + ARITHMETIC_MOST;
    size_t end = ais_shell_skip_paren(p->text, most, p->i + 1);
    if (end < p->i + 4 || p->text[end - 1] != ')' || p->text[end - 2] != ')')
        return false;
    ais_shell_substitute(p->shell, p->text + p->i + 2, end - 2 - (p->i + 2), false);
    p->i = end;
    return true;
}

/* A compound command that begins here, with this word (NULL: with none that is reserved); false: there is none. */
static bool read_compound(struct ais_shell_parser *p, const struct reserved *word, const struct ais_shell_output *input,
                          struct ais_shell_output *ret)
{
    ret->whole = true;
    if (p->text[p->i] == '(') {
        if (p->i + 1 < p->n && p->text[p->i + 1] == '(' && read_arithmetic(p))
            return true;
        p->i++;
        read_inner(p, "", false, input, ret);
        return true;
    }
    if (word == NULL || (word->role != TESTS && word->role != CHOOSES && word->role != OPENS))
        return false;
    p->i += strlen(word->text);
    if (word->role == TESTS) {
        read_test(p);
    } else if (word->role == CHOOSES) {
        read_case(p, input, ret);
    } else {
        if (word->has_header)
            read_header(p);
        read_inner(p, word->end, false, input, ret);
        ret->whole = ret->whole && word->is_group; /* who knows which branch, and how often */
    }
    return true;
}

void ais_shell_read_function(struct ais_shell_parser *p, const char *name, size_t n)
{
    struct ais_shell *shell = p->shell;
    struct ais_shell_output output = { .text = "" };
    const struct ais_shell_words *outer = shell->positional;
    skip_space(p);
    shell->overheard = true; /* nobody knows where it is called */
    size_t begin = p->i;
    if (!ais_shell_enter(shell))
        return;
    shell->positional = NULL;
    ais_shell_read_command(p, NULL, &output);
    shell->positional = outer;
    ais_shell_leave(shell);
    struct ais_shell_variable *slot = ais_shell_slot(shell, name, n);
    if (slot != NULL) {
        slot->body = p->text + begin;
        slot->body_length = p->i - begin;
        slot->is_alias = false;
    }
}

static bool at_compound(const struct ais_shell_parser *p)
{
    const struct reserved *word = reserved_at(p);
    return ais_shell_at(p->text, p->n, p->i) == '(' || (word != NULL && word->role != PARTS && word->role != DEFINES);
}

/* `time -p {`, `coproc NAME {`: words before a compound command. Before a simple one `time` is a command. */
static void skip_prefix(struct ais_shell_parser *p)
{
    bool coproc = ais_shell_at_word(p, "coproc");
    size_t begin = p->i;
    if (!coproc && !ais_shell_at_word(p, "time"))
        return;
    p->i += strlen(coproc ? "coproc" : "time");
    ais_shell_skip_blanks(p);
    begin = coproc ? p->i : begin;
    if (at_compound(p))
        return;
    if (coproc || ais_shell_at_word(p, "-p"))
        p->i = ais_shell_skip_word(p->text, p->n, p->i);
    ais_shell_skip_blanks(p);
    if (!at_compound(p))
        p->i = begin;
}

/* Steps of work (facts/view.h): words and commands have bounds of their own. */
enum { STEPS_A_TEXT = 256, STEPS_A_BYTE = 10 };

/* All that a parser is made for. */
static void read_all(struct ais_shell_parser *p, const struct ais_shell_output *input, struct ais_shell_output *ret)
{
    struct ais_shell *shell = p->shell;
    *ret = (struct ais_shell_output){ .text = "" };
    if (shell->stopped)
        return;
    if (p->n > AIS_SHELL_PARSED_MOST - shell->parsed) {
        ais_shell_stop(shell, "more than 1 MiB of shell text, what is read again included");
        return;
    }
    shell->parsed += p->n;
    if (!ais_part_spend(shell->view, shell->part, STEPS_A_TEXT + STEPS_A_BYTE * p->n)) {
        ais_shell_stop(shell, shell->part->unknown);
        return;
    }
    read_list(p, NULL, input, ret);
}

void ais_shell_read(struct ais_shell *shell, const char *text, size_t n, const struct ais_shell_output *input,
                    struct ais_shell_output *ret)
{
    struct ais_shell_parser p = { .shell = shell, .text = text, .n = n };
    read_all(&p, input, ret);
}

static size_t next_line(const struct ais_shell_output *input, size_t at)
{
    const char *end = memchr(input->text + at, '\n', input->length - at);
    return end != NULL ? (size_t)(end - input->text) + 1 : input->length;
}

/* A compound command that began at `begin` once more, with what it reads from `at` on: a loop for each line. */
static void read_again(struct ais_shell_parser *p, size_t begin, size_t end, bool is_loop,
                       const struct ais_shell_output *input, size_t at)
{
    struct ais_shell *shell = p->shell;
    struct ais_shell_output rest = *input, output;
    if (at < input->length && shell->nesting >= AIS_SHELL_DEPTH_MOST)
        ais_shell_stop(shell, "shell commands nested deeper than 32");
    shell->nesting++;
    for (unsigned lines = 0; at < input->length && !shell->stopped; lines++) {
        if (lines == LINES_MOST)
            ais_shell_stop(shell, "a shell loop reads more than 256 lines");
        rest.text = input->text + at;
        rest.length = input->length - at;
        struct ais_shell_parser inner = { .shell = shell, .text = p->text + begin, .n = end - begin, .again = true };
        read_all(&inner, &rest, &output);
        at = is_loop ? next_line(input, at) : input->length;
    }
    shell->nesting--;
}

/* The redirections of a compound command that began at `begin`: when they are read, so is the command already. */
static void redirect_compound(struct ais_shell_parser *p, size_t begin, const struct reserved *word,
                              const struct ais_shell_output *input)
{
    size_t end = p->i;
    const struct ais_shell_output *given = ais_shell_read_redirects(p);
    bool is_loop = word != NULL && word->end != NULL && strcmp(word->end, "done") == 0 && !word->has_header &&
                   memmem(p->text + begin, end - begin, "read", strlen("read")) != NULL;
    if (given != NULL)
        read_again(p, begin, end, is_loop, given, 0);
    else if (is_loop && input != NULL && input->length > 0)
        read_again(p, begin, end, is_loop, input, next_line(input, 0));
}

void ais_shell_read_command(struct ais_shell_parser *p, const struct ais_shell_output *input,
                            struct ais_shell_output *ret)
{
    ais_shell_skip_blanks(p);
    skip_prefix(p);
    if (p->i >= p->n)
        return;
    const struct reserved *word = reserved_at(p);
    size_t begin = p->i;
    bool again = p->again;
    p->again = false;
    if (word != NULL && word->role == DEFINES) {
        p->i += strlen(word->text);
        ais_shell_skip_blanks(p);
        begin = p->i;
        size_t end = ais_shell_skip_word(p->text, p->n, p->i);
        p->i = end;
        ais_shell_skip_blanks(p);
        if (p->i + 1 < p->n && p->text[p->i] == '(' && p->text[p->i + 1] == ')')
            p->i += 2;
        ais_shell_read_function(p, p->text + begin, end - begin);
    } else if (read_compound(p, word, input, ret)) {
        if (!again)
            redirect_compound(p, begin, word, input);
    } else {
        ais_shell_read_simple(p, input, ret);
    }
}

static void read_pipeline(struct ais_shell_parser *p, const struct ais_shell_output *input,
                          struct ais_shell_output *ret)
{
    struct ais_shell *shell = p->shell;
    size_t first = shell->command_count, stages = 0;
    while (p->i < p->n && !shell->stopped) {
        struct ais_shell_output *output = ais_shell_alloc(shell, sizeof *output);
        if (output == NULL)
            return;
        output->text = "";
        ais_shell_skip_blanks(p);
        while (stages > 0 && ais_shell_at_word(p, "!"))
            p->i++;
        ais_shell_read_command(p, input, output);
        output->by = ais_shell_since(shell, first);
        stages++;
        *ret = *output;
        input = output;
        ais_shell_skip_blanks(p);
        if (p->i >= p->n || p->text[p->i] != '|' || (p->i + 1 < p->n && p->text[p->i + 1] == '|'))
            break;
        p->i += p->i + 1 < p->n && p->text[p->i + 1] == '&' ? 2 : 1;
        skip_space(p);
    }
    if (stages > 1)
        ais_shell_pipe(shell, ais_shell_since(shell, first), SIZE_MAX);
}
