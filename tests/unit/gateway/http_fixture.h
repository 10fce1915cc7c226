/* What the tests of the HTTP server share: a server that echoes and clients on raw sockets, in one thread. Each wait
 * turns the server's loop until what is awaited has come or a deadline has passed. */
#ifndef AIS_TESTS_HTTP_FIXTURE_H
#define AIS_TESTS_HTTP_FIXTURE_H

#include "gateway/http.h"
#include "shared/mem/buf.h"
#include "tests/unit/test.h"

enum { WAIT_S = 10, LATER_MAX = 256, FORM_MAX = 2 << 20 };

#define HOST "Host: t\r\n"
#define JSON "Content-Type: application/json\r\n"
#define POST "POST /now HTTP/1.1\r\n" HOST JSON

/* A server whose handler echoes. "/later" is kept until release_later; "/form" may have a body of FORM_MAX, of which
 * all but 'a' is kept, and which is refused with 422 at a '!'; "/away" is turned away with 401 at its head. */
struct world {
    struct http_server *server;
    struct http_request *later[LATER_MAX];
    size_t n_later;
    unsigned requests, refusals;
};

/* The hooks of such a server; their context is the struct world. */
extern const struct http_hooks world_hooks;

/* Starts the server with these settings, or with none but the address; what fails here fails the test. */
void world_start(struct world *world, const struct http_conf *conf);
void world_begin(struct world *world);

/* Ends the server, whatever is open. */
void world_end(struct world *world);

/* Runs the server's loop once. */
void turn(struct world *world);

/* Answers a request as the handler does: its method, path and parameters, the size of its body and its begin. */
void echo(struct http_request *request);

/* Answers all that was kept. */
void release_later(struct world *world);

struct client {
    int fd;
    bool closed, reset;
    struct ais_buf in;
};

struct client client_open(const struct world *world);
void client_done(struct client *client);

/* Takes what has come, without waiting. */
void client_receive(struct client *client);

/* Sends all of it, or what is taken before the server closes. */
void client_send(struct world *world, struct client *client, const char *bytes, size_t n);
void client_text(struct world *world, struct client *client, const char *text);

/* Sends n times 'a'. */
void send_filler(struct world *world, struct client *client, size_t n);

/* All that has come so far. */
const char *received(const struct client *client);

struct answer {
    unsigned status;
    size_t size; /* of head and body together */
    char head[1024];
    char body[4096];
};

/* Reads the answer that begins at offset from of what has come; false while it is incomplete. */
bool answer_at(const struct client *client, size_t from, struct answer *ret);

/* Waits for n answers, or the close of the connection; writes their statuses ("200 413") into text. Meanwhile what is
 * kept is answered. */
void await_statuses(struct world *world, struct client *client, size_t n, char *text, size_t size);

/* Waits for the close of the connection; meanwhile what is kept is answered. */
void await_close(struct world *world, struct client *client);

/* Waits until n requests are kept. */
void await_later(struct world *world, size_t n);

/* Waits until the server has no connection, and checks that no request is open. */
void await_no_connection(struct world *world);

/* Sends request in full and checks the statuses that come back. */
void expect(struct world *world, struct client *client, const char *request, size_t n_answers, const char *statuses);

/* Checks what the body of the last answer holds. */
void expect_body(const struct client *client, const char *holds);

#endif
