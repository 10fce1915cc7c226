#include "services/auditor/history.h"

#include "services/auditor/search.h"
#include "shared/audit/history.h"
#include "shared/audit/record.h"
#include "shared/json/write.h"
#include "shared/store/mask_key.h"
#include "shared/wire/args.h"

#include <string.h>

enum { BODY_MOST = 3 << 20 }; /* a message between actors holds 4 MiB */

enum ais_err history_read(struct ais_span args, struct history_question *ret, const char **ret_parameter,
                          struct ais_why *why)
{
    struct history_question question = { .since = NULL };
    for (struct ais_arg arg; ais_args_next(&args, &arg);) {
        *ret_parameter = arg.name;
        if (strcmp(arg.name, "session") == 0)
            question.session = arg.value.data;
        else if (strcmp(arg.name, "masked") == 0)
            question.masked = arg.value.data;
        else if (strcmp(arg.name, "key") == 0)
            question.key = arg.value.data;
        else if (strcmp(arg.name, "since") == 0)
            question.since = arg.value.data;
        else if (strcmp(arg.name, "facts") == 0)
            question.facts = true;
        else
            return ais_fail(why, AIS_E_INVALID,
                            "unknown parameter '%.40s'; expected session, masked, key, since or facts", arg.name);
    }
    *ret_parameter = NULL;
    bool one = (question.session == NULL) != (question.key == NULL);
    if (!one || (question.masked != NULL && question.session == NULL) || question.since == NULL || args.size > 0)
        return ais_fail(why, AIS_E_INVALID, "a session or a key, and a time are expected");
    *ret = question;
    return AIS_OK;
}

struct history {
    const struct history_question *question;
    struct ais_buf *body;
    size_t count;
    bool facts_known;                /* a call that was given tells what was before it */
    bool cut;                        /* there are more than are given */
    uint64_t stopped_at;             /* number of the first record that was too old, where facts are known; 0: none */
    uint64_t rekeyed_at;             /* number of the last record of another mask key; 0: there was none */
    char rekeyed[AIS_RFC3339_SIZE];  /* its time; "": there was none */
    char last[AIS_RFC3339_SIZE];     /* the time of the last that was given */
    char earliest[AIS_RFC3339_SIZE]; /* of the first record of the log; "": it is the first that ever was */
};

static void put(struct ais_buf *out, const struct ais_json *record, const char *member)
{
    const struct ais_json *node = ais_json_get(record, member);
    if (node != NULL)
        ais_jw_node(out, member, node);
}

/* What a call before another mask key says of those before it is no whole: others may be masked under a key that is not
 * there any more. */
static void give(struct history *history, const struct ais_json *record, uint64_t seq)
{
    static const char *const members[] = { "decision_id", "time", "allowed", "tool", "session", "correlated" };
    ais_jw_begin_object(history->body, NULL);
    for (size_t i = 0; i < N_ELEMS(members); i++)
        if (seq > history->rekeyed_at || strcmp(members[i], "session") != 0)
            put(history->body, record, members[i]);
    ais_jw_end_object(history->body);
    history->count++;
}

/* Records come newest first. Those of other events than decisions have no part in a session. */
static bool take(void *arg, const struct ais_json *record, uint64_t seq)
{
    struct history *history = arg;
    const char *time = ais_json_get_text(record, "time");
    if (!ais_json_is(ais_json_get(record, "event"), "decision") || time == NULL || strlen(time) >= AIS_RFC3339_SIZE)
        return true;
    bool old = strcmp(time, history->question->since) < 0;
    bool wants_facts = history->question->facts && !history->facts_known;
    if (old && !wants_facts) {
        history->stopped_at = seq;
        return false;
    }
    if (history->count == AIS_HISTORY_CALLS_MOST || history->body->length > BODY_MOST - (64 << 10)) {
        history->cut = true;
        return false;
    }
    give(history, record, seq);
    memcpy(history->last, time, strlen(time) + 1);
    history->facts_known =
        history->facts_known || (seq > history->rekeyed_at && ais_json_get(record, "session") != NULL);
    return true;
}

/* The begin of the log: retention may have taken what was before. */
static bool take_first(void *arg, const struct ais_json *record, uint64_t seq)
{
    struct history *history = arg;
    const char *time = ais_json_get_text(record, "time");
    history->earliest[0] = '\0';
    if (seq > 1)
        snprintf(history->earliest, sizeof history->earliest, "%s", time != NULL ? time : "9999");
    return false;
}

