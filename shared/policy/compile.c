/* From rulepacks to a snapshot: reads every pack, turns the rules' trees into shared nodes, orders the rules. */
#include "shared/policy/condition.h"
#include "shared/policy/except.h"
#include "shared/policy/reader.h"
#include "shared/policy/reasons.h"
#include "shared/policy/snapshot.h"
#include "shared/seal/digest.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct source {
    const struct ais_pack_source *pack; /* borrowed */
    const struct ais_rulepack *parsed;  /* borrowed from the arena */
    unsigned char digest[AIS_DIGEST_SIZE];
};

struct compiler {
    const struct ais_policy_options *options; /* borrowed */
    struct ais_policy *policy;                /* owned until it is done */
    struct ais_arena *arena;                  /* owned; the parsed packs */
    struct source *sources;                   /* owned */
    size_t source_count;
    struct ais_intern *nodes, *texts;  /* owned */
    struct ais_exceptions *exceptions; /* owned */
    const char **text_copies;          /* owned; in the policy's arena, by number */
    size_t text_capacity;
    size_t node_capacity, child_capacity;
    struct ais_diagnostics *diagnostics;
    struct ais_why *why;
};

static void compiler_done(struct compiler *c)
{
    ais_policy_destroy(&c->policy);
    ais_arena_destroy(&c->arena);
    ais_intern_destroy(&c->nodes);
    ais_intern_destroy(&c->texts);
    ais_exceptions_destroy(&c->exceptions);
    free(c->text_copies);
    free(c->sources);
}

static enum ais_err no_memory(const struct compiler *c)
{
    ais_fail(c->why, AIS_E_NOMEM, "out of memory for rules");
    return AIS_E_NOMEM;
}

/* Room for `more` elements of `size` bytes behind count; false when memory is out. */
static bool make_room(void **array, size_t count, size_t more, size_t *capacity, size_t size)
{
    size_t wanted = *capacity;
    while (count + more > wanted)
        wanted = wanted > 0 ? 2 * wanted : 64;
    if (wanted == *capacity)
        return true;
    void *grown = realloc(*array, wanted * size);
    if (grown == NULL)
        return false;
    *array = grown;
    *capacity = wanted;
    return true;
}

/* ---- texts ---- */

/* One pointer for equal texts, for as long as the policy lives; NULL when memory is out. */
static const char *keep(struct compiler *c, const char *text)
{
    bool is_new;
    size_t length = strlen(text);
    void *copies = c->text_copies;
    bool room = make_room(&copies, ais_intern_count(c->texts), 1, &c->text_capacity, sizeof *c->text_copies);
    c->text_copies = copies;
    uint32_t id = room ? ais_intern_add(c->texts, text, length, &is_new) : AIS_INTERN_FAILED;
    if (id == AIS_INTERN_FAILED)
        return NULL;
    if (is_new)
        c->text_copies[id] = ais_arena_copy(c->policy->arena, text, length);
    return c->text_copies[id];
}

/* ---- nodes ---- */

static int compare_refs(const void *a, const void *b)
{
    uint32_t left = *(const uint32_t *)a, right = *(const uint32_t *)b;
    return (left > right) - (left < right);
}

