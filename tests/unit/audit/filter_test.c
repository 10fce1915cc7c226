#include "shared/audit/filter.h"
#include "tests/unit/test.h"

#include <string.h>

static const int64_t now = 1700000000 * AIS_NS_PER_S; /* 2023-11-14T22:13:20Z */

static const char record[] =
    "{\"seq\":42,\"event\":\"decision\",\"time\":\"2023-11-14T22:12:00.500000Z\",\"severity\":\"high\","
    "\"decision\":\"block\",\"decision_id\":\"d1\",\"user_id\":\"17\",\"session_id\":\"s1\",\"tool\":\"shell\","
    "\"rules\":[{\"rule\":\"r1\",\"rulepack\":\"p1\"},{\"rule\":\"r2\",\"rulepack\":\"p2\"}],"
    "\"request\":{\"code\":\"rm -rf \\\"My Files\\\"\"}}";

/* One or two parameters, and whether the record above is then wanted. */
static const struct match_row {
    const char *name, *parameters[4];
    bool wanted;
} match_rows[] = {
    {"no parameter wants everything",    { NULL },                                   true },
    { "its severity",                    { "severity", "high" },                     true },
    { "one of several severities",       { "severity", "low,high,critical" },        true },
    { "another severity",                { "severity", "low" },                      false},
    { "its decision",                    { "decision", "allow,block" },              true },
    { "another decision",                { "decision", "allow" },                    false},
    { "its event",                       { "event", "decision" },                    true },
    { "other events",                    { "event", "log_rotated,auth_failed" },     false},
    { "its tool",                        { "tool", "shell" },                        true },
    { "a part of its tool",              { "tool", "shel" },                         false},
    { "its user",                        { "user_id", "17" },                        true },
    { "its session",                     { "session_id", "s1" },                     true },
    { "another session",                 { "session_id", "s2" },                     false},
    { "its id",                          { "decision_id", "d1" },                    true },
    { "its second rule",                 { "rule", "r2" },                           true },
    { "a rule that did not match",       { "rule", "r3" },                           false},
    { "a rule and its pack",             { "rule", "r2", "rulepack", "p2" },         true },
    { "a rule and another's pack",       { "rule", "r2", "rulepack", "p1" },         false},
    { "since before it",                 { "since", "2023-11-14T22:12:00Z" },        true },
    { "since its own time",              { "since", "2023-11-14T22:12:00.5Z" },      true },
    { "since after it",                  { "since", "2023-11-14T22:12:00.500001Z" }, false},
    { "since two minutes ago",           { "since", "-2m" },                         true },
    { "since a minute ago",              { "since", "-1m" },                         false},
    { "since before there were records", { "since", "-30000d" },                     true },
    { "until its own time",              { "until", "2023-11-14T22:12:00.5Z" },      true },
    { "until before it",                 { "until", "2023-11-14T22:12:00.499999Z" }, false},
    { "until before there were records", { "until", "-30000d" },                     false},
    { "between two times",               { "since", "-1h", "until", "-1m" },         true },
    { "a text in it, in another case",   { "q", "RM -rf" },                          true },
    { "a text with quotes",              { "q", "rf \"my files\"" },                 true },
    { "a text at its end",               { "q", "Files\\\"\"}}" },                   true },
    { "a text that is not in it",        { "q", "rm -rf /" },                        false},
    { "both of two",                     { "tool", "shell", "severity", "low" },     false},
};

static void check_match(void **state)
{
    const struct match_row *row = *state;
    AUTO(ais_arena_destroy) struct ais_arena *arena = ais_arena_new(0);
    const struct ais_json *root = NULL;
    struct ais_audit_filter filter;
    struct ais_why why = { 0 };
    ais_audit_filter_init(&filter);
    for (size_t i = 0; i < N_ELEMS(row->parameters) && row->parameters[i] != NULL; i += 2) {
        if (ais_audit_filter_set(&filter, row->parameters[i], row->parameters[i + 1], now, &why) != AIS_OK)
            fail_msg("%s", why.text);
    }
    assert_int_equal(ais_json_read(arena, record, strlen(record), &ais_json_request_limits, &root, NULL), AIS_OK);
    assert_int_equal(ais_audit_filter_match(&filter, root, record, strlen(record)), row->wanted);
}

