/* Correlations as written: their keys, and the rules that they name. */
#include "shared/policy/correlation.h"
#include "shared/policy/ops/decimal.h"
#include "shared/policy/reader.h"
#include "shared/sys/clock.h"
#include "shared/text/nearest.h"

#include <string.h>

static const struct type {
    const char *word;
    enum ais_measure measure;
    bool temporal;
} types[] = {
#define X(value, word, measure, temporal) [value] = { word, measure, temporal },
    AIS_CORRELATION_TYPES(X)
#undef X
};

static const char *const bound_words[] = {
#define X(op, word) [AIS_BOUND_##op] = (word),
    AIS_BOUND_OPS(X)
#undef X
};

const char *ais_correlation_type_text(enum ais_correlation_type type)
{
    return (unsigned)type < N_ELEMS(types) ? types[type].word : "?";
}

enum ais_measure ais_correlation_measure(enum ais_correlation_type type)
{
    return types[type].measure;
}

bool ais_correlation_is_temporal(enum ais_correlation_type type)
{
    return types[type].temporal;
}

/* ---- numbers ---- */

bool ais_micros_read(const char *text, size_t n, int64_t *ret)
{
    enum { PLACES = 6, BEYOND = 13 };
    struct ais_decimal decimal;
    int64_t value = 0;
    if (ais_decimal_read(text, n, &decimal) != AIS_DECIMAL_READ || decimal.exponent >= BEYOND)
        return false;
    const char *at = decimal.first;
    for (int64_t place = decimal.sign != 0 ? decimal.exponent : -PLACES - 1; place >= -PLACES; place--) {
        int64_t digit = 0;
        if (at <= decimal.last && *at == '.')
            at++;
        if (at <= decimal.last)
            digit = *at++ - '0';
        if (__builtin_mul_overflow(value, 10, &value) || __builtin_add_overflow(value, digit, &value))
            return false;
    }
    *ret = decimal.sign < 0 ? -value : value;
    return true;
}

/* ---- keys ---- */

static const char *type_name(size_t i, const void *arg)
{
    (void)arg;
    return types[i].word;
}

void ais_correlation_read_type(struct ais_reader *reader, const struct ais_json *node, struct ais_correlation *ret)
{
    for (size_t i = 0; i < N_ELEMS(types); i++) {
        if (ais_json_is(node, types[i].word)) {
            ret->type = (enum ais_correlation_type)i;
            ret->typed = true;
            return;
        }
    }
    const char *near = ais_nearest_of(node->text, node->length, type_name, N_ELEMS(types), NULL);
    ais_reader_fault(reader, node,
                     "'type' must be one of event_count, value_count, value_sum, value_avg, temporal, "
                     "temporal_ordered, not '%.64s'%s%s%s",
                     node->text, near != NULL ? ": did you mean '" : "", near != NULL ? near : "",
                     near != NULL ? "'?" : "");
}

void ais_correlation_read_rules(struct ais_reader *reader, const struct ais_json *node, struct ais_correlation *ret)
{
    size_t given = node->kind == AIS_JSON_ARRAY ? node->count : 1, count;
    if (ais_reader_texts(reader, node, &count) == NULL || count < given)
        return;
    if (count == 0)
        ais_reader_fault(reader, node, "a correlation needs at least one rule");
    else if (count > AIS_CORRELATION_RULES_MOST)
        ais_reader_fault(reader, node, "a correlation has at most %d rules", AIS_CORRELATION_RULES_MOST);
    else
        ret->rule_names = node;
}

static bool is_session(const struct ais_json *node)
{
    return ais_json_is(node, "session.id");
}

void ais_correlation_read_group(struct ais_reader *reader, const struct ais_json *node)
{
    if (!is_session(node) && !(node->kind == AIS_JSON_ARRAY && node->count == 1 && is_session(node->first)))
        ais_reader_fault(reader, node,
                         "correlations group by [session.id], which without a session stands for caller.key, and by "
                         "nothing else");
}

void ais_correlation_read_timespan(struct ais_reader *reader, const struct ais_json *node, struct ais_correlation *ret)
{
    static const struct {
        char unit;
        int64_t seconds;
    } units[] = {
        {'s',  1    },
        { 'm', 60   },
        { 'h', 3600 },
        { 'd', 86400},
    };
    const char *text = node->text != NULL ? node->text : "";
    const int64_t most = AIS_CORRELATION_DAYS_MOST * INT64_C(86400); /* seconds */
    size_t digits = strspn(text, "0123456789");
    int64_t number = 0;
    for (size_t i = 0; i < digits && number <= most; i++)
        number = 10 * number + (text[i] - '0');
    for (size_t i = 0; i < N_ELEMS(units) && number > 0; i++) {
        if (digits + 1 != node->length || text[digits] != units[i].unit)
            continue;
        if (number > most / units[i].seconds)
            ais_reader_fault(reader, node, "a timespan is at most %dd", AIS_CORRELATION_DAYS_MOST);
        else
            ret->timespan_ns = number * units[i].seconds * AIS_NS_PER_S;
        return;
    }
    ais_reader_fault(reader, node, "a timespan is a number from 1 up and one of s, m, h, d, such as 10m, not '%.32s'",
                     text);
}

