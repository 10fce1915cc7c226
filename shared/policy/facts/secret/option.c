/* Credentials that a program takes behind a short option (curl -u ann:…, sshpass -p …, redis-cli -a …, mysql -p…), and
 * those that are written to its input for --password-stdin. The place alone says what the word is, so short ones count
 * too. */
#include "shared/err/err.h"
#include "shared/policy/facts/secret/checks.h"
#include "shared/policy/facts/secret/find.h"
#include "shared/policy/facts/words.h"

#include <string.h>

enum {
    WORD_MOST = 512,  /* bytes of a word that may be one */
    PIPED_MOST = 1024 /* bytes before a pipe that are looked at for what is written to it */
};

/* Steps of work: to look for a name (bytes a step), and to look at a byte of a command. */
enum { BYTES_LOOKED = 8, STEPS_A_BYTE = 12 };

static const struct program {
    const char *name, *kind;
    const char *longs[2]; /* long options, besides those that assignment.c knows by their names */
    char option;
    const char *before;   /* options of one letter that may stand before it in one word */
    const char *switches; /* its options end with the first word that none of them takes: those that take none. NULL:
                           * they stand anywhere */
    bool user;            /* a user and a colon stand before it */
    const char *glued; /* it counts only in the option's own word; names that its own may go on with. NULL: neither */
} programs[] = {
    {"curl",       "basic_auth",          { "--user", "--proxy-user" }, 'u', "sSkLvfigNaIjJlnOqRGB0146", NULL,   true,  NULL},
    { "sshpass",   "password_assignment", { NULL },                     'p', "v",                        "evhV", false, NULL},
    { "redis-cli", "password_assignment", { NULL },                     'a', "",                         NULL,   false, NULL},
    { "mysql",
     "password_assignment",               { NULL },
     'p',                                                                    "vstBNEHXCfnqwAcGiLrb",
     NULL,                                                                                                       false,
     " dump admin import show check slap pump sh binlog _upgrade "                                                          },
    { "mariadb",
     "password_assignment",               { NULL },
     'p',                                                                    "vstBNEHXCfnqwAcGiLrb",
     NULL,                                                                                                       false,
     " -dump -admin -import -show -check -slap -binlog -upgrade "                                                           },
};

static bool is_name_byte(char c)
{
    return (ais_secret_set_of(c) & (AIS_SET_ALNUM | AIS_SET_UNDERSCORE | AIS_SET_DASH)) != 0;
}

static bool ends_command(char c)
{
    return ais_secret_is_any(c, ";|&\n");
}

struct word {
    size_t begin, end; /* without quotes */
};

/* The word from at on; *ret_next: the place behind it. Empty: the command ends there. */
static struct word word_at(const struct ais_secret_search *search, size_t at, size_t *ret_next)
{
    const char *text = search->text;
    size_t n = search->n;
    while (at < n && text[at] != '\n' && ((unsigned char)text[at] <= ' ' || text[at] == '\\'))
        at++;
    bool quoted = at < n && ais_secret_is_any(text[at], "\"'`");
    char quote = '\0';
    if (quoted)
        quote = text[at++];
    struct word word = { at, at };
    while (at < n && at - word.begin <= WORD_MOST && text[at] != '\n' &&
           (quoted ? text[at] != quote : (unsigned char)text[at] > ' ' && !ends_command(text[at])))
        at++;
    word.end = at;
    *ret_next = quoted && at < n && text[at] == quote ? at + 1 : at;
    while (word.end > word.begin && ais_secret_is_any(text[word.end - 1], "\"'`\\)"))
        word.end--;
    return word;
}

/* A word that a program takes as a password, unless it only stands for one. */
static void judge(struct ais_secret_search *search, struct word word, const char *kind)
{
    while (word.begin < word.end && ais_secret_is_any(search->text[word.begin], "\"'\\"))
        word.begin++;
    size_t n = word.end - word.begin;
    search->work += n * STEPS_A_BYTE;
    if (n <= WORD_MOST && !ais_secret_is_no_password(search->text + word.begin, n))
        ais_secret_tell(search, search->text + word.begin, n, kind);
}

