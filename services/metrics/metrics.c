#include "services/metrics/metrics.h"

#include "services/metrics/series_file.h"
#include "services/metrics/usage.h"
#include "shared/log/log.h"
#include "shared/metrics/metrics.h"
#include "shared/sys/clock.h"

#include <stdlib.h>
#include <string.h>

enum { NAME_SIZE = SERIES_NAME_SIZE, QUEUE = 4096, TICK_MS = 1000 };

static const char me[] = "metrics";

/* What one actor last said of itself. */
struct member {
    char name[NAME_SIZE];
    struct ais_gauges *gauges; /* owned */
    int64_t heard_ns;
};

struct metrics {
    zsock_t *in;               /* owned: samples and questions */
    struct ais_metrics *own;   /* owned: what this actor counts itself, since its last sample */
    struct ais_metrics *total; /* owned: counters and histograms of all, since the process began */
    struct ais_metrics *shown; /* owned: total with everybody's gauges, while a question is answered */
    struct ais_metrics *sums;  /* owned: those of struct usage */
    struct member members[METRICS_ACTORS_MOST];
    size_t member_count;
    struct series *series;    /* owned */
    struct series_file *file; /* owned */
    uint64_t told_forgotten;  /* of series->forgotten */
    uint64_t cpu_ns;          /* that has been counted */
    int64_t seen_ns;          /* monotonic: until when uptime has been counted */
    struct ais_buf sample;    /* owned: the last of its own */
    struct ais_buf text;      /* owned: the last answer */
    uint64_t refused;         /* messages, since they were last counted */
    bool complained;          /* about a malformed sample: one line is enough */
};

/* ---- Samples ---- */

static void member_forget(struct metrics *self, size_t i)
{
    free(self->members[i].gauges);
    self->members[i] = self->members[--self->member_count];
}

/* Its own place, made when it is new. NULL: memory is out, or there are too many. */
static struct member *member_of(struct metrics *self, const char *name)
{
    for (size_t i = 0; i < self->member_count; i++)
        if (strcmp(self->members[i].name, name) == 0)
            return &self->members[i];
    struct ais_gauges *gauges =
        self->member_count < METRICS_ACTORS_MOST ? calloc(1, sizeof *self->members[0].gauges) : NULL;
    if (gauges == NULL)
        return NULL;
    struct member *member = &self->members[self->member_count++];
    *member = (struct member){ .gauges = gauges };
    ais_span_copy(ais_span_of(name), member->name, sizeof member->name);
    return member;
}

/* The series first: it alone needs memory, and what it refuses is counted nowhere. */
static enum ais_err take_deltas(struct metrics *self, const char *name, const void *deltas, size_t size,
                                struct ais_why *why)
{
    struct member *member = member_of(self, name);
    if (member == NULL)
        return ais_fail(why, AIS_E_LIMIT, "no room for another actor");
    TRY(series_add(self->series, name, deltas, size, why));
    TRY(ais_metrics_merge(self->total, member->gauges, deltas, size, why));
    member->heard_ns = ais_clock_mono();
    return AIS_OK;
}

static void on_sample(void *arg, const struct ais_received *received)
{
    struct metrics *self = arg;
    struct ais_msg_sample sample;
    struct ais_why why = { .code = AIS_OK };
    char name[NAME_SIZE] = "";
    if (ais_msg_sample_get(received->frame, received->size, &sample) != AIS_OK) {
        self->refused++;
        return;
    }
    ais_span_copy(sample.actor, name, sizeof name);
    if (take_deltas(self, name, sample.deltas.data, sample.deltas.size, &why) == AIS_OK)
        return;
    self->refused++;
    if (!self->complained)
        ais_log(AIS_LOG_WARNING, "metrics: a sample of '%s' is not counted: %s", name, why.text);
    self->complained = true;
}

