/* Whether what rules ask holds: predicates, those of one element, nodes; and on what an unknown answer hangs. */
#include "shared/policy/engine.h"

#include <string.h>

/* ---- predicates ---- */

static struct ais_field_values values_of_part(struct ais_engine *engine, const struct ais_fact *fact)
{
    const struct ais_part *part = ais_view_part(&engine->view, ais_fact_part(fact));
    const struct ais_part_list *list = &part->lists[fact->list];
    return (struct ais_field_values){
        .generation = engine->generation,
        .count = (uint32_t)list->count,
        .items = list->items,
        .unknown = part->unknown,
    };
}

static const struct ais_field_values *values_of(struct ais_engine *engine, uint32_t number)
{
    struct ais_field_values *cached = &engine->fields[number];
    const struct ais_field *field = &engine->policy->predicates->fields[number];
    struct ais_values *values = &engine->values;
    if (cached->generation == engine->generation)
        return cached;
    if (field->fact->values == NULL) {
        *cached = values_of_part(engine, field->fact);
        return cached;
    }
    values->first = values->count;
    values->unknown = NULL;
    field->fact->values(engine->question, field->path.count > 0 ? &field->path : NULL, values);
    *cached = (struct ais_field_values){
        .generation = engine->generation,
        .first = (uint32_t)values->first,
        .count = (uint32_t)(values->count - values->first),
        .unknown = values->unknown,
    };
    return cached;
}

const struct ais_value *ais_engine_field(struct ais_engine *engine, uint32_t field, size_t *ret_n,
                                         const char **ret_unknown)
{
    const struct ais_field_values *found = values_of(engine, field);
    *ret_n = found->count;
    *ret_unknown = found->unknown;
    if (found->items != NULL || found->count == 0)
        return found->items;
    return engine->values.items + found->first;
}

/* Whether the work of this decision is beyond its bound. */
static bool is_spent(const struct ais_engine *engine)
{
    return engine->view.work + engine->work > AIS_WORK_MOST;
}

static bool spend_steps(struct ais_engine *engine, size_t steps)
{
    size_t before = engine->work;
    engine->work += steps;
    if (engine->pulse != NULL && before / AIS_PULSE_WORK != engine->work / AIS_PULSE_WORK)
        engine->pulse(engine->pulse_arg);
    return !is_spent(engine);
}

/* One value more to look at, `times`; false when that is beyond the bound. */
static bool spend(struct ais_engine *engine, const struct ais_value *value, size_t times)
{
    return spend_steps(engine, (AIS_STEPS_A_VALUE + AIS_STEPS_A_BYTE * value->length) * times);
}

/* Values that a predicate looks at, or is compared with. */
struct values {
    const struct ais_value *items;
    size_t count;
    bool unknown; /* there may be more */
};

static struct values values_of_field(struct ais_engine *engine, uint32_t number)
{
    const struct ais_field_values *found = values_of(engine, number);
    const struct ais_value *items = found->items;
    if (items == NULL && found->count > 0)
        items = engine->values.items + found->first;
    return (struct values){ items, found->count, found->unknown != NULL };
}

/* The values of a field in one element, if it is of that part; else all. */
static struct values values_in(struct ais_engine *engine, uint32_t number, const struct ais_part *part,
                               uint32_t element)
{
    const struct ais_fact *fact = engine->policy->predicates->fields[number].fact;
    enum ais_part_id id = ais_fact_part(fact);
    struct values values = { 0 };
    if (id == AIS_PART_COUNT || part != ais_view_part(&engine->view, id))
        return values_of_field(engine, number);
    values.items = ais_part_values(part, fact->list, element, &values.count);
    return values;
}

/* One value against those of another field. */
static enum ais_truth match_reference(struct ais_engine *engine, const struct ais_predicate *predicate,
                                      const struct ais_value *value, const struct values *others)
{
    for (size_t i = 0; i < others->count; i++)
        if (!spend(engine, &others->items[i], 1) || !spend(engine, value, 1))
            return AIS_UNKNOWN;
    return ais_reference_match(predicate->pattern, value, others->items, others->count, others->unknown,
                               engine->op_scratch);
}

