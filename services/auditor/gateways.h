/* Those that want to hear of the log: gateways their releases, they and the registry what became of their events,
 * and all of them how the log does. One thread. */
#ifndef AIS_SERVICES_AUDITOR_GATEWAYS_H
#define AIS_SERVICES_AUDITOR_GATEWAYS_H

#include "shared/seal/log.h"
#include "shared/wire/wire.h"

struct gateways;

/* Binds endpoint; at most queue messages wait for each gateway. log is borrowed: its head is what is told. The storage
 * counts as good until gateways_set_storage. AIS_E_NETWORK; AIS_E_NOMEM. */
MUST_CHECK enum ais_err gateways_open(const char *endpoint, int queue, const struct ais_seal_log *log,
                                      struct gateways **ret, struct ais_why *why);
void gateways_destroy(struct gateways **gateways);

/* Readable when a gateway says something. */
zsock_t *gateways_socket(const struct gateways *gateways);

/* Takes what has arrived: each SUBSCRIBE is answered with the state. *refused grows by what is none. */
void gateways_receive(struct gateways *gateways, uint64_t *refused);

/* Whether records can be written: NULL, or what fails, told to all at once (without names of files: everybody hears
 * it).
 */
void gateways_set_storage(struct gateways *gateways, const struct ais_why *fault);

/* Tells all of a head that has moved, at most every 100 ms. now_ns: monotonic. */
void gateways_tick(struct gateways *gateways, int64_t now_ns);

/* What becomes of a verdict: with 200 its answer, with anything else none. Borrows from the verdict. */
struct ais_msg_release gateways_release_of(const struct ais_msg_verdict *verdict, unsigned status, uint64_t seq);

/* Sends a release to the gateway of that name, subscribed or not. Never waits: one that takes no more loses it, and its
 * client is told 503 at the deadline. */
void gateways_release(struct gateways *gateways, struct ais_span name, const struct ais_msg_release *release);

/* Tells the sender of an event that it is recorded. Never waits: one that takes no more loses it, and says in time that
 * it does not know. */
void gateways_recorded(struct gateways *gateways, const struct ais_address *sender, uint64_t ticket);

/* Tells who asked for it how far the log's sealing anew is. False: it does not take it now. */
bool gateways_resealed(struct gateways *gateways, const struct ais_address *sender, const struct ais_msg_resealed *msg);

#endif
