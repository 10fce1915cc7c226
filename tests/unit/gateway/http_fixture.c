#include "tests/unit/gateway/http_fixture.h"
#include "gateway/refuse.h"
#include "shared/sys/clock.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

void echo(struct http_request *request)
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

const struct http_hooks world_hooks = { on_request, on_refusal, NULL, on_head };

void turn(struct world *world)
{
    struct pollfd item = { .fd = http_server_fd(world->server), .events = POLLIN };
    poll(&item, 1, (int)http_server_timeout_ms(world->server, 1));
    http_server_run(world->server);
}

void release_later(struct world *world)
{
    while (world->n_later > 0)
        echo(world->later[--world->n_later]);
}

struct client client_open(const struct world *world)
{
    struct client client = { .fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0) };
    struct sockaddr_in to = { .sin_family = AF_INET, .sin_port = htons(http_server_port(world->server)) };
    to.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    assert_int_equal(connect(client.fd, (struct sockaddr *)&to, sizeof to), 0);
    assert_int_equal(fcntl(client.fd, F_SETFL, O_NONBLOCK), 0);
    return client;
}

void client_done(struct client *client)
{
    ais_buf_done(&client->in);
    close(client->fd);
}

void client_receive(struct client *client)
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

void client_send(struct world *world, struct client *client, const char *bytes, size_t n)
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

void client_text(struct world *world, struct client *client, const char *text)
{
    client_send(world, client, text, strlen(text));
}

const char *received(const struct client *client)
{
    return client->in.data != NULL ? client->in.data : "";
}

bool answer_at(const struct client *client, size_t from, struct answer *ret)
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

void await_statuses(struct world *world, struct client *client, size_t n, char *text, size_t size)
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

void await_close(struct world *world, struct client *client)
{
    int64_t deadline = ais_clock_mono() + WAIT_S * AIS_NS_PER_S;
    while (!client->closed && ais_clock_mono() < deadline) {
        turn(world);
        release_later(world);
        client_receive(client);
    }
    assert_true(client->closed);
}

void await_later(struct world *world, size_t n)
{
    int64_t deadline = ais_clock_mono() + WAIT_S * AIS_NS_PER_S;
    while (world->n_later < n && ais_clock_mono() < deadline)
        turn(world);
    assert_int_equal(world->n_later, n);
}

void await_no_connection(struct world *world)
{
    int64_t deadline = ais_clock_mono() + WAIT_S * AIS_NS_PER_S;
    while (http_server_connection_count(world->server) > 0 && ais_clock_mono() < deadline)
        turn(world);
    assert_int_equal(http_server_connection_count(world->server), 0);
    assert_int_equal(http_server_open_count(world->server), 0);
}

void world_start(struct world *world, const struct http_conf *conf)
{
    struct ais_why why = { 0 };
    *world = (struct world){ 0 };
    if (http_server_start(conf, &world_hooks, world, &world->server, &why) != AIS_OK)
        fail_msg("%s", why.text);
}

void world_begin(struct world *world)
{
    world_start(world, &(struct http_conf){ .host = "127.0.0.1" });
}

void world_end(struct world *world)
{
    http_server_destroy(&world->server);
    assert_null(world->server);
}

void expect(struct world *world, struct client *client, const char *request, size_t n_answers, const char *statuses)
{
    char got[64];
    client_text(world, client, request);
    await_statuses(world, client, n_answers, got, sizeof got);
    assert_string_equal(got, statuses);
}

void expect_body(const struct client *client, const char *holds)
{
    struct answer last = { 0 };
    for (size_t at = 0; answer_at(client, at, &last); at += last.size)
        continue;
    if (strstr(last.body, holds) == NULL)
        fail_msg("'%s' is not in: %s", holds, last.body);
}

void send_filler(struct world *world, struct client *client, size_t n)
{
    char *filler = malloc(n);
    assert_non_null(filler);
    memset(filler, 'a', n);
    client_send(world, client, filler, n);
    free(filler);
}
