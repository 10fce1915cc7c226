/* The HTTP server against raw sockets, server and clients in one thread: each wait turns the server's loop until what
 * is awaited has come or a deadline has passed. */
#include "gateway/http.h"
#include "gateway/refuse.h"
#include "shared/mem/buf.h"
#include "shared/sys/clock.h"
#include "tests/unit/test.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

enum { WAIT_S = 10, LATER_MAX = 256, FORM_MAX = 2 << 20 };

/* A server whose handler echoes. "/later" is kept until release_later. */
struct world {
    struct http_server *server;
    struct http_request *later[LATER_MAX];
    size_t n_later;
    unsigned requests, refusals;
};

struct client {
    int fd;
    bool closed, reset;
    struct ais_buf in;
};

struct answer {
    unsigned status;
    size_t size; /* of head and body together */
    char head[1024];
    char body[4096];
};

static void echo(struct http_request *request)
{
    AUTO(ais_buf_done) struct ais_buf out = { 0 };
    const struct http_target *target = http_request_target(request);
    size_t n;
    const char *body = http_request_body(request, &n);
    ais_buf_format(&out, "%s %s", http_request_method(request), target->path);
    for (size_t i = 0; i < target->n_params; i++)
        ais_buf_format(&out, " [%s=%s]", target->params[i].name, target->params[i].value);
    ais_buf_format(&out, " %zu ", n);
    ais_buf_add(&out, body, n < 64 ? n : 64);
    http_answer(request, 200, "text/plain", out.data, out.length, &(struct http_header){ "X-Test", "yes" }, 1);
}

static void on_request(void *context, struct http_request *request)
{
    struct world *world = context;
    world->requests++;
    if (strcmp(http_request_target(request)->path, "/later") == 0 && world->n_later < LATER_MAX)
        world->later[world->n_later++] = request;
    else
        echo(request);
}

static void on_refusal(void *context, struct http_request *request, unsigned status, const char *detail)
{
    struct world *world = context;
    world->refusals++;
    refuse(NULL, request, status, detail);
}

/* Keeps all but 'a', and refuses at '!'. */
static bool keep_others(struct http_filter *filter, const char *bytes, size_t n, struct ais_buf *body)
{
    for (size_t i = 0; i < n; i++) {
        if (bytes[i] == '!') {
            filter->status = 422;
            filter->detail = "a form without a '!'";
            return false;
        }
        if (bytes[i] != 'a')
            ais_buf_byte(body, bytes[i]);
    }
    return true;
}

static void destroy_filter(struct http_filter *filter)
{
    free(filter);
}

static void on_head(void *context, struct http_request *request)
{
    const char *path = http_request_target(request)->path;
    (void)context;
    if (strcmp(path, "/away") == 0)
        http_request_turn_away(request, 401);
    if (strcmp(path, "/form") != 0)
        return;
    struct http_filter *filter = calloc(1, sizeof *filter);
    assert_non_null(filter);
    filter->take = keep_others;
    filter->destroy = destroy_filter;
    http_request_allow(request, FORM_MAX, filter);
}

static const struct http_hooks hooks = { on_request, on_refusal, NULL, on_head };

static void turn(struct world *world)
{
    struct pollfd item = { .fd = http_server_fd(world->server), .events = POLLIN };
    poll(&item, 1, (int)http_server_timeout_ms(world->server, 1));
    http_server_run(world->server);
}

static void release_later(struct world *world)
{
    while (world->n_later > 0)
        echo(world->later[--world->n_later]);
}

static struct client client_open(const struct world *world)
{
    struct client client = { .fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0) };
    struct sockaddr_in to = { .sin_family = AF_INET, .sin_port = htons(http_server_port(world->server)) };
    to.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    assert_int_equal(connect(client.fd, (struct sockaddr *)&to, sizeof to), 0);
    assert_int_equal(fcntl(client.fd, F_SETFL, O_NONBLOCK), 0);
    return client;
}

