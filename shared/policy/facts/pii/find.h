/* Personal data in a text: where it stands and of which kind. A kind with a checksum is told by it; one that any number
 * could be needs a word before it. */
#ifndef AIS_SHARED_POLICY_PII_FIND_H
#define AIS_SHARED_POLICY_PII_FIND_H

#include "shared/policy/facts/shape.h"
#include "shared/text/ascii.h"

#include <stdbool.h>
#include <stddef.h>

struct ais_pii {
    size_t offset, length;
    const char *kind; /* a literal: "credit_card", "iban", … */
};

typedef void ais_pii_found(void *arg, const struct ais_pii *pii);

struct ais_pii_search {
    const char *key; /* the name of the member that the text is of ("" where there is none) */
    const char *text;
    size_t n;
    ais_pii_found *found;
    void *arg;
    const struct ais_shape *shape; /* of the text; NULL: it is not known yet */
    size_t work;                   /* steps taken: at most a fixed number a byte */
    size_t most;                   /* the search ends when it took more; 0: it may take any number */
};

/* Finds all of it, unless work passes most. No memory is taken; time linear in n. */
void ais_pii_find(struct ais_pii_search *search);

/* The i-th of all kinds; NULL: there are no more. */
const char *ais_pii_kind(size_t i);

/* Whether there is a kind of this name (n bytes). */
bool ais_pii_knows(const char *kind, size_t n);

/* ---- for the files of this folder ---- */

enum { AIS_PII_DIGITS_MOST = 24, AIS_PII_GROUPS_MOST = 12, AIS_PII_IBAN_SHORTEST = 15 };

/* A number as it is written: groups of digits, parted by one of space, '-', '.' or '/'. */
struct ais_pii_number {
    size_t at, end;                            /* in the text */
    char digits[AIS_PII_DIGITS_MOST + 1];      /* of all groups, NUL-terminated */
    size_t count;                              /* of digits */
    size_t groups, sizes[AIS_PII_GROUPS_MOST]; /* digits of each */
    size_t begins[AIS_PII_GROUPS_MOST];        /* where each stands in the text */
    char separator;                            /* the first one; NUL: there is none */
    bool mixed;                                /* there are several kinds of separators */
};

/* Reads the number that begins at a digit. False when it is longer than any that is known here. */
bool ais_pii_number(const struct ais_pii_search *search, size_t at, struct ais_pii_number *ret);

/* Whether one of the words (parted by '|') stands in the key, or in the 48 bytes before at. */
bool ais_pii_said(struct ais_pii_search *search, size_t at, const char *words);

static inline bool ais_pii_is_letter(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

/* The check of ISO/IEC 7812 ("Luhn"). */
bool ais_pii_luhn(const char *digits, size_t n);

void ais_pii_tell(struct ais_pii_search *search, size_t at, size_t end, const char *kind);

/* numbers.c: a card among the groups of a number; an IBAN that begins at. */
void ais_pii_cards(struct ais_pii_search *search, const struct ais_pii_number *number);
void ais_pii_iban(struct ais_pii_search *search, size_t at);
/* national.c: numbers of persons, by digits alone, and with letters. */
void ais_pii_national(struct ais_pii_search *search, const struct ais_pii_number *number);
void ais_pii_lettered(struct ais_pii_search *search, size_t at, size_t ahead); /* bytes before the next digit */
bool ais_pii_may_be_lettered(const struct ais_shape *shape);
const char *ais_pii_national_kind(size_t i);
/* contact.c: the address around the '@' at; the telephone number that a number may be. */
void ais_pii_email(struct ais_pii_search *search, size_t at);
void ais_pii_phone(struct ais_pii_search *search, const struct ais_pii_number *number);

#endif
