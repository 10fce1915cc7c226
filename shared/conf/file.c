#include "shared/conf/file.h"

#include "shared/conf/later.h"
#include "shared/mem/buf.h"
#include "shared/yaml/yaml.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

enum { FILE_LONGEST = 1 << 20, WHERE_SIZE = 512 };

static const struct ais_yaml_limits limits = { .bytes = FILE_LONGEST, .depth = 8, .nodes = 1000 };

static enum ais_err refuse_unknown(const char *name, const struct ais_json *entry, struct ais_why *why)
{
    struct ais_nearest near = { .word = entry->key, .length = entry->key_length };
    for (size_t i = 0; i < AIS_SETTING_COUNT; i++)
        if (ais_setting_table[i].environment != NULL)
            ais_nearest_offer(&near, ais_setting_table[i].environment);
    return ais_fail(why, AIS_E_SETTING, "%s:%u:%u: unknown setting '%.80s'%s%s%s", name, entry->key_line,
                    entry->key_column, entry->key, near.best != NULL ? "; did you mean '" : "",
                    near.best != NULL ? near.best : "", near.best != NULL ? "'?" : "");
}

static bool is_single(const struct ais_json *entry)
{
    bool single = entry->kind == AIS_JSON_BOOL || entry->kind == AIS_JSON_NUMBER || entry->kind == AIS_JSON_STRING;
    return single && strlen(entry->text) == entry->length;
}

static enum ais_err take_entry(const char *name, const struct ais_json *entry, struct ais_arena *arena,
                               struct ais_found found[AIS_SETTING_COUNT], struct ais_why *why)
{
    char where[WHERE_SIZE];
    const char *text = is_single(entry) ? entry->text : NULL;
    const struct ais_setting *setting = ais_setting_by_name(entry->key, entry->key_length);
    if (setting == NULL) {
        switch (ais_later_setting(entry->key, entry->key_length, text != NULL ? text : "?")) {
        case AIS_LATER_UNKNOWN: return refuse_unknown(name, entry, why);
        case AIS_LATER_HARMLESS: return AIS_OK;
        case AIS_LATER_REFUSED: break;
        }
        return ais_fail(why, AIS_E_SETTING, "%s:%u:%u: %s is not in this version; leave it out", name, entry->key_line,
                        entry->key_column, entry->key);
    }
    if (setting->kind == AIS_KIND_SECRET)
        return ais_fail(why, AIS_E_SETTING, "%s:%u:%u: %s is a secret: it comes from the environment or from --%s FILE",
                        name, entry->key_line, entry->key_column, entry->key, setting->flag);
    if (text == NULL)
        return ais_fail(why, AIS_E_SETTING, "%s:%u:%u: %s takes a single value, not %s", name, entry->line,
                        entry->column, entry->key,
                        entry->kind == AIS_JSON_STRING ? "one with a NUL" : ais_json_kind_text(entry->kind));
    int length = snprintf(where, sizeof where, "%.480s:%u:%u", name, entry->line, entry->column);
    struct ais_found *place = &found[setting - ais_setting_table];
    place->where = ais_arena_copy(arena, where, (size_t)length);
    place->text = text;
    return place->where != NULL ? AIS_OK : ais_fail(why, AIS_E_NOMEM, "no memory for a setting");
}

enum ais_err ais_settings_file_parse(const char *name, const char *bytes, size_t n, struct ais_arena *arena,
                                     struct ais_found found[AIS_SETTING_COUNT], struct ais_setting_faults *faults,
                                     struct ais_why *why)
{
    const struct ais_json *document = NULL;
    TRY(ais_yaml_read(arena, name, bytes, n, &limits, &document, why));
    if (document->kind != AIS_JSON_OBJECT)
        return ais_fail(why, AIS_E_SETTING, "%s:%u:%u: expected a mapping from settings to values, got %s", name,
                        document->line, document->column, ais_json_kind_text(document->kind));
    for (const struct ais_json *entry = document->first; entry != NULL; entry = entry->next)
        TRY(ais_setting_faults_note(faults, take_entry(name, entry, arena, found, why), why));
    return AIS_OK;
}

static enum ais_err read_all(int file, struct ais_buf *buf, const char *path, struct ais_why *why)
{
    for (;;) {
        if (!ais_buf_reserve(buf, 4096))
            return ais_fail(why, AIS_E_NOMEM, "no memory for '%s'", path);
        ssize_t n = read(file, buf->data + buf->length, 4096);
        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0)
            return ais_fail_errno(why, errno, "--config: '%.120s' cannot be read", path);
        if (n == 0)
            return AIS_OK;
        buf->length += (size_t)n;
        if (buf->length > FILE_LONGEST)
            return ais_fail(why, AIS_E_LIMIT, "--config: '%.120s' is longer than %d bytes", path, FILE_LONGEST);
    }
}

enum ais_err ais_settings_file_read(const char *path, struct ais_arena *arena,
                                    struct ais_found found[AIS_SETTING_COUNT], struct ais_setting_faults *faults,
                                    struct ais_why *why)
{
    AUTO(ais_buf_done) struct ais_buf buf = { 0 };
    int file = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY);
    if (file < 0)
        return ais_fail_errno(why, errno, "--config: '%.120s' cannot be read", path);
    enum ais_err err = read_all(file, &buf, path, why);
    close(file);
    TRY(err);
    return ais_settings_file_parse(path, buf.data, buf.length, arena, found, faults, why);
}
