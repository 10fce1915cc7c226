/* Masking: the setting, the records of requests, and those of events. */
#include "tests/unit/audit/mask_fixture.h"

#include <stdio.h>

#define GITHUB "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"
#define HEX64  "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08"

/* ---- the setting ---- */

static const struct refusal {
    const char *setting, *says;
} refusals[] = {
    {"tool_args.",                               "has an empty name"                                        },
    { "tool_args..x",                            "has an empty name"                                        },
    { "tool_args.x,",                            "it ends with a comma"                                     },
    { "tool_args.x,,context",                    "item 2 is empty"                                          },
    { "password",                                "does not begin with"                                      },
    { "TOOL_ARGS.x",                             "does not begin with"                                      },
    { "request_id.x",                            "does not begin with"                                      },
    { "pii:",                                    "names no kind"                                            },
    { "pii:shoe_size",                           "no such kind of personal data"                            },
    { "tool_args.x, pii:emial",
     "AISENTINEL_AUDIT_MASK: 'pii:emial': there is no such kind of personal data; did you mean 'pii:email'?"},
    { "secret:github_token",                     "always masked"                                            },
    { "context.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a", "more than 16 names"                                       },
};

static void test_refusals_say_what_is_wrong(void **state)
{
    (void)state;
    assert_int_equal(ais_mask_check("tool_args.x, pii:email, pii:*", NULL), AIS_OK);
    for (size_t i = 0; i < N_ELEMS(refusals); i++) {
        struct ais_mask *mask = NULL;
        struct ais_why why = { 0 };
        assert_int_equal(ais_mask_new(refusals[i].setting, key, &mask, &why), AIS_E_SETTING);
        if (strstr(why.text, refusals[i].says) == NULL)
            fail_msg("'%s' for '%s', not '%s'", why.text, refusals[i].setting, refusals[i].says);
        assert_int_equal(ais_mask_check(refusals[i].setting, NULL), AIS_E_SETTING);
    }
}

/* ---- records ---- */

