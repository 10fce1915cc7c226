/* The part PATH: where each path-like text of the request leads. */
#include "shared/policy/facts/mention.h"
#include "shared/policy/facts/path/joined.h"
#include "shared/policy/facts/path/prose.h"
#include "shared/policy/facts/path/urls.h"
#include "shared/policy/facts/view.h"
#include "shared/policy/facts/words.h"
#include "shared/text/ascii.h"
#include "shared/text/filepath.h"

#include <stdint.h>
#include <string.h>
#include <strings.h>

enum { PATHS_MOST = 8192, LONGEST = 4096, ROOM = 8 };

/* Steps of work (facts/view.h). */
enum { STEPS_A_TEXT = 160, STEPS_A_BYTE = 5, STEPS_A_WORD = 32, STEPS_A_PATH = 512, STEPS_A_PATH_BYTE = 12 };

struct paths {
    struct ais_view *view;
    struct ais_part *part;
    bool may_comment; /* the text at hand: as a shell's */
    bool has_script;  /* a text may hold a script of sed, which names files in its own way */
    bool has_folder;  /* an argument names the folder of those beside it */
    struct ais_path_prose prose;
    size_t idle_words; /* that are no paths, and whose steps are not counted yet */
};

/* ---- bytes ---- */

/* What a byte means where paths are looked for. */
enum byte {
    ENDS = 1,  /* a word */
    HELD = 2,  /* it does, but a path that is known to be one may hold it */
    SLASH = 4, /* of either kind */
    COLON = 8,
    TILDE = 16,
    DOT = 32,
    PERCENT = 64,
    HIGH = 128, /* not ASCII */

    TELLING = SLASH | COLON | TILDE | DOT | PERCENT | HIGH /* no path, and no URL, is without any of these */
};

#define FOUR(c, kinds)  [c] = (kinds), [(c) + 1] = (kinds), [(c) + 2] = (kinds), [(c) + 3] = (kinds)
#define BLOCK(c, kinds) FOUR(c, kinds), FOUR((c) + 4, kinds), FOUR((c) + 8, kinds), FOUR((c) + 12, kinds)

static const uint8_t bytes[256] = {
    BLOCK(0x00, ENDS | HELD),
    BLOCK(0x10, ENDS | HELD),
    [' '] = ENDS | HELD,
    ['('] = ENDS | HELD,
    [')'] = ENDS | HELD,
    ['['] = ENDS | HELD,
    [']'] = ENDS | HELD,
    [','] = ENDS | HELD,
    ['='] = ENDS | HELD,
    ['"'] = ENDS,
    ['\''] = ENDS,
    ['`'] = ENDS,
    [';'] = ENDS,
    ['|'] = ENDS,
    ['&'] = ENDS,
    ['<'] = ENDS,
    ['>'] = ENDS,
    ['?'] = ENDS,
    ['/'] = SLASH,
    ['\\'] = SLASH,
    [':'] = COLON,
    ['~'] = TILDE,
    ['.'] = DOT,
    ['%'] = PERCENT,
    BLOCK(0x80, HIGH),
    BLOCK(0x90, HIGH),
    BLOCK(0xa0, HIGH),
    BLOCK(0xb0, HIGH),
    BLOCK(0xc0, HIGH),
    BLOCK(0xd0, HIGH),
    BLOCK(0xe0, HIGH),
    BLOCK(0xf0, HIGH),
};

#undef BLOCK
#undef FOUR

static unsigned kinds_of(char c)
{
    return bytes[(unsigned char)c];
}

/* All that the bytes of a text are. */
static unsigned all_kinds(const char *text, size_t n)
{
    unsigned kinds = 0;
    for (size_t i = 0; i < n; i++)
        kinds |= kinds_of(text[i]);
    return kinds;
}

/* ---- one path ---- */

static void add(struct paths *paths, unsigned list, const char *text, size_t n)
{
    ais_part_add(paths->view, paths->part, list, AIS_VALUE_STRING, text, n);
}

static void add_truth(struct paths *paths, unsigned list, bool truth)
{
    const char *text = truth ? "true" : "false";
    ais_part_add(paths->view, paths->part, list, AIS_VALUE_BOOL, text, strlen(text));
}

/* gz, and tar.gz. */
static void add_extensions(struct paths *paths, const char *name, size_t n)
{
    enum { EXTENSION_MOST = 16 };
    const char *dot = n > 0 ? memrchr(name, '.', n) : NULL;
    size_t length = dot != NULL ? (size_t)(name + n - dot) - 1 : 0;
    if (dot == NULL || dot == name || length == 0 || length > EXTENSION_MOST)
        return;
    const char *before = memrchr(name, '.', (size_t)(dot - name));
    size_t two = before != NULL && before > name ? (size_t)(name + n - before) - 1 : length;
    two = two > 2 * (size_t)EXTENSION_MOST ? length : two;
    char *lower = ais_view_alloc(paths->view, two + 1);
    if (lower == NULL)
        return;
    for (size_t i = 0; i < two; i++)
        lower[i] = ais_lower(name[n - two + i]);
    add(paths, AIS_PATH_EXTENSION, lower + two - length, length);
    if (two > length)
        add(paths, AIS_PATH_EXTENSION, lower, two);
}

