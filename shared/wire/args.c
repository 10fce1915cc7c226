#include "shared/wire/args.h"

#include <string.h>

void ais_args_add(struct ais_buf *args, const char *name, const char *value)
{
    ais_buf_add(args, name, strlen(name) + 1);
    ais_buf_add(args, value, strlen(value) + 1);
}

bool ais_args_next(struct ais_span *args, struct ais_arg *ret)
{
    const char *end = args->data + args->size;
    const char *value = args->size > 0 ? memchr(args->data, '\0', args->size) : NULL;
    const char *after = value != NULL ? memchr(value + 1, '\0', (size_t)(end - value - 1)) : NULL;
    if (after == NULL)
        return false;
    *ret = (struct ais_arg){
        args->data, {value + 1, (size_t)(after - value - 1)}
    };
    *args = (struct ais_span){ after + 1, (size_t)(end - after - 1) };
    return true;
}

struct ais_span ais_args_get(struct ais_span args, const char *name)
{
    for (struct ais_arg arg; ais_args_next(&args, &arg);)
        if (strcmp(arg.name, name) == 0)
            return arg.value;
    return (struct ais_span){ "", 0 };
}

const char *ais_args_stranger(struct ais_span args, const char *const *names)
{
    uint64_t seen = 0;
    for (struct ais_arg arg; ais_args_next(&args, &arg);) {
        size_t i = 0;
        while (names[i] != NULL && strcmp(names[i], arg.name) != 0)
            i++;
        if (names[i] == NULL || (seen & UINT64_C(1) << i) != 0)
            return arg.name;
        seen |= UINT64_C(1) << i;
    }
    return NULL;
}
