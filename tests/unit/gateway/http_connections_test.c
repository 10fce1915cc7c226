/* Connections of the HTTP server: answers that come later, clients that leave or half-close, many at once, slow ones,
 * and the begin and end of the server itself. */
#include "shared/sys/clock.h"
#include "tests/unit/gateway/http_fixture.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <stdio.h>
#include <sys/socket.h>
#include <unistd.h>

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
    assert_int_equal(http_server_start(&conf, &world_hooks, &world, &server, &why), AIS_E_SETTING);
    assert_non_null(strstr(why.text, "'localhost'"));

    world_begin(&world);
    conf = (struct http_conf){ .host = "127.0.0.1", .port = http_server_port(world.server) };
    assert_int_equal(http_server_start(&conf, &world_hooks, &world, &server, &why), AIS_E_IO);
    assert_non_null(strstr(why.text, "in use"));
    assert_null(server);
    world_end(&world);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(deferred_answers_come_in_any_order),
        cmocka_unit_test(a_request_behind_a_deferred_one_waits),
        cmocka_unit_test(an_answer_to_a_client_that_left_goes_nowhere),
        cmocka_unit_test(a_half_closed_connection_gets_its_answer),
        cmocka_unit_test(a_client_may_half_close_while_it_waits),
        cmocka_unit_test(a_body_that_ends_early_is_no_request),
        cmocka_unit_test(two_hundred_at_once),
        cmocka_unit_test(connections_over_the_limit_wait),
        cmocka_unit_test(a_head_that_drips_is_cut_off),
        cmocka_unit_test(a_paused_server_ends_what_it_began),
        cmocka_unit_test(a_server_may_end_with_requests_open),
        cmocka_unit_test(a_bad_address_is_named),
    };
    return cmocka_run_group_tests_name("gateway/http_connections", tests, NULL, NULL);
}
