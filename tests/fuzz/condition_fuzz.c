/* A condition over a few selections. What is refused names a place within it; what is read is bounded in depth. */
#include "shared/policy/condition.h"

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static size_t depth_of(const struct ais_expr *expr)
{
    size_t deepest = 0;
    for (size_t i = 0; i < expr->count; i++) {
        size_t depth = depth_of(expr->children[i]);
        deepest = depth > deepest ? depth : deepest;
    }
    if (expr->kind == AIS_EXPR_OF && (expr->need == 0 || expr->need > expr->count))
        abort();
    return deepest + 1;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const char *const names[] = { "a", "b", "_hidden", "filter_one", "filter_two" };
    struct ais_selection selections[N_ELEMS(names)];
    AUTO(ais_arena_destroy) struct ais_arena *arena = ais_arena_new(0);
    const struct ais_expr *expr;
    size_t offset;
    struct ais_why why = { 0 };
    for (uint32_t i = 0; i < N_ELEMS(names); i++)
        selections[i] = (struct ais_selection){ names[i], ais_expr_predicate(arena, i), 0, NULL };
    enum ais_err err =
        ais_condition_parse(arena, (const char *)data, size, selections, N_ELEMS(names), &expr, &offset, &why);
    if (err == AIS_OK) {
        if (depth_of(expr) > 512)
            abort();
    } else if (offset > size || why.text[0] == '\0') {
        abort();
    }
    return 0;
}
