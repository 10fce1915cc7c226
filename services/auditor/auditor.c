#include "services/auditor/auditor.h"

#include "services/auditor/batch.h"
#include "services/auditor/events.h"
#include "services/auditor/gateways.h"
#include "services/auditor/pack.h"
#include "services/auditor/prepare.h"
#include "services/auditor/query.h"
#include "services/auditor/recent.h"
#include "services/auditor/reseal.h"
#include "services/auditor/yield.h"
#include "shared/log/log.h"
#include "shared/metrics/sample.h"
#include "shared/sys/clock.h"

#include <sodium.h>
#include <stdlib.h>
#include <string.h>

enum {
    QUEUE = 20000, /* messages each way: more than gateways let be in flight */
    TICK_MS = 25,
    RETRY_MS = 100,           /* between attempts to write while the storage fails */
    RECORD_MEMORY = 64 << 20, /* bytes at most for the tree of one record, which a message of 4 MiB brought */
    SYNC_AFTER_MS = 20,       /* durability async: with the tick, never more than 50 ms behind */
};

struct auditor {
    struct ais_seal_log *log;           /* owned */
    zsock_t *verdicts, *metrics_socket; /* owned */
    struct gateways *gateways;          /* owned: releases and states go there */
    zactor_t *preparer;                 /* owned */
    struct pack *pack;                  /* owned */
    struct index *index;                /* owned */
    zactor_t *reader;                   /* owned */
    struct batch *batch;                /* owned */
    struct recent *recent;              /* owned */
    struct ais_arena *arena;            /* owned; for looking at one record */
    bool async;
    bool started; /* what it needs is there */
    bool storage_ok;
    bool failure_recorded;                /* the failure that lasts has its record, in the batch or in the log */
    struct ais_why reason;                /* of that failure */
    int64_t failed_since_ns, retry_at_ns; /* monotonic */
    int64_t unsynced_since_ns;            /* monotonic; 0: everything is synced */
    uint64_t segment;                     /* that is active */
    size_t last_count;                    /* records of the last commit, or attempt */
    struct events events;
    struct ais_metrics metrics; /* what this actor counts */
    struct ais_buf sample;      /* owned: memory for sending them */
    int64_t next_sample_ns;     /* monotonic */
    struct reseal reseal;
    struct reading reading;   /* the reader's thread writes it */
    struct findings findings; /* likewise, and the packer's */
    bool turn_told;           /* the record of the rotation to come is in the batch: it makes the log turn */
    uint64_t refused, told_refused;
    uint64_t told_saved; /* bytes, of pack_saved */
};

/* ---- releases ---- */

/* A client that was told 503 must not be recorded as decided, so the refusal is remembered like a decision: a second
 * verdict of the same request, which may come when the storage works again, is refused too. */
static void refuse_verdict(struct auditor *auditor, const struct ais_msg_verdict *verdict)
{
    const struct ais_msg_release release = gateways_release_of(verdict, 503, 0);
    if (recent_has_room(auditor->recent) && !recent_add(auditor->recent, &release, ais_clock_mono()))
        ais_log(AIS_LOG_ERROR, "a refusal cannot be remembered: out of memory");
    gateways_release(auditor->gateways, verdict->gateway, &release);
}

/* ---- committing ---- */

static void send_sample(struct auditor *auditor, int64_t now)
{
    auditor->next_sample_ns = now + AIS_SAMPLE_MS * AIS_NS_PER_MS;
    ais_metrics_set(&auditor->metrics, AIS_M_STORAGE_OK, auditor->storage_ok ? 1 : 0);
    uint64_t saved = pack_saved(auditor->pack);
    ais_metrics_count(&auditor->metrics, AIS_M_COMPRESSION_SAVED, 0, 0, saved - auditor->told_saved);
    auditor->told_saved = saved;
    ais_metrics_count(&auditor->metrics, AIS_M_WIRE_REFUSED, 0, 0, auditor->refused - auditor->told_refused);
    auditor->told_refused = auditor->refused;
    ais_metrics_send(&auditor->metrics, auditor->metrics_socket, AIS_AUDITOR, "auditor", &auditor->sample);
}