static void client_done(struct client *client)
{
    ais_buf_done(&client->in);
    close(client->fd);
}

static void client_receive(struct client *client)
{
    char bytes[4096];
    ssize_t n;
    while (!client->closed && (n = recv(client->fd, bytes, sizeof bytes, 0)) != -1) {
        client->closed = n == 0;
        ais_buf_add(&client->in, bytes, (size_t)n);
    }
    if (!client->closed && errno != EAGAIN)
        client->closed = client->reset = true;
}

/* Sends all of it, or what is taken before the server closes. */
static void client_send(struct world *world, struct client *client, const char *bytes, size_t n)
{
    int64_t deadline = ais_clock_mono() + WAIT_S * AIS_NS_PER_S;
    while (n > 0 && !client->closed && ais_clock_mono() < deadline) {
        ssize_t sent = send(client->fd, bytes, n, MSG_NOSIGNAL);
        if (sent > 0) {
            bytes += sent;
            n -= (size_t)sent;
        }
        turn(world);
        client_receive(client);
    }
}

static void client_text(struct world *world, struct client *client, const char *text)
{
    client_send(world, client, text, strlen(text));
}

static const char *received(const struct client *client)
{
    return client->in.data != NULL ? client->in.data : "";
}

/* Reads the answer that begins at offset from of what has come; false while it is incomplete. */
static bool answer_at(const struct client *client, size_t from, struct answer *ret)
{
    const char *text = received(client) + from;
    const char *end = strstr(text, "\r\n\r\n");
    size_t length = 0;
    if (end == NULL || sscanf(text, "HTTP/1.1 %u ", &ret->status) != 1)
        return false;
    size_t head = (size_t)(end - text) + 4;
    snprintf(ret->head, sizeof ret->head, "%.*s", (int)head, text);
    const char *field = strcasestr(ret->head, "\r\nContent-Length: ");
    if (field != NULL && ret->status != 100)
        length = strtoul(field + 18, NULL, 10);
    if (client->in.length - from < head + length)
        return false;
    snprintf(ret->body, sizeof ret->body, "%.*s", (int)length, text + head);
    ret->size = head + length;
    return true;
}

/* Waits for n answers, or the close of the connection; writes their statuses ("200 413") into text. */
static void await_statuses(struct world *world, struct client *client, size_t n, char *text, size_t size)
{
    int64_t deadline = ais_clock_mono() + WAIT_S * AIS_NS_PER_S;
    for (;;) {
        struct answer answer;
        size_t found = 0, used = 0;
        text[0] = '\0';
        for (size_t at = 0; answer_at(client, at, &answer); at += answer.size, found++)
            used += (size_t)snprintf(text + used, size - used, "%s%u", found > 0 ? " " : "", answer.status);
        if (found >= n || client->closed || ais_clock_mono() > deadline)
            return;
        turn(world);
        release_later(world);
        client_receive(client);
    }
}

static void await_close(struct world *world, struct client *client)
{
    int64_t deadline = ais_clock_mono() + WAIT_S * AIS_NS_PER_S;
    while (!client->closed && ais_clock_mono() < deadline) {
        turn(world);
        release_later(world);
        client_receive(client);
    }
    assert_true(client->closed);
}

static void await_later(struct world *world, size_t n)
{
    int64_t deadline = ais_clock_mono() + WAIT_S * AIS_NS_PER_S;
    while (world->n_later < n && ais_clock_mono() < deadline)
        turn(world);
    assert_int_equal(world->n_later, n);
}

static void await_no_connection(struct world *world)
{
    int64_t deadline = ais_clock_mono() + WAIT_S * AIS_NS_PER_S;
    while (http_server_connection_count(world->server) > 0 && ais_clock_mono() < deadline)
        turn(world);
    assert_int_equal(http_server_connection_count(world->server), 0);
    assert_int_equal(http_server_open_count(world->server), 0);
}

