/* Whatever stands in the setting, and whatever a request says: masking ends with an answer, and a masked request is
 * JSON that does not show what had to be masked. Input: the setting, a NUL, the body of a request. */
#include "shared/audit/mask.h"
#include "shared/mem/secret.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void must(bool condition)
{
    if (!condition)
        abort();
}

static void mask(struct ais_masker *masker, const char *bytes, size_t n)
{
    static const struct ais_json_limits deep = { .depth = 80 };
    AUTO(ais_arena_destroy) struct ais_arena *arena = ais_arena_new(0);
    AUTO(ais_buf_done) struct ais_buf out = { 0 };
    const struct ais_json *body = NULL, *record_tree = NULL;
    must(arena != NULL);
    if (ais_json_read(arena, bytes, n, &ais_json_request_limits, &body, NULL) != AIS_OK)
        body = NULL;
    struct ais_audit_decision record = {
        .decision_id = "id",
        .error = "none",
        .request = {bytes, n},
        .request_is_json = body != NULL && body->kind == AIS_JSON_OBJECT,
        .user_id = ais_audit_text_of(ais_json_get(ais_json_get(body, "metadata"), "user_id")),
    };
    if (ais_masker_apply(masker, body, &record, NULL) != AIS_OK)
        return;
    ais_audit_write_decision(&out, &record);
    must(!out.failed && ais_json_read(arena, out.data, out.length, &deep, &record_tree, NULL) == AIS_OK);
    const char *token = ais_json_get_text(body, "execution_approval_token");
    const struct ais_json *shown = ais_json_get(record_tree, "request");
    if (token != NULL && strlen(token) >= 4 && shown != NULL)
        must(ais_json_get_text(shown, "execution_approval_token") == NULL ||
             strcmp(ais_json_get_text(shown, "execution_approval_token"), token) != 0);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const unsigned char key[AIS_MASK_KEYED] = { 1 };
    static bool ready;
    if (!ready)
        must(ais_secret_init(NULL) == AIS_OK);
    ready = true;

    const uint8_t *end = size == 0 ? NULL : memchr(data, '\0', size);
    if (end == NULL)
        return 0;
    AUTO(ais_mask_destroy) struct ais_mask *rules = NULL;
    struct ais_why why = { 0 };
    if (ais_mask_new((const char *)data, key, &rules, &why) != AIS_OK) {
        must(why.text[0] != '\0');
        return 0;
    }
    AUTO(ais_masker_destroy) struct ais_masker *masker = ais_masker_new(rules);
    must(masker != NULL);
    size_t n = size - (size_t)(end + 1 - data);
    mask(masker, (const char *)end + 1, n);
    return 0;
}
