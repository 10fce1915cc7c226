/* audit replay: recorded requests decided again, under other rulepacks.
 *
 * A decision is a pure function of the question and the snapshot, and a record holds both: the question as it is, the
 * snapshot as a digest. So a request that was recorded under the packs in force must be decided by them as recorded;
 * that is looked at first, and what is not is told as such. Where rules ask what a session did before, all of the log
 * is decided again, in its order, whatever the filter wants: each set of rules then has sessions of its own. (Calls of
 * one session that were on their way at the same time may have been decided in another order than they are recorded.)
 */
#include "services/cli/replay.h"
#include "services/cli/handlers.h"
#include "services/cli/packs.h"
#include "services/cli/replay_past.h"
#include "services/cli/replay_question.h"
#include "services/cli/search.h"
#include "services/cli/vault.h"
#include "shared/audit/mask.h"
#include "shared/audit/record.h"
#include "shared/log/log.h"
#include "shared/mem/secret.h"
#include "shared/store/mask_key.h"
#include "shared/sys/clock.h"

#include <limits.h>
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { REQUEST_MEMORY = 192 << 20, EXAMPLES = 3, FILES_MOST = 64 };

/* A set of rules, and what sessions did under it. */
struct judge {
    struct ais_policy *policy; /* owned */
    struct replay_past past;   /* owned */
};

struct replay {
    struct judge base, next; /* the packs in force; those with the ones that are tried */
    const struct ais_audit_filter *filter;
    struct ais_engine *engine;   /* owned */
    struct ais_arena *arena;     /* owned: a request's tree */
    unsigned char *mask_key;     /* owned; NULL: there is none */
    struct ais_mask *mask;       /* owned; NULL: there is no key */
    bool begun;                  /* the log is there from its first record on */
    struct replay_result result; /* owned */
};

static void replay_done(struct replay *self)
{
    replay_result_done(&self->result);
    replay_past_done(&self->base.past);
    replay_past_done(&self->next.past);
    ais_policy_unref(&self->base.policy);
    ais_policy_unref(&self->next.policy);
    ais_engine_destroy(&self->engine);
    ais_arena_destroy(&self->arena);
    ais_mask_destroy(&self->mask);
    ais_secret_free(self->mask_key);
}

/* ---- The packs ---- */

/* The packs that are tried, and what they are made of. */
struct tried {
    struct cli_packs stored;         /* owned */
    struct ais_pack_source *sources; /* owned; texts borrowed from stored and texts */
    size_t count;
    struct ais_buf texts[FILES_MOST]; /* owned */
    size_t text_count;
    struct ais_arena *arena; /* owned */
};

static void tried_done(struct tried *self)
{
    for (size_t i = 0; i < self->text_count; i++)
        ais_buf_done(&self->texts[i]);
    free(self->sources);
    ais_arena_destroy(&self->arena);
    cli_packs_done(&self->stored);
}

/* Prints what is wrong with a pack that is not accepted. */
static enum ais_err refuse(const struct ais_diagnostics *diagnostics)
{
    AUTO(ais_buf_done) struct ais_buf text = { 0 };
    cli_add_diagnostics(&text, diagnostics, false);
    if (text.length > 0 && !text.failed)
        fputs(text.data, stderr);
    return AIS_E_RULE;
}

/* The name inside a pack, which lives in the arena. */
static enum ais_err name_of(struct tried *self, const struct ais_pack_source *source, const char **ret,
                            struct ais_why *why)
{
    AUTO(ais_diagnostics_done) struct ais_diagnostics diagnostics = { 0 };
    const struct ais_rulepack *pack = NULL;
    enum ais_err err =
        ais_rulepack_read(self->arena, source->file, source->bytes, source->size, &pack, &diagnostics, why);
    if (err == AIS_E_RULE)
        return refuse(&diagnostics);
    TRY(err);
    *ret = pack->name;
    return AIS_OK;
}

