#include "shared/store/pack_change.h"

#include "shared/json/write.h"
#include "shared/store/packs_private.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

static const struct {
    const char *word, *done;
} acts[] = {
#define X(act, word, done) [act] = { (word), (done) },
    AIS_PACK_ACTS(X)
#undef X
};

const char *ais_pack_act_word(enum ais_pack_act act)
{
    return acts[act].word;
}

const char *ais_pack_act_done(enum ais_pack_act act)
{
    return acts[act].done;
}

void ais_pack_outcome_done(struct ais_pack_outcome *outcome)
{
    ais_arena_destroy(&outcome->arena);
    ais_diagnostics_done(&outcome->faults);
    ais_rule_results_destroy(&outcome->results);
    *outcome = (struct ais_pack_outcome){ 0 };
}

/* A change while it is made. */
struct editing {
    struct ais_store *store;              /* borrowed, as what follows */
    const struct ais_pack_change *change; /* what is wished */
    ais_pack_check *check;
    void *arg;
    struct ais_pack_outcome *outcome;
    struct ais_pack_list list;    /* owned: the packs, as they would be */
    struct ais_stored_pack *pack; /* the one that is changed, in list; NULL before it is found, or when it is removed */
};

static void editing_done(struct editing *self)
{
    ais_pack_list_done(&self->list);
}

static enum ais_err refuse(struct editing *self, enum ais_pack_fate fate, struct ais_why *why, const char *format, ...)
    __attribute__((format(printf, 4, 5)));

static enum ais_err refuse(struct editing *self, enum ais_pack_fate fate, struct ais_why *why, const char *format, ...)
{
    char text[sizeof why->text];
    va_list args;
    va_start(args, format);
    vsnprintf(text, sizeof text, format, args);
    va_end(args);
    self->outcome->fate = fate;
    return ais_fail(why, AIS_E_RULE, "%s", text);
}

/* ---- texts ---- */

static const char *keep(struct ais_arena *arena, const char *bytes, size_t n, bool *missing)
{
    const char *copy = bytes != NULL ? ais_arena_copy(arena, bytes, n) : NULL;
    *missing = *missing || (bytes != NULL && copy == NULL);
    return copy;
}

static const char *keep_text(struct ais_arena *arena, const char *text, bool *missing)
{
    return keep(arena, text, text != NULL ? strlen(text) : 0, missing);
}

/* What the outcome tells of a pack, in its own memory. */
static enum ais_err tell(struct ais_pack_outcome *outcome, const struct ais_stored_pack *pack, struct ais_why *why)
{
    bool missing = false;
    outcome->name = keep_text(outcome->arena, pack->name, &missing);
    outcome->version = keep_text(outcome->arena, pack->version, &missing);
    outcome->checksum = keep_text(outcome->arena, pack->checksum, &missing);
    outcome->enabled = pack->enabled;
    return missing ? ais_fail(why, AIS_E_NOMEM, "rulepack") : AIS_OK;
}

/* ---- checks ---- */

/* A fault that was noted is a judgement of the pack; any other error is none. */
static enum ais_err judge(struct editing *self, enum ais_err err)
{
    if (err == AIS_E_RULE)
        self->outcome->fate = AIS_PACK_FAULTY;
    return err;
}

static enum ais_err refuse_tests(struct editing *self, struct ais_why *why)
{
    size_t count = 0, at = 0;
    const struct ais_rule_result *rows = ais_rule_results_rows(self->outcome->results, &count);
    while (rows[at].passed)
        at++;
    return refuse(self, AIS_PACK_UNTRUE, why,
                  "%zu of its %zu tests failed; line %u: rule '%.64s', test '%.64s' expects %s and got %s",
                  ais_rule_results_failed(self->outcome->results), count, (unsigned)rows[at].line, rows[at].rule,
                  rows[at].test, ais_action_text(rows[at].expect), ais_action_text(rows[at].got));
}

static enum ais_err run_tests(struct editing *self, const char *file, struct ais_why *why)
{
    const struct ais_pack_source source = { .file = file,
                                            .bytes = self->pack->source,
                                            .size = self->pack->source_size,
                                            .enabled = true,
                                            .kind = self->pack->kind };
    TRY(judge(self, ais_rulepack_test(&source, &self->outcome->results, &self->outcome->faults, why)));
    return ais_rule_results_failed(self->outcome->results) == 0 ? AIS_OK : refuse_tests(self, why);
}

static enum ais_err check_room(struct editing *self, struct ais_why *why)
{
    size_t bytes = 0;
    for (size_t i = 0; i < self->list.count; i++)
        bytes += self->list.packs[i].source_size + self->list.packs[i].previous_size;
    if (self->list.count > AIS_PACKS_MOST)
        return refuse(self, AIS_PACK_CONFLICT, why, "the store holds %d rulepacks and takes no more: remove one",
                      AIS_PACKS_MOST);
    if (bytes > AIS_PACKS_BYTES_MOST)
        return refuse(self, AIS_PACK_CONFLICT, why,
                      "all rulepacks and their previous versions together would be over %d MiB: remove one",
                      AIS_PACKS_BYTES_MOST >> 20);
    return AIS_OK;
}

