#include "services/metrics/metrics.h"

#include "shared/log/log.h"
#include "shared/metrics/metrics.h"
#include "shared/sys/clock.h"

#include <stdlib.h>
#include <string.h>

enum { NAME_SIZE = 64, QUEUE = 4096 };

/* What one actor last said of itself. */
struct member {
    char name[NAME_SIZE];
    struct ais_metrics *gauges; /* owned */
    int64_t heard_ns;
};

struct metrics {
    zsock_t *in;               /* owned: samples and questions */
    struct ais_metrics *total; /* owned: counters and histograms of all, and what this actor sets itself */
    struct ais_metrics *shown; /* owned: total with everybody's gauges, while it is printed */
    struct member members[METRICS_ACTORS_MOST];
    size_t member_count;
    struct ais_buf text; /* the last answer */
    uint64_t refused;    /* messages, since they were last counted */
    bool complained;     /* about a malformed sample: one line is enough */
};

static void member_forget(struct metrics *self, size_t i)
{
    free(self->members[i].gauges);
    self->members[i] = self->members[--self->member_count];
}

static void metrics_destroy(void *arg)
{
    struct metrics *self = arg;
    if (self == NULL)
        return;
    zsock_destroy(&self->in);
    while (self->member_count > 0)
        member_forget(self, self->member_count - 1);
    free(self->total);
    free(self->shown);
    ais_buf_done(&self->text);
    free(self);
}

/* Its own place, made when it is new. NULL: memory is out, or there are too many. */
static struct member *member_of(struct metrics *self, const char *name)
{
    for (size_t i = 0; i < self->member_count; i++)
        if (strcmp(self->members[i].name, name) == 0)
            return &self->members[i];
    struct ais_metrics *gauges =
        self->member_count < METRICS_ACTORS_MOST ? calloc(1, sizeof *self->members[0].gauges) : NULL;
    if (gauges == NULL)
        return NULL;
    struct member *member = &self->members[self->member_count++];
    *member = (struct member){ .gauges = gauges };
    memcpy(member->name, name, NAME_SIZE);
    return member;
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
    struct member *member = member_of(self, name);
    if (member != NULL &&
        ais_metrics_merge(self->total, member->gauges, sample.deltas.data, sample.deltas.size, &why) == AIS_OK) {
        member->heard_ns = ais_clock_mono();
        return;
    }
    self->refused++;
    if (!self->complained)
        ais_log(AIS_LOG_WARNING, "metrics: a sample of '%s' is not counted: %s", name,
                member == NULL ? "no room for another actor" : why.text);
    self->complained = true;
}

static void forget_the_silent(struct metrics *self)
{
    int64_t now = ais_clock_mono();
    for (size_t i = self->member_count; i-- > 0;)
        if (now - self->members[i].heard_ns > METRICS_FORGET_MS * AIS_NS_PER_MS)
            member_forget(self, i);
}

static void print(struct metrics *self)
{
    forget_the_silent(self);
    ais_metrics_count(self->total, AIS_M_WIRE_REFUSED, 0, 0, self->refused);
    self->refused = 0;
    ais_metrics_process(self->total);
    *self->shown = *self->total;
    for (size_t i = 0; i < self->member_count; i++)
        ais_metrics_combine(self->shown, self->members[i].gauges);
    ais_buf_clear(&self->text);
    ais_metrics_render(self->shown, &self->text);
}

static void on_ask(void *arg, const struct ais_received *received)
{
    static const char unknown[] = "the metrics actor answers \"metrics\" only";
    static const char no_memory[] = "out of memory";
    struct metrics *self = arg;
    struct ais_msg_ask ask;
    if (ais_msg_ask_get(received->frame, received->size, &ask) != AIS_OK) {
        self->refused++;
        return;
    }
    struct ais_msg_tell tell = {
        ask.ticket, 404, ais_span_of("text/plain"), {unknown, sizeof unknown - 1}
    };
    if (ais_span_is(ask.what, "metrics")) {
        print(self);
        bool failed = self->text.failed;
        tell.status = failed ? 503 : 200;
        tell.media_type = ais_span_of("text/plain; version=0.0.4; charset=utf-8");
        tell.body = failed ? (struct ais_span){ no_memory, sizeof no_memory - 1 }
                           : (struct ais_span){ self->text.data, self->text.length };
    }
    if (ais_send_tell(self->in, &received->from, AIS_METRICS, &tell) != AIS_OK)
        self->refused++; /* the gateway is gone, or answers late: it asks again when asked again */
}

static void on_readable(void *arg)
{
    static const struct ais_actor_route routes[] = {
        {AIS_MSG_SAMPLE, on_sample},
        { AIS_MSG_ASK,   on_ask   },
    };
    struct metrics *self = arg;
    ais_actor_receive(self->in, AIS_METRICS, routes, N_ELEMS(routes), 0, self, &self->refused);
}

enum ais_err metrics_start(const struct metrics_conf *conf, zactor_t **ret_actor, struct ais_why *why)
{
    struct metrics *self = calloc(1, sizeof *self);
    if (self == NULL)
        return ais_fail(why, AIS_E_NOMEM, "metrics");
    self->total = calloc(1, sizeof *self->total);
    self->shown = calloc(1, sizeof *self->shown);
    enum ais_err err = self->total != NULL && self->shown != NULL ? AIS_OK : ais_fail(why, AIS_E_NOMEM, "metrics");
    if (err == AIS_OK)
        err = ais_wire_bind(ZMQ_ROUTER, conf->endpoints.metrics, QUEUE, &self->in, why);
    if (err != AIS_OK) {
        metrics_destroy(self);
        return err;
    }
    ais_metrics_info(self->total, AIS_M_BUILD_INFO, conf->version, conf->revision);
    const struct ais_actor actor = {
        .name = "metrics",
        .self = self,
        .destroy = metrics_destroy,
        .inputs = { { self->in, 0, on_readable } },
        .input_count = 1,
    };
    return ais_actor_start(&actor, ret_actor, why);
}
