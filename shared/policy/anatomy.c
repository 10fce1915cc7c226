#include "shared/policy/anatomy.h"

#include "shared/mem/buf.h"
#include "shared/policy/regex/regex.h"
#include "shared/policy/snapshot.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct ais_anatomy {
    struct ais_arena *arena;        /* owned; everything below */
    struct ais_rule_anatomy *rules; /* in the arena; in the policy's order */
    size_t count;
};

/* What is at hand while an anatomy is made. */
struct dissection {
    const struct ais_policy *policy;
    struct ais_arena *arena;            /* borrowed; of the anatomy */
    struct ais_pattern_anatomy *drafts; /* owned; of every predicate */
    uint32_t *predicate_seen;           /* owned; the rule (+ 1) that met it last */
    uint32_t *field_seen, *node_seen;   /* owned; likewise */
    uint32_t *found;                    /* owned; predicates of the rule at hand */
    size_t found_count;
};

static void dissection_done(struct dissection *self)
{
    free(self->drafts);
    free(self->predicate_seen);
    free(self->field_seen);
    free(self->node_seen);
    free(self->found);
}

/* ---- words ---- */

#define X(value, word, meaning) [value] = { word, meaning },
static const struct word {
    const char *word, *meaning;
} kinds[] = { AIS_PATTERN_KINDS(X) }, costs[] = { AIS_RULE_COSTS(X) };
#undef X

const char *ais_pattern_kind_text(enum ais_pattern_kind kind)
{
    return kinds[kind].word;
}

const char *ais_pattern_kind_meaning(enum ais_pattern_kind kind)
{
    return kinds[kind].meaning;
}

const char *ais_rule_cost_text(enum ais_rule_cost cost)
{
    return costs[cost].word;
}

const char *ais_rule_cost_meaning(enum ais_rule_cost cost)
{
    return costs[cost].meaning;
}

/* ---- predicates ---- */

static void add_modifier(struct ais_buf *text, const char *name)
{
    ais_buf_format(text, "%s%s", text->length > 0 && name[0] != '\0' ? "|" : "", name);
}

/* What stands after a fact's name. */
static const char *modifiers_of(struct dissection *self, const struct ais_predicate *predicate)
{
    AUTO(ais_buf_done) struct ais_buf text = { 0 };
    const struct ais_op_use *use = &predicate->use;
    if (use->measure != NULL)
        add_modifier(&text, use->measure->name);
    for (size_t i = 0; i < ais_op_count; i++)
        if (ais_ops[i]->flag & use->flags & (AIS_FLAG_WINDASH | AIS_FLAG_FIELDREF))
            add_modifier(&text, ais_ops[i]->name);
    for (size_t i = 0; i < use->transform_count; i++)
        add_modifier(&text, use->transforms[i]->name);
    add_modifier(&text, use->op->name);
    for (size_t i = 0; i < ais_op_count; i++)
        if (ais_ops[i]->flag & use->flags &
            ~(unsigned)(AIS_FLAG_ALL | AIS_FLAG_EXPAND | AIS_FLAG_WINDASH | AIS_FLAG_FIELDREF))
            add_modifier(&text, ais_ops[i]->name);
    return text.failed ? NULL : ais_arena_copy(self->arena, text.length > 0 ? text.data : "", text.length);
}

/* The value; of another field its name; of several the first, and how many there are. */
static const char *value_of(struct dissection *self, const struct ais_predicate *predicate, size_t *ret_length)
{
    AUTO(ais_buf_done) struct ais_buf text = { 0 };
    if (predicate->value_count == 0)
        ais_buf_text(&text, self->policy->predicates->fields[predicate->other].text);
    else if (predicate->kind == AIS_JSON_NULL)
        ais_buf_text(&text, "null");
    else
        ais_buf_add(&text, predicate->text, predicate->length);
    if (predicate->value_count > 1)
        ais_buf_format(&text, " (and %zu more)", predicate->value_count - 1);
    *ret_length = text.length;
    return text.failed ? NULL : ais_arena_copy(self->arena, text.length > 0 ? text.data : "", text.length);
}

