#include "tests/unit/test.h"

#include <errno.h>
#include <string.h>

static void every_code_has_words(void **state)
{
    (void)state;
    for (int code = 0; code < AIS_ERR_COUNT; code++)
        assert_true(strlen(ais_err_text((enum ais_err)code)) > 1);
    assert_string_equal(ais_err_text((enum ais_err)9999), "unknown error");
}

static void the_reason_is_kept(void **state)
{
    (void)state;
    struct ais_why why = { 0 };
    assert_int_equal(ais_fail(&why, AIS_E_RULE, "%s:%d: unknown key '%s'", "a.yaml", 3, "nmae"), AIS_E_RULE);
    assert_int_equal(why.code, AIS_E_RULE);
    assert_string_equal(why.text, "a.yaml:3: unknown key 'nmae'");
}

static void a_long_reason_is_cut(void **state)
{
    (void)state;
    struct ais_why why = { 0 };
    assert_int_equal(ais_fail(&why, AIS_E_IO, "%0400d", 1), AIS_E_IO);
    assert_int_equal(strlen(why.text), sizeof why.text - 1);
}

static void errno_is_told_and_sorted(void **state)
{
    (void)state;
    struct ais_why why = { 0 };
    assert_int_equal(ais_fail_errno(&why, ENOSPC, "write '%s'", "f"), AIS_E_SPACE);
    assert_string_equal(why.text, "write 'f': No space left on device");
    assert_int_equal(ais_fail_errno(&why, EACCES, "open"), AIS_E_IO);
    assert_int_equal(ais_fail_errno(NULL, ENOMEM, "open"), AIS_E_NOMEM);
}

static void blame_goes_in_front(void **state)
{
    (void)state;
    struct ais_why why = { 0 };
    assert_int_equal(ais_fail(&why, AIS_E_KEY, "no key opens it"), AIS_E_KEY);
    assert_int_equal(ais_blame(&why, "%s", "api_keys.enc"), AIS_E_KEY);
    assert_string_equal(why.text, "api_keys.enc: no key opens it");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_code_has_words), cmocka_unit_test(the_reason_is_kept),
        cmocka_unit_test(a_long_reason_is_cut), cmocka_unit_test(errno_is_told_and_sorted),
        cmocka_unit_test(blame_goes_in_front),
    };
    return cmocka_run_group_tests_name("err/err", tests, NULL, NULL);
}
