/* What the paths of the setting mean in a request, at its edges: names of members, names that need quotes, who asks. */
#include "shared/audit/mask.h"
#include "shared/mem/secret.h"
#include "tests/unit/test.h"

#include <stdio.h>

static const unsigned char key[AIS_MASK_KEYED] = { 7 };

static const struct row {
    const char *name, *setting, *request;
    const char *gone[3];  /* stand nowhere in the record */
    const char *there[3]; /* stand in it as before */
} rows[] = {
    {"names of members below a masked one",
     "tool_args.users", "{\"tool_name\":\"t\",\"tool_args\":{\"users\":{\"jane.name\":{\"roe\":null,\"n\":7}},\"x\":\"jane.name\"}}",
     { "{\"jane.name", "\"roe\"" },
     { "\"users\":{\"masked:tool_args.users:", "\"x\":\"jane.name\"" }},
    { "in an array below it",
     "tool_args.users", "{\"tool_name\":\"t\",\"tool_args\":{\"users\":[{\"jane.name\":1}]}}",
     { "jane.name" },
     { "\"users\":[{\"masked:" }                                      },
    { "a name beside it stays",
     "tool_args.users", "{\"tool_name\":\"t\",\"tool_args\":{\"users\":\"opensesame\",\"jane.name\":{\"roe\":1}}}",
     { "opensesame" },
     { "\"jane.name\":{\"roe\":1}" }                                  },
};

static void check_row(void **state)
{
    const struct row *row = *state;
    AUTO(ais_arena_destroy) struct ais_arena *arena = ais_arena_new(0);
    AUTO(ais_buf_done) struct ais_buf out = { 0 };
    struct ais_mask *mask = NULL;
    struct ais_request request;
    assert_int_equal(ais_mask_new(row->setting, key, &mask, NULL), AIS_OK);
    struct ais_masker *masker = ais_masker_new(mask);
    assert_int_equal(ais_request_read(arena, row->request, strlen(row->request), &request, NULL, NULL), AIS_OK);
    struct ais_audit_decision record = {
        .decision_id = "id",
        .user_id = ais_audit_text_of(request.user_id),
        .session_id = ais_audit_text_of(request.session_id),
        .environment = ais_audit_text_of(request.environment),
        .request = {row->request, strlen(row->request)},
        .request_is_json = true,
    };
    assert_int_equal(ais_masker_apply(masker, request.body, &record, NULL), AIS_OK);
    ais_audit_write_decision(&out, &record);
    for (size_t i = 0; i < N_ELEMS(row->gone) && row->gone[i] != NULL; i++)
        if (strstr(out.data, row->gone[i]) != NULL)
            fail_msg("'%s' is in %s", row->gone[i], out.data);
    for (size_t i = 0; i < N_ELEMS(row->there) && row->there[i] != NULL; i++)
        if (strstr(out.data, row->there[i]) == NULL)
            fail_msg("'%s' is not in %s", row->there[i], out.data);
    ais_masker_destroy(&masker);
    ais_mask_destroy(&mask);
}

static int set_up(void **state)
{
    (void)state;
    return ais_secret_init(NULL) != AIS_OK;
}

int main(void)
{
    struct CMUnitTest tests[N_ELEMS(rows)];
    AIS_ROWS(tests, rows, check_row);
    return cmocka_run_group_tests_name("audit/mask_paths", tests, set_up, NULL);
}
