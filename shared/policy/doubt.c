#include "shared/policy/doubt.h"

#include "shared/json/utf8.h"
#include "shared/policy/ops/decimal.h"
#include "shared/policy/regex/regex.h"

#include <assert.h>
#include <stdio.h>
#include <string.h>

static bool is_op(const struct ais_op_use *use, const char *name)
{
    return strcmp(use->op->name, name) == 0;
}

/* An empty text to look for: a slip, or a list's item that was left out. */
static void doubt_empty(struct ais_reader *reader, const struct ais_op_use *use, const struct ais_json *value)
{
    bool looks = is_op(use, "contains") || is_op(use, "startswith") || is_op(use, "endswith") || is_op(use, "re");
    if (looks && value->kind == AIS_JSON_STRING && value->length == 0)
        ais_reader_warn(reader, value, "'' stands in every text: exists: true says that there is a value");
}

/* A glob knows no sets, as the ones of shells do. */
static void doubt_glob(struct ais_reader *reader, const struct ais_op_use *use, const struct ais_json *value)
{
    const char *at = value->kind == AIS_JSON_STRING && is_op(use, "glob") ? value->text : "";
    for (; *at != '\0' && *at != '[' && *at != '{'; at++)
        at += at[0] == '\\' && at[1] != '\0';
    if (*at != '\0')
        ais_reader_warn(reader, value, "'%c' is a plain character in a glob, and begins no set: write \\%c for it", *at,
                        *at);
}

/* Numbers are compared exactly, and those of requests come from programs that reckon in doubles. */
static void doubt_huge(struct ais_reader *reader, const struct ais_json *value)
{
    enum { EXPONENT_MOST = 308 };
    struct ais_decimal decimal;
    if (value->kind == AIS_JSON_NUMBER && ais_decimal_read(value->text, value->length, &decimal) == AIS_DECIMAL_READ &&
        decimal.sign != 0 && decimal.exponent > EXPONENT_MOST)
        ais_reader_warn(reader, value, "'%.40s' is larger than any number that programs reckon with", value->text);
}

/* ---- facts that are numbers of a range ---- */

struct range {
    const struct ais_field *field;
    int least, most;
};

/* A whole number as it is written, and as a decimal. */
static void decimal_of(int64_t number, char text[24], struct ais_decimal *ret)
{
    int n = snprintf(text, 24, "%lld", (long long)number);
    (void)ais_decimal_read(text, (size_t)n, ret);
}

static void warn_of_range(struct ais_reader *reader, const struct range *range, const struct ais_json *value,
                          const char *says, const char *op, const char *hint)
{
    ais_reader_warn(reader, value, "'%s' is a number from %d to %d: it %s%s '%.40s'%s", range->field->text,
                    range->least, range->most, says, op, value->text, hint);
}

/* Equality: with a number by its value, with a text as it is written. */
static void doubt_equal(struct ais_reader *reader, const struct range *range, const struct ais_json *value)
{
    char text[24], hint[48] = "";
    struct ais_decimal decimal, same;
    int64_t whole;
    bool is_text = value->kind == AIS_JSON_STRING;
    if (is_text && (value->length == 0 || strpbrk(value->text, "*?\\") != NULL))
        return;
    if (ais_decimal_read(value->text, value->length, &decimal) == AIS_DECIMAL_READ &&
        ais_decimal_floor(&decimal, &whole) && whole >= range->least && whole <= range->most) {
        decimal_of(whole, text, &same);
        bool equal = ais_decimal_compare(&decimal, &same) == 0;
        if (equal && (!is_text || strcmp(value->text, text) == 0))
            return;
        if (equal)
            (void)snprintf(hint, sizeof hint, "; write it as %s", text);
    }
    warn_of_range(reader, range, value, "never equals", "", hint);
}

