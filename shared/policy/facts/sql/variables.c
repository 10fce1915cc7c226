/* What variables hold: statements are put together in them, over several assignments, before they are run. */
#include "shared/policy/facts/sql/reader.h"

#include <string.h>
#include <strings.h>

enum { BACK_MOST = 10 }; /* tokens of a type between a name and its value: decimal(10, 2) */

static const struct ais_sql_token *item(const struct ais_sql_tokens *tokens, size_t i)
{
    return &tokens->items[i];
}

/* Steps of work (facts/view.h): how many names are compared in one. */
enum { NAMES_A_STEP = 4, STEPS_A_TOKEN = 16 };

/* Of a value. A log of "name=value" would be one long value behind each sign. */
enum { VALUE_TOKENS_MOST = 256 };

static struct ais_sql_variable *find(struct ais_sql_reader *reader, const char *name, size_t n)
{
    struct ais_sql_variable *found = NULL;
    if (!ais_part_spend(reader->view, reader->part, reader->variable_count / NAMES_A_STEP))
        return NULL;
    for (size_t i = 0; i < reader->variable_count && found == NULL; i++) {
        struct ais_sql_variable *variable = &reader->variables[i];
        if (variable->name_length == n && strncasecmp(variable->name, name, n) == 0)
            found = variable;
    }
    return found;
}

/* A parameter has the name of the variable that it is: :s, $s. */
static const char *name_of(const struct ais_sql_tokens *tokens, size_t i, size_t *ret_length)
{
    const char *name = tokens->text + item(tokens, i)->at;
    bool sign = item(tokens, i)->kind == AIS_SQL_VARIABLE && name[0] != '@';
    *ret_length = item(tokens, i)->length - sign;
    return name + sign;
}

struct ais_sql_variable *ais_sql_variable(struct ais_sql_reader *reader, const struct ais_sql_tokens *tokens, size_t i)
{
    size_t n;
    const char *name = name_of(tokens, i, &n);
    return find(reader, name, n);
}

/* The variable that is assigned to, new or not; NULL: there is no room. */
static struct ais_sql_variable *variable_for(struct ais_sql_reader *reader, const struct ais_sql_tokens *tokens,
                                             size_t i)
{
    size_t n;
    const char *name = name_of(tokens, i, &n);
    struct ais_sql_variable *variable = find(reader, name, n);
    if (variable != NULL)
        return variable;
    if (reader->variables == NULL)
        reader->variables = ais_view_alloc(reader->view, AIS_SQL_VARIABLES_MOST * sizeof *reader->variables);
    if (reader->variables == NULL || reader->variable_count == AIS_SQL_VARIABLES_MOST) {
        reader->lost_variables = true;
        return NULL;
    }
    variable = &reader->variables[reader->variable_count++];
    *variable = (struct ais_sql_variable){ .name = name, .name_length = n, .read = true };
    return variable;
}

/* Both, one after the other. */
static void add_to(struct ais_sql_reader *reader, const struct ais_sql_joined *old, struct ais_sql_joined *value)
{
    size_t length = old->length + value->length;
    bool fits = length <= AIS_SQL_JOINED_MOST && ais_part_spend(reader->view, reader->part, length);
    char *text = fits ? ais_view_alloc(reader->view, length + 1) : NULL;
    *value = (struct ais_sql_joined){ value->text, value->length, NULL, true, value->unknown || old->unknown };
    if (text == NULL) {
        value->unknown = true;
        return;
    }
    memcpy(text, old->text, old->length);
    memcpy(text + old->length, value->text, value->length);
    value->text = text;
    value->length = length;
}

/* Whether a variable is among the tokens [begin, end). */
static bool is_among(struct ais_sql_reader *reader, const struct ais_sql_variable *variable,
                     const struct ais_sql_tokens *tokens, size_t begin, size_t end)
{
    for (size_t i = begin; i < end; i++)
        if (item(tokens, i)->kind == AIS_SQL_VARIABLE || item(tokens, i)->kind == AIS_SQL_NAME)
            if (ais_sql_variable(reader, tokens, i) == variable)
                return true;
    return false;
}

