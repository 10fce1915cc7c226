/* Variables: what the text assigned, what every shell has, and the operators within ${ }. */
#include "shared/policy/facts/shell/shell.h"

#include <string.h>

enum { LOOKED_AT = 8 }; /* bytes of a use that cost as much to look through as one to make */

/* Variables that have much the same value everywhere. Those that stand for a place are better left as they are written
 * (`$HOME/.ssh`) unless a piece is cut out of them (`${HOME:0:1}` is a slash). */
static const struct common {
    const char *name, *value;
    bool in_part; /* only where a piece is cut out */
} commons[] = {
    {"IFS",        " \t\n",                                                        false},
    { "SHELL",     "/bin/bash",                                                    false},
    { "BASH",      "/bin/bash",                                                    false},
    { "0",         "bash",                                                         false},
    { "PATH",      "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin", true },
    { "HOME",      "/root",                                                        true },
    { "PWD",       "/root",                                                        true },
    { "OLDPWD",    "/root",                                                        true },
    { "OSTYPE",    "linux-gnu",                                                    true },
    { "HOSTTYPE",  "x86_64",                                                       true },
    { "MACHTYPE",  "x86_64-pc-linux-gnu",                                          true },
    { "LS_COLORS", "rs=0:di=01;34:ln=01;36:mh=00:pi=40;33",                        true },
};

/* ---- the table ---- */

/* The slot of a name, or the free one where it would stand. At most half of them are in use. */
static struct ais_shell_variable *locate(const struct ais_shell *shell, const char *name, size_t n)
{
    size_t i = ais_word_hash(name, n) % AIS_SHELL_VARIABLES;
    while (shell->variables[i].name != NULL &&
           (shell->variables[i].name_length != n || memcmp(shell->variables[i].name, name, n) != 0))
        i = (i + 1) % AIS_SHELL_VARIABLES;
    return &shell->variables[i];
}

const struct ais_shell_variable *ais_shell_find(const struct ais_shell *shell, const char *name, size_t n)
{
    if (shell->variables == NULL)
        return NULL;
    const struct ais_shell_variable *found = locate(shell, name, n);
    return found->name != NULL ? found : NULL;
}

struct ais_shell_variable *ais_shell_slot(struct ais_shell *shell, const char *name, size_t n)
{
    if (shell->variables == NULL)
        shell->variables = ais_shell_alloc(shell, AIS_SHELL_VARIABLES * sizeof *shell->variables);
    if (shell->variables == NULL)
        return NULL;
    struct ais_shell_variable *slot = locate(shell, name, n);
    if (slot->name == NULL) {
        if (shell->variable_count >= AIS_SHELL_VARIABLES / 2) {
            ais_shell_stop(shell, "more than 256 shell variables and functions");
            return NULL;
        }
        shell->variable_count++;
        slot->name = name;
        slot->name_length = n;
    }
    return slot;
}

void ais_shell_assign(struct ais_shell *shell, const char *name, size_t n, const struct ais_shell_word *value,
                      bool appends)
{
    struct ais_shell_variable *slot = ais_shell_slot(shell, name, n);
    if (slot == NULL)
        return;
    struct ais_shell_word word = value != NULL ? *value : ais_shell_word_of("", 0);
    if (appends && slot->is_set && slot->values.count == 1 && value != NULL) {
        struct ais_shell_bytes bytes = { 0 };
        ais_shell_push(shell, &bytes, slot->values.items[0].text, slot->values.items[0].length);
        ais_shell_push(shell, &bytes, word.text, word.length);
        word.text = bytes.data != NULL ? bytes.data : "";
        word.length = bytes.length;
        word.from = word.from != NULL ? word.from : slot->values.items[0].from;
        word.literal = word.literal && slot->values.items[0].literal;
    }
    slot->is_set = value != NULL;
    slot->is_list = false;
    slot->values = (struct ais_shell_words){ 0 };
    ais_shell_add_word(shell, &slot->values, word);
}

void ais_shell_assign_word(struct ais_shell *shell, const struct ais_shell_word *word)
{
    size_t n = 0;
    while (n < word->length && ais_shell_is_name(word->text[n], n == 0))
        n++;
    if (n == 0 || n >= word->length || word->text[n] != '=')
        return;
    struct ais_shell_word value = *word;
    value.text += n + 1;
    value.length -= n + 1;
    ais_shell_assign(shell, word->text, n, &value, false);
    ais_shell_name_command(shell, word->text, n, &value);
}

/* ---- values ---- */