/* True: this is news, and those that want to hear of the log are to be told. */
static bool storage_failed(struct auditor *auditor, const struct ais_why *why)
{
    int64_t now = ais_clock_mono();
    auditor->retry_at_ns = now + RETRY_MS * AIS_NS_PER_MS;
    if (!auditor->storage_ok)
        return false;
    auditor->storage_ok = false;
    auditor->failure_recorded = false;
    auditor->failed_since_ns = now;
    auditor->reason = *why;
    ais_log_why(AIS_LOG_ERROR, why, "the audit log cannot be written; nothing is decided until it can");
    send_sample(auditor, now); /* before anybody is refused: who was, finds it in the metrics */
    return true;
}

static void storage_recovered(struct auditor *auditor)
{
    int64_t now = ais_clock_mono(), for_ms = (now - auditor->failed_since_ns) / AIS_NS_PER_MS;
    auditor->storage_ok = true;
    send_sample(auditor, now);
    ais_log(AIS_LOG_INFO, "the audit log can be written again, after %lld ms", (long long)for_ms);
    events_storage_recovered(&auditor->events, for_ms);
    gateways_set_storage(auditor->gateways, NULL);
}

static void release_batch(struct auditor *auditor, uint64_t first)
{
    int64_t now = ais_clock_mono();
    for (size_t i = 0; i < batch_count(auditor->batch); i++) {
        struct batch_entry *entry = batch_at(auditor->batch, i);
        if (!entry->is_verdict && entry->ticket != 0)
            gateways_recorded(auditor->gateways, &entry->sender, entry->ticket);
        if (!entry->is_verdict)
            continue;
        unsigned status = entry->verdict.answer.size > 0 ? 200 : 503;
        const struct ais_msg_release release = gateways_release_of(&entry->verdict, status, first + i);
        if (!recent_add(auditor->recent, &release, now))
            ais_log(AIS_LOG_ERROR, "a decision cannot be remembered: out of memory");
        gateways_release(auditor->gateways, entry->verdict.gateway, &release);
    }
}

static void give_up_verdicts(struct auditor *auditor)
{
    for (size_t i = 0; i < batch_count(auditor->batch); i++) {
        if (batch_at(auditor->batch, i)->is_verdict)
            refuse_verdict(auditor, &batch_at(auditor->batch, i)->verdict);
    }
}

static void record_deletion(struct auditor *auditor)
{
    const struct ais_seal_deletion deletion = ais_seal_log_deleted(auditor->log);
    if (deletion.segments == 0)
        return;
    index_deleted(auditor->index, deletion.newest);
    events_deleted(&auditor->events, &deletion);
}

/* What a rotation did is recorded with the next commit; that it deleted is in the chain already, with the rotation. */
static void look_for_rotation(struct auditor *auditor)
{
    uint64_t segment = ais_seal_log_position(auditor->log).segment, before = auditor->segment;
    if (segment == before)
        return;
    auditor->segment = segment;
    prepare_next(auditor->preparer);
    pack_rotated(auditor->pack, segment);
    reseal_rotated(&auditor->reseal, auditor->pack);
    if (!auditor->turn_told)
        events_rotated(&auditor->events, before, "it was full");
    auditor->turn_told = false;
    record_deletion(auditor);
}

/* While the storage fails, attempts are made even when nothing waits: with a record that says so. */
static bool worth_trying(struct auditor *auditor)
{
    if (auditor->storage_ok)
        return batch_count(auditor->batch) > 0;
    if (ais_clock_mono() < auditor->retry_at_ns)
        return false;
    if (!auditor->failure_recorded)
        auditor->failure_recorded = events_storage_failed(&auditor->events, &auditor->reason);
    return batch_count(auditor->batch) > 0;
}

/* Before anybody is answered: who was, finds their record. */
static void show_to_readers(struct auditor *auditor, size_t count, uint64_t first, bool recovering)
{
    const struct ais_seal_position position = ais_seal_log_position(auditor->log);
    index_committed(auditor->index, batch_rows(auditor->batch), count, first, &position, !recovering);
}

