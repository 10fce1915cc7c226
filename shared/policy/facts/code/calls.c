/* Calls: what their names are, and what those that find or call functions by name return. */
#include "shared/policy/facts/code/code.h"
#include "shared/text/ascii.h"

#include <stdlib.h>
#include <string.h>
#include <utf8proc.h>

static bool is(const char *name, size_t n, const char *list)
{
    return ais_shell_in(list, name, n);
}

/* Modules that others have imported are members of those: `platform.os.system`, `random._os.system`. */
static void strip_to_module(const char **name, size_t *n)
{
    static const char *const modules[] = { ".os.", "._os.", ".subprocess.", ".posix.", ".pty.", ".child_process." };
    static const char call[] = ".__call__";
    for (size_t k = 0; k < N_ELEMS(modules); k++) {
        size_t skipped = strspn(modules[k], "._"), length = strlen(modules[k]);
        const char *found = memmem(*name, *n, modules[k], length);
        if (found == NULL || found + length == *name + *n)
            continue;
        *n -= (size_t)(found + skipped - *name);
        *name = found + skipped;
    }
    size_t length = sizeof call - 1;
    if (*n > length && memcmp(*name + *n - length, call, length) == 0 && ais_code_runs(*name, *n - length))
        *n -= length;
}

/* The name as its language compares it: Python's in their NFKC form, PHP's without case. As it is without room. */
static void compare_as(struct ais_code_reader *r, const char **name, size_t *n)
{
    const utf8proc_option_t options = UTF8PROC_STABLE | UTF8PROC_COMPOSE | UTF8PROC_COMPAT;
    bool ascii = true;
    for (size_t i = 0; i < *n && ascii; i++)
        ascii = (unsigned char)(*name)[i] < 0x80;
    if (!ascii && *n < AIS_CODE_NAME_LENGTH) {
        utf8proc_uint8_t *made = NULL;
        utf8proc_ssize_t length = utf8proc_map((const utf8proc_uint8_t *)*name, (utf8proc_ssize_t)*n, &made, options);
        char *copy = length > 0 ? ais_code_make(r->code, (size_t)length) : NULL;
        if (copy != NULL) {
            memcpy(copy, made, (size_t)length);
            *name = copy;
            *n = (size_t)length;
        }
        free(made);
    }
    char *lower = r->dialect->bit == 1U << AIS_CODE_PHP ? ais_code_make(r->code, *n) : NULL;
    for (size_t i = 0; lower != NULL && i < *n; i++)
        lower[i] = ais_lower((*name)[i]);
    if (lower != NULL)
        *name = lower;
}

/* The name without what only says where a name is looked for. */
static void strip(const char **name, size_t *n)
{
    static const char *const prefixes[] = { "builtins.", "__builtin__.", "Kernel.", "CORE.GLOBAL.",
                                            "CORE.",     "self.",        "window.", "process.mainModule.",
                                            "module.",   "Object." };
    for (size_t k = 0; k < N_ELEMS(prefixes); k++) {
        size_t length = strlen(prefixes[k]);
        if (*n > length && memcmp(*name, prefixes[k], length) == 0) {
            *name += length;
            *n -= length;
        }
    }
    strip_to_module(name, n);
    if (*n > 1 && ((*name)[0] == '&' || (*name)[0] == '@')) {
        (*name)++;
        (*n)--;
    }
}

/* The part of a name behind its last dot. */
static void last_of(const char *name, size_t n, const char **ret, size_t *ret_length)
{
    const char *dot = n > 0 ? memrchr(name, '.', n) : NULL;
    *ret = dot != NULL ? dot + 1 : name;
    *ret_length = dot != NULL ? n - (size_t)(*ret - name) : n;
}

static struct ais_code_value rest_of(const struct ais_code_value *args, size_t from)
{
    struct ais_code_value rest = *args;
    from = from < args->count ? from : args->count;
    rest.items = args->items != NULL ? args->items + from : NULL;
    rest.count = rest.capacity = args->items != NULL ? args->count - from : 0;
    return rest;
}

/* ---- functions that find functions ---- */

