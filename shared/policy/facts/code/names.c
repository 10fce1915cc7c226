/* What names stand for: imports, declarations, assignments. There is one scope. */
#include "shared/policy/facts/code/code.h"
#include "shared/policy/facts/words.h"

#include <string.h>

enum { TARGETS_MOST = 16 };

/* ---- the table ---- */

/* The slot of a name, or a free one. */
static struct ais_code_binding *slot_of(struct ais_code_binding *names, size_t capacity, const char *name, size_t n)
{
    size_t hash = ais_word_hash(name, n);
    for (size_t i = hash ^ hash >> 15;; i++) {
        struct ais_code_binding *slot = &names[i & (capacity - 1)];
        if (slot->name == NULL || (slot->length == n && memcmp(slot->name, name, n) == 0))
            return slot;
    }
}

const struct ais_code_value *ais_code_find(const struct ais_code *code, const char *name, size_t n)
{
    if (code->name_count == 0)
        return NULL;
    const struct ais_code_binding *slot = slot_of(code->names, code->name_capacity, name, n);
    return slot->name != NULL ? &slot->value : NULL;
}

static bool grow(struct ais_code *code)
{
    size_t capacity = code->name_capacity > 0 ? 2 * code->name_capacity : 16;
    struct ais_code_binding *names = ais_code_alloc(code, capacity * sizeof *names);
    if (names == NULL)
        return false;
    for (size_t i = 0; i < code->name_capacity; i++)
        if (code->names[i].name != NULL)
            *slot_of(names, capacity, code->names[i].name, code->names[i].length) = code->names[i];
    code->names = names;
    code->name_capacity = capacity;
    return true;
}

static bool runs(const struct ais_code_value *value)
{
    return value->kind == AIS_CODE_REF && ais_code_runs(value->text, value->length);
}

/* What runs something keeps doing so: who knows which of two assignments is made. */
void ais_code_bind(struct ais_code *code, const char *name, size_t n, const struct ais_code_value *value)
{
    bool known = value->kind != AIS_CODE_UNKNOWN || value->makers != NULL;
    bool itself = value->kind == AIS_CODE_REF && value->length == n && memcmp(value->text, name, n) == 0;
    if (n == 0 || code->stopped || (ais_code_find(code, name, n) == NULL && (!known || itself)))
        return;
    if (2 * (code->name_count + 1) > code->name_capacity && !grow(code))
        return;
    struct ais_code_binding *slot = slot_of(code->names, code->name_capacity, name, n);
    if (slot->name == NULL && code->name_count++ >= AIS_CODE_NAMES_MOST) {
        ais_code_stop(code, "more than 4096 names with a known value in code");
        return;
    }
    if (slot->name != NULL && runs(&slot->value) && !runs(value))
        return;
    *slot = (struct ais_code_binding){ name, n, *value };
    slot->value.is_named = false;
}

/* ---- dotted names ---- */

static bool is_transparent(const char *name, size_t n)
{
    return ais_shell_in("__dict__ __class__ default __func__ __wrapped__ promises", name, n);
}

/* A bare name of a module whose names are all imported. */
static struct ais_code_value starred(const struct ais_code *code, const char *name, size_t n)
{
    for (size_t i = 0; i < code->star_count; i++) {
        char whole[AIS_CODE_NAME_LENGTH];
        size_t length = strlen(code->stars[i]);
        if (length + 1 + n >= sizeof whole)
            continue;
        memcpy(whole, code->stars[i], length);
        whole[length] = '.';
        memcpy(whole + length + 1, name, n);
        const char *copy =
            ais_code_runs(whole, length + 1 + n) ? ais_arena_copy(code->view->arena, whole, length + 1 + n) : NULL;
        if (copy != NULL)
            return ais_code_ref(copy, length + 1 + n);
    }
    return ais_code_ref(name, n);
}

struct ais_code_value ais_code_member(struct ais_code *code, const struct ais_code_value *base, const char *name,
                                      size_t n)
{
    size_t length = base->length + 1 + n;
    struct ais_code_value value = ais_code_ref(name, n);
    if (length >= AIS_CODE_NAME_LENGTH)
        return ais_code_unknown(name, n < AIS_CODE_NAME_LENGTH ? n : 0);
    if (ais_shell_in("__globals__ globalThis window global __builtins__ builtins", name, n)) {
        value.length = 0;
        return value;
    }
    if (is_transparent(name, n) && (base->length > 0 || ais_shell_in("__dict__", name, n)))
        return base->length > 0 ? *base : ais_code_ref("", 0);
    if (base->length > 0) {
        char *whole = ais_code_alloc(code, length + 1);
        if (whole == NULL)
            return value;
        memcpy(whole, base->text, base->length);
        whole[base->length] = '.';
        memcpy(whole + base->length + 1, name, n);
        value = ais_code_ref(whole, length);
        value.makers = base->makers;
    }
    if (ais_code_is(&value, "sys.modules"))
        return ais_code_ref("", 0);
    const struct ais_code_value *bound = ais_code_find(code, value.text, value.length);
    if (bound == NULL && value.length > 1 && value.text[0] == '$' && base->length == 0) { /* $x[0] is of @x */
        char list[AIS_CODE_NAME_LENGTH];
        memcpy(list, value.text, value.length);
        list[0] = '@';
        bound = ais_code_find(code, list, value.length);
    }
    if (bound != NULL)
        return *bound;
    return base->length == 0 && code->star_count > 0 ? starred(code, name, n) : value;
}

