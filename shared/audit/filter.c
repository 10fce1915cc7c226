#include "shared/audit/filter.h"
#include "shared/audit/parts.h"
#include "shared/json/unescape.h"
#include "shared/text/contains.h"
#include "shared/text/nearest.h"

#include <assert.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static_assert(AIS_AUDIT_KIND_COUNT <= 64, "the kinds of a filter are bits of one word");

/* Words whose places are bits. */
static const char *const severity_words[] = {
#define X(value, word) [value] = (word),
    AIS_SEVERITIES(X)
#undef X
};
static const char *const decision_words[] = {
#define X(value, word) [value] = (word),
    AIS_ACTIONS(X)
#undef X
};
static const char *const event_words[] = {
#define X(kind, name, severity, meaning) [kind] = (name),
    AIS_AUDIT_KINDS(X)
#undef X
};

/* The bit of a word of n bytes; 0 when it is none of them. */
static uint64_t bit_of(const char *const *words, size_t count, const char *word, size_t n)
{
    for (size_t i = 0; i < count; i++) {
        if (strlen(words[i]) == n && memcmp(words[i], word, n) == 0)
            return UINT64_C(1) << i;
    }
    return 0;
}

/* The bits of words separated by commas; 0 when one of them is unknown. */
static uint64_t bits_of(const char *const *words, size_t count, const char *value)
{
    uint64_t bits = 0;
    for (;;) {
        size_t n = strcspn(value, ",");
        uint64_t bit = bit_of(words, count, value, n);
        if (bit == 0)
            return 0;
        bits |= bit;
        if (value[n] == '\0')
            return bits;
        value += n + 1;
    }
}

/* ---- One setter a parameter: false when the value is not accepted ---------------------------------------------- */

static bool set_severity(struct ais_audit_filter *filter, const char *value, int64_t now_ns)
{
    (void)now_ns;
    filter->severities = (uint32_t)bits_of(severity_words, N_ELEMS(severity_words), value);
    return filter->severities != 0;
}

static bool set_decision(struct ais_audit_filter *filter, const char *value, int64_t now_ns)
{
    (void)now_ns;
    filter->decisions = (uint32_t)bits_of(decision_words, N_ELEMS(decision_words), value);
    return filter->decisions != 0;
}

static bool set_event(struct ais_audit_filter *filter, const char *value, int64_t now_ns)
{
    (void)now_ns;
    filter->events = bits_of(event_words, N_ELEMS(event_words), value);
    return filter->events != 0;
}

#define TEXT_PARAMETERS(X) X(tool) X(rule) X(rulepack) X(user_id) X(session_id) X(decision_id) X(q)

#define X(name)                                                                                \
    static bool set_##name(struct ais_audit_filter *filter, const char *value, int64_t now_ns) \
    {                                                                                          \
        (void)now_ns;                                                                          \
        filter->name = value;                                                                  \
        return value[0] != '\0';                                                               \
    }
TEXT_PARAMETERS(X)
#undef X

/* Records cut their time to microseconds, and so do the bounds: rather a record too many than one too few. Before 1970
 * there is no record. */
static bool set_since(struct ais_audit_filter *filter, const char *value, int64_t now_ns)
{
    filter->since_text = value;
    if (ais_clock_parse(value, now_ns, &filter->since_ns) != 0)
        return false;
    if (filter->since_ns > 0)
        ais_clock_rfc3339(filter->since_ns, filter->since);
    return true;
}

static bool set_until(struct ais_audit_filter *filter, const char *value, int64_t now_ns)
{
    filter->until_text = value;
    if (ais_clock_parse(value, now_ns, &filter->until_ns) != 0)
        return false;
    ais_clock_rfc3339(filter->until_ns > 0 ? filter->until_ns : 0, filter->until);
    return true;
}

static bool set_order(struct ais_audit_filter *filter, const char *value, int64_t now_ns)
{
    (void)now_ns;
    filter->ascending = strcmp(value, "asc") == 0;
    return filter->ascending || strcmp(value, "desc") == 0;
}

static bool set_limit(struct ais_audit_filter *filter, const char *value, int64_t now_ns)
{
    (void)now_ns;
    size_t digits = strspn(value, "0123456789");
    if (digits == 0 || digits > 4 || value[digits] != '\0')
        return false;
    filter->limit = strtoul(value, NULL, 10);
    return filter->limit >= 1 && filter->limit <= AIS_AUDIT_LIMIT_MOST;
}