/* Puts the file in the place of the pack of its name, or behind the others. */
static enum ais_err try_file(struct tried *self, const char *path, struct ais_why *why)
{
    if (self->text_count == FILES_MOST)
        return ais_fail(why, AIS_E_USAGE, "--rulepack: more than %d files", FILES_MOST);
    struct ais_buf *text = &self->texts[self->text_count++];
    const char *name = NULL, *other = NULL;
    TRY(cli_read_file(path, AIS_RULEPACK_BYTES_MAX, text, why));
    const struct ais_pack_source source = {
        .file = path, .bytes = text->data, .size = text->length, .enabled = true, .kind = AIS_PACK_CUSTOM
    };
    TRY(name_of(self, &source, &name, why));
    for (size_t i = 0; i < self->count; i++) {
        TRY(name_of(self, &self->sources[i], &other, why));
        if (strcmp(name, other) == 0) {
            self->sources[i] = source;
            return AIS_OK;
        }
    }
    self->sources[self->count++] = source;
    return AIS_OK;
}

/* like: a policy that has most of the same rules, or NULL. */
static enum ais_err compile(const struct ais_settings *settings, const struct ais_pack_source *sources, size_t count,
                            const struct ais_policy *like, struct judge *ret, struct ais_why *why)
{
    AUTO(ais_diagnostics_done) struct ais_diagnostics diagnostics = { 0 };
    struct ais_policy_options options = cli_packs_options(settings);
    options.like = like;
    enum ais_err err = ais_policy_compile(sources, count, &options, &ret->policy, &diagnostics, why);
    if (err == AIS_E_RULE)
        return refuse(&diagnostics);
    TRY(err);
    return replay_past_init(&ret->past, ret->policy, why);
}

static enum ais_err compile_both(struct replay *self, const struct cli_call *call, struct ais_why *why)
{
    AUTO(tried_done) struct tried tried = { .arena = ais_arena_new(0) };
    const char *path = NULL;
    TRY(cli_packs_read(call, &tried.stored, why));
    tried.sources = calloc(tried.stored.count + FILES_MOST, sizeof *tried.sources);
    if (tried.arena == NULL || tried.sources == NULL)
        return ais_fail(why, AIS_E_NOMEM, "no memory for rulepacks");
    for (; tried.count < tried.stored.count; tried.count++)
        tried.sources[tried.count] = tried.stored.sources[tried.count];
    TRY(compile(call->settings, tried.sources, tried.count, NULL, &self->base, why));
    for (size_t at = 0; (path = cli_flag_next(call, "rulepack", &at)) != NULL;)
        TRY(try_file(&tried, path, why));
    TRY(compile(call->settings, tried.sources, tried.count, self->base.policy, &self->next, why));
    self->result.base = ais_policy_digest(self->base.policy);
    self->result.next = ais_policy_digest(self->next.policy);
    self->result.default_action = ais_action_text(cli_packs_options(call->settings).default_action);
    self->result.source = ais_source_text(call->settings->sources[AIS_SETTING_DEFAULT_ACTION]);
    return AIS_OK;
}

/* ---- One record ---- */

static bool is_action(const struct ais_json *record, enum ais_action action)
{
    const struct ais_json *decision = ais_json_get(record, "decision");
    return decision != NULL && ais_json_is(decision, ais_action_text(action));
}

/* Whether what is decided now is what was recorded, for the same reasons. */
static bool is_as_recorded(const struct ais_json *record, const struct ais_decision *decision)
{
    const struct ais_json *rules = ais_json_get(record, "rules"), *rule = rules != NULL ? rules->first : NULL;
    if (!is_action(record, decision->action))
        return false;
    for (size_t i = 0; i < decision->match_count; i++, rule = rule->next) {
        const struct ais_match *match = &decision->matches[i];
        const struct ais_json *id = ais_json_get(rule, "rule"), *pack = ais_json_get(rule, "rulepack");
        if (rule == NULL || id == NULL || pack == NULL || !ais_json_is(id, match->rule) ||
            !ais_json_is(pack, match->pack))
            return false;
    }
    return rule == NULL;
}

