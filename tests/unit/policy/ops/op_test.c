#include "shared/policy/ops/op.h"
#include "tests/unit/test.h"

#include <string.h>

static struct ais_op_scratch *scratch;

enum { J_NULL = AIS_JSON_NULL, J_BOOL = AIS_JSON_BOOL, J_NUM = AIS_JSON_NUMBER, J_STR = AIS_JSON_STRING };
enum {
    V_NONE = AIS_VALUE_ABSENT,
    V_UNKNOWN = AIS_VALUE_UNKNOWN,
    V_NULL = AIS_VALUE_NULL,
    V_BOOL = AIS_VALUE_BOOL,
    V_NUM = AIS_VALUE_NUMBER,
    V_STR = AIS_VALUE_STRING
};

/* A rule's "chain: pattern" against a value. */
static const struct row {
    const char *name, *chain;
    int pattern_kind;
    const char *pattern;
    int value_kind;
    const char *value;
    enum ais_truth want;
} rows[] = {
    {"plain: the same",                               "",                              J_STR,  "admin",            V_STR,     "admin",                            AIS_TRUE   },
    { "plain: case does not count",                   "",                              J_STR,  "Admin",            V_STR,     "aDMIN",                            AIS_TRUE   },
    { "plain: all of the text",                       "",                              J_STR,  "admin",            V_STR,     "admins",                           AIS_FALSE  },
    { "plain: a star",                                "",                              J_STR,  "adm*n",            V_STR,     "administration",                   AIS_TRUE   },
    { "plain: an absent value",                       "",                              J_STR,  "*",                V_NONE,    "",                                 AIS_FALSE  },
    { "plain: a star takes the empty text",           "",                              J_STR,  "*",                V_STR,     "",                                 AIS_TRUE   },
    { "plain: null is no text",                       "",                              J_STR,  "*",                V_NULL,    "",                                 AIS_FALSE  },
    { "plain: the empty text",                        "",                              J_STR,  "",                 V_STR,     "",                                 AIS_TRUE   },
    { "plain: an unknown value",                      "",                              J_STR,  "x",                V_UNKNOWN, "",                                 AIS_UNKNOWN},
    { "plain: null takes an absent value",            "",                              J_NULL, "",                 V_NONE,    "",                                 AIS_TRUE   },
    { "plain: null takes null",                       "",                              J_NULL, "",                 V_NULL,    "",                                 AIS_TRUE   },
    { "plain: null is not the empty text",            "",                              J_NULL, "",                 V_STR,     "",                                 AIS_FALSE  },
    { "plain: null and an unknown value",             "",                              J_NULL, "",                 V_UNKNOWN, "",                                 AIS_UNKNOWN},
    { "plain: number as number",                      "",                              J_NUM,  "1",                V_NUM,     "1.0",                              AIS_TRUE   },
    { "plain: number with an exponent",               "",                              J_NUM,  "1000",             V_NUM,     "1e3",                              AIS_TRUE   },
    { "plain: another number",                        "",                              J_NUM,  "1",                V_NUM,     "2",                                AIS_FALSE  },
    { "plain: number and the same text",              "",                              J_NUM,  "443",              V_STR,     "443",                              AIS_TRUE   },
    { "plain: number and another text",               "",                              J_NUM,  "443",              V_STR,     "443.0",                            AIS_FALSE  },
    { "plain: text and the number written so",        "",                              J_STR,  "443",              V_NUM,     "443",                              AIS_TRUE   },
    { "plain: text and the number written otherwise", "",                              J_STR,  "443",              V_NUM,     "443.0",                            AIS_FALSE  },
    { "plain: numbers beyond a double",               "",                              J_NUM,  "9007199254740993", V_NUM,     "9007199254740992",                 AIS_FALSE  },
    { "plain: a number beyond all bounds",            "",                              J_NUM,  "1",                V_NUM,     "1e99999999999999999999",           AIS_UNKNOWN},
    { "plain: nothing, however written",              "",                              J_NUM,  "0",                V_NUM,     "-0e99999999999999999999",          AIS_TRUE   },
    { "plain: true",                                  "",                              J_BOOL, "true",             V_BOOL,    "true",                             AIS_TRUE   },
    { "plain: true is not false",                     "",                              J_BOOL, "true",             V_BOOL,    "false",                            AIS_FALSE  },
    { "plain: true and the text",                     "",                              J_BOOL, "true",             V_STR,     "True",                             AIS_TRUE   },
    { "plain: true is no number",                     "",                              J_BOOL, "true",             V_NUM,     "1",                                AIS_FALSE  },
    { "cased: the same",                              "cased",                         J_STR,  "Admin",            V_STR,     "Admin",                            AIS_TRUE   },
    { "cased: another case",                          "cased",                         J_STR,  "Admin",            V_STR,     "admin",                            AIS_FALSE  },
    { "contains: within",                             "contains",                      J_STR,  "os.system",        V_STR,     "import os; OS.System('id')",       AIS_TRUE   },
    { "contains: not there",                          "contains",                      J_STR,  "os.system",        V_STR,     "import os",                        AIS_FALSE  },
    { "contains: wildcards count",                    "contains",                      J_STR,  "rm*-rf",           V_STR,     "sudo rm  -rf /",                   AIS_TRUE   },
    { "contains: an escaped star is one",             "contains",                      J_STR,  "\\*",              V_STR,     "abc",                              AIS_FALSE  },
    { "contains: a number's text",                    "contains",                      J_STR,  "44",               V_NUM,     "4430",                             AIS_TRUE   },
    { "contains: cased",                              "contains|cased",                J_STR,  "OS",               V_STR,     "os",                               AIS_FALSE  },
    { "contains: the empty text is in all",           "contains",                      J_STR,  "",                 V_STR,     "x",                                AIS_TRUE   },
    { "contains: an absent value has nothing",        "contains",                      J_STR,  "",                 V_NONE,    "",                                 AIS_FALSE  },
    { "startswith: yes",                              "startswith",                    J_STR,  "/etc/",            V_STR,     "/ETC/passwd",                      AIS_TRUE   },
    { "startswith: only at the begin",                "startswith",                    J_STR,  "etc",              V_STR,     "/etc",                             AIS_FALSE  },
    { "startswith: wildcards count",                  "startswith",                    J_STR,  "/*/x",             V_STR,     "/a/b/xyz",                         AIS_TRUE   },
    { "endswith: yes",                                "endswith",                      J_STR,  ".PEM",             V_STR,     "key.pem",                          AIS_TRUE   },
    { "endswith: only at the end",                    "endswith",                      J_STR,  ".pem",             V_STR,     "key.pem.txt",                      AIS_FALSE  },
    { "endswith: wildcards count",                    "endswith",                      J_STR,  "k?y.pem",          V_STR,     "/a/key.pem",                       AIS_TRUE   },
    { "re: occurs",                                   "re",                            J_STR,  "b+c",              V_STR,     "abbc",                             AIS_TRUE   },
    { "re: case counts",                              "re",                            J_STR,  "B+c",              V_STR,     "abbc",                             AIS_FALSE  },
    { "re: i",                                        "re|i",                          J_STR,  "B+c",              V_STR,     "abbc",                             AIS_TRUE   },
    { "re: m",                                        "re|m",                          J_STR,  "^b$",              V_STR,     "a\nb\nc",                          AIS_TRUE   },
    { "re: s",                                        "re|i|s",                        J_STR,  "A.B",              V_STR,     "a\nb",                             AIS_TRUE   },
    { "re: a number's text",                          "re",                            J_STR,  "^\\d+$",           V_NUM,     "123",                              AIS_TRUE   },
    { "re: an absent value",                          "re",                            J_STR,  "",                 V_NONE,    "",                                 AIS_FALSE  },
    { "re: an unknown value",                         "re",                            J_STR,  "",                 V_UNKNOWN, "",                                 AIS_UNKNOWN},
    { "exists: it does",                              "exists",                        J_BOOL, "true",             V_STR,     "",                                 AIS_TRUE   },
    { "exists: null does",                            "exists",                        J_BOOL, "true",             V_NULL,    "",                                 AIS_TRUE   },
    { "exists: it does not",                          "exists",                        J_BOOL, "true",             V_NONE,    "",                                 AIS_FALSE  },
    { "exists: not, and it does not",                 "exists",                        J_BOOL, "false",            V_NONE,    "",                                 AIS_TRUE   },
    { "exists: not, but it does",                     "exists",                        J_BOOL, "false",            V_STR,     "x",                                AIS_FALSE  },
    { "exists: unknown",                              "exists",                        J_BOOL, "false",            V_UNKNOWN, "",                                 AIS_UNKNOWN},
    { "lt: less",                                     "lt",                            J_NUM,  "10",               V_NUM,     "9.999",                            AIS_TRUE   },
    { "lt: equal",                                    "lt",                            J_NUM,  "10",               V_NUM,     "1e1",                              AIS_FALSE  },
    { "lte: equal",                                   "lte",                           J_NUM,  "10",               V_NUM,     "10.000",                           AIS_TRUE   },
    { "lte: greater",                                 "lte",                           J_NUM,  "10",               V_NUM,     "10.001",                           AIS_FALSE  },
    { "gt: greater",                                  "gt",                            J_NUM,  "-2",               V_NUM,     "-1.5",                             AIS_TRUE   },
    { "gt: equal",                                    "gt",                            J_NUM,  "-2",               V_NUM,     "-2",                               AIS_FALSE  },
    { "gte: equal",                                   "gte",                           J_NUM,  "0",                V_NUM,     "-0.0",                             AIS_TRUE   },
    { "gte: less",                                    "gte",                           J_NUM,  "1e400",            V_NUM,     "9e399",                            AIS_FALSE  },
    { "gt: a text that is a number",                  "gt",                            J_NUM,  "100",              V_STR,     " 5000 ",                           AIS_TRUE   },
    { "gt: a text that is none",                      "gt",                            J_NUM,  "100",              V_STR,     "5000 dollars",                     AIS_FALSE  },
    { "gt: an absent value",                          "gt",                            J_NUM,  "100",              V_NONE,    "",                                 AIS_FALSE  },
    { "gt: beyond all bounds",                        "gt",                            J_NUM,  "100",              V_STR,     "1e9999999999999999",               AIS_UNKNOWN},
    { "glob: a star within a component",              "glob",                          J_STR,  "/var/*.log",       V_STR,     "/var/a.log",                       AIS_TRUE   },
    { "glob: a star does not cross a slash",          "glob",                          J_STR,  "/var/*.log",       V_STR,     "/var/a/b.log",                     AIS_FALSE  },
    { "glob: two stars cross slashes",                "glob",                          J_STR,  "/var/**.log",      V_STR,     "/var/a/b.log",                     AIS_TRUE   },
    { "glob: two stars and a slash may be nothing",   "glob",                          J_STR,  "/var/**/b.log",    V_STR,     "/var/b.log",                       AIS_TRUE   },
    { "glob: or directories",                         "glob",                          J_STR,  "**/b.log",         V_STR,     "/var/a/b.log",                     AIS_TRUE   },
    { "glob: but whole ones",                         "glob",                          J_STR,  "/var/**/b.log",    V_STR,     "/var/ab.log",                      AIS_FALSE  },
    { "glob: a question mark is one character",       "glob",                          J_STR,  "/a?",              V_STR,     "/a\xc3\xa4",                       AIS_TRUE   },
    { "glob: but no slash",                           "glob",                          J_STR,  "a?b",              V_STR,     "a/b",                              AIS_FALSE  },
    { "glob: all of the text",                        "glob",                          J_STR,  "/var",             V_STR,     "/var/log",                         AIS_FALSE  },
    { "glob: an escaped star is one",                 "glob",                          J_STR,  "a\\*",             V_STR,     "ab",                               AIS_FALSE  },
    { "glob: signs of expressions are plain",         "glob",                          J_STR,  "a.(b)+[c]{1}$",    V_STR,     "a.(b)+[c]{1}$",                    AIS_TRUE   },
    { "glob: a dot is a dot",                         "glob",                          J_STR,  "a.b",              V_STR,     "axb",                              AIS_FALSE  },
    { "glob: case does not count",                    "glob",                          J_STR,  "/Etc/*",           V_STR,     "/eTC/x",                           AIS_TRUE   },
    { "glob: unless cased",                           "glob|cased",                    J_STR,  "/Etc/*",           V_STR,     "/etc/x",                           AIS_FALSE  },
    { "within: inside",                               "within",                        J_STR,  "/etc",             V_STR,     "/etc/ssh/key",                     AIS_TRUE   },
    { "within: the directory itself",                 "within",                        J_STR,  "/etc/",            V_STR,     "/etc",                             AIS_TRUE   },
    { "within: beside it",                            "within",                        J_STR,  "/etc",             V_STR,     "/etcetera/x",                      AIS_FALSE  },
    { "within: around dots",                          "within",                        J_STR,  "/etc",             V_STR,     "/var/../etc/./x",                  AIS_TRUE   },
    { "within: out of it",                            "within",                        J_STR,  "/etc",             V_STR,     "/etc/../var",                      AIS_FALSE  },
    { "within: a home",                               "within",                        J_STR,  "~/.ssh",           V_STR,     "$HOME/.ssh/id",                    AIS_TRUE   },
    { "within: a relative directory",                 "within",                        J_STR,  "./src",            V_STR,     "src/a.c",                          AIS_TRUE   },
    { "within: everything",                           "within",                        J_STR,  "/",                V_STR,     "/a",                               AIS_TRUE   },
    { "within: everything that is absolute",          "within",                        J_STR,  "/",                V_STR,     "a",                                AIS_FALSE  },
    { "within: a drive",                              "within",                        J_STR,  "C:\\Windows",      V_STR,     "c:/windows/x",                     AIS_TRUE   },
    { "within: case counts when cased",               "within|cased",                  J_STR,  "/etc",             V_STR,     "/ETC/x",                           AIS_FALSE  },
    { "within: the empty text",                       "within",                        J_STR,  "/",                V_STR,     "",                                 AIS_FALSE  },
    { "host: the name",                               "host",                          J_STR,  "example.com",      V_STR,     "Example.com",                      AIS_TRUE   },
    { "host: a name below it",                        "host",                          J_STR,  "example.com",      V_STR,     "a.b.example.com",                  AIS_TRUE   },
    { "host: a name that ends alike",                 "host",                          J_STR,  "example.com",      V_STR,     "notexample.com",                   AIS_FALSE  },
    { "host: a name above it",                        "host",                          J_STR,  "a.example.com",    V_STR,     "example.com",                      AIS_FALSE  },
    { "host: a dot at the end",                       "host",                          J_STR,  "example.com",      V_STR,     "example.com.",                     AIS_TRUE   },
    { "host: an absent value",                        "host",                          J_STR,  "example.com",      V_NONE,    "",                                 AIS_FALSE  },
    { "cidr: inside",                                 "cidr",                          J_STR,  "10.0.0.0/8",       V_STR,     "10.1.2.3",                         AIS_TRUE   },
    { "cidr: inside, spelled otherwise",              "cidr",                          J_STR,  "127.0.0.0/8",      V_STR,     "0x7f000001",                       AIS_TRUE   },
    { "cidr: outside",                                "cidr",                          J_STR,  "10.0.0.0/8",       V_STR,     "11.1.2.3",                         AIS_FALSE  },
    { "cidr: no address",                             "cidr",                          J_STR,  "10.0.0.0/8",       V_STR,     "ten",                              AIS_FALSE  },
    { "cidr: IPv6",                                   "cidr",                          J_STR,  "fc00::/7",         V_STR,     "[FD00::1]",                        AIS_TRUE   },
    { "cidr: an address that is not known",           "cidr",                          J_STR,  "fc00::/7",         V_UNKNOWN, "",                                 AIS_UNKNOWN},
    { "neq: another text",                            "neq",                           J_STR,  "admin",            V_STR,     "guest",                            AIS_TRUE   },
    { "neq: the same in another case",                "neq",                           J_STR,  "admin",            V_STR,     "Admin",                            AIS_FALSE  },
    { "neq: cased",                                   "neq|cased",                     J_STR,  "admin",            V_STR,     "Admin",                            AIS_TRUE   },
    { "neq: the same number, written otherwise",      "neq",                           J_NUM,  "1",                V_NUM,     "1.0",                              AIS_FALSE  },
    { "neq: another number",                          "neq",                           J_NUM,  "1",                V_NUM,     "2",                                AIS_TRUE   },
    { "neq: an absent value differs",                 "neq",                           J_STR,  "admin",            V_NONE,    "",                                 AIS_TRUE   },
    { "neq: an unknown one may",                      "neq",                           J_STR,  "admin",            V_UNKNOWN, "",                                 AIS_UNKNOWN},
    { "neq: contains",                                "contains|neq",                  J_STR,  "os",               V_STR,     "import os",                        AIS_FALSE  },
    { "neq: does not match",                          "neq|re",                        J_STR,  "^a",               V_STR,     "ba",                               AIS_TRUE   },
    { "neq: outside a network",                       "cidr|neq",                      J_STR,  "10.0.0.0/8",       V_STR,     "11.0.0.1",                         AIS_TRUE   },
    { "base64: the value encoded",                    "base64",                        J_STR,  "foobar",           V_STR,     "Zm9vYmFy",                         AIS_TRUE   },
    { "base64: with padding",                         "base64",                        J_STR,  "foob",             V_STR,     "Zm9vYg==",                         AIS_TRUE   },
    { "base64: the standard alphabet",                "base64",                        J_STR,  "~~\\?",            V_STR,     "fn4/",                             AIS_TRUE   },
    { "base64: case is other bytes",                  "base64",                        J_STR,  "foobar",           V_STR,     "zm9vymfy",                         AIS_FALSE  },
    { "base64: contains",                             "base64|contains",               J_STR,  "foo",              V_STR,     "x Zm9vYmFy y",                     AIS_TRUE   },
    { "base64offset: after 0 bytes",                  "base64offset|contains",         J_STR,  "http://",          V_STR,
     "aHR0cDovL2V2aWwuZXhhbXBsZQ==",                                                                                                                              AIS_TRUE   },
    { "base64offset: after 1 bytes",                  "base64offset|contains",         J_STR,  "http://",          V_STR,
     "eGh0dHA6Ly9ldmlsLmV4YW1wbGU=",                                                                                                                              AIS_TRUE   },
    { "base64offset: after 2 bytes",                  "base64offset|contains",         J_STR,  "http://",          V_STR,     "eHlodHRwOi8vZXZpbC5leGFtcGxl",
     AIS_TRUE                                                                                                                                                                },
    { "base64offset: nothing of it",                  "base64offset|contains",         J_STR,  "http://",          V_STR,     "ZnRwOi8vZXZpbC5leGFtcGxl",
     AIS_FALSE                                                                                                                                                               },
    { "utf16le: before base64",                       "utf16le|base64",                J_STR,  "cmd",              V_STR,     "YwBtAGQA",                         AIS_TRUE   },
    { "wide: is utf16le",                             "wide|base64offset|contains",    J_STR,  "cmd",              V_STR,     "YWJyAHUAbgAgAGMAbQBkACAAbgBvAHcA",
     AIS_TRUE                                                                                                                                                                },
    { "utf16be: before base64",                       "utf16be|base64",                J_STR,  "cmd",              V_STR,     "AGMAbQBk",                         AIS_TRUE   },
    { "utf16: with its mark",                         "utf16|base64",                  J_STR,  "cmd",              V_STR,     "//5jAG0AZAA=",                     AIS_TRUE   },
    { "utf16: is not without",                        "utf16|base64",                  J_STR,  "cmd",              V_STR,     "YwBtAGQA",                         AIS_FALSE  },
    { "utf16le: beyond the first plane",              "utf16le|base64",                J_STR,  "\xf0\x9f\x98\x80", V_STR,     "PdgA3g==",                         AIS_TRUE   },
    { "windash: as it is",                            "windash|contains",              J_STR,  " -f ",             V_STR,     "rm -f x",                          AIS_TRUE   },
    { "windash: a slash",                             "windash|contains",              J_STR,  " -f ",             V_STR,     "rm /F x",                          AIS_TRUE   },
    { "windash: an en dash",                          "windash|contains",              J_STR,  " -f ",             V_STR,
     "rm \xe2\x80\x93"
      "f x",                                                                                                                                                      AIS_TRUE   },
    { "windash: an em dash",                          "contains|windash",              J_STR,  " /f ",             V_STR,
     "rm \xe2\x80\x94"
      "f x",                                                                                                                                                      AIS_TRUE   },
    { "windash: a horizontal bar",                    "windash|endswith",              J_STR,  "-f",               V_STR,
     "rm \xe2\x80\x95"
      "f",                                                                                                                                                        AIS_TRUE   },
    { "windash: each by itself",                      "windash",                       J_STR,  "-a -b",            V_STR,     "/a -b",                            AIS_TRUE   },
    { "windash: no other sign",                       "windash|contains",              J_STR,  " -f ",             V_STR,     "rm +f x",                          AIS_FALSE  },
    { "windash: before an encoding",                  "windash|base64offset|contains", J_STR,  "-enc x",           V_STR,
     "cG93ZXJzaGVsbCAvZW5jIHg=",                                                                                                                                  AIS_TRUE   },
    { "len: as many",                                 "len",                           J_NUM,  "3",                V_STR,     "abc",                              AIS_TRUE   },
    { "len: characters, not bytes",                   "len",                           J_NUM,  "2",                V_STR,     "\xc3\xa4\xf0\x9f\x98\x80",         AIS_TRUE   },
    { "len: more",                                    "len|gt",                        J_NUM,  "3",                V_STR,     "abcd",                             AIS_TRUE   },
    { "len: not more",                                "len|gt",                        J_NUM,  "3",                V_STR,     "abc",                              AIS_FALSE  },
    { "len: of nothing",                              "len",                           J_NUM,  "0",                V_STR,     "",                                 AIS_TRUE   },
    { "len: of a number as written",                  "len|lte",                       J_NUM,  "3",                V_NUM,     "1.0",                              AIS_TRUE   },
    { "len: an absent value has none",                "len|lt",                        J_NUM,  "9",                V_NONE,    "",                                 AIS_FALSE  },
    { "len: an unknown one",                          "len|lt",                        J_NUM,  "9",                V_UNKNOWN, "",                                 AIS_UNKNOWN},
    { "entropy: none",                                "entropy",                       J_NUM,  "0",                V_STR,     "aaaa",                             AIS_TRUE   },
    { "entropy: one bit",                             "entropy",                       J_NUM,  "1",                V_STR,     "abab",                             AIS_TRUE   },
    { "entropy: two bits",                            "entropy|gte",                   J_NUM,  "2",                V_STR,     "abcd",                             AIS_TRUE   },
    { "entropy: below two",                           "entropy|lt",                    J_NUM,  "2",                V_STR,     "aabcd",                            AIS_TRUE   },
    { "entropy: of nothing",                          "entropy",                       J_NUM,  "0",                V_STR,     "",                                 AIS_TRUE   },
    { "entropy: words",                               "entropy|gt",                    J_NUM,  "4.5",              V_STR,     "the quick brown dog jumps",        AIS_FALSE  },
    { "entropy: a key",                               "entropy|gt",                    J_NUM,  "4.5",              V_STR,     "9fQz1LrXw7KtBv3NcY5mHj8DgS2pA0eU", AIS_TRUE   },
    { "minute",                                       "minute",                        J_NUM,  "5",                V_STR,     "2024-02-29T23:05:00Z",             AIS_TRUE   },
    { "hour: of a text",                              "hour|gte",                      J_NUM,  "22",               V_STR,     "2024-02-29T23:05:00Z",             AIS_TRUE   },
    { "hour: as it reads, in whatever zone",          "hour",                          J_NUM,  "1",                V_STR,     "2024-03-01T01:05:00+02:00",        AIS_TRUE   },
    { "day",                                          "day",                           J_NUM,  "29",               V_STR,     "2024-02-29T23:05:00Z",             AIS_TRUE   },
    { "week",                                         "week",                          J_NUM,  "9",                V_STR,     "2024-02-29T23:05:00Z",             AIS_TRUE   },
    { "month",                                        "month|lt",                      J_NUM,  "3",                V_STR,     "2024-02-29T23:05:00Z",             AIS_TRUE   },
    { "year",                                         "year",                          J_NUM,  "2024",             V_STR,     "2024-02-29T23:05:00Z",             AIS_TRUE   },
    { "year: of seconds",                             "year",                          J_NUM,  "2024",             V_NUM,     "1709247900",                       AIS_TRUE   },
    { "hour: a date has none",                        "hour|gte",                      J_NUM,  "0",                V_STR,     "2024-02-29",                       AIS_FALSE  },
    { "hour: no date",                                "hour|lt",                       J_NUM,  "24",               V_STR,     "noon",                             AIS_FALSE  },
    { "hour: another one",                            "hour|neq",                      J_NUM,  "3",                V_STR,     "2024-02-29T23:05:00Z",             AIS_TRUE   },
    { "hour: an absent value",                        "hour",                          J_NUM,  "3",                V_NONE,    "",                                 AIS_FALSE  },
};

