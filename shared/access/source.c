#include "shared/access/source.h"

#include <arpa/inet.h>
#include <stdio.h>
#include <string.h>

enum { ALL_BITS = 128, MAPPED_BITS = 96 };

static const uint8_t mapped[MAPPED_BITS / 8] = { 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xFF, 0xFF };

static bool is_v4(const uint8_t bytes[16])
{
    return memcmp(bytes, mapped, sizeof mapped) == 0;
}

struct ais_peer ais_peer_v4(const uint8_t bytes[4])
{
    struct ais_peer peer = { .kind = AIS_PEER_ADDRESS };
    memcpy(peer.bytes, mapped, sizeof mapped);
    memcpy(peer.bytes + sizeof mapped, bytes, 4);
    return peer;
}

struct ais_peer ais_peer_v6(const uint8_t bytes[16])
{
    struct ais_peer peer = { .kind = AIS_PEER_ADDRESS };
    memcpy(peer.bytes, bytes, sizeof peer.bytes);
    return peer;
}

bool ais_peer_parse(const char *text, struct ais_peer *ret)
{
    char address[AIS_PEER_TEXT_SIZE];
    uint8_t bytes[16];
    size_t n = strcspn(text, "%");
    *ret = (struct ais_peer){ .kind = AIS_PEER_UNKNOWN };
    if (n >= sizeof address)
        return false;
    memcpy(address, text, n);
    address[n] = '\0';
    if (inet_pton(AF_INET, address, bytes) == 1)
        *ret = ais_peer_v4(bytes);
    else if (inet_pton(AF_INET6, address, bytes) == 1)
        *ret = ais_peer_v6(bytes);
    return ret->kind == AIS_PEER_ADDRESS;
}

const char *ais_peer_text(const struct ais_peer *peer, char text[AIS_PEER_TEXT_SIZE])
{
    if (peer->kind != AIS_PEER_ADDRESS)
        snprintf(text, AIS_PEER_TEXT_SIZE, "%s", peer->kind == AIS_PEER_IPC ? "ipc" : "unknown");
    else if (is_v4(peer->bytes))
        inet_ntop(AF_INET, peer->bytes + sizeof mapped, text, AIS_PEER_TEXT_SIZE);
    else
        inet_ntop(AF_INET6, peer->bytes, text, AIS_PEER_TEXT_SIZE);
    return text;
}

/* ---- ranges ---- */

static bool same_bits(const uint8_t *a, const uint8_t *b, unsigned bits)
{
    unsigned whole = bits / 8, rest = bits % 8;
    uint8_t mask = (uint8_t)(0xFF00U >> rest);
    return memcmp(a, b, whole) == 0 && (rest == 0 || ((a[whole] ^ b[whole]) & mask) == 0);
}

static void clear_rest(uint8_t bytes[16], unsigned bits)
{
    for (unsigned bit = bits; bit < ALL_BITS; bit++)
        bytes[bit / 8] &= (uint8_t) ~(0x80U >> bit % 8);
}

/* One to three digits without a leading zero: "08" is no number of bits. */
static bool parse_bits(const char *text, unsigned most, unsigned *ret)
{
    unsigned number = 0;
    size_t n = strspn(text, "0123456789");
    if (n == 0 || n > 3 || text[n] != '\0' || (n > 1 && text[0] == '0'))
        return false;
    for (size_t i = 0; i < n; i++)
        number = number * 10 + (unsigned)(text[i] - '0');
    *ret = number;
    return number <= most;
}

static enum ais_err refuse(const char *text, struct ais_why *why)
{
    return ais_fail(why, AIS_E_INVALID,
                    "'%.60s' is no range of addresses; right would be 192.0.2.0/24, 2001:db8::/32, a single address, "
                    "or ipc",
                    text);
}

enum ais_err ais_source_range_parse(const char *text, struct ais_source_range *ret, struct ais_why *why)
{
    struct ais_source_range range = { .kind = AIS_PEER_ADDRESS, .bits = ALL_BITS };
    char address[AIS_PEER_TEXT_SIZE], right[AIS_RANGE_TEXT_SIZE];
    struct ais_peer peer;
    size_t n = strcspn(text, "/");
    unsigned bits;
    if (strcmp(text, "ipc") == 0) {
        *ret = (struct ais_source_range){ .kind = AIS_PEER_IPC };
        return AIS_OK;
    }
    if (n >= sizeof address || strchr(text, '%') != NULL)
        return refuse(text, why);
    memcpy(address, text, n);
    address[n] = '\0';
    if (!ais_peer_parse(address, &peer))
        return refuse(text, why);
    memcpy(range.bytes, peer.bytes, sizeof range.bytes);
    if (text[n] == '/') {
        bool v4 = strchr(address, ':') == NULL;
        if (!parse_bits(text + n + 1, v4 ? ALL_BITS - MAPPED_BITS : ALL_BITS, &bits))
            return refuse(text, why);
        range.bits = (uint8_t)(v4 ? MAPPED_BITS + bits : bits);
    }
    clear_rest(range.bytes, range.bits);
    if (memcmp(range.bytes, peer.bytes, sizeof range.bytes) != 0)
        return ais_fail(why, AIS_E_INVALID, "'%.60s' has bits behind those that count; right would be %s", text,
                        ais_source_range_text(&range, right));
    *ret = range;
    return AIS_OK;
}

const char *ais_source_range_text(const struct ais_source_range *range, char text[AIS_RANGE_TEXT_SIZE])
{
    char address[AIS_PEER_TEXT_SIZE];
    const struct ais_peer peer = ais_peer_v6(range->bytes);
    bool v4 = range->bits >= MAPPED_BITS && is_v4(range->bytes);
    if (range->kind == AIS_PEER_IPC)
        snprintf(text, AIS_RANGE_TEXT_SIZE, "ipc");
    else if (range->bits == ALL_BITS)
        snprintf(text, AIS_RANGE_TEXT_SIZE, "%s", ais_peer_text(&peer, address));
    else
        snprintf(text, AIS_RANGE_TEXT_SIZE, "%s/%d", ais_peer_text(&peer, address),
                 v4 ? range->bits - MAPPED_BITS : range->bits);
    return text;
}

bool ais_source_range_has(const struct ais_source_range *range, const struct ais_peer *peer)
{
    return range->kind == peer->kind && peer->kind != AIS_PEER_UNKNOWN &&
           same_bits(range->bytes, peer->bytes, range->bits);
}
