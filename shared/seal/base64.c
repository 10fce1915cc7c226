#include "shared/seal/base64.h"

#include <pthread.h>
#include <stdint.h>
#include <string.h>

static const char alphabet[64] = {
    'A', 'B', 'C', 'D', 'E', 'F', 'G', 'H', 'I', 'J', 'K', 'L', 'M', 'N', 'O', 'P', 'Q', 'R', 'S', 'T', 'U', 'V',
    'W', 'X', 'Y', 'Z', 'a', 'b', 'c', 'd', 'e', 'f', 'g', 'h', 'i', 'j', 'k', 'l', 'm', 'n', 'o', 'p', 'q', 'r',
    's', 't', 'u', 'v', 'w', 'x', 'y', 'z', '0', '1', '2', '3', '4', '5', '6', '7', '8', '9', '-', '_',
};

/* Two characters for each 12 bits: half the look-ups of the plain way, in a table that stays in the first cache. */
static char pairs[4096][2];

/* What a character stands for, at its place in a group of four; REFUSED has a bit that no value has. */
static uint32_t values[4][256];
enum { REFUSED = 1 << 24 };

static pthread_once_t once = PTHREAD_ONCE_INIT;

static void make_tables(void)
{
    for (unsigned i = 0; i < 4096; i++) {
        pairs[i][0] = alphabet[i >> 6];
        pairs[i][1] = alphabet[i & 63];
    }
    for (unsigned place = 0; place < 4; place++) {
        for (unsigned c = 0; c < 256; c++)
            values[place][c] = REFUSED;
        for (unsigned i = 0; i < 64; i++)
            values[place][(unsigned char)alphabet[i]] = i << (18 - 6 * place);
    }
}

void ais_base64_encode(const unsigned char *bytes, size_t n, char *text)
{
    pthread_once(&once, make_tables);
    for (; n >= 3; n -= 3, bytes += 3, text += 4) {
        unsigned group = (unsigned)bytes[0] << 16 | (unsigned)bytes[1] << 8 | bytes[2];
        memcpy(text, pairs[group >> 12], 2);
        memcpy(text + 2, pairs[group & 4095], 2);
    }
    if (n == 0)
        return;
    unsigned group = (unsigned)bytes[0] << 16 | (n == 2 ? (unsigned)bytes[1] << 8 : 0);
    memcpy(text, pairs[group >> 12], 2);
    text[2] = '=';
    text[3] = '=';
    if (n == 2)
        text[2] = pairs[group & 4095][0];
}

static uint32_t group_of(const unsigned char *text)
{
    return values[0][text[0]] | values[1][text[1]] | values[2][text[2]] | values[3][text[3]];
}

/* The last group, which may end in "=" or "==". Returns its bytes, or 0 when it is not canonical. */
static size_t decode_last(const unsigned char *text, unsigned char *bytes)
{
    unsigned char filled[4] = { text[0], text[1], text[2], text[3] };
    size_t n = text[3] != '=' ? 3 : text[2] != '=' ? 2 : 1;
    for (size_t i = n + 1; i < 4; i++)
        filled[i] = 'A';
    uint32_t group = group_of(filled);
    uint32_t unused = n == 3 ? 0 : n == 2 ? 0xff : 0xffff;
    if ((group & (REFUSED | unused)) != 0)
        return 0;
    for (size_t i = 0; i < n; i++)
        bytes[i] = (unsigned char)(group >> (16 - 8 * i));
    return n;
}

bool ais_base64_decode(const char *text, size_t n, unsigned char *bytes, size_t *ret_n)
{
    pthread_once(&once, make_tables);
    if (n == 0 || n % 4 != 0)
        return false;
    const unsigned char *at = (const unsigned char *)text, *last = at + n - 4;
    unsigned char *out = bytes;
    uint32_t seen = 0;
    for (; at < last; at += 4, out += 3) {
        uint32_t group = group_of(at);
        seen |= group;
        out[0] = (unsigned char)(group >> 16);
        out[1] = (unsigned char)(group >> 8);
        out[2] = (unsigned char)group;
    }
    size_t rest = decode_last(last, out);
    if ((seen & REFUSED) != 0 || rest == 0)
        return false;
    *ret_n = (size_t)(out - bytes) + rest;
    return true;
}
