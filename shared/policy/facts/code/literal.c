/* The value of a string: its escapes, and what is expanded in it. */
#include "shared/policy/facts/code/code.h"
#include "shared/text/ascii.h"

#include <string.h>

enum { EMBEDDED_MOST = 4096 }; /* bytes of one expression within a string that are read */

struct literal {
    struct ais_code_reader *reader;
    unsigned quoting;
    const char *text;
    size_t n, i;
    char *out; /* with room for what is not expanded */
    size_t length;
    struct ais_code_value value; /* what stands before out */
    bool any;
};

static char at(const struct literal *l, size_t i)
{
    return ais_shell_at(l->text, l->n, i);
}

/* ---- escapes ---- */

static void put_utf8(struct literal *l, unsigned long c)
{
    if (c < 0x80) {
        l->out[l->length++] = (char)c;
    } else if (c < 0x800) {
        l->out[l->length++] = (char)(0xc0 | c >> 6);
        l->out[l->length++] = (char)(0x80 | (c & 0x3f));
    } else if (c < 0x10000) {
        l->out[l->length++] = (char)(0xe0 | c >> 12);
        l->out[l->length++] = (char)(0x80 | (c >> 6 & 0x3f));
        l->out[l->length++] = (char)(0x80 | (c & 0x3f));
    } else {
        l->out[l->length++] = (char)(0xf0 | (c >> 18 & 7));
        l->out[l->length++] = (char)(0x80 | (c >> 12 & 0x3f));
        l->out[l->length++] = (char)(0x80 | (c >> 6 & 0x3f));
        l->out[l->length++] = (char)(0x80 | (c & 0x3f));
    }
}

/* Up to most hexadecimal digits from i on; returns how many. */
static size_t read_hex(const struct literal *l, size_t i, size_t most, unsigned long *ret)
{
    size_t n = 0;
    *ret = 0;
    while (n < most && ais_hex_value(at(l, i + n)) >= 0)
        *ret = *ret << 4 | (unsigned long)ais_hex_value(at(l, i + n++));
    return n;
}

/* \xNN \x{N} \uNNNN \u{N} \UNNNNNNNN \NNN: each is longer than what it stands for. */
static bool put_number(struct literal *l)
{
    char c = at(l, l->i + 1);
    unsigned long number = 0;
    size_t digits, begin = l->i + 2;
    if (c >= '0' && c <= '7') {
        for (digits = 0; digits < 3 && at(l, l->i + 1 + digits) >= '0' && at(l, l->i + 1 + digits) <= '7'; digits++)
            number = number << 3 | (unsigned long)(at(l, l->i + 1 + digits) - '0');
        l->out[l->length++] = (char)number;
        l->i += 1 + digits;
        return true;
    }
    if (c != 'x' && c != 'u' && c != 'U')
        return false;
    bool braces = at(l, begin) == '{';
    digits = read_hex(l, begin + braces, braces ? 6 : c == 'x' ? 2 : c == 'u' ? 4 : 8, &number);
    if (digits == 0 || (digits < 2 && !braces && c != 'x'))
        return false;
    if (c == 'x' && !braces)
        l->out[l->length++] = (char)number;
    else
        put_utf8(l, number);
    l->i = begin + digits + braces + (braces && at(l, begin + 1 + digits) == '}');
    return true;
}

static void put_escape(struct literal *l)
{
    static const char letters[] = "ntrabfve0", meanings[] = "\n\t\r\a\b\f\v\033";
    char c = at(l, l->i + 1);
    if (l->quoting & AIS_CODE_HALF) {
        if (c == '\\' || c == '\'')
            l->i++;
        l->out[l->length++] = l->text[l->i++];
        return;
    }
    if (put_number(l))
        return;
    const char *letter = c != '\0' ? strchr(letters, c) : NULL;
    if (letter != NULL)
        c = meanings[letter - letters];
    if (letter != NULL || c != '\n')
        l->out[l->length++] = c;
    l->i += 2;
}

/* ---- expansions ---- */

/* Puts a value where the string stands now. */
static void embed(struct literal *l, const struct ais_code_value *value)
{
    struct ais_code *code = l->reader->code;
    struct ais_code_value before = ais_code_text(l->out, l->length);
    if (l->any)
        before = ais_code_join(code, &l->value, &before);
    l->value = ais_code_join(code, &before, value);
    l->any = true;
    l->out += l->length;
    l->length = 0;
}

/* The expression between begin and end; what is not known stays as it is written, in braces. What follows begins at
 * next. */
