/* From a body to a dispatched job, the same for every front. */
#ifndef AIS_GATEWAY_PREFLIGHT_H
#define AIS_GATEWAY_PREFLIGHT_H

#include "gateway/problem.h"
#include "gateway/state.h"

/* Where a preflight came from and who asks. Texts must stay until the asker is answered. */
struct preflight_origin {
    const struct ais_access_key *caller;  /* within gateway->access */
    const char *request_id, *traceparent; /* NULL: none */
    uint8_t source;                       /* enum ais_audit_source */
    bool explain;                         /* the caller may know why, and wants to */
};

/* Why a preflight was not taken. Fill nothing; read problem until the next preflight begins. */
struct preflight_refusal {
    struct problem problem; /* its texts are in here and in gateway->arena */
    struct problem_error errors[AIS_FAULTS_MAX];
    struct ais_why why;
};

/* Takes one request: node, read from bytes (it may be a part of what was read). bytes must stay until the asker is
 * answered. True: the asker will be called, later. False: it will not, and *ret_refusal says why. */
bool preflight_begin(struct gateway *gateway, const struct ais_json *node, const char *bytes,
                     const struct preflight_origin *origin, struct dispatch_asker *asker,
                     struct preflight_refusal *ret_refusal);

/* The same for a body of n bytes that is still to be read, into gateway->arena. */
bool preflight_begin_body(struct gateway *gateway, const char *body, size_t n, const struct preflight_origin *origin,
                          struct dispatch_asker *asker, struct preflight_refusal *ret_refusal);

/* Reads a body of n bytes into gateway->arena, which is reset. False: *ret_refusal says why not. */
bool preflight_read(struct gateway *gateway, const char *body, size_t n, const struct ais_json **ret,
                    struct preflight_refusal *ret_refusal);

#endif
