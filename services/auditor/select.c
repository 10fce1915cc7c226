#include "services/auditor/select.h"

#include <assert.h>
#include <string.h>

/* Finds the one text that is wanted; false when no row can have it. */
static bool want_text(const char *wanted, const struct row_key *key, const struct dictionary *dictionary, bool *any,
                      uint16_t *number)
{
    *any = wanted == NULL;
    if (wanted == NULL)
        return true;
    size_t n = strlen(wanted);
    *number = dictionary_find(dictionary, wanted, n, row_hash(key, wanted, n));
    return *number != DICTIONARY_ABSENT || dictionary_is_overflown(dictionary);
}

/* Whether a set of rules ("pack NUL rule NUL" each) has one that is wanted. */
static bool has_rule(const struct dictionary_text *set, const struct ais_audit_filter *filter)
{
    const char *at = set->bytes, *end = set->bytes + set->length;
    while (at < end) {
        const char *rule = at + strlen(at) + 1;
        if ((filter->rulepack == NULL || strcmp(at, filter->rulepack) == 0) &&
            (filter->rule == NULL || strcmp(rule, filter->rule) == 0))
            return true;
        at = rule + strlen(rule) + 1;
    }
    return false;
}

static bool want_rules(struct select *select, const struct ais_audit_filter *filter,
                       const struct dictionary *dictionary)
{
    bool found = dictionary_is_overflown(dictionary);
    select->any_rules = filter->rule == NULL && filter->rulepack == NULL;
    if (select->any_rules)
        return true;
    memset(select->rules, 0, sizeof select->rules);
    size_t count = dictionary_count(dictionary);
    for (size_t i = 1; i <= count; i++) {
        if (!has_rule(dictionary_at(dictionary, (uint16_t)i), filter))
            continue;
        select->rules[i / 64] |= UINT64_C(1) << (i % 64);
        found = true;
    }
    return found;
}

/* Times and events that a part has; asked after its commits were counted. */
static bool want_bounds(const struct select *select, const struct index_part *part)
{
    return atomic_load_explicit(&part->first_us, memory_order_relaxed) <= select->until_us &&
           atomic_load_explicit(&part->last_us, memory_order_relaxed) >= select->since_us &&
           (select->kinds == 0 || (atomic_load_explicit(&part->kinds, memory_order_relaxed) & select->kinds) != 0);
}

static uint32_t want_hash(const char *wanted, const struct row_key *key)
{
    return wanted != NULL ? row_hash(key, wanted, strlen(wanted)) : 0;
}

static uint64_t texts_of(const uint16_t texts[ROW_TEXTS])
{
    uint64_t all;
    static_assert(sizeof all == ROW_TEXTS * sizeof texts[0], "the texts of a row are compared at once");
    memcpy(&all, texts, sizeof all);
    return all;
}

/* A dictionary that is not overflown has the whole truth of its text. Most rows end here, after one comparison. */
static void want_texts(struct select *select, const struct index_part *part)
{
    bool tool = !select->any_tool && !dictionary_is_overflown(&part->dictionaries[ROW_TOOL]);
    bool user = !select->any_user && !dictionary_is_overflown(&part->dictionaries[ROW_USER]);
    const uint16_t texts[ROW_TEXTS] = {
        [ROW_TOOL] = tool ? select->tool : 0,
        [ROW_USER] = user ? select->user : 0,
    };
    const uint16_t mask[ROW_TEXTS] = {
        [ROW_TOOL] = tool ? UINT16_MAX : 0,
        [ROW_USER] = user ? UINT16_MAX : 0,
    };
    select->texts = texts_of(texts);
    select->texts_mask = texts_of(mask);
}

void select_init(struct select *select, const struct ais_audit_filter *filter, const struct row_key *key,
                 const struct index_part *part)
{
    select->since_us = filter->since_ns > 0 ? filter->since_ns / 1000 : INT64_MIN;
    select->until_us = filter->until_ns > 0 ? filter->until_ns / 1000 : 0;
    select->severities = filter->severities;
    select->decisions = filter->decisions;
    select->kinds = filter->events;
    select->session_hash = want_hash(filter->session_id, key);
    if (filter->key_id != NULL && filter->session_id == NULL)
        select->session_hash = row_hash_key(key, filter->key_id, strlen(filter->key_id));
    select->session_hash_or = filter->session_or != NULL ? want_hash(filter->session_or, key) : select->session_hash;
    select->correlated = filter->correlated;
    select->decision_id_hash = want_hash(filter->decision_id, key);
    bool bounds = want_bounds(select, part);
    bool tool = want_text(filter->tool, key, &part->dictionaries[ROW_TOOL], &select->any_tool, &select->tool);
    bool user = want_text(filter->user_id, key, &part->dictionaries[ROW_USER], &select->any_user, &select->user);
    bool rules = want_rules(select, filter, &part->dictionaries[ROW_RULES]);
    select->none = !bounds || !tool || !user || !rules;
    want_texts(select, part);
}

static bool has_bit(uint64_t wanted, int8_t place)
{
    return wanted == 0 || (place >= 0 && (wanted >> place & 1) != 0);
}

static bool has_text(bool any, uint16_t wanted, uint16_t number)
{
    return any || number == DICTIONARY_OVERFLOW || (number == wanted && number != DICTIONARY_ABSENT);
}

static bool has_hash(uint32_t wanted, uint32_t hash)
{
    return wanted == 0 || wanted == hash;
}

static bool has_rules(const struct select *select, uint16_t number)
{
    return select->any_rules || number == DICTIONARY_OVERFLOW || (select->rules[number / 64] >> (number % 64) & 1) != 0;
}

static bool has_time(const struct select *select, int64_t time_us)
{
    return time_us == ROW_TIME_UNKNOWN || (time_us >= select->since_us && time_us <= select->until_us);
}

bool select_row(const struct select *select, const struct row *row)
{
    if (((texts_of(row->texts) ^ select->texts) & select->texts_mask) != 0)
        return false;
    return (row->correlated || !select->correlated) && has_hash(select->decision_id_hash, row->decision_id_hash) &&
           (has_hash(select->session_hash, row->session_hash) || select->session_hash_or == row->session_hash) &&
           has_bit(select->kinds, row->kind) && has_bit(select->severities, row->severity) &&
           has_bit(select->decisions, row->decision) &&
           has_text(select->any_tool, select->tool, row->texts[ROW_TOOL]) &&
           has_text(select->any_user, select->user, row->texts[ROW_USER]) && has_rules(select, row->texts[ROW_RULES]) &&
           has_time(select, row->time_us);
}

bool select_commit(const struct select *select, const struct index_part *part, const struct index_commit *commit)
{
    size_t n = 0;
    for (size_t i = 0; i < commit->rows; i += n) {
        const struct row *rows = list_run(&part->rows, commit->first_row + i, commit->rows - i, &n);
        for (size_t j = 0; j < n; j++)
            if (select_row(select, &rows[j]))
                return true;
    }
    return false;
}
