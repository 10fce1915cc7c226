/* What is not understood of each hostile text (hostile.h), sent by whom it is hardest for, and why. */
#ifndef AIS_TESTS_POLICY_OUTCOMES_H
#define AIS_TESTS_POLICY_OUTCOMES_H

#define MUCH "more work than a request may cost"

static const struct outcome {
    const char *name, *tool, *key;
    const char *unknown; /* "PART: why", between "; " */
} outcomes[] = {
    {"prose",                        "t",           "a",       ""                                                                           },
    { "program",                     "t",           "a",       "PATH: more than 8192 paths"                                                 },
    { "log",                         "t",           "a",       "PATH: " MUCH "; SECRET: " MUCH "; PII: " MUCH                               },
    { "log",                         "run_query",   "sql",     "PATH: " MUCH "; SQL: " MUCH "; SECRET: " MUCH "; PII: " MUCH "; CODE: " MUCH},
    { "ligatures",                   "http_fetch",  "url",     "TEXT: " MUCH "; SQL: " MUCH "; SECRET: " MUCH "; PII: " MUCH "; CODE: " MUCH},
    { "csv",                         "t",           "a",       "PII: " MUCH                                                                 },
    { "one letter",                  "t",           "a",       ""                                                                           },
    { "words",                       "t",           "a",       ""                                                                           },
    { "blanks",                      "t",           "a",       ""                                                                           },
    { "lines",                       "t",           "a",       ""                                                                           },
    { "unicode",                     "t",           "a",       "TEXT: " MUCH "; SECRET: " MUCH "; PII: " MUCH                               },
    { "ligatures",                   "t",           "a",       "TEXT: " MUCH "; SECRET: " MUCH "; PII: " MUCH                               },
    { "marks",                       "t",           "a",       "TEXT: " MUCH "; SECRET: " MUCH "; PII: " MUCH                               },
    { "marks on one letter",         "t",           "a",       "TEXT: " MUCH "; SECRET: " MUCH "; PII: " MUCH                               },
    { "zero width",                  "t",           "a",       "TEXT: " MUCH "; SECRET: " MUCH "; PII: " MUCH                               },
    { "substitutions",               "bash",        "command",
     "URL: more than 1 MiB of shell text, what is read again included; PATH: " MUCH
      "; SHELL: more than 1 MiB of shell text, what is read again included; SQL: " MUCH "; SECRET: " MUCH "; PII: " MUCH
      "; CODE: " MUCH                                                                                                                       },
    { "closed substitutions",        "bash",        "command",
     "URL: more than 1 MiB of shell text, what is read again included; PATH: " MUCH
      "; SHELL: more than 1 MiB of shell text, what is read again included; SQL: " MUCH "; SECRET: " MUCH "; PII: " MUCH
      "; CODE: " MUCH                                                                                                                       },
    { "backticks",                   "bash",        "command",
     "URL: " MUCH "; PATH: " MUCH "; SHELL: " MUCH "; SQL: " MUCH "; SECRET: " MUCH "; PII: " MUCH "; CODE: " MUCH                          },
    { "escaped backticks",           "bash",        "command",
     "PATH: " MUCH "; SQL: " MUCH "; SECRET: " MUCH "; PII: " MUCH "; CODE: " MUCH                                                          },
    { "single quotes",               "bash",        "command",
     "PATH: " MUCH "; SQL: " MUCH "; SECRET: " MUCH "; PII: " MUCH "; CODE: " MUCH                                                          },
    { "double quotes",               "bash",        "command", ""                                                                           },
    { "both quotes",                 "bash",        "command", ""                                                                           },
    { "double quoted substitutions", "bash",        "command",
     "URL: more than 1 MiB of shell text, what is read again included; SHELL: more than 1 MiB of shell text, what is "
      "read again included; SQL: " MUCH "; SECRET: " MUCH "; PII: " MUCH "; CODE: " MUCH                                                    },
    { "braces",                      "bash",        "command",
     "URL: shell expansions make more than 2 MiB of text; PATH: " MUCH
      "; SHELL: shell expansions make more than 2 MiB of text; SQL: " MUCH "; SECRET: " MUCH "; PII: " MUCH
      "; CODE: " MUCH                                                                                                                       },
    { "open braces",                 "bash",        "command", "PATH: " MUCH "; SQL: " MUCH "; SECRET: " MUCH "; PII: " MUCH "; CODE: " MUCH},
    { "nested braces",               "bash",        "command",
     "PATH: " MUCH "; SQL: " MUCH "; SECRET: " MUCH "; PII: " MUCH "; CODE: " MUCH                                                          },
    { "ranges",                      "bash",        "command", "PATH: " MUCH "; SQL: " MUCH "; SECRET: " MUCH "; PII: " MUCH "; CODE: " MUCH},
    { "variables",                   "bash",        "command",
     "URL: shell expansions make more than 2 MiB of text; PATH: " MUCH
      "; SHELL: shell expansions make more than 2 MiB of text; SQL: " MUCH "; SECRET: " MUCH "; PII: " MUCH
      "; CODE: " MUCH                                                                                                                       },
    { "braced variables",            "bash",        "command",
     "URL: " MUCH "; SHELL: " MUCH "; SQL: " MUCH "; SECRET: " MUCH "; PII: " MUCH "; CODE: " MUCH                                          },
    { "assignments",                 "bash",        "command",
     "URL: shell expansions make more than 2 MiB of text; PATH: " MUCH
      "; SHELL: shell expansions make more than 2 MiB of text; SQL: " MUCH "; SECRET: " MUCH "; PII: " MUCH
      "; CODE: " MUCH                                                                                                                       },
    { "eval",                        "bash",        "command",
     "URL: more than 32768 words of shell; PATH: " MUCH "; SHELL: more than 32768 words of shell; SQL: " MUCH
      "; SECRET: " MUCH "; PII: " MUCH "; CODE: " MUCH                                                                                      },
    { "nested shells",               "bash",        "command",
     "URL: more than 32768 words of shell; PATH: " MUCH "; SHELL: more than 32768 words of shell; SQL: " MUCH
      "; SECRET: " MUCH "; PII: " MUCH "; CODE: " MUCH                                                                                      },
    { "sudo",                        "bash",        "command",
     "URL: more than 32768 words of shell; PATH: " MUCH "; SHELL: more than 32768 words of shell; SQL: " MUCH
      "; SECRET: " MUCH "; PII: " MUCH "; CODE: " MUCH                                                                                      },
    { "pipes",                       "bash",        "command",
     "URL: more than 4096 shell commands; PATH: " MUCH "; SHELL: more than 4096 shell commands; SQL: " MUCH
      "; SECRET: " MUCH "; PII: " MUCH "; CODE: " MUCH                                                                                      },
    { "groups",                      "bash",        "command",
     "URL: shell commands nested deeper than 32; PATH: " MUCH
      "; SHELL: shell commands nested deeper than 32; SQL: " MUCH "; SECRET: " MUCH "; PII: " MUCH "; CODE: " MUCH                          },
    { "functions",                   "bash",        "command",
     "URL: more than 4096 shell commands; PATH: " MUCH "; SHELL: more than 4096 shell commands; SQL: " MUCH
      "; SECRET: " MUCH "; PII: " MUCH "; CODE: " MUCH                                                                                      },
    { "here documents",              "bash",        "command", "SQL: " MUCH "; SECRET: " MUCH "; PII: " MUCH "; CODE: " MUCH                },
    { "many here documents",         "bash",        "command",
     "URL: shell expansions make more than 2 MiB of text; PATH: " MUCH
      "; SHELL: shell expansions make more than 2 MiB of text; SQL: " MUCH "; SECRET: " MUCH "; PII: " MUCH
      "; CODE: " MUCH                                                                                                                       },
    { "redirections",                "bash",        "command",
     "URL: shell expansions make more than 2 MiB of text; PATH: " MUCH
      "; SHELL: shell expansions make more than 2 MiB of text; SQL: " MUCH "; SECRET: " MUCH "; PII: " MUCH
      "; CODE: " MUCH                                                                                                                       },
    { "arithmetic",                  "bash",        "command",
     "URL: more than 1 MiB of shell text, what is read again included; PATH: " MUCH
      "; SHELL: more than 1 MiB of shell text, what is read again included; SQL: " MUCH "; SECRET: " MUCH "; PII: " MUCH
      "; CODE: " MUCH                                                                                                                       },
    { "globs",                       "bash",        "command", "PATH: " MUCH "; SQL: " MUCH "; SECRET: " MUCH "; PII: " MUCH "; CODE: " MUCH},
    { "cases",                       "bash",        "command",
     "URL: shell commands nested deeper than 32; PATH: " MUCH
      "; SHELL: shell commands nested deeper than 32; SQL: " MUCH "; SECRET: " MUCH "; PII: " MUCH "; CODE: " MUCH                          },
    { "loops",                       "bash",        "command",
     "URL: shell commands nested deeper than 32; PATH: " MUCH
      "; SHELL: shell commands nested deeper than 32; SQL: " MUCH "; SECRET: " MUCH "; PII: " MUCH "; CODE: " MUCH                          },
    { "envs before a command",       "bash",        "command",
     "URL: more than 32768 words of shell; PATH: " MUCH "; SHELL: more than 32768 words of shell; SQL: " MUCH
      "; SECRET: " MUCH "; PII: " MUCH "; CODE: " MUCH                                                                                      },
    { "xargs",                       "bash",        "command",
     "URL: more than 32768 words of shell; PATH: " MUCH "; SHELL: more than 32768 words of shell; SQL: " MUCH
      "; SECRET: " MUCH "; PII: " MUCH "; CODE: " MUCH                                                                                      },
    { "echo into sh",                "bash",        "command",
     "URL: more than 1 MiB of shell text, what is read again included; PATH: " MUCH
      "; SHELL: more than 1 MiB of shell text, what is read again included; SQL: " MUCH "; SECRET: " MUCH "; PII: " MUCH
      "; CODE: " MUCH                                                                                                                       },
    { "flags",                       "bash",        "command",
     "URL: more than 4096 shell commands; PATH: " MUCH "; SHELL: more than 4096 shell commands; SQL: " MUCH
      "; SECRET: " MUCH "; PII: " MUCH "; CODE: " MUCH                                                                                      },
    { "calls in awk",                "bash",        "command",
     "URL: shell expansions make more than 2 MiB of text; PATH: " MUCH
      "; SHELL: shell expansions make more than 2 MiB of text; SQL: " MUCH "; SECRET: " MUCH "; PII: " MUCH
      "; CODE: " MUCH                                                                                                                       },
    { "getline in awk",              "bash",        "command",
     "URL: more than 64 commands in a script; PATH: " MUCH "; SHELL: more than 64 commands in a script; SQL: " MUCH
      "; SECRET: " MUCH "; PII: " MUCH "; CODE: " MUCH                                                                                      },
    { "commands of sed",             "bash",        "command",
     "PATH: " MUCH "; SQL: " MUCH "; SECRET: " MUCH "; PII: " MUCH "; CODE: " MUCH                                                          },
    { "calls in a makefile",         "bash",        "command",
     "URL: more than 1 MiB of shell text, what is read again included; PATH: " MUCH
      "; SHELL: more than 1 MiB of shell text, what is read again included; SQL: " MUCH "; SECRET: " MUCH "; PII: " MUCH
      "; CODE: " MUCH                                                                                                                       },
    { "files that are fetched",      "bash",        "command",
     "URL: more than 4096 URLs; SHELL: " MUCH "; SQL: " MUCH "; SECRET: " MUCH "; PII: " MUCH "; CODE: " MUCH                               },
    { "escapes of the shell",        "bash",        "command",
     "PATH: " MUCH "; SQL: " MUCH "; SECRET: " MUCH "; PII: " MUCH "; CODE: " MUCH                                                          },
    { "one pipeline of everything",  "bash",        "command",
     "URL: more than 4096 shell commands; SHELL: more than 4096 shell commands; SQL: " MUCH "; SECRET: " MUCH
      "; PII: " MUCH "; CODE: " MUCH                                                                                                        },
    { "percent 25",                  "lookup_user", "name",
     "TEXT: more than 256 KiB of encoded text; SQL: a value of more than 256 KiB; SECRET: " MUCH "; PII: " MUCH
      "; CODE: " MUCH                                                                                                                       },
    { "percent 41",                  "lookup_user", "name",
     "TEXT: more than 256 KiB of encoded text; SQL: a value of more than 256 KiB; SECRET: " MUCH "; PII: " MUCH
      "; CODE: " MUCH                                                                                                                       },
    { "percent",                     "lookup_user", "name",
     "SQL: a value of more than 256 KiB; SECRET: " MUCH "; PII: " MUCH "; CODE: " MUCH                                                      },
    { "hexadecimal",                 "lookup_user", "name",
     "TEXT: more than 256 KiB of encoded text; SQL: a value of more than 256 KiB; SECRET: more than 256 KiB of "
      "encoded text; PII: more than 256 KiB of encoded text"                                                                                },
    { "escaped bytes",               "lookup_user", "name",
     "PATH: " MUCH "; SQL: a value of more than 256 KiB; SECRET: " MUCH "; PII: " MUCH "; CODE: " MUCH                                      },
    { "0x",                          "lookup_user", "name",    "SQL: " MUCH "; SECRET: " MUCH "; PII: " MUCH "; CODE: " MUCH                },
    { "base64 of base64",            "lookup_user", "name",
     "TEXT: more than 256 KiB of encoded text; SQL: a value of more than 256 KiB; SECRET: " MUCH "; PII: " MUCH
      "; CODE: " MUCH                                                                                                                       },
    { "base64 that is text",         "lookup_user", "name",
     "TEXT: more than 256 KiB of encoded text; SQL: a value of more than 256 KiB; SECRET: " MUCH "; PII: " MUCH
      "; CODE: " MUCH                                                                                                                       },
    { "base64 that is none",         "lookup_user", "name",    "SQL: a value of more than 256 KiB"                                          },
    { "long base64 of A",            "lookup_user", "name",
     "TEXT: more than 256 KiB of encoded text; SQL: a value of more than 256 KiB; SECRET: more than 256 KiB of "
      "encoded text; PII: more than 256 KiB of encoded text"                                                                                },
    { "lines of base64",             "t",           "a",
     "TEXT: more than 256 KiB of encoded text; SECRET: more than 256 KiB of encoded text; PII: more than 256 KiB of "
      "encoded text"                                                                                                                        },
    { "uneven lines of base64",      "t",           "a",
     "TEXT: more than 256 KiB of encoded text; SECRET: more than 256 KiB of encoded text; PII: more than 256 KiB of "
      "encoded text"                                                                                                                        },
    { "a list of short words",       "t",           "a",       ""                                                                           },
    { "short hexadecimal words",     "lookup_user", "name",
     "TEXT: more than 256 KiB of encoded text; SQL: " MUCH "; SECRET: " MUCH "; PII: " MUCH "; CODE: " MUCH                                 },
    { "gzip heads",                  "lookup_user", "name",
     "SQL: a value of more than 256 KiB; SECRET: " MUCH "; PII: " MUCH "; CODE: " MUCH                                                      },
    { "gzip bomb",                   "lookup_user", "name",
     "TEXT: more than 256 KiB of encoded text; SQL: a value of more than 256 KiB; SECRET: " MUCH "; PII: " MUCH
      "; CODE: " MUCH                                                                                                                       },
    { "URLs",                        "http_fetch",  "url",
     "URL: more than 4096 URLs; SQL: a value of more than 256 KiB; SECRET: " MUCH "; PII: " MUCH "; CODE: " MUCH                            },
    { "short URLs",                  "http_fetch",  "url",
     "URL: more than 4096 URLs; SQL: " MUCH "; SECRET: " MUCH "; PII: " MUCH "; CODE: " MUCH                                                },
    { "URLs in URLs",                "http_fetch",  "url",
     "URL: " MUCH "; SQL: a value of more than 256 KiB; SECRET: " MUCH "; PII: " MUCH "; CODE: " MUCH                                       },
    { "colons",                      "http_fetch",  "url",
     "URL: " MUCH "; SQL: a value of more than 256 KiB; SECRET: " MUCH "; PII: " MUCH "; CODE: " MUCH                                       },
    { "schemes",                     "http_fetch",  "url",
     "URL: " MUCH "; PATH: " MUCH "; SHELL: " MUCH "; SQL: " MUCH "; SECRET: " MUCH "; PII: " MUCH "; CODE: " MUCH                          },
    { "long schemes",                "http_fetch",  "url",
     "URL: " MUCH "; PATH: " MUCH "; SHELL: " MUCH "; SQL: " MUCH "; SECRET: " MUCH "; PII: " MUCH "; CODE: " MUCH                          },
    { "escaped URLs",                "http_fetch",  "url",
     "TEXT: more than 256 KiB of encoded text; URL: " MUCH "; SQL: a value of more than 256 KiB; SECRET: " MUCH
      "; PII: " MUCH "; CODE: " MUCH                                                                                                        },
    { "doubly escaped URLs",         "http_fetch",  "url",
     "TEXT: more than 256 KiB of encoded text; URL: " MUCH "; SQL: a value of more than 256 KiB; SECRET: " MUCH
      "; PII: " MUCH "; CODE: " MUCH                                                                                                        },
    { "addresses",                   "http_fetch",  "url",     "URL: " MUCH "; SQL: " MUCH "; SECRET: " MUCH "; PII: " MUCH "; CODE: " MUCH },
    { "numbers as addresses",        "http_fetch",  "url",
     "URL: more than 4096 URLs; PATH: more than 8192 paths; SQL: " MUCH "; SECRET: " MUCH "; PII: " MUCH
      "; CODE: " MUCH                                                                                                                       },
    { "userinfo",                    "http_fetch",  "url",
     "URL: " MUCH "; SQL: a value of more than 256 KiB; SECRET: " MUCH "; PII: " MUCH "; CODE: " MUCH                                       },
    { "curl words",                  "http_fetch",  "url",
     "URL: more than 4096 URLs; SQL: " MUCH "; SECRET: " MUCH "; PII: " MUCH "; CODE: " MUCH                                                },
    { "one curl, many words",        "http_fetch",  "url",
     "URL: more than 4096 URLs; PATH: " MUCH "; SHELL: " MUCH "; SQL: " MUCH "; SECRET: " MUCH "; PII: " MUCH
      "; CODE: " MUCH                                                                                                                       },
    { "punycode",                    "http_fetch",  "url",
     "URL: more than 4096 URLs; SQL: a value of more than 256 KiB; SECRET: " MUCH "; PII: " MUCH "; CODE: " MUCH                            },
    { "odd URLs",                    "http_fetch",  "url",
     "TEXT: " MUCH "; URL: more than 4096 URLs; PATH: " MUCH "; SHELL: " MUCH "; SQL: " MUCH "; SECRET: " MUCH
      "; PII: " MUCH "; CODE: " MUCH                                                                                                        },
    { "dots",                        "http_fetch",  "url",     "PATH: " MUCH "; SQL: " MUCH "; SECRET: " MUCH "; PII: " MUCH "; CODE: " MUCH},
    { "slashes",                     "http_fetch",  "url",     "PATH: " MUCH "; SQL: " MUCH "; SECRET: " MUCH "; PII: " MUCH "; CODE: " MUCH},
    { "paths",                       "http_fetch",  "url",     "PATH: " MUCH "; SQL: " MUCH "; SECRET: " MUCH "; PII: " MUCH "; CODE: " MUCH},
    { "relative paths",              "http_fetch",  "url",
     "PATH: " MUCH "; SQL: " MUCH "; SECRET: " MUCH "; PII: " MUCH "; CODE: " MUCH                                                          },
    { "escaped paths",               "http_fetch",  "url",
     "TEXT: more than 256 KiB of encoded text; PATH: " MUCH "; SQL: " MUCH "; SECRET: " MUCH "; PII: " MUCH
      "; CODE: " MUCH                                                                                                                       },
    { "backslashes",                 "http_fetch",  "url",
     "PATH: " MUCH "; SQL: a value of more than 256 KiB; SECRET: " MUCH "; PII: " MUCH "; CODE: " MUCH                                      },
    { "remarks",                     "run_query",   "sql",     "PATH: " MUCH "; SQL: " MUCH "; SECRET: " MUCH "; PII: " MUCH "; CODE: " MUCH},
    { "closed remarks",              "run_query",   "sql",
     "PATH: " MUCH "; SQL: " MUCH "; SECRET: " MUCH "; PII: " MUCH "; CODE: " MUCH                                                          },
    { "line remarks",                "run_query",   "sql",     "SQL: " MUCH "; SECRET: " MUCH "; PII: " MUCH "; CODE: " MUCH                },
    { "run remarks",                 "run_query",   "sql",
     "PATH: " MUCH "; SQL: " MUCH "; SECRET: " MUCH "; PII: " MUCH "; CODE: " MUCH                                                          },
    { "statements",                  "run_query",   "sql",
     "SQL: more than 262,144 words of SQL; SECRET: " MUCH "; PII: " MUCH "; CODE: " MUCH                                                    },
    { "unions",                      "run_query",   "sql",     "SQL: " MUCH "; SECRET: " MUCH "; PII: " MUCH "; CODE: " MUCH                },
    { "open parentheses",            "run_query",   "sql",
     "SQL: more than 262,144 words of SQL; SECRET: " MUCH "; PII: " MUCH "; CODE: " MUCH                                                    },
    { "closed parentheses",          "run_query",   "sql",
     "SQL: more than 262,144 words of SQL; SECRET: " MUCH "; PII: " MUCH "; CODE: " MUCH                                                    },
    { "nested conditions",           "run_query",   "sql",
     "SQL: more than 262,144 words of SQL; SECRET: " MUCH "; PII: " MUCH "; CODE: " MUCH                                                    },
    { "a long condition",            "run_query",   "sql",
     "SQL: more than 262,144 words of SQL; SECRET: " MUCH "; PII: " MUCH "; CODE: " MUCH                                                    },
    { "names",                       "run_query",   "sql",
     "SQL: more than 262,144 words of SQL; SECRET: " MUCH "; PII: " MUCH "; CODE: " MUCH                                                    },
    { "selects in selects",          "run_query",   "sql",
     "SQL: more than 262,144 words of SQL; SECRET: " MUCH "; PII: " MUCH "; CODE: " MUCH                                                    },
    { "continued values",            "run_query",   "sql",     "SQL: " MUCH "; SECRET: " MUCH "; PII: " MUCH "; CODE: " MUCH                },
    { "quoted words",                "run_query",   "sql",     "SQL: " MUCH "; SECRET: " MUCH "; PII: " MUCH "; CODE: " MUCH                },
    { "quotes and strings",          "run_query",   "sql",     "SQL: " MUCH "; SECRET: " MUCH "; PII: " MUCH "; CODE: " MUCH                },
    { "semicolons",                  "run_query",   "sql",
     "SQL: more than 262,144 words of SQL; SECRET: " MUCH "; PII: " MUCH "; CODE: " MUCH                                                    },
    { "dollar quotes",               "run_query",   "sql",     "SQL: " MUCH "; SECRET: " MUCH "; PII: " MUCH "; CODE: " MUCH                },
    { "different dollar quotes",     "run_query",   "sql",
     "PATH: " MUCH "; SQL: " MUCH "; SECRET: " MUCH "; PII: " MUCH "; CODE: " MUCH                                                          },
    { "dynamic",                     "run_query",   "sql",     "SQL: " MUCH "; SECRET: " MUCH "; PII: " MUCH "; CODE: " MUCH                },
    { "executions",                  "run_query",   "sql",     "SQL: " MUCH "; SECRET: " MUCH "; PII: " MUCH "; CODE: " MUCH                },
    { "calls",                       "run_query",   "sql",     "SQL: " MUCH "; SECRET: " MUCH "; PII: " MUCH "; CODE: " MUCH                },
    { "deletes",                     "run_query",   "sql",
     "SQL: more than 262,144 words of SQL; SECRET: " MUCH "; PII: " MUCH "; CODE: " MUCH                                                    },
    { "with",                        "run_query",   "sql",     "SQL: " MUCH "; SECRET: " MUCH "; PII: " MUCH "; CODE: " MUCH                },
    { "clients",                     "run_query",   "sql",     "SQL: " MUCH "; SECRET: " MUCH "; PII: " MUCH "; CODE: " MUCH                },
    { "clients in shells",           "run_query",   "sql",
     "PATH: " MUCH "; SQL: " MUCH "; SECRET: " MUCH "; PII: " MUCH "; CODE: " MUCH                                                          },
    { "operators",                   "run_query",   "sql",     "SQL: " MUCH "; SECRET: " MUCH "; PII: " MUCH "; CODE: " MUCH                },
    { "digits",                      "read_file",   "path",
     "TEXT: more than 256 KiB of encoded text; SECRET: more than 256 KiB of encoded text; PII: more than 256 KiB of "
      "encoded text"                                                                                                                        },
    { "grouped digits",              "read_file",   "path",    ""                                                                           },
    { "cards",                       "read_file",   "path",    ""                                                                           },
    { "long numbers",                "read_file",   "path",    "TEXT: more than 256 KiB of encoded text; SECRET: " MUCH "; PII: " MUCH      },
    { "dashed digits",               "read_file",   "path",    ""                                                                           },
    { "dotted digits",               "read_file",   "path",    ""                                                                           },
    { "IBANs",                       "read_file",   "path",    "PII: " MUCH                                                                 },
    { "telephones",                  "read_file",   "path",    "PATH: " MUCH                                                                },
    { "social security",             "read_file",   "path",    "PII: " MUCH                                                                 },
    { "mail",                        "read_file",   "path",    ""                                                                           },
    { "at signs",                    "read_file",   "path",    ""                                                                           },
    { "long mail",                   "read_file",   "path",    ""                                                                           },
    { "capitals",                    "read_file",   "path",    "PII: " MUCH                                                                 },
    { "armour",                      "read_file",   "path",    "SECRET: " MUCH "; PII: " MUCH                                               },
    { "open armour",                 "read_file",   "path",    "SECRET: " MUCH "; PII: " MUCH                                               },
    { "tokens",                      "read_file",   "path",    "SECRET: " MUCH "; PII: " MUCH                                               },
    { "token heads",                 "read_file",   "path",    ""                                                                           },
    { "github",                      "read_file",   "path",    ""                                                                           },
    { "token prefixes",              "read_file",   "path",    "SECRET: " MUCH "; PII: " MUCH                                               },
    { "assignments of passwords",    "read_file",   "path",    "SECRET: " MUCH "; PII: " MUCH                                               },
    { "passwords",                   "read_file",   "path",    "SECRET: " MUCH "; PII: " MUCH                                               },
    { "equals",                      "read_file",   "path",    ""                                                                           },
    { "colons and blanks",           "read_file",   "path",
     "URL: " MUCH "; PATH: " MUCH "; SHELL: " MUCH "; SQL: " MUCH "; SECRET: " MUCH "; PII: " MUCH "; CODE: " MUCH                          },
    { "options",                     "read_file",   "path",    "SECRET: " MUCH "; PII: " MUCH                                               },
    { "bearers",                     "read_file",   "path",    ""                                                                           },
    { "long bearers",                "read_file",   "path",    ""                                                                           },
    { "user and password",           "read_file",   "path",    "URL: " MUCH "; SECRET: " MUCH "; PII: " MUCH                                },
    { "dashes",                      "read_file",   "path",    ""                                                                           },
    { "tildes",                      "read_file",   "path",    ""                                                                           },
    { "discord",                     "read_file",   "path",    "TEXT: more than 256 KiB of encoded text; SECRET: " MUCH "; PII: " MUCH      },
    { "telegram",                    "read_file",   "path",    "URL: " MUCH "; PII: " MUCH                                                  },
    { "calls in calls",              "python",      "code",    "SQL: " MUCH "; SECRET: " MUCH "; PII: " MUCH "; CODE: " MUCH                },
    { "short calls",                 "python",      "code",    "SQL: " MUCH "; SECRET: " MUCH "; PII: " MUCH "; CODE: " MUCH                },
    { "runs",                        "python",      "code",    "SQL: " MUCH "; SECRET: " MUCH "; PII: " MUCH "; CODE: " MUCH                },
    { "brackets",                    "python",      "code",    "SQL: " MUCH "; SECRET: " MUCH "; PII: " MUCH "; CODE: " MUCH                },
    { "lists",                       "python",      "code",    "SQL: " MUCH "; SECRET: " MUCH "; PII: " MUCH "; CODE: " MUCH                },
    { "sums of texts",               "python",      "code",    "SQL: " MUCH "; SECRET: " MUCH "; PII: " MUCH "; CODE: " MUCH                },
    { "known names",                 "python",      "code",    "SQL: " MUCH "; SECRET: " MUCH "; PII: " MUCH "; CODE: " MUCH                },
    { "names of names",              "python",      "code",    "SQL: " MUCH "; SECRET: " MUCH "; PII: " MUCH "; CODE: " MUCH                },
    { "members",                     "python",      "code",    "SQL: " MUCH "; SECRET: " MUCH "; PII: " MUCH "; CODE: " MUCH                },
    { "formatted texts",             "python",      "code",
     "PATH: " MUCH "; SQL: " MUCH "; SECRET: " MUCH "; PII: " MUCH "; CODE: " MUCH                                                          },
    { "templates",                   "python",      "code",    "PATH: " MUCH "; SQL: " MUCH "; SECRET: " MUCH "; PII: " MUCH "; CODE: " MUCH},
    { "evaluations",                 "python",      "code",    "SQL: " MUCH "; SECRET: " MUCH "; PII: " MUCH "; CODE: " MUCH                },
    { "closed evaluations",          "python",      "code",    "SQL: " MUCH "; SECRET: " MUCH "; PII: " MUCH "; CODE: " MUCH                },
    { "imports",                     "python",      "code",    "SQL: " MUCH "; SECRET: " MUCH "; PII: " MUCH "; CODE: " MUCH                },
    { "patterns",                    "python",      "code",
     "PATH: more than 8192 paths; SQL: " MUCH "; SECRET: " MUCH "; PII: " MUCH "; CODE: " MUCH                                              },
    { "documents",                   "python",      "code",    "SQL: " MUCH "; SECRET: " MUCH "; PII: " MUCH "; CODE: " MUCH                },
    { "characters",                  "python",      "code",    "PATH: " MUCH "; SQL: " MUCH "; SECRET: " MUCH "; PII: " MUCH "; CODE: " MUCH},
    { "decodings",                   "python",      "code",    "SQL: " MUCH "; SECRET: " MUCH "; PII: " MUCH "; CODE: " MUCH                },
    { "joins",                       "python",      "code",
     "PATH: more than 8192 paths; SQL: " MUCH "; SECRET: " MUCH "; PII: " MUCH "; CODE: " MUCH                                              },
    { "comprehensions",              "python",      "code",    "SQL: " MUCH "; SECRET: " MUCH "; PII: " MUCH "; CODE: " MUCH                },
    { "quote words",                 "python",      "code",    "SQL: " MUCH "; SECRET: " MUCH "; PII: " MUCH "; CODE: " MUCH                },
    { "shebangs",                    "python",      "code",
     "PATH: more than 8192 paths; SQL: " MUCH "; SECRET: " MUCH "; PII: " MUCH "; CODE: " MUCH                                              },
    { "first lines",                 "python",      "code",    "SQL: " MUCH "; SECRET: " MUCH "; PII: " MUCH "; CODE: " MUCH                },
    { "strings of one letter",       "bash",        "command",
     "TEXT: " MUCH "; URL: " MUCH "; PATH: " MUCH "; SHELL: " MUCH "; SQL: " MUCH "; SECRET: " MUCH "; PII: " MUCH
      "; CODE: " MUCH                                                                                                                       },
    { "commands",                    "bash",        "command",
     "TEXT: " MUCH "; URL: " MUCH "; PATH: " MUCH "; SHELL: " MUCH "; SQL: " MUCH "; SECRET: " MUCH "; PII: " MUCH
      "; CODE: " MUCH                                                                                                                       },
    { "paths in strings",            "bash",        "command",
     "TEXT: " MUCH "; URL: " MUCH "; PATH: " MUCH "; SHELL: " MUCH "; SQL: " MUCH "; SECRET: " MUCH "; PII: " MUCH
      "; CODE: " MUCH                                                                                                                       },
    { "addresses in strings",        "bash",        "command",
     "TEXT: " MUCH "; URL: " MUCH "; PATH: " MUCH "; SHELL: " MUCH "; SQL: " MUCH "; SECRET: " MUCH "; PII: " MUCH
      "; CODE: " MUCH                                                                                                                       },
    { "statements in strings",       "bash",        "command",
     "TEXT: " MUCH "; URL: " MUCH "; PATH: " MUCH "; SHELL: " MUCH "; SQL: " MUCH "; SECRET: " MUCH "; PII: " MUCH
      "; CODE: " MUCH                                                                                                                       },
    { "empty strings",               "bash",        "command",
     "TEXT: " MUCH "; URL: " MUCH "; PATH: " MUCH "; SHELL: " MUCH "; SQL: " MUCH "; SECRET: " MUCH "; PII: " MUCH
      "; CODE: " MUCH                                                                                                                       },
    { "deep JSON",                   "bash",        "command",
     "URL: more than 4096 shell commands; SHELL: more than 4096 shell commands; SQL: more than 4096 shell commands"                         },
    { "relative paths",              "read_file",   "path",    "PATH: " MUCH "; SECRET: " MUCH "; PII: " MUCH                               },
    { "prose",                       "bash",        "command",
     "URL: more than 32768 words of shell; PATH: " MUCH "; SHELL: more than 32768 words of shell; SQL: " MUCH
      "; SECRET: " MUCH "; PII: " MUCH "; CODE: " MUCH                                                                                      },
    { "substitutions",               "python",      "code",    "SQL: " MUCH "; SECRET: " MUCH "; PII: " MUCH "; CODE: " MUCH                },
    { "dashes",                      "run_query",   "sql",
     "SQL: more than 262,144 words of SQL; SECRET: " MUCH "; PII: " MUCH "; CODE: " MUCH                                                    },
    { "digits",                      "run_query",   "sql",
     "TEXT: more than 256 KiB of encoded text; SQL: a value of more than 256 KiB; SECRET: " MUCH "; PII: " MUCH
      "; CODE: " MUCH                                                                                                                       },
    { "open parentheses",            "python",      "code",    "SQL: " MUCH "; SECRET: " MUCH "; PII: " MUCH "; CODE: " MUCH                },
};
enum { OUTCOMES = sizeof outcomes / sizeof outcomes[0] };

#endif
