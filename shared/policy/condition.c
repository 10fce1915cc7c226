#include "shared/policy/condition.h"
#include "shared/text/nearest.h"

#include <string.h>
#include <strings.h>

enum {
    LONGEST = 16 * 1024,        /* bytes */
    DEEPEST = 64,               /* open parentheses, or `not`s in a row */
    MOST_REFERENCES = 64 * 1024 /* of selections, with patterns written out */
};

struct word {
    const char *text;
    size_t length; /* 0: the end */
};

struct parser {
    struct ais_arena *arena;
    const char *begin, *at, *end;
    struct word word; /* the one at hand */
    const struct ais_selection *selections;
    size_t count, references, depth;
    struct ais_why *why;
};

static bool is_space(char c)
{
    return c == ' ' || c == '\t' || c == '\n' || c == '\r';
}

/* Parentheses are words of their own. */
static void advance(struct parser *p)
{
    while (p->at < p->end && is_space(*p->at))
        p->at++;
    p->word.text = p->at;
    if (p->at < p->end && (*p->at == '(' || *p->at == ')'))
        p->at++;
    else
        while (p->at < p->end && !is_space(*p->at) && *p->at != '(' && *p->at != ')')
            p->at++;
    p->word.length = (size_t)(p->at - p->word.text);
}

static bool word_is(struct word word, const char *text)
{
    return word.length == strlen(text) && strncasecmp(word.text, text, word.length) == 0;
}

static bool takes(struct parser *p, const char *text)
{
    if (!word_is(p->word, text))
        return false;
    advance(p);
    return true;
}

static int shown(struct word word)
{
    return (int)(word.length < 64 ? word.length : 64);
}

static enum ais_err no_memory(struct parser *p)
{
    return ais_fail(p->why, AIS_E_NOMEM, "out of memory for a condition");
}

static const char *selection_name(size_t i, const void *arg)
{
    return ((const struct ais_selection *)arg)[i].name;
}

static enum ais_err unknown_name(const struct parser *p, struct word name)
{
    const char *near = ais_nearest_of(name.text, name.length, selection_name, p->count, p->selections);
    if (near != NULL)
        return ais_fail(p->why, AIS_E_RULE, "no selection is named '%.*s': " AIS_DID_YOU_MEAN, shown(name), name.text,
                        near);
    return ais_fail(p->why, AIS_E_RULE, "no selection is named '%.*s'", shown(name), name.text);
}

static bool is_reserved(struct word word)
{
    static const char *const words[] = { "and", "or", "not", "of", "them", "any", "all", "(", ")" };
    for (size_t i = 0; i < N_ELEMS(words); i++)
        if (word_is(word, words[i]))
            return true;
    return word.length == 0;
}

/* Whether a pattern, in which `*` is any run of bytes, matches a whole name. */
static bool glob(struct word pattern, const char *name)
{
    const char *at = pattern.text, *end = at + pattern.length, *star = NULL, *resume = NULL;
    while (*name != '\0') {
        if (at < end && *at == '*') {
            star = at++;
            resume = name;
        } else if (at < end && *at == *name) {
            at++;
            name++;
        } else if (star != NULL) {
            at = star + 1;
            name = ++resume;
        } else {
            return false;
        }
    }
    while (at < end && *at == '*')
        at++;
    return at == end;
}

static void note_use(const struct ais_selection *selection)
{
    if (selection->used != NULL)
        *selection->used = true;
}

/* The selections that `them` or a pattern stands for. */
static enum ais_err find_all(struct parser *p, struct word which, struct ais_expr_list *ret)
{
    bool them = word_is(which, "them");
    if (!them && memchr(which.text, '*', which.length) == NULL)
        return ais_fail(p->why, AIS_E_RULE,
                        "'of' is followed by 'them' or a pattern with '*', not by '%.*s'; one selection stands by its "
                        "name, all values of a list are asked for with |all",
                        shown(which), which.text);
    bool hidden_too = !them && which.text[0] == '_';
    for (size_t i = 0; i < p->count; i++) {
        const struct ais_selection *selection = &p->selections[i];
        if ((selection->name[0] == '_' && !hidden_too) || (!them && !glob(which, selection->name)))
            continue;
        if (++p->references > MOST_REFERENCES)
            return ais_fail(p->why, AIS_E_RULE, "the condition stands for more than %d selections", MOST_REFERENCES);
        if (!ais_expr_list_add(p->arena, ret, selection->expr))
            return no_memory(p);
        note_use(selection);
    }
    if (ret->count == 0)
        return ais_fail(p->why, AIS_E_RULE, "no selection matches '%.*s'", shown(which), which.text);
    return AIS_OK;
}

/* A quantity: 0 for "all". False when the word is none. */
static bool quantity_of(struct word word, size_t *ret)
{
    size_t number = 0;
    if (word_is(word, "all") || word_is(word, "any")) {
        *ret = word_is(word, "any") ? 1 : 0;
        return true;
    }
    for (size_t i = 0; i < word.length; i++) {
        if (word.text[i] < '0' || word.text[i] > '9' || number > MOST_REFERENCES)
            return false;
        number = number * 10 + (size_t)(word.text[i] - '0');
    }
    *ret = number;
    return word.length > 0;
}

/* What follows a quantity. */
static enum ais_err parse_of(struct parser *p, struct word quantity, size_t need, const struct ais_expr **ret)
{
    struct ais_expr_list list = { 0 };
    struct word which = p->word;
    if (is_reserved(which) && !word_is(which, "them"))
        return ais_fail(p->why, AIS_E_RULE, "'of' is followed by 'them' or a pattern with '*'");
    if (need == 0 && !word_is(quantity, "all")) {
        p->word = quantity;
        return ais_fail(p->why, AIS_E_RULE, "the least quantity is 1");
    }
    TRY(find_all(p, which, &list));
    if (need > list.count) {
        p->word = quantity;
        return ais_fail(p->why, AIS_E_RULE, "'%.*s' stands for %zu selections, which is less than %zu", shown(which),
                        which.text, list.count, need);
    }
    advance(p);
    *ret = ais_expr_of(p->arena, &list, need == 0 ? list.count : need);
    return *ret != NULL ? AIS_OK : no_memory(p);
}

