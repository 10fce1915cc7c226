/* Brace expansion: {a,b} and {1..3}, each word at most a bounded number of times. */
#include "shared/policy/facts/shell/shell.h"

#include <string.h>

enum { PARTS_MOST = AIS_SHELL_BRACES_MOST };

struct braces {
    size_t open, close; /* the two braces */
    size_t commas[PARTS_MOST];
    size_t count; /* of commas */
};

/* The end of what is quoted or substituted at i, or i. */
static size_t skip(const char *text, size_t n, size_t i)
{
    switch (text[i]) {
    case '\\': return i + 2 < n ? i + 2 : n;
    case '\'': return ais_shell_skip_single(text, n, i + 1, false);
    case '"': return ais_shell_skip_double(text, n, i + 1);
    case '`': return ais_shell_skip_backtick(text, n, i + 1);
    case '$':
        if (i + 1 < n && text[i + 1] == '{')
            return ais_shell_skip_brace(text, n, i + 2);
        return i + 1 < n && text[i + 1] == '(' ? ais_shell_skip_paren(text, n, i + 2) : i;
    default: return i;
    }
}

/* Reads the braces that open at i: their end and the commas between them. False: they close nowhere. */
static bool read_braces(const char *text, size_t n, size_t i, struct braces *ret)
{
    size_t depth = 0;
    ret->open = i;
    ret->count = 0;
    for (; i < n;) {
        size_t end = skip(text, n, i);
        if (end > i) {
            i = end;
            continue;
        }
        depth += text[i] == '{';
        if (text[i] == '}' && --depth == 0) {
            ret->close = i;
            return true;
        }
        if (text[i] == ',' && depth == 1 && ret->count < PARTS_MOST)
            ret->commas[ret->count++] = i;
        i++;
    }
    return false;
}

/* The two ends of {1..3} or {a..c}; false: it is none. */
static bool read_ends(const char *text, const struct braces *braces, long ret[2], bool *ret_letters)
{
    size_t i = braces->open + 1;
    *ret_letters =
        braces->close - i == 4 && text[i + 1] == '.' && text[i + 2] == '.' && ais_shell_is_name(text[i], true);
    if (*ret_letters) {
        ret[0] = (unsigned char)text[i];
        ret[1] = (unsigned char)text[i + 3];
        return true;
    }
    for (int k = 0; k < 2; k++) {
        size_t begin = i;
        for (ret[k] = 0; i < braces->close && text[i] >= '0' && text[i] <= '9' && i - begin < 6; i++)
            ret[k] = ret[k] * 10 + (text[i] - '0');
        if (i == begin)
            return false;
        if (k == 0 && (i + 2 > braces->close || text[i] != '.' || text[i + 1] != '.'))
            return false;
        i += k == 0 ? 2 : 0;
    }
    return i == braces->close;
}

/* The same for what is short enough to be expanded: longer ones stay as they are written, for numbers hide nothing. */
static bool read_sequence(const char *text, const struct braces *braces, long ret[2], bool *ret_letters)
{
    return read_ends(text, braces, ret, ret_letters) && ret[1] - ret[0] < AIS_SHELL_BRACES_MOST &&
           ret[0] - ret[1] < AIS_SHELL_BRACES_MOST;
}

struct expanding {
    struct ais_shell *shell;
    struct ais_shell_words *ret;
};

static void expand(struct expanding *expanding, const char *text, size_t n, size_t from);

/* The word with part in the place of its braces. */
static void put(struct expanding *expanding, const char *text, size_t n, const struct braces *braces, const char *part,
                size_t length)
{
    struct ais_shell_bytes word = { 0 };
    if (expanding->ret->count >= AIS_SHELL_BRACES_MOST) {
        ais_shell_stop(expanding->shell, "more than 256 words of one brace expansion");
        return;
    }
    ais_shell_push(expanding->shell, &word, text, braces->open);
    ais_shell_push(expanding->shell, &word, part, length);
    ais_shell_push(expanding->shell, &word, text + braces->close + 1, n - braces->close - 1);
    if (!expanding->shell->stopped)
        expand(expanding, word.data != NULL ? word.data : "", word.length, braces->open);
}

static void put_sequence(struct expanding *expanding, const char *text, size_t n, const struct braces *braces,
                         const long ends[2], bool letters)
{
    long step = ends[0] <= ends[1] ? 1 : -1;
    for (long k = ends[0]; !expanding->shell->stopped; k += step) {
        char part[16];
        size_t length = sizeof part;
        long rest = k;
        if (letters)
            part[--length] = (char)k;
        else
            do
                part[--length] = (char)('0' + rest % 10);
            while ((rest /= 10) > 0);
        put(expanding, text, n, braces, part + length, sizeof part - length);
        if (k == ends[1])
            return;
    }
}

/* Expands the first braces from `from` on; where there are none, the word is one of the result. */
static void expand(struct expanding *expanding, const char *text, size_t n, size_t from)
{
    struct ais_shell *shell = expanding->shell;
    struct braces braces;
    long ends[2];
    bool letters;
    for (size_t i = from; i < n && !shell->stopped;) {
        size_t end = skip(text, n, i);
        if (end > i) {
            i = end;
        } else if (text[i] != '{') {
            i++;
        } else if (!read_braces(text, n, i, &braces)) {
            break;
        } else if (braces.count == PARTS_MOST) {
            ais_shell_stop(shell, "more than 256 words of one brace expansion");
        } else if (braces.count > 0 && shell->nesting < AIS_SHELL_DEPTH_MOST) {
            shell->nesting++;
            for (size_t k = 0; k <= braces.count && !shell->stopped; k++) {
                size_t begin = k == 0 ? braces.open + 1 : braces.commas[k - 1] + 1;
                size_t stop = k == braces.count ? braces.close : braces.commas[k];
                put(expanding, text, n, &braces, text + begin, stop - begin);
            }
            shell->nesting--;
            return;
        } else if (read_sequence(text, &braces, ends, &letters) && shell->nesting < AIS_SHELL_DEPTH_MOST) {
            shell->nesting++;
            put_sequence(expanding, text, n, &braces, ends, letters);
            shell->nesting--;
            return;
        } else {
            i++;
            if (!ais_shell_make(shell, braces.close - braces.open)) /* braces within braces are looked at again */
                break;
        }
    }
    if (!shell->stopped)
        ais_shell_add_word(shell, expanding->ret, ais_shell_word_of(text, n));
}

bool ais_shell_braces(struct ais_shell *shell, const char *text, size_t n, struct ais_shell_words *ret)
{
    struct expanding expanding = { shell, ret };
    expand(&expanding, text, n, 0);
    return ret->count > 0;
}
