/* Two comparisons of one field, laid beside each other. Texts are compared by their plain runs of characters, or by
 * asking one operator about the only text that the other takes; numbers by their ranges. */
#include "shared/policy/logic.h"
#include "shared/policy/ops/decimal.h"
#include "shared/text/ascii.h"

#include <string.h>

enum { LONGEST = 1024 /* bytes of a text that is looked at */ };

enum shape_kind { SHAPE_OTHER, SHAPE_TEXT, SHAPE_NUMBER, SHAPE_EXISTS, SHAPE_ABSENT, SHAPE_NULL };

/* What a predicate asks of a value. */
struct shape {
    enum shape_kind kind;
    bool cased, open_begin, open_end; /* TEXT: as if a star stood there */
    bool wild;                        /* TEXT: there are wildcards within */
    bool ascii;
    char *text; /* TEXT: unescaped, with a NUL for each wildcard; borrowed */
    size_t length;
    struct ais_decimal least, most; /* NUMBER */
    bool has_least, has_most, with_least, with_most;
};

static bool is_op(const struct ais_predicate *predicate, const char *name)
{
    return strcmp(predicate->use.op->name, name) == 0;
}

/* Whether the operator compares the value with one text of the rule, and no more is said of either. */
static bool is_simple(const struct ais_predicate *predicate)
{
    const struct ais_op_use *use = &predicate->use;
    unsigned harmless = AIS_FLAG_CASED | AIS_FLAG_ALL | AIS_FLAG_EXPAND;
    return predicate->value_count == 1 && use->transform_count == 0 && use->measure == NULL &&
           (use->flags & ~harmless) == 0 && predicate->op == use->op;
}

static void read_text(const struct ais_predicate *predicate, struct shape *shape)
{
    const char *text = predicate->text;
    if (predicate->length > LONGEST || memchr(text, '\0', predicate->length) != NULL)
        return;
    shape->kind = SHAPE_TEXT;
    shape->cased = (predicate->use.flags & AIS_FLAG_CASED) != 0;
    shape->ascii = true;
    for (size_t i = 0; i < predicate->length; i++) {
        bool escaped = text[i] == '\\' && i + 1 < predicate->length && strchr("*?\\", text[i + 1]) != NULL;
        bool wild = !escaped && (text[i] == '*' || text[i] == '?');
        i += escaped;
        shape->wild |= wild;
        shape->ascii &= (unsigned char)text[i] < 0x80;
        shape->text[shape->length++] = (char)(wild ? '\0' : text[i]);
    }
}

static void read_number(const struct ais_predicate *predicate, bool least, bool most, bool with, struct shape *shape)
{
    struct ais_decimal number;
    if (ais_decimal_read(predicate->text, predicate->length, &number) != AIS_DECIMAL_READ)
        return;
    *shape = (struct shape){ .kind = SHAPE_NUMBER,
                             .least = number,
                             .most = number,
                             .has_least = least,
                             .has_most = most,
                             .with_least = with,
                             .with_most = with };
}

/* text: where its text may be put. */
/* clang-tidy does not see that the shape keeps it to write to. NOLINTNEXTLINE(readability-non-const-parameter) */
static void read_shape(const struct ais_predicate *predicate, char text[LONGEST], struct shape *ret)
{
    *ret = (struct shape){ .kind = SHAPE_OTHER, .text = text };
    if (!is_simple(predicate))
        return;
    if (is_op(predicate, "exists"))
        ret->kind = strcmp(predicate->text, "true") == 0 ? SHAPE_EXISTS : SHAPE_ABSENT;
    else if (is_op(predicate, "") && predicate->kind == AIS_JSON_NULL)
        ret->kind = SHAPE_NULL;
    else if (is_op(predicate, "") && predicate->kind == AIS_JSON_NUMBER)
        read_number(predicate, true, true, true, ret);
    else if (is_op(predicate, "lt") || is_op(predicate, "lte"))
        read_number(predicate, false, true, is_op(predicate, "lte"), ret);
    else if (is_op(predicate, "gt") || is_op(predicate, "gte"))
        read_number(predicate, true, false, is_op(predicate, "gte"), ret);
    else if (is_op(predicate, "") || is_op(predicate, "contains") || is_op(predicate, "startswith") ||
             is_op(predicate, "endswith")) {
        read_text(predicate, ret);
        ret->open_begin = is_op(predicate, "contains") || is_op(predicate, "endswith");
        ret->open_end = is_op(predicate, "contains") || is_op(predicate, "startswith");
    }
}

/* ---- texts ---- */

static bool same_bytes(const char *a, const char *b, size_t n, bool cased)
{
    for (size_t i = 0; i < n; i++)
        if (a[i] != b[i] && (cased || ais_lower(a[i]) != ais_lower(b[i])))
            return false;
    return true;
}

/* The plain run at the begin, and at the end. */
static size_t first_run(const struct shape *shape)
{
    const char *wild = memchr(shape->text, '\0', shape->length);
    return wild != NULL ? (size_t)(wild - shape->text) : shape->length;
}

static size_t last_run(const struct shape *shape)
{
    const char *wild = memrchr(shape->text, '\0', shape->length);
    return wild != NULL ? (size_t)(shape->text + shape->length - wild - 1) : shape->length;
}

/* Whether a plain text stands in one of the runs. */
static bool has_run(const struct shape *shape, const struct shape *plain)
{
    for (size_t i = 0; i + plain->length <= shape->length; i++)
        if (memchr(shape->text + i, '\0', plain->length) == NULL &&
            same_bytes(shape->text + i, plain->text, plain->length, plain->cased))
            return true;
    return false;
}

static bool is_exact(const struct shape *shape)
{
    return !shape->wild && !shape->open_begin && !shape->open_end;
}

