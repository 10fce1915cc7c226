/* What the tests of searches beside the auditor share: an auditor on a memory disk. This thread is its evaluator, its
 * gateway, and who asks. */
#ifndef AIS_TESTS_AUDITOR_QUERY_FIXTURE_H
#define AIS_TESTS_AUDITOR_QUERY_FIXTURE_H

#include "services/auditor/auditor.h"
#include "shared/json/json.h"
#include "tests/unit/seal/memdisk.h"
#include "tests/unit/test.h"

enum { DEADLINE_MS = 5000, PATIENCE_MS = 20000 };

struct fixture {
    struct memdisk *disk;
    struct ais_dir *dir;
    struct ais_keyring *ring;
    zactor_t *auditor; /* NULL while stopped */
    zsock_t *evaluator, *gateway, *asker;
    uint64_t ticket;
    struct ais_arena *arena;
};

extern struct fixture f;

/* Of each test, which begins without a log and without an auditor. */
int set_up(void **state);
int tear_down(void **state);

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

/* Opens the log, of small files, of which so many are retained, and starts the auditor over it; async: releases do not
 * wait for the disk. */
void start_with(uint32_t retention, bool async);
void start(uint32_t retention); /* they wait */

/* Stops the auditor; what is on the disk stays for the next. */
void stop(void);

/* Has this record, or a decision of this outcome, recorded; waits for nothing. The tool of a decision is tool0, tool1
 * or tool2, by its number. */
void send_record(const char *record);
void send_decision(unsigned number, const char *decision);

/* Waits for the next release; its status. */
unsigned await_status(void);

/* The same, and the status must be 200. */
void await_release(void);

/* Has a decision of this outcome recorded, and waits until it is released. */
void decide(unsigned number, const char *decision);

/* Asks what with args: names and values, a NUL behind each. */
void send_ask(const char *what, const char *args, size_t args_size);

/* The status of the answer to the last question. Its tree is *ret, until the next. */
unsigned await_answer(const struct ais_json **ret);

/* Asks; the status, likewise. */
unsigned ask(const char *what, const char *args, size_t args_size, const struct ais_json **ret);

#define ASK(args, ret) ask("logs", args, sizeof(args) - 1, ret)

/* The number of the record at this place of an answer, and how many records it has. */
uint64_t number_at(const struct ais_json *answer, size_t index);
size_t count_of(const struct ais_json *answer);

/* A new key seals, and the auditor is asked to seal the log anew. *ret opens with that key alone. */
void begin_key_change(struct ais_keyring **ret);

/* What the auditor tells of sealing anew within so many milliseconds; false: nothing. */
bool hear_resealed(int within_ms, struct ais_msg_resealed *ret);

/* The obstacle that it told of last. */
extern char obstacle[256];

#endif
