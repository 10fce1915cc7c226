#include "shared/policy/facts/path.h"

#include <string.h>

enum { MOST_STEPS = 64 }; /* a request is no deeper */

struct path_reader {
    struct ais_arena *arena;
    const char *at, *end;
    struct ais_path_step steps[MOST_STEPS];
    size_t count;
    struct ais_why *why;
};

static enum ais_err add_step(struct path_reader *r, enum ais_step_kind kind, const char *key, size_t length)
{
    if (r->count == MOST_STEPS)
        return ais_fail(r->why, AIS_E_RULE, "the path is deeper than any request (%d levels)", MOST_STEPS);
    r->steps[r->count++] = (struct ais_path_step){ kind, key, length };
    return AIS_OK;
}

static bool takes(struct path_reader *r, const char *text)
{
    size_t n = strlen(text);
    if ((size_t)(r->end - r->at) < n || memcmp(r->at, text, n) != 0)
        return false;
    r->at += n;
    return true;
}

/* A member's name, up to a dot or a bracket. */
static enum ais_err read_member(struct path_reader *r)
{
    char *key = ais_arena_alloc(r->arena, (size_t)(r->end - r->at) + 1);
    if (key == NULL)
        return ais_fail(r->why, AIS_E_NOMEM, "out of memory for a path");
    size_t length = 0;
    for (; r->at < r->end && *r->at != '.' && *r->at != '['; r->at++) {
        if (*r->at == '\\') {
            r->at++;
            if (r->at == r->end || strchr(".\\[|", *r->at) == NULL)
                return ais_fail(r->why, AIS_E_RULE, "a '\\' in a path stands before '.', '[', '|' or '\\'");
        } else if (*r->at == '*') {
            return ais_fail(r->why, AIS_E_RULE, "a path knows no wildcards but '**' as its last part");
        }
        key[length++] = *r->at;
    }
    if (length == 0)
        return ais_fail(r->why, AIS_E_RULE, "a part of the path is empty");
    return add_step(r, AIS_STEP_MEMBER, key, length);
}

/* One part between dots. */
static enum ais_err read_part(struct path_reader *r)
{
    if (takes(r, "**")) {
        if (r->at != r->end)
            return ais_fail(r->why, AIS_E_RULE, "'**' can only be the last part of a path");
        return add_step(r, AIS_STEP_BELOW, "", 0);
    }
    TRY(read_member(r));
    while (takes(r, "[]"))
        TRY(add_step(r, AIS_STEP_ELEMENTS, "", 0));
    if (r->at < r->end && *r->at == '[')
        return ais_fail(r->why, AIS_E_RULE, "brackets in a path are empty ('[]' is any element)");
    if (r->at < r->end && *r->at != '.')
        return ais_fail(r->why, AIS_E_RULE, "after '[]' a path goes on with a dot");
    return AIS_OK;
}

enum ais_err ais_path_parse(struct ais_arena *arena, const char *text, size_t n, struct ais_path *ret,
                            struct ais_why *why)
{
    struct path_reader r = { .arena = arena, .at = text, .end = text + n, .why = why };
    do
        TRY(read_part(&r));
    while (takes(&r, "."));
    struct ais_path_step *steps = ais_arena_alloc(arena, r.count * sizeof *steps);
    if (steps == NULL)
        return ais_fail(why, AIS_E_NOMEM, "out of memory for a path");
    memcpy(steps, r.steps, r.count * sizeof *steps);
    *ret = (struct ais_path){ steps, r.count };
    return AIS_OK;
}

void ais_path_below(const struct ais_json *node, struct ais_values *ret)
{
    if (node == NULL || node->kind == AIS_JSON_NULL)
        return;
    if (node->kind != AIS_JSON_ARRAY && node->kind != AIS_JSON_OBJECT) {
        ais_values_add_node(ret, node);
        return;
    }
    for (const struct ais_json *child = node->first; child != NULL; child = child->next)
        ais_path_below(child, ret);
}

static void add_end(const struct ais_json *node, struct ais_values *ret)
{
    if (node->kind != AIS_JSON_ARRAY || node->count == 0) {
        ais_values_add_node(ret, node);
        return;
    }
    for (const struct ais_json *child = node->first; child != NULL; child = child->next)
        add_end(child, ret);
}

static void walk(const struct ais_path_step *step, size_t left, const struct ais_json *node, struct ais_values *ret)
{
    if (left == 0) {
        add_end(node, ret);
        return;
    }
    if (step->kind == AIS_STEP_BELOW) {
        ais_path_below(node, ret);
        return;
    }
    if (node->kind != (step->kind == AIS_STEP_MEMBER ? AIS_JSON_OBJECT : AIS_JSON_ARRAY))
        return;
    for (const struct ais_json *child = node->first; child != NULL; child = child->next) {
        if (step->kind == AIS_STEP_ELEMENTS ||
            (child->key_length == step->length && memcmp(child->key, step->key, step->length) == 0))
            walk(step + 1, left - 1, child, ret);
    }
}

void ais_path_walk(const struct ais_path *path, const struct ais_json *node, struct ais_values *ret)
{
    if (node != NULL)
        walk(path->steps, path->count, node, ret);
}
