/* What the tests of dispatch share: one with a caller, whose time stands still until a test has it pass, and evaluators
 * that are sockets of this thread. */
#ifndef AIS_TESTS_DISPATCH_FIXTURE_H
#define AIS_TESTS_DISPATCH_FIXTURE_H

#include "gateway/dispatch.h"
#include "shared/actor/actor.h"
#include "shared/sys/clock.h"
#include "tests/unit/test.h"

enum { DEADLINE_MS = 200 };

struct answered {
    struct dispatch_asker asker; /* first: the asker is this */
    int count;
    unsigned status;
    char text[128];
};

/* Askers outlive their test, as the teardown answers what still waits. */
extern struct answered askers[DISPATCH_PENDING_MAX + 1];

struct fixture {
    zsock_t *work;
    struct ais_access *access;
    const struct ais_access_key *caller;
    struct dispatch *dispatch;
    int64_t now_ns;
};

extern struct fixture f;

/* Of each test, which begins without an evaluator. */
int set_up(void **state);
int tear_down(void **state);

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

/* Has time pass, of which dispatch is told nothing. */
void pass_ms(int ms);

/* One that has not been answered. */
struct answered *new_asker(void);

/* Submits a request: of this body and session, of a small body, or of neither; and sends what can be sent. */
enum ais_err submit_body(const char *body, size_t size, const char *session, struct answered *answered);
enum ais_err submit_of(const char *session, struct answered *answered);
enum ais_err submit(struct answered *answered);

/* An evaluator's socket, which has told that it is ready for so many requests. */
zsock_t *join(const char *name, uint32_t credit);

/* The next PREFLIGHT on an evaluator's socket, without its texts; false when there is none. Heartbeats are passed over.
 */
bool next_work(zsock_t *socket, struct ais_msg_preflight *ret);

/* The release of such a request, allowed: of a body as submit and submit_of send it. */
struct ais_msg_release release_of(const struct ais_msg_preflight *work, const char *evaluator);

#endif
