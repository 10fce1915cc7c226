/* Functions whose value is known: what decodes, joins and cuts texts, and what names modules. */
#include "shared/policy/facts/code/code.h"
#include "shared/text/ascii.h"

#include <assert.h>
#include <string.h>

typedef bool decoder(struct ais_code *code, const struct ais_code_value *args, struct ais_code_value *ret);

static const struct ais_code_value *text_of(const struct ais_code_value *args, size_t i)
{
    return i < args->count && args->items[i].kind == AIS_CODE_TEXT ? &args->items[i] : NULL;
}

static bool made(struct ais_code_value *ret, const char *text, size_t n)
{
    *ret = ais_code_text(text, n);
    return true;
}

/* ---- encodings ---- */

/* Digits of 2^bits values, most significant first; digit: the value of a character, -1 for what is skipped. */
static bool decode_digits(struct ais_code *code, const struct ais_code_value *args, unsigned bits, int (*digit)(char c),
                          struct ais_code_value *ret)
{
    const struct ais_code_value *text = text_of(args, 0);
    char *out = text != NULL ? ais_code_make(code, text->length) : NULL;
    unsigned long held = 0;
    unsigned have = 0;
    size_t n = 0;
    if (out == NULL)
        return false;
    for (size_t i = 0; i < text->length; i++) {
        int value = digit(text->text[i]);
        if (value < 0)
            continue;
        held = (held << bits | (unsigned)value) & 0xffff;
        have += bits;
        if (have >= 8) {
            have -= 8;
            out[n++] = (char)(held >> have);
        }
    }
    return made(ret, out, n);
}

static int digit64(char c)
{
    static const char others[] = "+-/_";
    if (c >= 'A' && c <= 'Z')
        return c - 'A';
    if (c >= 'a' && c <= 'z')
        return c - 'a' + 26;
    if (ais_is_digit(c))
        return c - '0' + 52;
    const char *other = c != '\0' ? strchr(others, c) : NULL;
    return other != NULL ? 62 + (int)(other - others) / 2 : -1;
}

static int digit32(char c)
{
    char small = ais_lower(c);
    if (small >= 'a' && small <= 'z')
        return small - 'a';
    return c >= '2' && c <= '7' ? c - '2' + 26 : -1;
}

static int digit16(char c)
{
    return ais_hex_value(c);
}

static bool base64(struct ais_code *code, const struct ais_code_value *args, struct ais_code_value *ret)
{
    return decode_digits(code, args, 6, digit64, ret);
}

static bool base32(struct ais_code *code, const struct ais_code_value *args, struct ais_code_value *ret)
{
    return decode_digits(code, args, 5, digit32, ret);
}

static bool base16(struct ais_code *code, const struct ais_code_value *args, struct ais_code_value *ret)
{
    return decode_digits(code, args, 4, digit16, ret);
}

static bool rot13(struct ais_code *code, const struct ais_code_value *args, struct ais_code_value *ret)
{
    const struct ais_code_value *text = text_of(args, 0);
    char *out = text != NULL ? ais_code_make(code, text->length) : NULL;
    for (size_t i = 0; out != NULL && i < text->length; i++) {
        char c = text->text[i], small = ais_lower(c);
        bool letter = small >= 'a' && small <= 'z';
        int turn = !letter ? 0 : small < 'n' ? 13 : -13;
        out[i] = (char)(c + turn);
    }
    return out != NULL && made(ret, out, text->length);
}

static bool reverse(struct ais_code *code, const struct ais_code_value *args, struct ais_code_value *ret)
{
    const struct ais_code_value *text = text_of(args, 0);
    char *out = text != NULL ? ais_code_make(code, text->length) : NULL;
    for (size_t i = 0; out != NULL && i < text->length; i++)
        out[i] = text->text[text->length - 1 - i];
    return out != NULL && made(ret, out, text->length);
}

static bool percent(struct ais_code *code, const struct ais_code_value *args, struct ais_code_value *ret)
{
    const struct ais_code_value *text = text_of(args, 0);
    char *out = text != NULL ? ais_code_make(code, text->length) : NULL;
    size_t n = 0;
    for (size_t i = 0; out != NULL && i < text->length; i++) {
        int high = text->text[i] == '%' ? ais_hex_value(ais_shell_at(text->text, text->length, i + 1)) : -1;
        int low = high >= 0 ? ais_hex_value(ais_shell_at(text->text, text->length, i + 2)) : -1;
        out[n] = text->text[i];
        if (low >= 0)
            out[n] = (char)(high << 4 | low);
        n++;
        i += low >= 0 ? 2 : 0;
    }
    return out != NULL && made(ret, out, n);
}

/* Buffer.from(x, 'hex'), codecs.decode(x, 'rot13') */
static bool named_encoding(struct ais_code *code, const struct ais_code_value *args, struct ais_code_value *ret)
{
    const struct ais_code_value *name = text_of(args, 1), *text = text_of(args, 0);
    if (name != NULL && ais_shell_in("base64 base64url base64_codec", name->text, name->length))
        return base64(code, args, ret);
    if (name != NULL && ais_shell_in("hex hex_codec", name->text, name->length))
        return base16(code, args, ret);
    if (name != NULL && ais_shell_in("rot13 rot_13 rot-13", name->text, name->length))
        return rot13(code, args, ret);
    return text != NULL && made(ret, text->text, text->length);
}