static struct ais_code_value member_by_value(struct ais_code *code, const struct ais_code_value *base,
                                             const struct ais_code_value *name)
{
    const struct ais_code_value nobody = ais_code_ref("?", 1);
    bool named = base->kind == AIS_CODE_REF || base->kind == AIS_CODE_RESULT;
    if (name->kind == AIS_CODE_TEXT)
        return ais_code_member(code, named ? base : &nobody, name->text, name->length);
    return ais_code_member(code, named ? base : &nobody, "?", 1);
}

/* Whether an argument is a function: by reference, or by its name where that is called. */
static bool function_of(const struct ais_code_value *arg, struct ais_code_value *ret)
{
    *ret = *arg;
    if (arg->kind == AIS_CODE_TEXT && arg->length > 0 && arg->length < AIS_CODE_NAME_LENGTH)
        *ret = ais_code_ref(arg->text, arg->length);
    return ret->kind == AIS_CODE_REF && ret->length > 0;
}

/* Lists among the arguments as arguments themselves. */
static struct ais_code_value spread(struct ais_code *code, const struct ais_code_value *args)
{
    struct ais_code_value ret = { .kind = AIS_CODE_LIST };
    for (size_t i = 0; i < args->count; i++)
        if (args->items[i].kind == AIS_CODE_LIST)
            for (size_t k = 0; k < args->items[i].count; k++)
                ais_code_append(code, &ret, &args->items[i].items[k]);
        else
            ais_code_append(code, &ret, &args->items[i]);
    return ret;
}

/* operator.methodcaller('system', TEXT) calls that member of what it is given, operator.attrgetter('system') finds it:
 * most likely of a module that has one which runs something. */
static struct ais_code_value of_a_module(struct ais_code_reader *r, const struct ais_code_value *member,
                                         const struct ais_code_value *args, bool calls)
{
    static const char *const modules[] = { "os", "subprocess", "pty" };
    for (size_t i = 0; i < N_ELEMS(modules); i++) {
        const struct ais_code_value module = ais_code_ref(modules[i], strlen(modules[i]));
        struct ais_code_value function = ais_code_member(r->code, &module, member->text, member->length);
        if (!ais_code_is_runner(&function))
            continue;
        struct ais_code_value rest = rest_of(args, 1);
        return calls ? ais_code_call(r, &function, &rest) : function;
    }
    return ais_code_unknown("", 0);
}

/* Functions whose value is a function or a module; those that call their first argument. False: it is none of them. */
static bool find_function(struct ais_code_reader *r, const char *name, size_t n, const struct ais_code_value *args,
                          struct ais_code_value *ret)
{
    const struct ais_code_value *first = args->count > 0 ? &args->items[0] : NULL;
    struct ais_code_value function;
    const char *last;
    size_t length;
    last_of(name, n, &last, &length);
    struct ais_code_value base = ais_code_ref(name, n > length ? n - length - 1 : 0);
    if (is(name, n, "globals locals vars") && first == NULL) {
        *ret = ais_code_ref("", 0);
        return true;
    }
    if (first == NULL)
        return false;
    if (is(name, n, "vars util.promisify promisify staticmethod") || (is(last, length, "bind") && base.length > 0)) {
        *ret = is(last, length, "bind") ? base : *first;
        return true;
    }
    if (is(name, n, "operator.methodcaller operator.attrgetter methodcaller attrgetter") &&
        first->kind == AIS_CODE_TEXT) {
        *ret = of_a_module(r, first, args, last[0] == 'm');
        return true;
    }
    if (is(name, n, "getattr Reflect.get") && args->count > 1) {
        *ret = member_by_value(r->code, first, &args->items[1]);
        return true;
    }
    if (is(last, length, "__getattribute__ __getattr__ method const_get __getitem__ instance_method")) {
        *ret = member_by_value(r->code, &base, first);
        strip(&ret->text, &ret->length);
        return true;
    }
    if (is(last, length, "send public_send __send__") && function_of(first, &function)) {
        struct ais_code_value rest = rest_of(args, 1);
        function = base.length > 0 ? ais_code_member(r->code, &base, function.text, function.length) : function;
        *ret = ais_code_call(r, &function, &rest);
        return true;
    }
    bool calls = is(name, n,
                    "call_user_func call_user_func_array array_map array_walk array_filter usort "
                    "register_shutdown_function functools.partial partial apply Reflect.apply");
    if (calls && function_of(first, &function)) {
        struct ais_code_value rest = rest_of(args, 1);
        rest = spread(r->code, &rest);
        ais_code_call(r, &function, &rest);
        *ret = function;
        return true;
    }
    if (is(last, length, "call apply") && ais_code_runs(base.text, base.length)) {
        bool self = first->kind != AIS_CODE_TEXT && first->kind != AIS_CODE_LIST;
        struct ais_code_value rest = rest_of(args, self ? 1 : 0);
        rest = is(last, length, "apply") ? spread(r->code, &rest) : rest;
        *ret = ais_code_call(r, &base, &rest);
        return true;
    }
    return false;
}

