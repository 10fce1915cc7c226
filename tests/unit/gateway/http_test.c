/* Single requests to the HTTP server, good and bad: what is answered, and whether the connection goes on. */
#include "tests/unit/gateway/http_fixture.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <stdio.h>
#include <sys/socket.h>

#define SIZED(text) text, sizeof(text) - 1

enum { OPEN, CLOSED };

/* What is sent at once, and what comes back; then whether the server closes or goes on. */
static const struct row {
    const char *name;
    const char *sent;
    size_t size; /* 0: up to the NUL */
    const char *statuses;
    int then;
    const char *holds; /* in the last body */
} rows[] = {
    {"a get is echoed",                                   "GET /now?a=b HTTP/1.1\r\n" HOST "\r\n",                                            0,     "200",             OPEN,        "GET /now [a=b] 0 " },
    { "a post is echoed",                                 POST "Content-Length: 2\r\n\r\nhi",                                                 0,     "200",             OPEN,        "POST /now 2 hi"    },
    { "a deferred post is echoed",                        "POST /later HTTP/1.1\r\n" HOST "Content-Length: 2\r\n\r\nhi",                      0,     "200",             OPEN,
     "POST /later 2 hi"                                                                                                                                                                                  },
    { "a chunked post is echoed",                         POST "Transfer-Encoding: chunked\r\n\r\n2\r\nhi\r\n4\r\n you\r\n0\r\n\r\n",         0,     "200",
     OPEN,                                                                                                                                                                           "POST /now 6 hi you"},
    { "HTTP/1.0 closes",                                  "GET /now HTTP/1.0\r\n\r\n",                                                        0,     "200",             CLOSED,      "GET /now"          },
    { "Connection: close closes",                         "GET /now HTTP/1.1\r\n" HOST "Connection: close\r\n\r\n",                           0,     "200",             CLOSED,      "GET"               },
    { "pipelined requests are answered in order",
     "GET /now?1 HTTP/1.1\r\n" HOST "\r\nGET /later?2 HTTP/1.1\r\n" HOST "\r\nPOST /later?3 HTTP/1.1\r\n" HOST
      "Content-Length: 2\r\n\r\nhiGET /now?4 HTTP/1.1\r\n" HOST "\r\n",
     0,                                                                                                                                              "200 200 200 200", OPEN,        "[4=]"              },
    { "absolute form",                                    "GET http://t/now?x HTTP/1.1\r\n" HOST "\r\n",                                      0,     "200",             OPEN,        "GET /now [x=] 0"   },
    { "escapes are decoded",                              "GET /n%6Fw?a=%C3%A9%26+b HTTP/1.1\r\n" HOST "\r\n",                                0,     "200",             OPEN,
     "GET /now [a=\xC3\xA9& b]"                                                                                                                                                                          },
    { "an expectation is met",                            "POST /now HTTP/1.1\r\n" HOST "Expect: 100-continue\r\nContent-Length: 2\r\n\r\n",  0,
     "100",                                                                                                                                                             OPEN,        ""                  },

    { "a bad escape in the path",                         "GET /%zz HTTP/1.1\r\n" HOST "\r\n",                                                0,     "400",             OPEN,        "hexadecimal"       },
    { "a cut escape in the query",                        "GET /now?a=%4 HTTP/1.1\r\n" HOST "\r\n",                                           0,     "400",             OPEN,        "hexadecimal"       },
    { "a parameter twice",                                "GET /now?a=1&a=2 HTTP/1.1\r\n" HOST "\r\n",                                        0,     "400",             OPEN,        "'a' is given twice"},
    { "an escaped NUL in the path",                       "GET /now%00 HTTP/1.1\r\n" HOST "\r\n",                                             0,     "400",             OPEN,        "control character" },
    { "an escaped slash in the path",                     "GET /a%2Fb HTTP/1.1\r\n" HOST "\r\n",                                              0,     "400",             OPEN,        "slash"             },
    { "a path that is not UTF-8",                         "GET /%FF HTTP/1.1\r\n" HOST "\r\n",                                                0,     "400",             OPEN,        "not UTF-8"         },
    { "no slash",                                         "GET now HTTP/1.1\r\n" HOST "\r\n",                                                 0,     "400",             OPEN,        "begin with '/'"    },
    { "no Host",                                          "GET /now HTTP/1.1\r\n\r\n",                                                        0,     "400",             OPEN,        "Host"              },
    { "two Hosts",                                        "GET /now HTTP/1.1\r\n" HOST HOST "\r\n",                                           0,     "400",             CLOSED,      "twice"             },
    { "two Authorizations",                               "GET /now HTTP/1.1\r\n" HOST "Authorization: a\r\nAuthorization: b\r\n\r\n",        0,     "400",
     CLOSED,                                                                                                                                                                         "twice"             },
    { "two equal lengths",                                POST "Content-Length: 2\r\nContent-Length: 2\r\n\r\nhi",                            0,     "400",             CLOSED,      "twice"             },
    { "two lengths",                                      POST "Content-Length: 2\r\nContent-Length: 40\r\n\r\nhi",                           0,     "400",             CLOSED,      "twice"             },
    { "length and chunks",                                POST "Content-Length: 2\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nhi\r\n0\r\n\r\n", 0,     "400",
     CLOSED,                                                                                                                                                                         "not both"          },
    { "chunks and length",                                POST "Transfer-Encoding: chunked\r\nContent-Length: 2\r\n\r\n2\r\nhi\r\n0\r\n\r\n", 0,     "400",
     CLOSED,                                                                                                                                                                         "not both"          },
    { "an unknown coding",                                POST "Transfer-Encoding: gzip\r\n\r\n",                                             0,     "400",             CLOSED,      "transfer coding"   },
    { "a coding before chunked",                          POST "Transfer-Encoding: gzip, chunked\r\n\r\n0\r\n\r\n",                           0,     "400",             CLOSED,      "coding"            },
    { "two codings",                                      POST "Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",   0,     "400",             CLOSED,
     "twice"                                                                                                                                                                                             },
    { "chunks in HTTP/1.0",                               "POST /now HTTP/1.0\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",                0,     "400",             CLOSED,
     "HTTP/1.0"                                                                                                                                                                                          },
    { "no length is no body",                             POST "\r\n",                                                                        0,     "200",             OPEN,        "POST /now 0"       },
    { "a large length",                                   POST "Content-Length: 1048577\r\n\r\n",                                             0,     "413",             CLOSED,      "1 MiB"             },
    { "a larger length",                                  POST "Content-Length: 184467440737095516\r\n\r\n",                                  0,     "413",             CLOSED,      "1 MiB"             },
    { "a large length, expecting",                        POST "Expect: 100-continue\r\nContent-Length: 1048577\r\n\r\n",                     0,     "413",             CLOSED,
     "1 MiB"                                                                                                                                                                                             },
    { "a refused body that is expected is not asked for",
     "POST /%zz HTTP/1.1\r\n" HOST "Expect: 100-continue\r\nContent-Length: 2\r\n\r\n",                                                       0,     "400",             CLOSED,      "hex"               },
    { "another expectation",                              "POST /now HTTP/1.1\r\n" HOST "Expect: tea\r\nContent-Length: 2\r\n\r\nhi",         0,     "417",
     CLOSED,                                                                                                                                                                         "100-continue"      },
    { "a coded body",                                     POST "Content-Encoding: gzip\r\nContent-Length: 2\r\n\r\nhi",                       0,     "415",             OPEN,
     "Content-Encoding"                                                                                                                                                                                  },
    { "a refused body is skipped",
     "POST /%zz HTTP/1.1\r\n" HOST "Content-Length: 2\r\n\r\nhiGET /now HTTP/1.1\r\n" HOST "\r\n",                                            0,     "400 200",         OPEN,
     "GET /now"                                                                                                                                                                                          },
    { "a preflight that is refused is not allowed",
     "POST /api/v1/preflight HTTP/1.1\r\n" HOST "Content-Length: 1048577\r\n\r\n",                                                            0,     "413",             CLOSED,
     "\"allowed\":false"                                                                                                                                                                                 },
    { "a space before the colon",                         "GET /now HTTP/1.1\r\n" HOST "Content-Length : 0\r\n\r\n",                          0,     "400",             CLOSED,      ""                  },
    { "a control character in a field",                   "GET /now HTTP/1.1\r\n" HOST "X: a\001b\r\n\r\n",                                   0,     "400",             CLOSED,
     "character"                                                                                                                                                                                         },
    { "an empty field",                                   "GET /now HTTP/1.1\r\n" HOST "X:\r\nY: \t\r\n\r\n",                                 0,     "200",             OPEN,        "GET /now"          },
    { "no space behind the colon",                        "GET /now HTTP/1.1\r\nHost:t\r\nX: \t y\r\n\r\n",                                   0,     "200",             OPEN,        "GET /now"          },
    { "a folded field",                                   "GET /now HTTP/1.1\r\n" HOST "X: a\r\n b\r\n\r\n",                                  0,     "400",             CLOSED,      "folded"            },
    { "a folded length",                                  "GET /now HTTP/1.1\r\n" HOST "Content-Length:\r\n 2\r\n\r\nhi",                     0,     "400",             CLOSED,      "folded"            },
    { "a length made by folding",                         "GET /now HTTP/1.1\r\n" HOST "Content-Len: 2\r\n gth\r\n\r\nhi",                    0,     "400",             CLOSED,
     "folded"                                                                                                                                                                                            },
    { "an empty fold",                                    "GET /now HTTP/1.1\r\n" HOST "X: a\r\n \r\n\r\n",                                   0,     "400",             CLOSED,      "folded"            },
    { "a NUL in the target",                              SIZED("GET /n\0ow HTTP/1.1\r\n" HOST "\r\n"),                                       "400", CLOSED,            "NUL"      },
    { "two spaces are as one",               "GET  /now HTTP/1.1\r\n" HOST "\r\n",                                                                                  0, "200",              OPEN,  "GET /now"                    },
    { "a space in the target",                "GET /a b HTTP/1.1\r\n" HOST "\r\n",                                                                                  0, "400",              OPEN, "escape it"},
    { "a method that is no word",                "G(T /now HTTP/1.1\r\n" HOST "\r\n",                                                                                  0, "400",            CLOSED,    "method"                    },
    { "another minor version",                "GET /now HTTP/1.2\r\n" HOST "\r\n",                                                                                  0, "400",            CLOSED,  "HTTP/1.1"},
    { "another method is the handler's",               "BREW /now HTTP/1.1\r\n" HOST "\r\n",                                                                                  0, "200",              OPEN, "BREW /now"                    },
};

