/* Warnings: what a rulepack may say, and hardly means. */
#include "shared/policy/intern.h"
#include "shared/policy/logic.h"
#include "shared/policy/policy.h"
#include "shared/policy/reader.h"
#include "shared/text/nearest.h"

#include <stdlib.h>
#include <string.h>

enum {
    RULE_WORK = 20000,    /* steps that are spent on one rule by itself */
    RULES_WORK = 2000000, /* on all of them */
    PAIR_WORK = 2000,     /* on one pair of rules */
    PAIRS_WORK = 8000000  /* on all pairs */
};

struct linted {
    const struct ais_rule *rule;        /* borrowed from the arena */
    const struct ais_rulepack *pack;    /* borrowed from the arena */
    const struct ais_pack_source *from; /* borrowed */
    uint64_t fields;                    /* a bit, by number, for each field that it asks about */
    bool never;
    bool filtered; /* some filter is about it: it does not match wherever its expression holds */
};

struct lint {
    struct ais_arena *arena;           /* owned; the packs that were read */
    struct ais_predicates *predicates; /* owned; of all of them */
    struct linted *rules;              /* owned */
    size_t count;
    struct ais_diagnostics *warnings; /* borrowed */
};

static void lint_done(struct lint *self)
{
    ais_arena_destroy(&self->arena);
    ais_predicates_destroy(&self->predicates);
    free(self->rules);
}

static void fields_of(const struct lint *self, const struct ais_expr *expr, uint64_t *ret)
{
    if (expr->kind == AIS_EXPR_PREDICATE)
        *ret |= (uint64_t)1 << self->predicates->items[expr->predicate].field % 64;
    for (size_t i = 0; i < expr->count; i++)
        fields_of(self, expr->children[i], ret);
}

/* Reads one pack; what its readers doubt is noted meanwhile. */
static enum ais_err take(struct lint *self, const struct ais_pack_source *source, struct ais_why *why)
{
    AUTO(ais_diagnostics_done) struct ais_diagnostics faults = { .warnings = self->warnings };
    const struct ais_rulepack *pack;
    TRY(ais_rulepack_read_into(self->arena, self->predicates, source->file, source->bytes, source->size, &pack, &faults,
                               why));
    struct linted *grown = reallocarray(self->rules, self->count + pack->count + 1, sizeof *grown);
    if (grown == NULL)
        return ais_fail(why, AIS_E_NOMEM, "out of memory for rules");
    self->rules = grown;
    for (size_t i = 0; i < pack->count; i++) {
        struct linted *item = &self->rules[self->count++];
        *item = (struct linted){ .rule = &pack->rules[i], .pack = pack, .from = source };
        fields_of(self, item->rule->expr, &item->fields);
    }
    return AIS_OK;
}

#define WARN(self, item, ...)                                                                                        \
    ais_diag_warn(&(struct ais_diagnostics){ .warnings = (self)->warnings }, (item)->from->file, (item)->rule->line, \
                  (item)->rule->column, __VA_ARGS__)

/* ---- one rule ---- */

static void warn_of_tests(struct lint *self, const struct linted *item)
{
    bool positive = false;
    for (size_t i = 0; i < item->rule->test_count; i++)
        positive |= item->rule->tests[i].expect != AIS_ACTION_NONE;
    if (item->rule->test_count == 0)
        WARN(self, item, "'%s' has no test", item->rule->id);
    else if (!positive)
        WARN(self, item, "no test expects '%s' to match", item->rule->id);
}

static const char *op_text(const struct ais_predicate *predicate)
{
    return predicate->use.op->name[0] != '\0' ? predicate->use.op->name : "equals";
}

static void warn_of_never(struct lint *self, const struct linted *item, const struct ais_logic *logic)
{
    if (logic->one == NULL) {
        WARN(self, item, "'%s' never matches: its detection contradicts itself", item->rule->id);
        return;
    }
    WARN(self, item, "'%s' never matches%s: nothing that '%s' may be both %s '%.40s' and %s '%.40s'", item->rule->id,
         logic->unless_list ? ", unless it is given a list" : "", self->predicates->fields[logic->one->field].text,
         op_text(logic->one), logic->one->text, op_text(logic->other), logic->other->text);
}

static void look_at_rule(struct lint *self, struct linted *item, size_t *work)
{
    size_t mine = *work < RULE_WORK ? *work : RULE_WORK;
    struct ais_logic logic = { .predicates = self->predicates, .work = mine };
    const struct ais_correlation *correlation = item->rule->correlation;
    bool impossible = correlation != NULL && ais_correlation_never(correlation);
    item->never = impossible || ais_logic_never(&logic, item->rule->expr);
    if (impossible)
        WARN(self, item, "'%s' can never match: no number meets all of its condition", item->rule->id);
    else if (item->never)
        warn_of_never(self, item, &logic);
    else if (correlation == NULL && ais_logic_always(&logic, item->rule->expr))
        WARN(self, item, "'%s' matches every request", item->rule->id);
    *work -= mine - logic.work;
    warn_of_tests(self, item);
}

