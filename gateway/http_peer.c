/* Whom a request comes from: the socket of its connection, the TLS session, the address at the other end. */
#include "gateway/http_private.h"

#include <microhttpd.h>

#include <arpa/inet.h>
#include <netinet/in.h>
#include <stdio.h>
#include <sys/socket.h>

int http_socket_of(const struct http_request *request)
{
    return MHD_get_connection_info(request->connection, MHD_CONNECTION_INFO_CONNECTION_FD)->connect_fd;
}

void *http_session_of(const struct http_request *request)
{
    return MHD_get_connection_info(request->connection, MHD_CONNECTION_INFO_GNUTLS_SESSION)->tls_session;
}

static const struct sockaddr *address_of(const struct http_request *request)
{
    const union MHD_ConnectionInfo *info =
        MHD_get_connection_info(request->connection, MHD_CONNECTION_INFO_CLIENT_ADDRESS);
    return info != NULL ? info->client_addr : NULL;
}

struct ais_peer http_request_source(const struct http_request *request)
{
    const struct sockaddr *address = address_of(request);
    if (address != NULL && address->sa_family == AF_INET)
        return ais_peer_v4((const void *)&((const struct sockaddr_in *)(const void *)address)->sin_addr);
    if (address != NULL && address->sa_family == AF_INET6)
        return ais_peer_v6(((const struct sockaddr_in6 *)(const void *)address)->sin6_addr.s6_addr);
    return (struct ais_peer){ .kind = AIS_PEER_UNKNOWN };
}

const char *http_request_peer(const struct http_request *request, char text[HTTP_PEER_SIZE])
{
    const struct sockaddr *address = address_of(request);
    char host[INET6_ADDRSTRLEN] = "?";

    snprintf(text, HTTP_PEER_SIZE, "?");
    if (address != NULL && address->sa_family == AF_INET) {
        const struct sockaddr_in *v4 = (const void *)address;
        inet_ntop(AF_INET, &v4->sin_addr, host, sizeof host);
        snprintf(text, HTTP_PEER_SIZE, "%s:%u", host, ntohs(v4->sin_port));
    } else if (address != NULL && address->sa_family == AF_INET6) {
        const struct sockaddr_in6 *v6 = (const void *)address;
        inet_ntop(AF_INET6, &v6->sin6_addr, host, sizeof host);
        snprintf(text, HTTP_PEER_SIZE, "[%s]:%u", host, ntohs(v6->sin6_port));
    }
    return text;
}
