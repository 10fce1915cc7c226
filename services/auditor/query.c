#include "services/auditor/query.h"

#include "services/auditor/search.h"
#include "shared/log/log.h"
#include "shared/sys/clock.h"
#include "shared/wire/args.h"

#include <pthread.h>
#include <stdlib.h>

enum { QUEUE = 256 }; /* questions that wait; a gateway has fewer open */

/* What writer and reader share: sixteen bytes. */
struct query {
    zactor_t *thread; /* owned */
    pthread_mutex_t lock;
    struct ais_seal_position position;
};

struct reader {
    struct query *query;            /* borrowed: it ends after the thread */
    zsock_t *questions;             /* owned */
    struct ais_seal_reader *reader; /* owned */
    uint64_t refused;
};

static void tell(struct reader *reader, const struct ais_address *to, uint64_t ticket, unsigned status,
                 const char *body, size_t size)
{
    const struct ais_msg_tell msg = {
        .ticket = ticket,
        .status = (uint16_t)status,
        .media_type = ais_span_of(status == 200 ? "application/json" : "text/plain"),
        .body = {body, size},
    };
    if (ais_send_tell(reader->questions, to, AIS_AUDITOR, &msg) != AIS_OK)
        ais_log(AIS_LOG_WARNING, "a gateway does not take its answers");
}

/* Sets the filter from name NUL value NUL pairs. */
static enum ais_err read_args(struct ais_span args, struct ais_audit_filter *filter, struct ais_why *why)
{
    int64_t now = ais_clock_wall();
    ais_audit_filter_init(filter);
    for (struct ais_arg arg; ais_args_next(&args, &arg);)
        TRY(ais_audit_filter_set(filter, arg.name, arg.value.data, now, why));
    if (args.size > 0)
        return ais_fail(why, AIS_E_INVALID, "the parameters are not pairs of names and values");
    return AIS_OK;
}

static void on_ask(void *self, const struct ais_received *received)
{
    struct reader *reader = self;
    struct ais_msg_ask msg;
    struct ais_audit_filter filter;
    struct ais_why why = { 0 };
    AUTO(ais_buf_done) struct ais_buf body = { 0 };
    if (ais_msg_ask_get(received->frame, received->size, &msg) != AIS_OK) {
        reader->refused++;
        return;
    }
    if (!ais_span_is(msg.what, "logs")) {
        static const char unknown[] = "the auditor answers questions about its log only";
        tell(reader, &received->from, msg.ticket, 404, unknown, sizeof unknown - 1);
        return;
    }
    enum ais_err err = read_args(msg.args, &filter, &why);
    if (err == AIS_OK) {
        pthread_mutex_lock(&reader->query->lock);
        const struct ais_seal_position position = reader->query->position;
        pthread_mutex_unlock(&reader->query->lock);
        err = search_log(reader->reader, &position, &filter, &body, &why);
    }
    if (err == AIS_OK)
        tell(reader, &received->from, msg.ticket, 200, body.data, body.length);
    else
        tell(reader, &received->from, msg.ticket, err == AIS_E_INVALID ? 400 : 503, why.text, strlen(why.text));
    if (err != AIS_OK && err != AIS_E_INVALID)
        ais_log_why(AIS_LOG_ERROR, &why, "the audit log could not be searched");
}

static void readable(void *self)
{
    static const struct ais_actor_route table[] = {
        {AIS_MSG_ASK, on_ask}
    };
    struct reader *reader = self;
    ais_actor_receive(reader->questions, AIS_AUDITOR, table, N_ELEMS(table), 0, reader, &reader->refused);
}

static void destroy(void *self)
{
    struct reader *reader = self;
    zsock_destroy(&reader->questions);
    ais_seal_reader_destroy(&reader->reader);
    free(reader);
}

static void destroy_reader(struct reader **reader)
{
    if (*reader != NULL)
        destroy(TAKE(*reader));
}

enum ais_err query_start(const struct query_conf *conf, struct query **ret, struct ais_why *why)
{
    AUTO(query_stop) struct query *query = calloc(1, sizeof *query);
    AUTO(destroy_reader) struct reader *reader = calloc(1, sizeof *reader);
    if (query == NULL || reader == NULL || pthread_mutex_init(&query->lock, NULL) != 0) {
        free(TAKE(query));
        return ais_fail(why, AIS_E_NOMEM, "the auditor's reader");
    }
    query->position = conf->position;
    reader->query = query;
    TRY(ais_seal_reader_new(conf->dir, conf->ring, &reader->reader, why));
    TRY(ais_wire_bind(ZMQ_ROUTER, conf->endpoint, QUEUE, &reader->questions, why));
    const struct ais_actor actor = {
        .name = "auditor-reader",
        .self = reader,
        .destroy = destroy,
        .inputs = { { reader->questions, 0, readable } },
        .input_count = 1,
    };
    reader = NULL; /* the thread's from here on */
    TRY(ais_actor_start(&actor, &query->thread, why));
    *ret = TAKE(query);
    return AIS_OK;
}

void query_committed(struct query *query, const struct ais_seal_position *position)
{
    pthread_mutex_lock(&query->lock);
    query->position = *position;
    pthread_mutex_unlock(&query->lock);
}

void query_stop(struct query **query)
{
    if (*query == NULL)
        return;
    if ((*query)->thread != NULL)
        ais_actor_stop(&(*query)->thread);
    pthread_mutex_destroy(&(*query)->lock);
    free(*query);
    *query = NULL;
}
