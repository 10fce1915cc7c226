#include "shared/policy/regex/fold.h"
#include "shared/policy/regex/units.h"
#include "tests/unit/test.h"

static void folding_never_crosses_the_border_of_ascii(void **state)
{
    (void)state;
    for (uint32_t unit = 0; unit <= AIS_UNIT_LAST; unit++)
        assert_int_equal(ais_fold(unit) < 0x80, unit < 0x80);
}

static void folding_twice_is_folding_once(void **state)
{
    (void)state;
    for (uint32_t unit = 0; unit <= AIS_UNIT_LAST; unit++)
        assert_int_equal(ais_fold(ais_fold(unit)), ais_fold(unit));
}

static void the_pairs_are_all_there_are(void **state)
{
    (void)state;
    size_t count;
    size_t changed = 0;
    const struct ais_fold_pair *pairs = ais_fold_pairs(&count);
    for (uint32_t unit = 0; unit <= AIS_UNIT_LAST; unit++)
        changed += ais_fold(unit) != unit;
    assert_int_equal(count, changed);
    for (size_t i = 0; i < count; i++) {
        assert_int_equal(ais_fold(pairs[i].unit), pairs[i].fold);
        assert_true(i == 0 || pairs[i - 1].fold < pairs[i].fold ||
                    (pairs[i - 1].fold == pairs[i].fold && pairs[i - 1].unit < pairs[i].unit));
    }
}

static void alone_is_what_no_other_compares_as(void **state)
{
    (void)state;
    static unsigned char companions[AIS_UNIT_LAST + 1];
    for (uint32_t unit = 0; unit <= AIS_UNIT_LAST; unit++)
        companions[ais_fold(unit)]++;
    for (uint32_t unit = 0; unit <= AIS_UNIT_LAST; unit++)
        assert_int_equal(ais_fold_is_alone(unit), companions[ais_fold(unit)] == 1);
}

static void units_are_read_as_they_were_written(void **state)
{
    (void)state;
    for (uint32_t unit = 0; unit < AIS_UNIT_BYTE; unit++) {
        if (unit >= 0xd800 && unit < 0xe000)
            continue;
        char bytes[4];
        size_t length = ais_unit_put(unit, bytes);
        const unsigned char *at = (const unsigned char *)bytes;
        assert_int_equal(ais_unit_next(&at, at + length), unit);
        assert_ptr_equal(at, bytes + length);
    }
}

static void what_is_not_utf8_is_single_bytes(void **state)
{
    (void)state;
    static const char *const strays[] = { "\x80",         "\xbf",         "\xc0\xaf",         "\xc1\xbf",
                                          "\xe0\x9f\xbf", "\xed\xa0\x80", "\xf0\x8f\xbf\xbf", "\xf4\x90\x80\x80",
                                          "\xf5\x80",     "\xff",         "\xe2\x82",         "\xc3" };
    for (size_t i = 0; i < N_ELEMS(strays); i++) {
        const unsigned char *at = (const unsigned char *)strays[i];
        const unsigned char *first = at;
        const unsigned char *end = at;
        while (*end != '\0')
            end++;
        assert_int_equal(ais_unit_next(&at, end), AIS_UNIT_BYTE + *first);
        assert_ptr_equal(at, first + 1);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(folding_never_crosses_the_border_of_ascii),
        cmocka_unit_test(folding_twice_is_folding_once),
        cmocka_unit_test(the_pairs_are_all_there_are),
        cmocka_unit_test(alone_is_what_no_other_compares_as),
        cmocka_unit_test(units_are_read_as_they_were_written),
        cmocka_unit_test(what_is_not_utf8_is_single_bytes),
    };
    return cmocka_run_group_tests_name("regex/fold", tests, NULL, NULL);
}
