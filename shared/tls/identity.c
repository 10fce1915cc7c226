#include "shared/tls/identity.h"

#include "shared/conf/given_secret.h"
#include "shared/mem/buf.h"
#include "shared/mem/secret.h"

#include <errno.h>
#include <fcntl.h>
#include <gnutls/abstract.h>
#include <gnutls/crypto.h>
#include <gnutls/gnutls.h>
#include <gnutls/x509.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define CERT "AISENTINEL_TLS_CERT"
#define KEY  "AISENTINEL_TLS_KEY"

enum { FILE_LONGEST = 256 << 10, KEY_ID_SIZE = 64 };

struct ais_tls_identity {
    atomic_uint references;
    gnutls_pcert_st chain[AIS_TLS_CHAIN_MAX]; /* owned */
    unsigned count;
    gnutls_privkey_t key; /* owned */
    char digest[AIS_TLS_DIGEST_SIZE];
    int64_t begins, ends;
};

struct ais_tls_identity *ais_tls_identity_ref(struct ais_tls_identity *identity)
{
    atomic_fetch_add_explicit(&identity->references, 1, memory_order_relaxed);
    return identity;
}

void ais_tls_identity_unref(struct ais_tls_identity **identity)
{
    struct ais_tls_identity *self = *identity;
    *identity = NULL;
    if (self == NULL || atomic_fetch_sub_explicit(&self->references, 1, memory_order_acq_rel) != 1)
        return;
    for (unsigned i = 0; i < self->count; i++)
        gnutls_pcert_deinit(&self->chain[i]);
    if (self->key != NULL)
        gnutls_privkey_deinit(self->key);
    free(self);
}

/* ---- the files ---- */

/* Both are read again at each SIGHUP, by the one who takes signals: a pipe would keep it waiting for a writer, and has
 * nothing to give a second time. Whatever else is wrong with a path is told by who opens it. */
static enum ais_err check_kind(const char *setting, const char *path, struct ais_why *why)
{
    struct stat info;
    if (stat(path, &info) != 0 || S_ISREG(info.st_mode) || S_ISDIR(info.st_mode))
        return AIS_OK;
    return ais_fail(why, AIS_E_SETTING,
                    "%s: '%.160s' is no regular file: it is read again at SIGHUP, which a pipe or a device cannot be",
                    setting, path);
}

/* ---- the certificate ---- */

static enum ais_err read_file(const char *path, struct ais_buf *out, struct ais_why *why)
{
    int file = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY);
    if (file < 0)
        return ais_fail_errno(why, errno, CERT ": '%.160s' cannot be read", path);
    ssize_t n = ais_buf_reserve(out, FILE_LONGEST + 1) ? 1 : -1;
    if (n < 0)
        errno = ENOMEM;
    while (n > 0 && out->length <= FILE_LONGEST) {
        n = read(file, out->data + out->length, FILE_LONGEST + 1 - out->length);
        if (n > 0)
            out->length += (size_t)n;
        else if (n < 0 && errno == EINTR)
            n = 1;
    }
    int fault = errno;
    close(file);
    if (n < 0)
        return ais_fail_errno(why, fault, CERT ": '%.160s' cannot be read", path);
    if (out->length > FILE_LONGEST)
        return ais_fail(why, AIS_E_SETTING, CERT ": '%.160s' is longer than %d bytes", path, FILE_LONGEST);
    return AIS_OK;
}

static enum ais_err read_chain(struct ais_tls_identity *self, const char *path, struct ais_why *why)
{
    AUTO(ais_buf_done) struct ais_buf text = { 0 };
    TRY(read_file(path, &text, why));
    const gnutls_datum_t datum = { (unsigned char *)text.data, (unsigned)text.length };
    unsigned count = AIS_TLS_CHAIN_MAX;
    int code = gnutls_pcert_list_import_x509_raw(self->chain, &count, &datum, GNUTLS_X509_FMT_PEM,
                                                 GNUTLS_X509_CRT_LIST_IMPORT_FAIL_IF_EXCEED |
                                                     GNUTLS_X509_CRT_LIST_FAIL_IF_UNSORTED);
    if (code == GNUTLS_E_CERTIFICATE_LIST_UNSORTED)
        return ais_fail(why, AIS_E_SETTING,
                        CERT ": '%.160s' has certificates out of order: that of the server comes first, then each that "
                             "signed the one before",
                        path);
    if (code < 0 || count == 0)
        return ais_fail(why, AIS_E_SETTING, CERT ": '%.160s' is no certificate in PEM: %s", path,
                        code < 0 ? gnutls_strerror(code) : "it is empty");
    self->count = count;
    return AIS_OK;
}

static bool describe(struct ais_tls_identity *self)
{
    static const char digits[] = "0123456789abcdef";
    unsigned char digest[32];
    gnutls_x509_crt_t cert = NULL;
    if (gnutls_hash_fast(GNUTLS_DIG_SHA256, self->chain[0].cert.data, self->chain[0].cert.size, digest) < 0 ||
        gnutls_x509_crt_init(&cert) < 0)
        return false;
    bool good = gnutls_x509_crt_import(cert, &self->chain[0].cert, GNUTLS_X509_FMT_DER) >= 0;
    if (good) {
        self->begins = gnutls_x509_crt_get_activation_time(cert);
        self->ends = gnutls_x509_crt_get_expiration_time(cert);
    }
    gnutls_x509_crt_deinit(cert);
    for (size_t i = 0; i < sizeof digest; i++) {
        self->digest[2 * i] = digits[digest[i] >> 4];
        self->digest[2 * i + 1] = digits[digest[i] & 15];
    }
    return good && self->begins != -1 && self->ends != -1;
}

