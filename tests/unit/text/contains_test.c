#include "shared/text/contains.h"
#include "tests/unit/test.h"

#include <string.h>
#include <strings.h>

static const struct row {
    const char *name, *bytes, *needle;
    bool wanted;
} rows[] = {
    {"at the begin",                            "needle in hay",                           "needle",     true },
    { "at the end",                             "hay and a needle",                        "needle",     true },
    { "in the middle of a long text",           "0123456789abcdef0123456NEEDle89abcdef01", "needle",     true },
    { "in another case",                        "hay NeEdLe hay",                          "nEeDlE",     true },
    { "bytes that are no letters have no case", "a{b",                                     "a[b",        false},
    { "nor do those around the letters",        "x@y`z",                                   "`y@",        false},
    { "nearly",                                 "needl needl needl needl e",               "needle",     false},
    { "longer than the text",                   "need",                                    "needle",     false},
    { "one byte",                               "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaab",         "B",          true },
    { "nothing is everywhere",                  "hay",                                     "",           true },
    { "nothing is in nothing",                  "",                                        "",           true },
    { "bytes above ASCII count as they are",    "caf\xc3\xa9 noir, caf\xc3\xa9 au lait",   "\xc3\xa9 A", true },
};

static void check_row(void **state)
{
    const struct row *row = *state;
    assert_int_equal(ais_contains(row->bytes, strlen(row->bytes), row->needle, strlen(row->needle)), row->wanted);
}

/* As it is meant: every position, every byte. */
static bool plainly(const char *bytes, size_t n, const char *needle, size_t length)
{
    for (size_t at = 0; at + length <= n; at++)
        if (strncasecmp(bytes + at, needle, length) == 0)
            return true;
    return false;
}

/* Two letters make many near misses, which is where it changes its method. */
static void it_finds_what_plain_comparing_finds(void **state)
{
    (void)state;
    uint32_t random = 7;
    for (int round = 0; round < 20000; round++) {
        char bytes[160], needle[24];
        size_t n = (random = random * 1664525U + 1013904223U) >> 16 & 127, length = 1 + (random >> 8 & 15);
        for (size_t i = 0; i < n + 1; i++)
            bytes[i] = "abAB"[(random = random * 1664525U + 1013904223U) >> 30];
        for (size_t i = 0; i < length; i++)
            needle[i] = "aabB"[(random = random * 1664525U + 1013904223U) >> 30];
        assert_int_equal(ais_contains(bytes, n, needle, length), plainly(bytes, n, needle, length));
    }
}

static void a_needle_that_is_too_long_is_nowhere(void **state)
{
    (void)state;
    static char bytes[2 * AIS_CONTAINS_MOST];
    memset(bytes, 'a', sizeof bytes);
    assert_true(ais_contains(bytes, sizeof bytes, bytes, AIS_CONTAINS_MOST));
    assert_false(ais_contains(bytes, sizeof bytes, bytes, AIS_CONTAINS_MOST + 1));
}

int main(void)
{
    struct CMUnitTest tests[N_ELEMS(rows)];
    AIS_ROWS(tests, rows, check_row);
    const struct CMUnitTest others[] = {
        cmocka_unit_test(it_finds_what_plain_comparing_finds),
        cmocka_unit_test(a_needle_that_is_too_long_is_nowhere),
    };
    return cmocka_run_group_tests_name("text/contains", tests, NULL, NULL) +
           cmocka_run_group_tests_name("text/contains bounds", others, NULL, NULL);
}