/* ---- acts ---- */

static enum ais_err check_version(struct editing *self, const struct ais_stored_pack *stored,
                                  const struct ais_rulepack *read, struct ais_why *why)
{
    if (stored->kind == AIS_PACK_SYSTEM)
        return refuse(self, AIS_PACK_CONFLICT, why, "'%s' is a system rulepack: give yours another name", stored->name);
    if (ais_version_compare(read->version, stored->version) <= 0)
        return refuse(self, AIS_PACK_CONFLICT, why, "rulepack '%s' is stored in version %s, and %s is not newer",
                      stored->name, stored->version, read->version);
    return AIS_OK;
}

/* The list's array has room for one more. */
static void put(struct editing *self, struct ais_stored_pack *stored, const struct ais_stored_pack *fresh)
{
    self->pack = stored != NULL ? stored : &self->list.packs[self->list.count++];
    if (stored != NULL)
        ais_pack_replace(stored, fresh);
    else
        *self->pack = *fresh;
}

static enum ais_err add(struct editing *self, struct ais_why *why)
{
    const struct ais_pack_change *change = self->change;
    struct ais_pack_outcome *outcome = self->outcome;
    const struct ais_rulepack *read = NULL;
    char checksum[AIS_PACK_CHECKSUM_SIZE];
    TRY(judge(self, ais_rulepack_read(outcome->arena, change->name, change->source, change->source_size, &read,
                                      &outcome->faults, why)));
    ais_pack_checksum(change->source, change->source_size, checksum);
    outcome->name = read->name;
    outcome->version = read->version;
    outcome->checksum = ais_arena_copy(outcome->arena, checksum, sizeof checksum - 1);
    if (outcome->checksum == NULL)
        return ais_fail(why, AIS_E_NOMEM, "rulepack");
    struct ais_stored_pack *stored = ais_packs_find(&self->list, read->name);
    if (stored != NULL)
        TRY(check_version(self, stored, read, why));
    outcome->replaced = stored != NULL ? stored->version : NULL;
    put(self, stored,
        &(struct ais_stored_pack){ .name = read->name,
                                   .version = read->version,
                                   .kind = AIS_PACK_CUSTOM,
                                   .enabled = true,
                                   .checksum = outcome->checksum,
                                   .source = change->source,
                                   .source_size = change->source_size });
    TRY(check_room(self, why));
    return run_tests(self, change->name, why);
}

static enum ais_err set_enabled(struct editing *self, bool enabled, struct ais_why *why)
{
    if (self->pack->enabled == enabled) {
        self->outcome->fate = AIS_PACK_SAME;
        return AIS_OK;
    }
    self->pack->enabled = enabled;
    return enabled ? run_tests(self, self->pack->name, why) : AIS_OK;
}

static enum ais_err enable(struct editing *self, struct ais_why *why)
{
    return set_enabled(self, true, why);
}

static enum ais_err disable(struct editing *self, struct ais_why *why)
{
    return set_enabled(self, false, why);
}

static enum ais_err remove_pack(struct editing *self, struct ais_why *why)
{
    if (self->pack->kind == AIS_PACK_SYSTEM)
        return refuse(self, AIS_PACK_CONFLICT, why, "'%s' is a system rulepack: it can be disabled, not removed",
                      self->pack->name);
    *self->pack = self->list.packs[--self->list.count];
    self->pack = NULL;
    return AIS_OK;
}

static enum ais_err roll_back(struct editing *self, struct ais_why *why)
{
    char checksum[AIS_PACK_CHECKSUM_SIZE];
    struct ais_stored_pack *pack = self->pack, fresh = *pack;
    if (pack->previous_version == NULL)
        return refuse(self, AIS_PACK_CONFLICT, why, "no version before %s of rulepack '%s' is stored", pack->version,
                      pack->name);
    ais_pack_checksum(pack->previous_source, pack->previous_size, checksum);
    fresh.version = pack->previous_version;
    fresh.source = pack->previous_source;
    fresh.source_size = pack->previous_size;
    fresh.checksum = ais_arena_copy(self->list.arena, checksum, sizeof checksum - 1);
    if (fresh.checksum == NULL)
        return ais_fail(why, AIS_E_NOMEM, "rulepack");
    self->outcome->replaced = pack->version;
    ais_pack_replace(pack, &fresh);
    return run_tests(self, pack->name, why);
}

