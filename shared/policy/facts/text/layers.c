#include "shared/policy/facts/text/layers.h"

#include <string.h>

#define ZLIB_CONST /* next_in is const: the library does not write there */
#include <zlib.h>

enum {
    BASE64_LEAST = 16,     /* digits: shorter ones are words */
    APART_MOST = 64 << 10, /* digits of even lines that are also read apart, for records whose words end with them */
    PAIRS_LEAST = 8,       /* bytes in one run of digits: shorter ones are numbers */
    ESCAPES_LEAST = 4,     /* bytes with a sign before each */
    PROBE = 96,            /* decoded bytes by which text is told from binary */
    GROWTH = 64,           /* times that gzip may be larger than its source */
};

/* ---- what reads as text ---- */

static bool is_readable(unsigned char byte)
{
    return byte >= 0x80 || (byte >= ' ' && byte < 0x7f) || byte == '\n' || byte == '\t' || byte == '\r';
}

/* Nearly all of it must be printable, and most of it ASCII. */
static bool reads_as_text(const unsigned char *bytes, size_t n)
{
    size_t looked = n < PROBE ? n : PROBE, bad = 0, high = 0;
    for (size_t i = 0; i < looked; i++) {
        bad += !is_readable(bytes[i]);
        high += bytes[i] >= 0x80;
    }
    return n > 0 && bad * 20 <= looked && high * 3 <= looked;
}

static bool is_gzip(const unsigned char *bytes, size_t n)
{
    return n > 18 && bytes[0] == 0x1f && bytes[1] == 0x8b && bytes[2] == 8;
}

/* Takes n bytes of room; false when there is not enough. */
static bool take_room(struct ais_layers *layers, size_t n)
{
    if (n > layers->room) {
        layers->full = true;
        return false;
    }
    layers->room -= n;
    return true;
}

/* RFC 1952. What does not fit is not understood, and said to be. */
static void inflate_gzip(struct ais_layers *layers, const unsigned char *bytes, size_t n)
{
    z_stream stream = { .next_in = bytes, .avail_in = (uInt)n };
    size_t most = n * GROWTH < layers->room ? n * GROWTH : layers->room;
    unsigned char *out = most > 0 ? ais_view_alloc(layers->view, most) : NULL;
    if (most == 0)
        layers->full = true;
    if (out == NULL || inflateInit2(&stream, 16 + MAX_WBITS) != Z_OK)
        return;
    stream.next_out = out;
    stream.avail_out = (uInt)most;
    int end = inflate(&stream, Z_FINISH);
    size_t made = most - stream.avail_out;
    inflateEnd(&stream);
    if (end != Z_STREAM_END && stream.avail_out == 0)
        layers->full = true;
    layers->room -= made;
    if (reads_as_text(out, made))
        layers->found(layers->arg, AIS_TEXT_GZIP, (const char *)out, made);
}

static void take(struct ais_layers *layers, enum ais_text_list kind, const unsigned char *bytes, size_t n)
{
    if (is_gzip(bytes, n))
        inflate_gzip(layers, bytes, n);
    else if (reads_as_text(bytes, n) && take_room(layers, n))
        layers->found(layers->arg, kind, (const char *)bytes, n);
}

/* ---- base64 ---- */

/* The value of a digit in either alphabet; -1: none. */
static int base64_value(unsigned char c)
{
    if (c >= 'A' && c <= 'Z')
        return c - 'A';
    if (c >= 'a' && c <= 'z')
        return c - 'a' + 26;
    if (c >= '0' && c <= '9')
        return c - '0' + 52;
    return c == '+' || c == '-' ? 62 : c == '/' || c == '_' ? 63 : -1;
}

static bool is_base64(char c)
{
    return base64_value((unsigned char)c) >= 0;
}

static size_t decode_base64(const char *digits, size_t n, unsigned char *out)
{
    size_t made = 0;
    uint32_t bits = 0;
    for (size_t i = 0; i < n; i++) {
        bits = bits << 6 | (uint32_t)base64_value((unsigned char)digits[i]);
        if (i % 4 != 0)
            out[made++] = (unsigned char)(bits >> (6 - 2 * (i % 4)));
    }
    return made;
}

/* One run of digits; false: it is no text. Of a long one a piece is tried first, so that a picture costs little. */
static bool try_base64(struct ais_layers *layers, const char *digits, size_t n)
{
    unsigned char probe[PROBE];
    size_t whole = n % 4 == 1 ? n - 1 : n;
    size_t piece = whole < 4 * PROBE / 3 ? whole : 4 * PROBE / 3;
    size_t probed = decode_base64(digits, piece, probe);
    if (!reads_as_text(probe, probed) && !is_gzip(probe, probed))
        return false;
    if (whole / 4 * 3 > 2 * layers->room) {
        layers->full = true;
        return true;
    }
    unsigned char *out = ais_view_alloc(layers->view, whole / 4 * 3 + 3);
    if (out != NULL)
        take(layers, AIS_TEXT_BASE64, out, decode_base64(digits, whole, out));
    return true;
}