static enum ais_shell_known positional(struct ais_shell *shell, const char *name, size_t n, struct ais_shell_words *ret,
                                       bool *ret_is_list)
{
    const struct ais_shell_words *words = shell->positional;
    size_t first = 0;
    bool all = name[0] == '@' || name[0] == '*';
    if (words == NULL)
        return AIS_SHELL_UNSET;
    for (size_t i = 0; i < n && !all && first < words->count; i++)
        first = first * 10 + (size_t)(name[i] - '0');
    *ret_is_list = name[0] == '@';
    for (size_t i = all ? 1 : first; i < words->count && (all || i == first); i++)
        ais_shell_add_word(shell, ret, words->items[i]);
    return ret->count > 0 ? AIS_SHELL_KNOWN : AIS_SHELL_UNSET;
}

static bool is_positional(const char *name, size_t n)
{
    bool digits = n > 0 && n < 6;
    for (size_t i = 0; i < n; i++)
        digits = digits && name[i] >= '0' && name[i] <= '9';
    return digits || (n == 1 && (name[0] == '@' || name[0] == '*'));
}

static enum ais_shell_known common(struct ais_shell *shell, const char *name, size_t n, bool part,
                                   struct ais_shell_words *ret)
{
    for (size_t i = 0; i < N_ELEMS(commons); i++) {
        const struct common *row = &commons[i];
        if (strlen(row->name) != n || memcmp(row->name, name, n) != 0)
            continue;
        if (row->in_part && !part)
            return AIS_SHELL_UNKNOWN;
        ais_shell_add_word(shell, ret, ais_shell_word_of(row->value, strlen(row->value)));
        return AIS_SHELL_KNOWN;
    }
    return n == 1 && ais_shell_one_of("#?$!-", name[0]) ? AIS_SHELL_UNKNOWN : AIS_SHELL_UNSET;
}

enum ais_shell_known ais_shell_value(struct ais_shell *shell, const char *name, size_t n, bool part,
                                     struct ais_shell_words *ret, bool *ret_is_list)
{
    *ret_is_list = false;
    if (is_positional(name, n) && positional(shell, name, n, ret, ret_is_list) == AIS_SHELL_KNOWN)
        return AIS_SHELL_KNOWN;
    const struct ais_shell_variable *variable = ais_shell_find(shell, name, n);
    if (variable == NULL || variable->values.count == 0)
        return common(shell, name, n, part, ret);
    *ret_is_list = variable->is_list;
    for (size_t i = 0; i < variable->values.count && (i == 0 || variable->is_list); i++)
        ais_shell_add_word(shell, ret, variable->values.items[i]);
    return variable->is_set ? AIS_SHELL_KNOWN : AIS_SHELL_UNKNOWN;
}

/* ---- operators ---- */

struct use {
    const char *name;
    size_t name_length;
    const char *index; /* between brackets; NULL: none */
    size_t index_length;
    const char *op; /* what follows, with its operand */
    size_t op_length;
    bool expanded; /* the operand: what it substitutes has run */
};

static struct use read_use(const char *text, size_t n)
{
    struct use use = { .name = text };
    size_t i = 0;
    if (n > 0 && !ais_shell_is_name(text[0], true))
        for (i = 1; i < n && text[0] >= '0' && text[0] <= '9' && text[i] >= '0' && text[i] <= '9'; i++)
            ;
    else
        while (i < n && ais_shell_is_name(text[i], i == 0))
            i++;
    use.name_length = i;
    size_t end = i < n && text[i] == '[' ? ais_shell_seek_bracket(text, n, i + 1, true) : n;
    if (end < n) {
        use.index = text + i + 1;
        use.index_length = end - i - 1;
        i = end + 1;
    }
    use.op = text + i;
    use.op_length = n - i;
    return use;
}

/* The values of NAME[INDEX]. */
static enum ais_shell_known indexed(struct ais_shell *shell, const struct use *use, struct ais_shell_words *ret,
                                    bool *ret_is_list)
{
    const struct ais_shell_variable *variable = ais_shell_find(shell, use->name, use->name_length);
    bool all = use->index_length == 1 && (use->index[0] == '@' || use->index[0] == '*');
    size_t number = 0;
    if (variable == NULL || variable->values.count == 0)
        return AIS_SHELL_UNSET;
    for (size_t i = 0; i < use->index_length && !all; i++) {
        if (use->index[i] < '0' || use->index[i] > '9' || i > 5)
            return AIS_SHELL_UNKNOWN;
        number = number * 10 + (size_t)(use->index[i] - '0');
    }
    *ret_is_list = all && use->index[0] == '@';
    for (size_t i = all ? 0 : number; i < variable->values.count && (all || i == number); i++)
        ais_shell_add_word(shell, ret, variable->values.items[i]);
    return variable->is_set ? AIS_SHELL_KNOWN : AIS_SHELL_UNKNOWN;
}

