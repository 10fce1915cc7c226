/* Fields of Sigma's log sources, and the facts of a tool call that say the same. */
#include "services/cli/sigma/sigma.h"

#include "shared/json/write.h"
#include "shared/text/ascii.h"

#include <stdio.h>
#include <string.h>

/* ---- log sources ---- */

static const struct source {
    const char *member, *value;
    unsigned source;
} sources[] = {
    {"category",  "process_creation",   SIGMA_PROCESS},
    { "category", "file_event",         SIGMA_FILE   },
    { "category", "file_access",        SIGMA_FILE   },
    { "category", "file_change",        SIGMA_FILE   },
    { "category", "file_delete",        SIGMA_FILE   },
    { "category", "file_rename",        SIGMA_FILE   },
    { "category", "network_connection", SIGMA_NETWORK},
    { "category", "dns_query",          SIGMA_DNS    },
    { "category", "dns",                SIGMA_DNS    },
    { "category", "proxy",              SIGMA_PROXY  },
    { "category", "webserver",          SIGMA_WEB    },
    { "service",  "auditd",             SIGMA_AUDITD },
};

static const char *text_or(const struct ais_json *node, const char *key, const char *otherwise)
{
    const char *text = ais_json_get_text(node, key);
    return text != NULL ? text : otherwise;
}

enum ais_err sigma_source_of(const struct ais_json *logsource, unsigned *ret, struct ais_why *why)
{
    for (size_t i = 0; i < N_ELEMS(sources); i++) {
        if (strcmp(text_or(logsource, sources[i].member, ""), sources[i].value) != 0)
            continue;
        *ret = sources[i].source;
        return AIS_OK;
    }
    return ais_fail(
        why, AIS_E_RULE, "a tool call has no facts of this log source (category %s, product %s, service %s)",
        text_or(logsource, "category", "-"), text_or(logsource, "product", "-"), text_or(logsource, "service", "-"));
}

/* ---- fields ---- */

enum use {
    USE_VALUE,   /* the fact's values are what the field's are */
    USE_PROGRAM, /* a program's path: the fact is its name */
    USE_CERTAIN, /* it holds of every call, with these values */
    USE_NEVER,   /* there is no such fact */
};

static const struct field {
    unsigned sources;
    const char *name; /* "Parent*": whatever begins so; "a#": with a number behind */
    enum use use;
    const char *fact; /* CERTAIN: the values, with blanks around; NEVER: what is missing */
} fields[] = {
    {SIGMA_PROCESS,            "CommandLine",         USE_VALUE,   "shell.command"                                   },
    { SIGMA_PROCESS,           "OriginalFileName",    USE_VALUE,   "shell.name"                                      },
    { SIGMA_ALL,               "Image",               USE_PROGRAM, "shell.name"                                      },
    { SIGMA_FILE,              "TargetFilename",      USE_VALUE,   "path.normalized"                                 },
    { SIGMA_NETWORK,           "DestinationHostname", USE_VALUE,   "url.host"                                        },
    { SIGMA_NETWORK,           "DestinationIp",       USE_VALUE,   "url.ip"                                          },
    { SIGMA_NETWORK,           "DestinationPort",     USE_VALUE,   "url.port"                                        },
    { SIGMA_NETWORK,           "Initiated",           USE_CERTAIN, " true "                                          },
    { SIGMA_DNS,               "QueryName",           USE_VALUE,   "url.host"                                        },
    { SIGMA_DNS,               "query",               USE_VALUE,   "url.host"                                        },
    { SIGMA_PROXY | SIGMA_WEB, "cs-host",             USE_VALUE,   "url.host"                                        },
    { SIGMA_PROXY,             "r-dns",               USE_VALUE,   "url.host"                                        },
    { SIGMA_PROXY,             "dst_ip",              USE_VALUE,   "url.ip"                                          },
    { SIGMA_PROXY,             "c-uri",               USE_VALUE,   "tool_args.**"                                    },
    { SIGMA_PROXY,             "c-uri-query",         USE_VALUE,   "tool_args.**"                                    },
    { SIGMA_WEB,               "cs-uri",              USE_VALUE,   "tool_args.**"                                    },
    { SIGMA_WEB,               "cs-uri-query",        USE_VALUE,   "tool_args.**"                                    },
    { SIGMA_WEB,               "cs-uri-stem",         USE_VALUE,   "url.path"                                        },
    { SIGMA_AUDITD,            "type",                USE_CERTAIN, " EXECVE PATH SYSCALL "                           },
    { SIGMA_AUDITD,            "exe",                 USE_PROGRAM, "shell.name"                                      },
    { SIGMA_AUDITD,            "a0",                  USE_PROGRAM, "shell.name"                                      },
    { SIGMA_AUDITD,            "comm",                USE_VALUE,   "shell.name"                                      },
    { SIGMA_AUDITD,            "a#",                  USE_VALUE,   "shell.args"                                      },
    { SIGMA_AUDITD,            "name",                USE_VALUE,   "path.normalized"                                 },
    { SIGMA_ALL,               "Parent*",             USE_NEVER,   "a call does not say which program runs the agent"},
    { SIGMA_ALL,               "User",                USE_NEVER,   "a call does not say as which user it runs"       },
    { SIGMA_ALL,               "CurrentDirectory",    USE_NEVER,   "a call does not say in which directory it runs"  },
    { SIGMA_ALL,               "Hashes",              USE_NEVER,   "a call shows a program's name, not its content"  },
    { SIGMA_PROXY | SIGMA_WEB, "c-useragent",         USE_NEVER,   "a call does not show what headers it sends"      },
    { SIGMA_PROXY | SIGMA_WEB, "cs-method",           USE_NEVER,   "tools name the method in arguments of their own" },
    { SIGMA_WEB,               "sc-status",           USE_NEVER,   "a call is judged before it is answered"          },
};

