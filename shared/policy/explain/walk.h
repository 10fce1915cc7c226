/* A second pass over what a rule asks, for people: which of its comparisons made it hold, and which would have to come
 * out differently. Everything is asked of the engine again, which remembers; nothing of the decision changes. */
#ifndef AIS_SHARED_POLICY_EXPLAIN_WALK_H
#define AIS_SHARED_POLICY_EXPLAIN_WALK_H

#include "shared/policy/engine.h"
#include "shared/policy/explain/mask.h"

enum {
    AIS_WALK_STEPS = 1 << 18,   /* nodes that all walks of one explanation may visit */
    AIS_WALK_LISTED = 16,       /* comparisons that one list has at most */
    AIS_WALK_LOCATED = 1 << 20, /* bytes that are looked at to find where patterns hit */
};

struct ais_walk {
    struct ais_engine *engine;          /* borrowed */
    struct ais_mask *mask;              /* borrowed */
    struct ais_buf *out;                /* borrowed: what is written goes there */
    struct ais_buf sample;              /* owned; scratch */
    const struct ais_policy_rule *rule; /* the one at hand */
    size_t steps, located;
    unsigned listed; /* comparisons in the list at hand */
    bool cut;        /* something was left out for its size */
};

void ais_walk_done(struct ais_walk *walk);

/* Whether there is work left. */
bool ais_walk_may(const struct ais_walk *walk);

/* Writes a list (key) of the comparisons by which the rule, which holds, holds. */
void ais_walk_because(struct ais_walk *walk, const char *key, const struct ais_policy_rule *rule);

/* Writes a list (key) of as few comparisons as would have to come out differently for the rule to hold, or (wanted
 * false) not to hold. */
void ais_walk_changes(struct ais_walk *walk, const char *key, const struct ais_policy_rule *rule, bool wanted);

/* Whether the rule, which does not hold, would if one comparison came out differently, while another of its detection
 * holds. */
bool ais_walk_is_near(struct ais_walk *walk, const struct ais_policy_rule *rule);

/* Writes a sample of one value of a fact as a text (name NULL: an element). */
void ais_walk_sample(struct ais_walk *walk, const char *name, const struct ais_fact *fact,
                     const struct ais_value *value);

/* Of a rule that hangs on an unknown: a fact that was not understood, and why. False: none was found. */
bool ais_walk_unknown(struct ais_walk *walk, const struct ais_policy_rule *rule, const char **ret_fact,
                      const char **ret_why);

#endif