/* Assigns the tokens [begin, end). more: to what it holds. A value that is lost, because another one takes its place
 * that is not made of it, is read now: who knows which of two branches is run. */
static struct ais_sql_variable *assign(struct ais_sql_reader *reader, const struct ais_sql_tokens *tokens,
                                       size_t target, size_t begin, size_t end, bool more, bool mysql)
{
    struct ais_sql_joined value;
    ais_sql_join(reader, tokens, begin, end, &value);
    struct ais_sql_variable *old = ais_sql_variable(reader, tokens, target);
    if (old != NULL && !more && !is_among(reader, old, tokens, begin, end))
        ais_sql_run_variable(reader, old, mysql);
    struct ais_sql_variable *variable = variable_for(reader, tokens, target);
    if (variable == NULL)
        return NULL;
    const struct ais_sql_joined nothing = { .text = "", .unknown = true };
    if (more)
        add_to(reader, old != NULL ? &old->value : &nothing, &value);
    variable->value = value;
    variable->read = value.only != NULL && value.only->read;
    variable->states = value.only != NULL && value.only->states;
    return variable;
}

/* ---- where something is assigned ---- */

static bool is_word(const struct ais_sql_tokens *tokens, size_t i, const char *word)
{
    return item(tokens, i)->kind == AIS_SQL_NAME && item(tokens, i)->length == strlen(word) &&
           strncasecmp(tokens->text + item(tokens, i)->at, word, item(tokens, i)->length) == 0;
}

/* Whether what stands before a target lets it be one. */
static bool may_assign_behind(const struct ais_sql_tokens *tokens, size_t target, size_t begin)
{
    if (target == begin || ais_sql_is_sign(tokens, target - 1, ","))
        return true;
    enum ais_sql_word before = (enum ais_sql_word)item(tokens, target - 1)->word;
    return before == AIS_SQL_SET || before == AIS_SQL_SELECT || before == AIS_SQL_DECLARE || before == AIS_SQL_BEGIN ||
           before == AIS_SQL_THEN || before == AIS_SQL_ELSE || before == AIS_SQL_LOOP ||
           item(tokens, target - 1)->kind == AIS_SQL_NUMBER || item(tokens, target - 1)->kind == AIS_SQL_STRING;
}

/* The name of a declaration, whose type ends before sign; sign: there is none. */
static size_t declared(const struct ais_sql_tokens *tokens, size_t sign, size_t begin)
{
    size_t found = sign;
    for (size_t k = sign; k > begin && sign - k < BACK_MOST; k--) {
        const struct ais_sql_token *token = item(tokens, k - 1);
        if (token->kind == AIS_SQL_VARIABLE)
            return k - 1;
        if (token->kind == AIS_SQL_NAME && token->word == AIS_SQL_NO_WORD)
            found = k - 1;
        else if (token->kind != AIS_SQL_NUMBER && token->word != AIS_SQL_NOT && token->word != AIS_SQL_NULL &&
                 token->word != AIS_SQL_AS &&
                 !(token->kind == AIS_SQL_SIGN && ais_sql_is_any(tokens->text[token->at], "().%,")))
            break;
    }
    return found;
}

/* What is assigned to by the sign at k, and by how many tokens it is spelled in *ret_more (+=); k: nothing. */
static size_t target_of(const struct ais_sql_tokens *tokens, size_t k, size_t begin, bool *ret_more)
{
    bool colon = ais_sql_is_sign(tokens, k, ":="), plain = ais_sql_is_sign(tokens, k, "=");
    bool is_default = is_word(tokens, k, "default");
    *ret_more = plain && k > begin && ais_sql_is_sign(tokens, k - 1, "+") && item(tokens, k)->adjacent;
    size_t before = k - *ret_more;
    if ((!colon && !plain && !is_default) || before == begin)
        return k;
    size_t target = before - 1;
    enum ais_sql_kind kind = (enum ais_sql_kind)item(tokens, target)->kind;
    bool simple = kind == AIS_SQL_VARIABLE || (kind == AIS_SQL_NAME && item(tokens, target)->word == AIS_SQL_NO_WORD);
    if (simple && may_assign_behind(tokens, target, begin))
        return target;
    bool declares = plain && ais_sql_is(tokens, begin, AIS_SQL_DECLARE) && kind != AIS_SQL_VARIABLE;
    return colon || is_default || declares ? declared(tokens, k, begin) : k;
}

