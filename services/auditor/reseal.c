#include "services/auditor/reseal.h"

#include "shared/sys/clock.h"

#include <string.h>

enum { TELL_EVERY_MS = 200 };

enum ais_err reseal_take(struct reseal *reseal, const struct ais_received *received, bool *ret_turn)
{
    struct ais_msg_reseal msg;
    char sender[AIS_WIRE_ADDRESS_SIZE + 1];
    TRY(ais_msg_reseal_get(received->frame, received->size, &msg));
    ais_span_copy(msg.sender, sender, sizeof sender);
    reseal->sender = ais_address_of(sender);
    *ret_turn = !reseal->asked || reseal->round != msg.round;
    if (*ret_turn) {
        reseal->rotated = reseal->replaced = false;
        reseal->told = 0;
        reseal->told_obstacle = (struct ais_why){ .code = AIS_OK };
    }
    reseal->asked = true;
    reseal->round = msg.round;
    return AIS_OK;
}

void reseal_rotated(struct reseal *reseal, struct pack *pack)
{
    if (!reseal->asked || reseal->rotated)
        return;
    reseal->rotated = true;
    pack_reseal(pack);
}

/* Whether every file is under the new key, those too that somebody had open when the last of them was replaced. */
static bool is_through(struct reseal *reseal, const struct reading *reading)
{
    if (!reseal->replaced)
        reseal->mark = reading_mark(reading);
    reseal->replaced = true;
    return reading_is_over(reading, reseal->mark);
}

/* How far it is. Before the rotation there is nothing but what keeps that from coming. */
static struct pack_resealed look(struct reseal *reseal, struct pack *pack, const struct reading *reading,
                                 const struct ais_why *storage)
{
    struct pack_resealed now = { .finished = false };
    if (reseal->rotated) {
        now = pack_resealing(pack);
        now.finished = now.finished && is_through(reseal, reading);
    } else if (storage != NULL) {
        now.obstacle = *storage;
    }
    return now;
}

void reseal_tick(struct reseal *reseal, struct pack *pack, const struct reading *reading, struct gateways *gateways,
                 const struct ais_why *storage, int64_t now_ns)
{
    if (!reseal->asked || now_ns < reseal->next_ns)
        return;
    const struct pack_resealed now = look(reseal, pack, reading, storage);
    bool same =
        now.obstacle.code == reseal->told_obstacle.code && strcmp(now.obstacle.text, reseal->told_obstacle.text) == 0;
    if (!now.finished && now.segments == reseal->told && same)
        return;
    const struct ais_msg_resealed msg = {
        .round = reseal->round,
        .finished = now.finished ? 1 : 0,
        .segments = now.segments,
        .lines = now.lines,
        .unopened = now.unopened,
        .obstacle = ais_span_of(now.obstacle.text),
    };
    reseal->next_ns = now_ns + TELL_EVERY_MS * AIS_NS_PER_MS;
    if (!gateways_resealed(gateways, &reseal->sender, &msg))
        return;
    reseal->told = now.segments;
    reseal->told_obstacle = now.obstacle;
    reseal->asked = !now.finished;
}