/* A component that begins with a dot, and is not only dots. */
static bool is_hidden(const char *path, size_t n)
{
    for (size_t i = 0; i < n;) {
        size_t begin = i;
        while (i < n && path[i] == '.')
            i++;
        if (i > begin && i < n && path[i] != '/')
            return true;
        while (i < n && path[i] != '/')
            i++;
        i++;
    }
    return false;
}

/* A relative path that climbs twice or more ends below the root as often as not. */
static void add_landing(struct paths *paths, const char *path, const struct ais_filepath *resolved)
{
    enum { UPS_LEAST = 2 };
    if (resolved->landing > 0 && resolved->ups >= UPS_LEAST)
        add(paths, AIS_PATH_NORMALIZED, path + resolved->landing, resolved->length - resolved->landing);
}

static void add_path(struct paths *paths, const char *text, size_t n)
{
    struct ais_filepath resolved;
    bool more = false;
    if (n == 0 || paths->part->unknown != NULL)
        return;
    if (paths->part->elements == PATHS_MOST) {
        paths->part->unknown = "more than 8192 paths";
        return;
    }
    if (!ais_part_spend(paths->view, paths->part, STEPS_A_PATH + STEPS_A_PATH_BYTE * n))
        return;
    char *copy = ais_view_alloc(paths->view, n + 1);
    char *out = ais_view_alloc(paths->view, n + ROOM);
    if (copy == NULL || out == NULL)
        return;
    memcpy(copy, text, n);
    n = ais_filepath_decode(copy, n, &more);
    ais_filepath_resolve(copy, n, out, &resolved);
    paths->part->elements++;
    if (more) {
        for (unsigned list = AIS_PATH_NORMALIZED; list <= AIS_PATH_HIDDEN; list++)
            ais_part_add_unknown(paths->view, paths->part, list, "a path that is escaped more than five times");
        return;
    }
    const char *slash = memrchr(out, '/', resolved.length);
    const char *name = slash != NULL ? slash + 1 : out;
    size_t name_n = (size_t)(out + resolved.length - name);
    add(paths, AIS_PATH_NORMALIZED, out, resolved.length);
    add_landing(paths, out, &resolved);
    if (name_n > 0 && name[0] != '/')
        add(paths, AIS_PATH_NAME, name, name_n);
    add_extensions(paths, name, name_n);
    add_truth(paths, AIS_PATH_TRAVERSAL, resolved.ups > 0);
    add_truth(paths, AIS_PATH_HIDDEN, is_hidden(out, resolved.length));
}

/* ---- where paths are ---- */

static bool add_url(struct paths *paths, const char *text, size_t n)
{
    const char *path = text;
    size_t length = 0;
    if (!ais_path_of_url(text, n, &path, &length))
        return false;
    if (length > 0)
        add_path(paths, path, length);
    return true;
}

/* Two digits of a slash, a dot, a percent sign, or the begin of an overlong one; or %u. */
static bool is_path_escape(const char *digits)
{
    static const char escapes[][2] = { "2f", "5c", "2e", "25", "c0", "c1", "e0", "ef", "f0" };
    char high = ais_lower(digits[0]), low = ais_lower(digits[1]);
    bool found = high == 'u';
    for (size_t i = 0; i < sizeof escapes / sizeof *escapes; i++)
        found |= high == escapes[i][0] && low == escapes[i][1];
    return found;
}

static bool has_escape(const char *text, size_t n)
{
    for (const char *at = memchr(text, '%', n); at != NULL;) {
        size_t rest = n - (size_t)(at - text);
        if (rest > 2 && is_path_escape(at + 1))
            return true;
        at = rest > 1 ? memchr(at + 1, '%', rest - 1) : NULL;
    }
    return false;
}

static bool has_wide_slash(const char *text, size_t n)
{
    return memmem(text, n, "\xef\xbc\x8f", 3) != NULL || memmem(text, n, "\xe2\x88\x95", 3) != NULL ||
           memmem(text, n, "\xe2\x81\x84", 3) != NULL || memmem(text, n, "\xef\xbc\xbc", 3) != NULL;
}

/* kinds: at least those of its bytes. */
static bool looks_like_path(const char *text, size_t n, unsigned kinds)
{
    return n > 0 && (kinds & TELLING) != 0 &&
           (memchr(text, '/', n) != NULL || memchr(text, '\\', n) != NULL || text[0] == '~' ||
            (text[0] == '.' && n > 1 && !ais_is_blank(text[1])) || ((kinds & PERCENT) != 0 && has_escape(text, n)) ||
            ((kinds & HIGH) != 0 && has_wide_slash(text, n)));
}

