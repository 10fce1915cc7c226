/* A server of one canned answer, over HTTP and over ZeroMQ, and what the client makes of it. */
#include "services/cli/remote.h"
#include "shared/mem/secret.h"
#include "tests/unit/test.h"

#include <arpa/inet.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>
#include <zmq.h>

#define KEY  "0123456789abcdef0123456789abcdef"
#define BODY "{\"tool_name\":\"x\"}"

static const struct cli_question question = { .body = BODY, .size = sizeof BODY - 1, .key = KEY };

/* ---- HTTP ---- */

struct http_server {
    int listener;
    const char *answer;
    char request[4096];
};

static void *serve_http(void *arg)
{
    struct http_server *server = arg;
    size_t length = 0;
    int peer = accept(server->listener, NULL, NULL);
    while (strstr(server->request, BODY) == NULL && length < sizeof server->request - 1) {
        ssize_t n = read(peer, server->request + length, sizeof server->request - 1 - length);
        if (n <= 0)
            break;
        length += (size_t)n;
        server->request[length] = '\0';
    }
    if (write(peer, server->answer, strlen(server->answer)) < 0)
        server->request[0] = '\0';
    close(peer);
    return NULL;
}

static const struct http_row {
    const char *name, *answer;
    enum ais_err want;
    int status;
    const char *says; /* the answer's body, or part of the reason */
} http_rows[] = {
    {"HTTP: an answer",                   "HTTP/1.1 200 OK\r\nContent-Length: 16\r\n\r\n{\"allowed\":true}", AIS_OK,        200,
     "{\"allowed\":true}"                                                                                                                   },
    { "HTTP: a refusal has a body too",   "HTTP/1.1 503 X\r\nContent-Length: 2\r\n\r\n{}",                   AIS_OK,        503, "{}"       },
    { "HTTP: a redirect is not followed",
     "HTTP/1.1 307 X\r\nLocation: http://127.0.0.1:1/\r\nContent-Length: 0\r\n\r\n",                         AIS_OK,        307, ""         },
    { "HTTP: half an answer is none",     "HTTP/1.1 200 OK\r\nContent-Length: 99\r\n\r\n{\"allowed\":true}", AIS_E_NETWORK,
     0,                                                                                                                          "127.0.0.1"},
    { "HTTP: what is not HTTP",           "{\"allowed\":true}\n",                                            AIS_E_NETWORK, 0,   "127.0.0.1"},
};

static void check_http(void **state)
{
    const struct http_row *row = *state;
    struct http_server server = { .listener = socket(AF_INET, SOCK_STREAM, 0), .answer = row->answer };
    struct sockaddr_in address = { .sin_family = AF_INET, .sin_addr = { htonl(INADDR_LOOPBACK) } };
    socklen_t size = sizeof address;
    pthread_t thread;
    char url[64];
    assert_int_equal(bind(server.listener, (struct sockaddr *)&address, sizeof address), 0);
    assert_int_equal(listen(server.listener, 1), 0);
    assert_int_equal(getsockname(server.listener, (struct sockaddr *)&address, &size), 0);
    snprintf(url, sizeof url, "http://127.0.0.1:%d/", ntohs(address.sin_port));
    assert_int_equal(pthread_create(&thread, NULL, serve_http, &server), 0);

    AUTO(ais_buf_done) struct ais_buf answer = { 0 };
    struct ais_why why = { 0 };
    int status = 0;
    enum ais_err err = cli_ask_rest(url, &question, &status, &answer, &why);
    assert_int_equal(pthread_join(thread, NULL), 0);
    close(server.listener);
    assert_int_equal(err, row->want);
    assert_non_null(strstr(server.request, "POST /api/v1/preflight HTTP/1.1\r\n"));
    assert_non_null(strstr(server.request, "\r\nAuthorization: Bearer " KEY "\r\n"));
    assert_non_null(strstr(server.request, "\r\nContent-Type: application/json\r\n"));
    if (err == AIS_OK) {
        assert_int_equal(status, row->status);
        assert_string_equal(answer.data != NULL ? answer.data : "", row->says);
    } else {
        assert_non_null(strstr(why.text, row->says));
    }
}

static const struct url_row {
    const char *name, *url, *says;
} url_rows[] = {
    {"a key does not cross the network in clear text", "http://192.0.2.1:8000",        "in clear text; use https://"              },
    { "nor to a name that looks like here",            "http://localhost.example.com", "in clear text"                            },
    { "nor past a user that looks like here",          "http://127.0.0.1@192.0.2.1/",  "in clear text"                            },
    { "another scheme",                                "ftp://127.0.0.1/",             "it takes http://HOST:PORT or https://HOST"},
    { "a file",                                        "file:///etc/passwd",           "it takes"                                 },
    { "no URL",                                        "127.0.0.1",                    "it takes"                                 },
};

static void check_url(void **state)
{
    const struct url_row *row = *state;
    AUTO(ais_buf_done) struct ais_buf answer = { 0 };
    struct ais_why why = { 0 };
    int status = 0;
    assert_int_equal(cli_ask_rest(row->url, &question, &status, &answer, &why), AIS_E_USAGE);
    assert_non_null(strstr(why.text, row->says));
}