static void commit(struct auditor *auditor)
{
    struct ais_why why = { 0 };
    uint64_t first;
    if (!worth_trying(auditor))
        return;
    bool recovering = !auditor->storage_ok;
    size_t count = auditor->last_count = batch_count(auditor->batch);
    int64_t begun_ns = ais_clock_mono();
    enum ais_err err = batch_commit(auditor->batch, auditor->log, !auditor->async || recovering, &first, &why);
    ais_metrics_observe(&auditor->metrics, AIS_M_COMMIT_SECONDS, ais_clock_mono() - begun_ns);
    ais_metrics_count(&auditor->metrics, AIS_M_COMMITS, err == AIS_OK ? AIS_RESULT_OK : AIS_RESULT_FAILED, 0, 1);
    if (err != AIS_OK) {
        bool news = storage_failed(auditor, &why);
        give_up_verdicts(auditor);
        batch_clear(auditor->batch, false);
        if (news)
            gateways_set_storage(auditor->gateways, &why);
        events_incidents(&auditor->events, &auditor->findings);
        return;
    }
    ais_metrics_count(&auditor->metrics, AIS_M_RECORDS, 0, 0, count);
    show_to_readers(auditor, count, first, recovering);
    release_batch(auditor, first);
    batch_clear(auditor->batch, true);
    look_for_rotation(auditor);
    events_incidents(&auditor->events, &auditor->findings);
    events_look_for_checkpoint(&auditor->events);
    if (auditor->async && !recovering && auditor->unsynced_since_ns == 0)
        auditor->unsynced_since_ns = ais_clock_mono();
    if (recovering)
        storage_recovered(auditor);
}

/* ---- what arrives ---- */

/* Takes a verdict into the batch, unless it came twice, too late, or while nothing can be written. */
static void take_verdict(struct auditor *auditor, struct ais_received *received)
{
    struct ais_msg_verdict verdict;
    struct row row;
    if (ais_msg_verdict_get(received->frame, received->size, &verdict) != AIS_OK) {
        auditor->refused++;
        return;
    }
    const struct ais_msg_release *known = recent_find(auditor->recent, &verdict.decision_id);
    if (known != NULL) {
        gateways_release(auditor->gateways, verdict.gateway, known);
    } else if (!auditor->storage_ok || !recent_has_room(auditor->recent)) {
        refuse_verdict(auditor, &verdict);
    } else if (!events_is_record(&auditor->events, verdict.record, &row)) {
        auditor->refused++;
        refuse_verdict(auditor, &verdict);
    } else if (verdict.deadline_ns < ais_clock_wall()) {
        ais_metrics_count(&auditor->metrics, AIS_M_LATE_VERDICTS, 0, 0, 1);
        events_late(&auditor->events, &verdict);
        refuse_verdict(auditor, &verdict);
    } else if (batch_has(auditor->batch, &verdict.decision_id)) {
        return; /* its twin is about to be released */
    } else {
        batch_add_verdict(auditor->batch, received, &verdict, &row);
    }
}

static void take_event(struct auditor *auditor, struct ais_received *received)
{
    struct ais_msg_event msg;
    struct batch_entry *entry;
    struct row row;
    if (ais_msg_event_get(received->frame, received->size, &msg) != AIS_OK ||
        !events_is_record(&auditor->events, msg.record, &row) ||
        (entry = batch_add_event(auditor->batch, msg.record, &row)) == NULL) {
        auditor->refused++;
        return;
    }
    char sender[AIS_WIRE_ADDRESS_SIZE + 1];
    ais_span_copy(msg.sender, sender, sizeof sender);
    entry->ticket = msg.ticket;
    entry->sender = ais_address_of(sender);
}

static void take_anchor(struct auditor *auditor, struct ais_received *received)
{
    struct ais_msg_anchor msg;
    struct ais_anchor anchor = { 0 };
    struct row row;
    if (ais_msg_anchor_get(received->frame, received->size, &msg) != AIS_OK ||
        !events_is_record(&auditor->events, msg.record, &row) ||
        batch_add_event(auditor->batch, msg.record, &row) == NULL) {
        auditor->refused++;
        return;
    }
    ais_span_copy(msg.document, anchor.name, sizeof anchor.name);
    anchor.generation = msg.generation;
    sodium_bin2hex(anchor.digest, sizeof anchor.digest, msg.digest.bytes, sizeof msg.digest.bytes);
    batch_add_anchor(auditor->batch, &anchor);
}