/* What this actor has to say goes the way of everybody's. */
static void sample_self(struct metrics *self)
{
    int64_t now_ns = ais_clock_mono();
    ais_metrics_count(self->own, AIS_M_WIRE_REFUSED, 0, 0, self->refused);
    ais_metrics_count(self->own, AIS_M_SERIES_FORGOTTEN, 0, 0, self->series->forgotten - self->told_forgotten);
    ais_metrics_count(self->own, AIS_M_UPTIME, 0, 0, (uint64_t)(now_ns - self->seen_ns));
    ais_metrics_set(self->own, AIS_M_SERIES_OK, series_file_ok(self->file) ? 1 : 0);
    ais_metrics_set(self->own, AIS_M_SERIES_BYTES, series_file_size(self->file));
    ais_metrics_set(self->own, AIS_M_SERIES_MEMORY, self->series->bytes);
    ais_metrics_process(self->own, &self->cpu_ns);
    self->refused = 0;
    self->told_forgotten = self->series->forgotten;
    self->seen_ns = now_ns;
    ais_buf_clear(&self->sample);
    ais_metrics_encode(self->own, &self->sample);
    if (!self->sample.failed && take_deltas(self, me, self->sample.data, self->sample.length, NULL) == AIS_OK)
        ais_metrics_restart(self->own);
}

/* ---- Time ---- */

static void forget_the_silent(struct metrics *self)
{
    int64_t now = ais_clock_mono();
    for (size_t i = self->member_count; i-- > 0;)
        if (now - self->members[i].heard_ns > METRICS_FORGET_MS * AIS_NS_PER_MS)
            member_forget(self, i);
}

static void end_minute(struct metrics *self, int64_t now_s)
{
    series_file_append(self->file, &self->series->running);
    series_turn(self->series, now_s);
    series_file_turned(self->file, self->series);
}

static void tick(void *arg)
{
    struct metrics *self = arg;
    int64_t now_s = ais_clock_wall() / AIS_NS_PER_S;
    forget_the_silent(self);
    sample_self(self);
    if (series_is_over(self->series, now_s))
        end_minute(self, now_s);
}

/* ---- Questions ---- */

static void show(struct metrics *self)
{
    tick(self);
    *self->shown = *self->total;
    for (size_t i = 0; i < self->member_count; i++)
        ais_metrics_combine(self->shown, self->members[i].gauges);
}

static enum ais_err answer_metrics(const struct usage *usage, struct ais_span args, struct ais_buf *out,
                                   struct ais_why *why)
{
    (void)args; /* scrapers may be told to send some */
    ais_metrics_render(usage->now, out);
    return out->failed ? ais_fail(why, AIS_E_NOMEM, "out of memory") : AIS_OK;
}

static const struct question {
    const char *what, *media_type;
    enum ais_err (*answer)(const struct usage *usage, struct ais_span args, struct ais_buf *out, struct ais_why *why);
} questions[] = {
    {"metrics",        "text/plain; version=0.0.4; charset=utf-8", answer_metrics},
    { "usage_metrics", "application/json",                         usage_metrics },
    { "usage_stats",   "application/json",                         usage_stats   },
};

static void answer(struct metrics *self, const struct question *question, struct ais_span args,
                   struct ais_msg_tell *tell, struct ais_why *why)
{
    show(self);
    const struct usage usage = {
        .series = self->series,
        .now = self->shown,
        .sums = {&self->sums[0], &self->sums[1], &self->sums[2]},
        .now_ns = ais_clock_wall(),
    };
    ais_buf_clear(&self->text);
    enum ais_err err = question->answer(&usage, args, &self->text, why);
    if (err == AIS_OK) {
        tell->status = 200;
        tell->media_type = ais_span_of(question->media_type);
        tell->body = (struct ais_span){ self->text.data, self->text.length };
    } else {
        tell->status = err == AIS_E_INVALID ? 400 : 503;
        tell->body = ais_span_of(why->text);
    }
}

static void on_ask(void *arg, const struct ais_received *received)
{
    struct metrics *self = arg;
    struct ais_msg_ask ask;
    struct ais_why why = { 0 };
    if (ais_msg_ask_get(received->frame, received->size, &ask) != AIS_OK) {
        self->refused++;
        return;
    }
    struct ais_msg_tell tell = {
        .ticket = ask.ticket,
        .status = 404,
        .media_type = ais_span_of("text/plain"),
        .body = ais_span_of("the metrics actor answers questions about metrics only"),
    };
    for (size_t i = 0; i < N_ELEMS(questions); i++)
        if (ais_span_is(ask.what, questions[i].what))
            answer(self, &questions[i], ask.args, &tell, &why);
    if (ais_send_tell(self->in, &received->from, AIS_METRICS, &tell) != AIS_OK)
        self->refused++; /* the gateway is gone, or answers late: it asks again when asked again */
}

