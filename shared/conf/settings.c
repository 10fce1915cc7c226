#include "shared/conf/settings.h"

#include "shared/conf/check.h"
#include "shared/conf/file.h"
#include "shared/conf/given_secret.h"
#include "shared/conf/later.h"
#include "shared/mem/secret.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

enum { ARENA_LIMIT = 8 << 20, ACCEPTS_SIZE = 160 };

static const char *const source_words[] = {
#define X(source, name, words) [source] = (words),
    AIS_SOURCES(X)
#undef X
};

static const char *const source_names[] = {
#define X(source, name, words) [source] = (name),
    AIS_SOURCES(X)
#undef X
};

/* The value that wins by precedence, as text. */
struct candidate {
    enum ais_source source;
    const char *text;  /* of a SECRET from the command line: the path of its file */
    const char *where; /* file, line and column; NULL outside the file */
};

/* One call of ais_settings_load. */
struct loader {
    const struct ais_settings_given *given; /* borrowed */
    struct ais_settings *settings;          /* owned: what is being built */
    struct ais_found file[AIS_SETTING_COUNT];
    const char *variables[AIS_SETTING_COUNT]; /* borrowed from the environment, or from secrets */
    char *secrets[AIS_SETTING_COUNT];         /* owned */
    bool given_some[AIS_SETTING_COUNT];       /* something says a value, whether it will do or not */
    struct ais_setting_faults *faults;        /* borrowed; NULL: the first fault ends it */
};

static void loader_done(struct loader *self)
{
    for (size_t i = 0; i < AIS_SETTING_COUNT; i++)
        ais_secret_free(self->secrets[i]);
    ais_settings_destroy(&self->settings);
}

static void *field_of(struct ais_settings *settings, const struct ais_setting *setting)
{
    return (char *)settings + setting->offset;
}

/* Says what was refused: the setting as the user wrote it, its value unless it is secret, where it came from, the
 * reason when there is one beyond the rule, and the rule. */
static enum ais_err refuse(const struct ais_setting *setting, const struct candidate *given,
                           const struct ais_why *reason, struct ais_why *why)
{
    char accepts[ACCEPTS_SIZE], value[120] = "the value";
    bool by_flag = given->source == AIS_SOURCE_FLAG || setting->environment == NULL;
    bool of_the_file = reason->code == AIS_E_IO || reason->code == AIS_E_NOMEM || reason->code == AIS_E_REFUSED;
    enum ais_err code = of_the_file ? reason->code : given->source == AIS_SOURCE_FLAG ? AIS_E_USAGE : AIS_E_SETTING;
    if (setting->kind != AIS_KIND_SECRET || given->source == AIS_SOURCE_FLAG)
        snprintf(value, sizeof value, "'%.100s'", given->text);
    ais_setting_accepts(setting, accepts, sizeof accepts);
    return ais_fail(why, code, "%s%s: %s from %s is not accepted%s%s; it takes %s", by_flag ? "--" : "",
                    by_flag ? setting->flag : setting->environment, value,
                    given->where != NULL ? given->where : ais_source_text(given->source),
                    reason->text[0] != '\0' ? ": " : "", reason->text, accepts);
}

static enum ais_err read_number(const struct ais_setting *setting, const char *text, uint64_t *ret, struct ais_why *why)
{
    uint64_t number = 0;
    const char *at = text;
    for (; *at >= '0' && *at <= '9'; at++) {
        uint64_t digit = (uint64_t)(*at - '0');
        if (number > (UINT64_MAX - digit) / 10)
            return ais_fail(why, AIS_E_SETTING, "%s", "");
        number = number * 10 + digit;
    }
    if (*at != '\0' && ais_is_service_address(text))
        return ais_fail(why, AIS_E_SETTING,
                        "Kubernetes sets it for a Service of that name (enableServiceLinks: false)");
    if (at == text || *at != '\0' || number < setting->lowest || number > setting->highest)
        return ais_fail(why, AIS_E_SETTING, "%s", "");
    *ret = number;
    return AIS_OK;
}

