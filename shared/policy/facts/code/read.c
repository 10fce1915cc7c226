/* Statements and expressions, tolerantly: what is no call, name or text is stepped over. */
#include "shared/policy/facts/code/code.h"

#include <stdlib.h>
#include <string.h>

/* Steps of work (facts/view.h) to read a text. */
enum { STEPS_A_TEXT = 256, STEPS_A_BYTE = 8, STEPS_A_TOKEN = 64 };

static size_t length_of(const struct ais_code_token *token)
{
    return token->end - token->begin;
}

static bool here(const struct ais_code_reader *r, const char *sign)
{
    return ais_code_at_sign(r, r->i, sign);
}

static bool at_end(const struct ais_code_reader *r)
{
    return r->tokens[r->i].kind == AIS_CODE_END || r->code->stopped;
}

static bool has(const struct ais_code_reader *r, unsigned trait)
{
    return (r->dialect->traits & trait) != 0;
}

static bool is_word(const struct ais_code_reader *r, size_t i, unsigned bits)
{
    return r->tokens[i].kind == AIS_CODE_NAME && (r->tokens[i].bits & bits) != 0;
}

/* Whether a line break ends what stands before it. */
static bool breaks(const struct ais_code_reader *r)
{
    return r->tokens[r->i].newline && has(r, AIS_CODE_INDENTED) && r->brackets == 0;
}

/* ---- groups ---- */

/* A definition has a name that is not called. */
static bool skip_definition(struct ais_code_reader *r)
{
    if (!is_word(r, r->i, AIS_CODE_DEFINES))
        return false;
    ais_code_define(r);
    for (r->i++; r->tokens[r->i].kind == AIS_CODE_NAME && !r->tokens[r->i].newline && !r->code->stopped;)
        r->i += ais_code_at_sign(r, r->i + 1, ".") && r->tokens[r->i + 2].kind == AIS_CODE_NAME ? 2 : 1;
    return true;
}

static struct ais_code_value read_statement(struct ais_code_reader *r)
{
    struct ais_code_value value = ais_code_unknown("", 0);
    bool loops = ais_code_at_word(r, r->i, "for") || ais_code_at_word(r, r->i, "foreach");
    if (skip_definition(r) || (loops && ais_code_loop(r)) || ais_code_names(r, &value))
        return value;
    return ais_code_expression(r);
}

/* `f(x) for x in LIST`: what a function of one character makes of each. begin: its first token. */
static void read_comprehension(struct ais_code_reader *r, size_t begin, struct ais_code_value *value)
{
    size_t end = r->i++, name = r->i;
    while (!at_end(r) && !ais_code_at_word(r, r->i, "in") && r->tokens[r->i].kind == AIS_CODE_NAME)
        r->i += ais_code_at_sign(r, r->i + 1, ",") ? 2 : 1;
    if (!ais_code_at_word(r, r->i, "in"))
        return;
    bool one = r->i++ == name + 1;
    struct ais_code_value list = ais_code_expression(r), args = { .kind = AIS_CODE_LIST }, made;
    const struct ais_code_maker *makers = value->makers;
    if (one)
        ais_code_comprehend(r, begin, end, name, &list);
    ais_code_append(r->code, &args, value);
    ais_code_append(r->code, &args, &list);
    if (list.kind == AIS_CODE_LIST && value->kind == AIS_CODE_RESULT &&
        ais_code_decode(r->code, "map", strlen("map"), &args, &made))
        *value = made;
    ais_code_made_by(r->code, value, makers);
}

/* What stands between brackets: the values of what commas part. The opening one is behind us. */
static void read_group(struct ais_code_reader *r, const char *close, struct ais_code_value *ret)
{
    struct ais_code_value item = { 0 };
    bool any = false;
    size_t first = r->i;
    if (!ais_code_enter(r->code))
        return;
    while (!at_end(r) && !here(r, close)) {
        size_t begin = r->i;
        bool arrow = here(r, "=>");
        if (here(r, ",") || here(r, ":") || arrow) {
            if (any)
                ais_code_append(r->code, ret, &item);
            any = false;
            r->i++;
            continue;
        }
        if (any && ais_code_at_word(r, r->i, "for") && close[0] != '}') {
            read_comprehension(r, first, &item);
            continue;
        }
        struct ais_code_value value = read_statement(r);
        if (!any) {
            item = value;
            first = begin;
        }
        any = true;
        r->i += r->i == begin;
    }
    if (any)
        ais_code_append(r->code, ret, &item);
    r->i += here(r, close);
    ais_code_leave(r->code);
}

