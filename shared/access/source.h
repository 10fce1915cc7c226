/* Where a request comes from, and from where a key may be used. IPv4 addresses are kept as IPv6 has them
 * (::ffff:192.0.2.1), so that a socket which listens for both tells one client in one way. */
#ifndef AIS_SHARED_ACCESS_SOURCE_H
#define AIS_SHARED_ACCESS_SOURCE_H

#include "shared/err/err.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum ais_peer_kind {
    AIS_PEER_UNKNOWN, /* no range has it */
    AIS_PEER_ADDRESS,
    AIS_PEER_IPC, /* a process of this machine, over a socket in the file system */
};

/* A zeroed struct is an unknown peer. */
struct ais_peer {
    enum ais_peer_kind kind;
    uint8_t bytes[16]; /* of an address, most significant first; zeros otherwise */
};

/* All peers whose first bits are these; or all over ipc. */
struct ais_source_range {
    enum ais_peer_kind kind; /* ADDRESS or IPC */
    uint8_t bits;            /* 0 to 128 */
    uint8_t bytes[16];       /* zeros behind the bits */
};

enum {
    AIS_PEER_TEXT_SIZE = 46,  /* an IPv6 address and NUL */
    AIS_RANGE_TEXT_SIZE = 50, /* the same with "/128" */
};

/* Reads an address without a port (a zone, "%eth0", is left out). False, and *ret unknown, when text is none. */
bool ais_peer_parse(const char *text, struct ais_peer *ret);

/* An address as 4 or 16 bytes, most significant first. */
struct ais_peer ais_peer_v4(const uint8_t bytes[4]);
struct ais_peer ais_peer_v6(const uint8_t bytes[16]);

/* The peer as text: its address, "ipc" or "unknown". Returns text. */
const char *ais_peer_text(const struct ais_peer *peer, char text[AIS_PEER_TEXT_SIZE]);

/* Reads "192.0.2.1", "192.0.2.0/24", "2001:db8::/32" or "ipc" (every client of a ZeroMQ ipc:// endpoint: such clients
 * have no address). AIS_E_INVALID: it is none of these, or has bits behind those that count; why says what is right. */
MUST_CHECK enum ais_err ais_source_range_parse(const char *text, struct ais_source_range *ret, struct ais_why *why);

/* The range as ais_source_range_parse reads it; a single address without "/". Returns text. */
const char *ais_source_range_text(const struct ais_source_range *range, char text[AIS_RANGE_TEXT_SIZE]);

/* Whether the peer is in the range. */
bool ais_source_range_has(const struct ais_source_range *range, const struct ais_peer *peer);

#endif
