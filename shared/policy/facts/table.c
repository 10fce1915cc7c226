/* The table of facts. */
#include "shared/policy/facts/fact.h"
#include "shared/policy/ops/moment.h"
#include "shared/text/nearest.h"

#include <string.h>

enum { REQUEST = AIS_SOURCE_REQUEST, CALLER = AIS_SOURCE_CALLER, SESSION = AIS_SOURCE_SESSION };
#define PART(part) (AIS_SOURCE_PART << AIS_PART_##part)

const struct ais_fact ais_facts[] = {
    {"",                    AIS_PATH_NONE, REQUEST,          1,  ais_fact_everything,         0                  },
    { "tool_name",          AIS_PATH_NONE, REQUEST,          64, ais_fact_tool_name,          0                  },
    { "tool_args",          AIS_PATH_MUST, REQUEST,          1,  ais_fact_tool_args,          0                  },
    { "context",            AIS_PATH_MAY,  REQUEST,          2,  ais_fact_context,            0                  },
    { "metadata",           AIS_PATH_MUST, REQUEST,          8,  ais_fact_metadata,           0                  },
    { "caller.key",         AIS_PATH_NONE, CALLER,           32, ais_fact_caller_key,         0                  },
    { "caller.name",        AIS_PATH_NONE, CALLER,           32, ais_fact_caller_name,        0                  },
    { "caller.user",        AIS_PATH_NONE, CALLER,           32, ais_fact_caller_user,        0                  },
    { "caller.agent",       AIS_PATH_NONE, CALLER,           32, ais_fact_caller_agent,       0                  },
    { "caller.environment", AIS_PATH_NONE, CALLER,           64, ais_fact_caller_environment, 0                  },
    { "session.id",         AIS_PATH_NONE, REQUEST,          8,  ais_fact_session_id,         0                  },
    { "session.calls",      AIS_PATH_NONE, AIS_SOURCE_NONE,  1,  ais_fact_session_calls,      0                  },
    { "session.tools",      AIS_PATH_NONE, SESSION,          8,  ais_fact_session_tools,      0                  },
    { "agent.id",           AIS_PATH_NONE, REQUEST | CALLER, 32, ais_fact_agent_id,           0                  },
    { "request.size",       AIS_PATH_NONE, AIS_SOURCE_NONE,  1,  ais_fact_request_size,       0                  },
    { "request.depth",      AIS_PATH_NONE, AIS_SOURCE_NONE,  1,  ais_fact_request_depth,      0                  },
    { "time.minute",        AIS_PATH_NONE, AIS_SOURCE_NONE,  1,  ais_fact_time_minute,        0                  },
    { "time.hour",          AIS_PATH_NONE, AIS_SOURCE_NONE,  1,  ais_fact_time_hour,          0                  },
    { "time.day",           AIS_PATH_NONE, AIS_SOURCE_NONE,  1,  ais_fact_time_day,           0                  },
    { "time.week",          AIS_PATH_NONE, AIS_SOURCE_NONE,  1,  ais_fact_time_week,          0                  },
    { "time.month",         AIS_PATH_NONE, AIS_SOURCE_NONE,  1,  ais_fact_time_month,         0                  },
    { "time.year",          AIS_PATH_NONE, AIS_SOURCE_NONE,  1,  ais_fact_time_year,          0                  },
    { "text",               AIS_PATH_NONE, PART(TEXT),       1,  NULL,                        AIS_TEXT_FOLDED    },
    { "decoded.base64",     AIS_PATH_NONE, PART(TEXT),       1,  NULL,                        AIS_TEXT_BASE64    },
    { "decoded.hex",        AIS_PATH_NONE, PART(TEXT),       1,  NULL,                        AIS_TEXT_HEX       },
    { "decoded.url",        AIS_PATH_NONE, PART(TEXT),       1,  NULL,                        AIS_TEXT_URL       },
    { "decoded.gzip",       AIS_PATH_NONE, PART(TEXT),       1,  NULL,                        AIS_TEXT_GZIP      },
    { "url.scheme",         AIS_PATH_NONE, PART(URL),        16, NULL,                        AIS_URL_SCHEME     },
    { "url.host",           AIS_PATH_NONE, PART(URL),        1,  NULL,                        AIS_URL_HOST       },
    { "url.port",           AIS_PATH_NONE, PART(URL),        8,  NULL,                        AIS_URL_PORT       },
    { "url.path",           AIS_PATH_NONE, PART(URL),        1,  NULL,                        AIS_URL_PATH       },
    { "url.ip",             AIS_PATH_NONE, PART(URL),        1,  NULL,                        AIS_URL_IP         },
    { "url.userinfo",       AIS_PATH_NONE, PART(URL),        1,  NULL,                        AIS_URL_USERINFO   },
    { "url.private",        AIS_PATH_NONE, PART(URL),        2,  NULL,                        AIS_URL_PRIVATE    },
    { "path.normalized",    AIS_PATH_NONE, PART(PATH),       1,  NULL,                        AIS_PATH_NORMALIZED},
    { "path.name",          AIS_PATH_NONE, PART(PATH),       1,  NULL,                        AIS_PATH_NAME      },
    { "path.extension",     AIS_PATH_NONE, PART(PATH),       4,  NULL,                        AIS_PATH_EXTENSION },
    { "path.traversal",     AIS_PATH_NONE, PART(PATH),       32, NULL,                        AIS_PATH_TRAVERSAL },
    { "path.hidden",        AIS_PATH_NONE, PART(PATH),       32, NULL,                        AIS_PATH_HIDDEN    },
    { "shell.command",      AIS_PATH_NONE, PART(SHELL),      1,  NULL,                        AIS_SHELL_COMMAND  },
    { "shell.name",         AIS_PATH_NONE, PART(SHELL),      16, NULL,                        AIS_SHELL_NAME     },
    { "shell.args",         AIS_PATH_NONE, PART(SHELL),      2,  NULL,                        AIS_SHELL_ARGS     },
    { "shell.opens",        AIS_PATH_NONE, PART(SHELL),      2,  NULL,                        AIS_SHELL_OPENS    },
    { "shell.flags",        AIS_PATH_NONE, PART(SHELL),      32, NULL,                        AIS_SHELL_FLAGS    },
    { "shell.redirect",     AIS_PATH_NONE, PART(SHELL),      4,  NULL,                        AIS_SHELL_REDIRECT },
    { "shell.pipeline",     AIS_PATH_NONE, PART(SHELL),      8,  NULL,                        AIS_SHELL_PIPELINE },
    { "shell.depth",        AIS_PATH_NONE, PART(SHELL),      64, NULL,                        AIS_SHELL_DEPTH    },
    { "sql.statement",      AIS_PATH_NONE, PART(SQL),        1,  NULL,                        AIS_SQL_STATEMENTS },
    { "sql.table",          AIS_PATH_NONE, PART(SQL),        1,  NULL,                        AIS_SQL_TABLES     },
    { "sql.where",          AIS_PATH_NONE, PART(SQL),        1,  NULL,                        AIS_SQL_WHERES     },
    { "sql.functions",      AIS_PATH_NONE, PART(SQL),        1,  NULL,                        AIS_SQL_FUNCTIONS  },
    { "sql.count",          AIS_PATH_NONE, PART(SQL),        1,  NULL,                        AIS_SQL_COUNTS     },
    { "secret.kind",        AIS_PATH_NONE, PART(SECRET),     1,  NULL,                        AIS_SECRET_KINDS   },
    { "pii.kind",           AIS_PATH_NONE, PART(PII),        1,  NULL,                        AIS_PII_KINDS      },
    { "code.calls",         AIS_PATH_NONE, PART(CODE),       4,  NULL,                        AIS_CODE_CALLS     },
    { "code.shell",         AIS_PATH_NONE, PART(CODE),       2,  NULL,                        AIS_CODE_SHELLS    },
    { "code.args",          AIS_PATH_NONE, PART(CODE),       2,  NULL,                        AIS_CODE_ARGS      },
};
const size_t ais_fact_count = N_ELEMS(ais_facts);
const struct ais_fact *const ais_fact_anywhere = &ais_facts[0];

