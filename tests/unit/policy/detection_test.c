/* What detections match: each row is one detection, a request, and whether it holds. */
#include "shared/sys/clock.h"
#include "tests/unit/policy/lab.h"

enum { NO, YES, MAYBE };

static const struct row {
    const char *name, *detection, *request;
    int want;
} rows[] = {
  /* values */
    {"equal",                             "{s: {tool_args.a: Word}, condition: s}",                                                "'tool_args':{'a':'wORD'}",                  YES  },
    { "not only a part",                  "{s: {tool_args.a: word}, condition: s}",                                                "'tool_args':{'a':'words'}",                 NO   },
    { "wildcards",                        "{s: {tool_args.a: 'w?r*'}, condition: s}",                                              "'tool_args':{'a':'words'}",                 YES  },
    { "any of a list",                    "{s: {tool_args.a: [x, y]}, condition: s}",                                              "'tool_args':{'a':'y'}",                     YES  },
    { "all of a map",                     "{s: {tool_args.a: x, tool_args.b: y}, condition: s}",                                   "'tool_args':{'a':'x','b':'z'}",             NO   },
    { "any of a list of maps",            "{s: [{tool_args.a: x}, {tool_args.b: y}], condition: s}",                               "'tool_args':{'b':'y'}",
     YES                                                                                                                                                                             },
    { "all of a list",                    "{s: {tool_args.a|contains|all: [x, y]}, condition: s}",                                 "'tool_args':{'a':'yx'}",                    YES  },
    { "not all of a list",                "{s: {tool_args.a|contains|all: [x, y]}, condition: s}",                                 "'tool_args':{'a':'xx'}",                    NO   },
    { "cased",                            "{s: {tool_args.a|cased: Word}, condition: s}",                                          "'tool_args':{'a':'word'}",                  NO   },
    { "an empty text",                    "{s: {tool_args.a: ''}, condition: s}",                                                  "'tool_args':{'a':''}",                      YES  },
    { "numbers by value",                 "{s: {tool_args.a: 10}, condition: s}",                                                  "'tool_args':{'a':1e1}",                     YES  },
    { "numbers in order",                 "{s: {tool_args.a|gt: 9, tool_args.b|lte: 1.5}, condition: s}",
     "'tool_args':{'a':10,'b':1.50}",                                                                                                                                           YES  },
    { "a NUL",                            "{s: {tool_args.a|contains: \"\\0x\"}, condition: s}",                                   "'tool_args':{'a':'y\\u0000X'}",             YES  },
    { "nothing but a NUL",                "{s: {tool_args.a|contains: \"\\0\"}, condition: s}",                                    "'tool_args':{'a':'y\\u0000X'}",             YES  },
    { "true",                             "{s: {tool_args.a: true}, condition: s}",                                                "'tool_args':{'a':true}",                    YES  },
    { "a number's letters",               "{s: {tool_args.a|contains: 0x1F}, condition: s}",                                       "'tool_args':{'a':'x=0x1f'}",                YES  },
    { "and not its value's",              "{s: {tool_args.a|contains: 0x1F}, condition: s}",                                       "'tool_args':{'a':'31'}",                    NO   },
    { "a point without a zero",           "{s: {tool_args.a|endswith: .5}, condition: s}",                                         "'tool_args':{'a':'x=.5'}",                  YES  },
    { "zeros count in a text",            "{s: {tool_args.a: 007}, condition: s}",                                                 "'tool_args':{'a':'007'}",                   YES  },
    { "zeros do not count in a number",   "{s: {tool_args.a: 007}, condition: s}",                                                 "'tool_args':{'a':7}",                       YES  },
    { "a tagged number's letters",        "{s: {tool_args.a|contains: !!int 0x1F}, condition: s}",                                 "'tool_args':{'a':'0x1F'}",
     YES                                                                                                                                                                             },
    { "an anchored number's letters",     "{s: {tool_args.a|contains: &n +7, tool_args.b: *n}, condition: s}",
     "'tool_args':{'a':'+7','b':7}",                                                                                                                                            YES  },
    { "null is null",                     "{s: {tool_args.a: null}, condition: s}",                                                "'tool_args':{'a':null}",                    YES  },
    { "null is absent too",               "{s: {tool_args.a: null}, condition: s}",                                                "'tool_args':{}",                            YES  },
    { "null is not a value",              "{s: {tool_args.a: null}, condition: s}",                                                "'tool_args':{'a':'null'}",                  NO   },
    { "a regular expression",             "{s: {tool_args.a|re: 'r.m\\s+-'}, condition: s}",                                       "'tool_args':{'a':'xr/m -'}",                YES  },

 /* fields */
    { "absent is false",                  "{s: {tool_args.a|contains: x}, condition: s}",                                          "'tool_args':{'b':'x'}",                     NO   },
    { "not of absent is true",            "{s: {tool_args.a|contains: x}, condition: not s}",                                      "'tool_args':{'b':'x'}",                     YES  },
    { "exists",                           "{s: {tool_args.a|exists: true}, condition: s}",                                         "'tool_args':{'a':{}}",                      YES  },
    { "does not exist",                   "{s: {tool_args.a|exists: false}, condition: s}",                                        "'tool_args':{'b':1}",                       YES  },
    { "exists, and so not exists: false", "{s: {tool_args.a|exists: false}, condition: s}",                                        "'tool_args':{'a':''}",
     NO                                                                                                                                                                              },
    { "a member of a member",             "{s: {tool_args.a.b: x}, condition: s}",                                                 "'tool_args':{'a':{'b':'x'}}",               YES  },
    { "keys are case-sensitive",          "{s: {tool_args.A: x}, condition: s}",                                                   "'tool_args':{'a':'x'}",                     NO   },
    { "any element",                      "{s: {'tool_args.l[].k': x}, condition: s}",                                             "'tool_args':{'l':[{'k':'y'},{'k':'x'}]}",   YES  },
    { "an array stands for its elements", "{s: {tool_args.l: x}, condition: s}",                                                   "'tool_args':{'l':['y','x']}",               YES  },
    { "nested arrays too",                "{s: {tool_args.l: x}, condition: s}",                                                   "'tool_args':{'l':[['y'],['x']]}",           YES  },
    { "brackets need an array",           "{s: {'tool_args.l[]': x}, condition: s}",                                               "'tool_args':{'l':'x'}",                     NO   },
    { "an empty array exists",            "{s: {tool_args.l|exists: true}, condition: s}",                                         "'tool_args':{'l':[]}",                      YES  },
    { "a member needs an object",         "{s: {tool_args.l.k: x}, condition: s}",                                                 "'tool_args':{'l':[{'k':'x'}]}",             NO   },
    { "everything below",                 "{s: {tool_args.**|contains: x}, condition: s}",                                         "'tool_args':{'a':[{'b':'yxy'}]}",           YES  },
    { "everything below a member",        "{s: {tool_args.a.**: x}, condition: s}",                                                "'tool_args':{'b':'x','a':{'c':'y'}}",
     NO                                                                                                                                                                              },
    { "a dot in a key",                   "{s: {'tool_args.a\\.b': x}, condition: s}",                                             "'tool_args':{'a.b':'x'}",                   YES  },
    { "a bar in a key",                   "{s: {'tool_args.a\\|b': x}, condition: s}",                                             "'tool_args':{'a|b':'x'}",                   YES  },
    { "a text context",                   "{s: {context|contains: x}, condition: s}",                                              "'context':'yx'",                            YES  },
    { "an object context, whole",         "{s: {context|contains: x}, condition: s}",                                              "'context':{'a':['yx']}",                    YES  },
    { "an object context, by path",       "{s: {context.a: x}, condition: s}",                                                     "'context':{'a':'x'}",                       YES  },
    { "a text context has no paths",      "{s: {context.a: x}, condition: s}",                                                     "'context':'x'",                             NO   },
    { "metadata",                         "{s: {metadata.k: x}, condition: s}",                                                    "'metadata':{'k':'x'}",                      YES  },
    { "a token is never seen",            "{s: {metadata.**: secret}, k: [secret], condition: 1 of them}",
     "'metadata':{'execution_approval_token':'secret'}",                                                                                                                        NO   },
    { "the size of a request",            "{s: {request.size: 8}, condition: s}",                                                  "'tool_args':{'ab':'cde','f':7}",            YES  },
    { "the depth of a request",           "{s: {request.depth: 3}, condition: s}",                                                 "'tool_args':{'a':[{'b':1}]},'context':'x'",
     YES                                                                                                                                                                             },
    { "the tool's name",                  "{s: {tool_name|endswith: T}, condition: s}",                                            "'metadata':{}",                             YES  },

 /* words without a field */
    { "a word anywhere",                  "{s: [needle], condition: s}",                                                           "'tool_args':{'a':['x needle y']}",          YES  },
    { "a word in the context",            "{s: needle, condition: s}",                                                             "'context':{'deep':{'er':'aNEEDLEb'}}",      YES  },
    { "a word in metadata",               "{s: [nope, needle], condition: s}",                                                     "'metadata':{'k':'needle'}",                 YES  },
    { "not in keys",                      "{s: [needle], condition: s}",                                                           "'tool_args':{'needle':'x'}",                NO   },
    { "all words, each anywhere",         "{s: {'|all': [one, two]}, condition: s}",                                               "'tool_args':{'a':'one'},'context':'two'",
     YES                                                                                                                                                                             },
    { "not all words",                    "{s: {'|all': [one, two]}, condition: s}",                                               "'tool_args':{'a':'one'}",                   NO   },
    { "a regular expression anywhere",    "{s: {'|re': 'n..dle'}, condition: s}",                                                  "'context':'needle'",                        YES  },
    { "words do not join",                "{s: [onetwo], condition: s}",                                                           "'tool_args':{'a':'one','b':'two'}",         NO   },

 /* conditions */
    { "2 of, one holds",                  "{a: {tool_args.a: x}, b: {tool_args.b: x}, c: {tool_args.c: x}, condition: 2 of them}",
     "'tool_args':{'b':'x'}",                                                                                                                                                   NO   },
    { "2 of, two hold",                   "{a: {tool_args.a: x}, b: {tool_args.b: x}, c: {tool_args.c: x}, condition: 2 of them}",
     "'tool_args':{'b':'x','c':'x'}",                                                                                                                                           YES  },
    { "not 1 of",                         "{a: {tool_args.a: x}, f_1: {tool_args.b: x}, condition: a and not 1 of f_*}",
     "'tool_args':{'a':'x','b':'x'}",                                                                                                                                           NO   },
    { "hidden selections do not count",   "{a: {tool_args.a: x}, _b: {tool_args.b: x}, condition: 1 of them}",
     "'tool_args':{'b':'x'}",                                                                                                                                                   NO   },

 /* unknown: (x+x+)+y with a back-reference costs PCRE2 more than its bound */
    { "beyond the bounds is unknown",     "{s: {tool_args.a|re: '(x+x+)+\\1y'}, condition: s}",                                    "'tool_args':{'a':'%X'}",
     MAYBE                                                                                                                                                                           },
    { "not unknown is unknown",           "{s: {tool_args.a|re: '(x+x+)+\\1y'}, condition: not s}",                                "'tool_args':{'a':'%X'}",
     MAYBE                                                                                                                                                                           },
    { "unknown or true is true",          "{s: {tool_args.a|re: '(x+x+)+\\1y'}, t: {tool_args.b: z}, condition: s or t}",
     "'tool_args':{'a':'%X','b':'z'}",                                                                                                                                          YES  },
    { "unknown and false is false",       "{s: {tool_args.a|re: '(x+x+)+\\1y'}, t: {tool_args.b: z}, condition: s and t}",
     "'tool_args':{'a':'%X','b':'w'}",                                                                                                                                          NO   },
    { "2 of unknown, true, true",
     "{s: {tool_args.a|re: '(x+x+)+\\1y'}, t: {tool_args.b: z}, u: {tool_name: T}, "
      "condition: 2 of them}",                                                                                                     "'tool_args':{'a':'%X','b':'z'}",            YES  },
    { "2 of unknown, false, true",
     "{s: {tool_args.a|re: '(x+x+)+\\1y'}, t: {tool_args.b: z}, u: {tool_name: T}, "
      "condition: 2 of them}",                                                                                                     "'tool_args':{'a':'%X','b':'w'}",            MAYBE},
};

