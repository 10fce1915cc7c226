/* audit tail: the last records of the log, and with --follow those that come, beside a server that writes them. */
#include "services/cli/handlers.h"
#include "services/cli/records.h"
#include "services/cli/search.h"
#include "services/cli/vault.h"
#include "shared/log/log.h"
#include "shared/seal/log.h"

#include <errno.h>
#include <inttypes.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdio_ext.h>
#include <stdlib.h>
#include <string.h>

enum {
    LAST = 10,         /* records shown first, unless --limit says otherwise */
    INTERVAL_MS = 200, /* between two looks at the log */
    SETTLED_S = 2,     /* a file that was not modified for so long has not been modified since it was looked at */
    DEPTH = 96,
};

/* A record that outlives its commit. */
struct kept {
    struct ais_buf bytes;              /* owned */
    struct ais_seal_commit commit;     /* only what does not point into it, */
    char file[AIS_SEAL_LOG_NAME_SIZE]; /* and its file */
};

struct tail {
    struct cli_vault vault;         /* owned */
    struct ais_seal_reader *reader; /* owned */
    struct ais_audit_filter filter;
    struct cli_table *table; /* owned; NULL: in a form, by writer */
    struct ais_audit_writer writer;
    char authority[CLI_AUTHORITY_SIZE];
    struct ais_buf out;      /* owned; what the writer has written */
    struct ais_arena *arena; /* owned */
    struct kept *last;       /* owned; the records to be shown first, the newest first */
    size_t last_count;
    uint64_t seen;               /* number of the newest record that was looked at */
    struct ais_seal_place place; /* of its line */
    struct ais_file_info info;   /* of the active file, before it was read last */
    size_t damaged;
};

static void tail_done(struct tail *self)
{
    ais_seal_reader_destroy(&self->reader);
    cli_vault_done(&self->vault);
    cli_table_destroy(&self->table);
    ais_arena_destroy(&self->arena);
    for (size_t i = 0; i < self->last_count; i++)
        ais_buf_done(&self->last[i].bytes);
    free(self->last);
    ais_buf_done(&self->out);
}

/* ---- Showing ---- */

static enum ais_err print_out(struct tail *self, struct ais_why *why)
{
    if (self->out.failed)
        return ais_fail(why, AIS_E_NOMEM, "no memory for records");
    if (self->out.length > 0 && fwrite(self->out.data, 1, self->out.length, stdout) != self->out.length)
        return ais_fail_errno(why, errno, "stdout");
    ais_buf_clear(&self->out);
    return AIS_OK;
}

static enum ais_err show(struct tail *self, const struct cli_found *found, struct ais_why *why)
{
    if (self->table != NULL)
        return cli_records_add(self->table, found->record, why);
    cli_search_write(&self->writer, found, &self->out);
    return print_out(self, why);
}

/* What was shown is on its way before the next wait. */
static enum ais_err flush(struct tail *self, struct ais_why *why)
{
    if (self->table != NULL)
        TRY(cli_table_print(self->table, why));
    return fflush(stdout) == 0 ? AIS_OK : ais_fail_errno(why, errno, "stdout");
}

static void note_seen(struct tail *self, const struct ais_seal_commit *commit)
{
    self->seen = commit->seq + commit->count - 1;
    self->place.inode = commit->inode;
    self->place.offset = commit->offset;
}

static void note_damage(struct tail *self, const struct ais_why *reason)
{
    ais_log(AIS_LOG_ERROR, "%s", reason->text);
    self->damaged++;
}

/* ---- The last ones ---- */

/* Keeps the wanted records of a commit, the newest first, as long as there is room. */
static enum ais_err keep(struct tail *self, const struct ais_seal_commit *commit, struct ais_why *why)
{
    const struct ais_json **records = calloc(commit->count, sizeof(void *));
    size_t count = 0;
    if (records == NULL)
        return ais_fail(why, AIS_E_NOMEM, "no memory for records");
    for (const struct ais_json *record = commit->records->first; record != NULL; record = record->next)
        records[count++] = record;
    bool failed = false;
    while (count > 0 && self->last_count < self->filter.limit) {
        const struct ais_json *record = records[--count];
        const char *bytes = commit->payload + record->begin;
        size_t n = record->end - record->begin;
        if (!ais_audit_filter_match(&self->filter, record, bytes, n))
            continue;
        struct kept *kept = &self->last[self->last_count++];
        kept->commit = *commit;
        snprintf(kept->file, sizeof kept->file, "%s", commit->file);
        kept->commit.file = kept->file;
        ais_buf_add(&kept->bytes, bytes, n);
        failed |= kept->bytes.failed;
    }
    free(records);
    return failed ? ais_fail(why, AIS_E_NOMEM, "no memory for records") : AIS_OK;
}

