/* Names of commands, and other words: what the tables of the other files know of one, found with a single look. */
#include "shared/policy/facts/shell/shell.h"

#include <assert.h>
#include <string.h>

enum { SLOTS = 1024, SLOTS_USED_MOST = SLOTS / 2, LONGEST = 32 };

static const struct ais_word_table *const tables[AIS_SHELL_TABLES] = {
    [AIS_SHELL_WRAPPERS] = &ais_shell_wrapper_table, [AIS_SHELL_SPECIALS] = &ais_shell_special_table,
    [AIS_SHELL_PRINTERS] = &ais_shell_printer_table, [AIS_SHELL_BUILTINS] = &ais_shell_builtin_table,
    [AIS_SHELL_WRITERS] = &ais_shell_writer_table,   [AIS_SHELL_SPEAKERS] = &ais_shell_speaker_table,
    [AIS_SHELL_WHOLE] = &ais_shell_whole_table,      [AIS_SHELL_KEYS] = &ais_shell_key_table,
    [AIS_SHELL_TOOLS] = &ais_shell_tool_table,       [AIS_SHELL_SHELLS] = &ais_shell_shell_table,
    [AIS_SHELL_PROGRAMS] = &ais_shell_program_table,
};

/* All names of all tables. */
struct index {
    bool drawn;
    struct entry {
        const char *name; /* NULL: a free slot */
        uint8_t length;
        uint8_t rows[AIS_SHELL_TABLES];
    } entries[SLOTS];
};

/* The entry of a name, or the free one where it would stand: half of them are. */
static struct entry *locate(struct index *index, const char *name, size_t n)
{
    size_t i = ais_word_hash(name, n) % SLOTS;
    while (index->entries[i].name != NULL &&
           (index->entries[i].length != n || memcmp(index->entries[i].name, name, n) != 0))
        i = (i + 1) % SLOTS;
    return &index->entries[i];
}

/* Notes the names of one row; returns how many were not known before. */
static size_t draw_row(struct index *index, const char *names, unsigned table, size_t row)
{
    size_t added = 0;
    for (const char *at = names; *at != '\0';) {
        size_t n = strcspn(at, " ");
        struct entry *entry = locate(index, at, n);
        assert(n > 0 && n <= LONGEST && entry->rows[table] == 0);
        added += entry->name == NULL;
        entry->name = at;
        entry->length = (uint8_t)n;
        entry->rows[table] = (uint8_t)(row + 1);
        at += n + (at[n] == ' ');
    }
    return added;
}

static void draw(struct index *index)
{
    size_t used = 0;
    for (unsigned table = 0; table < AIS_SHELL_TABLES; table++) {
        const char *row = tables[table]->rows;
        assert(tables[table]->count < UINT8_MAX);
        for (size_t i = 0; i < tables[table]->count; i++, row += tables[table]->size) {
            const char *names;
            memcpy(&names, row, sizeof names);
            used += draw_row(index, names, table, i);
        }
    }
    assert(used <= SLOTS_USED_MOST);
    (void)used;
    index->drawn = true;
}

const uint8_t *ais_shell_rows(const char *name, size_t n)
{
    static _Thread_local struct index index;
    static const uint8_t none[AIS_SHELL_TABLES];
    if (!index.drawn)
        draw(&index);
    if (n == 0 || n > LONGEST)
        return none;
    const struct entry *entry = locate(&index, name, n);
    return entry->name != NULL ? entry->rows : none;
}

void ais_shell_name(const struct ais_shell_word *word, const char **ret, size_t *ret_length)
{
    size_t begin = word->length;
    bool runs = !word->literal && memchr(word->text, '(', word->length) != NULL; /* there may be anything in it */
    while (begin > 0 && word->text[begin - 1] != '/')
        begin--;
    if (begin == word->length || runs)
        begin = 0;
    *ret = word->text + begin;
    *ret_length = word->length - begin;
}

struct ais_shell_name ais_shell_name_of(const struct ais_shell_words *words)
{
    struct ais_shell_name name = { .text = "" };
    if (words->count > 0)
        ais_shell_name(&words->items[0], &name.text, &name.length);
    name.rows = ais_shell_rows(name.text, name.length);
    return name;
}
