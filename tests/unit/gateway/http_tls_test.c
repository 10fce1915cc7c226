/* The HTTP server over TLS, server and clients in one thread: what takes time, and what happens in the middle of a
 * handshake. What clients of all kinds see is asked of the product from outside. */
#include "gateway/http.h"
#include "gateway/refuse.h"
#include "shared/mem/secret.h"
#include "shared/sys/clock.h"
#include "tests/unit/tls/certificate.h"

#include <arpa/inet.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

enum { WAIT_S = 10 };

static struct ais_tls_identity *identities[2];
static gnutls_certificate_credentials_t credentials; /* of clients, which verify nothing */

struct world {
    struct http_server *server;
    struct http_request *kept; /* one to "/later" */
};

static void on_request(void *context, struct http_request *request)
{
    struct world *world = context;
    if (strcmp(http_request_target(request)->path, "/later") == 0)
        world->kept = request;
    else
        http_answer(request, 200, "text/plain", "yes", 3, NULL, 0);
}

static void on_refusal(void *context, struct http_request *request, unsigned status, const char *detail)
{
    (void)context;
    refuse(NULL, request, status, detail);
}

static const struct http_hooks hooks = { .on_request = on_request, .on_refusal = on_refusal };

static int begin(void **state)
{
    static struct world world;
    struct ais_why why = { 0 };
    const struct http_conf conf = { .host = "127.0.0.1",
                                    .request_timeout_s = 1,
                                    .idle_timeout_s = 1,
                                    .linger_timeout_s = 1,
                                    .identity = identities[0] };
    world = (struct world){ .server = NULL };
    *state = &world;
    return http_server_start(&conf, &hooks, &world, &world.server, &why) == AIS_OK ? 0 : -1;
}

static int end(void **state)
{
    struct world *world = *state;
    http_server_destroy(&world->server);
    return 0;
}

static void turn(struct world *world)
{
    struct pollfd item = { .fd = http_server_fd(world->server), .events = POLLIN };
    poll(&item, 1, (int)http_server_timeout_ms(world->server, 1));
    http_server_run(world->server);
}

/* ---- clients ---- */

static int connect_to(const struct world *world)
{
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    struct sockaddr_in to = { .sin_family = AF_INET, .sin_port = htons(http_server_port(world->server)) };
    to.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    assert_int_equal(connect(fd, (struct sockaddr *)&to, sizeof to), 0);
    assert_int_equal(fcntl(fd, F_SETFL, O_NONBLOCK), 0);
    return fd;
}

struct client {
    int fd;
    gnutls_session_t session;
};

static struct client client_open(const struct world *world)
{
    struct client client = { .fd = connect_to(world) };
    assert_int_equal(gnutls_init(&client.session, GNUTLS_CLIENT | GNUTLS_NONBLOCK | GNUTLS_NO_SIGNAL), 0);
    assert_int_equal(gnutls_set_default_priority(client.session), 0);
    assert_int_equal(gnutls_credentials_set(client.session, GNUTLS_CRD_CERTIFICATE, credentials), 0);
    gnutls_transport_set_int(client.session, client.fd);
    return client;
}

static void client_done(struct client *client)
{
    gnutls_deinit(client->session);
    close(client->fd);
}

static void client_handshake(struct world *world, struct client *client)
{
    int64_t deadline = ais_clock_mono() + WAIT_S * AIS_NS_PER_S;
    int code;
    while ((code = gnutls_handshake(client->session)) == GNUTLS_E_AGAIN && ais_clock_mono() < deadline)
        turn(world);
    if (code != 0)
        fail_msg("handshake: %s", gnutls_strerror(code));
}

/* Which of the two identities the server has shown. */
static int shown(const struct client *client)
{
    unsigned count = 0;
    unsigned char digest[32];
    char text[AIS_TLS_DIGEST_SIZE];
    const gnutls_datum_t *chain = gnutls_certificate_get_peers(client->session, &count);
    size_t n = sizeof digest;
    assert_int_equal(count, 1);
    assert_int_equal(gnutls_fingerprint(GNUTLS_DIG_SHA256, &chain[0], digest, &n), 0);
    for (size_t i = 0; i < sizeof digest; i++)
        snprintf(text + 2 * i, 3, "%02x", digest[i]);
    return strcmp(text, ais_tls_identity_digest(identities[1])) == 0 ? 1 : 0;
}

static void client_send(struct client *client, const char *text)
{
    assert_int_equal(gnutls_record_send(client->session, text, strlen(text)), strlen(text));
}

/* What comes next: the number of bytes, 0 at an end that was told, a code of GnuTLS at any other. */
static ssize_t client_receive(struct world *world, struct client *client, char *bytes, size_t size)
{
    int64_t deadline = ais_clock_mono() + WAIT_S * AIS_NS_PER_S;
    ssize_t n;
    while ((n = gnutls_record_recv(client->session, bytes, size)) == GNUTLS_E_AGAIN && ais_clock_mono() < deadline)
        turn(world);
    return n;
}

static void expect_answer(struct world *world, struct client *client)
{
    char answer[4096];
    client_send(client, "GET / HTTP/1.1\r\nHost: x\r\n\r\n");
    assert_true(client_receive(world, client, answer, sizeof answer) > 0);
    assert_memory_equal(answer, "HTTP/1.1 200", 12);
}

/* ---- tests ---- */

