/* Facts: what a rule can ask about. One row of ais_facts is one fact; the functions of a family stand in one file.
 * Adding one touches nothing else.
 *
 * A fact's values are a pure function of the question. Each is made when the first rule asks for it, once a decision.
 * For the prefilter, every text that a fact may show is also among those that its sources show: a source is what the
 * engine scans, once, for the literals of all rules. */
#ifndef AIS_SHARED_POLICY_FACT_H
#define AIS_SHARED_POLICY_FACT_H

#include "shared/policy/facts/path.h"
#include "shared/policy/facts/view.h"
#include "shared/policy/question.h"

enum ais_path_use { AIS_PATH_NONE, AIS_PATH_MAY, AIS_PATH_MUST };

/* Bits: a fact may draw on several. */
enum ais_source {
    AIS_SOURCE_NONE = 0,    /* what it shows stands nowhere: comparisons with it are never ruled out by a scan */
    AIS_SOURCE_REQUEST = 1, /* every scalar of the request */
    AIS_SOURCE_CALLER = 2,  /* what is known of the key */
    AIS_SOURCE_SESSION = 4, /* the tools that the session asked for */
    AIS_SOURCE_PART = 8     /* of the first part, that of the next twice as much: every list of it */
};
enum { AIS_SOURCE_COUNT = 3 + AIS_PART_COUNT };

struct ais_fact {
    const char *name;       /* as in a rule, without path; "": the one of lists without a field, not to be written */
    enum ais_path_use path; /* whether `.<path>` follows */
    unsigned sources;
    unsigned common; /* how little its literals tell, 1 the least: a tool's name is in every request */

    /* Appends the values, or sets ret->unknown. path is NULL when the rule has none. NULL: the fact is a list of a
     * part, whose source is the one bit of sources. */
    void (*values)(const struct ais_question *question, const struct ais_path *path, struct ais_values *ret);
    unsigned list;
};

/* The part that a fact is a list of; AIS_PART_COUNT: of none. */
static inline enum ais_part_id ais_fact_part(const struct ais_fact *fact)
{
    if (fact->values != NULL)
        return AIS_PART_COUNT;
    return (enum ais_part_id)(__builtin_ctz(fact->sources) - __builtin_ctz(AIS_SOURCE_PART));
}

/* Whether it tells what the session did before (question->session). */
bool ais_fact_is_of_session(const struct ais_fact *fact);

/* Whether a fact never has two values: in a request, or (element) in one element of its part. Whether every request has
 * it. For warnings. */
bool ais_fact_is_single(const struct ais_fact *fact, bool element);
bool ais_fact_is_there(const struct ais_fact *fact);

/* Whether all that a fact can be is a whole number from *least to *most. For warnings. */
bool ais_fact_range(const struct ais_fact *fact, int *least, int *most);

extern const struct ais_fact ais_facts[];
extern const size_t ais_fact_count;

/* Whether nothing but the agent's own word need be behind what the fact says: metadata, context and what comes of them.
 * A filter and an `unless` never rest on such facts alone. */
bool ais_fact_is_claimed(const struct ais_fact *fact);

/* Appends every text that source i (the bit 1 << i) shows. */
void ais_source_show(unsigned i, struct ais_view *view, struct ais_values *ret);

/* The fact that n bytes of text name, and its path in the arena (path->count 0 when there is none). AIS_E_RULE: an
 * unknown fact (with a suggestion where one is near), one that this version does not build, a path that is missing,
 * superfluous or wrong. AIS_E_NOMEM. */
MUST_CHECK enum ais_err ais_fact_parse(struct ais_arena *arena, const char *text, size_t n, const struct ais_fact **ret,
                                       struct ais_path *ret_path, struct ais_why *why);

/* The fact of lists without a field: every scalar of the request. */
extern const struct ais_fact *const ais_fact_anywhere;

/* ---- the functions behind the table ---- */

typedef void ais_source_texts(const struct ais_question *question, struct ais_values *ret);
ais_source_texts ais_request_texts, ais_caller_texts, ais_session_texts;

typedef void ais_fact_values(const struct ais_question *question, const struct ais_path *path, struct ais_values *ret);

/* request_facts.c */
ais_fact_values ais_fact_tool_name, ais_fact_tool_args, ais_fact_context, ais_fact_metadata, ais_fact_everything,
    ais_fact_request_size, ais_fact_request_depth;
/* time_facts.c */
ais_fact_values ais_fact_time_minute, ais_fact_time_hour, ais_fact_time_day, ais_fact_time_week, ais_fact_time_month,
    ais_fact_time_year;
/* caller_facts.c */
ais_fact_values ais_fact_caller_key, ais_fact_caller_name, ais_fact_caller_user, ais_fact_caller_agent,
    ais_fact_caller_environment, ais_fact_session_id, ais_fact_agent_id;
/* session_facts.c */
ais_fact_values ais_fact_session_calls, ais_fact_session_tools;

#endif
