#include "services/cli/handlers.h"
#include "services/cli/vault.h"
#include "shared/json/write.h"
#include "shared/log/log.h"
#include "shared/seal/log.h"
#include "shared/store/checkpoint_key.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

enum { PUBLIC_KEY_MOST = 4096 };

struct verification {
    bool json;
    struct ais_buf text; /* owned: the JSON answer, or one line */
    enum ais_err printed;
    struct ais_why why;
};

static void verification_done(struct verification *self)
{
    ais_buf_done(&self->text);
}

static void on_fault(void *context, const struct ais_seal_fault *fault)
{
    struct verification *self = context;
    if (self->json) {
        ais_jw_begin_object(&self->text, NULL);
        ais_jw_text(&self->text, "file", fault->file);
        ais_jw_u64(&self->text, "line", fault->line);
        ais_jw_u64(&self->text, "offset", fault->offset);
        ais_jw_text(&self->text, "message", fault->text);
        ais_jw_end_object(&self->text);
        return;
    }
    ais_buf_clear(&self->text);
    if (fault->line > 0)
        ais_buf_format(&self->text, "%s:%" PRIu64 ": %s", fault->file, fault->line, fault->text);
    else
        ais_buf_format(&self->text, "%s: %s", fault->file, fault->text);
    if (self->printed == AIS_OK)
        self->printed = cli_print(&self->text, &self->why);
}

static enum ais_err read_head(const char *text, struct ais_seal_head *ret, struct ais_why *why)
{
    struct ais_seal_head head = { .seq = 0 };
    size_t digits = strspn(text, "0123456789");
    for (size_t i = 0; i < digits && digits < 20; i++)
        head.seq = head.seq * 10 + (uint64_t)(text[i] - '0');
    if (digits == 0 || digits >= 20 || text[digits] != ':' ||
        !ais_digest_parse(text + digits + 1, strlen(text + digits + 1), head.hash))
        return ais_fail(why, AIS_E_USAGE,
                        "--expect-head: '%.100s' is not accepted; it takes SEQ:HASH as /readyz has it", text);
    *ret = head;
    return AIS_OK;
}

/* The public key that checkpoints are held against: the one that is given, else that of the data directory. */
static enum ais_err read_public(const struct cli_call *call, struct ais_dir *dir,
                                unsigned char key[AIS_CHECKPOINT_KEY_SIZE], bool *ret_known, struct ais_why *why)
{
    AUTO(ais_buf_done) struct ais_buf text = { 0 };
    const char *path = cli_flag(call, "checkpoint-key");
    if (path == NULL) {
        enum ais_err err = ais_checkpoint_public_read(dir, key, why);
        *ret_known = err == AIS_OK;
        return err == AIS_E_NOT_FOUND ? AIS_OK : err;
    }
    enum ais_err err = cli_read_file(path, PUBLIC_KEY_MOST, &text, why);
    if (err != AIS_OK && err != AIS_E_LIMIT)
        return err;
    if (err == AIS_E_LIMIT || !ais_checkpoint_key_parse(text.data != NULL ? text.data : "", text.length, key))
        return ais_fail(why, AIS_E_USAGE, "--checkpoint-key: '%.160s' holds no public key as checkpoint.key.pub has it",
                        path);
    *ret_known = true;
    return AIS_OK;
}

static void add_checkpoint(struct verification *self, const struct ais_seal_verdict *verdict)
{
    char hash[AIS_DIGEST_TEXT], key[AIS_DIGEST_TEXT];
    const struct ais_checkpoint *last = &verdict->checkpoint;
    ais_digest_text(last->chain.hash, hash);
    ais_digest_text(last->changes ? last->next : last->key, key);
    if (!self->json && verdict->checkpoints > 0) {
        ais_buf_format(&self->text, "\n%" PRIu64 " checkpoints, the last at %s:%" PRIu64 " over %" PRIu64 ":%s, %s",
                       verdict->checkpoints, verdict->checkpoint_file, verdict->checkpoint_line, last->chain.seq, hash,
                       last->time);
        return;
    }
    if (!self->json) {
        ais_buf_text(&self->text, "\nno checkpoints");
        return;
    }
    ais_jw_u64(&self->text, "checkpoints", verdict->checkpoints);
    if (verdict->checkpoints == 0)
        return;
    ais_jw_begin_object(&self->text, "last_checkpoint");
    ais_jw_u64(&self->text, "sequence", last->chain.seq);
    ais_jw_text(&self->text, "hash", hash);
    ais_jw_text(&self->text, "time", last->time);
    ais_jw_text(&self->text, "file", verdict->checkpoint_file);
    ais_jw_u64(&self->text, "line", verdict->checkpoint_line);
    ais_jw_text(&self->text, "key", key);
    ais_jw_end_object(&self->text);
}

