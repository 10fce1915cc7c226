/* Functions that the code defines: one that runs something is read again for each call, with what the call passes in
 * the place of its parameters. */
#include "shared/policy/facts/code/code.h"

#include <string.h>

/* How many functions are looked at in one step of work (facts/view.h). */
enum { FUNCTIONS_A_STEP = 8 };

/* ---- definitions ---- */

/* The parameters between begin and end, where each stands first or behind a comma: self, c: str = 'x', *args, ...c. */
static void find_parameters(const struct ais_code_reader *r, size_t begin, size_t end, struct ais_code_function *ret)
{
    bool expects = true;
    for (size_t i = begin; i < end && ret->parameter_count < N_ELEMS(ret->parameters); i++) {
        if (ais_code_bracket(r, i) > 0) {
            i = ais_code_skip_brackets(r, i) - 1;
            continue;
        }
        bool typed = ais_code_at_name(r, i) && ais_code_at_name(r, i + 1) && i + 1 < end; /* string $c */
        if (expects && ais_code_at_name(r, i) && !typed) {
            if (!ais_code_at_word(r, i, "self") && !ais_code_at_word(r, i, "cls"))
                ret->parameters[ret->parameter_count++] = (uint32_t)i;
            expects = false;
        }
        expects = expects || ais_code_at_sign(r, i, ",");
    }
}

/* Whether it was added before: a body that is read again defines its functions again. */
static bool is_known(const struct ais_code *code, const struct ais_code_function *function)
{
    for (size_t i = 0; i < code->function_count; i++)
        if (code->functions[i].tokens == function->tokens && code->functions[i].begin == function->begin)
            return true;
    return false;
}

/* Whether token i of what is read stands in the function's body. */
static bool stands_in(const struct ais_code_reader *r, size_t i, const struct ais_code_function *function)
{
    return function->tokens == r->tokens && i > function->begin && i <= function->end;
}

static void add_function(struct ais_code_reader *r, const struct ais_code_function *function)
{
    struct ais_code *code = r->code;
    bool takes = function->parameter_count > 0 || function->listed;
    if (!takes || function->end <= function->begin || code->stopped ||
        !ais_code_spend(code, code->function_count / FUNCTIONS_A_STEP) || is_known(code, function))
        return;
    if (code->function_count == AIS_CODE_FUNCTIONS_MOST) {
        if (!stands_in(r, function->begin, &code->unfollowed))
            code->unfollowed = *function;
        return;
    }
    struct ais_code_function *functions =
        ais_code_grow(code, code->functions, code->function_count, &code->function_capacity, sizeof *functions);
    if (functions == NULL)
        return;
    code->functions = functions;
    code->functions[code->function_count++] = *function;
}

/* Ruby's, from i on: an expression behind =, what is indented, or the rest of the line up to its last word. */
static void find_ended_body(const struct ais_code_reader *r, size_t from, size_t i, struct ais_code_function *ret)
{
    bool expression = ais_code_at_sign(r, i, "=");
    size_t end = i += expression;
    if (expression) {
        end = ais_code_line_end(r, i);
    } else if (r->tokens[i].newline) {
        end = ais_code_block_end(r, from, i);
    } else {
        while (!ais_code_is_end(r, end) && !r->tokens[end].newline && !ais_code_at_word(r, end, "end"))
            end++;
        ais_code_looked_to(r, i, end);
    }
    ret->begin = (uint32_t)i;
    ret->end = (uint32_t)end;
}

/* The body behind the parameters, which end before i: in braces, indented, or an expression. from: the definition's
 * first token. False: there is none. */
static bool find_body(struct ais_code_reader *r, size_t from, size_t i, struct ais_code_function *ret)
{
    enum { TYPE_MOST = 16 };
    if (r->dialect->bit == 1U << AIS_CODE_RUBY && ais_code_at_word(r, from, "def")) {
        find_ended_body(r, from, i, ret);
        return true;
    }
    for (size_t k = 0; k < TYPE_MOST && !ais_code_is_end(r, i); k++, i++) /* -> str, : void */
        if (ais_code_at_sign(r, i, "{") || ais_code_at_sign(r, i, "=>") ||
            (ais_code_at_sign(r, i, ":") && (r->tokens[i + 1].newline || k == 0 || !ais_code_at_name(r, i + 1))) ||
            (ais_code_at_sign(r, i, ":") && (r->dialect->traits & AIS_CODE_INDENTED) != 0))
            break;
    bool arrow = ais_code_at_sign(r, i, "=>");
    i += arrow;
    if (ais_code_at_sign(r, i, "{")) {
        ret->begin = (uint32_t)i + 1;
        ret->end = (uint32_t)ais_code_skip_brackets(r, i) - 1;
    } else if (arrow) {
        ret->begin = (uint32_t)i;
        ret->end = (uint32_t)ais_code_line_end(r, i);
    } else if (ais_code_at_sign(r, i, ":")) {
        ret->begin = (uint32_t)i + 1;
        ret->end = (uint32_t)ais_code_block_end(r, from, i + 1);
    } else {
        return false;
    }
    return true;
}