static bool is_python(const struct ais_code_reader *r)
{
    return has(r, AIS_CODE_PREFIXES) && has(r, AIS_CODE_INDENTED);
}

/* Calls a function that runs something with what is not known. */
static struct ais_code_value call_runner(struct ais_code_reader *r, const struct ais_code_value *runner)
{
    const struct ais_code_value none = { .kind = AIS_CODE_LIST };
    return ais_code_call(r, runner, &none);
}

static struct ais_code_value read_brackets(struct ais_code_reader *r, const char *close, enum ais_code_kind kind)
{
    struct ais_code_value list = { .kind = kind };
    unsigned brackets = r->brackets;
    r->i++;
    r->brackets = kind == AIS_CODE_MAP ? 0 : brackets + 1;
    read_group(r, close, &list);
    r->brackets = brackets;
    for (size_t i = 0; kind == AIS_CODE_MAP && is_python(r) && i < list.count; i++) /* {'f': os.system}['f'](…) */
        if (ais_code_is_runner(&list.items[i]))
            call_runner(r, &list.items[i]);
    return list;
}

/* ---- primaries ---- */

static struct ais_code_value read_strings(struct ais_code_reader *r)
{
    struct ais_code_value value = ais_code_literal(r, &r->tokens[r->i++]);
    bool joins = !has(r, AIS_CODE_TEMPLATES | AIS_CODE_TAGS | AIS_CODE_QUOTE_WORDS) || has(r, AIS_CODE_ANY);
    while (joins && r->tokens[r->i].kind == AIS_CODE_STRING && !breaks(r) && !r->code->stopped) {
        struct ais_code_value next = ais_code_literal(r, &r->tokens[r->i++]);
        value = ais_code_join(r->code, &value, &next);
    }
    return value;
}

static struct ais_code_value read_number(struct ais_code_reader *r)
{
    enum { DIGITS_MOST = 20 };
    const struct ais_code_token *token = &r->tokens[r->i++];
    char digits[DIGITS_MOST + 1];
    struct ais_code_value value = ais_code_unknown(r->text + token->begin, length_of(token));
    size_t n = length_of(token);
    if (n > DIGITS_MOST)
        return value;
    memcpy(digits, r->text + token->begin, n);
    digits[n] = '\0';
    char *end = digits;
    bool octal = n > 2 && digits[0] == '0' && (digits[1] | 0x20) == 'o';
    value.number = octal ? strtol(digits + 2, &end, 8) : strtol(digits, &end, 0);
    if (*end == '\0')
        value.kind = AIS_CODE_INTEGER;
    return value;
}

/* What a backtick or its kin runs. */
static struct ais_code_value read_shell(struct ais_code_reader *r)
{
    struct ais_code_value args = { .kind = AIS_CODE_LIST }, command = ais_code_literal(r, &r->tokens[r->i++]);
    bool notebook = has(r, AIS_CODE_NOTEBOOKS) && !has(r, AIS_CODE_ANY);
    const char *name = has(r, AIS_CODE_TAGS) ? "shell_exec" : notebook ? "get_ipython.system" : "qx";
    const struct ais_code_value callee = ais_code_ref(name, strlen(name));
    ais_code_append(r->code, &args, &command);
    return ais_code_call(r, &callee, &args);
}

static struct ais_code_value read_primary(struct ais_code_reader *r)
{
    const struct ais_code_token *token = &r->tokens[r->i];
    struct ais_code_value value = ais_code_unknown("", 0);
    switch (token->kind) {
    case AIS_CODE_END: return value;
    case AIS_CODE_STRING: return read_strings(r);
    case AIS_CODE_NUMBER: return read_number(r);
    case AIS_CODE_SHELL: return read_shell(r);
    case AIS_CODE_NAME: {
        const struct ais_code_value none = ais_code_ref("", 0);
        r->i++;
        if (is_word(r, r->i - 1, AIS_CODE_KEYWORD))
            return value;
        return ais_code_member(r->code, &none, r->text + token->begin, length_of(token));
    }
    default: break;
    }
    if (here(r, "(")) {
        value = read_brackets(r, ")", AIS_CODE_LIST);
        bool one = value.count == 1 && !ais_code_at_sign(r, r->i >= 2 ? r->i - 2 : 0, ",");
        return one ? value.items[0] : value;
    }
    if (here(r, "["))
        return read_brackets(r, "]", AIS_CODE_LIST);
    if (here(r, "{"))
        return read_brackets(r, "}", AIS_CODE_MAP);
    if (!here(r, ")") && !here(r, "]") && !here(r, "}") && !here(r, ",") && !here(r, ";"))
        r->i++;
    return value;
}

