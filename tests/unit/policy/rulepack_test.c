/* What a rulepack may say: each row is a document and every fault in it, with line and column. */
#include "shared/policy/rulepack.h"
#include "tests/unit/test.h"

#include <stdio.h>
#include <string.h>

#define HEAD        "name: lab\nversion: 1.0.0\n"
#define RULE        HEAD "rules:\n- id: r\n  title: T\n  action: block\n"
#define DETECT(one) RULE "  detection:\n    s: {" one "}\n    condition: s\n"
#define CORRELATE   HEAD "rules: [" GOOD "]\ncorrelations:\n- {id: c, title: C, action: block, "
#define GOOD        "{id: r, title: T, action: block, tools: x}"

static const struct row {
    const char *name, *document, *want; /* "line:column message" a line; "" when it is good */
} rows[] = {
  /* the document */
    {"the least rulepack",                            HEAD "rules: [" GOOD "]",                                                                              ""                                                                    },
    { "JSON is fine",
     "{\"name\":\"lab\",\"version\":\"1.0.0\",\"description\":\"\\ud83d\\ude00\",\"rules\":[{\"id\":\"r\",\"title\":"
      "\"T\",\"action\":\"block\",\"tools\":\"x\"}]}",                                                                                                       ""                                                                    },
    { "nothing",                                      "",                                                                                                    "1:1 expected a document, found nothing\n"                            },
    { "no YAML",                                      "name: [",                                                                                             "*"                                                                   },
    { "a list",                                       "[]",                                                                                                  "1:1 a rulepack is a map with name, version and rules, not an array\n"},
    { "all that is missing is told",                  "description: d",
     "1:1 the rulepack has no rules\n1:1 the rulepack needs 'name'\n1:1 the rulepack needs 'version'\n"                                                                                                                            },
    { "an empty list of rules",                       HEAD "rules: []",                                                                                      "1:1 the rulepack has no rules\n"                                     },
    { "unknown keys, with what is near",              HEAD "rulez: 1\nrules: [" GOOD "]\nzebra: 2",
     "3:1 unknown key 'rulez': did you mean 'rules'?\n5:1 unknown key 'zebra'\n"                                                                                                                                                   },
    { "names are small",                              "name: Lab-1\nversion: 1.0.0\nrules: [" GOOD "]",
     "1:7 a name is a lower-case letter, then up to 63 lower-case letters, digits and '_'\n"                                                                                                                                       },
    { "versions are short",
     "name: lab\nversion: "
      "1.0.0-"
      "yyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyy"
      "yyyyyyyyyyy\nrules: [" GOOD "]",
     "2:10 a version has at most 128 characters\n"                                                                                                                                                                                 },
    { "versions are semantic",                        "name: lab\nversion: 1.0\nrules: [" GOOD "]",
     "2:10 a version is MAJOR.MINOR.PATCH (semver.org), such as 1.0.0, not '1.0'\n"                                                                                                                                                },
    { "a key that stands twice",                      HEAD "name: x\nrules: [" GOOD "]",                                                                     "*"                                                                   },
    { "rules are a list",                             HEAD "rules: {}",
     "1:1 the rulepack has no rules\n3:8 'rules' must be a list, not an object\n"                                                                                                                                                  },

 /* rules */
    { "a rule is a map",                              HEAD "rules: [x]",                                                                                     "3:9 a rule must be a map, not a string\n"                            },
    { "all that a rule needs",                        HEAD "rules: [{}]",
     "3:9 the rule needs 'id'\n3:9 the rule needs 'title'\n3:9 the rule needs a 'detection', or 'tools' ('*' for "
      "every "
      "tool)\n3:9 the rule needs an 'action', here or in the pack's defaults\n"                                                                                                                                                    },
    { "defaults give the action",
     HEAD "defaults: {action: block, severity: low, mode: monitor}\nrules: [{id: r, title: T, "
           "tools: x}]",                                                                                                                                     ""                                                                    },
    { "a rule's keys",                                RULE "  toolz: x\n  tools: x\n  severty: low",
     "7:3 unknown key 'toolz': did you mean 'tools'?\n9:3 unknown key 'severty': did you mean 'severity'?\n"                                                                                                                       },
    { "unless is for invariants",                     RULE "  tools: x\n  unless: valid_approval_token",                                                     "8:3 unknown key 'unless'\n"                                          },
    { "words",                                        HEAD "rules: [{id: r, title: T, tools: x, action: blok, severity: hgh, mode: loud}]",
     "3:45 'action' must be one of allow, require_approval, block, not 'blok': did you mean 'block'?\n"
      "3:61 'severity' must be one of informational, low, medium, high, critical, not 'hgh': did you mean 'high'?\n"
      "3:72 'mode' must be one of enforce, monitor, not 'loud'\n"                                                                                                                                                                  },
    { "level is severity",                            RULE "  tools: x\n  level: critical",                                                                  ""                                                                    },
    { "but not both",                                 RULE "  tools: x\n  level: critical\n  severity: low",
     "9:3 'severity' says the same as 'level': keep one of them\n"                                                                                                                                                                 },
    { "texts are strings",                            HEAD "rules: [{id: 7, title: '', tools: [x, 1], action: block, remediation: []}]",
     "3:14 'id' must be a string, not a number (quote it)\n3:24 'title' must not be empty\n3:39 must be a string, not "
      "a number "
      "(quote it)\n3:71 'remediation' must be a string, not an array\n"                                                                                                                                                            },
    { "ids are plain",                                HEAD "rules: [{id: 'a b', title: T, tools: x, action: block}]",
     "3:14 an id is up to 128 letters, digits, '_', '-', '.' and ':'\n"                                                                                                                                                            },
    { "ids are unique in a pack",
     HEAD "rules: [" GOOD ",\n " GOOD "]\ninvariants: [{id: r, title: T, tools: x, action: block}]",
     "4:2 the id 'r' is taken already, in line 3\n5:14 the id 'r' is taken already, in line 3\n"                                                                                                                                   },
    { "an empty list of tools",                       RULE "  tools: []",
     "7:10 a list of tools must not be empty: leave it out for every tool\n"                                                                                                                                                       },
    { "alternatives",                                 RULE "  tools: x\n  alternatives: [{tool_name: y, tool_arg: {}}, z, {tool_args: {}}]",
     "8:33 unknown key 'tool_arg': did you mean 'tool_args'?\n8:48 an alternative must be a map with tool_name, not a "
      "string\n8:51 an alternative needs a tool_name\n"                                                                                                                                                                            },
    { "tests",                                        RULE "  tools: x\n  tests: [{name: n, request: {tool_nam: x}, expect: deny}, {name: n}, 3]",
     "8:30 the request is none: /tool_nam unknown member: did you mean 'tool_name'?\n"
      "8:30 the request is none: /tool_name is missing: a string, the tool that is to be called\n"
      "8:53 'expect' must be one of none, allow, require_approval, block, not 'deny'\n"
      "8:60 a test needs name, request (a map) and expect\n"
      "8:71 a test must be a map with name, request and expect, not a number\n"                                                                                                                                                    },

 /* invariants */
    { "an invariant",                                 HEAD "invariants: [{id: i, title: T, tools: x, unless: valid_approval_token, action: block}]",
     ""                                                                                                                                                                                                                            },
    { "an invariant's exceptions",                    HEAD "invariants: [{id: i, title: T, tools: x, unless: tuesday, action: block}]",
     "3:50 'unless' must be valid_approval_token, not 'tuesday'\n"                                                                                                                                                                 },
    { "an invariant does not allow",                  HEAD "invariants: [{id: i, title: T, tools: x, action: allow}]",
     "3:14 an invariant must block or ask: its action cannot be 'allow'\n"                                                                                                                                                         },

 /* detections */
    { "a detection",                                  DETECT("tool_args.a|contains: x"),                                                                     ""                                                                    },
    { "a detection is a map",                         RULE "  detection: []",
     "7:14 'detection' must be a map of selections and a condition, not an array\n"                                                                                                                                                },
    { "an empty detection",                           RULE "  detection: {}",                                                                                "7:14 a detection needs a selection and a condition\n"                },
    { "a detection without a condition",              RULE "  detection: {s: {tool_name: x}}",
     "7:14 a detection needs a condition, such as '1 of them'\n"                                                                                                                                                                   },
    { "a misspelt condition",                         RULE "  detection:\n    s: {tool_name: x}\n    condtion: s",
     "9:5 a detection needs a condition, not 'condtion': did you mean 'condition'?\n"                                                                                                                                              },
    { "a selection that is called nearly so",         RULE "  detection: {conditions: {tool_name: x}, condition: conditions}",
     ""                                                                                                                                                                                                                            },
    { "a condition's fault has its column",           RULE "  detection:\n    s: {tool_name: x}\n    condition: s and not t",
     "9:26 no selection is named 't'\n"                                                                                                                                                                                            },
    { "a quoted condition has its line",              RULE "  detection:\n    s: {tool_name: x}\n    condition: 's and'",
     "9:16 a selection is missing at the end\n"                                                                                                                                                                                    },
    { "a list of conditions",                         RULE "  detection: {s: {tool_name: x}, condition: [s]}",
     "7:45 a condition must be a text, not an array\n"                                                                                                                                                                             },
    { "names of selections",                          RULE "  detection: {not: {tool_name: x}, 'a b': {tool_name: x}, condition: 1 of them}",
     "7:15 'not' cannot name a selection: letters, digits, '_' and '-', and no word of conditions\n"
      "7:36 'a b' cannot name a selection: letters, digits, '_' and '-', and no word of conditions\n"                                                                                                                              },
    { "an unknown fact",                              DETECT("tool_arg.a: x"),                                                                               "8:9 unknown fact 'tool_arg.a': did you mean 'tool_args'?\n"          },
    { "a fact that is nothing like one",              DETECT("zebra: x"),                                                                                    "8:9 unknown fact 'zebra'\n"                                          },
    { "a fact that needs a path",                     DETECT("tool_args: x"),
     "8:9 'tool_args' needs a path: one argument as 'tool_args.name', all of them as 'tool_args.**'\n"                                                                                                                             },
    { "a fact that has none",                         DETECT("tool_name.x: x"),                                                                              "8:9 'tool_name' takes no path\n"                                     },
    { "paths",
     DETECT("tool_args.a..b: x, tool_args.**.a: x, 'tool_args.a[0]': x, tool_args.a*: x, 'tool_args.a[]b': x"),
     "8:9 a part of the path is empty\n8:28 '**' can only be the last part of a path\n8:47 brackets in a path are "
      "empty ('[]' is any element)\n8:68 a path knows no wildcards but '**' as its last part\n8:85 after '[]' a path "
      "goes on with a dot\n"                                                                                                                                                                                                       },
    { "an unknown modifier",                          DETECT("tool_args.a|contain: x, tool_args.b|bas64: x"),
     "8:9 unknown modifier 'contain': did you mean 'contains'?\n8:33 unknown modifier 'bas64': did you mean "
      "'base64'?\n"                                                                                                                                                                                                                },
    { "a modifier without a name",                    DETECT("'tool_args.a|': x"),                                                                           "8:9 a modifier's name is missing beside '|'\n"                       },
    { "a fact and a modifier",                        DETECT("tool_arg.a|contain: x"),
     "8:9 unknown fact 'tool_arg.a': did you mean 'tool_args'?\n8:9 unknown modifier 'contain': did you mean "
      "'contains'?\n"                                                                                                                                                                                                              },
    { "values",                                       DETECT("tool_args.a: [], tool_args.b: {c: d}, tool_args.c: [[x]]"),
     "8:22 a list of values must not be empty\n8:39 a value must be a text, a number, true, false or null, not an "
      "object\n8:61 a value must be a text, a number, true, false or null, not an array\n"                                                                                                                                         },
    { "a pattern that is wrong, each time it stands", DETECT("tool_args.a|re: ['(', '(']"),                                                                  "*"                                                                   },
    { "empty selections",                             RULE "  detection: {a: {}, b: [], c: null, d: [{}], condition: 1 of them}",
     "7:18 a map of fields must not be empty\n7:25 a selection must not be empty\n7:32 a selection must not be "
      "empty\n7:42 a map of fields must not be empty\n"                                                                                                                                                                            },
    { "lists of maps and words",
     RULE "  detection: {a: [{tool_name: x}, word, 7], b: word, c: {'|all': [x, y]}, "
           "condition: 1 of them}",                                                                                                                          ""                                                                    },
 /* correlations */
    { "a correlation",
     CORRELATE "type: event_count, rules: r, group-by: [session.id], timespan: 10m, condition: {gte: 3}}",                                                   ""                                                                    },
    { "all that a correlation needs",                 HEAD "rules: [" GOOD "]\ncorrelations: [{}]",
     "4:16 the correlation needs 'id'\n4:16 the correlation needs 'rules'\n4:16 the correlation needs "
      "'timespan'\n4:16 the correlation needs 'title'\n4:16 the correlation needs 'type'\n4:16 the correlation needs "
      "an 'action', here or in the pack's defaults\n"                                                                                                                                                                              },
    { "its type",                                     CORRELATE "type: temporal_order, rules: r, timespan: 10m}",
     "5:42 'type' must be one of event_count, value_count, value_sum, value_avg, temporal, temporal_ordered, not "
      "'temporal_order': did you mean 'temporal_ordered'?\n"                                                                                                                                                                       },
    { "its rules",                                    CORRELATE "type: event_count, rules: [R, zebra, c, r, r], timespan: 10m, condition: {gte: 3}}",
     "5:63 no rule of this pack has the id 'R': did you mean 'r'?\n5:66 no rule of this pack has the id 'zebra'\n5:73 "
      "'c' is a correlation: one that counts another is not known to this version\n5:79 'r' is listed twice: a call "
      "counts once for each rule\n"                                                                                                                                                                                                },
    { "a list of no rules",                           CORRELATE "type: event_count, rules: [], timespan: 10m, condition: {gte: 3}}",
     "5:62 a correlation needs at least one rule\n"                                                                                                                                                                                },
    { "a temporal of one rule",                       CORRELATE "type: temporal, rules: [r], timespan: 10m}",
     "5:59 temporal needs at least two rules\n"                                                                                                                                                                                    },
    { "a temporal of more than there are",            CORRELATE "type: temporal, rules: [r], timespan: 10m, condition: {gte: 2}}",
     "5:3 the condition asks for more rules than the correlation has\n5:59 temporal needs at least two rules\n"                                                                                                                    },
    { "timespans",
     CORRELATE "type: event_count, rules: r, timespan: 10, condition: {gte: 3}}\n- {id: d, title: C, action: block, "
                "type: event_count, rules: r, timespan: 1.5h, condition: {gte: 3}}\n- {id: e, title: C, action: block, "
                "type: event_count, rules: r, timespan: 0s, condition: {gte: 3}}\n- {id: f, title: C, action: block, "
                "type: event_count, rules: r, timespan: 32d, condition: {gte: 3}}\n- {id: g, title: C, action: block, "
                "type: event_count, rules: r, timespan: 99999999999999999999s, condition: {gte: 3}}",                                                        "5:75 a timespan is a number from 1 up and one of s, m, h, d, such as 10m, not '10'\n6:75 a timespan is a number "
      "from 1 up and one of s, m, h, d, such as 10m, not '1.5h'\n7:75 a timespan is a number from 1 up and one of s, "
      "m, h, d, such as 10m, not '0s'\n8:75 a timespan is at most 31d\n9:75 a timespan is at most 31d\n"                      },
    { "groups",                                       CORRELATE "type: event_count, rules: r, group-by: [caller.user], timespan: 10m, condition: {gte: 3}}",
     "5:75 correlations group by [session.id], which without a session stands for caller.key, and by nothing else\n"                                                                                                               },
    { "a missing condition",                          CORRELATE "type: event_count, rules: r, timespan: 10m}",
     "5:3 event_count needs a 'condition', such as {gte: 3}\n"                                                                                                                                                                     },
    { "conditions",
     CORRELATE "type: event_count, rules: r, timespan: 10m, condition: {gtt: 3, gte: x, lt: 1.5, eq: 1001, lte: -1}}",
     "5:92 unknown key 'gtt': did you mean 'gt'?\n5:105 'gte' must be a number, not a string\n5:112 'lt' must be a "
      "whole number from 0 to 1000, not 1.5\n5:121 'eq' must be a whole number from 0 to 1000, not 1001\n5:132 'lte' "
      "must be a whole number from 0 to 1000, not -1\n"                                                                                                                                                                            },
    { "an empty condition",                           CORRELATE "type: event_count, rules: r, timespan: 10m, condition: {}}",
     "5:91 a condition needs one of gt, gte, lt, lte, eq\n"                                                                                                                                                                        },
    { "a field where none is looked at",
     CORRELATE "type: event_count, rules: r, timespan: 10m, condition: {gte: 3, field: tool_name}}",
     "5:100 event_count looks at no field\n"                                                                                                                                                                                       },
    { "no field where one is",                        CORRELATE "type: value_sum, rules: r, timespan: 10m, condition: {gte: 3}}",
     "5:89 the condition of value_sum needs a 'field', such as tool_args.amount\n"                                                                                                                                                 },
    { "a field that is none",
     CORRELATE "type: value_count, rules: r, timespan: 10m, condition: {gte: 3, field: tool_nam}}",
     "5:107 unknown fact 'tool_nam': did you mean 'tool_name'?\n"                                                                                                                                                                  },
    { "a sum may be any number",
     CORRELATE "type: value_sum, rules: r, timespan: 10m, condition: {gt: -1.5e3, field: tool_args.v}}",                                                     ""                                                                    },
    { "within limits",                                CORRELATE "type: value_sum, rules: r, timespan: 10m, condition: {gt: 1e30, field: tool_args.v}}",
     "5:94 'gt' is out of range\n"                                                                                                                                                                                                 },
    { "keys of correlations of a later version",
     CORRELATE
      "type: event_count, rules: r, timespan: 10m, condition: {gte: 3}, aliases: {}, generate: true, tools: x}",                                             "5:101 'aliases' is not known to this version\n5:114 'generate' is not known to this version\n5:130 unknown key "
      "'tools'\n"                                                                                                  },
    { "what came before a test",
     RULE "  tools: x\n  tests: [{name: n, before: [{tool_name: x}, {}, 3], request: {tool_name: x}, expect: block}]",
     "8:46 the request is none: /tool_name is missing: a string, the tool that is to be called\n8:50 the request is "
      "none: must be an object, not a number\n"                                                                                                                                                                                    },
    { "a correlation is a map",                       HEAD "rules: [" GOOD "]\ncorrelations: [x]",
     "4:16 a correlation must be a map, not a string\n"                                                                                                                                                                            },
    { "its id is its own",
     HEAD "rules: [" GOOD "]\ncorrelations: [{id: r, title: C, action: block, type: event_count, rules: r, timespan: "
           "10m, condition: {gte: 3}}]",                                                                                                                     "4:16 the id 'r' is taken already, in line 3\n"                       },
};