bool ais_code_is_runner(const struct ais_code_value *value)
{
    return value->kind == AIS_CODE_REF && memchr(value->text, '.', value->length) != NULL &&
           ais_code_runs(value->text, value->length);
}

/* A function that runs something, given to another one, is called by it: with what stands behind it among the
 * arguments, or before it where it is the last, as in sorted(x, key=f). */
static void call_arguments(struct ais_code_reader *r, const char *name, size_t n, const struct ais_code_value *args)
{
    static const char lookers[] = "print console.log repr type help dir hasattr isinstance callable id "
                                  "inspect.getsource inspect.signature functools.wraps wraps len str";
    if (is(name, n, lookers))
        return;
    for (size_t i = 0; args->items != NULL && i < args->count; i++) {
        const struct ais_code_value *arg = &args->items[i];
        if (!ais_code_is_runner(arg) || !ais_code_enter(r->code))
            continue;
        struct ais_code_value rest = rest_of(args, i + 1);
        if (i + 1 == args->count) {
            rest = *args;
            rest.count = i;
        }
        rest = spread(r->code, &rest);
        ais_code_call(r, arg, &rest);
        ais_code_leave(r->code);
        return;
    }
}

/* ---- calls ---- */

static void show_arguments(struct ais_code *code, const struct ais_code_value *args)
{
    for (size_t i = 0; i < args->count && !code->stopped; i++) {
        const struct ais_code_value *arg = &args->items[i];
        if (arg->kind == AIS_CODE_TEXT)
            ais_code_show(code, AIS_CODE_ARGS, arg->text, arg->length);
        for (size_t k = 0; arg->kind == AIS_CODE_LIST && k < arg->count; k++)
            if (arg->items[k].kind == AIS_CODE_TEXT)
                ais_code_show(code, AIS_CODE_ARGS, arg->items[k].text, arg->items[k].length);
    }
}

struct ais_code_value ais_code_call(struct ais_code_reader *r, const struct ais_code_value *callee,
                                    const struct ais_code_value *args)
{
    struct ais_code *code = r->code;
    struct ais_code_value ret = ais_code_unknown("", 0);
    const char *name = callee->text;
    size_t n = callee->length;
    bool named = callee->kind == AIS_CODE_REF;
    if (callee->kind == AIS_CODE_TEXT && (r->dialect->traits & AIS_CODE_CALLED_TEXTS) && n < AIS_CODE_NAME_LENGTH)
        named = true;
    ret.makers = args->makers;
    if (!named || n == 0)
        call_arguments(r, "", 0, args);
    if (!named || n == 0 || code->stopped || (n > 1 && name[n - 1] == '.'))
        return ret;
    compare_as(r, &name, &n);
    strip(&name, &n);
    ais_code_show_call(code, name, n);
    show_arguments(code, args);
    ais_code_note_call(r);
    ret = (struct ais_code_value){ .kind = AIS_CODE_RESULT, .text = name, .length = n };
    struct ais_code_value made;
    if (ais_code_run(r, name, n, args, &made)) {
        ais_code_note_run(r);
        if (made.kind == AIS_CODE_REF)
            return made;
    } else if (find_function(r, name, n, args, &made)) {
        return made;
    } else {
        bool decoded = ais_code_decode(code, name, n, args, &made);
        ret = decoded ? made : ret;
        if (!decoded)
            ais_code_call_defined(r, name, n, args);
        if (!decoded)
            call_arguments(r, name, n, args);
    }
    ais_code_made_by(code, &ret, callee->makers);
    ais_code_made_by(code, &ret, args->makers);
    if (ret.kind != AIS_CODE_REF)
        ais_code_made_by_name(code, &ret, name, n);
    return ret;
}
