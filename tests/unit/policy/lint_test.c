/* Warnings: what is told, and what is not. A row is rules of a pack; expected is a part of one warning, or none. */
#include "shared/mem/buf.h"
#include "shared/policy/policy.h"
#include "tests/unit/test.h"

#include <stdio.h>
#include <string.h>

/* So that a row only says what it is about. */
#define TESTS   ", tests: [{name: t, request: {tool_name: x}, expect: block}]"
#define RULE(i) "- {id: " i ", title: t, action: block" TESTS ", "
#define SEE(d)  "detection: {" d "}}\n"

#define COUNT(i, type, span, condition)                                                           \
    "- {id: " i ", title: t, action: block" TESTS ", type: " type ", rules: [a], timespan: " span \
    ", condition: {" condition "}}\n"
#define CALLS(type, span, condition)                     \
    "- {id: a, title: t, action: require_approval" TESTS \
    ", " SEE("s: {tool_args.x: b}, condition: s") "correlations:\n" COUNT("b", type, span, condition)
#define MORE(type, span, condition) COUNT("c", type, span, condition)

/* clang-format off */
static const struct row {
    const char *name, *rules, *warning; /* NULL: no warning at all */
} rows[] = {
    { "a plain rule", RULE("a") SEE("s: {tool_args.x|contains: b}, condition: s"), NULL },

    { "a selection and not the same", RULE("a") SEE("s: {tool_args.x: b}, condition: s and not s"), "'a' never matches" },
    { "and not what it implies", RULE("a") SEE("s: {tool_args.x: 'a-b-c'}, t: {tool_args.x|contains: 'B-'}, condition: s and not t"),
      "'a' never matches: its detection contradicts itself" },
    { "not what two parts imply together",
      RULE("a") SEE("s: {tool_args.x: b}, t: {tool_args.y: c}, u: {tool_args.x: b, tool_args.y: c}, condition: s and t and not u"),
      "'a' never matches" },
    { "a filter that leaves something", RULE("a") SEE("s: {tool_args.x|contains: b}, t: {tool_args.x: 'a-b'}, condition: s and not t"), NULL },
    { "two names of one tool", RULE("a") "tools: [x], " SEE("s: {tool_name: y}, condition: s"),
      "'a' never matches: nothing that 'tool_name' may be both equals 'x' and equals 'y'" },
    { "one of two names of one tool", RULE("a") "tools: [x, y], " SEE("s: {tool_name: y}, condition: s"), NULL },
    { "a tool's glob and another name", RULE("a") "tools: ['*_exec'], " SEE("s: {tool_name: y}, condition: s"), "'a' never matches" },
    { "a tool's glob and a name of it", RULE("a") "tools: ['*_exec'], " SEE("s: {tool_name: Z_EXEC}, condition: s"), NULL },
    { "begins that differ", RULE("a") SEE("s: {tool_name|startswith: ab}, t: {tool_name|startswith: ax}, condition: s and t"), "never" },
    { "begins of which one goes on", RULE("a") SEE("s: {tool_name|startswith: ab}, t: {tool_name|startswith: abx}, condition: all of them"), NULL },
    { "ends that differ", RULE("a") SEE("s: {tool_name|endswith: ab}, t: {tool_name: '*xb'}, condition: s and t"), "never" },
    { "letters that fold", RULE("a") SEE("s: {tool_name|startswith: '\xc3\x89'}, t: {tool_name|startswith: '\xc3\xa9'}, condition: s and t"), NULL },
    { "names with case", RULE("a") SEE("s: {tool_name|cased: ab}, t: {tool_name|cased: AB}, condition: s and t"), "never" },
    { "names with and without case", RULE("a") SEE("s: {tool_name|cased: AB}, t: {tool_name: ab}, condition: s and t"), NULL },
    { "all of distinct values of an argument", RULE("a") SEE("s: {tool_args.x|all: [b, c]}, condition: s"), "never matches, unless it is given a list" },
    { "all of distinct values of any element", RULE("a") SEE("s: {'tool_args.x[]|all': [b, c]}, condition: s"), NULL },
    { "all of distinct values below", RULE("a") SEE("s: {tool_args.**|all: [b, c]}, condition: s"), NULL },
    { "all of distinct parts", RULE("a") SEE("s: {tool_args.x|contains|all: [b, c]}, condition: s"), NULL },
    { "two names of one command", RULE("a") SEE("s: {shell.name|all: [rm, ls], shell.flags: f}, condition: s"), "'rm' and equals 'ls'" },
    { "two names of two commands", RULE("a") SEE("s: {shell.name: rm}, t: {shell.name: ls}, condition: s and t"), NULL },
    { "ranges that exclude each other", RULE("a") SEE("s: {request.size|lt: 10}, t: {request.size|gte: 10.0}, condition: s and t"), "gte '10.0'" },
    { "ranges that meet", RULE("a") SEE("s: {request.size|lte: 10}, t: {request.size|gte: 1e1}, condition: s and t"), NULL },
    { "a number out of a range", RULE("a") SEE("s: {request.size: 5}, t: {request.size|gt: 5}, condition: s and t"), "never" },
    { "a value and none", RULE("a") SEE("s: {tool_args.x|exists: false}, t: {tool_args.x: b}, condition: s and t"), "never" },
    { "none, or a value", RULE("a") SEE("s: {tool_args.x|exists: false}, t: {tool_args.x: b}, condition: s or t"), NULL },
    { "every branch contradicts", RULE("a") SEE("s: {tool_name: b}, t: {tool_name: [c, d]}, condition: s and t"), "never" },
    { "one branch does not", RULE("a") SEE("s: {tool_name: b}, t: {tool_name: [c, B]}, condition: s and t"), NULL },
    { "two of three, of which two cannot", RULE("a") SEE("s1: {tool_name: b}, s2: {tool_name: c}, s3: {tool_args.x: d}, condition: 2 of s* and not s1 and not s2"), "never" },

    { "every tool", RULE("a") "tools: '*'}\n", "'a' matches every request" },
    { "a name of stars", RULE("a") SEE("s: {tool_name: '**'}, condition: s"), "'a' matches every request" },
    { "something or not", RULE("a") SEE("s: {tool_args.x: b}, condition: s or not s"), "'a' matches every request" },
    { "an argument that is there", RULE("a") SEE("s: {tool_args.x|exists: true}, condition: s"), NULL },
    { "not nothing", RULE("a") SEE("s: {tool_args.x: b}, condition: not (s and not s)"), "'a' matches every request" },

    { "the same twice", RULE("a") SEE("s: {tool_args.x: b}, condition: s") RULE("b") SEE("t: {tool_args.x: B}, condition: t"), "'b' decides nothing" },
    { "the very same twice", RULE("a") SEE("s: {tool_args.x: b}, condition: s") RULE("b") SEE("t: {tool_args.x: b}, condition: t"),
      "'b' decides nothing: wherever it matches, 'a' (block" },
    { "a part of a list", RULE("a") SEE("s: {tool_args.x: [b, d]}, condition: s") RULE("b") SEE("s: {tool_args.x: [b, c, d]}, condition: s"), "'a' decides nothing" },
    { "more to ask", RULE("a") SEE("s: {tool_args.x: b}, condition: s") RULE("b") SEE("s: {tool_args.x: b, tool_args.y: c}, condition: s"), "'b' decides nothing" },
    { "a part of a text", RULE("a") SEE("s: {tool_args.x|contains: b}, condition: s") RULE("b") SEE("s: {tool_args.x|endswith: 'a?ab'}, condition: s"), "'b' decides nothing" },
    { "texts across a wildcard", RULE("a") SEE("s: {tool_args.x|contains: ab}, condition: s") RULE("b") SEE("s: {tool_args.x: 'a*b'}, condition: s"), NULL },
    { "case where it counts", RULE("a") SEE("s: {tool_args.x|cased: b}, condition: s") RULE("b") SEE("s: {tool_args.x: b, tool_args.y: c}, condition: s"), NULL },
    { "a narrower range", RULE("a") SEE("s: {tool_args.x|gt: 5}, condition: s") RULE("b") SEE("s: {tool_args.x|gte: 6}, condition: s"), "'b' decides nothing" },
    { "a wider range", RULE("a") SEE("s: {tool_args.x|gt: 5}, condition: s") RULE("b") SEE("s: {tool_args.x|gte: 5, tool_args.y: c}, condition: s"), NULL },
    { "a filter less", RULE("a") SEE("s: {tool_args.x: b}, condition: s") RULE("b") SEE("s: {tool_args.x: b}, f: {tool_args.y: c}, condition: s and not f"), "'b' decides nothing" },
    { "a wider filter", RULE("a") SEE("s: {tool_args.x: b}, f: {tool_args.y|contains: c}, condition: s and not f")
                        RULE("b") SEE("s: {tool_args.x: b}, f: {tool_args.y: c}, condition: s and not f"), "'a' decides nothing" },
    { "three of a list, against two", RULE("a") SEE("s1: {tool_args.x: b}, s2: {tool_args.y: b}, s3: {tool_args.z: b}, condition: 2 of s*")
                                      RULE("b") SEE("s1: {tool_args.x: b}, s2: {tool_args.y: b}, s3: {tool_args.z: b}, condition: all of s*"), "'b' decides nothing" },
    { "one command's name and flag, against the name", RULE("a") SEE("s: {shell.name: rm}, condition: s") RULE("b") SEE("s: {shell.name: rm, shell.flags: f}, condition: s"), "'b' decides nothing" },
    { "name and flag of two commands", RULE("a") SEE("s: {shell.name: rm, shell.flags: f}, condition: s") RULE("b") SEE("s: {shell.name: rm}, t: {shell.flags: f}, condition: s and t"), "'a' decides nothing" },
    { "no flag of one command, against no flag at all", RULE("a") SEE("s: {shell.flags|exists: false}, condition: s") RULE("b") SEE("s: {shell.name: rm, shell.flags|exists: false}, condition: s"), NULL },
    { "a weaker action below", "- {id: a, title: t, action: require_approval" TESTS ", " SEE("s: {tool_args.x: b}, condition: s") RULE("b") SEE("s: {tool_args.x: [b, c]}, condition: s"), "'a' decides nothing" },
    { "a stronger action below", RULE("a") SEE("s: {tool_args.x: b}, condition: s") "- {id: b, title: t, action: require_approval" TESTS ", " SEE("s: {tool_args.x: [b, c]}, condition: s"), NULL },
    { "a monitored rule above", RULE("a") SEE("s: {tool_args.x: b}, condition: s") "- {id: b, title: t, action: block, mode: monitor" TESTS ", " SEE("s: {tool_args.x: [b, c]}, condition: s"), NULL },

    { "one that a filter is about", RULE("a") SEE("s: {tool_args.x: b}, condition: s") RULE("b") SEE("s: {tool_args.x: [b, c]}, condition: s")
      "filters: [{id: f, rules: [b], selection: {caller.agent: ci}}]\n", NULL },
    { "any dash, against one", RULE("a") SEE("s: {tool_args.x|contains|windash: '-b'}, condition: s") RULE("b") SEE("s: {tool_args.x|contains: '-b'}, condition: s"), NULL },
    { "encoded, against plain", RULE("a") SEE("s: {tool_args.x|base64|contains: b}, condition: s") RULE("b") SEE("s: {tool_args.x|contains: b}, condition: s"), NULL },
    { "another value", RULE("a") SEE("s: {tool_args.x|neq: b}, condition: s") RULE("b") SEE("s: {tool_args.x: b}, condition: s"), NULL },
    { "a value and another one", RULE("a") SEE("s: {tool_args.x|neq: b}, t: {tool_args.x: b}, condition: s and t"), NULL },
    { "two values that differ from one", RULE("a") SEE("s: {tool_name|neq: [b, c]}, t: {tool_name|neq: b}, condition: s and t"), NULL },
    { "lengths that are no texts", RULE("a") SEE("s: {tool_name|len: 3}, t: {tool_name: abcd}, condition: s and t"), NULL },
    { "another field's value", RULE("a") SEE("s: {tool_args.x|fieldref: tool_args.y}, t: {tool_args.x: b}, condition: s and t"), NULL },

    { "a selection that is not asked for", RULE("a") SEE("s: {tool_args.x: b}, t: {tool_args.x: c}, condition: s"), "the condition does not ask for 't'" },
    { "selections by pattern", RULE("a") SEE("s_1: {tool_args.x: b}, s_2: {tool_args.x: c}, condition: 1 of s_*"), NULL },
    { "a repeated value", RULE("a") SEE("s: {tool_args.x: [b, c, b]}, condition: s"), "'b' stands in this list already" },
    { "an hour that no day has", RULE("a") SEE("s: {time.hour: 25}, condition: s"), "'time.hour' is a number from 0 to 23: it never equals '25'" },
    { "one of a list", RULE("a") SEE("s: {time.hour: [9, 24]}, condition: s"), "it never equals '24'" },
    { "an hour as a text", RULE("a") SEE("s: {time.hour: '09'}, condition: s"), "'time.hour' is a number from 0 to 23: it never equals '09'; write it as 9" },
    { "an hour as a number with a zero", RULE("a") SEE("s: {time.hour: '9'}, condition: s"), NULL },
    { "an hour with wildcards", RULE("a") SEE("s: {time.hour: '1*'}, condition: s"), NULL },
    { "a fraction of an hour", RULE("a") SEE("s: {time.hour: 9.5}, condition: s"), "it never equals '9.5'" },
    { "a time of day", RULE("a") SEE("s: {time.hour: '09:00'}, condition: s"), "it never equals '09:00'" },
    { "a minute that no hour has", RULE("a") SEE("s: {time.minute|gte: 61}, condition: s"), "'time.minute' is a number from 0 to 59: it is never gte '61'" },
    { "a minute behind the last", RULE("a") SEE("s: {time.minute|gt: 59}, condition: s"), "it is never gt '59'" },
    { "every minute", RULE("a") SEE("s: {time.minute|gte: 0}, condition: s"), "'time.minute' is a number from 0 to 59: it is always gte '0'" },
    { "every month", RULE("a") SEE("s: {time.month|lt: 13}, condition: s"), "it is always lt '13'" },
    { "a month before the first", RULE("a") SEE("s: {time.month|lt: 1}, condition: s"), "it is never lt '1'" },
    { "some minutes", RULE("a") SEE("s: {time.minute|gte: 59}, condition: s"), NULL },
    { "any hour but one that there is not", RULE("a") SEE("s: {time.hour|neq: 24}, condition: s"), "it never equals '24'" },
    { "a day of the month", RULE("a") SEE("s: {time.day: 31}, condition: s"), NULL },
    { "a part of a number", RULE("a") SEE("s: {time.year|contains: 20}, condition: s"), NULL },
    { "nothing that a text has", RULE("a") SEE("s: {tool_args.x|contains: ''}, condition: s"), "'' stands in every text: exists: true says that there is a value" },
    { "nothing at its begin", RULE("a") SEE("s: {tool_args.x|startswith: ''}, condition: s"), "'' stands in every text" },
    { "nothing at its end, among others", RULE("a") SEE("s: {tool_args.x|endswith: [b, '']}, condition: s"), "'' stands in every text" },
    { "an empty pattern", RULE("a") SEE("s: {tool_args.x|re: ''}, condition: s"), "'' stands in every text" },
    { "nothing anywhere", RULE("a") SEE("s: ['', b], condition: s"), "'' stands in every text" },
    { "a pattern without a text", RULE("a") SEE("s: {tool_args.x|re: '[0-9]{9}'}, condition: s"),
      "'a' is looked at in every decision: no text is known that every match of '[0-9]{9}' contains: write one into it, or ask beside it" },
    { "a pattern without a text, and one beside it", RULE("a") SEE("s: {tool_args.x|re: '[0-9]{9}'}, t: {tool_args.y|contains: b}, condition: all of them"), NULL },
    { "a pattern without a text, of a tool", RULE("a") "tools: [y], " SEE("s: {tool_args.x|re: '[0-9]{9}'}, condition: s"), NULL },
    { "a text that is written into it", RULE("a") SEE("s: {tool_args.x|re: 'n:[0-9]{9}'}, condition: s"), NULL },
    { "a pattern without a text, of one command", RULE("a") SEE("s: {shell.name: rm, shell.args|re: '^.$'}, condition: s"), NULL },
    { "a pattern without a text, or another condition", RULE("a") SEE("s: {tool_args.x|re: '[0-9]{9}'}, t: {tool_args.y|contains: b}, condition: s or t"), "'[0-9]{9}'" },
    { "one of a list without a text", RULE("a") SEE("s: {tool_args.x|re: [ab, '[0-9]{9}', cd]}, condition: s"), "'[0-9]{9}'" },
    { "two of three, of which two have texts", RULE("a") SEE("s1: {tool_args.x|re: '.+'}, s2: {tool_args.y: b}, s3: {tool_args.z: c}, condition: 2 of s*"), NULL },
    { "two of three, of which one has a text", RULE("a") SEE("s1: {tool_args.x|re: '.+'}, s2: {tool_args.y|re: '.+'}, s3: {tool_args.z: c}, condition: 2 of s*"), "'.+'" },
    { "what no pattern can mend", RULE("a") SEE("s: {tool_args.x|re: '[0-9]{9}'}, t: {tool_args.x|gt: 5}, condition: s or t"), NULL },
    { "what a not keeps awake", RULE("a") SEE("s: {tool_args.x|re: '[0-9]{9}'}, condition: not s"), NULL },
    { "values that differ from a pattern", RULE("a") SEE("s: {tool_args.x|re|neq: '^[a-z]+$'}, condition: s"), NULL },
    { "a number that stands in no text", RULE("a") SEE("s: {request.size|re: '^[0-9]{7}$'}, condition: s"), NULL },
    { "a filter's pattern without a text", RULE("a") SEE("s: {tool_args.x: b}, condition: s")
      "filters: [{id: f, rules: [a], selection: {caller.agent|re: '^[0-9]+$'}}]\n", NULL },
    { "a selection that is not asked for, with a pattern", RULE("a") SEE("s: {tool_args.x|gt: 5}, t: {tool_args.x|re: '[0-9]'}, condition: s"), "does not ask for 't'" },
    { "nothing but a look-ahead", RULE("a") SEE("s: {tool_args.x|re: '(?=.*ab)'}, condition: s"), "every match of '(?=.*ab)'" },
    { "any URL but where one is good", RULE("a") SEE("s: {url.scheme|exists: true}, t: {url.host|host: good.com}, condition: s and not t"),
      "a 'not' of the condition exempts as soon as one value of 'url.host' is so" },
    { "a tool, but where one URL is good", RULE("a") SEE("s: {tool_name: x}, t: {url.host|host: good.com}, condition: s and not t"), "one value of 'url.host'" },
    { "any URL that is not good", RULE("a") SEE("s: {url.host|neq: good.com}, condition: s"), NULL },
    { "any URL but where all are good", RULE("a") SEE("s: {url.scheme|exists: true}, t: {url.host: good.com}, u: {url.host|neq: good.com}, condition: s and not (t and not u)"), NULL },
    { "some of the commands that are picked", RULE("a") SEE("s: {shell.name: rm}, t: {shell.args|startswith: /tmp/}, condition: s and not t"), NULL },
    { "where there are no commands", RULE("a") SEE("s: {tool_args.x: b}, t: {shell.name|exists: true}, condition: s and not t"), NULL },
    { "an argument excepted", RULE("a") SEE("s: {tool_args.x: b}, t: {tool_args.y: c}, condition: s and not t"), NULL },
    { "a filter for one command", RULE("a") SEE("s: {tool_args.x: b}, condition: s") "filters: [{id: f, rules: [a], selection: {shell.name: ls}}]\n",
      "a filter exempts as soon as one value of 'shell.name' is so, whatever the others are: ask with |neq" },
    { "a filter for commands that are all so", RULE("a") SEE("s: {tool_args.x: b}, condition: s")
      "filters: [{id: f, rules: [a], detection: {s: {shell.name: ls}, t: {shell.name|neq: ls}, condition: s and not t}}]\n", NULL },
    { "a filter for a caller", RULE("a") SEE("s: {tool_args.x: b}, condition: s") "filters: [{id: f, rules: [a], selection: {caller.agent: ci}}]\n", NULL },
    { "an invariant's exception", "- {id: a, title: t, action: block" TESTS ", " SEE("s: {tool_args.x: b}, condition: s")
      "invariants:\n- {id: i, title: t, action: block, tools: y" TESTS ", unless: {shell.name: ls}}\n", "exempts as soon as one value of 'shell.name'" },
    { "a set in a glob", RULE("a") SEE("s: {tool_args.x|glob: 'src/[a'}, condition: s"), "'[' is a plain character in a glob" },
    { "braces in a glob", RULE("a") SEE("s: {tool_args.x|glob: ['*.c', '*.{h,c}']}, condition: s"), "'{' is a plain character in a glob" },
    { "a quoted bracket in a glob", RULE("a") SEE("s: {tool_args.x|glob: 'app/\\[id]/*'}, condition: s"), NULL },
    { "a bracket elsewhere", RULE("a") SEE("s: {tool_args.x|contains: '[a'}, condition: s"), NULL },
    { "a number beyond numbers", RULE("a") SEE("s: {tool_args.x|gt: 1e999}, condition: s"), "'1e999' is larger than any number" },
    { "a large number", RULE("a") SEE("s: {tool_args.x|gt: 1e30}, condition: s"), NULL },
    { "a text that is empty", RULE("a") SEE("s: {tool_args.x: ''}, condition: s"), NULL },
    { "an empty list", RULE("a") "tags: [], " SEE("s: {tool_args.x: b}, condition: s"), "'tags' is empty" },
    { "a count of the same that is lower", CALLS("event_count", "5m", "gte: 5") MORE("event_count", "5m", "gte: 2"), "'b' decides nothing: wherever it matches, 'c' (block" },
    { "a longer timespan", CALLS("event_count", "5m", "gte: 5") MORE("event_count", "10m", "gt: 4"), "'b' decides nothing" },
    { "a shorter timespan of a higher count", CALLS("event_count", "10m", "gte: 5") MORE("event_count", "5m", "gte: 2"), NULL },
    { "a longer timespan with a most", CALLS("event_count", "5m", "gte: 5") MORE("event_count", "10m", "gte: 5, lt: 9"), NULL },
    { "a count within another", CALLS("event_count", "5m", "gte: 5, lt: 7") MORE("event_count", "5m", "gt: 4, lte: 9"), "'b' decides nothing" },
    { "counts that overlap", CALLS("event_count", "5m", "gte: 2, lt: 7") MORE("event_count", "5m", "gte: 5"), NULL },
    { "another type", CALLS("event_count", "5m", "gte: 5") MORE("value_count", "5m", "field: tool_args.y, gte: 2"), NULL },
    { "values of another field", CALLS("value_count", "5m", "field: tool_args.y, gte: 5") MORE("value_count", "5m", "field: tool_args.z, gte: 2"), NULL },
    { "fewer values", CALLS("value_count", "5m", "field: tool_args.y, gte: 5") MORE("value_count", "5m", "field: tool_args.y, gte: 2"), "'b' decides nothing" },
    { "a smaller sum in a longer time", CALLS("value_sum", "5m", "field: tool_args.y, gte: 5") MORE("value_sum", "10m", "field: tool_args.y, gte: 2"), NULL },
    { "a rule beside what counts it", CALLS("event_count", "5m", "gte: 1"), NULL },
    { "what counts a rule that does as much", "- {id: a, title: t, action: block" TESTS ", " SEE("s: {tool_args.x: b}, condition: s") "correlations:\n" COUNT("b", "event_count", "5m", "gte: 5"), "'b' decides nothing: wherever it matches, 'a' (block" },
    { "a count of none", CALLS("event_count", "5m", "gte: 5, lt: 3"), "'b' can never match: no number meets all of its condition" },
    { "a count of less than the call at hand", CALLS("event_count", "5m", "lt: 1"), "'b' can never match" },
    { "between two counts that follow", CALLS("event_count", "5m", "gt: 4, lt: 5"), "'b' can never match" },
    { "an average between two numbers", CALLS("value_avg", "5m", "field: tool_args.y, gt: 4, lt: 4.000001"), NULL },
    { "an average of none", CALLS("value_avg", "5m", "field: tool_args.y, gt: 4, lt: 4"), "'b' can never match" },
    { "one that never matches shadows none", CALLS("event_count", "5m", "gte: 7") MORE("event_count", "5m", "gte: 5, lt: 3"), "'c' can never match" },
    { "no test", "- {id: a, title: t, action: block, " SEE("s: {tool_args.x: b}, condition: s"), "'a' has no test" },
    { "tests of what passes alone", "- {id: a, title: t, action: block, tests: [{name: t, request: {tool_name: x}, expect: none}], " SEE("s: {tool_args.x: b}, condition: s"), "no test expects 'a' to match" },
};
/* clang-format on */

