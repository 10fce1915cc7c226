#include "gateway/routes.h"

#include <stdio.h>
#include <string.h>

const struct route routes[ROUTE_COUNT] = {
#define X(id, method, path, scope, flags, endpoint, handler) \
    [ROUTE_ID_##                                             \
        id] = { ROUTE_ID_##id, (method), (path), (uint32_t)(scope), (unsigned)(flags), AIS_ENDPOINT_##endpoint },
    ROUTES(X)
#undef X
};

/* Whether path is what pattern describes; {name} and what it stood for go to match. An empty segment is no capture. */
static bool path_fits(const char *pattern, const char *path, struct route_match *match)
{
    match->captured[0] = match->capture[0] = '\0';
    while (*pattern != '\0') {
        if (*pattern != '{') {
            if (*pattern++ != *path++)
                return false;
            continue;
        }
        size_t n = strcspn(path, "/");
        if (n == 0 || n >= ROUTE_CAPTURE_SIZE)
            return false;
        memcpy(match->capture, path, n);
        match->capture[n] = '\0';
        path += n;
        n = strcspn(++pattern, "}");
        snprintf(match->captured, sizeof match->captured, "%.*s", (int)n, pattern);
        pattern += n + 1;
    }
    return *path == '\0';
}

static void allow(struct route_match *match, const char *method)
{
    size_t used = strlen(match->allow);
    if (used > 0)
        strncat(match->allow, ", ", sizeof match->allow - used - 1);
    strncat(match->allow, method, sizeof match->allow - strlen(match->allow) - 1);
}

static bool is_get(const char *method)
{
    return strcmp(method, "GET") == 0;
}

/* A GET row answers HEAD too: whoever writes the answer leaves the body out. */
static bool method_fits(const struct route *route, const char *method)
{
    return strcmp(route->method, method) == 0 || (is_get(route->method) && strcmp(method, "HEAD") == 0);
}

unsigned route_find(const char *method, const char *path, struct route_match *ret)
{
    ret->route = ret->nearest = NULL;
    ret->preflight = false;
    ret->allow[0] = '\0';

    for (size_t i = 0; i < ROUTE_COUNT; i++) {
        const struct route *route = &routes[i];
        if (!path_fits(route->path, path, ret))
            continue;
        if (ret->nearest == NULL)
            ret->nearest = route;
        ret->preflight |= (route->flags & ROUTE_PREFLIGHT) != 0;
        if (method_fits(route, method)) {
            ret->route = ret->nearest = route;
            return 200;
        }
        allow(ret, route->method);
        if (is_get(route->method))
            allow(ret, "HEAD");
    }
    if (ret->nearest == NULL)
        return 404;
    (void)path_fits(ret->nearest->path, path, ret); /* what it captured, which other rows have taken away */
    allow(ret, "OPTIONS");
    return strcmp(method, "OPTIONS") == 0 ? 204 : 405;
}

unsigned route_check_body(const struct route *route, const struct http_request *request, const char **ret_detail)
{
    static const struct {
        unsigned flag;
        const char *media_type, *detail;
    } kinds[] = {
        {ROUTE_JSON,       "application/json",    "the Content-Type must be application/json"   },
        { ROUTE_MULTIPART, "multipart/form-data", "the Content-Type must be multipart/form-data"},
    };
    unsigned status = 200;
    for (size_t i = 0; i < N_ELEMS(kinds); i++) {
        if ((route->flags & kinds[i].flag) == 0)
            continue;
        if (http_request_lacks_length(request))
            return 411;
        if (http_request_has_type(request, kinds[i].media_type))
            return 200;
        *ret_detail = kinds[i].detail;
        status = 415;
    }
    return status;
}

static const char explain_name[] = "explain";

bool route_explains(const struct route *route, const struct http_target *target)
{
    const char *value = (route->flags & ROUTE_EXPLAIN) != 0 ? http_target_param(target, explain_name) : NULL;
    return value != NULL && strcmp(value, "true") == 0;
}

uint32_t route_scopes(const struct route *route, const struct http_target *target)
{
    return route->scope | (route_explains(route, target) ? (uint32_t)AIS_SCOPE_READ : 0);
}

unsigned route_check_query(const struct route *route, const struct http_target *target, struct ais_why *why)
{
    const char *const known[] = { explain_name };
    bool takes = (route->flags & ROUTE_EXPLAIN) != 0;
    if ((route->flags & ROUTE_PREFLIGHT) == 0)
        return 200;
    const char *unknown = http_target_unknown(target, known, takes ? 1 : 0),
               *value = http_target_param(target, known[0]);
    if (unknown != NULL)
        ais_fail(why, AIS_E_INVALID, "unknown query parameter '%.64s': %s", unknown,
                 takes ? "there is one, explain" : "here a preflight takes none");
    else if (takes && value != NULL && strcmp(value, "true") != 0 && strcmp(value, "false") != 0)
        ais_fail(why, AIS_E_INVALID, "explain must be true or false, not '%.64s'", value);
    else
        return 200;
    return 400;
}
