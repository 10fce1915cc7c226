/* Words that a command only says or seeks: messages and patterns, which it opens as no file and fetches from nowhere;
 * and the key that ssh proves itself by, of which it tells nothing.
 * Whatever is not known for certain (the program, one of its options) leaves a word what any other is. */
#include "shared/policy/facts/mention.h"
#include "shared/policy/facts/shell/shell.h"

#include <string.h>

enum operands {
    ARE_OWN,   /* files, names */
    ARE_SAID,  /* all of them */
    SEEK_FIRST /* the first is a pattern, unless an option gives it */
};

static const struct speaker {
    const char *names;        /* "": a row of the same program as the one before */
    const char *verbs;        /* one of these is its first word; "": no word has to be */
    const char *said;         /* letters of options whose value is said, or sought */
    const char *said_options; /* the same in long */
    const char *letters;      /* of options that take another value */
    const char *options;      /* the same in long */
    const char *flags;        /* letters of options that take none */
    const char *alone;        /* the same in long */
    enum operands operands;
} speakers[] = {
    {"echo",                    "",                                "",    "",                                "",                      "",                                                  "",                                       "",                                                     ARE_SAID  },
    { "printf",                 "",                                "v",   "",                                "",                      "",                                                  "",                                       "",                                                     ARE_SAID  },
    { "logger",                 "",                                "t",   "--tag --message",                 "fnPpSu",                "--file --server --port --priority --size --socket", "deis",
     "--stderr --skip-empty --no-act",                                                                                                                                                                                                                                                       ARE_SAID  },
    { "git",                    "commit tag notes merge stash",    "m",   "--message",                       "FCct",                  "",                                                  "aqvsneipS",                              "",                                                     ARE_OWN   },
    { "",                       "log shortlog show diff rev-list", "SG",  "--grep --author --committer",     "nOLl",                  "",                                                  "pgiEFswbz0123456789",                    "",
     ARE_OWN                                                                                                                                                                                                                                                                                           },
    { "",                       "grep",                            "e",   "--regexp",                        "fmABC",                 "",                                                  "aIiwvhHEGPFnlLozcWpq",                   "--ignore-case --line-number --count",
     SEEK_FIRST                                                                                                                                                                                                                                                                                        },
    { "gh",                     "issue pr release",                "btn", "--body --title --notes",          "FalRHBpu",              "",                                                  "dfmsw",                                  "",                                                     ARE_OWN   },
    { "glab",                   "issue mr",                        "dtm", "--description --title --message", "alu",                   "",                                                  "y",                                      "",                                                     ARE_OWN   },
    { "ssh scp sftp",           "",                                "i",   "",                                "BbcDEeFIJLlmOopQRSWwP", "",                                                  "46AaCfGgKkMNnqsTtVvXxYyr",               "",                                                     ARE_OWN   },
    { "hg svn jj",              "commit ci describe tag",          "m",   "--message",                       "lF",                    "",                                                  "Aqv",                                    "",                                                     ARE_OWN   },
    { "grep egrep fgrep zgrep", "",                                "e",   "--regexp",                        "fmABCdD",
     "--file --max-count --after-context --before-context --context --binary-files --directories --devices --exclude "
      "--exclude-dir --exclude-from --include --label",                                                                                                                                    "EFGPivwxcLlqshHnobyTuUzZrRIa0123456789",
     "--extended-regexp --fixed-strings --perl-regexp --basic-regexp --ignore-case --invert-match --word-regexp "
      "--line-regexp --count --files-with-matches --files-without-match --only-matching --quiet --silent --no-messages "
      "--with-filename --no-filename --line-number --text --recursive --dereference-recursive --color --colour",                                                                                                                                                                             SEEK_FIRST},
    { "rg",                     "",                                "e",   "--regexp",                        "fgtTABCmjMErd",
     "--file --glob --iglob --type --type-not --after-context --before-context --context --max-count --threads "
      "--max-columns --encoding --replace --max-depth --sort --sortr --pre --pre-glob --ignore-file --color --colors",                                                                     "iSsvwxclnNHIUFPLuzoqa.0p",
     "--ignore-case --smart-case --case-sensitive --invert-match --word-regexp --line-regexp --count "
      "--files-with-matches --files-without-match --line-number --no-line-number --with-filename --no-filename "
      "--multiline --fixed-strings --pcre2 --follow --hidden --no-ignore --only-matching --quiet --text --vimgrep "
      "--json --no-heading --heading --stats --trim --column",                                                                                                                                                                                                                               SEEK_FIRST},
    { "ack ack-grep",           "",                                "",    "",                                "ABCm",                  "",                                                  "iwvlLcnhHoQrRsx1",                       "",                                                     SEEK_FIRST},
    { "ag",                     "",                                "",    "",                                "ABCGmp",                "",                                                  "iSsQwvlLcnHuUaotrR0z",                   "--hidden --ignore-case --literal --nocolor --nogroup",
     SEEK_FIRST                                                                                                                                                                                                                                                                                        },
    { "sed gsed",               "",                                "e",   "--expression",                    "f",                     "--file",                                            "nErsuzi",                                "--quiet --silent --regexp-extended --null-data",
     SEEK_FIRST                                                                                                                                                                                                                                                                                        },
};
const struct ais_word_table ais_shell_speaker_table = { speakers, sizeof *speakers, N_ELEMS(speakers) };

