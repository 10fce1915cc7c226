#include "shared/seal/keyring.h"

#include "shared/mem/secret.h"
#include "shared/seal/base64.h"
#include "shared/sys/random.h"

#include <assert.h>
#include <pthread.h>
#include <sodium.h>
#include <stdatomic.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

enum { WORDS = AIS_KEY_SIZE / 8 };

/* A key can be replaced while others read it: it is read and written word by word, and a version of its place tells
 * whether what was read is one key. */
struct ais_keyring {
    atomic_uint_fast64_t (*keys)[WORDS]; /* owned, locked memory; a key is written before count says that it is there */
    atomic_uint version[AIS_KEYS_MAX];   /* goes up before and after its place is written: odd in between */
    atomic_size_t count;
    atomic_size_t added; /* keys so far, replaced ones too */
    atomic_size_t sealing;
    atomic_bool retired[AIS_KEYS_MAX];
    size_t oldest; /* the place that ais_keyring_add_all gives up first */
    bool (*renew)(void *context);
    void *context;         /* borrowed */
    pthread_mutex_t *lock; /* owned; of renew, NULL without it */
};

unsigned ais_keyring_version(const struct ais_keyring *ring, size_t index)
{
    return atomic_load(&ring->version[index]);
}

/* For the thread that changes the ring; others look at the version, too. */
static void take_key(const struct ais_keyring *ring, size_t index, unsigned char key[AIS_KEY_SIZE])
{
    for (size_t i = 0; i < WORDS; i++) {
        uint64_t word = atomic_load(&ring->keys[index][i]);
        memcpy(key + 8 * i, &word, sizeof word);
    }
}

bool ais_keyring_get(const struct ais_keyring *ring, size_t index, unsigned version, unsigned char key[AIS_KEY_SIZE])
{
    take_key(ring, index, key);
    if (version % 2 == 0 && ais_keyring_version(ring, index) == version)
        return true;
    ais_secret_wipe(key, AIS_KEY_SIZE);
    return false;
}

static void put_key(struct ais_keyring *ring, size_t index, const unsigned char key[AIS_KEY_SIZE])
{
    atomic_fetch_add(&ring->version[index], 1);
    for (size_t i = 0; i < WORDS; i++) {
        uint64_t word;
        memcpy(&word, key + 8 * i, sizeof word);
        atomic_store(&ring->keys[index][i], word);
    }
    atomic_fetch_add(&ring->version[index], 1);
}

static enum ais_err key_fault(struct ais_why *why, size_t index)
{
    return ais_fail(why, AIS_E_KEY,
                    "key %zu is not a Fernet key: 44 characters of url-safe base64 (32 bytes) are expected", index + 1);
}

/* Reads one key, with the white space around it. */
static bool read_key(const char *text, size_t n, unsigned char key[AIS_KEY_SIZE])
{
    static const char blank[] = " \t\r\n";
    while (n > 0 && strchr(blank, text[0]) != NULL) {
        text++;
        n--;
    }
    while (n > 0 && strchr(blank, text[n - 1]) != NULL)
        n--;
    unsigned char bytes[AIS_KEY_SIZE + 1];
    size_t size = 0;
    bool good = n == AIS_KEY_TEXT_SIZE - 1 && ais_base64_decode(text, n, bytes, &size) && size == AIS_KEY_SIZE;
    if (good)
        memcpy(key, bytes, AIS_KEY_SIZE);
    ais_secret_wipe(bytes, sizeof bytes);
    return good;
}

