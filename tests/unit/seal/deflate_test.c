/* Compressed text: whole, bounded, and nothing else is taken for it. */
#include "shared/seal/deflate.h"
#include "tests/unit/test.h"

#include <stdlib.h>
#include <string.h>

enum { LIMIT = 1 << 20 };

static void expect_same(const char *text, size_t n)
{
    AUTO(ais_buf_done) struct ais_buf deflated = { 0 }, inflated = { 0 };
    assert_int_equal(ais_deflate(text, n, &deflated, NULL), AIS_OK);
    assert_true(ais_is_deflated(deflated.data, deflated.length));
    assert_int_equal(ais_inflate(deflated.data, deflated.length, LIMIT, &inflated, NULL), AIS_OK);
    assert_int_equal(inflated.length, n);
    assert_memory_equal(inflated.data, text, n);
}

static void what_goes_in_comes_out(void **state)
{
    (void)state;
    char *text = malloc(LIMIT);
    assert_non_null(text);
    for (size_t i = 0; i < LIMIT; i++)
        text[i] = (char)(i * i >> 7);
    static const size_t sizes[] = { 0, 1, 2, 4095, 65536, 131071, 131072, 131073, LIMIT };
    for (size_t i = 0; i < N_ELEMS(sizes); i++)
        expect_same(text, sizes[i]);
    free(text);
}

static void json_is_not_taken_for_it(void **state)
{
    (void)state;
    assert_false(ais_is_deflated("{}", 2));
    assert_false(ais_is_deflated("", 0));
}

/* `python3 -c "import zlib; print(zlib.compress(b'{}\n{}').hex())"` */
static void any_zlib_can_have_made_it(void **state)
{
    (void)state;
    static const char made[] = "\x78\x9c\xab\xae\xe5\xaa\xae\x05\x00\x05\xf1\x01\xfb";
    AUTO(ais_buf_done) struct ais_buf inflated = { 0 };
    assert_int_equal(ais_inflate(made, sizeof made - 1, LIMIT, &inflated, NULL), AIS_OK);
    assert_int_equal(inflated.length, 5);
    assert_memory_equal(inflated.data, "{}\n{}", 5);
}

static void expect_damage(const char *bytes, size_t n, size_t limit, const char *words)
{
    AUTO(ais_buf_done) struct ais_buf inflated = { 0 };
    struct ais_why why = { 0 };
    assert_int_equal(ais_inflate(bytes, n, limit, &inflated, &why), AIS_E_DAMAGED);
    assert_non_null(strstr(why.text, words));
    assert_int_equal(inflated.length, 0);
}

/* 64 MiB of one byte are 64 KiB of input. */
static void a_bomb_is_refused_and_never_inflated(void **state)
{
    (void)state;
    enum { MUCH = 64 << 20 };
    AUTO(ais_buf_done) struct ais_buf deflated = { 0 }, inflated = { 0 };
    char *text = calloc(1, MUCH);
    assert_non_null(text);
    assert_int_equal(ais_deflate(text, MUCH, &deflated, NULL), AIS_OK);
    free(text);
    assert_true(deflated.length < 80 << 10);
    assert_int_equal(ais_inflate(deflated.data, deflated.length, LIMIT, &inflated, NULL), AIS_E_DAMAGED);
    assert_true(inflated.capacity <= 2 * LIMIT);
    expect_damage(deflated.data, deflated.length, MUCH - 1, "more than");
    assert_int_equal(ais_inflate(deflated.data, deflated.length, MUCH, &inflated, NULL), AIS_OK);
    assert_int_equal(inflated.length, MUCH);
}

static void a_stream_cut_anywhere_is_damage(void **state)
{
    (void)state;
    AUTO(ais_buf_done) struct ais_buf deflated = { 0 };
    char text[600];
    for (size_t i = 0; i < sizeof text; i++)
        text[i] = (char)(i * i >> 5);
    assert_int_equal(ais_deflate(text, sizeof text, &deflated, NULL), AIS_OK);
    for (size_t i = 0; i < deflated.length; i++)
        expect_damage(deflated.data, i, LIMIT, "not whole");
}

/* Bits that fill a byte up stand for nothing; all others are covered by the checksum. */
static void a_flipped_bit_never_changes_the_text(void **state)
{
    (void)state;
    AUTO(ais_buf_done) struct ais_buf deflated = { 0 }, inflated = { 0 };
    char text[600];
    size_t unseen = 0;
    for (size_t i = 0; i < sizeof text; i++)
        text[i] = (char)(i * i >> 5);
    assert_int_equal(ais_deflate(text, sizeof text, &deflated, NULL), AIS_OK);
    for (size_t bit = 0; bit < 8 * deflated.length; bit++) {
        deflated.data[bit / 8] = (char)(deflated.data[bit / 8] ^ 1 << bit % 8);
        enum ais_err err = ais_inflate(deflated.data, deflated.length, LIMIT, &inflated, NULL);
        deflated.data[bit / 8] = (char)(deflated.data[bit / 8] ^ 1 << bit % 8);
        if (err == AIS_E_DAMAGED)
            continue;
        assert_int_equal(err, AIS_OK);
        assert_int_equal(inflated.length, sizeof text);
        assert_memory_equal(inflated.data, text, sizeof text);
        unseen++;
    }
    assert_true(unseen < 16);
}

static void nothing_may_follow(void **state)
{
    (void)state;
    AUTO(ais_buf_done) struct ais_buf deflated = { 0 };
    assert_int_equal(ais_deflate("{}", 2, &deflated, NULL), AIS_OK);
    ais_buf_byte(&deflated, '\n');
    expect_damage(deflated.data, deflated.length, LIMIT, "not whole");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_goes_in_comes_out),
        cmocka_unit_test(json_is_not_taken_for_it),
        cmocka_unit_test(any_zlib_can_have_made_it),
        cmocka_unit_test(a_bomb_is_refused_and_never_inflated),
        cmocka_unit_test(a_stream_cut_anywhere_is_damage),
        cmocka_unit_test(a_flipped_bit_never_changes_the_text),
        cmocka_unit_test(nothing_may_follow),
    };
    return cmocka_run_group_tests_name("seal/deflate", tests, NULL, NULL);
}
