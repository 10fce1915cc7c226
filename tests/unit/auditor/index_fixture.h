/* What the tests of searches and of summaries share: a real log on a memory disk that grows by records made at random,
 * the auditor's index of it, and what reading every record finds. */
#ifndef AIS_TESTS_INDEX_FIXTURE_H
#define AIS_TESTS_INDEX_FIXTURE_H

#include "services/auditor/catalog.h"
#include "shared/audit/filter.h"
#include "tests/unit/seal/log_fixture.h"

enum { SEQS_MOST = 8192 };

extern const int64_t epoch_ns; /* when the records begin */

struct lab {
    struct log_fixture f;
    struct index *index;
    struct catalog catalog;
    struct ais_seal_reader *reader;
    struct ais_arena *arena;
    uint64_t random;
    uint64_t number; /* of records made */
    bool crowded;    /* texts that no dictionary holds */
    bool orderly;    /* every record has a time of the usual form */
};

extern struct lab lab;

/* Of each test, which begins with an empty log of small files. */
int set_up(void **state);
int tear_down(void **state);

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

/* Closes the log and the index, and begins both again from the disk, with what lab.f.conf says by then. */
void restart(void);

/* The next number at random, less than n: the same in each run. */
uint64_t below(uint64_t n);

/* One commit of records, as the auditor makes it; certain: it is known which records the file holds. */
void commit(bool certain);

/* So many of them, all certain. */
void grow(size_t commits);

/* The numbers of the records that were found, in their order, and of damaged commits. */
struct seqs {
    uint64_t list[SEQS_MOST];
    size_t count;
    size_t damaged;
};

/* The parameters of a filter, as text: they outlive it. */
struct question {
    char values[8][64];
    const char *names[8];
    size_t count;
};

/* Adds one more. */
void add_parameter(struct question *question, const char *name, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

/* The filter of these parameters, all of which it must take. */
void set_filter(struct ais_audit_filter *filter, const struct question *question);

/* Every record read, and asked. */
void scan(const struct ais_audit_filter *filter, struct seqs *ret);

#endif
