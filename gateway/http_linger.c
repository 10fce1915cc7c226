#include "gateway/http_linger.h"

#include <errno.h>
#include <stdbool.h>
#include <sys/socket.h>
#include <unistd.h>

enum { TAKE_AT_ONCE = 1 << 20, TAKES = 8 };

/* Whether the peer may still send. With MSG_TRUNC the kernel drops the bytes of a TCP socket without copying them. */
static bool is_open(int fd)
{
    for (int i = 0; i < TAKES; i++) {
        ssize_t n = recv(fd, NULL, TAKE_AT_ONCE, MSG_TRUNC | MSG_DONTWAIT);
        if (n == 0 || (n < 0 && errno != EAGAIN && errno != EINTR))
            return false;
        if (n < 0)
            break;
    }
    return true;
}

void http_linger_add(struct http_lingering *lingering, int fd, int64_t until)
{
    if (fd < 0)
        return;
    shutdown(fd, SHUT_WR);
    if (!is_open(fd) || lingering->count == HTTP_LINGER_MAX) {
        close(fd);
        return;
    }
    lingering->sockets[lingering->count].fd = fd;
    lingering->sockets[lingering->count].until = until;
    lingering->count++;
}

void http_linger_tick(struct http_lingering *lingering, int64_t now)
{
    for (size_t i = lingering->count; i > 0; i--) {
        if (now < lingering->sockets[i - 1].until && is_open(lingering->sockets[i - 1].fd))
            continue;
        close(lingering->sockets[i - 1].fd);
        lingering->sockets[i - 1] = lingering->sockets[--lingering->count];
    }
}

void http_linger_done(struct http_lingering *lingering)
{
    while (lingering->count > 0)
        close(lingering->sockets[--lingering->count].fd);
}
