#include "shared/policy/facts/url/names.h"
#include "shared/err/err.h"
#include "shared/text/ascii.h"

#include <pthread.h>
#include <string.h>

const char *const ais_network_names[AIS_NETWORK_COUNT] = {
#define X(name) [AIS_NETWORK_ID_##name] = #name,
    AIS_NETWORKS(X)
#undef X
};

/* The IANA special-purpose address registries (RFC 6890 and its successors), and where clouds answer with the
 * credentials of a machine, as their own documentation says. */
static const struct {
    const char *prefix;
    unsigned networks;
} prefixes[] = {
    {"0.0.0.0/32",          AIS_NETWORK_unspecified },
    { "0.0.0.0/8",          AIS_NETWORK_reserved    }, /* RFC 791: this network */
    { "10.0.0.0/8",         AIS_NETWORK_private     }, /* RFC 1918 */
    { "100.64.0.0/10",      AIS_NETWORK_cgnat       }, /* RFC 6598 */
    { "127.0.0.0/8",        AIS_NETWORK_loopback    }, /* RFC 1122 */
    { "169.254.0.0/16",     AIS_NETWORK_link_local  }, /* RFC 3927 */
    { "172.16.0.0/12",      AIS_NETWORK_private     }, /* RFC 1918 */
    { "192.0.0.0/24",       AIS_NETWORK_reserved    }, /* RFC 6890 */
    { "192.0.2.0/24",       AIS_NETWORK_reserved    }, /* RFC 5737: documentation */
    { "192.168.0.0/16",     AIS_NETWORK_private     }, /* RFC 1918 */
    { "198.18.0.0/15",      AIS_NETWORK_reserved    }, /* RFC 2544: benchmarks */
    { "198.51.100.0/24",    AIS_NETWORK_reserved    }, /* RFC 5737 */
    { "203.0.113.0/24",     AIS_NETWORK_reserved    }, /* RFC 5737 */
    { "224.0.0.0/4",        AIS_NETWORK_multicast   }, /* RFC 5771 */
    { "240.0.0.0/4",        AIS_NETWORK_reserved    }, /* RFC 1112, RFC 919 */
    { "::",                 AIS_NETWORK_unspecified }, /* RFC 4291 */
    { "::1",                AIS_NETWORK_loopback    }, /* RFC 4291 */
    { "100::/64",           AIS_NETWORK_reserved    }, /* RFC 6666: discard */
    { "2001:db8::/32",      AIS_NETWORK_reserved    }, /* RFC 3849: documentation */
    { "fc00::/7",           AIS_NETWORK_unique_local}, /* RFC 4193 */
    { "fe80::/10",          AIS_NETWORK_link_local  }, /* RFC 4291 */
    { "fec0::/10",          AIS_NETWORK_private     }, /* RFC 3879: site-local, once */
    { "ff00::/8",           AIS_NETWORK_multicast   }, /* RFC 4291 */
    { "169.254.169.254/32", AIS_NETWORK_metadata    }, /* AWS, Google, Azure, Oracle, OpenStack, … */
    { "fd00:ec2::254",      AIS_NETWORK_metadata    }, /* AWS */
    { "169.254.170.2/32",   AIS_NETWORK_metadata    }, /* AWS ECS: credentials of a task */
    { "169.254.170.23/32",  AIS_NETWORK_metadata    }, /* AWS EKS: credentials of a pod */
    { "fd00:ec2::23",       AIS_NETWORK_metadata    }, /* AWS EKS */
    { "fd20:ce::254",       AIS_NETWORK_metadata    }, /* Google */
    { "fe80::a9fe:a9fe",    AIS_NETWORK_metadata    }, /* OpenStack */
    { "168.63.129.16/32",   AIS_NETWORK_metadata    }, /* Azure: WireServer */
    { "100.100.100.200/32", AIS_NETWORK_metadata    }, /* Alibaba */
    { "192.0.0.192/32",     AIS_NETWORK_metadata    }, /* Oracle Cloud Classic */
    { "169.254.0.23/32",    AIS_NETWORK_metadata    }, /* Tencent */
    { "169.254.42.42/32",   AIS_NETWORK_metadata    }, /* Scaleway */
    { "fd00:42::42",        AIS_NETWORK_metadata    }, /* Scaleway */
};

/* Names, which take those below them too. */
static const struct {
    const char *name;
    unsigned networks;
} names[] = {
    {"localhost",                     AIS_NETWORK_loopback}, /* RFC 6761 */
    { "localhost.localdomain",        AIS_NETWORK_loopback}, /* /etc/hosts of many systems, as those that follow */
    { "localhost4",                   AIS_NETWORK_loopback},
    { "localhost6",                   AIS_NETWORK_loopback},
    { "ip6-localhost",                AIS_NETWORK_loopback},
    { "ip6-loopback",                 AIS_NETWORK_loopback},
    { "localtest.me",                 AIS_NETWORK_loopback}, /* public names that lead to 127.0.0.1, as those that follow */
    { "lvh.me",                       AIS_NETWORK_loopback},
    { "vcap.me",                      AIS_NETWORK_loopback},
    { "lacolhost.com",                AIS_NETWORK_loopback},
    { "localho.st",                   AIS_NETWORK_loopback},
    { "docker.internal",              AIS_NETWORK_private }, /* Docker: the machine around a container */
    { "metadata.google.internal",     AIS_NETWORK_metadata},
    { "metadata.goog",                AIS_NETWORK_metadata}, /* Google */
    { "metadata",                     AIS_NETWORK_metadata}, /* Google, by the search list */
    { "instance-data",                AIS_NETWORK_metadata}, /* AWS, by the search list */
    { "instance-data.ec2.internal",   AIS_NETWORK_metadata}, /* AWS */
    { "metadata.tencentyun.com",      AIS_NETWORK_metadata}, /* Tencent */
    { "metadata.packet.net",          AIS_NETWORK_metadata}, /* Equinix */
    { "metadata.platformequinix.com", AIS_NETWORK_metadata},
    { "api.metadata.cloud.ibm.com",   AIS_NETWORK_metadata}, /* IBM */
    { "metadata.azure.internal",      AIS_NETWORK_metadata}, /* Azure */
    { "rancher-metadata",             AIS_NETWORK_metadata}, /* Rancher */
};

