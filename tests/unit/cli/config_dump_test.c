/* config dump: every row of the table is there, in each form, and the YAML can be read again. */
#include "shared/conf/file.h"
#include "shared/json/json.h"
#include "tests/unit/cli/caught.h"

static struct caught caught;

static void dump(const char *format)
{
    const char *const words[] = {
        "config", "dump", "--format", format, "--port", "81", "--data-dir", "/d \"x\"", NULL
    };
    caught_run(words, &caught);
    assert_int_equal(caught.code, CLI_DONE);
}

static const char *name_of(size_t i)
{
    return ais_setting_table[i].environment != NULL ? ais_setting_table[i].environment : ais_setting_table[i].flag;
}

static void the_table_has_every_setting(void **state)
{
    (void)state;
    dump("text");
    for (size_t i = 0; i < AIS_SETTING_COUNT; i++)
        assert_non_null(strstr(caught.text, name_of(i)));
    char source[32], value[32];
    assert_int_equal(sscanf(strstr(caught.text, "AISENTINEL_PORT"), "AISENTINEL_PORT %31s %31s", source, value), 2);
    assert_string_equal(source, "flag");
    assert_string_equal(value, "81");
}

static void json_has_every_setting_with_its_type(void **state)
{
    static const struct ais_json_limits limits = { .depth = 8 };
    AUTO(ais_arena_destroy) struct ais_arena *arena = ais_arena_new(0);
    const struct ais_json *root = NULL;
    struct ais_why why = { 0 };
    size_t i = 0;
    (void)state;
    dump("json");
    if (ais_json_read(arena, caught.text, strlen(caught.text), &limits, &root, &why) != AIS_OK)
        fail_msg("%s", why.text);
    for (const struct ais_json *row = ais_json_get(root, "settings")->first; row != NULL; row = row->next, i++) {
        const struct ais_setting *setting = &ais_setting_table[i];
        const struct ais_json *value = ais_json_get(row, "value");
        assert_int_equal(ais_json_get(row, "name")->kind == AIS_JSON_STRING, setting->environment != NULL);
        assert_int_equal(value->kind == AIS_JSON_NUMBER, setting->kind == AIS_KIND_NUMBER);
        assert_int_equal(value->kind == AIS_JSON_BOOL,
                         setting->kind == AIS_KIND_BOOL || setting->kind == AIS_KIND_SWITCH);
        assert_string_equal(ais_json_get(row, "source")->text,
                            i == AIS_SETTING_PORT || i == AIS_SETTING_DATA_DIR ? "flag" : "default");
    }
    assert_int_equal(i, AIS_SETTING_COUNT);
}

static void yaml_is_a_config_file_again(void **state)
{
    AUTO(ais_arena_destroy) struct ais_arena *arena = ais_arena_new(0);
    struct ais_found found[AIS_SETTING_COUNT] = {
        {NULL, NULL}
    };
    struct ais_why why = { 0 };
    (void)state;
    dump("yaml");
    if (ais_settings_file_parse("dump", caught.text, strlen(caught.text), arena, found, NULL, &why) != AIS_OK)
        fail_msg("%s", why.text);
    assert_string_equal(found[AIS_SETTING_PORT].text, "81");
    assert_string_equal(found[AIS_SETTING_DATA_DIR].text, "/d \"x\"");
    assert_null(found[AIS_SETTING_TLS_CERT].text);
    for (size_t i = 0; i < AIS_SETTING_COUNT; i++) {
        const struct ais_setting *setting = &ais_setting_table[i];
        assert_non_null(strstr(caught.text, name_of(i)));
        if (setting->kind == AIS_KIND_SECRET || setting->environment == NULL)
            assert_null(found[i].text);
        else if (setting->fallback != NULL)
            assert_non_null(found[i].text);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_table_has_every_setting),
        cmocka_unit_test(json_has_every_setting_with_its_type),
        cmocka_unit_test(yaml_is_a_config_file_again),
    };
    return cmocka_run_group_tests_name("cli/config_dump", tests, NULL, NULL);
}
