/* What the tests that have a log each share: it is open when they begin, and they commit to it, alter its files and
 * look at what is left of it. What cannot be done, or is not as expected, fails the test. */
#ifndef AIS_TESTS_LOG_CASE_FIXTURE_H
#define AIS_TESTS_LOG_CASE_FIXTURE_H

#include "tests/unit/seal/log_fixture.h"

/* The state is the struct log_fixture. */
int set_up(void **state);
int tear_down(void **state);

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

/* Commits the ids of [from, to), each for itself, with so much padding. */
void commit_some(struct log_fixture *f, unsigned from, unsigned to, size_t pad);

/* Commits a record of this text. */
enum ais_err commit_json(struct log_fixture *f, const char *json, size_t n);

/* Three short segments: a sync that fails ends one early. The log is closed then. */
void make_three_segments(struct log_fixture *f);

void close_log(struct log_fixture *f);

/* Closes the log and opens it again, with what f->conf says by then. */
void reopen(struct log_fixture *f);

/* The number of the active segment. */
uint64_t active(const struct log_fixture *f);

/* The size of a file, which is there. */
size_t size_of(struct log_fixture *f, const char *name);

/* A copy of a file's bytes, freed by the caller. */
unsigned char *copy_of(struct log_fixture *f, const char *name, size_t *ret_n);

/* Every byte of a file but the ends of lines becomes another one. */
void damage_all(struct log_fixture *f, const char *name);

/* Packing has left no file of its own. */
void expect_no_leftover(struct log_fixture *f);

/* Whether a fault of this file and line, whose text holds this, is among the first that were found. */
bool names(const struct faults *faults, const char *file, uint64_t line, const char *text);

/* Verifying finds such a fault. */
void expect_fault(struct log_fixture *f, const char *file, uint64_t line, const char *text);

/* The log verifies without a fault. */
struct ais_seal_verdict expect_clean(struct log_fixture *f);

/* All ids from 0 to below, once, in both orders. */
void expect_all(struct log_fixture *f, unsigned below);

/* Work that asks whether it should stop: no. */
bool never(void *context);

#endif