static const struct refusal_row {
    const char *test, *name, *value, *why;
} refusal_rows[] = {
    {"an unknown name",              "colour",   "red",                              "unknown parameter 'colour'; expected one of severity, decision,"},
    { "an unknown severity",         "severity", "severe",                           "severity: 'severe' is not accepted; expected one or more of"    },
    { "one unknown among several",   "severity", "high,severe",                      "severity: 'high,severe' is not accepted"                        },
    { "an empty alternative",        "severity", "high,",                            "severity: "                                                     },
    { "severity in capitals",        "severity", "High",                             "severity: "                                                     },
    { "an unknown decision",         "decision", "deny",                             "expected one or more of allow, require_approval, block, none"   },
    { "an unknown event",            "event",    "x",                                "event: 'x' is not accepted"                                     },
    { "a misspelt event",            "event",    "rulepack_chnaged",                 "separated by commas; did you mean 'rulepack_changed'?"          },
    { "a misspelt one of several",   "event",    "decision,servce_started",          "did you mean 'service_started'?"                                },
    { "a misspelt severity",         "severity", "hihg",                             "did you mean 'high'?"                                           },
    { "a misspelt decision",         "decision", "alow",                             "did you mean 'allow'?"                                          },
    { "an empty tool",               "tool",     "",                                 "tool: '' is not accepted; expected the name of a tool"          },
    { "an empty q",                  "q",        "",                                 "q: "                                                            },
    { "a year that is too late",     "since",    "9999-01-01T00:00:00Z",
     "expected a time as 2026-01-31T23:59:59Z (years 1970 to 2261), or how long ago as -15m"                                                          },
    { "a year that is too early",    "until",    "1000",
     "until: '1000' is not accepted; expected a time as 2026-01-31T23:59:59Z (years 1970"                                                             },
    { "a time without zone",         "since",    "2023-11-14",                       "since: '2023-11-14' is not accepted; expected a time as"        },
    { "an unknown order",            "order",    "up",                               "expected desc (newest first) or asc"                            },
    { "no limit",                    "limit",    "0",                                "limit: '0' is not accepted; expected a number from 1 to 1000"   },
    { "a limit that is too large",   "limit",    "1001",                             "limit: "                                                        },
    { "a limit with a sign",         "limit",    "+5",                               "limit: "                                                        },
    { "a limit with more behind it", "limit",    "5x",                               "limit: "                                                        },
    { "a short cursor",              "cursor",   "29",                               "expected the next_cursor of an answer"                          },
    { "a cursor with a slip",        "cursor",   "000000000000002800000000d5b6ef6c", "cursor: "                                                       },
    { "a cursor in capitals",        "cursor",   "000000000000002900000000D5B6EF6C", "cursor: "                                                       },
};

static void check_refusal(void **state)
{
    const struct refusal_row *row = *state;
    struct ais_audit_filter filter, before;
    struct ais_why why = { 0 };
    memset(&before, 0, sizeof before);
    memset(&filter, 0, sizeof filter);
    ais_audit_filter_init(&before);
    ais_audit_filter_init(&filter);
    assert_int_equal(ais_audit_filter_set(&filter, row->name, row->value, now, &why), AIS_E_INVALID);
    assert_int_equal(filter.given, before.given);
    assert_int_equal(filter.limit, before.limit);
    assert_int_equal(filter.cursor, 0);
    assert_null(filter.q);
    if (strstr(why.text, row->why) == NULL)
        assert_string_equal(why.text, row->why);
}

static void defaults(void **state)
{
    (void)state;
    struct ais_audit_filter filter;
    ais_audit_filter_init(&filter);
    assert_int_equal(filter.limit, 100);
    assert_false(filter.ascending);
    assert_int_equal(ais_audit_filter_set(&filter, "limit", "1000", now, NULL), AIS_OK);
    assert_int_equal(filter.limit, 1000);
}

static void a_parameter_is_given_once(void **state)
{
    (void)state;
    struct ais_audit_filter filter;
    struct ais_why why = { 0 };
    ais_audit_filter_init(&filter);
    assert_int_equal(ais_audit_filter_set(&filter, "tool", "a", now, &why), AIS_OK);
    assert_int_equal(ais_audit_filter_set(&filter, "tool", "b", now, &why), AIS_E_INVALID);
    assert_string_equal(why.text, "tool: given twice; expected it once");
    assert_string_equal(filter.tool, "a");
}

static void since_comes_before_until(void **state)
{
    (void)state;
    struct ais_audit_filter filter;
    ais_audit_filter_init(&filter);
    assert_int_equal(ais_audit_filter_set(&filter, "until", "-2h", now, NULL), AIS_OK);
    assert_int_equal(ais_audit_filter_set(&filter, "since", "-1h", now, NULL), AIS_E_INVALID);
    assert_int_equal(ais_audit_filter_set(&filter, "since", "-3h", now, NULL), AIS_OK);
}

static bool is_wanted_after(const char *order, uint64_t cursor)
{
    AUTO(ais_arena_destroy) struct ais_arena *arena = ais_arena_new(0);
    const struct ais_json *root = NULL;
    struct ais_audit_filter filter;
    char text[AIS_AUDIT_CURSOR_SIZE];
    ais_audit_filter_init(&filter);
    assert_int_equal(ais_audit_filter_set(&filter, "order", order, now, NULL), AIS_OK);
    ais_audit_cursor_write(&filter, cursor, text);
    assert_int_equal(ais_audit_filter_set(&filter, "cursor", text, now, NULL), AIS_OK);
    assert_int_equal(ais_audit_filter_check(&filter, NULL), AIS_OK);
    assert_true(filter.cursor == cursor);
    assert_int_equal(ais_json_read(arena, record, strlen(record), &ais_json_request_limits, &root, NULL), AIS_OK);
    return ais_audit_filter_match(&filter, root, record, strlen(record));
}

