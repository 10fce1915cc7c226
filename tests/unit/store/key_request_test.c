#include "shared/store/key_request.h"
#include "shared/sys/clock.h"
#include "tests/unit/test.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const int64_t now = 1700000000 * AIS_NS_PER_S;

#define X32  "xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx"
#define X256 X32 X32 X32 X32 X32 X32 X32 X32
#define TEN  "\"::1\",\"::1\",\"::1\",\"::1\",\"::1\",\"::1\",\"::1\",\"::1\",\"::1\",\"::1\","

/* What is wrong with a body: pointers of all faults in their order, and a part of what the first says. "": nothing. */
static const struct row {
    const char *name, *body, *pointers, *says;
} rows[] = {
    {"the least there is",           "{\"name\":\"ci\",\"scopes\":[\"read\"]}",                                                         "",                NULL                },
    { "null is absent",
     "{\"name\":\"ci\",\"scopes\":[\"read\"],\"user\":null,\"expires_in\":null,\"expires_at\":null,\"source_ranges\":"
      "null}",                                                                                                                          "",                NULL                },
    { "no object",                   "[]",                                                                                              "|",               "must be an object" },
    { "nothing in it",               "{}",                                                                                              "/name|/scopes|",  "is missing"        },
    { "a name that is null",         "{\"name\":null,\"scopes\":[\"read\"]}",                                                           "/name|",          "must be a text"    },
    { "an empty name",               "{\"name\":\"\",\"scopes\":[\"read\"]}",                                                           "/name|",          "not empty"         },
    { "a long name",                 "{\"name\":\"" X256 "\",\"scopes\":[\"read\"]}",                                                   "/name|",          "at most 255 bytes" },
    { "a name with a line break",    "{\"name\":\"a\\nb\",\"scopes\":[\"read\"]}",                                                      "/name|",          "control characters"},
    { "a name with a NUL",           "{\"name\":\"a\\u0000b\",\"scopes\":[\"read\"]}",                                                  "/name|",          "control characters"},
    { "scopes as a text",            "{\"name\":\"x\",\"scopes\":\"read\"}",                                                            "/scopes|",        "must be a list"    },
    { "no scope",                    "{\"name\":\"x\",\"scopes\":[]}",                                                                  "/scopes|",        "not empty"         },
    { "an unknown scope",            "{\"name\":\"x\",\"scopes\":[\"read\",\"root\"]}",                                                 "/scopes/1|",
     "preflight, read, approve, admin"                                                                                                                                         },
    { "a scope twice",               "{\"name\":\"x\",\"scopes\":[\"read\",\"read\"]}",                                                 "/scopes/1|",      "each once"         },
    { "a scope that is a number",    "{\"name\":\"x\",\"scopes\":[1]}",                                                                 "/scopes/0|",      "must be one of"    },
    { "an unknown member",           "{\"name\":\"x\",\"scopes\":[\"read\"],\"expire_in\":1}",                                          "/expire_in|",     "is unknown"        },
    { "its name escaped",            "{\"name\":\"x\",\"scopes\":[\"read\"],\"a/~b\":1}",                                               "/a~1~0b|",        "is unknown"        },
    { "no life at all",              "{\"name\":\"x\",\"scopes\":[\"read\"],\"expires_in\":0}",                                         "/expires_in|",
     "number of seconds"                                                                                                                                                       },
    { "a life that ended",           "{\"name\":\"x\",\"scopes\":[\"read\"],\"expires_in\":-5}",                                        "/expires_in|",
     "number of seconds"                                                                                                                                                       },
    { "half a second",               "{\"name\":\"x\",\"scopes\":[\"read\"],\"expires_in\":0.5}",                                       "/expires_in|",
     "number of seconds"                                                                                                                                                       },
    { "a unit that is none",         "{\"name\":\"x\",\"scopes\":[\"read\"],\"expires_in\":\"3y\"}",                                    "/expires_in|",
     "number of seconds"                                                                                                                                                       },
    { "more than a century",         "{\"name\":\"x\",\"scopes\":[\"read\"],\"expires_in\":\"36501d\"}",                                "/expires_in|",
     "at most 36500 days"                                                                                                                                                      },
    { "more than there are numbers", "{\"name\":\"x\",\"scopes\":[\"read\"],\"expires_in\":99999999999999999999}",
     "/expires_in|",                                                                                                                                       "at most 36500 days"},
    { "a time that is past",         "{\"name\":\"x\",\"scopes\":[\"read\"],\"expires_at\":\"2023-11-14T22:13:20Z\"}",
     "/expires_at|",                                                                                                                                       "in the future"     },
    { "a time that is none",         "{\"name\":\"x\",\"scopes\":[\"read\"],\"expires_at\":\"tomorrow\"}",                              "/expires_at|",
     "2026-01-31T23:59:59Z"                                                                                                                                                    },
    { "how long ago",                "{\"name\":\"x\",\"scopes\":[\"read\"],\"expires_at\":\"-5m\"}",                                   "/expires_at|",
     "2026-01-31T23:59:59Z"                                                                                                                                                    },
    { "both",                        "{\"name\":\"x\",\"scopes\":[\"read\"],\"expires_in\":5,\"expires_at\":\"2030-01-01T00:00:00Z\"}",
     "/expires_at|",                                                                                                                                       "together with"     },
    { "an empty pin",                "{\"name\":\"x\",\"scopes\":[\"read\"],\"user\":\"\"}",                                            "/user|",          "not empty"         },
    { "a pin of another type",       "{\"name\":\"x\",\"scopes\":[\"read\"],\"agent\":[],\"environment\":1}",
     "/agent|/environment|",                                                                                                                               "must be a text"    },
    { "no range",                    "{\"name\":\"x\",\"scopes\":[\"read\"],\"source_ranges\":[]}",                                     "/source_ranges|", "1 to 16"           },
    { "17 ranges",
     "{\"name\":\"x\",\"scopes\":[\"read\"],\"source_ranges\":[" TEN
      "\"::1\",\"::1\",\"::1\",\"::1\",\"::1\",\"::1\",\"::1\"]}",                                                                      "/source_ranges|", "1 to 16"           },
    { "a bad range",                 "{\"name\":\"x\",\"scopes\":[\"read\"],\"source_ranges\":[\"::1\",\"10.0.0.1/8\"]}",
     "/source_ranges/1|",                                                                                                                                  "10.0.0.0/8"        },
    { "a range with a NUL",          "{\"name\":\"x\",\"scopes\":[\"read\"],\"source_ranges\":[\"::1\\u0000\"]}",
     "/source_ranges/0|",                                                                                                                                  "must be a text"    },
    { "everything at once",          "{\"scopes\":[\"x\"],\"who\":1,\"source_ranges\":[1]}",
     "/scopes/0|/who|/source_ranges/0|/name|",                                                                                                             "must be one of"    },
};