/* A whole number, perhaps in $(( )) or parentheses and with blanks; false: something else. */
static bool read_number(const char *text, size_t n, long *ret)
{
    bool negative = false, digits = false;
    *ret = 0;
    for (size_t i = 0; i < n; i++) {
        if (text[i] >= '0' && text[i] <= '9' && *ret < 1000000) {
            *ret = *ret * 10 + (text[i] - '0');
            digits = true;
        } else if (text[i] == '-' && !digits) {
            negative = true;
        } else if (!ais_shell_one_of(" ()$", text[i])) {
            return false;
        }
    }
    *ret = negative ? -*ret : *ret;
    return digits;
}

/* ${x:OFFSET:LENGTH} of one value. */
static bool cut(const char *op, size_t n, struct ais_shell_word *value)
{
    const char *colon = memchr(op + 1, ':', n - 1);
    size_t first = colon != NULL ? (size_t)(colon - op) - 1 : n - 1;
    long offset = 0, length, size = (long)value->length;
    if (first > 0 && !read_number(op + 1, first, &offset))
        return false;
    offset = offset < 0 ? (offset + size > 0 ? offset + size : 0) : offset < size ? offset : size;
    length = size - offset;
    if (colon != NULL) {
        long given;
        if (!read_number(colon + 1, n - first - 2, &given))
            return false;
        if (given < 0)
            given = length + given > 0 ? length + given : 0;
        length = given < length ? given : length;
    }
    value->text += offset;
    value->length = (size_t)length;
    return true;
}

/* ${x#p}, ${x##p}, ${x%p}, ${x%%p}: without what matches at the begin or the end. */
static void strip(struct ais_shell *shell, const char *op, size_t n, struct ais_shell_word *value)
{
    bool longest = n > 1 && op[1] == op[0], at_end = op[0] == '%';
    struct ais_shell_word pattern = ais_shell_expand_one(shell, op + 1 + longest, n - 1 - longest);
    size_t size = value->length;
    for (size_t k = 0; k <= size; k++) {
        size_t length = longest ? size - k : k; /* of what goes */
        size_t begin = at_end ? size - length : 0;
        if (!ais_shell_make(shell, 4 * length + pattern.length))
            return;
        if (ais_shell_matches(pattern.text, pattern.length, value->text + begin, length)) {
            value->text += at_end ? 0 : length;
            value->length -= length;
            return;
        }
    }
}

/* The longest match of a pattern at text; -1: none. */
static long match_at(struct ais_shell *shell, const struct ais_shell_word *pattern, const char *text, size_t n)
{
    bool plain = true;
    for (size_t i = 0; i < pattern->length; i++)
        plain = plain && !ais_shell_is_wildcard(pattern->text[i]);
    if (plain)
        return pattern->length <= n && memcmp(pattern->text, text, pattern->length) == 0 ? (long)pattern->length : -1;
    for (size_t length = n + 1; length-- > 0 && ais_shell_make(shell, length + pattern->length);)
        if (ais_shell_matches(pattern->text, pattern->length, text, length))
            return (long)length;
    return -1;
}

/* ${x/p/r} and ${x//p/r}. */
static void replace(struct ais_shell *shell, const char *op, size_t n, struct ais_shell_word *value)
{
    bool all = n > 1 && op[1] == '/', at_begin = n > 1 && op[1] == '#';
    size_t begin = all || at_begin ? 2 : 1, slash = ais_shell_seek(op, n, begin, "/");
    struct ais_shell_word pattern = ais_shell_expand_one(shell, op + begin, slash - begin);
    struct ais_shell_word with =
        slash < n ? ais_shell_expand_one(shell, op + slash + 1, n - slash - 1) : ais_shell_word_of("", 0);
    struct ais_shell_bytes bytes = { 0 };
    bool done = pattern.length == 0;
    for (size_t i = 0; i < value->length && !shell->stopped;) {
        long length = done ? -1 : match_at(shell, &pattern, value->text + i, value->length - i);
        if (length > 0)
            ais_shell_push(shell, &bytes, with.text, with.length);
        else
            ais_shell_push(shell, &bytes, value->text + i, 1);
        done = done || at_begin || (length > 0 && !all);
        i += length > 0 ? (size_t)length : 1;
    }
    value->text = bytes.data != NULL ? bytes.data : "";
    value->length = bytes.length;
}

/* ${x^^}, ${x,,}, ${x^}, ${x,}. */
static void change_case(struct ais_shell *shell, const char *op, size_t n, struct ais_shell_word *value)
{
    struct ais_shell_bytes bytes = { 0 };
    ais_shell_push(shell, &bytes, value->text, value->length);
    size_t most = n > 1 && op[1] == op[0] ? bytes.length : bytes.length > 0;
    for (size_t i = 0; i < most; i++) {
        char c = bytes.data[i];
        bool letter = op[0] == '^' ? c >= 'a' && c <= 'z' : c >= 'A' && c <= 'Z';
        bytes.data[i] = (char)(letter ? c ^ 0x20 : c);
    }
    value->text = bytes.length > 0 ? bytes.data : "";
    value->length = bytes.length;
}

