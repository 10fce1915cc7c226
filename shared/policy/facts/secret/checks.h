/* What tells a credential from what looks like one. */
#ifndef AIS_SHARED_POLICY_SECRET_CHECKS_H
#define AIS_SHARED_POLICY_SECRET_CHECKS_H

#include <stdbool.h>
#include <stddef.h>

/* Whether a byte is one of set's (NUL is none). */
bool ais_secret_is_any(char c, const char *set);

/* Sets of bytes, as bits. */
enum ais_secret_set {
    AIS_SET_DIGIT = 1,
    AIS_SET_UPPER = 2,
    AIS_SET_LOWER = 4,
    AIS_SET_UNDERSCORE = 8,
    AIS_SET_DASH = 16,
    AIS_SET_DOT = 32,
    AIS_SET_BASE64 = 64, /* + / = */
    AIS_SET_ALNUM = AIS_SET_DIGIT | AIS_SET_UPPER | AIS_SET_LOWER,
    AIS_SET_URL = AIS_SET_ALNUM | AIS_SET_UNDERSCORE | AIS_SET_DASH, /* RFC 4648 section 5 */
};

/* The sets that a byte is in; 0: in none. */
static inline unsigned ais_secret_set_of(char c)
{
    if (c >= '0' && c <= '9')
        return AIS_SET_DIGIT;
    if (c >= 'A' && c <= 'Z')
        return AIS_SET_UPPER;
    if (c >= 'a' && c <= 'z')
        return AIS_SET_LOWER;
    switch (c) {
    case '_': return AIS_SET_UNDERSCORE;
    case '-': return AIS_SET_DASH;
    case '.': return AIS_SET_DOT;
    case '+':
    case '/':
    case '=': return AIS_SET_BASE64;
    default: return 0;
    }
}

/* How many of the n bytes from the front on are in one of the sets. */
size_t ais_secret_run(const char *text, size_t n, unsigned sets);

/* Shannon's entropy of n bytes (at most the first 512), in bits a byte. */
double ais_secret_entropy(const char *text, size_t n);

/* Whether one of count words (in small letters) is among n bytes, in whatever case. */
bool ais_secret_holds_any(const char *text, size_t n, const char *const *words, size_t count);

/* Whether n bytes (512 are looked at) only stand for a credential: xxxx, <token>, ${TOKEN}, EXAMPLE, your-key-here,
 * REDACTED, 00000000, 12345678. */
bool ais_secret_is_placeholder(const char *text, size_t n);
/* The same by its words alone: a private key may well have a run of zeros. */
bool ais_secret_says_placeholder(const char *text, size_t n);

/* Whether n bytes at the place of a password are none: a word or a placeholder that stands for one, or next to nothing.
 */
bool ais_secret_is_no_password(const char *text, size_t n);

/* Whether n bytes under a credential's name are plainly none: nothing, $NAME, ${NAME}, $(…), {{…}}, %NAME%, <…>,
 * ****, xxxx, true, null, a number of up to three digits, the name of what they should be. */
bool ais_secret_stands_for_one(const char *text, size_t n);

/* Whether the last six of n bytes are the CRC-32 (zlib's) of those before them, as base62 digits (0-9 A-Z a-z), most
 * significant first: the checksum of GitHub's and npm's tokens, and of our keys. */
bool ais_secret_crc62(const char *text, size_t n);

/* Whether n bytes are 8-4-4-4-12 hexadecimal digits. */
bool ais_secret_is_uuid(const char *text, size_t n);

bool ais_secret_is_hex(const char *text, size_t n);

/* Decodes base64 (either alphabet, without padding) of n digits to at most most bytes; returns how many. */
size_t ais_secret_base64(const char *text, size_t n, char *out, size_t most);

#endif
