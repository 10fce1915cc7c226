#include "shared/policy/explain/walk.h"

#include "shared/json/write.h"
#include "shared/text/ascii.h"

#include <string.h>

enum {
    FAR = 8,            /* a distance that is not told apart from greater ones */
    ELEMENTS_MOST = 16, /* of a part, that are looked at for a distance */
    VALUES_MOST = 4096, /* of a fact, that are tried again for the one that matched */
};

/* Where a walk is. */
struct place {
    const struct ais_named *named; /* the selection (or the tools) that it is in; NULL: none yet */
    const struct ais_part *part;   /* of an element; NULL: of none */
    uint32_t element;
};

void ais_walk_done(struct ais_walk *walk)
{
    ais_buf_done(&walk->sample);
}

bool ais_walk_may(const struct ais_walk *walk)
{
    return walk->steps < AIS_WALK_STEPS && !walk->engine->failed && !walk->engine->values.failed &&
           !walk->engine->view.failed;
}

static bool step(struct ais_walk *walk)
{
    walk->steps++;
    return ais_walk_may(walk);
}

/* The place of ref, in whichever selection it begins. */
static struct place enter(const struct ais_walk *walk, struct place place, uint32_t ref)
{
    for (uint32_t i = 0; place.named == NULL && i < walk->rule->named_count; i++)
        if (walk->rule->named[i].ref == ref)
            place.named = &walk->rule->named[i];
    return place;
}

static enum ais_truth ask(struct ais_walk *walk, uint32_t ref, const struct place *place)
{
    return place->part != NULL ? ais_engine_ask_in(walk->engine, ref, place->part, place->element)
                               : ais_engine_ask(walk->engine, ref);
}

static const struct ais_node *node_of(const struct ais_walk *walk, uint32_t ref)
{
    return &walk->engine->policy->nodes[ref];
}

static uint32_t child_of(const struct ais_walk *walk, const struct ais_node *node, uint32_t i)
{
    return walk->engine->policy->children[node->first + i];
}

/* ---- one comparison ---- */

static const struct ais_field *field_of(const struct ais_walk *walk, const struct ais_predicate *predicate)
{
    return &walk->engine->policy->predicates->fields[predicate->field];
}

static const struct ais_value *values_at(struct ais_walk *walk, uint32_t number, const struct place *place,
                                         size_t *ret_count)
{
    const struct ais_predicate *predicate = &walk->engine->policy->predicates->items[number];
    if (place->part == NULL)
        return ais_engine_values(walk->engine, number, ret_count);
    return ais_part_values(place->part, field_of(walk, predicate)->fact->list, place->element, ret_count);
}

/* Whether what stands around a place is enough for the pattern to match. */
static bool hits_around(struct ais_walk *walk, uint32_t number, const struct ais_sampled *sampled, size_t at,
                        size_t length)
{
    size_t begin = at > AIS_SAMPLE_SHOWN / 2 ? at - AIS_SAMPLE_SHOWN / 2 : 0;
    size_t end = at + length + AIS_SAMPLE_SHOWN / 2;
    end = end < sampled->n ? end : sampled->n;
    const struct ais_value around = { .kind = AIS_VALUE_STRING, .text = sampled->text + begin, .length = end - begin };
    walk->located += end - begin;
    return ais_engine_match(walk->engine, number, &around) == AIS_TRUE;
}

static bool stands_at(const struct ais_literal *literal, const char *text)
{
    for (size_t i = 0; i < literal->length; i++)
        if (ais_lower(text[i]) != literal->bytes[i])
            return false;
    return true;
}

/* Where the pattern hits: a place of one of its literals of which what is around it matches; else the first place of
 * one. A pattern without literals hits at the begin, as far as anybody knows. */