static struct ais_json node_of(int kind, const char *text)
{
    struct ais_json node = { .kind = (enum ais_json_kind)kind, .text = text, .length = (uint32_t)strlen(text) };
    node.boolean = kind == J_BOOL && strcmp(text, "true") == 0;
    return node;
}

static bool holds(const struct ais_value *value, const struct ais_literal *literal)
{
    char folded[256];
    for (size_t i = 0; i < value->length; i++)
        folded[i] = (char)(value->text[i] >= 'A' && value->text[i] <= 'Z' ? value->text[i] + 32 : value->text[i]);
    return memmem(folded, value->length, literal->bytes, literal->length) != NULL;
}

static void check_row(void **state)
{
    const struct row *row = *state;
    struct ais_why why = { .code = AIS_OK };
    struct ais_op_use use;
    assert_int_equal(ais_op_parse(row->chain, strlen(row->chain), &use, &why), AIS_OK);
    struct ais_json node = node_of(row->pattern_kind, row->pattern);
    void *pattern = NULL;
    const struct ais_op *op = NULL;
    if (ais_op_compile(&use, &node, 1, NULL, &op, &pattern, &why) != AIS_OK)
        fail_msg("%s", why.text);
    struct ais_value value = { (enum ais_value_kind)row->value_kind, row->value, strlen(row->value), 0 };
    enum ais_truth got = ais_op_match(op, pattern, &value, scratch);
    const struct ais_literals *literals = op->literals(pattern);
    bool held = literals->count == 0;
    for (size_t i = 0; i < literals->count; i++)
        held = held || holds(&value, &literals->items[i]);
    op->destroy(&pattern);
    assert_null(pattern);
    assert_int_equal(got, row->want);
    assert_true(held || got != AIS_TRUE);
}