/* ---- imports ---- */

static bool at_end(const struct ais_code_reader *r)
{
    return r->tokens[r->i].kind == AIS_CODE_END || r->code->stopped;
}

/* A dotted name from here on, as it stands in the text or joined; empty: there is none. */
static struct ais_code_value read_dotted(struct ais_code_reader *r)
{
    char name[AIS_CODE_NAME_LENGTH];
    size_t n = 0;
    bool whole = true;
    while (ais_code_at_name(r, r->i)) {
        size_t length = ais_code_length_at(r, r->i);
        whole = whole && n + 1 + length < sizeof name;
        if (whole && n > 0)
            name[n++] = '.';
        if (whole)
            memcpy(name + n, ais_code_text_at(r, r->i), length);
        n += whole ? length : 0;
        r->i++;
        if (!ais_code_at_sign(r, r->i, ".") && !ais_code_at_sign(r, r->i, "->") && !ais_code_at_sign(r, r->i, "::"))
            break;
        if (!ais_code_at_name(r, r->i + 1))
            break;
        r->i++;
    }
    const char *copy = whole && n > 0 ? ais_arena_copy(r->code->view->arena, name, n) : NULL;
    return ais_code_ref(copy != NULL ? copy : "", copy != NULL ? n : 0);
}

static void import_name(struct ais_code_reader *r, const struct ais_code_value *module)
{
    const char *name = ais_code_text_at(r, r->i), *local = name;
    size_t n = ais_code_length_at(r, r->i), local_length = n;
    const struct ais_code_value base = *module;
    r->i++;
    bool renamed = ais_code_at_word(r, r->i, "as") || ais_code_at_sign(r, r->i, ":");
    if (renamed && ais_code_at_name(r, r->i + 1)) {
        local = ais_code_text_at(r, r->i + 1);
        local_length = ais_code_length_at(r, r->i + 1);
        r->i += 2;
    }
    struct ais_code_value value = ais_code_ref(name, n);
    if (base.length > 0 && base.length + 1 + n < AIS_CODE_NAME_LENGTH) {
        char *whole = ais_code_alloc(r->code, base.length + n + 2);
        if (whole == NULL)
            return;
        memcpy(whole, base.text, base.length);
        whole[base.length] = '.';
        memcpy(whole + base.length + 1, name, n);
        value = ais_shell_in("default", name, n) ? base : ais_code_ref(whole, base.length + n + 1);
    }
    ais_code_bind(r->code, local, local_length, &value);
}

/* from a.b import c as d, e; from os import * */
static void read_from(struct ais_code_reader *r)
{
    r->i++;
    while (ais_code_at_sign(r, r->i, ".") || ais_code_at_sign(r, r->i, "...") || ais_code_at_sign(r, r->i, ".."))
        r->i++;
    struct ais_code_value module = read_dotted(r);
    if (!ais_code_at_word(r, r->i, "import"))
        return;
    r->i++;
    if (ais_code_at_sign(r, r->i, "*") && module.length > 0 && r->code->star_count < AIS_CODE_STARS)
        r->code->stars[r->code->star_count++] = module.text;
    bool group = ais_code_at_sign(r, r->i, "(");
    for (r->i += group; !at_end(r) && ais_code_at_name(r, r->i);) {
        import_name(r, &module);
        if (!ais_code_at_sign(r, r->i, ","))
            break;
        r->i++;
    }
    r->i += group && ais_code_at_sign(r, r->i, ")");
}

static struct ais_code_value module_of(struct ais_code *code, const struct ais_code_value *name)
{
    const struct ais_code_value none = ais_code_ref("", 0);
    const struct ais_code_value import = ais_code_ref("require", strlen("require"));
    struct ais_code_value args = { .kind = AIS_CODE_LIST }, ret = none;
    ais_code_append(code, &args, name);
    return ais_code_decode(code, import.text, import.length, &args, &ret) ? ret : none;
}