static void check_row(void **state)
{
    const struct row *row = *state;
    struct world world;
    struct answer last = { 0 };
    char statuses[64];
    size_t n = 1;
    for (const char *at = row->statuses; *at != '\0'; at++)
        n += *at == ' ';

    world_begin(&world);
    AUTO(client_done) struct client client = client_open(&world);
    client_send(&world, &client, row->sent, row->size > 0 ? row->size : strlen(row->sent));
    await_statuses(&world, &client, n, statuses, sizeof statuses);
    assert_string_equal(statuses, row->statuses);
    for (size_t at = 0; answer_at(&client, at, &last); at += last.size)
        continue;
    if (strstr(last.body, row->holds) == NULL)
        fail_msg("'%s' is not in: %s", row->holds, last.body);
    if (last.status >= 400)
        assert_non_null(strstr(last.head, "\r\nContent-Type: application/problem+json\r\n"));
    if (row->then == CLOSED) {
        await_close(&world, &client);
        assert_false(client.reset);
        assert_non_null(strcasestr(last.head, "\r\nConnection: close\r\n"));
    } else if (last.status != 100) {
        client_text(&world, &client, "GET /now?more HTTP/1.1\r\n" HOST "\r\n");
        await_statuses(&world, &client, n + 1, statuses, sizeof statuses);
        assert_string_equal(statuses + strlen(statuses) - 4, " 200");
    }
    world_end(&world);
}