static const struct refusal {
    const char *name, *chain;
    int pattern_kind;
    const char *pattern, *why;
} refusals[] = {
    {"a list where a text is due",              "contains",              AIS_JSON_ARRAY,  "",                   "contains takes a text, not"                               },
    { "null where a text is due",               "startswith",            J_NULL,          "",                   "startswith takes a text, not"                             },
    { "a map in a plain comparison",            "",                      AIS_JSON_OBJECT, "",                   "a plain comparison takes a text, not"                     },
    { "a text where true or false is due",      "exists",                J_STR,           "true",               "exists takes true or false, not"                          },
    { "a text where a number is due",           "gt",                    J_STR,           "10",                 "gt takes a number, not"                                   },
    { "a number that is not decimal",           "gt",                    J_NUM,           "0x10",               "gt takes a decimal number"                                },
    { "a plain number that is not decimal",     "",                      J_NUM,           ".inf",               "'.inf' is no decimal number: quote it"                    },
    { "a wrong regular expression",             "re",                    J_STR,           "a(b",                "regular expression: offset 1: this group has no closing )"},
    { "a network with something set beyond",    "cidr",                  J_STR,           "10.0.0.1/8",         "is no network, as in 10.0.0.0/8"                          },
    { "a name as a network",                    "cidr",                  J_STR,           "example.com",        "is no network, as in 10.0.0.0/8"                          },
    { "a host with a wildcard",                 "host",                  J_STR,           "*.example.com",      "is no host: a name such as example.com"                   },
    { "a URL as a host",                        "host",                  J_STR,           "http://example.com", "is no host: a name such as example.com"                   },
    { "no directory",                           "within",                J_STR,           "",                   "within takes a directory, such as /etc or ~/.ssh"         },
    { "a number of lists as a glob",            "glob",                  AIS_JSON_ARRAY,  "",                   "glob takes a text, not"                                   },
    { "a wildcard that is to be encoded",       "base64",                J_STR,           "a*",
     "'base64' encodes what is written, and a wildcard cannot be: write \\* for"                                                                                           },
    { "too little for an offset",               "base64offset|contains", J_STR,           "a",                  "base64offset takes a text of 2 to 2048 bytes"             },
    { "nothing to encode",                      "base64",                J_STR,           "",                   "base64 takes a text of 1 to 2048 bytes"                   },
    { "too many dashes to be written out",      "windash|base64",        J_STR,           "-a -b -c -d",        "takes a text with up to 3 dashes"                         },
    { "a text where a measure's number is due", "len",                   J_STR,           "3",
     "len makes a number and is compared with one, not with a string"                                                                                                      },
    { "an hour that is none",                   "hour",                  J_NUM,           "24",                 "hour is a number from 0 to 23, never 24"                  },
    { "a day that is none",                     "day|neq",               J_NUM,           "0",                  "day is a number from 1 to 31, never 0"                    },
};

