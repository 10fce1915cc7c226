/* Chains: one operator with several patterns, negated, over what transformations made or a measure says. Where a use is
 * nothing but an operator with one value, that is compiled as it is. */
#include "shared/policy/ops/decimal.h"
#include "shared/policy/ops/rows.h"

#include <stdlib.h>

struct chain {
    const struct ais_op *op, *measure; /* measure NULL: none */
    bool negated;
    void **patterns; /* owned; of op; any will do */
    size_t count, capacity;
    struct ais_arena *work; /* borrowed while they are made; NULL afterwards */
    struct ais_literals literals;
    struct ais_literal *items; /* owned; of literals; their bytes are the patterns' */
};

static void destroy(void **pattern)
{
    struct chain *chain = *pattern;
    *pattern = NULL;
    if (chain == NULL)
        return;
    for (size_t i = 0; i < chain->count; i++)
        chain->op->destroy(&chain->patterns[i]);
    free(chain->patterns);
    free(chain->items);
    free(chain);
}

static const struct ais_literals *literals(const void *pattern)
{
    return &((const struct chain *)pattern)->literals;
}

/* What a measure says of a value: a number; nothing, where there is nothing to measure. */
static struct ais_value measured(const struct ais_op *measure, const struct ais_value *value,
                                 struct ais_op_scratch *scratch, char digits[AIS_MEASURE_ROOM])
{
    size_t n = ais_value_has_text(value) ? measure->measure(value, scratch, digits) : 0;
    enum ais_value_kind kind = n == AIS_MEASURE_FAILED ? AIS_VALUE_UNKNOWN
                               : n == 0                ? AIS_VALUE_ABSENT
                                                       : AIS_VALUE_NUMBER;
    return (struct ais_value){ .kind = kind, .text = digits, .length = kind == AIS_VALUE_NUMBER ? n : 0 };
}

static enum ais_truth match(const void *pattern, const struct ais_value *value, struct ais_op_scratch *scratch)
{
    const struct chain *chain = pattern;
    char digits[AIS_MEASURE_ROOM];
    struct ais_value number;
    if (chain->measure != NULL) {
        number = measured(chain->measure, value, scratch, digits);
        value = &number;
    }
    enum ais_truth truth = AIS_FALSE;
    for (size_t i = 0; i < chain->count && truth != AIS_TRUE; i++)
        truth = ais_truth_or(truth, ais_op_match(chain->op, chain->patterns[i], value, scratch));
    return chain->negated ? ais_truth_not(truth) : truth;
}

static const struct ais_op chained = { .name = "", .literals = literals, .match = match, .destroy = destroy };

/* ---- compiling ---- */

static enum ais_err no_memory(struct ais_why *why)
{
    return ais_fail(why, AIS_E_NOMEM, "out of memory for rules");
}

static enum ais_err add_pattern(struct chain *chain, const struct ais_json *value, unsigned flags, struct ais_why *why)
{
    if (chain->count == chain->capacity) {
        size_t capacity = chain->capacity > 0 ? 2 * chain->capacity : 4;
        void **grown = realloc(chain->patterns, capacity * sizeof *grown);
        if (grown == NULL)
            return no_memory(why);
        chain->patterns = grown;
        chain->capacity = capacity;
    }
    TRY(chain->op->compile(value, flags, chain->work, &chain->patterns[chain->count], why));
    chain->count++;
    return AIS_OK;
}

/* The text that a value with escapes is, for what encodes it. */
static enum ais_err plain_text(const struct ais_json *value, const struct ais_op *by, struct ais_buf *ret,
                               struct ais_why *why)
{
    TRY(ais_op_text(value, by->name, why));
    for (size_t i = 0; i < value->length; i++) {
        const char *at = value->text + i;
        bool escape = *at == '\\' && i + 1 < value->length && strchr("*?\\", at[1]) != NULL && at[1] != '\0';
        if (!escape && (*at == '*' || *at == '?'))
            return ais_fail(why, AIS_E_RULE,
                            "'%s' encodes what is written, and a wildcard cannot be: write \\%c for the "
                            "character itself",
                            by->name, *at);
        i += escape;
        ais_buf_byte(ret, value->text[i]);
    }
    return AIS_OK;
}

/* As a rule would write it. */
static void escape(const struct ais_buf *text, struct ais_buf *ret)
{
    for (size_t i = 0; i < text->length; i++) {
        if (text->data[i] != '\0' && strchr("*?\\", text->data[i]) != NULL)
            ais_buf_byte(ret, '\\');
        ais_buf_byte(ret, text->data[i]);
    }
}

typedef enum ais_err transform_text(const char *text, size_t n, struct ais_op_texts *ret, struct ais_why *why);

/* Replaces all texts by what they become. */
static enum ais_err transform_all(transform_text *transform, struct ais_op_texts *texts, struct ais_why *why)
{
    struct ais_op_texts made = { 0 };
    enum ais_err err = AIS_OK;
    for (size_t i = 0; err == AIS_OK && i < texts->count; i++) {
        const struct ais_buf *text = &texts->items[i];
        err = transform(text->length > 0 ? text->data : "", text->length, &made, why);
    }
    ais_op_texts_done(texts);
    *texts = made;
    return err;
}

