/* The table of routes: the one home of what the REST interface offers. Who is allowed, which body is taken and which
 * function answers come from a row of it; so do 404, 405 and Allow. */
#ifndef AIS_GATEWAY_ROUTES_H
#define AIS_GATEWAY_ROUTES_H

#include "gateway/http.h"
#include "shared/access/scope.h"
#include "shared/metrics/metrics.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum route_flags {
    ROUTE_PREFLIGHT = 1 << 0, /* errors carry "allowed": false */
    ROUTE_JSON = 1 << 1,      /* needs a body, and takes application/json */
    ROUTE_MULTIPART = 1 << 2, /* needs a body, and takes multipart/form-data with one field, a rulepack */
    ROUTE_OPEN = 1 << 3,      /* no API key is asked for */
    ROUTE_SECRET = 1 << 4,    /* the answer holds a secret */
    ROUTE_EXPLAIN = 1 << 5,   /* takes ?explain=true, which needs the scope read too */
};

/* {name} in a path captures one whole segment. A GET row answers HEAD too. Handlers: gateway/handlers.h. */
/* X(id, method, path, scopes needed, flags, counted as AIS_ENDPOINT_..., handler) */
#define ROUTES(X)                                                                                                   \
    X(PREFLIGHT, "POST", "/api/v1/preflight", AIS_SCOPE_PREFLIGHT, ROUTE_JSON | ROUTE_PREFLIGHT | ROUTE_EXPLAIN,    \
      PREFLIGHT, on_preflight)                                                                                      \
    X(PREFLIGHT_BATCH, "POST", "/api/v1/preflight/batch", AIS_SCOPE_PREFLIGHT, ROUTE_JSON | ROUTE_PREFLIGHT, BATCH, \
      on_preflight_batch)                                                                                           \
    X(RULEPACKS, "GET", "/api/v1/rulepacks", AIS_SCOPE_READ, 0, RULEPACKS, on_rulepacks)                            \
    X(RULEPACK, "GET", "/api/v1/rulepacks/{name}", AIS_SCOPE_READ, 0, RULEPACKS, on_rulepack)                       \
    X(RULEPACK_ADD, "POST", "/api/v1/rulepacks", AIS_SCOPE_ADMIN, ROUTE_MULTIPART, RULEPACKS, on_rulepack_add)      \
    X(RULEPACK_SWITCH, "PATCH", "/api/v1/rulepacks/{name}", AIS_SCOPE_ADMIN, ROUTE_JSON, RULEPACKS,                 \
      on_rulepack_switch)                                                                                           \
    X(RULEPACK_REMOVE, "DELETE", "/api/v1/rulepacks/{name}", AIS_SCOPE_ADMIN, 0, RULEPACKS, on_rulepack_remove)     \
    X(RULEPACK_ROLLBACK, "POST", "/api/v1/rulepacks/{name}/rollback", AIS_SCOPE_ADMIN, 0, RULEPACKS,                \
      on_rulepack_rollback)                                                                                         \
    X(AUDIT_LOGS, "GET", "/api/v1/auditing/logs", AIS_SCOPE_READ, 0, LOGS, on_audit_logs)                           \
    X(ACTIVITY, "GET", "/api/v1/activity/summary", AIS_SCOPE_READ, 0, ACTIVITY, on_activity)                        \
    X(USAGE_METRICS, "GET", "/api/v1/usage/metrics", AIS_SCOPE_READ, 0, USAGE, on_usage_metrics)                    \
    X(USAGE_STATS, "GET", "/api/v1/usage/stats", AIS_SCOPE_READ, 0, USAGE, on_usage_stats)                          \
    X(API_KEYS, "GET", "/api/v1/api_keys", AIS_SCOPE_ADMIN, 0, API_KEYS, on_api_keys)                               \
    X(API_KEY_CREATE, "POST", "/api/v1/api_keys", AIS_SCOPE_ADMIN, ROUTE_JSON | ROUTE_SECRET, API_KEYS,             \
      on_api_key_create)                                                                                            \
    X(API_KEY_REVOKE, "DELETE", "/api/v1/api_keys/{key_id}", AIS_SCOPE_ADMIN, 0, API_KEYS, on_api_key_revoke)       \
    X(KEY_ROTATION, "GET", "/api/v1/admin/key-rotation", AIS_SCOPE_ADMIN, 0, ADMIN, on_key_rotation)                \
    X(KEY_ROTATE, "POST", "/api/v1/admin/key-rotation", AIS_SCOPE_ADMIN, 0, ADMIN, on_key_rotate)                   \
    X(OPENAPI, "GET", "/api/v1/openapi.json", 0, ROUTE_OPEN, OPENAPI, on_openapi)                                   \
    X(LIVEZ, "GET", "/livez", 0, ROUTE_OPEN, PROBE, on_livez)                                                       \
    X(READYZ, "GET", "/readyz", 0, ROUTE_OPEN, PROBE, on_readyz)                                                    \
    X(METRICS, "GET", "/metrics", 0, ROUTE_OPEN, METRICS, on_metrics)