static void check_refusal(void **state)
{
    const struct refusal *row = *state;
    struct ais_why why = { .code = AIS_OK };
    struct ais_op_use use;
    assert_int_equal(ais_op_parse(row->chain, strlen(row->chain), &use, &why), AIS_OK);
    struct ais_json node = node_of(row->pattern_kind, row->pattern);
    void *pattern = NULL;
    const struct ais_op *op = NULL;
    assert_int_equal(ais_op_compile(&use, &node, 1, NULL, &op, &pattern, &why), AIS_E_RULE);
    assert_null(pattern);
    if (strstr(why.text, row->why) == NULL)
        fail_msg("'%s' lacks '%s'", why.text, row->why);
}

static const struct chain {
    const char *name, *chain, *why; /* why: "" when it is right */
} chains[] = {
    {"nothing is plain",                    "",                                     ""                                                             },
    { "an operator and a flag",             "contains|all",                         ""                                                             },
    { "a flag alone is plain",              "cased",                                ""                                                             },
    { "flags before the operator",          "i|re",                                 ""                                                             },
    { "a misspelt name is told",            "contians",                             "unknown modifier 'contians': did you mean 'contains'?"        },
    { "a far name is only refused",         "frobnicate",                           "unknown modifier 'frobnicate'"                                },
    { "an empty name",                      "contains|",                            "a modifier's name is missing"                                 },
    { "twice",                              "all|contains|all",                     "modifier 'all' is there twice"                                },
    { "two operators",                      "contains|re",                          "'contains' and 're' both compare"                             },
    { "a flag that means nothing",          "contains|i",                           "'i' means nothing to 'contains'"                              },
    { "a flag that means nothing to plain", "m",                                    "'m' means nothing to a plain comparison"                      },
    { "cased means nothing to re",          "re|cased",                             "'cased' means nothing to 're'"                                },
    { "a chain of transformations",         "utf16le|base64offset|contains",        ""                                                             },
    { "and flags between them",             "wide|base64offset|cased|contains|all", ""                                                             },
    { "expand beside an operator",          "contains|expand",                      ""                                                             },
    { "a dash on either side",              "contains|windash|all",                 ""                                                             },
    { "a reference",                        "fieldref|endswith",                    ""                                                             },
    { "a reference that differs",           "fieldref|neq",                         ""                                                             },
    { "a measure and an order",             "hour|lt",                              ""                                                             },
    { "encoded after the comparison",       "contains|base64",
     "'base64' changes what 'contains' looks for and stands before it: 'base64|contains'"                                                          },
    { "two encodings",                      "base64|base64offset|contains",         "'base64' and 'base64offset' are of one kind: use one of them" },
    { "encodings in the wrong order",       "base64|wide",                          "'wide' stands before 'base64': 'wide|base64'"                 },
    { "an offset without contains",         "base64offset|endswith",
     "'base64offset' makes a piece of a longer text: it goes with 'contains'"                                                                      },
    { "an offset alone",                    "base64offset",                         "as 'base64offset|contains'"                                   },
    { "an encoded expression",              "base64|re",                            "'base64' means nothing to 're'"                               },
    { "an encoded number",                  "base64|lt",                            "'base64' means nothing to 'lt'"                               },
    { "an expression of a measure",         "len|re",
     "'len' makes a number, which 're' does not compare: use lt, lte, gt, gte or none"                                                             },
    { "two measures",                       "hour|minute",                          "'hour' and 'minute' both measure"                             },
    { "a measure after the order",          "lt|len",
     "'len' makes the number that 'lt' compares and stands before it: 'len|lt'"                                                                    },
    { "a measure of an encoding",           "base64|len",                           "'len' compares numbers, which 'base64' does not make"         },
    { "a measure in its case",              "len|cased",                            "'len' compares numbers: 'cased' and 'windash' are about texts"},
    { "not less",                           "lt|neq",                               "'neq' means nothing to 'lt': use 'gte'"                       },
    { "not there",                          "exists|neq",                           "'neq' means nothing to 'exists': use 'exists: false'"         },
    { "all that differ",                    "neq|all",                              "'neq' is about all values of a list anyway: leave 'all' out"  },
    { "an encoded reference",               "base64|fieldref",                      "'fieldref' compares with the other field as it is"            },
    { "a reference to a number",            "fieldref|gt",                          "'fieldref' means nothing to 'gt'"                             },
    { "a dash in an expression",            "windash|re",                           "'windash' means nothing to 're'"                              },
    { "a misspelt encoding",                "base46",                               "did you mean 'base64'?"                                       },
};

