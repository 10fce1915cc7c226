/* A change made by a command, while no server runs: the data directory opened as the service opens it, and what is
 * changed sealed into the audit log before the command says that it is done.
 *
 *     AUTO(cli_writer_done) struct cli_writer writer = { 0 };
 *     TRY(cli_writer_open(call->settings, "POST /api/v1/api_keys", &writer, why));
 *     ... change a document of writer.storage.store ...
 *     TRY(cli_writer_event(&writer, AIS_AUDIT_KEY_CREATED, AIS_AUDIT_SUCCESS, &details, why)); */
#ifndef AIS_SERVICES_CLI_WRITER_H
#define AIS_SERVICES_CLI_WRITER_H

#include "shared/audit/mask.h"
#include "shared/storage/storage.h"

/* A zeroed struct is: nothing is open. */
struct cli_writer {
    struct ais_storage storage; /* owned: store and log */
    struct ais_mask *mask;      /* owned: what is masked in records, as the settings want it */
    struct ais_masker *masker;  /* owned */
    struct ais_buf by;          /* owned: who changes documents, as they name it */
};

/* Opens the data directory of the settings, which is made when it is not there yet, with everything that the service
 * would make and find at its start; first API keys that are made now are shown now. Deletes no rotated segment, unless
 * the settings were told how many are kept. Uses and frees the secrets in settings. AIS_E_LOCKED: a server owns it, and
 * why names `instead`, what to ask it for; AIS_E_SETTING: storage is off; else as ais_storage_open. */
MUST_CHECK enum ais_err cli_writer_open(struct ais_settings *settings, const char *instead, struct cli_writer *ret,
                                        struct ais_why *why);

/* One commit, on disk when this returns: the record (one JSON object without its "seq"), and the anchors of all
 * documents that were replaced until now. Errors as ais_seal_log_commit. */
MUST_CHECK enum ais_err cli_writer_record(struct cli_writer *writer, const struct ais_buf *record, struct ais_why *why);

/* The same for an event of the actor "cli", on behalf of who runs it (operator.h), masked. details: one JSON object, or
 * NULL. */
MUST_CHECK enum ais_err cli_writer_event(struct cli_writer *writer, enum ais_audit_kind kind,
                                         enum ais_audit_outcome outcome, const struct ais_buf *details,
                                         struct ais_why *why);

/* Records what retention deleted since it was opened, if it did, and closes what is open. */
void cli_writer_done(struct cli_writer *writer);

#endif
