/* The detection of a Sigma rule: selections, and the condition. */
#include "services/cli/sigma/sigma.h"

#include <string.h>

static enum ais_err no_memory(struct ais_why *why)
{
    return ais_fail(why, AIS_E_NOMEM, "no memory for rules");
}

/* ---- maps ---- */

/* Two fields may be one fact for us: then both have to hold of it. */
static enum ais_err merge(struct ais_arena *arena, struct sigma_member *into, const struct sigma_member *from,
                          struct ais_why *why)
{
    if ((into->count > 1 && !into->all) || (from->count > 1 && !from->all))
        return ais_fail(why, AIS_E_RULE, "two fields are '%s' here, and one has alternatives", into->key);
    const char **values = ais_arena_alloc(arena, (into->count + from->count + 1) * sizeof(*values));
    if (values == NULL)
        return no_memory(why);
    memcpy(values, into->values, into->count * sizeof(*values));
    memcpy(values + into->count, from->values, from->count * sizeof(*values));
    into->values = values;
    into->count += from->count;
    into->all = true;
    return AIS_OK;
}

static enum ais_err read_map(struct ais_arena *arena, unsigned source, const struct ais_json *map,
                             struct sigma_member *members, size_t *ret_count, struct ais_why *why)
{
    size_t count = 0;
    for (const struct ais_json *node = map->first; node != NULL; node = node->next) {
        struct sigma_member member = { .key = NULL };
        size_t i = 0;
        TRY(sigma_member(arena, source, node, &member, why));
        if (member.dropped)
            continue;
        if (member.count == 0)
            return ais_fail(why, AIS_E_RULE, "'%.80s' has no value", node->key);
        while (i < count && strcmp(members[i].key, member.key) != 0)
            i++;
        if (i < count)
            TRY(merge(arena, &members[i], &member, why));
        else
            members[count++] = member;
    }
    *ret_count = count;
    return AIS_OK;
}

static void write_member(const struct sigma_member *member, struct ais_buf *out)
{
    ais_buf_format(out, "\"%s%s\": ", member->key, member->all && member->count > 1 ? "|all" : "");
    if (member->count != 1)
        ais_buf_byte(out, '[');
    for (size_t i = 0; i < member->count; i++)
        ais_buf_format(out, "%s%s", i > 0 ? ", " : "", member->values[i]);
    ais_buf_text(out, member->count != 1 ? "]\n" : "\n");
}

/* first: what stands before its first member, others before the others. */
static enum ais_err write_map(struct ais_arena *arena, unsigned source, const struct ais_json *map, const char *first,
                              const char *others, struct ais_buf *out, struct ais_why *why)
{
    size_t count = 0;
    struct sigma_member *members = ais_arena_alloc(arena, (map->count + 1) * sizeof *members);
    if (members == NULL)
        return no_memory(why);
    TRY(read_map(arena, source, map, members, &count, why));
    if (count == 0)
        return ais_fail(why, AIS_E_RULE, "a selection would hold of every tool call");
    for (size_t i = 0; i < count; i++) {
        ais_buf_text(out, i == 0 ? first : others);
        write_member(&members[i], out);
    }
    return AIS_OK;
}

/* ---- selections ---- */

static enum ais_err write_keyword(struct ais_arena *arena, const struct ais_json *node, const char *before,
                                  struct ais_buf *out, struct ais_why *why)
{
    const char *text = node->text != NULL ? sigma_scalar(arena, node) : NULL;
    if (node->text == NULL)
        return ais_fail(why, AIS_E_RULE, "a selection is %s", ais_json_kind_text(node->kind));
    if (text == NULL)
        return no_memory(why);
    ais_buf_format(out, "%s%s\n", before, text);
    return AIS_OK;
}

static enum ais_err write_selection(struct ais_arena *arena, unsigned source, const struct ais_json *node,
                                    struct ais_buf *out, struct ais_why *why)
{
    const char *name = sigma_string(arena, node->key, node->key_length);
    if (name == NULL)
        return no_memory(why);
    ais_buf_format(out, "      %s:", name);
    if (node->kind == AIS_JSON_OBJECT)
        return write_map(arena, source, node, "\n        ", "        ", out, why);
    if (node->kind != AIS_JSON_ARRAY)
        return write_keyword(arena, node, " ", out, why);
    ais_buf_byte(out, '\n');
    for (const struct ais_json *item = node->first; item != NULL; item = item->next)
        TRY(item->kind == AIS_JSON_OBJECT ? write_map(arena, source, item, "        - ", "          ", out, why)
                                          : write_keyword(arena, item, "        - ", out, why));
    return AIS_OK;
}

/* ---- conditions ---- */

static enum ais_err check_condition(const struct ais_json *node, struct ais_why *why)
{
    if (node->kind != AIS_JSON_STRING)
        return ais_fail(why, AIS_E_RULE, "the condition is %s", ais_json_kind_text(node->kind));
    const char *bar = memchr(node->text, '|', node->length);
    if (memchr(node->text, '\0', node->length) != NULL)
        return ais_fail(why, AIS_E_RULE, "the condition holds a NUL");
    if (bar != NULL)
        return ais_fail(why, AIS_E_RULE, "the condition aggregates ('%.60s'): write a correlation", bar);
    return AIS_OK;
}

/* Several conditions are as many rules to Sigma: any of them. */
static enum ais_err write_condition(struct ais_arena *arena, const struct ais_json *node, struct ais_buf *out,
                                    struct ais_why *why)
{
    AUTO(ais_buf_done) struct ais_buf text = { 0 };
    if (node->kind == AIS_JSON_ARRAY) {
        for (const struct ais_json *item = node->first; item != NULL; item = item->next) {
            TRY(check_condition(item, why));
            ais_buf_format(&text, "%s(%s)", text.length > 0 ? " or " : "", item->text);
        }
    } else {
        TRY(check_condition(node, why));
        ais_buf_add(&text, node->text, node->length);
    }
    const char *quoted = text.failed ? NULL : sigma_string(arena, text.length > 0 ? text.data : "", text.length);
    if (quoted == NULL)
        return no_memory(why);
    ais_buf_format(out, "      condition: %s\n", quoted);
    return AIS_OK;
}

enum ais_err sigma_detection(struct ais_arena *arena, unsigned source, const struct ais_json *detection,
                             struct ais_buf *out, struct ais_why *why)
{
    const struct ais_json *condition = ais_json_get(detection, "condition");
    if (detection == NULL || detection->kind != AIS_JSON_OBJECT || condition == NULL)
        return ais_fail(why, AIS_E_RULE, "it has no detection with a condition");
    if (ais_json_get(detection, "timeframe") != NULL)
        return ais_fail(why, AIS_E_RULE, "it counts within a timeframe: write a correlation");
    ais_buf_text(out, "    detection:\n");
    for (const struct ais_json *node = detection->first; node != NULL; node = node->next)
        if (node != condition)
            TRY(write_selection(arena, source, node, out, why));
    return write_condition(arena, condition, out, why);
}
