#include "shared/seal/fernet.h"

#include "shared/mem/secret.h"
#include "shared/seal/base64.h"
#include "shared/seal/keyring.h"
#include "shared/sys/clock.h"
#include "shared/sys/random.h"

#include <limits.h>
#include <openssl/core_names.h>
#include <openssl/evp.h>
#include <openssl/params.h>
#include <stdlib.h>
#include <string.h>

enum {
    HALF = AIS_KEY_SIZE / 2, /* of a key: it signs, the other half encrypts */
    BLOCK = 16,
    VERSION = 0x80,
    HEAD = 1 + 8 + BLOCK, /* version, time, IV */
    MAC = 32,
    SMALLEST = HEAD + BLOCK + MAC,
    LARGEST = INT_MAX / 2, /* libcrypto counts in int */
};

/* The contexts of one key, made when the sealer first needs them, and again when another key has its place. */
struct key_contexts {
    unsigned version;                  /* of the place */
    EVP_MAC_CTX *mac;                  /* owned; holds the key, so that a start without one begins anew */
    EVP_CIPHER_CTX *encrypt, *decrypt; /* owned */
};

struct ais_sealer {
    const struct ais_keyring *ring; /* borrowed */
    struct key_contexts keys[AIS_KEYS_MAX];
    size_t likely;          /* the key that opened the last token: files are sealed under one key for long */
    struct ais_buf scratch; /* owned; the token before base64 */
};

static EVP_MAC_CTX *mac_new(const unsigned char *key)
{
    EVP_MAC *hmac = EVP_MAC_fetch(NULL, "HMAC", NULL);
    EVP_MAC_CTX *context = hmac != NULL ? EVP_MAC_CTX_new(hmac) : NULL;
    EVP_MAC_free(hmac);
    char digest[] = "SHA256";
    const OSSL_PARAM parameters[] = {
        OSSL_PARAM_construct_utf8_string(OSSL_MAC_PARAM_DIGEST, digest, 0),
        OSSL_PARAM_construct_end(),
    };
    if (context != NULL && EVP_MAC_init(context, key, HALF, parameters) != 1) {
        EVP_MAC_CTX_free(context);
        return NULL;
    }
    return context;
}

static EVP_CIPHER_CTX *cipher_new(const unsigned char *key, int encrypt)
{
    EVP_CIPHER_CTX *context = EVP_CIPHER_CTX_new();
    if (context != NULL && EVP_CipherInit_ex(context, EVP_aes_128_cbc(), NULL, key + HALF, NULL, encrypt) != 1) {
        EVP_CIPHER_CTX_free(context);
        return NULL;
    }
    return context;
}

static void forget(struct key_contexts *contexts)
{
    EVP_MAC_CTX_free(contexts->mac);
    EVP_CIPHER_CTX_free(contexts->encrypt);
    EVP_CIPHER_CTX_free(contexts->decrypt);
    *contexts = (struct key_contexts){ .mac = NULL };
}

static bool is_made(const struct key_contexts *contexts)
{
    return contexts->mac != NULL && contexts->encrypt != NULL && contexts->decrypt != NULL;
}

/* The contexts of the key at a place; NULL when libcrypto has none, or another key gets the place just now. */
static const struct key_contexts *contexts_of(struct ais_sealer *sealer, size_t index)
{
    struct key_contexts *contexts = &sealer->keys[index];
    unsigned char key[AIS_KEY_SIZE];
    unsigned version = ais_keyring_version(sealer->ring, index);
    if (contexts->version == version && is_made(contexts))
        return contexts;
    forget(contexts);
    if (!ais_keyring_get(sealer->ring, index, version, key))
        return NULL;
    contexts->version = version;
    contexts->mac = mac_new(key);
    contexts->encrypt = cipher_new(key, 1);
    contexts->decrypt = cipher_new(key, 0);
    ais_secret_wipe(key, sizeof key);
    return is_made(contexts) ? contexts : NULL;
}