/* Whether the predicate matches the one text that an exact shape takes. Operators on texts need no scratch. */
static bool takes(const struct ais_predicate *predicate, const struct shape *exact)
{
    const struct ais_value value = { .kind = AIS_VALUE_STRING, .text = exact->text, .length = exact->length };
    return ais_op_match(predicate->op, predicate->pattern, &value, NULL) == AIS_TRUE;
}

static bool text_implies(const struct shape *a, const struct ais_predicate *b_predicate, const struct shape *b)
{
    if (b->cased && !a->cased)
        return false;
    if (is_exact(a))
        return takes(b_predicate, a);
    if (b->wild)
        return false;
    if (b->open_begin && b->open_end)
        return has_run(a, b);
    if (b->open_end)
        return !a->open_begin && first_run(a) >= b->length && same_bytes(a->text, b->text, b->length, b->cased);
    return b->open_begin && !a->open_end && last_run(a) >= b->length &&
           same_bytes(a->text + a->length - b->length, b->text, b->length, b->cased);
}

/* Runs that both have to stand at the same end, and differ. Letters outside ASCII may differ and yet match one text. */
static bool ends_differ(const struct shape *a, const struct shape *b)
{
    if (!a->ascii || !b->ascii)
        return false;
    size_t a_first = first_run(a), b_first = first_run(b), a_last = last_run(a), b_last = last_run(b);
    size_t first = a_first < b_first ? a_first : b_first, last = a_last < b_last ? a_last : b_last;
    return (!a->open_begin && !b->open_begin && !same_bytes(a->text, b->text, first, false)) ||
           (!a->open_end && !b->open_end &&
            !same_bytes(a->text + a->length - last, b->text + b->length - last, last, false));
}

/* ---- numbers ---- */

static bool range_implies(const struct shape *a, const struct shape *b)
{
    if (b->has_least) {
        int order = a->has_least ? ais_decimal_compare(&a->least, &b->least) : -1;
        if (order < 0 || (order == 0 && a->with_least && !b->with_least))
            return false;
    }
    if (b->has_most) {
        int order = a->has_most ? ais_decimal_compare(&a->most, &b->most) : 1;
        if (order > 0 || (order == 0 && a->with_most && !b->with_most))
            return false;
    }
    return true;
}

static bool below(const struct shape *a, const struct shape *b)
{
    if (!a->has_most || !b->has_least)
        return false;
    int order = ais_decimal_compare(&a->most, &b->least);
    return order < 0 || (order == 0 && !(a->with_most && b->with_least));
}

/* ---- both ---- */

bool ais_predicate_implies(const struct ais_predicate *a, const struct ais_predicate *b)
{
    char left_text[LONGEST], right_text[LONGEST];
    struct shape left, right;
    if (a->field != b->field)
        return false;
    if (a == b)
        return true;
    read_shape(a, left_text, &left);
    read_shape(b, right_text, &right);
    if (right.kind == SHAPE_EXISTS)
        return left.kind == SHAPE_TEXT || left.kind == SHAPE_NUMBER;
    if (left.kind == SHAPE_ABSENT)
        return right.kind == SHAPE_NULL;
    if (left.kind != right.kind)
        return false;
    return left.kind == SHAPE_TEXT ? text_implies(&left, b, &right)
                                   : left.kind == SHAPE_NUMBER && range_implies(&left, &right);
}

static bool texts_exclude(const struct ais_predicate *a, const struct shape *left, const struct ais_predicate *b,
                          const struct shape *right)
{
    if (is_exact(left) && (left->cased || !right->cased) && !takes(b, left))
        return true;
    if (is_exact(right) && (right->cased || !left->cased) && !takes(a, right))
        return true;
    return ends_differ(left, right);
}

bool ais_predicate_excludes(const struct ais_predicate *a, const struct ais_predicate *b)
{
    char left_text[LONGEST], right_text[LONGEST];
    struct shape left, right;
    if (a->field != b->field || a == b)
        return false;
    read_shape(a, left_text, &left);
    read_shape(b, right_text, &right);
    if (left.kind == SHAPE_ABSENT)
        return right.kind == SHAPE_TEXT || right.kind == SHAPE_NUMBER || right.kind == SHAPE_EXISTS;
    if (right.kind == SHAPE_ABSENT)
        return left.kind == SHAPE_TEXT || left.kind == SHAPE_NUMBER || left.kind == SHAPE_EXISTS;
    if (left.kind == SHAPE_TEXT && right.kind == SHAPE_TEXT)
        return texts_exclude(a, &left, b, &right);
    if (left.kind == SHAPE_NUMBER && right.kind == SHAPE_NUMBER)
        return below(&left, &right) || below(&right, &left);
    return false;
}

bool ais_predicate_takes_absent(const struct ais_predicate *predicate)
{
    static const char *const never[] = { "re", "glob", "within", "host", "cidr" };
    char text[LONGEST];
    struct shape shape;
    read_shape(predicate, text, &shape);
    for (size_t i = 0; shape.kind == SHAPE_OTHER && i < N_ELEMS(never); i++)
        if (is_op(predicate, never[i]) && (predicate->use.flags & AIS_FLAG_NEQ) == 0)
            return false;
    return shape.kind == SHAPE_OTHER || shape.kind == SHAPE_ABSENT || shape.kind == SHAPE_NULL;
}

bool ais_predicate_takes_all(const struct ais_predicate *predicate)
{
    char text[LONGEST];
    struct shape shape;
    read_shape(predicate, text, &shape);
    if (shape.kind != SHAPE_TEXT)
        return shape.kind == SHAPE_EXISTS;
    for (size_t i = 0; i < shape.length; i++)
        if (predicate->text[i] != '*')
            return false;
    return shape.length > 0 || (shape.open_begin && shape.open_end);
}
