#include "shared/sign/sign.h"

#include "shared/json/write.h"
#include "shared/mem/secret.h"
#include "shared/sign/vendor.h"

#include <assert.h>
#include <sodium.h>
#include <string.h>

_Static_assert(crypto_sign_SEEDBYTES == AIS_SIGN_SEED_SIZE, "the size of a seed is published");
_Static_assert(crypto_sign_PUBLICKEYBYTES == AIS_SIGN_PUBLIC_SIZE, "the size of a key is published");
_Static_assert(sodium_base64_ENCODED_LEN(crypto_sign_BYTES, sodium_base64_VARIANT_ORIGINAL) == AIS_SIGNATURE_TEXT,
               "the length of a signature is published");
_Static_assert(sodium_base64_ENCODED_LEN(AIS_SIGN_PUBLIC_SIZE, sodium_base64_VARIANT_ORIGINAL) == AIS_PUBLIC_KEY_TEXT,
               "the length of a key is published");

struct ais_sign_key {
    unsigned char secret[crypto_sign_SECRETKEYBYTES]; /* libsodium's: the seed, then the public key */
    unsigned char public[AIS_SIGN_PUBLIC_SIZE];
    unsigned char seed[AIS_SIGN_SEED_SIZE];
};

void ais_sign_key_destroy(struct ais_sign_key **key)
{
    ais_secret_free(*key);
    *key = NULL;
}

static enum ais_err key_new(struct ais_sign_key **ret, struct ais_why *why)
{
    *ret = ais_secret_alloc(sizeof **ret);
    return *ret != NULL ? AIS_OK : ais_fail(why, AIS_E_NOMEM, "no locked memory for a signing key");
}

enum ais_err ais_sign_key_read(const char *text, struct ais_sign_key **ret, struct ais_why *why)
{
    AUTO(ais_sign_key_destroy) struct ais_sign_key *key = NULL;
    size_t n = 0;
    TRY(key_new(&key, why));
    assert(key != NULL);
    if (sodium_base642bin(key->seed, sizeof key->seed, text, strlen(text), NULL, &n, NULL,
                          sodium_base64_VARIANT_ORIGINAL) != 0 ||
        n != sizeof key->seed)
        return ais_fail(why, AIS_E_KEY, "it is no signing key: that is the base64 of 32 bytes, 44 characters");
    crypto_sign_seed_keypair(key->public, key->secret, key->seed);
    *ret = TAKE(key);
    return AIS_OK;
}

enum ais_err ais_sign_key_development(struct ais_sign_key **ret, struct ais_why *why)
{
    if (!ais_sign_is_development())
        return ais_fail(why, AIS_E_REFUSED,
                        "this is no development build, and carries no signing key: give one with --signing-key");
    AUTO(ais_sign_key_destroy) struct ais_sign_key *key = NULL;
    TRY(key_new(&key, why));
    assert(key != NULL);
    ais_vendor_development_seed(key->seed);
    crypto_sign_seed_keypair(key->public, key->secret, key->seed);
    *ret = TAKE(key);
    return AIS_OK;
}

static void public_text(const unsigned char key[AIS_SIGN_PUBLIC_SIZE], char ret[AIS_PUBLIC_KEY_TEXT])
{
    sodium_bin2base64(ret, AIS_PUBLIC_KEY_TEXT, key, AIS_SIGN_PUBLIC_SIZE, sodium_base64_VARIANT_ORIGINAL);
}

void ais_sign_key_public(const struct ais_sign_key *key, char ret[AIS_PUBLIC_KEY_TEXT])
{
    public_text(key->public, ret);
}

void ais_sign_vendor_public(char ret[AIS_PUBLIC_KEY_TEXT])
{
    unsigned char key[AIS_SIGN_PUBLIC_SIZE];
    ais_vendor_public(key);
    public_text(key, ret);
}

void ais_sign(const struct ais_sign_key *key, const void *bytes, size_t n, char ret[AIS_SIGNATURE_TEXT])
{
    unsigned char signature[crypto_sign_BYTES];
    crypto_sign_detached(signature, NULL, bytes, n, key->secret);
    sodium_bin2base64(ret, AIS_SIGNATURE_TEXT, signature, sizeof signature, sodium_base64_VARIANT_ORIGINAL);
}

enum ais_err ais_sign_verify(const char *signature, size_t length, const void *bytes, size_t n, struct ais_why *why)
{
    unsigned char raw[crypto_sign_BYTES], key[AIS_SIGN_PUBLIC_SIZE];
    size_t size = 0;
    if (sodium_base642bin(raw, sizeof raw, signature, length, NULL, &size, NULL, sodium_base64_VARIANT_ORIGINAL) != 0 ||
        size != sizeof raw)
        return ais_fail(why, AIS_E_DAMAGED, "the signature is none: that is the base64 of 64 bytes, 88 characters");
    ais_vendor_public(key);
    if (crypto_sign_verify_detached(raw, bytes, n, key) != 0)
        return ais_fail(why, AIS_E_DAMAGED, "the signature is not one of the vendor's over these bytes");
    return AIS_OK;
}

/* A copy of the object's list of members without one: nodes are small, and their values are shared. */
void ais_sign_canonical(struct ais_buf *out, const struct ais_json *object)
{
    struct ais_json copy = *object;
    struct ais_arena *arena = ais_arena_new(0);
    struct ais_json *last = NULL;
    copy.first = NULL;
    copy.count = 0;
    out->failed |= arena == NULL;
    for (const struct ais_json *member = object->first; member != NULL && !out->failed; member = member->next) {
        if (member->key_length == strlen("signature") && memcmp(member->key, "signature", member->key_length) == 0)
            continue;
        struct ais_json *kept = ais_arena_alloc(arena, sizeof *kept);
        if (kept == NULL) {
            out->failed = true;
            break;
        }
        *kept = *member;
        kept->next = NULL;
        if (last != NULL)
            last->next = kept;
        else
            copy.first = kept;
        last = kept;
        copy.count++;
    }
    if (!out->failed)
        ais_jw_canonical(out, &copy);
    ais_arena_destroy(&arena);
}
