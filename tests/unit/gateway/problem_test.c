#include "gateway/problem.h"
#include "tests/unit/test.h"

static const struct problem_error two_errors[] = {
    {"/tool_name",      "a string is needed"},
    { "/metadata/a~1b", "say \"why\""       },
};

static const struct row {
    const char *name;
    struct problem problem;
    const char *json;
} rows[] = {
    {"the words of the table",
     { .status = 404 },
     "{\"type\":\"about:blank\",\"title\":\"Not Found\",\"status\":404,\"detail\":\"there is nothing here\"}"},
    { "a detail of its own",
     { .status = 400, .detail = "line 1, column 2: a value is needed" },
     "{\"type\":\"about:blank\",\"title\":\"Bad Request\",\"status\":400,"
      "\"detail\":\"line 1, column 2: a value is needed\"}"                                                  },
    { "a preflight is not allowed",
     { .status = 503, .detail = "no evaluator", .preflight = true },
     "{\"allowed\":false,\"requires_approval\":false,\"type\":\"about:blank\",\"title\":\"Service Unavailable\","
      "\"status\":503,\"detail\":\"no evaluator\"}"                                                          },
    { "faults have pointers",
     { .status = 422, .detail = "two faults", .errors = two_errors, .n_errors = 2 },
     "{\"type\":\"about:blank\",\"title\":\"Unprocessable Content\",\"status\":422,\"detail\":\"two faults\","
      "\"errors\":[{\"pointer\":\"/tool_name\",\"detail\":\"a string is needed\"},"
      "{\"pointer\":\"/metadata/a~1b\",\"detail\":\"say \\\"why\\\"\"}]}"                                    },
    { "an unknown status is a fault of our own",
     { .status = 200, .preflight = true },
     "{\"allowed\":false,\"requires_approval\":false,\"type\":\"about:blank\",\"title\":\"Internal Server Error\","
      "\"status\":500,\"detail\":\"a fault of our own; the log has it\"}"                                    },
};

static void check_row(void **state)
{
    const struct row *row = *state;
    AUTO(ais_buf_done) struct ais_buf out = { 0 };
    problem_write(&out, &row->problem);
    assert_false(out.failed);
    assert_string_equal(out.data, row->json);
}

static void every_status_is_an_error_with_words(void **state)
{
    (void)state;
#define X(status, title, retry_after, detail)                   \
    assert_in_range(status, 400, 599);                          \
    assert_true(problem_is_status(status));                     \
    assert_string_equal(problem_title(status), title);          \
    assert_int_equal(problem_retry_after(status), retry_after); \
    assert_true(sizeof(detail) > 1);
    PROBLEM_STATUSES(X)
#undef X
    assert_false(problem_is_status(200));
    assert_false(problem_is_status(0));
}

static void what_may_pass_says_when_to_try_again(void **state)
{
    (void)state;
    assert_true(problem_retry_after(503) > 0);
    assert_true(problem_retry_after(429) > 0);
    assert_int_equal(problem_retry_after(400), 0);
}

int main(void)
{
    struct CMUnitTest row_tests[N_ELEMS(rows)];
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_status_is_an_error_with_words),
        cmocka_unit_test(what_may_pass_says_when_to_try_again),
    };
    AIS_ROWS(row_tests, rows, check_row);
    int failed = cmocka_run_group_tests_name("gateway/problem rows", row_tests, NULL, NULL);
    return failed + cmocka_run_group_tests_name("gateway/problem", tests, NULL, NULL);
}
