#include "shared/seal/again.h"

#include <string.h>

enum { LARGEST = 256 << 20 };

/* Appends one line's token, sealed anew where it is under another key. */
static enum ais_err add_line(struct ais_sealer *sealer, size_t sealing, const char *line, size_t n, struct ais_buf *out,
                             struct ais_sealed_again *ret, struct ais_why *why)
{
    AUTO(ais_buf_wipe) struct ais_buf plain = { 0 };
    size_t key = sealing;
    enum ais_err err = n > 0 ? ais_unseal(sealer, line, n, &plain, &key, why) : AIS_OK;
    if (err != AIS_OK && err != AIS_E_KEY && err != AIS_E_SYNTAX)
        return err;
    if (err != AIS_OK)
        ret->unopened++;
    if (key == sealing) {
        ais_buf_add(out, line, n);
        return out->failed ? ais_fail(why, AIS_E_NOMEM, "a sealed file") : AIS_OK;
    }
    ret->lines++;
    return ais_seal(sealer, plain.data, plain.length, out, why);
}

enum ais_err ais_seal_again(struct ais_dir *dir, struct ais_sealer *sealer, const struct ais_keyring *ring,
                            const char *name, struct ais_sealed_again *ret, struct ais_why *why)
{
    AUTO(ais_buf_done) struct ais_buf old = { 0 }, young = { 0 };
    size_t sealing = ais_keyring_sealing(ring);
    *ret = (struct ais_sealed_again){ 0 };
    TRY(ais_file_load(dir, name, LARGEST, &old, why));
    for (size_t at = 0; at < old.length;) {
        const char *line = old.data + at, *end = memchr(line, '\n', old.length - at);
        size_t n = end != NULL ? (size_t)(end - line) : old.length - at;
        TRY(add_line(sealer, sealing, line, n, &young, ret, why));
        if (end != NULL)
            ais_buf_byte(&young, '\n');
        at += n + (end != NULL ? 1 : 0);
    }
    if (young.failed)
        return ais_fail(why, AIS_E_NOMEM, "%s", name);
    return ret->lines > 0 ? ais_file_replace(dir, name, young.data, young.length, why) : AIS_OK;
}