static void lint(const char *const *documents, size_t n, struct ais_diagnostics *ret)
{
    struct ais_pack_source packs[2];
    struct ais_why why = { 0 };
    for (size_t i = 0; i < n; i++)
        packs[i] = (struct ais_pack_source){ i == 0 ? "one" : "two", documents[i], strlen(documents[i]), true,
                                             AIS_PACK_CUSTOM };
    if (ais_policy_lint(packs, n, ret, &why) != AIS_OK)
        fail_msg("%s\n%s", why.text, documents[0]);
}

static void check_row(void **state)
{
    const struct row *row = *state;
    char document[4096];
    const char *documents[] = { document };
    struct ais_diagnostics warnings = { 0 };
    bool found = false;
    snprintf(document, sizeof document, "name: p\nversion: 1.0.0\nrules:\n%s", row->rules);
    lint(documents, 1, &warnings);
    for (size_t i = 0; i < warnings.count; i++)
        found |= row->warning != NULL && strstr(warnings.items[i].message, row->warning) != NULL;
    if (row->warning == NULL && warnings.count > 0)
        fail_msg("%s", warnings.items[0].message);
    if (row->warning != NULL && !found)
        fail_msg("'%s' is not told; the first of %zu: %s", row->warning, warnings.count,
                 warnings.count > 0 ? warnings.items[0].message : "none");
    if (row->warning != NULL)
        assert_int_equal(warnings.count, 1);
    ais_diagnostics_done(&warnings);
}