static bool dissect_predicate(struct dissection *self, uint32_t number)
{
    const struct ais_predicates *predicates = self->policy->predicates;
    const struct ais_predicate *predicate = &predicates->items[number];
    struct ais_pattern_anatomy *draft = &self->drafts[number];
    bool is_regex = predicate->op == predicate->use.op && strcmp(predicate->op->name, "re") == 0;
    bool linear = is_regex && ais_regex_is_linear(predicate->pattern);
    size_t value_length = 0;
    const char *value = value_of(self, predicate, &value_length);
    *draft = (struct ais_pattern_anatomy){
        .field = predicates->fields[predicate->field].text,
        .modifiers = modifiers_of(self, predicate),
        .value = value,
        .value_length = value_length,
        .kind = !is_regex ? AIS_PATTERN_PLAIN
                : linear  ? AIS_PATTERN_LINEAR
                          : AIS_PATTERN_PCRE2,
        .why = is_regex && !linear ? ais_regex_why_pcre(predicate->pattern) : NULL,
    };
    for (const struct ais_literals *set = ais_predicate_literals(predicates, number); set != NULL; set = set->next)
        draft->literals += set->count;
    return draft->modifiers != NULL && draft->value != NULL;
}

/* ---- rules ---- */

static void collect(struct dissection *self, uint32_t ref, uint32_t rule)
{
    if (ref & AIS_REF_PREDICATE) {
        uint32_t predicate = ref & ~AIS_REF_PREDICATE;
        if (self->predicate_seen[predicate] != rule + 1)
            self->found[self->found_count++] = predicate;
        self->predicate_seen[predicate] = rule + 1;
        return;
    }
    if (self->node_seen[ref] == rule + 1)
        return;
    self->node_seen[ref] = rule + 1;
    const struct ais_node *node = &self->policy->nodes[ref];
    for (uint32_t i = 0; i < node->count; i++)
        collect(self, self->policy->children[node->first + i], rule);
}

/* Of a pattern that has no literal. */
static const char *const lacks[] = {
    [AIS_LACK_TEXT] = "holds no text that every match contains",
    [AIS_LACK_LENGTH] = "has alternatives that are too short for their number",
    [AIS_LACK_ROOM] = "has more alternatives than are looked for",
};

/* Why no literal can rule ref out: children that literals do not rule out stand last. */
static const char *why_always(struct dissection *self, uint32_t ref)
{
    AUTO(ais_buf_done) struct ais_buf text = { 0 };
    while (!(ref & AIS_REF_PREDICATE)) {
        const struct ais_node *node = &self->policy->nodes[ref];
        if (node->need == 0 && node->kind == AIS_EXPR_OF)
            return "it matches every request";
        if (node->kind == AIS_EXPR_NOT)
            return "it may hold where something does not: beside a 'not' it needs something that occurs";
        ref = self->policy->children[node->first + node->count - 1];
    }
    const struct ais_pattern_anatomy *draft = &self->drafts[ref & ~AIS_REF_PREDICATE];
    const struct ais_predicate *predicate = &self->policy->predicates->items[ref & ~AIS_REF_PREDICATE];
    const char *modifiers = draft->modifiers != NULL ? draft->modifiers : "";
    const char *reason = lacks[ais_predicate_is_blind(predicate) ? ais_regex_lack(predicate->pattern) : AIS_LACK_TEXT];
    if (self->policy->predicates->fields[predicate->field].fact->sources == AIS_SOURCE_NONE)
        reason = "asks for something that stands in no text";
    else if (strcmp(predicate->use.op->name, "exists") == 0 || predicate->kind == AIS_JSON_NULL)
        reason = "asks whether there is a value";
    else if (predicate->use.measure != NULL)
        reason = "measures the value, whatever it is";
    else if ((predicate->use.flags & AIS_FLAG_NEQ) != 0)
        reason = "holds where a value differs";
    else if (predicate->value_count == 0)
        reason = "compares with another field";
    else if (predicate->kind == AIS_JSON_NUMBER)
        reason = "compares numbers, which have more than one spelling";
    ais_buf_format(&text, "'%s%s%s: %.*s' %s", draft->field, modifiers[0] != '\0' ? "|" : "", modifiers,
                   (int)(draft->value_length < 64 ? draft->value_length : 64), draft->value, reason);
    return text.failed ? NULL : ais_arena_copy(self->arena, text.data, text.length);
}

static bool dissect_rule(struct dissection *self, uint32_t number, struct ais_rule_anatomy *ret)
{
    const struct ais_policy_rule *rule = &self->policy->rules[number];
    const struct ais_predicates *predicates = self->policy->predicates;
    self->found_count = 0;
    collect(self, rule->root, number);
    const char **facts = ais_arena_alloc(self->arena, (self->found_count + 1) * sizeof(*facts));
    struct ais_pattern_anatomy *patterns = ais_arena_alloc(self->arena, (self->found_count + 1) * sizeof *patterns);
    if (facts == NULL || patterns == NULL)
        return false;
    bool pcre2 = false;
    for (size_t i = 0; i < self->found_count; i++) {
        uint32_t field = predicates->items[self->found[i]].field;
        patterns[i] = self->drafts[self->found[i]];
        pcre2 |= patterns[i].kind == AIS_PATTERN_PCRE2;
        if (self->field_seen[field] != number + 1)
            facts[ret->fact_count++] = predicates->fields[field].text;
        self->field_seen[field] = number + 1;
    }
    ret->pack = rule->match.pack;
    ret->rule = rule->match.rule;
    ret->facts = facts;
    ret->patterns = patterns;
    ret->pattern_count = self->found_count;
    ret->cost = pcre2 ? AIS_COST_WOKEN_PCRE2 : AIS_COST_WOKEN;
    return true;
}

