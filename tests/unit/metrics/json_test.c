#include "shared/json/write.h"
#include "shared/metrics/metrics.h"
#include "tests/unit/test.h"

#include <stdio.h>
#include <stdlib.h>

/* They are large: one set for all tests. */
static struct ais_metrics counted, again;
static struct ais_arena *arena;

static int start_anew(void **state)
{
    (void)state;
    memset(&counted, 0, sizeof counted);
    memset(&again, 0, sizeof again);
    ais_arena_reset(arena);
    return 0;
}

static enum ais_err read(const char *text, struct ais_why *why)
{
    static const struct ais_json_limits limits = { .depth = 8 };
    const struct ais_json *root;
    assert_int_equal(ais_json_read(arena, text, strlen(text), &limits, &root, NULL), AIS_OK);
    return ais_metrics_read(root, &again, why);
}

static void it_reads_what_it_wrote(void **state)
{
    (void)state;
    AUTO(ais_buf_done) struct ais_buf text = { 0 };
    ais_metrics_count(&counted, AIS_M_RECORDS, 0, 0, UINT64_MAX);
    ais_metrics_count(&counted, AIS_M_DECISIONS, AIS_OUTCOME_BLOCK, 0, 3);
    ais_metrics_count(&counted, AIS_M_REQUESTS, AIS_ENDPOINT_BATCH, AIS_STATUS_503, 7);
    ais_metrics_peak(&counted, AIS_M_QUEUE_PEAK, 9);
    ais_metrics_saw(&counted, AIS_M_USERS, 17);
    ais_metrics_saw(&counted, AIS_M_USERS, UINT64_MAX);
    for (int64_t ns = 1; ns < INT64_MAX / 3; ns *= 3) {
        ais_metrics_observe(&counted, AIS_M_COMMIT_SECONDS, ns);
        ais_metrics_observe_at(&counted, AIS_M_REQUEST_SECONDS, AIS_ENDPOINT_ZMQ_PING, ns);
    }
    ais_metrics_write(&counted, &text, NULL);
    assert_int_equal(read(text.data, NULL), AIS_OK);
    assert_memory_equal(&again, &counted, sizeof counted);
}

static void it_looks_as_documented(void **state)
{
    (void)state;
    AUTO(ais_buf_done) struct ais_buf text = { 0 };
    ais_metrics_count(&counted, AIS_M_REQUESTS, AIS_ENDPOINT_PREFLIGHT, AIS_STATUS_200, 5);
    ais_metrics_count(&counted, AIS_M_RECORDS, 0, 0, 2);
    ais_metrics_observe(&counted, AIS_M_EVALUATION_SECONDS, 205);
    ais_metrics_observe(&counted, AIS_M_EVALUATION_SECONDS, 205);
    ais_metrics_saw(&counted, AIS_M_USERS, 0x01ab45cd89ef0123);
    ais_metrics_set(&counted, AIS_M_QUEUE_DEPTH, 4);
    ais_metrics_write(&counted, &text, NULL);
    assert_string_equal(text.data,
                        "{\"aisentinel_requests_total\":{\"preflight,200\":5},"
                        "\"aisentinel_evaluation_seconds\":{\"count\":2,\"sum_ns\":410,\"buckets\":[[206,2]]},"
                        "\"aisentinel_audit_records_total\":2,\"aisentinel_users\":[\"01ab45cd89ef0123\"]}");
}

static void what_another_version_says_is_passed_over(void **state)
{
    (void)state;
    static const struct ais_metrics nothing;
    assert_int_equal(read("{\"aisentinel_flux_total\":[1],\"aisentinel_requests_total\":{\"preflight\":1,\"x,200\":2,"
                          "\"preflight,299\":3,\"preflight,200,1\":4},\"aisentinel_queue_depth\":\"no matter\"}",
                          NULL),
                     AIS_OK);
    assert_memory_equal(&again, &nothing, sizeof again);
}

static const struct row {
    const char *name, *text, *why;
} rows[] = {
    {"an array is no metrics",         "[]",                                                                                 "must be an object"},
    { "a counter is a number",         "{\"aisentinel_audit_records_total\":\"5\"}",                                         "a whole number"   },
    { "a counter has no fraction",     "{\"aisentinel_audit_records_total\":5.0}",                                           "a whole number"   },
    { "a counter is not negative",     "{\"aisentinel_audit_records_total\":-5}",                                            "a whole number"   },
    { "a counter has 64 bits",         "{\"aisentinel_audit_records_total\":18446744073709551616}",                          "a whole number"   },
    { "a labelled one is an object",   "{\"aisentinel_decisions_total\":5}",                                                 "an object"        },
    { "a histogram is an object",      "{\"aisentinel_evaluation_seconds\":5}",                                              "buckets"          },
    { "a bucket is a pair",            "{\"aisentinel_evaluation_seconds\":{\"count\":1,\"sum_ns\":1,\"buckets\":[[1]]}}",
     "pairs"                                                                                                                                    },
    { "a bucket is a pair of numbers",
     "{\"aisentinel_evaluation_seconds\":{\"count\":1,\"sum_ns\":1,\"buckets\":[[1,\"1\"]]}}",                               "pairs"            },
    { "a histogram adds up",           "{\"aisentinel_evaluation_seconds\":{\"count\":2,\"sum_ns\":1,\"buckets\":[[1,1]]}}",
     "add up"                                                                                                                                   },
    { "a histogram has a sum",         "{\"aisentinel_evaluation_seconds\":{\"count\":1,\"buckets\":[[1,1]]}}",              "add up"           },
    { "a hash has 16 digits",          "{\"aisentinel_users\":[\"01ab\"]}",                                                  "16 hexadecimal"   },
    { "a hash is hexadecimal",         "{\"aisentinel_users\":[\"01ab45cd89ef012g\"]}",                                      "16 hexadecimal"   },
    { "a sketch is an array",          "{\"aisentinel_users\":1}",                                                           "an array"         },
};

static void check_row(void **state)
{
    const struct row *row = *state;
    struct ais_why why = { 0 };
    start_anew(NULL);
    assert_int_equal(read(row->text, &why), AIS_E_INVALID);
    assert_non_null(strstr(why.text, row->why));
}

int main(void)
{
    arena = ais_arena_new(0);
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(it_reads_what_it_wrote, start_anew),
        cmocka_unit_test_setup(it_looks_as_documented, start_anew),
        cmocka_unit_test_setup(what_another_version_says_is_passed_over, start_anew),
    };
    struct CMUnitTest refused[N_ELEMS(rows)];
    AIS_ROWS(refused, rows, check_row);
    int failed = cmocka_run_group_tests_name("metrics/json", tests, NULL, NULL) +
                 cmocka_run_group_tests_name("metrics/json refuses", refused, NULL, NULL);
    ais_arena_destroy(&arena);
    return failed;
}