/* Nothing at all, the beginning of a record, a record of which the half comes: each ends by the deadline. */
static void a_handshake_that_stalls_is_ended(void **state)
{
    static const char beginning[] = { 0x16, 0x03, 0x01, 0x02, 0x00, 0x01, 0x00 };
    struct world *world = *state;
    for (size_t n = 0; n <= sizeof beginning; n += sizeof beginning) {
        char byte;
        int fd = connect_to(world);
        int64_t began = ais_clock_mono(), deadline = began + WAIT_S * AIS_NS_PER_S;
        assert_int_equal(send(fd, beginning, n, MSG_NOSIGNAL), n);
        while (recv(fd, &byte, 1, 0) != 0 && ais_clock_mono() < deadline)
            turn(world);
        assert_true(ais_clock_mono() < deadline);
        assert_true(ais_clock_mono() - began >= AIS_NS_PER_S);
        close(fd);
    }
    while (http_server_connection_count(world->server) > 0)
        turn(world);
}

static void an_idle_connection_is_ended(void **state)
{
    struct world *world = *state;
    struct client client = client_open(world);
    char bytes[64];
    ssize_t n;
    client_handshake(world, &client);
    expect_answer(world, &client);
    while ((n = client_receive(world, &client, bytes, sizeof bytes)) > 0)
        continue; /* the rest of the answer */
    assert_int_not_equal(n, GNUTLS_E_AGAIN);
    client_done(&client);
}

/* The first flight has gone out before the renewal: that connection shows either, and works; the next shows the new. */
static void a_renewal_in_the_middle_of_a_handshake_breaks_nothing(void **state)
{
    struct world *world = *state;
    struct client before = client_open(world), amid = client_open(world);
    client_handshake(world, &before);
    assert_int_equal(gnutls_handshake(amid.session), GNUTLS_E_AGAIN);
    turn(world);
    http_server_renew(world->server, identities[1]);
    client_handshake(world, &amid);
    struct client after = client_open(world);
    client_handshake(world, &after);
    assert_int_equal(shown(&before), 0);
    assert_int_equal(shown(&after), 1);
    expect_answer(world, &amid);
    expect_answer(world, &before);
    http_server_renew(world->server, identities[0]);
    http_server_renew(world->server, identities[1]);
    expect_answer(world, &after);
    client_done(&before);
    client_done(&amid);
    client_done(&after);
}

static void a_request_that_waits_is_resumed_with_what_came_meanwhile(void **state)
{
    struct world *world = *state;
    struct client client = client_open(world);
    char answer[4096];
    client_handshake(world, &client);
    client_send(&client, "GET /later HTTP/1.1\r\nHost: x\r\n\r\nGET / HTTP/1.1\r\nHost: x\r\n\r\n");
    while (world->kept == NULL)
        turn(world);
    for (int i = 0; i < 5; i++)
        turn(world);
    http_answer(world->kept, 200, "text/plain", "late", 4, NULL, 0);
    size_t length = 0;
    while (length < sizeof answer - 1 && (length == 0 || strstr(answer, "yes") == NULL)) {
        ssize_t n = client_receive(world, &client, answer + length, sizeof answer - 1 - length);
        assert_true(n > 0);
        length += (size_t)n;
        answer[length] = '\0';
    }
    assert_true(strstr(answer, "late") < strstr(answer, "yes"));
    client_done(&client);
}

static void a_server_ends_with_everything_open(void **state)
{
    struct world *world = *state;
    struct client waiting = client_open(world), half = client_open(world);
    int raw = connect_to(world);
    client_handshake(world, &waiting);
    client_send(&waiting, "GET /later HTTP/1.1\r\nHost: x\r\n\r\n");
    while (world->kept == NULL)
        turn(world);
    assert_int_equal(gnutls_handshake(half.session), GNUTLS_E_AGAIN);
    turn(world);
    http_server_destroy(&world->server);
    client_done(&waiting);
    client_done(&half);
    close(raw);
}

static int set_up(void **state)
{
    char folder[] = "/tmp/ais-http-tls-XXXXXX", cert[64], key[64];
    struct ais_why why = { 0 };
    (void)state;
    if (mkdtemp(folder) == NULL || ais_secret_init(&why) != AIS_OK || signal(SIGPIPE, SIG_IGN) == SIG_ERR)
        return -1;
    snprintf(cert, sizeof cert, "%s/cert", folder);
    snprintf(key, sizeof key, "%s/key", folder);
    for (size_t i = 0; i < N_ELEMS(identities); i++) {
        certificate_make("test", GNUTLS_PK_ECDSA, GNUTLS_CURVE_TO_BITS(GNUTLS_ECC_CURVE_SECP256R1), cert, key);
        assert_int_equal(ais_tls_identity_load(cert, key, &identities[i], &why), AIS_OK);
    }
    assert_int_equal(unlink(cert) | unlink(key) | rmdir(folder), 0);
    return gnutls_certificate_allocate_credentials(&credentials);
}

static int tear_down(void **state)
{
    (void)state;
    ais_tls_identity_unref(&identities[0]);
    ais_tls_identity_unref(&identities[1]);
    gnutls_certificate_free_credentials(credentials);
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(a_handshake_that_stalls_is_ended, begin, end),
        cmocka_unit_test_setup_teardown(an_idle_connection_is_ended, begin, end),
        cmocka_unit_test_setup_teardown(a_renewal_in_the_middle_of_a_handshake_breaks_nothing, begin, end),
        cmocka_unit_test_setup_teardown(a_request_that_waits_is_resumed_with_what_came_meanwhile, begin, end),
        cmocka_unit_test_setup_teardown(a_server_ends_with_everything_open, begin, end),
    };
    return cmocka_run_group_tests_name("gateway/http_tls", tests, set_up, tear_down);
}
