#include "shared/mem/buf.h"
#include "tests/unit/test.h"

static void it_grows_and_ends_with_nul(void **state)
{
    (void)state;
    AUTO(ais_buf_done) struct ais_buf buf = { 0 };
    for (int i = 0; i < 1000; i++)
        ais_buf_text(&buf, "0123456789");
    assert_false(buf.failed);
    assert_int_equal(buf.length, 10000);
    assert_int_equal(buf.data[10000], '\0');
    assert_memory_equal(buf.data + 9990, "0123456789", 10);
}

static void numbers_and_formats(void **state)
{
    (void)state;
    AUTO(ais_buf_done) struct ais_buf buf = { 0 };
    ais_buf_u64(&buf, 0);
    ais_buf_byte(&buf, ' ');
    ais_buf_u64(&buf, UINT64_MAX);
    ais_buf_format(&buf, " %s=%d", "x", -5);
    assert_string_equal(buf.data, "0 18446744073709551615 x=-5");
}

static void out_of_memory_sticks(void **state)
{
    (void)state;
    AUTO(ais_buf_done) struct ais_buf buf = { 0 };
    ais_buf_text(&buf, "kept");
    assert_false(ais_buf_reserve(&buf, SIZE_MAX - 2));
    assert_true(buf.failed);
    ais_buf_text(&buf, "lost");
    assert_string_equal(buf.data, "kept");
    ais_buf_clear(&buf);
    ais_buf_text(&buf, "again");
    assert_string_equal(buf.data, "again");
}

static void an_empty_append_is_fine(void **state)
{
    (void)state;
    AUTO(ais_buf_wipe) struct ais_buf buf = { 0 };
    ais_buf_add(&buf, NULL, 0);
    assert_string_equal(buf.data, "");
}

static void what_is_large_takes_no_more_than_it_needs(void **state)
{
    (void)state;
    AUTO(ais_buf_done) struct ais_buf buf = { 0 };
    assert_true(ais_buf_reserve(&buf, 1000000));
    assert_int_equal(buf.capacity, 1000001);
    buf.length = 1000000;
    ais_buf_byte(&buf, 'x'); /* what grows bit by bit is not copied each time */
    assert_int_equal(buf.capacity, 2000002);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(it_grows_and_ends_with_nul),
        cmocka_unit_test(numbers_and_formats),
        cmocka_unit_test(out_of_memory_sticks),
        cmocka_unit_test(an_empty_append_is_fine),
        cmocka_unit_test(what_is_large_takes_no_more_than_it_needs),
    };
    return cmocka_run_group_tests_name("mem/buf", tests, NULL, NULL);
}