static void world_start(struct world *world, const struct http_conf *conf)
{
    struct ais_why why = { 0 };
    *world = (struct world){ 0 };
    if (http_server_start(conf, &hooks, world, &world->server, &why) != AIS_OK)
        fail_msg("%s", why.text);
}

static void world_begin(struct world *world)
{
    world_start(world, &(struct http_conf){ .host = "127.0.0.1" });
}

static void world_end(struct world *world)
{
    http_server_destroy(&world->server);
    assert_null(world->server);
}

#define HOST "Host: t\r\n"
#define JSON "Content-Type: application/json\r\n"
#define POST "POST /now HTTP/1.1\r\n" HOST JSON

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

/* Sends request in full and checks the statuses that come back. */
static void expect(struct world *world, struct client *client, const char *request, size_t n_answers,
                   const char *statuses)
{
    char got[64];
    client_text(world, client, request);
    await_statuses(world, client, n_answers, got, sizeof got);
    assert_string_equal(got, statuses);
}

static void expect_body(const struct client *client, const char *holds)
{
    struct answer last = { 0 };
    for (size_t at = 0; answer_at(client, at, &last); at += last.size)
        continue;
    if (strstr(last.body, holds) == NULL)
        fail_msg("'%s' is not in: %s", holds, last.body);
}

static void send_filler(struct world *world, struct client *client, size_t n)
{
    char *filler = malloc(n);
    assert_non_null(filler);
    memset(filler, 'a', n);
    client_send(world, client, filler, n);
    free(filler);
}

static void the_largest_body_is_taken(void **state)
{
    (void)state;
    struct world world;
    world_begin(&world);
    AUTO(client_done) struct client client = client_open(&world);
    client_text(&world, &client, POST "Content-Length: 1048576\r\n\r\n");
    send_filler(&world, &client, HTTP_BODY_MAX);
    expect(&world, &client, "", 1, "200");
    expect_body(&client, "POST /now 1048576 aaaa");
    expect(&world, &client, "GET /now HTTP/1.1\r\n" HOST "\r\n", 2, "200 200");
    world_end(&world);
}

static void a_larger_body_is_refused_while_it_comes(void **state)
{
    (void)state;
    struct world world;
    world_begin(&world);
    AUTO(client_done) struct client client = client_open(&world);
    client_text(&world, &client, POST "Content-Length: 8388608\r\n\r\n");
    send_filler(&world, &client, 8 << 20);
    expect(&world, &client, "", 1, "413");
    await_close(&world, &client);
    assert_false(client.reset);
    assert_int_equal(world.requests, 0);
    world_end(&world);
}

static void a_larger_chunked_body_is_refused_midway(void **state)
{
    (void)state;
    struct world world;
    world_begin(&world);
    AUTO(client_done) struct client client = client_open(&world);
    client_text(&world, &client, POST "X-Request-ID: r1\r\nTransfer-Encoding: chunked\r\n\r\n200000\r\n");
    send_filler(&world, &client, 2 << 20);
    expect(&world, &client, "", 1, "413");
    expect_body(&client, "1 MiB");
    assert_non_null(strstr(received(&client), "X-Request-ID: r1\r\n"));
    await_close(&world, &client);
    assert_false(client.reset);
    assert_int_equal(world.requests, 0);
    world_end(&world);
}

#define FORM "POST /form HTTP/1.1\r\n" HOST
#define AWAY "POST /away HTTP/1.1\r\n" HOST

