#include "shared/conf/table.h"

#include "shared/conf/check.h"
#include "shared/conf/later.h"
#include "shared/conf/settings.h"

#include <stdio.h>
#include <string.h>

#define X(code, word) word,
static const char *const durabilities[] = { AIS_DURABILITIES(X) };
static const char *const default_actions[] = { AIS_DEFAULT_ACTIONS(X) };
static const char *const log_levels[] = { AIS_LOG_LEVELS(X) };
static const char *const log_formats[] = { AIS_LOG_FORMATS(X) };
static const char *const roles[] = { AIS_ROLES(X) };
#undef X
static const char *const later_roles[] = { "gateway", "evaluator", "auditor", "metrics", "registry", "sync", NULL };

static const struct ais_words words_of_durability = { durabilities, N_ELEMS(durabilities), NULL, false };
static const struct ais_words words_of_default_action = { default_actions, N_ELEMS(default_actions), NULL, false };
static const struct ais_words words_of_log_level = { log_levels, N_ELEMS(log_levels), NULL, true };
static const struct ais_words words_of_log_format = { log_formats, N_ELEMS(log_formats), NULL, true };
static const struct ais_words words_of_role = { roles, N_ELEMS(roles), later_roles, false };

/* The columns "rule" and "default" of the table. */
#define RANGE(low, high)          .lowest = (low), .highest = (high)
#define WORDS(list)               .words = &words_of_##list
#define CHECK(function, accepted) .check = (ais_check_##function), .accepts = (accepted)
#define TRUTH                     .accepts = "true or false (or 1, yes, on; 0, no, off)"
#define NO_VALUE                  .accepts = "no value"
#define IS(text)                  .fallback = (text), .shown = (text)
#define COMPUTED(function, text)  .compute = (ais_default_##function), .shown = (text)
#define NONE(text)                .shown = (text)

const struct ais_setting ais_setting_table[AIS_SETTING_COUNT] = {
#define X(id_, type_, field_, kind_, flag_, environment_, argument_, rule_, default_, groups_, help_) \
    [AIS_SETTING_##id_] = {                                                                           \
        .kind = (kind_),                                                                              \
        .offset = offsetof(struct ais_settings, field_),                                              \
        .flag = (flag_),                                                                              \
        .environment = (environment_),                                                                \
        .argument = (argument_),                                                                      \
        rule_,                                                                                        \
        default_,                                                                                     \
        .groups = (groups_),                                                                          \
        .help = (help_),                                                                              \
    },
    AIS_SETTINGS(X)
#undef X
};

/* The field of each kind has the type that the kind is read into. */
#define FITS_AIS_KIND_TEXT(field)   _Generic((field), const char * : 1, default : 0)
#define FITS_AIS_KIND_SECRET(field) _Generic((field), char * : 1, default : 0)
#define FITS_AIS_KIND_NUMBER(field) _Generic((field), uint64_t : 1, default : 0)
#define FITS_AIS_KIND_BOOL(field)   _Generic((field), bool : 1, default : 0)
#define FITS_AIS_KIND_SWITCH(field) _Generic((field), bool : 1, default : 0)
#define FITS_AIS_KIND_WORD(field)   (sizeof(field) == sizeof(unsigned))
#define X(id_, type_, field_, kind_, ...)                                                                        \
    _Static_assert(FITS_##kind_(((struct ais_settings *)NULL)->field_), "the kind of " #id_ " does not fit its " \
                                                                        "field");
AIS_SETTINGS(X)
#undef X

const struct ais_setting *ais_setting_by_flag(const char *flag, size_t n, unsigned groups)
{
    for (size_t i = 0; i < AIS_SETTING_COUNT; i++) {
        const struct ais_setting *setting = &ais_setting_table[i];
        if ((setting->groups & groups) != 0 && strlen(setting->flag) == n && memcmp(setting->flag, flag, n) == 0)
            return setting;
    }
    return NULL;
}

const struct ais_setting *ais_setting_by_name(const char *name, size_t n)
{
    for (size_t i = 0; i < AIS_SETTING_COUNT; i++) {
        const char *known = ais_setting_table[i].environment;
        if (known != NULL && strlen(known) == n && memcmp(known, name, n) == 0)
            return &ais_setting_table[i];
    }
    return NULL;
}

static void list_words(const struct ais_words *words, char *text, size_t size)
{
    size_t used = 0;
    text[0] = '\0';
    for (size_t i = 0; i < words->count && used < size; i++) {
        const char *glue = i == 0 ? "" : i + 1 == words->count ? " or " : ", ";
        used += (size_t)snprintf(text + used, size - used, "%s%s", glue, words->words[i]);
    }
}

void ais_setting_accepts(const struct ais_setting *setting, char *text, size_t size)
{
    if (setting->words != NULL)
        list_words(setting->words, text, size);
    else if (setting->kind == AIS_KIND_NUMBER)
        snprintf(text, size, "a whole number from %llu to %llu", (unsigned long long)setting->lowest,
                 (unsigned long long)setting->highest);
    else
        snprintf(text, size, "%s", setting->accepts);
}

/* "--api-key" of a secret whose flag is "--api-key-file". */
static bool is_secret_value(const struct ais_setting *setting, const char *flag, size_t n)
{
    static const char suffix[] = "-file";
    return setting->kind == AIS_KIND_SECRET && strlen(setting->flag) == n + strlen(suffix) &&
           memcmp(setting->flag, flag, n) == 0;
}

enum ais_err ais_setting_refuse_flag(const char *flag, size_t n, unsigned groups, struct ais_nearest *near,
                                     struct ais_why *why)
{
    int length = n > 80 ? 80 : (int)n;
    if (ais_later_flag(flag, n))
        return ais_fail(why, AIS_E_USAGE, "--%.*s is not in this version", length, flag);
    for (size_t i = 0; i < AIS_SETTING_COUNT; i++) {
        const struct ais_setting *setting = &ais_setting_table[i];
        if ((setting->groups & groups) == 0)
            continue;
        if (is_secret_value(setting, flag, n))
            return ais_fail(why, AIS_E_USAGE,
                            "a secret is never a flag's value, which every user of the machine can see: "
                            "use --%s FILE or the variable %s",
                            setting->flag, setting->environment);
        ais_nearest_offer(near, setting->flag);
    }
    return ais_fail(why, AIS_E_USAGE, "unknown flag '--%.*s'%s%s%s", length, flag,
                    near->best != NULL ? "; did you mean '--" : "", near->best != NULL ? near->best : "",
                    near->best != NULL ? "'?" : "");
}
