#include "gateway/dispatch.h"

#include "gateway/pending.h"
#include "shared/actor/actor.h"
#include "shared/log/log.h"
#include "shared/sys/clock.h"
#include "shared/sys/random.h"

#include <sodium.h>
#include <stdlib.h>

enum {
    BURST = 8,      /* requests that are sent before the round of the loop is over, so that deciding begins meanwhile */
    SHORT_ROW = 16, /* requests in hand that are decided before the next evaluator could be awake */
    AWAKE_NS = 1000000, /* after a request that waits alone has come: longer than the sync of a fast disk */
    PATIENCE_MS = 1000, /* with an evaluator that has no work, and with the lack of any: a busy machine has such gaps */
    LARGE = 64 << 10,   /* bytes of a body whose decision may take as long as hundreds of others */
};

/* What waits without an evaluator, apart, so that large bodies never stand before the others. */
enum lane { LANE_LARGE, LANE_ORDINARY, LANES };

struct evaluator {
    struct ais_address address;
    char name[64];
    uint64_t seed; /* of its name: what it bids with for a session */
    uint32_t credit;
    uint64_t sent, finished;  /* dispatch numbers: the last given, and the highest that is done */
    uint64_t large;           /* that of the last large body */
    int64_t heard_ns;         /* monotonic; or when it was given work while it had none */
    struct pending_list held; /* dispatched and not released, in order of dispatch */
};

struct dispatch {
    struct dispatch_conf conf;
    struct pending_table *pending;                         /* owned: everything that waits, by decision id */
    size_t bytes;                                          /* of the bodies of all that */
    struct pending_list queued[LANES];                     /* without an evaluator */
    struct evaluator *evaluators[DISPATCH_EVALUATORS_MAX]; /* owned */
    size_t evaluator_count;
    bool by_session;             /* each session belongs to one evaluator */
    uint64_t epoch;              /* changes whenever sessions may belong to another */
    int64_t ticked_ns, lost_ns;  /* monotonic; 0: never yet. The latter: an evaluator was */
    struct dispatch_stats stats; /* what only ever grows */
};

struct dispatch *dispatch_new(const struct dispatch_conf *conf)
{
    struct dispatch *dispatch = calloc(1, sizeof *dispatch);
    if (dispatch == NULL)
        return NULL;
    dispatch->conf = *conf;
    dispatch->epoch = (uint64_t)ais_clock_wall(); /* never one of a gateway before this one */
    dispatch->pending = pending_table_new(DISPATCH_PENDING_MAX);
    if (dispatch->pending == NULL)
        dispatch_destroy(&dispatch);
    return dispatch;
}

static void answer(struct dispatch *dispatch, struct pending *pending, struct dispatch_end end, const char *text,
                   size_t n)
{
    struct dispatch_asker *asker = pending->asker;
    end.took_ns = ais_clock_mono() - pending->received_ns;
    dispatch->bytes -= pending->job.size;
    pending_table_remove(dispatch->pending, pending);
    if (dispatch->conf.on_end != NULL)
        dispatch->conf.on_end(dispatch->conf.context, &end);
    asker->answer(asker, end.status, text, n);
}

static void answer_unable(struct dispatch *dispatch, struct pending *pending, enum ais_label_REFUSAL reason,
                          const char *words)
{
    const struct dispatch_end end = { .status = 503, .reason = reason };
    answer(dispatch, pending, end, words, strlen(words));
}

void dispatch_destroy(struct dispatch **dispatch)
{
    if (*dispatch == NULL)
        return;
    if ((*dispatch)->pending != NULL) {
        for (struct pending *oldest; (oldest = pending_table_oldest((*dispatch)->pending)) != NULL;)
            answer_unable(*dispatch, oldest, AIS_REFUSAL_DRAIN, "the service is stopping");
        pending_table_destroy(&(*dispatch)->pending);
    }
    for (size_t i = 0; i < (*dispatch)->evaluator_count; i++)
        free((*dispatch)->evaluators[i]);
    free(*dispatch);
    *dispatch = NULL;
}

/* ---- evaluators ---- */

static size_t held_count(const struct evaluator *evaluator)
{
    return (size_t)(evaluator->sent - evaluator->finished);
}

static struct evaluator *find_evaluator(const struct dispatch *dispatch, const struct ais_address *address)
{
    for (size_t i = 0; i < dispatch->evaluator_count; i++) {
        struct evaluator *evaluator = dispatch->evaluators[i];
        if (evaluator->address.size == address->size &&
            memcmp(evaluator->address.bytes, address->bytes, address->size) == 0)
            return evaluator;
    }
    return NULL;
}

