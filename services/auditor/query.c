#include "services/auditor/query.h"

#include "services/auditor/activity.h"
#include "services/auditor/history.h"
#include "services/auditor/returned.h"
#include "services/auditor/search.h"
#include "shared/json/write.h"
#include "shared/log/log.h"
#include "shared/wire/args.h"

#include <stdlib.h>
#include <string.h>

enum {
    QUEUE = 256,    /* questions that wait; a gateway has fewer open */
    TICK_MS = 1000, /* between looks for what retention has deleted */
    NICE = 5,       /* not more: a search has to end while others work, too; see yield.h */
};

_Thread_local bool yield_in_haste;

struct reader {
    zsock_t *logs, *pasts;               /* owned; questions of gateways, and of evaluators */
    struct ais_seal_reader *reader;      /* owned */
    struct ais_seal_reader *past_reader; /* owned; for pasts, which are asked for while the other is at work */
    bool searching;                      /* the files are open for a search that is interrupted */
    struct catalog catalog;              /* owned */
    struct reading *reading;             /* borrowed */
    struct findings *findings;           /* borrowed */
    bool listing_failed;                 /* and was logged */
    int64_t begun_ns;                    /* when reading what was there before began; 0: it has not, or is over */
    uint64_t refused;
};

static void tell(zsock_t *socket, const struct ais_address *to, uint64_t ticket, unsigned status,
                 const char *media_type, struct ais_span body)
{
    const struct ais_msg_tell msg = {
        .ticket = ticket,
        .status = (uint16_t)status,
        .media_type = ais_span_of(media_type),
        .body = body,
    };
    if (ais_send_tell(socket, to, AIS_AUDITOR, &msg) != AIS_OK)
        ais_log(AIS_LOG_WARNING, "somebody who asked of the log does not take the answer");
}

/* ---- Questions ---- */

static void pasts_readable(void *self);

/* An answer, or the name of the parameter for which there is none. */
struct answer {
    struct ais_buf body;   /* owned */
    const char *parameter; /* borrowed from the question; NULL: it is none's fault */
};

static void answer_done(struct answer *answer)
{
    ais_buf_done(&answer->body);
}

/* What is left when no whole pair is left: nothing, in a question that was asked rightly. */
static enum ais_err check_rest(struct ais_span args, struct ais_why *why)
{
    return args.size == 0 ? AIS_OK : ais_fail(why, AIS_E_INVALID, "the parameters are not pairs of names and values");
}

static bool past_is_asked(void *self)
{
    const struct reader *reader = self;
    return (zsock_events(reader->pasts) & ZMQ_POLLIN) != 0;
}

/* A decision waits for a past, a search can wait for that. */
static enum ais_err search(struct reader *reader, const struct ais_audit_filter *filter, struct answer *answer,
                           struct ais_why *why)
{
    const struct search_pause pause = { past_is_asked, pasts_readable, reader };
    reader->searching = true;
    enum ais_err err = search_log(&reader->catalog, reader->reader, filter, &pause, &answer->body, why);
    reader->searching = false;
    return err;
}

static enum ais_err answer_logs(struct reader *reader, struct ais_span args, struct answer *answer, struct ais_why *why)
{
    struct ais_audit_filter filter;
    int64_t now = ais_clock_wall();
    ais_audit_filter_init(&filter);
    for (struct ais_arg arg; ais_args_next(&args, &arg);) {
        answer->parameter = arg.name;
        TRY(ais_audit_filter_set(&filter, arg.name, arg.value.data, now, why));
    }
    answer->parameter = "cursor";
    TRY(ais_audit_filter_check(&filter, why));
    answer->parameter = NULL;
    TRY(check_rest(args, why));
    return search(reader, &filter, answer, why);
}

static enum ais_err answer_activity(struct reader *reader, struct ais_span args, struct answer *answer,
                                    struct ais_why *why)
{
    const char *window = NULL;
    int64_t window_ns = 0;
    for (struct ais_arg arg; ais_args_next(&args, &arg); window = arg.value.data) {
        answer->parameter = arg.name;
        if (strcmp(arg.name, "window") != 0)
            return ais_fail(why, AIS_E_INVALID, "unknown parameter '%.40s'; expected window", arg.name);
        if (window != NULL)
            return ais_fail(why, AIS_E_INVALID, "window: given twice; expected it once");
    }
    TRY(check_rest(args, why));
    window = window != NULL ? window : "24h";
    TRY(activity_window(window, &window_ns, why));
    return activity_summary(&reader->catalog, window, window_ns, ais_clock_wall(), &answer->body, why);
}