/* import x, { a as b } from 'm'; import * as x from 'm': i stands behind `import`. False: it is none of these. */
static bool read_module_import(struct ais_code_reader *r)
{
    size_t i = r->i, begin = r->i;
    for (size_t k = 0; k < 256 && r->tokens[i].kind != AIS_CODE_STRING; k++, i++) {
        bool part = ais_code_at_name(r, i) || ais_code_at_sign(r, i, ",") || ais_code_at_sign(r, i, "{") ||
                    ais_code_at_sign(r, i, "}") || ais_code_at_sign(r, i, "*");
        if (!part)
            return false;
    }
    if (r->tokens[i].kind != AIS_CODE_STRING || (i > begin && !ais_code_at_word(r, i - 1, "from")))
        return false;
    struct ais_code_value name = ais_code_literal(r, &r->tokens[i]), module = module_of(r->code, &name);
    for (; r->i < i && !r->code->stopped;) {
        const struct ais_code_value none = ais_code_ref("", 0);
        bool whole = ais_code_at_sign(r, r->i, "*") && ais_code_at_word(r, r->i + 1, "as");
        if (whole && ais_code_at_name(r, r->i + 2)) {
            ais_code_bind(r->code, ais_code_text_at(r, r->i + 2), ais_code_length_at(r, r->i + 2), &module);
            r->i += 3;
        } else if (ais_code_at_sign(r, r->i, "{")) {
            for (r->i++; r->i < i && !ais_code_at_sign(r, r->i, "}");)
                if (ais_code_at_name(r, r->i))
                    import_name(r, &module);
                else
                    r->i++;
        } else if (ais_code_at_name(r, r->i) && !ais_code_at_word(r, r->i, "from") && none.length == 0) {
            ais_code_bind(r->code, ais_code_text_at(r, r->i), ais_code_length_at(r, r->i), &module);
            r->i++;
        } else {
            r->i++;
        }
    }
    r->i = i + 1;
    return true;
}

/* import a.b as c, d */
static bool read_import(struct ais_code_reader *r)
{
    if (ais_code_at_sign(r, r->i + 1, "("))
        return false;
    r->i++;
    if (read_module_import(r))
        return true;
    while (!at_end(r) && ais_code_at_name(r, r->i) && !r->tokens[r->i].newline) {
        struct ais_code_value module = read_dotted(r);
        if (ais_code_at_word(r, r->i, "as") && ais_code_at_name(r, r->i + 1)) {
            ais_code_bind(r->code, ais_code_text_at(r, r->i + 1), ais_code_length_at(r, r->i + 1), &module);
            r->i += 2;
        } else {
            ais_code_bind(r->code, module.text, module.length, &module);
        }
        if (!ais_code_at_sign(r, r->i, ","))
            break;
        r->i++;
    }
    return true;
}

/* ---- assignments ---- */

static struct ais_code_value read_value(struct ais_code_reader *r)
{
    struct ais_code_value value = ais_code_unknown("", 0);
    if (!ais_code_enter(r->code))
        return value;
    if (!ais_code_names(r, &value))
        value = ais_code_expression(r);
    ais_code_leave(r->code);
    return value;
}

/* { a, b: c } = x, [a, b] = x, ($a, $b) = x: i stands at the bracket. False: it is none of these. */
static bool read_pattern(struct ais_code_reader *r, struct ais_code_value *ret)
{
    bool braces = ais_code_at_sign(r, r->i, "{");
    const char *close = braces ? "}" : ais_code_at_sign(r, r->i, "[") ? "]" : ")";
    size_t end = r->i + 1, begin = r->i + 1, index = 0;
    if (!braces && !ais_code_at_sign(r, r->i, "[") && !ais_code_at_sign(r, r->i, "("))
        return false;
    for (size_t k = 0; k < 4 * TARGETS_MOST && !ais_code_at_sign(r, end, close); k++, end++)
        if (!ais_code_at_name(r, end) && !ais_code_at_sign(r, end, ",") && !ais_code_at_sign(r, end, ":"))
            return false;
    if (!ais_code_at_sign(r, end, close) || !ais_code_at_sign(r, end + 1, "="))
        return false;
    r->i = end + 2;
    *ret = read_value(r);
    size_t after = r->i;
    for (r->i = begin; r->i < end && !r->code->stopped;) {
        if (!ais_code_at_name(r, r->i)) {
            r->i++;
        } else if (braces) {
            const struct ais_code_value none = ais_code_unknown("", 0);
            if (ret->kind == AIS_CODE_REF)
                import_name(r, ret);
            else
                ais_code_bind(r->code, ais_code_text_at(r, r->i), ais_code_length_at(r, r->i), &none), r->i++;
        } else {
            if (ret->kind == AIS_CODE_LIST && index < ret->count)
                ais_code_bind(r->code, ais_code_text_at(r, r->i), ais_code_length_at(r, r->i), &ret->items[index]);
            index++;
            r->i++;
        }
    }
    r->i = after;
    return true;
}

