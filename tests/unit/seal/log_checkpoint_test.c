/* Checkpoints: where they must be, whose they must be, and what is found when they are not. */
#include "shared/mem/secret.h"
#include "tests/unit/seal/log_fixture.h"

#include <stdlib.h>
#include <string.h>

enum { EVERY = 5 };

struct place {
    struct log_fixture f;
    struct ais_signer *first, *second;
};

static int set_up(void **state)
{
    struct place *p = calloc(1, sizeof *p);
    assert_non_null(p);
    assert_int_equal(ais_secret_init(NULL), AIS_OK);
    fixture_begin(&p->f, 3);
    assert_int_equal(ais_signer_generate(&p->first, NULL), AIS_OK);
    assert_int_equal(ais_signer_generate(&p->second, NULL), AIS_OK);
    p->f.conf.segment_size = 16 << 10;
    p->f.conf.signer = p->first;
    p->f.conf.checkpoint_every = EVERY;
    assert_int_equal(fixture_open(&p->f, NULL), AIS_OK);
    *state = p;
    return 0;
}

static int tear_down(void **state)
{
    struct place *p = *state;
    fixture_end(&p->f);
    ais_signer_destroy(&p->first);
    ais_signer_destroy(&p->second);
    free(p);
    return 0;
}

static void commit_some(struct place *p, unsigned from, unsigned to)
{
    for (unsigned id = from; id < to; id++)
        assert_int_equal(fixture_commit(&p->f, id, 10, true), AIS_OK);
}

static void reopen(struct place *p)
{
    assert_int_equal(ais_seal_log_close(&p->f.log, NULL), AIS_OK);
    assert_int_equal(fixture_open(&p->f, NULL), AIS_OK);
}

static void keep(void *context, const struct ais_seal_fault *fault)
{
    struct faults *faults = context;
    if (faults->count < N_ELEMS(faults->list))
        faults->list[faults->count] = *fault;
    faults->count++;
}

static struct ais_seal_verdict verify(struct place *p, const struct ais_signer *signer,
                                      const struct ais_seal_head *head, struct faults *faults)
{
    struct ais_seal_verdict verdict = { 0 };
    const struct ais_seal_expected expected = { head, signer != NULL ? ais_signer_public(signer) : NULL };
    *faults = (struct faults){ .count = 0 };
    assert_int_equal(ais_seal_log_verify(p->f.dir, p->f.ring, NULL, &expected, keep, faults, &verdict, NULL), AIS_OK);
    return verdict;
}

static void expect_one(const struct faults *faults, const char *text)
{
    if (faults->count != 1 || strstr(faults->list[0].text, text) == NULL)
        fail_msg("%zu faults, the first: %s:%llu: '%s', not '%s'", faults->count, faults->list[0].file,
                 (unsigned long long)faults->list[0].line, faults->list[0].text, text);
}

/* Commits of one record each: in the first, and then in each that begins EVERY records behind what the last signs. */
static void test_every_so_many_records(void **state)
{
    struct place *p = *state;
    struct faults faults;
    commit_some(p, 1, 21);
    struct ais_seal_verdict verdict = verify(p, p->first, NULL, &faults);
    assert_int_equal(faults.count, 0);
    assert_int_equal(verdict.checkpoints, 1 + 20 / EVERY);
    assert_int_equal(verdict.checkpoint.chain.seq, 20);
    assert_int_equal(ais_seal_log_checkpointed(p->f.log), 20);
    assert_string_equal(verdict.checkpoint_file, AIS_SEAL_LOG_ACTIVE);
}

static void test_every_segment_begins_with_one(void **state)
{
    struct place *p = *state;
    struct faults faults;
    p->f.conf.checkpoint_every = 1000000;
    reopen(p);
    for (unsigned id = 1; ais_seal_log_position(p->f.log).segment < 4; id++)
        commit_some(p, id, id + 1);
    struct ais_seal_verdict verdict = verify(p, p->first, NULL, &faults);
    assert_int_equal(faults.count, 0);
    assert_int_equal(verdict.checkpoints, 5); /* and the first commit after each open */
    assert_int_equal(verdict.checkpoint.segment, 4);
}

static void test_one_that_is_wanted(void **state)
{
    struct place *p = *state;
    struct faults faults;
    uint64_t first = 0;
    const struct ais_seal_record record = { "{\"id\":1}", 8 };
    const struct ais_seal_batch batch = { .records = &record, .count = 1, .sync = true, .checkpoint = true };
    assert_int_equal(ais_seal_log_commit(p->f.log, &batch, &first, NULL), AIS_OK);
    assert_int_equal(verify(p, p->first, NULL, &faults).checkpoint.chain.seq, 1);
}

static void test_they_survive_packing(void **state)
{
    struct place *p = *state;
    struct faults faults;
    for (unsigned id = 1; ais_seal_log_position(p->f.log).segment < 3; id++)
        commit_some(p, id, id + 1);
    uint64_t before = verify(p, p->first, NULL, &faults).checkpoints;
    assert_int_equal(fixture_pack(&p->f, 3), 2);
    assert_int_equal(verify(p, p->first, NULL, &faults).checkpoints, before);
    assert_int_equal(faults.count, 0);
}