static const struct shown {
    const char *name, *setting, *request, *reason;
    const char *gone[3];  /* stand nowhere in the record */
    const char *value;    /* whose hash stands in it */
    const char *label;    /* in front of that */
    const char *there[3]; /* stand in it as before */
} cases[] = {
    {.name = "a member that the setting names",
     .setting = "tool_args.password",
     .request = "{\"tool_name\":\"t\",\"tool_args\":{\"password\":\"opensesame\",\"n\":12},\"metadata\":{}}",
     .gone = { "opensesame" },
     .value = "opensesame",
     .label = "masked:tool_args.password:",
     .there = { "\"n\":12" } },
    { .name = "the other form of a request",
     .setting = "tool_args.pw,metadata.mail",
     .request =
          "{\"candidate\":{\"tool\":\"t\",\"args\":{\"PW\":\"opensesame\"}},\"context_state\":{\"mail\":\"m1@x\"}}",                                                                                  .gone = { "opensesame", "m1@x" },
     .value = "m1@x",
     .label = "masked:metadata.mail:",
     .there = { "\"candidate\":{" } },
    { .name = "any depth, through arrays, with all below",
     .setting = "tool_args.**.token",
     .request = "{\"tool_name\":\"t\",\"tool_args\":{\"a\":[{\"b\":{\"token\":{\"x\":[\"inner1\",4711]}}}],\"token\":"
                 "\"top1\"}}",                                                                                             .gone = { "inner1", "4711", "top1" },
     .value = "4711",
     .label = "masked:tool_args.**.token:",
     .there = { "\"a\":[{\"b\"" } },
    { .name = "elsewhere: in the context, in reasons, in another argument, in a name",
     .setting = "tool_args.password",
     .request =
          "{\"tool_name\":\"t\",\"tool_args\":{\"password\":\"opensesame\",\"xopensesamey\":\"say opensesame!\"},"
          "\"context\":\"the word is opensesame\"}",                                                                             .reason = "Blocked: opensesame",
     .gone = { "opensesame" },
     .value = "opensesame",
     .label = "Blocked: masked:tool_args.password:",
     .there = { "the word is masked:" } },
    { .name = "escaped inside a larger string",
     .setting = "tool_args.password",
     .request = "{\"tool_name\":\"t\",\"tool_args\":{\"password\":\"open\\\"sesame\",\"q\":\"{\\\"p\\\":"
                 "\\\"open\\\\\\\"sesame\\\"}\"}}",                                                                                .gone = { "sesame" },
     .value = "open\"sesame",
     .label = "masked:tool_args.password:" },
    { .name = "in a layer of encoding",
     .setting = "tool_args.password",
     .request = "{\"tool_name\":\"t\",\"tool_args\":{\"password\":\"opensesame\",\"q\":"
                 "\"dGhlIHdvcmQgaXMgb3BlbnNlc2FtZQ==\"}}",.gone = { "opensesame", "dGhlIHdv" },
     .value = "opensesame",
     .label = "\"q\":\"masked:tool_args.password:" },
    { .name = "a credential, without a setting",
     .request = "{\"tool_name\":\"t\",\"tool_args\":{\"command\":\"curl -H 'Authorization: token " GITHUB "' x\"}}",
     .gone = { GITHUB },
     .value = GITHUB,
     .label = "masked:github_token:",
     .there = { "curl -H " } },
    { .name = "a credential glued to an option",
     .request = "{\"tool_name\":\"t\",\"tool_args\":{\"command\":\"mysql -p" GITHUB " -h db\"}}",
     .gone = { GITHUB },
     .value = GITHUB,
     .label = "mysql -pmasked:github_token:",
     .there = { " -h db" } },
    { .name = "a password behind an option of one letter",
     .request = "{\"tool_name\":\"t\",\"tool_args\":{\"command\":\"curl -u ann:k9Tq2LmZ7w https://a.invalid\"}}",
     .gone = { "k9Tq2LmZ7w" },
     .value = "k9Tq2LmZ7w",
     .label = "curl -u ann:masked:basic_auth:",
     .there = { " https://a.invalid" } },
    { .name = "a credential in a member that no rule sees",
     .request = "{\"tool_name\":\"t\",\"trace\":{\"x\":\"" GITHUB "\"}}",
     .gone = { GITHUB },
     .value = GITHUB,
     .label = "masked:github_token:" },
    { .name = "a credential in a layer of encoding",
     .request =
          "{\"tool_name\":\"t\",\"tool_args\":{\"x\":\"Z2hwX3dXUHc1azRhWGNhVDRmTlAwVWNuWndKVVZGazZMTzBwSU5VeA==\"}}",                                                                                                                  .gone = { GITHUB, "Z2hwX3dX" },
     .value = GITHUB,
     .label = "masked:github_token:" },
    { .name = "an approval token",
     .request = "{\"tool_name\":\"t\",\"metadata\":{\"execution_approval_token\":\"abc.def\"}}",
     .gone = { "abc.def" },
     .value = "abc.def",
     .label = "masked:approval_token:" },
    { .name = "personal data of a kind, and what is pinned to the key",
     .setting = "pii:email",
     .request = "{\"tool_name\":\"t\",\"tool_args\":{\"to\":\"Alice "
                 "<alice@example.org>\"},\"metadata\":{\"user_id\":\"alice@example.org\"}}", .gone = { "alice@example.org" },
     .value = "alice@example.org",
     .label = "\"user_id\":\"masked:email:" },
    { .name = "a short value only where it stands alone",
     .setting = "tool_args.pin",
     .request = "{\"tool_name\":\"t\",\"tool_args\":{\"pin\":\"bl\",\"again\":\"bl\",\"q\":\"a table\"}}",
     .gone = { "\"bl\"" },
     .value = "bl",
     .label = "\"again\":\"masked:tool_args.pin:",
     .there = { "a table" } },
    { .name = "a body that could not be read",
     .setting = "tool_args.password",
     .request = "{\"tool_args\":{\"password\":\"opensesame\"}",
     .gone = { "opensesame" },
     .value = "{\"tool_args\":{\"password\":\"opensesame\"}",
     .label = "\"request_excerpt\":\"masked:unread:",
     .there = { "\"request_size\":38" } },
    { .name = "a credential that a sign without a shape parts",
     .setting = "",
     .request = "{\"tool_name\":\"t\",\"tool_args\":{\"x\":\"ghp_wWPw5k4aXcaT4fNP0U\\u200bcnZwJUVFk6LO0pINUx !\"}}",
     .gone = { "ghp_wWPw5k4aXcaT4fNP0U", "cnZwJUVFk6LO0pINUx" },
     .value = "ghp_wWPw5k4aXcaT4fNP0U\xe2\x80\x8b"
               "cnZwJUVFk6LO0pINUx", .label = "masked:github_token:",
     .there = { " !" } },
    { .name = "nothing to mask: as received",
     .setting = "tool_args.password",
     .request = "{\"tool_name\" : \"t\", \"tool_args\":{\"x\":1.50}}",
     .there = { "{\"tool_name\" : \"t\", \"tool_args\":{\"x\":1.50}}" }                                                                                            },
};