static enum ais_err act(struct editing *self, struct ais_why *why)
{
    static enum ais_err (*const table[])(struct editing * self, struct ais_why * why) = {
        [AIS_PACK_ADD] = add,
        [AIS_PACK_ENABLE] = enable,
        [AIS_PACK_DISABLE] = disable,
        [AIS_PACK_REMOVE] = remove_pack,
        [AIS_PACK_ROLLBACK] = roll_back,
    };
    return table[self->change->act](self, why);
}

/* All but a new one are about a pack that is there. */
static enum ais_err find(struct editing *self, struct ais_why *why)
{
    if (self->change->act == AIS_PACK_ADD)
        return AIS_OK;
    self->pack = ais_packs_find(&self->list, self->change->name);
    if (self->pack == NULL)
        return refuse(self, AIS_PACK_UNKNOWN, why, "there is no rulepack '%.80s'", self->change->name);
    return tell(self->outcome, self->pack, why);
}

/* ---- one transaction ---- */

/* Every text in the list's own memory: it may outlive the document's tree and what was uploaded. */
static enum ais_err keep_list(struct ais_pack_list *list, struct ais_why *why)
{
    bool missing = false;
    for (size_t i = 0; i < list->count; i++) {
        struct ais_stored_pack *pack = &list->packs[i];
        pack->name = keep_text(list->arena, pack->name, &missing);
        pack->version = keep_text(list->arena, pack->version, &missing);
        pack->checksum = keep_text(list->arena, pack->checksum, &missing);
        pack->source = keep(list->arena, pack->source, pack->source_size, &missing);
        pack->previous_version = keep_text(list->arena, pack->previous_version, &missing);
        pack->previous_source = keep(list->arena, pack->previous_source, pack->previous_size, &missing);
    }
    return missing ? ais_fail(why, AIS_E_NOMEM, "rulepacks") : AIS_OK;
}

/* The act, and what the outcome tells of it, whether it is refused or not. */
static enum ais_err act_and_tell(struct editing *self, struct ais_why *why)
{
    struct ais_pack_outcome *outcome = self->outcome;
    bool missing = false;
    TRY(find(self, why));
    enum ais_err err = act(self, why);
    outcome->replaced = keep_text(outcome->arena, outcome->replaced, &missing);
    if (missing)
        return ais_fail(why, AIS_E_NOMEM, "rulepack");
    TRY(err);
    return self->pack != NULL ? tell(outcome, self->pack, why) : AIS_OK;
}

static enum ais_err edit(void *arg, const struct ais_json *now, struct ais_buf *next, struct ais_why *why)
{
    struct editing *self = arg;
    TRY(ais_packs_of(&self->list, now, 1, why));
    TRY(act_and_tell(self, why));
    if (self->outcome->fate == AIS_PACK_SAME)
        return AIS_OK;
    ais_packs_write(next, self->list.packs, self->list.count); /* sorts: self->pack points elsewhere now */
    self->list.generation = ais_store_generation(self->store, AIS_DOCUMENT_RULEPACKS) + 1;
    TRY(keep_list(&self->list, why));
    return judge(self, self->check(self->arg, &self->list, &self->outcome->faults, why));
}

enum ais_err ais_packs_change(struct ais_store *store, const struct ais_pack_change *change, ais_pack_check *check,
                              void *arg, struct ais_pack_outcome *outcome, struct ais_why *why)
{
    AUTO(editing_done)
    struct editing self = {
        .store = store, .change = change, .check = check, .arg = arg, .outcome = outcome, .list.arena = ais_arena_new(0)
    };
    outcome->arena = ais_arena_new(0);
    if (self.list.arena == NULL || outcome->arena == NULL)
        return ais_fail(why, AIS_E_NOMEM, "rulepacks");
    TRY(ais_store_change(store, AIS_DOCUMENT_RULEPACKS, edit, &self, NULL, why));
    if (outcome->fate == AIS_PACK_UNJUDGED)
        outcome->fate = AIS_PACK_CHANGED;
    return AIS_OK;
}

void ais_pack_outcome_write(struct ais_buf *out, const struct ais_pack_change *change,
                            const struct ais_pack_outcome *outcome, const struct ais_why *why)
{
    bool done = outcome->fate == AIS_PACK_CHANGED || outcome->fate == AIS_PACK_SAME;
    ais_jw_text(out, "action", ais_pack_act_word(change->act));
    if (outcome->name != NULL)
        ais_jw_text(out, "rulepack", outcome->name);
    else if (change->act != AIS_PACK_ADD)
        ais_jw_string(out, "rulepack", change->name, strnlen(change->name, 80));
    if (outcome->version != NULL)
        ais_jw_text(out, "version", outcome->version);
    if (outcome->checksum != NULL)
        ais_jw_text(out, "checksum", outcome->checksum);
    if (done && outcome->replaced != NULL)
        ais_jw_text(out, "replaced", outcome->replaced);
    if (done)
        ais_jw_bool(out, "enabled", outcome->enabled);
    else
        ais_jw_text(out, "reason", why->text);
}
