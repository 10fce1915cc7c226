#include "services/auditor/reseal.h"

#include "shared/sys/clock.h"

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

void reseal_tick(struct reseal *reseal, const struct pack *pack, const struct reading *reading,
                 struct gateways *gateways, int64_t now_ns)
{
    if (!reseal->asked || !reseal->rotated || now_ns < reseal->next_ns)
        return;
    const struct pack_resealed done = pack_resealing(pack);
    bool finished = done.finished && is_through(reseal, reading);
    if (!finished && done.segments == reseal->told)
        return;
    const struct ais_msg_resealed msg = {
        .round = reseal->round,
        .finished = finished ? 1 : 0,
        .segments = done.segments,
        .lines = done.lines,
        .unopened = done.unopened,
    };
    reseal->next_ns = now_ns + TELL_EVERY_MS * AIS_NS_PER_MS;
    if (!gateways_resealed(gateways, &reseal->sender, &msg))
        return;
    reseal->told = done.segments;
    reseal->asked = !finished;
}
