#include "shared/policy/except.h"
#include "shared/policy/intern.h"
#include "shared/text/nearest.h"

#include <stdlib.h>
#include <string.h>

struct ais_exceptions {
    struct ais_arena *arena;
    struct ais_intern *ids;      /* owned; of rules */
    struct ais_expr_list *lists; /* owned; of each */
    size_t capacity;
};

struct ais_exceptions *ais_exceptions_new(struct ais_arena *arena)
{
    struct ais_exceptions *exceptions = calloc(1, sizeof *exceptions);
    if (exceptions == NULL)
        return NULL;
    exceptions->arena = arena;
    exceptions->ids = ais_intern_new();
    if (exceptions->ids == NULL)
        ais_exceptions_destroy(&exceptions);
    return exceptions;
}

void ais_exceptions_destroy(struct ais_exceptions **exceptions)
{
    if (*exceptions == NULL)
        return;
    ais_intern_destroy(&(*exceptions)->ids);
    free((*exceptions)->lists);
    free(*exceptions);
    *exceptions = NULL;
}

static bool make_room(struct ais_exceptions *exceptions, size_t more)
{
    size_t wanted = ais_intern_count(exceptions->ids) + more;
    if (wanted <= exceptions->capacity)
        return true;
    struct ais_expr_list *grown = realloc(exceptions->lists, wanted * sizeof *grown);
    if (grown == NULL)
        return false;
    memset(grown + exceptions->capacity, 0, (wanted - exceptions->capacity) * sizeof *grown);
    exceptions->lists = grown;
    exceptions->capacity = wanted;
    return true;
}

bool ais_exceptions_know(struct ais_exceptions *exceptions, const struct ais_rulepack *pack)
{
    if (!make_room(exceptions, pack->count))
        return false;
    for (size_t i = 0; i < pack->count; i++)
        if (ais_intern_add(exceptions->ids, pack->rules[i].id, strlen(pack->rules[i].id), NULL) == AIS_INTERN_FAILED)
            return false;
    return true;
}

static const char *id_name(size_t i, const void *arg)
{
    size_t n;
    return ais_intern_bytes(arg, (uint32_t)i, &n);
}

static void tell_unknown(const struct ais_exceptions *exceptions, const struct ais_filter *filter, const char *rule,
                         const char *file, struct ais_diagnostics *diagnostics)
{
    const char *near = ais_nearest_of(rule, strlen(rule), id_name, ais_intern_count(exceptions->ids), exceptions->ids);
    uint32_t line = filter->rules_node->line, column = filter->rules_node->column;
    if (near != NULL)
        ais_diag(diagnostics, file, line, column, "no rule of any pack is named '%.64s': " AIS_DID_YOU_MEAN, rule,
                 near);
    else
        ais_diag(diagnostics, file, line, column, "no rule of any pack is named '%.64s'", rule);
}

static bool tie(struct ais_exceptions *exceptions, const struct ais_filter *filter, const char *file,
                struct ais_diagnostics *diagnostics)
{
    for (size_t i = 0; i < filter->rule_count; i++) {
        const char *rule = filter->rules[i];
        uint32_t number;
        if (ais_intern_find(exceptions->ids, rule, strlen(rule), &number)) {
            if (!ais_expr_list_add(exceptions->arena, &exceptions->lists[number], filter->expr))
                return false;
        } else if (diagnostics != NULL) {
            tell_unknown(exceptions, filter, rule, file, diagnostics);
        }
    }
    return true;
}

bool ais_exceptions_tie(struct ais_exceptions *exceptions, const struct ais_rulepack *pack, const char *file,
                        struct ais_diagnostics *diagnostics)
{
    for (size_t i = 0; i < pack->filter_count; i++)
        if (!tie(exceptions, &pack->filters[i], file, diagnostics))
            return false;
    return true;
}

const struct ais_expr_list *ais_exceptions_of(struct ais_exceptions *exceptions, const char *rule)
{
    static const struct ais_expr_list none = { 0 };
    uint32_t number;
    return ais_intern_find(exceptions->ids, rule, strlen(rule), &number) ? &exceptions->lists[number] : &none;
}