/* ---- Cursors: 16 digits of the number, 8 of what was asked, 8 of a check of both. It guards against slips, not
 * against malice, since whoever may read the log may read it from anywhere. ---- */

static const uint32_t fnv_begin = 0x811C9DC5, fnv_prime = 0x01000193; /* FNV-1a */

static uint32_t mix(uint32_t hash, const void *bytes, size_t n)
{
    for (size_t i = 0; i < n; i++)
        hash = (hash ^ ((const unsigned char *)bytes)[i]) * fnv_prime;
    return hash;
}

/* What is asked for, but how many records at a time, and from where on. */
static uint32_t question_of(const struct ais_audit_filter *filter)
{
    const char *const texts[] = { filter->tool,       filter->rule,       filter->rulepack,
                                  filter->user_id,    filter->session_id, filter->decision_id,
                                  filter->since_text, filter->until_text, filter->q };
    uint32_t hash = fnv_begin;
    hash = mix(hash, &filter->severities, sizeof filter->severities);
    hash = mix(hash, &filter->decisions, sizeof filter->decisions);
    hash = mix(hash, &filter->events, sizeof filter->events);
    hash = mix(hash, filter->ascending ? "a" : "d", 1);
    for (size_t i = 0; i < N_ELEMS(texts); i++) /* each with its NUL; none is other than all that can be given */
        hash = mix(hash, texts[i] != NULL ? texts[i] : "", texts[i] != NULL ? strlen(texts[i]) + 1 : 1);
    return hash;
}

static void write_cursor(uint64_t seq, uint32_t question, char text[AIS_AUDIT_CURSOR_SIZE])
{
    uint32_t check = mix(mix(fnv_begin, &seq, sizeof seq), &question, sizeof question);
    snprintf(text, AIS_AUDIT_CURSOR_SIZE, "%016" PRIx64 "%08" PRIx32 "%08" PRIx32, seq, question, check);
}

void ais_audit_cursor_write(const struct ais_audit_filter *filter, uint64_t seq, char text[AIS_AUDIT_CURSOR_SIZE])
{
    write_cursor(seq, question_of(filter), text);
}

static bool set_cursor(struct ais_audit_filter *filter, const char *value, int64_t now_ns)
{
    (void)now_ns;
    char again[AIS_AUDIT_CURSOR_SIZE];
    if (strlen(value) != AIS_AUDIT_CURSOR_SIZE - 1 || strspn(value, "0123456789abcdef") != AIS_AUDIT_CURSOR_SIZE - 1)
        return false;
    if (sscanf(value, "%16" SCNx64 "%8" SCNx32, &filter->cursor, &filter->cursor_of) != 2)
        return false;
    write_cursor(filter->cursor, filter->cursor_of, again);
    return filter->cursor != 0 && strcmp(value, again) == 0;
}

enum ais_err ais_audit_filter_check(const struct ais_audit_filter *filter, struct ais_why *why)
{
    if ((filter->given & (1U << AIS_AUDIT_PARAMETER_cursor)) == 0 || filter->cursor_of == question_of(filter))
        return AIS_OK;
    return ais_fail(why, AIS_E_INVALID,
                    "cursor: it is of an answer to another question; expected the same parameters as "
                    "for that answer, but for limit");
}

static const struct parameter {
    const char *name, *accepts;
    bool (*set)(struct ais_audit_filter *filter, const char *value, int64_t now_ns);
} parameters[AIS_AUDIT_PARAMETER_COUNT] = {
#define X(name, accepts) { #name, (accepts), set_##name },
    AIS_AUDIT_PARAMETERS(X)
#undef X
};

const char *ais_audit_parameter_name(enum ais_audit_parameter parameter)
{
    assert((unsigned)parameter < AIS_AUDIT_PARAMETER_COUNT);
    return parameters[parameter].name;
}

const char *ais_audit_parameter_accepts(enum ais_audit_parameter parameter)
{
    assert((unsigned)parameter < AIS_AUDIT_PARAMETER_COUNT);
    return parameters[parameter].accepts;
}

void ais_audit_filter_init(struct ais_audit_filter *filter)
{
    *filter = (struct ais_audit_filter){
        .since_ns = INT64_MIN,
        .until_ns = INT64_MAX,
        .limit = AIS_AUDIT_LIMIT_DEFAULT,
    };
}

/* The words that a parameter accepts, where there is a list of them. */
struct words {
    const char *const *words;
    size_t count;
};