/* lt, lte, gt, gte: where no number of the range is so, or each. */
static void doubt_order(struct ais_reader *reader, const struct range *range, const struct ais_op_use *use,
                        const struct ais_json *value)
{
    char text[24];
    struct ais_decimal limit, least, most;
    if (ais_decimal_read(value->text, value->length, &limit) != AIS_DECIMAL_READ)
        return;
    decimal_of(range->least, text, &least);
    decimal_of(range->most, text, &most);
    int low = ais_decimal_compare(&least, &limit), high = ais_decimal_compare(&most, &limit);
    bool with = is_op(use, "lte") || is_op(use, "gte"), below = is_op(use, "lt") || is_op(use, "lte");
    bool always = below ? high < 0 || (with && high == 0) : low > 0 || (with && low == 0);
    bool never = below ? low > 0 || (!with && low == 0) : high < 0 || (!with && high == 0);
    if (always || never)
        warn_of_range(reader, range, value, always ? "is always " : "is never ", use->op->name, "");
}

void ais_doubt_value(struct ais_reader *reader, const struct ais_field *field, const struct ais_op_use *use,
                     const struct ais_json *value)
{
    struct range range = { .field = field };
    if (reader->diagnostics->warnings == NULL || (use->flags & AIS_FLAG_FIELDREF) != 0)
        return;
    doubt_empty(reader, use, value);
    doubt_glob(reader, use, value);
    doubt_huge(reader, value);
    bool scalar = value->kind == AIS_JSON_NUMBER || value->kind == AIS_JSON_STRING;
    if (!scalar || use->transform_count > 0 || use->measure != NULL ||
        !ais_fact_range(field->fact, &range.least, &range.most))
        return;
    if (use->op->name[0] == '\0')
        doubt_equal(reader, &range, value);
    else if (is_op(use, "lt") || is_op(use, "lte") || is_op(use, "gt") || is_op(use, "gte"))
        doubt_order(reader, &range, use, value);
}

/* ---- exemptions ---- */

/* Of an expression, what it asks of the parts of a request, of which each may have several values. */
struct asked {
    unsigned one, all;            /* parts, as bits: whether one value is so; whether none differs, or is otherwise */
    const struct ais_field *what; /* the first field of which one value is enough */
};

static void gather(const struct ais_reader *reader, const struct ais_expr *expr, bool truth, struct asked *ret)
{
    if (expr->kind != AIS_EXPR_PREDICATE) {
        for (size_t i = 0; i < expr->count; i++)
            gather(reader, expr->children[i], truth != (expr->kind == AIS_EXPR_NOT), ret);
        return;
    }
    const struct ais_predicate *predicate = &reader->predicates->items[expr->predicate];
    const struct ais_field *field = &reader->predicates->fields[predicate->field];
    enum ais_part_id part = ais_fact_part(field->fact);
    if (part == AIS_PART_COUNT || is_op(&predicate->use, "exists"))
        return;
    if (!truth || (predicate->use.flags & AIS_FLAG_NEQ) != 0) {
        ret->all |= 1U << part;
        return;
    }
    ret->one |= 1U << part;
    if (ret->what == NULL)
        ret->what = field;
}

/* Whether one value is enough for it, whatever the others of the same part are, and none of the given parts. */
static bool is_enough(const struct asked *asked, unsigned except)
{
    return asked->what != NULL && ((asked->all | except) & asked->one) == 0;
}

static void warn_of_one(struct ais_reader *reader, const struct ais_json *node, const struct asked *asked,
                        const char *what)
{
    ais_reader_warn(reader, node,
                    "%s exempts as soon as one value of '%s' is so, whatever the others are: ask with |neq whether one "
                    "differs",
                    what, asked->what->text);
}

void ais_doubt_exception(struct ais_reader *reader, const struct ais_json *node, const struct ais_expr *expr,
                         const char *what)
{
    struct asked asked = { 0 };
    if (reader->diagnostics->warnings == NULL)
        return;
    gather(reader, expr, true, &asked);
    if (is_enough(&asked, 0))
        warn_of_one(reader, node, &asked, what);
}

/* The first `not` that exempts so, beside nothing that asks for more of that part than that it is there: what picks one
 * command, and excepts some of its kind, is meant so. */
static bool find_exempting(struct ais_reader *reader, const struct ais_expr *expr, struct asked *ret)
{
    struct asked beside = { 0 };
    bool all = expr->kind == AIS_EXPR_OF && expr->need == expr->count;
    if (expr->kind == AIS_EXPR_NOT) {
        *ret = (struct asked){ 0 };
        gather(reader, expr->children[0], true, ret);
        return is_enough(ret, 0);
    }
    for (size_t i = 0; all && i < expr->count; i++)
        if (expr->children[i]->kind != AIS_EXPR_NOT)
            gather(reader, expr->children[i], true, &beside);
    for (size_t i = 0; expr->kind == AIS_EXPR_OF && i < expr->count; i++)
        if (find_exempting(reader, expr->children[i], ret) && !(all && (beside.one | beside.all) & ret->one))
            return true;
    return false;
}