/* ---- alternatives: more than are looked for, and what helps ---- */

/* n words between two texts, each between two others. */
static void put_words(struct ais_buf *out, size_t n, const char *between, const char *begin, const char *end)
{
    for (size_t i = 0; i < n; i++)
        ais_buf_format(out, "%s%sw\xc3\xb6rd%zu%s", i > 0 ? between : "", begin, i, end);
}

/* clang-format off */
static const struct alternatives_row {
    const char *name, *member, *before;  /* of a map, and what stands before the words */
    const char *between, *begin, *end, *behind;
    size_t count;
    const char *warning; /* NULL: none */
} alternatives_rows[] = {
    { "as many as there may be", "re", "'", "|", "", "", "'", 64, NULL },
    { "one more", "re", "'", "|", "", "", "'", 65, "'a' is looked at in every decision: more than 64 alternatives: 'w" },
    { "within a group and words' ends", "re", "'\\b(?:", "|", "", "", ")\\b'", 80, "more than 64 alternatives" },
    { "beside a text", "re", "'run (?:", "|", "", "", ")\\b'", 80, NULL },
    { "each with two cases of a letter", "re", "'(?i)(?:", "|", "", "", ")'", 33, "more than 64 alternatives" },
    { "few with two cases of a letter", "re", "'(?i)(?:", "|", "", "", ")'", 32, NULL },
    { "two cases, by a flag", "re|i", "'", "|", "", "", "'", 33, "write them as a list of patterns, or plain words as a list for contains" },
    { "patterns of their own", "re", "['", "', '", "\\b", "\\b", "']", 80, NULL },
    { "patterns of their own in two cases", "re|i", "['", "', '", "", "", "']", 80, NULL },
    { "words of a list", "contains", "['", "', '", "", "", "']", 80, NULL },
    { "one that is too short for so many", "re", "'(?:rm|", "|", "", "", ")'", 20, "the alternatives of '(?:rm|w\xc3\xb6rd0|" },
    { "a short one by itself", "re", "['rm', '", "', '", "", "", "']", 20, NULL },
    { "one without a text", "re", "'(?:[0-9]+|", "|", "", "", ")'", 80, "no text is known that every match of '(?:[0-9]+|" },
    { "again and again", "re", "'^(?:", "|", "", "", ")+$'", 80, "no text is known that every match of" },
};
/* clang-format on */

