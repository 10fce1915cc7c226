/* Where the bodies of functions and loops end, and loops over what is known, whose bodies are read for each of it. */
#include "shared/policy/facts/code/code.h"

#include <string.h>

/* Steps of work (facts/view.h): a token, or the blanks before it, that is looked at for the end of a body. */
enum { STEPS_A_TOKEN = 8 };

/* ---- where bodies end ---- */

size_t ais_code_looked_to(const struct ais_code_reader *r, size_t begin, size_t i)
{
    ais_code_spend(r->code, STEPS_A_TOKEN * (i - begin + 1));
    return i;
}

size_t ais_code_skip_brackets(const struct ais_code_reader *r, size_t i)
{
    size_t begin = i;
    int depth = 0;
    for (; !ais_code_is_end(r, i) && !r->code->stopped; i++) {
        depth += ais_code_bracket(r, i);
        if (depth <= 0)
            return ais_code_looked_to(r, begin, i + 1);
    }
    return ais_code_looked_to(r, begin, i);
}

size_t ais_code_line_end(const struct ais_code_reader *r, size_t begin)
{
    size_t i = begin;
    int depth = 0;
    for (; !ais_code_is_end(r, i) && !r->code->stopped; i++) {
        bool part = ais_code_at_sign(r, i, ";") || ais_code_at_sign(r, i, ",");
        if (depth == 0 && (ais_code_bracket(r, i) < 0 || part || (i > begin && r->tokens[i].newline)))
            break;
        depth += ais_code_bracket(r, i);
    }
    return ais_code_looked_to(r, begin, i);
}

static size_t column(const struct ais_code_reader *r, size_t i)
{
    size_t n = 0;
    while (n < r->tokens[i].begin && r->text[r->tokens[i].begin - n - 1] != '\n')
        n++;
    return n;
}

size_t ais_code_block_end(const struct ais_code_reader *r, size_t from, size_t begin)
{
    size_t i = begin, blanks = 0;
    int depth = 0;
    if (!r->tokens[begin].newline)
        return ais_code_line_end(r, begin);
    const size_t least = column(r, from);
    for (; !ais_code_is_end(r, i) && !r->code->stopped; i++) {
        size_t at = r->tokens[i].newline ? column(r, i) : SIZE_MAX;
        if (depth == 0 && at <= least)
            break;
        blanks += at < SIZE_MAX ? at : 0;
        depth += ais_code_bracket(r, i);
    }
    ais_code_spend(r->code, blanks);
    return ais_code_looked_to(r, begin, i);
}

/* ---- loops ---- */

struct loop {
    size_t name;       /* the token of what stands for each item */
    bool grouped;      /* the header stands in parentheses */
    size_t begin, end; /* the tokens of the body */
    struct ais_code_value list;
};

/* `for NAME in`, `for (const NAME of`, `for my NAME (`: r stands behind `for`. False: it is none of these. */
static bool read_name(struct ais_code_reader *r, struct loop *loop)
{
    loop->grouped = ais_code_at_sign(r, r->i, "(");
    r->i += loop->grouped;
    while (ais_code_at_word(r, r->i, "const") || ais_code_at_word(r, r->i, "let") || ais_code_at_word(r, r->i, "var") ||
           ais_code_at_word(r, r->i, "my") || ais_code_at_word(r, r->i, "our"))
        r->i++;
    loop->name = r->i;
    if (!ais_code_at_name(r, r->i++))
        return false;
    if (ais_code_at_sign(r, r->i, "("))
        return true;
    r->i++;
    return ais_code_at_word(r, r->i - 1, "in") || ais_code_at_word(r, r->i - 1, "of");
}

/* `foreach (LIST as NAME)` */
static bool read_list_first(struct ais_code_reader *r, struct loop *loop)
{
    loop->grouped = ais_code_at_sign(r, r->i, "(");
    r->i += loop->grouped;
    loop->list = ais_code_expression(r);
    loop->name = r->i + 1;
    if (!ais_code_at_word(r, r->i, "as") || !ais_code_at_name(r, loop->name))
        return false;
    r->i += 2;
    return true;
}

/* The body behind the header, which r stands behind; from: the loop's first token. */
static bool find_body(const struct ais_code_reader *r, size_t from, struct loop *loop)
{
    size_t i = r->i;
    bool block = ais_code_at_sign(r, i, ":") || ais_code_at_word(r, i, "do") || r->dialect->bit == 1U << AIS_CODE_RUBY;
    bool braces = ais_code_at_sign(r, i, "{");
    i += braces || ais_code_at_sign(r, i, ":") || ais_code_at_word(r, i, "do");
    loop->begin = i;
    loop->end = braces  ? ais_code_skip_brackets(r, i - 1) - 1
                : block ? ais_code_block_end(r, from, i)
                        : ais_code_line_end(r, i);
    return loop->end > loop->begin;
}

static void bind_item(struct ais_code_reader *r, size_t name, const struct ais_code_value *item)
{
    ais_code_bind(r->code, ais_code_text_at(r, name), ais_code_length_at(r, name), item);
}

/* Reads the body with each item in the place of the name, as far as AIS_CODE_FOLLOWED_MOST goes. */
static void read_items(struct ais_code_reader *r, const struct loop *loop)
{
    struct ais_code *code = r->code;
    const struct ais_code_value itself =
        ais_code_ref(ais_code_text_at(r, loop->name), ais_code_length_at(r, loop->name));
    size_t n = r->tokens[loop->end - 1].end - r->tokens[loop->begin].begin;
    for (size_t k = 0; k < loop->list.count && n <= AIS_CODE_FOLLOWED_MOST - code->followed && !code->stopped; k++) {
        struct ais_code_reader body = *r;
        body.i = loop->begin;
        code->followed += n;
        if (!ais_code_again(&body, loop->end) || !ais_code_enter(code))
            return;
        bind_item(r, loop->name, &loop->list.items[k]);
        ais_code_statements(&body, loop->end);
        ais_code_leave(code);
    }
    bind_item(r, loop->name, &itself);
}

/* `for my $x ('a')` goes through a list of one, which parentheses alone are not. */
static void read_list(struct ais_code_reader *r, struct loop *loop)
{
    bool group = ais_code_at_sign(r, r->i, "(");
    struct ais_code_value value = ais_code_expression(r);
    if (group && value.kind == AIS_CODE_TEXT) {
        loop->list.kind = AIS_CODE_LIST;
        ais_code_append(r->code, &loop->list, &value);
    } else {
        loop->list = value;
    }
}

bool ais_code_loop(struct ais_code_reader *r)
{
    struct loop loop = { 0 };
    size_t from = r->i++;
    bool lists = ais_code_at_word(r, from, "foreach") && (r->dialect->traits & AIS_CODE_TAGS) != 0;
    if (lists ? !read_list_first(r, &loop) : !read_name(r, &loop)) {
        r->i = from;
        return false;
    }
    if (!lists)
        read_list(r, &loop);
    r->i += loop.grouped && ais_code_at_sign(r, r->i, ")");
    if (loop.list.kind == AIS_CODE_LIST && find_body(r, from, &loop))
        read_items(r, &loop);
    return true;
}

void ais_code_comprehend(struct ais_code_reader *r, size_t begin, size_t end, size_t name,
                         const struct ais_code_value *list)
{
    const struct loop loop = { .name = name, .begin = begin, .end = end, .list = *list };
    if (list->kind == AIS_CODE_LIST && end > begin)
        read_items(r, &loop);
}