static void find_hit(struct ais_walk *walk, uint32_t number, struct ais_sampled *sampled)
{
    const struct ais_predicate *predicate = &walk->engine->policy->predicates->items[number];
    const struct ais_literals *set = predicate->op->literals(predicate->pattern);
    for (size_t i = 0; i < set->count; i++) {
        const struct ais_literal *literal = &set->items[i];
        for (size_t at = 0; at + literal->length <= sampled->n && walk->located < AIS_WALK_LOCATED; at++) {
            walk->located++;
            if (!stands_at(literal, sampled->text + at))
                continue;
            bool hits = hits_around(walk, number, sampled, at, literal->length);
            if (hits || sampled->length == 0) {
                sampled->at = at;
                sampled->length = literal->length;
            }
            if (hits)
                return;
        }
    }
}

static const char *key_of(const struct ais_field *field)
{
    const struct ais_path *path = &field->path;
    bool named = path->count > 0 && path->steps[path->count - 1].kind == AIS_STEP_MEMBER;
    return named ? path->steps[path->count - 1].key : "";
}

/* The user and password of a URL are a credential whatever they look like. */
static bool is_always_hidden(const struct ais_fact *fact)
{
    return strcmp(fact->name, "url.userinfo") == 0;
}

static void sample(struct ais_walk *walk, const char *name, const struct ais_fact *fact, struct ais_sampled *sampled)
{
    sampled->derived = ais_fact_part(fact) != AIS_PART_COUNT;
    ais_buf_clear(&walk->sample);
    if (is_always_hidden(fact))
        ais_buf_text(&walk->sample, "[userinfo]");
    else
        ais_mask_sample(walk->mask, sampled, &walk->sample);
    ais_jw_string(walk->out, name, walk->sample.data != NULL ? walk->sample.data : "", walk->sample.length);
    walk->out->failed = walk->out->failed || walk->sample.failed;
}

void ais_walk_sample(struct ais_walk *walk, const char *name, const struct ais_fact *fact,
                     const struct ais_value *value)
{
    struct ais_sampled sampled = { .key = "", .text = value->text, .n = value->length };
    sample(walk, name, fact, &sampled);
}

static void write_sample(struct ais_walk *walk, const char *name, uint32_t number, const struct ais_value *value)
{
    const struct ais_field *field = field_of(walk, &walk->engine->policy->predicates->items[number]);
    struct ais_sampled sampled = { .key = key_of(field), .text = value->text, .n = value->length };
    find_hit(walk, number, &sampled);
    walk->engine->work += sampled.n;
    sample(walk, name, field->fact, &sampled);
}

/* The first value that matches, or (wanted false) what stands there instead. */
static void write_value(struct ais_walk *walk, uint32_t number, const struct place *place, bool matches)
{
    size_t n;
    const struct ais_value *values = values_at(walk, number, place, &n);
    const char *name = matches ? "matched" : "seen";
    if (n == 0)
        ais_jw_null(walk->out, name);
    for (size_t i = 0; i < n && i < VALUES_MOST && walk->engine->work < AIS_WORK_MOST; i++) {
        walk->engine->work += values[i].length;
        if (values[i].kind == AIS_VALUE_UNKNOWN ||
            (matches && ais_engine_match(walk->engine, number, &values[i]) != AIS_TRUE))
            continue;
        write_sample(walk, name, number, &values[i]);
        break;
    }
}

static void write_modifiers(struct ais_buf *out, const struct ais_predicate *predicate)
{
    const struct ais_op_use *use = &predicate->use;
    ais_jw_begin_array(out, "modifiers");
    for (size_t i = 0; i < use->transform_count; i++)
        ais_jw_text(out, NULL, use->transforms[i]->name);
    if (use->measure != NULL)
        ais_jw_text(out, NULL, use->measure->name);
    if (use->op->name[0] != '\0')
        ais_jw_text(out, NULL, use->op->name);
    for (size_t i = 0; i < ais_op_count; i++)
        if ((ais_ops[i]->flag & use->flags & ~(unsigned)(AIS_FLAG_ALL | AIS_FLAG_EXPAND)) != 0)
            ais_jw_text(out, NULL, ais_ops[i]->name);
    ais_jw_end_array(out);
}

