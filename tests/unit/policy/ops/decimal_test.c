#include "shared/policy/ops/decimal.h"
#include "tests/unit/test.h"

#include <stdio.h>
#include <string.h>

static const struct row {
    const char *name, *text;
    enum ais_decimal_read want;
} rows[] = {
    {"whole",                            "12",                        AIS_DECIMAL_READ  },
    { "signed",                          "-12",                       AIS_DECIMAL_READ  },
    { "plus",                            "+12",                       AIS_DECIMAL_READ  },
    { "fraction",                        "1.5",                       AIS_DECIMAL_READ  },
    { "no digit before the point",       ".5",                        AIS_DECIMAL_READ  },
    { "no digit behind the point",       "5.",                        AIS_DECIMAL_READ  },
    { "exponent",                        "1e5",                       AIS_DECIMAL_READ  },
    { "signed exponent",                 "1E-05",                     AIS_DECIMAL_READ  },
    { "long exponent of zeros",          "1e00000000000000000000001", AIS_DECIMAL_READ  },
    { "exponent too long",               "1e1000000000000000",        AIS_DECIMAL_BEYOND},
    { "nothing has no exponent",         "0e1000000000000000",        AIS_DECIMAL_READ  },
    { "empty",                           "",                          AIS_DECIMAL_NONE  },
    { "sign alone",                      "-",                         AIS_DECIMAL_NONE  },
    { "point alone",                     ".",                         AIS_DECIMAL_NONE  },
    { "two points",                      "1.2.3",                     AIS_DECIMAL_NONE  },
    { "exponent without digits",         "1e",                        AIS_DECIMAL_NONE  },
    { "exponent without digits, signed", "1e+",                       AIS_DECIMAL_NONE  },
    { "fraction of an exponent",         "1e1.5",                     AIS_DECIMAL_NONE  },
    { "hexadecimal",                     "0x10",                      AIS_DECIMAL_NONE  },
    { "infinity",                        "inf",                       AIS_DECIMAL_NONE  },
    { "blank",                           " 1",                        AIS_DECIMAL_NONE  },
};

static void check_row(void **state)
{
    const struct row *row = *state;
    struct ais_decimal number;
    assert_int_equal(ais_decimal_read(row->text, strlen(row->text), &number), row->want);
}

static uint64_t seed = 7;

static unsigned below(unsigned limit)
{
    seed = seed * 6364136223846793005U + 1442695040888963407U;
    return (unsigned)(seed >> 33) % limit;
}

/* value x 10^-6, written in one of many ways. */
static void write_number(char *to, size_t room, int64_t value)
{
    char digits[32];
    int shift = (int)below(9) - 4; /* the exponent; the point moves against it */
    snprintf(digits, sizeof digits, "%010lld", (long long)(value < 0 ? -value : value));
    size_t point = strlen(digits) - (size_t)(6 + shift);
    const char *sign = value < 0 ? "-" : below(4) == 0 ? "+" : "";
    snprintf(to, room, "%s%s%.*s.%s%se%s%d", sign, below(2) ? "" : "00", (int)point, digits, digits + point,
             below(2) ? "" : "000", shift < 0 ? "" : "+", shift);
}

static void random_numbers_compare_like_integers(void **state)
{
    (void)state;
    for (int i = 0; i < 200000; i++) {
        unsigned range = below(3) == 0 ? 20 : 2000000;
        int64_t a = (int64_t)below(range) - range / 2;
        int64_t b = below(4) == 0 ? a : (int64_t)below(range) - range / 2;
        char a_text[64];
        char b_text[64];
        write_number(a_text, sizeof a_text, a);
        write_number(b_text, sizeof b_text, b);
        struct ais_decimal a_read;
        struct ais_decimal b_read;
        assert_int_equal(ais_decimal_read(a_text, strlen(a_text), &a_read), AIS_DECIMAL_READ);
        assert_int_equal(ais_decimal_read(b_text, strlen(b_text), &b_read), AIS_DECIMAL_READ);
        int got = ais_decimal_compare(&a_read, &b_read);
        if ((got > 0) - (got < 0) != (a > b) - (a < b))
            fail_msg("%s against %s gave %d", a_text, b_text, got);
    }
}

int main(void)
{
    struct CMUnitTest tests[N_ELEMS(rows)];
    AIS_ROWS(tests, rows, check_row);
    const struct CMUnitTest properties[] = { cmocka_unit_test(random_numbers_compare_like_integers) };
    return cmocka_run_group_tests_name("ops/decimal", tests, NULL, NULL) +
           cmocka_run_group_tests_name("ops/decimal properties", properties, NULL, NULL);
}
