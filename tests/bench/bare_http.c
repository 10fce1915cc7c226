/* bare_http PORT: libmicrohttpd with nothing behind it, the yardstick for the gateway. The same flags, the same kind of
 * loop over its epoll descriptor in one thread, and a constant answer of the usual size to whatever is asked. Prints
 * the port (PORT 0: one that the system chose) and serves until it is killed. */
#include <microhttpd.h>

#include <netinet/in.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char answer[] = "{\"allowed\":true,\"requires_approval\":false,\"reasons\":[\"Action passes all safety "
                             "checks\"],\"alternatives\":[],\"decision_id\":\"0123456789abcdef0123456789abcdef\"}";

/* Called with the head, with each piece of the body, and at the end: only then it answers. */
static enum MHD_Result on_access(void *cls, struct MHD_Connection *connection, const char *url, const char *method,
                                 const char *version, const char *bytes, size_t *n, void **seen)
{
    (void)url;
    (void)method;
    (void)version;
    (void)bytes;
    if (*seen == NULL || *n > 0) {
        *seen = cls;
        *n = 0;
        return MHD_YES;
    }
    return MHD_queue_response(connection, MHD_HTTP_OK, cls);
}

static void serve(struct MHD_Daemon *daemon)
{
    struct pollfd item = { .events = POLLIN };
    item.fd = MHD_get_daemon_info(daemon, MHD_DAEMON_INFO_EPOLL_FD)->epoll_fd;
    for (;;) {
        MHD_UNSIGNED_LONG_LONG wait_ms = 1000;
        if (MHD_get_timeout(daemon, &wait_ms) != MHD_YES || wait_ms > 1000)
            wait_ms = 1000;
        if (wait_ms > 0)
            poll(&item, 1, (int)wait_ms);
        MHD_run(daemon);
    }
}

int main(int argc, char **argv)
{
    long port = argc == 2 ? strtol(argv[1], NULL, 10) : -1;
    if (port < 0 || port > UINT16_MAX) {
        fprintf(stderr, "usage: bare_http PORT\n");
        return 2;
    }
    struct sockaddr_in address = { .sin_family = AF_INET, .sin_port = htons((uint16_t)port) };
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    char body[sizeof answer];
    memcpy(body, answer, sizeof answer);
    struct MHD_Response *response = MHD_create_response_from_buffer(sizeof body - 1, body, MHD_RESPMEM_PERSISTENT);
    if (response == NULL || MHD_add_response_header(response, "Content-Type", "application/json") != MHD_YES)
        return 3;
    struct MHD_Daemon *daemon =
        MHD_start_daemon(MHD_USE_EPOLL | MHD_USE_TURBO | MHD_ALLOW_SUSPEND_RESUME, 0, NULL, NULL, on_access, response,
                         MHD_OPTION_SOCK_ADDR, &address, MHD_OPTION_CONNECTION_TIMEOUT, 60U, MHD_OPTION_END);
    if (daemon == NULL) {
        fprintf(stderr, "bare_http: cannot listen on 127.0.0.1 port %ld\n", port);
        return 3;
    }
    printf("%u\n", MHD_get_daemon_info(daemon, MHD_DAEMON_INFO_BIND_PORT)->port);
    if (fflush(stdout) != 0)
        return 3;
    serve(daemon);
    return 0;
}
