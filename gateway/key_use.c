#include "gateway/key_use.h"

#include "shared/mem/buf.h"
#include "shared/sys/clock.h"
#include "shared/wire/args.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

void key_use_done(struct key_use *use)
{
    free(use->times);
    *use = (struct key_use){ .keys = NULL };
}

void key_use_follow(struct key_use *use, const struct ais_access *access)
{
    key_use_done(use);
    use->keys = ais_access_keys(access, &use->count);
    use->times = calloc(use->count + 1, sizeof *use->times);
    if (use->times == NULL)
        use->count = 0;
}

void key_use_tell(struct key_use *use, zsock_t *registry, bool at_once)
{
    AUTO(ais_buf_done) struct ais_buf args = { 0 };
    char time[24];
    int64_t now = ais_clock_mono();
    if (!use->any || (now < use->next_ns && !at_once))
        return;
    use->next_ns = now + KEY_USE_MS * AIS_NS_PER_MS;
    for (size_t i = 0; i < use->count; i++) {
        if (use->times[i] == 0)
            continue;
        snprintf(time, sizeof time, "%" PRId64, use->times[i]);
        ais_args_add(&args, use->keys[i].id, time);
    }
    const struct ais_msg_used msg = {
        .keys = {args.data, args.length}
    };
    if (args.failed || ais_send_used(registry, NULL, AIS_GATEWAY, &msg) != AIS_OK)
        return;
    memset(use->times, 0, use->count * sizeof *use->times);
    use->any = false;
}