static enum ais_err answer_session(struct reader *reader, struct ais_span args, struct answer *answer,
                                   struct ais_why *why)
{
    struct history_question question = { .since = NULL };
    TRY(history_read(args, &question, &answer->parameter, why));
    yield_in_haste = true;
    enum ais_err err = history_write(&reader->catalog, reader->past_reader, &question, &answer->body, why);
    yield_in_haste = false;
    return err;
}

static const struct question {
    const char *what;
    enum ais_err (*ask)(struct reader *reader, struct ais_span args, struct answer *answer, struct ais_why *why);
} question_table[] = {
    {"logs",      answer_logs    },
    { "activity", answer_activity},
    { "session",  answer_session },
};

/* An evaluator asks for pasts only. */
static const struct question *question_named(struct ais_span what, bool past)
{
    for (size_t i = 0; i < N_ELEMS(question_table); i++)
        if (ais_span_is(what, question_table[i].what) && (!past || question_table[i].ask == answer_session))
            return &question_table[i];
    return NULL;
}

/* 400 with the parameter that is at fault, in words and as a member of the problem document. */
static void write_fault(struct ais_buf *out, const char *parameter, const char *detail)
{
    ais_buf_clear(out);
    ais_jw_begin_object(out, NULL);
    ais_jw_text(out, "detail", detail);
    ais_jw_begin_array(out, "errors");
    if (parameter != NULL) {
        ais_jw_begin_object(out, NULL);
        ais_jw_text(out, "parameter", parameter);
        ais_jw_text(out, "detail", detail);
        ais_jw_end_object(out);
    }
    ais_jw_end_array(out);
    ais_jw_end_object(out);
}

static enum ais_err put_question(struct reader *reader, const struct question *question, struct ais_span args,
                                 struct answer *answer, struct ais_why *why)
{
    bool open = reader->searching;
    if (!open)
        reading_begins(reader->reading);
    enum ais_err err = question->ask(reader, args, answer, why);
    if (!open)
        reading_ends(reader->reading);
    return err;
}

static void take_question(struct reader *reader, zsock_t *socket, const struct ais_received *received)
{
    struct ais_msg_ask msg;
    struct ais_why why = { 0 };
    AUTO(answer_done) struct answer answer = { .parameter = NULL };
    if (ais_msg_ask_get(received->frame, received->size, &msg) != AIS_OK) {
        reader->refused++;
        return;
    }
    const struct question *question = question_named(msg.what, socket == reader->pasts);
    if (question == NULL) {
        tell(socket, &received->from, msg.ticket, 404, "text/plain",
             ais_span_of("the auditor answers questions about its log only"));
        return;
    }
    unsigned status = 200;
    enum ais_err err = put_question(reader, question, msg.args, &answer, &why);
    if (err == AIS_E_INVALID) {
        status = 400;
        write_fault(&answer.body, answer.parameter, why.text);
        err = answer.body.failed ? AIS_E_NOMEM : AIS_OK;
    }
    if (err == AIS_OK) {
        tell(socket, &received->from, msg.ticket, status, "application/json",
             (struct ais_span){ answer.body.data, answer.body.length });
        return;
    }
    tell(socket, &received->from, msg.ticket, 503, "text/plain", ais_span_of(why.text));
    ais_log_why(AIS_LOG_ERROR, &why, "the audit log could not be searched");
}

static void on_log_asked(void *self, const struct ais_received *received)
{
    struct reader *reader = self;
    take_question(reader, reader->logs, received);
}

static void on_past_asked(void *self, const struct ais_received *received)
{
    struct reader *reader = self;
    take_question(reader, reader->pasts, received);
}