/* All of it is in memory: folding the file seals it anew. */
static void on_reseal(void *arg, const struct ais_received *received)
{
    struct metrics *self = arg;
    struct ais_msg_reseal msg;
    if (ais_msg_reseal_get(received->frame, received->size, &msg) != AIS_OK) {
        self->refused++;
        return;
    }
    series_file_fold(self->file, self->series);
    bool ok = series_file_ok(self->file);
    const struct ais_msg_resealed done = {
        .round = msg.round,
        .finished = ok ? 1 : 0,
        .obstacle = ais_span_of(ok ? "" : SERIES_FILE_NAME " cannot be written"),
    };
    if (ais_send_resealed(self->in, &received->from, AIS_METRICS, &done) != AIS_OK)
        self->refused++; /* the registry asks again */
}

static void on_readable(void *arg)
{
    static const struct ais_actor_route routes[] = {
        {AIS_MSG_SAMPLE,  on_sample},
        { AIS_MSG_ASK,    on_ask   },
        { AIS_MSG_RESEAL, on_reseal},
    };
    struct metrics *self = arg;
    ais_actor_receive(self->in, AIS_METRICS, routes, N_ELEMS(routes), 0, self, &self->refused);
}

/* ---- Life ---- */

static void metrics_done(struct metrics **owned)
{
    struct metrics *self = *owned;
    if (self == NULL)
        return;
    zsock_destroy(&self->in);
    while (self->member_count > 0)
        member_forget(self, self->member_count - 1);
    series_file_close(&self->file);
    series_destroy(&self->series);
    free(self->own);
    free(self->total);
    free(self->shown);
    free(self->sums);
    ais_buf_done(&self->sample);
    ais_buf_done(&self->text);
    free(self);
    *owned = NULL;
}

/* The actor's end: what had been told is in the file. */
static void destroy(void *arg)
{
    struct metrics *self = arg;
    on_readable(self);
    sample_self(self);
    end_minute(self, ais_clock_wall() / AIS_NS_PER_S);
    metrics_done(&self);
}

static enum ais_err make_sums(struct metrics *self, struct ais_why *why)
{
    self->own = calloc(1, sizeof *self->own);
    self->total = calloc(1, sizeof *self->total);
    self->shown = calloc(1, sizeof *self->shown);
    self->sums = calloc(3, sizeof *self->sums);
    bool made = self->own != NULL && self->total != NULL && self->shown != NULL && self->sums != NULL;
    return made ? AIS_OK : ais_fail(why, AIS_E_NOMEM, "metrics");
}

enum ais_err metrics_start(const struct metrics_conf *conf, zactor_t **ret_actor, struct ais_user_key *ret_user_key,
                           struct ais_why *why)
{
    AUTO(metrics_done) struct metrics *self = calloc(1, sizeof *self);
    if (self == NULL)
        return ais_fail(why, AIS_E_NOMEM, "metrics");
    TRY(make_sums(self, why));
    self->series = series_new(conf->retention_hours, ais_clock_wall() / AIS_NS_PER_S);
    if (self->series == NULL)
        return ais_fail(why, AIS_E_NOMEM, "metrics");
    TRY(series_file_open(conf->dir, conf->ring, self->series, &self->file, why));
    TRY(ais_wire_bind(ZMQ_ROUTER, conf->endpoints.metrics, QUEUE, &self->in, why));
    ais_metrics_info(self->own, AIS_M_BUILD_INFO, conf->version, conf->revision);
    self->seen_ns = ais_clock_mono();
    if (ret_user_key != NULL)
        *ret_user_key = *series_file_user_key(self->file);
    const struct ais_actor actor = {
        .name = me,
        .self = self,
        .destroy = destroy,
        .inputs = { { self->in, 0, on_readable } },
        .input_count = 1,
        .tick_ms = TICK_MS,
        .tick = tick,
    };
    self = NULL; /* the thread's from here on */
    return ais_actor_start(&actor, ret_actor, why);
}
