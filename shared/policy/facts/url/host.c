#include "shared/policy/facts/url/host.h"
#include "shared/policy/facts/text/fold.h"
#include "shared/policy/facts/url/punycode.h"
#include "shared/text/address.h"
#include "shared/text/ascii.h"

#include <string.h>
#include <utf8proc.h>

enum { ROUNDS = 3, NAME_MOST = 253, SPELLED_MOST = 16 * NAME_MOST };

char *ais_url_decode(struct ais_view *view, const char *text, size_t n, size_t *ret_n)
{
    char *out = ais_view_alloc(view, n + 1);
    size_t made = 0;
    for (size_t i = 0; out != NULL && i < n; i++) {
        int high = text[i] == '%' && i + 2 < n ? ais_hex_value(text[i + 1]) : -1;
        int low = high >= 0 ? ais_hex_value(text[i + 2]) : -1;
        out[made++] = text[i];
        if (low < 0)
            continue;
        out[made - 1] = (char)(unsigned char)(high * 16 + low);
        i += 2;
    }
    *ret_n = made;
    return out;
}

/* IDEOGRAPHIC FULL STOP is a dot in a host, tabs and line breaks are nothing. */
static size_t plain_dots(const char *text, size_t n, char *out)
{
    size_t made = 0;
    for (size_t i = 0; i < n; i++) {
        if (i + 2 < n && memcmp(text + i, "\xe3\x80\x82", 3) == 0) {
            out[made++] = '.';
            i += 2;
        } else if (text[i] != '\t' && text[i] != '\r' && text[i] != '\n')
            out[made++] = text[i];
    }
    return made;
}

