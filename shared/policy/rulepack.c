#include "shared/policy/rulepack.h"
#include "shared/policy/intern.h"
#include "shared/policy/reader.h"
#include "shared/yaml/yaml.h"

#include <ctype.h>
#include <stdio.h>
#include <string.h>

enum { LONGEST_NAME = 64, LONGEST_VERSION = 128 };

/* The limits of yaml.h, for packs that are written as JSON. */
static const struct ais_json_limits json_limits = { .depth = 64, .nodes = 1000000 };

struct draft {
    struct ais_rulepack pack;
    struct ais_rule_defaults defaults;
    const struct ais_json *defaults_node, *rules, *invariants, *correlations, *filters;
};

static void read_name(struct ais_reader *reader, const struct ais_json *node, void *into)
{
    struct draft *draft = into;
    const char *name = ais_reader_text(reader, node);
    if (name == NULL)
        return;
    size_t length = strspn(name, "abcdefghijklmnopqrstuvwxyz0123456789_");
    if (!islower((unsigned char)name[0]) || length != node->length || length > LONGEST_NAME)
        ais_reader_fault(reader, node,
                         "a name is a lower-case letter, then up to %d lower-case letters, digits and '_'",
                         LONGEST_NAME - 1);
    draft->pack.name = name;
}

static void read_version(struct ais_reader *reader, const struct ais_json *node, void *into)
{
    struct draft *draft = into;
    if (node->text == NULL || !ais_version_valid(node->text) || strlen(node->text) != node->length)
        ais_reader_fault(reader, node, "a version is MAJOR.MINOR.PATCH (semver.org), such as 1.0.0, not '%.32s'",
                         node->text != NULL ? node->text : "");
    else if (node->length > LONGEST_VERSION)
        ais_reader_fault(reader, node, "a version has at most %d characters", LONGEST_VERSION);
    draft->pack.version = node->text;
}

static void read_description(struct ais_reader *reader, const struct ais_json *node, void *into)
{
    const char *text = ais_reader_text(reader, node);
    ((struct draft *)into)->pack.description = text != NULL ? text : "";
}

static void read_defaults(struct ais_reader *reader, const struct ais_json *node, void *into)
{
    (void)reader;
    ((struct draft *)into)->defaults_node = node;
}

static void read_rules(struct ais_reader *reader, const struct ais_json *node, void *into)
{
    (void)reader;
    ((struct draft *)into)->rules = node;
}

static void read_invariants(struct ais_reader *reader, const struct ais_json *node, void *into)
{
    (void)reader;
    ((struct draft *)into)->invariants = node;
}

static void read_correlations(struct ais_reader *reader, const struct ais_json *node, void *into)
{
    (void)reader;
    ((struct draft *)into)->correlations = node;
}

static void read_filters(struct ais_reader *reader, const struct ais_json *node, void *into)
{
    (void)reader;
    ((struct draft *)into)->filters = node;
}

static void read_lists(struct ais_reader *reader, const struct ais_json *node, void *into)
{
    (void)into;
    ais_lists_read(reader, node);
}

#define STRING AIS_KIND(AIS_JSON_STRING)
#define LIST   AIS_KIND(AIS_JSON_ARRAY)
#define MAP    AIS_KIND(AIS_JSON_OBJECT)

static const struct ais_key pack_keys[] = {
    {"name",          ~0U,                                "a string",                read_name        },
    { "version",      STRING | AIS_KIND(AIS_JSON_NUMBER), "a version such as 1.0.0", read_version     },
    { "description",  ~0U,                                "a string",                read_description },
    { "defaults",     MAP,                                "a map",                   read_defaults    },
    { "rules",        LIST,                               "a list",                  read_rules       },
    { "invariants",   LIST,                               "a list",                  read_invariants  },
    { "lists",        MAP,                                "a map",                   read_lists       },
    { "filters",      LIST,                               "a list",                  read_filters     },
    { "correlations", LIST,                               "a list",                  read_correlations},
};

