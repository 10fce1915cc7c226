/* Every reason that an answer can give, once. A rule's own is made when it is compiled. */
#ifndef AIS_SHARED_POLICY_REASONS_H
#define AIS_SHARED_POLICY_REASONS_H

#define AIS_REASON_RULE           "Blocked by %s rule: %s" /* rule id, title */
#define AIS_REASON_ALLOWED        "Action passes all safety checks"
#define AIS_REASON_NOT_UNDERSTOOD "Not understood: %s: %s"             /* fact, why */
#define AIS_REASON_TOKEN          "Approval token: %s"                 /* words of enum ais_token */
#define AIS_REASON_DEFAULT        "Default action: %s"                 /* words of enum ais_action */
#define AIS_REASON_RISK           "Risk: %u of 100 (threshold %u): %s" /* score, threshold, its factors */

/* The same for machines: an explanation gives each reason its code. Codes are stable; what they mean is said here. */
#define AIS_REASON_CODES(X)                                                               \
    X(ALL_CLEAR, "nothing blocks or asks, or a valid approval token satisfies what asks") \
    X(RULE_BLOCK, "a rule that blocks matches")                                           \
    X(RULE_APPROVAL, "a rule that asks for approval matches")                             \
    X(INVARIANT, "an invariant is not held")                                              \
    X(NOT_UNDERSTOOD, "a rule hangs on a fact that was not understood")                   \
    X(DEFAULT_ACTION, "no rule matches, and the default action does not allow")           \
    X(TOKEN_INVALID, "the approval token is none")                                        \
    X(TOKEN_EXPIRED, "the approval token is too old")                                     \
    X(TOKEN_FORGED, "the approval token was not made here")                               \
    X(TOKEN_SPENT, "the approval token was used before")                                  \
    X(TOKEN_FOREIGN, "the approval token is for another request")                         \
    X(CORRELATION, "a correlation over the calls of the session matches")                 \
    X(RISK, "the risk score is at or over its threshold")                                 \
    X(HALTED, "an administrator stopped all decisions")

enum ais_reason_code {
#define X(code, meaning) AIS_BY_##code,
    AIS_REASON_CODES(X)
#undef X
        AIS_BY_COUNT
};

#endif
