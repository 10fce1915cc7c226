#include "gateway/routes.h"
#include "tests/unit/test.h"

#include <stdio.h>

static const struct row {
    const char *name;
    const char *method, *path;
    unsigned want;
    int route; /* its id when it is found */
    bool preflight;
    const char *says; /* the capture when it is found, else what is allowed */
} rows[] = {
    {"a preflight",                   "POST",    "/api/v1/preflight",              200, ROUTE_ID_PREFLIGHT,         true,  ""                                 },
    { "a batch",                      "POST",    "/api/v1/preflight/batch",        200, ROUTE_ID_PREFLIGHT_BATCH,   true,  ""                                 },
    { "the rulepacks",                "GET",     "/api/v1/rulepacks",              200, ROUTE_ID_RULEPACKS,         false, ""                                 },
    { "one rulepack",                 "GET",     "/api/v1/rulepacks/shell_safety", 200, ROUTE_ID_RULEPACK,          false, "shell_safety"                     },
    { "a rulepack named as anything", "GET",     "/api/v1/rulepacks/..",           200, ROUTE_ID_RULEPACK,          false, ".."                               },
    { "the audit log",                "GET",     "/api/v1/auditing/logs",          200, ROUTE_ID_AUDIT_LOGS,        false, ""                                 },
    { "alive",                        "GET",     "/livez",                         200, ROUTE_ID_LIVEZ,             false, ""                                 },
    { "ready",                        "GET",     "/readyz",                        200, ROUTE_ID_READYZ,            false, ""                                 },
    { "metrics",                      "GET",     "/metrics",                       200, ROUTE_ID_METRICS,           false, ""                                 },
    { "HEAD is a GET",                "HEAD",    "/livez",                         200, ROUTE_ID_LIVEZ,             false, ""                                 },

    { "the root",                     "GET",     "/",                              404, 0,                          false, ""                                 },
    { "no path",                      "GET",     "",                               404, 0,                          false, ""                                 },
    { "the asterisk",                 "OPTIONS", "*",                              404, 0,                          false, ""                                 },
    { "a slash too many",             "GET",     "/livez/",                        404, 0,                          false, ""                                 },
    { "a slash too many in front",    "GET",     "//livez",                        404, 0,                          false, ""                                 },
    { "a letter too many",            "GET",     "/livezz",                        404, 0,                          false, ""                                 },
    { "a letter too few",             "GET",     "/live",                          404, 0,                          false, ""                                 },
    { "other letters",                "GET",     "/LIVEZ",                         404, 0,                          false, ""                                 },
    { "an empty name",                "GET",     "/api/v1/rulepacks/",             404, 0,                          false, ""                                 },
    { "a segment behind the name",    "GET",     "/api/v1/rulepacks/a/b",          404, 0,                          false, ""                                 },
    { "another version",              "POST",    "/api/v2/preflight",              404, 0,                          false, ""                                 },

    { "a GET of a preflight",         "GET",     "/api/v1/preflight",              405, 0,                          true,  "POST, OPTIONS"                    },
    { "a HEAD of a preflight",        "HEAD",    "/api/v1/preflight",              405, 0,                          true,  "POST, OPTIONS"                    },
    { "a POST of a probe",            "POST",    "/readyz",                        405, 0,                          false, "GET, HEAD, OPTIONS"               },
    { "methods have their letters",   "get",     "/livez",                         405, 0,                          false, "GET, HEAD, OPTIONS"               },
    { "OPTIONS of a preflight",       "OPTIONS", "/api/v1/preflight",              204, 0,                          true,  "POST, OPTIONS"                    },
    { "OPTIONS of a rulepack",        "OPTIONS", "/api/v1/rulepacks/x",            204, 0,                          false, "GET, HEAD, PATCH, DELETE, OPTIONS"},
    { "POST to one rulepack",         "POST",    "/api/v1/rulepacks/x",            405, 0,                          false, "GET, HEAD, PATCH, DELETE, OPTIONS"},
    { "an upload",                    "POST",    "/api/v1/rulepacks",              200, ROUTE_ID_RULEPACK_ADD,      false, ""                                 },
    { "a switch",                     "PATCH",   "/api/v1/rulepacks/x",            200, ROUTE_ID_RULEPACK_SWITCH,   false, "x"                                },
    { "a removal",                    "DELETE",  "/api/v1/rulepacks/x",            200, ROUTE_ID_RULEPACK_REMOVE,   false, "x"                                },
    { "a rollback",                   "POST",    "/api/v1/rulepacks/x/rollback",   200, ROUTE_ID_RULEPACK_ROLLBACK, false, "x"                                },
    { "a rollback of nothing",        "POST",    "/api/v1/rulepacks//rollback",    404, 0,                          false, ""                                 },
    { "reading a rollback",           "GET",     "/api/v1/rulepacks/x/rollback",   405, 0,                          false, "POST, OPTIONS"                    },
};

