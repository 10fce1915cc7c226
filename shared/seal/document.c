#include "shared/seal/document.h"

#include <assert.h>
#include <stdio.h>
#include <string.h>

enum { FILE_NAME_SIZE = AIS_DOCUMENT_NAME_SIZE + 8 };

static void file_name(const char *name, char file[FILE_NAME_SIZE])
{
    assert(strlen(name) < AIS_DOCUMENT_NAME_SIZE);
    snprintf(file, FILE_NAME_SIZE, "%s.enc", name);
}

static void set_anchor(struct ais_anchor *anchor, const char *name, uint64_t generation, const struct ais_buf *payload)
{
    *anchor = (struct ais_anchor){ .generation = generation };
    snprintf(anchor->name, sizeof anchor->name, "%s", name);
    ais_digest_hex(payload->data, payload->length, anchor->digest);
}

enum ais_err ais_document_write(struct ais_dir *dir, struct ais_sealer *sealer, const char *name, uint64_t generation,
                                const char *by, const char *body, size_t n, struct ais_anchor *ret_anchor,
                                struct ais_why *why)
{
    AUTO(ais_buf_wipe) struct ais_buf payload = { 0 };
    AUTO(ais_buf_done) struct ais_buf line = { 0 };
    char file[FILE_NAME_SIZE], checksum[AIS_DIGEST_TEXT];

    file_name(name, file);
    ais_digest_hex(body, n, checksum);
    ais_buf_format(&payload, "{\"v\":1,\"document\":\"%s\",\"generation\":", name);
    ais_buf_u64(&payload, generation);
    if (by != NULL) {
        ais_buf_text(&payload, ",\"by_size\":");
        ais_buf_u64(&payload, strlen(by));
        ais_buf_format(&payload, ",\"by\":%s", by);
    }
    ais_buf_format(&payload, ",\"checksum\":\"%s\",\"body\":", checksum);
    ais_buf_add(&payload, body, n);
    ais_buf_byte(&payload, '}');
    if (payload.failed)
        return ais_fail(why, AIS_E_NOMEM, "document '%s'", name);
    if (ais_seal_length(payload.length) >= AIS_DOCUMENT_MAX)
        return ais_fail(why, AIS_E_LIMIT, "document '%s' of %zu bytes is too large", name, n);

    TRY(ais_seal(sealer, payload.data, payload.length, &line, why));
    ais_buf_byte(&line, '\n');
    if (line.failed)
        return ais_fail(why, AIS_E_NOMEM, "document '%s'", name);
    TRY(ais_file_replace(dir, file, line.data, line.length, why));
    if (ret_anchor != NULL)
        set_anchor(ret_anchor, name, generation, &payload);
    return AIS_OK;
}

/* A run of a payload that is read from front to back. */
struct cursor {
    const char *at;
    size_t left;
};

static bool take(struct cursor *cursor, const char *text)
{
    size_t n = strlen(text);
    if (cursor->left < n || memcmp(cursor->at, text, n) != 0)
        return false;
    cursor->at += n;
    cursor->left -= n;
    return true;
}

static bool take_number(struct cursor *cursor, uint64_t *ret)
{
    uint64_t number = 0;
    size_t digits = 0;
    for (; digits < cursor->left && cursor->at[digits] >= '0' && cursor->at[digits] <= '9'; digits++) {
        unsigned digit = (unsigned)(cursor->at[digits] - '0');
        if (number > (UINT64_MAX - digit) / 10)
            return false;
        number = number * 10 + digit;
    }
    cursor->at += digits;
    cursor->left -= digits;
    *ret = number;
    return digits > 0;
}

/* Who replaced it, where that is said. */
static bool take_by(struct cursor *payload, struct cursor *ret)
{
    uint64_t size = 0;
    *ret = (struct cursor){ "", 0 };
    if (!take(payload, ",\"by_size\":"))
        return true;
    if (!take_number(payload, &size) || !take(payload, ",\"by\":") || size > payload->left)
        return false;
    *ret = (struct cursor){ payload->at, (size_t)size };
    payload->at += size;
    payload->left -= (size_t)size;
    return true;
}

/* Takes an envelope apart: it has one form, the one that ais_document_write gives it. The body is what is left. */
static bool open_envelope(struct cursor *payload, const char *name, struct cursor *ret_by, uint64_t *ret_generation)
{
    unsigned char checksum[AIS_DIGEST_SIZE], digest[AIS_DIGEST_SIZE];
    uint64_t generation = 0;
    if (!take(payload, "{\"v\":1,\"document\":\"") || !take(payload, name) || !take(payload, "\",\"generation\":") ||
        !take_number(payload, &generation) || !take_by(payload, ret_by) || !take(payload, ",\"checksum\":\""))
        return false;
    const char *hex = payload->at;
    size_t length = AIS_DIGEST_TEXT - 1;
    if (payload->left < length || !ais_digest_parse(hex, length, checksum))
        return false;
    payload->at += length;
    payload->left -= length;
    if (!take(payload, "\",\"body\":") || payload->left < 2 || payload->at[payload->left - 1] != '}')
        return false;
    payload->left--;
    ais_digest(payload->at, payload->left, digest);
    *ret_generation = generation;
    return memcmp(checksum, digest, sizeof digest) == 0;
}