static void check_row(void **state)
{
    const struct row *row = *state;
    AUTO(ais_arena_destroy) struct ais_arena *arena = ais_arena_new(0);
    struct ais_key_request request = { .fault_count = 0 };
    struct ais_why why = { 0 };
    char pointers[1024] = "";
    enum ais_err err = ais_key_request_read(arena, row->body, strlen(row->body), now, &request, &why);
    for (size_t i = 0; i < request.fault_count; i++) {
        strncat(pointers, request.faults[i].pointer, sizeof pointers - strlen(pointers) - 1);
        strncat(pointers, "|", sizeof pointers - strlen(pointers) - 1);
    }
    assert_string_equal(pointers, row->pointers);
    assert_int_equal(err, row->says == NULL ? AIS_OK : AIS_E_INVALID);
    if (row->says != NULL && strstr(request.faults[0].detail, row->says) == NULL)
        fail_msg("\"%s\" does not say \"%s\"", request.faults[0].detail, row->says);
}

static const struct life_row {
    const char *name, *life;
    int64_t seconds;
} life_rows[] = {
    {"seconds",            "\"expires_in\":90",                            90          },
    { "seconds as a text", "\"expires_in\":\"90\"",                        90          },
    { "with a unit",       "\"expires_in\":\"90s\"",                       90          },
    { "minutes",           "\"expires_in\":\"15m\"",                       900         },
    { "hours",             "\"expires_in\":\"12h\"",                       43200       },
    { "days",              "\"expires_in\":\"30d\"",                       2592000     },
    { "the longest",       "\"expires_in\":\"36500d\"",                    3153600000LL},
    { "a time",            "\"expires_at\":\"2023-11-14T22:13:21Z\"",      1           },
    { "a time elsewhere",  "\"expires_at\":\"2023-11-15T00:13:21+02:00\"", 1           },
};

