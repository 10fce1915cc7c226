#include "shared/seal/fernet.h"

#include "shared/mem/secret.h"
#include "shared/seal/base64.h"
#include "shared/sys/clock.h"
#include "shared/sys/random.h"

#include <assert.h>
#include <limits.h>
#include <openssl/core_names.h>
#include <openssl/evp.h>
#include <openssl/params.h>
#include <pthread.h>
#include <sodium.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

enum {
    KEY_SIZE = 32, /* signing half, then encryption half */
    HALF = 16,
    BLOCK = 16,
    VERSION = 0x80,
    HEAD = 1 + 8 + BLOCK, /* version, time, IV */
    MAC = 32,
    SMALLEST = HEAD + BLOCK + MAC,
    LARGEST = INT_MAX / 2, /* libcrypto counts in int */
};

struct ais_keyring {
    unsigned char (*keys)[KEY_SIZE]; /* owned, locked memory; a key is written before count says that it is there */
    atomic_size_t count;
    atomic_size_t sealing;
    atomic_bool retired[AIS_KEYS_MAX];
    bool (*renew)(void *context);
    void *context;         /* borrowed */
    pthread_mutex_t *lock; /* owned; of renew, NULL without it */
};

/* The contexts of one key, made when the sealer first needs them. */
struct key_contexts {
    EVP_MAC_CTX *mac;                  /* owned; holds the key, so that a start without one begins anew */
    EVP_CIPHER_CTX *encrypt, *decrypt; /* owned */
};

struct ais_sealer {
    const struct ais_keyring *ring; /* borrowed */
    struct key_contexts keys[AIS_KEYS_MAX];
    size_t likely;          /* the key that opened the last token: files are sealed under one key for long */
    struct ais_buf scratch; /* owned; the token before base64 */
};

static enum ais_err key_fault(struct ais_why *why, size_t index)
{
    return ais_fail(why, AIS_E_KEY,
                    "key %zu is not a Fernet key: 44 characters of url-safe base64 (32 bytes) are expected", index + 1);
}

/* Reads one key, with the white space around it. */
static bool read_key(const char *text, size_t n, unsigned char key[KEY_SIZE])
{
    static const char blank[] = " \t\r\n";
    while (n > 0 && strchr(blank, text[0]) != NULL) {
        text++;
        n--;
    }
    while (n > 0 && strchr(blank, text[n - 1]) != NULL)
        n--;
    unsigned char bytes[KEY_SIZE + 1];
    size_t size = 0;
    bool good = n == AIS_KEY_TEXT_SIZE - 1 && ais_base64_decode(text, n, bytes, &size) && size == KEY_SIZE;
    if (good)
        memcpy(key, bytes, KEY_SIZE);
    ais_secret_wipe(bytes, sizeof bytes);
    return good;
}

enum ais_err ais_keyring_parse(const char *text, struct ais_keyring **ret, struct ais_why *why)
{
    AUTO(ais_keyring_destroy) struct ais_keyring *ring = calloc(1, sizeof *ring);
    if (ring != NULL)
        ring->keys = ais_secret_alloc((size_t)AIS_KEYS_MAX * KEY_SIZE);
    if (ring == NULL || ring->keys == NULL)
        return ais_fail(why, AIS_E_NOMEM, "locked memory for keys");
    size_t count = 0;
    for (const char *at = text;;) {
        size_t n = strcspn(at, ",");
        if (count == AIS_KEYS_MAX)
            return ais_fail(why, AIS_E_KEY, "more than %d keys", AIS_KEYS_MAX);
        if (!read_key(at, n, ring->keys[count]))
            return key_fault(why, count);
        count++;
        if (at[n] == '\0')
            break;
        at += n + 1;
    }
    atomic_store(&ring->count, count);
    *ret = TAKE(ring);
    return AIS_OK;
}

void ais_keyring_destroy(struct ais_keyring **ring)
{
    if (*ring == NULL)
        return;
    if ((*ring)->lock != NULL)
        pthread_mutex_destroy((*ring)->lock);
    free((*ring)->lock);
    ais_secret_free((*ring)->keys);
    free(*ring);
    *ring = NULL;
}

size_t ais_keyring_count(const struct ais_keyring *ring)
{
    return atomic_load_explicit(&ring->count, memory_order_acquire);
}

size_t ais_keyring_sealing(const struct ais_keyring *ring)
{
    return atomic_load_explicit(&ring->sealing, memory_order_acquire);
}

enum ais_err ais_keyring_renew_by(struct ais_keyring *ring, bool (*renew)(void *context), void *context,
                                  struct ais_why *why)
{
    ring->lock = calloc(1, sizeof *ring->lock);
    if (ring->lock == NULL)
        return ais_fail(why, AIS_E_NOMEM, "a ring of keys");
    pthread_mutex_init(ring->lock, NULL);
    ring->renew = renew;
    ring->context = context;
    return AIS_OK;
}

/* Whether there may be a key now that was not there before: `seen` were looked at. */
static bool renewed(const struct ais_keyring *ring, size_t seen)
{
    if (ring->renew == NULL)
        return false;
    pthread_mutex_lock(ring->lock);
    bool more = ais_keyring_count(ring) > seen || ring->renew(ring->context);
    pthread_mutex_unlock(ring->lock);
    return more;
}

static bool opens(const struct ais_keyring *ring, size_t index)
{
    return !atomic_load_explicit(&ring->retired[index], memory_order_acquire);
}

size_t ais_keyring_open_count(const struct ais_keyring *ring)
{
    size_t open = 0;
    for (size_t i = 0; i < ais_keyring_count(ring); i++)
        open += opens(ring, i) ? 1 : 0;
    return open;
}