static void read_all(struct ais_reader *reader, const struct ais_json *list, enum ais_rule_kind kind,
                     const struct ais_rule_defaults *defaults, struct ais_rule **next)
{
    for (const struct ais_json *node = list != NULL ? list->first : NULL; node != NULL; node = node->next)
        ais_rule_read(reader, node, kind, defaults, (*next)++);
}

struct id_check {
    struct ais_intern *ids;
    uint32_t *lines; /* of each */
};

static void check_id(struct ais_reader *reader, struct id_check *check, const char *id, uint32_t line, uint32_t column)
{
    bool is_new;
    if (id == NULL || reader->no_memory)
        return;
    uint32_t number = ais_intern_add(check->ids, id, strlen(id), &is_new);
    if (number == AIS_INTERN_FAILED)
        reader->no_memory = true;
    else if (is_new)
        check->lines[number] = line;
    else
        ais_diag(reader->diagnostics, reader->file, line, column, "the id '%s' is taken already, in line %u", id,
                 (unsigned)check->lines[number]);
}

/* Ids name rules in reasons and filters: one pack has each once. */
static void check_ids(struct ais_reader *reader, const struct ais_rulepack *pack)
{
    struct id_check check = {
        .ids = ais_intern_new(),
        .lines = ais_reader_alloc(reader, (pack->count + pack->filter_count + 1) * sizeof *check.lines),
    };
    if (check.ids == NULL || check.lines == NULL)
        reader->no_memory = true;
    for (size_t i = 0; i < pack->count; i++)
        check_id(reader, &check, pack->rules[i].id, pack->rules[i].line, pack->rules[i].column);
    for (size_t i = 0; i < pack->filter_count; i++)
        check_id(reader, &check, pack->filters[i].id, pack->filters[i].line, pack->filters[i].column);
    ais_intern_destroy(&check.ids);
}

static void read_all_filters(struct ais_reader *reader, const struct ais_json *list, struct ais_rulepack *pack)
{
    size_t count = list != NULL ? list->count : 0;
    struct ais_filter *filters = ais_reader_alloc(reader, (count + 1) * sizeof *filters);
    if (filters == NULL)
        return;
    for (const struct ais_json *node = count > 0 ? list->first : NULL; node != NULL; node = node->next)
        ais_filter_read(reader, node, &filters[pack->filter_count++]);
    pack->filters = filters;
}

static void read_document(struct ais_reader *reader, const struct ais_json *document, struct ais_rulepack *ret)
{
    struct draft draft = { .pack = { .description = "" }, .defaults = { .severity = AIS_SEVERITY_MEDIUM } };
    if (document->kind != AIS_JSON_OBJECT) {
        ais_reader_fault(reader, document, "a rulepack is a map with name, version and rules, not %s",
                         ais_json_kind_text(document->kind));
        return;
    }
    ais_reader_map(reader, document, pack_keys, N_ELEMS(pack_keys), &draft); /* lists first: rules use them */
    const char *const needed[] = { "name", "version" };
    for (size_t i = 0; i < N_ELEMS(needed); i++)
        if (ais_json_get(document, needed[i]) == NULL)
            ais_reader_fault(reader, document, "the rulepack needs '%s'", needed[i]);
    if (draft.defaults_node != NULL)
        ais_defaults_read(reader, draft.defaults_node, &draft.defaults);

    struct ais_rulepack *pack = &draft.pack;
    pack->rule_count = draft.rules != NULL ? draft.rules->count : 0;
    pack->invariant_count = draft.invariants != NULL ? draft.invariants->count : 0;
    pack->correlation_count = draft.correlations != NULL ? draft.correlations->count : 0;
    pack->count = pack->rule_count + pack->invariant_count + pack->correlation_count;
    size_t filters = draft.filters != NULL ? draft.filters->count : 0;
    if (pack->count + filters == 0)
        ais_reader_fault(reader, document, "the rulepack has no rules");
    if (pack->count > AIS_RULEPACK_RULES_MAX) {
        ais_reader_fault(reader, document, "the rulepack has %zu rules, more than %d", pack->count,
                         AIS_RULEPACK_RULES_MAX);
        return;
    }
    struct ais_rule *rules = ais_reader_alloc(reader, (pack->count + 1) * sizeof *rules), *next = rules;
    if (rules == NULL)
        return;
    read_all(reader, draft.rules, AIS_RULE, &draft.defaults, &next);
    read_all(reader, draft.invariants, AIS_INVARIANT, &draft.defaults, &next);
    read_all(reader, draft.correlations, AIS_CORRELATION, &draft.defaults, &next);
    pack->rules = rules;
    ais_correlations_resolve(reader, rules, pack->count);
    read_all_filters(reader, draft.filters, pack);
    check_ids(reader, pack);
    *ret = *pack;
}