/* What is not kept counts for the limit of the body, and for no other. */
static void a_larger_body_may_be_allowed_and_taken_apart(void **state)
{
    (void)state;
    struct world world;
    world_start(&world, &(struct http_conf){ .host = "127.0.0.1", .bodies_limit = FORM_MAX / 2 });
    AUTO(client_done) struct client client = client_open(&world);
    client_text(&world, &client, FORM "Content-Length: 2097152\r\n\r\nxy");
    send_filler(&world, &client, FORM_MAX - 3);
    expect(&world, &client, "z", 1, "200");
    expect_body(&client, "POST /form 3 xyz");
    expect(&world, &client, POST "Content-Length: 2\r\n\r\naa", 2, "200 200");
    assert_non_null(strstr(received(&client), "POST /now 2 aa")); /* the filter was that request's alone */
    expect(&world, &client, FORM "Content-Length: 2097153\r\n\r\n", 3, "200 200 413");
    assert_non_null(strstr(received(&client), "over the limit of 2097152 bytes"));
    await_close(&world, &client);
    world_end(&world);
}

static void a_filtered_chunked_body_has_its_limit_too(void **state)
{
    (void)state;
    struct world world;
    world_begin(&world);
    AUTO(client_done) struct client client = client_open(&world);
    client_text(&world, &client, FORM "Transfer-Encoding: chunked\r\n\r\n200000\r\n");
    send_filler(&world, &client, FORM_MAX);
    assert_int_equal(world.refusals, 0);
    expect(&world, &client, "\r\n1\r\na", 1, "413");
    await_close(&world, &client);
    world_end(&world);
}

static void a_filter_may_refuse(void **state)
{
    (void)state;
    struct world world;
    world_begin(&world);
    AUTO(client_done) struct client client = client_open(&world);
    expect(&world, &client, FORM "Content-Length: 6\r\n\r\nxy!zzz", 1, "422");
    expect_body(&client, "a form without a '!'");
    expect(&world, &client, FORM "Content-Length: 1\r\n\r\nx", 2, "422 200");
    expect(&world, &client, FORM "Transfer-Encoding: chunked\r\n\r\n3\r\nx!x\r\n", 3, "422 200 422");
    await_close(&world, &client); /* how much more would have come, nobody knows */
    assert_int_equal(world.requests, 1);
    world_end(&world);
}

/* Nothing of its body is kept: there is no room for it. */
static void a_request_may_be_turned_away_before_its_body(void **state)
{
    (void)state;
    struct world world;
    world_start(&world, &(struct http_conf){ .host = "127.0.0.1", .bodies_limit = 100 });
    AUTO(client_done) struct client client = client_open(&world);
    AUTO(client_done) struct client other = client_open(&world);
    client_text(&world, &client, AWAY "Content-Length: 1048576\r\n\r\n");
    send_filler(&world, &client, HTTP_BODY_MAX);
    expect(&world, &client, "", 1, "401");
    expect(&world, &client, AWAY "Expect: 100-continue\r\nContent-Length: 5\r\n\r\n", 2, "401 401");
    await_close(&world, &client);
    expect(&world, &other, AWAY "Content-Length: 1048577\r\n\r\n", 1, "401");
    await_close(&world, &other);
    assert_int_equal(world.requests, 0);
    world_end(&world);
}

static void bodies_have_a_limit_together(void **state)
{
    (void)state;
    struct world world;
    world_start(&world, &(struct http_conf){ .host = "127.0.0.1", .bodies_limit = 100 });
    AUTO(client_done) struct client one = client_open(&world);
    AUTO(client_done) struct client two = client_open(&world);
    client_text(&world, &one, "POST /later HTTP/1.1\r\n" HOST "Content-Length: 60\r\n\r\n");
    send_filler(&world, &one, 60);
    await_later(&world, 1);
    client_text(&world, &two, POST "Content-Length: 60\r\n\r\n");
    send_filler(&world, &two, 60);
    expect(&world, &two, "", 1, "503");
    assert_non_null(strstr(received(&two), "\r\nRetry-After: 1\r\n"));
    expect(&world, &one, "", 1, "200");
    client_text(&world, &one, POST "Content-Length: 60\r\n\r\n");
    send_filler(&world, &one, 60);
    expect(&world, &one, "", 2, "200 200");
    world_end(&world);
}