/* The node of these children, in any order: an equal one that is there, or a new one. */
static enum ais_err add_node(struct compiler *c, const struct ais_expr *expr, uint32_t *key, uint32_t *ret)
{
    struct ais_policy *policy = c->policy;
    uint32_t *children = key + 2;
    bool is_new;
    key[0] = (uint32_t)expr->kind | (uint32_t)expr->part << 8;
    key[1] = (uint32_t)expr->need;
    qsort(children, expr->count, sizeof *children, compare_refs);
    uint32_t id = ais_intern_add(c->nodes, key, (expr->count + 2) * sizeof *key, &is_new);
    void *nodes = policy->nodes, *all_children = policy->children;
    bool room = make_room(&nodes, policy->node_count, 1, &c->node_capacity, sizeof *policy->nodes);
    policy->nodes = nodes;
    room = room &&
           make_room(&all_children, policy->child_count, expr->count + 1, &c->child_capacity, sizeof *policy->children);
    policy->children = all_children;
    if (!room || id >= AIS_REF_PREDICATE || policy->child_count > UINT32_MAX / 2)
        return no_memory(c);
    if (is_new) {
        policy->nodes[policy->node_count++] = (struct ais_node){
            .kind = expr->kind,
            .part = expr->part,
            .need = key[1],
            .first = (uint32_t)policy->child_count,
            .count = (uint32_t)expr->count,
        };
        if (expr->count > 0)
            memcpy(&policy->children[policy->child_count], children, expr->count * sizeof *children);
        policy->child_count += expr->count;
    }
    *ret = id;
    return AIS_OK;
}

/* Children are added before their parent and so have the smaller numbers. The depth is bounded by the readers'. */
static enum ais_err add_expr(struct compiler *c, const struct ais_expr *expr, uint32_t *ret)
{
    if (expr->kind == AIS_EXPR_PREDICATE) {
        *ret = expr->predicate | AIS_REF_PREDICATE;
        return AIS_OK;
    }
    uint32_t *key = malloc((expr->count + 2) * sizeof *key);
    enum ais_err err = key != NULL ? AIS_OK : no_memory(c);
    for (size_t i = 0; err == AIS_OK && i < expr->count; i++)
        err = add_expr(c, expr->children[i], &key[2 + i]);
    if (err == AIS_OK)
        err = add_node(c, expr, key, ret);
    free(key);
    return err;
}

/* ---- rules ---- */

static enum ais_err add_alternatives(struct compiler *c, const struct ais_rule *rule, struct ais_policy_rule *ret)
{
    const char **texts = ais_arena_alloc(c->policy->arena, (rule->alternative_count + 1) * sizeof(*texts));
    if (texts == NULL)
        return no_memory(c);
    for (size_t i = 0; i < rule->alternative_count; i++) {
        texts[i] = keep(c, rule->alternatives[i]);
        if (texts[i] == NULL)
            return no_memory(c);
    }
    ret->alternatives = texts;
    ret->alternative_count = rule->alternative_count;
    return AIS_OK;
}

/* The names of a rule's parts, which are nodes of its tree already, but for those that its condition leaves out. */
static enum ais_err add_names(struct compiler *c, const struct ais_rule *rule, struct ais_policy_rule *ret)
{
    const struct ais_outline *outline = &rule->outline;
    struct ais_named *named = ais_arena_alloc(c->policy->arena, (outline->count + 1) * sizeof *named);
    if (named == NULL)
        return no_memory(c);
    ret->named = named;
    ret->named_count = (uint32_t)outline->count;
    for (size_t i = 0; i < outline->count; i++) {
        const struct ais_selection *selection = &outline->selections[i];
        struct ais_named *part = &named[i];
        *part = (struct ais_named){ .name = keep(c, selection->name), .line = selection->line };
        if (part->name == NULL)
            return no_memory(c);
        TRY(add_expr(c, selection->expr, &part->ref));
    }
    ret->condition = outline->condition != NULL ? keep(c, outline->condition) : NULL;
    return outline->condition == NULL || ret->condition != NULL ? AIS_OK : no_memory(c);
}

/* Its filters and its `unless`: any of them excepts. */
static enum ais_err add_exception(struct compiler *c, const struct ais_rule *rule, struct ais_policy_rule *ret)
{
    struct ais_expr_list any = { 0 };
    const struct ais_expr_list *filters = ais_exceptions_of(c->exceptions, rule->id);
    for (size_t i = 0; i < filters->count; i++)
        if (!ais_expr_list_add(c->arena, &any, filters->items[i]))
            return no_memory(c);
    if (rule->unless != NULL && !ais_expr_list_add(c->arena, &any, rule->unless))
        return no_memory(c);
    if (any.count == 0)
        return AIS_OK;
    const struct ais_expr *expr = ais_expr_any(c->arena, &any);
    ret->has_exception = true;
    return expr != NULL ? add_expr(c, expr, &ret->exception) : no_memory(c);
}

