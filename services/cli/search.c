#include "services/cli/search.h"

#include "services/cli/handlers.h"
#include "services/cli/progress.h"
#include "services/cli/vault.h"
#include "shared/log/log.h"
#include "shared/store/checkpoint_key.h"

#include <stdlib.h>
#include <string.h>

/* One pass over the log. */
struct search {
    struct cli_vault vault;         /* owned */
    struct ais_seal_reader *reader; /* owned */
    const struct ais_audit_filter *filter;
    const struct ais_json **records; /* owned: those of one commit, so that they can be walked backwards */
    size_t room;                     /* of records */
    struct cli_progress progress;    /* owned */
    uint64_t first, last;            /* numbers of records between which it runs; last 0: nobody looks */
    cli_search_each *each;
    void *context;
    struct cli_search_result result;
};

static void search_done(struct search *self)
{
    cli_progress_done(&self->progress);
    ais_seal_reader_destroy(&self->reader);
    cli_vault_done(&self->vault);
    free(self->records);
}

/* A flag that is no parameter says how to answer; one that may be given again is none, whatever its name. */
static bool is_parameter(const struct cli_flag *flag)
{
    const char *name = flag->name;
    if (flag->argument == NULL || strstr(flag->argument, "...") != NULL)
        return false;
    for (int i = 0; i < AIS_AUDIT_PARAMETER_COUNT; i++)
        if (strcmp(ais_audit_parameter_name((enum ais_audit_parameter)i), name) == 0)
            return true;
    return false;
}

enum ais_err cli_search_filter(const struct cli_call *call, struct ais_audit_filter *ret, struct ais_why *why)
{
    int64_t now = ais_clock_wall();
    ais_audit_filter_init(ret);
    for (size_t i = 0; i < CLI_FLAGS_MAX && call->command->flags[i].name != NULL; i++) {
        const char *name = call->command->flags[i].name;
        if (call->flags[i] == NULL || !is_parameter(&call->command->flags[i]))
            continue;
        if (ais_audit_filter_set(ret, name, call->flags[i], now, why) != AIS_OK)
            return why->code = AIS_E_USAGE;
    }
    return ais_audit_filter_check(ret, why) == AIS_OK ? AIS_OK : (why->code = AIS_E_USAGE);
}

static enum ais_err gather(struct search *self, const struct ais_seal_commit *commit, size_t *ret_count,
                           struct ais_why *why)
{
    size_t count = 0;
    if (self->room < commit->count) {
        const struct ais_json **grown = reallocarray(self->records, commit->count, sizeof(void *));
        if (grown == NULL)
            return ais_fail(why, AIS_E_NOMEM, "no memory for %llu records", (unsigned long long)commit->count);
        self->records = grown;
        self->room = commit->count;
    }
    for (const struct ais_json *record = commit->records->first; record != NULL && count < self->room;
         record = record->next)
        self->records[count++] = record;
    *ret_count = count;
    return AIS_OK;
}

/* Hands out what is wanted of one commit. */
static enum ais_err search_commit(struct search *self, const struct ais_seal_commit *commit, struct ais_why *why)
{
    size_t count = 0;
    TRY(gather(self, commit, &count, why));
    for (size_t i = 0; i < count && !self->result.more; i++) {
        size_t at = self->filter->ascending ? i : count - 1 - i;
        const struct ais_json *record = self->records[at];
        const char *bytes = commit->payload + record->begin;
        size_t n = record->end - record->begin;
        if (!ais_audit_filter_match(self->filter, record, bytes, n))
            continue;
        if (self->result.given == self->filter->limit) {
            self->result.more = true;
            return AIS_OK;
        }
        const struct cli_found found = { record, bytes, n, commit, self->first };
        TRY(self->each(self->context, &found, why));
        self->result.given++;
        self->result.last = commit->seq + at;
    }
    return AIS_OK;
}

/* How far a pass that runs oldest first has come; the other way it has no end that is known before. */
static void show_progress(struct search *self, const struct ais_seal_commit *commit)
{
    if (self->first == 0)
        self->first = commit->seq;
    cli_progress_show(&self->progress, self->result.given,
                      self->filter->ascending && self->last > 0 ? commit->seq - self->first : 0,
                      self->last > self->first ? self->last - self->first : 0);
}

