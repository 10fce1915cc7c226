/* The words of the language's small sets, from their tables. */
#include "shared/policy/policy.h"

#include <string.h>

#define X(value, word) [value] = (word),
static const char *const actions[] = { AIS_ACTIONS(X) };
static const char *const severities[] = { AIS_SEVERITIES(X) };
static const char *const modes[] = { AIS_MODES(X) };
static const char *const kinds[] = { AIS_RULE_KINDS(X) };
static const char *const tokens[] = { AIS_TOKENS(X) };
#undef X

static const char *word_of(const char *const *words, size_t n, size_t value)
{
    return value < n ? words[value] : "?";
}

static bool value_of(const char *const *words, size_t n, const char *word, size_t *ret)
{
    for (size_t i = 0; i < n; i++) {
        if (strcmp(words[i], word) == 0) {
            *ret = i;
            return true;
        }
    }
    return false;
}

const char *ais_action_text(enum ais_action action)
{
    return word_of(actions, N_ELEMS(actions), action);
}

const char *ais_severity_text(enum ais_severity severity)
{
    return word_of(severities, N_ELEMS(severities), severity);
}

const char *ais_mode_text(enum ais_mode mode)
{
    return word_of(modes, N_ELEMS(modes), mode);
}

const char *ais_rule_kind_text(enum ais_rule_kind kind)
{
    return word_of(kinds, N_ELEMS(kinds), kind);
}

const char *ais_token_text(enum ais_token token)
{
    return word_of(tokens, N_ELEMS(tokens), token);
}

bool ais_action_of(const char *word, enum ais_action *ret)
{
    size_t value;
    if (!value_of(actions, N_ELEMS(actions), word, &value))
        return false;
    *ret = (enum ais_action)value;
    return true;
}

bool ais_severity_of(const char *word, enum ais_severity *ret)
{
    size_t value;
    if (!value_of(severities, N_ELEMS(severities), word, &value))
        return false;
    *ret = (enum ais_severity)value;
    return true;
}