static bool has_key(const struct ais_keyring *ring, const unsigned char *key)
{
    for (size_t i = 0; i < ais_keyring_count(ring); i++)
        if (ais_secret_equal(ring->keys[i], key, KEY_SIZE))
            return true;
    return false;
}

enum ais_err ais_keyring_add(struct ais_keyring *ring, const char *text, size_t *ret_index, struct ais_why *why)
{
    size_t count = ais_keyring_count(ring);
    if (count == AIS_KEYS_MAX)
        return ais_fail(why, AIS_E_LIMIT, "a ring has room for %d keys in the life of a process: start it again",
                        AIS_KEYS_MAX);
    if (!read_key(text, strlen(text), ring->keys[count]))
        return key_fault(why, 0);
    if (has_key(ring, ring->keys[count])) {
        ais_secret_wipe(ring->keys[count], KEY_SIZE);
        return ais_fail(why, AIS_E_REFUSED, "the new key is one that is or was in use");
    }
    atomic_store_explicit(&ring->count, count + 1, memory_order_release);
    *ret_index = count;
    return AIS_OK;
}

size_t ais_keyring_add_all(struct ais_keyring *ring, const struct ais_keyring *other)
{
    size_t added = 0;
    for (size_t i = 0; i < ais_keyring_count(other); i++) {
        size_t count = ais_keyring_count(ring);
        if (count == AIS_KEYS_MAX || has_key(ring, other->keys[i]))
            continue;
        memcpy(ring->keys[count], other->keys[i], KEY_SIZE);
        atomic_store_explicit(&ring->count, count + 1, memory_order_release);
        added++;
    }
    return added;
}

void ais_keyring_seal_with(struct ais_keyring *ring, size_t index)
{
    assert(index < ais_keyring_count(ring) && opens(ring, index));
    atomic_store_explicit(&ring->sealing, index, memory_order_release);
}

void ais_keyring_retire(struct ais_keyring *ring, size_t index)
{
    assert(index < ais_keyring_count(ring) && index != ais_keyring_sealing(ring));
    atomic_store_explicit(&ring->retired[index], true, memory_order_release);
}

void ais_keyring_text(const struct ais_keyring *ring, size_t index, bool others, char *text)
{
    size_t count = ais_keyring_count(ring), at = 0;
    for (size_t i = 0; i < (others ? count : 1); i++) {
        size_t next = (index + i) % count;
        if (!opens(ring, next))
            continue;
        if (at > 0)
            text[at++] = ',';
        ais_base64_encode(ring->keys[next], KEY_SIZE, text + at);
        at += AIS_KEY_TEXT_SIZE - 1;
    }
    text[at] = '\0';
}

static void mac_under(const struct ais_keyring *ring, size_t index, const char *purpose, const void *bytes, size_t n,
                      unsigned char *mac, size_t mac_size)
{
    unsigned char personal[crypto_generichash_blake2b_PERSONALBYTES] = { 0 };
    assert(strlen(purpose) <= sizeof personal);
    for (size_t i = 0; i < sizeof personal && purpose[i] != '\0'; i++)
        personal[i] = (unsigned char)purpose[i];
    crypto_generichash_blake2b_salt_personal(mac, mac_size, bytes, n, ring->keys[index], KEY_SIZE, NULL, personal);
}

void ais_keyring_id(const struct ais_keyring *ring, size_t index, char id[AIS_KEY_ID_SIZE])
{
    unsigned char mac[crypto_generichash_blake2b_BYTES_MIN];
    mac_under(ring, index, "key id", "", 0, mac, sizeof mac);
    sodium_bin2hex(id, AIS_KEY_ID_SIZE, mac, (AIS_KEY_ID_SIZE - 1) / 2);
}

void ais_keyring_generate(char text[AIS_KEY_TEXT_SIZE])
{
    unsigned char key[KEY_SIZE];
    ais_random(key, sizeof key);
    ais_base64_encode(key, sizeof key, text);
    text[AIS_KEY_TEXT_SIZE - 1] = '\0';
    ais_secret_wipe(key, sizeof key);
}

void ais_keyring_mac(const struct ais_keyring *ring, const char *purpose, const void *bytes, size_t n,
                     unsigned char mac[32])
{
    mac_under(ring, ais_keyring_sealing(ring), purpose, bytes, n, mac, 32);
}

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

/* The contexts of the key at a place; NULL when libcrypto has none. */
static const struct key_contexts *contexts_of(struct ais_sealer *sealer, size_t index)
{
    struct key_contexts *contexts = &sealer->keys[index];
    const unsigned char *key = sealer->ring->keys[index];
    if (contexts->mac == NULL)
        contexts->mac = mac_new(key);
    if (contexts->encrypt == NULL)
        contexts->encrypt = cipher_new(key, 1);
    if (contexts->decrypt == NULL)
        contexts->decrypt = cipher_new(key, 0);
    return contexts->mac != NULL && contexts->encrypt != NULL && contexts->decrypt != NULL ? contexts : NULL;
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
    for (size_t i = 0; i < AIS_KEYS_MAX; i++) {
        EVP_MAC_CTX_free((*sealer)->keys[i].mac);
        EVP_CIPHER_CTX_free((*sealer)->keys[i].encrypt);
        EVP_CIPHER_CTX_free((*sealer)->keys[i].decrypt);
    }
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
    const struct key_contexts *contexts = contexts_of(sealer, ais_keyring_sealing(sealer->ring));
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
        const struct key_contexts *contexts = opens(sealer->ring, index) ? contexts_of(sealer, index) : NULL;
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
    size_t seen = ais_keyring_count(sealer->ring);
    const struct key_contexts *found = find_known(sealer, bytes, n);
    return found == NULL && renewed(sealer->ring, seen) ? find_known(sealer, bytes, n) : found;
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
