/* Texts of the size that agents really send: logs, source code, tables, dumps. All of each must be understood. */
#ifndef AIS_TESTS_POLICY_ORDINARY_H
#define AIS_TESTS_POLICY_ORDINARY_H

#include "shared/mem/buf.h"

#include <string.h>

enum { ORDINARY_SIZE = 64 << 10, ORDINARY_LINES = 12 };

/* Lines, over and over; in each # is a number that grows. */
static const struct ordinary {
    const char *name, *lines[ORDINARY_LINES];
} ordinaries[] = {
    {"a log",
     { "2024-05-17T12:00:#Z INFO  [worker-#] http: GET /api/v1/items/# 200 12ms user=anna ip=10.0.0.#",
        "2024-05-17T12:00:#Z WARN  [db] slow query (# ms): select id, name from items where owner = #",
        "2024-05-17T12:00:#Z ERROR [mail] could not deliver to queue 'out-#': connection reset by peer (errno=104)",
        "    at Queue.push (/srv/app/lib/queue.js:#:17)", "2024-05-17T12:00:#Z DEBUG cache hit ratio 0.#, keys=#" }},
    { "a program in C",
     { "/* Appends item # to the list; false when memory is out. */",
        "static bool list_add_#(struct list *list, const char *name, size_t n)", "{",
        "    struct item *item = calloc(1, sizeof *item + n + 1);", "    if (item == NULL || n > #)",
        "        return false;", "    memcpy(item->name, name, n);", "    list->items[list->count++ & 0x#] = item;",
        "    printf(\"%s: %zu of %d\\n\", item->name, list->count, #);", "    return true;", "}" }                 },
    { "a program in Python",
     { "class Shape#(Base):", "    \"\"\"One of the shapes; its area is in m2.\"\"\"", "    sides = #",
        "    def area(self, scale=1.0):", "        total = sum(s.length * s.height for s in self.parts[:#])",
        "        if total > # and not self.hidden:", "            log.info('large: %s (%d)', self.name, #)",
        "        return {'id': #, 'total': round(total * scale, 2), \"unit\": 'm2'}", "",
        "    # what follows is private", "    _cache = [#, None, f'shape-{sides}']" }                              },
    { "a program in JavaScript",
     { "export async function load#(id, { limit = #, onItem } = {}) {",
        "  const url = `https://api.example.com/v1/items/${id}?limit=${limit}`;",
        "  const response = await fetch(url, { headers: { accept: 'application/json' } });",
        "  if (!response.ok) throw new Error(`HTTP ${response.status} for #`);",
        "  for (const item of await response.json()) onItem?.(item.id ?? #, item.name.trim());",
        "  return items.filter((x) => x.size > # && /^[a-z]+$/.test(x.name)); // only plain ones", "}", "" }       },
    { "a table",
     { "#,Anna Berg,anna#@example.com,2024-01-02,19.99,blue,\"Main Street #, Springfield\"",
        "#,Otto Lind,otto#@example.org,2024-02-12,7.50,\"red, dark\",\"Hill Road #\"" }                            },
    { "JSON",
     { "{\"id\": #, \"name\": \"item #\", \"tags\": [\"a\", \"b\"], \"price\": {\"amount\": #, \"currency\": "
        "\"EUR\"}, ",
        " \"url\": \"https://example.com/items/#\", \"active\": true, \"parent\": null, \"ratio\": 0.#}," }        },
    { "a dump",
     { "INSERT INTO items (id, name, price, created_at) VALUES (#, 'item #', 19.99, '2024-01-02 10:00:00'),",
        "  (#, 'it''s blue', 7.50, NULL),", "  (#, 'red', 0.#, '2024-02-12');",
        "CREATE INDEX items_#_name ON items (name);", "-- table # is done" }                                       },
    { "a document",
     { "## Chapter #: how it works", "", "The *quick* brown fox jumps over the lazy dog; see [the figure](img/#.png).",
        "- it isn't hard: call `load(#)`, then wait", "- costs are about 3 % (see table #)", "", "| name | value |",
        "|---|---|", "| size | # |", "> He said \"never again\", and left.", "" }                                  },
    { "a script",
     { "# step #", "if [ ! -d build/# ]; then mkdir -p build/#; fi", "cp src/file#.txt \"build/#/$NAME.txt\"",
        "echo \"done with #\" >> build/log.txt", "grep -c item data/#.csv | sort -n | head -5" }                   },
};
enum { ORDINARIES = sizeof ordinaries / sizeof ordinaries[0] };

/* Appends a line as the inside of a JSON string. */
static inline void ordinary_put_line(struct ais_buf *out, const char *line, size_t number)
{
    for (; *line != '\0'; line++)
        if (*line == '#')
            ais_buf_format(out, "%zu", number);
        else if (*line == '"' || *line == '\\')
            ais_buf_format(out, "\\%c", *line);
        else
            ais_buf_byte(out, *line);
    ais_buf_text(out, "\\n");
}

/* Replaces out by the body of a call of this tool. A shell is given a script as it is, and anything else as agents
 * write files with one: in a here document. */
static inline void ordinary_put(struct ais_buf *out, const struct ordinary *ordinary, const char *tool, const char *key)
{
    bool shell = strcmp(key, "command") == 0 && strcmp(ordinary->name, "a script") != 0;
    ais_buf_clear(out);
    ais_buf_format(out, "{\"tool_name\":\"%s\",\"tool_args\":{\"%s\":\"", tool, key);
    if (shell)
        ais_buf_text(out, "cat > out.txt <<'EOF'\\n");
    for (size_t i = 0; out->length < ORDINARY_SIZE; i++)
        for (size_t k = 0; k < ORDINARY_LINES && ordinary->lines[k] != NULL; k++)
            ordinary_put_line(out, ordinary->lines[k], i);
    if (shell)
        ais_buf_text(out, "EOF\\n");
    ais_buf_text(out, "\"}}");
}

#endif
