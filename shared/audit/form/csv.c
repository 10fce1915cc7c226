/* RFC 4180: lines end with CRLF, a cell with a comma, a quote or a line end stands in quotes.
 *
 * A spreadsheet takes a cell that begins with = + - @, a tab or a line end for a formula, and agents choose what stands
 * in ours. Some drop white space and what does not show from the begin of a cell, or take the wide forms of these signs
 * for the signs. A text that begins so, however it is looked at, gets an apostrophe in front, which spreadsheets hide:
 * who reads the file by a program and wants the bytes takes jsonl. */
#include "shared/audit/form/parts.h"

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

/* The length of the one of these texts with which n bytes begin; 0: with none. */
static size_t begins_with(const char *bytes, size_t n, const char *const *texts, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        size_t length = strlen(texts[i]);
        if (length <= n && memcmp(bytes, texts[i], length) == 0)
            return length;
    }
    return 0;
}

/* The bytes at the begin of a text that some program drops: blanks, control characters, what does not show. */
static size_t dropped(const char *text, size_t n)
{
    static const char *const unseen[] = {
        "\x7F",         "\xC2\x85",     "\xC2\xA0",     "\xC2\xAD",     "\xE2\x80\x8B",
        "\xE2\x80\x8C", "\xE2\x80\x8D", "\xE2\x80\x8E", "\xE2\x80\x8F", "\xE2\x80\xA8",
        "\xE2\x80\xA9", "\xE2\x80\xAF", "\xE2\x81\xA0", "\xE3\x80\x80", "\xEF\xBB\xBF",
    };
    size_t at = 0;
    for (size_t width = 1; at < n && width > 0; at += width)
        width = (unsigned char)text[at] <= ' ' ? 1 : begins_with(text + at, n - at, unseen, N_ELEMS(unseen));
    return at;
}

static bool looks_like_formula(const char *text, size_t n)
{
    static const char *const signs[] = {
        "=", "+", "-", "@", "\xEF\xBC\x9D", "\xEF\xBC\x8B", "\xEF\xBC\x8D", "\xEF\xBC\xA0",
    };
    size_t at = dropped(text, n);
    return n > 0 && (is_one_of(text[0], "\t\r\n") || begins_with(text + at, n - at, signs, N_ELEMS(signs)) > 0);
}

static void put_cell(struct ais_buf *out, const char *text, size_t n)
{
    bool guarded = looks_like_formula(text, n);
    bool quoted = false;
    for (size_t i = 0; i < n && !quoted; i++)
        quoted = is_one_of(text[i], ",\"\r\n");
    if (quoted)
        ais_buf_byte(out, '"');
    if (guarded)
        ais_buf_byte(out, '\'');
    for (size_t i = 0; i < n; i++) {
        if (text[i] == '"')
            ais_buf_byte(out, '"');
        ais_buf_byte(out, text[i]);
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