static enum ais_err find_last(struct tail *self, struct ais_why *why)
{
    TRY(ais_seal_reader_start(self->reader, AIS_SEAL_NEWEST_FIRST, NULL, 0, why));
    while (self->seen == 0 || self->last_count < self->filter.limit) {
        struct ais_seal_commit commit;
        struct ais_why reason = { 0 };
        enum ais_err err = ais_seal_reader_next(self->reader, &commit, &reason);
        if (err == AIS_E_NOT_FOUND)
            break;
        if (err == AIS_E_DAMAGED) {
            note_damage(self, &reason);
            continue;
        }
        if (err != AIS_OK)
            return ais_fail(why, err, "%s", reason.text);
        if (self->seen == 0)
            note_seen(self, &commit);
        TRY(keep(self, &commit, why));
    }
    ais_seal_reader_end(self->reader);
    return AIS_OK;
}

static enum ais_err show_last(struct tail *self, struct ais_why *why)
{
    static const struct ais_json_limits limits = { .depth = DEPTH };
    TRY(find_last(self, why));
    for (size_t i = self->last_count; i > 0; i--) {
        const struct kept *kept = &self->last[i - 1];
        struct cli_found found = { NULL, kept->bytes.data, kept->bytes.length, &kept->commit, 0 };
        ais_arena_reset(self->arena);
        TRY(ais_json_read(self->arena, found.bytes, found.n, &limits, &found.record, why));
        TRY(show(self, &found, why));
    }
    return flush(self, why);
}

/* ---- Those that come ---- */

static enum ais_err show_commit(struct tail *self, const struct ais_seal_commit *commit, struct ais_why *why)
{
    uint64_t seq = commit->seq;
    if (commit->seq > self->seen + 1)
        ais_log(AIS_LOG_WARNING, "records %" PRIu64 " to %" PRIu64 " were deleted, or do not verify", self->seen + 1,
                commit->seq - 1);
    for (const struct ais_json *record = commit->records->first; record != NULL; record = record->next, seq++) {
        const char *bytes = commit->payload + record->begin;
        size_t n = record->end - record->begin;
        const struct cli_found found = { record, bytes, n, commit, 0 };
        if (seq > self->seen && ais_audit_filter_match(&self->filter, record, bytes, n))
            TRY(show(self, &found, why));
    }
    return AIS_OK;
}

/* Whether the active file is as it was, and cannot have changed within the tick of the clock that it was looked at. */
static bool is_unchanged(const struct tail *self, const struct ais_file_info *info)
{
    return info->inode == self->info.inode && info->size == self->info.size &&
           info->modified_ns == self->info.modified_ns &&
           ais_clock_wall() - info->modified_ns > SETTLED_S * AIS_NS_PER_S;
}

static enum ais_err show_new(struct tail *self, struct ais_why *why)
{
    struct ais_file_info info;
    TRY(ais_seal_reader_stat(self->reader, 0, &info, why));
    if (is_unchanged(self, &info))
        return AIS_OK;
    self->info = info;
    TRY(ais_seal_reader_start(self->reader, AIS_SEAL_OLDEST_FIRST, NULL, self->seen + 1, why));
    ais_seal_reader_skip(self->reader, &self->place);
    for (;;) {
        struct ais_seal_commit commit;
        struct ais_why reason = { 0 };
        enum ais_err err = ais_seal_reader_next(self->reader, &commit, &reason);
        if (err == AIS_E_NOT_FOUND)
            break;
        if (err == AIS_E_DAMAGED) {
            note_damage(self, &reason);
            continue;
        }
        if (err != AIS_OK)
            return ais_fail(why, err, "%s", reason.text);
        if (commit.seq + commit.count - 1 <= self->seen)
            continue;
        TRY(show_commit(self, &commit, why));
        note_seen(self, &commit);
    }
    ais_seal_reader_end(self->reader);
    return flush(self, why);
}