/* ---- condition ---- */

struct condition {
    struct ais_correlation *correlation;
    bool has_field;
};

static void read_bound(struct ais_reader *reader, const struct ais_json *node, void *into)
{
    struct ais_correlation *correlation = ((struct condition *)into)->correlation;
    bool counts = types[correlation->type].measure != AIS_MEASURE_NUMBERS;
    struct ais_bound *bound = &correlation->bounds[correlation->bound_count++];
    int64_t micros;
    for (size_t i = 0; i < N_ELEMS(bound_words); i++)
        if (strcmp(bound_words[i], node->key) == 0)
            bound->op = (enum ais_bound_op)i;
    if (!ais_micros_read(node->text, node->length, &micros)) {
        ais_reader_fault(reader, node, "'%s' is out of range", node->key);
        return;
    }
    bound->value = counts ? micros / AIS_MICROS : micros;
    if (counts && (micros % AIS_MICROS != 0 || micros < 0 || bound->value > AIS_CORRELATION_COUNT_MOST))
        ais_reader_fault(reader, node, "'%s' must be a whole number from 0 to %d, not %.32s", node->key,
                         AIS_CORRELATION_COUNT_MOST, node->text);
}

static void read_field(struct ais_reader *reader, const struct ais_json *node, void *into)
{
    struct condition *condition = into;
    struct ais_correlation *correlation = condition->correlation;
    struct ais_why why;
    condition->has_field = true;
    if (types[correlation->type].measure == AIS_MEASURE_CALL) {
        ais_reader_fault_key(reader, node, "%s looks at no field", types[correlation->type].word);
        return;
    }
    const char *name = ais_reader_text(reader, node);
    if (name == NULL)
        return;
    enum ais_err err = ais_predicates_field(reader->predicates, name, node->length, &correlation->field_number, &why);
    if (err == AIS_E_NOMEM)
        reader->no_memory = true;
    else if (err != AIS_OK)
        ais_reader_fault(reader, node, "%s", why.text);
    correlation->field = name;
}

#define NUMBER AIS_KIND(AIS_JSON_NUMBER)

/* Rows of a table that begins with those of another, which clang-format would align into confusion as plain braces. */
#define KEY(...)    \
    {               \
        __VA_ARGS__ \
    }

static const struct ais_key condition_keys[] = {
#define X(op, word) KEY(word, NUMBER, "a number", read_bound),
    AIS_BOUND_OPS(X)
#undef X
        KEY("field", ~0U, "a fact", read_field),
};

/* What a temporal correlation asks for without a condition: all of its rules. */
static void want_all(struct ais_correlation *correlation)
{
    correlation->bound_count = 1;
    correlation->bounds[0] = (struct ais_bound){ AIS_BOUND_GTE, (int64_t)correlation->rule_count };
}

static void read_condition(struct ais_reader *reader, const struct ais_json *node, struct ais_correlation *correlation)
{
    const char *type = types[correlation->type].word;
    struct condition condition = { .correlation = correlation };
    ais_reader_map(reader, node, condition_keys, N_ELEMS(condition_keys), &condition);
    if (!condition.has_field && types[correlation->type].measure != AIS_MEASURE_CALL)
        ais_reader_fault(reader, node, "the condition of %s needs a 'field', such as tool_args.amount", type);
    if (correlation->bound_count == 0)
        ais_reader_fault(reader, node, "a condition needs one of gt, gte, lt, lte, eq");
}

static void check_temporal(struct ais_reader *reader, const struct ais_json *map,
                           const struct ais_correlation *correlation)
{
    if (correlation->rule_count == 1)
        ais_reader_fault(reader, correlation->rule_names, "%s needs at least two rules", types[correlation->type].word);
    for (size_t i = 0; i < correlation->bound_count; i++)
        if (correlation->bounds[i].value > (int64_t)correlation->rule_count)
            ais_reader_fault(reader, map, "the condition asks for more rules than the correlation has");
}