static bool begin(struct ais_walk *walk, const struct place *place)
{
    if (walk->listed == AIS_WALK_LISTED) {
        walk->cut = true;
        return false;
    }
    walk->listed++;
    ais_jw_begin_object(walk->out, NULL);
    if (place->named != NULL) {
        ais_jw_text(walk->out, "selection", place->named->name);
        ais_jw_u64(walk->out, "line", place->named->line);
    }
    return true;
}

/* What was compared with what, and how. */
static void write_comparison(struct ais_walk *walk, uint32_t number, const struct place *place)
{
    const struct ais_predicate *predicate = &walk->engine->policy->predicates->items[number];
    ais_jw_text(walk->out, "field", field_of(walk, predicate)->text);
    write_modifiers(walk->out, predicate);
    ais_jw_text(walk->out, "pattern", predicate->shown);
    if (place->part != NULL)
        ais_jw_u64(walk->out, "element", place->element);
}

/* ---- why it holds ---- */

static void because(struct ais_walk *walk, uint32_t ref, struct place place);

/* Of what does not hold, which is why its negation does. */
static void because_not(struct ais_walk *walk, uint32_t ref, struct place place)
{
    place = enter(walk, place, ref);
    if (!step(walk))
        return;
    if (place.named == NULL && (ref & AIS_REF_PREDICATE) == 0) {
        const struct ais_node *node = node_of(walk, ref);
        for (uint32_t i = 0; i < node->count; i++) {
            if (node->kind == AIS_EXPR_NOT)
                because(walk, child_of(walk, node, i), place);
            else if (ask(walk, child_of(walk, node, i), &place) == AIS_FALSE)
                because_not(walk, child_of(walk, node, i), place);
        }
        return;
    }
    if (!begin(walk, &place))
        return;
    if ((ref & AIS_REF_PREDICATE) != 0)
        write_comparison(walk, ref & ~AIS_REF_PREDICATE, &place);
    ais_jw_bool(walk->out, "holds", false);
    ais_jw_end_object(walk->out);
}

/* The first element for which it holds. */
static void because_of_element(struct ais_walk *walk, const struct ais_node *node, struct place place)
{
    place.part = ais_view_part(&walk->engine->view, node->part);
    for (place.element = 0; place.element < place.part->elements && ais_walk_may(walk); place.element++) {
        if (ask(walk, child_of(walk, node, 0), &place) != AIS_TRUE)
            continue;
        because(walk, child_of(walk, node, 0), place);
        return;
    }
}

static void because(struct ais_walk *walk, uint32_t ref, struct place place)
{
    place = enter(walk, place, ref);
    if (!step(walk))
        return;
    if ((ref & AIS_REF_PREDICATE) != 0) {
        if (!begin(walk, &place))
            return;
        write_comparison(walk, ref & ~AIS_REF_PREDICATE, &place);
        write_value(walk, ref & ~AIS_REF_PREDICATE, &place, true);
        ais_jw_end_object(walk->out);
        return;
    }
    const struct ais_node *node = node_of(walk, ref);
    if (node->kind == AIS_EXPR_NOT) {
        because_not(walk, child_of(walk, node, 0), place);
        return;
    }
    if (node->kind == AIS_EXPR_EACH) {
        because_of_element(walk, node, place);
        return;
    }
    uint32_t needed = node->need;
    for (uint32_t i = 0; i < node->count && needed > 0 && ais_walk_may(walk); i++) {
        uint32_t child = child_of(walk, node, i);
        if (ask(walk, child, &place) != AIS_TRUE)
            continue;
        because(walk, child, place);
        needed--;
    }
}

static void begin_list(struct ais_walk *walk, const char *key, const struct ais_policy_rule *rule)
{
    walk->rule = rule;
    walk->listed = 0;
    ais_jw_begin_array(walk->out, key);
}

