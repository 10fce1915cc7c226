#include "services/registry/key_rotation.h"

#include "shared/json/write.h"
#include "shared/log/log.h"
#include "shared/seal/key_survey.h"
#include "shared/store/key_rotation.h"
#include "shared/sys/clock.h"

enum { AGAIN_MS = 2000 }; /* between two attempts at what is not done */

static void key_id(const struct key_rotation *rotation, char id[AIS_KEY_ID_SIZE])
{
    const struct ais_keyring *ring = ais_store_keyring(rotation->store);
    ais_keyring_id(ring, ais_keyring_sealing(ring), id);
}

static void start(struct key_rotation *rotation, bool resumed)
{
    struct ais_store *store = rotation->store;
    zsock_t *metrics = rotation->metrics;
    *rotation = (struct key_rotation){ .store = store,
                                       .metrics = metrics,
                                       .running = true,
                                       .resumed = resumed,
                                       .files_closed = rotation->files_closed,
                                       .round = rotation->round + 1,
                                       .began_ns = ais_clock_wall() };
}

/* Several keys of the operator's are how they like it, until they ask for it; and one may be missing. */
static void survey(struct key_rotation *rotation)
{
    AUTO(ais_buf_done) struct ais_buf old = { 0 }, closed = { 0 };
    struct ais_key_survey found;
    struct ais_why why = { 0 };
    if (ais_key_survey(ais_store_dir(rotation->store), ais_store_keyring(rotation->store), AIS_STORE_CACHE ".enc",
                       &found, &why) != AIS_OK) {
        ais_log_why(AIS_LOG_WARNING, &why, "which keys the files are under is not known");
        return;
    }
    rotation->files_due = found.old.count;
    rotation->files_closed = found.closed.count;
    ais_key_surveyed_write(&found.old, &old);
    ais_key_surveyed_write(&found.closed, &closed);
    if (found.old.count > 0 && !old.failed)
        ais_log(
            AIS_LOG_WARNING,
            "a rotation of the Fernet key is due: under another key than the first that was given are still %s. POST "
            "/api/v1/admin/key-rotation puts them under the first; the others are needed until then",
            old.data);
    if (found.closed.count > 0 && !closed.failed)
        ais_log(
            AIS_LOG_ERROR,
            "no key that was given opens %s. If these files are not damaged, the key is missing that they were sealed "
            "under, most likely the one before: give it behind the first, with a comma between them",
            closed.data);
}

void key_rotation_resume(struct key_rotation *rotation)
{
    if (ais_rotation_keys_given(rotation->store))
        survey(rotation);
    if (!ais_rotation_is_due(rotation->store) || ais_rotation_keys_given(rotation->store))
        return;
    ais_log(AIS_LOG_INFO, "a rotation of the Fernet key was interrupted; it goes on");
    start(rotation, true);
}

/* ---- answers ---- */

static void put_time(struct ais_buf *out, const char *name, int64_t wall_ns)
{
    char time[AIS_RFC3339_SIZE];
    if (wall_ns == 0)
        return;
    ais_clock_rfc3339(wall_ns, time);
    ais_jw_text(out, name, time);
}

/* NULL: there is none. */
static const struct ais_why *obstacle_of(const struct key_rotation *rotation)
{
    const struct ais_why *all[] = { &rotation->obstacle, &rotation->log_obstacle, &rotation->figures_obstacle };
    for (size_t i = 0; i < N_ELEMS(all); i++)
        if (all[i]->code != AIS_OK)
            return all[i];
    return NULL;
}