/* The request in JSON: ' is ", and %X a text on which back-tracking goes on for ever. */
static void put_request(struct ais_buf *out, const char *request)
{
    ais_buf_text(out, "{\"tool_name\":\"t\",");
    for (const char *at = request; *at != '\0'; at++) {
        if (at[0] == '%' && at[1] == 'X') {
            for (int i = 0; i < 4000; i++)
                ais_buf_byte(out, 'x');
            ais_buf_text(out, "zy");
            at++;
        } else if (*at == '\'') {
            ais_buf_byte(out, '"');
        } else {
            ais_buf_byte(out, *at);
        }
    }
    ais_buf_text(out, "}");
}

/* Asks with a rule that blocks and with one that allows. */
static void check_row(void **state)
{
    const struct row *row = *state;
    AUTO(ais_buf_done) struct ais_buf body = { 0 };
    AUTO(ais_engine_destroy) struct ais_engine *engine = ais_engine_new();
    static const char *const wanted[][3] = {
        {"\"allowed\":true,",                        "\"reasons\":[\"Blocked by r rule: T\"]",
         "\"reasons\":[\"Not understood: tool_args.a: "                                                                                 },
        { "\"reasons\":[\"Default action: block\"]", "\"allowed\":true,",                      "\"reasons\":[\"Default action: block\"]"},
    };
    put_request(&body, row->request);
    for (int allows = 0; allows < 2; allows++) {
        AUTO(ais_buf_done) struct ais_buf document = { 0 };
        AUTO(ais_buf_done) struct ais_buf out = { 0 };
        ais_buf_format(&document,
                       "name: lab\nversion: 1.0.0\nrules:\n- id: r\n  title: T\n  action: %s\n  detection: %s\n",
                       allows ? "allow" : "block", row->detection);
        const char *const documents[] = { document.data };
        AUTO(ais_policy_unref)
        struct ais_policy *policy = lab_compile(documents, 1, allows ? AIS_ACTION_BLOCK : AIS_ACTION_ALLOW);
        lab_answer(engine, policy, body.data, (struct ais_question){ 0 }, &out);
        if (strstr(out.data, wanted[allows][row->want]) == NULL)
            fail_msg("%s", out.data);
    }
}

