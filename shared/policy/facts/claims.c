/* Facts that are nothing but what the agent says of itself, or may be: no exception rests on them alone. */
#include "shared/policy/facts/fact.h"

#include <string.h>

bool ais_fact_is_claimed(const struct ais_fact *fact)
{
    /* Names, and with a dot behind them families. The texts and the
     * size of the whole request hold its metadata too; an agent that
     * is pinned to a key is caller.agent. */
    static const char *const claims[] = { "",         "context", "metadata", "session.",
                                          "agent.id", "text",    "decoded.", "request." };
    for (size_t i = 0; i < N_ELEMS(claims); i++) {
        size_t n = strlen(claims[i]);
        bool family = n > 0 && claims[i][n - 1] == '.';
        if (family ? strncmp(fact->name, claims[i], n) == 0 : strcmp(fact->name, claims[i]) == 0)
            return true;
    }
    return false;
}
