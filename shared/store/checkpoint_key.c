#include "shared/store/checkpoint_key.h"

#include "shared/mem/secret.h"
#include "shared/store/key_file.h"

#include <string.h>

#define COMING "checkpoint.key.new"

enum { LARGEST = 256 }; /* bytes: digits, and white space behind them */

/* AIS_E_NOT_FOUND: there is none. */
static enum ais_err read_key(struct ais_dir *dir, const char *name, struct ais_signer **ret, struct ais_why *why)
{
    AUTO(ais_buf_wipe) struct ais_buf text = { 0 };
    enum ais_err err = ais_file_load(dir, name, LARGEST, &text, why);
    if (err == AIS_E_LIMIT)
        return ais_fail(why, AIS_E_KEY, "%s/%s is too long to be a checkpoint key", ais_dir_path(dir), name);
    TRY(err);
    TRY(ais_key_file_private(dir, name, why));
    struct ais_why reason = { 0 };
    err = ais_signer_parse(text.data != NULL ? text.data : "", text.length, ret, &reason);
    return err == AIS_OK ? AIS_OK : ais_fail(why, err, "%s/%s: %s", ais_dir_path(dir), name, reason.text);
}

static enum ais_err write_key(struct ais_dir *dir, const char *name, const struct ais_signer *signer,
                              struct ais_why *why)
{
    char text[AIS_CHECKPOINT_KEY_TEXT];
    ais_signer_text(signer, text);
    text[AIS_CHECKPOINT_KEY_TEXT - 1] = '\n';
    enum ais_err err = ais_file_replace(dir, name, text, sizeof text, why);
    ais_secret_wipe(text, sizeof text);
    return err;
}

static enum ais_err write_public(struct ais_dir *dir, const struct ais_signer *signer, struct ais_why *why)
{
    char text[AIS_DIGEST_TEXT];
    ais_digest_text(ais_signer_public(signer), text);
    text[AIS_DIGEST_TEXT - 1] = '\n';
    return ais_file_replace(dir, AIS_CHECKPOINT_PUBLIC_FILE, text, sizeof text, why);
}

enum ais_err ais_checkpoint_key_open(struct ais_dir *dir, struct ais_signer **ret, struct ais_signer **ret_coming,
                                     struct ais_why *why)
{
    AUTO(ais_signer_destroy) struct ais_signer *signer = NULL;
    AUTO(ais_signer_destroy) struct ais_signer *coming = NULL;
    enum ais_err err = read_key(dir, AIS_CHECKPOINT_KEY_FILE, &signer, why);
    if (err == AIS_E_NOT_FOUND) {
        TRY(ais_signer_generate(&signer, why));
        TRY(write_key(dir, AIS_CHECKPOINT_KEY_FILE, signer, why));
        err = write_public(dir, signer, why);
    }
    TRY(err);
    err = read_key(dir, COMING, &coming, why);
    if (err != AIS_OK && err != AIS_E_NOT_FOUND)
        return err;
    *ret = TAKE(signer);
    *ret_coming = TAKE(coming);
    return AIS_OK;
}

enum ais_err ais_checkpoint_key_prepare(struct ais_dir *dir, struct ais_signer **ret, struct ais_why *why)
{
    AUTO(ais_signer_destroy) struct ais_signer *signer = NULL;
    TRY(ais_signer_generate(&signer, why));
    TRY(write_key(dir, COMING, signer, why));
    *ret = TAKE(signer);
    return AIS_OK;
}

/* Whether the file of this name holds this key. */
static enum ais_err holds(struct ais_dir *dir, const char *name, const struct ais_signer *signer, bool *ret,
                          struct ais_why *why)
{
    AUTO(ais_signer_destroy) struct ais_signer *found = NULL;
    enum ais_err err = read_key(dir, name, &found, why);
    *ret = err == AIS_OK && memcmp(ais_signer_public(found), ais_signer_public(signer), AIS_CHECKPOINT_KEY_SIZE) == 0;
    return err == AIS_E_NOT_FOUND ? AIS_OK : err;
}

/* What stands in checkpoint.key.pub, whatever it comes from. */
static enum ais_err look(struct ais_dir *dir, const struct ais_signer *signer, enum ais_checkpoint_public *ret,
                         struct ais_why *why)
{
    unsigned char key[AIS_CHECKPOINT_KEY_SIZE];
    enum ais_err err = ais_checkpoint_public_read(dir, key, why);
    if (err != AIS_OK && err != AIS_E_NOT_FOUND && err != AIS_E_KEY)
        return err;
    bool same = err == AIS_OK && memcmp(key, ais_signer_public(signer), sizeof key) == 0;
    *ret = same                     ? AIS_CHECKPOINT_PUBLIC_FITS
           : err == AIS_E_NOT_FOUND ? AIS_CHECKPOINT_PUBLIC_MISSING
                                    : AIS_CHECKPOINT_PUBLIC_FOREIGN;
    return AIS_OK;
}

enum ais_err ais_checkpoint_public_look(struct ais_dir *dir, const struct ais_signer *signer,
                                        enum ais_checkpoint_public *ret, struct ais_why *why)
{
    bool coming = false;
    TRY(holds(dir, COMING, signer, &coming, why));
    TRY(look(dir, signer, ret, why));
    if (coming && *ret == AIS_CHECKPOINT_PUBLIC_FOREIGN)
        *ret = AIS_CHECKPOINT_PUBLIC_FITS;
    return AIS_OK;
}

/* The public key first: a crash in between leaves checkpoint.key.new, by which the next start knows why they differ. */
enum ais_err ais_checkpoint_key_settle(struct ais_dir *dir, const struct ais_signer *signer, struct ais_why *why)
{
    enum ais_checkpoint_public found = AIS_CHECKPOINT_PUBLIC_FITS;
    bool coming = false;
    TRY(holds(dir, COMING, signer, &coming, why));
    TRY(look(dir, signer, &found, why));
    if (found != AIS_CHECKPOINT_PUBLIC_FITS)
        TRY(write_public(dir, signer, why));
    if (coming) {
        TRY(ais_file_rename(dir, COMING, AIS_CHECKPOINT_KEY_FILE, why));
        TRY(ais_dir_sync(dir, why));
    } else {
        TRY(ais_file_unlink(dir, COMING, why));
    }
    return AIS_OK;
}

enum ais_err ais_checkpoint_public_read(struct ais_dir *dir, unsigned char ret[AIS_CHECKPOINT_KEY_SIZE],
                                        struct ais_why *why)
{
    AUTO(ais_buf_done) struct ais_buf text = { 0 };
    enum ais_err err = ais_file_load(dir, AIS_CHECKPOINT_PUBLIC_FILE, LARGEST, &text, why);
    if (err != AIS_OK && err != AIS_E_LIMIT)
        return err;
    if (err == AIS_E_LIMIT || !ais_checkpoint_key_parse(text.data != NULL ? text.data : "", text.length, ret))
        return ais_fail(why, AIS_E_KEY, "%s/" AIS_CHECKPOINT_PUBLIC_FILE ": not 64 lower-case hexadecimal digits",
                        ais_dir_path(dir));
    return AIS_OK;
}
