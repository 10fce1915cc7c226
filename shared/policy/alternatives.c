/* What a rule offers in place of what it blocks: tool calls, each as a request would have it. */
#include "shared/json/write.h"
#include "shared/policy/reader.h"

struct alternative {
    const struct ais_json *tool_name, *tool_args, *context;
};

static void read_alternative_tool(struct ais_reader *reader, const struct ais_json *node, void *into)
{
    if (ais_reader_text(reader, node) != NULL)
        ((struct alternative *)into)->tool_name = node;
}

static void read_alternative_args(struct ais_reader *reader, const struct ais_json *node, void *into)
{
    (void)reader;
    ((struct alternative *)into)->tool_args = node;
}

static void read_alternative_context(struct ais_reader *reader, const struct ais_json *node, void *into)
{
    (void)reader;
    ((struct alternative *)into)->context = node;
}

static const struct ais_key alternative_keys[] = {
    {"tool_name",  AIS_KIND(AIS_JSON_STRING),                             "a string",          read_alternative_tool   },
    { "tool_args", AIS_KIND(AIS_JSON_OBJECT),                             "a map",             read_alternative_args   },
    { "context",   AIS_KIND(AIS_JSON_STRING) | AIS_KIND(AIS_JSON_OBJECT), "a string or a map", read_alternative_context},
};

static void put_canonical(struct ais_buf *json, const char *key, const struct ais_json *node)
{
    AUTO(ais_buf_done) struct ais_buf value = { 0 };
    if (node == NULL)
        return;
    ais_jw_canonical(&value, node);
    if (value.failed)
        json->failed = true;
    else
        ais_jw_raw(json, key, value.data, value.length);
}

/* As JSON in one fixed order of members, so that the order in the pack does not show in answers. */
static const char *alternative_json(struct ais_reader *reader, const struct alternative *alternative)
{
    AUTO(ais_buf_done) struct ais_buf json = { 0 };
    ais_jw_begin_object(&json, NULL);
    put_canonical(&json, "tool_name", alternative->tool_name);
    put_canonical(&json, "tool_args", alternative->tool_args);
    put_canonical(&json, "context", alternative->context);
    ais_jw_end_object(&json);
    const char *copy = json.failed ? NULL : ais_arena_copy(reader->arena, json.data, json.length);
    if (copy == NULL)
        reader->no_memory = true;
    return copy;
}

void ais_alternatives_read(struct ais_reader *reader, const struct ais_json *node, struct ais_rule *rule)
{
    const char **texts = ais_reader_alloc(reader, (node->count + 1) * sizeof(*texts));
    if (texts == NULL)
        return;
    rule->alternatives = texts;
    for (const struct ais_json *item = node->first; item != NULL; item = item->next) {
        struct alternative alternative = { 0 };
        if (item->kind != AIS_JSON_OBJECT) {
            ais_reader_fault(reader, item, "an alternative must be a map with tool_name, not %s",
                             ais_json_kind_text(item->kind));
            continue;
        }
        ais_reader_map(reader, item, alternative_keys, N_ELEMS(alternative_keys), &alternative);
        if (ais_json_get(item, "tool_name") == NULL)
            ais_reader_fault(reader, item, "an alternative needs a tool_name");
        else
            texts[rule->alternative_count++] = alternative_json(reader, &alternative);
    }
}