static struct words words_of(enum ais_audit_parameter parameter)
{
    switch (parameter) {
    case AIS_AUDIT_PARAMETER_severity: return (struct words){ severity_words, N_ELEMS(severity_words) };
    case AIS_AUDIT_PARAMETER_decision: return (struct words){ decision_words, N_ELEMS(decision_words) };
    case AIS_AUDIT_PARAMETER_event: return (struct words){ event_words, N_ELEMS(event_words) };
    default: return (struct words){ NULL, 0 };
    }
}

static const char *word_at(size_t i, const void *words)
{
    return ((const struct words *)words)->words[i];
}

/* The word that the first unknown one of a list was probably meant to be; NULL: none is near. */
static const char *suggest(const struct words *known, const char *value)
{
    while (known->count > 0) {
        size_t n = strcspn(value, ",");
        if (bit_of(known->words, known->count, value, n) == 0)
            return ais_nearest_of(value, n, word_at, known->count, known);
        if (value[n] == '\0')
            break;
        value += n + 1;
    }
    return NULL;
}

static enum ais_err fail_value(enum ais_audit_parameter parameter, const char *value, struct ais_why *why)
{
    const struct parameter *row = &parameters[parameter];
    const struct words known = words_of(parameter);
    const char *meant = suggest(&known, value);
    if (meant == NULL)
        return ais_fail(why, AIS_E_INVALID, "%s: '%.60s' is not accepted; expected %s", row->name, value, row->accepts);
    return ais_fail(why, AIS_E_INVALID, "%s: '%.60s' is not accepted; expected %s; " AIS_DID_YOU_MEAN, row->name, value,
                    row->accepts, meant);
}

static enum ais_err fail_unknown(const char *name, struct ais_why *why)
{
    char names[256] = "";
    size_t used = 0;
    for (size_t i = 0; i < N_ELEMS(parameters); i++)
        used += (size_t)snprintf(names + used, sizeof names - used, "%s%s", i > 0 ? ", " : "", parameters[i].name);
    return ais_fail(why, AIS_E_INVALID, "unknown parameter '%.40s'; expected one of %s", name, names);
}

enum ais_err ais_audit_filter_set(struct ais_audit_filter *filter, const char *name, const char *value, int64_t now_ns,
                                  struct ais_why *why)
{
    size_t i = 0;
    while (i < N_ELEMS(parameters) && strcmp(parameters[i].name, name) != 0)
        i++;
    if (i == N_ELEMS(parameters))
        return fail_unknown(name, why);
    struct ais_audit_filter changed = *filter;
    if ((changed.given & (1U << i)) != 0)
        return ais_fail(why, AIS_E_INVALID, "%s: given twice; expected it once", name);
    if (!parameters[i].set(&changed, value, now_ns))
        return fail_value((enum ais_audit_parameter)i, value, why);
    if (changed.since_ns > changed.until_ns)
        return ais_fail(why, AIS_E_INVALID, "%s: '%.60s' leaves no time; expected since before until", name, value);
    changed.given |= 1U << i;
    *filter = changed;
    return AIS_OK;
}

/* ---- Matching -------------------------------------------------------------------------------------------------- */

static bool contains(const char *bytes, size_t n, const char *needle)
{
    return ais_contains(bytes, n, needle, strlen(needle));
}

/* Whether any value below node contains it. Records come from the sealed log, through a reader that bounds their
 * depth. */
static bool tree_contains(const struct ais_json *node, const char *needle)
{
    if (node->text != NULL && contains(node->text, node->length, needle))
        return true;
    for (const struct ais_json *child = node->first; child != NULL; child = child->next) {
        if (tree_contains(child, needle))
            return true;
    }
    return false;
}

/* What is written without escapes is found in the bytes, which is cheaper, keys included; the rest in the values. */
static bool match_q(const char *q, const struct ais_json *record, const char *bytes, size_t n)
{
    return contains(bytes, n, q) || (memchr(bytes, '\\', n) != NULL && tree_contains(record, q));
}

static bool match_text(const char *wanted, const struct ais_json *record, const char *member)
{
    return wanted == NULL || ais_json_is(ais_json_get(record, member), wanted);
}

static bool match_word(uint64_t wanted, const char *const *words, size_t count, const struct ais_json *record,
                       const char *member)
{
    if (wanted == 0)
        return true;
    const struct ais_json *node = ais_json_get(record, member);
    return node != NULL && node->text != NULL && (wanted & bit_of(words, count, node->text, node->length)) != 0;
}