/* Over all elements the answer is certain, for the one that counts it is not. */
static void what_is_not_known_of_an_element_is_told(void **state)
{
    (void)state;
    enum { LONG = 9000 };
    static const char detection[] = "{s: {url.host: a.example, url.path|endswith: z}, condition: s}";
    AUTO(ais_buf_done) struct ais_buf document = { 0 };
    AUTO(ais_buf_done) struct ais_buf body = { 0 };
    AUTO(ais_buf_done) struct ais_buf out = { 0 };
    ais_buf_format(&document, "name: lab\nversion: 1.0.0\nrules: [{id: r, title: T, action: block, detection: %s}]",
                   detection);
    ais_buf_text(&body, "{\"tool_name\":\"t\",\"tool_args\":{\"u\":\"https://a.example/");
    for (int i = 0; i < LONG; i++)
        ais_buf_byte(&body, 'x');
    ais_buf_text(&body, " https://b.example/z\"}}");
    const char *const documents[] = { document.data };
    AUTO(ais_policy_unref) struct ais_policy *policy = lab_compile(documents, 1, AIS_ACTION_ALLOW);
    AUTO(ais_engine_destroy) struct ais_engine *engine = ais_engine_new();
    lab_answer(engine, policy, body.data, (struct ais_question){ 0 }, &out);
    if (strstr(out.data, "\"reasons\":[\"Not understood: url.path: a URL of more than 8 KiB\"]") == NULL)
        fail_msg("%s", out.data);
}