static void check_alternatives(void **state)
{
    const struct alternatives_row *row = *state;
    struct ais_buf text = { 0 };
    struct ais_diagnostics warnings = { 0 };
    ais_buf_text(&text, "name: p\nversion: 1.0.0\nrules:\n" RULE("a") "\n    detection: {s: {'tool_args.x|");
    ais_buf_format(&text, "%s': %s", row->member, row->before);
    put_words(&text, row->count, row->between, row->begin, row->end);
    ais_buf_format(&text, "%s}, condition: s}}\n", row->behind);
    assert_false(text.failed);
    const char *documents[] = { text.data };
    lint(documents, 1, &warnings);
    if (row->warning == NULL && warnings.count > 0)
        fail_msg("%s", warnings.items[0].message);
    if (row->warning != NULL) {
        assert_int_equal(warnings.count, 1);
        assert_int_equal(warnings.items[0].line, 5);
        assert_int_equal(warnings.items[0].column, 37 + strlen(row->member));
        if (strstr(warnings.items[0].message, row->warning) == NULL)
            fail_msg("%s", warnings.items[0].message);
    }
    ais_diagnostics_done(&warnings);
    ais_buf_done(&text);
}

static void ids_of_two_packs_are_told(void **state)
{
    static const char *const documents[] = {
        "name: p\nversion: 1.0.0\nrules:\n" RULE("a") SEE("s: {tool_args.x: b}, condition: s"),
        "name: q\nversion: 1.0.0\nrules:\n" RULE("a") SEE("s: {tool_args.y: b}, condition: s"),
    };
    struct ais_diagnostics warnings = { 0 };
    (void)state;
    lint(documents, 2, &warnings);
    assert_int_equal(warnings.count, 1);
    assert_string_equal(warnings.items[0].file, "two");
    assert_int_equal(warnings.items[0].line, 4);
    assert_string_equal(warnings.items[0].message, "the pack 'p' has a rule 'a' too, in line 4");
    ais_diagnostics_done(&warnings);
}