void ais_walk_because(struct ais_walk *walk, const char *key, const struct ais_policy_rule *rule)
{
    begin_list(walk, key, rule);
    because(walk, rule->root, (struct place){ 0 });
    ais_jw_end_array(walk->out);
}

/* ---- how far it is from something else ---- */

/* How many comparisons would have to come out differently for it to hold, and not to hold. */
struct distance {
    unsigned to[2]; /* by bool: holds */
    bool held;      /* a comparison of a detection holds below */
};

static struct distance measure(struct ais_walk *walk, uint32_t ref, struct place place);

/* The sum of the least `n` of some distances, of which there are counts[d] of each distance d. */
static unsigned least_sum(const uint32_t counts[FAR + 1], uint32_t n)
{
    unsigned sum = 0;
    for (unsigned d = 0; d <= FAR && n > 0 && sum < FAR; d++) {
        uint32_t taken = counts[d] < n ? counts[d] : n;
        sum += d * (taken < FAR ? taken : FAR);
        n -= taken;
    }
    return sum < FAR && n == 0 ? sum : FAR;
}

static struct distance measure_of(struct ais_walk *walk, const struct ais_node *node, struct place place)
{
    uint32_t counts[2][FAR + 1] = { { 0 } };
    struct distance distance = { .held = false };
    for (uint32_t i = 0; i < node->count && ais_walk_may(walk); i++) {
        struct distance child = measure(walk, child_of(walk, node, i), place);
        counts[false][child.to[false]]++;
        counts[true][child.to[true]]++;
        distance.held = distance.held || child.held;
    }
    distance.to[true] = least_sum(counts[true], node->need);
    distance.to[false] = node->need > 0 ? least_sum(counts[false], node->count - node->need + 1) : FAR;
    return distance;
}

/* The element that is nearest to hold; that it does not, all of them must not. */
static struct distance measure_each(struct ais_walk *walk, const struct ais_node *node, struct place place,
                                    uint32_t *ret_nearest)
{
    struct distance best = {
        {0, FAR},
        false
    };
    unsigned total = 0;
    place.part = ais_view_part(&walk->engine->view, node->part);
    place.element = *ret_nearest = 0;
    do {
        struct distance element = measure(walk, child_of(walk, node, 0), place);
        total += element.to[false];
        if (element.to[true] < best.to[true] || place.element == 0) {
            best = element;
            *ret_nearest = place.element;
        }
    } while (++place.element < place.part->elements && place.element < ELEMENTS_MOST && ais_walk_may(walk));
    best.to[false] = place.part->elements == 0 ? 0 : total < FAR ? total : FAR;
    return best;
}

static struct distance measure(struct ais_walk *walk, uint32_t ref, struct place place)
{
    uint32_t nearest;
    place = enter(walk, place, ref);
    if (!step(walk))
        return (struct distance){
            {FAR, FAR},
            false
        };
    if ((ref & AIS_REF_PREDICATE) != 0) {
        enum ais_truth truth = ask(walk, ref, &place);
        bool detects = place.named == NULL || strcmp(place.named->name, "tools") != 0;
        unsigned to_fail =
            detects ? 1 : 2; /* who wants to pass would rather change what is done than with which tool */
        return (struct distance){
            {truth != AIS_FALSE ? to_fail : 0, truth != AIS_TRUE},
            truth == AIS_TRUE && detects
        };
    }
    const struct ais_node *node = node_of(walk, ref);
    if (node->kind == AIS_EXPR_EACH)
        return measure_each(walk, node, place, &nearest);
    if (node->kind == AIS_EXPR_OF)
        return measure_of(walk, node, place);
    struct distance child = measure(walk, child_of(walk, node, 0), place);
    return (struct distance){
        {child.to[true], child.to[false]},
        false
    };
}

/* Whether the rule at hand would hold but for its filters and its `unless`. */
static bool is_excepted(struct ais_walk *walk)
{
    return walk->rule->has_exception && ais_engine_ask(walk->engine, walk->rule->exception) == AIS_TRUE;
}