static void describe(const struct key_rotation *rotation, struct ais_buf *out)
{
    char id[AIS_KEY_ID_SIZE];
    key_id(rotation, id);
    ais_jw_begin_object(out, NULL);
    ais_jw_text(out, "state",
                rotation->running         ? "running"
                : rotation->over          ? "done"
                : rotation->files_due > 0 ? "due"
                                          : "idle");
    ais_jw_text(out, "encryption_key", id);
    ais_jw_bool(out, "keys_given", ais_rotation_keys_given(rotation->store));
    if (rotation->running || rotation->over) {
        put_time(out, "started_at", rotation->began_ns);
        put_time(out, "finished_at", rotation->ended_ns);
        ais_jw_bool(out, "resumed", rotation->resumed);
        ais_jw_bool(out, "documents", rotation->documents);
        ais_jw_bool(out, "metrics", rotation->figures);
        ais_jw_bool(out, "audit_log", rotation->log);
        ais_jw_u64(out, "segments", rotation->segments);
        ais_jw_u64(out, "lines", rotation->lines);
        ais_jw_u64(out, "unopened", rotation->unopened);
    }
    if (rotation->files_due > 0)
        ais_jw_u64(out, "files_due", rotation->files_due);
    if (rotation->files_closed > 0)
        ais_jw_u64(out, "files_closed", rotation->files_closed);
    const struct ais_why *obstacle = obstacle_of(rotation);
    if (obstacle != NULL)
        ais_jw_text(out, "obstacle", obstacle->text);
    ais_jw_end_object(out);
}

struct answer key_rotation_show(struct question *question)
{
    describe(question->rotation, &question->words);
    return answer_json(question, 200);
}

struct answer key_rotation_ask(struct question *question)
{
    struct key_rotation *rotation = question->rotation;
    struct ais_why why = { 0 };
    if (rotation->running)
        return answer_say(409, "a rotation is under way: GET tells how far it is");
    enum ais_err err = ais_rotation_begin(question->store, NULL, NULL, &why);
    if (err == AIS_E_REFUSED || err == AIS_E_LIMIT)
        return answer_format(question, 409, "%s", why.text);
    if (err != AIS_OK)
        return answer_format(question, 503, "nothing was changed: %s", why.text);
    start(rotation, false);
    rotation->caller = question_caller(question->ask, &rotation->by);
    describe(rotation, &question->words);
    ais_jw_begin_object(&question->details, NULL);
    char id[AIS_KEY_ID_SIZE];
    key_id(rotation, id);
    ais_jw_text(&question->details, "encryption_key", id);
    ais_jw_bool(&question->details, "resumed", false);
    ais_jw_end_object(&question->details);
    question->event = true;
    question->kind = AIS_AUDIT_KEY_ROTATION_STARTED;
    question->outcome = AIS_AUDIT_SUCCESS;
    rotation->announced = true;
    return answer_json(question, 202);
}

/* ---- the work ---- */

/* What an owner of files says is in its way. It has logged that itself. */
static void take_obstacle(struct ais_span text, struct ais_why *ret)
{
    ret->code = text.size > 0 ? AIS_E_IO : AIS_OK;
    ais_span_copy(text, ret->text, sizeof ret->text);
}

enum ais_err key_rotation_heard(struct key_rotation *rotation, enum ais_role from, const struct ais_received *received)
{
    struct ais_msg_resealed msg;
    TRY(ais_msg_resealed_get(received->frame, received->size, &msg));
    if (!rotation->running || msg.round != rotation->round)
        return AIS_OK; /* it tells of another one */
    if (from == AIS_METRICS) {
        rotation->figures = rotation->figures || msg.finished == 1;
        take_obstacle(msg.obstacle, &rotation->figures_obstacle);
        return AIS_OK;
    }
    rotation->log = rotation->log || msg.finished == 1;
    rotation->segments = msg.segments;
    rotation->lines = msg.lines;
    rotation->unopened = msg.unopened;
    take_obstacle(msg.obstacle, &rotation->log_obstacle);
    return AIS_OK;
}