static void embed_expression(struct literal *l, size_t begin, size_t end, size_t next)
{
    struct ais_code *code = l->reader->code;
    struct ais_code_value value = ais_code_unknown("", 0);
    if (end - begin <= EMBEDDED_MOST && ais_code_enter(code)) {
        value = ais_code_read(code, l->reader->dialect, l->text + begin, end - begin);
        ais_code_leave(code);
    } else {
        ais_code_stop(code, "more than 4 KiB of code within a string");
    }
    if (value.kind != AIS_CODE_TEXT) {
        const struct ais_code_maker *makers = value.makers;
        value = ais_code_unknown(l->text + begin, end - begin);
        value.makers = makers;
    }
    embed(l, &value);
    l->i = next;
}

static bool embed_braces(struct literal *l)
{
    char c = at(l, l->i), next = at(l, l->i + 1);
    size_t begin = l->i + 2, end;
    if ((l->quoting & AIS_CODE_BRACES) && c == '{') {
        if (next == '{') { /* stands for itself */
            l->out[l->length++] = c;
            l->i += 2;
            return true;
        }
        begin = l->i + 1;
    } else if (!((l->quoting & AIS_CODE_HASHES) && c == '#' && next == '{') &&
               !((l->quoting & AIS_CODE_DOLLARS) && c == '$' && next == '{') &&
               !((l->quoting & AIS_CODE_VALUES) && c == '@' && next == '{') &&
               !((l->quoting & AIS_CODE_VALUES) && c == '{' && next == '$')) {
        return false;
    }
    begin -= c == '{' && next == '$' ? begin - l->i - 1 : 0;
    end = ais_code_skip_braces(l->text, l->n, begin);
    bool closed = end > begin && l->text[end - 1] == '}';
    embed_expression(l, begin, closed ? end - 1 : end, end);
    return true;
}

/* $name and ${name}: only what is known is put there. */
static bool embed_name(struct literal *l)
{
    if (!(l->quoting & AIS_CODE_VALUES) || l->text[l->i] != '$')
        return false;
    size_t braces = at(l, l->i + 1) == '{', begin = l->i + 1 + braces, end = begin;
    while (ais_shell_is_name(at(l, end), end == begin))
        end++;
    if (end == begin || (braces && at(l, end) != '}') || end - begin + 1 >= AIS_CODE_NAME_LENGTH)
        return false;
    char name[AIS_CODE_NAME_LENGTH] = "$";
    memcpy(name + 1, l->text + begin, end - begin);
    const struct ais_code_value *value = ais_code_find(l->reader->code, name, end - begin + 1);
    if (value == NULL || value->kind != AIS_CODE_TEXT)
        return false;
    embed(l, value);
    l->i = end + braces;
    return true;
}

static struct ais_code_value words_of(struct ais_code *code, const char *text, size_t n)
{
    struct ais_code_value list = { .kind = AIS_CODE_LIST };
    for (size_t i = 0; i < n;) {
        size_t begin = i;
        while (i < n && !ais_is_blank(text[i]))
            i++;
        if (i > begin) {
            const struct ais_code_value word = ais_code_text(text + begin, i - begin);
            ais_code_append(code, &list, &word);
        }
        i += i == begin;
    }
    return list;
}

static bool is_plain(const struct literal *l)
{
    static const char special[] = "\\{#$@";
    if (l->quoting & AIS_CODE_RAW)
        return (l->quoting & AIS_CODE_BRACES) == 0 || memchr(l->text, '{', l->n) == NULL;
    for (size_t i = 0; i < l->n; i++)
        if (ais_shell_one_of(special, l->text[i]))
            return false;
    return true;
}

struct ais_code_value ais_code_literal(struct ais_code_reader *r, const struct ais_code_token *token)
{
    struct literal l = {
        .reader = r, .quoting = token->bits, .text = r->text + token->begin, .n = token->end - token->begin
    };
    if (l.quoting & AIS_CODE_PATTERN)
        return (struct ais_code_value){ .kind = AIS_CODE_RESULT, .text = "RegExp", .length = strlen("RegExp") };
    if (l.quoting & AIS_CODE_WORDS)
        return words_of(r->code, l.text, l.n);
    if (is_plain(&l))
        return ais_code_text(l.text, l.n);
    l.out = ais_code_make(r->code, l.n);
    while (l.out != NULL && l.i < l.n && !r->code->stopped) {
        if (l.text[l.i] == '\\' && l.i + 1 < l.n && !(l.quoting & AIS_CODE_RAW))
            put_escape(&l);
        else if (!embed_name(&l) && !embed_braces(&l))
            l.out[l.length++] = l.text[l.i++];
    }
    struct ais_code_value rest = ais_code_text(l.out != NULL ? l.out : "", l.length);
    if (!l.any)
        return rest;
    return l.length > 0 ? ais_code_join(r->code, &l.value, &rest) : l.value;
}
