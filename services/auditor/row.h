/* What the index knows of one record: enough to tell which records a filter cannot want, and to count them. It may take
 * a record for one that it is not (two texts with one hash), never the other way round. */
#ifndef AIS_SERVICES_AUDITOR_ROW_H
#define AIS_SERVICES_AUDITOR_ROW_H

#include "services/auditor/dictionary.h"
#include "shared/json/json.h"

#include <sodium.h>

/* Texts that have a dictionary. Sets are one text: the rules' packs and names ("pack NUL rule NUL" each), the reasons
 * ("reason NUL" each). */
enum row_text { ROW_TOOL, ROW_USER, ROW_RULES, ROW_REASONS, ROW_TEXTS };

#define ROW_TIME_UNKNOWN INT64_MIN

struct row {
    int64_t time_us;                 /* since 1970, ROW_TIME_UNKNOWN: not written as we write it */
    uint32_t session_hash;           /* of a record without a session: of its API key (row_hash_key); 0: neither */
    uint32_t decision_id_hash;       /* 0: absent */
    uint32_t length;                 /* bytes of the record, its number included */
    uint16_t texts[ROW_TEXTS];       /* numbers in the dictionaries */
    int8_t kind, severity, decision; /* places in the tables of shared/audit; -1: none of them */
    bool correlated;                 /* it tells what correlations count */
};

/* The hash of a text, for rows and dictionaries: of no use to somebody who wants two texts to have one. */
struct row_key {
    unsigned char bytes[crypto_shorthash_KEYBYTES];
};

uint32_t row_hash(const struct row_key *key, const char *bytes, size_t n);

/* The hash of an API key's id, where a session's would stand. */
uint32_t row_hash_key(const struct row_key *key, const char *id, size_t n);

/* Reads a record's tree. length: bytes of the record as it stands in the log. */
void row_read(const struct row_key *key, struct dictionary dictionaries[ROW_TEXTS], const struct ais_json *record,
              size_t length, struct row *ret);

/* The bytes that a record of n bytes has once its number is in front. */
size_t row_numbered_length(size_t n, uint64_t seq);

/* "2026-01-31T23:59:59.123456Z" as microseconds since 1970; ROW_TIME_UNKNOWN when it is not of this form. */
int64_t row_time(const char *text, size_t n);

#endif