/* first: the place of the pack's first rule. */
static enum ais_err add_rule(struct compiler *c, const struct source *source, const struct ais_rule *rule, size_t first)
{
    const struct ais_rulepack *pack = source->parsed;
    AUTO(ais_buf_done) struct ais_buf reason = { 0 };
    ais_buf_format(&reason, AIS_REASON_RULE, rule->id, rule->title);
    struct ais_policy_rule made = {
        .match = {
            .rule = keep(c, rule->id),
            .title = keep(c, rule->title),
            .pack = keep(c, pack->name),
            .version = keep(c, pack->version),
            .action = rule->action,
            .severity = rule->severity,
            .mode = rule->mode,
            .kind = rule->kind,
        },
        .reason = reason.failed ? NULL : keep(c, reason.data),
        .remediation = rule->remediation != NULL ? keep(c, rule->remediation) : NULL,
        .unless_token = rule->unless_token,
        .file = keep(c, source->pack->file),
        .line = rule->line,
        .column = rule->column,
        .place = (uint32_t)c->policy->rule_count,
    };
    if (made.match.rule == NULL || made.match.title == NULL || made.match.pack == NULL || made.match.version == NULL ||
        made.reason == NULL || made.file == NULL || (rule->remediation != NULL && made.remediation == NULL))
        return no_memory(c);
    TRY(add_alternatives(c, rule, &made));
    TRY(add_expr(c, rule->expr, &made.root));
    TRY(add_names(c, rule, &made));
    TRY(add_exception(c, rule, &made));
    if (rule->correlation != NULL)
        TRY(ais_watch_correlation(c->policy, rule->correlation, first, &made.correlation, c->why));
    c->policy->rules[c->policy->rule_count++] = made;
    return AIS_OK;
}

static int compare_rules(const void *a, const void *b)
{
    const struct ais_match *left = &((const struct ais_policy_rule *)a)->match;
    const struct ais_match *right = &((const struct ais_policy_rule *)b)->match;
    if (left->severity != right->severity)
        return left->severity > right->severity ? -1 : 1;
    int order = strcmp(left->pack, right->pack);
    return order != 0 ? order : strcmp(left->rule, right->rule);
}

static enum ais_err add_rules(struct compiler *c)
{
    struct ais_policy *policy = c->policy;
    size_t total = 0;
    for (size_t i = 0; i < c->source_count; i++)
        total += c->sources[i].parsed->count;
    policy->rules = calloc(total + 1, sizeof *policy->rules);
    if (policy->rules == NULL)
        return no_memory(c);
    for (size_t i = 0; i < c->source_count; i++) {
        const struct ais_rulepack *pack = c->sources[i].parsed;
        size_t first = policy->rule_count;
        for (size_t k = 0; k < pack->count; k++)
            TRY(add_rule(c, &c->sources[i], &pack->rules[k], first));
        policy->stats.rules += pack->rule_count;
        policy->stats.invariants += pack->invariant_count;
        policy->stats.correlations += pack->correlation_count;
    }
    if (policy->rule_count > 0)
        qsort(policy->rules, policy->rule_count, sizeof *policy->rules, compare_rules);
    return ais_watch_all(policy, c->why);
}

/* ---- packs ---- */

static int compare_sources(const void *a, const void *b)
{
    return memcmp(((const struct source *)a)->digest, ((const struct source *)b)->digest, AIS_DIGEST_SIZE);
}