/* Whether the decision is the same whatever the session did that correlations count: because none of them was asked. */
static enum ais_err decide_without_past(struct replay *self, const struct judge *judge,
                                        const struct ais_question *asked, struct ais_decision *ret, bool *ret_sure,
                                        struct ais_why *why)
{
    struct ais_question question = *asked;
    struct ais_session session = *asked->session;
    session.deferred = true;
    question.session = &session;
    TRY(ais_decide(self->engine, judge->policy, &question, ret, why));
    *ret_sure = !ret->wants_session;
    return AIS_OK;
}

/* Decides under a set of rules, and lets its session remember. *ret_known: what it asked of the session's past was. */
static enum ais_err judge(struct replay *self, struct judge *judge, const struct replay_call *call,
                          const struct ais_question *asked, struct ais_decision *ret, bool *ret_known,
                          struct ais_why *why)
{
    struct ais_question question = *asked;
    TRY(replay_past_find(&judge->past, call, &question.session, ret_known, why));
    bool known = *ret_known;
    if (!known && judge->past.facts_known)
        TRY(decide_without_past(self, judge, &question, ret, ret_known, why));
    if (known || !*ret_known)
        TRY(ais_decide(self->engine, judge->policy, &question, ret, why));
    replay_past_add(&judge->past, call, ret);
    return AIS_OK;
}

/* What cannot be decided again happened all the same. */
static enum ais_err pass_over(struct judge *judge, const struct replay_call *call, struct ais_why *why)
{
    const struct ais_session *session = NULL;
    bool known = false;
    TRY(replay_past_find(&judge->past, call, &session, &known, why));
    replay_past_add(&judge->past, call, NULL);
    return AIS_OK;
}

static enum ais_err check_in_force(struct replay *self, const struct ais_json *record,
                                   const struct ais_decision *decision, const char *id, struct ais_why *why)
{
    self->result.checked++;
    if (is_as_recorded(record, decision))
        return AIS_OK;
    self->result.mismatched++;
    if (!replay_example(&self->result.mismatches, self->result.wanted_examples, id))
        return ais_fail(why, AIS_E_NOMEM, "no memory for examples");
    return AIS_OK;
}

static enum ais_err count_rule(struct replay *self, struct replay_tally *tally, const char *pack, const char *rule,
                               const char *id, struct ais_why *why)
{
    struct replay_rule *entry = replay_rule(tally, pack, rule);
    if (entry == NULL || !replay_example(&entry->examples, self->result.wanted_examples, id))
        return ais_fail(why, AIS_E_NOMEM, "no memory for rules");
    entry->count++;
    return AIS_OK;
}

/* What is allowed now was not because of the rules in the record. */
static enum ais_err blame_recorded(struct replay *self, struct replay_tally *tally, const struct ais_json *record,
                                   const char *id, size_t *ret_count, struct ais_why *why)
{
    const char *action = ais_json_get_text(record, "decision");
    const struct ais_json *rules = ais_json_get(record, "rules");
    for (const struct ais_json *rule = rules != NULL ? rules->first : NULL; rule != NULL; rule = rule->next) {
        const char *pack = ais_json_get_text(rule, "rulepack"), *name = ais_json_get_text(rule, "rule");
        const struct ais_json *its = ais_json_get(rule, "action"), *mode = ais_json_get(rule, "mode");
        if (pack == NULL || name == NULL || its == NULL || !ais_json_is(its, action) ||
            (mode != NULL && !ais_json_is(mode, ais_mode_text(AIS_MODE_ENFORCE))))
            continue;
        (*ret_count)++;
        TRY(count_rule(self, tally, pack, name, id, why));
    }
    return AIS_OK;
}

static enum ais_err blame_matches(struct replay *self, struct replay_tally *tally, const struct ais_decision *decision,
                                  const char *id, size_t *ret_count, struct ais_why *why)
{
    for (size_t i = 0; i < decision->match_count; i++) {
        const struct ais_match *match = &decision->matches[i];
        if (match->mode != AIS_MODE_ENFORCE || match->action != decision->action)
            continue;
        (*ret_count)++;
        TRY(count_rule(self, tally, match->pack, match->rule, id, why));
    }
    return AIS_OK;
}

