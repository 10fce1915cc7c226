/* Which audit records somebody wants to see: the parameters of GET /api/v1/auditing/logs and of `audit query`, declared
 * once, and whether a record is one of them.
 *
 *     struct ais_audit_filter filter;
 *     ais_audit_filter_init(&filter);
 *     ais_audit_filter_set(&filter, "severity", "high,critical", now_ns, &why);      for each parameter given
 *     ais_audit_filter_check(&filter, &why);                                         then
 *     ais_audit_filter_match(&filter, record, bytes, n);                             for each record
 *     ais_audit_cursor_write(&filter, seq_of_the_last_record_given, next_cursor);
 */
#ifndef AIS_SHARED_AUDIT_FILTER_H
#define AIS_SHARED_AUDIT_FILTER_H

#include "shared/audit/event.h"
#include "shared/json/json.h"
#include "shared/sys/clock.h"

/* Times as ais_clock_parse reads them. */
#define AIS_AUDIT_TIME_ACCEPTS \
    "a time as 2026-01-31T23:59:59Z (years 1970 to 2261), or how long ago as -15m (s, m, h, d)"

/* What a record is asked for: name, and what is accepted. All but the pack of a rule by itself, for a command in which
 * "rulepack" means something else. */
#define AIS_AUDIT_REQUEST_PARAMETERS(X)                                                           \
    X(severity, "one or more of informational, low, medium, high, critical, separated by commas") \
    X(decision, "one or more of allow, require_approval, block, none, separated by commas")       \
    X(event, "one or more names of events, separated by commas")                                  \
    X(tool, "the name of a tool")                                                                 \
    X(rule, "the id of a rule that matched")                                                      \
    X(user_id, "a user")                                                                          \
    X(session_id, "a session")                                                                    \
    X(decision_id, "the id of a decision")                                                        \
    X(since, AIS_AUDIT_TIME_ACCEPTS)                                                              \
    X(until, AIS_AUDIT_TIME_ACCEPTS)                                                              \
    X(q, "a text that the record contains, ASCII letters in any case")

#define AIS_AUDIT_RECORD_PARAMETERS(X) \
    AIS_AUDIT_REQUEST_PARAMETERS(X)    \
    X(rulepack, "the name of a rulepack of which a rule matched")

/* How many of them are given, and which first. */
#define AIS_AUDIT_PAGE_PARAMETERS(X)       \
    X(order, "desc (newest first) or asc") \
    X(limit, "a number from 1 to 1000")    \
    X(cursor, "the next_cursor of an answer to the same question")

#define AIS_AUDIT_PARAMETERS(X)    \
    AIS_AUDIT_RECORD_PARAMETERS(X) \
    AIS_AUDIT_PAGE_PARAMETERS(X)

enum ais_audit_parameter {
#define X(name, accepts) AIS_AUDIT_PARAMETER_##name,
    AIS_AUDIT_PARAMETERS(X)
#undef X
        AIS_AUDIT_PARAMETER_COUNT
};

/* The name of a parameter and what it accepts; for help texts. */
const char *ais_audit_parameter_name(enum ais_audit_parameter parameter);
const char *ais_audit_parameter_accepts(enum ais_audit_parameter parameter);

enum { AIS_AUDIT_LIMIT_DEFAULT = 100, AIS_AUDIT_LIMIT_MOST = 1000 };

/* Fields that a reader needs to choose where it reads are open to it. */
struct ais_audit_filter {
    uint32_t given;                     /* bits of enum ais_audit_parameter */
    uint32_t severities, decisions;     /* bits of enum ais_severity and ais_action; 0: any */
    uint64_t events;                    /* bits of enum ais_audit_kind; 0: any */
    const char *tool, *rule, *rulepack; /* borrowed; NULL: any */
    const char *user_id, *session_id, *decision_id, *q;
    int64_t since_ns, until_ns;                            /* both included; INT64_MIN and INT64_MAX: no bound */
    char since[AIS_RFC3339_SIZE], until[AIS_RFC3339_SIZE]; /* the same as records write time; empty: no bound */
    bool ascending;                                        /* oldest first */
    size_t limit;
    uint64_t cursor;                     /* 0: none; else only records after (desc: before) this number */
    uint32_t cursor_of;                  /* what the question was, of whose answer the cursor is */
    const char *since_text, *until_text; /* as they were given, borrowed: the same -15m is the same question later */

    /* What no parameter sets: for the service itself. */
    const char *key_id;     /* borrowed; only records without a session, of this API key; NULL: any */
    const char *session_or; /* borrowed; beside session_id: what stands for the same session where it was masked */
    bool correlated;        /* only records of what correlations count */
};

/* The session of a record as correlations see it: NULL where it has none, or an empty one. */
const struct ais_json *ais_audit_session(const struct ais_json *record);

/* No parameter given: every record, newest first, AIS_AUDIT_LIMIT_DEFAULT of them. */
void ais_audit_filter_init(struct ais_audit_filter *filter);

/* Sets one parameter from its text, which is borrowed as long as the filter is used. now_ns: what "-15m" counts from.
 * AIS_E_INVALID: no parameter has this name, it was set before, or the value is not accepted; why names the parameter
 * and what is accepted. The filter is then as it was. */
MUST_CHECK enum ais_err ais_audit_filter_set(struct ais_audit_filter *filter, const char *name, const char *value,
                                             int64_t now_ns, struct ais_why *why);

/* Whether the cursor, when there is one, is of an answer to the same question: the same records in the same order,
 * however many at a time. For when all parameters are set. AIS_E_INVALID. */
MUST_CHECK enum ais_err ais_audit_filter_check(const struct ais_audit_filter *filter, struct ais_why *why);

/* Whether a record (its tree with "seq", and the n bytes it was read from) is wanted. Everything but limit counts. */
bool ais_audit_filter_match(const struct ais_audit_filter *filter, const struct ais_json *record, const char *bytes,
                            size_t n);

/* Whether one of the records in n bytes of JSON may be wanted, as far as q is concerned, without reading them: false is
 * certain. scratch is only reused memory. */
bool ais_audit_filter_glance(const struct ais_audit_filter *filter, const char *bytes, size_t n,
                             struct ais_buf *scratch);

/* The places of a record's words in AIS_AUDIT_KINDS, AIS_SEVERITIES and AIS_ACTIONS; -1: it has none, or an unknown
 * one, which no filter wants. */
struct ais_audit_words {
    int8_t kind, severity, decision;
};

struct ais_audit_words ais_audit_words_of(const struct ais_json *record);

/* And the words of those places. */
const char *ais_audit_severity_name(enum ais_severity severity);
const char *ais_audit_decision_name(enum ais_action action);

/* The cursor that goes on after record seq with the same question: opaque text, in which a slip of the pen shows. */
enum { AIS_AUDIT_CURSOR_SIZE = 33 };
void ais_audit_cursor_write(const struct ais_audit_filter *filter, uint64_t seq, char text[AIS_AUDIT_CURSOR_SIZE]);

#endif
