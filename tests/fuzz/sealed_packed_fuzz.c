/* What a packed line may seal: whatever the bytes, inflating them ends within its limit, and each payload in the text
 * is an answer. The first byte chooses: 0x78 is a zlib stream as it stands in a token; the rest is text, to be packed.
 */
#include "shared/mem/arena.h"
#include "shared/mem/secret.h"
#include "shared/seal/deflate.h"
#include "shared/seal/log_format.h"

#include <stdint.h>
#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { LIMIT = 1 << 20 };

static void must(bool condition)
{
    if (!condition)
        abort();
}

static void read_payloads(const struct ais_buf *text)
{
    AUTO(ais_arena_destroy) struct ais_arena *arena = ais_arena_new(0);
    must(arena != NULL);
    for (const char *at = text->data, *end = text->data + text->length; at < end;) {
        const char *newline = memchr(at, '\n', (size_t)(end - at));
        size_t n = (size_t)((newline != NULL ? newline : end) - at);
        struct ais_seal_commit commit;
        ais_arena_reset(arena);
        if (ais_seal_payload_read(arena, at, n, &commit, NULL) == AIS_OK)
            must(commit.seq > 0 && commit.count > 0 && commit.length == n);
        at += n + 1;
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static bool ready;
    if (!ready)
        must(ais_secret_init(NULL) == AIS_OK);
    ready = true;

    AUTO(ais_buf_done) struct ais_buf deflated = { 0 }, text = { 0 };
    const char *bytes = (const char *)data;
    bool is_text = !ais_is_deflated(bytes, size);
    if (is_text)
        must(ais_deflate(bytes, size, &deflated, NULL) == AIS_OK);
    else
        ais_buf_add(&deflated, bytes, size);
    must(ais_is_deflated(deflated.data, deflated.length));
    enum ais_err err = ais_inflate(deflated.data, deflated.length, LIMIT, &text, NULL);
    must(text.length <= LIMIT && text.capacity <= 4 * LIMIT);
    must(err == AIS_OK || text.length == 0);
    if (is_text && size <= LIMIT)
        must(err == AIS_OK && text.length == size && (size == 0 || memcmp(text.data, bytes, size) == 0));
    if (err == AIS_OK && text.length > 0)
        read_payloads(&text);
    return 0;
}