static enum ais_err compare(struct replay *self, const struct ais_json *record, const struct ais_decision *decision,
                            const char *id, struct ais_why *why)
{
    static const enum replay_change changes[AIS_ACTION_COUNT] = {
#define X(change, word, words, action) [AIS_ACTION_##action] = (change),
        REPLAY_CHANGES(X)
#undef X
    };
    if (is_action(record, decision->action))
        return AIS_OK;
    struct replay_tally *tally = &self->result.changes[changes[decision->action]];
    size_t rules = 0;
    tally->count++;
    if (decision->action == AIS_ACTION_ALLOW)
        TRY(blame_recorded(self, tally, record, id, &rules, why));
    else
        TRY(blame_matches(self, tally, decision, id, &rules, why));
    return rules > 0 ? AIS_OK : count_rule(self, tally, NULL, NULL, id, why);
}

/* The call that a record is about. False: it has no id as ours are. */
static bool call_of(struct replay *self, const struct cli_found *found, struct replay_call *ret)
{
    const struct ais_json *record = found->record, *session = ais_audit_session(record);
    const struct ais_json *key = ais_json_get(ais_json_get(record, "caller"), "key_id");
    const char *id = ais_json_get_text(record, "decision_id"), *time = ais_json_get_text(record, "time");
    struct ais_id parsed;
    size_t n = 0;
    *ret = (struct replay_call){ .record = record, .begun = self->begun };
    if (session != NULL)
        replay_call_session(ret, self->mask, session);
    if (key != NULL && key->text != NULL)
        ret->key = (struct ais_span){ key->text, key->length };
    if (id == NULL || time == NULL || ais_clock_parse(time, 0, &ret->received_ns) != 0 ||
        sodium_hex2bin(parsed.bytes, sizeof parsed.bytes, id, strlen(id), "-", &n, NULL) != 0 ||
        n != sizeof parsed.bytes)
        return false;
    ret->id = ais_session_call_of(&parsed);
    return true;
}

/* Nobody remembers sessions of what was decided without a server, nor those whose ids hold a NUL. */
static bool was_remembered(const struct replay *self, const struct replay_call *call)
{
    const struct ais_json *source = ais_json_get(call->record, "source");
    bool needed = self->base.past.sessions != NULL || self->next.past.sessions != NULL;
    bool named = call->session.size == 0 || memchr(call->session.data, '\0', call->session.size) == NULL;
    return !needed || (named && (source == NULL || !ais_json_is(source, "cli")));
}

/* Decides again what can be; wanted: it counts. */
static enum ais_err replay_call(struct replay *self, const struct cli_found *found, const struct replay_call *call,
                                const struct ais_question *question, bool wanted, struct ais_why *why)
{
    const struct ais_json *snapshot = ais_json_get(found->record, "snapshot");
    const char *id = ais_json_get_text(found->record, "decision_id");
    struct ais_decision decision;
    bool in_force = snapshot != NULL && ais_json_is(snapshot, self->result.base), known = true;
    if (in_force || self->base.past.sessions != NULL) {
        TRY(judge(self, &self->base, call, question, &decision, &known, why));
        if (wanted && known && in_force)
            TRY(check_in_force(self, found->record, &decision, id, why));
    }
    TRY(judge(self, &self->next, call, question, &decision, &known, why));
    if (!wanted)
        return AIS_OK;
    if (!known) {
        self->result.refused[REPLAY_SESSION]++;
        return AIS_OK;
    }
    self->result.judged++;
    return compare(self, found->record, &decision, id, why);
}

static enum ais_err replay_record(void *context, const struct cli_found *found, struct ais_why *why)
{
    struct replay *self = context;
    struct ais_request request;
    struct ais_question question;
    struct replay_call call;
    bool wanted = ais_audit_filter_match(self->filter, found->record, found->bytes, found->n);
    self->begun = found->first == 1;
    enum replay_refusal refusal = replay_question(self->arena, found, &request, &question);
    self->result.decisions += wanted;
    if (!call_of(self, found, &call)) {
        self->result.refused[REPLAY_UNREADABLE] += wanted;
        return AIS_OK;
    }
    if (refusal == REPLAY_JUDGED && !was_remembered(self, &call))
        refusal = REPLAY_SESSION;
    if (refusal == REPLAY_JUDGED)
        return replay_call(self, found, &call, &question, wanted, why);
    self->result.refused[refusal] += wanted;
    if (refusal == REPLAY_UNDECIDED || !was_remembered(self, &call))
        return AIS_OK;
    TRY(pass_over(&self->base, &call, why));
    return pass_over(&self->next, &call, why);
}

