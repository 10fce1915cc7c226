#include "services/cli/table.h"

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

enum { GAP = 2 }; /* spaces between columns */

struct cell {
    char *text; /* owned; harmless */
    size_t n, width;
    enum ais_colour colour;
};

struct cli_table {
    const struct cli_column *columns;
    size_t count, limit;
    size_t widths[CLI_COLUMNS_MAX]; /* of the content; what is shown is never more */
    size_t shown[CLI_COLUMNS_MAX];  /* 0: the column is left out */
    struct cell *cells;             /* owned; row by row */
    size_t rows, room;
    bool begun; /* the titles are printed, the widths stay */
};

/* Characters of valid UTF-8. */
static size_t width_of(const char *text, size_t n)
{
    size_t width = 0;
    for (size_t i = 0; i < n; i++)
        width += (text[i] & 0xC0) != 0x80;
    return width;
}

struct cli_table *cli_table_new(const struct cli_column *columns, size_t count, size_t width, bool growing)
{
    assert(count <= CLI_COLUMNS_MAX);
    struct cli_table *table = calloc(1, sizeof *table);
    if (table == NULL)
        return NULL;
    table->columns = columns;
    table->count = count;
    table->limit = width;
    for (size_t i = 0; i < count; i++) {
        size_t title = strlen(columns[i].title);
        table->widths[i] = growing && columns[i].usual > title ? columns[i].usual : title;
    }
    return table;
}

static void clear(struct cli_table *table)
{
    for (size_t i = 0; i < table->rows * table->count; i++)
        free(table->cells[i].text);
    table->rows = 0;
}

void cli_table_destroy(struct cli_table **table)
{
    if (*table == NULL)
        return;
    clear(*table);
    free((*table)->cells);
    free(*table);
    *table = NULL;
}

static bool copy_cell(const struct cli_cell *cell, struct cell *ret)
{
    struct ais_buf text = { 0 };
    if (cell->text != NULL)
        cli_add_harmless(&text, cell->text, cell->n);
    else
        ais_buf_text(&text, "-");
    if (!ais_buf_reserve(&text, 1))
        return false;
    *ret = (struct cell){ text.data, text.length, width_of(text.data, text.length), cell->colour };
    return true;
}

enum ais_err cli_table_add(struct cli_table *table, const struct cli_cell *cells, struct ais_why *why)
{
    if (table->rows == table->room) {
        size_t room = table->room > 0 ? 2 * table->room : 64;
        struct cell *grown = reallocarray(table->cells, room * table->count, sizeof *grown);
        if (grown == NULL)
            return ais_fail(why, AIS_E_NOMEM, "no memory for a table");
        table->cells = grown;
        table->room = room;
    }
    struct cell *row = table->cells + table->rows * table->count;
    for (size_t i = 0; i < table->count; i++) {
        if (!copy_cell(&cells[i], &row[i])) {
            while (i > 0)
                free(row[--i].text);
            return ais_fail(why, AIS_E_NOMEM, "no memory for a table");
        }
    }
    for (size_t i = 0; i < table->count && !table->begun; i++)
        if (row[i].width > table->widths[i])
            table->widths[i] = row[i].width;
    table->rows++;
    return AIS_OK;
}

/* The width of a line whose columns are as wide as this. */
static size_t total(const struct cli_table *table, const size_t *widths)
{
    size_t sum = 0;
    for (size_t i = 0; i < table->count; i++)
        sum += widths[i] > 0 ? widths[i] + (sum > 0 ? GAP : 0) : 0;
    return sum;
}

/* Leaves columns out, the last first, until the rest fits when it is cut as far as it may be. */
static void leave_out(struct cli_table *table)
{
    size_t least[CLI_COLUMNS_MAX];
    for (size_t i = 0; i < table->count; i++) {
        size_t most = table->columns[i].least;
        least[i] = most > 0 && most < table->shown[i] ? most : table->shown[i];
    }
    for (size_t i = table->count; i > 0 && total(table, least) > table->limit; i--)
        if (table->columns[i - 1].least > 0)
            least[i - 1] = table->shown[i - 1] = 0;
}