static bool is_named(const struct field *field, const char *name, size_t n)
{
    size_t length = strlen(field->name);
    bool begins = n >= length && memcmp(field->name, name, length - 1) == 0;
    if (field->name[length - 1] == '*')
        return begins;
    if (field->name[length - 1] == '#')
        return begins && strspn(name + length - 1, "0123456789") >= n - (length - 1);
    return n == length && memcmp(field->name, name, n) == 0;
}

static enum ais_err find(unsigned source, const char *name, size_t n, const struct field **ret, struct ais_why *why)
{
    for (size_t i = 0; i < N_ELEMS(fields); i++) {
        *ret = &fields[i];
        if (!((*ret)->sources & source) || !is_named(*ret, name, n))
            continue;
        if ((*ret)->use == USE_NEVER)
            return ais_fail(why, AIS_E_RULE, "field '%.*s': %s", (int)n, name, (*ret)->fact);
        return AIS_OK;
    }
    return ais_fail(why, AIS_E_RULE, "field '%.*s': no fact of a tool call says that", (int)(n < 80 ? n : 80), name);
}

/* ---- values ---- */

static enum ais_err no_memory(struct ais_why *why)
{
    return ais_fail(why, AIS_E_NOMEM, "no memory for rules");
}

static const char *keep(struct ais_arena *arena, const struct ais_buf *text)
{
    return text->failed || text->data == NULL ? NULL : ais_arena_copy(arena, text->data, text->length);
}

const char *sigma_string(struct ais_arena *arena, const char *bytes, size_t n)
{
    AUTO(ais_buf_done) struct ais_buf text = { 0 };
    ais_jw_string(&text, NULL, bytes, n);
    return keep(arena, &text);
}

const char *sigma_scalar(struct ais_arena *arena, const struct ais_json *node)
{
    AUTO(ais_buf_done) struct ais_buf text = { 0 };
    ais_jw_node(&text, NULL, node);
    return keep(arena, &text);
}

static bool has_modifier(const char *chain, const char *name)
{
    size_t n = strlen(name);
    for (const char *at = chain; at != NULL && *at != '\0'; at = strchr(at, '|')) {
        at += *at == '|';
        if (strncmp(at, name, n) == 0 && (at[n] == '|' || at[n] == '\0'))
            return true;
    }
    return false;
}