/* A request that is larger than a bound: what cannot be ruled out is asked about, whatever the literals say. */
static void check_large(const char *detection, const char *element, size_t count, const char *tail, const char *want)
{
    AUTO(ais_buf_done) struct ais_buf document = { 0 };
    AUTO(ais_buf_done) struct ais_buf body = { 0 };
    AUTO(ais_buf_done) struct ais_buf out = { 0 };
    ais_buf_format(&document, "name: lab\nversion: 1.0.0\nrules: [{id: r, title: T, action: block, detection: %s}]",
                   detection);
    ais_buf_text(&body, "{\"tool_name\":\"t\",\"tool_args\":{\"l\":[");
    for (size_t i = 0; i < count; i++)
        ais_buf_format(&body, "%s,", element);
    ais_buf_format(&body, "0],\"a\":\"%s\"}}", tail);
    const char *const documents[] = { document.data };
    AUTO(ais_policy_unref) struct ais_policy *policy = lab_compile(documents, 1, AIS_ACTION_ALLOW);
    AUTO(ais_engine_destroy) struct ais_engine *engine = ais_engine_new();
    lab_answer(engine, policy, body.data, (struct ais_question){ 0 }, &out);
    if (strstr(out.data, want) == NULL)
        fail_msg("%s", out.data);
}

static void too_many_values_are_unknown(void **state)
{
    (void)state;
    enum { MANY = 70000 };
    static const char everything[] = "{s: {tool_args.**|contains: needle}, condition: s}";
    static const char member[] = "{s: {tool_args.a|contains: needle}, condition: s}";
    check_large(everything, "1", 60000, "x", "\"allowed\":true");
    check_large(everything, "1", MANY, "x",
                "\"requires_approval\":true,\"reasons\":[\"Not understood: tool_args.**: more than 65536 values\"]");
    check_large(everything, "\"a needle\"", MANY, "x", "Blocked by r");
    check_large(member, "1", MANY, "x", "\"allowed\":true");
    check_large(member, "1", MANY, "the needle", "Blocked by r");
}