/* Those of the key that seals. */
static const struct key_contexts *contexts_to_seal(struct ais_sealer *sealer)
{
    for (;;) {
        size_t index = ais_keyring_sealing(sealer->ring);
        const struct key_contexts *contexts = contexts_of(sealer, index);
        if (contexts != NULL || index == ais_keyring_sealing(sealer->ring))
            return contexts;
    }
}

enum ais_err ais_sealer_new(const struct ais_keyring *ring, struct ais_sealer **ret, struct ais_why *why)
{
    AUTO(ais_sealer_destroy) struct ais_sealer *sealer = calloc(1, sizeof *sealer);
    if (sealer == NULL)
        return ais_fail(why, AIS_E_NOMEM, "sealer");
    sealer->ring = ring;
    for (size_t i = 0; i < ais_keyring_count(ring); i++)
        if (contexts_of(sealer, i) == NULL)
            return ais_fail(why, AIS_E_INTERNAL, "libcrypto offers no HMAC-SHA256 or AES-128-CBC");
    sealer->likely = ais_keyring_sealing(ring);
    *ret = TAKE(sealer);
    return AIS_OK;
}

void ais_sealer_destroy(struct ais_sealer **sealer)
{
    if (*sealer == NULL)
        return;
    for (size_t i = 0; i < AIS_KEYS_MAX; i++)
        forget(&(*sealer)->keys[i]);
    ais_buf_done(&(*sealer)->scratch);
    free(*sealer);
    *sealer = NULL;
}

static size_t binary_length(size_t n)
{
    return HEAD + (n / BLOCK + 1) * BLOCK + MAC;
}

size_t ais_seal_length(size_t n)
{
    return AIS_BASE64_LENGTH(binary_length(n));
}

static bool mac_of(EVP_MAC_CTX *context, const unsigned char *bytes, size_t n, unsigned char mac[MAC])
{
    size_t length = 0;
    return EVP_MAC_init(context, NULL, 0, NULL) == 1 && EVP_MAC_update(context, bytes, n) == 1 &&
           EVP_MAC_final(context, mac, &length, MAC) == 1 && length == MAC;
}

/* Writes version, time, IV, ciphertext and HMAC: binary_length(n) bytes. */
static bool write_binary(struct ais_sealer *sealer, const void *plain, size_t n, unsigned char *out)
{
    const struct key_contexts *contexts = contexts_to_seal(sealer);
    uint64_t seconds = (uint64_t)(ais_clock_wall() / AIS_NS_PER_S);
    if (contexts == NULL)
        return false;
    out[0] = VERSION;
    for (int i = 0; i < 8; i++)
        out[1 + i] = (unsigned char)(seconds >> (56 - 8 * i));
    ais_random(out + 9, BLOCK);
    int body = 0, last = 0;
    if (EVP_EncryptInit_ex(contexts->encrypt, NULL, NULL, NULL, out + 9) != 1 ||
        EVP_EncryptUpdate(contexts->encrypt, out + HEAD, &body, plain, (int)n) != 1 ||
        EVP_EncryptFinal_ex(contexts->encrypt, out + HEAD + body, &last) != 1)
        return false;
    size_t signed_length = HEAD + (size_t)body + (size_t)last;
    return mac_of(contexts->mac, out, signed_length, out + signed_length);
}