/* 3306:3306, 127.0.0.1:3306:3306/tcp: a port that a container gives away. */
static bool is_port(const char *text, size_t n)
{
    if (n > 4 && (memcmp(text + n - 4, "/tcp", 4) == 0 || memcmp(text + n - 4, "/udp", 4) == 0))
        n -= 4;
    for (size_t i = 0; i < n; i++)
        if ((text[i] < '0' || text[i] > '9') && text[i] != ':' && text[i] != '.' && text[i] != '-')
            return false;
    return memchr(text, ':', n) != NULL;
}

/* Whether a program's name is the value of an option that names something after it: docker run --name mysql. */
static bool is_named(const struct ais_secret_search *search, size_t begin)
{
    static const char *const options[] = { "--name", "--hostname", "--network-alias", "-h", "-n" };
    while (begin > 0 && (search->text[begin - 1] == ' ' || search->text[begin - 1] == '='))
        begin--;
    for (size_t i = 0; i < N_ELEMS(options); i++) {
        size_t n = strlen(options[i]);
        if (begin > n && memcmp(search->text + begin - n, options[i], n) == 0 && search->text[begin - n - 1] == ' ')
            return true;
    }
    return false;
}

/* The value of the program's option. */
static void judge_value(struct ais_secret_search *search, const struct program *program, struct word word)
{
    if (program->user) {
        const char *colon = memchr(search->text + word.begin, ':', word.end - word.begin);
        word.begin = colon != NULL ? (size_t)(colon - search->text) + 1 : word.end;
    }
    if (word.begin < word.end && (program->glued == NULL || !is_port(search->text + word.begin, word.end - word.begin)))
        judge(search, word, program->kind);
}

/* Where the value begins that is glued to a long option with a sign; word.end: it is the next word. 0: it is no option
 * of the program. */
static size_t long_value(const struct ais_secret_search *search, const struct program *program, struct word word)
{
    const char *text = search->text + word.begin;
    size_t n = word.end - word.begin;
    for (size_t i = 0; i < N_ELEMS(program->longs) && program->longs[i] != NULL; i++) {
        size_t length = strlen(program->longs[i]);
        if (n >= length && memcmp(text, program->longs[i], length) == 0 && (n == length || text[length] == '='))
            return n == length ? word.end : word.begin + length + 1;
    }
    return 0;
}

/* The same for short options, of which several stand in one word: -su ann:…, -uann:…. */
static size_t short_value(const struct ais_secret_search *search, const struct program *program, struct word word)
{
    size_t at = word.begin + 1;
    while (at < word.end && ais_secret_is_any(search->text[at], program->before))
        at++;
    return at < word.end && search->text[at] == program->option ? at + 1 : 0;
}

/* Looks at an option; true: the next word is its value, and the program's credential. */
static bool look_at_option(struct ais_secret_search *search, const struct program *program, struct word word)
{
    bool is_long = search->text[word.begin + 1] == '-';
    size_t value = is_long ? long_value(search, program, word) : short_value(search, program, word), next;
    bool quoted = value > 0 && value < word.end && ais_secret_is_any(search->text[value], "\"'"); /* blanks and all */
    if (value > 0 && value < word.end)
        judge_value(search, program, quoted ? word_at(search, value, &next) : (struct word){ value, word.end });
    return value > 0 && value == word.end && program->glued == NULL;
}

/* The options of one command, from at on. Returns the place behind it. */
static size_t look_at_command(struct ais_secret_search *search, const struct program *program, size_t at)
{
    bool credential = false, value = false; /* what the word may be, as the one before it says */
    for (size_t next; at < search->n; at = next) {
        struct word word = word_at(search, at, &next);
        search->work += next - at + 1;
        if (word.end == word.begin && next < search->n &&
            (search->text[next] == '\n' || ends_command(search->text[next])))
            return next;
        bool option = !credential && word.end > word.begin + 1 && search->text[word.begin] == '-';
        if (credential)
            judge_value(search, program, word);
        else if (!option && !value && program->switches != NULL)
            return next;
        value =
            option && (program->switches == NULL || !ais_secret_is_any(search->text[word.end - 1], program->switches));
        credential = option && look_at_option(search, program, word);
        if (next == at)
            return at + 1;
    }
    return at;
}

