/* The scan for literals: each that occurs is told, whatever its length, and so it is by what was packed and unpacked.
 */
#include "shared/policy/prefilter.h"
#include "tests/unit/test.h"

#include <string.h>

static const char *const words[] = { "a", "-", "\xff", "ab", "curl ", "a literal of many bytes" };
enum { WORDS = N_ELEMS(words) };

static const struct row {
    const char *name, *text;
    unsigned found; /* bits of words */
} rows[] = {
    {"nothing",                  "",                        0         },
    { "none of them",            "xyz",                     0         },
    { "one byte",                "x-",                      2         },
    { "one letter, either case", "A",                       1         },
    { "a byte outside ASCII",    "x\xff",                   4         },
    { "two bytes",               "xAb",                     1 | 8     },
    { "many times",              "curl curl --a",           1 | 2 | 16},
    { "longer ones",             "a LITERAL of many bytes", 1 | 32    },
    { "no byte but its like",    "\xc1\x9f\x8d@[`{\r",      0         },
};

static void note(unsigned literal, void *arg)
{
    assert_in_range(literal, 0, WORDS - 1);
    *(unsigned *)arg |= 1U << literal;
}

static unsigned scan(const struct ais_prefilter *prefilter, const char *text)
{
    struct ais_prefilter_scratch *scratch = NULL;
    unsigned found = 0;
    assert_int_equal(ais_prefilter_prepare(prefilter, &scratch, NULL), AIS_OK);
    assert_int_equal(ais_prefilter_scan(prefilter, scratch, text, strlen(text), note, &found), AIS_OK);
    ais_prefilter_scratch_destroy(&scratch);
    return found;
}

/* Of the first n words. */
static struct ais_prefilter *make(size_t n, struct ais_buf *packed)
{
    struct ais_literal literals[WORDS];
    struct ais_prefilter *prefilter = NULL;
    for (size_t i = 0; i < n; i++)
        literals[i] = (struct ais_literal){ words[i], strlen(words[i]) };
    assert_int_equal(ais_prefilter_new(literals, n, &prefilter, NULL), AIS_OK);
    assert_int_equal(ais_prefilter_pack(prefilter, packed, NULL), AIS_OK);
    assert_false(packed->failed);
    return prefilter;
}

static void check_row(void **state)
{
    const struct row *row = *state;
    for (size_t n = 0; n <= WORDS; n++) {
        AUTO(ais_buf_done) struct ais_buf packed = { 0 };
        AUTO(ais_prefilter_destroy) struct ais_prefilter *made = make(n, &packed), *again = NULL;
        assert_int_equal(ais_prefilter_unpack(packed.data, packed.length, &again, NULL), AIS_OK);
        unsigned want = row->found & ((1U << n) - 1);
        assert_int_equal(scan(made, row->text), want);
        assert_int_equal(scan(again, row->text), want);
        ais_prefilter_destroy(&again);
    }
}

static void what_is_cut_off_is_damaged(void **state)
{
    (void)state;
    AUTO(ais_buf_done) struct ais_buf packed = { 0 };
    AUTO(ais_prefilter_destroy) struct ais_prefilter *made = make(3, &packed); /* all of one byte */
    assert_non_null(made);
    for (size_t n = 0; n < packed.length; n++) {
        struct ais_prefilter *again = NULL;
        assert_int_equal(ais_prefilter_unpack(packed.data, n, &again, NULL), AIS_E_DAMAGED);
        assert_null(again);
    }
}

int main(void)
{
    struct CMUnitTest tests[N_ELEMS(rows) + 1];
    for (size_t i = 0; i < N_ELEMS(rows); i++)
        tests[i] = (struct CMUnitTest){ rows[i].name, check_row, NULL, NULL, ais_row_state(&rows[i]) };
    tests[N_ELEMS(rows)] = (struct CMUnitTest)cmocka_unit_test(what_is_cut_off_is_damaged);
    return cmocka_run_group_tests_name("prefilter", tests, NULL, NULL);
}
