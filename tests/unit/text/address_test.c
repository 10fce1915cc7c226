#include "shared/text/address.h"
#include "tests/unit/test.h"

#include <stdio.h>
#include <string.h>

static const struct row {
    const char *name, *text, *want; /* "|" between readings */
} rows[] = {
    {"four decimal numbers",                    "127.0.0.1",        "127.0.0.1"              },
    { "one number",                             "2130706433",       "127.0.0.1"              },
    { "one hexadecimal number",                 "0x7f000001",       "127.0.0.1"              },
    { "one octal number",                       "017700000001",     "127.0.0.1|31.0.145.1"   },
    { "octal and decimal differ",               "010.0.0.1",        "8.0.0.1|10.0.0.1"       },
    { "zeros that are octal to nobody",         "08.0.0.1",         "8.0.0.1"                },
    { "a sign of hexadecimal alone is nothing", "0x.0x.0x.0x",      "0.0.0.0"                },
    { "the last fills the rest",                "127.1",            "127.0.0.1"              },
    { "of three",                               "169.254.43518",    "169.254.169.254"        },
    { "too large: high bits are lost",          "425.510.425.510",  "169.254.169.254"        },
    { "a dot at the end",                       "127.0.0.1.",       "127.0.0.1"              },
    { "octal as newer languages write it",      "0o177.0.0.1",      "127.0.0.1"              },
    { "five numbers are none",                  "1.2.3.4.5",        ""                       },
    { "an empty number is none",                "1..2.3",           ""                       },
    { "letters are none",                       "1.2.3.x",          ""                       },
    { "nothing is none",                        "",                 ""                       },
    { "IPv6",                                   "2001:DB8:0::1",    "2001:db8::1"            },
    { "in brackets",                            "[::1]",            "::1"                    },
    { "with a zone",                            "fe80::1%eth0",     "fe80::1"                },
    { "mapped",                                 "::ffff:127.0.0.1", "127.0.0.1"              },
    { "mapped, in hexadecimal",                 "::ffff:7f00:1",    "127.0.0.1"              },
    { "compatible",                             "::127.0.0.1",      "127.0.0.1"              },
    { "NAT64",                                  "64:ff9b::7f00:1",  "127.0.0.1"              },
    { "6to4",                                   "2002:7f00:1::",    "2002:7f00:1::|127.0.0.1"},
    { "loopback is no compatible one",          "::1",              "::1"                    },
    { "a port is none",                         "127.0.0.1:80",     ""                       },
    { "a time is none",                         "10:30:15",         ""                       },
};

static void check_row(void **state)
{
    const struct row *row = *state;
    struct ais_address addresses[AIS_ADDRESS_READINGS];
    char got[256] = "", text[AIS_ADDRESS_TEXT];
    size_t n = ais_address_read(row->text, strlen(row->text), addresses);
    for (size_t i = 0; i < n; i++) {
        ais_address_text(&addresses[i], text);
        snprintf(got + strlen(got), sizeof got - strlen(got), "%s%s", i > 0 ? "|" : "", text);
    }
    assert_string_equal(got, row->want);
}

static const struct prefix {
    const char *name, *prefix, *address;
    int want; /* -1: no prefix */
} prefixes[] = {
    {"inside",                     "10.0.0.0/8",    "10.255.0.1",      1 },
    { "outside",                   "10.0.0.0/8",    "11.0.0.1",        0 },
    { "bits within a byte",        "172.16.0.0/12", "172.31.0.1",      1 },
    { "beyond bits within a byte", "172.16.0.0/12", "172.32.0.1",      0 },
    { "one address",               "10.0.0.1",      "10.0.0.1",        1 },
    { "everything",                "0.0.0.0/0",     "8.8.8.8",         1 },
    { "IPv6",                      "fc00::/7",      "fd00::1",         1 },
    { "IPv4 is not in IPv6",       "::/0",          "8.8.8.8",         0 },
    { "mapped is IPv4",            "10.0.0.0/8",    "::ffff:10.0.0.1", 1 },
    { "bits beyond the prefix",    "10.0.0.1/8",    "",                -1},
    { "too long",                  "10.0.0.0/33",   "",                -1},
    { "no length",                 "10.0.0.0/",     "",                -1},
    { "a short spelling",          "10/8",          "",                -1},
    { "a name",                    "example.com",   "",                -1},
};

static void check_prefix(void **state)
{
    const struct prefix *row = *state;
    struct ais_prefix prefix;
    struct ais_address addresses[AIS_ADDRESS_READINGS];
    bool good = ais_prefix_read(row->prefix, strlen(row->prefix), &prefix);
    assert_int_equal(good, row->want >= 0);
    if (!good)
        return;
    assert_int_equal(ais_address_read(row->address, strlen(row->address), addresses), 1);
    assert_int_equal(ais_prefix_has(&prefix, &addresses[0]), row->want);
}

int main(void)
{
    struct CMUnitTest tests[N_ELEMS(rows)], networks[N_ELEMS(prefixes)];
    AIS_ROWS(tests, rows, check_row);
    AIS_ROWS(networks, prefixes, check_prefix);
    int failed = cmocka_run_group_tests_name("text/address", tests, NULL, NULL);
    return failed + cmocka_run_group_tests_name("text/prefix", networks, NULL, NULL);
}