/* Whether our keys open some other file of the directory: then they are right, and what they do not open was altered.
 */
struct key_search {
    struct ais_dir *dir;
    struct ais_sealer *sealer;
    const char *suspect;
    bool found;
};

static void try_key(void *context, const char *name)
{
    struct key_search *search = context;
    size_t n = strlen(name);
    if (search->found || n < 5 || strcmp(name + n - 4, ".enc") != 0 || strcmp(name, search->suspect) == 0)
        return;
    AUTO(ais_buf_wipe) struct ais_buf plain = { 0 };
    AUTO(ais_buf_done) struct ais_buf file = { 0 };
    if (ais_file_load(search->dir, name, AIS_DOCUMENT_MAX, &file, NULL) != AIS_OK || file.length == 0)
        return;
    const char *end = memchr(file.data, '\n', file.length);
    size_t first_line = end != NULL ? (size_t)(end - file.data) : file.length;
    search->found = ais_unseal(search->sealer, file.data, first_line, &plain, NULL, NULL) == AIS_OK;
}

static enum ais_err blame_key_or_file(struct ais_dir *dir, struct ais_sealer *sealer, const char *file,
                                      struct ais_why *why)
{
    struct key_search search = { dir, sealer, file, false };
    TRY(ais_dir_list(dir, try_key, &search, why));
    if (search.found)
        return ais_fail(why, AIS_E_DAMAGED, "%s:1: altered: the key opens other files, but not this one", file);
    return ais_fail(why, AIS_E_KEY, "%s: the key does not open it (another key's, or altered)", file);
}

/* Makes the payload's memory the body's, and the other way round, instead of copying what may be megabytes. */
static void hand_over(struct ais_buf *payload, const struct cursor *body, struct ais_buf *ret)
{
    struct ais_buf other = *ret;
    memmove(payload->data, body->at, body->left);
    payload->length = body->left;
    payload->data[payload->length] = '\0';
    *ret = *payload;
    *payload = other;
}

enum ais_err ais_document_read(struct ais_dir *dir, struct ais_sealer *sealer, const char *name, struct ais_buf *by,
                               struct ais_buf *body, struct ais_anchor *ret_anchor, struct ais_why *why)
{
    AUTO(ais_buf_wipe) struct ais_buf payload = { 0 };
    AUTO(ais_buf_done) struct ais_buf line = { 0 };
    char file[FILE_NAME_SIZE];

    ais_buf_clear(body);
    file_name(name, file);
    TRY(ais_file_load(dir, file, AIS_DOCUMENT_MAX, &line, why));
    if (line.length == 0 || line.data[line.length - 1] != '\n')
        return ais_fail(why, AIS_E_DAMAGED, "%s:1: cut off: it does not end as a line", file);
    enum ais_err err = ais_unseal(sealer, line.data, line.length - 1, &payload, NULL, why);
    if (err == AIS_E_KEY)
        return blame_key_or_file(dir, sealer, file, why);
    if (err == AIS_E_SYNTAX)
        return ais_fail(why, AIS_E_DAMAGED, "%s:1: not one whole token on one line", file);
    TRY(err);

    struct cursor rest = { payload.data, payload.length };
    struct cursor who;
    uint64_t generation = 0;
    if (!open_envelope(&rest, name, &who, &generation))
        return ais_fail(why, AIS_E_DAMAGED, "%s:1: sealed by our key, but not the document '%s'", file, name);
    if (by != NULL) {
        ais_buf_clear(by);
        ais_buf_add(by, who.at, who.left);
        ais_buf_byte(by, '\0');
        by->length--;
    }
    if (by != NULL && by->failed)
        return ais_fail(why, AIS_E_NOMEM, "document '%s'", name);
    set_anchor(ret_anchor, name, generation, &payload);
    hand_over(&payload, &rest, body);
    return AIS_OK;
}

enum ais_err ais_document_check(const struct ais_anchor *found, const struct ais_anchor *expected, struct ais_why *why)
{
    if (found->generation < expected->generation)
        return ais_fail(why, AIS_E_STALE,
                        "%s.enc: generation %llu was put back; the audit chain records generation %llu", found->name,
                        (unsigned long long)found->generation, (unsigned long long)expected->generation);
    if (found->generation == expected->generation && strcmp(found->digest, expected->digest) != 0)
        return ais_fail(why, AIS_E_DAMAGED, "%s.enc: generation %llu is not the one that the audit chain records",
                        found->name, (unsigned long long)found->generation);
    return AIS_OK;
}