/* A chain without one of its modifiers, which is there or not. */
static void without(const char *chain, const char *name, char *out, size_t size)
{
    out[0] = '\0';
    for (const char *at = chain; *at != '\0';) {
        size_t n = strcspn(at, "|");
        size_t length = strlen(out);
        if (n != strlen(name) || strncmp(at, name, n) != 0)
            snprintf(out + length, size - length, "%s%.*s", length > 0 ? "|" : "", (int)n, at);
        at += n + (at[n] == '|');
    }
}

static bool is_wild(char c)
{
    return c == '*' || c == '?';
}

/* What stands behind the last separator of a path; backslashes that quote a wildcard are none. */
static const char *base_name(const char *path, size_t n)
{
    const char *base = path;
    for (size_t i = 0; i < n; i++) {
        if (path[i] == '\\' && i + 1 < n && (is_wild(path[i + 1]) || path[i + 1] == '\\'))
            base = path[++i] == '\\' ? path + i + 1 : base;
        else if (path[i] == '/' || path[i] == '\\')
            base = path + i + 1;
    }
    return base;
}

/* A path's part as a regular expression over a command's first word. */
static const char *first_word_pattern(struct ais_arena *arena, const char *text, size_t n)
{
    AUTO(ais_buf_done) struct ais_buf pattern = { 0 };
    bool at_name = n > 0 && (text[0] == '/' || text[0] == '\\');
    ais_buf_text(&pattern, at_name ? "^(?:\\S*[/\\\\])?" : "^\\S*");
    for (size_t i = at_name ? 1 : 0; i < n; i++) {
        bool quoted = text[i] == '\\' && i + 1 < n && (is_wild(text[i + 1]) || text[i + 1] == '\\');
        i += quoted;
        if (!quoted && is_wild(text[i]))
            ais_buf_text(&pattern, text[i] == '*' ? "\\S*" : "\\S");
        else if ((unsigned char)text[i] >= 0x80 || ais_is_alnum(text[i]))
            ais_buf_byte(&pattern, text[i]);
        else
            ais_buf_format(&pattern, "\\x%02x", (unsigned)(unsigned char)text[i]);
    }
    return pattern.failed ? NULL : sigma_string(arena, pattern.data, pattern.length);
}

/* The ways to ask for a program's path, as ways to ask for its name or for the begin of its command. */
enum program { PROGRAM_NAME, PROGRAM_BEGIN, PROGRAM_PART, PROGRAM_OTHER };

static enum program program_of(const char *chain)
{
    if (has_modifier(chain, "contains"))
        return PROGRAM_PART;
    if (has_modifier(chain, "startswith"))
        return PROGRAM_BEGIN;
    bool plain = chain[0] == '\0' || strcmp(chain, "cased") == 0;
    return plain || has_modifier(chain, "endswith") ? PROGRAM_NAME : PROGRAM_OTHER;
}

static enum ais_err name_of_program(struct ais_arena *arena, const char *chain, const struct ais_json *node,
                                    const char **ret, struct ais_why *why)
{
    char name[512];
    const char *base = base_name(node->text, node->length);
    size_t n = node->length - (size_t)(base - node->text);
    if (strspn(base, "*?") == n)
        return ais_fail(why, AIS_E_RULE, "'%.80s' says where a program is, and a command often does not", node->text);
    if (n > sizeof name - 2)
        return ais_fail(why, AIS_E_RULE, "a program's name has %zu bytes", n);
    bool open = base == node->text && has_modifier(chain, "endswith");
    snprintf(name, sizeof name, "%s%.*s", open ? "*" : "", (int)n, base);
    *ret = sigma_string(arena, name, strlen(name));
    return *ret != NULL ? AIS_OK : no_memory(why);
}

static enum ais_err program_value(struct ais_arena *arena, const char *chain, const struct ais_json *node,
                                  const char **ret, struct ais_why *why)
{
    enum program program = program_of(chain);
    bool has_text = node->kind != AIS_JSON_NULL && node->text != NULL;
    if (has_text && program == PROGRAM_NAME)
        return name_of_program(arena, chain, node, ret, why);
    if (has_text && has_modifier(chain, "re") && strpbrk(node->text, "/\\^") != NULL)
        return ais_fail(why, AIS_E_RULE, "'%.80s' is a pattern over a program's path, and a command shows its name",
                        node->text);
    *ret = has_text && program == PROGRAM_PART ? first_word_pattern(arena, node->text, node->length)
                                               : sigma_scalar(arena, node);
    return *ret != NULL ? AIS_OK : no_memory(why);
}

