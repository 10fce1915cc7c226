/* Risk: what no single rule forbids may add up. A score from 0 to 100, a pure function of question and snapshot, from
 * the table of factors below: each counts something, a count is worth so many points, up to a most. At or over the
 * threshold of the snapshot a decision asks for approval; without a threshold nothing of this is computed.
 *
 * What it looks at is the same in whichever order rules stand: the rules that match, the parts TEXT, SHELL and URL
 * (which are made for it), the strings of the request, and the tools of the session. */
#ifndef AIS_SHARED_POLICY_RISK_H
#define AIS_SHARED_POLICY_RISK_H

#include "shared/mem/buf.h"

#include <stddef.h>

/*    factor                    name                         each most  in words */
#define AIS_RISKS(X)                                                                                           \
    X(MONITORED_CRITICAL, "monitored_critical", 40, 80, "critical rules that are only monitored")              \
    X(MONITORED_HIGH, "monitored_high", 25, 50, "rules of high severity that are only monitored")              \
    X(MONITORED_MEDIUM, "monitored_medium", 12, 36, "rules of medium severity that are only monitored")        \
    X(MONITORED_LOW, "monitored_low", 5, 15, "rules of low severity that are only monitored")                  \
    X(MONITORED_INFORMATIONAL, "monitored_informational", 2, 6, "informational rules that are only monitored") \
    X(DECODED_LAYERS, "decoded_layers", 10, 30, "layers of encoding")                                          \
    X(SHELL_DEPTH, "shell_depth", 8, 24, "shells within shells")                                               \
    X(ODD_URLS, "odd_urls", 15, 30, "URLs that hide their host")                                               \
    X(NOT_UNDERSTOOD, "not_understood", 20, 40, "facts beyond their bounds")                                   \
    X(NEW_TOOL, "new_tool", 10, 10, "a tool that its session has not used before")                             \
    X(LARGE, "large", 5, 10, "a large request")                                                                \
    X(DENSE, "dense", 10, 20, "texts that look random")

enum ais_risk_factor {
#define X(factor, name, each, most, words) AIS_RISK_##factor,
    AIS_RISKS(X)
#undef X
        AIS_RISK_COUNT
};

struct ais_risk {
    unsigned threshold; /* 1 to 100; 0: risk is off, and the rest is zero */
    unsigned score;     /* 0 to 100 */
    unsigned counts[AIS_RISK_COUNT], points[AIS_RISK_COUNT];
};

struct ais_engine;
struct ais_decision;

/* The score of the decision at hand, whose matches are known. Look at the engine's view.failed. */
void ais_risk_measure(struct ais_engine *engine, const struct ais_decision *decision, unsigned threshold,
                      struct ais_risk *ret);

/* The factors that count, the weightiest first: "layers of encoding 20, a large request 5". Cut at size. */
void ais_risk_describe(const struct ais_risk *risk, char *text, size_t size);

/* Writes a member "risk" with its factors; nothing when risk is off. */
void ais_risk_write(struct ais_buf *out, const struct ais_risk *risk);

#endif