static enum ais_err read_word(const struct ais_words *words, const char *text, unsigned *ret, struct ais_why *why)
{
    for (size_t i = 0; i < words->count; i++) {
        if ((words->any_case ? strcasecmp(text, words->words[i]) : strcmp(text, words->words[i])) == 0) {
            *ret = (unsigned)i;
            return AIS_OK;
        }
    }
    for (const char *const *later = words->later; later != NULL && *later != NULL; later++)
        if (strcmp(text, *later) == 0)
            return ais_fail(why, AIS_E_SETTING, "it is not in this version");
    struct ais_nearest near = { .word = text, .length = strlen(text) };
    for (size_t i = 0; i < words->count; i++)
        ais_nearest_offer(&near, words->words[i]);
    if (near.best != NULL)
        return ais_fail(why, AIS_E_SETTING, "perhaps '%s' is meant", near.best);
    return ais_fail(why, AIS_E_SETTING, "%s", "");
}

static enum ais_err read_truth(const char *text, bool *ret, struct ais_why *why)
{
    return ais_truth_read(text, ret) ? AIS_OK : ais_fail(why, AIS_E_SETTING, "%s", "");
}

static enum ais_err read_text(const struct ais_setting *setting, const char *text, struct ais_arena *arena,
                              const char **ret, struct ais_why *why)
{
    const char *copy = ais_arena_copy(arena, text, strlen(text));
    if (copy == NULL)
        return ais_fail(why, AIS_E_NOMEM, "no memory for it");
    return setting->check(copy, arena, ret, why);
}

static enum ais_err read_secret(struct loader *self, const struct ais_setting *setting, const struct candidate *given,
                                char **ret, struct ais_why *why)
{
    char **secret = &self->secrets[setting - ais_setting_table];
    const char *unused = NULL;
    if (given->source == AIS_SOURCE_FLAG) {
        ais_secret_free(TAKE(*secret));
        TRY(ais_given_secret_read(given->text, secret, why));
    }
    TRY(setting->check(*secret, self->settings->arena, &unused, why));
    *ret = TAKE(*secret);
    return AIS_OK;
}

static enum ais_err read_value(struct loader *self, const struct ais_setting *setting, const struct candidate *given,
                               struct ais_why *why)
{
    void *field = field_of(self->settings, setting);
    switch (setting->kind) {
    case AIS_KIND_TEXT: return read_text(setting, given->text, self->settings->arena, field, why);
    case AIS_KIND_NUMBER: return read_number(setting, given->text, field, why);
    case AIS_KIND_WORD: return read_word(setting->words, given->text, field, why);
    case AIS_KIND_BOOL: return read_truth(given->text, field, why);
    case AIS_KIND_SECRET: return read_secret(self, setting, given, field, why);
    case AIS_KIND_SWITCH: break;
    }
    *(bool *)field = true;
    return AIS_OK;
}

/* Flag before environment before file before default; text is NULL when nothing says anything. */
static enum ais_err choose(struct loader *self, const struct ais_setting *setting, struct candidate *ret,
                           struct ais_why *why)
{
    size_t id = (size_t)(setting - ais_setting_table);
    *ret = (struct candidate){ AIS_SOURCE_DEFAULT, setting->fallback, NULL };
    if (self->given->flags[id] != NULL)
        *ret = (struct candidate){ AIS_SOURCE_FLAG, self->given->flags[id], NULL };
    else if (self->variables[id] != NULL)
        *ret = (struct candidate){ AIS_SOURCE_ENVIRONMENT, self->variables[id], NULL };
    else if (self->file[id].text != NULL)
        *ret = (struct candidate){ AIS_SOURCE_FILE, self->file[id].text, self->file[id].where };
    else if (setting->compute != NULL)
        return setting->compute(self->given->environment, self->settings->arena, &ret->text, why);
    return AIS_OK;
}