/* ---- what stands behind a primary ---- */

static bool is_dot(const struct ais_code_reader *r)
{
    bool arrow = here(r, "->") && (has(r, AIS_CODE_SIGILS) || !has(r, AIS_CODE_PREFIXES)); /* else of a type */
    if (arrow || here(r, "::") || here(r, "?.") || here(r, "&."))
        return true;
    const struct ais_code_token *next = &r->tokens[r->i + 1];
    if (!here(r, ".") || has(r, AIS_CODE_DOT_JOINS))
        return false;
    if (has(r, AIS_CODE_ANY) &&
        (r->text[next->begin] == '$' || (next->kind == AIS_CODE_NAME && next->blank && r->tokens[r->i].blank)))
        return false;
    return next->kind == AIS_CODE_NAME || ais_code_at_sign(r, r->i + 1, "(");
}

/* [a:b] and [::-1] of what is known; false: it is none of these. */
static bool read_slice(struct ais_code_reader *r, const struct ais_code_value *base, struct ais_code_value *ret)
{
    struct ais_code_value bounds[2] = { { .kind = AIS_CODE_INTEGER }, { .kind = AIS_CODE_INTEGER } }, args;
    size_t i = r->i + 1;
    if (base->kind != AIS_CODE_TEXT && base->kind != AIS_CODE_LIST)
        return false;
    args = (struct ais_code_value){ .kind = AIS_CODE_LIST, .items = bounds, .count = 2 };
    if (ais_code_at_sign(r, i, "::") && ais_code_at_sign(r, i + 1, "-") && ais_code_at_sign(r, i + 3, "]")) {
        r->i = i + 4;
        return ais_code_method(r->code, base, "reverse", strlen("reverse"), &args, ret);
    }
    bounds[1].number = (long)base->length;
    for (size_t k = 0; k < 2; k++) {
        if (r->tokens[i].kind == AIS_CODE_NUMBER) {
            r->i = i++;
            bounds[k] = read_number(r);
        }
        if (!ais_code_at_sign(r, i, k == 0 ? ":" : "]"))
            return false;
        i++;
    }
    r->i = i;
    if (base->kind == AIS_CODE_LIST || !ais_code_method(r->code, base, "[]", 2, &args, ret))
        *ret = ais_code_unknown("", 0);
    return true;
}

static struct ais_code_value read_index(struct ais_code_reader *r, const struct ais_code_value *base)
{
    struct ais_code_value slice;
    size_t begin = r->i;
    if (read_slice(r, base, &slice))
        return slice;
    r->i = begin;
    struct ais_code_value index = read_brackets(r, "]", AIS_CODE_LIST), ret = ais_code_unknown("", 0);
    const struct ais_code_value *first = index.count > 0 ? &index.items[0] : NULL;
    ret.makers = base->makers;
    if (base->kind == AIS_CODE_LIST && first != NULL && first->kind == AIS_CODE_INTEGER && first->number >= 0 &&
        (size_t)first->number < base->count)
        return base->items[first->number];
    if (base->kind != AIS_CODE_REF && base->kind != AIS_CODE_RESULT)
        return ais_code_method(r->code, base, "[]", 2, &index, &ret) ? ret : ais_code_unknown("", 0);
    if (first != NULL && first->kind == AIS_CODE_TEXT)
        return ais_code_member(r->code, base, first->text, first->length);
    ret = *base; /* one of its elements */
    ret.kind = AIS_CODE_RESULT;
    return ret;
}

static struct ais_code_value call_method(struct ais_code_reader *r, const struct ais_code_value *self, const char *name,
                                         size_t n, const struct ais_code_value *args)
{
    struct ais_code_value ret;
    if (ais_code_method(r->code, self, name, n, args, &ret)) {
        ais_code_made_by(r->code, &ret, self->makers);
        ais_code_made_by(r->code, &ret, args->makers);
        return ret;
    }
    const char *type = self->kind == AIS_CODE_TEXT ? "str" : self->kind == AIS_CODE_LIST ? "list" : "?";
    const struct ais_code_value base = ais_code_ref(type, strlen(type));
    struct ais_code_value callee = ais_code_member(r->code, &base, name, n);
    callee.makers = self->makers;
    return ais_code_call(r, &callee, args);
}