/* "line:column: what" from the YAML reader, as a fault of its own. */
static void note_syntax(struct ais_diagnostics *diagnostics, const char *file, const struct ais_why *why)
{
    unsigned line = 0, column = 0;
    int used = 0;
    if (sscanf(why->text, "%u:%u: %n", &line, &column, &used) != 2 || used == 0)
        line = column = 0, used = 0;
    ais_diag(diagnostics, file, line, column, "%s", why->text + used);
}

/* A document that is JSON is read as such: YAML readers stumble over some of its escapes. */
static enum ais_err read_tree(struct ais_arena *arena, const char *bytes, size_t n, const struct ais_json **ret,
                              struct ais_why *why)
{
    size_t i = 0;
    while (i < n && isspace((unsigned char)bytes[i]))
        i++;
    if (i < n && bytes[i] == '{' && n <= ais_yaml_rulepack_limits.bytes &&
        ais_json_read(arena, bytes, n, &json_limits, ret, NULL) == AIS_OK)
        return AIS_OK;
    return ais_yaml_read(arena, NULL, bytes, n, &ais_yaml_rulepack_limits, ret, why);
}

enum ais_err ais_rulepack_read_into(struct ais_arena *arena, struct ais_predicates *predicates, const char *file,
                                    const char *bytes, size_t n, const struct ais_rulepack **ret,
                                    struct ais_diagnostics *diagnostics, struct ais_why *why)
{
    const struct ais_json *document;
    struct ais_why own = { 0 };
    struct ais_reader reader = {
        .arena = arena,
        .file = file,
        .source = bytes,
        .diagnostics = diagnostics,
        .predicates = predicates,
    };
    size_t before = diagnostics->count + diagnostics->dropped;
    struct ais_rulepack *pack = ais_reader_alloc(&reader, sizeof *pack);
    enum ais_err err = pack != NULL ? read_tree(arena, bytes, n, &document, &own) : AIS_E_NOMEM;
    if (err == AIS_OK)
        read_document(&reader, document, pack);
    else if (err != AIS_E_NOMEM)
        note_syntax(diagnostics, file, &own);
    if (err == AIS_E_NOMEM || reader.no_memory)
        return ais_fail(why, AIS_E_NOMEM, "%s: out of memory for a rulepack", file);
    if (diagnostics->failed || diagnostics->count + diagnostics->dropped > before)
        return ais_diag_verdict(diagnostics, why);
    *ret = pack;
    return AIS_OK;
}

enum ais_err ais_rulepack_read(struct ais_arena *arena, const char *file, const char *bytes, size_t n,
                               const struct ais_rulepack **ret, struct ais_diagnostics *diagnostics,
                               struct ais_why *why)
{
    AUTO(ais_diagnostics_done) struct ais_diagnostics unheard = { 0 };
    struct ais_predicates *predicates = ais_predicates_new(NULL);
    if (predicates == NULL)
        return ais_fail(why, AIS_E_NOMEM, "%s: out of memory for a rulepack", file);
    enum ais_err err = ais_rulepack_read_into(arena, predicates, file, bytes, n, ret,
                                              diagnostics != NULL ? diagnostics : &unheard, why);
    ais_predicates_destroy(&predicates);
    return err;
}