static void check_chain(void **state)
{
    const struct chain *row = *state;
    struct ais_why why = { .code = AIS_OK };
    struct ais_op_use use = { .op = NULL };
    enum ais_err err = ais_op_parse(row->chain, strlen(row->chain), &use, &why);
    assert_int_equal(err, row->why[0] == '\0' ? AIS_OK : AIS_E_RULE);
    assert_int_equal(use.op != NULL, err == AIS_OK);
    if (strstr(why.text, row->why) == NULL)
        fail_msg("'%s' lacks '%s'", why.text, row->why);
}

/* What UTF-16 makes holds NULs, which no row can. */
static void utf16_is_found_as_it_is(void **state)
{
    static const char chain[] = "utf16le|contains";
    struct ais_why why = { .code = AIS_OK };
    struct ais_op_use use;
    const struct ais_op *op = NULL;
    void *pattern = NULL;
    const struct ais_json node = node_of(J_STR, "c*d"), plain = node_of(J_STR, "c\\*d");
    const struct ais_value value = { AIS_VALUE_STRING, "x\0c\0*\0d\0", 8, 0 },
                           other = { AIS_VALUE_STRING, "x\0c\0m\0d\0", 8, 0 };
    (void)state;
    assert_int_equal(ais_op_parse(chain, strlen(chain), &use, &why), AIS_OK);
    assert_int_equal(ais_op_compile(&use, &node, 1, NULL, &op, &pattern, &why), AIS_E_RULE);
    assert_int_equal(ais_op_compile(&use, &plain, 1, NULL, &op, &pattern, &why), AIS_OK);
    assert_int_equal(ais_op_match(op, pattern, &value, scratch), AIS_TRUE);
    assert_int_equal(ais_op_match(op, pattern, &other, scratch), AIS_FALSE);
    op->destroy(&pattern);
}