/* Of large bodies it holds one at a time: what else comes meanwhile waits for one of them at most, whatever their
 * number. */
static bool has_credit(const struct evaluator *evaluator, enum lane lane)
{
    bool free_for = lane == LANE_ORDINARY || evaluator->large <= evaluator->finished;
    return held_count(evaluator) < evaluator->credit && free_for;
}

static bool any_has_credit(const struct dispatch *dispatch, enum lane lane)
{
    for (size_t i = 0; i < dispatch->evaluator_count; i++)
        if (has_credit(dispatch->evaluators[i], lane))
            return true;
    return false;
}

/* The first evaluator with a short row of requests in hand; else the one with the fewest of those that have credit
 * left; NULL when none has. One that is awake anyway takes another request for less than it costs to wake the next. */
static struct evaluator *choose_evaluator(const struct dispatch *dispatch, enum lane lane)
{
    struct evaluator *best = NULL;
    for (size_t i = 0; i < dispatch->evaluator_count; i++) {
        struct evaluator *evaluator = dispatch->evaluators[i];
        if (held_count(evaluator) < SHORT_ROW && has_credit(evaluator, lane))
            return evaluator;
        if (has_credit(evaluator, lane) && (best == NULL || held_count(evaluator) < held_count(best)))
            best = evaluator;
    }
    return best;
}

/* ---- sessions ---- */

/* Eight bytes of the BLAKE2b of a text that begins with a letter for its kind. */
static uint64_t hash_text(char kind, const char *bytes, size_t n)
{
    unsigned char digest[crypto_generichash_BYTES_MIN];
    uint64_t hash;
    crypto_generichash_state state;
    crypto_generichash_init(&state, NULL, 0, sizeof digest);
    crypto_generichash_update(&state, (const unsigned char *)&kind, 1);
    crypto_generichash_update(&state, (const unsigned char *)bytes, n);
    crypto_generichash_final(&state, digest, sizeof digest);
    memcpy(&hash, digest, sizeof hash);
    return hash;
}

/* Of the session, else of the key, as evaluators group calls; never 0. Of an id that is too long to be carried only the
 * begin counts: such sessions share an evaluator. */
static uint64_t group_of(struct pending *pending)
{
    const struct dispatch_job *job = &pending->job;
    if (pending->group == 0)
        pending->group = 1 | (job->session_id.size > 0 ? hash_text('s', job->session_id.data, job->session_id.size)
                                                       : hash_text('k', job->caller->id, strlen(job->caller->id)));
    return pending->group;
}

/* A bid that depends on both and looks like chance (the finalizer of SplitMix64). */
static uint64_t bid(uint64_t group, uint64_t seed)
{
    uint64_t x = group ^ seed;
    x = (x ^ x >> 30) * 0xbf58476d1ce4e5b9U;
    x = (x ^ x >> 27) * 0x94d049bb133111ebU;
    return x ^ x >> 31;
}

/* Rendezvous: the highest bid owns the session, so that of those known it is always the same, and that only the
 * sessions of one that is lost, or of one that joins, move. NULL: nobody is known. */
static struct evaluator *owner_of(const struct dispatch *dispatch, struct pending *pending)
{
    struct evaluator *owner = NULL;
    uint64_t group = group_of(pending), highest = 0;
    for (size_t i = 0; i < dispatch->evaluator_count; i++) {
        uint64_t offer = bid(group, dispatch->evaluators[i]->seed);
        if (owner == NULL || offer > highest) {
            owner = dispatch->evaluators[i];
            highest = offer;
        }
    }
    return owner;
}

void dispatch_by_session(struct dispatch *dispatch, bool on)
{
    if (dispatch->by_session != on)
        dispatch->epoch++; /* calls of one session may have gone to several */
    dispatch->by_session = on;
}

/* ---- sending ---- */

static enum lane lane_of(const struct pending *pending)
{
    return pending->job.size >= LARGE ? LANE_LARGE : LANE_ORDINARY;
}