static void take_reseal(struct auditor *auditor, struct ais_received *received)
{
    bool turn = false;
    if (reseal_take(&auditor->reseal, received, &turn) != AIS_OK)
        auditor->refused++;
    if (!turn)
        return;
    ais_seal_log_turn(auditor->log);
    auditor->turn_told =
        auditor->turn_told || events_rotated(&auditor->events, auditor->segment, "the Fernet key changed");
}

static const struct {
    enum ais_message message;
    void (*take)(struct auditor *auditor, struct ais_received *received);
} takers[] = {
    {AIS_MSG_VERDICT, take_verdict},
    { AIS_MSG_EVENT,  take_event  },
    { AIS_MSG_ANCHOR, take_anchor },
    { AIS_MSG_RESEAL, take_reseal },
};

static void take(struct auditor *auditor, struct ais_received *received)
{
    int message = ais_message_of(received->frame, received->size, AIS_AUDITOR);
    for (size_t i = 0; i < N_ELEMS(takers); i++) {
        if ((int)takers[i].message == message) {
            takers[i].take(auditor, received);
            return;
        }
    }
    auditor->refused++;
}

static void verdicts_readable(void *self)
{
    struct auditor *auditor = self;
    while (!batch_is_full(auditor->batch)) {
        struct ais_received received;
        enum ais_err err = ais_wire_receive(auditor->verdicts, &received);
        if (err == AIS_E_MALFORMED) {
            auditor->refused++;
            continue;
        }
        if (err != AIS_OK)
            return;
        take(auditor, &received);
        ais_wire_done(&received);
    }
}

static void releases_readable(void *self)
{
    struct auditor *auditor = self;
    gateways_receive(auditor->gateways, &auditor->refused);
}

/* A sync costs as much for one record as for many: whoever can run now goes first, as long as that brings more. There
 * is no timer to wait for, and where the last commit was of one record, nobody waits at all. */
static void gather_more(struct auditor *auditor)
{
    size_t before;
    do {
        before = batch_count(auditor->batch);
        yield_to_others();
        verdicts_readable(auditor);
    } while (batch_count(auditor->batch) > before);
}

static void after(void *self)
{
    struct auditor *auditor = self;
    if (!auditor->async && auditor->last_count > 1 && batch_count(auditor->batch) > 0)
        gather_more(auditor);
    commit(auditor);
}

/* Durability async: the sync that follows a release. */
static void sync_what_is_due(struct auditor *auditor, int64_t now)
{
    struct ais_why why = { 0 };
    if (auditor->unsynced_since_ns == 0 || now - auditor->unsynced_since_ns < SYNC_AFTER_MS * AIS_NS_PER_MS)
        return;
    if (!auditor->storage_ok && now < auditor->retry_at_ns)
        return;
    if (ais_seal_log_sync(auditor->log, &why) != AIS_OK) {
        if (storage_failed(auditor, &why))
            gateways_set_storage(auditor->gateways, &why);
        return;
    }
    auditor->unsynced_since_ns = 0;
    const struct ais_seal_position position = ais_seal_log_position(auditor->log);
    index_moved(auditor->index, batch_rows(auditor->batch), batch_count(auditor->batch), &position);
}

static void tick(void *self)
{
    struct auditor *auditor = self;
    int64_t now = ais_clock_mono();
    if (now >= auditor->next_sample_ns)
        send_sample(auditor, now);
    recent_expire(auditor->recent, now);
    sync_what_is_due(auditor, now);
    gateways_tick(auditor->gateways, now);
    if (auditor->storage_ok)
        events_found(&auditor->events, &auditor->findings);
    reseal_tick(&auditor->reseal, auditor->pack, &auditor->reading, auditor->gateways,
                auditor->storage_ok ? NULL : &auditor->reason, now);
}

/* ---- life ---- */

