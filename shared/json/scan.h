/* Where a run of a string ends that can be taken as it is: the one inner loop of the reader and the writer.
 * For the files of this folder only. */
#ifndef AIS_SHARED_JSON_SCAN_H
#define AIS_SHARED_JSON_SCAN_H

#include "shared/json/utf8.h"

#include <endian.h>
#include <stdint.h>
#include <string.h>

/* Eight bytes at once: the top bit of each byte of the result is set where the byte is '"', '\\', below 0x20 or above
 * 0x7F. Only the lowest bit that is set is sure (a borrow may set others above it), and only that one is used. */
static inline uint64_t ais_json_special(uint64_t word)
{
    const uint64_t ones = UINT64_C(0x0101010101010101), tops = UINT64_C(0x8080808080808080);
    uint64_t quote = word ^ ones * '"', slash = word ^ ones * '\\';
    uint64_t found = ((quote - ones) & ~quote) | ((slash - ones) & ~slash) | ((word - ones * 0x20) & ~word) | word;
    return found & tops;
}

/* The first byte from at on that is not plain printable ASCII, or is '"' or '\\'; end when there is none. */
static inline const unsigned char *ais_json_plain_run(const unsigned char *at, const unsigned char *end)
{
    while (end - at >= 8) {
        uint64_t word;
        memcpy(&word, at, sizeof word);
        uint64_t found = ais_json_special(le64toh(word));
        if (found != 0)
            return at + __builtin_ctzll(found) / 8;
        at += 8;
    }
    while (at < end && *at >= 0x20 && *at < 0x80 && *at != '"' && *at != '\\')
        at++;
    return at;
}

/* The same, going on over well-formed characters beyond ASCII. */
static inline const unsigned char *ais_json_text_run(const unsigned char *at, const unsigned char *end)
{
    for (;;) {
        at = ais_json_plain_run(at, end);
        if (at == end || *at < 0x80)
            return at;
        do {
            size_t n = ais_utf8_length(at, (size_t)(end - at));
            if (n == 0)
                return at;
            at += n;
        } while (at < end && *at >= 0x80);
    }
}

#endif
