#include "tests/unit/seal/log_case_fixture.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

int set_up(void **state)
{
    struct log_fixture *f = calloc(1, sizeof *f);
    assert_non_null(f);
    fixture_begin(f, 11);
    assert_int_equal(fixture_open(f, NULL), AIS_OK);
    *state = f;
    return 0;
}

int tear_down(void **state)
{
    fixture_end(*state);
    free(*state);
    return 0;
}

void commit_some(struct log_fixture *f, unsigned from, unsigned to, size_t pad)
{
    for (unsigned id = from; id < to; id++)
        assert_int_equal(fixture_commit(f, id, pad, true), AIS_OK);
}

enum ais_err commit_json(struct log_fixture *f, const char *json, size_t n)
{
    const struct ais_seal_record record = { json, n };
    const struct ais_seal_batch batch = { .records = &record, .count = 1, .sync = true };
    uint64_t first = 0;
    return ais_seal_log_commit(f->log, &batch, &first, NULL);
}

void close_log(struct log_fixture *f)
{
    assert_int_equal(ais_seal_log_close(&f->log, NULL), AIS_OK);
}

void make_three_segments(struct log_fixture *f)
{
    for (unsigned i = 0; i < 3; i++) {
        commit_some(f, 1 + 2 * i, 3 + 2 * i, 20);
        if (i == 2)
            break;
        memdisk_fail(f->disk, 2, 1, EIO);
        assert_int_equal(fixture_commit(f, 99, 20, true), AIS_E_IO);
    }
    assert_int_equal(ais_seal_log_position(f->log).segment, 3);
    close_log(f);
}

void reopen(struct log_fixture *f)
{
    close_log(f);
    assert_int_equal(fixture_open(f, NULL), AIS_OK);
}

uint64_t active(const struct log_fixture *f)
{
    return ais_seal_log_position(f->log).segment;
}

size_t size_of(struct log_fixture *f, const char *name)
{
    size_t n = 0;
    assert_non_null(memdisk_bytes(f->disk, name, &n));
    return n;
}

unsigned char *copy_of(struct log_fixture *f, const char *name, size_t *ret_n)
{
    const unsigned char *bytes = memdisk_bytes(f->disk, name, ret_n);
    assert_non_null(bytes);
    unsigned char *copy = malloc(*ret_n);
    assert_non_null(copy);
    memcpy(copy, bytes, *ret_n);
    return copy;
}

void damage_all(struct log_fixture *f, const char *name)
{
    size_t n = 0;
    unsigned char *bytes = memdisk_bytes(f->disk, name, &n);
    for (size_t i = 0; i < n; i++)
        if (bytes[i] != '\n')
            bytes[i] = '!';
}

void expect_no_leftover(struct log_fixture *f)
{
    size_t n = 0;
    assert_null(memdisk_bytes(f->disk, "audit_logs.packed", &n));
}

bool names(const struct faults *faults, const char *file, uint64_t line, const char *text)
{
    for (size_t i = 0; i < faults->count && i < N_ELEMS(faults->list); i++)
        if (strcmp(faults->list[i].file, file) == 0 && faults->list[i].line == line &&
            strstr(faults->list[i].text, text) != NULL)
            return true;
    return false;
}

void expect_fault(struct log_fixture *f, const char *file, uint64_t line, const char *text)
{
    struct faults faults;
    fixture_verify(f, &faults);
    if (!names(&faults, file, line, text)) {
        for (size_t i = 0; i < faults.count && i < N_ELEMS(faults.list); i++)
            print_message("%s:%llu: %s\n", faults.list[i].file, (unsigned long long)faults.list[i].line,
                          faults.list[i].text);
        fail_msg("%s:%llu: '%s' was not reported", file, (unsigned long long)line, text);
    }
}

struct ais_seal_verdict expect_clean(struct log_fixture *f)
{
    struct faults faults;
    struct ais_seal_verdict verdict = fixture_verify(f, &faults);
    if (faults.count > 0)
        fail_msg("%s:%llu: %s", faults.list[0].file, (unsigned long long)faults.list[0].line, faults.list[0].text);
    return verdict;
}

void expect_all(struct log_fixture *f, unsigned below)
{
    static struct found found;
    fixture_read(f, AIS_SEAL_OLDEST_FIRST, &found);
    assert_int_equal(found.faults, 0);
    assert_int_equal(found.count, below);
    for (unsigned i = 0; i < below; i++)
        assert_int_equal(found.ids[i], i);
    fixture_read(f, AIS_SEAL_NEWEST_FIRST, &found);
    assert_int_equal(found.count, below);
    for (unsigned i = 0; i < below; i++)
        assert_int_equal(found.ids[i], below - 1 - i);
}

bool never(void *context)
{
    (void)context;
    return false;
}