static void nobody_listens(void **state)
{
    AUTO(ais_buf_done) struct ais_buf answer = { 0 };
    struct ais_why why = { 0 };
    int status = 0;
    (void)state;
    assert_int_equal(cli_ask_rest("http://127.0.0.1:1", &question, &status, &answer, &why), AIS_E_NETWORK);
    assert_non_null(strstr(why.text, "127.0.0.1:1"));
}

/* ---- ZeroMQ ---- */

struct zmq_server {
    void *socket;
    const char *const *frames; /* of the answer, NULL-terminated */
    char request[4][64];
};

static void *serve_zmq(void *arg)
{
    struct zmq_server *server = arg;
    for (size_t i = 0; i < 4; i++) {
        int n = zmq_recv(server->socket, server->request[i], sizeof server->request[i] - 1, 0);
        server->request[i][n > 0 ? n : 0] = '\0';
    }
    for (size_t i = 0; server->frames[i] != NULL; i++)
        zmq_send(server->socket, server->frames[i], strlen(server->frames[i]),
                 server->frames[i + 1] != NULL ? ZMQ_SNDMORE : 0);
    return NULL;
}

static const struct zmq_row {
    const char *name;
    const char *frames[5];
    enum ais_err want;
    int status;
} zmq_rows[] = {
    {"ZeroMQ: an answer",              { "AIS1", "200", "{}" },       AIS_OK,        200},
    { "ZeroMQ: a refusal",             { "AIS1", "401", "{}" },       AIS_OK,        401},
    { "ZeroMQ: another protocol",      { "AIS2", "200", "{}" },       AIS_E_NETWORK, 0  },
    { "ZeroMQ: a status that is none", { "AIS1", "2000", "{}" },      AIS_E_NETWORK, 0  },
    { "ZeroMQ: a status of letters",   { "AIS1", "2x0", "{}" },       AIS_E_NETWORK, 0  },
    { "ZeroMQ: a frame too few",       { "AIS1", "200" },             AIS_E_NETWORK, 0  },
    { "ZeroMQ: a frame too many",      { "AIS1", "200", "{}", "{}" }, AIS_E_NETWORK, 0  },
};

static void check_zmq(void **state)
{
    const struct zmq_row *row = *state;
    void *context = zmq_ctx_new();
    struct zmq_server server = { .socket = zmq_socket(context, ZMQ_REP), .frames = row->frames };
    char endpoint[64];
    size_t size = sizeof endpoint;
    pthread_t thread;
    assert_int_equal(zmq_bind(server.socket, "tcp://127.0.0.1:*"), 0);
    assert_int_equal(zmq_getsockopt(server.socket, ZMQ_LAST_ENDPOINT, endpoint, &size), 0);
    assert_int_equal(pthread_create(&thread, NULL, serve_zmq, &server), 0);

    AUTO(ais_buf_done) struct ais_buf answer = { 0 };
    struct ais_why why = { 0 };
    int status = 0;
    enum ais_err err = cli_ask_zmq(endpoint, &question, &status, &answer, &why);
    assert_int_equal(pthread_join(thread, NULL), 0);
    zmq_close(server.socket);
    zmq_ctx_term(context);
    assert_int_equal(err, row->want);
    assert_string_equal(server.request[0], "AIS1");
    assert_string_equal(server.request[1], KEY);
    assert_string_equal(server.request[2], "PREFLIGHT");
    assert_string_equal(server.request[3], BODY);
    if (err == AIS_OK) {
        assert_int_equal(status, row->status);
        assert_string_equal(answer.data, "{}");
    }
}

static void another_machine_needs_curve(void **state)
{
    AUTO(ais_buf_done) struct ais_buf answer = { 0 };
    struct ais_why why = { 0 };
    int status = 0;
    (void)state;
    assert_int_equal(cli_ask_zmq("tcp://192.0.2.1:5555", &question, &status, &answer, &why), AIS_E_USAGE);
}

static int set_up(void **state)
{
    struct ais_why why = { 0 };
    (void)state;
    return ais_secret_init(&why) == AIS_OK ? 0 : -1;
}

int main(void)
{
    const struct CMUnitTest others[] = {
        cmocka_unit_test(nobody_listens),
        cmocka_unit_test(another_machine_needs_curve),
    };
    struct CMUnitTest tests[N_ELEMS(http_rows) + N_ELEMS(url_rows) + N_ELEMS(zmq_rows) + N_ELEMS(others)];
    struct CMUnitTest *at = tests;
    AIS_ROWS(at, http_rows, check_http);
    at += N_ELEMS(http_rows);
    AIS_ROWS(at, url_rows, check_url);
    at += N_ELEMS(url_rows);
    AIS_ROWS(at, zmq_rows, check_zmq);
    at += N_ELEMS(zmq_rows);
    memcpy(at, others, sizeof others);
    return cmocka_run_group_tests_name("cli/remote", tests, set_up, NULL);
}
