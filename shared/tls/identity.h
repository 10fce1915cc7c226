/* What a server shows to its clients over TLS: a certificate, those that it hangs on, and its private key.
 *
 * Immutable and reference-counted: a renewed one takes its place beside connections that began with the one before.
 * The text of the key's file is read into locked memory and wiped. GnuTLS keeps the key's numbers in memory of its own,
 * which it clears when the identity ends; it cannot be told to lock them, so they may reach a swap device. Core dumps
 * of the whole process are off (shared/mem/secret.h). */
#ifndef AIS_SHARED_TLS_IDENTITY_H
#define AIS_SHARED_TLS_IDENTITY_H

#include "shared/err/err.h"

#include <stdbool.h>
#include <stdint.h>

struct ais_tls_identity;

/* GnuTLS's own, so that only those who call it include its headers. */
struct gnutls_pcert_st;
struct gnutls_privkey_st;

enum { AIS_TLS_CHAIN_MAX = 16, AIS_TLS_DIGEST_SIZE = 65 };

/* Reads both files (PEM, and regular, so that they can be read again) and refuses what a client could not use. *ret
 * begins with one reference. AIS_E_SETTING: no certificate, certificates out of order, no key, an encrypted or a weak
 * one, or one that is not the certificate's; AIS_E_REFUSED: the key's file is open to others; AIS_E_IO; AIS_E_NOMEM.
 * why begins with the name of the setting that is at fault. */
MUST_CHECK enum ais_err ais_tls_identity_load(const char *cert_path, const char *key_path,
                                              struct ais_tls_identity **ret, struct ais_why *why);

/* From any thread. */
struct ais_tls_identity *ais_tls_identity_ref(struct ais_tls_identity *identity);

/* Gives a reference back and nulls the caller's pointer; NULL is fine. */
void ais_tls_identity_unref(struct ais_tls_identity **identity);

/* What a handshake needs; borrowed. One thread at a time may use them. */
struct ais_tls_material {
    struct gnutls_pcert_st *chain;
    unsigned count;
    struct gnutls_privkey_st *key;
};
struct ais_tls_material ais_tls_identity_material(struct ais_tls_identity *identity);

/* SHA-256 of the certificate, in hexadecimal digits: what tells one from the next. Borrowed. */
const char *ais_tls_identity_digest(const struct ais_tls_identity *identity);

/* Seconds since 1970 between which the certificate is valid. */
int64_t ais_tls_identity_begins(const struct ais_tls_identity *identity);
int64_t ais_tls_identity_ends(const struct ais_tls_identity *identity);

#endif