/* .name, .name(…) */
static struct ais_code_value read_member(struct ais_code_reader *r, const struct ais_code_value *base)
{
    const struct ais_code_token *name = &r->tokens[++r->i];
    if (name->kind != AIS_CODE_NAME) { /* ->{x}, ->(x), ?.[x] */
        struct ais_code_value same = *base;
        return same;
    }
    r->i++;
    const char *text = r->text + name->begin;
    size_t n = length_of(name);
    if (base->kind == AIS_CODE_REF || base->kind == AIS_CODE_RESULT)
        return ais_code_member(r->code, base, text, n);
    struct ais_code_value args = { .kind = AIS_CODE_LIST }, ret;
    if (!here(r, "(")) {
        bool known = ais_code_method(r->code, base, text, n, &args, &ret);
        return known ? ret : ais_code_unknown(text, n);
    }
    args = read_brackets(r, ")", AIS_CODE_LIST);
    return call_method(r, base, text, n, &args);
}

/* Whether the arguments of a call without parentheses begin here. */
static bool begins_arguments(const struct ais_code_reader *r, const struct ais_code_value *callee)
{
    const struct ais_code_token *token = &r->tokens[r->i];
    bool any = has(r, AIS_CODE_ANY);
    if (callee->kind != AIS_CODE_REF || callee->length == 0 || !token->blank || token->newline)
        return false;
    if (token->kind == AIS_CODE_STRING && (token->bits & AIS_CODE_PATTERN))
        return false;
    if (!has(r, AIS_CODE_BARE_CALLS)) /* a statement of Python 2 */
        return has(r, AIS_CODE_PREFIXES) && token->kind == AIS_CODE_STRING && ais_code_is(callee, "exec");
    if (ais_shell_one_of("$@", callee->text[0]))
        return false;
    if (token->kind == AIS_CODE_STRING || token->kind == AIS_CODE_SHELL)
        return true;
    if (token->kind == AIS_CODE_NAME && ais_shell_one_of("$@", r->text[token->begin]))
        return true;
    if (any || token->kind == AIS_CODE_SIGN)
        return (here(r, "[") || here(r, "{") || here(r, "\\") || here(r, "*")) && !any && !r->tokens[r->i + 1].blank &&
               ais_code_runs(callee->text, callee->length);
    return token->kind == AIS_CODE_NUMBER || !is_word(r, r->i, AIS_CODE_KEYWORD);
}

static struct ais_code_value read_arguments(struct ais_code_reader *r)
{
    struct ais_code_value args = { .kind = AIS_CODE_LIST };
    if (!ais_code_enter(r->code))
        return args;
    while (!at_end(r)) {
        size_t begin = r->i;
        struct ais_code_value value = read_statement(r);
        ais_code_append(r->code, &args, &value);
        if (r->i == begin || !(here(r, ",") || here(r, "=>") || here(r, ":")))
            break;
        r->i++;
    }
    ais_code_leave(r->code);
    return args;
}

static struct ais_code_value read_postfix(struct ais_code_reader *r)
{
    struct ais_code_value value = read_primary(r);
    bool keyword = value.kind == AIS_CODE_UNKNOWN && r->i > 0 && is_word(r, r->i - 1, AIS_CODE_KEYWORD);
    while (!at_end(r)) {
        const struct ais_code_token *token = &r->tokens[r->i];
        bool apart = breaks(r);
        if (is_dot(r)) {
            value = read_member(r, &value);
        } else if (here(r, "(") && !apart && !keyword && value.kind != AIS_CODE_INTEGER) {
            struct ais_code_value args = read_brackets(r, ")", AIS_CODE_LIST);
            value = ais_code_call(r, &value, &args);
        } else if (here(r, "[") && !apart && !keyword && !(token->blank && has(r, AIS_CODE_BARE_CALLS))) {
            value = read_index(r, &value);
        } else if (here(r, "{") && has(r, AIS_CODE_QUOTE_WORDS) && !has(r, AIS_CODE_ANY) && !token->blank &&
                   value.kind == AIS_CODE_REF && value.length > 0 && value.text[0] == '$') {
            read_brackets(r, "}", AIS_CODE_MAP); /* $x{…} */
            value = ais_code_unknown("", 0);
        } else if (begins_arguments(r, &value)) {
            struct ais_code_value args = read_arguments(r);
            value = ais_code_call(r, &value, &args);
        } else {
            break;
        }
    }
    return value;
}