/* The place behind a line break at text[i], a real one or \n, and the blanks that follow it; i: there is none. */
static size_t behind_break(const char *text, size_t n, size_t i)
{
    size_t k = i;
    if (k + 1 < n && text[k] == '\\' && text[k + 1] == 'n') {
        k += 2;
    } else {
        k += k < n && (text[k] == '\r' || text[k] == '\\');
        if (k >= n || text[k] != '\n')
            return i;
        k++;
    }
    while (k < n && (text[k] == ' ' || text[k] == '\t'))
        k++;
    return k;
}

/* Lines of digits of RFC 4648 section 4, which tools wrap: the other alphabet stands in names and URLs. */
struct lines {
    size_t end, count, digits, second; /* second: where the second line begins */
    bool even; /* each but the last is as long as the first, and decodes by itself to no gzip: all together tell what
                * each tells, but for where its words end */
};

/* Whether the first digits decode to what is_gzip() looks for. */
static bool begins_gzip(const char *digits, size_t n)
{
    static const char begin[] = "H4sI";
    return n >= sizeof begin - 1 && memcmp(digits, begin, sizeof begin - 1) == 0;
}

static struct lines lines_at(const char *text, size_t n, size_t i)
{
    struct lines lines = { .end = i, .even = true };
    size_t width = 0, last = 0;
    for (size_t next = i; next > lines.end || lines.count == 0;) {
        size_t begin = next;
        while (next < n && is_base64(text[next]) && text[next] != '-' && text[next] != '_')
            next++;
        if (next == begin)
            break;
        width = lines.count == 0 ? next - begin : width;
        lines.even = lines.even && (lines.count == 0 || (last == width && !begins_gzip(text + begin, next - begin)));
        if (next < n && is_base64(text[next]))
            lines.even = false; /* what goes on in the other alphabet is also read as a whole, by itself */
        last = next - begin;
        lines.digits += last;
        lines.second = lines.count == 1 ? begin : lines.second;
        lines.count++;
        lines.end = next;
        next = behind_break(text, n, next);
    }
    lines.even = lines.even && last <= width && width % 4 == 0;
    return lines;
}

static bool try_lines(struct ais_layers *layers, const char *text, size_t i, const struct lines *lines)
{
    size_t n = 0;
    char *digits = ais_view_alloc(layers->view, lines->digits);
    for (; digits != NULL && i < lines->end; i++) {
        size_t next = behind_break(text, lines->end, i);
        if (next > i)
            i = next;
        digits[n++] = text[i];
    }
    return digits != NULL && try_base64(layers, digits, n);
}

/* Where lines end, runs of digits may be short: each by itself and, where lines of them follow each other, all
 * together; also without the first, which may be a word above them. Even lines of a long text are not read apart, which
 * would use the room up twice. */
static void find_base64_lines(struct ais_layers *layers, const char *text, size_t n)
{
    size_t joined = 0; /* lines before it were tried together */
    size_t last = 0;   /* where those end that were tried last */
    for (size_t i = 0; i < n;) {
        size_t begin = i;
        while (i < n && is_base64(text[i]))
            i++;
        if (i > begin && begin >= joined && behind_break(text, n, i) > i) {
            const struct lines lines = lines_at(text, n, begin);
            joined = lines.count > 2 && lines.end != last ? lines.second : lines.end;
            last = lines.end;
            if (lines.count > 1 && lines.digits >= BASE64_LEAST && try_lines(layers, text, begin, &lines) &&
                lines.even && lines.digits > APART_MOST) {
                i = lines.end;
                continue;
            }
        }
        if (i - begin >= BASE64_LEAST)
            try_base64(layers, text + begin, i - begin);
        i += i == begin;
    }
}

/* A run that is long enough has a digit at each BASE64_LEAST-th place: it is looked for from there. */
static void find_base64(struct ais_layers *layers, const char *text, size_t n)
{
    for (size_t i = 0; i + BASE64_LEAST <= n;) {
        size_t begin = i + BASE64_LEAST, end = begin;
        while (begin > i && is_base64(text[begin - 1]))
            begin--;
        if (begin > i) {
            i = begin; /* behind what ends a shorter one */
            continue;
        }
        while (end < n && is_base64(text[end]))
            end++;
        try_base64(layers, text + i, end - i);
        i = end;
    }
}