static void test_records_do_not_show_what_is_masked(void **state)
{
    AUTO(ais_buf_done) struct ais_buf out = { 0 };
    char want[256], hash[AIS_MASK_HASH_TEXT];
    (void)state;
    for (size_t i = 0; i < N_ELEMS(cases); i++) {
        const struct shown *one = &cases[i];
        record_of(one->setting, one->request, one->reason, &out);
        for (size_t at = 0; at < 3 && one->gone[at] != NULL; at++)
            if (strstr(out.data, one->gone[at]) != NULL)
                fail_msg("%s: '%s' is in %s", one->name, one->gone[at], out.data);
        for (size_t at = 0; at < 3 && one->there[at] != NULL; at++)
            if (strstr(out.data, one->there[at]) == NULL)
                fail_msg("%s: '%s' is not in %s", one->name, one->there[at], out.data);
        if (one->value == NULL)
            continue;
        ais_mask_hash(key, one->value, strlen(one->value), hash);
        snprintf(want, sizeof want, "%s%s", one->label, hash);
        if (strstr(out.data, want) == NULL)
            fail_msg("%s: '%s' is not in %s", one->name, want, out.data);
    }
}

static void test_more_values_than_are_told_apart_leave_nothing(void **state)
{
    AUTO(ais_buf_done) struct ais_buf out = { 0 }, request = { 0 };
    (void)state;
    ais_buf_text(&request, "{\"tool_name\":\"t\",\"tool_args\":{\"s\":[");
    for (unsigned i = 0; i < 100; i++)
        ais_buf_format(&request, "%s\"value-%u-x\"", i > 0 ? "," : "", i);
    ais_buf_text(&request, "]},\"metadata\":{\"user_id\":\"value-99-x\"}}");
    record_of("tool_args.s", request.data, "a reason", &out);
    assert_null(strstr(out.data, "value-"));
    assert_non_null(strstr(out.data, "\"request_excerpt\":\"masked:unread:"));
    assert_non_null(strstr(out.data, "a reason"));
}

static void test_a_long_request_is_cut_after_it_was_masked(void **state)
{
    AUTO(ais_buf_done) struct ais_buf out = { 0 }, request = { 0 };
    (void)state;
    ais_buf_text(&request, "{\"tool_name\":\"t\",\"tool_args\":{\"password\":\"opensesame\",\"text\":\"");
    for (unsigned i = 0; i < 4000; i++)
        ais_buf_text(&request, i % 100 == 0 ? "opensesame " : "word ");
    ais_buf_text(&request, "\"}}");
    record_of("tool_args.password", request.data, NULL, &out);
    assert_null(strstr(out.data, "opensesame"));
    assert_in_range(out.length, AIS_AUDIT_REQUEST_MOST, AIS_AUDIT_REQUEST_MOST + 4096);
    char size[64];
    snprintf(size, sizeof size, "\"request_size\":%zu", request.length);
    assert_non_null(strstr(out.data, size));
}

