/* The inside of an engine: what one thread remembers while it decides. wake.c finds the rules to look at, ask.c
 * answers whether they hold; decide.c makes a decision of that. */
#ifndef AIS_SHARED_POLICY_ENGINE_H
#define AIS_SHARED_POLICY_ENGINE_H

#include "shared/policy/reasons.h"
#include "shared/policy/snapshot.h"

/* Bound of the work of one decision, in steps (facts/view.h): what its parts took, the scan, and what predicates look
 * at. Beyond it what is still open is unknown. It is counted, not timed, so that load never changes a decision. A byte
 * costs a pattern 1 to 4 ns, so this is some 40 ms; a pattern whose automaton has too many states to remember costs
 * more (regex.h). */
enum {
    AIS_WORK_MOST = 36 << 20,
    AIS_STEPS_A_VALUE = 32,
    AIS_STEPS_A_BYTE = 4,          /* nanoseconds, of the slowest operator */
    AIS_STEPS_AN_ELEMENT = 32,     /* to find the values of one, for each predicate that is asked of it */
    AIS_STEPS_A_SCANNED_BYTE = 10, /* for literals, where every word is the beginning of one */
    AIS_SCAN_MOST = 5 << 18,       /* bytes: a body of 1 MiB, and a quarter of what parts make of it */
};

/* What a decision takes its time for, in this order. Facts that only a condition asks for count as conditions. */
#define AIS_STAGES(X) X(FACTS, "facts") X(SCAN, "scan") X(CONDITIONS, "conditions") X(ANSWER, "answer")

enum ais_stage {
#define X(stage, word) AIS_STAGE_##stage,
    AIS_STAGES(X)
#undef X
        AIS_STAGE_COUNT
};

/* A memo of a gate holds generation << AIS_MEMO_BITS, AIS_MEMO_OPEN where it is open, and 1 + its truth once it was
 * asked. Without the generation of the decision at hand it is a closed one's. */
enum { AIS_MEMO_BITS = 3, AIS_MEMO_OPEN = 4, AIS_MEMO_TRUTH = 3 };

/* What is remembered of a decision is stamped with its generation, so that nothing has to be cleared. */
struct ais_engine {
    struct ais_arena *arena;                         /* owned; texts of this decision */
    struct ais_values values;                        /* owned; of all fields that were asked for */
    struct ais_buf text;                             /* owned; what was scanned */
    struct ais_op_scratch *op_scratch;               /* owned */
    struct ais_prefilter_scratch *prefilter_scratch; /* owned */

    uint64_t serial; /* of the snapshot that the arrays fit; 0: none */
    uint32_t generation;
    uint64_t *literal_hits; /* owned; of literals, a bit each */
    uint32_t *hits;         /* owned; the literals whose bit is set */
    size_t hit_count;
    uint32_t *memos;      /* owned; of gates */
    uint32_t *woken;      /* owned; of each level: the node that was woken last; UINT32_MAX: none was */
    uint32_t *woken_next; /* owned; of a node: the one that was woken before it */
    uint32_t *node_seen;  /* owned; generations */
    struct ais_asked {
        uint32_t generation;
        uint32_t truths; /* of the first elements, two bits each: 0, or 1 + the truth */
    } * asked;           /* owned; of predicates */
    struct ais_field_values {
        uint32_t generation, first, count;
        const struct ais_value *items; /* of a part; NULL: they stand in values from first on */
        const char *unknown;
    } * fields;           /* owned */
    uint32_t *candidates; /* owned; rules to look at, in order */
    size_t candidate_count;

    const struct ais_policy *policy;     /* borrowed during a decision */
    const struct ais_question *question; /* borrowed during a decision */
    struct ais_view view;                /* what is understood of it */
    size_t work;
    unsigned unknown_sources; /* bits of enum ais_source: no scan rules out what draws on these */
    bool failed;              /* memory ran out during this decision */
    void (*pulse)(void *arg); /* NULL: nobody listens */
    void *pulse_arg;
    const unsigned char *value_key; /* borrowed; NULL: none */