bool ais_walk_is_near(struct ais_walk *walk, const struct ais_policy_rule *rule)
{
    walk->rule = rule;
    struct distance distance = measure(walk, rule->root, (struct place){ 0 });
    if (is_excepted(walk))
        return distance.to[true] == 0 && measure(walk, rule->exception, (struct place){ 0 }).to[false] == 1;
    return distance.to[true] == 1 && distance.held;
}

/* ---- what would have to change ---- */

static void change(struct ais_walk *walk, uint32_t ref, struct place place, bool wanted);

static void change_comparison(struct ais_walk *walk, uint32_t number, const struct place *place, bool wanted)
{
    if (!begin(walk, place))
        return;
    write_comparison(walk, number, place);
    ais_jw_text(walk->out, "must", wanted ? "match" : "not match");
    write_value(walk, number, place, !wanted);
    ais_jw_end_object(walk->out);
}

static void change_elements(struct ais_walk *walk, const struct ais_node *node, struct place place, bool wanted)
{
    uint32_t nearest;
    measure_each(walk, node, place, &nearest);
    place.part = ais_view_part(&walk->engine->view, node->part);
    place.element = nearest;
    if (wanted) {
        change(walk, child_of(walk, node, 0), place, true);
        return;
    }
    for (place.element = 0; place.element < place.part->elements && place.element < ELEMENTS_MOST; place.element++)
        change(walk, child_of(walk, node, 0), place, false);
}

/* The nearest children, as many as are needed beyond those that are so already. */
static void change_some(struct ais_walk *walk, const struct ais_node *node, struct place place, bool wanted)
{
    uint32_t needed = wanted ? node->need : node->count - node->need + 1, there = 0;
    for (unsigned distance = 0; distance <= FAR; distance++) {
        for (uint32_t i = 0; i < node->count && there < needed && ais_walk_may(walk); i++) {
            uint32_t child = child_of(walk, node, i);
            if (measure(walk, child, place).to[wanted] != distance)
                continue;
            there++;
            if (distance > 0)
                change(walk, child, place, wanted);
        }
    }
}

static void change(struct ais_walk *walk, uint32_t ref, struct place place, bool wanted)
{
    place = enter(walk, place, ref);
    if (!step(walk) || ask(walk, ref, &place) == (wanted ? AIS_TRUE : AIS_FALSE))
        return;
    if ((ref & AIS_REF_PREDICATE) != 0) {
        change_comparison(walk, ref & ~AIS_REF_PREDICATE, &place, wanted);
        return;
    }
    const struct ais_node *node = node_of(walk, ref);
    if (node->kind == AIS_EXPR_NOT)
        change(walk, child_of(walk, node, 0), place, !wanted);
    else if (node->kind == AIS_EXPR_EACH)
        change_elements(walk, node, place, wanted);
    else if (wanted || node->need > 0)
        change_some(walk, node, place, wanted);
}

void ais_walk_changes(struct ais_walk *walk, const char *key, const struct ais_policy_rule *rule, bool wanted)
{
    begin_list(walk, key, rule);
    change(walk, rule->root, (struct place){ 0 }, wanted);
    if (wanted && is_excepted(walk))
        change(walk, rule->exception, (struct place){ 0 }, false);
    ais_jw_end_array(walk->out);
}

/* ---- what was not understood ---- */

/* The decision may have put the blame for another rule already: it is forgotten, so that all of this one is looked at.
 */
bool ais_walk_unknown(struct ais_walk *walk, const struct ais_policy_rule *rule, const char **ret_fact,
                      const char **ret_why)
{
    struct ais_engine *engine = walk->engine;
    *ret_fact = *ret_why = NULL;
    memset(engine->node_seen, 0, engine->policy->node_count * sizeof *engine->node_seen);
    ais_engine_blame(engine, rule->root, ret_fact, ret_why);
    return *ret_fact != NULL;
}