/* ---- the key ---- */

static enum ais_err import_key(struct ais_tls_identity *self, const char *path, char *text, struct ais_why *why)
{
    const gnutls_datum_t datum = { (unsigned char *)text, (unsigned)strlen(text) };
    if (gnutls_privkey_init(&self->key) < 0)
        return ais_fail(why, AIS_E_NOMEM, KEY ": no memory for it");
    int code = gnutls_privkey_import_x509_raw(self->key, &datum, GNUTLS_X509_FMT_PEM, NULL, 0);
    if (strstr(text, "ENCRYPTED") != NULL)
        return ais_fail(why, AIS_E_SETTING,
                        KEY ": '%.160s' is encrypted, and nobody could enter its password at a restart: give it "
                            "decrypted, in a file of mode 600",
                        path);
    if (code < 0)
        return ais_fail(why, AIS_E_SETTING, KEY ": '%.160s' is no private key in PEM: %s", path, gnutls_strerror(code));
    return AIS_OK;
}

static enum ais_err read_key(struct ais_tls_identity *self, const char *path, struct ais_why *why)
{
    char *text = NULL;
    struct ais_why reason = { 0 };
    enum ais_err err = ais_given_secret_read(path, &text, &reason);
    if (err != AIS_OK)
        return ais_fail(why, err, KEY ": '%.160s': %s", path, reason.text);
    err = import_key(self, path, text, why);
    ais_secret_free(text);
    return err;
}

static bool key_id(gnutls_pubkey_t key, unsigned char id[KEY_ID_SIZE], size_t *ret_n)
{
    *ret_n = KEY_ID_SIZE;
    return gnutls_pubkey_get_key_id(key, GNUTLS_KEYID_USE_SHA256, id, ret_n) >= 0;
}

/* Whether the key is that of the certificate. */
static bool belongs(const struct ais_tls_identity *self)
{
    unsigned char one[KEY_ID_SIZE], other[KEY_ID_SIZE];
    size_t n_one = 0, n_other = 0;
    gnutls_pubkey_t public_half = NULL;
    if (gnutls_pubkey_init(&public_half) < 0)
        return false;
    bool same = gnutls_pubkey_import_privkey(public_half, self->key, 0, 0) >= 0 && key_id(public_half, one, &n_one) &&
                key_id(self->chain[0].pubkey, other, &n_other) && n_one == n_other && memcmp(one, other, n_one) == 0;
    gnutls_pubkey_deinit(public_half);
    return same;
}

/* Under 112 bits of strength (RSA of fewer than 2048 bits) current clients refuse it anyway. */
static enum ais_err check_strength(const struct ais_tls_identity *self, const char *path, struct ais_why *why)
{
    unsigned bits = 0;
    int algorithm = gnutls_privkey_get_pk_algorithm(self->key, &bits);
    if (algorithm >= 0 &&
        gnutls_pk_bits_to_sec_param((gnutls_pk_algorithm_t)algorithm, bits) >= GNUTLS_SEC_PARAM_MEDIUM)
        return AIS_OK;
    return ais_fail(why, AIS_E_SETTING, KEY ": '%.160s' is a key of %u bits, which is too weak", path, bits);
}

static enum ais_err load(struct ais_tls_identity *self, const char *cert_path, const char *key_path,
                         struct ais_why *why)
{
    TRY(check_kind(CERT, cert_path, why));
    TRY(check_kind(KEY, key_path, why));
    TRY(read_chain(self, cert_path, why));
    if (!describe(self))
        return ais_fail(why, AIS_E_SETTING, CERT ": '%.160s' has no dates that can be read", cert_path);
    TRY(read_key(self, key_path, why));
    TRY(check_strength(self, key_path, why));
    if (!belongs(self))
        return ais_fail(why, AIS_E_SETTING, KEY ": '%.120s' is not the key of the certificate in '%.120s'", key_path,
                        cert_path);
    return AIS_OK;
}

enum ais_err ais_tls_identity_load(const char *cert_path, const char *key_path, struct ais_tls_identity **ret,
                                   struct ais_why *why)
{
    AUTO(ais_tls_identity_unref) struct ais_tls_identity *self = calloc(1, sizeof *self);
    if (self == NULL)
        return ais_fail(why, AIS_E_NOMEM, "no memory for a certificate");
    atomic_init(&self->references, 1);
    TRY(load(self, cert_path, key_path, why));
    *ret = TAKE(self);
    return AIS_OK;
}

struct ais_tls_material ais_tls_identity_material(struct ais_tls_identity *identity)
{
    return (struct ais_tls_material){ identity->chain, identity->count, identity->key };
}

const char *ais_tls_identity_digest(const struct ais_tls_identity *identity)
{
    return identity->digest;
}

int64_t ais_tls_identity_begins(const struct ais_tls_identity *identity)
{
    return identity->begins;
}

int64_t ais_tls_identity_ends(const struct ais_tls_identity *identity)
{
    return identity->ends;
}
