#include "gateway/http_front.h"

#include "gateway/admission.h"
#include "gateway/handlers.h"
#include "gateway/refuse.h"
#include "gateway/state.h"
#include "gateway/upload.h"
#include "shared/access/bearer.h"
#include "shared/sys/clock.h"

#include <stdlib.h>

static route_handler *const handlers[ROUTE_COUNT] = {
#define X(id, method, path, scope, flags, endpoint, handler) [ROUTE_ID_##id] = (handler),
    ROUTES(X)
#undef X
};

/* A request's tag is one more than the endpoint that it is counted as; 0 is a request without a route. */
static void on_answer(void *context, const struct http_request *request, const struct http_answered *answered)
{
    struct gateway *gateway = context;
    unsigned tag = http_request_tag(request), endpoint = tag > 0 ? tag - 1 : AIS_ENDPOINT_OTHER;
    gateway_count_answer(gateway, (enum ais_label_ENDPOINT)endpoint, answered);
}

static unsigned authenticate_http(struct gateway *gateway, struct http_request *request, const struct route *route,
                                  enum admission_pace *ret_pace)
{
    const char *key = "", *field = http_request_header(request, "Authorization");
    const struct ais_peer peer = http_request_source(request);
    size_t n = 0;
    gateway->caller = NULL;
    if ((route->flags & ROUTE_OPEN) != 0)
        return 200;
    if (field != NULL && !ais_bearer_parse(field, strlen(field), &key, &n))
        n = 0;
    return admission_authenticate(gateway, key, n, &peer, route_scopes(route, http_request_target(request)),
                                  &gateway->caller, ret_pace);
}

/* A failed login that is answered late. */
struct delayed_login {
    struct delayed_answer answer; /* first: the answer is this */
    struct http_request *request;
    bool preflight;
};

static void answer_login(struct delayed_answer *answer)
{
    struct delayed_login *self = (struct delayed_login *)answer;
    const struct problem problem = { .status = 401, .preflight = self->preflight };
    refuse_with(self->request, &problem);
    free(self);
}

/* False: it is to be answered at once. Its body makes room for those of others meanwhile. */
static bool delay_login(struct gateway *gateway, struct http_request *request, bool preflight)
{
    struct delayed_login *login = malloc(sizeof *login);
    if (login == NULL)
        return false;
    *login = (struct delayed_login){ { answer_login }, request, preflight };
    http_request_drop_body(request);
    admission_delay(gateway, &login->answer);
    return true;
}

/* Whose request this is, for who records that it was refused; NULL: nobody's that is known. Nothing is counted. */
static const struct ais_access_key *caller_of(const struct gateway *gateway, const struct http_request *request)
{
    const struct ais_access_key *caller = NULL;
    const char *key = "", *field = http_request_header(request, "Authorization");
    const struct ais_peer peer = http_request_source(request);
    size_t n = 0;
    if (gateway->access == NULL || field == NULL || !ais_bearer_parse(field, strlen(field), &key, &n) ||
        ais_access_check(gateway->access, key, n, &peer, ais_clock_wall(), &caller) != AIS_ACCESS_OK)
        return NULL;
    return caller;
}

static void refuse_recorded(struct gateway *gateway, struct http_request *request, const struct problem *problem)
{
    const struct ais_access_key *caller =
        refusals_concern(request, problem->status) ? caller_of(gateway, request) : NULL;
    if (caller != NULL)
        refusals_answer(gateway, request, caller->id, problem);
    else
        refuse_with(request, problem);
}

/* Who may upload is settled before anything is kept: nobody else can make us hold more than a usual body. */
static void on_head(void *context, struct http_request *request)
{
    struct gateway *gateway = context;
    struct route_match match;
    enum admission_pace pace = ADMISSION_AT_ONCE;
    if (!http_request_has_type(request, "multipart/form-data") ||
        route_find(http_request_method(request), http_request_target(request)->path, &match) != 200 ||
        (match.route->flags & ROUTE_MULTIPART) == 0)
        return;
    http_request_set_tag(request, match.route->endpoint + 1U);
    unsigned status = authenticate_http(gateway, request, match.route, &pace);
    if (status == 200)
        upload_begin(request);
    else /* of a head there is no late answer, so that who fails too often gets another */
        http_request_turn_away(request, pace == ADMISSION_AT_ONCE ? status : admission_refuse(gateway));
}

static void on_request(void *context, struct http_request *request)
{
    struct gateway *gateway = context;
    struct route_match match;
    struct ais_why why = { 0 };
    const char *detail = NULL;
    enum admission_pace pace = ADMISSION_AT_ONCE;
    unsigned status = route_find(http_request_method(request), http_request_target(request)->path, &match);
    if (status == 204) {
        http_answer(request, 204, NULL, NULL, 0, &(struct http_header){ "Allow", match.allow }, 1);
        return;
    }
    if (status != 200) {
        refuse_recorded(gateway, request, &(struct problem){ .status = status, .preflight = match.preflight });
        return;
    }
    http_request_set_tag(request, match.route->endpoint + 1U);
    status = authenticate_http(gateway, request, match.route, &pace);
    if (status == 503)
        detail = admission_unable(gateway);
    if (pace == ADMISSION_LATE && delay_login(gateway, request, match.preflight))
        return;
    if (pace != ADMISSION_AT_ONCE) {
        status = admission_refuse(gateway);
        detail = admission_too_many;
    }
    if (status == 200)
        status = route_check_body(match.route, request, &detail);
    if (status == 200 && (status = route_check_query(match.route, http_request_target(request), &why)) != 200)
        detail = why.text;
    if (status == 200 && (match.route->flags & ROUTE_MULTIPART) != 0 && (status = upload_end(request, &why)) != 200)
        detail = why.text;
    if (status != 200) {
        const struct problem problem = { .status = status, .detail = detail, .preflight = match.preflight };
        refuse_recorded(gateway, request, &problem);
        return;
    }
    if ((match.route->flags & ROUTE_SECRET) != 0)
        http_request_set_secret(request);
    handlers[match.route->id](gateway, request, &match);
}

static void on_refusal(void *context, struct http_request *request, unsigned status, const char *detail)
{
    struct route_match match;
    route_find(http_request_method(request), http_request_target(request)->path, &match);
    const struct problem problem = { .status = status, .detail = detail, .preflight = match.preflight };
    refuse_recorded(context, request, &problem);
}

const struct http_hooks http_front_hooks = { on_request, on_refusal, on_answer, on_head };
