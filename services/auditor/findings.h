/* What the reader's thread found wrong with files of the log, on its way to the auditor's thread, which has it
 * recorded. One tells, one takes; neither waits. A zeroed struct is empty. */
#ifndef AIS_SERVICES_AUDITOR_FINDINGS_H
#define AIS_SERVICES_AUDITOR_FINDINGS_H

#include "shared/mem/buf.h"

#include <stdatomic.h>
#include <stdbool.h>
#include <stdlib.h>

struct finding {
    struct finding *next;
    struct ais_buf details; /* owned; of the event, a JSON object */
};

struct findings {
    struct finding *_Atomic newest; /* owned */
};

/* Takes the details over. False: there is no memory, and they are freed. */
static inline bool findings_tell(struct findings *findings, struct ais_buf *details)
{
    struct finding *fault = details->failed ? NULL : malloc(sizeof *fault);
    if (fault == NULL) {
        ais_buf_done(details);
        return false;
    }
    *fault = (struct finding){ atomic_load(&findings->newest), *details };
    *details = (struct ais_buf){ 0 };
    while (!atomic_compare_exchange_weak(&findings->newest, &fault->next, fault))
        ;
    return true;
}

/* All that was told, the first first; the caller frees each with finding_free. NULL: nothing. */
static inline struct finding *findings_take(struct findings *findings)
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

/* Frees one; returns the one behind it. */
static inline struct finding *finding_free(struct finding *fault)
{
    struct finding *next = fault->next;
    ais_buf_done(&fault->details);
    free(fault);
    return next;
}

#endif
