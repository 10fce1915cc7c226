/* Any text as a range and as an address: a range that is read is written so that it is read as the same range, and has
 * its own first address. */
#include "shared/access/source.h"

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check_peer(const char *text)
{
    char written[AIS_PEER_TEXT_SIZE];
    struct ais_peer peer, again;
    if (!ais_peer_parse(text, &peer))
        return;
    if (!ais_peer_parse(ais_peer_text(&peer, written), &again) ||
        memcmp(peer.bytes, again.bytes, sizeof peer.bytes) != 0)
        abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    char text[256], written[AIS_RANGE_TEXT_SIZE];
    struct ais_source_range range, again;
    size_t n = size < sizeof text ? size : sizeof text - 1;
    memcpy(text, data, n);
    text[n] = '\0';
    check_peer(text);
    if (ais_source_range_parse(text, &range, NULL) != AIS_OK)
        return 0;
    if (ais_source_range_parse(ais_source_range_text(&range, written), &again, NULL) != AIS_OK ||
        range.kind != again.kind || range.bits != again.bits ||
        memcmp(range.bytes, again.bytes, sizeof range.bytes) != 0)
        abort();
    struct ais_peer first = { .kind = range.kind };
    memcpy(first.bytes, range.bytes, sizeof first.bytes);
    if (!ais_source_range_has(&range, &first))
        abort();
    return 0;
}
