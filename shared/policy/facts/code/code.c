/* The part CODE: each call in interpreted code, and the shell commands that it would run. */
#include "shared/policy/facts/code/code.h"

#include <string.h>

enum { MAKERS_MOST = 4 };

/* Steps of work (facts/view.h), beside what reading code counts. */
enum { STEPS_A_VALUE = 32, STEPS_A_MADE_BYTE = 2, STEPS_AN_ITEM = 8, STEPS_A_CALL = 1024 };

/* ---- bounds and memory ---- */

void ais_code_stop(struct ais_code *code, const char *why)
{
    if (code->unknown == NULL)
        code->unknown = why;
    code->stopped = true;
}

bool ais_code_spend(struct ais_code *code, size_t steps)
{
    if (!code->stopped && !ais_part_spend(code->view, code->part, steps))
        ais_code_stop(code, code->part->unknown);
    return !code->stopped;
}

void *ais_code_alloc(struct ais_code *code, size_t n)
{
    void *bytes = ais_view_alloc(code->view, n);
    if (bytes == NULL)
        ais_code_stop(code, "out of memory");
    return bytes;
}

void *ais_code_grow(struct ais_code *code, void *items, size_t count, size_t *capacity, size_t size)
{
    void *grown = ais_view_grow(code->view, items, count, capacity, size);
    if (grown == NULL)
        ais_code_stop(code, "out of memory");
    return grown;
}

char *ais_code_make(struct ais_code *code, size_t n)
{
    if (code->stopped)
        return NULL;
    if (n > AIS_CODE_MADE_MOST - code->made) {
        ais_code_stop(code, "code makes more than 1 MiB of text");
        return NULL;
    }
    code->made += n;
    return ais_code_spend(code, STEPS_A_VALUE + STEPS_A_MADE_BYTE * n) ? ais_code_alloc(code, n + 1) : NULL;
}

bool ais_code_enter(struct ais_code *code)
{
    if (code->stopped)
        return false;
    if (code->nesting >= AIS_CODE_NESTING_MOST) {
        ais_code_stop(code, "code nested deeper than 64");
        return false;
    }
    code->nesting++;
    return true;
}

void ais_code_leave(struct ais_code *code)
{
    code->nesting--;
}

/* ---- values ---- */

struct ais_code_value ais_code_text(const char *text, size_t n)
{
    return (struct ais_code_value){ .kind = AIS_CODE_TEXT, .text = text, .length = n };
}

struct ais_code_value ais_code_ref(const char *text, size_t n)
{
    return (struct ais_code_value){ .kind = AIS_CODE_REF, .text = text, .length = n };
}

struct ais_code_value ais_code_unknown(const char *text, size_t n)
{
    return (struct ais_code_value){ .kind = AIS_CODE_UNKNOWN, .text = text, .length = n };
}

bool ais_code_is(const struct ais_code_value *value, const char *text)
{
    return value->length == strlen(text) && memcmp(value->text, text, value->length) == 0;
}

void ais_code_append(struct ais_code *code, struct ais_code_value *list, const struct ais_code_value *item)
{
    if (list->count >= AIS_CODE_LIST_MOST || !ais_code_spend(code, STEPS_AN_ITEM))
        return;
    struct ais_code_value *items = ais_code_grow(code, list->items, list->count, &list->capacity, sizeof *items);
    if (items == NULL)
        return;
    list->items = items;
    list->items[list->count++] = *item;
    ais_code_made_by(code, list, item->makers);
}

void ais_code_made_by_name(struct ais_code *code, struct ais_code_value *value, const char *name, size_t n)
{
    unsigned count = 1;
    for (const struct ais_code_maker *at = value->makers; at != NULL; at = at->next, count++)
        if (at->length == n && memcmp(at->name, name, n) == 0)
            return;
    if (count > MAKERS_MOST)
        return;
    struct ais_code_maker *maker = ais_code_alloc(code, sizeof *maker);
    if (maker == NULL)
        return;
    *maker = (struct ais_code_maker){ name, n, value->makers, count };
    value->makers = maker;
}

void ais_code_made_by(struct ais_code *code, struct ais_code_value *value, const struct ais_code_maker *makers)
{
    if (value->makers == NULL)
        value->makers = makers;
    for (; makers != NULL && value->makers != makers; makers = makers->next)
        ais_code_made_by_name(code, value, makers->name, makers->length);
}