/* ---- scripts of sed ---- */

/* Behind the delimiter that ends what is open before i; 0: nothing does. */
static size_t behind(const char *text, size_t n, size_t i, char delimiter)
{
    for (; i < n; i++) {
        if (text[i] == delimiter)
            return i + 1;
        i += text[i] == '\\';
    }
    return 0;
}

/* /x/p, \#x#d, s/x/y/g: a script that names no file. Of others that is not known. */
static bool only_seeks(const struct ais_shell_word *word)
{
    const char *text = word->text;
    size_t n = word->length, at = 0;
    if (n < 3)
        return false;
    bool replaces = text[0] == 's', odd = text[0] == '\\';
    char delimiter = text[replaces || odd];
    if (!replaces && !odd && delimiter != '/')
        return false;
    at = behind(text, n, (replaces || odd) + 1U, delimiter);
    at = at > 0 && replaces ? behind(text, n, at, delimiter) : at;
    if (at == 0)
        return false;
    for (; at < n; at++)
        if (!ais_shell_one_of(replaces ? "gpiI0123456789" : "pdIq!=", text[at]))
            return false;
    return true;
}

/* ---- one command ---- */

struct hearing {
    const struct speaker *row;
    struct ais_shell_word *words;
    size_t count;
    bool is_script;   /* a pattern is one of sed */
    bool has_pattern; /* which has been seen */
};

static void say(struct hearing *hearing, size_t k)
{
    if (k < hearing->count && (!hearing->is_script || only_seeks(&hearing->words[k])))
        hearing->words[k].said = true;
}

static bool is_long(const struct ais_shell_word *word)
{
    return word->length > 2 && word->text[0] == '-' && word->text[1] == '-';
}

/* The option at k in long. Returns the last word that is of it; 0: what it takes is not known. */
static size_t hear_long(struct hearing *hearing, size_t k)
{
    const struct speaker *row = hearing->row;
    const struct ais_shell_word *word = &hearing->words[k];
    const char *equals = memchr(word->text, '=', word->length);
    size_t n = equals != NULL ? (size_t)(equals - word->text) : word->length;
    bool said = ais_shell_in(row->said_options, word->text, n);
    hearing->has_pattern = hearing->has_pattern || said || ais_shell_in("--file", word->text, n);
    if (said)
        say(hearing, equals != NULL ? k : k + 1);
    if (equals != NULL || ais_shell_in(row->alone, word->text, n))
        return k;
    if (said || ais_shell_in(row->options, word->text, n))
        return k + 1;
    return row->operands == ARE_OWN ? k : 0;
}