/* /dir/name, ~/name, ./name, ../name, C:\name, %2fname: the whole string is one, blanks and all. */
static bool begins_like_path(const char *text, size_t n)
{
    if (n < 2)
        return false;
    if (text[1] == ':' && n > 2 && ais_path_is_slash(text[2])) /* a drive */
        return true;
    switch (text[0]) {
    case '/':
    case '\\': return true;
    case '~': return text[1] == '/';
    case '.': return ais_path_is_slash(text[1]) || (text[1] == '.' && n > 2 && ais_path_is_slash(text[2]));
    case '$': return ais_path_begins(text, n, "$HOME");
    case '%': return ais_path_begins(text, n, "%2f") || ais_path_begins(text, n, "%2e");
    default: return false;
    }
}

static bool has_climb(const char *text, size_t n)
{
    for (size_t i = 0; i + 2 < n; i++)
        if (text[i] == '.' && text[i + 1] == '.' && (ais_path_is_slash(text[i + 2]) || text[i + 2] == '%'))
            return true;
    return false;
}

/* What is too long for a path, and does not look like one that only begins long: a picture, a text without blanks. */
static bool is_too_long(const char *text, size_t n)
{
    return n > LONGEST && !begins_like_path(text, n) && !has_climb(text, n);
}

static void add_piece(struct paths *paths, const char *text, size_t n, unsigned kinds)
{
    if (!is_too_long(text, n) && looks_like_path(text, n, kinds))
        add_path(paths, text, n);
}

/* What stands before a path in a word: the @ of curl, an option of one letter. */
static size_t word_sign(const char *text, size_t n)
{
    if (n > 1 && text[0] == '@')
        return 1;
    bool option = n > 3 && text[0] == '-' && ais_is_alnum(text[1]) && (ais_path_is_slash(text[2]) || text[2] == '~');
    return option ? 2 : 0;
}

/* The pieces of from:to, host:path, path:path. */
static void add_pieces(struct paths *paths, const char *text, size_t n)
{
    for (size_t i = 0, begin = 0; i <= n; i++) {
        bool drive = i - begin == 1 && ais_is_alnum(text[begin]);
        bool parts = i + 1 < n && text[i] == ':' && !drive && strchr("/~.$", text[i + 1]) != NULL;
        if (i < n && !parts)
            continue;
        add_piece(paths, text + begin, i - begin, all_kinds(text + begin, i - begin));
        begin = i + 1;
    }
}

/* Counts the steps of words: this many, and the idle ones before them. */
static bool spend_words(struct paths *paths, size_t words)
{
    size_t steps = STEPS_A_WORD * (words + paths->idle_words);
    paths->idle_words = 0;
    return steps == 0 || ais_part_spend(paths->view, paths->part, steps);
}

/* A word of bytes of these kinds. */
static void add_word(struct paths *paths, const char *text, size_t n, unsigned kinds)
{
    if ((kinds & TELLING) == 0) {
        paths->idle_words++;
        return;
    }
    if (!spend_words(paths, 1) || (paths->may_comment && ais_is_mentioned(paths->view, paths->part, text)))
        return;
    size_t sign = word_sign(text, n);
    if ((kinds & COLON) == 0)
        add_piece(paths, text + sign, n - sign, kinds);
    else if (!add_url(paths, text + sign, n - sign))
        add_pieces(paths, text + sign, n - sign);
}

static void add_words(struct paths *paths, const char *text, size_t n)
{
    for (size_t i = 0; i < n && paths->part->unknown == NULL; i++) {
        size_t begin = i;
        unsigned kinds = 0;
        for (; i < n && (kinds_of(text[i]) & ENDS) == 0; i++)
            kinds |= kinds_of(text[i]);
        if (i > begin + 1 || (i > begin && (kinds & (SLASH | TILDE)) != 0))
            add_word(paths, text + begin, i - begin, kinds);
    }
    if (paths->part->unknown == NULL)
        spend_words(paths, 0);
}

/* Whether words end in what is a path as a whole; blanks: although it may hold blanks and the like. */
static bool has_word_end(const char *text, size_t n, bool blanks)
{
    for (size_t i = 0; i < n; i++)
        if ((kinds_of(text[i]) & ENDS) != 0 && !(blanks && (kinds_of(text[i]) & HELD) != 0))
            return true;
    return false;
}

/* One line, and no URL. */
static bool is_line(const char *text, size_t n)
{
    return memchr(text, '\n', n) == NULL && memmem(text, n, "://", 3) == NULL && !ais_path_is_file_url(text, n);
}

