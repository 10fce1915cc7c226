#include "services/registry/key_uses.h"

#include "shared/log/log.h"
#include "shared/sys/clock.h"
#include "shared/wire/args.h"

#include <stdlib.h>
#include <string.h>

void key_uses_done(struct key_uses *uses)
{
    free(uses->list);
    *uses = (struct key_uses){ 0 };
}

static int64_t known_of(const struct key_uses *uses, size_t likely, const char *id)
{
    for (size_t i = 0; i < uses->count; i++) {
        const struct ais_key_use *use = &uses->list[(likely + i) % uses->count];
        if (strcmp(use->id, id) == 0)
            return use->time_ns;
    }
    return 0;
}

void key_uses_follow(struct key_uses *uses, const struct ais_access *access)
{
    size_t count = 0;
    const struct ais_access_key *keys = ais_access_keys(access, &count);
    struct ais_key_use *list = calloc(count + 1, sizeof *list);
    for (size_t i = 0; list != NULL && i < count; i++) {
        int64_t known = known_of(uses, i, keys[i].id);
        memcpy(list[i].id, keys[i].id, sizeof list[i].id);
        list[i].time_ns = known > keys[i].last_used_at_ns ? known : keys[i].last_used_at_ns;
    }
    if (list == NULL)
        ais_log(AIS_LOG_WARNING, "out of memory: when API keys were used last is not known");
    free(uses->list);
    uses->list = list;
    uses->count = list != NULL ? count : 0;
}

/* The place of a key in the list, or NULL. */
static struct ais_key_use *use_of(const struct key_uses *uses, const struct ais_access *access,
                                  const struct ais_access_key *key)
{
    size_t count = 0;
    const struct ais_access_key *keys = ais_access_keys(access, &count);
    size_t index = (size_t)(key - keys);
    return index < uses->count && strcmp(uses->list[index].id, key->id) == 0 ? &uses->list[index] : NULL;
}

void key_uses_take(struct key_uses *uses, const struct ais_access *access, struct ais_span told)
{
    for (struct ais_arg arg; ais_args_next(&told, &arg);) {
        const struct ais_access_key *key = ais_access_find(access, arg.name);
        struct ais_key_use *use = key != NULL ? use_of(uses, access, key) : NULL;
        int64_t time_ns = strtoll(arg.value.data, NULL, 10);
        if (use == NULL || time_ns <= use->time_ns)
            continue;
        use->time_ns = time_ns;
        if (!uses->changed)
            uses->due_ns = ais_clock_mono() + KEY_USES_KEPT_MS * AIS_NS_PER_MS;
        uses->changed = true;
    }
}

int64_t key_uses_of(const struct key_uses *uses, const struct ais_access *access, const struct ais_access_key *key)
{
    const struct ais_key_use *use = use_of(uses, access, key);
    return use != NULL ? use->time_ns : 0;
}

void key_uses_kept(struct key_uses *uses)
{
    uses->changed = false;
}
