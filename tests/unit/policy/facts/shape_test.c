/* What a text is made of. */
#include "shared/policy/facts/shape.h"
#include "tests/unit/test.h"

#include <string.h>

static const struct row {
    const char *text;
    uint64_t bytes;
    uint16_t run, digits;
} rows[] = {
    {"",             0,                                                                               0, 0},
    { "a",           AIS_BYTE_LETTER('a'),                                                            1, 0},
    { "zZ",          AIS_BYTE_LETTER('z') | AIS_BYTE_CAPITAL,                                         2, 0},
    { "A b",         AIS_BYTE_LETTER('a') | AIS_BYTE_LETTER('b') | AIS_BYTE_CAPITAL | AIS_BYTE_BLANK, 1, 0},
    { "07 189",      AIS_BYTE_DIGIT | AIS_BYTE_BLANK,                                                 3, 5},
    { "a_-.+/=1",
     AIS_BYTE_LETTER('a') | AIS_BYTE_UNDERSCORE | AIS_BYTE_DASH | AIS_BYTE_DOT | AIS_BYTE_PLUS | AIS_BYTE_SLASH |
          AIS_BYTE_EQUALS | AIS_BYTE_DIGIT,
     8,                                                                                                  1},
    { "@:\\%$~<",
     AIS_BYTE_AT | AIS_BYTE_COLON | AIS_BYTE_BACKSLASH | AIS_BYTE_PERCENT | AIS_BYTE_DOLLAR | AIS_BYTE_TILDE |
          AIS_BYTE_LESS,                                                                              0, 0},
    { "'\"`",        AIS_BYTE_QUOTE,                                                                  0, 0},
    { "[`{",         AIS_BYTE_OTHER | AIS_BYTE_QUOTE,                                                 0, 0},
    { "\x7f\x1f\n",  AIS_BYTE_OTHER | AIS_BYTE_BLANK,                                                 0, 0},
    { "x\x80y\xff",  AIS_BYTE_LETTER('x') | AIS_BYTE_LETTER('y') | AIS_BYTE_HIGH,                     1, 0},
    { "aa aaaa:aaa", AIS_BYTE_LETTER('a') | AIS_BYTE_BLANK | AIS_BYTE_COLON,                          4, 0},
};

static void check_row(void **state)
{
    const struct row *row = *state;
    struct ais_shape shape = ais_shape_of(row->text, strlen(row->text));
    assert_int_equal(shape.bytes & ~AIS_BYTE_BREAK, row->bytes);
    assert_int_equal(ais_shape_has(&shape, AIS_BYTE_BREAK), shape.run < strlen(row->text));
    assert_int_equal(shape.run, row->run);
    assert_int_equal(shape.digits, row->digits);
}

static void every_byte_has_a_kind(void **state)
{
    (void)state;
    for (int c = 0; c < 256; c++) {
        char text = (char)c;
        assert_int_not_equal(ais_byte_kinds(text), 0);
        assert_int_equal(ais_shape_of(&text, 1).bytes, ais_byte_kinds(text));
    }
}

static void long_rows_are_counted_to_the_end(void **state)
{
    static char text[70000];
    (void)state;
    memset(text, '1', sizeof text);
    struct ais_shape shape = ais_shape_of(text, UINT16_MAX - 1);
    assert_int_equal(shape.run, UINT16_MAX - 1);
    assert_int_equal(shape.digits, UINT16_MAX - 1);
    shape = ais_shape_of(text, sizeof text);
    assert_int_equal(shape.run, UINT16_MAX);
    assert_int_equal(shape.digits, UINT16_MAX);
}

int main(void)
{
    struct CMUnitTest tests[N_ELEMS(rows)];
    const struct CMUnitTest others[] = { cmocka_unit_test(every_byte_has_a_kind),
                                         cmocka_unit_test(long_rows_are_counted_to_the_end) };
    for (size_t i = 0; i < N_ELEMS(rows); i++)
        tests[i] = (struct CMUnitTest){ rows[i].text, check_row, NULL, NULL, ais_row_state(&rows[i]) };
    int failed = cmocka_run_group_tests_name("shape/rows", tests, NULL, NULL);
    return failed + cmocka_run_group_tests_name("shape", others, NULL, NULL);
}
