#include "services/auditor/findings.h"

#include "shared/json/write.h"
#include "shared/log/log.h"

#include <stdlib.h>

void findings_done(struct findings *findings)
{
    for (struct finding *fault = findings_take(findings); fault != NULL;)
        fault = finding_free(fault);
    for (struct finding_returned *returned = findings_asked(findings); returned != NULL;) {
        struct finding_returned *next = returned->next;
        free(returned);
        returned = next;
    }
    for (struct finding_claim *claim = atomic_exchange(&findings->claims, NULL); claim != NULL;) {
        struct finding_claim *next = claim->next;
        free(claim);
        claim = next;
    }
}

/* Claims are only ever added in front: one that came in between is found when the exchange fails. */
bool findings_claim(struct findings *findings, uint64_t segment)
{
    struct finding_claim *made = malloc(sizeof *made);
    if (made == NULL)
        return true;
    *made = (struct finding_claim){ atomic_load(&findings->claims), segment };
    do {
        for (const struct finding_claim *claim = made->next; claim != NULL; claim = claim->next) {
            if (claim->segment == segment) {
                free(made);
                return false;
            }
        }
    } while (!atomic_compare_exchange_weak(&findings->claims, &made->next, made));
    return true;
}

void findings_say(const char *file, uint64_t line, const char *fault)
{
    ais_log(AIS_LOG_ERROR, "damage in the audit log: %s:%llu: %s", file, (unsigned long long)line, fault);
}

void findings_begin(struct ais_buf *details, size_t faults)
{
    ais_jw_begin_object(details, NULL);
    ais_jw_u64(details, "faults", faults);
    ais_jw_begin_array(details, "places");
}

void findings_place(struct ais_buf *details, const char *file, uint64_t line, const char *fault)
{
    findings_say(file, line, fault);
    ais_jw_begin_object(details, NULL);
    ais_jw_text(details, "file", file);
    ais_jw_u64(details, "line", line);
    ais_jw_text(details, "fault", fault);
    ais_jw_end_object(details);
}

void findings_end(struct ais_buf *details)
{
    ais_jw_end_array(details);
    ais_jw_end_object(details);
}

void findings_tell(struct findings *findings, struct ais_buf *details)
{
    findings_tell_of(findings, AIS_AUDIT_INTEGRITY_FAULT, details);
}

void findings_tell_of(struct findings *findings, enum ais_audit_kind kind, struct ais_buf *details)
{
    struct finding *fault = details->failed ? NULL : malloc(sizeof *fault);
    if (fault == NULL) {
        ais_buf_done(details);
        ais_log(AIS_LOG_ERROR, "what was found in the audit log could not be recorded: out of memory");
        return;
    }
    *fault = (struct finding){ atomic_load(&findings->newest), kind, *details };
    *details = (struct ais_buf){ 0 };
    while (!atomic_compare_exchange_weak(&findings->newest, &fault->next, fault))
        ;
}

struct finding *findings_take(struct findings *findings)
{
    struct finding *taken = atomic_exchange(&findings->newest, NULL), *first = NULL;
    while (taken != NULL) {
        struct finding *next = taken->next;
        taken->next = first;
        first = taken;
        taken = next;
    }
    return first;
}

struct finding *finding_free(struct finding *fault)
{
    struct finding *next = fault->next;
    ais_buf_done(&fault->details);
    free(fault);
    return next;
}

void findings_ask(struct findings *findings, uint64_t segment)
{
    struct finding_returned *made = malloc(sizeof *made);
    if (made == NULL) {
        ais_log(AIS_LOG_ERROR, "a file of the audit log that is there again is not looked at: out of memory");
        return;
    }
    *made = (struct finding_returned){ .segment = segment };
    findings_put_back(findings, made);
}

struct finding_returned *findings_asked(struct findings *findings)
{
    return atomic_exchange(&findings->returned, NULL);
}

void findings_put_back(struct findings *findings, struct finding_returned *returned)
{
    returned->next = atomic_load(&findings->returned);
    while (!atomic_compare_exchange_weak(&findings->returned, &returned->next, returned))
        ;
}