/* A rule of another pack is known when that pack is, and a name that is none has its place. */
static void names_in_filters_are_told(void **state)
{
    static const char own[] = "name: p\nversion: 1.0.0\nfilters:\n"
                              "- {id: f, rules: [near_by, far_off], selection: {caller.agent: ci}}\n"
                              "rules:\n" RULE("nearby") SEE("s: {tool_args.x: b}, condition: s");
    static const char other[] =
        "name: q\nversion: 1.0.0\nrules:\n" RULE("far_off") SEE("s: {tool_args.y: b}, condition: s");
    const struct ais_pack_source packs[] = {
        {"one",  own,   sizeof own - 1,   true, AIS_PACK_CUSTOM},
        { "two", other, sizeof other - 1, true, AIS_PACK_CUSTOM},
    };
    struct ais_why why = { 0 };
    (void)state;
    for (size_t others = 0; others < 2; others++) {
        struct ais_diagnostics warnings = { 0 };
        assert_int_equal(ais_policy_lint_filters(packs, 1, packs + 1, others, &warnings, &why), AIS_OK);
        assert_int_equal(warnings.count, 2 - others);
        assert_string_equal(warnings.items[0].file, "one");
        assert_int_equal(warnings.items[0].line, 4);
        assert_int_equal(warnings.items[0].column, 19);
        assert_string_equal(
            warnings.items[0].message,
            "'near_by' is a rule of none of these packs, and of no bundled one: did you mean 'nearby'?");
        ais_diagnostics_done(&warnings);
    }
}

