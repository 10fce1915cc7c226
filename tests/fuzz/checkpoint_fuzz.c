/* Key files and checkpoints of whatever bytes: reading them ends with an answer, and nothing counts as signed that was
 * not. Input: the text of a key file, a NUL, a payload. */
#include "shared/mem/secret.h"
#include "shared/seal/log_format.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void must(bool condition)
{
    if (!condition)
        abort();
}

/* A key that is accepted writes the text that it was read from. */
static void read_key(const char *text, size_t n)
{
    AUTO(ais_signer_destroy) struct ais_signer *signer = NULL;
    unsigned char public_key[AIS_CHECKPOINT_KEY_SIZE];
    char written[AIS_CHECKPOINT_KEY_TEXT];
    bool is_key = ais_checkpoint_key_parse(text, n, public_key);
    must((ais_signer_parse(text, n, &signer, NULL) == AIS_OK) == is_key);
    if (!is_key)
        return;
    ais_signer_text(signer, written);
    must(n >= AIS_CHECKPOINT_KEY_TEXT - 1 && memcmp(written, text, AIS_CHECKPOINT_KEY_TEXT - 1) == 0);
}

static void read_payload(const char *text, size_t n)
{
    AUTO(ais_arena_destroy) struct ais_arena *arena = ais_arena_new(0);
    struct ais_seal_commit commit;
    struct ais_checkpoint checkpoint, altered;
    must(arena != NULL);
    if (ais_seal_payload_read(arena, text, n, &commit, NULL) != AIS_OK || commit.checkpoint == NULL)
        return;
    must(ais_seal_checkpoint_read(&commit, &checkpoint));
    must(checkpoint.every > 0 && checkpoint.chain.seq == commit.seq - 1);
    altered = checkpoint;
    altered.chain.seq++;
    must(!ais_checkpoint_is_signed(&checkpoint) || !ais_checkpoint_is_signed(&altered));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static bool ready;
    if (!ready)
        must(ais_secret_init(NULL) == AIS_OK);
    ready = true;

    const uint8_t *end = size > 0 ? memchr(data, '\0', size) : NULL;
    if (end == NULL)
        return 0;
    read_key((const char *)data, (size_t)(end - data));
    read_payload((const char *)end + 1, size - (size_t)(end + 1 - data));
    return 0;
}