static void auditor_destroy(struct auditor **owned)
{
    struct auditor *auditor = *owned;
    struct ais_why why = { 0 };
    if (auditor == NULL)
        return;
    if (auditor->verdicts != NULL && auditor->batch != NULL) { /* what had arrived is written before the end */
        do {
            verdicts_readable(auditor);
            commit(auditor);
        } while (auditor->storage_ok && batch_count(auditor->batch) > 0);
    }
    pack_stop(&auditor->pack);
    if (auditor->index != NULL)
        index_close(auditor->index);
    ais_actor_stop(&auditor->reader);
    findings_done(&auditor->findings);
    index_destroy(&auditor->index);
    ais_actor_stop(&auditor->preparer);
    if (auditor->started && auditor->storage_ok)
        events_sign_end(&auditor->events);
    if (ais_seal_log_close(&auditor->log, &why) != AIS_OK)
        ais_log_why(AIS_LOG_ERROR, &why, "the audit log was not closed cleanly");
    zsock_destroy(&auditor->verdicts);
    gateways_destroy(&auditor->gateways);
    zsock_destroy(&auditor->metrics_socket);
    ais_buf_done(&auditor->sample);
    batch_destroy(&auditor->batch);
    recent_destroy(&auditor->recent);
    ais_arena_destroy(&auditor->arena);
    free(auditor);
    *owned = NULL;
}

static void destroy(void *self)
{
    struct auditor *auditor = self;
    auditor_destroy(&auditor);
}

enum ais_err auditor_start(const struct auditor_conf *conf, zactor_t **ret_actor, struct ais_why *why)
{
    AUTO(auditor_destroy) struct auditor *auditor = calloc(1, sizeof *auditor);
    struct ais_seal_log *log = conf->log;
    if (auditor == NULL) {
        if (ais_seal_log_close(&log, NULL) != AIS_OK)
            ais_log(AIS_LOG_ERROR, "the audit log was not closed cleanly");
        return ais_fail(why, AIS_E_NOMEM, "auditor");
    }
    auditor->log = log;
    auditor->async = conf->async;
    auditor->storage_ok = true;
    auditor->segment = ais_seal_log_position(log).segment;
    auditor->batch = batch_new();
    auditor->recent = recent_new(2 * (int64_t)conf->deadline_ms * AIS_NS_PER_MS);
    auditor->preparer = prepare_start(log);
    auditor->arena = ais_arena_new(RECORD_MEMORY);
    const struct ais_seal_position position = ais_seal_log_position(log);
    auditor->index = index_new(&position, ais_seal_log_head(log).seq + 1);
    if (auditor->arena == NULL || auditor->index == NULL || auditor->batch == NULL || auditor->recent == NULL ||
        auditor->preparer == NULL)
        return ais_fail(why, AIS_E_NOMEM, "auditor");
    auditor->events = (struct events){ .log = log,
                                       .batch = auditor->batch,
                                       .index = auditor->index,
                                       .arena = auditor->arena,
                                       .told_checkpoint = UINT64_MAX };
    if (ais_seal_log_opened_damaged(log))
        findings_claim(&auditor->findings, auditor->segment);
    const struct pack_conf pack = {
        .dir = conf->dir,
        .ring = conf->ring,
        .findings = &auditor->findings,
        .segment = auditor->segment,
        .retention = conf->retention,
    };
    TRY(pack_start(&pack, &auditor->pack, why));
    const struct query_conf query = {
        .logs = conf->endpoints.logs,
        .pasts = conf->endpoints.pasts,
        .dir = conf->dir,
        .ring = conf->ring,
        .index = auditor->index,
        .findings = &auditor->findings,
        .reading = &auditor->reading,
        .segment = position.segment,
    };
    TRY(query_start(&query, &auditor->reader, why));
    TRY(gateways_open(conf->endpoints.releases, QUEUE, log, &auditor->gateways, why));
    TRY(ais_wire_bind(ZMQ_PULL, conf->endpoints.verdicts, QUEUE, &auditor->verdicts, why));
    TRY(ais_wire_connect(ZMQ_DEALER, conf->endpoints.metrics, QUEUE, "auditor", &auditor->metrics_socket, why));
    auditor->started = true;
    const struct ais_actor actor = {
        .name = "auditor",
        .self = auditor,
        .destroy = destroy,
        .inputs = {{ auditor->verdicts, 0, verdicts_readable },
                   { gateways_socket(auditor->gateways), 0, releases_readable }},
        .input_count = 2,
        .after = after,
        .tick_ms = TICK_MS,
        .tick = tick,
    };
    auditor = NULL; /* the thread's from here on */
    return ais_actor_start(&actor, ret_actor, why);
}
