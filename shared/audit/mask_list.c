#include "shared/audit/mask_list.h"

#include <string.h>

#define SPACE " \t\r\n"

static const char pii[] = "pii:";

static bool is(struct ais_mask_text text, const char *word)
{
    return text.n == strlen(word) && memcmp(text.text, word, text.n) == 0;
}

static enum ais_err refuse(const struct ais_mask_item *item, const char *what, struct ais_why *why)
{
    int n = item->whole.n < 100 ? (int)item->whole.n : 100;
    return ais_fail(why, AIS_E_SETTING, "'%.*s' %s", n, item->whole.text, what);
}

static enum ais_err read_kind(struct ais_mask_item *item, struct ais_why *why)
{
    struct ais_mask_text kind = { item->whole.text + sizeof pii - 1, item->whole.n - (sizeof pii - 1) };
    item->is_pii = true;
    item->names[item->count++] = kind;
    return kind.n > 0 ? AIS_OK : refuse(item, "names no kind: pii:email, or pii:* for all", why);
}

/* Whether this is what a path begins with; one of a record's own texts has nothing below it. */
static bool is_top(const struct ais_mask_item *item)
{
    static const char *const tops[] = { "tool_args", "context", "metadata" }, *const texts[] = { "request_id",
                                                                                                 "traceparent" };
    for (size_t i = 0; i < N_ELEMS(tops); i++)
        if (is(item->names[0], tops[i]))
            return true;
    for (size_t i = 0; i < N_ELEMS(texts); i++)
        if (item->count == 1 && is(item->names[0], texts[i]))
            return true;
    return false;
}

static enum ais_err read_path(struct ais_mask_item *item, struct ais_why *why)
{
    const char *at = item->whole.text, *end = at + item->whole.n;
    for (;;) {
        const char *dot = memchr(at, '.', (size_t)(end - at));
        struct ais_mask_text name = { at, (size_t)((dot != NULL ? dot : end) - at) };
        if (name.n == 0)
            return refuse(item, "has an empty name", why);
        if (item->count == AIS_MASK_NAMES)
            return refuse(item, "has more than 16 names", why);
        item->names[item->count++] = name;
        if (dot == NULL)
            break;
        at = dot + 1;
    }
    if (!is_top(item))
        return refuse(
            item, "does not begin with tool_args, context, metadata or pii:, nor is it request_id or traceparent", why);
    return AIS_OK;
}

static enum ais_err read_item(const char *text, size_t n, struct ais_mask_item *ret, struct ais_why *why)
{
    static const char secret[] = "secret:";
    *ret = (struct ais_mask_item){
        .whole = {text, n}
    };
    if (n >= sizeof secret - 1 && memcmp(text, secret, sizeof secret - 1) == 0)
        return refuse(ret, "is not needed: credentials of every kind are always masked", why);
    bool is_pii = n >= sizeof pii - 1 && memcmp(text, pii, sizeof pii - 1) == 0;
    return is_pii ? read_kind(ret, why) : read_path(ret, why);
}

enum ais_err ais_mask_list_read(const char *setting, struct ais_mask_list *ret, struct ais_why *why)
{
    const char *at = setting + strspn(setting, SPACE);
    ret->count = 0;
    while (*at != '\0') {
        size_t n = strcspn(at, ","), trimmed = n;
        while (trimmed > 0 && strchr(SPACE, at[trimmed - 1]) != NULL)
            trimmed--;
        if (trimmed == 0)
            return ais_fail(why, AIS_E_SETTING, "item %zu is empty", ret->count + 1);
        if (ret->count == AIS_MASK_ITEMS)
            return ais_fail(why, AIS_E_SETTING, "it has more than %d items", AIS_MASK_ITEMS);
        TRY(read_item(at, trimmed, &ret->items[ret->count], why));
        ret->count++;
        if (at[n] == '\0')
            return AIS_OK;
        at += n + 1;
        at += strspn(at, SPACE);
        if (*at == '\0')
            return ais_fail(why, AIS_E_SETTING, "it ends with a comma");
    }
    return AIS_OK;
}