static enum ais_err settle(struct loader *self, const struct ais_setting *setting, struct ais_why *why)
{
    struct candidate given;
    struct ais_why reason = { 0 };
    if ((setting->groups & self->given->groups) == 0)
        return AIS_OK;
    TRY(choose(self, setting, &given, why));
    if (given.text == NULL)
        return AIS_OK;
    self->given_some[setting - ais_setting_table] = true;
    if (read_value(self, setting, &given, &reason) != AIS_OK)
        return refuse(setting, &given, &reason, why);
    self->settings->sources[setting - ais_setting_table] = given.source;
    return AIS_OK;
}

/* First of all and whatever comes later: no secret stays in the environment. */
static enum ais_err take_secrets(struct loader *self, struct ais_why *why)
{
    enum ais_err first = AIS_OK;
    for (size_t i = 0; i < AIS_SETTING_COUNT; i++) {
        if (ais_setting_table[i].kind != AIS_KIND_SECRET)
            continue;
        enum ais_err err = ais_given_secret_take(self->given->environment, ais_setting_table[i].environment,
                                                 &self->secrets[i], first == AIS_OK ? why : NULL);
        first = first != AIS_OK ? first : err;
        self->variables[i] = self->secrets[i];
    }
    return first;
}

static bool is_ours(const char *name)
{
    return strncmp(name, "OFFLINE_", 8) == 0 || strncmp(name, "AISENTINEL_", 11) == 0;
}

static enum ais_err refuse_variable(const char *name, size_t n, struct ais_why *why)
{
    struct ais_nearest near = { .word = name, .length = n };
    for (size_t i = 0; i < AIS_SETTING_COUNT; i++)
        if (ais_setting_table[i].environment != NULL)
            ais_nearest_offer(&near, ais_setting_table[i].environment);
    return ais_fail(why, AIS_E_SETTING, "unknown setting '%.*s' in the environment%s%s%s", n > 80 ? 80 : (int)n, name,
                    near.best != NULL ? "; did you mean '" : "", near.best != NULL ? near.best : "",
                    near.best != NULL ? "'?" : "");
}

static enum ais_err read_variable(struct loader *self, const char *variable, struct ais_why *why)
{
    size_t n = strcspn(variable, "=");
    if (variable[n] != '=')
        return AIS_OK;
    const char *value = variable + n + 1;
    const struct ais_setting *setting = ais_setting_by_name(variable, n);
    if (setting != NULL) {
        const char **place = &self->variables[setting - ais_setting_table];
        *place = *place != NULL ? *place : value; /* the first counts, as for getenv */
        return AIS_OK;
    }
    if (!is_ours(variable))
        return AIS_OK;
    switch (ais_later_setting(variable, n, value)) {
    case AIS_LATER_HARMLESS: return AIS_OK;
    case AIS_LATER_REFUSED:
        return ais_fail(why, AIS_E_SETTING, "%.*s from the environment is not in this version; unset it", (int)n,
                        variable);
    case AIS_LATER_UNKNOWN: break;
    }
    return ais_others_variable(variable, n, value) ? AIS_OK : refuse_variable(variable, n, why);
}

static enum ais_err check_tls_pair(const struct loader *self, struct ais_why *why)
{
    bool cert = self->given_some[AIS_SETTING_TLS_CERT], key = self->given_some[AIS_SETTING_TLS_KEY];
    if (cert == key)
        return AIS_OK;
    return ais_fail(why, AIS_E_SETTING, "%s is set and %s is not: TLS needs the certificate and its key",
                    cert ? "AISENTINEL_TLS_CERT" : "AISENTINEL_TLS_KEY",
                    cert ? "AISENTINEL_TLS_KEY" : "AISENTINEL_TLS_CERT");
}

static enum ais_err check_exposure(const struct loader *self, struct ais_why *why)
{
    const struct ais_settings *settings = self->settings;
    if (settings->host == NULL || settings->insecure_http || self->given_some[AIS_SETTING_TLS_CERT] ||
        ais_address_is_loopback(settings->host))
        return AIS_OK;
    enum ais_source source = settings->sources[AIS_SETTING_HOST];
    return ais_fail(why, source == AIS_SOURCE_FLAG ? AIS_E_USAGE : AIS_E_SETTING,
                    "%s: '%s' from %s is not a loopback address: give AISENTINEL_TLS_CERT and AISENTINEL_TLS_KEY, or "
                    "use 127.0.0.1, or add --insecure-http where the network itself is trusted",
                    source == AIS_SOURCE_FLAG ? "--host" : "AISENTINEL_HOST", settings->host, ais_source_text(source));
}