/* Rows of different lengths, which clang-format would align into confusion as plain braces. */
#define ROW(...)    \
    {               \
        __VA_ARGS__ \
    }

/* Modifiers with lists, filters and `unless`. */
static const struct row more_rows[] = {
    ROW("a fieldref to nothing", DETECT("tool_args.a|fieldref: tool_arg.b, tool_args.c|fieldref: 3"),
        "8:31 unknown fact 'tool_arg.b': did you mean 'tool_args'?\n8:65 fieldref takes the name of one fact, such as "
        "tool_args.path\n"),
    ROW("what is compared with a measure", DETECT("tool_args.a|len: x, tool_args.b|hour: 24"),
        "8:26 len makes a number and is compared with one, not with a string\n8:47 hour is a number from 0 to 23, "
        "never 24\n"),
    ROW("lists are lists of values", HEAD "lists: {a: x, b: [], 'c d': [1], e: [[1], null]}\nrules: [" GOOD "]",
        "3:12 'a' must be a list of values that is not empty\n3:18 'b' must be a list of values that is not empty\n"
        "3:22 a list's name is up to 64 letters, digits, '_' and '-'\n3:38 a list holds texts, numbers, true and "
        "false, not an array\n"
        "3:43 a list holds texts, numbers, true and false, not null\n"),
    ROW("a list that is not there",
        HEAD "lists: {words: [x]}\nrules: [{id: r, title: T, action: block, detection: {s: {tool_name|expand: "
             "['%word%', 'a %zebra% b']}, condition: s}}]",
        "4:77 the pack has no list 'word': did you mean 'words'?\n4:87 the pack has no list 'zebra': name it under "
        "'lists'\n"),
    ROW("a value of a list that an operator does not take",
        HEAD "lists: {nets: [10.0.0.0/8, ten]}\nrules: [{id: r, title: T, action: block, detection: {s: "
             "{url.ip|cidr|expand: '%nets%'}, condition: s}}]",
        "4:78 'ten' is no network, as in 10.0.0.0/8 or fc00::/7, with nothing set beyond\n"),
    ROW("filters alone", HEAD "filters: [{id: f, title: F, description: D, rules: [r], selection: {caller.user: ann}}]",
        ""),
    ROW("filters are maps", HEAD "filters: [x, {}]",
        "3:11 a filter must be a map, not a string\n3:14 the filter needs 'id'\n3:14 the filter needs 'rules'\n3:14 "
        "the filter needs a 'selection', or a 'detection'\n"),
    ROW("a filter's keys",
        HEAD "filters: [{id: f, rule: [r], rules: [], selection: {caller.user: ann}, detection: {s: {tool_name: x}, "
             "condition: s}}]",
        "3:19 unknown key 'rule': did you mean 'rules'?\n3:37 'rules' must name at least one rule\n3:72 'detection' "
        "says the same as 'selection': keep one of them\n"),
    ROW("a filter's id is a rule's",
        HEAD "rules: [" GOOD "]\nfilters: [{id: r, rules: [r], selection: {caller.user: ann}}]",
        "4:11 the id 'r' is taken already, in line 3\n"),
    ROW("unless",
        HEAD "invariants: [{id: i, title: T, tools: x, action: block, unless: valid_approval_tokn},\n {id: j, title: "
             "T, tools: x, action: block, unless: [x]}]",
        "3:65 'unless' must be valid_approval_token, not 'valid_approval_tokn': did you mean 'valid_approval_token'?\n"
        "4:53 'unless' must be valid_approval_token, or a map of a selection or a detection, not an array\n"),
};