static enum ais_err write_texts(const struct ais_op_use *use, const struct ais_json *value, struct ais_op_texts *texts,
                                struct ais_why *why)
{
    struct ais_buf *first = ais_op_texts_add(texts);
    if (first != NULL)
        TRY(plain_text(value, use->transforms[0], first, why));
    if ((use->flags & AIS_FLAG_WINDASH) != 0)
        TRY(transform_all(ais_windash_write_out, texts, why));
    for (size_t i = 0; i < use->transform_count; i++)
        TRY(transform_all(use->transforms[i]->transform, texts, why));
    return AIS_OK;
}

static enum ais_err add_transformed(struct chain *chain, const struct ais_op_use *use, const struct ais_json *value,
                                    struct ais_why *why)
{
    AUTO(ais_op_texts_done) struct ais_op_texts texts = { 0 };
    AUTO(ais_buf_done) struct ais_buf written = { 0 };
    unsigned flags = use->flags & ~(unsigned)AIS_FLAG_WINDASH;
    TRY(write_texts(use, value, &texts, why));
    for (size_t i = 0; i < use->transform_count; i++)
        flags |= use->transforms[i]->cased ? AIS_FLAG_CASED : 0U;
    for (size_t i = 0; !texts.failed && i < texts.count; i++) {
        ais_buf_clear(&written);
        escape(&texts.items[i], &written);
        if (texts.items[i].failed || written.failed)
            return no_memory(why);
        const struct ais_json text = {
            .kind = AIS_JSON_STRING,
            .text = written.length > 0 ? written.data : "",
            .length = (uint32_t)written.length,
        };
        TRY(add_pattern(chain, &text, flags, why));
    }
    return texts.failed ? no_memory(why) : AIS_OK;
}

/* What a measure is compared with is a number, and for equality one that it can be. */
static enum ais_err check_measured(const struct ais_op_use *use, const struct ais_json *value, struct ais_why *why)
{
    const struct ais_op *measure = use->measure;
    struct ais_decimal decimal;
    int64_t whole;
    if (value->kind != AIS_JSON_NUMBER)
        return ais_fail(why, AIS_E_RULE, "%s makes a number and is compared with one, not with %s", measure->name,
                        ais_json_kind_text(value->kind));
    if (use->op != &ais_op_plain || measure->most == 0 ||
        ais_decimal_read(value->text, value->length, &decimal) != AIS_DECIMAL_READ)
        return AIS_OK;
    if (!ais_decimal_floor(&decimal, &whole) || whole < measure->least || whole > measure->most)
        return ais_fail(why, AIS_E_RULE, "%s is a number from %d to %d, never %.40s", measure->name, measure->least,
                        measure->most, value->text);
    return AIS_OK;
}

static enum ais_err add_value(struct chain *chain, const struct ais_op_use *use, const struct ais_json *value,
                              struct ais_why *why)
{
    if (use->transform_count > 0)
        return add_transformed(chain, use, value, why);
    if (use->measure != NULL)
        TRY(check_measured(use, value, why));
    return add_pattern(chain, value, use->flags, why);
}

/* One literal of any pattern is in whatever matches, if each pattern has one and nothing is turned round. */
static enum ais_err unite_literals(struct chain *chain, struct ais_why *why)
{
    size_t count = 0;
    if (chain->negated || chain->measure != NULL)
        return AIS_OK;
    for (size_t i = 0; i < chain->count; i++) {
        size_t more = chain->op->literals(chain->patterns[i])->count;
        count += more;
        if (more == 0 || count > AIS_LITERALS_MOST)
            return AIS_OK;
    }
    chain->items = calloc(count + 1, sizeof *chain->items);
    if (chain->items == NULL)
        return no_memory(why);
    for (size_t i = 0; i < chain->count; i++) {
        const struct ais_literals *set = chain->op->literals(chain->patterns[i]);
        memcpy(chain->items + chain->literals.count, set->items, set->count * sizeof *set->items);
        chain->literals.count += set->count;
    }
    chain->literals.items = chain->items;
    return AIS_OK;
}

enum ais_err ais_op_compile(const struct ais_op_use *use, const struct ais_json *values, size_t n,
                            struct ais_arena *work, const struct ais_op **ret_op, void **ret, struct ais_why *why)
{
    bool negated = (use->flags & AIS_FLAG_NEQ) != 0;
    if (n == 1 && !negated && use->measure == NULL && use->transform_count == 0) {
        *ret_op = use->op;
        return use->op->compile(values, use->flags, work, ret, why);
    }
    AUTO(destroy) void *pattern = calloc(1, sizeof(struct chain));
    struct chain *chain = pattern;
    if (chain == NULL)
        return no_memory(why);
    chain->op = use->op;
    chain->measure = use->measure;
    chain->negated = negated;
    chain->work = work;
    for (size_t i = 0; i < n; i++)
        TRY(add_value(chain, use, &values[i], why));
    TRY(unite_literals(chain, why));
    chain->work = NULL;
    *ret_op = &chained;
    *ret = TAKE(pattern);
    return AIS_OK;
}

size_t ais_op_weight(const struct ais_op *op, const void *pattern)
{
    return op == &chained ? ((const struct chain *)pattern)->count : 1;
}
