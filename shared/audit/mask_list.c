#include "shared/audit/mask_list.h"

#include <string.h>

#define SPACE " \t\r\n"

static const char pii[] = "pii:";

static bool is(struct ais_mask_text text, const char *word)
{
    return !text.quoted && text.n == strlen(word) && memcmp(text.text, word, text.n) == 0;
}

static enum ais_err refuse(const struct ais_mask_item *item, const char *what, struct ais_why *why)
{
    int n = item->whole.n < 100 ? (int)item->whole.n : 100;
    return ais_fail(why, AIS_E_SETTING, "'%.*s' %s", n, item->whole.text, what);
}

static enum ais_err read_kind(struct ais_mask_item *item, struct ais_why *why)
{
    struct ais_mask_text kind = { .text = item->whole.text + sizeof pii - 1, .n = item->whole.n - (sizeof pii - 1) };
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

/* A name that no member could have where it stands; most likely something else was meant. */
static enum ais_err check_plain(const struct ais_mask_item *item, struct ais_mask_text name, struct ais_why *why)
{
    size_t digits = 0;
    while (digits < name.n && name.text[digits] >= '0' && name.text[digits] <= '9')
        digits++;
    if (memchr(name.text, '"', name.n) != NULL)
        return refuse(item, "has a quote inside a name: tool_args.\"a.b\" quotes a whole one", why);
    if (memchr(name.text, '[', name.n) != NULL || memchr(name.text, ']', name.n) != NULL)
        return refuse(item,
                      "has brackets: arrays are passed through, as in tool_args.users.pin for [{\"pin\": 1}]; "
                      "quote a name that has some, as in tool_args.\"a[0]\"",
                      why);
    if (digits == name.n)
        return refuse(item,
                      "has a number for a name: arrays are passed through, as in tool_args.users.pin for "
                      "[{\"pin\": 1}]; quote a name of digits, as in tool_args.\"0\"",
                      why);
    if (memchr(name.text, '*', name.n) != NULL && !is(name, "*") && !is(name, "**"))
        return refuse(item,
                      "has a '*' inside a name: it stands for one whole name, and '**' for any number of them; quote "
                      "a name that has one, as in tool_args.\"a*\"",
                      why);
    return AIS_OK;
}

/* The next name of a path; *at is behind it then, at its end or at a dot. */
static enum ais_err read_name(const struct ais_mask_item *item, const char **at, const char *end,
                              struct ais_mask_text *ret, struct ais_why *why)
{
    const char *begin = *at;
    if (begin < end && *begin == '"') {
        const char *quote = memchr(begin + 1, '"', (size_t)(end - begin - 1));
        if (quote == NULL || (quote + 1 < end && quote[1] != '.'))
            return refuse(item, "has a quote inside a name: tool_args.\"a.b\" quotes a whole one", why);
        *ret = (struct ais_mask_text){ begin + 1, (size_t)(quote - begin - 1), true };
        *at = quote + 1;
        return AIS_OK;
    }
    const char *dot = memchr(begin, '.', (size_t)(end - begin));
    *at = dot != NULL ? dot : end;
    *ret = (struct ais_mask_text){ begin, (size_t)(*at - begin), false };
    return ret->n > 0 ? check_plain(item, *ret, why) : refuse(item, "has an empty name", why);
}

static enum ais_err read_path(struct ais_mask_item *item, struct ais_why *why)
{
    const char *at = item->whole.text, *end = at + item->whole.n;
    for (;;) {
        struct ais_mask_text name;
        TRY(read_name(item, &at, end, &name, why));
        if (item->count == AIS_MASK_NAMES)
            return refuse(item, "has more than 16 names", why);
        item->names[item->count++] = name;
        if (at == end)
            break;
        at++;
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
        .whole = {.text = text, .n = n}
    };
    if (n >= sizeof secret - 1 && memcmp(text, secret, sizeof secret - 1) == 0)
        return refuse(ret, "is not needed: credentials of every kind are always masked", why);
    bool is_pii = n >= sizeof pii - 1 && memcmp(text, pii, sizeof pii - 1) == 0;
    return is_pii ? read_kind(ret, why) : read_path(ret, why);
}

/* Up to the next comma that does not stand in quotes. */
static size_t item_length(const char *text)
{
    bool quoted = false;
    size_t n = 0;
    for (; text[n] != '\0' && (quoted || text[n] != ','); n++)
        quoted = quoted != (text[n] == '"');
    return n;
}

enum ais_err ais_mask_list_read(const char *setting, struct ais_mask_list *ret, struct ais_why *why)
{
    const char *at = setting + strspn(setting, SPACE);
    ret->count = 0;
    while (*at != '\0') {
        size_t n = item_length(at), trimmed = n;
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
