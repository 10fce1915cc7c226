/* The part SHELL: tools that are named after a program, and what is given to it without its name. */
#include "tests/unit/policy/facts/part.h"

static const struct named_tool {
    const char *name, *tool, *arguments, *want; /* the commands */
} named_tools[] = {
    {"a program's tool",                "kubectl",                    "\"command\":\"delete ns prod\"",                                       "kubectl delete ns prod"          },
    { "in whatever words",              "RunKubectl",                 "\"cmd\":\"delete ns prod\"",                                           "kubectl delete ns prod"          },
    { "a server's tool",                "mcp__kubectl__kubectl",      "\"args\":\"delete ns prod\"",                                          "kubectl delete ns prod"          },
    { "that executes",                  "mcp__kubectl__kubectl_exec", "\"command\":\"delete ns prod\"",
     "kubectl delete ns prod ; delete ns prod"                                                                                                                                  },
    { "words of a program's tool",      "kubectl",                    "\"args\":[\"delete\",\"ns\",\"a b\"]",                                 "kubectl delete ns a b"           },
    { "texts of words",                 "docker_cli",                 "\"args\":[\"system prune\",\"-af\"]",                                  "docker system prune -af"         },
    { "a word with blanks",             "psql",                       "\"command\":\"-c\",\"args\":[\"SELECT 1\"]",                           "psql -c SELECT 1"                },
    { "a command array",                "kubectl",                    "\"command\":[\"delete\",\"ns\"]",                                      "kubectl delete ns"               },
    { "a subcommand",                   "helm",                       "\"flags\":\"--wait\",\"args\":[\"web\"],\"subcommand\":\"uninstall\"",
     "helm uninstall web --wait"                                                                                                                                                },
    { "a command beside its arguments", "aws_cli",                    "\"command\":\"s3 rb\",\"args\":[\"s3://prod\",\"--force\"]",
     "aws s3 rb s3://prod --force"                                                                                                                                              },
    { "two commands of one program",    "git",                        "\"command\":\"status\",\"cmd\":\"push -f\"",                           "git status ; git push -f"        },
    { "a tool of one subcommand",       "git_push",                   "\"args\":\"--force origin main\"",                                     "git push --force origin main"    },
    { "which is said again",            "git_push",                   "\"args\":\"push --force origin main\"",                                "git push --force origin main"    },
    { "letters and digits",             "aws_s3",                     "\"args\":\"rb s3://prod\"",                                            "aws s3 rb s3://prod"             },
    { "a program of another name",      "redis_command",              "\"command\":\"FLUSHALL\"",                                             "redis-cli FLUSHALL"              },
    { "options alone",                  "terraform",                  "\"command\":\"-chdir=a destroy\"",                                     "terraform -chdir=a destroy"      },
    { "lists",                          "git",                        "\"command\":\"status; rm a\"",                                         "git status ; rm a"               },
    { "nested arguments",               "kubectl",                    "\"input\":{\"command\":\"get pods\"}",                                 "kubectl get pods"                },
    { "a harmless command",             "kubectl",                    "\"command\":\"get pods\"",                                             "kubectl get pods"                },
    { "a program that is named",        "git",                        "\"command\":\"git status\"",                                           "git status"                      },
    { "by its path",                    "git",                        "\"command\":\"/usr/bin/git\",\"args\":[\"status\"]",                   "/usr/bin/git status"             },
    { "in the arguments",               "git",                        "\"args\":[\"git\",\"status\"]",                                        "git status"                      },
    { "behind a wrapper",               "kubectl",                    "\"command\":\"sudo kubectl get pods\"",
     "sudo kubectl get pods ; kubectl get pods"                                                                                                                                 },
    { "behind a variable",              "kubectl",                    "\"command\":\"A=b kubectl get pods\"",                                 "kubectl get pods"                },
    { "another program",                "run_docker",                 "\"command\":\"helm list\"",                                            "helm list"                       },
    { "a shell of the program's tool",  "docker",                     "\"command\":\"bash\",\"args\":[\"-c\",\"rm a\"]",
     "bash -c rm a ; rm a"                                                                                                                                                      },
    { "what is both",                   "docker",                     "\"command\":\"rm -f web\"",                                            "docker rm -f web ; rm -f web"    },
    { "what may run elsewhere",         "ssh",                        "\"host\":\"a\",\"command\":\"uptime\"",                                "ssh uptime ; uptime"             },
    { "or is the program's",            "ssh",                        "\"command\":\"web1 'rm a'\"",                                          "ssh web1 rm a ; rm a ; web1 rm a"},
    { "a key generator",                "ssh_keygen",                 "\"args\":\"-t ed25519\"",                                              ""                                },
    { "a service",                      "GitHubSearch",               "\"args\":\"delete x\"",                                                ""                                },
    { "an interface without a command", "git_commit",                 "\"message\":\"delete x\"",                                             ""                                },
    { "and others",                     "docker_logs",                "\"container\":\"web\",\"tail\":\"5\"",                                 ""                                },
    { "a word that is no program",      "find_file",                  "\"args\":\"x -delete\"",                                               ""                                },
};

static void check_named_tool(void **state)
{
    const struct named_tool *row = *state;
    AUTO(ais_buf_done) struct ais_buf body = { 0 };
    AUTO(ais_buf_done) struct ais_buf got = { 0 };
    struct part_lab lab;
    ais_buf_format(&body, "{\"tool_name\":\"%s\",\"tool_args\":{%s}}", row->tool, row->arguments);
    part_lab_init(&lab, body.data, body.length);
    const struct ais_part *part = ais_view_part(&lab.view, AIS_PART_SHELL);
    assert_false(lab.view.failed);
    assert_null(part->unknown);
    part_print(part, AIS_SHELL_COMMAND, &got);
    assert_string_equal(got.data != NULL ? got.data : "", row->want);
    part_lab_done(&lab);
}

int main(void)
{
    static struct CMUnitTest tests[N_ELEMS(named_tools)];
    AIS_ROWS(tests, named_tools, check_named_tool);
    return cmocka_run_group_tests_name("policy/facts/shell_named", tests, NULL, NULL);
}