static void neq_differs_from_all_of_a_list(void **state)
{
    struct ais_why why = { .code = AIS_OK };
    struct ais_op_use use;
    const struct ais_op *op = NULL;
    void *pattern = NULL;
    const struct ais_json nodes[] = { node_of(J_STR, "a"), node_of(J_NUM, "2") };
    const struct ais_value same = { AIS_VALUE_STRING, "A", 1, 0 }, number = { AIS_VALUE_NUMBER, "2.0", 3, 0 },
                           other = { AIS_VALUE_STRING, "b", 1, 0 };
    (void)state;
    assert_int_equal(ais_op_parse("neq", 3, &use, &why), AIS_OK);
    assert_int_equal(ais_op_compile(&use, nodes, N_ELEMS(nodes), NULL, &op, &pattern, &why), AIS_OK);
    assert_int_equal(ais_op_match(op, pattern, &same, scratch), AIS_FALSE);
    assert_int_equal(ais_op_match(op, pattern, &number, scratch), AIS_FALSE);
    assert_int_equal(ais_op_match(op, pattern, &other, scratch), AIS_TRUE);
    op->destroy(&pattern);
}

static void every_row_is_whole(void **state)
{
    (void)state;
    for (size_t i = 0; i < ais_op_count; i++) {
        const struct ais_op *op = ais_ops[i];
        assert_ptr_equal(ais_op_find(op->name, strlen(op->name)), op);
        bool compares = op->compile && op->literals && op->match && op->destroy;
        int kinds = compares + (op->flag != 0) + (op->transform != NULL) + (op->measure != NULL);
        assert_int_equal(kinds, 1);
        assert_true(compares || op->takes == 0);
    }
}