enum ais_err ais_seal(struct ais_sealer *sealer, const void *plain, size_t n, struct ais_buf *out, struct ais_why *why)
{
    if (n > LARGEST)
        return ais_fail(why, AIS_E_LIMIT, "%zu bytes are too many for one token (%d)", n, LARGEST);
    size_t binary = binary_length(n), length = AIS_BASE64_LENGTH(binary);
    ais_buf_clear(&sealer->scratch);
    if (!ais_buf_reserve(&sealer->scratch, binary) || !ais_buf_reserve(out, length))
        return ais_fail(why, AIS_E_NOMEM, "a token of %zu bytes", length);
    unsigned char *bytes = (unsigned char *)sealer->scratch.data;
    if (!write_binary(sealer, plain, n, bytes))
        return ais_fail(why, AIS_E_INTERNAL, "libcrypto could not seal %zu bytes", n);
    ais_base64_encode(bytes, binary, out->data + out->length);
    out->length += length;
    out->data[out->length] = '\0';
    return AIS_OK;
}

/* The key whose HMAC the token carries; NULL when there is none. A sealer tries the key that opened the last token
 * first. */
static const struct key_contexts *find_known(struct ais_sealer *sealer, const unsigned char *bytes, size_t n)
{
    size_t count = ais_keyring_count(sealer->ring), first = sealer->likely;
    unsigned char mac[MAC];
    for (size_t i = 0; i < count; i++) {
        size_t index = (first + i) % count;
        const struct key_contexts *contexts =
            ais_keyring_opens(sealer->ring, index) ? contexts_of(sealer, index) : NULL;
        if (contexts == NULL || !mac_of(contexts->mac, bytes, n - MAC, mac) ||
            !ais_secret_equal(mac, bytes + n - MAC, MAC))
            continue;
        sealer->likely = index;
        return contexts;
    }
    return NULL;
}

static const struct key_contexts *find_key(struct ais_sealer *sealer, const unsigned char *bytes, size_t n)
{
    size_t seen = ais_keyring_added(sealer->ring);
    const struct key_contexts *found = find_known(sealer, bytes, n);
    return found == NULL && ais_keyring_renewed(sealer->ring, seen) ? find_known(sealer, bytes, n) : found;
}

enum ais_err ais_unseal(struct ais_sealer *sealer, const char *token, size_t n, struct ais_buf *out, size_t *ret_key,
                        struct ais_why *why)
{
    ais_buf_clear(out);
    ais_buf_clear(&sealer->scratch);
    if (n > LARGEST)
        return ais_fail(why, AIS_E_SYNTAX, "no Fernet token: %zu characters are too many", n);
    size_t binary = n / 4 * 3; /* and the text is shorter than that */
    if (!ais_buf_reserve(&sealer->scratch, binary) || !ais_buf_reserve(out, binary))
        return ais_fail(why, AIS_E_NOMEM, "a token of %zu characters", n);
    unsigned char *bytes = (unsigned char *)sealer->scratch.data;
    size_t size = 0;
    if (!ais_base64_decode(token, n, bytes, &size))
        return ais_fail(why, AIS_E_SYNTAX, "no Fernet token: not canonical url-safe base64");
    if (size < SMALLEST || (size - HEAD - MAC) % BLOCK != 0 || bytes[0] != VERSION)
        return ais_fail(why, AIS_E_SYNTAX, "no Fernet token: wrong version or length");
    const struct key_contexts *key = find_key(sealer, bytes, size);
    if (key == NULL)
        return ais_fail(why, AIS_E_KEY, "no key opens it: another key's, or altered");
    EVP_CIPHER_CTX *decrypt = key->decrypt;
    int body = 0, last = 0;
    unsigned char *plain = (unsigned char *)out->data;
    if (EVP_DecryptInit_ex(decrypt, NULL, NULL, NULL, bytes + 9) != 1 ||
        EVP_DecryptUpdate(decrypt, plain, &body, bytes + HEAD, (int)(size - HEAD - MAC)) != 1 ||
        EVP_DecryptFinal_ex(decrypt, plain + body, &last) != 1)
        return ais_fail(why, AIS_E_SYNTAX, "no Fernet token: wrong padding under a right signature");
    out->length = (size_t)body + (size_t)last;
    out->data[out->length] = '\0';
    if (ret_key != NULL)
        *ret_key = sealer->likely;
    return AIS_OK;
}
