/* A body as a client may send it. What is accepted, written and read again is the same canonical form. */
#include "shared/json/write.h"

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static const struct ais_json *read_back(struct ais_arena *arena, const struct ais_buf *json)
{
    const struct ais_json *root = NULL;
    if (json->failed || ais_json_read(arena, json->data, json->length, &ais_json_request_limits, &root, NULL) != AIS_OK)
        abort();
    return root;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    AUTO(ais_arena_destroy) struct ais_arena *arena = ais_arena_new(0);
    AUTO(ais_buf_done) struct ais_buf written = { 0 };
    AUTO(ais_buf_done) struct ais_buf canonical = { 0 };
    AUTO(ais_buf_done) struct ais_buf again = { 0 };
    const struct ais_json *root;
    struct ais_why why;

    if (ais_json_read(arena, (const char *)data, size, &ais_json_request_limits, &root, &why) != AIS_OK)
        return 0;
    if (root->begin > root->end || root->end > size)
        abort();
    ais_jw_canonical(&canonical, root);
    ais_jw_node(&written, NULL, root);
    ais_jw_canonical(&again, read_back(arena, &written));
    if (again.length != canonical.length || memcmp(again.data, canonical.data, again.length) != 0)
        abort();
    ais_buf_clear(&again);
    ais_jw_canonical(&again, read_back(arena, &canonical));
    if (again.length != canonical.length || memcmp(again.data, canonical.data, again.length) != 0)
        abort();
    return 0;
}
