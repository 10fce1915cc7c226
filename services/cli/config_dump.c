/* config dump: every setting of the table, as a table, as JSON, or as a file for --config. */
#include "services/cli/table.h"
#include "shared/json/write.h"

#include <stdio.h>
#include <string.h>

enum { NAME_SIZE = 64 };

/* As it is written in the environment and in --config; of what only a flag can say, that flag. */
static const char *name_of(const struct ais_setting *setting, char text[NAME_SIZE])
{
    snprintf(text, NAME_SIZE, "%s%s", setting->environment != NULL ? "" : "--",
             setting->environment != NULL ? setting->environment : setting->flag);
    return text;
}

static const char *source_of(const struct ais_settings *settings, const struct ais_setting *setting)
{
    return ais_source_name(settings->sources[setting - ais_setting_table]);
}

/* ---- text ---- */

static enum ais_err add_row(struct cli_table *table, const struct ais_settings *settings,
                            const struct ais_setting *setting, struct ais_why *why)
{
    AUTO(ais_buf_done) struct ais_buf value = { 0 };
    char name[NAME_SIZE];
    const char *source = source_of(settings, setting);
    ais_settings_show(settings, setting, &value);
    if (value.failed)
        return ais_fail(why, AIS_E_NOMEM, "no memory for the answer");
    name_of(setting, name);
    const struct cli_cell cells[] = {
        {name,                                  strlen(name),   AIS_PLAIN},
        { source,                               strlen(source), AIS_PLAIN},
        { value.length > 0 ? value.data : NULL, value.length,   AIS_PLAIN},
    };
    return cli_table_add(table, cells, why);
}

static enum ais_err print_table(const struct ais_settings *settings, struct ais_why *why)
{
    static const struct cli_column columns[] = { { .title = "setting" }, { .title = "source" }, { .title = "value" } };
    AUTO(cli_table_destroy)
    struct cli_table *table = cli_table_new(columns, N_ELEMS(columns), cli_terminal_width(), false);
    if (table == NULL)
        return ais_fail(why, AIS_E_NOMEM, "no memory for the answer");
    for (size_t i = 0; i < AIS_SETTING_COUNT; i++)
        TRY(add_row(table, settings, &ais_setting_table[i], why));
    return cli_table_print(table, why);
}

/* ---- JSON ---- */

static void write_value(struct ais_buf *out, const struct ais_setting *setting, const struct ais_buf *shown)
{
    bool bare = setting->kind == AIS_KIND_NUMBER || setting->kind == AIS_KIND_BOOL || setting->kind == AIS_KIND_SWITCH;
    if (bare)
        ais_jw_raw(out, "value", shown->data, shown->length);
    else if (shown->length == 0)
        ais_jw_null(out, "value");
    else
        ais_jw_string(out, "value", shown->data, shown->length);
}

static void write_json(struct ais_buf *out, const struct ais_settings *settings)
{
    ais_jw_begin_object(out, NULL);
    ais_jw_begin_array(out, "settings");
    for (size_t i = 0; i < AIS_SETTING_COUNT; i++) {
        const struct ais_setting *setting = &ais_setting_table[i];
        AUTO(ais_buf_done) struct ais_buf value = { 0 };
        char flag[NAME_SIZE];
        ais_settings_show(settings, setting, &value);
        snprintf(flag, sizeof flag, "--%s", setting->flag);
        ais_jw_begin_object(out, NULL);
        if (setting->environment != NULL)
            ais_jw_text(out, "name", setting->environment);
        else
            ais_jw_null(out, "name");
        ais_jw_text(out, "flag", flag);
        write_value(out, setting, &value);
        ais_jw_text(out, "source", source_of(settings, setting));
        ais_jw_bool(out, "secret", setting->kind == AIS_KIND_SECRET);
        ais_jw_end_object(out);
        out->failed |= value.failed;
    }
    ais_jw_end_array(out);
    ais_jw_end_object(out);
}

/* ---- YAML ---- */

/* A JSON string is a double-quoted scalar of YAML; on a buffer of its own, as the writer of JSON minds its commas. */
static void add_quoted(struct ais_buf *out, const struct ais_buf *text)
{
    AUTO(ais_buf_done) struct ais_buf quoted = { 0 };
    ais_jw_string(&quoted, NULL, text->data, text->length);
    ais_buf_add(out, quoted.data, quoted.length);
    out->failed |= quoted.failed;
}

static void write_entry(struct ais_buf *out, const struct ais_settings *settings, const struct ais_setting *setting)
{
    AUTO(ais_buf_done) struct ais_buf value = { 0 };
    char name[NAME_SIZE];
    bool secret = setting->kind == AIS_KIND_SECRET;
    ais_settings_show(settings, setting, &value);
    bool comment = secret || setting->environment == NULL || value.length == 0;
    ais_buf_format(out, "%s%s: ", comment ? "# " : "", name_of(setting, name));
    if (setting->kind == AIS_KIND_TEXT && value.length > 0)
        add_quoted(out, &value);
    else
        ais_buf_text(out, value.length > 0 ? value.data : "(not set)");
    ais_buf_format(out, " # %s%s\n", source_of(settings, setting), secret ? ", a secret" : "");
    out->failed |= value.failed;
}

static void write_yaml(struct ais_buf *out, const struct ais_settings *settings)
{
    for (size_t i = 0; i < AIS_SETTING_COUNT; i++)
        write_entry(out, settings, &ais_setting_table[i]);
    if (out->length > 0)
        out->length--; /* the last line break is the printer's */
}

enum ais_err cli_config_dump(struct cli_call *call, struct ais_why *why)
{
    static const char *const words[] = { "text", "json", "yaml", NULL };
    AUTO(ais_buf_done) struct ais_buf out = { 0 };
    size_t choice = 0;
    TRY(cli_choice(call, "format", words, &choice, why));
    if (choice == 0)
        return print_table(call->settings, why);
    if (choice == 1)
        write_json(&out, call->settings);
    else
        write_yaml(&out, call->settings);
    return cli_print(&out, why);
}
