/* A rulepack as somebody may upload it. What is accepted is within its limits, has its places inside the document,
 * and is the same tree when it is written as JSON and read again. */
#include "shared/json/write.h"
#include "shared/yaml/yaml.h"

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static const struct ais_yaml_limits limits = { .bytes = 1 << 16, .depth = 16, .nodes = 4096, .alias_nodes = 512 };

static size_t check_places(const struct ais_json *node, size_t size)
{
    size_t count = 1;
    if (node->begin > node->end || node->end > size || node->line == 0 || node->column == 0)
        abort();
    for (const struct ais_json *child = node->first; child != NULL; child = child->next)
        count += check_places(child, size);
    return count;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    AUTO(ais_arena_destroy) struct ais_arena *arena = ais_arena_new(0);
    AUTO(ais_buf_done) struct ais_buf json = { 0 };
    AUTO(ais_buf_done) struct ais_buf again = { 0 };
    const struct ais_json *root, *back;
    struct ais_why why;

    if (ais_yaml_read(arena, "pack", (const char *)data, size, &limits, &root, &why) != AIS_OK)
        return 0;
    if (check_places(root, size) > limits.nodes)
        abort();
    ais_jw_node(&json, NULL, root);
    if (json.failed || ais_json_read(arena, json.data, json.length, &ais_json_request_limits, &back, &why) != AIS_OK)
        abort();
    ais_jw_node(&again, NULL, back);
    if (again.length != json.length || memcmp(again.data, json.data, json.length) != 0)
        abort();
    return 0;
}
