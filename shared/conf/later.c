#include "shared/conf/later.h"

#include "shared/conf/check.h"
#include "shared/err/err.h"

#include <string.h>

/* The harmless value is what this version does; NULL: only being unset or empty is. */
static const struct later {
    const char *name, *flag, *harmless;
} table[] = {
    {"OFFLINE_SYNC_ENABLED",           "sync-enabled",      "false"},
    { "OFFLINE_SYNC_API_KEY",          "sync-api-key-file", NULL   },
    { "OFFLINE_SYNC_INTERVAL",         "sync-interval",     "3600" },
    { "OFFLINE_SYNC_AUDIT_LOGS",       NULL,                "false"},
    { "OFFLINE_SYNC_METRICS",          NULL,                "false"},
    { "OFFLINE_SYNC_USAGE_STATS",      NULL,                "false"},
    { "OFFLINE_SYNC_RULEPACK_UPDATES", NULL,                "false"},
    { "AISENTINEL_JOIN_ENDPOINT",      "join",              NULL   },
    { NULL,                            "join-key",          NULL   },
    { NULL,                            "require-license",   NULL   },
    { NULL,                            "sync-ca-file",      NULL   },
    { NULL,                            "sync-connect-to",   NULL   },
};

static bool is(const char *name, const char *text, size_t n)
{
    return name != NULL && strlen(name) == n && memcmp(name, text, n) == 0;
}

/* Whether value says the same as harmless; the usual spellings of true and false are equal. */
static bool says(const char *harmless, const char *value)
{
    bool one, other;
    if (value[0] == '\0')
        return true;
    if (harmless == NULL)
        return false;
    if (ais_truth_read(harmless, &one) && ais_truth_read(value, &other))
        return one == other;
    return strcmp(value, harmless) == 0;
}

enum ais_later ais_later_setting(const char *name, size_t n, const char *value)
{
    for (size_t i = 0; i < N_ELEMS(table); i++)
        if (is(table[i].name, name, n))
            return says(table[i].harmless, value) ? AIS_LATER_HARMLESS : AIS_LATER_REFUSED;
    return AIS_LATER_UNKNOWN;
}

bool ais_later_flag(const char *flag, size_t n)
{
    for (size_t i = 0; i < N_ELEMS(table); i++)
        if (is(table[i].flag, flag, n))
            return true;
    return false;
}

static bool ends_with(const char *name, size_t n, const char *suffix)
{
    size_t length = strlen(suffix);
    return n >= length && memcmp(name + n - length, suffix, length) == 0;
}

static bool holds(const char *name, size_t n, const char *part)
{
    return memmem(name, n, part, strlen(part)) != NULL;
}

bool ais_is_service_address(const char *value)
{
    return strncmp(value, "tcp://", 6) == 0 || strncmp(value, "udp://", 6) == 0;
}

/* Kubernetes puts variables of each Service into every container of its namespace (documentation of Services,
 * "Environment variables"): of one named "aisentinel" AISENTINEL_SERVICE_HOST, AISENTINEL_SERVICE_PORT[_NAME],
 * AISENTINEL_PORT=tcp://ADDRESS:8000 and AISENTINEL_PORT_8000_TCP[_PROTO|_PORT|_ADDR]. */
static bool is_service_link(const char *name, size_t n, const char *value)
{
    if (ends_with(name, n, "_SERVICE_HOST") || ends_with(name, n, "_SERVICE_PORT") || holds(name, n, "_SERVICE_PORT_"))
        return true;
    if (ends_with(name, n, "_PORT"))
        return ais_is_service_address(value);
    return holds(name, n, "_PORT_") && (holds(name, n, "_TCP") || holds(name, n, "_UDP"));
}

bool ais_others_variable(const char *name, size_t n, const char *value)
{
    static const char *const of_the_build[] = { "AISENTINEL_VENDOR_PUBLIC_KEY", "AISENTINEL_CLOUD_URL" };
    for (size_t i = 0; i < N_ELEMS(of_the_build); i++)
        if (is(of_the_build[i], name, n))
            return true;
    return is_service_link(name, n, value);
}