static const char *program_key(struct ais_arena *arena, const char *chain, const char *fact)
{
    char key[256];
    bool cased = has_modifier(chain, "cased");
    switch (program_of(chain)) {
    case PROGRAM_NAME: snprintf(key, sizeof key, "%s%s", fact, cased ? "|cased" : ""); break;
    case PROGRAM_BEGIN: snprintf(key, sizeof key, "shell.command|%s", chain); break;
    case PROGRAM_PART: snprintf(key, sizeof key, "shell.command|re%s", cased ? "" : "|i"); break;
    case PROGRAM_OTHER: snprintf(key, sizeof key, "%s|%s", fact, chain); break;
    }
    return ais_arena_copy(arena, key, strlen(key));
}

static enum ais_err translate(struct ais_arena *arena, const struct field *field, const char *chain,
                              const struct ais_json *node, struct sigma_member *member, struct ais_why *why)
{
    const char **value = &member->values[member->count];
    if (node->kind == AIS_JSON_ARRAY || node->kind == AIS_JSON_OBJECT)
        return ais_fail(why, AIS_E_RULE, "a value is %s", ais_json_kind_text(node->kind));
    if (node->text != NULL && memchr(node->text, '\0', node->length) != NULL)
        return ais_fail(why, AIS_E_RULE, "a value holds a NUL");
    if (field->use == USE_CERTAIN) {
        char word[64];
        snprintf(word, sizeof word, " %.40s ", node->text != NULL ? node->text : "");
        if (strstr(field->fact, word) == NULL || chain[0] != '\0')
            return ais_fail(why, AIS_E_RULE, "field '%s': a tool call is never '%.80s'", field->name,
                            node->text != NULL ? node->text : "null");
        return AIS_OK;
    }
    if (field->use == USE_PROGRAM)
        TRY(program_value(arena, chain, node, value, why));
    else
        *value = sigma_scalar(arena, node);
    member->count++;
    return *value != NULL ? AIS_OK : no_memory(why);
}

/* Lists without a field search everything that is said. */
static const struct field anywhere = { SIGMA_ALL, "", USE_VALUE, "" };

static const char *key_of(struct ais_arena *arena, const struct field *field, const char *chain)
{
    char key[256];
    if (field->use == USE_PROGRAM)
        return program_key(arena, chain, field->fact);
    if (field == &anywhere)
        snprintf(key, sizeof key, "|%s", chain[0] != '\0' ? chain : "contains");
    else
        snprintf(key, sizeof key, "%s%s%s", field->fact, chain[0] != '\0' ? "|" : "", chain);
    return ais_arena_copy(arena, key, strlen(key));
}

enum ais_err sigma_member(struct ais_arena *arena, unsigned source, const struct ais_json *node,
                          struct sigma_member *ret, struct ais_why *why)
{
    const struct field *field = &anywhere;
    char chain[128];
    const char *bar = memchr(node->key, '|', node->key_length);
    size_t n = bar != NULL ? (size_t)(bar - node->key) : node->key_length;
    if (node->key_length - n >= sizeof chain)
        return ais_fail(why, AIS_E_RULE, "field '%.80s' has too many modifiers", node->key);
    if (n > 0)
        TRY(find(source, node->key, n, &field, why));
    without(bar != NULL ? bar + 1 : "", "all", chain, sizeof chain);
    ret->all = bar != NULL && has_modifier(bar + 1, "all");
    ret->dropped = field->use == USE_CERTAIN;
    ret->values = ais_arena_alloc(arena, (node->count + 1) * sizeof(*ret->values));
    ret->key = key_of(arena, field, chain);
    if (ret->key == NULL || ret->values == NULL)
        return no_memory(why);
    if (node->kind != AIS_JSON_ARRAY)
        return translate(arena, field, chain, node, ret, why);
    for (const struct ais_json *item = node->first; item != NULL; item = item->next)
        TRY(translate(arena, field, chain, item, ret, why));
    return AIS_OK;
}