/* ---- pairs ---- */

/* Whether what other does makes up for what item does: the strongest action wins, and a monitored rule is only seen. */
static bool outdoes(const struct linted *other, const struct linted *item)
{
    const struct ais_rule *strong = other->rule, *weak = item->rule;
    return strong->mode == AIS_MODE_ENFORCE && weak->mode == AIS_MODE_ENFORCE && strong->action >= weak->action &&
           (!strong->unless_token || weak->unless_token) && strong->unless == NULL && !other->never && !other->filtered;
}

/* A correlation matches with one of its rules, and not whenever one does. */
static bool implies(struct lint *self, const struct linted *item, const struct linted *other, size_t *work)
{
    const struct ais_correlation *mine = item->rule->correlation, *others = other->rule->correlation;
    if (others != NULL) {
        size_t steps = others->rule_count * others->rule_count;
        *work -= steps < *work ? steps : *work;
        return mine != NULL && item->pack == other->pack && ais_correlation_implies(mine, others);
    }
    struct ais_logic logic = { .predicates = self->predicates, .work = *work < PAIR_WORK ? *work : PAIR_WORK };
    size_t before = logic.work;
    bool does = ais_logic_implies(&logic, item->rule->expr, other->rule->expr);
    *work -= before - logic.work;
    return does;
}

/* Of two that match the same and do the same, the later one is told of. */
static bool is_shadowed(struct lint *self, size_t i, size_t k, size_t *work)
{
    const struct linted *item = &self->rules[i], *other = &self->rules[k];
    if (i == k || !outdoes(other, item) || (other->fields != 0 && (item->fields & other->fields) == 0))
        return false;
    if (!implies(self, item, other, work))
        return false;
    return i > k || !outdoes(item, other) || !implies(self, other, item, work);
}

static void look_for_shadows(struct lint *self)
{
    size_t work = PAIRS_WORK;
    for (size_t i = 0; i < self->count; i++) {
        const struct linted *item = &self->rules[i];
        for (size_t k = 0; !item->never && k < self->count; k++) {
            if (work > 0)
                work--;
            if (work == 0) {
                ais_diag_warn(&(struct ais_diagnostics){ .warnings = self->warnings }, item->from->file, 1, 1,
                              "there are too many rules to compare each with all others: not all of them were");
                return;
            }
            if (!is_shadowed(self, i, k, &work))
                continue;
            const struct linted *other = &self->rules[k];
            WARN(self, item, "'%s' decides nothing: wherever it matches, '%s' (%s, in %s:%u) matches too",
                 item->rule->id, other->rule->id, ais_action_text(other->rule->action), other->from->file,
                 (unsigned)other->rule->line);
            break;
        }
    }
}

/* Rules of whichever pack that a filter names. */
static enum ais_err note_filters(struct lint *self, struct ais_why *why)
{
    struct ais_intern *ids = ais_intern_new();
    bool good = ids != NULL;
    for (size_t i = 0; good && i < self->count; i++) {
        const struct ais_rulepack *pack = self->rules[i].pack;
        for (size_t k = 0; good && (i == 0 || self->rules[i - 1].pack != pack) && k < pack->filter_count; k++)
            for (size_t j = 0; good && j < pack->filters[k].rule_count; j++)
                good = ais_intern_add(ids, pack->filters[k].rules[j], strlen(pack->filters[k].rules[j]), NULL) !=
                       AIS_INTERN_FAILED;
    }
    size_t named = good ? ais_intern_count(ids) : 0;
    for (size_t i = 0; good && i < self->count; i++) {
        uint32_t id = ais_intern_add(ids, self->rules[i].rule->id, strlen(self->rules[i].rule->id), NULL);
        good = id != AIS_INTERN_FAILED;
        self->rules[i].filtered = good && id < named;
    }
    ais_intern_destroy(&ids);
    return good ? AIS_OK : ais_fail(why, AIS_E_NOMEM, "out of memory for rules");
}

/* Within a pack that is a fault; between packs, filters and correlations mean both. */
static enum ais_err look_for_ids(struct lint *self, struct ais_why *why)
{
    struct ais_intern *ids = ais_intern_new();
    const struct linted **first = calloc(self->count + 1, sizeof(void *));
    bool good = ids != NULL && first != NULL;
    for (size_t i = 0; good && i < self->count; i++) {
        const struct linted *item = &self->rules[i];
        bool is_new;
        uint32_t id = ais_intern_add(ids, item->rule->id, strlen(item->rule->id), &is_new);
        good = id != AIS_INTERN_FAILED;
        if (good && is_new)
            first[id] = item;
        else if (good)
            WARN(self, item, "the pack '%s' has a rule '%s' too, in line %u", first[id]->pack->name, item->rule->id,
                 (unsigned)first[id]->rule->line);
    }
    ais_intern_destroy(&ids);
    free(first);
    return good ? AIS_OK : ais_fail(why, AIS_E_NOMEM, "out of memory for rules");
}