static bool is_name_byte(unsigned char c)
{
    return c >= 0x80 || (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-' || c == '_' || c == '.';
}

static bool is_utf8(const char *text, size_t n)
{
    for (size_t i = 0; i < n;) {
        utf8proc_int32_t point;
        utf8proc_ssize_t length =
            utf8proc_iterate((const utf8proc_uint8_t *)text + i, (utf8proc_ssize_t)(n - i), &point);
        if (length <= 0)
            return false;
        i += (size_t)length;
    }
    return true;
}

/* 10.0.0.[1-5], 10.0.0.{1,2}: addresses to a client that expands them. */
static bool is_address_pattern(const char *text, size_t n)
{
    size_t digits = 0;
    for (size_t i = 0; i < n; i++) {
        digits += text[i] >= '0' && text[i] <= '9';
        if (text[i] == '\0' || strchr("0123456789.,-[]{}", text[i]) == NULL)
            return false;
    }
    return digits > 3;
}

static enum ais_host_kind judge(const char *text, size_t n)
{
    enum ais_host_kind kind = n > NAME_MOST ? AIS_HOST_BAD : AIS_HOST_GOOD;
    for (size_t i = 0; i < n; i++) {
        if (text[i] != '\0' && strchr("${}<>*()|`'\"[]^+,;&=!~ \\", text[i]) != NULL)
            return is_address_pattern(text, n) ? AIS_HOST_BAD : AIS_HOST_TEMPLATE;
        if (!is_name_byte((unsigned char)text[i]))
            kind = AIS_HOST_BAD;
    }
    return is_utf8(text, n) ? kind : AIS_HOST_BAD;
}

/* [address%zone]: what is between the brackets. */
static enum ais_host_kind read_bracketed(const char *text, size_t n, const char **ret, size_t *ret_n)
{
    if (text[n - 1] != ']')
        return memchr(text, ':', n) != NULL ? AIS_HOST_BAD : AIS_HOST_TEMPLATE;
    const char *zone = memchr(text, '%', n);
    *ret = text + 1;
    *ret_n = (size_t)((zone != NULL ? zone : text + n - 1) - *ret);
    for (size_t i = 0; i < *ret_n; i++)
        if (ais_hex_value((*ret)[i]) < 0 && (*ret)[i] != ':' && (*ret)[i] != '.')
            return AIS_HOST_TEMPLATE; /* a class of a regular expression */
    return memchr(*ret, ':', *ret_n) != NULL ? AIS_HOST_GOOD : AIS_HOST_TEMPLATE;
}

enum ais_host_kind ais_host_read(struct ais_view *view, const char *text, size_t n, const char **ret, size_t *ret_n)
{
    if (n > SPELLED_MOST)
        return AIS_HOST_BAD;
    for (int i = 0; i < ROUNDS && n > 0 && text[0] != '[' && memchr(text, '%', n) != NULL; i++) {
        text = ais_url_decode(view, text, n, &n);
        if (text == NULL)
            return AIS_HOST_BAD;
    }
    const struct ais_shape shape = ais_shape_of(text, n);
    ais_text_fold(view, &view->parts[AIS_PART_URL], text, n, &shape, false, &text, &n);
    char *out = ais_view_alloc(view, n + 1);
    if (out == NULL)
        return AIS_HOST_BAD;
    n = plain_dots(text, n, out);
    while (n > 0 && out[n - 1] == '.')
        n--;
    if (n == 0)
        return AIS_HOST_NONE;
    *ret = out;
    *ret_n = n;
    struct ais_address addresses[AIS_ADDRESS_READINGS];
    if (out[0] != '[' && memchr(out, ':', n) != NULL && ais_address_read(out, n, addresses) > 0)
        return AIS_HOST_GOOD;
    return out[0] == '[' ? read_bracketed(out, n, ret, ret_n) : judge(out, n);
}

/* ---- the two forms of a name ---- */

struct form {
    char *out;
    size_t length;
    bool changed;
};

static const char prefix[] = "xn--";
enum { PREFIX = sizeof prefix - 1 };

static bool add_letters(struct form *form, const char *label, size_t n)
{
    int32_t points[AIS_LABEL_MOST];
    size_t count;
    if (!ais_punycode_decode(label + PREFIX, n - PREFIX, points, &count))
        return false;
    for (size_t i = 0; i < count; i++) {
        if (!utf8proc_codepoint_valid(points[i]))
            return false;
        form->length += (size_t)utf8proc_encode_char(points[i], (utf8proc_uint8_t *)form->out + form->length);
    }
    return true;
}

static bool add_punycode(struct form *form, const char *label, size_t n)
{
    int32_t points[AIS_LABEL_MOST];
    size_t count = 0, length;
    for (size_t i = 0; i < n;) {
        utf8proc_int32_t point;
        utf8proc_ssize_t read =
            utf8proc_iterate((const utf8proc_uint8_t *)label + i, (utf8proc_ssize_t)(n - i), &point);
        if (read <= 0 || count == AIS_LABEL_MOST)
            return false;
        points[count++] = point;
        i += (size_t)read;
    }
    memcpy(form->out + form->length, prefix, PREFIX);
    if (!ais_punycode_encode(points, count, form->out + form->length + PREFIX, &length))
        return false;
    form->length += PREFIX + length;
    return true;
}

static bool add_label(struct form *form, const char *label, size_t n)
{
    bool letters = false;
    for (size_t i = 0; i < n; i++)
        letters = letters || (unsigned char)label[i] >= 0x80;
    bool encoded = n > PREFIX && memcmp(label, prefix, PREFIX) == 0;
    form->changed = form->changed || letters || encoded;
    if (letters || encoded)
        return letters ? add_punycode(form, label, n) : add_letters(form, label, n);
    memcpy(form->out + form->length, label, n);
    form->length += n;
    return true;
}

bool ais_host_other_form(struct ais_view *view, const char *host, size_t n, const char **ret, size_t *ret_n)
{
    struct form form = { 0 };
    bool plain = memmem(host, n, prefix, PREFIX) == NULL;
    for (size_t i = 0; i < n && plain; i++)
        plain = (unsigned char)host[i] < 0x80;
    if (plain)
        return false;
    /* A label takes at most 4 bytes a letter, or 67 as Punycode. */
    form.out = ais_view_alloc(view, 4 * n + (n / 2 + 1) * (PREFIX + AIS_LABEL_MOST + 1));
    for (size_t i = 0, begin = 0; form.out != NULL && i <= n; i++) {
        if (i < n && host[i] != '.')
            continue;
        if (!add_label(&form, host + begin, i - begin))
            return false;
        if (i < n)
            form.out[form.length++] = '.';
        begin = i + 1;
    }
    *ret = form.out;
    *ret_n = form.length;
    return form.out != NULL && form.changed;
}