static void check_life(void **state)
{
    const struct life_row *row = *state;
    AUTO(ais_arena_destroy) struct ais_arena *arena = ais_arena_new(0);
    struct ais_key_request request = { .fault_count = 0 };
    char body[160];
    snprintf(body, sizeof body, "{\"name\":\"x\",\"scopes\":[\"read\"],%s}", row->life);
    assert_int_equal(ais_key_request_read(arena, body, strlen(body), now, &request, NULL), AIS_OK);
    assert_int_equal(request.wish.expires_at_ns, now + row->seconds * AIS_NS_PER_S);
}

static void all_of_it_arrives(void **state)
{
    static const char body[] =
        "{\"name\":\"ci\",\"scopes\":[\"read\",\"preflight\"],\"user\":\"ada\",\"agent\":\"bot\","
        "\"environment\":\"test\",\"source_ranges\":[\"10.0.0.0/8\",\"ipc\"]}";
    AUTO(ais_arena_destroy) struct ais_arena *arena = ais_arena_new(0);
    struct ais_key_request request = { .fault_count = 0 };
    (void)state;
    assert_int_equal(ais_key_request_read(arena, body, strlen(body), now, &request, NULL), AIS_OK);
    assert_string_equal(request.wish.name, "ci");
    assert_string_equal(request.wish.user, "ada");
    assert_string_equal(request.wish.agent, "bot");
    assert_string_equal(request.wish.environment, "test");
    assert_int_equal(request.wish.scopes, AIS_SCOPE_READ | AIS_SCOPE_PREFLIGHT);
    assert_int_equal(request.wish.expires_at_ns, 0);
    assert_int_equal(request.wish.range_count, 2);
    assert_int_equal(request.wish.ranges[1].kind, AIS_PEER_IPC);
    assert_null(request.wish.chosen);
}

static void what_is_no_json_is_malformed(void **state)
{
    AUTO(ais_arena_destroy) struct ais_arena *arena = ais_arena_new(0);
    struct ais_key_request request = { .fault_count = 0 };
    (void)state;
    assert_int_equal(ais_key_request_read(arena, "{\"name\":", 8, now, &request, NULL), AIS_E_SYNTAX);
}

static void faults_end_somewhere(void **state)
{
    AUTO(ais_arena_destroy) struct ais_arena *arena = ais_arena_new(0);
    AUTO(ais_buf_done) struct ais_buf body = { 0 };
    struct ais_key_request request = { .fault_count = 0 };
    (void)state;
    ais_buf_text(&body, "{\"name\":\"x\",\"scopes\":[\"read\"");
    for (int i = 0; i < 1000; i++)
        ais_buf_text(&body, ",0");
    ais_buf_text(&body, "]}");
    assert_int_equal(ais_key_request_read(arena, body.data, body.length, now, &request, NULL), AIS_E_INVALID);
    assert_int_equal(request.fault_count, AIS_KEY_FAULTS_MOST);
}

int main(void)
{
    enum { ROWS = N_ELEMS(rows), LIVES = N_ELEMS(life_rows) };
    struct CMUnitTest tests[ROWS + LIVES + 3] = {
        [ROWS + LIVES] = cmocka_unit_test(all_of_it_arrives),
        [ROWS + LIVES + 1] = cmocka_unit_test(what_is_no_json_is_malformed),
        [ROWS + LIVES + 2] = cmocka_unit_test(faults_end_somewhere),
    };
    AIS_ROWS(tests, rows, check_row);
    AIS_ROWS(tests + ROWS, life_rows, check_life);
    return cmocka_run_group_tests_name("store/key_request", tests, NULL, NULL);
}