static enum ais_truth match_value(struct ais_engine *engine, const struct ais_predicate *predicate,
                                  const struct ais_value *value, const struct values *others)
{
    if (predicate->other != AIS_FIELD_NONE)
        return match_reference(engine, predicate, value, others);
    return ais_op_match(predicate->op, predicate->pattern, value, engine->op_scratch);
}

/* Any of n values will do, and without one the absent value. Beyond a bound, only a match that is there already is
 * certain. others: those of the other field, of a predicate that has one. */
static enum ais_truth match_any(struct ais_engine *engine, const struct ais_predicate *predicate,
                                const struct values *values, const struct values *others)
{
    static const struct ais_value absent = { .kind = AIS_VALUE_ABSENT, .text = "" };
    enum ais_truth truth = values->unknown ? AIS_UNKNOWN : AIS_FALSE;
    if (values->count == 0 && !values->unknown)
        return match_value(engine, predicate, &absent, others);
    for (size_t i = 0; i < values->count && truth != AIS_TRUE; i++) {
        if (!spend(engine, &values->items[i], predicate->weight))
            return AIS_UNKNOWN;
        truth = ais_truth_or(truth, match_value(engine, predicate, &values->items[i], others));
    }
    return truth;
}

static enum ais_truth match_values(struct ais_engine *engine, const struct ais_predicate *predicate)
{
    struct values others = { 0 };
    values_of(engine, predicate->field); /* both are made before either is looked at: making moves what is there */
    if (predicate->other != AIS_FIELD_NONE)
        others = values_of_field(engine, predicate->other);
    const struct values values = values_of_field(engine, predicate->field);
    if (engine->values.failed || engine->view.failed)
        return AIS_UNKNOWN;
    return match_any(engine, predicate, &values, &others);
}

/* ---- elements ---- */

/* The values of one element against a predicate. Where they are the element's own, the answer is remembered: other
 * selections and rules ask the same of it. */
static enum ais_truth ask_predicate_in(struct ais_engine *engine, uint32_t number, const struct ais_part *part,
                                       uint32_t element)
{
    enum { REMEMBERED = 16 };
    const struct ais_predicate *predicate = &engine->policy->predicates->items[number];
    const enum ais_part_id id = ais_fact_part(engine->policy->predicates->fields[predicate->field].fact);
    struct ais_asked *asked = &engine->asked[number];
    struct values others = { 0 };
    if (!ais_engine_is_open(engine, number))
        return AIS_FALSE;
    if (asked->generation != engine->generation)
        *asked = (struct ais_asked){ engine->generation, 0 };
    bool own = element < REMEMBERED && predicate->other == AIS_FIELD_NONE && id != AIS_PART_COUNT &&
               part == &engine->view.parts[id];
    if (own && (asked->truths >> 2 * element & 3) != 0)
        return (enum ais_truth)((asked->truths >> 2 * element & 3) - 1);
    if (!spend_steps(engine, AIS_STEPS_AN_ELEMENT))
        return AIS_UNKNOWN;
    if (predicate->other != AIS_FIELD_NONE)
        others = values_in(engine, predicate->other, part, element);
    const struct values values = values_in(engine, predicate->field, part, element);
    enum ais_truth truth = match_any(engine, predicate, &values, &others);
    if (own)
        asked->truths |= ((uint32_t)truth + 1) << 2 * element;
    return truth;
}