static struct ais_code_function function_in(const struct ais_code_reader *r, const char *name, size_t n)
{
    return (struct ais_code_function){
        .name = name, .length = n, .tokens = r->tokens, .text = r->text, .dialect = r->dialect
    };
}

void ais_code_define(struct ais_code_reader *r)
{
    size_t i = r->i + 1, end = i + 1;
    if (r->code->stopped || !ais_code_at_name(r, i))
        return;
    struct ais_code_function function = function_in(r, ais_code_text_at(r, i), ais_code_length_at(r, i));
    function.listed = ais_code_at_word(r, r->i, "sub");
    if (ais_code_at_sign(r, i + 1, "(")) {
        end = ais_code_skip_brackets(r, i + 1);
        find_parameters(r, i + 2, end - 1, &function);
    } else if (!function.listed) {
        return;
    }
    if (find_body(r, r->i, end, &function))
        add_function(r, &function);
}

bool ais_code_define_value(struct ais_code_reader *r, const struct ais_code_value *name)
{
    size_t i = r->i;
    struct ais_code_function function = function_in(r, name->text, name->length);
    i += ais_code_at_word(r, i, "async");
    bool lambda = ais_code_at_word(r, i, "lambda");
    if (r->code->stopped)
        return false;
    if (lambda) {
        size_t end = i + 1;
        while (!ais_code_is_end(r, end) && !ais_code_at_sign(r, end, ":") && !r->tokens[end].newline)
            end++;
        find_parameters(r, i + 1, ais_code_looked_to(r, i, end), &function);
        function.begin = (uint32_t)end + 1;
        function.end = ais_code_is_end(r, end) ? function.begin : (uint32_t)ais_code_line_end(r, end + 1);
    } else {
        bool word = ais_code_at_word(r, i, "function") || ais_code_at_word(r, i, "fn");
        i += word ? 1U + ais_code_at_name(r, i + 1) : 0U;
        bool single = ais_code_at_name(r, i) && ais_code_at_sign(r, i + 1, "=>");
        if (!single && !ais_code_at_sign(r, i, "("))
            return false;
        size_t end = single ? i + 1 : ais_code_skip_brackets(r, i);
        if (!word && !ais_code_at_sign(r, end, "=>"))
            return false;
        find_parameters(r, single ? i : i + 1, single ? end : end - 1, &function);
        if (!find_body(r, r->i, end, &function))
            return false;
    }
    add_function(r, &function);
    return function.parameter_count > 0;
}

/* ---- calls ---- */

void ais_code_note_call(struct ais_code_reader *r)
{
    struct ais_code *code = r->code;
    if (code->function_count == 0 || !ais_code_spend(code, code->function_count / FUNCTIONS_A_STEP))
        return;
    for (size_t i = 0; i < code->function_count; i++)
        code->functions[i].calls = code->functions[i].calls || stands_in(r, r->i, &code->functions[i]);
}

/* True: that something runs where r reads is news of a function that it stands in. */
static bool note_run(const struct ais_code_reader *r)
{
    struct ais_code *code = r->code;
    bool news = false;
    if (!ais_code_spend(code, code->function_count / FUNCTIONS_A_STEP))
        return false;
    for (size_t i = 0; i < code->function_count; i++) {
        struct ais_code_function *function = &code->functions[i];
        bool is_news = !function->runs && stands_in(r, r->i, function);
        function->runs = function->runs || is_news;
        news = news || is_news;
    }
    if (stands_in(r, r->i, &code->unfollowed) && code->unknown == NULL)
        code->unknown = "more than 256 functions in code";
    return news;
}

void ais_code_note_run(struct ais_code_reader *r)
{
    note_run(r);
}

/* By its name, or the last part of that of a method. */
static struct ais_code_function *find(struct ais_code *code, const char *name, size_t n)
{
    const char *dot = n > 0 ? memrchr(name, '.', n) : NULL;
    const char *last = dot != NULL ? dot + 1 : name;
    size_t length = n - (size_t)(last - name);
    if (code->function_count == 0 || !ais_code_spend(code, code->function_count / FUNCTIONS_A_STEP))
        return NULL;
    for (size_t i = code->function_count; i > 0; i--) {
        struct ais_code_function *function = &code->functions[i - 1];
        if (function->length == length && memcmp(function->name, last, length) == 0)
            return function;
    }
    return NULL;
}

static bool is_told(const struct ais_code_value *args)
{
    for (size_t i = 0; i < args->count; i++)
        if (args->items[i].kind == AIS_CODE_TEXT || args->items[i].kind == AIS_CODE_LIST)
            return true;
    return false;
}

/* Perl's names for what a function was called with (NULL: its call is over). The first element stands for all that are
 * shifted. */
