/* bare_http PORT [DIR]: libmicrohttpd with nothing behind it, the yardstick for the gateway. The same flags, the same
 * kind of loop over its epoll descriptor in one thread, and a constant answer of the usual size to whatever is asked.
 * Prints the port (PORT 0: one that the system chose) and serves until it is killed.
 *
 * With DIR there is one thing behind it: before each answer it overwrites 600 bytes of a file there, which had been
 * written and synced before, and syncs them. So much does one fdatasync cost somebody who waits for an answer. DIR "-":
 * nothing is synced.
 *
 * With a number of THREADS the request goes from each to the next before it is answered, and the last one syncs: what a
 * sync costs where somebody else waits for it than who made it, and all of them fall asleep meanwhile. */
#include <microhttpd.h>

#include <errno.h>
#include <netinet/in.h>
#include <poll.h>
#include <pthread.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <unistd.h>

enum { RECORD = 600, RECORDS = 50000, THREADS = 8 };

struct state {
    struct MHD_Response *response;
    int fd; /* negative: nothing is synced */
    long next;
    int threads;                    /* that a request passes */
    int signals[THREADS + 1];       /* eventfds: to each thread, and the last one's to the server */
    struct MHD_Connection *passing; /* the request that is on its way: one at a time */
    pthread_t thread[THREADS];
};

struct stage {
    struct state *state;
    int number;
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

static bool hand_on(int signal)
{
    return eventfd_write(signal, 1) == 0;
}

static void *pass_on(void *arg)
{
    const struct stage *stage = arg;
    struct state *state = stage->state;
    bool is_last = stage->number == state->threads - 1;
    eventfd_t times;
    while (eventfd_read(state->signals[stage->number], &times) == 0) {
        if (is_last && state->fd >= 0 && sync_one(state) != 0)
            break;
        if (!hand_on(state->signals[stage->number + 1]))
            break;
    }
    return NULL;
}

static int start_threads(struct state *state)
{
    static struct stage stages[THREADS];
    for (int i = 0; i <= state->threads; i++) {
        state->signals[i] = eventfd(0, i == state->threads ? EFD_NONBLOCK : 0);
        if (state->signals[i] < 0)
            return -1;
    }
    for (int i = 0; i < state->threads; i++) {
        stages[i] = (struct stage){ state, i };
        if (pthread_create(&state->thread[i], NULL, pass_on, &stages[i]) != 0)
            return -1;
    }
    return 0;
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
    if (state->threads > 0 && state->passing == NULL) {
        state->passing = connection;
        MHD_suspend_connection(connection);
        return hand_on(state->signals[0]) ? MHD_YES : MHD_NO;
    }
    state->passing = NULL;
    if (state->threads == 0 && state->fd >= 0 && sync_one(state) != 0)
        return MHD_NO;
    return MHD_queue_response(connection, MHD_HTTP_OK, state->response);
}

static void serve(struct MHD_Daemon *daemon, const struct state *state)
{
    struct pollfd items[2] = {
        {.events = POLLIN                                               },
        { .events = POLLIN, .fd = state->threads > 0 ? state->signals[state->threads] : -1 }
    };
    items[0].fd = MHD_get_daemon_info(daemon, MHD_DAEMON_INFO_EPOLL_FD)->epoll_fd;
    eventfd_t times;
    for (;;) {
        MHD_UNSIGNED_LONG_LONG wait_ms = 1000;
        if (MHD_get_timeout(daemon, &wait_ms) != MHD_YES || wait_ms > 1000)
            wait_ms = 1000;
        if (wait_ms > 0)
            poll(items, 2, (int)wait_ms);
        if (items[1].revents != 0 && eventfd_read(items[1].fd, &times) == 0)
            MHD_resume_connection(state->passing);
        MHD_run(daemon);
    }
}

int main(int argc, char **argv)
{
    struct state state = { .fd = -1 };
    long port = argc >= 2 && argc <= 4 ? strtol(argv[1], NULL, 10) : -1;
    long threads = argc == 4 ? strtol(argv[3], NULL, 10) : 0;
    if (port < 0 || port > UINT16_MAX || threads < 0 || threads > THREADS) {
        fprintf(stderr, "usage: bare_http PORT [DIR|- [THREADS]]\n");
        return 2;
    }
    state.threads = (int)threads;
    if (start_threads(&state) != 0)
        return 3;
    if (argc >= 3 && strcmp(argv[2], "-") != 0 && prewrite(&state, argv[2]) != 0) {
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
    serve(daemon, &state);
    return 0;
}
