/* What commands are known to print: those that only rewrite their words or their input. */
#include "shared/policy/facts/shell/shell.h"

#include <string.h>

#define ZLIB_CONST /* next_in is const: the library does not write there */
#include <zlib.h>

enum { GROWTH = 64 }; /* times that gzip may be larger than its source */

struct printing {
    struct ais_shell *shell;
    const struct ais_shell_words *words;
    const char *input; /* NULL: not known, and nor is what comes out of it */
    size_t input_length;
    struct ais_shell_bytes bytes;
};

typedef bool printer(struct printing *printing);

static void put(struct printing *printing, const char *text, size_t n)
{
    ais_shell_push(printing->shell, &printing->bytes, text, n);
}

static const struct ais_shell_word *word_at(const struct printing *printing, size_t i)
{
    static const struct ais_shell_word none = { .text = "" };
    return i < printing->words->count ? &printing->words->items[i] : &none;
}

/* Whether an option stands among the words: a letter in a word of letters, or a whole word. */
static bool has_option(const struct printing *printing, char letter, const char *whole)
{
    for (size_t i = 1; i < printing->words->count; i++) {
        const struct ais_shell_word *word = word_at(printing, i);
        if (ais_shell_is(word, whole))
            return true;
        if (word->length > 1 && word->text[0] == '-' && word->text[1] != '-' && letter != '\0' &&
            memchr(word->text, letter, word->length) != NULL)
            return true;
    }
    return false;
}

/* The first word from `from` on that is no option. */
static size_t first_operand(const struct printing *printing, size_t from)
{
    while (from < printing->words->count && word_at(printing, from)->length > 1 &&
           word_at(printing, from)->text[0] == '-')
        from++;
    return from;
}

/* ---- echo and printf ---- */

/* Text whose escapes are decoded. */
static void put_escaped(struct printing *printing, const char *text, size_t n)
{
    for (size_t i = 0; i < n && !printing->shell->stopped;) {
        const char *slash = memchr(text + i, '\\', n - i);
        size_t end = slash != NULL ? (size_t)(slash - text) : n;
        char bytes[8];
        size_t length;
        put(printing, text + i, end - i);
        if (slash != NULL) {
            end = ais_shell_escape(text, n, end, bytes, &length);
            put(printing, bytes, length);
        }
        i = end;
    }
}

static bool print_echo(struct printing *printing)
{
    size_t i = 1;
    bool escapes = false, newline = true;
    for (; i < printing->words->count; i++) {
        const struct ais_shell_word *word = word_at(printing, i);
        bool option = word->length > 1 && word->text[0] == '-';
        for (size_t k = 1; k < word->length; k++)
            option = option && ais_shell_one_of("neE", word->text[k]);
        if (!option)
            break;
        escapes = escapes || memchr(word->text, 'e', word->length) != NULL;
        newline = newline && memchr(word->text, 'n', word->length) == NULL;
    }
    for (size_t first = i; i < printing->words->count; i++) {
        const struct ais_shell_word *word = word_at(printing, i);
        if (i > first)
            put(printing, " ", 1);
        if (escapes)
            put_escaped(printing, word->text, word->length);
        else
            put(printing, word->text, word->length);
    }
    if (newline)
        put(printing, "\n", 1);
    return true;
}

/* A number as it stands, or as the character %c and \ooo stand for: only what formats of texts need. */
static void put_conversion(struct printing *printing, char kind, const struct ais_shell_word *word)
{
    if (kind == 'b')
        put_escaped(printing, word->text, word->length);
    else if (kind == 'c')
        put(printing, word->text, word->length > 0);
    else
        put(printing, word->text, word->length);
}

/* The format once, from word *next on. */
static void put_format(struct printing *printing, const struct ais_shell_word *format, size_t *next)
{
    for (size_t i = 0; i < format->length && !printing->shell->stopped;) {
        char c = format->text[i];
        char bytes[8] = { c };
        size_t length = 1;
        if (c == '\\') {
            i = ais_shell_escape(format->text, format->length, i, bytes, &length);
        } else if (c == '%' && i + 1 < format->length && format->text[i + 1] == '%') {
            i += 2;
        } else if (c == '%') {
            for (i++; i < format->length && ais_shell_one_of("0123456789-+ #.*lh", format->text[i]); i++)
                ;
            put_conversion(printing, ais_shell_at(format->text, format->length, i), word_at(printing, (*next)++));
            i++;
            continue;
        } else {
            i++;
        }
        put(printing, bytes, length);
    }
}