/* Whether a shell may see a comment. Most texts hold none, and need not be read as shell for their paths. */
static bool may_comment(const char *text, size_t n)
{
    for (const char *at = n > 0 ? memchr(text, '#', n) : NULL; at != NULL;) {
        size_t i = (size_t)(at - text);
        if (i == 0 || ais_is_blank(at[-1]) || at[-1] == ';')
            return true;
        at = i + 1 < n ? memchr(at + 1, '#', n - i - 1) : NULL;
    }
    return false;
}

/* Whether a command may be sed: the word and a blank. */
static bool names_sed(const char *text, size_t n)
{
    static const char name[] = "sed ";
    for (const char *at = memmem(text, n, name, sizeof name - 1); at != NULL;) {
        if (at == text || !ais_is_alnum(at[-1]) || at[-1] == 'g')
            return true;
        size_t next = (size_t)(at - text) + sizeof name - 1;
        at = memmem(text + next, n - next, name, sizeof name - 1);
    }
    return false;
}

static bool on_string(void *arg, const struct ais_view_string *string)
{
    struct paths *paths = arg;
    const char *text = string->text;
    size_t n = string->length;
    if (string->top == AIS_VIEW_TOOL_NAME)
        return true;
    if (!ais_part_spend(paths->view, paths->part, STEPS_A_TEXT + STEPS_A_BYTE * n))
        return false;
    if (ais_path_is_content(&paths->prose, paths->view, paths->part, string))
        return true;
    enum ais_hint hint = ais_hint_of(string->key, &ais_path_keys);
    paths->may_comment = string->top == AIS_VIEW_TOOL_ARGS && may_comment(text, n);
    paths->has_script |= string->top == AIS_VIEW_TOOL_ARGS && names_sed(text, n);
    paths->has_folder |= string->top == AIS_VIEW_TOOL_ARGS && ais_path_is_folder(string->key, text, n);
    while (n > 0 && ais_is_blank(text[0]) && text[0] != '\0') {
        text++;
        n--;
    }
    while (n > 0 && (text[n - 1] == '\n' || text[n - 1] == '\r'))
        n--;
    bool path = hint == AIS_HINT_STRONG; /* of which blanks are a part */
    bool whole = n > 0 && !is_too_long(text, n) &&
                 (path || begins_like_path(text, n) ||
                  (hint == AIS_HINT_WEAK && looks_like_path(text, n, all_kinds(text, n)))) &&
                 is_line(text, n);
    if (whole)
        add_path(paths, text, n);
    if ((!whole || has_word_end(text, n, path)) && !ais_path_is_prose(string))
        add_words(paths, text, n);
    return !paths->view->failed && paths->part->unknown == NULL;
}

static bool is_there(const struct paths *paths, const struct ais_value *path)
{
    const struct ais_part_list *list = &paths->part->lists[AIS_PATH_NORMALIZED];
    for (size_t i = 0; i < list->count; i++)
        if (list->items[i].length == path->length && memcmp(list->items[i].text, path->text, path->length) == 0)
            return true;
    return false;
}

/* Files that scripts of sed read and write, as the shell's reader tells them: $r/etc/shadow. */
static void add_scripts(struct paths *paths, const struct ais_part *shell)
{
    const struct ais_part_list *names = &shell->lists[AIS_SHELL_NAME];
    for (size_t i = 0; i < names->count; i++) {
        const struct ais_value *name = &names->items[i];
        bool sed = name->length >= 3 && name->length <= 4 && memcmp(name->text + name->length - 3, "sed", 3) == 0;
        size_t count = 0;
        const struct ais_value *words = sed ? ais_part_values(shell, AIS_SHELL_ARGS, name->element, &count) : NULL;
        for (size_t k = 0; k < count && paths->part->unknown == NULL; k++) {
            size_t paths_there = paths->part->lists[AIS_PATH_NORMALIZED].count;
            if (!ais_part_spend(paths->view, paths->part, STEPS_A_WORD + paths_there))
                return;
            if (begins_like_path(words[k].text, words[k].length) && !is_there(paths, &words[k]) &&
                is_line(words[k].text, words[k].length))
                add_piece(paths, words[k].text, words[k].length, TELLING);
        }
    }
    if (paths->part->unknown == NULL)
        paths->part->unknown = shell->unknown;
}

static void on_joined(void *arg, const char *text, size_t n)
{
    add_path(arg, text, n);
}

void ais_understand_PATH(struct ais_view *view, struct ais_part *ret)
{
    struct paths paths = { .view = view, .part = ret };
    ais_view_strings(view, ret, on_string, &paths);
    if (paths.has_script && ret->unknown == NULL)
        add_scripts(&paths, ais_view_part(view, AIS_PART_SHELL));
    if (paths.has_folder && ret->unknown == NULL)
        ais_path_join(view, ret, on_joined, &paths);
}