/* Packs are taken in the order of their digests, so that the order in which they were given shows nowhere. */
static void take_sources(struct compiler *c, const struct ais_pack_source *packs, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        struct source *source = &c->sources[c->source_count];
        if (!packs[i].enabled)
            continue;
        source->pack = &packs[i];
        ais_digest(packs[i].bytes, packs[i].size, source->digest);
        c->source_count++;
    }
    if (c->source_count > 0)
        qsort(c->sources, c->source_count, sizeof *c->sources, compare_sources);
}

/* Reads all of them even when one is faulty: every fault is told at once. */
static enum ais_err read_sources(struct compiler *c)
{
    for (size_t i = 0; i < c->source_count; i++) {
        struct source *source = &c->sources[i];
        enum ais_err err =
            ais_rulepack_read_into(c->arena, c->policy->predicates, source->pack->file, source->pack->bytes,
                                   source->pack->size, &source->parsed, c->diagnostics, c->why);
        if (err != AIS_OK && err != AIS_E_RULE)
            return err;
        if (err == AIS_OK && c->options->show != NULL)
            c->options->show(c->options->show_arg, source->pack, source->parsed);
        for (size_t k = 0; err == AIS_OK && k < i; k++)
            if (c->sources[k].parsed != NULL && strcmp(c->sources[k].parsed->name, source->parsed->name) == 0)
                ais_diag(c->diagnostics, source->pack->file, 1, 1, "another pack, '%s', has the name '%s' too",
                         c->sources[k].pack->file, source->parsed->name);
    }
    return ais_diag_verdict(c->diagnostics, c->why);
}

/* A rule of a disabled pack is known all the same: who disables a pack need not look for what is about it. Such a pack
 * need not be readable. */
static enum ais_err know_disabled(struct compiler *c, const struct ais_pack_source *packs, size_t n)
{
    AUTO(ais_arena_destroy) struct ais_arena *arena = ais_arena_new(0);
    if (arena == NULL)
        return no_memory(c);
    for (size_t i = 0; i < n; i++) {
        const struct ais_rulepack *pack;
        if (packs[i].enabled)
            continue;
        ais_arena_reset(arena);
        enum ais_err err = ais_rulepack_read(arena, packs[i].file, packs[i].bytes, packs[i].size, &pack, NULL, c->why);
        if (err == AIS_E_NOMEM || (err == AIS_OK && !ais_exceptions_know(c->exceptions, pack)))
            return no_memory(c);
    }
    return AIS_OK;
}

/* Filters are about rules of whichever pack, so all of those come first. */
static enum ais_err tie_filters(struct compiler *c, const struct ais_pack_source *packs, size_t n, bool partial)
{
    size_t filters = 0;
    for (size_t i = 0; i < c->source_count; i++) {
        filters += c->sources[i].parsed->filter_count;
        if (!ais_exceptions_know(c->exceptions, c->sources[i].parsed))
            return no_memory(c);
    }
    if (filters > 0 && !partial)
        TRY(know_disabled(c, packs, n));
    for (size_t i = 0; i < c->source_count; i++)
        if (!ais_exceptions_tie(c->exceptions, c->sources[i].parsed, c->sources[i].pack->file,
                                partial ? NULL : c->diagnostics))
            return no_memory(c);
    return ais_diag_verdict(c->diagnostics, c->why);
}

static enum ais_err make_digest(struct compiler *c)
{
    AUTO(ais_buf_done) struct ais_buf text = { 0 };
    char hex[AIS_DIGEST_TEXT];
    ais_buf_format(&text, "engine %s\ndefault %s\n", AIS_ENGINE_VERSION, ais_action_text(c->policy->default_action));
    if (c->policy->risk_threshold > 0)
        ais_buf_format(&text, "risk %u\n", c->policy->risk_threshold);
    for (size_t i = 0; i < c->source_count; i++) {
        ais_digest_text(c->sources[i].digest, hex);
        ais_buf_format(&text, "pack %s\n", hex);
    }
    if (text.failed)
        return no_memory(c);
    ais_digest_hex(text.data, text.length, c->policy->digest);
    return AIS_OK;
}

