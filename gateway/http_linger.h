/* Connections that we end before their peer does. Closing a socket while bytes come resets it, and
 * the reset can overtake the answer that was just sent: so a second descriptor keeps the socket for a while, and
 * what still comes is taken off the wire and forgotten. Private to the HTTP room. */
#ifndef AIS_GATEWAY_HTTP_LINGER_H
#define AIS_GATEWAY_HTTP_LINGER_H

#include <stddef.h>
#include <stdint.h>

enum {
    HTTP_LINGER_MAX = 64,     /* at once; beyond it sockets are simply closed */
    HTTP_LINGER_TICK_MS = 10, /* how often they are looked at */
};

struct http_lingering {
    size_t count;
    struct {
        int fd;        /* owned */
        int64_t until; /* monotonic ns */
    } sockets[HTTP_LINGER_MAX];
};

/* Takes fd over (-1: nothing), half-closes it, and keeps it until its peer has closed too, or until has come. */
void http_linger_add(struct http_lingering *lingering, int fd, int64_t until);

/* Takes off what has come and closes what is over. */
void http_linger_tick(struct http_lingering *lingering, int64_t now);

/* Closes all. */
void http_linger_done(struct http_lingering *lingering);

#endif