/* The same of a word of letters. */
static size_t hear_letters(struct hearing *hearing, size_t k)
{
    const struct speaker *row = hearing->row;
    const struct ais_shell_word *word = &hearing->words[k];
    for (size_t i = 1; i < word->length; i++) {
        bool said = ais_shell_one_of(row->said, word->text[i]), last = i + 1 == word->length;
        hearing->has_pattern = hearing->has_pattern || said || word->text[i] == 'f';
        if (said)
            say(hearing, last ? k + 1 : k);
        if (said || ais_shell_one_of(row->letters, word->text[i]))
            return last ? k + 1 : k;
        if (!ais_shell_one_of(row->flags, word->text[i]))
            return 0;
    }
    return k;
}

/* The words from k on. */
static void hear_words(struct hearing *hearing, size_t k)
{
    bool options = hearing->row->flags[0] != '\0' || hearing->row->letters[0] != '\0' || hearing->row->said[0] != '\0';
    for (; k < hearing->count; k++) {
        const struct ais_shell_word *word = &hearing->words[k];
        bool dash = options && word->length > 1 && word->text[0] == '-';
        if (dash && ais_shell_is(word, "--")) {
            options = false;
        } else if (dash) {
            k = is_long(word) ? hear_long(hearing, k) : hear_letters(hearing, k);
            if (k == 0)
                return;
        } else if (hearing->row->operands == ARE_SAID) {
            say(hearing, k);
        } else if (hearing->row->operands == SEEK_FIRST && !hearing->has_pattern) {
            say(hearing, k);
            hearing->has_pattern = true;
        }
    }
}

/* The place of the first word behind what stands before a verb: git -C x --no-pager log. */
static size_t verb_of(const struct ais_shell_words *words)
{
    size_t k = 1;
    while (k < words->count && ais_shell_in("-C -c --no-pager", words->items[k].text, words->items[k].length))
        k += words->items[k].length == 2 ? 2 : 1;
    return k;
}

void ais_shell_hear(const struct ais_shell_name *name, struct ais_shell_words *words)
{
    if (name->rows[AIS_SHELL_SPEAKERS] == 0)
        return;
    size_t verb = verb_of(words);
    for (size_t i = name->rows[AIS_SHELL_SPEAKERS] - 1U;;) {
        const struct speaker *row = &speakers[i];
        bool any = row->verbs[0] == '\0';
        if (any ||
            (verb < words->count && ais_shell_in(row->verbs, words->items[verb].text, words->items[verb].length))) {
            struct hearing hearing = { row, words->items, words->count, false, false };
            hearing.is_script = ais_shell_in("sed gsed", name->text, name->length);
            hear_words(&hearing, any ? 1 : verb + 1);
            return;
        }
        if (++i == N_ELEMS(speakers) || speakers[i].names[0] != '\0')
            return;
    }
}

/* ---- what nobody takes up ---- */

/* Commands behind which what is said may be anywhere. */
static const char takers[] = "exec trap alias enable fc history script eval source .";

/* Programs that show what they read, and write it nowhere. */
static const char viewers[] = "| head tail grep egrep fgrep wc cat cut tr nl";

static bool is_written(const struct ais_shell_word *redirect)
{
    static const char null[] = "/dev/null";
    size_t n = redirect->length, length = sizeof null - 1;
    return redirect->text[0] != '<' && (n < length || memcmp(redirect->text + n - length, null, length) != 0);
}

/* Whether a command takes up what others say, or writes to where others may. */
static bool takes_up(const struct ais_shell_command *command)
{
    for (size_t i = 0; i < command->redirects.count; i++)
        if (command->redirects.items[i].length > 0 && is_written(&command->redirects.items[i]))
            return true;
    return ais_shell_in(takers, command->name.text, command->name.length);
}

/* Whether all in its pipeline, but who begins it, only show what passes through. */
static bool is_viewed(const struct ais_shell_command *command)
{
    const char *text = command->pipeline;
    for (size_t i = 0, n = text != NULL ? command->pipeline_length : 0; i < n; i++) {
        size_t begin = i;
        while (i < n && text[i] != ' ')
            i++;
        if (begin > 0 && !ais_shell_in(viewers, text + begin, i - begin))
            return false;
    }
    return true;
}