/* ---- The command ---- */

static enum ais_err read_examples(const struct cli_call *call, size_t *ret, struct ais_why *why)
{
    const char *text = cli_flag(call, "examples");
    *ret = EXAMPLES;
    if (text == NULL)
        return AIS_OK;
    size_t digits = strspn(text, "0123456789");
    unsigned long number = digits > 0 && digits <= 3 && text[digits] == '\0' ? strtoul(text, NULL, 10) : ULONG_MAX;
    if (number > REPLAY_EXAMPLES_MOST)
        return ais_fail(why, AIS_E_USAGE, "--examples: '%.20s' is not accepted; it takes a number from 0 to %d", text,
                        REPLAY_EXAMPLES_MOST);
    *ret = number;
    return AIS_OK;
}

/* In the order in which they were made, and without an end. */
static void want_decisions(struct ais_audit_filter *filter)
{
    filter->events = UINT64_C(1) << AIS_AUDIT_DECISION;
    filter->ascending = true;
    filter->limit = SIZE_MAX;
}

/* All decisions that the flags want. */
static enum ais_err read_filter(const struct cli_call *call, struct ais_audit_filter *ret, struct ais_why *why)
{
    TRY(cli_search_filter(call, ret, why));
    if ((ret->given & 1U << AIS_AUDIT_PARAMETER_event) != 0 && ret->events != UINT64_C(1) << AIS_AUDIT_DECISION)
        return ais_fail(why, AIS_E_USAGE, "--event: only records of 'decision' can be decided again");
    want_decisions(ret);
    return AIS_OK;
}

/* Where nothing was masked yet there is no key, and none is needed. */
static enum ais_err read_mask_key(struct replay *self, const struct cli_call *call, struct ais_why *why)
{
    AUTO(cli_vault_done) struct cli_vault vault = { NULL, NULL };
    TRY(cli_vault_open_dir(call->settings, &vault, why));
    enum ais_err err = ais_mask_key_open(vault.dir, false, &self->mask_key, why);
    if (err == AIS_E_NOT_FOUND)
        return AIS_OK;
    TRY(err);
    return ais_mask_new(NULL, self->mask_key, &self->mask, why);
}

enum ais_err cli_audit_replay(struct cli_call *call, struct ais_why *why)
{
    AUTO(replay_done) struct replay self = { .filter = NULL };
    AUTO(ais_buf_done) struct ais_buf text = { 0 };
    struct ais_audit_filter filter, all;
    struct cli_search_result found = { 0 };
    bool json = false;
    TRY(cli_format(call, "json", &json, why));
    TRY(read_examples(call, &self.result.wanted_examples, why));
    TRY(read_filter(call, &filter, why));
    ais_audit_filter_init(&all);
    want_decisions(&all);
    self.engine = ais_engine_new();
    self.arena = ais_arena_new(REQUEST_MEMORY);
    if (self.engine == NULL || self.arena == NULL)
        return ais_fail(why, AIS_E_NOMEM, "no memory for requests");
    TRY(compile_both(&self, call, why));
    TRY(read_mask_key(&self, call, why));
    self.filter = &filter;
    bool needs_all = self.base.past.sessions != NULL || self.next.past.sessions != NULL;
    TRY(cli_search(call->settings, needs_all ? &all : &filter, "replaying", replay_record, &self, &found, why));
    (json ? replay_write_json : replay_write_text)(&self.result, &text);
    TRY(cli_print(&text, why));
    if (replay_would_change(&self.result))
        call->exit_code = CLI_NO;
    cli_search_damage(call, found.damaged);
    return AIS_OK;
}