/* Where a value ends that begins at i. */
static size_t end_of_value(const struct ais_sql_tokens *tokens, size_t i, size_t end)
{
    for (; i < end; i++) {
        enum ais_sql_word word = (enum ais_sql_word)item(tokens, i)->word;
        if (ais_sql_is_sign(tokens, i, "("))
            i = ais_sql_close(tokens, i, end) - 1;
        else if (ais_sql_is_sign(tokens, i, ",") || word == AIS_SQL_SET || word == AIS_SQL_DECLARE ||
                 word == AIS_SQL_SELECT || word == AIS_SQL_FROM || word == AIS_SQL_WHERE || word == AIS_SQL_INTO ||
                 word == AIS_SQL_BEGIN || word == AIS_SQL_EXEC || word == AIS_SQL_EXECUTE)
            return i;
    }
    return end;
}

/* SELECT 'DROP ' || 'TABLE x' INTO s, and SELECT INTO s …: the place of INTO; end: it is none. */
static size_t into_of(const struct ais_sql_tokens *tokens, size_t begin, size_t end)
{
    size_t i = begin + 1;
    if (!ais_sql_is(tokens, begin, AIS_SQL_SELECT))
        return end;
    while (i < end && !ais_sql_is(tokens, i, AIS_SQL_INTO) && !ais_sql_is(tokens, i, AIS_SQL_FROM))
        i = ais_sql_is_sign(tokens, i, "(") ? ais_sql_close(tokens, i, end) : i + 1;
    return i + 1 < end && ais_sql_is(tokens, i, AIS_SQL_INTO) ? i : end;
}

struct ais_sql_variable *ais_sql_assign(struct ais_sql_reader *reader, const struct ais_sql_tokens *tokens,
                                        size_t begin, size_t end, bool mysql)
{
    struct ais_sql_variable *last = NULL;
    size_t count = 0, into = into_of(tokens, begin, end);
    if (ais_sql_is(tokens, begin, AIS_SQL_EXEC) || ais_sql_is(tokens, begin, AIS_SQL_EXECUTE))
        return NULL; /* those are parameters */
    if (into < end && item(tokens, into + 1)->kind <= AIS_SQL_VARIABLE) {
        bool first = into == begin + 1;
        last = assign(reader, tokens, into + 1, first ? into + 2 : begin + 1,
                      first ? end_of_value(tokens, into + 2, end) : into, false, mysql);
        count++;
    }
    for (size_t k = begin; k < end; k++) {
        bool more;
        size_t target = target_of(tokens, k, begin, &more);
        if (target == k)
            continue;
        size_t most = end - k > VALUE_TOKENS_MOST ? k + VALUE_TOKENS_MOST : end;
        size_t stop = end_of_value(tokens, k + 1, most);
        if (!ais_part_spend(reader->view, reader->part, STEPS_A_TOKEN * (stop - k)))
            return NULL;
        last = assign(reader, tokens, target, k + 1, stop, more, mysql);
        if (last != NULL && stop == most && most < end)
            last->value.unknown = true;
        count++;
    }
    return count == 1 && last != NULL && !last->value.of_variables ? last : NULL;
}

void ais_sql_end_variables(struct ais_sql_reader *reader, bool mysql)
{
    for (size_t i = 0; i < reader->variable_count; i++)
        if (reader->variables[i].name[0] == '@')
            ais_sql_run_variable(reader, &reader->variables[i], mysql);
}
