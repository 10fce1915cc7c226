#include "shared/policy/logic.h"

#include <string.h>

/* What is known to hold (or not) beside an expression that is looked at. */
struct given {
    const struct ais_expr *expr;
    bool negated;
    const struct given *next;
};

/* Where it is looked at: in a request, or in one element of a part. */
struct place {
    const struct given *given;
    bool element;
};

static bool spend(struct ais_logic *logic)
{
    if (logic->work == 0)
        return false;
    logic->work--;
    return true;
}

static const struct ais_predicate *predicate_of(const struct ais_logic *logic, const struct ais_expr *expr)
{
    return &logic->predicates->items[expr->predicate];
}

static enum ais_part_id part_of(const struct ais_logic *logic, const struct ais_expr *expr)
{
    return ais_fact_part(logic->predicates->fields[predicate_of(logic, expr)->field].fact);
}

/* ---- implies ---- */

/* Whether an expression is made of predicates of one part that only a value can satisfy, and of no `not`: then what
 * holds of one element holds of the request. */
static bool is_of_values(struct ais_logic *logic, const struct ais_expr *expr, enum ais_part_id part)
{
    if (!spend(logic))
        return false;
    if (expr->kind == AIS_EXPR_PREDICATE)
        return part_of(logic, expr) == part && !ais_predicate_takes_absent(predicate_of(logic, expr));
    if (expr->kind != AIS_EXPR_OF)
        return false;
    for (size_t i = 0; i < expr->count; i++)
        if (!is_of_values(logic, expr->children[i], part))
            return false;
    return true;
}

static bool element_implies(struct ais_logic *logic, const struct ais_expr *a, const struct ais_expr *b)
{
    if (a->kind == AIS_EXPR_EACH && b->kind == AIS_EXPR_EACH)
        return a->part == b->part && ais_logic_implies(logic, a->children[0], b->children[0]);
    if (a->kind == AIS_EXPR_EACH)
        return is_of_values(logic, b, a->part) && ais_logic_implies(logic, a->children[0], b);
    return b->kind == AIS_EXPR_EACH && a->kind == AIS_EXPR_PREDICATE && part_of(logic, a) == b->part &&
           !ais_predicate_takes_absent(predicate_of(logic, a)) && ais_logic_implies(logic, a, b->children[0]);
}

/* n of these, against k of those, of which some are the same: so many of them hold at least. */
static bool overlap_implies(struct ais_logic *logic, const struct ais_expr *a, const struct ais_expr *b)
{
    size_t others = 0;
    for (size_t i = 0; i < a->count; i++) {
        bool common = false;
        for (size_t k = 0; !common && k < b->count && spend(logic); k++)
            common = a->children[i] == b->children[k];
        others += !common;
    }
    return a->need >= others + b->need;
}

static bool of_implies(struct ais_logic *logic, const struct ais_expr *a, const struct ais_expr *b)
{
    size_t n = 0;
    if (b->kind == AIS_EXPR_OF) {
        for (size_t i = 0; i < b->count && n < b->need && b->count - i >= b->need - n; i++)
            n += ais_logic_implies(logic, a, b->children[i]);
        if (n >= b->need)
            return true;
    }
    if (a->kind != AIS_EXPR_OF || a->need == 0)
        return false;
    size_t enough = a->count - a->need + 1;
    n = 0;
    for (size_t i = 0; i < a->count && n < enough && a->count - i >= enough - n; i++)
        n += ais_logic_implies(logic, a->children[i], b);
    return n >= enough || (b->kind == AIS_EXPR_OF && overlap_implies(logic, a, b));
}

bool ais_logic_implies(struct ais_logic *logic, const struct ais_expr *a, const struct ais_expr *b)
{
    if (a == b)
        return true;
    if (!spend(logic))
        return false;
    if (a->kind == AIS_EXPR_PREDICATE && b->kind == AIS_EXPR_PREDICATE)
        return ais_predicate_implies(predicate_of(logic, a), predicate_of(logic, b));
    if (a->kind == AIS_EXPR_NOT && b->kind == AIS_EXPR_NOT && ais_logic_implies(logic, b->children[0], a->children[0]))
        return true;
    return of_implies(logic, a, b) || element_implies(logic, a, b);
}

/* ---- never ---- */

/* How many values a field has at one place. */
enum values { VALUES_MANY, VALUES_ONE, VALUES_ONE_UNLESS_LIST };

static enum values values_of(const struct ais_field *field, bool element)
{
    if (ais_fact_is_single(field->fact, element))
        return VALUES_ONE;
    if (field->path.count == 0)
        return VALUES_MANY;
    for (size_t i = 0; i < field->path.count; i++)
        if (field->path.steps[i].kind != AIS_STEP_MEMBER)
            return VALUES_MANY;
    return VALUES_ONE_UNLESS_LIST;
}

