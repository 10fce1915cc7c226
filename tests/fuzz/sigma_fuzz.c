/* Any bytes as a file of Sigma rules: what is carried over is a rulepack. */
#include "services/cli/sigma/sigma.h"
#include "shared/policy/rulepack.h"

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct sigma_pack pack = { .json = size % 2 == 0 };
    struct ais_buf text = { 0 };
    struct ais_arena *arena = ais_arena_new(0);
    const struct ais_rulepack *parsed;
    char *copy = malloc(size + 1);
    if (copy == NULL || arena == NULL || sigma_begin(&pack, NULL) != AIS_OK)
        abort();
    memcpy(copy, data, size);
    if (sigma_add(&pack, "fuzz", copy, size, NULL) != AIS_OK)
        abort();
    sigma_write(&pack, "sigma", &text);
    if (pack.carried > 0 && ais_rulepack_read(arena, "", text.data, text.length, &parsed, NULL, NULL) != AIS_OK)
        abort();
    ais_buf_done(&text);
    sigma_done(&pack);
    ais_arena_destroy(&arena);
    free(copy);
    return 0;
}