static void test_one_that_is_missing_is_a_fault(void **state)
{
    struct place *p = *state;
    struct faults faults;
    commit_some(p, 1, 3);
    p->f.conf.signer = NULL;
    reopen(p);
    commit_some(p, 3, 9);
    verify(p, p->first, NULL, &faults);
    expect_one(&faults, "has no checkpoint, and the last one, over number 0, promised the next after 5");
    assert_int_equal(faults.list[0].line, 6);
}

static void test_a_segment_without_one_is_a_fault(void **state)
{
    struct place *p = *state;
    struct faults faults;
    p->f.conf.checkpoint_every = 1000000;
    reopen(p);
    commit_some(p, 1, 2);
    p->f.conf.signer = NULL;
    reopen(p);
    for (unsigned id = 2; ais_seal_log_position(p->f.log).segment < 2; id++)
        commit_some(p, id, id + 1);
    verify(p, p->first, NULL, &faults);
    expect_one(&faults, "begins a segment without a checkpoint");
}

static void test_another_key_is_told_at_open_and_by_verify(void **state)
{
    struct place *p = *state;
    struct faults faults;
    commit_some(p, 1, 3);
    p->f.conf.signer = p->second;
    reopen(p);
    assert_int_equal(p->f.report.fault_total, 1);
    assert_non_null(strstr(p->f.report.faults[0].text, "another key"));
    commit_some(p, 3, 5);
    verify(p, p->first, NULL, &faults);
    expect_one(&faults, "signed by another key, and no change to that is recorded");
    assert_int_equal(faults.list[0].line, 4);
}

static void test_a_log_of_somebody_else_is_foreign(void **state)
{
    struct place *p = *state;
    struct faults faults;
    commit_some(p, 1, 3);
    verify(p, p->second, NULL, &faults);
    expect_one(&faults, "foreign");
    verify(p, NULL, NULL, &faults);
    assert_int_equal(faults.count, 0);
}

static void change_key(struct place *p)
{
    uint64_t first = 0;
    const struct ais_seal_record record = { "{\"id\":100}", 10 };
    const struct ais_seal_batch batch = { .records = &record, .count = 1, .sync = true, .next = p->second };
    assert_int_equal(ais_seal_log_commit(p->f.log, &batch, &first, NULL), AIS_OK);
    assert_ptr_equal(ais_seal_log_signer(p->f.log), p->second);
}

static void test_after_a_change_either_key_verifies_all(void **state)
{
    struct place *p = *state;
    struct ais_signer *third = NULL;
    struct faults faults;
    commit_some(p, 1, 4);
    change_key(p);
    commit_some(p, 101, 120);
    verify(p, p->first, NULL, &faults);
    assert_int_equal(faults.count, 0);
    verify(p, p->second, NULL, &faults);
    assert_int_equal(faults.count, 0);
    assert_int_equal(ais_signer_generate(&third, NULL), AIS_OK);
    verify(p, third, NULL, &faults);
    expect_one(&faults, "foreign");
    ais_signer_destroy(&third);
}

/* A crash between the commit and the exchange of files. */
static void test_the_key_that_the_chain_names_goes_on(void **state)
{
    struct place *p = *state;
    struct faults faults;
    change_key(p);
    fixture_crash(&p->f, true);
    p->f.conf.coming = p->second;
    assert_int_equal(fixture_open(&p->f, NULL), AIS_OK);
    assert_int_equal(p->f.report.fault_total, 0);
    assert_ptr_equal(ais_seal_log_signer(p->f.log), p->second);
    commit_some(p, 101, 103);
    verify(p, p->second, NULL, &faults);
    assert_int_equal(faults.count, 0);
}

/* Right behind a checkpoint all is signed that is left: only a head from elsewhere tells. */
static void test_a_cut_behind_a_checkpoint_is_found_by_a_head(void **state)
{
    struct place *p = *state;
    struct faults faults;
    commit_some(p, 1, 6);
    uint64_t length = ais_seal_log_position(p->f.log).length;
    commit_some(p, 6, 9);
    struct ais_seal_head head = ais_seal_log_head(p->f.log);
    assert_int_equal(ais_seal_log_close(&p->f.log, NULL), AIS_OK);
    size_t n = 0;
    unsigned char bytes[8192];
    const unsigned char *all = memdisk_bytes(p->f.disk, AIS_SEAL_LOG_ACTIVE, &n);
    assert_in_range(length, 1, sizeof bytes);
    memcpy(bytes, all, length);
    memdisk_put(p->f.disk, AIS_SEAL_LOG_ACTIVE, bytes, length);
    struct ais_seal_verdict verdict = verify(p, p->first, NULL, &faults);
    assert_int_equal(faults.count, 0);
    assert_int_equal(verdict.checkpoint.chain.seq, 5);
    verify(p, p->first, &head, &faults);
    expect_one(&faults, "ends with number 6, before the expected head, number 9: the end was cut off");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_every_so_many_records, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_every_segment_begins_with_one, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_one_that_is_wanted, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_they_survive_packing, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_one_that_is_missing_is_a_fault, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_a_segment_without_one_is_a_fault, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_another_key_is_told_at_open_and_by_verify, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_a_log_of_somebody_else_is_foreign, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_after_a_change_either_key_verifies_all, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_the_key_that_the_chain_names_goes_on, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_a_cut_behind_a_checkpoint_is_found_by_a_head, set_up, tear_down),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
