/* Methods of texts, lists and numbers, and formats. What a function of another language does as well is asked of it. */
#include "shared/policy/facts/code/code.h"
#include "shared/text/ascii.h"

static const struct ais_code_value *text_of(const struct ais_code_value *args, size_t i)
{
    return i < args->count && args->items[i].kind == AIS_CODE_TEXT ? &args->items[i] : NULL;
}

static bool made(struct ais_code_value *ret, const char *text, size_t n)
{
    *ret = ais_code_text(text, n);
    return true;
}

static bool by_name(struct ais_code *code, const char *name, const struct ais_code_value *args,
                    struct ais_code_value *ret)
{
    return ais_code_decode(code, name, strlen(name), args, ret);
}

static bool join(struct ais_code *code, const struct ais_code_value *between, const struct ais_code_value *list,
                 struct ais_code_value *ret)
{
    struct ais_code_value args = { .kind = AIS_CODE_LIST };
    ais_code_append(code, &args, between);
    ais_code_append(code, &args, list);
    return by_name(code, "implode", &args, ret);
}

static bool replace(struct ais_code *code, const struct ais_code_value *self, const struct ais_code_value *args,
                    struct ais_code_value *ret)
{
    struct ais_code_value all = { .kind = AIS_CODE_LIST };
    for (size_t i = 0; i < 2 && i < args->count; i++)
        ais_code_append(code, &all, &args->items[i]);
    ais_code_append(code, &all, self);
    return by_name(code, "str_replace", &all, ret);
}

static bool split(struct ais_code *code, const struct ais_code_value *self, const struct ais_code_value *args,
                  struct ais_code_value *ret)
{
    const struct ais_code_value *by = text_of(args, 0);
    *ret = (struct ais_code_value){ .kind = AIS_CODE_LIST };
    if (args->count > 0 && by == NULL)
        return false;
    for (size_t i = 0; i < self->length;) {
        size_t begin = i, skip = by != NULL ? by->length : 1;
        if (by == NULL) {
            while (i < self->length && !ais_is_blank(self->text[i]))
                i++;
        } else if (by->length == 0) {
            i++;
            skip = 0;
        } else {
            const char *at = memmem(self->text + i, self->length - i, by->text, by->length);
            i = at != NULL ? (size_t)(at - self->text) : self->length;
        }
        const struct ais_code_value piece = ais_code_text(self->text + begin, i - begin);
        if (i > begin || by != NULL)
            ais_code_append(code, ret, &piece);
        i += skip;
    }
    return true;
}

static bool reverse_list(struct ais_code *code, const struct ais_code_value *self, struct ais_code_value *ret)
{
    *ret = (struct ais_code_value){ .kind = AIS_CODE_LIST };
    if (ais_code_make(code, self->count * sizeof *self->items) == NULL)
        return false;
    for (size_t i = self->count; i > 0; i--)
        ais_code_append(code, ret, &self->items[i - 1]);
    return true;
}

static bool method_of_list(struct ais_code *code, const struct ais_code_value *self, const char *name, size_t n,
                           const struct ais_code_value *args, struct ais_code_value *ret)
{
    const struct ais_code_value none = ais_code_text("", 0), *text = text_of(args, 0);
    if (ais_shell_in("join", name, n))
        return join(code, text != NULL ? text : &none, self, ret);
    if (ais_shell_in("reverse", name, n))
        return reverse_list(code, self, ret);
    if (ais_shell_in("pack", name, n) && text != NULL && text->length > 0) {
        if (ais_shell_one_of("cCU", text->text[0])) {
            struct ais_code_value numbers = { .kind = AIS_CODE_LIST };
            ais_code_append(code, &numbers, self);
            return by_name(code, "chr", &numbers, ret);
        }
        return ais_lower(text->text[0]) == 'h' && by_name(code, "hex2bin", self, ret);
    }
    for (size_t i = 0; i < args->count && ais_shell_in("map", name, n); i++) {
        struct ais_code_value both = { .kind = AIS_CODE_LIST };
        ais_code_append(code, &both, &args->items[i]);
        ais_code_append(code, &both, self);
        if (by_name(code, "map", &both, ret))
            return true;
    }
    return false;
}

/* The text whatever the case; of numbers, their character. */
static bool method_of_number(struct ais_code *code, const struct ais_code_value *self, const char *name, size_t n,
                             struct ais_code_value *ret)
{
    struct ais_code_value numbers = { .kind = AIS_CODE_LIST };
    ais_code_append(code, &numbers, self);
    return ais_shell_in("chr", name, n) && by_name(code, "chr", &numbers, ret);
}