/* An obstacle is told once, as long as it is the same. */
static void note(struct key_rotation *rotation, enum ais_err err, const struct ais_why *why)
{
    if (err != AIS_OK && rotation->obstacle.code != err)
        ais_log_why(AIS_LOG_WARNING, why, "the rotation of the Fernet key does not come on; it is tried again");
    rotation->obstacle = err != AIS_OK ? *why : (struct ais_why){ .code = AIS_OK };
}

static void record(const struct key_rotation *rotation, struct outbox *outbox, enum ais_audit_kind kind)
{
    AUTO(ais_buf_done) struct ais_buf details = { 0 };
    char id[AIS_KEY_ID_SIZE];
    key_id(rotation, id);
    ais_jw_begin_object(&details, NULL);
    ais_jw_text(&details, "encryption_key", id);
    ais_jw_bool(&details, "resumed", rotation->resumed);
    if (kind == AIS_AUDIT_KEY_ROTATED) {
        ais_jw_u64(&details, "segments", rotation->segments);
        ais_jw_u64(&details, "lines", rotation->lines);
        ais_jw_u64(&details, "unopened", rotation->unopened);
    }
    ais_jw_end_object(&details);
    outbox_add_origin(outbox, ais_span_of(rotation->by.request_id), ais_span_of(rotation->by.traceparent), &details);
    const struct ais_caller *caller = rotation->caller.key_id != NULL ? &rotation->caller : NULL;
    outbox_put(outbox, kind, AIS_AUDIT_SUCCESS, caller, NULL, &details);
}

/* Asks those who are not through. Whoever does not take it is asked again. */
static void ask_others(const struct key_rotation *rotation, struct outbox *outbox)
{
    const struct ais_msg_reseal msg = { .round = rotation->round, .sender = ais_span_of(OUTBOX_SENDER) };
    enum ais_err err = AIS_OK;
    if (!rotation->log)
        err = ais_send_reseal(outbox->auditor, NULL, AIS_REGISTRY, &msg);
    if (!rotation->figures && err == AIS_OK)
        err = ais_send_reseal(rotation->metrics, NULL, AIS_REGISTRY, &msg);
    if (err != AIS_OK)
        ais_log(AIS_LOG_DEBUG, "the auditor or metrics does not take a request; it is asked again");
}

static void attempt(struct key_rotation *rotation, struct outbox *outbox)
{
    struct ais_why why = { 0 };
    ask_others(rotation, outbox);
    /* The first record behind the request makes the log turn. */
    if (!rotation->announced)
        record(rotation, outbox, AIS_AUDIT_KEY_ROTATION_STARTED);
    rotation->announced = true;
    if (rotation->documents)
        return;
    enum ais_err err = ais_rotation_documents(rotation->store, &why);
    note(rotation, err, &why);
    rotation->documents = err == AIS_OK;
}

static void end(struct key_rotation *rotation, struct outbox *outbox)
{
    struct ais_why why = { 0 };
    enum ais_err err = ais_rotation_end(rotation->store, &why);
    note(rotation, err, &why);
    if (err != AIS_OK)
        return;
    rotation->running = false;
    rotation->over = true;
    rotation->ended_ns = ais_clock_wall();
    record(rotation, outbox, AIS_AUDIT_KEY_ROTATED);
    ais_log(AIS_LOG_INFO, "everything is sealed under the new Fernet key: %llu segments of the audit log, %llu lines",
            (unsigned long long)rotation->segments, (unsigned long long)rotation->lines);
}

void key_rotation_go_on(struct key_rotation *rotation, struct outbox *outbox, int64_t now_ns)
{
    bool through = rotation->documents && rotation->log && rotation->figures;
    if (!rotation->running || (!through && now_ns < rotation->next_ns) || !outbox_has_room(outbox, 1) ||
        (through && now_ns < rotation->next_ns && rotation->obstacle.code != AIS_OK))
        return;
    rotation->next_ns = now_ns + AGAIN_MS * AIS_NS_PER_MS;
    if (through)
        end(rotation, outbox);
    else
        attempt(rotation, outbox);
}
