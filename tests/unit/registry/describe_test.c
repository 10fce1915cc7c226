#include "services/registry/describe.h"
#include "tests/unit/test.h"

#include <string.h>

static const char *const tags[] = { "attack.execution", "attack.t1059" };
static const char *const references[] = { "https://example.com/\"quoted\"" };
static const char *const alternatives[] = { "{\"tool_name\":\"safe_exec\"}" };

static const struct ais_rule rules[] = {
    {.kind = AIS_RULE,
     .id = "one",
     .title = "One",
     .action = AIS_ACTION_REQUIRE_APPROVAL,
     .severity = AIS_SEVERITY_HIGH,
     .mode = AIS_MODE_MONITOR,
     .remediation = "Use another",
     .alternatives = alternatives,
     .alternative_count = 1,
     .tags = tags,
     .tag_count = 2,
     .references = references,
     .reference_count = 1,
     .test_count = 3 },
    { .kind = AIS_INVARIANT,
     .id = "always",
     .title = "Always",
     .action = AIS_ACTION_BLOCK,
     .severity = AIS_SEVERITY_CRITICAL,
     .mode = AIS_MODE_ENFORCE,
     .unless_token = true          },
};

static const struct ais_rulepack pack = { .name = "p",
                                          .version = "1.2.3",
                                          .description = "What it is for",
                                          .rules = rules,
                                          .count = 2,
                                          .rule_count = 1,
                                          .invariant_count = 1 };

static const struct ais_stored_pack stored = {
    .name = "p", .version = "1.2.3", .kind = AIS_PACK_CUSTOM, .enabled = true, .checksum = "c0ffee"
};

static const struct ais_stored_pack replaced = { .name = "p",
                                                 .version = "1.2.3",
                                                 .kind = AIS_PACK_SYSTEM,
                                                 .enabled = false,
                                                 .checksum = "c0ffee",
                                                 .previous_version = "1.2.2" };

#define CUSTOM "{\"name\":\"p\",\"version\":\"1.2.3\",\"kind\":\"custom\",\"enabled\":true,\"checksum\":\"c0ffee\","
#define SYSTEM "{\"name\":\"p\",\"version\":\"1.2.3\",\"kind\":\"system\",\"enabled\":false,\"checksum\":\"c0ffee\","

static const struct row {
    const char *name;
    void (*describe)(struct ais_buf *out, const struct ais_stored_pack *stored, const struct ais_rulepack *read);
    const struct ais_stored_pack *stored;
    const struct ais_rulepack *read;
    const char *want;
} rows[] = {
    {"in short",                           describe_pack,         &stored,   &pack,
     CUSTOM "\"rules\":1,\"invariants\":1,\"description\":\"What it is for\"}"                        },
    { "in full",                           describe_pack_in_full, &stored,   &pack,
     CUSTOM "\"rules\":[{\"id\":\"one\",\"title\":\"One\",\"action\":\"require_approval\",\"severity\":\"high\","
             "\"mode\":\"monitor\",\"remediation\":\"Use another\",\"alternatives\":[{\"tool_name\":\"safe_exec\"}],"
             "\"tags\":[\"attack.execution\",\"attack.t1059\"],"
             "\"references\":[\"https://example.com/\\\"quoted\\\"\"],\"tests\":3}],"
             "\"invariants\":[{\"id\":\"always\",\"title\":\"Always\",\"action\":\"block\",\"severity\":\"critical\","
             "\"mode\":\"enforce\",\"unless\":\"valid_approval_token\",\"alternatives\":[],\"tags\":[],"
             "\"references\":[],\"tests\":0}],\"correlations\":[],\"description\":\"What it is for\"}"},
    { "one that cannot be read, in short", describe_pack,         &replaced, NULL,
     SYSTEM "\"rules\":null,\"invariants\":null,\"description\":null}"                                },
    { "one that cannot be read, in full",  describe_pack_in_full, &replaced, NULL,
     SYSTEM "\"previous_version\":\"1.2.2\",\"rules\":null,\"invariants\":null,\"description\":null}" },
};

static void check_row(void **state)
{
    const struct row *row = *state;
    AUTO(ais_buf_done) struct ais_buf out = { 0 };
    row->describe(&out, row->stored, row->read);
    assert_string_equal(out.data, row->want);
}

int main(void)
{
    struct CMUnitTest tests[N_ELEMS(rows)];
    AIS_ROWS(tests, rows, check_row);
    return cmocka_run_group_tests_name("registry/describe", tests, NULL, NULL);
}