static bool excluded(struct ais_logic *logic, const struct ais_expr *expr, struct place place)
{
    const struct ais_predicate *one = predicate_of(logic, expr);
    for (const struct given *given = place.given; given != NULL; given = given->next) {
        if (given->negated || given->expr->kind != AIS_EXPR_PREDICATE || given->expr == expr || !spend(logic))
            continue;
        const struct ais_predicate *other = predicate_of(logic, given->expr);
        if (one->field != other->field)
            continue;
        bool absent = ais_predicate_takes_absent(one) || ais_predicate_takes_absent(other);
        enum values values = values_of(&logic->predicates->fields[one->field], place.element);
        if ((values == VALUES_MANY && !absent) || !ais_predicate_excludes(one, other))
            continue;
        logic->unless_list |= values == VALUES_ONE_UNLESS_LIST && !absent;
        logic->one = other;
        logic->other = one;
        return true;
    }
    return false;
}

/* Whether what is given says the opposite: not b, and expr implies b; or, of `not x`, some a that implies x. */
static bool contradicted(struct ais_logic *logic, const struct ais_expr *expr, struct place place)
{
    const struct ais_expr *denied = expr->kind == AIS_EXPR_NOT ? expr->children[0] : NULL;
    for (const struct given *given = place.given; given != NULL; given = given->next) {
        if (given->negated ? denied == NULL && ais_logic_implies(logic, expr, given->expr)
                           : denied != NULL && ais_logic_implies(logic, given->expr, denied))
            return true;
    }
    return false;
}

static bool never(struct ais_logic *logic, const struct ais_expr *expr, struct place place);
static bool always(struct ais_logic *logic, const struct ais_expr *expr);

/* `and`: each part beside those before it, which stand on the stack as given, in one order or the other. */
static bool never_all(struct ais_logic *logic, const struct ais_expr *expr, size_t from, bool backwards,
                      struct place place)
{
    if (from == expr->count)
        return false;
    const struct ais_expr *child = expr->children[backwards ? expr->count - 1 - from : from];
    if (never(logic, child, place))
        return true;
    bool negated = child->kind == AIS_EXPR_NOT;
    const struct given mine = { negated ? child->children[0] : child, negated, place.given };
    return never_all(logic, expr, from + 1, backwards, (struct place){ &mine, place.element });
}

static bool never(struct ais_logic *logic, const struct ais_expr *expr, struct place place)
{
    if (!spend(logic))
        return false;
    if (contradicted(logic, expr, place))
        return true;
    switch (expr->kind) {
    case AIS_EXPR_PREDICATE: return excluded(logic, expr, place);
    case AIS_EXPR_NOT: return always(logic, expr->children[0]);
    case AIS_EXPR_EACH: return never(logic, expr->children[0], (struct place){ NULL, true });
    case AIS_EXPR_OF: break;
    }
    for (size_t i = 0; expr->need == expr->count && i < expr->count; i++)
        if (expr->children[i]->kind == AIS_EXPR_NOT && ais_logic_implies(logic, expr, expr->children[i]->children[0]))
            return true;
    enum { DEEPEST = 256 }; /* `and` of more parts is not looked at as a whole: it is the stack's depth */
    if (expr->need == expr->count && expr->count <= DEEPEST &&
        (never_all(logic, expr, 0, false, place) || never_all(logic, expr, 0, true, place)))
        return true;
    size_t dead = 0;
    for (size_t i = 0; i < expr->count && expr->need > 0; i++)
        dead += never(logic, expr->children[i], place);
    return expr->need > 0 && dead > expr->count - expr->need;
}

bool ais_logic_never(struct ais_logic *logic, const struct ais_expr *expr)
{
    logic->one = logic->other = NULL;
    logic->unless_list = false;
    return never(logic, expr, (struct place){ NULL, false });
}

/* ---- always ---- */

/* Whether one of the parts holds wherever another does not. */
static bool has_opposites(struct ais_logic *logic, const struct ais_expr *expr)
{
    for (size_t i = 0; i < expr->count; i++) {
        if (expr->children[i]->kind != AIS_EXPR_NOT)
            continue;
        for (size_t k = 0; k < expr->count && spend(logic); k++)
            if (k != i && ais_logic_implies(logic, expr->children[i]->children[0], expr->children[k]))
                return true;
    }
    return false;
}

static bool always(struct ais_logic *logic, const struct ais_expr *expr)
{
    if (!spend(logic))
        return false;
    if (expr->kind == AIS_EXPR_PREDICATE)
        return ais_fact_is_there(logic->predicates->fields[predicate_of(logic, expr)->field].fact) &&
               ais_predicate_takes_all(predicate_of(logic, expr));
    if (expr->kind == AIS_EXPR_NOT)
        return never(logic, expr->children[0], (struct place){ NULL, false });
    if (expr->kind == AIS_EXPR_EACH)
        return false;
    size_t sure = 0;
    for (size_t i = 0; i < expr->count; i++)
        sure += always(logic, expr->children[i]);
    return sure >= expr->need || (expr->need == 1 && has_opposites(logic, expr));
}

bool ais_logic_always(struct ais_logic *logic, const struct ais_expr *expr)
{
    return always(logic, expr);
}