static void a_chunked_body_is_refused_at_its_first_byte_too_many(void **state)
{
    (void)state;
    struct world world;
    world_begin(&world);
    AUTO(client_done) struct client client = client_open(&world);
    client_text(&world, &client, POST "Transfer-Encoding: chunked\r\n\r\n100000\r\n");
    send_filler(&world, &client, HTTP_BODY_MAX);
    assert_int_equal(world.refusals, 0);
    expect(&world, &client, "\r\n1\r\na", 1, "413");
    world_end(&world);
}

/* A head of about n bytes: fields of 1000 bytes. */
static void send_head(struct world *world, struct client *client, size_t n)
{
    client_text(world, client, "GET /now HTTP/1.1\r\n" HOST);
    for (size_t sent = 0; sent < n; sent += 1000) {
        char field[1001];
        snprintf(field, sizeof field, "X: %0995d\r\n", 0);
        client_text(world, client, field);
    }
    client_text(world, client, "\r\n");
}

static void a_large_head_is_refused(void **state)
{
    (void)state;
    struct world world;
    world_begin(&world);
    AUTO(client_done) struct client client = client_open(&world);
    send_head(&world, &client, 15000);
    send_head(&world, &client, 17000);
    expect(&world, &client, "", 2, "200 431");
    expect_body(&client, "16 KiB");
    expect(&world, &client, "GET /now HTTP/1.1\r\n" HOST "\r\n", 3, "200 431 200");
    world_end(&world);
}

static void a_huge_head_is_refused_by_the_library(void **state)
{
    (void)state;
    struct world world;
    world_begin(&world);
    AUTO(client_done) struct client client = client_open(&world);
    send_head(&world, &client, 200000);
    expect(&world, &client, "", 1, "431");
    expect_body(&client, "<html>");
    await_close(&world, &client);
    assert_false(client.reset);
    world_end(&world);
}

static void many_fields_are_refused(void **state)
{
    (void)state;
    struct world world;
    world_begin(&world);
    AUTO(client_done) struct client client = client_open(&world);
    client_text(&world, &client, "GET /now HTTP/1.1\r\n" HOST);
    for (int i = 0; i < 64; i++)
        client_text(&world, &client, "X: y\r\n");
    expect(&world, &client, "\r\n", 1, "431");
    await_close(&world, &client);
    world_end(&world);
}

static void a_long_target_is_refused(void **state)
{
    (void)state;
    struct world world;
    world_begin(&world);
    AUTO(client_done) struct client client = client_open(&world);
    client_text(&world, &client, "GET /");
    send_filler(&world, &client, HTTP_TARGET_MAX);
    expect(&world, &client, " HTTP/1.1\r\n" HOST "\r\n", 1, "414");
    expect(&world, &client, "GET /now HTTP/1.1\r\n" HOST "\r\n", 2, "414 200");
    world_end(&world);
}

