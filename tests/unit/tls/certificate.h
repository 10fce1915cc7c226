/* A self-signed certificate and its key, made for a test with GnuTLS itself. */
#ifndef AIS_TESTS_CERTIFICATE_H
#define AIS_TESTS_CERTIFICATE_H

#include "tests/unit/test.h"

#include <gnutls/gnutls.h>
#include <gnutls/x509.h>
#include <stdio.h>
#include <sys/stat.h>

/* A file of mode 0600. */
static inline void certificate_put(const char *path, const void *bytes, size_t n)
{
    FILE *file = fopen(path, "w");
    assert_non_null(file);
    assert_int_equal(fwrite(bytes, 1, n, file), n);
    assert_int_equal(fclose(file), 0);
    assert_int_equal(chmod(path, 0600), 0);
}

static inline void certificate_make(const char *name, gnutls_pk_algorithm_t algorithm, unsigned bits,
                                    const char *cert_path, const char *key_path)
{
    gnutls_x509_privkey_t key;
    gnutls_x509_crt_t cert;
    gnutls_datum_t text;
    char subject[64];
    snprintf(subject, sizeof subject, "CN=%s", name);
    assert_int_equal(gnutls_x509_privkey_init(&key), 0);
    assert_int_equal(gnutls_x509_privkey_generate(key, algorithm, bits, 0), 0);
    assert_int_equal(gnutls_x509_crt_init(&cert), 0);
    assert_int_equal(gnutls_x509_crt_set_version(cert, 3), 0);
    assert_int_equal(gnutls_x509_crt_set_serial(cert, "1", 1), 0);
    assert_int_equal(gnutls_x509_crt_set_dn(cert, subject, NULL), 0);
    assert_int_equal(gnutls_x509_crt_set_activation_time(cert, 1000000000), 0);
    assert_int_equal(gnutls_x509_crt_set_expiration_time(cert, 2000000000), 0);
    assert_int_equal(gnutls_x509_crt_set_key(cert, key), 0);
    assert_int_equal(gnutls_x509_crt_sign2(cert, cert, key, GNUTLS_DIG_SHA256, 0), 0);
    assert_int_equal(gnutls_x509_crt_export2(cert, GNUTLS_X509_FMT_PEM, &text), 0);
    certificate_put(cert_path, text.data, text.size);
    gnutls_free(text.data);
    assert_int_equal(gnutls_x509_privkey_export2(key, GNUTLS_X509_FMT_PEM, &text), 0);
    certificate_put(key_path, text.data, text.size);
    gnutls_free(text.data);
    gnutls_x509_crt_deinit(cert);
    gnutls_x509_privkey_deinit(key);
}

#endif