static enum ais_err send_to(struct dispatch *dispatch, struct evaluator *evaluator, const struct pending *pending)
{
    const struct dispatch_job *job = &pending->job;
    const struct ais_msg_preflight msg = {
        .decision_id = pending->decision_id,
        .nonce = pending->nonce,
        .dispatch = evaluator->sent + 1,
        .epoch = dispatch->epoch,
        .attempt = pending->attempt + 1,
        .source = job->source,
        .token_verdict = (uint8_t)job->token,
        .explain = job->explain,
        .received_ns = pending->received_wall_ns,
        .deadline_ns = pending->received_wall_ns + (int64_t)dispatch->conf.deadline_ms * AIS_NS_PER_MS,
        .gateway = ais_span_of(dispatch->conf.gateway),
        .request_id = ais_span_of(job->request_id),
        .traceparent = ais_span_of(job->traceparent),
        .session_id = job->session_id,
        .key_id = ais_span_of(job->caller->id),
        .key_name = ais_span_of(job->caller->name),
        .user = ais_span_of(job->caller->user),
        .agent = ais_span_of(job->caller->agent),
        .environment = ais_span_of(job->caller->environment),
        .body = {job->body, job->size},
    };
    return ais_send_preflight(dispatch->conf.work, &evaluator->address, AIS_GATEWAY, &msg);
}

static enum ais_err hand_out(struct dispatch *dispatch, struct evaluator *evaluator, struct pending *pending)
{
    enum ais_err err = send_to(dispatch, evaluator, pending);
    if (err != AIS_OK)
        return err;
    enum lane lane = lane_of(pending);
    pending_list_remove(&dispatch->queued[lane], pending);
    if (held_count(evaluator) == 0)
        evaluator->heard_ns = ais_clock_mono();
    evaluator->sent++;
    if (lane == LANE_LARGE)
        evaluator->large = evaluator->sent;
    pending->attempt++;
    if (pending->attempt > 1)
        dispatch->stats.retried++;
    pending->dispatch = evaluator->sent;
    pending_list_append(&evaluator->held, pending);
    return AIS_OK;
}

static void flush_by_credit(struct dispatch *dispatch, enum lane lane)
{
    struct pending *pending;
    while ((pending = dispatch->queued[lane].first) != NULL) {
        struct evaluator *evaluator = choose_evaluator(dispatch, lane);
        if (evaluator == NULL || hand_out(dispatch, evaluator, pending) != AIS_OK)
            return;
    }
}

/* What waits for an evaluator without credit is passed over, and so is all of its session behind it in the lane. */
static void flush_by_session(struct dispatch *dispatch, enum lane lane)
{
    for (struct pending *pending = dispatch->queued[lane].first, *next; pending != NULL; pending = next) {
        struct evaluator *owner = owner_of(dispatch, pending);
        next = pending->next;
        if (owner == NULL || (!has_credit(owner, lane) && !any_has_credit(dispatch, lane)))
            return;
        if (has_credit(owner, lane) && hand_out(dispatch, owner, pending) != AIS_OK)
            return;
    }
}

/* The large first: those are few at a time, and else a crowd of others would leave them no credit. */
void dispatch_flush(struct dispatch *dispatch)
{
    for (unsigned lane = 0; lane < LANES; lane++) {
        if (dispatch->by_session)
            flush_by_session(dispatch, lane);
        else
            flush_by_credit(dispatch, lane);
    }
}

/* Takes back what an evaluator had in hand and forgets it. */
static void lose_evaluator(struct dispatch *dispatch, struct evaluator *evaluator)
{
    struct pending *pending;
    while ((pending = evaluator->held.last) != NULL) {
        pending_list_remove(&evaluator->held, pending);
        pending_list_prepend(&dispatch->queued[lane_of(pending)], pending);
    }
    for (size_t i = 0; i < dispatch->evaluator_count; i++) {
        if (dispatch->evaluators[i] == evaluator)
            dispatch->evaluators[i] = dispatch->evaluators[--dispatch->evaluator_count];
    }
    dispatch->epoch++;
    dispatch->lost_ns = ais_clock_mono();
    free(evaluator);
}

/* Evaluators decide in the order of dispatch: what a lost one had in work is the first that it held. */
static void suspect_first(struct dispatch *dispatch, const struct evaluator *evaluator)
{
    struct pending *first = evaluator->held.first;
    if (first != NULL && ++first->silenced == DISPATCH_SILENCED_MAX)
        answer_unable(dispatch, first, AIS_REFUSAL_EVALUATOR, "evaluators fell silent while they decided this request");
}

static void note_finished(struct evaluator *evaluator, uint64_t finished)
{
    if (finished > evaluator->finished && finished <= evaluator->sent)
        evaluator->finished = finished;
}

