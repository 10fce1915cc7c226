#include "services/cli/search.h"

#include "services/cli/vault.h"
#include "shared/log/log.h"
#include "shared/seal/log.h"

#include <stdlib.h>
#include <string.h>

/* One pass over the log. */
struct search {
    struct cli_vault vault;         /* owned */
    struct ais_seal_reader *reader; /* owned */
    const struct ais_audit_filter *filter;
    const struct ais_json **records; /* owned: those of one commit, so that they can be walked backwards */
    size_t room;                     /* of records */
    cli_search_each *each;
    void *context;
    struct cli_search_result result;
};

static void search_done(struct search *self)
{
    ais_seal_reader_destroy(&self->reader);
    cli_vault_done(&self->vault);
    free(self->records);
}

/* A flag that is no parameter says how to answer. */
static bool is_parameter(const char *name)
{
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
        if (call->flags[i] == NULL || !is_parameter(name))
            continue;
        if (ais_audit_filter_set(ret, name, call->flags[i], now, why) != AIS_OK)
            return why->code = AIS_E_USAGE;
    }
    return AIS_OK;
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
        TRY(self->each(self->context, record, bytes, n, why));
        self->result.given++;
        self->result.last = commit->seq + at;
    }
    return AIS_OK;
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
        TRY(search_commit(self, &commit, why));
    }
    return AIS_OK;
}

enum ais_err cli_search(const struct ais_settings *settings, const struct ais_audit_filter *filter,
                        cli_search_each *each, void *context, struct cli_search_result *ret, struct ais_why *why)
{
    AUTO(search_done) struct search self = { .filter = filter, .each = each, .context = context };
    enum ais_seal_order order = filter->ascending ? AIS_SEAL_OLDEST_FIRST : AIS_SEAL_NEWEST_FIRST;
    TRY(cli_vault_open(settings, &self.vault, why));
    TRY(ais_seal_reader_new(self.vault.dir, self.vault.ring, &self.reader, why));
    TRY(ais_seal_reader_start(self.reader, order, NULL, filter->cursor, why));
    TRY(search_all(&self, why));
    *ret = self.result;
    return AIS_OK;
}
