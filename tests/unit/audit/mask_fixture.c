#include "tests/unit/audit/mask_fixture.h"
#include "shared/mem/secret.h"

const unsigned char key[AIS_MASK_KEYED] = { 7 };

int set_up(void **state)
{
    (void)state;
    return ais_secret_init(NULL) != AIS_OK;
}

void record_of(const char *setting, const char *request, const char *reason, struct ais_buf *out)
{
    struct ais_mask *mask = NULL;
    struct ais_arena *arena = ais_arena_new(0);
    const struct ais_json *body = NULL;
    const char *reasons[] = { reason };
    const struct ais_decision decision = {
        .action = AIS_ACTION_BLOCK, .reasons = reasons, .reason_count = reason != NULL ? 1 : 0, .snapshot = "s"
    };
    assert_int_equal(ais_mask_new(setting, key, &mask, NULL), AIS_OK);
    struct ais_masker *masker = ais_masker_new(mask);
    assert_non_null(masker);
    if (ais_json_read(arena, request, strlen(request), &ais_json_request_limits, &body, NULL) != AIS_OK)
        body = NULL;
    struct ais_audit_decision record = {
        .decision = &decision,
        .decision_id = "id",
        .caller = {.user = "alice@example.org"},
        .user_id = ais_audit_text_of(ais_json_get(ais_json_get(body, "metadata"), "user_id")),
        .request = { request,            strlen(request) },
        .request_is_json = body != NULL,
    };
    assert_int_equal(ais_masker_apply(masker, body, &record, NULL), AIS_OK);
    ais_buf_clear(out);
    ais_audit_write_decision(out, &record);
    assert_false(out->failed);
    ais_masker_destroy(&masker);
    ais_mask_destroy(&mask);
    const struct ais_json *tree = NULL;
    assert_int_equal(
        ais_json_read(arena, out->data, out->length, &(struct ais_json_limits){ .depth = 90 }, &tree, NULL), AIS_OK);
    ais_arena_destroy(&arena);
}
