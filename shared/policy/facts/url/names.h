/* What is known of hosts by their names and addresses: which are not public, and which names spell an address. */
#ifndef AIS_SHARED_POLICY_URL_NAMES_H
#define AIS_SHARED_POLICY_URL_NAMES_H

#include "shared/text/address.h"

/* The words of url.private, a bit each. */
#define AIS_NETWORKS(X) \
    X(loopback) X(private) X(link_local) X(metadata) X(cgnat) X(multicast) X(reserved) X(unspecified) X(unique_local)

enum ais_network_id {
#define X(name) AIS_NETWORK_ID_##name,
    AIS_NETWORKS(X)
#undef X
        AIS_NETWORK_COUNT
};

enum ais_network {
#define X(name) AIS_NETWORK_##name = 1 << AIS_NETWORK_ID_##name,
    AIS_NETWORKS(X)
#undef X
};

extern const char *const ais_network_names[AIS_NETWORK_COUNT];

/* The networks that an address, and a name (lower case, without a dot at its end), are of; 0: none of them. */
unsigned ais_address_networks(const struct ais_address *address);
unsigned ais_name_networks(const char *name, size_t n);

/* The addresses that a name spells for a public resolver that answers with them: 10-0-0-1.nip.io. At most `most`. */
size_t ais_name_addresses(const char *name, size_t n, struct ais_address *ret, size_t most);

#endif