/* The widest column that may be cut further; table->count: none. */
static size_t widest(const struct cli_table *table)
{
    size_t found = table->count;
    for (size_t i = 0; i < table->count; i++) {
        bool may = table->columns[i].least > 0 && table->shown[i] > table->columns[i].least;
        if (may && (found == table->count || table->shown[i] > table->shown[found]))
            found = i;
    }
    return found;
}

/* What may not be left out may still be too wide: then the terminal breaks the lines. */
static void choose_widths(struct cli_table *table)
{
    size_t i;
    memcpy(table->shown, table->widths, sizeof table->shown);
    if (table->limit == 0)
        return;
    leave_out(table);
    while (total(table, table->shown) > table->limit && (i = widest(table)) < table->count)
        table->shown[i]--;
}

/* Bytes of the first characters of a text. */
static size_t bytes_of(const char *text, size_t n, size_t characters)
{
    size_t i = 0;
    while (i < n && (characters > 0 || (text[i] & 0xC0) == 0x80))
        characters -= (text[i++] & 0xC0) != 0x80;
    return i;
}

static void add_spaces(struct ais_buf *out, size_t count)
{
    while (count-- > 0)
        ais_buf_byte(out, ' ');
}

static void add_cell(struct ais_buf *out, const struct cli_table *table, size_t i, const struct cell *cell)
{
    size_t room = table->shown[i];
    bool cut = table->limit > 0 && table->columns[i].least > 0 && cell->width > room;
    size_t width = cut ? room : cell->width;
    size_t before = table->columns[i].to_right && width < room ? room - width : 0;
    const char *colour = cli_colour(cell->colour);
    add_spaces(out, before);
    if (cell->colour != AIS_PLAIN)
        ais_buf_text(out, colour);
    ais_buf_add(out, cell->text, cut ? bytes_of(cell->text, cell->n, room - 1) : cell->n);
    if (cut)
        ais_buf_text(out, "\xe2\x80\xa6"); /* an ellipsis */
    if (cell->colour != AIS_PLAIN)
        ais_buf_text(out, cli_colour(AIS_PLAIN));
    if (!table->columns[i].to_right && width < room)
        add_spaces(out, room - width);
}

static enum ais_err print_row(const struct cli_table *table, const struct cell *row, struct ais_why *why)
{
    AUTO(ais_buf_done) struct ais_buf line = { 0 };
    for (size_t i = 0; i < table->count; i++) {
        if (table->shown[i] == 0)
            continue;
        if (line.length > 0)
            add_spaces(&line, GAP);
        add_cell(&line, table, i, &row[i]);
    }
    while (line.length > 0 && line.data[line.length - 1] == ' ')
        line.length--;
    return cli_print(&line, why);
}

static enum ais_err print_titles(struct cli_table *table, struct ais_why *why)
{
    struct cell titles[CLI_COLUMNS_MAX];
    AUTO(ais_buf_done) struct ais_buf texts = { 0 };
    for (size_t i = 0; i < table->count; i++)
        ais_buf_add(&texts, table->columns[i].title, strlen(table->columns[i].title));
    if (texts.failed)
        return ais_fail(why, AIS_E_NOMEM, "no memory for a table");
    char *at = texts.data;
    for (size_t i = 0; i < table->count; i++) {
        size_t n = strlen(table->columns[i].title);
        titles[i] = (struct cell){ at, n, n, AIS_BOLD };
        at += n;
    }
    return print_row(table, titles, why);
}

enum ais_err cli_table_print(struct cli_table *table, struct ais_why *why)
{
    if (table->rows == 0)
        return AIS_OK;
    if (!table->begun) {
        choose_widths(table);
        TRY(print_titles(table, why));
        table->begun = true;
    }
    for (size_t i = 0; i < table->rows; i++)
        TRY(print_row(table, table->cells + i * table->count, why));
    clear(table);
    return AIS_OK;
}

size_t cli_terminal_width(void)
{
    struct winsize size = { 0 };
    if (!isatty(STDOUT_FILENO) || ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) != 0)
        return 0;
    return size.ws_col;
}
