/* Why a decision came out as it did, for those who may know: written behind an answer when it is asked for.
 *
 *     ais_engine_time(engine, ais_clock_mono);             before the decision; off again with NULL
 *     ais_decide(engine, policy, &question, &decision, &why);
 *     ais_decision_write(&out, &decision, decision_id);
 *     ais_explain(engine, &question, &decision, &withheld, &out);
 *
 * Adds one member, "explanation", to the object that out ends with:
 *
 *     "snapshot": digest,
 *     "reasons": [{"code", "rule"?, "rulepack"?}]       parallel to the answer's; codes: reasons.h
 *     "rules": [{"rule", "title", "rulepack", "version", "line", "kind", "mode", "action", "severity", "effect",
 *                "condition"?, "because": [COMPARISON], "to_pass"?: [COMPARISON]}]   exactly those that matched
 *     "not_understood": [{"rule", "rulepack", "fact", "why"}]                        those that hang on an unknown
 *     "near_misses": [{"rule", "title", "rulepack", "version", "line", "mode", "action", "severity",
 *                      "missing": [COMPARISON]}]
 *     "to_pass": [text]                                 in words: what would have to change
 *     "risk"?: {"score", "threshold", "factors": [{"factor", "count", "points"}]}
 *     "facts": [{"fact", "count", "samples": [text]}]   of the parts that were made
 *     "unknown": [{"part", "why"}]
 *     "timing": {"facts_ns", "scan_ns", "conditions_ns", "answer_ns"}
 *     "truncated": bool                                 something was left out: 256 KiB, or the bounds of work
 *
 *     COMPARISON: {"selection"?, "line"?, "field", "modifiers": [], "pattern", "element"?, and one of
 *                  "matched": sample | null, "holds": false, "must": "match" | "not match" with "seen" or "matched"}
 *
 * Samples are cut, masked and harmless (mask.h); null: there is no value. Nothing here changes a decision or its bytes,
 * and nothing of it is done, or kept, when no explanation is asked for. */
#ifndef AIS_SHARED_POLICY_EXPLAIN_H
#define AIS_SHARED_POLICY_EXPLAIN_H

#include "shared/mem/buf.h"
#include "shared/policy/explain/withheld.h"
#include "shared/policy/policy.h"

enum {
    AIS_EXPLANATION_MOST = 256 << 10, /* bytes */
    AIS_EXPLANATION_WORK = 4 << 20,   /* bytes that comparisons may look at once more */
};

/* From the next decision on the engine notes how long each stage takes, by this clock (monotonic nanoseconds); NULL: no
 * longer. */
void ais_engine_time(struct ais_engine *engine, int64_t (*clock)(void));

/* Adds the explanation of the engine's last decision, which question and decision are of. withheld: of the question's
 * request; NULL: nothing is. Without memory out is as it was: the decision stands, explained or not. */
void ais_explain(struct ais_engine *engine, const struct ais_question *question, const struct ais_decision *decision,
                 const struct ais_withheld *withheld, struct ais_buf *out);

#endif