static bool print_printf(struct printing *printing)
{
    size_t at = 1;
    if (ais_shell_is(word_at(printing, at), "-v"))
        at += 2;
    if (ais_shell_is(word_at(printing, at), "--"))
        at++;
    const struct ais_shell_word *format = word_at(printing, at);
    size_t next = at + 1;
    do {
        size_t begin = next;
        put_format(printing, format, &next);
        if (next == begin)
            break;
    } while (next < printing->words->count && !printing->shell->stopped);
    return true;
}

/* ---- what passes the input on ---- */

/* The input, or files that the text has written. */
static bool print_input(struct printing *printing)
{
    size_t i = first_operand(printing, 1);
    if (i + 1 == printing->words->count &&
        ais_shell_in("- /dev/stdin", word_at(printing, i)->text, word_at(printing, i)->length))
        i++;
    const struct ais_shell_output *file =
        i + 1 == printing->words->count ? ais_shell_file(printing->shell, word_at(printing, i)) : NULL;
    if (file != NULL) {
        put(printing, file->text, file->length);
        return file->whole;
    }
    if (i < printing->words->count || printing->input == NULL)
        return false;
    put(printing, printing->input, printing->input_length);
    return true;
}

static bool print_tee(struct printing *printing)
{
    if (printing->input == NULL)
        return false;
    put(printing, printing->input, printing->input_length);
    return true;
}

static bool print_nothing(struct printing *printing)
{
    (void)printing;
    return true;
}

static bool print_reversed(struct printing *printing)
{
    if (printing->input == NULL)
        return false;
    for (size_t i = 0; i < printing->input_length;) {
        const char *end = memchr(printing->input + i, '\n', printing->input_length - i);
        size_t stop = end != NULL ? (size_t)(end - printing->input) : printing->input_length;
        for (size_t k = stop; k > i; k--)
            put(printing, printing->input + k - 1, 1);
        if (end != NULL)
            put(printing, "\n", 1);
        i = stop + 1;
    }
    return true;
}

/* ---- base64 and digits ---- */

/* The value of a digit in either alphabet (RFC 4648); -1: none. */
static int base64_value(char c)
{
    if (c >= 'A' && c <= 'Z')
        return c - 'A';
    if (c >= 'a' && c <= 'z')
        return c - 'a' + 26;
    if (c >= '0' && c <= '9')
        return c - '0' + 52;
    return c == '+' || c == '-' ? 62 : c == '/' || c == '_' ? 63 : -1;
}

static void put_base64(struct printing *printing)
{
    uint32_t bits = 0;
    unsigned count = 0;
    for (size_t i = 0; i < printing->input_length && printing->input[i] != '='; i++) {
        int value = base64_value(printing->input[i]);
        if (value < 0)
            continue;
        bits = bits << 6 | (uint32_t)value;
        if (count++ % 4 != 0) {
            char byte = (char)(uint8_t)(bits >> (6 - 2 * ((count - 1) % 4)));
            put(printing, &byte, 1);
        }
    }
}

static bool print_base64(struct printing *printing)
{
    bool decodes = has_option(printing, 'd', "--decode") || has_option(printing, 'D', "--decode");
    if (printing->input == NULL || !decodes)
        return false;
    put_base64(printing);
    return true;
}

static bool print_openssl(struct printing *printing)
{
    bool base64 = false, decodes = false, encrypted = false;
    for (size_t i = 1; i < printing->words->count; i++) {
        const struct ais_shell_word *word = word_at(printing, i);
        base64 = base64 || ais_shell_in("base64 -base64 -a", word->text, word->length);
        decodes = decodes || ais_shell_is(word, "-d");
        encrypted = encrypted || ais_shell_in("-k -K -pass -in", word->text, word->length);
    }
    if (printing->input == NULL || !base64 || !decodes || encrypted)
        return false;
    put_base64(printing);
    return true;
}

