#include "gateway/delayed.h"

#include "shared/sys/clock.h"

bool delayed_has_room(const struct delayed *delayed)
{
    return delayed->count < DELAYED_MOST;
}

void delayed_add(struct delayed *delayed, struct delayed_answer *answer, int64_t now_ns)
{
    size_t last = (delayed->first + delayed->count++) % DELAYED_MOST;
    delayed->ring[last].answer = answer;
    delayed->ring[last].due_ns = now_ns + DELAYED_MS * AIS_NS_PER_MS;
}

static void answer_first(struct delayed *delayed)
{
    struct delayed_answer *answer = delayed->ring[delayed->first].answer;
    delayed->first = (delayed->first + 1) % DELAYED_MOST;
    delayed->count--;
    answer->answer(answer);
}

void delayed_serve(struct delayed *delayed, int64_t now_ns)
{
    while (delayed->count > 0 && delayed->ring[delayed->first].due_ns <= now_ns)
        answer_first(delayed);
}

void delayed_end(struct delayed *delayed)
{
    while (delayed->count > 0)
        answer_first(delayed);
}

int delayed_wait_ms(const struct delayed *delayed, int64_t now_ns)
{
    if (delayed->count == 0)
        return -1;
    int64_t left = delayed->ring[delayed->first].due_ns - now_ns;
    return left > 0 ? (int)(left / AIS_NS_PER_MS) + 1 : 0;
}
