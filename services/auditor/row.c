#include "services/auditor/row.h"

#include "shared/audit/filter.h"

#include <string.h>

uint32_t row_hash(const struct row_key *key, const char *bytes, size_t n)
{
    unsigned char out[crypto_shorthash_BYTES];
    uint32_t hash;
    crypto_shorthash(out, (const unsigned char *)bytes, n, key->bytes);
    memcpy(&hash, out, sizeof hash);
    return hash != 0 ? hash : 1;
}

uint32_t row_hash_key(const struct row_key *key, const char *id, size_t n)
{
    return (row_hash(key, id, n) ^ 0x80000000U) | 1U; /* never 0, and not that of a session of this name */
}

size_t row_numbered_length(size_t n, uint64_t seq)
{
    size_t digits = 1;
    for (; seq >= 10; seq /= 10)
        digits++;
    return n + strlen("\"seq\":") + digits + (n > 2 ? 1 : 0);
}

/* n digits as a number; -1 when they are not. */
static int digits(const char *text, size_t n)
{
    int number = 0;
    for (size_t i = 0; i < n; i++) {
        if (text[i] < '0' || text[i] > '9')
            return -1;
        number = number * 10 + (text[i] - '0');
    }
    return number;
}

/* Days since 1970 of a date of the Gregorian calendar: years begin in March, so that the leap day is the last. */
static int64_t days_of(int year, int month, int day)
{
    int64_t y = month <= 2 ? year - 1 : year;
    int64_t era = y / 400, of_era = y % 400;
    int64_t of_year = (153 * (month > 2 ? month - 3 : month + 9) + 2) / 5 + day - 1;
    return era * 146097 + of_era * 365 + of_era / 4 - of_era / 100 + of_year - 719468;
}

int64_t row_time(const char *text, size_t n)
{
    static const char form[] = "0000-00-00T00:00:00.000000Z";
    if (n != sizeof form - 1)
        return ROW_TIME_UNKNOWN;
    for (size_t i = 0; i < n; i++)
        if (form[i] != '0' && text[i] != form[i])
            return ROW_TIME_UNKNOWN;
    int year = digits(text, 4), month = digits(text + 5, 2), day = digits(text + 8, 2), hour = digits(text + 11, 2),
        minute = digits(text + 14, 2), second = digits(text + 17, 2), us = digits(text + 20, 6);
    if (year < 1970 || month < 1 || month > 12 || day < 1 || day > 31 || hour < 0 || hour > 23 || minute < 0 ||
        minute > 59 || second < 0 || second > 59 || us < 0)
        return ROW_TIME_UNKNOWN;
    if (day > 28 && day > days_of(month < 12 ? year : year + 1, month % 12 + 1, 1) - days_of(year, month, 1))
        return ROW_TIME_UNKNOWN;
    return ((days_of(year, month, day) * 24 + hour) * 60 + minute) * INT64_C(60000000) + second * INT64_C(1000000) + us;
}

/* A set of texts being put together. */
struct set {
    char bytes[DICTIONARY_TEXT_MOST + 1];
    size_t n; /* more than DICTIONARY_TEXT_MOST: it does not fit, or could be misread */
};

static void set_add(struct set *set, const struct ais_json *text)
{
    size_t n = text != NULL && text->text != NULL ? text->length : 0;
    if (set->n + n + 1 > DICTIONARY_TEXT_MOST || (n > 0 && memchr(text->text, '\0', n) != NULL)) {
        set->n = sizeof set->bytes;
        return;
    }
    if (n > 0)
        memcpy(set->bytes + set->n, text->text, n);
    set->bytes[set->n + n] = '\0';
    set->n += n + 1;
}

static uint16_t add_text(const struct row_key *key, struct dictionary *dictionary, const char *bytes, size_t n)
{
    return dictionary_add(dictionary, bytes, n, n <= DICTIONARY_TEXT_MOST ? row_hash(key, bytes, n) : 0);
}

static uint16_t add_node(const struct row_key *key, struct dictionary *dictionary, const struct ais_json *node)
{
    return node->text != NULL ? add_text(key, dictionary, node->text, node->length) : DICTIONARY_ABSENT;
}

static uint16_t add_set(const struct row_key *key, struct dictionary *dictionary, const struct ais_json *array,
                        bool of_rules)
{
    struct set set;
    set.n = 0;
    for (const struct ais_json *element = array->first; element != NULL; element = element->next) {
        if (of_rules)
            set_add(&set, ais_json_get(element, "rulepack"));
        set_add(&set, of_rules ? ais_json_get(element, "rule") : element);
    }
    return set.n > 0 ? add_text(key, dictionary, set.bytes, set.n) : DICTIONARY_ABSENT;
}

static uint32_t hash_node(const struct row_key *key, const struct ais_json *node)
{
    return node->text != NULL ? row_hash(key, node->text, node->length) : 0;
}

static uint32_t hash_caller(const struct row_key *key, const struct ais_json *record)
{
    const struct ais_json *caller = ais_json_get(record, "caller");
    const struct ais_json *id = caller != NULL ? ais_json_get(caller, "key_id") : NULL;
    return id != NULL && id->text != NULL ? row_hash_key(key, id->text, id->length) : 0;
}

static bool is(const struct ais_json *member, const char *key, size_t n)
{
    return member->key_length == n && memcmp(member->key, key, n) == 0;
}

#define IS(member, key) is(member, key, sizeof(key) - 1)

void row_read(const struct row_key *key, struct dictionary dictionaries[ROW_TEXTS], const struct ais_json *record,
              size_t length, struct row *ret)
{
    const struct ais_audit_words words = ais_audit_words_of(record);
    struct row row = {
        .time_us = ROW_TIME_UNKNOWN,
        .length = length < UINT32_MAX ? (uint32_t)length : UINT32_MAX,
        .kind = words.kind,
        .severity = words.severity,
        .decision = words.decision,
    };
    for (const struct ais_json *member = record->first; member != NULL; member = member->next) {
        if (IS(member, "time") && member->text != NULL)
            row.time_us = row_time(member->text, member->length);
        else if (IS(member, "session_id") && member->length > 0)
            row.session_hash = hash_node(key, member);
        else if (IS(member, "correlated"))
            row.correlated = true;
        else if (IS(member, "decision_id"))
            row.decision_id_hash = hash_node(key, member);
        else if (IS(member, "tool"))
            row.texts[ROW_TOOL] = add_node(key, &dictionaries[ROW_TOOL], member);
        else if (IS(member, "user_id"))
            row.texts[ROW_USER] = add_node(key, &dictionaries[ROW_USER], member);
        else if (IS(member, "rules"))
            row.texts[ROW_RULES] = add_set(key, &dictionaries[ROW_RULES], member, true);
        else if (IS(member, "reasons"))
            row.texts[ROW_REASONS] = add_set(key, &dictionaries[ROW_REASONS], member, false);
    }
    if (row.session_hash == 0)
        row.session_hash = hash_caller(key, record);
    *ret = row;
}
