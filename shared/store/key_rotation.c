#include "shared/store/key_rotation.h"

#include "shared/mem/secret.h"
#include "shared/store/key_file.h"
#include "shared/store/store_private.h"

bool ais_rotation_is_due(const struct ais_store *store)
{
    return ais_keyring_open_count(store->ring) > 1;
}

bool ais_rotation_keys_given(const struct ais_store *store)
{
    return store->keys_given;
}

/* Adds the key: text, or a random one. */
static enum ais_err add_key(struct ais_keyring *ring, const char *text, size_t *ret_index, struct ais_why *why)
{
    if (text != NULL)
        return ais_keyring_add(ring, text, ret_index, why);
    char made[AIS_KEY_TEXT_SIZE];
    ais_keyring_generate(made);
    enum ais_err err = ais_keyring_add(ring, made, ret_index, why);
    ais_secret_wipe(made, sizeof made);
    return err;
}

/* Two rotations cannot be one: whoever names a key is not to believe that it is in force now. */
static enum ais_err refuse_key(const struct ais_store *store, struct ais_why *why)
{
    char id[AIS_KEY_ID_SIZE];
    ais_keyring_id(store->ring, ais_keyring_sealing(store->ring), id);
    return ais_fail(why, AIS_E_REFUSED,
                    "a rotation to key %s was interrupted, and is due: bring it to its end without another key (key "
                    "rotate without --new-key-file, or a start of the service), and then ask for this one",
                    id);
}

enum ais_err ais_rotation_begin(struct ais_store *store, const char *text, bool *ret_begun, struct ais_why *why)
{
    size_t index = 0;
    if (ret_begun != NULL)
        *ret_begun = false;
    if (store->own_ring == NULL)
        return ais_fail(why, AIS_E_REFUSED, "the key cannot be changed through a view");
    bool due = ais_rotation_is_due(store);
    if (due && text == NULL)
        return AIS_OK;
    if (store->keys_given)
        return ais_fail(why, AIS_E_REFUSED,
                        "the key is given by OFFLINE_ENCRYPTION_KEY or --encryption-key-file: put a new one there, in "
                        "front of it and a comma between them, and start again");
    if (due)
        return refuse_key(store, why);
    TRY(add_key(store->own_ring, text, &index, why));
    enum ais_err err = ais_key_file_write(store->dir, store->ring, index, true, why);
    if (err != AIS_OK) {
        ais_keyring_retire(store->own_ring, index);
        return err;
    }
    ais_keyring_seal_with(store->own_ring, index);
    if (ret_begun != NULL)
        *ret_begun = true;
    return AIS_OK;
}

enum ais_err ais_rotation_documents(struct ais_store *store, struct ais_why *why)
{
    for (size_t i = 0; i < AIS_STORE_DOCUMENT_COUNT; i++) {
        AUTO(ais_buf_wipe) struct ais_buf body = { 0 };
        AUTO(ais_buf_done) struct ais_buf by = { 0 };
        struct ais_anchor found, written;
        const char *name = ais_store_names[i];
        enum ais_err err = ais_document_read(store->dir, store->sealer, name, &by, &body, &found, why);
        if (err == AIS_E_NOT_FOUND && store->known[i].anchor.generation == 0)
            continue;
        TRY(err);
        TRY(ais_document_check(&found, &store->known[i].anchor, why));
        TRY(ais_document_write(store->dir, store->sealer, name, found.generation, by.length > 0 ? by.data : NULL,
                               body.data, body.length, &written, why));
    }
    return ais_file_unlink(store->dir, AIS_STORE_CACHE ".enc", why); /* made anew at the next start */
}

enum ais_err ais_rotation_end(struct ais_store *store, struct ais_why *why)
{
    size_t sealing = ais_keyring_sealing(store->ring);
    if (store->own_ring == NULL)
        return ais_fail(why, AIS_E_REFUSED, "the key cannot be changed through a view");
    if (store->keys_given)
        return AIS_OK;
    TRY(ais_key_file_write(store->dir, store->ring, sealing, false, why));
    for (size_t i = 0; i < ais_keyring_count(store->ring); i++)
        if (i != sealing)
            ais_keyring_retire(store->own_ring, i);
    return AIS_OK;
}
