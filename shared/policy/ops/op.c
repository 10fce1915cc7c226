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

static enum ais_err add_modifier(struct ais_op_use *use, const char *name, size_t n, struct ais_why *why)
{
    const struct ais_op *row = n > 0 ? ais_op_find(name, n) : NULL;
    if (row == NULL)
        return unknown(name, n, why);
    if (row == use->op || (row->flag & use->flags))
        return ais_fail(why, AIS_E_RULE, "modifier '%s' is there twice", row->name);
    if (row->flag == 0 && use->op != NULL)
        return ais_fail(why, AIS_E_RULE, "'%s' and '%s' both compare: use one of them", use->op->name, row->name);
    use->flags |= row->flag;
    if (row->flag == 0)
        use->op = row;
    return AIS_OK;
}

/* Every flag has to mean something to the operator. */
static enum ais_err check_flags(const struct ais_op_use *use, struct ais_why *why)
{
    for (size_t i = 0; i < N_ELEMS(ais_ops); i++)
        if (ais_ops[i]->flag & use->flags & ~use->op->takes)
            return ais_fail(why, AIS_E_RULE, "'%s' means nothing to %s%s%s", ais_ops[i]->name,
                            use->op == &ais_op_plain ? "a plain comparison" : "'", use->op->name,
                            use->op == &ais_op_plain ? "" : "'");
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
    TRY(check_flags(&use, why));
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

void ais_op_renew(struct ais_op_scratch *scratch)
{
    ais_regex_renew(scratch->regex);
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
    free(*scratch);
    *scratch = NULL;
}
