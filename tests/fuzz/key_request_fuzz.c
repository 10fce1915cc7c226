/* Any body: what is read as a request for a key has a name, a scope and ranges that can be written, and what is not is
 * refused with a place that lies within the body's members. */
#include "shared/store/key_request.h"

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const int64_t now = 1700000000000000000;
    AUTO(ais_arena_destroy) struct ais_arena *arena = ais_arena_new(64 << 20);
    struct ais_key_request request = { .fault_count = 0 };
    if (arena == NULL)
        return 0;
    enum ais_err err = ais_key_request_read(arena, (const char *)data, size, now, &request, NULL);
    if ((err == AIS_E_INVALID) != (request.fault_count > 0) || request.fault_count > AIS_KEY_FAULTS_MOST)
        abort();
    for (size_t i = 0; i < request.fault_count; i++)
        if (request.faults[i].detail[0] == '\0' || (i > 0 && request.faults[i].pointer[0] != '/'))
            abort();
    if (err != AIS_OK)
        return 0;
    const struct ais_key_wish *wish = &request.wish;
    if (wish->name == NULL || wish->name[0] == '\0' || wish->scopes == 0 ||
        (wish->scopes & ~(uint32_t)AIS_SCOPE_ALL) != 0 || wish->range_count > AIS_ACCESS_RANGES_MOST ||
        (wish->expires_at_ns != 0 && wish->expires_at_ns <= now) || wish->chosen != NULL)
        abort();
    for (size_t i = 0; i < wish->range_count; i++) {
        char text[AIS_RANGE_TEXT_SIZE];
        struct ais_source_range again;
        if (ais_source_range_parse(ais_source_range_text(&wish->ranges[i], text), &again, NULL) != AIS_OK)
            abort();
    }
    return 0;
}
