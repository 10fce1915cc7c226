#include "services/supervisor/reload.h"

#include "shared/actor/report.h"
#include "shared/json/write.h"
#include "shared/log/log.h"
#include "shared/sys/clock.h"

#include <stdio.h>
#include <string.h>

enum { WARN_DAYS = 14, DAY_S = 86400 };

static const char certificate[] = "certificate";

/* ---- the certificate ---- */

/* Its clients refuse a certificate whose time is over: that is said before they do. */
static void warn_of_dates(const struct ais_tls_identity *identity)
{
    char text[AIS_RFC3339_SIZE];
    int64_t now = ais_clock_wall() / AIS_NS_PER_S, ends = ais_tls_identity_ends(identity);
    ais_clock_rfc3339(ends * AIS_NS_PER_S, text);
    if (now < ais_tls_identity_begins(identity))
        ais_log(AIS_LOG_WARNING, "the TLS certificate is not valid yet: clients will refuse it");
    else if (ends < now)
        ais_log(AIS_LOG_WARNING, "the TLS certificate has expired on %s: clients will refuse it", text);
    else if (ends - now < (int64_t)WARN_DAYS * DAY_S)
        ais_log(AIS_LOG_WARNING, "the TLS certificate expires on %s: renew it, then send SIGHUP", text);
}

enum ais_err reload_init(struct reload *reload, const struct ais_settings *settings, struct ais_why *why)
{
    *reload = (struct reload){ .cert = settings->tls_cert, .key = settings->tls_key };
    if (reload->cert == NULL)
        return AIS_OK;
    TRY(ais_tls_identity_load(reload->cert, reload->key, &reload->identity, why));
    warn_of_dates(reload->identity);
    return AIS_OK;
}

void reload_done(struct reload *reload)
{
    ais_tls_identity_unref(&reload->identity);
    ais_tls_identity_unref(&reload->fresh);
}

static enum ais_err prepare(struct reload *reload, struct ais_why *why)
{
    if (reload->cert == NULL)
        return AIS_OK;
    TRY(ais_tls_identity_load(reload->cert, reload->key, &reload->fresh, why));
    warn_of_dates(reload->fresh);
    if (strcmp(ais_tls_identity_digest(reload->fresh), ais_tls_identity_digest(reload->identity)) == 0)
        ais_tls_identity_unref(&reload->fresh);
    return AIS_OK;
}

/* ---- telling ---- */

static void record(const struct reload *reload, enum ais_audit_outcome outcome, const struct ais_buf *details)
{
    const struct ais_audit_event event = {
        .kind = AIS_AUDIT_SETTINGS_RELOADED,
        .outcome = outcome,
        .time_ns = ais_clock_wall(),
        .actor = "supervisor",
        .details = details->data,
        .details_size = details->length,
    };
    if (details->failed || ais_actor_record(reload->events, AIS_SUPERVISOR, &event) != AIS_OK)
        ais_log(AIS_LOG_ERROR, "a reload could not be recorded");
}

static void refuse(const struct reload *reload, const char *part, const char *reason)
{
    AUTO(ais_buf_done) struct ais_buf details = { 0 };
    ais_jw_begin_object(&details, NULL);
    ais_jw_begin_array(&details, "changed");
    ais_jw_end_array(&details);
    ais_jw_text(&details, "failed", part);
    ais_jw_text(&details, "reason", reason);
    ais_jw_end_object(&details);
    record(reload, AIS_AUDIT_FAILURE, &details);
    ais_log(AIS_LOG_ERROR, "Reload refused, everything stays as it was: %s: %s", part, reason);
}

static void tell_changes(const struct reload *reload, const char *changed, bool with_certificate)
{
    AUTO(ais_buf_done) struct ais_buf details = { 0 };
    char words[sizeof((struct ais_reloaded *)NULL)->changed + sizeof certificate];
    char *rest = words;
    snprintf(words, sizeof words, "%s%s%s", changed, changed[0] != '\0' && with_certificate ? " " : "",
             with_certificate ? certificate : "");
    if (words[0] != '\0')
        ais_log(AIS_LOG_INFO, "Reloaded, new in force: %s", words);
    else
        ais_log(AIS_LOG_INFO, "Reloaded: nothing has changed");
    ais_jw_begin_object(&details, NULL);
    ais_jw_begin_array(&details, "changed");
    for (const char *word; (word = strsep(&rest, " ")) != NULL;)
        if (word[0] != '\0')
            ais_jw_text(&details, NULL, word);
    ais_jw_end_array(&details);
    ais_jw_end_object(&details);
    record(reload, AIS_AUDIT_SUCCESS, &details);
}

/* ---- the steps ---- */

static void end(struct reload *reload)
{
    ais_tls_identity_unref(&reload->fresh);
    reload->running = false;
}

/* Prepares what can fail here, then lets the registry do the same. */
static void begin(struct reload *reload)
{
    struct ais_why why = { 0 };
    reload->running = true;
    if (prepare(reload, &why) == AIS_OK) {
        ais_actor_tell(reload->registry, AIS_COMMAND_RELOAD);
        return;
    }
    refuse(reload, certificate, why.text);
    end(reload);
}

void reload_begin(struct reload *reload)
{
    if (reload->running)
        reload->again = true;
    else
        begin(reload);
}

void reload_heard(struct reload *reload, const struct ais_reloaded *registry)
{
    if (registry->err != AIS_OK) {
        refuse(reload, "rulepacks and keys", registry->reason);
    } else {
        tell_changes(reload, registry->changed, reload->fresh != NULL);
        if (reload->fresh != NULL) {
            ais_tls_identity_unref(&reload->identity);
            reload->identity = ais_tls_identity_ref(reload->fresh);
            ais_actor_hand(reload->gateway, TAKE(reload->fresh));
        }
    }
    end(reload);
    if (reload->again) {
        reload->again = false;
        begin(reload);
    }
}