/* a, b = x, y */
static bool read_several(struct ais_code_reader *r, struct ais_code_value *ret)
{
    size_t targets[TARGETS_MOST], count = 0, i = r->i;
    struct ais_code_value values = { .kind = AIS_CODE_LIST };
    if (r->brackets > 0 || i < r->not_several || !ais_code_at_sign(r, i + 1, ","))
        return false;
    for (; count < TARGETS_MOST && ais_code_at_name(r, i); i += 2) {
        targets[count++] = i;
        if (!ais_code_at_sign(r, i + 1, ","))
            break;
    }
    if (count < 2 || !ais_code_at_name(r, i) || !ais_code_at_sign(r, i + 1, "=")) {
        r->not_several = i;
        return false;
    }
    r->i = i + 2;
    for (size_t k = 0; k < count && !at_end(r); k++) {
        struct ais_code_value value = read_value(r);
        ais_code_append(r->code, &values, &value);
        if (!ais_code_at_sign(r, r->i, ","))
            break;
        r->i++;
    }
    if (values.count == 1 && values.items[0].kind == AIS_CODE_LIST)
        values = values.items[0];
    for (size_t k = 0; k < count && k < values.count; k++)
        ais_code_bind(r->code, ais_code_text_at(r, targets[k]), ais_code_length_at(r, targets[k]), &values.items[k]);
    *ret = values;
    return true;
}

/* name = value, name: type = value, name += value. Nothing is read when it is none. */
static bool read_assignment(struct ais_code_reader *r, struct ais_code_value *ret)
{
    size_t i = r->i;
    while (ais_code_at_name(r, i) && ais_code_at_name(r, i + 2) &&
           (ais_code_at_sign(r, i + 1, ".") || ais_code_at_sign(r, i + 1, "->") || ais_code_at_sign(r, i + 1, "::")))
        i += 2;
    size_t sign = i + 1;
    if (ais_code_at_sign(r, sign, ":") && ais_code_at_name(r, sign + 1) && ais_code_at_sign(r, sign + 2, "="))
        sign += 2;
    unsigned bits = r->tokens[sign].kind == AIS_CODE_SIGN ? r->tokens[sign].bits : 0U;
    if ((bits & AIS_CODE_ASSIGNS) == 0)
        return false;
    bool sets = ais_code_at_sign(r, sign, "=") || ais_code_at_sign(r, sign, ":=") || (bits & AIS_CODE_DEFAULTS) != 0;
    struct ais_code_value target = read_dotted(r);
    r->i = sign + 1;
    bool defines = ais_code_define_value(r, &target);
    struct ais_code_value value = read_value(r);
    if (defines)
        value = target;
    const struct ais_code_value *old = ais_code_find(r->code, target.text, target.length);
    if ((bits & AIS_CODE_ADDS) != 0 && old != NULL && (old->kind == AIS_CODE_TEXT || value.kind == AIS_CODE_TEXT))
        value = ais_code_join(r->code, old, &value);
    else if (!sets)
        value = ais_code_unknown("", 0);
    if ((bits & AIS_CODE_DEFAULTS) == 0 || old == NULL)
        ais_code_bind(r->code, target.text, target.length, &value);
    *ret = value;
    ret->is_named = r->brackets > 0;
    return true;
}

bool ais_code_names(struct ais_code_reader *r, struct ais_code_value *ret)
{
    *ret = ais_code_unknown("", 0);
    while (ais_code_at_name(r, r->i) && (r->tokens[r->i].bits & AIS_CODE_DECLARES) != 0 &&
           r->tokens[r->i + 1].kind != AIS_CODE_END && !ais_code_at_sign(r, r->i + 1, "=") &&
           !ais_code_at_sign(r, r->i + 1, "."))
        r->i++;
    if (!ais_code_at_name(r, r->i))
        return read_pattern(r, ret);
    bool imports = (r->tokens[r->i].bits & AIS_CODE_IMPORTS) != 0;
    if (imports && ais_code_at_word(r, r->i, "import"))
        return read_import(r);
    if (imports && ais_code_at_word(r, r->i, "from") &&
        (ais_code_at_name(r, r->i + 1) || ais_code_at_sign(r, r->i + 1, "."))) {
        read_from(r);
        return true;
    }
    return read_several(r, ret) || read_assignment(r, ret);
}