static void a_cursor_goes_on_where_it_stopped(void **state)
{
    (void)state;
    assert_true(is_wanted_after("desc", 43));
    assert_false(is_wanted_after("desc", 42));
    assert_false(is_wanted_after("desc", 41));
    assert_true(is_wanted_after("asc", 41));
    assert_false(is_wanted_after("asc", 42));
    assert_true(is_wanted_after("desc", UINT64_MAX));
}

enum { QUESTION_PAIRS = 6 };

static void ask(const char *const parameters[QUESTION_PAIRS], int64_t at, const char *cursor,
                struct ais_audit_filter *ret)
{
    ais_audit_filter_init(ret);
    if (cursor != NULL)
        assert_int_equal(ais_audit_filter_set(ret, "cursor", cursor, at, NULL), AIS_OK);
    for (size_t i = 0; i + 1 < QUESTION_PAIRS && parameters[i] != NULL; i += 2)
        assert_int_equal(ais_audit_filter_set(ret, parameters[i], parameters[i + 1], at, NULL), AIS_OK);
}

/* Another question would leave out what stands on the other side of the cursor, and nobody would see it. */
static void a_cursor_is_of_one_question(void **state)
{
    static const struct {
        const char *first[QUESTION_PAIRS], *then[QUESTION_PAIRS];
        bool same;
    } rows[] = {
        {{ NULL },                             { NULL },                            true },
        { { NULL },                            { "limit", "7" },                    true },
        { { "limit", "9", "tool", "t" },       { "tool", "t" },                     true },
        { { "order", "desc" },                 { NULL },                            true },
        { { "since", "-15m" },                 { "since", "-15m" },                 true },
        { { "severity", "high,low" },          { "severity", "low,high" },          true },
        { { "tool", "t", "q", "x" },           { "q", "x", "tool", "t" },           true },
        { { NULL },                            { "order", "asc" },                  false},
        { { NULL },                            { "tool", "t" },                     false},
        { { "tool", "t" },                     { NULL },                            false},
        { { "tool", "t" },                     { "rule", "t" },                     false},
        { { "tool", "t", "rule", "r" },        { "tool", "tr" },                    false},
        { { "severity", "high" },              { "severity", "low" },               false},
        { { "since", "-15m" },                 { "since", "-1h" },                  false},
        { { "until", "2026-01-01T00:00:00Z" }, { "since", "2026-01-01T00:00:00Z" }, false},
    };
    (void)state;
    for (size_t i = 0; i < N_ELEMS(rows); i++) {
        struct ais_audit_filter filter;
        struct ais_why why = { 0 };
        char text[AIS_AUDIT_CURSOR_SIZE];
        ask(rows[i].first, now, NULL, &filter);
        ais_audit_cursor_write(&filter, 42, text);
        ask(rows[i].then, now + AIS_NS_PER_S, text, &filter);
        assert_int_equal(ais_audit_filter_check(&filter, &why), rows[i].same ? AIS_OK : AIS_E_INVALID);
        if (!rows[i].same)
            assert_non_null(strstr(why.text, "cursor: it is of an answer to another question"));
    }
}

static void every_parameter_says_what_it_accepts(void **state)
{
    (void)state;
    for (int i = 0; i < AIS_AUDIT_PARAMETER_COUNT; i++) {
        assert_true(strlen(ais_audit_parameter_name((enum ais_audit_parameter)i)) > 0);
        assert_true(strlen(ais_audit_parameter_accepts((enum ais_audit_parameter)i)) > 0);
    }
}

int main(void)
{
    static const struct CMUnitTest more[] = {
        cmocka_unit_test(defaults),
        cmocka_unit_test(a_parameter_is_given_once),
        cmocka_unit_test(since_comes_before_until),
        cmocka_unit_test(a_cursor_goes_on_where_it_stopped),
        cmocka_unit_test(a_cursor_is_of_one_question),
        cmocka_unit_test(every_parameter_says_what_it_accepts),
    };
    struct CMUnitTest tests[N_ELEMS(match_rows) + N_ELEMS(refusal_rows) + N_ELEMS(more)];
    AIS_ROWS(tests, match_rows, check_match);
    AIS_ROWS(tests + N_ELEMS(match_rows), refusal_rows, check_refusal);
    memcpy(tests + N_ELEMS(match_rows) + N_ELEMS(refusal_rows), more, sizeof more);
    return cmocka_run_group_tests_name("audit/filter", tests, NULL, NULL);
}
