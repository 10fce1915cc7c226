#include "shared/policy/reader.h"
#include "shared/text/nearest.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

typedef void noting(struct ais_diagnostics *list, const char *file, uint32_t line, uint32_t column, const char *format,
                    ...);

__attribute__((format(printf, 5, 0))) static void note(struct ais_reader *reader, noting *how, uint32_t line,
                                                       uint32_t column, const char *format, va_list args)
{
    char message[512];
    vsnprintf(message, sizeof message, format, args);
    how(reader->diagnostics, reader->file, line, column, "%s", message);
}

void ais_reader_fault(struct ais_reader *reader, const struct ais_json *node, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    note(reader, ais_diag, node->line, node->column, format, args);
    va_end(args);
}

void ais_reader_fault_key(struct ais_reader *reader, const struct ais_json *node, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    note(reader, ais_diag, node->key_line, node->key_column, format, args);
    va_end(args);
}

void ais_reader_warn(struct ais_reader *reader, const struct ais_json *node, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    note(reader, ais_diag_warn, node->line, node->column, format, args);
    va_end(args);
}

void ais_reader_warn_key(struct ais_reader *reader, const struct ais_json *node, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    note(reader, ais_diag_warn, node->key_line, node->key_column, format, args);
    va_end(args);
}

void *ais_reader_alloc(struct ais_reader *reader, size_t n)
{
    void *piece = ais_arena_alloc(reader->arena, n);
    if (piece == NULL)
        reader->no_memory = true;
    return piece;
}

struct key_table {
    const struct ais_key *keys;
    size_t count;
};

static const char *key_name(size_t i, const void *arg)
{
    const struct key_table *table = arg;
    return table->keys[i].read != NULL ? table->keys[i].name : NULL;
}

static const struct ais_key *find_key(const struct key_table *table, const struct ais_json *node)
{
    for (size_t i = 0; i < table->count; i++)
        if (strlen(table->keys[i].name) == node->key_length &&
            memcmp(table->keys[i].name, node->key, node->key_length) == 0)
            return &table->keys[i];
    return NULL;
}

void ais_reader_map(struct ais_reader *reader, const struct ais_json *map, const struct ais_key *keys, size_t n,
                    void *into)
{
    struct key_table table = { keys, n };
    for (const struct ais_json *node = map->first; node != NULL; node = node->next) {
        const struct ais_key *key = find_key(&table, node);
        if (key == NULL) {
            const char *near = ais_nearest_of(node->key, node->key_length, key_name, n, &table);
            if (near != NULL)
                ais_reader_fault_key(reader, node, "unknown key '%.64s': " AIS_DID_YOU_MEAN, node->key, near);
            else
                ais_reader_fault_key(reader, node, "unknown key '%.64s'", node->key);
        } else if (key->read == NULL) {
            ais_reader_fault_key(reader, node, "'%s' is not known to this version", key->name);
        } else if ((key->kinds & AIS_KIND(node->kind)) == 0) {
            ais_reader_fault(reader, node, "'%s' must be %s, not %s", key->name, key->wanted,
                             ais_json_kind_text(node->kind));
        } else {
            key->read(reader, node, into);
        }
    }
}

const char *ais_reader_text(struct ais_reader *reader, const struct ais_json *node)
{
    char key[80] = "";
    if (node->key != NULL)
        snprintf(key, sizeof key, "'%.64s' ", node->key);
    if (node->kind != AIS_JSON_STRING)
        ais_reader_fault(reader, node, "%smust be a string, not %s%s", key, ais_json_kind_text(node->kind),
                         node->text != NULL ? " (quote it)" : "");
    else if (node->length == 0)
        ais_reader_fault(reader, node, "%smust not be empty", key);
    else if (memchr(node->text, '\0', node->length) != NULL)
        ais_reader_fault(reader, node, "%smust not hold a NUL", key);
    else
        return node->text;
    return NULL;
}

const char *const *ais_reader_texts(struct ais_reader *reader, const struct ais_json *node, size_t *ret_count)
{
    bool is_list = node->kind == AIS_JSON_ARRAY;
    size_t count = is_list ? node->count : 1;
    const char **texts = ais_reader_alloc(reader, (count > 0 ? count : 1) * sizeof(*texts));
    *ret_count = 0;
    if (texts == NULL)
        return NULL;
    for (const struct ais_json *item = is_list ? node->first : node; item != NULL; item = is_list ? item->next : NULL) {
        texts[*ret_count] = ais_reader_text(reader, item);
        if (texts[*ret_count] != NULL)
            ++*ret_count;
    }
    return texts;
}