static void check_row(void **state)
{
    const struct row *row = *state;
    AUTO(ais_arena_destroy) struct ais_arena *arena = ais_arena_new(0);
    const struct ais_rulepack *pack = NULL;
    struct ais_diagnostics diagnostics = { 0 };
    struct ais_why why = { 0 };
    char got[4096] = "";
    enum ais_err err =
        ais_rulepack_read(arena, "f.yaml", row->document, strlen(row->document), &pack, &diagnostics, &why);
    for (size_t i = 0; i < diagnostics.count; i++) {
        const struct ais_diagnostic *fault = &diagnostics.items[i];
        size_t used = strlen(got);
        snprintf(got + used, sizeof got - used, "%u:%u %s\n", (unsigned)fault->line, (unsigned)fault->column,
                 fault->message);
        assert_string_equal(fault->file, "f.yaml");
    }
    ais_diagnostics_done(&diagnostics);
    if (strcmp(row->want, "*") != 0)
        assert_string_equal(got, row->want);
    assert_int_equal(err, row->want[0] == '\0' ? AIS_OK : AIS_E_RULE);
    assert_int_equal(pack != NULL, err == AIS_OK);
    if (err != AIS_OK)
        assert_non_null(strstr(why.text, "f.yaml:"));
}

static void what_was_read(void **state)
{
    (void)state;
    static const char document[] =
        "name: lab\nversion: 1.2.3-rc.1\ndescription: D\ndefaults: {level: low, action: block, mode: monitor}\n"
        "rules:\n"
        "- {id: a, title: A, tools: x, tags: [t1, t2], references: 'https://example.com', description: about a,\n"
        "   alternatives: [{context: c, tool_args: {z: 1.50, a: [true]}, tool_name: n}, {tool_name: m}]}\n"
        "- {id: b, title: B, tools: x, severity: critical, mode: enforce, action: allow, remediation: do,\n"
        "   tests: [{name: n, request: {tool_name: x}, expect: allow}]}\n"
        "invariants: [{id: c, title: C, tools: x, unless: valid_approval_token}]\n";
    AUTO(ais_arena_destroy) struct ais_arena *arena = ais_arena_new(0);
    const struct ais_rulepack *pack;
    struct ais_diagnostics diagnostics = { 0 };
    assert_int_equal(ais_rulepack_read(arena, "", document, strlen(document), &pack, &diagnostics, NULL), AIS_OK);
    assert_string_equal(pack->name, "lab");
    assert_string_equal(pack->version, "1.2.3-rc.1");
    assert_string_equal(pack->description, "D");
    assert_int_equal(pack->count, 3);
    assert_int_equal(pack->rule_count, 2);
    assert_int_equal(pack->invariant_count, 1);
    const struct ais_rule *a = &pack->rules[0], *b = &pack->rules[1], *c = &pack->rules[2];
    assert_int_equal(a->severity, AIS_SEVERITY_LOW);
    assert_int_equal(a->action, AIS_ACTION_BLOCK);
    assert_int_equal(a->mode, AIS_MODE_MONITOR);
    assert_int_equal(a->line, 6);
    assert_int_equal(a->column, 3);
    assert_int_equal(a->tag_count, 2);
    assert_string_equal(a->tags[1], "t2");
    assert_int_equal(a->reference_count, 1);
    assert_string_equal(a->description, "about a");
    assert_int_equal(a->alternative_count, 2);
    assert_string_equal(a->alternatives[0], "{\"tool_name\":\"n\",\"tool_args\":{\"a\":[true],\"z\":1.50},"
                                            "\"context\":\"c\"}");
    assert_string_equal(a->alternatives[1], "{\"tool_name\":\"m\"}");
    assert_int_equal(b->severity, AIS_SEVERITY_CRITICAL);
    assert_int_equal(b->action, AIS_ACTION_ALLOW);
    assert_string_equal(b->remediation, "do");
    assert_int_equal(b->test_count, 1);
    assert_int_equal(b->tests[0].expect, AIS_ACTION_ALLOW);
    assert_int_equal(c->kind, AIS_INVARIANT);
    assert_true(c->unless_token);
    ais_diagnostics_done(&diagnostics);
}