/* Whether what a node asks holds for one element. Of nodes nothing is remembered: there may be many elements. */
enum ais_truth ais_engine_ask_in(struct ais_engine *engine, uint32_t ref, const struct ais_part *part, uint32_t element)
{
    if (ref & AIS_REF_PREDICATE)
        return ask_predicate_in(engine, ref & ~AIS_REF_PREDICATE, part, element);
    if (!ais_engine_is_open(engine, ais_gate(engine->policy, ref)))
        return AIS_FALSE;
    const struct ais_node *node = &engine->policy->nodes[ref];
    const uint32_t *children = engine->policy->children + node->first;
    uint32_t trues = 0, possible = node->count;
    for (uint32_t i = 0; i < node->count && trues < node->need && possible >= node->need; i++) {
        enum ais_truth truth = ais_engine_ask_in(engine, children[i], part, element);
        trues += truth == AIS_TRUE;
        possible -= truth == AIS_FALSE;
    }
    return trues >= node->need ? AIS_TRUE : possible >= node->need ? AIS_UNKNOWN : AIS_FALSE;
}

static enum ais_truth ask_each(struct ais_engine *engine, const struct ais_node *node)
{
    const struct ais_part *part = ais_view_part(&engine->view, node->part);
    enum ais_truth truth = part->unknown != NULL ? AIS_UNKNOWN : AIS_FALSE;
    if (engine->view.failed)
        return AIS_UNKNOWN;
    for (uint32_t i = 0; i < part->elements && truth != AIS_TRUE; i++) {
        if (is_spent(engine)) /* what no element says until here, none says now */
            return AIS_UNKNOWN;
        truth = ais_truth_or(truth, ais_engine_ask_in(engine, engine->policy->children[node->first], part, i));
    }
    return truth;
}

/* ---- nodes ---- */

/* At least `need` children: asked one after the other, until the rest cannot change the answer. */
static enum ais_truth ask_some(struct ais_engine *engine, const struct ais_node *node)
{
    uint32_t trues = 0, possible = node->count;
    for (uint32_t i = 0; i < node->count && trues < node->need && possible >= node->need; i++) {
        enum ais_truth truth = ais_engine_ask(engine, engine->policy->children[node->first + i]);
        trues += truth == AIS_TRUE;
        possible -= truth == AIS_FALSE;
    }
    return trues >= node->need ? AIS_TRUE : possible >= node->need ? AIS_UNKNOWN : AIS_FALSE;
}

static enum ais_truth ask_open(struct ais_engine *engine, uint32_t ref)
{
    if (ref & AIS_REF_PREDICATE)
        return match_values(engine, &engine->policy->predicates->items[ref & ~AIS_REF_PREDICATE]);
    const struct ais_node *node = &engine->policy->nodes[ref];
    switch (node->kind) {
    case AIS_EXPR_NOT: return ais_truth_not(ais_engine_ask(engine, engine->policy->children[node->first]));
    case AIS_EXPR_EACH: return ask_each(engine, node);
    default: return ask_some(engine, node);
    }
}

enum ais_truth ais_engine_ask(struct ais_engine *engine, uint32_t ref)
{
    uint32_t gate = ais_gate(engine->policy, ref), *memo = &engine->memos[gate];
    if (!ais_engine_is_open(engine, gate))
        return AIS_FALSE;
    if (*memo >> AIS_MEMO_BITS == engine->generation && (*memo & AIS_MEMO_TRUTH) != 0)
        return (enum ais_truth)((*memo & AIS_MEMO_TRUTH) - 1);
    enum ais_truth truth = ask_open(engine, ref);
    *memo = engine->generation << AIS_MEMO_BITS | AIS_MEMO_OPEN | ((uint32_t)truth + 1);
    return truth;
}

/* ---- blame ---- */

struct blame {
    const char *fact, *why; /* NULL: nobody yet */
};

static void blame_field(struct blame *blame, const char *fact, const char *why)
{
    int order = blame->fact != NULL ? strcmp(fact, blame->fact) : -1;
    if (order < 0 || (order == 0 && strcmp(why, blame->why) < 0))
        *blame = (struct blame){ fact, why };
}

/* Why a field is not known, as a whole or one of its values; NULL: it is. */
static const char *why_unknown(struct ais_engine *engine, uint32_t number)
{
    const struct ais_field_values *values = values_of(engine, number);
    if (values->unknown != NULL)
        return values->unknown;
    for (uint32_t i = 0; values->items != NULL && i < values->count; i++)
        if (values->items[i].kind == AIS_VALUE_UNKNOWN && values->items[i].length > 0)
            return values->items[i].text;
    return NULL;
}

