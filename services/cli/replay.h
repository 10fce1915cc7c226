/* What would change if recorded requests were decided under other rulepacks: counted by replay.c, told by
 * replay_report.c. */
#ifndef AIS_SERVICES_CLI_REPLAY_H
#define AIS_SERVICES_CLI_REPLAY_H

#include "shared/mem/buf.h"
#include "shared/policy/policy.h"
#include "shared/sys/random.h"

/* What a decision becomes: word, words for people, colour's action. */
#define REPLAY_CHANGES(X)                                              \
    X(REPLAY_BLOCKED, "newly_blocked", "newly blocked", BLOCK)         \
    X(REPLAY_ASKING, "newly_asking", "newly asking", REQUIRE_APPROVAL) \
    X(REPLAY_ALLOWED, "newly_allowed", "newly allowed", ALLOW)

enum replay_change {
#define X(change, word, words, action) change,
    REPLAY_CHANGES(X)
#undef X
        REPLAY_CHANGE_COUNT
};

/* Why a record cannot be decided again: word, words for people. */
#define REPLAY_REFUSALS(X)                                                                               \
    X(REPLAY_EXCERPT, "excerpt", "of which the log holds only a part")                                   \
    X(REPLAY_MASKED, "masked", "with masked values")                                                     \
    X(REPLAY_TOKEN, "token", "with an approval token, whose state is not recorded")                      \
    X(REPLAY_SESSION, "session", "whose session did something before that is not known")                 \
    X(REPLAY_UNDECIDED, "undecided", "that were not decided: no request that could be read, or a fault") \
    X(REPLAY_UNREADABLE, "unreadable", "that this version does not read as a request")

enum replay_refusal {
#define X(refusal, word, words) refusal,
    REPLAY_REFUSALS(X)
#undef X
        REPLAY_REFUSAL_COUNT,
    REPLAY_JUDGED = REPLAY_REFUSAL_COUNT
};

enum { REPLAY_EXAMPLES_MOST = 100 };

/* Ids of decisions, the oldest. */
struct replay_examples {
    char (*ids)[AIS_UUID_SIZE]; /* owned; room for as many as are wanted */
    size_t count;
};

/* A rule that makes changes. */
struct replay_rule {
    char *pack, *rule; /* owned; NULL: no rule does, but the default action or the risk */
    uint64_t count;
    struct replay_examples examples;
};

struct replay_tally {
    uint64_t count;
    struct replay_rule *rules; /* owned; the most frequent first when told */
    size_t rule_count, room;
};

struct replay_result {
    const char *base, *next;             /* borrowed: digests of the packs in force, and of those that were tried */
    const char *default_action, *source; /* under which both decide, and where that is from; borrowed */
    size_t wanted_examples;
    uint64_t decisions; /* that the filter wants */
    uint64_t judged, refused[REPLAY_REFUSAL_COUNT];
    uint64_t checked, mismatched; /* recorded under the packs in force; of these, decided otherwise by them today */
    struct replay_examples mismatches;
    struct replay_tally changes[REPLAY_CHANGE_COUNT];
};

/* Keeps an id, when there is room left. False: no memory. */
bool replay_example(struct replay_examples *examples, size_t wanted, const char *id);

/* The rule of a tally, made if it is new. NULL: no memory. */
struct replay_rule *replay_rule(struct replay_tally *tally, const char *pack, const char *rule);

bool replay_would_change(const struct replay_result *result);

/* Writes the answer; orders the rules. */
void replay_write_text(struct replay_result *result, struct ais_buf *out);
void replay_write_json(struct replay_result *result, struct ais_buf *out);

void replay_result_done(struct replay_result *result);

#endif
