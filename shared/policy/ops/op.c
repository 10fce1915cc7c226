#include "shared/policy/ops/rows.h"

#include "shared/text/nearest.h"

#include <stdlib.h>
#include <string.h>

const struct ais_op *const ais_ops[] = {
#define X(name) &ais_op_##name,
    AIS_OPS(X)
#undef X
};
const size_t ais_op_count = N_ELEMS(ais_ops);

const struct ais_literals ais_op_no_literals = { .items = NULL };

const struct ais_op *ais_op_find(const char *name, size_t n)
{
    for (size_t i = 0; i < N_ELEMS(ais_ops); i++)
        if (strlen(ais_ops[i]->name) == n && memcmp(ais_ops[i]->name, name, n) == 0)
            return ais_ops[i];
    return NULL;
}

static const char *name_of(size_t i, const void *arg)
{
    (void)arg;
    return ais_ops[i]->name;
}

static enum ais_err unknown(const char *name, size_t n, struct ais_why *why)
{
    int shown = (int)(n < 40 ? n : 40);
    const char *near = ais_nearest_of(name, n, name_of, N_ELEMS(ais_ops), NULL);
    if (n == 0)
        return ais_fail(why, AIS_E_RULE, "a modifier's name is missing beside '|'");
    if (near != NULL)
        return ais_fail(why, AIS_E_RULE, "unknown modifier '%.*s': " AIS_DID_YOU_MEAN, shown, name, near);
    return ais_fail(why, AIS_E_RULE, "unknown modifier '%.*s'", shown, name);
}

/* Transformations stand in the order of their ranks, before what compares. */
static enum ais_err add_transform(struct ais_op_use *use, const struct ais_op *row, struct ais_why *why)
{
    const struct ais_op *last = use->transform_count > 0 ? use->transforms[use->transform_count - 1] : NULL;
    if (use->op != NULL)
        return ais_fail(why, AIS_E_RULE, "'%s' changes what '%s' looks for and stands before it: '%s|%s'", row->name,
                        use->op->name, row->name, use->op->name);
    if (last != NULL && last->rank == row->rank)
        return ais_fail(why, AIS_E_RULE, "'%s' and '%s' are of one kind: use one of them", last->name, row->name);
    if (last != NULL && last->rank > row->rank)
        return ais_fail(why, AIS_E_RULE, "'%s' stands before '%s': '%s|%s'", row->name, last->name, row->name,
                        last->name);
    use->transforms[use->transform_count++] = row;
    return AIS_OK;
}

static enum ais_err add_measure(struct ais_op_use *use, const struct ais_op *row, struct ais_why *why)
{
    if (use->measure != NULL)
        return ais_fail(why, AIS_E_RULE, "'%s' and '%s' both measure: use one of them", use->measure->name, row->name);
    if (use->op != NULL)
        return ais_fail(why, AIS_E_RULE, "'%s' makes the number that '%s' compares and stands before it: '%s|%s'",
                        row->name, use->op->name, row->name, use->op->name);
    use->measure = row;
    return AIS_OK;
}

static bool is_there(const struct ais_op_use *use, const struct ais_op *row)
{
    for (size_t i = 0; i < use->transform_count; i++)
        if (use->transforms[i] == row)
            return true;
    return row == use->op || row == use->measure || (row->flag & use->flags) != 0;
}

static enum ais_err add_modifier(struct ais_op_use *use, const char *name, size_t n, struct ais_why *why)
{
    const struct ais_op *row = n > 0 ? ais_op_find(name, n) : NULL;
    if (row == NULL)
        return unknown(name, n, why);
    if (is_there(use, row))
        return ais_fail(why, AIS_E_RULE, "modifier '%s' is there twice", row->name);
    if (row->transform != NULL)
        return add_transform(use, row, why);
    if (row->measure != NULL)
        return add_measure(use, row, why);
    use->flags |= row->flag;
    if (row->flag != 0)
        return AIS_OK;
    if (use->op != NULL)
        return ais_fail(why, AIS_E_RULE, "'%s' and '%s' both compare: use one of them", use->op->name, row->name);
    use->op = row;
    return AIS_OK;
}

/* What is said of a modifier that an operator does not take. */
static enum ais_err meaningless(const struct ais_op *row, const struct ais_op *op, struct ais_why *why)
{
    if (row->flag == AIS_FLAG_NEQ && op->opposite != NULL)
        return ais_fail(why, AIS_E_RULE, "'neq' means nothing to '%s': use %s", op->name, op->opposite);
    if (op == &ais_op_plain)
        return ais_fail(why, AIS_E_RULE, "'%s' means nothing to a plain comparison", row->name);
    return ais_fail(why, AIS_E_RULE, "'%s' means nothing to '%s'", row->name, op->name);
}