static int hex_value(char c)
{
    if (c >= '0' && c <= '9')
        return c - '0';
    c |= 0x20;
    return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

static bool print_xxd(struct printing *printing)
{
    if (printing->input == NULL || !has_option(printing, 'r', "-r") || !has_option(printing, 'p', "-p"))
        return false;
    int high = -1;
    for (size_t i = 0; i < printing->input_length; i++) {
        int value = hex_value(printing->input[i]);
        if (value >= 0 && high >= 0) {
            char byte = (char)(uint8_t)(high << 4 | value);
            put(printing, &byte, 1);
            high = -1;
        } else if (value >= 0) {
            high = value;
        }
    }
    return true;
}

static bool inflate_input(struct printing *printing)
{
    struct ais_shell *shell = printing->shell;
    const unsigned char *bytes = (const unsigned char *)printing->input;
    z_stream stream = { .next_in = bytes, .avail_in = (uInt)printing->input_length };
    size_t most = printing->input_length * GROWTH, left = AIS_SHELL_MADE_MOST - shell->made;
    most = most < left ? most : left;
    unsigned char *out = most > 0 ? ais_shell_alloc(shell, most) : NULL;
    if (out == NULL || inflateInit2(&stream, 16 + MAX_WBITS) != Z_OK)
        return false;
    stream.next_out = out;
    stream.avail_out = (uInt)most;
    inflate(&stream, Z_FINISH);
    size_t made = most - stream.avail_out;
    bool full = stream.avail_out == 0;
    inflateEnd(&stream);
    ais_shell_make(shell, most); /* what was asked for was cleared, and so paid for */
    printing->bytes = (struct ais_shell_bytes){ (char *)out, made, most };
    return made > 0 && !full;
}

static bool print_inflated(struct printing *printing)
{
    return printing->input != NULL && printing->input_length > 18 && inflate_input(printing);
}

static bool print_gzip(struct printing *printing)
{
    return (has_option(printing, 'd', "--decompress") || has_option(printing, 'd', "--uncompress")) &&
           print_inflated(printing);
}

/* ---- tr and sed ---- */

/* The characters of a set: ranges, escapes and a few classes. Returns how many. */
static size_t read_set(const struct ais_shell_word *word, char ret[256])
{
    static const struct {
        const char *name;
        char first, last;
    } classes[] = {
        {"[:lower:]",  'a', 'z'},
        { "[:upper:]", 'A', 'Z'},
        { "[:digit:]", '0', '9'}
    };
    size_t count = 0;
    for (size_t i = 0; i < word->length && count < 256;) {
        char bytes[8] = { word->text[i] };
        size_t length = 1;
        int first = -1, last = -1;
        for (size_t k = 0; k < N_ELEMS(classes); k++) {
            size_t n = strlen(classes[k].name);
            if (n > word->length - i || memcmp(word->text + i, classes[k].name, n) != 0)
                continue;
            first = (unsigned char)classes[k].first;
            last = (unsigned char)classes[k].last;
            i += n;
            break;
        }
        if (first < 0) {
            i = word->text[i] == '\\' ? ais_shell_escape(word->text, word->length, i, bytes, &length) : i + 1;
            first = last = (unsigned char)bytes[0];
            if (i + 1 < word->length && word->text[i] == '-') {
                last = (unsigned char)word->text[i + 1];
                i += 2;
            }
        }
        for (int c = first; c <= last && count < 256; c++)
            ret[count++] = (char)c;
    }
    return count;
}

static bool print_tr(struct printing *printing)
{
    char from[256], to[256];
    size_t at = first_operand(printing, 1);
    bool deletes = has_option(printing, 'd', "--delete"), others = has_option(printing, 'c', "--complement");
    bool squeezes = has_option(printing, 's', "--squeeze-repeats");
    size_t from_count = read_set(word_at(printing, at), from), to_count = read_set(word_at(printing, at + 1), to);
    if (printing->input == NULL || others || squeezes || (!deletes && to_count == 0))
        return false;
    int map[256];
    for (int c = 0; c < 256; c++)
        map[c] = c;
    for (size_t i = from_count; i-- > 0;)
        map[(unsigned char)from[i]] = deletes ? -1 : (unsigned char)to[i < to_count ? i : to_count - 1];
    for (size_t i = 0; i < printing->input_length; i++) {
        int mapped = map[(unsigned char)printing->input[i]];
        char byte = (char)mapped;
        if (mapped >= 0)
            put(printing, &byte, 1);
    }
    return true;
}

/* One s/a/b/ or s/a/b/g, where a and b are plain text. */
static bool print_sed(struct printing *printing)
{
    size_t at = first_operand(printing, 1);
    const struct ais_shell_word *word = word_at(printing, at);
    const char *text = word->text, *end = text + word->length;
    if (printing->input == NULL || word->length < 4 || text[0] != 's' || at + 1 < printing->words->count)
        return false;
    const char *a = text + 2, *a_end = memchr(a, text[1], (size_t)(end - a));
    const char *b = a_end != NULL ? a_end + 1 : end, *b_end = memchr(b, text[1], (size_t)(end - b));
    if (a_end == NULL || b_end == NULL || a_end == a)
        return false;
    for (const char *c = a; c < b_end; c++)
        if (ais_shell_one_of("\\.*[]^$&", *c))
            return false;
    bool all = memchr(b_end, 'g', (size_t)(end - b_end)) != NULL, done = false;
    size_t n = (size_t)(a_end - a);
    for (size_t i = 0; i < printing->input_length;) {
        bool here = !done && n <= printing->input_length - i && memcmp(printing->input + i, a, n) == 0;
        put(printing, here ? b : printing->input + i, here ? (size_t)(b_end - b) : 1);
        done = printing->input[i] == '\n' ? false : done || (here && !all);
        i += here ? n : 1;
    }
    return true;
}

/* which NAME, command -v NAME, type -p NAME: a path whose last part is the name. */
static bool print_place(struct printing *printing)
{
    const struct ais_shell_word *name = &printing->words->items[0], *option = word_at(printing, 1);
    const char *asks = ais_shell_is(name, "command") ? "-v" : ais_shell_is(name, "type") ? "-p -P" : NULL;
    size_t at = first_operand(printing, 1);
    if ((asks != NULL && !ais_shell_in(asks, option->text, option->length)) || at >= printing->words->count)
        return false;
    put(printing, printing->words->items[at].text, printing->words->items[at].length);
    put(printing, "\n", 1);
    return true;
}

static const char silent[] =
    "cd : true false sleep export declare local readonly typeset set unset shopt alias read mkdir rm "
    "touch chmod trap wait exit return";

static const struct row {
    const char *names; /* between blanks */
    printer *print;
    bool reads_input; /* what it prints is as whole as what it reads */
} rows[] = {
    {"echo",                                      print_echo,     false},
    { "printf",                                   print_printf,   false},
    { "cat",                                      print_input,    true },
    { "tee",                                      print_tee,      true },
    { "base64",                                   print_base64,   true },
    { "openssl",                                  print_openssl,  true },
    { "xxd",                                      print_xxd,      true },
    { "rev",                                      print_reversed, true },
    { "tr",                                       print_tr,       true },
    { "sed",                                      print_sed,      true },
    { "gunzip zcat",                              print_inflated, true },
    { "gzip",                                     print_gzip,     true },
    { "which command type",                       print_place,    false},
    { silent,                                     print_nothing,  false},
    { "head tail grep egrep fgrep sort uniq tac", NULL,           true }, /* filter.c */
};

const struct ais_word_table ais_shell_printer_table = { rows, sizeof *rows, N_ELEMS(rows) };

bool ais_shell_print(struct ais_shell *shell, const struct ais_shell_name *name, const struct ais_shell_words *words,
                     const struct ais_shell_output *input, struct ais_shell_output *ret)
{
    struct printing printing = { .shell = shell, .words = words };
    if (input != NULL && (input->whole || input->length > 0)) {
        printing.input = input->text;
        printing.input_length = input->length;
    }
    ret->derived = input != NULL && (input->length > 0 || input->derived);
    if (name->rows[AIS_SHELL_PRINTERS] == 0)
        return false;
    size_t i = name->rows[AIS_SHELL_PRINTERS] - 1U;
    if (rows[i].print == NULL)
        return ais_shell_filter(shell, name, words, input, ret);
    if (!rows[i].print(&printing))
        return false;
    ret->text = printing.bytes.data != NULL ? printing.bytes.data : "";
    ret->length = printing.bytes.length;
    bool reads = i >= 2 && rows[i].print != print_nothing && printing.input != NULL; /* else of words or files alone */
    ret->whole = !reads || (input != NULL && input->whole);
    ret->derived = false;
    return true;
}
