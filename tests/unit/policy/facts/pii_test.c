/* The part PII: numbers by their checks, addresses by their form, and the numbers that look like them. Every sample is
 * made up: its check digits were computed for it. */
#include "shared/policy/facts/pii/find.h"
#include "tests/unit/policy/facts/part.h"

static const struct row {
    const char *name, *text, *want;
} rows[] = {
    {"a card",                              "4111222233334448",                                             "credit_card"     },
    { "in groups",                          "4111 2222 3333 4448",                                          "credit_card"     },
    { "with dashes",                        "4111-2222-3333-4448",                                          "credit_card"     },
    { "in a sentence",                      "my card is 4111222233334448.",                                 "credit_card"     },
    { "Mastercard",                         "5300123456789011",                                             "credit_card"     },
    { "its newer range",                    "2223123456789012",                                             "credit_card"     },
    { "American Express",                   "371234567890120",                                              "credit_card"     },
    { "in its groups",                      "3712 345678 90120",                                            "credit_card"     },
    { "Discover",                           "6011123456789019",                                             "credit_card"     },
    { "JCB",                                "3530123456789018",                                             "credit_card"     },
    { "Diners",                             "30123456789019",                                               "credit_card"     },
    { "UnionPay",                           "6212345678901232",                                             "credit_card"     },
    { "an old Visa that is said to be one", "card 4012888881886",                                           "credit_card"     },
    { "before its month",                   "4111 2222 3333 4448 12/29",                                    "credit_card"     },
    { "before its code",                    "4111 2222 3333 4448 123",                                      "credit_card"     },
    { "of nineteen",                        "4111222233334444551",                                          "credit_card"     },
    { "in base64",                          "Y2FyZCBudW1iZXI6IDQxMTEyMjIyMzMzMzQ0NDg=",                     "credit_card"     },
    { "an IBAN",                            "GB82WEST12345698765432",                                       "iban"            },
    { "in groups",                          "GB82 WEST 1234 5698 7654 32",                                  "iban"            },
    { "in small letters",                   "gb82west12345698765432",                                       "iban"            },
    { "German",                             "DE89370400440532013000",                                       "iban"            },
    { "French",                             "FR1420041010050500013M02606",                                  "iban"            },
    { "Norwegian",                          "NO9386011117947",                                              "iban"            },
    { "Maltese",                            "MT84MALT011000012345MTLCAST001S",                              "iban"            },
    { "in a sentence",                      "pay to DE89370400440532013000, please",                        "iban"            },
    { "a social security number",           "536-90-4399",                                                  "us_ssn"          },
    { "said to be one",                     "SSN 536904399",                                                "us_ssn"          },
    { "in words",                           "his social security number is 536 90 4399",                    "us_ssn"          },
    { "Canadian",                           "SIN: 146454285",                                               "ca_sin"          },
    { "German",                             "Steuer-ID 86095742719",                                        "de_steuerid"     },
    { "French",                             "1 84 05 78 006 084 43",                                        "fr_nir"          },
    { "without spaces",                     "184057800608443",                                              "fr_nir"          },
    { "Spanish",                            "DNI 12345678Z",                                                "es_dni"          },
    { "of a foreigner",                     "NIE X1234567L",                                                "es_dni"          },
    { "Italian",                            "RSSMRA85T10A562S",                                             "it_cf"           },
    { "Dutch",                              "BSN 123456782",                                                "nl_bsn"          },
    { "Brazilian",                          "123.123.123-87",                                               "br_cpf"          },
    { "said to be one",                     "cpf 12312312387",                                              "br_cpf"          },
    { "Indian",                             "Aadhaar 2341 2341 2346",                                       "in_aadhaar"      },
    { "in one",                             "aadhaar: 234123412346",                                        "in_aadhaar"      },
    { "Australian",                         "TFN 463726158",                                                "au_tfn"          },
    { "Polish",                             "PESEL 44051401359",                                            "pl_pesel"        },
    { "Swiss",                              "756.1234.5678.97",                                             "ch_ahv"          },
    { "Swedish",                            "811218-9876",                                                  "se_personnummer" },
    { "Belgian",                            "rijksregister 85073003328",                                    "be_rijksregister"},
    { "British",                            "AB 12 34 56 C",                                                "uk_nino"         },
    { "said to be one",                     "NI number AB123456C",                                          "uk_nino"         },
    { "an address",                         "bob@example.org",                                              "email"           },
    { "with a plus",                        "bob.smith+x@mail.example.org",                                 "email"           },
    { "in brackets",                        "Bob <bob@example.org>",                                        "email"           },
    { "in a sentence",                      "write to bob@example.org.",                                    "email"           },
    { "in a link",                          "mailto:bob@example.org",                                       "email"           },
    { "in capitals",                        "BOB@EXAMPLE.ORG",                                              "email"           },
    { "a telephone",                        "+44 20 7946 0018",                                             "phone"           },
    { "without spaces",                     "+442079460018",                                                "phone"           },
    { "American",                           "(212) 555-0100",                                               "phone"           },
    { "with dashes",                        "212-555-0100",                                                 "phone"           },
    { "with dots",                          "212.555.0100",                                                 "phone"           },
    { "with its country",                   "1-212-555-0100",                                               "phone"           },
    { "said to be one",                     "phone: 7946 0018",                                             "phone"           },
    { "mobile",                             "mobile 07700 900123",                                          "phone"           },
    { "German",                             "+49 30 901820",                                                "phone"           },
    { "a wrong check",                      "4111222233334458",                                             ""                },
    { "in groups",                          "4111 2222 3333 4458",                                          ""                },
    { "within a longer number",             "141112222333344481",                                           ""                },
    { "within a word",                      "x4111222233334448",                                            ""                },
    { "before letters",                     "4111222233334448x",                                            ""                },
    { "no range",                           "9111222233334447",                                             ""                },
    { "another length",                     "411122223333449",                                              ""                },
    { "zeros",                              "0000000000000000",                                             ""                },
    { "a time in milliseconds",             "1700000000000",                                                ""                },
    { "in microseconds",                    "1700000000000000",                                             ""                },
    { "an old Visa that nobody says",       "4012888881886",                                                ""                },
    { "a fraction",                         "0.4111222233334448",                                           ""                },
    { "a UUID",                             "41112222-3333-4444-8555-666677778888",                         ""                },
    { "hexadecimal",                        "4111222233334444a",                                            ""                },
    { "a tracking number",                  "1Z999AA10123456784",                                           ""                },
    { "an IBAN with a wrong check",         "DE89370400440532013010",                                       ""                },
    { "too short",                          "DE8937040044053201300",                                        ""                },
    { "too long",                           "DE893704004405320130001",                                      ""                },
    { "no country",                         "XX89370400440532013000",                                       ""                },
    { "a word",                             "DEUTSCHLAND12345",                                             ""                },
    { "a serial number",                    "GB82 TEST",                                                    ""                },
    { "nine digits",                        "536904399",                                                    ""                },
    { "an area that is none",               "000-12-3456",                                                  ""                },
    { "another",                            "666-12-3456",                                                  ""                },
    { "nine hundred",                       "912-12-3456",                                                  ""                },
    { "no group",                           "536-00-4399",                                                  ""                },
    { "no serial",                          "536-90-0000",                                                  ""                },
    { "an advertised one",                  "078-05-1120",                                                  ""                },
    { "a date",                             "2026-01-01",                                                   ""                },
    { "a zip code",                         "12345-6789",                                                   ""                },
    { "a range",                            "100-200",                                                      ""                },
    { "a version",                          "1.2.3.4",                                                      ""                },
    { "an IPv4 address",                    "192.168.100.200",                                              ""                },
    { "a phone in the wrong form",          "536-904-399",                                                  ""                },
    { "eleven digits",                      "86095742719",                                                  ""                },
    { "twelve digits",                      "234123412346",                                                 ""                },
    { "a wrong check",                      "Aadhaar 234123412356",                                         ""                },
    { "a wrong tax number",                 "Steuer-ID 86095742729",                                        ""                },
    { "a wrong BSN",                        "BSN 123456789",                                                ""                },
    { "all the same",                       "cpf 111.111.111-11",                                           ""                },
    { "a wrong CPF",                        "123.123.123-88",                                               ""                },
    { "a wrong NIR",                        "184057800608444",                                              ""                },
    { "a wrong letter",                     "DNI 12345678A",                                                ""                },
    { "a wrong code",                       "RSSMRA85T10A562X",                                             ""                },
    { "a prefix not given",                 "NI number GB123456C",                                          ""                },
    { "a product",                          "AB123456C",                                                    ""                },
    { "eight digits and a letter",          "12345678Z",                                                    ""                },
    { "no domain",                          "bob@example",                                                  ""                },
    { "a decorator",                        "@property",                                                    ""                },
    { "a package",                          "left-pad@1.3.0",                                               ""                },
    { "an image",                           "icon@2x.png",                                                  ""                },
    { "a repository",                       "git@github.com:a/b.git",                                       ""                },
    { "a login in a URL",                   "https://bob@example.org/",                                     ""                },
    { "an at sign",                         "meet @ noon",                                                  ""                },
    { "two",                                "a@@example.org",                                               ""                },
    { "a number",                           "12345678",                                                     ""                },
    { "an order",                           "order 2125550100",                                             ""                },
    { "a date and a time",                  "2026-01-01 12:00:00",                                          ""                },
    { "a sum",                              "1,234,567.89",                                                 ""                },
    { "an account",                         "account 12345678",                                             ""                },
    { "a size",                             "1920x1080",                                                    ""                },
    { "a commit",                           "deadbeef12345678",                                             ""                },
    { "coordinates",                        "51.5074 -0.1278",                                              ""                },
    { "a plus in sums",                     "1+12345678",                                                   ""                },
    { "a list",                             "1 2 3 4 5 6 7 8 9 10 11 12",                                   ""                },
    { "an ISBN",                            "978-3-16-148410-0",                                            ""                },
    { "a port",                             "localhost:8080",                                               ""                },
    { "a year",                             "in 1999",                                                      ""                },
    { "a price",                            "$1234567",                                                     ""                },
    { "a long number",                      "111111111111111111111111111111111111111111111111111111111111", ""                },
    { "nothing",                            "",                                                             ""                },
};