/* What came beside the body, in header fields, with a body that has nothing to mask; and the same text in an event. */
static const struct beside {
    const char *setting, *request_id, *traceparent;
    const char *shown; /* of the request_id; NULL: it is masked with this label, which is all that is left of it */
    const char *label;
} besides[] = {
    {"",             "r-1",                                                      NULL,       "r-1",             NULL                    },
    { "",            "r-" GITHUB "-7",                                           NULL,       NULL,              "r-masked:github_token:"},
    { "",            "Z2hwX3dXUHc1azRhWGNhVDRmTlAwVWNuWndKVVZGazZMTzBwSU5VeA==", NULL,       NULL,              "masked:github_token:"  },
    { "pii:email",   "ann@example.org",                                          NULL,       NULL,              "masked:email:"         },
    { "tool_args.x", "ann@example.org",                                          NULL,       "ann@example.org", NULL                    },
    { "request_id",  "anything",                                                 "00-a-b-1", NULL,              "masked:request_id:"    },
    { "traceparent", "anything",                                                 "00-a-b-1", "anything",        NULL                    },
};

static const struct ais_json *record_beside(struct ais_masker *masker, struct ais_arena *arena,
                                            const struct beside *one, bool readable)
{
    static const char request[] = "{\"tool_name\":\"t\"}";
    const struct ais_json *body = NULL, *tree = NULL;
    AUTO(ais_buf_done) struct ais_buf out = { 0 };
    assert_int_equal(ais_json_read(arena, request, strlen(request), &ais_json_request_limits, &body, NULL), AIS_OK);
    struct ais_audit_decision record = {
        .decision_id = "id",
        .request_id = ais_audit_text(one->request_id),
        .traceparent = ais_audit_text(one->traceparent),
        .request = ais_audit_text(request),
        .request_is_json = readable,
    };
    assert_int_equal(ais_masker_apply(masker, readable ? body : NULL, &record, NULL), AIS_OK);
    ais_audit_write_decision(&out, &record);
    assert_int_equal(ais_json_read(arena, out.data, out.length, &ais_json_request_limits, &tree, NULL), AIS_OK);
    return tree;
}

static void assert_shown(const struct beside *one, const char *got)
{
    if (one->shown != NULL)
        assert_string_equal(got, one->shown);
    else if (strncmp(got, one->label, strlen(one->label)) != 0)
        fail_msg("'%s', not '%s…'", got, one->label);
}

static void test_what_came_beside_the_body_is_masked_too(void **state)
{
    (void)state;
    for (size_t i = 0; i < N_ELEMS(besides); i++) {
        const struct beside *one = &besides[i];
        AUTO(ais_arena_destroy) struct ais_arena *arena = ais_arena_new(0);
        struct ais_mask *mask = NULL;
        assert_int_equal(ais_mask_new(one->setting, key, &mask, NULL), AIS_OK);
        struct ais_masker *masker = ais_masker_new(mask);
        for (int readable = 0; readable < 2; readable++) {
            const struct ais_json *tree = record_beside(masker, arena, one, readable != 0);
            assert_shown(one, ais_json_get_text(tree, "request_id"));
            const char *trace = ais_json_get_text(tree, "traceparent");
            if (strcmp(one->setting, "traceparent") == 0)
                assert_int_equal(strncmp(trace, "masked:traceparent:", 19), 0);
            else if (one->traceparent != NULL)
                assert_string_equal(trace, one->traceparent);
        }
        struct ais_audit_text text = ais_audit_text(one->request_id);
        assert_int_equal(ais_masker_text(masker, "request_id", &text, NULL), AIS_OK);
        assert_shown(one, text.bytes);
        ais_masker_destroy(&masker);
        ais_mask_destroy(&mask);
    }
}

