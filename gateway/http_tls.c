#include "gateway/http_tls.h"

#include "gateway/http_private.h"

int http_tls_show(gnutls_session_t session, const gnutls_datum_t *authorities, int n_authorities,
                  const gnutls_pk_algorithm_t *algorithms, int n_algorithms, gnutls_pcert_st **ret_chain,
                  unsigned *ret_count, gnutls_privkey_t *ret_key)
{
    (void)authorities;
    (void)n_authorities;
    (void)algorithms;
    (void)n_algorithms;
    struct ais_tls_identity *identity = http_identity_of(session);
    if (identity == NULL)
        return -1;
    const struct ais_tls_material material = ais_tls_identity_material(identity);
    *ret_chain = material.chain;
    *ret_count = material.count;
    *ret_key = material.key;
    return 0;
}

void http_tls_send(void *session, const char *bytes, size_t n)
{
    while (n > 0) {
        ssize_t sent = gnutls_record_send(session, bytes, n);
        if (sent <= 0 && sent != GNUTLS_E_INTERRUPTED)
            return;
        if (sent > 0) {
            bytes += sent;
            n -= (size_t)sent;
        }
    }
}

void http_tls_end(void *session)
{
    int ignored = gnutls_bye(session, GNUTLS_SHUT_WR);
    (void)ignored; /* a peer that has gone needs no word */
}
