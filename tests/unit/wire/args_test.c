#include "shared/wire/args.h"
#include "tests/unit/test.h"

/* '|' stands for NUL. */
static struct ais_span span_of(const char *text, char *bytes)
{
    size_t n = strlen(text);
    memcpy(bytes, text, n);
    for (size_t i = 0; i < n; i++)
        if (bytes[i] == '|')
            bytes[i] = '\0';
    return (struct ais_span){ bytes, n };
}

static const struct row {
    const char *name, *args;
    size_t count;         /* of whole pairs */
    size_t left;          /* bytes behind them */
    const char *of_b;     /* value of "b" */
    const char *stranger; /* among "a" and "b" */
} rows[] = {
    {"nothing",                         "",             0, 0, "",  NULL},
    { "a pair",                         "b|1|",         1, 0, "1", NULL},
    { "two pairs",                      "a|1|b|2|",     2, 0, "2", NULL},
    { "an empty value",                 "b||",          1, 0, "",  NULL},
    { "an empty name",                  "|1|",          1, 0, "",  ""  },
    { "a pair cut in its value",        "a|1|b|2",      1, 3, "",  NULL},
    { "a pair cut in its name",         "a|1|b",        1, 1, "",  NULL},
    { "a name without a value",         "b|",           0, 2, "",  NULL},
    { "an unknown name",                "a|1|c|2|b|3|", 3, 0, "3", "c" },
    { "a name twice: the first counts", "b|1|a|2|b|3|", 3, 0, "1", "b" },
    { "names are whole",                "bb|1|",        1, 0, "",  "bb"},
};

static void check_row(void **state)
{
    static const char *const names[] = { "a", "b", NULL };
    const struct row *row = *state;
    char bytes[64];
    struct ais_span args = span_of(row->args, bytes), rest = args;
    size_t count = 0;
    for (struct ais_arg arg; ais_args_next(&rest, &arg);)
        count++;
    assert_int_equal(count, row->count);
    assert_int_equal(rest.size, row->left);
    assert_true(ais_span_is(ais_args_get(args, "b"), row->of_b));
    const char *stranger = ais_args_stranger(args, names);
    if (row->stranger == NULL)
        assert_null(stranger);
    else
        assert_string_equal(stranger, row->stranger);
}

static void what_was_added_is_found(void **state)
{
    AUTO(ais_buf_done) struct ais_buf args = { 0 };
    (void)state;
    ais_args_add(&args, "a", "first");
    ais_args_add(&args, "b", "");
    assert_false(args.failed);
    const struct ais_span span = { args.data, args.length };
    assert_true(ais_span_is(ais_args_get(span, "a"), "first"));
    assert_true(ais_span_is(ais_args_get(span, "b"), ""));
}

int main(void)
{
    struct CMUnitTest tests[N_ELEMS(rows) + 1];
    AIS_ROWS(tests, rows, check_row);
    tests[N_ELEMS(rows)] = (struct CMUnitTest)cmocka_unit_test(what_was_added_is_found);
    return cmocka_run_group_tests_name("wire/args", tests, NULL, NULL);
}