/* Whether a record says that the mask key is another one from here on. */
static bool is_of_mask_key(const struct ais_json *record)
{
    const struct ais_json *details = ais_json_get(record, "details"), *places = NULL;
    if (ais_json_is(ais_json_get(record, "event"), ais_audit_kind_name(AIS_AUDIT_MASK_KEY_RESTORED)))
        return true;
    if (details != NULL)
        places = ais_json_get(details, "places");
    for (const struct ais_json *place = places != NULL ? places->first : NULL; place != NULL; place = place->next)
        if (ais_json_is(ais_json_get(place, "file"), AIS_MASK_KEY_FILE))
            return true;
    return false;
}

static bool take_rekeying(void *arg, const struct ais_json *record, uint64_t seq)
{
    struct history *history = arg;
    const char *time = ais_json_get_text(record, "time");
    if (!is_of_mask_key(record))
        return true;
    history->rekeyed_at = seq;
    snprintf(history->rekeyed, sizeof history->rekeyed, "%s", time != NULL ? time : "9999");
    return false;
}

/* Calls of the session that were masked under another key cannot be found, and values that they counted not compared.
 */
static enum ais_err find_rekeying(struct history *history, struct catalog *catalog, struct ais_seal_reader *reader,
                                  bool *ret_damaged, struct ais_why *why)
{
    struct ais_audit_filter filter;
    *ret_damaged = false;
    if (history->question->session != NULL && history->question->masked == NULL)
        return AIS_OK; /* nothing is masked */
    ais_audit_filter_init(&filter);
    filter.events = UINT64_C(1) << AIS_AUDIT_INTEGRITY_FAULT | UINT64_C(1) << AIS_AUDIT_MASK_KEY_RESTORED;
    if (!history->question->facts)
        TRY(ais_audit_filter_set(&filter, "since", history->question->since, 0, why));
    return search_records(catalog, reader, &filter, take_rekeying, history, ret_damaged, why);
}

/* The clock may have been set back for a while: what is older by number than calls that are too old need not be. */
static enum ais_err go_on_by_time(struct history *history, struct catalog *catalog, struct ais_seal_reader *reader,
                                  const struct ais_audit_filter *filter, bool *ret_damaged, struct ais_why *why)
{
    struct ais_audit_filter rest = *filter;
    *ret_damaged = false;
    if (history->stopped_at <= 1)
        return AIS_OK;
    rest.cursor = history->stopped_at;
    rest.correlated = true;
    TRY(ais_audit_filter_set(&rest, "since", history->question->since, 0, why));
    return search_records(catalog, reader, &rest, take, history, ret_damaged, why);
}

static const char *later(const char *a, const char *b)
{
    return strcmp(a, b) > 0 ? a : b;
}

/* Whoever has seen in the log how the id of a session is masked may send that as an id. In no record does it stand as
 * it came: what does is another session's. */
static void name_session(const struct history_question *question, struct ais_audit_filter *filter)
{
    bool is_mask = question->masked != NULL && question->session != NULL &&
                   strncmp(question->session, AIS_MASKED_PREFIX, strlen(AIS_MASKED_PREFIX)) == 0;
    filter->session_id = is_mask ? question->masked : question->session;
    filter->session_or = is_mask ? NULL : question->masked;
}

enum ais_err history_write(struct catalog *catalog, struct ais_seal_reader *reader,
                           const struct history_question *question, struct ais_buf *body, struct ais_why *why)
{
    struct history history = { .question = question, .body = body, .earliest = "9999" };
    struct ais_audit_filter filter, all;
    bool damaged, damaged_rest, damaged_first, damaged_keys;
    ais_audit_filter_init(&filter);
    name_session(question, &filter);
    filter.key_id = question->key;
    filter.correlated = !question->facts;
    if (!question->facts)
        TRY(ais_audit_filter_set(&filter, "since", question->since, 0, why));
    ais_audit_filter_init(&all);
    all.ascending = true;
    ais_jw_begin_object(body, NULL);
    ais_jw_begin_array(body, "calls");
    TRY(find_rekeying(&history, catalog, reader, &damaged_keys, why));
    TRY(search_records(catalog, reader, &filter, take, &history, &damaged, why));
    TRY(go_on_by_time(&history, catalog, reader, &filter, &damaged_rest, why));
    ais_jw_end_array(body);
    TRY(search_records(catalog, reader, &all, take_first, &history, &damaged_first, why));
    const char *since = later(history.earliest, history.rekeyed);
    if (history.cut)
        since = later(since, history.last);
    if (since[0] != '\0')
        ais_jw_text(body, "known_since", since);
    else
        ais_jw_null(body, "known_since");
    ais_jw_bool(body, "damaged", damaged || damaged_rest || damaged_first || damaged_keys);
    ais_jw_end_object(body);
    return body->failed ? ais_fail(why, AIS_E_NOMEM, "the answer of a search") : AIS_OK;
}