/* Bounded by work: conditions that branch at every level, and more rules than can be compared. */
static void hostile_packs_are_bounded(void **state)
{
    enum { RULES = 3000 };
    struct ais_buf text = { 0 };
    struct ais_diagnostics warnings = { 0 };
    (void)state;
    ais_buf_text(&text, "name: p\nversion: 1.0.0\nrules:\n");
    for (int i = 0; i < RULES; i++) {
        ais_buf_format(&text, "- {id: r%d, title: t, action: block, detection: {", i);
        for (int k = 0; k < 8; k++)
            ais_buf_format(&text, "s%d: {tool_args.x|contains: [a%d, b%d, c%d]}, ", k, k, i, k);
        ais_buf_text(&text, "condition: '1 of s* and (s0 or not (s1 and (s2 or not (s3 and (s4 or not s5)))))'}}\n");
    }
    assert_false(text.failed);
    const char *documents[] = { text.data };
    lint(documents, 1, &warnings);
    assert_int_equal(warnings.count, AIS_DIAGNOSTICS_MAX);
    ais_diagnostics_done(&warnings);
    ais_buf_done(&text);
}

int main(void)
{
    struct CMUnitTest tests[N_ELEMS(rows)];
    const struct CMUnitTest others[] = {
        cmocka_unit_test(ids_of_two_packs_are_told),
        cmocka_unit_test(names_in_filters_are_told),
        cmocka_unit_test(hostile_packs_are_bounded),
    };
    struct CMUnitTest alternatives[N_ELEMS(alternatives_rows)];
    AIS_ROWS(tests, rows, check_row);
    AIS_ROWS(alternatives, alternatives_rows, check_alternatives);
    int failed = cmocka_run_group_tests_name("policy/lint", tests, NULL, NULL);
    failed += cmocka_run_group_tests_name("policy/lint alternatives", alternatives, NULL, NULL);
    return failed + cmocka_run_group_tests_name("policy/lint more", others, NULL, NULL);
}