    struct ais_call_event *events; /* owned; what this call is for correlations; NULL: nothing is watched */
    size_t event_count;
    bool wants_session; /* a correlation asked for events that are deferred */

    struct ais_match *matches;                            /* owned; room for all rules */
    const struct ais_policy_rule **matched;               /* owned; the rules of matches */
    const char **reasons, **alternatives, **remediations; /* owned; room for all */
    struct ais_reason_note {
        enum ais_reason_code code;
        const struct ais_policy_rule *rule; /* NULL: no rule gives it */
    } * notes;                              /* owned; one a reason */

    int64_t (*clock)(void); /* monotonic nanoseconds; NULL: nobody wants to know how long anything takes */
    int64_t stage_began;
    int64_t stages[AIS_STAGE_COUNT]; /* of this decision: nanoseconds */
};

/* Ends a stage of the decision, and begins the next. */
static inline void ais_engine_stage(struct ais_engine *engine, enum ais_stage stage)
{
    if (engine->clock == NULL)
        return;
    int64_t now = engine->clock();
    engine->stages[stage] += now - engine->stage_began;
    engine->stage_began = now;
}

/* Whether a gate could hold. Only what is open needs to be asked. */
static inline bool ais_engine_is_open(const struct ais_engine *engine, uint32_t gate)
{
    const uint32_t shift = AIS_MEMO_BITS - 1; /* the bit that says open is the first of them */
    return engine->memos[gate] >> shift == (engine->generation << 1 | 1) || engine->policy->standing[gate];
}

/* Prepares for one decision and finds its candidates. */
MUST_CHECK enum ais_err ais_engine_begin(struct ais_engine *engine, const struct ais_policy *policy,
                                         const struct ais_question *question, struct ais_why *why);

/* gather.c: everything that some predicate may see into engine->text, one text after the other. What was not
 * understood, or is more than a scan may cost, is left in engine->unknown_sources. */
void ais_engine_gather(struct ais_engine *engine);

/* wake.c: notes a hit of the scan, for which it is called with the engine; and forgets those of the last decision. */
ais_prefilter_hit ais_engine_hit;
void ais_engine_forget_hits(struct ais_engine *engine);

/* wake.c: opens the gates that hits and unknown sources open; the rules behind them are candidates. */
void ais_engine_wake(struct ais_engine *engine);

/* Whether a rule's expression (or a part of one) holds. Look at engine->failed when all is done. */
enum ais_truth ais_engine_ask(struct ais_engine *engine, uint32_t ref);

/* The values of a field (a place among the predicates' fields), *ret_n of them; *ret_unknown: why these are not all
 * (a literal), NULL: they are. */
const struct ais_value *ais_engine_field(struct ais_engine *engine, uint32_t field, size_t *ret_n,
                                         const char **ret_unknown);

/* correlate.c: notes what correlations watch of a rule (its place) that holds or may hold. */
void ais_engine_watch(struct ais_engine *engine, uint32_t rule, enum ais_truth truth);

/* correlate.c: whether a correlation's condition holds, this call counted; everything is noted already. *ret_why:
 * what an unknown answer hangs on (a literal). */
enum ais_truth ais_correlate(struct ais_engine *engine, const struct ais_correlation *correlation,
                             const char **ret_why);

/* Of the facts on which an unknown answer to ref hangs the one whose text is least, and why it was not understood. */
void ais_engine_blame(struct ais_engine *engine, uint32_t ref, const char **ret_fact, const char **ret_why);

/* ---- for explanations: what was asked, once more ---- */

/* The same for one element of a part. */
enum ais_truth ais_engine_ask_in(struct ais_engine *engine, uint32_t ref, const struct ais_part *part,
                                 uint32_t element);

/* The values of a predicate's field; NULL when there is none. They live until more are asked for. */
const struct ais_value *ais_engine_values(struct ais_engine *engine, uint32_t predicate, size_t *ret_count);

/* Whether one value matches a predicate. Its work is not counted. */
enum ais_truth ais_engine_match(struct ais_engine *engine, uint32_t predicate, const struct ais_value *value);

#endif