/* Whether one rule of the record has both the id and the rulepack that are wanted. */
static bool match_rules(const struct ais_audit_filter *filter, const struct ais_json *record)
{
    if (filter->rule == NULL && filter->rulepack == NULL)
        return true;
    const struct ais_json *rules = ais_json_get(record, "rules");
    for (const struct ais_json *rule = rules != NULL ? rules->first : NULL; rule != NULL; rule = rule->next) {
        if (match_text(filter->rule, rule, "rule") && match_text(filter->rulepack, rule, "rulepack"))
            return true;
    }
    return false;
}

/* Times of records are all of one form, so their order is that of their bytes. */
static bool match_time(const struct ais_audit_filter *filter, const struct ais_json *record)
{
    if (filter->since[0] == '\0' && filter->until[0] == '\0')
        return true;
    const char *time = ais_json_get_text(record, "time");
    return time != NULL && (filter->since[0] == '\0' || strcmp(time, filter->since) >= 0) &&
           (filter->until[0] == '\0' || strcmp(time, filter->until) <= 0);
}

static bool match_cursor(const struct ais_audit_filter *filter, const struct ais_json *record)
{
    uint64_t seq;
    if (filter->cursor == 0)
        return true;
    if (!ais_json_get_u64(record, "seq", &seq))
        return false;
    return filter->ascending ? seq > filter->cursor : seq < filter->cursor;
}

static bool match_session(const struct ais_audit_filter *filter, const struct ais_json *record)
{
    return match_text(filter->session_id, record, "session_id") ||
           (filter->session_or != NULL && match_text(filter->session_or, record, "session_id"));
}

const struct ais_json *ais_audit_session(const struct ais_json *record)
{
    const struct ais_json *session = ais_json_get(record, "session_id");
    return session != NULL && session->text != NULL && session->length > 0 ? session : NULL;
}

static bool match_group(const struct ais_audit_filter *filter, const struct ais_json *record)
{
    if (filter->correlated && ais_json_get(record, "correlated") == NULL)
        return false;
    if (filter->key_id == NULL)
        return true;
    const struct ais_json *caller = ais_json_get(record, "caller");
    return ais_audit_session(record) == NULL && caller != NULL && match_text(filter->key_id, caller, "key_id");
}

bool ais_audit_filter_match(const struct ais_audit_filter *filter, const struct ais_json *record, const char *bytes,
                            size_t n)
{
    return match_cursor(filter, record) && match_time(filter, record) &&
           match_word(filter->severities, severity_words, N_ELEMS(severity_words), record, "severity") &&
           match_word(filter->decisions, decision_words, N_ELEMS(decision_words), record, "decision") &&
           match_word(filter->events, event_words, N_ELEMS(event_words), record, "event") &&
           match_text(filter->tool, record, "tool") && match_text(filter->user_id, record, "user_id") &&
           match_session(filter, record) && match_text(filter->decision_id, record, "decision_id") &&
           match_rules(filter, record) && match_group(filter, record) &&
           (filter->q == NULL || match_q(filter->q, record, bytes, n));
}

bool ais_audit_filter_glance(const struct ais_audit_filter *filter, const char *bytes, size_t n,
                             struct ais_buf *scratch)
{
    if (filter->q == NULL || contains(bytes, n, filter->q))
        return true;
    if (memchr(bytes, '\\', n) == NULL)
        return false;
    ais_buf_clear(scratch);
    ais_json_unescape(bytes, n, scratch);
    return scratch->failed || contains(scratch->data, scratch->length, filter->q);
}

static int8_t place_of(const char *const *words, size_t count, const struct ais_json *record, const char *member)
{
    const struct ais_json *node = ais_json_get(record, member);
    uint64_t bit = node != NULL && node->text != NULL ? bit_of(words, count, node->text, node->length) : 0;
    return (int8_t)(bit != 0 ? __builtin_ctzll(bit) : -1);
}

struct ais_audit_words ais_audit_words_of(const struct ais_json *record)
{
    return (struct ais_audit_words){
        .kind = place_of(event_words, N_ELEMS(event_words), record, "event"),
        .severity = place_of(severity_words, N_ELEMS(severity_words), record, "severity"),
        .decision = place_of(decision_words, N_ELEMS(decision_words), record, "decision"),
    };
}

const char *ais_audit_severity_name(enum ais_severity severity)
{
    return severity_words[severity];
}

const char *ais_audit_decision_name(enum ais_action action)
{
    return decision_words[action];
}
