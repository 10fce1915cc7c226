/* Inside shared/storage only: the sealed documents against the chain, and what a start records of them. */
#ifndef AIS_SHARED_STORAGE_DOCUMENTS_H
#define AIS_SHARED_STORAGE_DOCUMENTS_H

#include "shared/storage/storage.h"

/* As ais_store_verify. A document that was put back, deleted or replaced ends the start, and the log says so, if it can
 * be written. */
MUST_CHECK enum ais_err storage_verify_documents(struct ais_storage *storage, const struct ais_seal_log_report *report,
                                                 struct ais_why *why);

/* Records one anchor that is new to the chain. */
MUST_CHECK enum ais_err storage_record_anchor(const struct ais_storage *storage, const struct ais_anchor *anchor,
                                              struct ais_why *why);

/* Has the chain know every document that it does not know yet. */
MUST_CHECK enum ais_err storage_record_documents(struct ais_storage *storage, struct ais_why *why);

#endif