/* 64 patterns whose literals are there, so that each looks at 900 KB: more than 16 MiB together. */
static void too_much_work_is_unknown(void **state)
{
    (void)state;
    AUTO(ais_buf_done) struct ais_buf detection = { 0 };
    ais_buf_text(&detection, "{s: {tool_args.**|re: [");
    for (int i = 0; i < 64; i++)
        ais_buf_format(&detection, "%s'needle[^ ]{%d}'", i > 0 ? ", " : "", i + 1);
    ais_buf_text(&detection, "]}, condition: s}");
    static const char element[] = "\"a needle in hay\"";
    check_large(detection.data, element, 1000, "x", "\"allowed\":true");
    check_large(detection.data, element, 50000, "x",
                "\"reasons\":[\"Not understood: tool_args.**: more work than the bounds allow\"]");
    check_large(detection.data, element, 1000, "needlex", "Blocked by r");
}

/* Each search stays just within its bound, and 2000 of them would take a minute. */
static void long_searches_add_up(void **state)
{
    (void)state;
    static const char *const documents[] = { "name: lab\nversion: 1.0.0\nrules: [{id: r, title: T, action: block, "
                                             "detection: {s: {tool_args.a|re: '(x+x+)+\\1y'}, condition: s}}]" };
    AUTO(ais_policy_unref) struct ais_policy *policy = lab_compile(documents, 1, AIS_ACTION_ALLOW);
    AUTO(ais_engine_destroy) struct ais_engine *engine = ais_engine_new();
    AUTO(ais_buf_done) struct ais_buf body = { 0 };
    AUTO(ais_buf_done) struct ais_buf out = { 0 };
    ais_buf_text(&body, "{\"tool_name\":\"t\",\"tool_args\":{\"a\":[");
    for (int i = 0; i < 2000; i++) {
        ais_buf_text(&body, i > 0 ? ",\"" : "\"");
        for (int k = 0; k < 20; k++)
            ais_buf_text(&body, "xxxxxxxxxxxxxxz");
        ais_buf_text(&body, "zy\"");
    }
    ais_buf_text(&body, "]}}");
    int64_t begun_ns = ais_clock_mono();
    lab_answer(engine, policy, body.data, (struct ais_question){ 0 }, &out);
    assert_non_null(strstr(out.data, "\"requires_approval\":true"));
    assert_in_range(ais_clock_mono() - begun_ns, 0, 30 * AIS_NS_PER_S);
}

static const struct tools_row {
    const char *name, *tools, *tool;
    bool want;
} tools_rows[] = {
    {"a name",                      "bash",      "BASH",        true },
    { "another name",               "bash",      "bash2",       false},
    { "a glob",                     "'*_exec'",  "python_exec", true },
    { "a list",                     "[a, 'b?']", "bc",          true },
    { "every tool",                 "['*', x]",  "anything",    true },
    { "an escaped star",            "'a\\*'",    "a*",          true },
    { "an escaped star is no glob", "'a\\*'",    "ab",          false},
};

static void check_tools(void **state)
{
    const struct tools_row *row = *state;
    AUTO(ais_buf_done) struct ais_buf document = { 0 };
    AUTO(ais_buf_done) struct ais_buf body = { 0 };
    AUTO(ais_buf_done) struct ais_buf out = { 0 };
    ais_buf_format(&document, "name: lab\nversion: 1.0.0\nrules: [{id: r, title: T, action: block, tools: %s}]",
                   row->tools);
    ais_buf_format(&body, "{\"tool_name\":\"%s\"}", row->tool);
    const char *const documents[] = { document.data };
    AUTO(ais_policy_unref) struct ais_policy *policy = lab_compile(documents, 1, AIS_ACTION_ALLOW);
    AUTO(ais_engine_destroy) struct ais_engine *engine = ais_engine_new();
    lab_answer(engine, policy, body.data, (struct ais_question){ 0 }, &out);
    assert_int_equal(strstr(out.data, "\"allowed\":false") != NULL, row->want);
}

int main(void)
{
    struct CMUnitTest tests[N_ELEMS(rows)], tools[N_ELEMS(tools_rows)];
    const struct CMUnitTest others[] = {
        cmocka_unit_test(what_is_not_known_of_an_element_is_told),
        cmocka_unit_test(too_many_values_are_unknown),
        cmocka_unit_test(too_much_work_is_unknown),
        cmocka_unit_test(long_searches_add_up),
    };
    AIS_ROWS(tests, rows, check_row);
    AIS_ROWS(tools, tools_rows, check_tools);
    int failed = cmocka_run_group_tests_name("policy/detection", tests, NULL, NULL);
    failed += cmocka_run_group_tests_name("policy/detection bounds", others, NULL, NULL);
    return failed + cmocka_run_group_tests_name("policy/detection tools", tools, NULL, NULL);
}
