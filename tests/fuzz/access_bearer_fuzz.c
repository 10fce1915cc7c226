/* Any Authorization field: what is found lies inside it and is visible ASCII; the form of a key can be told of it. */
#include "shared/access/api_key.h"
#include "shared/access/bearer.h"

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const char *field = (const char *)data, *key = NULL;
    size_t n = 0;
    if (!ais_bearer_parse(field, size, &key, &n))
        return 0;
    if (n == 0 || n > size || key < field || key + n > field + size)
        abort();
    for (size_t i = 0; i < n; i++)
        if (key[i] <= ' ' || key[i] > '~')
            abort();
    if (ais_api_key_form(key, n) == AIS_API_KEY_OURS && n != AIS_API_KEY_LENGTH)
        abort();
    return 0;
}
