/* How much the HTTP server takes: bodies, heads and targets at their limits and over them, and bodies that are taken
 * apart or turned away while they come. */
#include "tests/unit/gateway/http_fixture.h"

#include <stdio.h>

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

int main(void)
{
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
    };
    return cmocka_run_group_tests_name("gateway/http_limits", tests, NULL, NULL);
}
