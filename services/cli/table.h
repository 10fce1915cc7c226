/* A table for people on stdout: columns as wide as what stands in them and, on a terminal, no wider than that. In a
 * pipe nothing is cut. Foreign bytes are made harmless. */
#ifndef AIS_SERVICES_CLI_TABLE_H
#define AIS_SERVICES_CLI_TABLE_H

#include "services/cli/handlers.h"

enum { CLI_COLUMNS_MAX = 12 };

struct cli_column {
    const char *title;
    size_t least;  /* on a narrow terminal it is cut to so many characters, then left out, the last first; 0: never */
    size_t usual;  /* characters that what is still to come may need, where it is not known yet */
    bool to_right; /* as numbers are */
};

struct cli_cell {
    const char *text; /* borrowed; NULL: there is nothing, shown as "-" */
    size_t n;
    enum ais_colour colour;
};

struct cli_table;

/* columns are borrowed for the table's life. width: of the terminal in characters, 0: no limit. growing: rows will be
 * added after the first were printed, so columns have their usual width at least. NULL: no memory. */
struct cli_table *cli_table_new(const struct cli_column *columns, size_t count, size_t width, bool growing);
void cli_table_destroy(struct cli_table **table);

/* Adds a row of as many cells as there are columns (copied). AIS_E_NOMEM. */
MUST_CHECK enum ais_err cli_table_add(struct cli_table *table, const struct cli_cell *cells, struct ais_why *why);

/* Prints what was added since it was printed last, with the titles first when it is the first. No row, no titles. The
 * columns keep the widths that they had. */
MUST_CHECK enum ais_err cli_table_print(struct cli_table *table, struct ais_why *why);

/* The width of the terminal that stdout is; 0: it is none. */
size_t cli_terminal_width(void);

#endif
