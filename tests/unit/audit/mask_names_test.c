/* What its name makes a credential, however weak, and its twins that stay readable. */
#include "tests/unit/audit/mask_fixture.h"

#define JWT      "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxIn0.c2lnbmF0dXJlLXNpZ25hdHVyZQ"
#define HF       "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"
#define SENDGRID "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"

static const struct named {
    const char *args; /* of the request, as JSON */
    const char *gone; /* NULL: all stays as it is */
} named[] = {
    {"{\"password\":\"hunter2\"}",                                                                                     "hunter2"         },
    { "{\"password\":\"httpd2020\"}",                                                                                  "httpd2020"       },
    { "{\"password\":\"kLmNoPqRsTuVwXyZ\"}",                                                                           "kLmNoPqRsTuVwXyZ"},
    { "{\"password\":\"correct-horse-battery-staple\"}",                                                               "correct-horse"   },
    { "{\"password\":\"ab\"}",                                                                                         "\"ab\""          },
    { "{\"passwd\":\"abcdef\",\"n\":1}",                                                                               "abcdef"          },
    { "{\"password\":12345678}",                                                                                       "12345678"        },
    { "{\"password\":[\"uno\",\"dose\"]}",                                                                             "dose"            },
    { "{\"secret\":\"opensesame\"}",                                                                                   "opensesame"      },
    { "{\"api_key\":\"letmeinplease\"}",                                                                               "letmein"         },
    { "{\"headers\":{\"x-api-key\":\"abcdefgh\"}}",                                                                    "abcdefgh"        },
    { "{\"token\":\"abc-def-ghi\"}",                                                                                   "abc-def-ghi"     },
    { "{\"env\":{\"DB_PASSWORD\":\"squeamish\"}}",                                                                     "squeamish"       },
    { "{\"group_password\":\"squeamish\"}",                                                                            "squeamish"       },
    { "{\"password\":\"${DB_PASSWORD:-squeamish}\"}",                                                                  "squeamish"       },
    { "{\"env\":[\"PGPASSWORD=squeamish\"]}",                                                                          "squeamish"       },
    { "{\"argv\":[\"mysql\",\"--password\",\"squeamish\"]}",                                                           "squeamish"       },
    { "{\"x\":\"mysql --password=hunter2 -h db\"}",                                                                    "hunter2"         },
    { "{\"x\":\"tool --password squeamish -h db\"}",                                                                   "squeamish"       },
    { "{\"x\":\"PGPASSWORD=abc psql\"}",                                                                               "=abc"            },
    { "{\"x\":\"PGPASSWORD=squeamish psql\"}",                                                                         "squeamish"       },
    { "{\"x\":\"host=a password=squeamish port=1\"}",                                                                  "squeamish"       },
    { "{\"x\":\"password = 'squeamish'\"}",                                                                            "squeamish"       },
    { "{\"x\":\"db:\\n  password: squeamish\\n  port: 1\"}",                                                           "squeamish"       },
    { "{\"x\":\"password: hunter2\"}",                                                                                 "hunter2"         },
    { "{\"x\":\"curl -H 'X-Api-Key: abcdefgh' h\"}",                                                                   "abcdefgh"        },
    { "{\"x\":\"curl -H 'Authorization: token abcdefgh' h\"}",                                                         "abcdefgh"        },
    { "{\"x\":\"curl -H 'Authorization: token 0123abcd0123abcd0123abcd0123abcd0123abcd0123abcd0123abcd0123abcd' h\"}",
     "0123abcd"                                                                                                                          },
    { "{\"x\":\"curl -H 'Authorization: Bearer abcdefgh' h\"}",                                                        "abcdefgh"        },
    { "{\"x\":\"curl -H \\\"Authorization: Basic YTpi\\\" h\"}",                                                       "YTpi"            },
    { "{\"x\":\"{\\\"Authorization\\\": \\\"Bearer abcdefgh\\\"}\"}",                                                  "abcdefgh"        },
    { "{\"x\":\"use Bearer abcd1234 there\"}",                                                                         "abcd1234"        },
    { "{\"headers\":{\"Authorization\":\"Bearer abcdefgh\"}}",                                                         "abcdefgh"        },
    { "{\"headers\":{\"Authorization\":\"Basic YTpi\"}}",                                                              "YTpi"            },
    { "{\"headers\":{\"authorization\":\"abcdefgh\"}}",                                                                "abcdefgh"        },
    { "{\"x\":\"x_" JWT "\"}",                                                                                         JWT               },
    { "{\"x\":\"ci-" JWT "\"}",                                                                                        JWT               },
    { "{\"x\":\"x_" HF "\"}",                                                                                          HF                },
    { "{\"x\":\"x_" SENDGRID "\"}",                                                                                    SENDGRID          },
    { "{\"x\":\"" SENDGRID "-x\"}",                                                                                    SENDGRID          },
    { "{\"x\":\"" SENDGRID "_x\"}",                                                                                    SENDGRID          },

    { "{\"password\":\"$DB_PASSWORD\"}",                                                                               NULL              },
    { "{\"password\":\"${DB_PASSWORD}\"}",                                                                             NULL              },
    { "{\"password\":\"$(pass show db)\"}",                                                                            NULL              },
    { "{\"password\":\"{{ db.password }}\"}",                                                                          NULL              },
    { "{\"password\":\"<password>\"}",                                                                                 NULL              },
    { "{\"password\":\"****\"}",                                                                                       NULL              },
    { "{\"password\":\"\"}",                                                                                           NULL              },
    { "{\"password\":true,\"token\":null,\"pass\":3}",                                                                 NULL              },
    { "{\"password\":{\"type\":\"string\"}}",                                                                          NULL              },
    { "{\"tokens\":[\"some\",\"words\"],\"token\":\"hello\",\"max_tokens\":4096}",                                     NULL              },
    { "{\"key\":\"name\",\"sort_key\":\"created-at-1\",\"page_token\":\"abc-def-ghi\"}",                               NULL              },
    { "{\"credentials\":\"include\"}",                                                                                 NULL              },
    { "{\"bypass\":\"always\",\"compass\":\"north\"}",                                                                 NULL              },
    { "{\"argv\":[\"tool\",\"--password\",\"--user\",\"ann\"]}",                                                       NULL              },
    { "{\"x\":\"mysql --password=$DB_PASSWORD --user=ann\"}",                                                          NULL              },
    { "{\"x\":\"tool --password --user ann\"}",                                                                        NULL              },
    { "{\"x\":\"PGPASSWORD=$(cat f) psql\"}",                                                                          NULL              },
    { "{\"x\":\"PWD=/home/ann ls\"}",                                                                                  NULL              },
    { "{\"x\":\"password = getpass.getpass()\"}",                                                                      NULL              },
    { "{\"x\":\"login(user=u, password=self.secret, token=token)\"}",                                                  NULL              },
    { "{\"x\":\"if password == other: token = next_one\"}",                                                            NULL              },
    { "{\"x\":\"The password: never share it with anybody.\"}",                                                        NULL              },
    { "{\"x\":\"Authorization: required for all of this\"}",                                                           NULL              },
    { "{\"x\":\"a Bearer authentication scheme\"}",                                                                    NULL              },
    { "{\"headers\":{\"Authorization\":\"Bearer $TOKEN\"}}",                                                           NULL              },
    { "{\"x\":\"XAKIAABCDEFGHIJKLMNOP my_sketch.SG.x some_key-value\"}",                                               NULL              },
};

static void test_what_a_name_makes_a_credential_is_masked(void **state)
{
    AUTO(ais_buf_done) struct ais_buf out = { 0 };
    size_t wrong = 0;
    (void)state;
    for (size_t i = 0; i < N_ELEMS(named); i++) {
        AUTO(ais_buf_done) struct ais_buf request = { 0 };
        ais_buf_format(&request, "{\"tool_name\":\"t\",\"tool_args\":%s}", named[i].args);
        record_of(NULL, request.data, NULL, &out);
        bool is_masked = strstr(out.data, "masked:") != NULL;
        bool is_wrong = named[i].gone == NULL ? is_masked : !is_masked || strstr(out.data, named[i].gone) != NULL;
        wrong += is_wrong;
        if (is_wrong)
            print_error("%s became %s\n", named[i].args, out.data);
    }
    assert_int_equal(wrong, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_what_a_name_makes_a_credential_is_masked),
    };
    return cmocka_run_group_tests_name("audit/mask_names", tests, set_up, NULL);
}