/* ---- operators ---- */

static struct ais_code_value read_operand(struct ais_code_reader *r)
{
    bool decorates = false;
    while (!at_end(r)) {
        const struct ais_code_token *token = &r->tokens[r->i];
        bool sign = token->kind == AIS_CODE_SIGN && (token->bits & AIS_CODE_PRECEDES) != 0;
        if (!sign && !is_word(r, r->i, AIS_CODE_LEADS))
            break;
        decorates = here(r, "@") && is_python(r);
        r->i++;
    }
    struct ais_code_value value = read_postfix(r);
    return decorates && ais_code_is_runner(&value) ? call_runner(r, &value) : value;
}

static bool is_operator(const struct ais_code_reader *r)
{
    const struct ais_code_token *token = &r->tokens[r->i];
    if (breaks(r))
        return false;
    if (token->kind == AIS_CODE_SIGN)
        return (token->bits & AIS_CODE_OPERATES) != 0;
    if (!is_word(r, r->i, AIS_CODE_LEADS))
        return false;
    bool word = ais_code_at_word(r, r->i, "or") || ais_code_at_word(r, r->i, "and");
    return word && (r->brackets > 0 || !has(r, AIS_CODE_BARE_CALLS));
}

struct ais_code_value ais_code_expression(struct ais_code_reader *r)
{
    struct ais_code_value value = read_operand(r);
    while (!at_end(r) && is_operator(r)) {
        size_t sign = r->i++;
        struct ais_code_value right = read_operand(r);
        value = ais_code_operate(r, sign, &value, &right);
    }
    return value;
}

/* ---- texts ---- */

struct ais_code_value ais_code_read(struct ais_code *code, const struct ais_code_dialect *dialect, const char *text,
                                    size_t n)
{
    struct ais_code_reader r = { .code = code, .dialect = dialect, .text = text };
    struct ais_code_value value = ais_code_unknown("", 0);
    if (code->stopped)
        return value;
    bool cut = n > AIS_CODE_READ_MOST - code->read, many = false;
    n = cut ? AIS_CODE_READ_MOST - code->read : n;
    code->read += n;
    if (!ais_code_spend(code, STEPS_A_TEXT + STEPS_A_BYTE * n))
        return value;
    size_t before = code->tokens;
    r.tokens = ais_code_lex(code, dialect, text, n, &many);
    if (!ais_code_spend(code, STEPS_A_TOKEN * (code->tokens - before)))
        return value;
    while (r.tokens != NULL && !at_end(&r)) {
        size_t begin = r.i;
        value = read_statement(&r);
        r.i += r.i == begin;
    }
    if (many)
        ais_code_stop(code, "more than 65536 words and signs of code");
    if (cut)
        ais_code_stop(code, "more than 256 KiB of code, what is read again included");
    return value;
}

bool ais_code_again(const struct ais_code_reader *r, size_t end)
{
    struct ais_code *code = r->code;
    size_t n = end > r->i ? r->tokens[end - 1].end - r->tokens[r->i].begin : 0;
    if (code->stopped || n > AIS_CODE_READ_MOST - code->read) {
        ais_code_stop(code, "more than 256 KiB of code, what is read again included");
        return false;
    }
    code->read += n;
    return ais_code_spend(code, STEPS_A_BYTE * n + (end > r->i ? STEPS_A_TOKEN * (end - r->i) : 0));
}

void ais_code_statements(struct ais_code_reader *r, size_t end)
{
    while (r->i < end && !at_end(r)) {
        size_t begin = r->i;
        read_statement(r);
        r->i += r->i == begin;
    }
}

struct ais_code_value ais_code_execute(struct ais_code *code, const struct ais_code_dialect *dialect, const char *text,
                                       size_t n)
{
    struct ais_code_value value = ais_code_unknown("", 0);
    if (dialect == NULL || code->stopped)
        return value;
    if (code->depth >= AIS_CODE_DEPTH_MOST) {
        ais_code_stop(code, "code that executes code, deeper than 4");
        return value;
    }
    code->depth++;
    value = ais_code_read(code, dialect, text, n);
    code->depth--;
    return value;
}