/* pack('H*', x) */
static bool pack(struct ais_code *code, const struct ais_code_value *args, struct ais_code_value *ret)
{
    const struct ais_code_value *form = text_of(args, 0);
    struct ais_code_value rest = { .kind = AIS_CODE_LIST };
    if (form == NULL || form->length == 0 || args->count < 2)
        return false;
    ais_code_append(code, &rest, &args->items[1]);
    if (ais_lower(form->text[0]) == 'h')
        return base16(code, &rest, ret);
    return ais_lower(form->text[0]) == 'm' && base64(code, &rest, ret);
}

/* ---- characters ---- */

/* The character of each number, those of lists too; false: one is none. */
static bool characters(struct ais_code *code, const struct ais_code_value *args, struct ais_code_value *ret)
{
    size_t n = 0, most = 0;
    for (size_t i = 0; i < args->count; i++)
        most += args->items[i].kind == AIS_CODE_LIST ? args->items[i].count : 1;
    char *out = most > 0 ? ais_code_make(code, most) : NULL;
    for (size_t i = 0; out != NULL && i < args->count; i++) {
        const struct ais_code_value *arg = &args->items[i];
        const struct ais_code_value *items = arg->kind == AIS_CODE_LIST ? arg->items : arg;
        size_t count = arg->kind == AIS_CODE_LIST ? arg->count : 1;
        for (size_t k = 0; k < count; k++) {
            if (items[k].kind != AIS_CODE_INTEGER)
                return false;
            out[n++] = (char)items[k].number;
        }
    }
    return out != NULL && made(ret, out, n);
}

static bool bytes(struct ais_code *code, const struct ais_code_value *args, struct ais_code_value *ret)
{
    const struct ais_code_value *text = text_of(args, 0);
    if (text != NULL)
        return made(ret, text->text, text->length);
    return args->count > 0 && args->items[0].kind == AIS_CODE_LIST && characters(code, args, ret);
}

static bool is_character_function(const struct ais_code_value *value)
{
    bool named = value->kind == AIS_CODE_REF || value->kind == AIS_CODE_RESULT;
    return named && ais_shell_in("chr unichr String.fromCharCode String.fromCodePoint", value->text, value->length);
}

/* map(chr, [...]) */
static bool map(struct ais_code *code, const struct ais_code_value *args, struct ais_code_value *ret)
{
    if (args->count < 2 || !is_character_function(&args->items[0]) || args->items[1].kind != AIS_CODE_LIST)
        return false;
    struct ais_code_value list = { .kind = AIS_CODE_LIST }, numbers = { .kind = AIS_CODE_LIST };
    ais_code_append(code, &numbers, &args->items[1]);
    if (!characters(code, &numbers, ret))
        return false;
    ais_code_append(code, &list, ret); /* one text: they are joined anyway */
    *ret = list;
    return true;
}

/* ---- texts ---- */

static bool same(struct ais_code *code, const struct ais_code_value *args, struct ais_code_value *ret)
{
    const struct ais_code_value *text = text_of(args, 0);
    (void)code;
    return text != NULL && made(ret, text->text, text->length);
}

static bool integer(struct ais_code *code, const struct ais_code_value *args, struct ais_code_value *ret)
{
    const struct ais_code_value *text = text_of(args, 0);
    bool sixteen = args->count > 1 && args->items[1].kind == AIS_CODE_INTEGER && args->items[1].number == 16;
    long number = 0;
    (void)code;
    if (text == NULL || text->length == 0 || text->length > 8)
        return false;
    for (size_t i = 0; i < text->length; i++) {
        int digit = ais_hex_value(text->text[i]);
        if (digit < 0 || (!sixteen && digit > 9))
            return false;
        number = number * (sixteen ? 16 : 10) + digit;
    }
    *ret = (struct ais_code_value){ .kind = AIS_CODE_INTEGER, .number = number };
    return true;
}

/* The items with the text between them. */
static bool join_items(struct ais_code *code, const struct ais_code_value *between, const struct ais_code_value *list,
                       struct ais_code_value *ret)
{
    size_t n = 0;
    for (size_t i = 0; i < list->count; i++) {
        if (list->items[i].kind != AIS_CODE_TEXT)
            return false;
        n += list->items[i].length + between->length;
    }
    char *out = ais_code_make(code, n), *at = out;
    for (size_t i = 0; out != NULL && i < list->count; i++) {
        if (i > 0 && between->length > 0)
            at = mempcpy(at, between->text, between->length);
        if (list->items[i].length > 0)
            at = mempcpy(at, list->items[i].text, list->items[i].length);
    }
    return out != NULL && made(ret, out, (size_t)(at - out));
}

