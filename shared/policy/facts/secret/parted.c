/* Credentials that signs without a shape part (zero-width spaces and joiners, soft hyphens, marks of direction): who
 * reads or copies the text sees them whole. They are looked for in pieces of the text without those signs. */
#include "shared/policy/facts/secret/find.h"

#include <stdint.h>
#include <string.h>

enum {
    PIECE_MOST = 4096, /* bytes of a piece without its signs */
    AROUND = 512,      /* of them before the first sign and behind the last, and that two pieces share */
    BYTES_LOOKED = 2,  /* for a step, where signs are looked for */
};

/* Whether a byte begins one of the signs below: most letters outside ASCII begin with another. */
static bool may_begin_sign(unsigned char byte)
{
    return byte >= 0xc2 && (byte == 0xe2 || byte == 0xc2 || byte == 0xef || byte == 0xf3 || byte == 0xcd ||
                            byte == 0xd8 || byte == 0xe1);
}

/* The length of a sign without a shape at text[i]; 0: there is none. */
static size_t sign_at(const char *text, size_t n, size_t i)
{
    static const struct {
        char bytes[4];
        unsigned char from, to; /* of the byte behind them */
    } signs[] = {
        {"\xc2",          0xad, 0xad}, /* soft hyphen */
        { "\xcd",         0x8f, 0x8f}, /* combining grapheme joiner */
        { "\xd8",         0x9c, 0x9c}, /* Arabic letter mark */
        { "\xe1\xa0",     0x8b, 0x8f}, /* Mongolian separators */
        { "\xe2\x80",     0x8b, 0x8f}, /* U+200B to U+200F */
        { "\xe2\x80",     0xaa, 0xae}, /* U+202A to U+202E */
        { "\xe2\x81",     0xa0, 0xaf}, /* U+2060 to U+206F */
        { "\xef\xb8",     0x80, 0x8f}, /* variation selectors */
        { "\xef\xbb",     0xbf, 0xbf}, /* byte order mark */
        { "\xf3\xa0\x80", 0x80, 0xbf}, /* tags, and more selectors */
        { "\xf3\xa0\x81", 0x80, 0xbf},
        { "\xf3\xa0\x84", 0x80, 0xbf},
        { "\xf3\xa0\x85", 0x80, 0xbf},
        { "\xf3\xa0\x86", 0x80, 0xbf},
        { "\xf3\xa0\x87", 0x80, 0xaf},
    };
    if (!may_begin_sign((unsigned char)text[i]))
        return 0;
    for (size_t k = 0; k < sizeof signs / sizeof signs[0]; k++) {
        size_t length = strlen(signs[k].bytes);
        if (length >= n - i || memcmp(text + i, signs[k].bytes, length) != 0)
            continue;
        unsigned char last = (unsigned char)text[i + length];
        if (last >= signs[k].from && last <= signs[k].to)
            return length + 1;
    }
    return 0;
}

struct piece {
    struct ais_secret_search *outer;
    char text[PIECE_MOST];
    uint32_t places[PIECE_MOST]; /* of its bytes in the outer text */
    size_t n, next;              /* next: where the outer text goes on behind it */
};

/* Only what a sign parts: all else is found without this. */
static void on_secret(void *arg, const struct ais_secret *secret)
{
    struct piece *piece = arg;
    if (secret->length == 0)
        return;
    size_t begin = piece->places[secret->offset], end = piece->places[secret->offset + secret->length - 1] + 1;
    if (end - begin > secret->length)
        ais_secret_tell(piece->outer, piece->outer->text + begin, end - begin, secret->kind);
}

/* Fills the piece from i on: until it is full, or there was no sign for some time. */
static void fill(struct piece *piece, size_t i)
{
    const char *text = piece->outer->text;
    size_t n = piece->outer->n, plain = 0;
    bool any = false;
    piece->n = 0;
    while (i < n && piece->n < PIECE_MOST && (!any || plain < AROUND)) {
        size_t sign = sign_at(text, n, i);
        any = any || sign > 0;
        plain = sign > 0 ? 0 : plain + 1;
        if (sign == 0) {
            piece->text[piece->n] = text[i];
            piece->places[piece->n++] = (uint32_t)i;
        }
        i += sign > 0 ? sign : 1;
    }
    piece->next = i;
}

/* The first sign from i on; n: there is none. */
static size_t next_sign(const struct ais_secret_search *search, size_t i)
{
    while (i < search->n && sign_at(search->text, search->n, i) == 0)
        i++;
    return i;
}

void ais_secret_parted(struct ais_secret_search *search)
{
    struct piece piece;
    if (search->n > UINT32_MAX)
        return;
    search->work += search->n / BYTES_LOOKED;
    piece.outer = search;
    size_t least = 0; /* no piece begins before it any more */
    for (size_t at = next_sign(search, 0); at < search->n && ais_secret_goes_on(search);) {
        fill(&piece, at > least + AROUND ? at - AROUND : least);
        struct ais_secret_search inner = *search;
        inner.text = piece.text;
        inner.n = piece.n;
        const struct ais_shape shape = ais_shape_of(piece.text, piece.n);
        inner.shape = &shape;
        inner.found = on_secret;
        inner.arg = &piece;
        ais_secret_kinds(&inner);
        search->work = inner.work;
        /* What a full piece cuts is whole in the next, which begins some bytes before the end of this one. */
        least = piece.n == PIECE_MOST ? piece.places[PIECE_MOST - AROUND] : piece.next;
        at = next_sign(search, least);
    }
}
