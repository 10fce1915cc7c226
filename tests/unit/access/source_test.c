#include "shared/access/source.h"
#include "tests/unit/test.h"

#include <stdio.h>
#include <string.h>

/* A range as written, as it is written back (NULL: refused), and what the refusal says. */
static const struct range_row {
    const char *name, *text, *want, *says;
} range_rows[] = {
    {"an IPv4 network",                 "192.0.2.0/24",        "192.0.2.0/24",  NULL                    },
    { "a single IPv4 address",          "192.0.2.1",           "192.0.2.1",     NULL                    },
    { "a single address with its bits", "192.0.2.1/32",        "192.0.2.1",     NULL                    },
    { "all of IPv4",                    "0.0.0.0/0",           "0.0.0.0/0",     NULL                    },
    { "an IPv6 network",                "2001:db8::/32",       "2001:db8::/32", NULL                    },
    { "an odd number of bits",          "2001:db8::/45",       "2001:db8::/45", NULL                    },
    { "a single IPv6 address",          "::1",                 "::1",           NULL                    },
    { "all of IPv6",                    "::/0",                "::/0",          NULL                    },
    { "IPv4 as IPv6 has it",            "::ffff:10.0.0.0/104", "10.0.0.0/8",    NULL                    },
    { "clients over ipc",               "ipc",                 "ipc",           NULL                    },
    { "nothing",                        "",                    NULL,            "no range of addresses" },
    { "a word",                         "localhost",           NULL,            "no range of addresses" },
    { "bits alone",                     "/8",                  NULL,            "no range of addresses" },
    { "no bits",                        "10.0.0.0/",           NULL,            "no range of addresses" },
    { "too many bits",                  "10.0.0.0/33",         NULL,            "no range of addresses" },
    { "too many bits of IPv6",          "::/129",              NULL,            "no range of addresses" },
    { "bits with a leading zero",       "10.0.0.0/08",         NULL,            "no range of addresses" },
    { "bits with a sign",               "10.0.0.0/+8",         NULL,            "no range of addresses" },
    { "a mask instead of bits",         "10.0.0.0/255.0.0.0",  NULL,            "no range of addresses" },
    { "an octal number",                "010.0.0.0/8",         NULL,            "no range of addresses" },
    { "a short form",                   "10.0/8",              NULL,            "no range of addresses" },
    { "a zone",                         "fe80::1%eth0",        NULL,            "no range of addresses" },
    { "a port",                         "10.0.0.1:80",         NULL,            "no range of addresses" },
    { "space in front",                 " 10.0.0.0/8",         NULL,            "no range of addresses" },
    { "bits behind those that count",   "10.0.0.1/8",          NULL,            "would be 10.0.0.0/8"   },
    { "the same of IPv6",               "2001:db8::1/64",      NULL,            "would be 2001:db8::/64"},
};

static void check_range(void **state)
{
    const struct range_row *row = *state;
    struct ais_source_range range;
    struct ais_why why = { 0 };
    char text[AIS_RANGE_TEXT_SIZE];
    assert_int_equal(ais_source_range_parse(row->text, &range, &why), row->want != NULL ? AIS_OK : AIS_E_INVALID);
    if (row->want != NULL)
        assert_string_equal(ais_source_range_text(&range, text), row->want);
    else if (strstr(why.text, row->says) == NULL)
        fail_msg("\"%s\" does not say \"%s\"", why.text, row->says);
}

static const struct peer_row {
    const char *name, *range, *peer;
    bool want;
} peer_rows[] = {
    {"inside",                       "192.0.2.0/24", "192.0.2.255",      true },
    { "outside",                     "192.0.2.0/24", "192.0.3.0",        false},
    { "the last bit counts",         "192.0.2.0/31", "192.0.2.1",        true },
    { "and the one behind does not", "192.0.2.0/31", "192.0.2.2",        false},
    { "all of IPv4 is not all",      "0.0.0.0/0",    "2001:db8::1",      false},
    { "all of IPv6 has IPv4 in it",  "::/0",         "192.0.2.1",        true },
    { "a socket for both families",  "192.0.2.0/24", "::ffff:192.0.2.7", true },
    { "a zone does not matter",      "fe80::/10",    "fe80::1%eth0",     true },
    { "ipc is not an address",       "0.0.0.0/0",    "ipc",              false},
    { "an address is not ipc",       "ipc",          "127.0.0.1",        false},
    { "ipc is ipc",                  "ipc",          "ipc",              true },
    { "who is unknown is nowhere",   "::/0",         "unknown",          false},
    { "not even over ipc",           "ipc",          "unknown",          false},
};

static void check_peer(void **state)
{
    const struct peer_row *row = *state;
    struct ais_source_range range;
    struct ais_peer peer;
    assert_int_equal(ais_source_range_parse(row->range, &range, NULL), AIS_OK);
    if (!ais_peer_parse(row->peer, &peer) && strcmp(row->peer, "ipc") == 0)
        peer.kind = AIS_PEER_IPC;
    assert_int_equal(ais_source_range_has(&range, &peer), row->want);
}

static void a_peer_is_written_as_it_is_read(void **state)
{
    static const char *const texts[] = { "192.0.2.1", "2001:db8::1", "::1", "::" };
    (void)state;
    for (size_t i = 0; i < N_ELEMS(texts); i++) {
        struct ais_peer peer;
        char text[AIS_PEER_TEXT_SIZE];
        assert_true(ais_peer_parse(texts[i], &peer));
        assert_string_equal(ais_peer_text(&peer, text), texts[i]);
    }
}

int main(void)
{
    struct CMUnitTest tests[N_ELEMS(range_rows) + N_ELEMS(peer_rows) + 1];
    AIS_ROWS(tests, range_rows, check_range);
    AIS_ROWS(tests + N_ELEMS(range_rows), peer_rows, check_peer);
    tests[N_ELEMS(range_rows) + N_ELEMS(peer_rows)] =
        (struct CMUnitTest)cmocka_unit_test(a_peer_is_written_as_it_is_read);
    return cmocka_run_group_tests_name("access/source", tests, NULL, NULL);
}