static bool to_case(struct ais_code *code, const struct ais_code_value *self, bool lower, struct ais_code_value *ret)
{
    char *out = ais_code_make(code, self->length);
    for (size_t i = 0; out != NULL && i < self->length; i++) {
        char small = ais_lower(self->text[i]);
        out[i] = small;
        if (!lower && small >= 'a' && small <= 'z')
            out[i] = (char)(small - 'a' + 'A');
    }
    return out != NULL && made(ret, out, self->length);
}

/* text[i], text[a:b] */
static bool part_of(const struct ais_code_value *self, const struct ais_code_value *args, struct ais_code_value *ret)
{
    long size = (long)self->length, first, last;
    if (args->count == 0 || args->items[0].kind != AIS_CODE_INTEGER)
        return false;
    first = args->items[0].number;
    last = args->count > 1 && args->items[1].kind == AIS_CODE_INTEGER ? args->items[1].number : first + 1;
    if (first < 0 || last > size || last < first)
        return false;
    return made(ret, self->text + first, (size_t)(last - first));
}

bool ais_code_method(struct ais_code *code, const struct ais_code_value *self, const char *name, size_t n,
                     const struct ais_code_value *args, struct ais_code_value *ret)
{
    struct ais_code_value own = { .kind = AIS_CODE_LIST };
    const struct ais_code_value *text = text_of(args, 0);
    if (self->kind == AIS_CODE_LIST)
        return method_of_list(code, self, name, n, args, ret);
    if (self->kind == AIS_CODE_INTEGER)
        return method_of_number(code, self, name, n, ret);
    if (self->kind != AIS_CODE_TEXT)
        return false;
    ais_code_append(code, &own, self);
    if (ais_shell_in("join", name, n) && args->count > 0 && args->items[0].kind == AIS_CODE_LIST)
        return join(code, self, &args->items[0], ret);
    if (ais_shell_in("reverse", name, n))
        return by_name(code, "strrev", &own, ret);
    if (ais_shell_in("replace replaceAll gsub sub", name, n))
        return replace(code, self, args, ret);
    if (ais_shell_in("split", name, n))
        return split(code, self, args, ret);
    if (ais_shell_in("lower toLowerCase downcase upper toUpperCase upcase", name, n))
        return to_case(code, self, ais_lower(name[0]) == 'l' || name[0] == 'd' || (n > 3 && name[2] == 'L'), ret);
    if (ais_shell_in("concat", name, n) && text != NULL) {
        *ret = ais_code_join(code, self, text);
        return true;
    }
    if (ais_shell_in("format", name, n)) {
        *ret = ais_code_format(code, self, args);
        return true;
    }
    if (ais_shell_in("unpack unpack1", name, n) && text != NULL && text->length > 0)
        return ais_lower(text->text[0]) == 'm' ? by_name(code, "base64_decode", &own, ret) : false;
    if (ais_shell_in("[]", name, n))
        return part_of(self, args, ret);
    if (ais_shell_in("decode", name, n)) {
        if (text != NULL)
            ais_code_append(code, &own, text);
        return by_name(code, "Buffer.from", &own, ret);
    }
    return ais_shell_in("encode toString strip trim lstrip rstrip chomp to_s to_sym freeze intern valueOf dup", name,
                        n) &&
           made(ret, self->text, self->length);
}

/* ---- formats ---- */

/* Puts the values in the place of %s and {}, in order. */
struct ais_code_value ais_code_format(struct ais_code *code, const struct ais_code_value *form,
                                      const struct ais_code_value *values)
{
    struct ais_code_value all = ais_code_text("", 0), one = { .kind = AIS_CODE_LIST };
    size_t used = 0, begin = 0;
    if (values->kind != AIS_CODE_LIST) {
        ais_code_append(code, &one, values);
        values = &one;
    }
    for (size_t i = 0; i + 1 < form->length && used < values->count && !code->stopped; i++) {
        bool percent_sign = form->text[i] == '%' && ais_shell_one_of("srdcx", form->text[i + 1]);
        bool braces = form->text[i] == '{' && form->text[i + 1] == '}';
        bool numbered =
            form->text[i] == '{' && i + 2 < form->length && form->text[i + 2] == '}' && ais_is_digit(form->text[i + 1]);
        if (!percent_sign && !braces && !numbered)
            continue;
        size_t which = numbered ? (size_t)(form->text[i + 1] - '0') : used;
        const struct ais_code_value before = ais_code_text(form->text + begin, i - begin);
        all = ais_code_join(code, &all, &before);
        if (which < values->count)
            all = ais_code_join(code, &all, &values->items[which]);
        used++;
        begin = i + 2 + numbered;
        i = begin - 1;
    }
    const struct ais_code_value rest = ais_code_text(form->text + begin, form->length - begin);
    all = ais_code_join(code, &all, &rest);
    ais_code_made_by(code, &all, form->makers);
    return all;
}
