/* RFC 4180: lines end with CRLF, a cell with a comma, a quote, a tab or a line end stands in quotes.
 *
 * A spreadsheet takes a cell that begins with = + - @, a tab or a line end for a formula, and agents choose what stands
 * in ours. Some drop white space and what does not show from the begin of a cell, or take the wide forms of these signs
 * for the signs. Where a list's separator is ; or | or a tab (of many countries it is ;), a cell of ours is several,
 * and quotes in its middle hold nothing together: there each of these, and each line end, begins a cell. What begins
 * so, however it is looked at, gets an apostrophe in front, which spreadsheets hide: who reads the file by a program
 * and wants the bytes takes jsonl.
 *
 * A control character but a tab and a line end is written as JSON writes it, \u001b. So nothing is lost: a backslash
 * that only looks like the begin of this is written \u005c. */
#include "shared/audit/form/parts.h"
#include "shared/json/utf8.h"

/* Where a cell is from. */
enum cell {
    CELL_RECORD,  /* a member of the record */
    CELL_CALLER,  /* a member of its caller */
    CELL_RULES,   /* pack/rule, separated by spaces */
    CELL_REASONS, /* separated by "; " */
    CELL_FILE,
    CELL_LINE,
    CELL_HASH,
    CELL_PREV,
};

static const struct column {
    const char *name;
    enum cell cell;
} columns[] = {
    {"seq",                CELL_RECORD },
    { "time",              CELL_RECORD },
    { "event",             CELL_RECORD },
    { "severity",          CELL_RECORD },
    { "decision",          CELL_RECORD },
    { "allowed",           CELL_RECORD },
    { "requires_approval", CELL_RECORD },
    { "decision_id",       CELL_RECORD },
    { "tool",              CELL_RECORD },
    { "user_id",           CELL_RECORD },
    { "session_id",        CELL_RECORD },
    { "agent_id",          CELL_RECORD },
    { "environment",       CELL_RECORD },
    { "key_id",            CELL_CALLER },
    { "actor",             CELL_RECORD },
    { "outcome",           CELL_RECORD },
    { "rules",             CELL_RULES  },
    { "reasons",           CELL_REASONS},
    { "error",             CELL_RECORD },
    { "source",            CELL_RECORD },
    { "request_id",        CELL_RECORD },
    { "request_digest",    CELL_RECORD },
    { "snapshot",          CELL_RECORD },
    { "evaluator",         CELL_RECORD },
    { "evaluation_us",     CELL_RECORD },
    { "file",              CELL_FILE   },
    { "line",              CELL_LINE   },
    { "payload_hash",      CELL_HASH   },
    { "previous_hash",     CELL_PREV   },
};

static bool is_one_of(char byte, const char *bytes)
{
    return byte != '\0' && strchr(bytes, byte) != NULL;
}

/* From one character to another, both included. */
struct range {
    uint32_t from, to;
};

/* What some program drops from the begin of a cell: blanks, control characters, what does not show; and quotes. */
static const struct range dropped[] = {
    {0,        ' '    },
    { '"',     '"'    },
    { 0x7F,    0xA0   },
    { 0xAD,    0xAD   },
    { 0x34F,   0x34F  },
    { 0x600,   0x605  },
    { 0x61C,   0x61C  },
    { 0x6DD,   0x6DD  },
    { 0x70F,   0x70F  },
    { 0x890,   0x891  },
    { 0x8E2,   0x8E2  },
    { 0x115F,  0x1160 },
    { 0x1680,  0x1680 },
    { 0x17B4,  0x17B5 },
    { 0x180B,  0x180F },
    { 0x2000,  0x200F },
    { 0x2028,  0x202F },
    { 0x205F,  0x206F },
    { 0x2800,  0x2800 },
    { 0x3000,  0x3000 },
    { 0x3164,  0x3164 },
    { 0xFE00,  0xFE0F },
    { 0xFEFF,  0xFEFF },
    { 0xFFA0,  0xFFA0 },
    { 0xFFF0,  0xFFFB },
    { 0x110BD, 0x110BD},
    { 0x110CD, 0x110CD},
    { 0x13430, 0x13455},
    { 0x1BCA0, 0x1BCA3},
    { 0x1D173, 0x1D17A},
    { 0xE0000, 0xE0FFF},
};

/* Those with which a formula begins, and what becomes one of them: raised, lowered, small and wide ones. */
static const struct range signs[] = {
    {'+',     '+'   },
    { '-',    '-'   },
    { '=',    '='   },
    { '@',    '@'   },
    { 0x207A, 0x207C},
    { 0x208A, 0x208C},
    { 0xFE62, 0xFE63},
    { 0xFE66, 0xFE66},
    { 0xFE6B, 0xFE6B},
    { 0xFF0B, 0xFF0B},
    { 0xFF0D, 0xFF0D},
    { 0xFF1D, 0xFF1D},
    { 0xFF20, 0xFF20},
};

static bool is_in(uint32_t character, const struct range *ranges, size_t count)
{
    for (size_t i = 0; i < count; i++)
        if (character >= ranges[i].from && character <= ranges[i].to)
            return true;
    return false;
}