static void check_in(const char *key, const char *text, const char *want)
{
    AUTO(ais_buf_done) struct ais_buf body = { 0 };
    AUTO(ais_buf_done) struct ais_buf got = { 0 };
    struct part_lab lab;
    ais_buf_format(&body, "{\"tool_name\":\"t\",\"tool_args\":{\"%s\":\"%s\"}}", key, text);
    part_lab_init(&lab, body.data, body.length);
    const struct ais_part *part = ais_view_part(&lab.view, AIS_PART_PII);
    assert_false(lab.view.failed);
    assert_null(part->unknown);
    part_print(part, AIS_PII_KINDS, &got);
    assert_string_equal(got.data != NULL ? got.data : "", want);
    part_lab_done(&lab);
}

static void check_row(void **state)
{
    const struct row *row = *state;
    check_in("a", row->text, row->want);
}

/* The name of the member around it says what a number is. */
static void keys_count(void **state)
{
    (void)state;
    check_in("ssn", "536904399", "us_ssn");
    check_in("phone", "79460018", "phone");
    check_in("id", "536904399", "");
}

struct places {
    size_t count;
    struct ais_pii found[4];
};

static void on_pii(void *arg, const struct ais_pii *pii)
{
    struct places *places = arg;
    if (places->count < N_ELEMS(places->found))
        places->found[places->count++] = *pii;
}