/* ---- hexadecimal ---- */

static int hex_value(unsigned char c)
{
    if (c >= '0' && c <= '9')
        return c - '0';
    c |= 0x20;
    return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

/* A pair of digits at text[i], as a byte; -1: none. */
static int hex_pair(const char *text, size_t n, size_t i)
{
    if (i + 1 >= n)
        return -1;
    int high = hex_value((unsigned char)text[i]), low = hex_value((unsigned char)text[i + 1]);
    return high < 0 || low < 0 ? -1 : high << 4 | low;
}

/* What stands before each pair: "\x", "0x", or nothing. Returns its length where it stands at text[i]. */
static size_t hex_sign(const char *text, size_t n, size_t i)
{
    bool sign = i + 1 < n && (text[i] == '\\' || text[i] == '0') && (text[i + 1] == 'x' || text[i + 1] == 'X');
    return sign ? 2 : 0;
}

/* What may stand between two signed pairs. */
static size_t hex_gap(const char *text, size_t n, size_t i)
{
    size_t gap = i < n && strchr(",; :", text[i]) != NULL && text[i] != '\0' ? 1 : 0;
    return gap > 0 && i + 1 < n && text[i + 1] == ' ' ? 2 : gap;
}

/* Reads pairs from text[i] on into out; returns the place behind them. */
static size_t read_pairs(const char *text, size_t n, size_t i, unsigned char *out, size_t *ret_made)
{
    size_t sign = hex_sign(text, n, i), end = i;
    int byte;
    *ret_made = 0;
    while (hex_sign(text, n, i) == sign && (byte = hex_pair(text, n, i + sign)) >= 0) {
        out[(*ret_made)++] = (unsigned char)byte;
        end = i + sign + 2;
        i = end + (sign > 0 ? hex_gap(text, n, end) : 0);
    }
    return end;
}

static void find_hex(struct ais_layers *layers, const char *text, size_t n)
{
    unsigned char *out = NULL;
    for (size_t i = 0; i < n;) {
        size_t sign = hex_sign(text, n, i), made = 0;
        if (hex_pair(text, n, i + sign) < 0) {
            i++;
            continue;
        }
        if (out == NULL && (out = ais_view_alloc(layers->view, n / 2 + 1)) == NULL)
            return;
        size_t end = read_pairs(text, n, i, out, &made);
        if (made >= (sign > 0 ? ESCAPES_LEAST : PAIRS_LEAST)) {
            take(layers, AIS_TEXT_HEX, out, made);
            out += made; /* what was found stays where it is */
        } else if (sign > 0) {
            end = i + sign; /* one sign for a whole run: read again, as pairs without one */
        }
        i = end > i ? end : i + 1;
        while (sign == 0 && i < n && hex_value((unsigned char)text[i]) >= 0)
            i++; /* the odd digit of a run begins no other one */
    }
}

/* ---- percent escapes ---- */

static void find_url(struct ais_layers *layers, const char *text, size_t n)
{
    size_t made = 0, escapes = 0;
    unsigned char *out = ais_view_alloc(layers->view, n + 1);
    for (size_t i = 0; out != NULL && i < n; i++) {
        int byte = text[i] == '%' ? hex_pair(text, n, i + 1) : -1;
        out[made++] = byte >= 0 ? (unsigned char)byte : (unsigned char)text[i];
        i += byte >= 0 ? 2 : 0;
        escapes += byte >= 0;
    }
    if (escapes > 0)
        take(layers, AIS_TEXT_URL, out, made);
}

void ais_layers_find(struct ais_layers *layers, const char *text, size_t n, const struct ais_shape *shape)
{
    const struct ais_shape own = shape == NULL ? ais_shape_of(text, n) : *shape;
    bool signs = ais_shape_has(&own, AIS_BYTE_LETTER('x')) &&
                 ais_shape_has_any(&own, AIS_BYTE_BACKSLASH | AIS_BYTE_DIGIT); /* \x, 0x */
    bool lines = ais_shape_has(&own, AIS_BYTE_BACKSLASH) ||
                 (ais_shape_has(&own, AIS_BYTE_BLANK) && memchr(text, '\n', n) != NULL);
    if (lines)
        find_base64_lines(layers, text, n);
    else if (own.run >= BASE64_LEAST)
        find_base64(layers, text, n);
    if (own.run >= 2 * PAIRS_LEAST || signs)
        find_hex(layers, text, n);
    if (ais_shape_has(&own, AIS_BYTE_PERCENT))
        find_url(layers, text, n);
}