void ais_correlation_read_whole(struct ais_reader *reader, const struct ais_json *map, struct ais_correlation *ret)
{
    const struct ais_json *condition = ais_json_get(map, "condition");
    const char *const needed[] = { "type", "rules", "timespan" };
    for (size_t i = 0; i < N_ELEMS(needed); i++)
        if (ais_json_get(map, needed[i]) == NULL)
            ais_reader_fault(reader, map, "the correlation needs '%s'", needed[i]);
    if (ret->rule_names != NULL)
        ret->rule_count = ret->rule_names->kind == AIS_JSON_ARRAY ? ret->rule_names->count : 1;
    if (!ret->typed)
        return; /* the rest depends on it */
    if (condition != NULL && condition->kind == AIS_JSON_OBJECT)
        read_condition(reader, condition, ret);
    else if (condition == NULL && types[ret->type].temporal)
        want_all(ret);
    else if (condition == NULL)
        ais_reader_fault(reader, map, "%s needs a 'condition', such as {gte: 3}", types[ret->type].word);
    if (types[ret->type].temporal && ret->rule_count > 0)
        check_temporal(reader, map, ret);
}

/* ---- the rules that it names ---- */

struct pack_rules {
    struct ais_rule *items;
    size_t count;
};

static const char *rule_name(size_t i, const void *arg)
{
    const struct ais_rule *rule = &((const struct pack_rules *)arg)->items[i];
    return rule->kind != AIS_CORRELATION ? rule->id : NULL;
}

/* The place of the rule that node names; false, with a fault, when there is none. */
static bool find_rule(struct ais_reader *reader, const struct pack_rules *rules, const struct ais_json *node,
                      uint32_t *ret)
{
    for (size_t i = 0; i < rules->count; i++) {
        if (rules->items[i].id == NULL || !ais_json_is(node, rules->items[i].id))
            continue;
        *ret = (uint32_t)i;
        if (rules->items[i].kind != AIS_CORRELATION)
            return true;
        ais_reader_fault(reader, node, "'%.64s' is a correlation: one that counts another is not known to this version",
                         node->text);
        return false;
    }
    const char *near = ais_nearest_of(node->text, node->length, rule_name, rules->count, rules);
    if (near != NULL)
        ais_reader_fault(reader, node, "no rule of this pack has the id '%.64s': " AIS_DID_YOU_MEAN, node->text, near);
    else
        ais_reader_fault(reader, node, "no rule of this pack has the id '%.64s'", node->text);
    return false;
}

static bool is_listed(const struct ais_correlation *correlation, size_t n, uint32_t rule)
{
    for (size_t i = 0; i < n; i++)
        if (correlation->rules[i] == rule)
            return true;
    return false;
}

/* Fills correlation->rules. False when one was wrong. */
static bool find_rules(struct ais_reader *reader, const struct pack_rules *rules, struct ais_correlation *correlation)
{
    const struct ais_json *names = correlation->rule_names;
    bool is_list = names->kind == AIS_JSON_ARRAY, good = true;
    size_t count = 0;
    correlation->rules = ais_reader_alloc(reader, correlation->rule_count * sizeof *correlation->rules);
    if (correlation->rules == NULL)
        return false;
    for (const struct ais_json *node = is_list ? names->first : names; node != NULL;
         node = is_list ? node->next : NULL) {
        uint32_t rule;
        if (!find_rule(reader, rules, node, &rule)) {
            good = false;
        } else if (is_listed(correlation, count, rule)) {
            ais_reader_fault(reader, node, "'%.64s' is listed twice: a call counts once for each rule", node->text);
            good = false;
        } else {
            correlation->rules[count++] = rule;
        }
    }
    return good;
}

/* A correlation is asked when one of its rules may hold. */
static const struct ais_expr *any_rule(struct ais_reader *reader, const struct pack_rules *rules,
                                       const struct ais_correlation *correlation)
{
    struct ais_expr_list list = { 0 };
    for (size_t i = 0; i < correlation->rule_count; i++) {
        const struct ais_expr *expr = rules->items[correlation->rules[i]].expr;
        if (expr == NULL)
            return NULL; /* its fault was told */
        if (!ais_expr_list_add(reader->arena, &list, expr))
            reader->no_memory = true;
    }
    const struct ais_expr *any = ais_expr_any(reader->arena, &list);
    if (any == NULL)
        reader->no_memory = true;
    return any;
}

void ais_correlations_resolve(struct ais_reader *reader, struct ais_rule *rules, size_t count)
{
    const struct pack_rules all = { rules, count };
    for (size_t i = 0; i < count; i++) {
        struct ais_correlation *correlation = rules[i].correlation;
        if (correlation != NULL && correlation->rule_names != NULL && find_rules(reader, &all, correlation))
            rules[i].expr = any_rule(reader, &all, correlation);
    }
}