static void too_many_faults_are_counted(void **state)
{
    (void)state;
    enum { MORE = 5 };
    AUTO(ais_arena_destroy) struct ais_arena *arena = ais_arena_new(0);
    static char document[64 * (AIS_DIAGNOSTICS_MAX + MORE)];
    const struct ais_rulepack *pack;
    struct ais_diagnostics diagnostics = { 0 };
    size_t used = (size_t)snprintf(document, sizeof document, HEAD "rules:\n- " GOOD "\n");
    for (int i = 0; i < AIS_DIAGNOSTICS_MAX + MORE; i++)
        used += (size_t)snprintf(document + used, sizeof document - used, "zebra%d: 1\n", i);
    assert_int_equal(ais_rulepack_read(arena, "", document, used, &pack, &diagnostics, NULL), AIS_E_RULE);
    assert_int_equal(diagnostics.count, AIS_DIAGNOSTICS_MAX);
    assert_int_equal(diagnostics.dropped, MORE);
    ais_diagnostics_done(&diagnostics);
}

static void memory_may_end_anywhere(void **state)
{
    (void)state;
    static const char document[] =
        DETECT("tool_args.a|contains|all: [x, y], tool_name: [a, b]") "  alternatives: [{tool_name: n}]\n  tests: "
                                                                      "[{name: n, request: {tool_name: x}, expect: "
                                                                      "none}]\n  tools: [a]\n";
    enum ais_err err = AIS_E_NOMEM;
    for (size_t limit = 512; err == AIS_E_NOMEM; limit += 256) {
        AUTO(ais_arena_destroy) struct ais_arena *arena = ais_arena_new(limit);
        const struct ais_rulepack *pack;
        struct ais_diagnostics diagnostics = { 0 };
        err = ais_rulepack_read(arena, "", document, strlen(document), &pack, &diagnostics, NULL);
        assert_int_equal(diagnostics.count, 0);
        ais_diagnostics_done(&diagnostics);
    }
    assert_int_equal(err, AIS_OK);
}