static void add_verdict(struct verification *self, const struct ais_seal_verdict *verdict, bool expected, bool valid)
{
    char hash[AIS_DIGEST_TEXT], head[AIS_DIGEST_TEXT + 24];
    ais_digest_text(verdict->head.hash, hash);
    snprintf(head, sizeof head, "%" PRIu64 ":%s", verdict->head.seq, hash);
    if (self->json) {
        ais_jw_end_array(&self->text);
        ais_jw_bool(&self->text, "valid", valid);
        ais_jw_u64(&self->text, "fault_count", verdict->faults);
        ais_jw_u64(&self->text, "segments", verdict->segments);
        ais_jw_u64(&self->text, "commits", verdict->commits);
        ais_jw_u64(&self->text, "records", verdict->records);
        ais_jw_u64(&self->text, "first", verdict->first);
        ais_jw_u64(&self->text, "last", verdict->last);
        ais_jw_text(&self->text, "head", head);
        if (expected)
            ais_jw_bool(&self->text, "expected_head_found", verdict->head_found);
        add_checkpoint(self, verdict);
        ais_jw_end_object(&self->text);
        return;
    }
    ais_buf_clear(&self->text);
    ais_buf_format(&self->text,
                   "%s%s%s: %" PRIu64 " records (%" PRIu64 " to %" PRIu64 ") in %" PRIu64 " commits and %" PRIu64
                   " files, %" PRIu64 " faults\nhead %s",
                   cli_colour(valid ? AIS_GREEN : AIS_RED), valid ? "valid" : "NOT VALID", cli_colour(AIS_PLAIN),
                   verdict->records, verdict->first, verdict->last, verdict->commits, verdict->segments,
                   verdict->faults, head);
    add_checkpoint(self, verdict);
}

/* Signatures of nobody known prove nothing, and whoever exchanged a log could have deleted the key that tells. */
static void miss_public(struct verification *self, struct ais_seal_verdict *verdict)
{
    struct ais_seal_fault fault = { .file = AIS_CHECKPOINT_PUBLIC_FILE };
    snprintf(fault.text, sizeof fault.text,
             "is missing: whose checkpoints these are cannot be told; give the public "
             "key with --checkpoint-key");
    verdict->faults++;
    on_fault(self, &fault);
}

enum ais_err cli_audit_verify(struct cli_call *call, struct ais_why *why)
{
    AUTO(cli_vault_done) struct cli_vault vault = { NULL, NULL };
    AUTO(verification_done) struct verification self = { .printed = AIS_OK };
    const char *expect = cli_flag(call, "expect-head");
    struct ais_seal_head head;
    struct ais_seal_expected expected = { NULL, NULL };
    struct ais_seal_verdict verdict = { 0 };
    unsigned char key[AIS_CHECKPOINT_KEY_SIZE];
    bool key_known = false;
    TRY(cli_format(call, "json", &self.json, why));
    if (expect != NULL)
        TRY(read_head(expect, &head, why));
    TRY(cli_vault_open(call->settings, &vault, why));
    TRY(read_public(call, vault.dir, key, &key_known, why));
    if (self.json) {
        ais_jw_begin_object(&self.text, NULL);
        ais_jw_begin_array(&self.text, "faults");
    }
    expected.head = expect != NULL ? &head : NULL;
    expected.checkpoint_key = key_known ? key : NULL;
    TRY(ais_seal_log_verify(vault.dir, vault.ring, NULL, &expected, on_fault, &self, &verdict, why));
    if (!key_known && verdict.checkpoints > 0)
        miss_public(&self, &verdict);
    if (self.printed != AIS_OK)
        return ais_fail(why, self.printed, "%s", self.why.text);
    bool valid = verdict.faults == 0 && verdict.head_found;
    add_verdict(&self, &verdict, expect != NULL, valid);
    call->exit_code = valid ? CLI_DONE : CLI_NO;
    return cli_print(&self.text, why);
}
