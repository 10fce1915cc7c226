/* Correlations: rules across the calls of one session, as the Sigma correlation rules specification 2.1 has them.
 *
 *   event_count       how many calls some of its rules matched
 *   value_count       how many different values a field had in those calls
 *   value_sum, _avg   the sum, or the average, of a field's numbers in those calls
 *   temporal          how many of its rules matched, in whatever order; all of them unless a condition says otherwise
 *   temporal_ordered  the same, of rules that matched in the order in which they are listed, up to this call
 *
 * A correlation is asked when the call at hand matches one of its rules, and counts that call too. Of the calls before
 * it those count that the timespan reaches; in temporal types only those that were allowed. A call that several rules
 * match is one call, and counts for each of them. */
#ifndef AIS_SHARED_POLICY_CORRELATION_H
#define AIS_SHARED_POLICY_CORRELATION_H

#include "shared/json/json.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* What a type looks at in a call that a rule matched. */
enum ais_measure {
    AIS_MEASURE_CALL,   /* that it was */
    AIS_MEASURE_VALUES, /* the values of the field, by their digests */
    AIS_MEASURE_NUMBERS /* the numbers of the field */
};

/*    type                    word                what it looks at     temporal */
#define AIS_CORRELATION_TYPES(X)                                 \
    X(AIS_EVENT_COUNT, "event_count", AIS_MEASURE_CALL, false)   \
    X(AIS_VALUE_COUNT, "value_count", AIS_MEASURE_VALUES, false) \
    X(AIS_VALUE_SUM, "value_sum", AIS_MEASURE_NUMBERS, false)    \
    X(AIS_VALUE_AVG, "value_avg", AIS_MEASURE_NUMBERS, false)    \
    X(AIS_TEMPORAL, "temporal", AIS_MEASURE_CALL, true)          \
    X(AIS_TEMPORAL_ORDERED, "temporal_ordered", AIS_MEASURE_CALL, true)

enum ais_correlation_type {
#define X(value, word, measure, temporal) value,
    AIS_CORRELATION_TYPES(X)
#undef X
        AIS_CORRELATION_TYPE_COUNT
};

const char *ais_correlation_type_text(enum ais_correlation_type type);
enum ais_measure ais_correlation_measure(enum ais_correlation_type type);
bool ais_correlation_is_temporal(enum ais_correlation_type type);

#define AIS_BOUND_OPS(X) X(GT, "gt") X(GTE, "gte") X(LT, "lt") X(LTE, "lte") X(EQ, "eq")

enum ais_bound_op {
#define X(op, word) AIS_BOUND_##op,
    AIS_BOUND_OPS(X)
#undef X
        AIS_BOUND_OP_COUNT
};

enum {
    AIS_CORRELATION_RULES_MOST = 64,   /* of one correlation */
    AIS_CORRELATION_COUNT_MOST = 1000, /* that a condition may ask for */
    AIS_CORRELATION_DAYS_MOST = 31,    /* of a timespan */
};

/* Numbers of fields are kept in millionths: exact for money, and sums of them are. */
#define AIS_MICROS INT64_C(1000000)

/* n bytes of a number as millionths, further decimals cut off; false when it is none or out of range (nine million
 * millions). */
bool ais_micros_read(const char *text, size_t n, int64_t *ret);

struct ais_correlation {
    enum ais_correlation_type type;
    int64_t timespan_ns;
    struct ais_bound {
        enum ais_bound_op op;
        int64_t value; /* a count; of sums and averages millionths */
    } bounds[AIS_BOUND_OP_COUNT];
    size_t bound_count; /* at least one */
    const char *field;  /* as written; NULL where the type has none */
    uint32_t field_number;
    bool typed;                        /* the type was read, and is one */
    const struct ais_json *rule_names; /* as written */
    uint32_t *rules;                   /* places among the pack's rules; in a snapshot: among its rules */
    uint64_t *watches;                 /* in a snapshot: by which the events of each of them are known */
    size_t rule_count;
};

/* ---- without any session (correlation_logic.c) ---- */

/* Whether no number meets its condition; and, of two of one pack, whether b matches wherever a does. Sound and not
 * complete: true is certain, false is "not known". */
bool ais_correlation_never(const struct ais_correlation *correlation);
bool ais_correlation_implies(const struct ais_correlation *a, const struct ais_correlation *b);

/* ---- reading: each a key of a correlation, with every fault noted (reader.h) ---- */

struct ais_reader;
struct ais_rule;

void ais_correlation_read_type(struct ais_reader *reader, const struct ais_json *node, struct ais_correlation *ret);
void ais_correlation_read_rules(struct ais_reader *reader, const struct ais_json *node, struct ais_correlation *ret);
void ais_correlation_read_group(struct ais_reader *reader, const struct ais_json *node);
void ais_correlation_read_timespan(struct ais_reader *reader, const struct ais_json *node, struct ais_correlation *ret);

/* All keys are read: the condition, which depends on the type, and what is missing. */
void ais_correlation_read_whole(struct ais_reader *reader, const struct ais_json *map, struct ais_correlation *ret);

/* All of the pack is read: finds the rules that its correlations name, and gives these their expressions. */
void ais_correlations_resolve(struct ais_reader *reader, struct ais_rule *rules, size_t count);

#endif
