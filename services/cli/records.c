#include "services/cli/records.h"

#include <string.h>

/* What stands in a column: the first of these members that the record has. */
static const struct column {
    struct cli_column column;
    const char *members[2];
} columns[] = {
    {{ "TIME", 0, 20, false },          { "time" }               },
    { { "SEQ", 0, 9, true },            { "seq" }                },
    { { "EVENT", 8, 10, false },        { "event" }              },
    { { "DECISION", 0, 16, false },     { "decision", "outcome" }},
    { { "SEVERITY", 0, 13, false },     { "severity" }           },
    { { "TOOL/ACTOR", 8, 16, false },   { "tool", "actor" }      },
    { { "USER", 8, 12, false },         { "user_id" }            },
    { { "RULES", 12, 20, false },       { "rules" }              },
    { { "DECISION ID", 36, 36, false }, { "decision_id" }        },
    { { "SESSION", 8, 12, false },      { "session_id" }         },
};

struct cli_table *cli_records_new(bool growing)
{
    static struct cli_column plain[N_ELEMS(columns)];
    for (size_t i = 0; i < N_ELEMS(columns); i++)
        plain[i] = columns[i].column;
    return cli_table_new(plain, N_ELEMS(columns), cli_terminal_width(), growing);
}

static const struct {
    const char *word;
    enum ais_colour colour;
} colours[] = {
    {"block",             AIS_RED   },
    { "none",             AIS_RED   },
    { "failure",          AIS_RED   },
    { "require_approval", AIS_YELLOW},
    { "allow",            AIS_GREEN },
    { "critical",         AIS_RED   },
    { "high",             AIS_RED   },
    { "medium",           AIS_YELLOW},
};

static enum ais_colour colour_of(const char *member, const struct ais_json *node)
{
    bool coloured =
        strcmp(member, "decision") == 0 || strcmp(member, "outcome") == 0 || strcmp(member, "severity") == 0;
    for (size_t i = 0; coloured && i < N_ELEMS(colours); i++)
        if (ais_json_is(node, colours[i].word))
            return colours[i].colour;
    return AIS_PLAIN;
}

/* "r1,r2" */
static void add_rules(struct ais_buf *out, const struct ais_json *rules)
{
    for (const struct ais_json *rule = rules->first; rule != NULL; rule = rule->next) {
        const struct ais_json *name = ais_json_get(rule, "rule");
        if (name == NULL || name->text == NULL)
            continue;
        if (out->length > 0)
            ais_buf_byte(out, ',');
        ais_buf_add(out, name->text, name->length);
    }
}

/* To the second: more stands in the record itself. */
static struct cli_cell cell_of_time(const struct ais_json *node, struct ais_buf *scratch)
{
    const char *point = memchr(node->text, '.', node->length);
    ais_buf_add(scratch, node->text, point != NULL ? (size_t)(point - node->text) : node->length);
    if (point != NULL)
        ais_buf_byte(scratch, 'Z');
    return (struct cli_cell){ scratch->data, scratch->length, AIS_PLAIN };
}

static struct cli_cell cell_of(const struct column *column, const struct ais_json *record, struct ais_buf *scratch)
{
    for (size_t i = 0; i < N_ELEMS(column->members) && column->members[i] != NULL; i++) {
        const char *member = column->members[i];
        const struct ais_json *node = ais_json_get(record, member);
        if (node == NULL)
            continue;
        if (strcmp(member, "rules") == 0)
            add_rules(scratch, node);
        if (strcmp(member, "rules") == 0 && scratch->length > 0)
            return (struct cli_cell){ scratch->data, scratch->length, AIS_PLAIN };
        if (strcmp(member, "time") == 0 && node->text != NULL)
            return cell_of_time(node, scratch);
        if (node->text != NULL)
            return (struct cli_cell){ node->text, node->length, colour_of(member, node) };
    }
    return (struct cli_cell){ NULL, 0, AIS_PLAIN };
}

enum ais_err cli_records_add(struct cli_table *table, const struct ais_json *record, struct ais_why *why)
{
    struct ais_buf scratch[N_ELEMS(columns)] = { { 0 } };
    struct cli_cell cells[N_ELEMS(columns)];
    bool failed = false;
    for (size_t i = 0; i < N_ELEMS(columns); i++) {
        cells[i] = cell_of(&columns[i], record, &scratch[i]);
        failed |= scratch[i].failed;
    }
    enum ais_err err = failed ? ais_fail(why, AIS_E_NOMEM, "no memory for a table") : cli_table_add(table, cells, why);
    for (size_t i = 0; i < N_ELEMS(columns); i++)
        ais_buf_done(&scratch[i]);
    return err;
}