static void logs_readable(void *self)
{
    static const struct ais_actor_route table[] = {
        {AIS_MSG_ASK, on_log_asked}
    };
    struct reader *reader = self;
    ais_actor_receive(reader->logs, AIS_AUDITOR, table, N_ELEMS(table), 0, reader, &reader->refused);
}

static void pasts_readable(void *self)
{
    static const struct ais_actor_route table[] = {
        {AIS_MSG_ASK, on_past_asked}
    };
    struct reader *reader = self;
    ais_actor_receive(reader->pasts, AIS_AUDITOR, table, N_ELEMS(table), 0, reader, &reader->refused);
}

/* ---- Between questions ---- */

static void tick(void *self)
{
    struct reader *reader = self;
    struct ais_why why = { 0 };
    reading_begins(reader->reading);
    enum ais_err err = catalog_refresh(&reader->catalog, &why);
    if (err != AIS_OK && !reader->listing_failed)
        ais_log_why(AIS_LOG_WARNING, &why, "the files of the audit log cannot be read into its index");
    reader->listing_failed = err != AIS_OK;
    if (err == AIS_OK) {
        catalog_look_around(&reader->catalog);
        catalog_tell(&reader->catalog, reader->findings);
        returned_tell(&reader->catalog, reader->findings);
    }
    reading_ends(reader->reading);
}

static int wait_ms(void *self)
{
    const struct reader *reader = self;
    return catalog_left(&reader->catalog) > 0 ? 0 : TICK_MS;
}

static void tell_read(const struct reader *reader)
{
    size_t records = 0, bytes = 0;
    catalog_measure(&reader->catalog, &records, &bytes);
    ais_log(AIS_LOG_INFO, "the audit log is in the index: %zu records, %zu bytes, %lld ms", records, bytes,
            (long long)((ais_clock_mono() - reader->begun_ns) / AIS_NS_PER_MS));
}

/* As many files a round as are read at once, so that a question never waits for more than that. */
static void after(void *self)
{
    struct reader *reader = self;
    if (reader->begun_ns == 0 && catalog_left(&reader->catalog) > 1)
        reader->begun_ns = ais_clock_mono();
    reading_begins(reader->reading);
    bool some = catalog_read_some(&reader->catalog);
    reading_ends(reader->reading);
    if (!some && reader->begun_ns != 0) {
        tell_read(reader);
        reader->begun_ns = 0;
    }
}

/* ---- Life ---- */

static void destroy(void *self)
{
    struct reader *reader = self;
    zsock_destroy(&reader->logs);
    zsock_destroy(&reader->pasts);
    ais_seal_reader_destroy(&reader->reader);
    ais_seal_reader_destroy(&reader->past_reader);
    catalog_done(&reader->catalog);
    free(reader);
}

static void destroy_reader(struct reader **reader)
{
    if (*reader != NULL)
        destroy(TAKE(*reader));
}

enum ais_err query_start(const struct query_conf *conf, zactor_t **ret, struct ais_why *why)
{
    AUTO(destroy_reader) struct reader *reader = calloc(1, sizeof *reader);
    if (reader == NULL)
        return ais_fail(why, AIS_E_NOMEM, "the auditor's reader");
    reader->reading = conf->reading;
    reader->findings = conf->findings;
    TRY(catalog_init(&reader->catalog, conf->index, conf->dir, conf->ring, conf->segment, why));
    TRY(ais_seal_reader_new(conf->dir, conf->ring, &reader->reader, why));
    TRY(ais_seal_reader_new(conf->dir, conf->ring, &reader->past_reader, why));
    TRY(ais_wire_bind(ZMQ_ROUTER, conf->logs, QUEUE, &reader->logs, why));
    TRY(ais_wire_bind(ZMQ_ROUTER, conf->pasts, QUEUE, &reader->pasts, why));
    const struct ais_actor actor = {
        .name = "auditor-reader",
        .self = reader,
        .destroy = destroy,
        .inputs = {{ reader->pasts, 0, pasts_readable }, { reader->logs, 0, logs_readable }},
        .input_count = 2,
        .wait_ms = wait_ms,
        .after = after,
        .tick_ms = TICK_MS,
        .tick = tick,
        .nice = NICE,
    };
    reader = NULL; /* the thread's from here on */
    return ais_actor_start(&actor, ret, why);
}