static volatile sig_atomic_t interrupted;

static void on_signal(int number)
{
    (void)number;
    interrupted = 1;
}

/* Lets SIGINT and SIGTERM through only while we wait; a closed pipe is an error of fflush. */
static void take_signals(sigset_t *ret_waiting)
{
    const struct sigaction action = { .sa_handler = on_signal };
    sigset_t ends;
    sigemptyset(&ends);
    sigaddset(&ends, SIGINT);
    sigaddset(&ends, SIGTERM);
    sigaction(SIGINT, &action, NULL);
    sigaction(SIGTERM, &action, NULL);
    (void)signal(SIGPIPE, SIG_IGN);
    sigprocmask(SIG_BLOCK, &ends, ret_waiting);
    sigdelset(ret_waiting, SIGINT);
    sigdelset(ret_waiting, SIGTERM);
}

/* Waits until it is time for another look; false when somebody wants us to end, or nobody reads any more. */
static bool wait_for_more(const sigset_t *waiting)
{
    struct pollfd out = { .fd = fileno(stdout) };
    const struct timespec interval = { .tv_nsec = INTERVAL_MS * AIS_NS_PER_MS };
    int ready = ppoll(&out, 1, &interval, waiting);
    return interrupted == 0 && (ready == 0 || (ready < 0 && errno == EINTR));
}

static enum ais_err follow(struct tail *self, struct ais_why *why)
{
    sigset_t waiting;
    take_signals(&waiting);
    while (wait_for_more(&waiting))
        TRY(show_new(self, why));
    return AIS_OK;
}

/* Who followed what we print and went away does not want to hear of it. */
static bool nobody_reads(void)
{
    struct pollfd out = { .fd = fileno(stdout) };
    return poll(&out, 1, 0) > 0 && (out.revents & POLLERR) != 0;
}

static enum ais_err prepare(struct cli_call *call, struct tail *self, struct ais_why *why)
{
    enum { TABLE, JSON, OWN };
    static const char *const own[OWN] = { [TABLE] = "text", [JSON] = "json" }; /* json: as jsonl */
    enum ais_audit_form form;
    size_t how = 0;
    TRY(cli_search_form(call, own, OWN, &how, &form, why));
    TRY(cli_search_filter(call, &self->filter, why));
    if ((self->filter.given & 1U << AIS_AUDIT_PARAMETER_limit) == 0)
        self->filter.limit = LAST;
    TRY(cli_vault_open(call->settings, &self->vault, why));
    TRY(ais_seal_reader_new(self->vault.dir, self->vault.ring, &self->reader, why));
    self->arena = ais_arena_new(0);
    self->last = calloc(self->filter.limit, sizeof *self->last);
    self->table = how != TABLE ? NULL : cli_records_new(cli_flag(call, "follow") != NULL);
    if (self->arena == NULL || self->last == NULL || (how == TABLE && self->table == NULL))
        return ais_fail(why, AIS_E_NOMEM, "no memory for records");
    if (how == TABLE)
        return AIS_OK;
    TRY(cli_search_writer(call->settings, form, &self->writer, self->authority, why));
    ais_audit_writer_begin(&self->writer, &self->out);
    return print_out(self, why);
}

enum ais_err cli_audit_tail(struct cli_call *call, struct ais_why *why)
{
    AUTO(tail_done) struct tail self = { .seen = 0 };
    TRY(prepare(call, &self, why));
    enum ais_err err = show_last(&self, why);
    bool following = cli_flag(call, "follow") != NULL;
    if (err == AIS_OK && following)
        err = follow(&self, why);
    if (following && nobody_reads()) {
        __fpurge(stdout);
        clearerr(stdout);
        err = AIS_OK;
    }
    if (self.damaged > 0)
        call->exit_code = CLI_ENVIRONMENT;
    return err;
}