void dispatch_ready(struct dispatch *dispatch, const struct ais_address *from, const struct ais_msg_ready *msg)
{
    struct evaluator *evaluator = find_evaluator(dispatch, from);
    if (msg->version_low > AIS_WIRE_VERSION || msg->version_high < AIS_WIRE_VERSION) {
        ais_log(AIS_LOG_WARNING, "an evaluator that speaks versions %u to %u was turned away: this gateway speaks %d",
                msg->version_low, msg->version_high, AIS_WIRE_VERSION);
        return;
    }
    if (evaluator != NULL) { /* it started anew under its old name: what it had in hand is lost */
        suspect_first(dispatch, evaluator);
        lose_evaluator(dispatch, evaluator);
        evaluator = NULL;
    }
    if (dispatch->evaluator_count < DISPATCH_EVALUATORS_MAX)
        evaluator = calloc(1, sizeof *evaluator);
    if (evaluator == NULL) {
        ais_log(AIS_LOG_WARNING, "an evaluator was turned away: there are %zu already", dispatch->evaluator_count);
        return;
    }
    evaluator->address = *from;
    evaluator->credit = msg->credit;
    evaluator->heard_ns = ais_clock_mono();
    ais_span_copy(msg->name, evaluator->name, sizeof evaluator->name);
    evaluator->seed = hash_text('e', evaluator->name, strlen(evaluator->name));
    dispatch->evaluators[dispatch->evaluator_count++] = evaluator;
    dispatch->epoch++;
    ais_log(AIS_LOG_DEBUG, "evaluator '%s' is ready for %u requests", evaluator->name, evaluator->credit);
}

void dispatch_heartbeat(struct dispatch *dispatch, const struct ais_address *from, const struct ais_msg_heartbeat *msg)
{
    struct evaluator *evaluator = find_evaluator(dispatch, from);
    if (evaluator == NULL)
        return; /* one that was lost: it hears no heartbeat of ours and will say READY again */
    evaluator->heard_ns = ais_clock_mono();
    note_finished(evaluator, msg->finished);
}

void dispatch_goodbye(struct dispatch *dispatch, const struct ais_address *from, const struct ais_msg_goodbye *msg)
{
    struct evaluator *evaluator = find_evaluator(dispatch, from);
    if (evaluator == NULL)
        return;
    /* What it has finished is on its way through the auditor; only the rest needs another. That a later request was
     * released says nothing of an earlier one, which may have waited for the past of its session. */
    struct pending *pending;
    while ((pending = evaluator->held.first) != NULL && pending->dispatch <= msg->finished)
        pending_list_remove(&evaluator->held, pending);
    lose_evaluator(dispatch, evaluator);
}

/* ---- the way of a request ---- */

enum ais_err dispatch_submit(struct dispatch *dispatch, const struct dispatch_job *job, struct dispatch_asker *asker)
{
    struct pending *pending = NULL;
    if (job->size <= DISPATCH_BYTES_MAX - dispatch->bytes)
        pending = pending_table_add(dispatch->pending);
    if (pending == NULL) {
        dispatch->stats.rejected++;
        return AIS_E_LIMIT;
    }
    dispatch->bytes += job->size;
    pending->job = *job;
    pending->job.access = ais_access_ref(job->access);
    pending->asker = asker;
    pending->received_wall_ns = ais_clock_wall();
    pending->received_ns = ais_clock_mono();
    pending->deadline_ns = pending->received_ns + (int64_t)dispatch->conf.deadline_ms * AIS_NS_PER_MS;
    ais_random_uuid7(pending->received_wall_ns, pending->decision_id.bytes);
    ais_random_small(pending->nonce.bytes, sizeof pending->nonce.bytes);
    crypto_generichash(pending->digest.bytes, sizeof pending->digest.bytes, (const unsigned char *)job->body, job->size,
                       NULL, 0);
    size_t session_size =
        job->session_id.size < sizeof pending->session ? job->session_id.size : sizeof pending->session;
    if (session_size > 0)
        memcpy(pending->session, job->session_id.data, session_size);
    pending->job.session_id = (struct ais_span){ pending->session, session_size };
    pending_table_index(dispatch->pending, pending);
    struct pending_list *queued = &dispatch->queued[lane_of(pending)];
    pending_list_append(queued, pending);
    if (queued == &dispatch->queued[LANE_ORDINARY] && queued->count >= BURST)
        dispatch_flush(dispatch);
    return AIS_OK;
}

