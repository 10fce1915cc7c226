/* Certificates and keys made here with GnuTLS itself, and spoilt. */
#include "shared/mem/secret.h"
#include "shared/tls/identity.h"
#include "tests/unit/tls/certificate.h"

#include <stdlib.h>
#include <unistd.h>

static char folder[] = "/tmp/ais-tls-XXXXXX";

static const char *path_of(const char *name)
{
    static char paths[4][64];
    static unsigned next;
    char *path = paths[next++ % N_ELEMS(paths)];
    snprintf(path, sizeof paths[0], "%s/%s", folder, name);
    return path;
}

static void put(const char *name, const void *bytes, size_t n)
{
    certificate_put(path_of(name), bytes, n);
}

/* NAME.pem and NAME.key. */
static void make(const char *name, gnutls_pk_algorithm_t algorithm, unsigned bits)
{
    char cert[64], key[64];
    snprintf(cert, sizeof cert, "%s/%s.pem", folder, name);
    snprintf(key, sizeof key, "%s/%s.key", folder, name);
    certificate_make(name, algorithm, bits, cert, key);
}

static enum ais_err load(const char *cert, const char *key, struct ais_tls_identity **ret, struct ais_why *why)
{
    return ais_tls_identity_load(path_of(cert), path_of(key), ret, why);
}

static void a_pair_is_loaded_and_told_from_another(void **state)
{
    AUTO(ais_tls_identity_unref) struct ais_tls_identity *ec = NULL;
    AUTO(ais_tls_identity_unref) struct ais_tls_identity *rsa = NULL;
    struct ais_why why = { 0 };
    (void)state;
    assert_int_equal(load("ec.pem", "ec.key", &ec, &why), AIS_OK);
    assert_int_equal(load("rsa.pem", "rsa.key", &rsa, &why), AIS_OK);
    assert_int_equal(strlen(ais_tls_identity_digest(ec)), AIS_TLS_DIGEST_SIZE - 1);
    assert_string_not_equal(ais_tls_identity_digest(ec), ais_tls_identity_digest(rsa));
    assert_int_equal(ais_tls_identity_begins(ec), 1000000000);
    assert_int_equal(ais_tls_identity_ends(ec), 2000000000);
    assert_int_equal(ais_tls_identity_material(ec).count, 1);
    assert_non_null(ais_tls_identity_material(ec).key);
}

static void it_lives_as_long_as_somebody_refers_to_it(void **state)
{
    struct ais_tls_identity *one = NULL;
    struct ais_why why = { 0 };
    (void)state;
    assert_int_equal(load("ec.pem", "ec.key", &one, &why), AIS_OK);
    struct ais_tls_identity *other = ais_tls_identity_ref(one);
    ais_tls_identity_unref(&one);
    assert_null(one);
    assert_int_equal(ais_tls_identity_material(other).count, 1);
    ais_tls_identity_unref(&other);
    ais_tls_identity_unref(&other); /* NULL is fine */
}

static const struct refusal {
    const char *name, *cert, *key;
    enum ais_err want;
    const char *says;
} refusals[] = {
    {"no certificate there",        "none",     "ec.key",   AIS_E_IO,      "AISENTINEL_TLS_CERT: '"           },
    { "no key there",               "ec.pem",   "none",     AIS_E_IO,      "AISENTINEL_TLS_KEY: '"            },
    { "a directory as certificate", ".",        "ec.key",   AIS_E_IO,      "AISENTINEL_TLS_CERT: '"           },
    { "an empty certificate",       "empty",    "ec.key",   AIS_E_SETTING, "no certificate in PEM"            },
    { "an empty key",               "ec.pem",   "empty",    AIS_E_SETTING, "no private key in PEM"            },
    { "noise as certificate",       "noise",    "ec.key",   AIS_E_SETTING, "no certificate in PEM"            },
    { "noise as key",               "ec.pem",   "noise",    AIS_E_SETTING, "no private key in PEM"            },
    { "a key as certificate",       "ec.key",   "ec.key",   AIS_E_SETTING, "no certificate in PEM"            },
    { "a certificate as key",       "ec.pem",   "ec.pem",   AIS_E_SETTING, "no private key in PEM"            },
    { "another's key",              "ec.pem",   "rsa.key",  AIS_E_SETTING, "is not the key of the certificate"},
    { "another's key of its kind",  "ec.pem",   "ec2.key",  AIS_E_SETTING, "is not the key of the certificate"},
    { "a weak key",                 "weak.pem", "weak.key", AIS_E_SETTING, "1024 bits, which is too weak"     },
    { "strangers in one file",      "two.pem",  "ec.key",   AIS_E_SETTING, "out of order"                     },
    { "a file of endless length",   "long",     "ec.key",   AIS_E_SETTING, "is longer than"                   },
    { "a key that others may read", "ec.pem",   "open.key", AIS_E_REFUSED, "open to others (mode 644)"        },
};

static void check_refusal(void **state)
{
    const struct refusal *row = *state;
    struct ais_tls_identity *identity = NULL;
    struct ais_why why = { 0 };
    assert_int_equal(load(row->cert, row->key, &identity, &why), row->want);
    assert_null(identity);
    if (strstr(why.text, row->says) == NULL)
        fail_msg("\"%s\" does not say \"%s\"", why.text, row->says);
}

static void copy(const char *from, const char *to, const char *mode)
{
    char bytes[8192];
    FILE *in = fopen(path_of(from), "r"), *out = fopen(path_of(to), mode);
    assert_non_null(in);
    assert_non_null(out);
    size_t n = fread(bytes, 1, sizeof bytes, in);
    assert_int_equal(fwrite(bytes, 1, n, out), n);
    assert_int_equal(fclose(in), 0);
    assert_int_equal(fclose(out), 0);
}

static int set_up(void **state)
{
    static char noise[4096], endless[300 << 10];
    struct ais_why why = { 0 };
    (void)state;
    if (mkdtemp(folder) == NULL || ais_secret_init(&why) != AIS_OK)
        return -1;
    make("ec", GNUTLS_PK_ECDSA, GNUTLS_CURVE_TO_BITS(GNUTLS_ECC_CURVE_SECP256R1));
    make("ec2", GNUTLS_PK_ECDSA, GNUTLS_CURVE_TO_BITS(GNUTLS_ECC_CURVE_SECP256R1));
    make("rsa", GNUTLS_PK_RSA, 2048);
    make("weak", GNUTLS_PK_RSA, 1024);
    memset(noise, 'x', sizeof noise);
    memset(endless, '\n', sizeof endless);
    put("noise", noise, sizeof noise);
    put("long", endless, sizeof endless);
    put("empty", "", 0);
    copy("ec.key", "open.key", "w");
    copy("ec.pem", "two.pem", "w");
    copy("rsa.pem", "two.pem", "a");
    return chmod(path_of("open.key"), 0644);
}

static int tear_down(void **state)
{
    char command[64];
    (void)state;
    snprintf(command, sizeof command, "rm -r %s", folder);
    return system(command);
}

int main(void)
{
    const struct CMUnitTest others[] = {
        cmocka_unit_test(a_pair_is_loaded_and_told_from_another),
        cmocka_unit_test(it_lives_as_long_as_somebody_refers_to_it),
    };
    struct CMUnitTest tests[N_ELEMS(refusals) + N_ELEMS(others)];
    AIS_ROWS(tests, refusals, check_refusal);
    memcpy(tests + N_ELEMS(refusals), others, sizeof others);
    return cmocka_run_group_tests_name("tls/identity", tests, set_up, tear_down);
}