/* Applies an operator to one value; false: what comes out is not known. */
static bool apply(struct ais_shell *shell, const char *op, size_t n, struct ais_shell_word *value)
{
    switch (op[0]) {
    case ':': return cut(op, n, value);
    case '#':
    case '%': strip(shell, op, n, value); return true;
    case '/': replace(shell, op, n, value); return true;
    case '^':
    case ',': change_case(shell, op, n, value); return true;
    case '@':
        if (n == 2 && op[1] == 'P') /* a prompt */
            ais_shell_substitute(shell, value->text, value->length, false);
        return true;
    default: return false;
    }
}

/* Whether op is one of `:-`, `-`, `:=`, `=`, `:+`, `+`, `:?`, `?`; its operand begins at *ret. */
static char default_op(const char *op, size_t n, size_t *ret)
{
    size_t i = n > 1 && op[0] == ':' ? 1 : 0;
    *ret = i + 1;
    char c = ais_shell_at(op, n, i);
    if (ais_shell_one_of("-=+?", c))
        return c;
    return '\0';
}

static enum ais_shell_known with_default(struct ais_shell *shell, struct use *use, char kind, size_t operand,
                                         enum ais_shell_known known, struct ais_shell_words *ret)
{
    if (kind == '?' || (kind == '+') == (known == AIS_SHELL_UNSET) || (kind != '+' && known == AIS_SHELL_UNKNOWN))
        return known;
    bool empty = known == AIS_SHELL_KNOWN && ret->count == 1 && ret->items[0].length == 0 && use->op[0] == ':';
    if (kind != '+' && known == AIS_SHELL_KNOWN && !empty)
        return known;
    ret->count = 0;
    use->expanded = true;
    struct ais_shell_word word = ais_shell_expand_one(shell, use->op + operand, use->op_length - operand);
    ais_shell_add_word(shell, ret, word);
    if (kind == '=')
        ais_shell_assign(shell, use->name, use->name_length, &word, false);
    return AIS_SHELL_KNOWN;
}

/* The values of a use, its operator applied. prefix: what stands before the name. */
static enum ais_shell_known resolve(struct ais_shell *shell, struct use *use, char prefix, struct ais_shell_words *ret,
                                    bool *ret_is_list)
{
    size_t operand;
    char kind = default_op(use->op, use->op_length, &operand);
    bool part = use->op_length > 0 && kind == '\0';
    enum ais_shell_known known = use->index != NULL
                                     ? indexed(shell, use, ret, ret_is_list)
                                     : ais_shell_value(shell, use->name, use->name_length, part, ret, ret_is_list);
    if (prefix == '#' || use->name_length == 0)
        return AIS_SHELL_UNKNOWN;
    if (prefix == '!') {
        if (known != AIS_SHELL_KNOWN || ret->count != 1)
            return AIS_SHELL_UNKNOWN;
        struct ais_shell_word name = ret->items[0];
        ret->count = 0;
        known = ais_shell_value(shell, name.text, name.length, part, ret, ret_is_list);
    }
    if (kind != '\0')
        return with_default(shell, use, kind, operand, known, ret);
    if (known != AIS_SHELL_KNOWN || use->op_length == 0)
        return known == AIS_SHELL_UNSET && use->op_length > 0 ? AIS_SHELL_UNKNOWN : known;
    bool all_known = true;
    use->expanded = ret->count > 0 && ais_shell_one_of("#%/", use->op[0]);
    for (size_t i = 0; i < ret->count && !shell->stopped; i++)
        all_known = apply(shell, use->op, use->op_length, &ret->items[i]) && all_known;
    return all_known ? AIS_SHELL_KNOWN : AIS_SHELL_UNKNOWN;
}

enum ais_shell_known ais_shell_parameter(struct ais_shell *shell, const char *text, size_t n,
                                         struct ais_shell_words *ret, bool *ret_is_list)
{
    char prefix = '\0';
    if (n > 1 && (text[0] == '!' || text[0] == '#'))
        prefix = text[0];
    size_t begin = prefix != '\0';
    ais_shell_make(shell, n / LOOKED_AT);
    struct use use = read_use(text + begin, n - begin);
    if (use.index != NULL)
        ais_shell_substitute(shell, use.index, use.index_length, false);
    enum ais_shell_known known = resolve(shell, &use, prefix, ret, ret_is_list);
    if (!use.expanded) /* whether or not it is taken, as with all branches */
        ais_shell_substitute(shell, use.op, use.op_length, use.op_length > 0 && ais_shell_one_of("#%/^,", use.op[0]));
    return known;
}
