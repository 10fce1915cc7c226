/* Whatever a payload says: taking it apart ends with an answer, and what is accepted keeps the promises of its header.
 */
#include "shared/mem/secret.h"
#include "shared/seal/log_format.h"

#include <stdint.h>
#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void must(bool condition)
{
    if (!condition)
        abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static bool ready;
    if (!ready)
        must(ais_secret_init(NULL) == AIS_OK);
    ready = true;

    AUTO(ais_arena_destroy) struct ais_arena *arena = ais_arena_new(0);
    struct ais_seal_commit commit;
    must(arena != NULL);
    if (ais_seal_payload_read(arena, (const char *)data, size, &commit, NULL) != AIS_OK)
        return 0;
    must(commit.seq > 0 && commit.count > 0 && commit.records->count == commit.count);
    must(commit.segment > 0 || (!commit.voids && commit.deleted == NULL));
    must(commit.records->end <= size && commit.records->begin < commit.records->end);
    struct ais_anchor anchor;
    const struct ais_json *member = commit.anchors != NULL ? commit.anchors->first : NULL;
    for (; member != NULL; member = member->next)
        must(ais_seal_anchor_read(member, &anchor));
    struct ais_seal_deleted deleted;
    const struct ais_json *entry = commit.deleted != NULL ? commit.deleted->first : NULL;
    for (; entry != NULL; entry = entry->next)
        must(ais_seal_deleted_read(entry, &deleted));
    return 0;
}
