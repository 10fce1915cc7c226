#include "services/registry/subscribers.h"

#include "shared/log/log.h"
#include "shared/sys/clock.h"

#include <string.h>

static const int64_t patience_ns = 10 * AIS_NS_PER_S;

static void owe(struct subscriber *subscriber)
{
    subscriber->owed = true;
    subscriber->owed_since_ns = ais_clock_mono();
}

/* Its place, or the one behind all when it is not known. */
static size_t place_of(const struct subscribers *subscribers, const struct ais_address *address)
{
    size_t i = 0;
    while (i < subscribers->count && (subscribers->list[i].address.size != address->size ||
                                      memcmp(subscribers->list[i].address.bytes, address->bytes, address->size) != 0))
        i++;
    return i;
}

bool subscribers_add(struct subscribers *subscribers, const struct ais_address *address)
{
    size_t i = place_of(subscribers, address);
    if (i == SUBSCRIBERS_MAX)
        return false;
    if (i == subscribers->count)
        subscribers->count++;
    subscribers->list[i] = (struct subscriber){ .address = *address };
    owe(&subscribers->list[i]);
    return true;
}

void subscribers_adopted(struct subscribers *subscribers, const struct ais_address *address, uint64_t version)
{
    size_t i = place_of(subscribers, address);
    if (i < subscribers->count && version > subscribers->list[i].adopted)
        subscribers->list[i].adopted = version;
}

uint64_t subscribers_oldest(const struct subscribers *subscribers)
{
    uint64_t oldest = UINT64_MAX;
    for (size_t i = 0; i < subscribers->count; i++)
        if (subscribers->list[i].adopted < oldest)
            oldest = subscribers->list[i].adopted;
    return oldest;
}

void subscribers_owe_all(struct subscribers *subscribers)
{
    for (size_t i = 0; i < subscribers->count; i++)
        owe(&subscribers->list[i]);
}

/* The receiver owns the references in the message; when it cannot be sent they are taken back. */
static bool send_snapshot(zsock_t *socket, const struct ais_address *address, const struct catalog *catalog)
{
    struct ais_policy *policy = ais_policy_ref(catalog->policy);
    struct ais_access *access = ais_access_ref(catalog->access);
    const struct ais_msg_snapshot snapshot = { .version = catalog->version,
                                               .policy = (uintptr_t)policy,
                                               .access = (uintptr_t)access };
    if (ais_send_snapshot(socket, address, AIS_REGISTRY, &snapshot) == AIS_OK)
        return true;
    ais_policy_unref(&policy);
    ais_access_unref(&access);
    return false;
}

/* False when the subscriber is to be forgotten. */
static bool serve(struct subscriber *subscriber, zsock_t *socket, const struct catalog *catalog)
{
    if (subscriber->owed)
        subscriber->owed = !send_snapshot(socket, &subscriber->address, catalog);
    return !subscriber->owed || ais_clock_mono() - subscriber->owed_since_ns < patience_ns;
}

void subscribers_serve(struct subscribers *subscribers, zsock_t *socket, const struct catalog *catalog)
{
    size_t kept = 0;
    for (size_t i = 0; i < subscribers->count; i++)
        if (serve(&subscribers->list[i], socket, catalog))
            subscribers->list[kept++] = subscribers->list[i];
    if (kept < subscribers->count)
        ais_log(AIS_LOG_WARNING, "%zu subscribers that take no snapshot are forgotten", subscribers->count - kept);
    subscribers->count = kept;
}
