#include "services/cli/local.h"

#include "services/cli/packs.h"
#include "services/cli/writer.h"
#include "shared/audit/mask.h"
#include "shared/policy/explain/explain.h"
#include "shared/store/policy_cache.h"
#include "shared/sys/clock.h"
#include "shared/sys/random.h"

#include <stdlib.h>

enum { REQUEST_MEMORY = 192 << 20 };

/* What a decision needs, and what of it has to be recorded. */
struct local {
    struct ais_settings *settings; /* borrowed */
    struct cli_writer writer;      /* owned: store and log */
    struct ais_policy *policy;     /* owned */
    struct ais_engine *engine;     /* owned */
    struct ais_arena *arena;       /* owned: the request's tree */
    struct ais_request request;
    const struct ais_buf *body; /* borrowed */
    bool explain;
    struct ais_buf record; /* owned */
    int64_t received_ns;
    char decision_id[AIS_UUID_SIZE];
};

static void local_done(struct local *self)
{
    ais_engine_destroy(&self->engine);
    ais_policy_unref(&self->policy);
    ais_arena_destroy(&self->arena);
    ais_buf_done(&self->record);
    cli_writer_done(&self->writer);
}

static enum ais_err read_request(struct local *self, struct ais_why *why)
{
    self->arena = ais_arena_new(REQUEST_MEMORY);
    self->engine = ais_engine_new();
    if (self->arena == NULL || self->engine == NULL)
        return ais_fail(why, AIS_E_NOMEM, "no memory for a request");
    return ais_request_read(self->arena, self->body->data, self->body->length, &self->request, NULL, why);
}

static enum ais_err compile_packs(struct local *self, struct ais_why *why)
{
    struct ais_policy_options options = cli_packs_options(self->settings);
    AUTO(ais_pack_list_done) struct ais_pack_list list = { 0 };
    AUTO(ais_diagnostics_done) struct ais_diagnostics diagnostics = { 0 };
    enum ais_mirrored *fates = calloc(ais_bundled_pack_count, sizeof *fates);
    struct ais_pack_source *sources = NULL;
    if (fates == NULL)
        return ais_fail(why, AIS_E_NOMEM, "no memory for rulepacks");
    enum ais_err err =
        ais_packs_mirror(self->writer.storage.store, ais_bundled_packs, ais_bundled_pack_count, fates, why);
    free(fates);
    TRY(err);
    TRY(ais_packs_read(self->writer.storage.store, &list, why));
    TRY(cli_packs_of(&list, &sources, why));
    options.brief = true;
    err = ais_policy_compile_kept(self->writer.storage.store, sources, list.count, &options, &self->policy,
                                  &diagnostics, why);
    free(sources);
    return err;
}

/* An approval token is refused as invalid until there are approvals. What a session did before is known to a server. */
static struct ais_question question_of(const struct local *self)
{
    static const char elsewhere[] = "only a server remembers it: ask one with --url";
    static const struct ais_session session = { .unknown = elsewhere, .known_since_ns = INT64_MAX, .gap = elsewhere };
    return (struct ais_question){
        .request = &self->request,
        .caller = { .name = "cli" },
        .received_ns = self->received_ns,
        .token = self->request.approval_token != NULL ? AIS_TOKEN_INVALID : AIS_TOKEN_NONE,
        .session = self->request.session_id != NULL ? &session : NULL,
    };
}

static void write_record(struct local *self, const struct ais_decision *decision, const char *error,
                         int64_t evaluation_ns)
{
    unsigned char digest[AIS_DIGEST_SIZE];
    ais_digest(self->body->data, self->body->length, digest);
    struct ais_audit_decision record = {
        .decision = decision,
        .error = error,
        .caller = {.name = "cli"      },
        .user_id = ais_audit_text_of(self->request.user_id),
        .session_id = ais_audit_text_of(self->request.session_id),
        .agent_id = ais_audit_text_of(self->request.agent_id),
        .environment = ais_audit_text_of(self->request.environment),
        .tool = ais_audit_text_of(self->request.tool_name),
        .evaluator = ais_audit_text("cli"),
        .request = { self->body->data, self->body->length },
        .request_is_json = true,
        .decision_id = self->decision_id,
        .snapshot = ais_policy_digest(self->policy),
        .request_digest = digest,
        .received_ns = self->received_ns,
        .attempt = 1,
        .evaluation_us = (uint32_t)(evaluation_ns / 1000),
        .explained = self->explain,
        .source = AIS_AUDIT_CLI,
    };
    if (ais_masker_apply(self->writer.masker, self->request.body, &record, NULL) == AIS_OK)
        ais_audit_write_decision(&self->record, &record);
    else
        self->record.failed = true;
}

static void explain(struct local *self, const struct ais_question *question, const struct ais_decision *decision,
                    struct ais_buf *answer)
{
    struct ais_withheld withheld = { 0 };
    ais_masker_withhold(self->writer.masker, question->request, &withheld);
    ais_explain(self->engine, question, decision, &withheld, answer);
}

static enum ais_err decide_and_record(struct local *self, struct ais_buf *answer, bool *ret_allowed,
                                      struct ais_why *why)
{
    struct ais_decision decision;
    struct ais_why reason = { 0 };
    uint8_t id[16];
    self->received_ns = ais_clock_wall();
    ais_random_uuid7(self->received_ns, id);
    ais_uuid_text(id, self->decision_id);
    const struct ais_question question = question_of(self);
    ais_engine_time(self->engine, self->explain ? ais_clock_mono : NULL);
    ais_engine_key(self->engine, ais_masker_key(self->writer.masker));
    int64_t began = ais_clock_mono();
    enum ais_err err = ais_decide(self->engine, self->policy, &question, &decision, &reason);
    ais_buf_clear(answer);
    if (err == AIS_OK) {
        ais_decision_write(answer, &decision, self->decision_id);
        if (self->explain)
            explain(self, &question, &decision, answer);
        if (answer->failed)
            err = ais_fail(&reason, AIS_E_NOMEM, "no memory for the answer");
    }
    write_record(self, err == AIS_OK ? &decision : NULL, err == AIS_OK ? NULL : reason.text, ais_clock_mono() - began);
    TRY(cli_writer_record(&self->writer, &self->record, why));
    if (err != AIS_OK)
        return ais_fail(why, err, "%s", reason.text);
    *ret_allowed = decision.allowed;
    return AIS_OK;
}

enum ais_err cli_decide_here(struct ais_settings *settings, const struct ais_buf *body, bool explain,
                             struct ais_buf *answer, bool *ret_allowed, struct ais_why *why)
{
    AUTO(local_done) struct local self = { .settings = settings, .body = body, .explain = explain };
    TRY(read_request(&self, why));
    TRY(cli_writer_open(settings, "preflight --url URL (POST /api/v1/preflight) or --zmq-endpoint", &self.writer, why));
    TRY(compile_packs(&self, why));
    return decide_and_record(&self, answer, ret_allowed, why);
}