static enum ais_err search_all(struct search *self, struct ais_why *why)
{
    while (!self->result.more) {
        struct ais_seal_commit commit;
        struct ais_why reason = { 0 };
        enum ais_err err = ais_seal_reader_next(self->reader, &commit, &reason);
        if (err == AIS_E_NOT_FOUND)
            return AIS_OK;
        if (err == AIS_E_DAMAGED) {
            ais_log(AIS_LOG_ERROR, "%s", reason.text);
            self->result.damaged++;
            continue;
        }
        if (err != AIS_OK)
            return ais_fail(why, err, "%s", reason.text);
        show_progress(self, &commit);
        TRY(search_commit(self, &commit, why));
    }
    return AIS_OK;
}

/* The number at which a pass will end, for those who look. */
static enum ais_err find_last(struct search *self, struct ais_why *why)
{
    struct ais_seal_commit commit;
    enum ais_err err;
    TRY(ais_seal_reader_start(self->reader, AIS_SEAL_NEWEST_FIRST, NULL, 0, why));
    while ((err = ais_seal_reader_next(self->reader, &commit, why)) == AIS_E_DAMAGED)
        ;
    if (err == AIS_OK)
        self->last = commit.seq;
    return err == AIS_E_NOT_FOUND ? AIS_OK : err;
}

enum ais_err cli_search(const struct ais_settings *settings, const struct ais_audit_filter *filter,
                        const char *progress, cli_search_each *each, void *context, struct cli_search_result *ret,
                        struct ais_why *why)
{
    AUTO(search_done) struct search self = { .filter = filter, .each = each, .context = context };
    enum ais_seal_order order = filter->ascending ? AIS_SEAL_OLDEST_FIRST : AIS_SEAL_NEWEST_FIRST;
    TRY(cli_vault_open(settings, &self.vault, why));
    TRY(ais_seal_reader_new(self.vault.dir, self.vault.ring, &self.reader, why));
    cli_progress_init(&self.progress, progress);
    if (self.progress.what != NULL && filter->ascending)
        TRY(find_last(&self, why));
    TRY(ais_seal_reader_start(self.reader, order, NULL, filter->cursor, why));
    TRY(search_all(&self, why));
    *ret = self.result;
    return AIS_OK;
}

void cli_search_damage(struct cli_call *call, size_t damaged)
{
    if (damaged == 0)
        return;
    ais_log(AIS_LOG_ERROR, "%zu damaged lines were left out; 'audit verify' tells more", damaged);
    call->exit_code = CLI_ENVIRONMENT;
}

/* ---- In a form ---- */

enum ais_err cli_search_form(const struct cli_call *call, const char *const *own_words, size_t own, size_t *ret_own,
                             enum ais_audit_form *ret, struct ais_why *why)
{
    static const char *const forms[] = {
#define X(form, word, meaning) [form] = (word),
        AIS_AUDIT_FORMS(X)
#undef X
    };
    const char *words[8 + N_ELEMS(forms)] = { NULL };
    size_t choice = 0;
    for (size_t i = 0; i < own; i++)
        words[i] = own_words[i];
    for (size_t i = 0; i < N_ELEMS(forms); i++)
        words[own + i] = forms[i];
    TRY(cli_choice(call, "format", words, &choice, why));
    *ret_own = choice < own ? choice : own;
    *ret = choice < own ? AIS_AUDIT_FORM_JSONL : (enum ais_audit_form)(choice - own);
    return AIS_OK;
}

enum ais_err cli_search_writer(const struct ais_settings *settings, enum ais_audit_form form,
                               struct ais_audit_writer *ret, char authority[CLI_AUTHORITY_SIZE], struct ais_why *why)
{
    AUTO(cli_vault_done) struct cli_vault vault = { NULL, NULL };
    unsigned char key[AIS_CHECKPOINT_KEY_SIZE];
    TRY(cli_vault_open_dir(settings, &vault, why));
    enum ais_err err = ais_checkpoint_public_read(vault.dir, key, why);
    if (err != AIS_OK && err != AIS_E_NOT_FOUND)
        return err;
    if (err == AIS_OK)
        ais_digest_text(key, authority);
    ais_audit_writer_init(ret, form, err == AIS_OK ? authority : NULL);
    return AIS_OK;
}

void cli_search_write(struct ais_audit_writer *writer, const struct cli_found *found, struct ais_buf *out)
{
    char hash[AIS_DIGEST_TEXT], prev[AIS_DIGEST_TEXT];
    ais_digest_text(found->commit->hash, hash);
    ais_digest_text(found->commit->prev, prev);
    const struct ais_audit_sealed sealed = {
        .record = found->record,
        .bytes = found->bytes,
        .n = found->n,
        .file = found->commit->file,
        .line = found->commit->line,
        .hash = hash,
        .prev = prev,
    };
    ais_audit_writer_add(writer, &sealed, out);
}