/* How much of the word at a place completes the name of a program, as mysql's do. */
static size_t rest_of_name(const struct ais_secret_search *search, const struct program *program, size_t at)
{
    size_t n = 0;
    while (at + n < search->n && is_name_byte(search->text[at + n]))
        n++;
    return ais_word_is_listed(search->text + at, n, program->glued) ? n : 0;
}

static void find_program(struct ais_secret_search *search, const struct program *program)
{
    size_t length = strlen(program->name), at = 0;
    search->work += search->n / BYTES_LOOKED;
    while (at < search->n && ais_secret_goes_on(search)) {
        const char *found = memmem(search->text + at, search->n - at, program->name, length);
        if (found == NULL)
            return;
        size_t begin = (size_t)(found - search->text);
        at = begin + length;
        at += program->glued != NULL ? rest_of_name(search, program, at) : 0;
        bool whole = (begin == 0 || !is_name_byte(search->text[begin - 1])) && at < search->n &&
                     (search->text[at] == ' ' || search->text[at] == '\t') &&
                     (program->glued == NULL || !is_named(search, begin));
        if (whole)
            at = look_at_command(search, program, at);
        search->work += length;
    }
}

/* ---- --password-stdin ---- */

static const char stdin_option[] = "--password-stdin";
enum { STDIN_OPTION = sizeof stdin_option - 1 };

/* The last word of `echo …` or `printf …` that ends before pipe. */
static void look_at_writer(struct ais_secret_search *search, size_t least, size_t pipe)
{
    static const char *const writers[] = { "echo ", "printf " };
    const char *text = search->text;
    size_t begin = pipe;
    while (begin > least && pipe - begin < PIPED_MOST && !ends_command(text[begin - 1]))
        begin--;
    search->work += pipe - begin;
    for (size_t i = 0; i < N_ELEMS(writers); i++) {
        size_t length = strlen(writers[i]);
        const char *at = memmem(text + begin, pipe - begin, writers[i], length);
        size_t next = at != NULL ? (size_t)(at - text) + length : pipe;
        bool whole = at != NULL && (at == text || !is_name_byte(at[-1]));
        struct word last = { pipe, pipe };
        while (whole && next < pipe) {
            size_t from = next;
            struct word word = word_at(search, from, &next);
            search->work += next - from + 1;
            if (next == from || word.begin >= pipe)
                break;
            last = word.end > word.begin ? word : last;
        }
        if (last.begin < last.end)
            judge(search, last, "password_assignment");
    }
}

/* echo … | login --password-stdin; login --password-stdin <<< … */
static void find_written(struct ais_secret_search *search)
{
    size_t least = 0, at = 0;
    search->work += search->n / BYTES_LOOKED;
    while (at < search->n && ais_secret_goes_on(search)) {
        const char *found = memmem(search->text + at, search->n - at, stdin_option, STDIN_OPTION);
        if (found == NULL)
            return;
        size_t option = (size_t)(found - search->text), pipe = option, next;
        at = option + STDIN_OPTION;
        while (pipe > least && option - pipe < PIPED_MOST && !ends_command(search->text[pipe - 1]))
            pipe--;
        if (pipe > least && search->text[pipe - 1] == '|')
            look_at_writer(search, least, pipe - 1);
        while (at < search->n && search->text[at] == ' ')
            at++;
        if (search->n - at > 3 && memcmp(search->text + at, "<<<", 3) == 0)
            judge(search, word_at(search, at + 3, &next), "password_assignment");
        search->work += at - pipe;
        least = option;
    }
}

/* By its first letters. */
static bool may_name(const struct ais_shape *shape, const char *name)
{
    return ais_shape_has(shape, ais_byte_kinds(name[0]) | ais_byte_kinds(name[1]) | ais_byte_kinds(name[2]));
}

void ais_secret_options(struct ais_secret_search *search)
{
    const struct ais_shape *shape = search->shape;
    if (!ais_shape_has(shape, AIS_BYTE_DASH | AIS_BYTE_BLANK))
        return;
    for (size_t i = 0; i < N_ELEMS(programs); i++)
        if (may_name(shape, programs[i].name))
            find_program(search, &programs[i]);
    if (shape->run >= STDIN_OPTION)
        find_written(search);
}
