#include "shared/policy/facts/text/fold.h"

#include <string.h>
#include <utf8proc.h>

static bool is_ascii(const char *text, size_t n)
{
    unsigned char all = 0;
    for (size_t i = 0; i < n; i++)
        all |= (unsigned char)text[i];
    return all < 0x80;
}

static bool has_upper(const char *text, size_t n)
{
    bool found = false;
    for (size_t i = 0; i < n; i++)
        found |= text[i] >= 'A' && text[i] <= 'Z';
    return found;
}

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

/* False when text is no UTF-8. */
static bool fold_unicode(struct ais_view *view, const char *text, size_t n, const char **ret, size_t *ret_n)
{
    const utf8proc_uint8_t *bytes = (const utf8proc_uint8_t *)text;
    utf8proc_ssize_t length = (utf8proc_ssize_t)n;
    utf8proc_ssize_t need = utf8proc_decompose(bytes, length, NULL, 0, options);
    if (need < 0)
        return false;
    utf8proc_int32_t *points = ais_view_alloc(view, ((size_t)need + 1) * sizeof *points);
    if (points == NULL)
        return true;
    utf8proc_ssize_t count = utf8proc_decompose(bytes, length, points, need, options);
    for (utf8proc_ssize_t i = 0; i < count; i++)
        points[i] = plain_space(points[i]);
    utf8proc_ssize_t written = count < 0 ? count : utf8proc_reencode(points, count, options);
    if (written < 0)
        return false;
    *ret = (const char *)points;
    *ret_n = (size_t)written;
    return true;
}

void ais_text_fold(struct ais_view *view, const char *text, size_t n, const char **ret, size_t *ret_n)
{
    *ret = text;
    *ret_n = n;
    if (!is_ascii(text, n) && fold_unicode(view, text, n, ret, ret_n))
        return;
    if (has_upper(text, n))
        lower(view, text, n, ret);
}
