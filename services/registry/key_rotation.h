/* A rotation of the Fernet key while the service runs (shared/store/key_rotation.h has its steps). The registry begins
 * it and seals its documents anew; auditor and metrics are asked to do the same with what is theirs, as often as it
 * takes; when both have said that they are through, the old key leaves. What a crash interrupts is gone on with at the
 * next start. One thread. */
#ifndef AIS_SERVICES_REGISTRY_KEY_ROTATION_H
#define AIS_SERVICES_REGISTRY_KEY_ROTATION_H

#include "services/registry/answers.h"
#include "services/registry/outbox.h"

struct key_rotation {
    struct ais_store *store;  /* borrowed */
    zsock_t *metrics;         /* borrowed */
    bool running, over;       /* over: one ended since the start */
    bool resumed;             /* it began before this start */
    bool announced;           /* an event tells that it began */
    struct question_texts by; /* who asked for it since the start, and what they call that; empty: nobody has */
    struct ais_caller caller; /* the same, in `by`; key_id NULL: nobody has */
    uint64_t round;
    int64_t began_ns, ended_ns;   /* wall clock */
    bool documents, log, figures; /* are under the new key */
    uint64_t segments, lines, unopened;
    uint64_t files_due, files_closed; /* as the start found them, with keys of the operator's: under an older key, and
                                       * under none that was given */
    struct ais_why obstacle;          /* code AIS_OK: nothing is in the documents' way, */
    struct ais_why log_obstacle, figures_obstacle; /* nor, as their owners tell, in that of their files */
    int64_t next_ns;                               /* monotonic: of the next attempt at what is not done */
};

/* Whether there is one to go on with, as a start finds it; it begins then. With keys of the operator's it waits until
 * it is asked for: the operator is told which files need what. */
void key_rotation_resume(struct key_rotation *rotation);

/* The answers to "key_rotation" and "key_rotate" (registry.h). */
struct answer key_rotation_show(struct question *question);
struct answer key_rotation_ask(struct question *question);

/* Takes a RESEALED of this role. AIS_E_MALFORMED. */
MUST_CHECK enum ais_err key_rotation_heard(struct key_rotation *rotation, enum ais_role from,
                                           const struct ais_received *received);

/* Does what is to be done now. The outbox has been flushed, and gets what is to be recorded. now_ns: monotonic. */
void key_rotation_go_on(struct key_rotation *rotation, struct outbox *outbox, int64_t now_ns);

#endif
