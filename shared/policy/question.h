/* What a decision is asked about, besides the request itself: who asks, when, with which token, and what its session
 * did before. */
#ifndef AIS_SHARED_POLICY_QUESTION_H
#define AIS_SHARED_POLICY_QUESTION_H

#include "shared/policy/request.h"

/* The API key that asks and what is pinned to it; NULL where nothing is. Borrowed for the time of ais_decide. */
struct ais_caller {
    const char *key_id, *name;
    const char *user, *agent, *environment;
};

/* What became of the approval token, before the engine is asked. The words end up in reasons. */
#define AIS_TOKENS(X)               \
    X(AIS_TOKEN_NONE, "none")       \
    X(AIS_TOKEN_VALID, "valid")     \
    X(AIS_TOKEN_INVALID, "invalid") \
    X(AIS_TOKEN_EXPIRED, "expired") \
    X(AIS_TOKEN_FORGED, "forged")   \
    X(AIS_TOKEN_SPENT, "spent")     \
    X(AIS_TOKEN_FOREIGN, "for another request")

enum ais_token {
#define X(value, word) value,
    AIS_TOKENS(X)
#undef X
        AIS_TOKEN_COUNT
};
const char *ais_token_text(enum ais_token token);

/* What a correlation counts of one call of a session: a rule that it watches matched, or a field had a value then. One
 * call may bring several. */
struct ais_session_event {
    int64_t time_ns; /* of the call's receipt */
    uint64_t call;   /* the same for all events of one call; 0: the call at hand */
    uint64_t watch;  /* which rule, which field: made when the rule is compiled, the same for the same names */
    union {
        unsigned char digest[16]; /* of a value */
        int64_t micros;           /* a number, in millionths */
    } value;
    bool allowed;   /* what became of the call */
    bool uncertain; /* whether the rule matched hung on something that was not understood */
    bool beyond;    /* stands for values that could not be understood, however many */
};

/* What the session did before this call, as far as that is known. Borrowed for the time of ais_decide. */
struct ais_session {
    uint64_t calls; /* before this one, whatever became of them */
    const struct ais_session_tool {
        const char *data;
        size_t size;
    } * tools; /* the names of the tools that it asked for, each once, in the order of their first calls */
    size_t tool_count;
    const char *unknown; /* why not all of the above is known (a literal); NULL: it is */

    const struct ais_session_event *events; /* what correlations watch, in the order of time */
    size_t event_count;
    int64_t known_since_ns; /* there may have been others before; INT64_MIN: there were none */
    const char *gap;        /* why they are not known (a literal); NULL where there were none */
    bool deferred;          /* events were not looked up: a decision that needs them says so, and is to be made again */
};

struct ais_question {
    const struct ais_request *request;
    struct ais_caller caller;
    int64_t received_ns;               /* wall clock, ns since 1970 */
    enum ais_token token;              /* VALID satisfies whatever asks; any other but NONE is never allowed */
    const struct ais_session *session; /* NULL: there is none, or nothing is known of it: its facts are absent */
};

#endif