/* What is named of a request, for who shows it elsewhere, in its order. */
static void test_what_paths_name_is_withheld(void **state)
{
    static const char body[] =
        "{\"candidate\":{\"tool\":\"t\",\"args\":{\"a\":1,\"pw\":{\"x\":[\"one\",null,2],\"y\":\"\"}}},"
        "\"context\":\"two\",\"context_state\":{\"m\":{\"PW\":true},\"execution_approval_token\":\"k\"}}";
    static const char *const want[] = { "one", "2", "two", "true" };
    AUTO(ais_arena_destroy) struct ais_arena *arena = ais_arena_new(0);
    struct ais_mask *mask = NULL;
    struct ais_request request;
    struct ais_withheld withheld;
    (void)state;
    assert_int_equal(ais_request_read(arena, body, strlen(body), &request, NULL, NULL), AIS_OK);
    assert_int_equal(ais_mask_new("tool_args.pw, context, metadata.**.pw, pii:email", key, &mask, NULL), AIS_OK);
    struct ais_masker *masker = ais_masker_new(mask);
    ais_masker_withhold(masker, &request, &withheld);
    assert_int_equal(withheld.count, N_ELEMS(want));
    for (size_t i = 0; i < N_ELEMS(want); i++)
        assert_string_equal(withheld.nodes[i]->text, want[i]);
    assert_false(withheld.full);
    ais_masker_destroy(&masker);
    ais_mask_destroy(&mask);
}

/* ---- events ---- */

static const struct told {
    const char *details, *masked; /* masked NULL: as it was; "*" stands for a hash */
} told[] = {
    {"{\"name\":\"a-" GITHUB "\",\"count\":7}",                                                                          "{\"name\":\"a-masked:github_token:*\",\"count\":7}"      },
    { "{\"a\":[{\"user\":\"" GITHUB "\"},null,true]}",                                                                   "{\"a\":[{\"user\":\"masked:github_token:*\"},null,true]}"},
    { "{\"reason\":\"no pack '" GITHUB "'\",\"key_id\":\"" GITHUB "\"}",
     "{\"reason\":\"no pack 'masked:github_token:*'\",\"key_id\":\"" GITHUB "\"}"                                                                                                  },
    { "{\"user\":\"erin@mail.example.org\"}",                                                                            "{\"user\":\"masked:email:*\"}"                           },
    { "{\"name\":\"agents\",\"user\":\"x-" HEX64 "\"}",                                                                  NULL                                                      },
    { "{\"document\":\"api_keys.enc\",\"digest\":\"" HEX64 "\",\"by\":{\"key_id\":\"key_1\",\"name\":\"first admin\"}}",
     NULL                                                                                                                                                                          },
    { "{\"rulepack\":\"secrets\",\"version\":\"1.2.3\",\"checksum\":\"sha256:" HEX64 "\",\"replaced\":\"1.2.2\"}",
     NULL                                                                                                                                                                          },
    { "{\"encryption_key\":\"0123456789abcdef\",\"created_at\":\"2024-01-02T03:04:05.678Z\"}",                           NULL                                                      },
    { "{\"places\":[{\"file\":\"audit/audit-00000012.enc\",\"reason\":\"its digest is " HEX64 "\"}]}",                   NULL                                                      },
};

/* Copies text with the 32 digits behind "masked:kind:" as one "*". */
static void without_hashes(const char *text, char *ret)
{
    for (const char *at; (at = strstr(text, "masked:")) != NULL;) {
        at = strchr(at + strlen("masked:"), ':') + 1;
        memcpy(ret, text, (size_t)(at - text));
        ret += at - text;
        *ret++ = '*';
        text = at + AIS_MASK_HASH_TEXT - 1;
    }
    memcpy(ret, text, strlen(text) + 1);
}