bool ais_fact_is_single(const struct ais_fact *fact, bool element)
{
    static const char *const of_elements[] = { "shell.name", "shell.depth", "url.scheme" };
    static const char *const of_requests[] = { "tool_name", "session.id",   "session.calls",
                                               "agent.id",  "request.size", "request.depth" };
    for (size_t i = 0; element && i < N_ELEMS(of_elements); i++)
        if (strcmp(fact->name, of_elements[i]) == 0)
            return true;
    for (size_t i = 0; i < N_ELEMS(of_requests); i++)
        if (strcmp(fact->name, of_requests[i]) == 0)
            return true;
    return fact->sources == CALLER;
}

bool ais_fact_is_there(const struct ais_fact *fact)
{
    return strcmp(fact->name, "tool_name") == 0;
}

bool ais_fact_range(const struct ais_fact *fact, int *least, int *most)
{
    static const struct {
        ais_fact_values *values;
        int least, most;
    } ranges[] = {
#define X(part, first, last) { ais_fact_time_##part, (first), (last) },
        AIS_MOMENT_PARTS(X)
#undef X
    };
    for (size_t i = 0; i < N_ELEMS(ranges); i++) {
        if (fact->values != ranges[i].values)
            continue;
        *least = ranges[i].least;
        *most = ranges[i].most;
        return true;
    }
    return false;
}

static void show_part(const struct ais_part *part, struct ais_values *ret)
{
    for (size_t i = 0; i < AIS_PART_LISTS; i++)
        for (size_t k = 0; k < part->lists[i].count; k++) {
            const struct ais_value *value = &part->lists[i].items[k];
            ais_values_add(ret, AIS_VALUE_STRING, value->text, value->length);
            if (value->kind == AIS_VALUE_UNKNOWN)
                ret->unknown = "one of its values was not understood"; /* no scan rules out what it may be */
        }
    if (part->unknown != NULL)
        ret->unknown = part->unknown;
}

void ais_source_show(unsigned i, struct ais_view *view, struct ais_values *ret)
{
    static ais_source_texts *const plain[] = { ais_request_texts, ais_caller_texts, ais_session_texts };
    if (i < N_ELEMS(plain))
        plain[i](view->question, ret);
    else
        show_part(ais_view_part(view, (enum ais_part_id)(i - N_ELEMS(plain))), ret);
}

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
