/* The tables and functions that a statement names. */
#include "shared/policy/facts/sql/reader.h"

#include <ctype.h>
#include <string.h>
#include <strings.h>

enum { LEVELS = 64, NAME_MOST = 256 }; /* of parentheses that are told apart; bytes of a name with its schema */

struct naming {
    struct ais_sql_reader *reader;
    const struct ais_sql_tokens *tokens;
    size_t begin, end;
    uint64_t in_from; /* bit: the commas of this level part tables */
    uint64_t in_call; /* bit: the level is of a function that says FROM itself */
    unsigned level;
};

static const struct ais_sql_token *item(const struct naming *naming, size_t i)
{
    return &naming->tokens->items[i];
}

static enum ais_sql_word word_at(const struct naming *naming, size_t i)
{
    return i < naming->end ? (enum ais_sql_word)item(naming, i)->word : AIS_SQL_NO_WORD;
}

static bool is_name(const struct naming *naming, size_t i)
{
    return i < naming->end && (item(naming, i)->kind == AIS_SQL_QUOTED || item(naming, i)->kind == AIS_SQL_NAME);
}

/* The place behind a name with its dots. */
static size_t behind(const struct naming *naming, size_t i)
{
    i++;
    while (i + 1 < naming->end && ais_sql_is_sign(naming->tokens, i, ".") &&
           (is_name(naming, i + 1) || ais_sql_is_sign(naming->tokens, i + 1, ".")))
        i += is_name(naming, i + 1) ? 2 : 1; /* master..spt_values */
    return i;
}

/* A name without its quotes: its last part, and all of it where there is more. */
static void add_name(struct naming *naming, enum ais_sql_list list, size_t from, size_t to, bool lower)
{
    char name[NAME_MOST];
    size_t length = 0, last = 0;
    for (size_t i = from; i < to; i++) {
        const struct ais_sql_token *token = item(naming, i);
        bool dot = token->kind == AIS_SQL_SIGN;
        if (length + token->length >= NAME_MOST) {
            ais_part_add(naming->reader->view, naming->reader->part, list, AIS_VALUE_UNKNOWN, "", 0);
            return;
        }
        last = dot ? last : length;
        for (size_t k = 0; k < token->length; k++) {
            char c = naming->tokens->text[token->at + k];
            if (lower)
                c = (char)tolower((unsigned char)c);
            name[length++] = c;
        }
    }
    if (length > last)
        ais_sql_add(naming->reader, list, name + last, length - last);
    if (last > 0)
        ais_sql_add(naming->reader, list, name, length);
}

/* Words before a name of a table that are none of it. */
static size_t skip_before(const struct naming *naming, size_t i)
{
    for (;; i++) {
        enum ais_sql_word word = word_at(naming, i);
        if (word != AIS_SQL_IF && word != AIS_SQL_NOT && word != AIS_SQL_EXISTS && word != AIS_SQL_ONLY &&
            word != AIS_SQL_LATERAL && word != AIS_SQL_TABLE)
            return i;
    }
}

/* Names parted by commas, where a list may stand; returns the place behind. */
static size_t add_tables(struct naming *naming, size_t i, bool list)
{
    i = skip_before(naming, i);
    while (is_name(naming, i) && (item(naming, i)->kind == AIS_SQL_QUOTED || item(naming, i)->word == AIS_SQL_NO_WORD ||
                                  ais_sql_is_sign(naming->tokens, i + 1, "."))) {
        size_t to = behind(naming, i);
        add_name(naming, AIS_SQL_TABLES, i, to, false);
        if (!list || to >= naming->end || !ais_sql_is_sign(naming->tokens, to, ","))
            return to;
        i = to + 1;
    }
    return i;
}

static uint64_t bit(unsigned level)
{
    return 1ULL << (level < LEVELS ? level : LEVELS - 1);
}

/* After FROM, JOIN, and the commas of FROM: a table, or a function, or a statement in parentheses. */
static size_t read_source(struct naming *naming, size_t i)
{
    size_t name = skip_before(naming, i);
    if (is_name(naming, name)) {
        size_t to = behind(naming, name);
        if (to < naming->end && ais_sql_is_sign(naming->tokens, to, "("))
            return name; /* a function: seen as one */
    }
    return add_tables(naming, name, false);
}

static bool says_from(enum ais_sql_word word)
{
    return word == AIS_SQL_EXTRACT || word == AIS_SQL_SUBSTRING || word == AIS_SQL_TRIM || word == AIS_SQL_OVERLAY ||
           word == AIS_SQL_POSITION;
}

/* Words that stand before a parenthesis and call nothing. */
static bool calls_nothing(enum ais_sql_word word)
{
    return word != AIS_SQL_NO_WORD && !says_from(word) && word != AIS_SQL_LEFT && word != AIS_SQL_RIGHT &&
           word != AIS_SQL_IF && word != AIS_SQL_REPLACE && word != AIS_SQL_TRUNCATE && word != AIS_SQL_MOD &&
           word != AIS_SQL_INSERT;
}

