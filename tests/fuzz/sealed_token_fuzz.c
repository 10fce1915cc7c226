/* Whatever bytes stand in a sealed line: opening ends with an answer, and what opens seals and opens again. */
#include "shared/mem/secret.h"
#include "shared/seal/fernet.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static struct ais_keyring *ring;
    static struct ais_sealer *sealer;
    if (ring == NULL && (ais_secret_init(NULL) != AIS_OK ||
                         ais_keyring_parse("cw_0x689RpI-jtRR7oE8h_eQsKImvJapLeSbXpwF4e4=", &ring, NULL) != AIS_OK ||
                         ais_sealer_new(ring, &sealer, NULL) != AIS_OK))
        abort();

    AUTO(ais_buf_done) struct ais_buf plain = { 0 }, token = { 0 }, again = { 0 };
    if (ais_unseal(sealer, (const char *)data, size, &plain, NULL, NULL) == AIS_OK &&
        size != ais_seal_length(plain.length))
        abort();
    if (ais_seal(sealer, data, size, &token, NULL) != AIS_OK ||
        ais_unseal(sealer, token.data, token.length, &again, NULL, NULL) != AIS_OK || again.length != size ||
        (size > 0 && memcmp(again.data, data, size) != 0))
        abort();
    return 0;
}
