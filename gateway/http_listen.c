#include "gateway/http_private.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>
#include <unistd.h>

enum { BACKLOG = 1024 };

static enum ais_err read_address(const struct http_conf *conf, struct sockaddr_storage *ret, socklen_t *ret_size,
                                 struct ais_why *why)
{
    struct sockaddr_in *v4 = (struct sockaddr_in *)ret;
    struct sockaddr_in6 *v6 = (struct sockaddr_in6 *)ret;
    *ret = (struct sockaddr_storage){ 0 };
    if (inet_pton(AF_INET, conf->host, &v4->sin_addr) == 1) {
        v4->sin_family = AF_INET;
        v4->sin_port = htons(conf->port);
        *ret_size = sizeof *v4;
        return AIS_OK;
    }
    if (inet_pton(AF_INET6, conf->host, &v6->sin6_addr) == 1) {
        v6->sin6_family = AF_INET6;
        v6->sin6_port = htons(conf->port);
        *ret_size = sizeof *v6;
        return AIS_OK;
    }
    return ais_fail(why, AIS_E_SETTING,
                    "cannot listen on '%s': it must be an IPv4 or IPv6 address, as 127.0.0.1 or ::1", conf->host);
}

/* Accepted sockets inherit TCP_NODELAY: an answer must not wait for the acknowledgement of the one before. */
static bool listen_on(int fd, const struct sockaddr_storage *address, socklen_t size)
{
    static const int on = 1;
    return setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on) == 0 &&
           setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on) == 0 &&
           bind(fd, (const struct sockaddr *)address, size) == 0 && listen(fd, BACKLOG) == 0;
}

enum ais_err http_listen(const struct http_conf *conf, int *ret_fd, uint16_t *ret_port, struct ais_why *why)
{
    struct sockaddr_storage address;
    socklen_t size = 0;
    TRY(read_address(conf, &address, &size, why));
    int fd = socket(address.ss_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    if (fd < 0 || !listen_on(fd, &address, size) || getsockname(fd, (struct sockaddr *)&address, &size) != 0) {
        int errnum = errno;
        if (fd >= 0)
            close(fd);
        return ais_fail_errno(why, errnum, "cannot listen on %s port %u", conf->host, conf->port);
    }
    *ret_fd = fd;
    *ret_port = ntohs(address.ss_family == AF_INET ? ((struct sockaddr_in *)&address)->sin_port
                                                   : ((struct sockaddr_in6 *)&address)->sin6_port);
    return AIS_OK;
}