static void open_level(struct naming *naming, size_t i)
{
    naming->level++;
    naming->in_from &= ~bit(naming->level);
    naming->in_call &= ~bit(naming->level);
    if (i > naming->begin && says_from(word_at(naming, i - 1)))
        naming->in_call |= bit(naming->level);
}

/* A word that says what follows; returns the place to go on at. */
static size_t read_word(struct naming *naming, size_t i)
{
    enum ais_sql_word word = word_at(naming, i), before = i > naming->begin ? word_at(naming, i - 1) : AIS_SQL_NO_WORD;
    bool first = i == naming->begin;
    switch (word) {
    case AIS_SQL_FROM:
    case AIS_SQL_USING:
        if ((naming->in_call & bit(naming->level)) != 0 || before == AIS_SQL_DISTINCT)
            return i + 1;
        naming->in_from |= bit(naming->level);
        return read_source(naming, i + 1);
    case AIS_SQL_JOIN: return read_source(naming, i + 1);
    case AIS_SQL_INTO:
    case AIS_SQL_REFERENCES: return add_tables(naming, i + 1, false);
    case AIS_SQL_UPDATE:
        if (before == AIS_SQL_FOR || before == AIS_SQL_DO || before == AIS_SQL_ON || before == AIS_SQL_AND)
            return i + 1;
        return add_tables(naming, i + 1, true);
    case AIS_SQL_TABLE:
    case AIS_SQL_TRUNCATE: return add_tables(naming, i + 1, true);
    case AIS_SQL_DELETE:
    case AIS_SQL_COPY:
    case AIS_SQL_DESCRIBE:
    case AIS_SQL_REPLACE:
    case AIS_SQL_INSERT:
    case AIS_SQL_MERGE: return first ? add_tables(naming, i + 1, false) : i + 1;
    case AIS_SQL_ON: {
        enum ais_sql_word verb = word_at(naming, naming->begin);
        bool object = verb == AIS_SQL_GRANT || verb == AIS_SQL_REVOKE || verb == AIS_SQL_CREATE || verb == AIS_SQL_DROP;
        return object ? add_tables(naming, i + 1, true) : i + 1;
    }
    case AIS_SQL_DROP:
    case AIS_SQL_CREATE:
    case AIS_SQL_ALTER: {
        size_t next = i + 1; /* views are as good as tables */
        const struct ais_sql_token *token = next < naming->end ? item(naming, next) : NULL;
        bool view =
            token != NULL && token->length == 4 && strncasecmp(naming->tokens->text + token->at, "view", 4) == 0;
        return first && view ? add_tables(naming, next + 1, true) : next;
    }
    case AIS_SQL_WHERE:
    case AIS_SQL_GROUP:
    case AIS_SQL_ORDER:
    case AIS_SQL_HAVING:
    case AIS_SQL_LIMIT:
    case AIS_SQL_SET:
    case AIS_SQL_VALUES:
    case AIS_SQL_SELECT:
    case AIS_SQL_RETURNING: naming->in_from &= ~bit(naming->level); return i + 1;
    case AIS_SQL_EXEC:
    case AIS_SQL_EXECUTE:
        if (is_name(naming, i + 1) && word_at(naming, i + 1) == AIS_SQL_NO_WORD) {
            size_t to = behind(naming, i + 1);
            add_name(naming, AIS_SQL_FUNCTIONS, i + 1, to, true);
            return to;
        }
        return i + 1;
    default: return i + 1;
    }
}

/* A name before a parenthesis. */
static size_t read_name(struct naming *naming, size_t i)
{
    size_t to = behind(naming, i);
    if (to < naming->end && ais_sql_is_sign(naming->tokens, to, "(") &&
        !(to == i + 1 && calls_nothing(word_at(naming, i))))
        add_name(naming, AIS_SQL_FUNCTIONS, i, to, true);
    return to;
}

static size_t read_token(struct naming *naming, size_t i)
{
    if (ais_sql_is_sign(naming->tokens, i, "(")) {
        open_level(naming, i);
        return i + 1;
    }
    if (ais_sql_is_sign(naming->tokens, i, ")")) {
        naming->level -= naming->level > 0;
        return i + 1;
    }
    if (ais_sql_is_sign(naming->tokens, i, ","))
        return (naming->in_from & bit(naming->level)) != 0 ? read_source(naming, i + 1) : i + 1;
    if (!is_name(naming, i))
        return i + 1;
    enum ais_sql_word word = word_at(naming, i);
    bool call = i + 1 < naming->end && ais_sql_is_sign(naming->tokens, i + 1, "(") && !calls_nothing(word);
    if (word != AIS_SQL_NO_WORD && !call)
        return read_word(naming, i);
    return read_name(naming, i);
}

void ais_sql_names(struct ais_sql_reader *reader, const struct ais_sql_tokens *tokens, size_t begin, size_t end)
{
    struct naming naming = { .reader = reader, .tokens = tokens, .begin = begin, .end = end };
    for (size_t i = begin; i < end;) {
        size_t next = read_token(&naming, i);
        i = next > i ? next : i + 1;
    }
}