static void bind_list(struct ais_code *code, const struct ais_code_value *args)
{
    static const char *const names[] = { "@_", "$_", "shift" };
    for (size_t i = 0; i < N_ELEMS(names); i++) {
        const struct ais_code_value itself = ais_code_ref(names[i], strlen(names[i]));
        bool is_shifted = args != NULL && i == 2 && args->count > 0;
        ais_code_bind(code, names[i], itself.length,
                      is_shifted              ? &args->items[0]
                      : args != NULL && i < 2 ? args
                                              : &itself);
    }
}

/* Reads the body of a function with args in the place of its parameters. */
static void read_body(struct ais_code *code, size_t index, const struct ais_code_value *args)
{
    const struct ais_code_function function = code->functions[index];
    struct ais_code_reader body = {
        .code = code, .dialect = function.dialect, .text = function.text, .tokens = function.tokens, .i = function.begin
    };
    if (function.running || !ais_code_again(&body, function.end) || !ais_code_enter(code))
        return;
    code->functions[index].running = true;
    for (size_t k = 0; k < function.parameter_count && k < args->count; k++)
        ais_code_bind(code, ais_code_text_at(&body, function.parameters[k]),
                      ais_code_length_at(&body, function.parameters[k]), &args->items[k]);
    if (function.listed)
        bind_list(code, args);
    ais_code_statements(&body, function.end);
    if (function.listed)
        bind_list(code, NULL);
    for (size_t k = 0; k < function.parameter_count; k++) {
        const char *parameter = ais_code_text_at(&body, function.parameters[k]);
        const struct ais_code_value itself = ais_code_ref(parameter, ais_code_length_at(&body, function.parameters[k]));
        ais_code_bind(code, parameter, itself.length, &itself);
    }
    code->functions[index].running = false;
    ais_code_leave(code);
}

/* The same of one that is not known to run anything, as far as that goes; false: it was not read. */
static bool follow(struct ais_code *code, size_t index, const struct ais_code_value *args)
{
    const struct ais_code_function *function = &code->functions[index];
    const struct ais_code_token *tokens = function->tokens;
    size_t n = tokens[function->end - 1].end - tokens[function->begin].begin;
    if (!function->calls || !is_told(args) || n > AIS_CODE_FOLLOWED_MOST - code->followed)
        return false;
    code->followed += n;
    read_body(code, index, args);
    return true;
}

static void keep_early(const struct ais_code_reader *r, const char *name, size_t n, const struct ais_code_value *args,
                       bool followed)
{
    struct ais_code *code = r->code;
    struct ais_code_early_call *calls =
        ais_code_grow(code, code->early, code->early_count, &code->early_capacity, sizeof *calls);
    if (calls == NULL)
        return;
    code->early = calls;
    code->early[code->early_count++] = (struct ais_code_early_call){
        .name = name, .length = n, .tokens = r->tokens, .at = r->i, .args = *args, .followed = followed
    };
}

void ais_code_call_defined(struct ais_code_reader *r, const char *name, size_t n, const struct ais_code_value *args)
{
    struct ais_code *code = r->code;
    struct ais_code_function *found = find(code, name, n);
    if (found != NULL && found->runs) {
        ais_code_note_run(r); /* who calls it runs something, too */
        if (is_told(args))
            read_body(code, (size_t)(found - code->functions), args);
    } else if (!code->stopped) {
        bool followed = found != NULL && follow(code, (size_t)(found - code->functions), args);
        if (!code->late)
            keep_early(r, name, n, args, followed);
    }
}

/* Leaves the calls of functions that are known by now. */
static void resolve_early(struct ais_code *code)
{
    size_t kept = 0;
    for (size_t i = 0; i < code->early_count && !code->stopped; i++) {
        struct ais_code_early_call call = code->early[i];
        const struct ais_code_function *found = find(code, call.name, call.length);
        if (found == NULL)
            continue;
        call.function = (size_t)(found - code->functions);
        code->early[kept++] = call;
    }
    code->early_count = kept;
}

/* Who calls what runs something, runs something, too; true: that was news of a function. */
static bool note_early_runs(struct ais_code *code)
{
    bool news = false;
    for (size_t i = 0; i < code->early_count; i++) {
        const struct ais_code_early_call *call = &code->early[i];
        const struct ais_code_reader there = { .code = code, .tokens = call->tokens, .i = call->at };
        bool is_news = code->functions[call->function].runs && note_run(&there);
        news = news || is_news;
    }
    return news;
}

void ais_code_call_early(struct ais_code *code)
{
    if (code->function_count > 0 && code->early_count > 0) {
        resolve_early(code);
        while (!code->stopped && note_early_runs(code)) {
        }
        code->late = true;
        for (size_t i = 0; i < code->early_count && !code->stopped; i++) {
            const struct ais_code_early_call *call = &code->early[i];
            bool runs = code->functions[call->function].runs;
            if (runs && is_told(&call->args))
                read_body(code, call->function, &call->args);
            else if (!runs && !call->followed)
                follow(code, call->function, &call->args);
        }
        code->late = false;
    }
    code->early = NULL;
    code->early_count = code->early_capacity = 0;
}