/* Whether there is nothing in a word as it stands that a shell would run or remember. */
static bool is_inert(const struct ais_shell_word *word)
{
    return word->source != NULL && word->literal && word->from == NULL &&
           memchr(word->source, '$', word->source_length) == NULL &&
           memchr(word->source, '`', word->source_length) == NULL;
}

/* What takes up the words of the command, or the line, before; or has a process that reads what is said. */
static bool is_taker(const char *text, size_t n)
{
    static const char *const takers_by_sign[] = { "$_", "${_", "BASH_COMMAND", "!$", "!!", "!:", ">(", "coproc" };
    for (size_t i = 0; i < N_ELEMS(takers_by_sign); i++) {
        size_t length = strlen(takers_by_sign[i]);
        if (length <= n && memcmp(text, takers_by_sign[i], length) == 0)
            return true;
    }
    return false;
}

static bool repeats(void *arg, const struct ais_view_string *string)
{
    enum { BYTES_A_STEP = 4 };
    struct ais_shell *shell = arg;
    bool may = ais_part_spend(shell->view, shell->part, string->length / BYTES_A_STEP);
    shell->overheard = shell->overheard || !may;
    for (size_t i = 0; i < string->length && !shell->overheard; i++)
        shell->overheard = ais_shell_one_of("$!>Bc", string->text[i]) && is_taker(string->text + i, string->length - i);
    return !shell->overheard;
}

static bool is_overheard(struct ais_shell *shell)
{
    for (size_t i = 0; i < shell->command_count && !shell->overheard; i++)
        shell->overheard = takes_up(&shell->commands[i]);
    return shell->overheard || shell->unknown != NULL || !ais_view_strings(shell->view, shell->part, repeats, shell) ||
           shell->overheard;
}

void ais_shell_add_mention(struct ais_shell *shell, const char *text, size_t n)
{
    enum { STEPS_A_MENTION = 16 };
    if (n > 0 && ais_part_spend(shell->view, shell->part, STEPS_A_MENTION))
        ais_part_add(shell->view, shell->part, AIS_SHELL_MENTIONS, AIS_VALUE_STRING, text, n);
}

/* What of the command is said as it stands, from its word at k on; NULL: no more is. */
static const struct ais_shell_word *next_said(const struct ais_shell_command *command, size_t *k)
{
    bool by_name = command->words.count > 0 && command->words.items[0].length == command->name.length;
    if (!by_name || command->name.rows[AIS_SHELL_SPEAKERS] == 0 || command->depth > 0 || command->level > 0)
        return NULL;
    while (++*k < command->words.count)
        if (command->words.items[*k].said && is_inert(&command->words.items[*k]))
            return &command->words.items[*k];
    return NULL;
}

void ais_shell_add_mentions(struct ais_shell *shell)
{
    bool looked = false;
    for (size_t i = 0; i < shell->command_count; i++) {
        const struct ais_shell_command *command = &shell->commands[i];
        size_t k = 0;
        for (const struct ais_shell_word *word; (word = next_said(command, &k)) != NULL;) {
            if (!looked && is_overheard(shell))
                return;
            looked = true;
            if (is_viewed(command))
                ais_shell_add_mention(shell, word->source, word->source_length);
        }
    }
}

bool ais_is_mentioned(struct ais_view *view, struct ais_part *part, const char *at)
{
    const struct ais_part_list *mentions = &ais_view_part(view, AIS_PART_SHELL)->lists[AIS_SHELL_MENTIONS];
    bool found = false;
    if (!ais_part_spend(view, part, mentions->count))
        return false;
    for (size_t i = 0; i < mentions->count && !found; i++) {
        uintptr_t begin = (uintptr_t)mentions->items[i].text, place = (uintptr_t)at;
        found = place >= begin && place - begin < mentions->items[i].length;
    }
    return found;
}