static void a_body_may_come_byte_by_byte(void **state)
{
    (void)state;
    struct world world;
    world_begin(&world);
    AUTO(client_done) struct client client = client_open(&world);
    for (const char *at = POST "Content-Length: 5\r\n\r\nhello"; *at != '\0'; at++)
        client_send(&world, &client, at, 1);
    expect(&world, &client, "", 1, "200");
    expect_body(&client, "5 hello");
    world_end(&world);
}

/* Whatever comes, the server answers the next client. */
static void garbage_does_no_harm(void **state)
{
    (void)state;
    static const struct {
        size_t n;
        const char *bytes;
    } garbage[] = {
#define G(text) { sizeof(text) - 1, text }
        G("\0\0\0\0\r\n\r\n"),
        G("\x16\x03\x01\x02\x00\x01\x00\x01\xFC\x03\x03"),
        G("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"),
        G("GET\r\n\r\n"),
        G(" / HTTP/1.1\r\n\r\n"),
        G("GET /now\r\n\r\n"),
        G("GET /now HTTP/9.9\r\n" HOST "\r\n"),
        G("GET /now HTTP/1.1 \r\n" HOST "\r\n"),
        G("GET  /now  HTTP/1.1\r\n" HOST "\r\n"),
        G("GET /a b HTTP/1.1\r\n" HOST "\r\n"),
        G("GET /n\0ow HTTP/1.1\r\n" HOST "\r\n"),
        G("GET /now HTTP/1.1\r\nHost\0: t\r\n\r\n"),
        G("GET /now HTTP/1.1\r\nHost: t\r\n folded\r\n\r\n"),
        G("GET /now HTTP/1.1\r\n: t\r\n\r\n"),
        G("GET /now HTTP/1.1\r\nno colon\r\n\r\n"),
        G("\r\n\r\n\r\n\r\n"),
        G(POST "Content-Length: -1\r\n\r\n"),
        G(POST "Content-Length: 0x2\r\n\r\nhi"),
        G(POST "Content-Length: 2 2\r\n\r\nhi"),
        G(POST "Content-Length: 99999999999999999999999999\r\n\r\nhi"),
        G(POST "Transfer-Encoding: chunked\r\n\r\nzz\r\nhi\r\n"),
        G(POST "Transfer-Encoding: chunked\r\n\r\nffffffffffffffffff\r\nhi\r\n"),
        G(POST "Transfer-Encoding: chunked\r\n\r\n-1\r\nhi\r\n"),
        G(POST "Transfer-Encoding: chunked\r\n\r\n2hi\r\n"),
    };
    struct world world;
    world_begin(&world);
    for (size_t i = 0; i < N_ELEMS(garbage); i++) {
        AUTO(client_done) struct client bad = client_open(&world);
        client_send(&world, &bad, garbage[i].bytes, garbage[i].n);
        shutdown(bad.fd, SHUT_WR);
        await_close(&world, &bad);
        AUTO(client_done) struct client good = client_open(&world);
        expect(&world, &good, "GET /now HTTP/1.1\r\n" HOST "\r\n", 1, "200");
    }
    assert_int_equal(http_server_open_count(world.server), 0);
    world_end(&world);
}