/* Where it stands, for masking. */
static void places_are_told(void **state)
{
    (void)state;
    static const char text[] = "mail bob@example.org now";
    struct places places = { 0 };
    struct ais_pii_search search = { .key = "", .text = text, .n = sizeof text - 1, .found = on_pii, .arg = &places };
    ais_pii_find(&search);
    assert_int_equal(places.count, 1);
    assert_int_equal(places.found[0].offset, 5);
    assert_int_equal(places.found[0].length, 15);
}

/* The shape of a text rules none of its kinds out: the rows above have one of each. */
static void every_kind_is_found(void **state)
{
    const char *kind;
    (void)state;
    for (size_t i = 0; (kind = ais_pii_kind(i)) != NULL; i++) {
        bool found = false;
        for (size_t k = 0; k < N_ELEMS(rows); k++)
            found = found || strcmp(rows[k].want, kind) == 0;
        if (!found)
            fail_msg("no row finds %s", kind);
    }
}

/* Work is in proportion to length, whatever the text. */
static void work_is_linear(void **state)
{
    static const char *const pieces[] = { "1",     "4111 ", "1 ", "@",      "a@",   "a@a.", "GB82 ",
                                          "+1 2 ", "a",     "a ", "AB 12 ", "555-", "(1)" };
    (void)state;
    enum { LENGTH = 1 << 18, STEPS_A_BYTE = 600 };
    for (size_t i = 0; i < N_ELEMS(pieces); i++) {
        AUTO(ais_buf_done) struct ais_buf text = { 0 };
        struct places places = { 0 };
        while (text.length < LENGTH)
            ais_buf_text(&text, pieces[i]);
        struct ais_pii_search search = {
            .key = "", .text = text.data, .n = text.length, .found = on_pii, .arg = &places
        };
        ais_pii_find(&search);
        assert_in_range(search.work, 0, STEPS_A_BYTE * text.length);
    }
}

enum { ROWS = N_ELEMS(rows), PLAIN = 4 };

int main(void)
{
    static struct CMUnitTest tests[ROWS + PLAIN];
    AIS_ROWS(tests, rows, check_row);
    tests[ROWS] = (struct CMUnitTest)cmocka_unit_test(keys_count);
    tests[ROWS + 1] = (struct CMUnitTest)cmocka_unit_test(places_are_told);
    tests[ROWS + 2] = (struct CMUnitTest)cmocka_unit_test(work_is_linear);
    tests[ROWS + 3] = (struct CMUnitTest)cmocka_unit_test(every_kind_is_found);
    return cmocka_run_group_tests_name("policy/facts/pii", tests, NULL, NULL);
}
