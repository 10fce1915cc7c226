/* bare_http PORT [DIR]: libmicrohttpd with nothing behind it, the yardstick for the gateway. The same flags, the same
 * kind of loop over its epoll descriptor in one thread, and a constant answer of the usual size to whatever is asked.
 * Prints the port (PORT 0: one that the system chose) and serves until it is killed.
 *
 * With DIR there is one thing behind it: before each answer it overwrites 600 bytes of a file there, which had been
 * written and synced before, and syncs them. So much does one fdatasync cost somebody who waits for an answer. */
#include <microhttpd.h>

#include <errno.h>
#include <netinet/in.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { RECORD = 600, RECORDS = 50000 };

struct state {
    struct MHD_Response *response;
    int fd; /* negative: nothing is synced */
    long next;
};

static const char answer[] = "{\"allowed\":true,\"requires_approval\":false,\"reasons\":[\"Action passes all safety "
                             "checks\"],\"alternatives\":[],\"decision_id\":\"0123456789abcdef0123456789abcdef\"}";

static int prewrite(struct state *state, const char *dir)
{
    static char blank[RECORD * 100];
    char path[4096];
    snprintf(path, sizeof path, "%s/bare_http.XXXXXX", dir);
    state->fd = mkstemp(path);
    if (state->fd < 0 || unlink(path) != 0)
        return -1;
    for (int i = 0; i < RECORDS / 100; i++)
        if (write(state->fd, blank, sizeof blank) != (ssize_t)sizeof blank)
            return -1;
    return fsync(state->fd);
}

static int sync_one(struct state *state)
{
    static const char record[RECORD];
    off_t at = state->next++ % RECORDS * RECORD;
    return pwrite(state->fd, record, sizeof record, at) == (ssize_t)sizeof record ? fdatasync(state->fd) : -1;
}

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
    struct state *state = cls;
    if (state->fd >= 0 && sync_one(state) != 0)
        return MHD_NO;
    return MHD_queue_response(connection, MHD_HTTP_OK, state->response);
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
    struct state state = { .fd = -1 };
    long port = argc == 2 || argc == 3 ? strtol(argv[1], NULL, 10) : -1;
    if (port < 0 || port > UINT16_MAX) {
        fprintf(stderr, "usage: bare_http PORT [DIR]\n");
        return 2;
    }
    if (argc == 3 && prewrite(&state, argv[2]) != 0) {
        fprintf(stderr, "bare_http: %s: %s\n", argv[2], strerror(errno));
        return 3;
    }
    struct sockaddr_in address = { .sin_family = AF_INET, .sin_port = htons((uint16_t)port) };
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    char body[sizeof answer];
    memcpy(body, answer, sizeof answer);
    state.response = MHD_create_response_from_buffer(sizeof body - 1, body, MHD_RESPMEM_PERSISTENT);
    if (state.response == NULL ||
        MHD_add_response_header(state.response, "Content-Type", "application/json") != MHD_YES)
        return 3;
    struct MHD_Daemon *daemon =
        MHD_start_daemon(MHD_USE_EPOLL | MHD_USE_TURBO | MHD_ALLOW_SUSPEND_RESUME, 0, NULL, NULL, on_access, &state,
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
