#include "gateway/openapi.h"

#include "gateway/routes.h"
#include "shared/json/write.h"
#include "shared/yaml/yaml.h"

#include <string.h>
#include <strings.h>

/* The document while it is written: which routes it has described so far. */
struct writing {
    struct ais_buf *out;
    bool described[ROUTE_COUNT];
};

static const struct route *find_route(const char *method, const char *path)
{
    for (size_t i = 0; i < ROUTE_COUNT; i++)
        if (strcmp(routes[i].path, path) == 0 && strcasecmp(routes[i].method, method) == 0)
            return &routes[i];
    return NULL;
}

/* Beside operations a path may describe parameters that all of them have. */
static bool is_operation(const char *key)
{
    return strcmp(key, "parameters") != 0;
}

static void write_refusal(struct ais_buf *out, const char *status, const char *description)
{
    ais_jw_begin_object(out, status);
    ais_jw_text(out, "description", description);
    ais_jw_end_object(out);
}

/* What a route that needs a key answers beside what its operation describes. */
static void write_responses(struct ais_buf *out, const struct route *route, const struct ais_json *responses)
{
    ais_jw_begin_object(out, responses->key);
    for (const struct ais_json *response = responses->first; response != NULL; response = response->next)
        ais_jw_node(out, response->key, response);
    if ((route->flags & ROUTE_OPEN) == 0) {
        write_refusal(out, "401", "No key, or none that is valid");
        write_refusal(out, "403", "The key does not have the scope");
    }
    ais_jw_end_object(out);
}

static void write_scopes(struct ais_buf *out, const struct route *route)
{
    uint32_t left = route->scope;
    ais_jw_begin_array(out, "x-aisentinel-scope");
    for (const char *name; (name = ais_scope_next(&left)) != NULL;)
        ais_jw_text(out, NULL, name);
    ais_jw_end_array(out);
}

static enum ais_err write_operation(struct writing *writing, const char *path, const struct ais_json *operation,
                                    struct ais_why *why)
{
    const struct route *route = find_route(operation->key, path);
    bool open = ais_json_get(operation, "security") != NULL;
    if (route == NULL)
        return ais_fail(why, AIS_E_INTERNAL, "openapi.yaml describes %s %s, which is no route", operation->key, path);
    if (open != ((route->flags & ROUTE_OPEN) != 0))
        return ais_fail(why, AIS_E_INTERNAL, "openapi.yaml is wrong about whether %s %s needs a key", route->method,
                        path);
    writing->described[route->id] = true;
    ais_jw_begin_object(writing->out, operation->key);
    for (const struct ais_json *member = operation->first; member != NULL; member = member->next) {
        if (strcmp(member->key, "responses") == 0)
            write_responses(writing->out, route, member);
        else
            ais_jw_node(writing->out, member->key, member);
    }
    if (!open)
        write_scopes(writing->out, route);
    ais_jw_end_object(writing->out);
    return AIS_OK;
}

static enum ais_err write_paths(struct writing *writing, const struct ais_json *paths, struct ais_why *why)
{
    ais_jw_begin_object(writing->out, paths->key);
    for (const struct ais_json *path = paths->first; path != NULL; path = path->next) {
        ais_jw_begin_object(writing->out, path->key);
        for (const struct ais_json *member = path->first; member != NULL; member = member->next) {
            if (is_operation(member->key))
                TRY(write_operation(writing, path->key, member, why));
            else
                ais_jw_node(writing->out, member->key, member);
        }
        ais_jw_end_object(writing->out);
    }
    ais_jw_end_object(writing->out);
    return AIS_OK;
}

enum ais_err openapi_write(struct ais_buf *out, struct ais_why *why)
{
    AUTO(ais_arena_destroy) struct ais_arena *arena = ais_arena_new(0);
    struct writing writing = { .out = out };
    const struct ais_json *document = NULL;
    if (arena == NULL)
        return ais_fail(why, AIS_E_NOMEM, "the OpenAPI document");
    TRY(ais_yaml_read(arena, "openapi.yaml", (const char *)openapi_yaml, openapi_yaml_size, &ais_yaml_rulepack_limits,
                      &document, why));
    ais_jw_begin_object(out, NULL);
    for (const struct ais_json *member = document->first; member != NULL; member = member->next) {
        if (strcmp(member->key, "paths") == 0)
            TRY(write_paths(&writing, member, why));
        else
            ais_jw_node(out, member->key, member);
    }
    ais_jw_end_object(out);
    for (size_t i = 0; i < ROUTE_COUNT; i++)
        if (!writing.described[i])
            return ais_fail(why, AIS_E_INTERNAL, "openapi.yaml does not describe %s %s", routes[i].method,
                            routes[i].path);
    return out->failed ? ais_fail(why, AIS_E_NOMEM, "the OpenAPI document") : AIS_OK;
}
