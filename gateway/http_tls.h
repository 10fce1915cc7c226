/* What HTTP over TLS needs beside the library, which runs handshakes, reads and writes: the certificate of each
 * connection, answers past the library, and orderly ends. The only file of the HTTP room that knows GnuTLS. */
#ifndef AIS_GATEWAY_HTTP_TLS_H
#define AIS_GATEWAY_HTTP_TLS_H

#include <gnutls/abstract.h>
#include <stddef.h>

/* TLS 1.2 and 1.3; a key for each connection that nobody can work out later; authenticated ciphers only; ours is the
 * choice. */
#define HTTP_TLS_PRIORITIES                                                                        \
    "NORMAL:-VERS-ALL:+VERS-TLS1.3:+VERS-TLS1.2:-KX-ALL:+ECDHE-ECDSA:+ECDHE-RSA:-CIPHER-ALL:"      \
    "+AES-256-GCM:+CHACHA20-POLY1305:+AES-128-GCM:-MAC-ALL:+AEAD:-SIGN-RSA-SHA1:-SIGN-ECDSA-SHA1:" \
    "%SERVER_PRECEDENCE"

/* The library's callback: shows what http_identity_of chooses for the connection, or ends its handshake. */
int http_tls_show(gnutls_session_t session, const gnutls_datum_t *authorities, int n_authorities,
                  const gnutls_pk_algorithm_t *algorithms, int n_algorithms, gnutls_pcert_st **ret_chain,
                  unsigned *ret_count, gnutls_privkey_t *ret_key);

/* Sends n bytes as far as the peer takes them at once. The connection is over afterwards. */
void http_tls_send(void *session, const char *bytes, size_t n);

/* Tells the peer, if it takes that at once, that the stream ends here and was not cut off (RFC 8446 section 6.1). */
void http_tls_end(void *session);

#endif