static int open_scratch(void **state)
{
    (void)state;
    scratch = ais_op_scratch_new();
    return scratch == NULL;
}

static int close_scratch(void **state)
{
    (void)state;
    ais_op_scratch_destroy(&scratch);
    return 0;
}

int main(void)
{
    struct CMUnitTest tests[N_ELEMS(rows)];
    struct CMUnitTest refused[N_ELEMS(refusals)];
    struct CMUnitTest parsed[N_ELEMS(chains)];
    AIS_ROWS(tests, rows, check_row);
    AIS_ROWS(refused, refusals, check_refusal);
    AIS_ROWS(parsed, chains, check_chain);
    const struct CMUnitTest others[] = {
        cmocka_unit_test(every_row_is_whole),
        cmocka_unit_test(utf16_is_found_as_it_is),
        cmocka_unit_test(neq_differs_from_all_of_a_list),
    };
    int failed = cmocka_run_group_tests_name("ops/match", tests, open_scratch, close_scratch);
    failed += cmocka_run_group_tests_name("ops/refusals", refused, NULL, NULL);
    failed += cmocka_run_group_tests_name("ops/chains", parsed, NULL, NULL);
    failed += cmocka_run_group_tests_name("ops/table", others, open_scratch, close_scratch);
    return failed;
}
