#include "services/auditor/gateways.h"

#include "shared/actor/actor.h"
#include "shared/log/log.h"
#include "shared/sys/clock.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
    GATEWAYS_MAX = 64,
    STATE_EVERY_MS = 100, /* the head is told at most this often */
};

struct gateways {
    zsock_t *socket;                /* owned ROUTER */
    const struct ais_seal_log *log; /* borrowed */
    struct ais_address known[GATEWAYS_MAX];
    size_t count;
    char fault[160];    /* of the storage; empty: none */
    uint64_t told_seq;  /* of the head that was told last */
    int64_t told_at_ns; /* monotonic; 0: not all have heard */
    uint64_t refused;   /* messages */
};

enum ais_err gateways_open(const char *endpoint, int queue, const struct ais_seal_log *log, struct gateways **ret,
                           struct ais_why *why)
{
    AUTO(gateways_destroy) struct gateways *gateways = calloc(1, sizeof *gateways);
    if (gateways == NULL)
        return ais_fail(why, AIS_E_NOMEM, "auditor");
    gateways->log = log;
    TRY(ais_wire_bind(ZMQ_ROUTER, endpoint, queue, &gateways->socket, why));
    *ret = TAKE(gateways);
    return AIS_OK;
}

void gateways_destroy(struct gateways **gateways)
{
    if (*gateways == NULL)
        return;
    zsock_destroy(&(*gateways)->socket);
    free(*gateways);
    *gateways = NULL;
}

zsock_t *gateways_socket(const struct gateways *gateways)
{
    return gateways->socket;
}

/* ---- states ---- */

static void tell(struct gateways *gateways, const struct ais_address *gateway)
{
    struct ais_seal_head head = ais_seal_log_head(gateways->log);
    struct ais_msg_state msg = {
        .storage_ok = gateways->fault[0] == '\0' ? 1 : 0,
        .head_seq = head.seq,
        .reason = ais_span_of(gateways->fault),
    };
    memcpy(msg.head_hash.bytes, head.hash, sizeof msg.head_hash.bytes);
    /* A gateway whose queue is full hears the next one. */
    if (ais_send_state(gateways->socket, gateway, AIS_AUDITOR, &msg) != AIS_OK)
        gateways->told_at_ns = 0;
}

static void tell_all(struct gateways *gateways)
{
    gateways->told_at_ns = ais_clock_mono();
    gateways->told_seq = ais_seal_log_head(gateways->log).seq;
    for (size_t i = 0; i < gateways->count; i++)
        tell(gateways, &gateways->known[i]);
}

/* The system's words for a fault, which ais_fail_errno puts at the end; what stands before them names files. */
static const char *words_of(const struct ais_why *why)
{
    const char *colon = strrchr(why->text, ':');
    return colon != NULL && colon[1] == ' ' ? colon + 2 : ais_err_text(why->code);
}

void gateways_set_storage(struct gateways *gateways, const struct ais_why *fault)
{
    gateways->fault[0] = '\0';
    if (fault != NULL)
        snprintf(gateways->fault, sizeof gateways->fault,
                 "the audit log cannot be written, so nothing can be decided: %s", words_of(fault));
    tell_all(gateways);
}

void gateways_tick(struct gateways *gateways, int64_t now_ns)
{
    if (now_ns - gateways->told_at_ns >= STATE_EVERY_MS * AIS_NS_PER_MS &&
        (gateways->told_at_ns == 0 || gateways->told_seq != ais_seal_log_head(gateways->log).seq))
        tell_all(gateways);
}

/* ---- subscriptions ---- */

static void on_subscribe(void *self, const struct ais_received *received)
{
    struct gateways *gateways = self;
    struct ais_msg_subscribe msg;
    if (ais_msg_subscribe_get(received->frame, received->size, &msg) != AIS_OK) {
        gateways->refused++;
        return;
    }
    size_t at = 0;
    while (at < gateways->count && (gateways->known[at].size != received->from.size ||
                                    memcmp(gateways->known[at].bytes, received->from.bytes, received->from.size) != 0))
        at++;
    if (at == GATEWAYS_MAX) {
        ais_log(AIS_LOG_WARNING, "a gateway was turned away: there are %d already", GATEWAYS_MAX);
        return;
    }
    gateways->known[at] = received->from;
    if (at == gateways->count)
        gateways->count++;
    tell(gateways, &received->from);
}

void gateways_receive(struct gateways *gateways, uint64_t *refused)
{
    static const struct ais_actor_route table[] = {
        {AIS_MSG_SUBSCRIBE, on_subscribe}
    };
    ais_actor_receive(gateways->socket, AIS_AUDITOR, table, N_ELEMS(table), 0, gateways, &gateways->refused);
    *refused += gateways->refused;
    gateways->refused = 0;
}

/* ---- releases ---- */

struct ais_msg_release gateways_release_of(const struct ais_msg_verdict *verdict, unsigned status, uint64_t seq)
{
    return (struct ais_msg_release){
        .decision_id = verdict->decision_id,
        .nonce = verdict->nonce,
        .digest = verdict->digest,
        .dispatch = verdict->dispatch,
        .seq = seq,
        .status = (uint16_t)status,
        .outcome = verdict->outcome,
        .evaluator = verdict->evaluator,
        .answer = status == 200 ? verdict->answer : (struct ais_span){"", 0},
    };
}

void gateways_release(struct gateways *gateways, struct ais_span name, const struct ais_msg_release *release)
{
    char text[AIS_WIRE_ADDRESS_SIZE + 1];
    ais_span_copy(name, text, sizeof text);
    const struct ais_address address = ais_address_of(text);
    if (ais_send_release(gateways->socket, &address, AIS_AUDITOR, release) != AIS_OK)
        ais_log(AIS_LOG_WARNING, "gateway '%s' does not take its releases", text);
}

void gateways_recorded(struct gateways *gateways, const struct ais_address *sender, uint64_t ticket)
{
    const struct ais_msg_recorded msg = { .ticket = ticket };
    if (ais_send_recorded(gateways->socket, sender, AIS_AUDITOR, &msg) != AIS_OK)
        ais_log(AIS_LOG_WARNING, "who sent an event does not want to hear that it is recorded");
}

bool gateways_resealed(struct gateways *gateways, const struct ais_address *sender, const struct ais_msg_resealed *msg)
{
    return ais_send_resealed(gateways->socket, sender, AIS_AUDITOR, msg) == AIS_OK;
}
