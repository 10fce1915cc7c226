/* Any bytes as a frame: each decoder takes them or refuses them; what is taken is written back byte for byte. */
#include "shared/wire/messages.h"

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void expect_same(const uint8_t *frame, const uint8_t *data, size_t size)
{
    if (memcmp(frame, data, size) != 0)
        abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (size > 1 << 16)
        return 0;
    static uint8_t frame[1 << 16];
#define X(NAME, from, to, type)                                        \
    {                                                                  \
        struct ais_msg_##type msg;                                     \
        if (ais_msg_##type##_get(data, size, &msg) == AIS_OK) {        \
            if (ais_msg_##type##_size(&msg) != size)                   \
                abort();                                               \
            ais_msg_##type##_put(&msg, (enum ais_role)data[3], frame); \
            expect_same(frame, data, size);                            \
        }                                                              \
    }
    AIS_MESSAGES(X)
#undef X
    return 0;
}