/* implode('', [...]), join('', ...) */
static bool join(struct ais_code *code, const struct ais_code_value *args, struct ais_code_value *ret)
{
    const struct ais_code_value *between = text_of(args, 0);
    struct ais_code_value rest = *args;
    if (between == NULL || args->count < 2)
        return false;
    rest.items++;
    rest.count--;
    return join_items(code, between, args->items[1].kind == AIS_CODE_LIST ? &args->items[1] : &rest, ret);
}

static bool replace_in(struct ais_code *code, const struct ais_code_value *text, const struct ais_code_value *what,
                       const struct ais_code_value *by, struct ais_code_value *ret)
{
    struct ais_code_value all = ais_code_text("", 0);
    size_t count = 0;
    if (text == NULL || what == NULL || by == NULL || what->length == 0)
        return false;
    const char *end = text->text + text->length;
    for (const char *at = text->text; (at = memmem(at, (size_t)(end - at), what->text, what->length)) != NULL;
         at += what->length)
        count++;
    if (count > 0 && by->length > AIS_CODE_MADE_MOST / count)
        return false;
    char *out = ais_code_make(code, text->length + count * by->length), *to = out;
    for (const char *at = text->text; out != NULL;) {
        const char *found = memmem(at, (size_t)(end - at), what->text, what->length);
        to = mempcpy(to, at, (size_t)((found != NULL ? found : end) - at));
        if (found == NULL)
            break;
        if (by->length > 0)
            to = mempcpy(to, by->text, by->length);
        at = found + what->length;
    }
    all.text = out;
    return out != NULL && made(ret, all.text, (size_t)(to - out));
}

/* str_replace(what, by, text) */
static bool replace(struct ais_code *code, const struct ais_code_value *args, struct ais_code_value *ret)
{
    return replace_in(code, text_of(args, 2), text_of(args, 0), text_of(args, 1), ret);
}

/* ---- modules ---- */

/* A module by its name: node:fs/promises is fs.promises. */
static bool module(struct ais_code *code, const struct ais_code_value *args, struct ais_code_value *ret)
{
    const struct ais_code_value *name = text_of(args, 0);
    *ret = ais_code_ref("?", 1);
    if (name == NULL || name->length == 0 || name->length >= AIS_CODE_NAME_LENGTH)
        return args->count > 0;
    size_t skip = name->length > 5 && memcmp(name->text, "node:", 5) == 0 ? 5 : 0;
    char *out = ais_arena_copy(code->view->arena, name->text + skip, name->length - skip);
    if (out == NULL)
        return false;
    for (char *at = out; *at != '\0'; at++)
        if (*at == '/')
            *at = '.';
    *ret = ais_code_ref(out, name->length - skip);
    return true;
}

static const struct row {
    const char *names;
    decoder *decode;
} functions[] = {
    {"base64.b64decode b64decode base64.decodebytes base64.decodestring base64.standard_b64decode "
      "base64.urlsafe_b64decode urlsafe_b64decode binascii.a2b_base64 a2b_base64 atob base64_decode decode_base64 "
      "MIME.Base64.decode_base64 MIME.Base64.decode Base64.decode64 Base64.strict_decode64 Base64.urlsafe_decode64 "
      "Base64.decode",                                                                                  base64        },
    { "base64.b32decode b32decode",                                                                          base32        },
    { "bytes.fromhex bytearray.fromhex binascii.unhexlify unhexlify binascii.a2b_hex base64.b16decode b16decode "
      "hex2bin",                                                                                        base16        },
    { "str_rot13",                                                                                           rot13         },
    { "strrev reversed",                                                                                     reverse       },
    { "urllib.parse.unquote urllib.unquote unquote unescape decodeURIComponent decodeURI urldecode rawurldecode "
      "URI.decode CGI.unescape uri_unescape",                                                           percent       },
    { "codecs.decode Buffer.from Buffer",                                                                    named_encoding},
    { "pack",                                                                                                pack          },
    { "chr unichr String.fromCharCode String.fromCodePoint pack_c",                                          characters    },
    { "bytes bytearray str String",                                                                          bytes         },
    { "map",                                                                                                 map           },
    { "compile ast.parse list tuple iter shlex.split shlex.quote textwrap.dedent codecs.encode strval trim", same          },
    { "int parseInt hexdec intval hex",                                                                      integer       },
    { "implode join",                                                                                        join          },
    { "str_replace",                                                                                         replace       },
    { "require import __import__ importlib.import_module importlib.__import__ import_module process.binding "
      "require_relative",                                                                               module        },
};

static_assert(N_ELEMS(functions) <= 64, "a row is a bit of what is remembered of the words");

bool ais_code_decode(struct ais_code *code, const char *name, size_t n, const struct ais_code_value *args,
                     struct ais_code_value *ret)
{
    static const struct ais_word_table table = { functions, sizeof *functions, N_ELEMS(functions) };
    static _Thread_local struct ais_word_outline outline;
    uint64_t rows = n > 0 ? ais_word_rows(&table, &outline, name[0], n) : 0;
    for (size_t k = 0; rows != 0; k++, rows >>= 1)
        if ((rows & 1) != 0 && ais_shell_in(functions[k].names, name, n))
            return functions[k].decode(code, args, ret);
    return false;
}
