/* The table of facts. */
#include "shared/policy/facts/fact.h"
#include "shared/text/nearest.h"

#include <string.h>

enum { REQUEST = AIS_SOURCE_REQUEST, CALLER = AIS_SOURCE_CALLER };

const struct ais_fact ais_facts[] = {
    {"",                    AIS_PATH_NONE, REQUEST,          1,  ais_fact_everything        },
    { "tool_name",          AIS_PATH_NONE, REQUEST,          64, ais_fact_tool_name         },
    { "tool_args",          AIS_PATH_MUST, REQUEST,          1,  ais_fact_tool_args         },
    { "context",            AIS_PATH_MAY,  REQUEST,          2,  ais_fact_context           },
    { "metadata",           AIS_PATH_MUST, REQUEST,          8,  ais_fact_metadata          },
    { "caller.key",         AIS_PATH_NONE, CALLER,           32, ais_fact_caller_key        },
    { "caller.name",        AIS_PATH_NONE, CALLER,           32, ais_fact_caller_name       },
    { "caller.user",        AIS_PATH_NONE, CALLER,           32, ais_fact_caller_user       },
    { "caller.agent",       AIS_PATH_NONE, CALLER,           32, ais_fact_caller_agent      },
    { "caller.environment", AIS_PATH_NONE, CALLER,           64, ais_fact_caller_environment},
    { "session.id",         AIS_PATH_NONE, REQUEST,          8,  ais_fact_session_id        },
    { "agent.id",           AIS_PATH_NONE, REQUEST | CALLER, 32, ais_fact_agent_id          },
    { "request.size",       AIS_PATH_NONE, AIS_SOURCE_NONE,  1,  ais_fact_request_size      },
    { "request.depth",      AIS_PATH_NONE, AIS_SOURCE_NONE,  1,  ais_fact_request_depth     },
};
const size_t ais_fact_count = N_ELEMS(ais_facts);
const struct ais_fact *const ais_fact_anywhere = &ais_facts[0];

ais_source_texts *const ais_sources[] = { ais_request_texts, ais_caller_texts };
const size_t ais_source_count = N_ELEMS(ais_sources);

/* Facts and families of the language that this version does not know yet: better said than guessed at. */
static const char *const later[] = { "text",   "decoded", "shell",         "url",           "path", "sql",
                                     "secret", "pii",     "session.calls", "session.tools", "code", "time" };

/* Whether the n bytes of text are name, or name with a path behind it. */
static bool begins_with(const char *text, size_t n, const char *name)
{
    size_t length = strlen(name);
    return length <= n && memcmp(text, name, length) == 0 && (length == n || text[length] == '.');
}

static const struct ais_fact *find(const char *text, size_t n)
{
    for (size_t i = 0; i < ais_fact_count; i++) {
        const struct ais_fact *fact = &ais_facts[i];
        if (fact != ais_fact_anywhere && begins_with(text, n, fact->name))
            return fact;
    }
    return NULL;
}

static const char *name_of(size_t i, const void *arg)
{
    (void)arg;
    return &ais_facts[i] != ais_fact_anywhere ? ais_facts[i].name : NULL;
}

static enum ais_err unknown_fact(const char *text, size_t n, struct ais_why *why)
{
    for (size_t i = 0; i < N_ELEMS(later); i++)
        if (begins_with(text, n, later[i]))
            return ais_fail(why, AIS_E_RULE, "the fact '%.*s' is not known to this version", (int)n, text);
    /* A misspelt family is near to its name, a misspelt member of one to the whole. */
    const char *dot = memchr(text, '.', n);
    const char *near = ais_nearest_of(text, n, name_of, ais_fact_count, NULL);
    if (near == NULL && dot != NULL)
        near = ais_nearest_of(text, (size_t)(dot - text), name_of, ais_fact_count, NULL);
    if (near == NULL)
        return ais_fail(why, AIS_E_RULE, "unknown fact '%.*s'", (int)n, text);
    return ais_fail(why, AIS_E_RULE, "unknown fact '%.*s': " AIS_DID_YOU_MEAN, (int)n, text, near);
}

enum ais_err ais_fact_parse(struct ais_arena *arena, const char *text, size_t n, const struct ais_fact **ret,
                            struct ais_path *ret_path, struct ais_why *why)
{
    const struct ais_fact *fact = find(text, n);
    if (fact == NULL)
        return unknown_fact(text, n, why);
    size_t length = strlen(fact->name);
    struct ais_path path = { 0 };
    if (length == n && fact->path == AIS_PATH_MUST)
        return ais_fail(why, AIS_E_RULE, "'%s' needs a path: one argument as '%s.name', all of them as '%s.**'",
                        fact->name, fact->name, fact->name);
    if (length < n && fact->path == AIS_PATH_NONE)
        return ais_fail(why, AIS_E_RULE, "'%s' takes no path", fact->name);
    if (length < n)
        TRY(ais_path_parse(arena, text + length + 1, n - length - 1, &path, why));
    *ret = fact;
    *ret_path = path;
    return AIS_OK;
}