static void a_target_of_many_parameters_is_refused(void **state)
{
    (void)state;
    struct world world;
    world_begin(&world);
    AUTO(client_done) struct client client = client_open(&world);
    client_text(&world, &client, "GET /?");
    for (int i = 0; i < 1000; i++) {
        char param[16];
        snprintf(param, sizeof param, "%d&", i);
        client_text(&world, &client, param);
    }
    expect(&world, &client, " HTTP/1.1\r\n" HOST "\r\n", 1, "400");
    expect_body(&client, "more than 32 parameters");
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

static void deferred_answers_come_in_any_order(void **state)
{
    (void)state;
    struct world world;
    world_begin(&world);
    AUTO(client_done) struct client one = client_open(&world);
    AUTO(client_done) struct client two = client_open(&world);
    client_text(&world, &one, "GET /later?one HTTP/1.1\r\n" HOST "\r\n");
    await_later(&world, 1);
    client_text(&world, &two, "GET /later?two HTTP/1.1\r\n" HOST "\r\n");
    await_later(&world, 2);
    assert_int_equal(http_server_open_count(world.server), 2);
    echo(world.later[--world.n_later]);
    struct http_request *first = world.later[--world.n_later];
    expect(&world, &two, "", 1, "200");
    expect_body(&two, "[two=]");
    assert_int_equal(one.in.length, 0);
    echo(first);
    expect(&world, &one, "", 1, "200");
    expect_body(&one, "[one=]");
    assert_int_equal(http_server_open_count(world.server), 0);
    world_end(&world);
}

static void a_request_behind_a_deferred_one_waits(void **state)
{
    (void)state;
    struct world world;
    world_begin(&world);
    AUTO(client_done) struct client client = client_open(&world);
    client_text(&world, &client, "GET /later HTTP/1.1\r\n" HOST "\r\nGET /now HTTP/1.1\r\n" HOST "\r\n");
    await_later(&world, 1);
    for (int i = 0; i < 20; i++)
        turn(&world);
    assert_int_equal(world.requests, 1);
    expect(&world, &client, "", 2, "200 200");
    world_end(&world);
}

static void an_answer_to_a_client_that_left_goes_nowhere(void **state)
{
    (void)state;
    static const struct linger at_once = { .l_onoff = 1, .l_linger = 0 };
    struct world world;
    world_begin(&world);
    for (int reset = 0; reset < 2; reset++) {
        struct client client = client_open(&world);
        client_text(&world, &client, "GET /later HTTP/1.1\r\n" HOST "\r\n");
        await_later(&world, 1);
        if (reset)
            assert_int_equal(setsockopt(client.fd, SOL_SOCKET, SO_LINGER, &at_once, sizeof at_once), 0);
        client_done(&client);
        turn(&world);
        release_later(&world);
        await_no_connection(&world);
    }
    world_end(&world);
}

static void a_half_closed_connection_gets_its_answer(void **state)
{
    (void)state;
    static const char *const paths[] = { "/now", "/later" };
    struct world world;
    world_begin(&world);
    for (size_t i = 0; i < N_ELEMS(paths); i++) {
        AUTO(client_done) struct client client = client_open(&world);
        char request[128], got[16];
        snprintf(request, sizeof request, "POST %s HTTP/1.1\r\n" HOST "Content-Length: 2\r\n\r\nhi", paths[i]);
        assert_int_equal(send(client.fd, request, strlen(request), MSG_NOSIGNAL), strlen(request));
        assert_int_equal(shutdown(client.fd, SHUT_WR), 0);
        await_statuses(&world, &client, 1, got, sizeof got);
        assert_string_equal(got, "200");
        await_close(&world, &client);
    }
    world_end(&world);
}

/* The library looks at a resumed socket before it sends when other connections are there, and gives up. */
static void a_client_may_half_close_while_it_waits(void **state)
{
    (void)state;
    struct world world;
    world_begin(&world);
    for (int turns = 0; turns < 4; turns++) {
        AUTO(client_done) struct client client = client_open(&world);
        AUTO(client_done) struct client other = client_open(&world);
        assert_true(other.fd >= 0);
        for (int i = 0; i < 10; i++)
            turn(&world);
        assert_int_equal(send(client.fd, "GET /later HTTP/1.1\r\n" HOST "\r\n", 32, MSG_NOSIGNAL), 32);
        await_later(&world, 1);
        assert_int_equal(shutdown(client.fd, SHUT_WR), 0);
        for (int i = 0; i < turns; i++)
            turn(&world);
        release_later(&world);
        expect(&world, &client, "", 1, "200");
        expect_body(&client, "GET /later 0 ");
        await_close(&world, &client);
    }
    world_end(&world);
}

static void a_body_that_ends_early_is_no_request(void **state)
{
    (void)state;
    struct world world;
    world_begin(&world);
    AUTO(client_done) struct client client = client_open(&world);
    client_text(&world, &client, POST "Content-Length: 20\r\n\r\nhi");
    assert_int_equal(shutdown(client.fd, SHUT_WR), 0);
    await_no_connection(&world);
    assert_int_equal(world.requests, 0);
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

static void two_hundred_at_once(void **state)
{
    (void)state;
    enum { N = 200 };
    static struct client clients[N];
    struct world world;
    world_begin(&world);
    for (int i = 0; i < N; i++) {
        char request[64];
        clients[i] = client_open(&world);
        snprintf(request, sizeof request, "GET /later?%d HTTP/1.1\r\n" HOST "\r\n", i);
        client_text(&world, &clients[i], request);
    }
    await_later(&world, N);
    assert_int_equal(http_server_connection_count(world.server), N);
    release_later(&world);
    for (int i = 0; i < N; i++) {
        char holds[16];
        snprintf(holds, sizeof holds, "[%d=]", i);
        expect(&world, &clients[i], "", 1, "200");
        expect_body(&clients[i], holds);
        client_done(&clients[i]);
    }
    world_end(&world);
}

static void connections_over_the_limit_wait(void **state)
{
    (void)state;
    struct world world;
    world_start(&world, &(struct http_conf){ .host = "127.0.0.1", .connection_limit = 2, .per_address_limit = 2 });
    struct client one = client_open(&world);
    AUTO(client_done) struct client two = client_open(&world);
    AUTO(client_done) struct client three = client_open(&world);
    expect(&world, &one, "GET /now HTTP/1.1\r\n" HOST "\r\n", 1, "200");
    expect(&world, &two, "GET /now HTTP/1.1\r\n" HOST "\r\n", 1, "200");
    assert_int_equal(http_server_connection_count(world.server), 2);
    client_done(&one);
    expect(&world, &three, "GET /now HTTP/1.1\r\n" HOST "\r\n", 1, "200");
    world_end(&world);
}

/* One byte of a head every turn of the loop keeps no connection for longer than the time-out of a request. */
static void a_head_that_drips_is_cut_off(void **state)
{
    (void)state;
    struct world world;
    world_start(&world, &(struct http_conf){ .host = "127.0.0.1", .request_timeout_s = 1 });
    AUTO(client_done) struct client client = client_open(&world);
    int64_t begin = ais_clock_mono();
    client_text(&world, &client, "GET /now HTTP/1.1\r\nX: ");
    while (!client.closed && ais_clock_mono() < begin + WAIT_S * AIS_NS_PER_S) {
        for (int i = 0; i < 50 && !client.closed; i++) {
            turn(&world);
            client_receive(&client);
        }
        client_text(&world, &client, "x");
    }
    assert_true(client.closed);
    assert_true(ais_clock_mono() - begin < 3 * AIS_NS_PER_S);
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

static void a_paused_server_ends_what_it_began(void **state)
{
    (void)state;
    struct world world;
    world_begin(&world);
    uint16_t port = http_server_port(world.server);
    AUTO(client_done) struct client client = client_open(&world);
    client_text(&world, &client, "GET /later HTTP/1.1\r\n" HOST "\r\n");
    await_later(&world, 1);
    http_server_pause(world.server);
    http_server_pause(world.server);
    assert_int_equal(http_server_port(world.server), port);

    struct sockaddr_in to = { .sin_family = AF_INET, .sin_port = htons(port) };
    to.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    int late = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    assert_int_equal(connect(late, (struct sockaddr *)&to, sizeof to), -1);
    close(late);

    await_close(&world, &client);
    assert_non_null(strstr(received(&client), "HTTP/1.1 200"));
    assert_non_null(strcasestr(received(&client), "Connection: close"));
    assert_int_equal(http_server_open_count(world.server), 0);
    world_end(&world);
}

static void a_server_may_end_with_requests_open(void **state)
{
    (void)state;
    struct world world;
    world_begin(&world);
    AUTO(client_done) struct client one = client_open(&world);
    AUTO(client_done) struct client two = client_open(&world);
    AUTO(client_done) struct client three = client_open(&world);
    client_text(&world, &one, "GET /later HTTP/1.1\r\n" HOST "\r\n");
    client_text(&world, &two, POST "Content-Length: 10\r\n\r\nhal");
    client_text(&world, &three, "GET /la");
    await_later(&world, 1);
    world_end(&world);
}

static void a_bad_address_is_named(void **state)
{
    (void)state;
    struct world world;
    struct http_server *server = NULL;
    struct ais_why why = { 0 };
    struct http_conf conf = { .host = "localhost" };
    assert_int_equal(http_server_start(&conf, &hooks, &world, &server, &why), AIS_E_SETTING);
    assert_non_null(strstr(why.text, "'localhost'"));

    world_begin(&world);
    conf = (struct http_conf){ .host = "127.0.0.1", .port = http_server_port(world.server) };
    assert_int_equal(http_server_start(&conf, &hooks, &world, &server, &why), AIS_E_IO);
    assert_non_null(strstr(why.text, "in use"));
    assert_null(server);
    world_end(&world);
}

static void the_peer_is_told(void **state)
{
    (void)state;
    struct world world;
    char text[HTTP_PEER_SIZE], want[HTTP_PEER_SIZE];
    struct sockaddr_in own;
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
        cmocka_unit_test(the_largest_body_is_taken),
        cmocka_unit_test(a_larger_body_is_refused_while_it_comes),
        cmocka_unit_test(a_larger_chunked_body_is_refused_midway),
        cmocka_unit_test(a_larger_body_may_be_allowed_and_taken_apart),
        cmocka_unit_test(a_filtered_chunked_body_has_its_limit_too),
        cmocka_unit_test(a_filter_may_refuse),
        cmocka_unit_test(a_request_may_be_turned_away_before_its_body),
        cmocka_unit_test(bodies_have_a_limit_together),
        cmocka_unit_test(a_chunked_body_is_refused_at_its_first_byte_too_many),
        cmocka_unit_test(a_large_head_is_refused),
        cmocka_unit_test(a_huge_head_is_refused_by_the_library),
        cmocka_unit_test(many_fields_are_refused),
        cmocka_unit_test(a_long_target_is_refused),
        cmocka_unit_test(a_target_of_many_parameters_is_refused),
        cmocka_unit_test(a_body_may_come_byte_by_byte),
        cmocka_unit_test(deferred_answers_come_in_any_order),
        cmocka_unit_test(a_request_behind_a_deferred_one_waits),
        cmocka_unit_test(an_answer_to_a_client_that_left_goes_nowhere),
        cmocka_unit_test(a_half_closed_connection_gets_its_answer),
        cmocka_unit_test(a_client_may_half_close_while_it_waits),
        cmocka_unit_test(a_body_that_ends_early_is_no_request),
        cmocka_unit_test(garbage_does_no_harm),
        cmocka_unit_test(two_hundred_at_once),
        cmocka_unit_test(connections_over_the_limit_wait),
        cmocka_unit_test(a_head_that_drips_is_cut_off),
        cmocka_unit_test(the_request_id_is_echoed_when_it_is_harmless),
        cmocka_unit_test(a_head_request_gets_no_body),
        cmocka_unit_test(a_paused_server_ends_what_it_began),
        cmocka_unit_test(a_server_may_end_with_requests_open),
        cmocka_unit_test(a_bad_address_is_named),
        cmocka_unit_test(the_peer_is_told),
    };
    AIS_ROWS(row_tests, rows, check_row);
    int failed = cmocka_run_group_tests_name("gateway/http rows", row_tests, NULL, NULL);
    return failed + cmocka_run_group_tests_name("gateway/http", tests, NULL, NULL);
}