static const struct version_row {
    const char *name, *older, *newer; /* both NULL-able: an invalid one stands in older alone */
} version_rows[] = {
    {"patch",                           "1.0.0",                    "1.0.1"                    },
    { "numbers, not digits",            "1.9.0",                    "1.10.0"                   },
    { "long numbers",                   "1.0.99999999999999999999", "1.0.100000000000000000000"},
    { "a release after its candidates", "1.0.0-rc.1",               "1.0.0"                    },
    { "semver's own row, 1",            "1.0.0-alpha",              "1.0.0-alpha.1"            },
    { "semver's own row, 2",            "1.0.0-alpha.1",            "1.0.0-alpha.beta"         },
    { "semver's own row, 3",            "1.0.0-beta.2",             "1.0.0-beta.11"            },
    { "semver's own row, 4",            "1.0.0-beta.11",            "1.0.0-rc.1"               },
    { "two parts",                      "1.0",                      NULL                       },
    { "four parts",                     "1.0.0.0",                  NULL                       },
    { "a leading zero",                 "1.01.0",                   NULL                       },
    { "a leading zero in a candidate",  "1.0.0-01",                 NULL                       },
    { "an empty candidate",             "1.0.0-",                   NULL                       },
    { "a letter before",                "v1.0.0",                   NULL                       },
    { "an empty build",                 "1.0.0+",                   NULL                       },
    { "empty",                          "",                         NULL                       },
};