static void test_events_do_not_show_what_is_masked(void **state)
{
    struct ais_mask *mask = NULL;
    char shown[512];
    (void)state;
    assert_int_equal(ais_mask_new("pii:email", key, &mask, NULL), AIS_OK);
    struct ais_masker *masker = ais_masker_new(mask);
    for (size_t i = 0; i < N_ELEMS(told); i++) {
        struct ais_audit_event event = { .details = told[i].details, .details_size = strlen(told[i].details) };
        assert_int_equal(ais_masker_event(masker, &event, NULL), AIS_OK);
        without_hashes(event.details, shown);
        assert_string_equal(shown, told[i].masked != NULL ? told[i].masked : told[i].details);
        assert_int_equal(event.details_size, strlen(event.details));
    }
    const struct ais_caller caller = { .key_id = "key_1", .name = GITHUB, .agent = "erin@mail.example.org" };
    struct ais_audit_event event = { .caller = &caller };
    assert_int_equal(ais_masker_event(masker, &event, NULL), AIS_OK);
    assert_string_equal(event.caller->key_id, "key_1");
    assert_memory_equal(event.caller->name, "masked:github_token:", strlen("masked:github_token:"));
    assert_memory_equal(event.caller->agent, "masked:email:", strlen("masked:email:"));
    assert_null(event.caller->user);
    ais_masker_destroy(&masker);
    ais_mask_destroy(&mask);
}

/* What is known to show nothing is not looked at again, and what shows something always is: also where the value was
 * found in another text of the record before. */
static void test_a_caller_is_masked_in_each_of_its_records(void **state)
{
    static const struct ais_caller callers[] = {
        {.name = GITHUB,   .agent = GITHUB "-2"},
        { .name = "plain", .agent = GITHUB "-2"},
        { .name = "plain", .agent = "other"    },
        { .name = GITHUB,  .agent = "other"    },
    };
    struct ais_mask *mask = NULL;
    struct ais_arena *arena = ais_arena_new(0);
    const struct ais_json *body = NULL;
    (void)state;
    assert_int_equal(ais_mask_new(NULL, key, &mask, NULL), AIS_OK);
    assert_int_equal(ais_json_read(arena, "{}", 2, &ais_json_request_limits, &body, NULL), AIS_OK);
    struct ais_masker *masker = ais_masker_new(mask);
    for (size_t i = 0; i < 4 * N_ELEMS(callers); i++) {
        const struct ais_caller *caller = &callers[i % N_ELEMS(callers)];
        struct ais_audit_decision record = {
            .caller = *caller, .request = {"{}", 2},
                 .request_is_json = true
        };
        assert_int_equal(ais_masker_apply(masker, body, &record, NULL), AIS_OK);
        assert_null(strstr(record.caller.name, GITHUB));
        assert_null(strstr(record.caller.agent, GITHUB));
        assert_int_equal(strcmp(caller->name, "plain") == 0, strcmp(record.caller.name, "plain") == 0);
        assert_int_equal(strcmp(caller->agent, "other") == 0, strcmp(record.caller.agent, "other") == 0);
    }
    ais_masker_destroy(&masker);
    ais_mask_destroy(&mask);
    ais_arena_destroy(&arena);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_refusals_say_what_is_wrong),
        cmocka_unit_test(test_records_do_not_show_what_is_masked),
        cmocka_unit_test(test_more_values_than_are_told_apart_leave_nothing),
        cmocka_unit_test(test_what_came_beside_the_body_is_masked_too),
        cmocka_unit_test(test_what_paths_name_is_withheld),
        cmocka_unit_test(test_events_do_not_show_what_is_masked),
        cmocka_unit_test(test_a_caller_is_masked_in_each_of_its_records),
        cmocka_unit_test(test_a_long_request_is_cut_after_it_was_masked),
    };
    return cmocka_run_group_tests(tests, set_up, NULL);
}