void dispatch_release(struct dispatch *dispatch, const struct ais_msg_release *msg)
{
    for (size_t i = 0; i < dispatch->evaluator_count; i++) {
        if (ais_span_is(msg->evaluator, dispatch->evaluators[i]->name))
            note_finished(dispatch->evaluators[i], msg->dispatch);
    }
    struct pending *pending = pending_table_find(dispatch->pending, &msg->decision_id);
    if (pending == NULL) {
        dispatch->stats.late++;
    } else if (sodium_memcmp(&pending->nonce, &msg->nonce, sizeof msg->nonce) != 0 ||
               sodium_memcmp(&pending->digest, &msg->digest, sizeof msg->digest) != 0) {
        dispatch->stats.foreign++;
        ais_log(AIS_LOG_ERROR, "a release that does not fit its request was dropped");
    } else {
        const struct dispatch_end end = { .status = 200, .outcome = (enum ais_action)msg->outcome };
        if (msg->status == 200 && msg->answer.size > 0)
            answer(dispatch, pending, end, msg->answer.data, msg->answer.size);
        else
            answer_unable(dispatch, pending, AIS_REFUSAL_STORAGE,
                          "the request could not be decided, or not be recorded in time");
    }
}

void dispatch_expire(struct dispatch *dispatch)
{
    int64_t now = ais_clock_mono();
    struct pending *oldest;
    while ((oldest = pending_table_oldest(dispatch->pending)) != NULL && oldest->deadline_ns <= now) {
        dispatch->stats.expired++;
        answer_unable(dispatch, oldest, AIS_REFUSAL_DEADLINE, "no decision was made and recorded within the deadline");
    }
}

/* While the whole process stood still (stopped, or its machine asleep) nobody was listened to: that is no silence. */
static void forgive_standstill(struct dispatch *dispatch, int64_t now)
{
    int64_t stood_ns = now - dispatch->ticked_ns - AIS_HEARTBEAT_MS * AIS_NS_PER_MS;
    for (size_t i = 0; dispatch->ticked_ns != 0 && stood_ns > 0 && i < dispatch->evaluator_count; i++)
        dispatch->evaluators[i]->heard_ns += stood_ns;
    dispatch->ticked_ns = now;
}

/* Whoever decides a request that needs all the work it may cost speaks only now and then. Of one that has none, nothing
 * waits to go to another; but all would forget the sessions. */
static int64_t silence_ns(const struct evaluator *evaluator)
{
    int64_t ms = AIS_HEARTBEATS_MISSED * AIS_HEARTBEAT_MS + AIS_DECISION_MOST_MS;
    return (held_count(evaluator) > 0 ? ms : PATIENCE_MS) * AIS_NS_PER_MS;
}

void dispatch_tick(struct dispatch *dispatch)
{
    const struct ais_msg_heartbeat beat = { 0 };
    int64_t now = ais_clock_mono();
    forgive_standstill(dispatch, now);
    for (size_t i = dispatch->evaluator_count; i > 0; i--) {
        struct evaluator *evaluator = dispatch->evaluators[i - 1];
        if (ais_send_heartbeat(dispatch->conf.work, &evaluator->address, AIS_GATEWAY, &beat) == AIS_OK &&
            now - evaluator->heard_ns <= silence_ns(evaluator))
            continue;
        dispatch->stats.lost++;
        ais_log(AIS_LOG_WARNING, "evaluator '%s' fell silent with %zu requests in hand: they go to another",
                evaluator->name, held_count(evaluator));
        suspect_first(dispatch, evaluator);
        lose_evaluator(dispatch, evaluator);
    }
}

int dispatch_wait_ms(const struct dispatch *dispatch)
{
    const struct pending *oldest = pending_table_oldest(dispatch->pending);
    if (oldest == NULL)
        return -1;
    int64_t left = oldest->deadline_ns - ais_clock_mono();
    return left > 0 ? (int)(left / AIS_NS_PER_MS) + 1 : 0;
}

int64_t dispatch_awake_until(const struct dispatch *dispatch)
{
    if (pending_table_count(dispatch->pending) != 1)
        return 0;
    return pending_table_oldest(dispatch->pending)->received_ns + AWAKE_NS;
}

void dispatch_stats(const struct dispatch *dispatch, struct dispatch_stats *ret)
{
    *ret = dispatch->stats;
    ret->pending = pending_table_count(dispatch->pending);
    ret->queued = dispatch->queued[LANE_LARGE].count + dispatch->queued[LANE_ORDINARY].count;
    ret->evaluators = dispatch->evaluator_count;
    ret->able = dispatch->evaluator_count > 0 ||
                (dispatch->lost_ns != 0 && ais_clock_mono() - dispatch->lost_ns < PATIENCE_MS * AIS_NS_PER_MS);
}