/* Everything has to mean something to the operator. */
static enum ais_err check_use(const struct ais_op_use *use, struct ais_why *why)
{
    for (size_t i = 0; i < N_ELEMS(ais_ops); i++)
        if (ais_ops[i]->flag & use->flags & ~use->op->takes)
            return meaningless(ais_ops[i], use->op, why);
    if (use->measure != NULL && (use->op->takes & AIS_FLAG_MEASURED) == 0)
        return ais_fail(why, AIS_E_RULE,
                        "'%s' makes a number, which '%s' does not compare: use lt, lte, gt, gte or none",
                        use->measure->name, use->op->name);
    for (size_t i = 0; i < use->transform_count; i++) {
        const struct ais_op *row = use->transforms[i];
        if ((use->op->takes & AIS_FLAG_TRANSFORMED) == 0)
            return meaningless(row, use->op, why);
        if (row->needs != NULL && strcmp(use->op->name, row->needs) != 0)
            return ais_fail(why, AIS_E_RULE, "'%s' makes a piece of a longer text: it goes with '%s', as '%s|%s'",
                            row->name, row->needs, row->name, row->needs);
    }
    return AIS_OK;
}

/* What two modifiers say that have no place beside each other, whatever the operator. */
static enum ais_err check_pairs(const struct ais_op_use *use, struct ais_why *why)
{
    const unsigned reference_takes = AIS_FLAG_FIELDREF | AIS_FLAG_ALL | AIS_FLAG_NEQ | AIS_FLAG_CASED;
    const struct ais_op *first = use->measure != NULL       ? use->measure
                                 : use->transform_count > 0 ? use->transforms[0]
                                                            : NULL;
    if (use->measure != NULL && use->transform_count > 0)
        return ais_fail(why, AIS_E_RULE, "'%s' compares numbers, which '%s' does not make", use->measure->name,
                        use->transforms[0]->name);
    if (use->measure != NULL && (use->flags & (AIS_FLAG_CASED | AIS_FLAG_WINDASH)) != 0)
        return ais_fail(why, AIS_E_RULE, "'%s' compares numbers: 'cased' and 'windash' are about texts",
                        use->measure->name);
    if ((use->flags & AIS_FLAG_NEQ) != 0 && (use->flags & AIS_FLAG_ALL) != 0)
        return ais_fail(why, AIS_E_RULE, "'neq' is about all values of a list anyway: leave 'all' out");
    if ((use->flags & AIS_FLAG_FIELDREF) != 0 && (first != NULL || (use->flags & ~reference_takes) != 0))
        return ais_fail(why, AIS_E_RULE,
                        "'fieldref' compares with the other field as it is: only contains, startswith, endswith, neq, "
                        "cased and all go with it");
    return AIS_OK;
}

enum ais_err ais_op_parse(const char *chain, size_t n, struct ais_op_use *ret, struct ais_why *why)
{
    struct ais_op_use use = { .op = NULL };
    const char *end = chain + n;
    for (const char *at = chain; n > 0;) {
        const char *bar = memchr(at, '|', (size_t)(end - at));
        const char *stop = bar != NULL ? bar : end;
        TRY(add_modifier(&use, at, (size_t)(stop - at), why));
        if (bar == NULL)
            break;
        at = bar + 1;
    }
    if (use.op == NULL)
        use.op = &ais_op_plain;
    TRY(check_use(&use, why));
    TRY(check_pairs(&use, why));
    *ret = use;
    return AIS_OK;
}

enum ais_err ais_op_text(const struct ais_json *value, const char *op, struct ais_why *why)
{
    if (value->kind == AIS_JSON_STRING || value->kind == AIS_JSON_NUMBER || value->kind == AIS_JSON_BOOL)
        return AIS_OK;
    return ais_fail(why, AIS_E_RULE, "%s takes a text, not %s", op, ais_json_kind_text(value->kind));
}

enum ais_truth ais_op_match(const struct ais_op *op, const void *pattern, const struct ais_value *value,
                            struct ais_op_scratch *scratch)
{
    if (value->kind == AIS_VALUE_UNKNOWN)
        return AIS_UNKNOWN;
    return op->match(pattern, value, scratch);
}

void ais_op_renew(struct ais_op_scratch *scratch, const struct ais_regex_meter *meter)
{
    ais_regex_renew(scratch->regex, meter);
}

struct ais_op_scratch *ais_op_scratch_new(void)
{
    AUTO(ais_op_scratch_destroy) struct ais_op_scratch *scratch = calloc(1, sizeof *scratch);
    if (scratch == NULL)
        return NULL;
    scratch->regex = ais_regex_scratch_new();
    return scratch->regex != NULL ? TAKE(scratch) : NULL;
}

void ais_op_scratch_destroy(struct ais_op_scratch **scratch)
{
    if (*scratch == NULL)
        return;
    ais_regex_scratch_destroy(&(*scratch)->regex);
    ais_buf_done(&(*scratch)->path);
    ais_buf_done(&(*scratch)->text);
    ais_buf_done(&(*scratch)->other);
    free((*scratch)->counts);
    free(*scratch);
    *scratch = NULL;
}