void ais_doubt_condition(struct ais_reader *reader, const struct ais_json *node, const struct ais_expr *expr)
{
    struct asked asked;
    if (reader->diagnostics->warnings != NULL && find_exempting(reader, expr, &asked))
        warn_of_one(reader, node, &asked, "a 'not' of the condition");
}

/* ---- what wakes a rule ---- */

void ais_doubt_pattern(struct ais_reader *reader, const struct ais_json *value, uint32_t predicate)
{
    const struct ais_predicate *item = &reader->predicates->items[predicate];
    if (reader->diagnostics->warnings == NULL || value->length == 0 || !ais_predicate_is_blind(item) ||
        reader->predicates->fields[item->field].fact->sources == AIS_SOURCE_NONE)
        return;
    struct ais_blind *blind = ais_reader_alloc(reader, sizeof *blind);
    if (blind == NULL)
        return;
    *blind = (struct ais_blind){ predicate, value->line, value->column, reader->blind };
    reader->blind = blind;
}

static const struct ais_blind *find_blind(const struct ais_reader *reader, uint32_t predicate)
{
    const struct ais_blind *blind = reader->blind;
    while (blind != NULL && blind->predicate != predicate)
        blind = blind->next;
    return blind;
}

/* Whether literals rule it out where none of them occurs (trigger.c); helped: if those patterns had some too. */
static bool is_woken(const struct ais_reader *reader, const struct ais_expr *expr, bool helped)
{
    size_t woken = 0;
    if (expr->kind == AIS_EXPR_PREDICATE)
        return ais_predicate_literals(reader->predicates, expr->predicate) != NULL ||
               (helped && find_blind(reader, expr->predicate) != NULL);
    if (expr->kind == AIS_EXPR_NOT)
        return false;
    for (size_t i = 0; i < expr->count; i++)
        woken += is_woken(reader, expr->children[i], helped);
    return expr->need > 0 && woken > expr->count - expr->need;
}

/* The first of the patterns for which alone the expression is not woken. */
static const struct ais_blind *find_cause(const struct ais_reader *reader, const struct ais_expr *expr)
{
    if (expr->kind == AIS_EXPR_PREDICATE)
        return find_blind(reader, expr->predicate);
    for (size_t i = 0; i < expr->count; i++)
        if (!is_woken(reader, expr->children[i], false) && is_woken(reader, expr->children[i], true))
            return find_cause(reader, expr->children[i]);
    return NULL;
}

static_assert(AIS_LITERALS_MOST == 64, "the warning says so");
#define AS_LIST "write them as a list of patterns, or plain words as a list for contains"

void ais_doubt_waking(struct ais_reader *reader, const char *id, const struct ais_expr *expr)
{
    /* clang-format off */
    static const struct { const char *before, *behind; } lacks[] = {
        [AIS_LACK_TEXT] = { "no text is known that every match of ", " contains: write one into it, or ask beside it "
                            "for something that has to occur, with tools or contains" },
        [AIS_LACK_LENGTH] = { "the alternatives of ", " are too short for their number: " AS_LIST },
        [AIS_LACK_ROOM] = { "more than 64 alternatives: ", " has too many to look for: " AS_LIST },
    };
    /* clang-format on */
    enum { SHOWN = 60 };
    if (reader->blind == NULL || is_woken(reader, expr, false) || !is_woken(reader, expr, true))
        return;
    const struct ais_blind *blind = find_cause(reader, expr);
    if (blind == NULL)
        return;
    const struct ais_predicate *predicate = &reader->predicates->items[blind->predicate];
    enum ais_literals_lack lack = ais_regex_lack(predicate->pattern);
    ais_diag_warn(reader->diagnostics, reader->file, blind->line, blind->column,
                  "'%s' is looked at in every decision: %s'%.*s'%s", id, lacks[lack].before,
                  (int)ais_utf8_cut(predicate->text, predicate->length, SHOWN), predicate->text, lacks[lack].behind);
}