enum ais_err ais_policy_lint(const struct ais_pack_source *packs, size_t n, struct ais_diagnostics *warnings,
                             struct ais_why *why)
{
    AUTO(lint_done)
    struct lint self = { .arena = ais_arena_new(0), .predicates = ais_predicates_new(NULL), .warnings = warnings };
    if (self.arena == NULL || self.predicates == NULL)
        return ais_fail(why, AIS_E_NOMEM, "out of memory for rules");
    for (size_t i = 0; i < n; i++)
        if (packs[i].enabled)
            TRY(take(&self, &packs[i], why));
    size_t work = RULES_WORK;
    for (size_t i = 0; i < self.count; i++)
        look_at_rule(&self, &self.rules[i], &work);
    TRY(note_filters(&self, why));
    look_for_shadows(&self);
    TRY(look_for_ids(&self, why));
    if (warnings->failed)
        return ais_fail(why, AIS_E_NOMEM, "out of memory for warnings");
    ais_diag_sort(warnings);
    return AIS_OK;
}

/* ---- what filters name ---- */

#define NO_SUCH_RULE "'%.64s' is a rule of none of these packs, and of no bundled one"

static const char *id_name(size_t i, const void *arg)
{
    size_t n;
    return ais_intern_bytes(arg, (uint32_t)i, &n);
}

/* Reads packs, and notes the ids of their rules. */
static enum ais_err read_ids(struct ais_arena *arena, struct ais_intern *ids, const struct ais_pack_source *packs,
                             size_t n, const struct ais_rulepack **ret, struct ais_why *why)
{
    for (size_t i = 0; i < n; i++) {
        AUTO(ais_diagnostics_done) struct ais_diagnostics unused = { 0 };
        TRY(ais_rulepack_read(arena, packs[i].file, packs[i].bytes, packs[i].size, &ret[i], &unused, why));
        for (size_t k = 0; k < ret[i]->count; k++)
            if (ais_intern_add(ids, ret[i]->rules[k].id, strlen(ret[i]->rules[k].id), NULL) == AIS_INTERN_FAILED)
                return ais_fail(why, AIS_E_NOMEM, "out of memory for rules");
    }
    return AIS_OK;
}

/* Of one filter: the names that are none of these, in as many warnings, where there is a list for them. Returns how
 * many they are. */
static size_t look_for_names(const struct ais_filter *filter, const struct ais_intern *ids, const char *file,
                             struct ais_diagnostics *warnings)
{
    const struct ais_json *node =
        filter->rules_node->kind == AIS_JSON_ARRAY ? filter->rules_node->first : filter->rules_node;
    struct ais_diagnostics list = { .warnings = warnings };
    size_t unknown = 0;
    for (size_t i = 0; i < filter->rule_count && node != NULL; i++, node = node->next) {
        uint32_t id;
        const char *name = filter->rules[i], *near = NULL;
        if (ais_intern_find(ids, name, strlen(name), &id))
            continue;
        unknown++;
        if (warnings != NULL)
            near = ais_nearest_of(name, strlen(name), id_name, ais_intern_count(ids), ids);
        if (near != NULL)
            ais_diag_warn(&list, file, node->line, node->column, NO_SUCH_RULE ": " AIS_DID_YOU_MEAN, name, near);
        else
            ais_diag_warn(&list, file, node->line, node->column, NO_SUCH_RULE, name);
    }
    return unknown;
}

static size_t look_for_all_names(const struct ais_pack_source *sources, const struct ais_rulepack *const *packs,
                                 size_t n, const struct ais_intern *ids, struct ais_diagnostics *warnings)
{
    size_t unknown = 0;
    for (size_t i = 0; i < n; i++)
        for (size_t k = 0; k < packs[i]->filter_count; k++)
            unknown += look_for_names(&packs[i]->filters[k], ids, sources[i].file, warnings);
    return unknown;
}

enum ais_err ais_policy_lint_filters(const struct ais_pack_source *packs, size_t n,
                                     const struct ais_pack_source *others, size_t other_count,
                                     struct ais_diagnostics *warnings, struct ais_why *why)
{
    AUTO(ais_arena_destroy) struct ais_arena *arena = ais_arena_new(0);
    AUTO(ais_intern_destroy) struct ais_intern *ids = ais_intern_new();
    const struct ais_rulepack **read =
        arena != NULL ? ais_arena_alloc(arena, (n + other_count + 1) * sizeof(void *)) : NULL;
    if (ids == NULL || read == NULL)
        return ais_fail(why, AIS_E_NOMEM, "out of memory for rules");
    TRY(read_ids(arena, ids, packs, n, read, why));
    if (look_for_all_names(packs, read, n, ids, NULL) == 0)
        return AIS_OK;
    TRY(read_ids(arena, ids, others, other_count, read + n, why));
    (void)look_for_all_names(packs, read, n, ids, warnings);
    if (warnings->failed)
        return ais_fail(why, AIS_E_NOMEM, "out of memory for warnings");
    ais_diag_sort(warnings);
    return AIS_OK;
}