static enum ais_err parse_name(struct parser *p, struct word name, const struct ais_expr **ret)
{
    if (word_is(p->word, "of")) {
        p->word = name;
        return ais_fail(p->why, AIS_E_RULE, "'of' is preceded by a number, 'any' or 'all', not by '%.*s'", shown(name),
                        name.text);
    }
    for (size_t i = 0; i < p->count; i++) {
        const struct ais_selection *selection = &p->selections[i];
        if (strlen(selection->name) != name.length || memcmp(selection->name, name.text, name.length) != 0)
            continue;
        if (++p->references > MOST_REFERENCES)
            return ais_fail(p->why, AIS_E_RULE, "the condition stands for more than %d selections", MOST_REFERENCES);
        *ret = selection->expr;
        note_use(selection);
        return AIS_OK;
    }
    p->word = name;
    if (memchr(name.text, '*', name.length) != NULL)
        return ais_fail(p->why, AIS_E_RULE, "a pattern needs a quantity: '1 of %.*s' or 'all of %.*s'", shown(name),
                        name.text, shown(name), name.text);
    return unknown_name(p, name);
}

static enum ais_err parse_or(struct parser *p, const struct ais_expr **ret);

static enum ais_err parse_primary(struct parser *p, const struct ais_expr **ret)
{
    struct word word = p->word;
    size_t need;
    if (takes(p, "(")) {
        TRY(parse_or(p, ret));
        return takes(p, ")") ? AIS_OK : ais_fail(p->why, AIS_E_RULE, "a ')' is missing");
    }
    bool is_quantity = quantity_of(word, &need);
    if (is_reserved(word) && !is_quantity)
        return word.length > 0
                   ? ais_fail(p->why, AIS_E_RULE, "a selection is missing before '%.*s'", shown(word), word.text)
                   : ais_fail(p->why, AIS_E_RULE, "a selection is missing at the end");
    advance(p);
    if (is_quantity && takes(p, "of"))
        return parse_of(p, word, need, ret);
    if (is_reserved(word))
        return ais_fail(p->why, AIS_E_RULE, "'of' is missing after '%.*s'", shown(word), word.text);
    return parse_name(p, word, ret);
}

static enum ais_err parse_not(struct parser *p, const struct ais_expr **ret)
{
    if (p->depth == DEEPEST)
        return ais_fail(p->why, AIS_E_RULE, "the condition is nested deeper than %d levels", DEEPEST);
    p->depth++;
    if (takes(p, "not")) {
        TRY(parse_not(p, ret));
        *ret = ais_expr_not(p->arena, *ret);
        if (*ret == NULL)
            return no_memory(p);
    } else {
        TRY(parse_primary(p, ret));
    }
    p->depth--;
    return AIS_OK;
}

static enum ais_err parse_and(struct parser *p, const struct ais_expr **ret)
{
    struct ais_expr_list list = { 0 };
    do {
        TRY(parse_not(p, ret));
        if (!ais_expr_list_add(p->arena, &list, *ret))
            return no_memory(p);
    } while (takes(p, "and"));
    *ret = ais_expr_all(p->arena, &list);
    return *ret != NULL ? AIS_OK : no_memory(p);
}

static enum ais_err parse_or(struct parser *p, const struct ais_expr **ret)
{
    struct ais_expr_list list = { 0 };
    do {
        TRY(parse_and(p, ret));
        if (!ais_expr_list_add(p->arena, &list, *ret))
            return no_memory(p);
    } while (takes(p, "or"));
    *ret = ais_expr_any(p->arena, &list);
    return *ret != NULL ? AIS_OK : no_memory(p);
}

static enum ais_err parse(struct parser *p, const struct ais_expr **ret)
{
    advance(p);
    if (p->word.length == 0)
        return ais_fail(p->why, AIS_E_RULE, "the condition is empty");
    TRY(parse_or(p, ret));
    if (word_is(p->word, "|"))
        return ais_fail(p->why, AIS_E_RULE, "aggregations after '|' are not known: use a correlation");
    if (p->word.length > 0)
        return ais_fail(p->why, AIS_E_RULE, "'and' or 'or' is missing before '%.*s'", shown(p->word), p->word.text);
    return AIS_OK;
}

enum ais_err ais_condition_parse(struct ais_arena *arena, const char *text, size_t n,
                                 const struct ais_selection *selections, size_t count, const struct ais_expr **ret,
                                 size_t *ret_offset, struct ais_why *why)
{
    struct parser p = {
        .arena = arena,
        .begin = text,
        .at = text,
        .end = text + n,
        .selections = selections,
        .count = count,
        .why = why,
    };
    const struct ais_expr *expr = NULL;
    *ret_offset = 0;
    if (n > LONGEST)
        return ais_fail(why, AIS_E_RULE, "the condition is longer than %d bytes", LONGEST);
    enum ais_err err = parse(&p, &expr);
    if (err == AIS_OK)
        *ret = expr;
    else
        *ret_offset = (size_t)(p.word.text - p.begin);
    return err;
}

bool ais_condition_is_name(const char *text, size_t n)
{
    struct word word = { text, n };
    for (size_t i = 0; i < n; i++) {
        char c = text[i];
        if (!((c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' || c == '-'))
            return false;
    }
    return !is_reserved(word);
}