static bool is_known(const struct ais_code_value *value)
{
    return value->kind == AIS_CODE_TEXT;
}

/* The length of a value's text, and the text itself when there is room. */
static size_t put(const struct ais_code_value *value, char *out)
{
    size_t around = is_known(value) ? 0 : 1;
    if (out != NULL && around > 0) {
        out[0] = '{';
        out[value->length + 1] = '}';
    }
    if (out != NULL && value->length > 0)
        memcpy(out + around, value->text, value->length);
    return value->length + 2 * around;
}

struct ais_code_value ais_code_join(struct ais_code *code, const struct ais_code_value *a,
                                    const struct ais_code_value *b)
{
    struct ais_code_value ret = ais_code_text("", 0);
    size_t first = put(a, NULL), n = first + put(b, NULL);
    char *text = ais_code_make(code, n);
    if (text != NULL) {
        put(a, text);
        put(b, text + first);
        ret.text = text;
        ret.length = n;
    }
    ais_code_made_by(code, &ret, a->makers);
    ais_code_made_by(code, &ret, b->makers);
    return ret;
}

/* ---- what the part shows ---- */

void ais_code_show(struct ais_code *code, unsigned list, const char *text, size_t n)
{
    enum { FOR_A_VALUE = 16 };
    if (code->stopped)
        return;
    if (n + FOR_A_VALUE > AIS_CODE_SHOWN_MOST - code->shown) {
        ais_code_stop(code, "more than 1 MiB of arguments and commands in code");
        return;
    }
    code->shown += n + FOR_A_VALUE;
    if (!ais_code_spend(code, STEPS_A_VALUE))
        return;
    ais_part_add(code->view, code->part, list, AIS_VALUE_STRING, text, n);
}

void ais_code_show_call(struct ais_code *code, const char *name, size_t n)
{
    if (code->stopped)
        return;
    if (code->part->elements >= AIS_CODE_CALLS_MOST) {
        ais_code_stop(code, "more than 4096 calls in code");
        return;
    }
    if (!ais_code_spend(code, STEPS_A_CALL))
        return;
    code->part->elements++;
    ais_code_show(code, AIS_CODE_CALLS, name, n);
}

void ais_code_show_shell(struct ais_code *code, const char *text, size_t n)
{
    struct ais_shell *shell = &code->shell;
    if (code->stopped)
        return;
    ais_code_show(code, AIS_CODE_SHELLS, text, n);
    if (code->shells++ >= AIS_CODE_SHELLS_MOST) {
        ais_code_stop(code, "more than 1024 shell texts in code");
        return;
    }
    size_t first = ais_shell_read_text(shell, text, n), end = shell->command_count;
    for (size_t i = first; i < end; i++) {
        size_t length;
        const char *command = ais_shell_text(shell, i, &length);
        if (length > 0 && (length != n || memcmp(command, text, n) != 0))
            ais_code_show(code, AIS_CODE_SHELLS, command, length);
    }
    if (shell->unknown != NULL)
        ais_code_stop(code, shell->unknown);
    for (size_t i = first; i < end; i++) { /* behind the commands: its calls are elements of their own */
        const struct ais_shell_command *command = &shell->commands[i];
        if (command->code != NULL)
            ais_code_execute(code, ais_code_dialect_of(command->name.text, command->name.length), command->code,
                             command->code_length);
    }
}

/* Texts know nothing of each other's names. */
static void on_text(void *arg, const struct ais_code_dialect *dialect, const char *text, size_t n)
{
    struct ais_code *code = arg;
    code->names = NULL;
    code->name_count = code->name_capacity = code->star_count = 0;
    ais_code_read(code, dialect, text, n);
    ais_code_call_early(code);
}

void ais_understand_CODE(struct ais_view *view, struct ais_part *ret)
{
    struct ais_code code = { .view = view, .part = ret };
    code.shell = (struct ais_shell){ .view = view, .part = &code.shell_part };
    ais_code_texts(view, ret, on_text, &code);
    ret->work += code.shell_part.work;
    if (ret->unknown == NULL)
        ret->unknown = code.unknown;
}
