#include "shared/policy/diag.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static bool make_room(struct ais_diagnostics *list)
{
    if (list->count < list->capacity)
        return true;
    size_t capacity = list->capacity > 0 ? 2 * list->capacity : 16;
    struct ais_diagnostic *grown = realloc(list->items, capacity * sizeof *grown);
    if (grown == NULL)
        return false;
    list->items = grown;
    list->capacity = capacity;
    return true;
}

__attribute__((format(printf, 5, 0))) static void note(struct ais_diagnostics *list, const char *file, uint32_t line,
                                                       uint32_t column, const char *format, va_list args)
{
    if (list->count == AIS_DIAGNOSTICS_MAX) {
        list->dropped++;
        return;
    }
    char message[512];
    vsnprintf(message, sizeof message, format, args);
    struct ais_diagnostic fault = { strdup(file), line, column, strdup(message) };
    if (fault.file == NULL || fault.message == NULL || !make_room(list)) {
        free(fault.file);
        free(fault.message);
        list->failed = true;
        return;
    }
    list->items[list->count++] = fault;
}

void ais_diag(struct ais_diagnostics *list, const char *file, uint32_t line, uint32_t column, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    note(list, file, line, column, format, args);
    va_end(args);
}

void ais_diag_warn(struct ais_diagnostics *list, const char *file, uint32_t line, uint32_t column, const char *format,
                   ...)
{
    if (list->warnings == NULL)
        return;
    va_list args;
    va_start(args, format);
    note(list->warnings, file, line, column, format, args);
    va_end(args);
}

bool ais_diag_any(const struct ais_diagnostics *list)
{
    return list->count > 0 || list->failed;
}

static int compare(const void *a, const void *b)
{
    const struct ais_diagnostic *left = a, *right = b;
    int order = strcmp(left->file, right->file);
    if (order == 0)
        order = (left->line > right->line) - (left->line < right->line);
    if (order == 0)
        order = (left->column > right->column) - (left->column < right->column);
    return order != 0 ? order : strcmp(left->message, right->message);
}

void ais_diag_sort(struct ais_diagnostics *list)
{
    if (list->count > 1)
        qsort(list->items, list->count, sizeof *list->items, compare);
}

enum ais_err ais_diag_verdict(struct ais_diagnostics *list, struct ais_why *why)
{
    if (!ais_diag_any(list))
        return AIS_OK;
    if (list->count == 0)
        return ais_fail(why, AIS_E_NOMEM, "out of memory for a rulepack");
    ais_diag_sort(list);
    const struct ais_diagnostic *first = &list->items[0];
    return ais_fail(why, AIS_E_RULE, "%s:%u:%u: %s", first->file, (unsigned)first->line, (unsigned)first->column,
                    first->message);
}

void ais_diagnostics_done(struct ais_diagnostics *list)
{
    for (size_t i = 0; i < list->count; i++) {
        free(list->items[i].file);
        free(list->items[i].message);
    }
    free(list->items);
    *list = (struct ais_diagnostics){ 0 };
}
