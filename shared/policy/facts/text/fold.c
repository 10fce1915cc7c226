#include "shared/policy/facts/text/fold.h"
#include "shared/policy/facts/text/script.h"

#include <string.h>
#include <utf8proc.h>

enum {
    MARKS_MOST =
        64, /* on one letter: they are put in order by exchanging neighbours, so twice as many cost four times */
    STEPS_A_MARK = 32, /* of that order, when there are as many */
    STEPS_A_BYTE = 8,  /* before it is known how many code points it makes */
    STEPS_A_POINT = 24 /* to decompose, put in order, find its alphabet and compose it */
};

static void lower(struct ais_view *view, const char *text, size_t n, const char **ret)
{
    char *copy = ais_view_alloc(view, n + 1);
    if (copy == NULL)
        return;
    memcpy(copy, text, n);
    for (size_t i = 0; i < n; i++)
        if (copy[i] >= 'A' && copy[i] <= 'Z')
            copy[i] = (char)(copy[i] | 0x20);
    copy[n] = '\0';
    *ret = copy;
}

static int32_t plain_space(int32_t point)
{
    return utf8proc_category(point) == UTF8PROC_CATEGORY_ZS ? ' ' : point;
}

static const utf8proc_option_t options =
    (utf8proc_option_t)(UTF8PROC_STABLE | UTF8PROC_COMPOSE | UTF8PROC_COMPAT | UTF8PROC_CASEFOLD | UTF8PROC_IGNORE);

/* Whether the marks of the text can be put in order. What is left out in folding parts none of them. */
static bool marks_are_few(struct ais_view *view, struct ais_part *part, const utf8proc_uint8_t *bytes,
                          utf8proc_ssize_t n)
{
    size_t run = 0, all = 0;
    utf8proc_int32_t point;
    for (utf8proc_ssize_t i = 0, size; i < n && run <= MARKS_MOST; i += size) {
        size = utf8proc_iterate(bytes + i, n - i, &point);
        if (size <= 0)
            return true; /* no UTF-8: nothing is put in order */
        const utf8proc_property_t *property = utf8proc_get_property(point);
        bool mark = property->combining_class > 0;
        all += mark;
        run = mark ? run + 1 : property->ignorable ? run : 0;
    }
    if (run > MARKS_MOST && part->unknown == NULL)
        part->unknown = "more than 64 marks on one letter";
    return run <= MARKS_MOST && ais_part_spend(view, part, STEPS_A_MARK * all);
}

/* False when text is no UTF-8, or too much. */
static bool fold_unicode(struct ais_view *view, struct ais_part *part, const char *text, size_t n, bool one_script,
                         const char **ret, size_t *ret_n)
{
    const utf8proc_uint8_t *bytes = (const utf8proc_uint8_t *)text;
    utf8proc_ssize_t length = (utf8proc_ssize_t)n;
    if (!ais_part_spend(view, part, STEPS_A_BYTE * n) || !marks_are_few(view, part, bytes, length))
        return false;
    utf8proc_ssize_t need = utf8proc_decompose(bytes, length, NULL, 0, options);
    if (need < 0 || !ais_part_spend(view, part, STEPS_A_POINT * (size_t)need))
        return false;
    utf8proc_int32_t *points = ais_view_alloc(view, ((size_t)need + 1) * sizeof *points);
    if (points == NULL)
        return true;
    utf8proc_ssize_t count = utf8proc_decompose(bytes, length, points, need, options);
    for (utf8proc_ssize_t i = 0; i < count; i++)
        points[i] = plain_space(points[i]);
    if (one_script && count > 0)
        ais_text_one_script(points, (size_t)count);
    utf8proc_ssize_t written = count < 0 ? count : utf8proc_reencode(points, count, options);
    if (written < 0)
        return false;
    *ret = (const char *)points;
    *ret_n = (size_t)written;
    return true;
}

void ais_text_fold(struct ais_view *view, struct ais_part *part, const char *text, size_t n,
                   const struct ais_shape *shape, bool one_script, const char **ret, size_t *ret_n)
{
    *ret = text;
    *ret_n = n;
    if (ais_shape_has(shape, AIS_BYTE_HIGH) && fold_unicode(view, part, text, n, one_script, ret, ret_n))
        return;
    if (ais_shape_has(shape, AIS_BYTE_CAPITAL))
        lower(view, text, n, ret);
}
