/* Network addresses as texts spell them: 127.0.0.1, 2130706433, 0x7f.1, 017700000001, [::ffff:7f00:1], 64:ff9b::7f00:1.
 * Nothing is looked up. */
#ifndef AIS_SHARED_TEXT_ADDRESS_H
#define AIS_SHARED_TEXT_ADDRESS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { AIS_ADDRESS_READINGS = 4, AIS_ADDRESS_TEXT = 48 };

/* bits: 32 or 128; an IPv4 address is in the first four bytes. */
struct ais_address {
    unsigned bits;
    uint8_t bytes[16];
};

/* Every address that some program may read in n bytes of text: none when it is no address.
 *
 * IPv4 is one to four numbers between dots, each decimal, octal (0...) or hexadecimal (0x...), of which the last fills
 * what is left (inet_aton, WHATWG URL). Where programs differ there are several: 010.0.0.1 is 8.0.0.1, and 10.0.0.1 for
 * those that read zeros over; numbers that are too large lose their high bits in some. IPv6 may stand in brackets and
 * have a zone. One that stands for an IPv4 address (mapped, compatible, NAT64) is that one; of 6to4 and Teredo there
 * are both. */
size_t ais_address_read(const char *text, size_t n, struct ais_address ret[AIS_ADDRESS_READINGS]);

/* The one text of an address (RFC 5952 for IPv6), NUL-terminated. Returns its length. */
size_t ais_address_text(const struct ais_address *address, char ret[AIS_ADDRESS_TEXT]);

/* Addresses that begin alike: 10.0.0.0/8. */
struct ais_prefix {
    struct ais_address address;
    unsigned length; /* bits that count */
};

/* Reads "10.0.0.0/8", "fc00::/7", or one address, plainly written. False: it is none, or has bits beyond the prefix. */
bool ais_prefix_read(const char *text, size_t n, struct ais_prefix *ret);
bool ais_prefix_has(const struct ais_prefix *prefix, const struct ais_address *address);

#endif
