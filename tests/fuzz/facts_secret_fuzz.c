/* A text in which credentials are looked for. What is found stands within it, and no byte is looked at more often than
 * the bound says. */
#include "shared/policy/facts/secret/find.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void on_found(void *arg, const struct ais_secret *found)
{
    const size_t *size = arg;
    if (found->length == 0 || found->offset > *size || found->length > *size - found->offset || found->kind[0] == '\0')
        abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    enum { STEPS_A_BYTE = 1200 };
    char *text = malloc(size > 0 ? size : 1);
    if (text == NULL)
        abort();
    memcpy(text, data, size);
    for (int i = 0; i < 3; i++) { /* as the fact, and as masking, which is generous */
        static const char *const keys[] = { "token", "password", "Authorization" };
        struct ais_secret_search search = {
            .key = keys[i], .text = text, .n = size, .found = on_found, .arg = &size, .generous = i > 0
        };
        ais_secrets_find(&search);
        if (search.work > STEPS_A_BYTE * (size + 1))
            abort();
    }
    free(text);
    return 0;
}