/* The character with which n bytes, more than none, begin; returns its width. */
static size_t read_character(const char *bytes, size_t n, uint32_t *ret)
{
    const unsigned char *at = (const unsigned char *)bytes;
    size_t width = ais_utf8_length(at, n);
    static const unsigned leads[] = { 0, 0x7F, 0x1F, 0x0F, 0x07 };
    *ret = width > 0 ? at[0] & leads[width] : 0xFFFD; /* a byte by itself is nothing that we know */
    for (size_t i = 1; i < width; i++)
        *ret = *ret << 6 | (at[i] & 0x3FU);
    return width > 0 ? width : 1;
}

/* Whether a cell that begins at byte at of the text looks like a formula. It does, or does not, up to *ret_upto. */
static bool looks_like_formula(const char *text, size_t n, size_t at, size_t *ret_upto)
{
    uint32_t character = ' ';
    *ret_upto = at;
    while (*ret_upto < n && is_in(character, dropped, N_ELEMS(dropped)))
        *ret_upto += read_character(text + *ret_upto, n - *ret_upto, &character);
    return is_in(character, signs, N_ELEMS(signs));
}

/* Whether n bytes begin like what is written for a control character. */
static bool looks_escaped(const char *text, size_t n)
{
    size_t i = 2;
    while (i < n && i < 6 && is_one_of(text[i], "0123456789abcdefABCDEF"))
        i++;
    return i == 6 && text[0] == '\\' && text[1] == 'u';
}

static void put_character(struct ais_buf *out, const char *text, size_t n, size_t width, uint32_t character)
{
    bool ends_line = character == '\n' || (character == '\r' && n > 1 && text[1] == '\n');
    bool control = character < ' ' || (character >= 0x7F && character < 0xA0);
    if ((control && !ends_line && character != '\t') || looks_escaped(text, n)) {
        ais_buf_format(out, "\\u%04x", (unsigned)character);
        return;
    }
    if (character == '"')
        ais_buf_byte(out, '"');
    ais_buf_add(out, text, width);
}

static void put_cell(struct ais_buf *out, const char *text, size_t n)
{
    bool begins = true, formula = false, quoted = false;
    size_t upto = 0; /* byte up to which formula holds for each cell that begins: none is looked at twice */
    for (size_t i = 0; i < n && !quoted; i++)
        quoted = is_one_of(text[i], ",\"\t\r\n");
    if (quoted)
        ais_buf_byte(out, '"');
    for (size_t at = 0, width = 0; at < n; at += width) {
        uint32_t character = 0;
        if (begins && at >= upto)
            formula = looks_like_formula(text, n, at, &upto);
        if ((begins && formula) || (at == 0 && is_one_of(text[0], "\t\r\n")))
            ais_buf_byte(out, '\'');
        width = read_character(text + at, n - at, &character);
        put_character(out, text + at, n - at, width, character);
        begins = is_one_of(text[at], ";|\t\r\n");
    }
    if (quoted)
        ais_buf_byte(out, '"');
}

static void add_rules(struct ais_buf *text, const struct ais_json *record)
{
    const struct ais_json *rules = ais_json_get(record, "rules");
    for (const struct ais_json *rule = rules != NULL ? rules->first : NULL; rule != NULL; rule = rule->next) {
        const struct ais_json *pack = ais_form_node(rule, "rulepack"), *name = ais_form_node(rule, "rule");
        if (pack == NULL || name == NULL)
            continue;
        if (text->length > 0)
            ais_buf_byte(text, ' ');
        ais_buf_add(text, pack->text, pack->length);
        ais_buf_byte(text, '/');
        ais_buf_add(text, name->text, name->length);
    }
}

static void add_member(struct ais_buf *text, const struct ais_json *object, const char *member)
{
    const struct ais_json *node = ais_form_node(object, member);
    if (node != NULL)
        ais_buf_add(text, node->text, node->length);
}

static void add_content(struct ais_buf *text, const struct column *column, const struct ais_audit_sealed *sealed)
{
    switch (column->cell) {
    case CELL_RECORD: add_member(text, sealed->record, column->name); break;
    case CELL_CALLER: add_member(text, ais_json_get(sealed->record, "caller"), column->name); break;
    case CELL_RULES: add_rules(text, sealed->record); break;
    case CELL_REASONS: ais_form_reasons(text, sealed->record); break;
    case CELL_FILE: ais_buf_text(text, sealed->file); break;
    case CELL_LINE: ais_buf_u64(text, sealed->line); break;
    case CELL_HASH: ais_buf_text(text, sealed->hash); break;
    case CELL_PREV: ais_buf_text(text, sealed->prev); break;
    }
}

void ais_audit_csv_names(struct ais_buf *out)
{
    for (size_t i = 0; i < N_ELEMS(columns); i++) {
        ais_buf_text(out, i > 0 ? "," : "");
        ais_buf_text(out, columns[i].name);
    }
    ais_buf_text(out, "\r\n");
}

void ais_audit_csv(const struct ais_audit_sealed *sealed, struct ais_buf *out)
{
    AUTO(ais_buf_done) struct ais_buf text = { 0 };
    for (size_t i = 0; i < N_ELEMS(columns); i++) {
        ais_buf_clear(&text);
        add_content(&text, &columns[i], sealed);
        if (i > 0)
            ais_buf_byte(out, ',');
        if (text.length > 0)
            put_cell(out, text.data, text.length);
    }
    out->failed |= text.failed;
    ais_buf_text(out, "\r\n");
}
