/* Facts of the request as it was sent. */
#include "shared/policy/facts/fact.h"

static void walk_or_below(const struct ais_path *path, const struct ais_json *node, struct ais_values *ret)
{
    if (path != NULL)
        ais_path_walk(path, node, ret);
    else
        ais_path_below(node, ret);
}

void ais_fact_tool_name(const struct ais_question *question, const struct ais_path *path, struct ais_values *ret)
{
    (void)path;
    ais_values_add_node(ret, question->request->tool_name);
}

void ais_fact_tool_args(const struct ais_question *question, const struct ais_path *path, struct ais_values *ret)
{
    walk_or_below(path, question->request->tool_args, ret);
}

/* Without a path: the text that it is, or every scalar of the object, so that no form of it hides from a rule. */
void ais_fact_context(const struct ais_question *question, const struct ais_path *path, struct ais_values *ret)
{
    walk_or_below(path, question->request->context, ret);
}

void ais_fact_metadata(const struct ais_question *question, const struct ais_path *path, struct ais_values *ret)
{
    walk_or_below(path, question->request->metadata, ret);
}

void ais_request_texts(const struct ais_question *question, struct ais_values *ret)
{
    const struct ais_request *request = question->request;
    const struct ais_json *parts[] = { request->tool_name, request->tool_args, request->context, request->metadata };
    for (size_t i = 0; i < N_ELEMS(parts); i++)
        ais_path_below(parts[i], ret);
}

void ais_fact_everything(const struct ais_question *question, const struct ais_path *path, struct ais_values *ret)
{
    (void)path;
    ais_request_texts(question, ret);
}

/* Bytes of keys and values: what does not depend on spacing, escapes or the form of the body. */
static size_t size_of(const struct ais_json *node)
{
    if (node == NULL)
        return 0;
    size_t size = node->key_length + node->length;
    for (const struct ais_json *child = node->first; child != NULL; child = child->next)
        size += size_of(child);
    return size;
}

static size_t depth_of(const struct ais_json *node)
{
    if (node == NULL || (node->kind != AIS_JSON_OBJECT && node->kind != AIS_JSON_ARRAY))
        return 0;
    size_t deepest = 0;
    for (const struct ais_json *child = node->first; child != NULL; child = child->next) {
        size_t depth = depth_of(child);
        deepest = depth > deepest ? depth : deepest;
    }
    return deepest + 1;
}

void ais_fact_request_size(const struct ais_question *question, const struct ais_path *path, struct ais_values *ret)
{
    (void)path;
    const struct ais_request *request = question->request;
    const struct ais_json *parts[] = { request->tool_args, request->context, request->metadata };
    size_t size = request->tool_name->length;
    for (size_t i = 0; i < N_ELEMS(parts); i++)
        if (parts[i] != NULL)
            size += size_of(parts[i]) - parts[i]->key_length;
    ais_values_add_number(ret, size);
}

void ais_fact_request_depth(const struct ais_question *question, const struct ais_path *path, struct ais_values *ret)
{
    (void)path;
    const struct ais_request *request = question->request;
    const struct ais_json *parts[] = { request->tool_args, request->context, request->metadata };
    size_t deepest = 0;
    for (size_t i = 0; i < N_ELEMS(parts); i++) {
        size_t depth = depth_of(parts[i]);
        deepest = depth > deepest ? depth : deepest;
    }
    ais_values_add_number(ret, deepest);
}