/* Public resolvers that answer with an address that stands in the name. */
static const char *const spellers[] = {
    "nip.io", "sslip.io", "xip.io", "xip.name", "traefik.me", "backname.io", "rbndr.us", "1u.ms",
};

/* The prefixes as they are compared: read once, for a text may hold thousands of addresses. */
static struct ais_prefix prefixes_read[N_ELEMS(prefixes)];
static pthread_once_t prefixes_known = PTHREAD_ONCE_INIT;

static void know_prefixes(void)
{
    /* One that cannot be read stays empty, and an address of no bits is none that is asked about. */
    for (size_t i = 0; i < N_ELEMS(prefixes); i++)
        if (!ais_prefix_read(prefixes[i].prefix, strlen(prefixes[i].prefix), &prefixes_read[i]))
            prefixes_read[i] = (struct ais_prefix){ 0 };
}

unsigned ais_address_networks(const struct ais_address *address)
{
    unsigned networks = 0;
    pthread_once(&prefixes_known, know_prefixes);
    for (size_t i = 0; i < N_ELEMS(prefixes); i++)
        if (ais_prefix_has(&prefixes_read[i], address))
            networks |= prefixes[i].networks;
    if (networks & AIS_NETWORK_unspecified) /* a connection to it arrives at the machine itself */
        return AIS_NETWORK_unspecified | AIS_NETWORK_loopback;
    return networks;
}

static bool is_below(const char *name, size_t n, const char *parent)
{
    size_t length = strlen(parent);
    return n >= length && memcmp(name + n - length, parent, length) == 0 &&
           (n == length || name[n - length - 1] == '.');
}

unsigned ais_name_networks(const char *name, size_t n)
{
    unsigned networks = 0;
    for (size_t i = 0; i < N_ELEMS(names); i++)
        if (is_below(name, n, names[i].name))
            networks |= names[i].networks;
    return networks;
}

/* ---- names that spell an address ---- */

/* Four numbers from text[0] on, between dots or hyphens. Returns their length; 0: they are not there. */
static size_t read_quad(const char *text, size_t n, struct ais_address *ret)
{
    size_t at = 0;
    *ret = (struct ais_address){ .bits = 32 };
    for (size_t part = 0; part < 4; part++) {
        unsigned value = 0;
        size_t digits = 0;
        if (part > 0 && (at >= n || (text[at] != '.' && text[at] != '-')))
            return 0;
        for (at += part > 0; at < n && ais_is_digit(text[at]) && digits < 3; at++, digits++)
            value = value * 10 + (unsigned)(text[at] - '0');
        if (digits == 0 || value > 255)
            return 0;
        ret->bytes[part] = (uint8_t)value;
    }
    return at < n && ais_is_digit(text[at]) ? 0 : at;
}

static bool read_hex(const char *text, size_t n, struct ais_address *ret)
{
    *ret = (struct ais_address){ .bits = 32 };
    for (size_t i = 0; i < 8; i++) {
        if (i >= n || ais_hex_value(text[i]) < 0)
            return false;
        ret->bytes[i / 2] = (uint8_t)(ret->bytes[i / 2] * 16U + (unsigned)ais_hex_value(text[i]));
    }
    return n == 8 || ais_hex_value(text[8]) < 0;
}

/* The label before the suffix as an IPv6 address with hyphens for colons. */
static size_t read_hyphens(const char *name, size_t n, struct ais_address *ret)
{
    char text[AIS_ADDRESS_TEXT];
    size_t begin = n;
    while (begin > 0 && name[begin - 1] != '.')
        begin--;
    if (n - begin >= sizeof text || n - begin < 2)
        return 0;
    for (size_t i = begin; i < n; i++) {
        text[i - begin] = name[i];
        if (name[i] == '-')
            text[i - begin] = ':';
    }
    struct ais_address found[AIS_ADDRESS_READINGS];
    size_t count = memchr(text, ':', n - begin) != NULL ? ais_address_read(text, n - begin, found) : 0;
    if (count > 0)
        *ret = found[count - 1];
    return count > 0;
}

size_t ais_name_addresses(const char *name, size_t n, struct ais_address *ret, size_t most)
{
    size_t count = 0, prefix = 0;
    for (size_t i = 0; i < N_ELEMS(spellers) && prefix == 0; i++)
        if (is_below(name, n, spellers[i]) && n > strlen(spellers[i]))
            prefix = n - strlen(spellers[i]) - 1;
    for (size_t i = 0; i < prefix && count < most; i++) {
        if (i > 0 && (ais_hex_value(name[i - 1]) >= 0 || ais_hex_value(name[i]) < 0))
            continue;
        size_t length = read_quad(name + i, prefix - i, &ret[count]);
        if (length > 0 || read_hex(name + i, prefix - i, &ret[count]))
            count++;
        i += length > 0 ? length - 1 : 0;
    }
    if (prefix > 0 && count < most)
        count += read_hyphens(name, prefix, &ret[count]);
    return count;
}