enum route_id {
#define X(id, method, path, scope, flags, endpoint, handler) ROUTE_ID_##id,
    ROUTES(X)
#undef X
        ROUTE_COUNT
};

struct gateway;
struct route_match;
typedef void route_handler(struct gateway *gateway, struct http_request *request, const struct route_match *match);

struct route {
    enum route_id id;
    const char *method;
    const char *path;
    uint32_t scope;                   /* bits of enum ais_scope, all of them needed */
    unsigned flags;                   /* of enum route_flags */
    enum ais_label_ENDPOINT endpoint; /* what its requests are counted as */
};

/* The rows, by id. Their handlers are declared in gateway/handlers.h, where the actor makes its own array of them from
 * ROUTES, so that this room links without any handler. */
extern const struct route routes[ROUTE_COUNT];

enum { ROUTE_NAME_SIZE = 16, ROUTE_CAPTURE_SIZE = 256, ROUTE_ALLOW_SIZE = 64 };

struct route_match {
    const struct route *route;        /* NULL unless it was found */
    const struct route *nearest;      /* the same, or, for 405 and OPTIONS, the first of that path */
    bool preflight;                   /* the path is that of a preflight, whatever became of the request */
    char captured[ROUTE_NAME_SIZE];   /* the name in braces; "" without one */
    char capture[ROUTE_CAPTURE_SIZE]; /* what it stood for */
    char allow[ROUTE_ALLOW_SIZE];     /* for 405 and OPTIONS: "GET, HEAD, OPTIONS" */
};

/* Looks for method and path (decoded, as in struct http_target). Returns 200 and fills *ret with the route; 204 for
 * OPTIONS, 405 when the path takes other methods (both: allow is filled); 404 when nothing is there, which includes a
 * capture longer than ROUTE_CAPTURE_SIZE. *ret is filled whatever the result. */
unsigned route_find(const char *method, const char *path, struct route_match *ret);

/* Whether the request's body is one the route takes: 200; 411 when it needs one and nothing says how long it is; 415
 * with the right Content-Type in *ret_detail. The body of a route that takes none is ignored (RFC 9110 section 9.3.1).
 */
unsigned route_check_body(const struct route *route, const struct http_request *request, const char **ret_detail);

/* Whether the query asks for an explanation, on a route that gives some. */
bool route_explains(const struct route *route, const struct http_target *target);

/* The scopes that this request needs: the route's, and what an explanation needs: who may only ask must not learn how
 * to slip past. */
uint32_t route_scopes(const struct route *route, const struct http_target *target);

/* Whether a preflight's query is understood: 200, or 400 and why. What a client believes to have asked for is not
 * dropped in silence. */
unsigned route_check_query(const struct route *route, const struct http_target *target, struct ais_why *why);

#endif