static struct ais_policy *policy_new(const struct ais_policy *like)
{
    static atomic_uint_fast64_t last_serial;
    struct ais_policy *policy = calloc(1, sizeof *policy);
    if (policy == NULL)
        return NULL;
    atomic_init(&policy->references, 1);
    policy->serial = atomic_fetch_add(&last_serial, 1) + 1;
    policy->arena = ais_arena_new(0);
    policy->predicates = ais_predicates_new(like != NULL ? like->predicates : NULL);
    if (policy->arena == NULL || policy->predicates == NULL)
        ais_policy_destroy(&policy);
    return policy;
}

static enum ais_err compile(struct compiler *c, const struct ais_pack_source *packs, size_t n)
{
    c->policy = policy_new(c->options->like);
    c->arena = ais_arena_new(0);
    c->nodes = ais_intern_new();
    c->texts = ais_intern_new();
    c->sources = calloc(n + 1, sizeof *c->sources);
    c->exceptions = c->arena != NULL ? ais_exceptions_new(c->arena) : NULL;
    if (c->policy == NULL || c->exceptions == NULL || c->nodes == NULL || c->texts == NULL || c->sources == NULL)
        return no_memory(c);
    take_sources(c, packs, n);
    TRY(read_sources(c));
    TRY(tie_filters(c, packs, n, c->options->partial));
    TRY(add_rules(c));
    return AIS_OK;
}

static size_t size_of_lists(const struct ais_lists *lists)
{
    return (lists->keys + lists->count + 2) * sizeof *lists->items;
}

static void count_bytes(struct ais_policy *policy)
{
    const struct ais_predicates *predicates = policy->predicates;
    policy->stats.bytes =
        sizeof *policy + policy->node_count * sizeof *policy->nodes + policy->child_count * sizeof *policy->children +
        policy->rule_count * (sizeof *policy->rules + sizeof *policy->always) +
        predicates->count * (sizeof *predicates->items + sizeof *policy->predicate_sets) +
        predicates->field_count * sizeof *predicates->fields + (predicates->count + policy->node_count) * sizeof(bool) +
        policy->literal_count * sizeof *policy->literals + size_of_lists(&policy->set_literals) +
        size_of_lists(&policy->literal_predicates) + size_of_lists(&policy->source_predicates) +
        size_of_lists(&policy->gate_nodes) + size_of_lists(&policy->gate_rules) + size_of_lists(&policy->triggers) +
        ais_prefilter_size(policy->prefilter);
}

enum ais_err ais_policy_compile(const struct ais_pack_source *packs, size_t n, const struct ais_policy_options *options,
                                struct ais_policy **ret, struct ais_diagnostics *diagnostics, struct ais_why *why)
{
    AUTO(compiler_done) struct compiler c = { .options = options, .diagnostics = diagnostics, .why = why };
    if (options->default_action == AIS_ACTION_NONE || options->default_action >= AIS_ACTION_COUNT)
        return ais_fail(why, AIS_E_INVALID, "the default action must be allow, require_approval or block");
    if (options->risk_threshold > 100)
        return ais_fail(why, AIS_E_INVALID, "the risk threshold must be 1 to 100, or 0 for none");
    TRY(compile(&c, packs, n));
    struct ais_policy *policy = c.policy;
    policy->default_action = options->default_action;
    policy->risk_threshold = options->risk_threshold;
    policy->needs.facts = policy->needs.facts || policy->risk_threshold > 0; /* a tool that is new in its session */
    TRY(make_digest(&c));
    ais_predicates_seal(policy->predicates);
    TRY(ais_policy_tie(policy, options, why));
    TRY(ais_policy_check_cost(policy, diagnostics, why));
    policy->stats.packs = c.source_count;
    policy->stats.predicates = policy->predicates->count;
    count_bytes(policy);
    *ret = TAKE(c.policy);
    return AIS_OK;
}