/* The rules that are looked at always, and those that literals wake: from literals' rules to rules' literals. */
static bool dissect_triggers(struct dissection *self, struct ais_rule_anatomy *rules)
{
    const struct ais_policy *policy = self->policy;
    const struct ais_lists *triggers = &policy->triggers;
    for (size_t i = 0; i < policy->always_count; i++) {
        struct ais_rule_anatomy *rule = &rules[policy->always[i]];
        rule->always = why_always(self, policy->rules[policy->always[i]].root);
        rule->cost = rule->cost == AIS_COST_WOKEN ? AIS_COST_ALWAYS : AIS_COST_ALWAYS_PCRE2;
        if (rule->always == NULL)
            return false;
    }
    for (size_t i = 0; i < triggers->count; i++)
        rules[triggers->items[i]].literal_count++;
    struct ais_literal **lists = ais_arena_alloc(self->arena, (policy->rule_count + 1) * sizeof(struct ais_literal *));
    for (size_t i = 0; lists != NULL && i < policy->rule_count; i++) {
        lists[i] = ais_arena_alloc(self->arena, (rules[i].literal_count + 1) * sizeof(**lists));
        if (lists[i] == NULL)
            return false;
        rules[i].literals = lists[i];
    }
    for (size_t literal = 0; lists != NULL && literal < triggers->keys; literal++)
        for (uint32_t i = triggers->from[literal]; i < triggers->from[literal + 1]; i++)
            *lists[triggers->items[i]]++ = policy->literals[literal];
    return lists != NULL;
}

static bool dissect(struct dissection *self, struct ais_anatomy *anatomy)
{
    const struct ais_policy *policy = self->policy;
    size_t predicates = policy->predicates->count;
    self->arena = anatomy->arena;
    self->drafts = calloc(predicates + 1, sizeof *self->drafts);
    self->predicate_seen = calloc(predicates + 1, sizeof *self->predicate_seen);
    self->found = calloc(predicates + 1, sizeof *self->found);
    self->field_seen = calloc(policy->predicates->field_count + 1, sizeof *self->field_seen);
    self->node_seen = calloc(policy->node_count + 1, sizeof *self->node_seen);
    anatomy->rules = ais_arena_alloc(anatomy->arena, (policy->rule_count + 1) * sizeof *anatomy->rules);
    if (self->drafts == NULL || self->predicate_seen == NULL || self->found == NULL || self->field_seen == NULL ||
        self->node_seen == NULL || anatomy->rules == NULL)
        return false;
    for (uint32_t i = 0; i < predicates; i++)
        if (!dissect_predicate(self, i))
            return false;
    anatomy->count = policy->rule_count;
    for (uint32_t i = 0; i < policy->rule_count; i++)
        if (!dissect_rule(self, i, &anatomy->rules[i]))
            return false;
    return dissect_triggers(self, anatomy->rules);
}

enum ais_err ais_anatomy_new(const struct ais_policy *policy, struct ais_anatomy **ret, struct ais_why *why)
{
    AUTO(dissection_done) struct dissection self = { .policy = policy };
    AUTO(ais_anatomy_destroy) struct ais_anatomy *anatomy = calloc(1, sizeof *anatomy);
    if (anatomy != NULL)
        anatomy->arena = ais_arena_new(0);
    if (anatomy == NULL || anatomy->arena == NULL || !dissect(&self, anatomy))
        return ais_fail(why, AIS_E_NOMEM, "out of memory for explanations");
    *ret = TAKE(anatomy);
    return AIS_OK;
}

void ais_anatomy_destroy(struct ais_anatomy **anatomy)
{
    if (*anatomy == NULL)
        return;
    ais_arena_destroy(&(*anatomy)->arena);
    free(*anatomy);
    *anatomy = NULL;
}

const struct ais_rule_anatomy *ais_anatomy_find(const struct ais_anatomy *anatomy, const char *pack, const char *rule)
{
    for (size_t i = 0; i < anatomy->count; i++)
        if (strcmp(anatomy->rules[i].pack, pack) == 0 && strcmp(anatomy->rules[i].rule, rule) == 0)
            return &anatomy->rules[i];
    return NULL;
}