static void check_version(void **state)
{
    const struct version_row *row = *state;
    assert_int_equal(ais_version_valid(row->older), row->newer != NULL);
    if (row->newer == NULL)
        return;
    assert_true(ais_version_compare(row->older, row->newer) < 0);
    assert_true(ais_version_compare(row->newer, row->older) > 0);
    assert_int_equal(ais_version_compare(row->older, row->older), 0);
}

static void builds_do_not_order(void **state)
{
    (void)state;
    assert_true(ais_version_valid("1.0.0+001.a-b"));
    assert_int_equal(ais_version_compare("1.0.0+a", "1.0.0+b"), 0);
    assert_int_equal(ais_version_compare("1.0.0-rc.1+a", "1.0.0-rc.1"), 0);
    assert_true(ais_version_compare("1.0.0-rc+a", "1.0.0+a-b") < 0);
}

int main(void)
{
    struct CMUnitTest tests[N_ELEMS(rows)], more[N_ELEMS(more_rows)], versions[N_ELEMS(version_rows)];
    const struct CMUnitTest others[] = {
        cmocka_unit_test(what_was_read),
        cmocka_unit_test(too_many_faults_are_counted),
        cmocka_unit_test(memory_may_end_anywhere),
        cmocka_unit_test(builds_do_not_order),
    };
    AIS_ROWS(tests, rows, check_row);
    AIS_ROWS(more, more_rows, check_row);
    AIS_ROWS(versions, version_rows, check_version);
    int failed = cmocka_run_group_tests_name("policy/rulepack", tests, NULL, NULL);
    failed += cmocka_run_group_tests_name("policy/rulepack language", more, NULL, NULL);
    failed += cmocka_run_group_tests_name("policy/rulepack versions", versions, NULL, NULL);
    return failed + cmocka_run_group_tests_name("policy/rulepack more", others, NULL, NULL);
}