/* certain: its answer is unknown for sure. What is asked of one element may hang on a field whose answer over all
 * elements does not. */
static void blame_predicate(struct ais_engine *engine, uint32_t number, bool certain, struct blame *blame)
{
    const struct ais_predicate *predicate = &engine->policy->predicates->items[number];
    const struct ais_field *fields = engine->policy->predicates->fields;
    const uint32_t both[] = { predicate->field, predicate->other };
    bool told = false;
    for (size_t i = 0; i < N_ELEMS(both) && both[i] != AIS_FIELD_NONE; i++) {
        const char *why = why_unknown(engine, both[i]);
        if (why != NULL)
            blame_field(blame, fields[both[i]].text, why);
        told = told || why != NULL;
    }
    if (!told && certain)
        blame_field(blame, fields[predicate->field].text, "more work than the bounds allow");
}

/* All that is asked of an element; where no field is to blame, each is. */
static void blame_each(struct ais_engine *engine, uint32_t ref, bool certain, struct blame *blame)
{
    if (ref & AIS_REF_PREDICATE) {
        blame_predicate(engine, ref & ~AIS_REF_PREDICATE, certain, blame);
        return;
    }
    const struct ais_node *node = &engine->policy->nodes[ref];
    for (uint32_t i = 0; i < node->count; i++)
        blame_each(engine, engine->policy->children[node->first + i], certain, blame);
}

static void blame_all(struct ais_engine *engine, uint32_t ref, struct blame *blame)
{
    const struct ais_policy *policy = engine->policy;
    if (ref & AIS_REF_PREDICATE) {
        uint32_t number = ref & ~AIS_REF_PREDICATE;
        if (ais_engine_ask(engine, ref) == AIS_UNKNOWN)
            blame_predicate(engine, number, true, blame);
        return;
    }
    if (engine->node_seen[ref] == engine->generation)
        return;
    engine->node_seen[ref] = engine->generation;
    const struct ais_node *node = &policy->nodes[ref];
    if (node->kind == AIS_EXPR_EACH) {
        struct blame own = { NULL, NULL };
        if (ais_engine_ask(engine, ref) != AIS_UNKNOWN)
            return;
        blame_each(engine, policy->children[node->first], false, &own);
        if (own.fact == NULL)
            blame_each(engine, policy->children[node->first], true, &own);
        blame_field(blame, own.fact, own.why);
        return;
    }
    for (uint32_t i = 0; i < node->count; i++)
        blame_all(engine, policy->children[node->first + i], blame);
}

void ais_engine_blame(struct ais_engine *engine, uint32_t ref, const char **ret_fact, const char **ret_why)
{
    struct blame blame = { NULL, NULL };
    blame_all(engine, ref, &blame);
    *ret_fact = blame.fact;
    *ret_why = blame.why;
}

/* ---- once more ---- */

const struct ais_value *ais_engine_values(struct ais_engine *engine, uint32_t predicate, size_t *ret_count)
{
    const struct ais_predicate *item = &engine->policy->predicates->items[predicate];
    if (item->other != AIS_FIELD_NONE)
        values_of(engine, item->other); /* before the others are looked at: making moves what is there */
    const struct ais_field_values *found = values_of(engine, item->field);
    bool usable = !engine->values.failed && !engine->view.failed && found->count > 0;
    *ret_count = usable ? found->count : 0;
    if (!usable)
        return NULL;
    return found->items != NULL ? found->items : engine->values.items + found->first;
}

enum ais_truth ais_engine_match(struct ais_engine *engine, uint32_t predicate, const struct ais_value *value)
{
    const struct ais_predicate *item = &engine->policy->predicates->items[predicate];
    struct values others = { 0 };
    if (item->other != AIS_FIELD_NONE)
        others = values_of_field(engine, item->other);
    return match_value(engine, item, value, &others);
}
