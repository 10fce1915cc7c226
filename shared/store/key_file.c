#include "shared/store/key_file.h"

#include "shared/mem/secret.h"

#include <fcntl.h>
#include <stdio.h>
#include <string.h>

enum { LARGEST = AIS_KEYS_MAX * (AIS_KEY_TEXT_SIZE + 1) + 256 }; /* white space is allowed around keys */

struct sealed {
    char name[64]; /* "" until one is found */
};

static void note_sealed(void *context, const char *name)
{
    struct sealed *sealed = context;
    size_t length = strlen(name);
    if (length >= 4 && strcmp(name + length - 4, ".enc") == 0)
        snprintf(sealed->name, sizeof sealed->name, "%s", name);
}

static enum ais_err make(struct ais_dir *dir, struct ais_keyring **ret, struct ais_why *why)
{
    AUTO(ais_keyring_destroy) struct ais_keyring *ring = NULL;
    struct sealed sealed = { .name = "" };
    char text[AIS_KEY_TEXT_SIZE + 1];
    TRY(ais_dir_list(dir, note_sealed, &sealed, why));
    if (sealed.name[0] != '\0')
        return ais_fail(why, AIS_E_KEY,
                        "%s/" AIS_KEY_FILE " is missing although %s is there: put the key back (or give it as "
                        "OFFLINE_ENCRYPTION_KEY), or move the whole data directory away to begin anew",
                        ais_dir_path(dir), sealed.name);
    ais_keyring_generate(text);
    enum ais_err err = ais_keyring_parse(text, &ring, why);
    if (err == AIS_OK) {
        memcpy(text + AIS_KEY_TEXT_SIZE - 1, "\n", 2);
        err = ais_file_replace(dir, AIS_KEY_FILE, text, AIS_KEY_TEXT_SIZE, why);
    }
    ais_secret_wipe(text, sizeof text);
    TRY(err);
    *ret = TAKE(ring);
    return AIS_OK;
}

static enum ais_err check_mode(struct ais_dir *dir, struct ais_why *why)
{
    struct ais_file_info info;
    int fd = -1;
    TRY(ais_file_open(dir, AIS_KEY_FILE, O_RDONLY, &fd, why));
    enum ais_err err = ais_file_info(dir, fd, &info, why);
    ais_file_close(dir, &fd);
    TRY(err);
    if ((info.mode & 077) != 0)
        return ais_fail(why, AIS_E_REFUSED,
                        "%s/" AIS_KEY_FILE " is open to others (mode %03o): chmod it to 600, and rotate the key if "
                        "somebody may have read it",
                        ais_dir_path(dir), (unsigned)info.mode & 0777);
    return AIS_OK;
}

enum ais_err ais_key_file_open(struct ais_dir *dir, struct ais_keyring **ret, bool *ret_made, struct ais_why *why)
{
    AUTO(ais_buf_wipe) struct ais_buf text = { 0 };
    enum ais_err err = ais_file_load(dir, AIS_KEY_FILE, LARGEST, &text, why);
    if (err == AIS_E_NOT_FOUND) {
        TRY(make(dir, ret, why));
        *ret_made = true;
        return AIS_OK;
    }
    if (err == AIS_E_LIMIT)
        return ais_fail(why, AIS_E_KEY, "%s/" AIS_KEY_FILE " is too long to be Fernet keys", ais_dir_path(dir));
    TRY(err);
    TRY(check_mode(dir, why));
    if (ais_keyring_parse(text.data != NULL ? text.data : "", ret, why) != AIS_OK)
        return ais_blame(why, "%s/" AIS_KEY_FILE, ais_dir_path(dir));
    *ret_made = false;
    return AIS_OK;
}

enum ais_err ais_key_file_write(struct ais_dir *dir, const struct ais_keyring *ring, size_t index, bool others,
                                struct ais_why *why)
{
    char *text = ais_secret_alloc(AIS_KEYS_TEXT_SIZE + 1);
    if (text == NULL)
        return ais_fail(why, AIS_E_NOMEM, "locked memory for keys");
    ais_keyring_text(ring, index, others, text);
    size_t n = strlen(text);
    text[n++] = '\n';
    enum ais_err err = ais_file_replace(dir, AIS_KEY_FILE, text, n, why);
    ais_secret_free(text);
    return err;
}
