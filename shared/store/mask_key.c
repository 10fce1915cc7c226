#include "shared/store/mask_key.h"

#include "shared/mem/secret.h"
#include "shared/seal/digest.h"
#include "shared/store/key_file.h"

#include <sodium.h>
#include <stdio.h>
#include <string.h>

enum { LARGEST = 256, TEXT_SIZE = 2 * AIS_MASK_KEY_SIZE + 1 };

static enum ais_err make_key(struct ais_dir *dir, unsigned char *key, struct ais_why *why)
{
    char text[TEXT_SIZE];
    randombytes_buf(key, AIS_MASK_KEY_SIZE);
    sodium_bin2hex(text, sizeof text, key, AIS_MASK_KEY_SIZE);
    text[TEXT_SIZE - 1] = '\n';
    enum ais_err err = ais_file_replace(dir, AIS_MASK_KEY_FILE, text, sizeof text, why);
    ais_secret_wipe(text, sizeof text);
    return err;
}

static enum ais_err read_key(struct ais_dir *dir, const struct ais_buf *text, unsigned char *key, struct ais_why *why)
{
    size_t n = text->length;
    TRY(ais_key_file_private(dir, AIS_MASK_KEY_FILE, why));
    while (n > 0 && (text->data[n - 1] == '\n' || text->data[n - 1] == '\r' || text->data[n - 1] == ' '))
        n--;
    if (text->data == NULL || !ais_digest_parse(text->data, n, key))
        return ais_fail(why, AIS_E_KEY, "%s/" AIS_MASK_KEY_FILE ": not 64 lower-case hexadecimal digits",
                        ais_dir_path(dir));
    return AIS_OK;
}

enum ais_err ais_mask_key_open(struct ais_dir *dir, bool make, unsigned char **ret, struct ais_why *why)
{
    AUTO(ais_buf_wipe) struct ais_buf text = { 0 };
    unsigned char *key = ais_secret_alloc(AIS_MASK_KEY_SIZE);
    if (key == NULL)
        return ais_fail(why, AIS_E_NOMEM, "locked memory for a key");
    enum ais_err err = ais_file_load(dir, AIS_MASK_KEY_FILE, LARGEST, &text, why);
    if (err == AIS_E_LIMIT)
        err = ais_fail(why, AIS_E_KEY, "%s/" AIS_MASK_KEY_FILE " is too long to be a key", ais_dir_path(dir));
    else if (err == AIS_E_NOT_FOUND && make)
        err = make_key(dir, key, why);
    else if (err == AIS_OK)
        err = read_key(dir, &text, key, why);
    if (err == AIS_OK)
        *ret = key;
    else
        ais_secret_free(key);
    return err;
}

/* ---- against the chain ---- */

static void digest_of(const unsigned char key[AIS_MASK_KEY_SIZE], char ret[AIS_DIGEST_TEXT])
{
    static const unsigned char person[crypto_generichash_blake2b_PERSONALBYTES] = "ais mask key";
    unsigned char digest[AIS_DIGEST_SIZE];
    (void)crypto_generichash_blake2b_salt_personal(digest, sizeof digest, key, AIS_MASK_KEY_SIZE, NULL, 0, NULL,
                                                   person);
    ais_digest_text(digest, ret);
}

static const struct ais_anchor *find(const struct ais_anchor *anchors, size_t count, const char *name)
{
    for (size_t i = 0; i < count; i++)
        if (strcmp(anchors[i].name, name) == 0)
            return &anchors[i];
    return NULL;
}

bool ais_mask_key_is_anchored(const struct ais_anchor *anchors, size_t count)
{
    return find(anchors, count, AIS_MASK_KEY_ANCHOR) != NULL;
}

static void add(struct ais_mask_key_place *place, const char *name, uint64_t generation, const char *digest)
{
    struct ais_anchor *anchor = &place->anchors[place->count++];
    anchor->generation = generation;
    snprintf(anchor->name, sizeof anchor->name, "%s", name);
    snprintf(anchor->digest, sizeof anchor->digest, "%s", digest);
}

/* The key before stays the one that was there before somebody put the first of several others in its place. */
void ais_mask_key_settle(const unsigned char key[AIS_MASK_KEY_SIZE], bool made, const struct ais_anchor *anchors,
                         size_t count, struct ais_mask_key_place *ret)
{
    const struct ais_anchor *known = find(anchors, count, AIS_MASK_KEY_ANCHOR);
    const struct ais_anchor *before = find(anchors, count, AIS_MASK_KEY_BEFORE_ANCHOR);
    char digest[AIS_DIGEST_TEXT];
    digest_of(key, digest);
    *ret = (struct ais_mask_key_place){ .fate = AIS_MASK_KEY_KNOWN };
    if (known != NULL && strcmp(known->digest, digest) == 0)
        return;
    uint64_t generation = known != NULL ? known->generation + 1 : 1;
    add(ret, AIS_MASK_KEY_ANCHOR, generation, digest);
    ret->fate = known == NULL                                           ? AIS_MASK_KEY_FIRST
                : before != NULL && strcmp(before->digest, digest) == 0 ? AIS_MASK_KEY_RESTORED
                                                                        : AIS_MASK_KEY_OTHER;
    if (ret->fate != AIS_MASK_KEY_OTHER)
        return;
    bool foreign = before != NULL && before->generation == known->generation;
    add(ret, AIS_MASK_KEY_BEFORE_ANCHOR, made ? known->generation : generation,
        foreign ? before->digest : known->digest);
}