static void check_row(void **state)
{
    const struct row *row = *state;
    struct route_match match;
    memset(&match, 0xA5, sizeof match);
    assert_int_equal(route_find(row->method, row->path, &match), row->want);
    assert_int_equal(match.preflight, row->preflight);
    if (row->want == 200) {
        assert_ptr_equal(match.route, &routes[row->route]);
        assert_string_equal(match.capture, row->says);
        assert_string_equal(match.captured, row->says[0] != '\0' ? "name" : "");
    } else {
        assert_null(match.route);
        assert_int_equal(match.nearest != NULL, row->want == 405 || row->want == 204);
        assert_string_equal(match.allow, row->says);
    }
}

static void a_long_name_is_not_found(void **state)
{
    (void)state;
    char path[512] = "/api/v1/rulepacks/";
    size_t prefix = strlen(path);
    struct route_match match;
    memset(path + prefix, 'a', ROUTE_CAPTURE_SIZE - 1);
    assert_int_equal(route_find("GET", path, &match), 200);
    assert_int_equal(strlen(match.capture), ROUTE_CAPTURE_SIZE - 1);
    path[prefix + ROUTE_CAPTURE_SIZE - 1] = 'a';
    assert_int_equal(route_find("GET", path, &match), 404);
}

static void a_path_without_the_method_keeps_what_it_names(void **state)
{
    struct route_match match;
    (void)state;
    assert_int_equal(route_find("PUT", "/api/v1/rulepacks/x", &match), 405);
    assert_string_equal(match.nearest->path, "/api/v1/rulepacks/{name}");
    assert_string_equal(match.captured, "name");
    assert_string_equal(match.capture, "x");
}

static void all_but_the_open_ones_need_a_scope(void **state)
{
    (void)state;
    for (size_t i = 0; i < ROUTE_COUNT; i++) {
        assert_int_equal(routes[i].id, i);
        assert_int_equal((routes[i].flags & ROUTE_OPEN) != 0, routes[i].scope == 0);
        bool is_api = strncmp(routes[i].path, "/api/", 5) == 0 && i != ROUTE_ID_OPENAPI;
        assert_int_equal(is_api, routes[i].scope != 0);
    }
}

/* Queries of the calls that decide: the status, and which scopes they need. */
static const struct query_row {
    const char *name, *target;
    unsigned want;
    uint32_t scopes;
} query_rows[] = {
    {"none",                       "/api/v1/preflight",                    200, AIS_SCOPE_PREFLIGHT                 },
    { "explained",                 "/api/v1/preflight?explain=true",       200, AIS_SCOPE_PREFLIGHT | AIS_SCOPE_READ},
    { "expressly not",             "/api/v1/preflight?explain=false",      200, AIS_SCOPE_PREFLIGHT                 },
    { "an escape is undone first", "/api/v1/preflight?%65xplain=tru%65",   200, AIS_SCOPE_PREFLIGHT | AIS_SCOPE_READ},
    { "another word",              "/api/v1/preflight?explain=yes",        400, AIS_SCOPE_PREFLIGHT                 },
    { "no word",                   "/api/v1/preflight?explain",            400, AIS_SCOPE_PREFLIGHT                 },
    { "another name",              "/api/v1/preflight?Explain=true",       400, AIS_SCOPE_PREFLIGHT                 },
    { "one more name",             "/api/v1/preflight?explain=true&x=1",   400, AIS_SCOPE_PREFLIGHT | AIS_SCOPE_READ},
    { "a batch explains nothing",  "/api/v1/preflight/batch?explain=true", 400, AIS_SCOPE_PREFLIGHT                 },
    { "a batch",                   "/api/v1/preflight/batch",              200, AIS_SCOPE_PREFLIGHT                 },
};

static void check_query(void **state)
{
    const struct query_row *row = *state;
    char text[HTTP_TARGET_MAX + 1];
    struct http_target target;
    struct route_match match;
    struct ais_why why = { 0 };
    snprintf(text, sizeof text, "%s", row->target);
    assert_int_equal(http_target_parse(text, &target, &why), AIS_OK);
    assert_int_equal(route_find("POST", target.path, &match), 200);
    assert_int_equal(route_scopes(match.route, &target), row->scopes);
    assert_int_equal(route_explains(match.route, &target), (row->scopes & AIS_SCOPE_READ) != 0);
    assert_int_equal(route_check_query(match.route, &target, &why), row->want);
    assert_int_equal(why.text[0] != '\0', row->want != 200);
}

int main(void)
{
    struct CMUnitTest row_tests[N_ELEMS(rows)], query_tests[N_ELEMS(query_rows)];
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_long_name_is_not_found),
        cmocka_unit_test(a_path_without_the_method_keeps_what_it_names),
        cmocka_unit_test(all_but_the_open_ones_need_a_scope),
    };
    AIS_ROWS(row_tests, rows, check_row);
    AIS_ROWS(query_tests, query_rows, check_query);
    int failed = cmocka_run_group_tests_name("gateway/routes rows", row_tests, NULL, NULL);
    failed += cmocka_run_group_tests_name("gateway/routes queries", query_tests, NULL, NULL);
    return failed + cmocka_run_group_tests_name("gateway/routes", tests, NULL, NULL);
}