enum ais_err ais_keyring_parse(const char *text, struct ais_keyring **ret, struct ais_why *why)
{
    AUTO(ais_keyring_destroy) struct ais_keyring *ring = calloc(1, sizeof *ring);
    if (ring != NULL)
        ring->keys = ais_secret_alloc((size_t)AIS_KEYS_MAX * sizeof *ring->keys);
    if (ring == NULL || ring->keys == NULL)
        return ais_fail(why, AIS_E_NOMEM, "locked memory for keys");
    size_t count = 0;
    for (const char *at = text;;) {
        size_t n = strcspn(at, ",");
        if (count == AIS_KEYS_MAX)
            return ais_fail(why, AIS_E_KEY, "more than %d keys", AIS_KEYS_MAX);
        unsigned char key[AIS_KEY_SIZE];
        if (!read_key(at, n, key))
            return key_fault(why, count);
        put_key(ring, count++, key);
        ais_secret_wipe(key, sizeof key);
        if (at[n] == '\0')
            break;
        at += n + 1;
    }
    atomic_store(&ring->count, count);
    atomic_store(&ring->added, count);
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

size_t ais_keyring_added(const struct ais_keyring *ring)
{
    return atomic_load(&ring->added);
}

bool ais_keyring_renewed(const struct ais_keyring *ring, size_t seen)
{
    if (ring->renew == NULL)
        return false;
    pthread_mutex_lock(ring->lock);
    bool more = ais_keyring_added(ring) > seen || ring->renew(ring->context);
    pthread_mutex_unlock(ring->lock);
    return more;
}

bool ais_keyring_opens(const struct ais_keyring *ring, size_t index)
{
    return !atomic_load_explicit(&ring->retired[index], memory_order_acquire);
}

size_t ais_keyring_open_count(const struct ais_keyring *ring)
{
    size_t open = 0;
    for (size_t i = 0; i < ais_keyring_count(ring); i++)
        open += ais_keyring_opens(ring, i) ? 1 : 0;
    return open;
}

static bool has_key(const struct ais_keyring *ring, const unsigned char key[AIS_KEY_SIZE])
{
    unsigned char other[AIS_KEY_SIZE];
    bool found = false;
    for (size_t i = 0; i < ais_keyring_count(ring) && !found; i++) {
        take_key(ring, i, other);
        found = ais_secret_equal(other, key, AIS_KEY_SIZE);
    }
    ais_secret_wipe(other, sizeof other);
    return found;
}

/* A place for one more key: a new one, else that of a key which opens nothing any more; AIS_KEYS_MAX: there is none. */
static size_t free_place(const struct ais_keyring *ring)
{
    size_t index = 0, count = ais_keyring_count(ring);
    if (count < AIS_KEYS_MAX)
        return count;
    while (index < AIS_KEYS_MAX && ais_keyring_opens(ring, index))
        index++;
    return index;
}

/* Has the key open from now on, at a place from free_place. */
static void place_key(struct ais_keyring *ring, size_t index, const unsigned char key[AIS_KEY_SIZE])
{
    size_t count = ais_keyring_count(ring);
    put_key(ring, index, key);
    atomic_store_explicit(&ring->retired[index], false, memory_order_release);
    if (index == count)
        atomic_store_explicit(&ring->count, count + 1, memory_order_release);
    atomic_fetch_add(&ring->added, 1);
}

enum ais_err ais_keyring_add(struct ais_keyring *ring, const char *text, size_t *ret_index, struct ais_why *why)
{
    unsigned char key[AIS_KEY_SIZE];
    size_t index = free_place(ring);
    if (index == AIS_KEYS_MAX)
        return ais_fail(why, AIS_E_LIMIT,
                        "there are %d keys already: bring the rotation that is due to its end first, which takes all "
                        "but one away",
                        AIS_KEYS_MAX);
    if (!read_key(text, strlen(text), key))
        return key_fault(why, 0);
    bool known = has_key(ring, key);
    if (!known)
        place_key(ring, index, key);
    ais_secret_wipe(key, sizeof key);
    if (known)
        return ais_fail(why, AIS_E_REFUSED, "the new key is one that is or was in use");
    *ret_index = index;
    return AIS_OK;
}

/* Retires a key that the other ring has not, so that there is a place: of those that came first, the first. */
static void give_one_up(struct ais_keyring *ring, const struct ais_keyring *other)
{
    unsigned char key[AIS_KEY_SIZE];
    bool given_up = false;
    for (size_t tries = 0; tries < AIS_KEYS_MAX && !given_up; tries++) {
        size_t index = ring->oldest;
        ring->oldest = (index + 1) % AIS_KEYS_MAX;
        take_key(ring, index, key);
        given_up = index != ais_keyring_sealing(ring) && !has_key(other, key);
        if (given_up)
            ais_keyring_retire(ring, index);
    }
    ais_secret_wipe(key, sizeof key);
}

size_t ais_keyring_add_all(struct ais_keyring *ring, const struct ais_keyring *other)
{
    unsigned char key[AIS_KEY_SIZE];
    size_t added = 0;
    for (size_t i = 0; i < ais_keyring_count(other); i++) {
        take_key(other, i, key);
        if (has_key(ring, key))
            continue;
        if (free_place(ring) == AIS_KEYS_MAX)
            give_one_up(ring, other);
        size_t index = free_place(ring);
        if (index == AIS_KEYS_MAX)
            break;
        place_key(ring, index, key);
        added++;
    }
    ais_secret_wipe(key, sizeof key);
    return added;
}

void ais_keyring_seal_with(struct ais_keyring *ring, size_t index)
{
    assert(index < ais_keyring_count(ring) && ais_keyring_opens(ring, index));
    atomic_store_explicit(&ring->sealing, index, memory_order_release);
}

void ais_keyring_retire(struct ais_keyring *ring, size_t index)
{
    assert(index < ais_keyring_count(ring) && index != ais_keyring_sealing(ring));
    atomic_store_explicit(&ring->retired[index], true, memory_order_release);
}

void ais_keyring_text(const struct ais_keyring *ring, size_t index, bool others, char *text)
{
    unsigned char key[AIS_KEY_SIZE];
    size_t count = ais_keyring_count(ring), at = 0;
    for (size_t i = 0; i < (others ? count : 1); i++) {
        size_t next = (index + i) % count;
        if (!ais_keyring_opens(ring, next))
            continue;
        if (at > 0)
            text[at++] = ',';
        take_key(ring, next, key);
        ais_base64_encode(key, sizeof key, text + at);
        at += AIS_KEY_TEXT_SIZE - 1;
    }
    text[at] = '\0';
    ais_secret_wipe(key, sizeof key);
}

static void mac_under(const struct ais_keyring *ring, size_t index, const char *purpose, const void *bytes, size_t n,
                      unsigned char *mac, size_t mac_size)
{
    unsigned char personal[crypto_generichash_blake2b_PERSONALBYTES] = { 0 }, key[AIS_KEY_SIZE];
    assert(strlen(purpose) <= sizeof personal);
    for (size_t i = 0; i < sizeof personal && purpose[i] != '\0'; i++)
        personal[i] = (unsigned char)purpose[i];
    take_key(ring, index, key);
    crypto_generichash_blake2b_salt_personal(mac, mac_size, bytes, n, key, sizeof key, NULL, personal);
    ais_secret_wipe(key, sizeof key);
}

void ais_keyring_id(const struct ais_keyring *ring, size_t index, char id[AIS_KEY_ID_SIZE])
{
    unsigned char mac[crypto_generichash_blake2b_BYTES_MIN];
    mac_under(ring, index, "key id", "", 0, mac, sizeof mac);
    sodium_bin2hex(id, AIS_KEY_ID_SIZE, mac, (AIS_KEY_ID_SIZE - 1) / 2);
}

void ais_keyring_generate(char text[AIS_KEY_TEXT_SIZE])
{
    unsigned char key[AIS_KEY_SIZE];
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
