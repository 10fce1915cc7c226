#include "services/registry/waiting.h"

#include "shared/log/log.h"
#include "shared/sys/clock.h"

static const char late[] =
    "the change is stored, but not known to be recorded in the audit log and in force everywhere "
    "yet: look again before you rely on it";

void waiting_done(struct waiting *waiting)
{
    for (size_t i = 0; i < waiting->count; i++)
        ais_buf_wipe(&waiting->list[i].body);
    waiting->count = 0;
}

bool waiting_has_room(const struct waiting *waiting)
{
    return waiting->count < WAITING_MOST;
}

bool waiting_add(struct waiting *waiting, const struct ais_address *to, uint64_t ticket, const struct answer *answer,
                 uint64_t event, uint64_t version)
{
    struct waiting_answer *held = &waiting->list[waiting->count];
    *held = (struct waiting_answer){ .to = *to,
                                     .ticket = ticket,
                                     .event = event,
                                     .version = version,
                                     .deadline_ns = ais_clock_mono() + WAITING_PATIENCE_MS * AIS_NS_PER_MS,
                                     .status = answer->status,
                                     .media_type = answer->media_type };
    ais_buf_add(&held->body, answer->body.data, answer->body.size);
    if (held->body.failed)
        return false;
    waiting->count++;
    return true;
}

static void send_answer(zsock_t *socket, const struct waiting_answer *held, bool in_time)
{
    const struct ais_msg_tell tell = {
        .ticket = held->ticket,
        .status = in_time ? held->status : 503,
        .media_type = ais_span_of(in_time ? held->media_type : "text/plain"),
        .body = in_time ? (struct ais_span){held->body.data, held->body.length}
             : ais_span_of(late),
    };
    if (ais_send_tell(socket, &held->to, AIS_REGISTRY, &tell) != AIS_OK)
        ais_log(AIS_LOG_WARNING, "An answer about a change was not taken");
}

void waiting_serve(struct waiting *waiting, zsock_t *socket, uint64_t recorded, uint64_t oldest)
{
    size_t kept = 0;
    int64_t now = waiting->count > 0 ? ais_clock_mono() : 0;
    for (size_t i = 0; i < waiting->count; i++) {
        struct waiting_answer *held = &waiting->list[i];
        bool in_time = held->event <= recorded && held->version <= oldest;
        if (!in_time && now < held->deadline_ns) {
            waiting->list[kept++] = *held;
            continue;
        }
        send_answer(socket, held, in_time);
        ais_buf_wipe(&held->body);
    }
    waiting->count = kept;
}
