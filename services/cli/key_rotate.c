/* key rotate: the same steps as the service's rotation, one after the other. */
#include "services/cli/handlers.h"
#include "services/cli/writer.h"
#include "shared/conf/given_secret.h"
#include "shared/json/write.h"
#include "shared/mem/secret.h"
#include "shared/seal/again.h"
#include "shared/store/key_rotation.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

struct rotation {
    struct cli_writer writer; /* owned */
    struct ais_dir *dir;      /* borrowed from it, as these are */
    const struct ais_keyring *ring;
    bool json, begun, terminal;
    uint64_t files, segments, lines, unopened;
    size_t total; /* segments to look at */
};

static void tell_progress(const struct rotation *self, uint64_t segment)
{
    if (self->terminal)
        fprintf(stderr, "\r\x1b[Kaudit_logs.%llu.enc, %llu of %zu", (unsigned long long)segment,
                (unsigned long long)self->segments, self->total);
}

static enum ais_err record(struct rotation *self, enum ais_audit_kind kind, struct ais_why *why)
{
    AUTO(ais_buf_done) struct ais_buf details = { 0 };
    char id[AIS_KEY_ID_SIZE];
    ais_keyring_id(self->ring, ais_keyring_sealing(self->ring), id);
    ais_jw_begin_object(&details, NULL);
    ais_jw_text(&details, "encryption_key", id);
    if (kind == AIS_AUDIT_KEY_ROTATION_STARTED) {
        ais_jw_bool(&details, "resumed", !self->begun);
    } else {
        ais_jw_u64(&details, "segments", self->segments);
        ais_jw_u64(&details, "lines", self->lines);
        ais_jw_u64(&details, "unopened", self->unopened);
    }
    ais_jw_end_object(&details);
    return cli_writer_event(&self->writer, kind, AIS_AUDIT_SUCCESS, &details, why);
}

/* ---- what is sealed anew ---- */

static bool never(void *context)
{
    (void)context;
    return false;
}

static enum ais_err reseal_log(struct rotation *self, struct ais_why *why)
{
    AUTO(ais_seal_packer_destroy) struct ais_seal_packer *packer = NULL;
    struct ais_seal_resealed resealed;
    const struct ais_seal_packing packing = { .active = ais_seal_log_position(self->writer.storage.log).segment,
                                              .stop = never };
    self->total = ais_seal_log_segments(self->writer.storage.log);
    TRY(ais_seal_packer_new(self->dir, self->ring, &packer, why));
    for (;;) {
        TRY(ais_seal_packer_reseal(packer, &packing, &resealed, why));
        self->unopened += resealed.unopened;
        if (!resealed.found)
            return AIS_OK;
        self->lines += resealed.lines;
        self->files += resealed.segment == 0 ? 1 : 0;
        self->segments += resealed.segment > 0 ? 1 : 0;
        if (resealed.segment > 0)
            tell_progress(self, resealed.segment);
    }
}

/* Sealed files that neither the log nor the store has: of actors that do not run now. */
struct others {
    char names[16][64];
    size_t count;
};

static void note_other(void *context, const char *name)
{
    struct others *others = context;
    size_t n = strlen(name);
    bool sealed = n > 4 && strcmp(name + n - 4, ".enc") == 0 && strncmp(name, "audit_logs.", 11) != 0;
    if (sealed && n < sizeof others->names[0] && others->count < N_ELEMS(others->names))
        snprintf(others->names[others->count++], sizeof others->names[0], "%s", name);
}

static enum ais_err reseal_others(struct rotation *self, struct ais_why *why)
{
    AUTO(ais_sealer_destroy) struct ais_sealer *sealer = NULL;
    struct others others = { .count = 0 };
    struct ais_sealed_again again;
    TRY(ais_sealer_new(self->ring, &sealer, why));
    TRY(ais_dir_list(self->dir, note_other, &others, why));
    for (size_t i = 0; i < others.count; i++) {
        TRY(ais_seal_again(self->dir, sealer, self->ring, others.names[i], &again, why));
        self->files++;
        self->lines += again.lines;
        self->unopened += again.unopened;
    }
    return AIS_OK;
}

/* ---- the command ---- */

static enum ais_err begin(struct rotation *self, const struct cli_call *call, struct ais_why *why)
{
    char *key = NULL;
    const char *path = cli_flag(call, "new-key-file");
    if (path != NULL)
        TRY(ais_given_secret_read(path, &key, why));
    enum ais_err err = ais_rotation_begin(self->writer.storage.store, key, &self->begun, why);
    ais_secret_free(key);
    return err;
}

static enum ais_err rotate(struct rotation *self, const struct cli_call *call, struct ais_why *why)
{
    struct ais_store *store = self->writer.storage.store;
    TRY(begin(self, call, why));
    ais_seal_log_turn(self->writer.storage.log);
    TRY(record(self, AIS_AUDIT_KEY_ROTATION_STARTED, why));
    TRY(ais_rotation_documents(store, why));
    TRY(reseal_others(self, why));
    TRY(reseal_log(self, why));
    TRY(ais_rotation_end(store, why));
    return record(self, AIS_AUDIT_KEY_ROTATED, why);
}

static enum ais_err print(const struct rotation *self, struct ais_why *why)
{
    AUTO(ais_buf_done) struct ais_buf out = { 0 };
    char id[AIS_KEY_ID_SIZE];
    bool given = ais_rotation_keys_given(self->writer.storage.store);
    ais_keyring_id(self->ring, ais_keyring_sealing(self->ring), id);
    if (self->json) {
        ais_jw_begin_object(&out, NULL);
        ais_jw_text(&out, "encryption_key", id);
        ais_jw_bool(&out, "resumed", !self->begun);
        ais_jw_bool(&out, "keys_given", given);
        ais_jw_u64(&out, "segments", self->segments);
        ais_jw_u64(&out, "files", self->files);
        ais_jw_u64(&out, "lines", self->lines);
        ais_jw_u64(&out, "unopened", self->unopened);
        ais_jw_end_object(&out);
        return cli_print(&out, why);
    }
    ais_buf_format(&out,
                   "everything is under key %s now: %llu segments of the audit log and %llu other files, %llu "
                   "lines sealed anew",
                   id, (unsigned long long)self->segments, (unsigned long long)self->files,
                   (unsigned long long)self->lines);
    if (self->unopened > 0)
        ais_buf_format(&out, "\n%llu damaged lines, which no key opens, stay as they are (audit verify names them)",
                       (unsigned long long)self->unopened);
    if (given)
        ais_buf_format(&out, "\nthe other keys may be taken out of OFFLINE_ENCRYPTION_KEY now");
    return cli_print(&out, why);
}

enum ais_err cli_key_rotate(struct cli_call *call, struct ais_why *why)
{
    struct rotation self = { .terminal = isatty(STDERR_FILENO) != 0 };
    TRY(cli_format(call, "json", &self.json, why));
    enum ais_err err = cli_writer_open(call->settings, "POST /api/v1/admin/key-rotation", &self.writer, why);
    if (err == AIS_OK) {
        self.dir = ais_store_dir(self.writer.storage.store);
        self.ring = ais_store_keyring(self.writer.storage.store);
        err = rotate(&self, call, why);
    }
    if (self.terminal && self.total > 0)
        fprintf(stderr, "\r\x1b[K");
    if (err == AIS_OK)
        err = print(&self, why);
    cli_writer_done(&self.writer);
    return err;
}