static void the_request_id_is_echoed_when_it_is_harmless(void **state)
{
    (void)state;
    static const struct {
        const char *id, *echoed;
    } cases[] = {
        {"abc-123",      "\r\nX-Request-ID: abc-123\r\n"},
        { "two words",   NULL                           },
        { "caf\xC3\xA9", NULL                           },
        { "",            NULL                           },
    };
    struct world world;
    world_begin(&world);
    for (size_t i = 0; i < N_ELEMS(cases); i++) {
        AUTO(client_done) struct client client = client_open(&world);
        char request[256];
        snprintf(request, sizeof request, "GET /now HTTP/1.1\r\n" HOST "X-Request-ID: %s\r\n\r\n", cases[i].id);
        expect(&world, &client, request, 1, "200");
        const char *wanted = cases[i].echoed != NULL ? cases[i].echoed : "\r\n\r\n";
        assert_non_null(strstr(received(&client), wanted));
        assert_int_equal(strstr(received(&client), "X-Request-ID") != NULL, cases[i].echoed != NULL);
    }
    world_end(&world);
}

static void a_head_request_gets_no_body(void **state)
{
    (void)state;
    struct world world;
    world_begin(&world);
    AUTO(client_done) struct client client = client_open(&world);
    client_text(&world, &client, "HEAD /now HTTP/1.1\r\n" HOST "Connection: close\r\n\r\n");
    await_close(&world, &client);
    assert_non_null(strstr(received(&client), "Content-Length: 12\r\n"));
    assert_null(strstr(received(&client), "HEAD /now"));
    assert_non_null(strstr(received(&client), "\r\nX-Test: yes\r\n"));
    world_end(&world);
}

static void the_peer_is_told(void **state)
{
    (void)state;
    struct world world;
    char text[HTTP_PEER_SIZE], want[HTTP_PEER_SIZE];
    struct sockaddr_in own = { 0 };
    socklen_t size = sizeof own;
    world_begin(&world);
    AUTO(client_done) struct client client = client_open(&world);
    client_text(&world, &client, "GET /later HTTP/1.1\r\n" HOST "Accept: a\r\naccept: b\r\n\r\n");
    await_later(&world, 1);
    assert_int_equal(getsockname(client.fd, (struct sockaddr *)&own, &size), 0);
    snprintf(want, sizeof want, "127.0.0.1:%u", ntohs(own.sin_port));
    assert_string_equal(http_request_peer(world.later[0], text), want);
    assert_string_equal(http_request_header(world.later[0], "ACCEPT"), "a");
    assert_null(http_request_header(world.later[0], "Accep"));
    world_end(&world);
}

int main(void)
{
    struct CMUnitTest row_tests[N_ELEMS(rows)];
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_body_may_come_byte_by_byte),
        cmocka_unit_test(garbage_does_no_harm),
        cmocka_unit_test(the_request_id_is_echoed_when_it_is_harmless),
        cmocka_unit_test(a_head_request_gets_no_body),
        cmocka_unit_test(the_peer_is_told),
    };
    AIS_ROWS(row_tests, rows, check_row);
    int failed = cmocka_run_group_tests_name("gateway/http rows", row_tests, NULL, NULL);
    return failed + cmocka_run_group_tests_name("gateway/http", tests, NULL, NULL);
}