/* What is no YAML is a bad setting, too. */
static enum ais_err read_config(struct loader *self, const char *path, struct ais_why *why)
{
    enum ais_err err = ais_settings_file_read(path, self->settings->arena, self->file, self->faults, why);
    return err == AIS_E_SYNTAX || err == AIS_E_LIMIT ? AIS_E_SETTING : err;
}

static enum ais_err load(struct loader *self, struct ais_why *why)
{
    const char *config = self->given->flags[AIS_SETTING_CONFIG];
    TRY(take_secrets(self, why));
    self->settings = calloc(1, sizeof *self->settings);
    if (self->settings == NULL || (self->settings->arena = ais_arena_new(ARENA_LIMIT)) == NULL)
        return ais_fail(why, AIS_E_NOMEM, "no memory for the settings");
    for (char *const *variable = self->given->environment; *variable != NULL; variable++)
        TRY(ais_setting_faults_note(self->faults, read_variable(self, *variable, why), why));
    if (config != NULL)
        TRY(ais_setting_faults_note(self->faults, read_config(self, config, why), why));
    for (size_t i = 0; i < AIS_SETTING_COUNT; i++)
        TRY(ais_setting_faults_note(self->faults, settle(self, &ais_setting_table[i], why), why));
    TRY(ais_setting_faults_note(self->faults, check_tls_pair(self, why), why));
    return ais_setting_faults_note(self->faults, check_exposure(self, why), why);
}

enum ais_err ais_settings_load(const struct ais_settings_given *given, struct ais_settings **ret, struct ais_why *why)
{
    AUTO(loader_done) struct loader self = { .given = given };
    TRY(load(&self, why));
    *ret = TAKE(self.settings);
    return AIS_OK;
}

enum ais_err ais_settings_check(const struct ais_settings_given *given, struct ais_setting_faults *faults,
                                struct ais_settings **ret, struct ais_why *why)
{
    AUTO(loader_done) struct loader self = { .given = given, .faults = faults };
    TRY(load(&self, why));
    if (faults->count == 0)
        *ret = TAKE(self.settings);
    return AIS_OK;
}

void ais_settings_show(const struct ais_settings *settings, const struct ais_setting *setting, struct ais_buf *out)
{
    const void *field = (const char *)settings + setting->offset;
    switch (setting->kind) {
    case AIS_KIND_TEXT:
        ais_buf_text(out, *(const char *const *)field != NULL ? *(const char *const *)field : "");
        break;
    case AIS_KIND_NUMBER: ais_buf_format(out, "%" PRIu64, *(const uint64_t *)field); break;
    case AIS_KIND_WORD: ais_buf_text(out, setting->words->words[*(const unsigned *)field]); break;
    case AIS_KIND_BOOL:
    case AIS_KIND_SWITCH: ais_buf_text(out, *(const bool *)field ? "true" : "false"); break;
    case AIS_KIND_SECRET: ais_buf_text(out, *(char *const *)field != NULL ? "(set)" : "(not set)"); break;
    }
}

void ais_settings_destroy(struct ais_settings **settings)
{
    if (*settings == NULL)
        return;
    for (size_t i = 0; i < AIS_SETTING_COUNT; i++)
        if (ais_setting_table[i].kind == AIS_KIND_SECRET)
            ais_secret_free(*(char **)field_of(*settings, &ais_setting_table[i]));
    ais_arena_destroy(&(*settings)->arena);
    free(*settings);
    *settings = NULL;
}

const char *ais_source_text(enum ais_source source)
{
    return source_words[source];
}

const char *ais_source_name(enum ais_source source)
{
    return source_names[source];
}
