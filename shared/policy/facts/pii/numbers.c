/* Numbers of payment cards and of bank accounts. */
#include "shared/err/err.h"
#include "shared/policy/facts/pii/find.h"

#include <ctype.h>
#include <string.h>
#include <strings.h>

bool ais_pii_luhn(const char *digits, size_t n)
{
    unsigned sum = 0;
    for (size_t i = 0; i < n; i++) {
        unsigned digit = (unsigned)(digits[n - 1 - i] - '0') << (i % 2);
        sum += digit > 9 ? digit - 9 : digit;
    }
    return n > 0 && sum % 10 == 0;
}

/* ---- cards: ISO/IEC 7812, the ranges that networks publish ---- */

#define LENGTH(n) (1U << (n))

static const struct range {
    unsigned digits, low, high; /* the first digits, from low to high */
    unsigned lengths;           /* bits */
    bool said;                  /* only where a word says so: lengths that much else has */
} ranges[] = {
    {1,  4,    4,    LENGTH(16) | LENGTH(19),                           false},
    { 1, 4,    4,    LENGTH(13),                                        true },
    { 2, 51,   55,   LENGTH(16),                                        false},
    { 4, 2221, 2720, LENGTH(16),                                        false},
    { 2, 34,   34,   LENGTH(15),                                        false},
    { 2, 37,   37,   LENGTH(15),                                        false},
    { 4, 6011, 6011, LENGTH(16) | LENGTH(19),                           false},
    { 3, 644,  649,  LENGTH(16) | LENGTH(19),                           false},
    { 2, 65,   65,   LENGTH(16) | LENGTH(19),                           false},
    { 3, 300,  305,  LENGTH(14) | LENGTH(16),                           false},
    { 2, 36,   36,   LENGTH(14) | LENGTH(16),                           false},
    { 2, 38,   39,   LENGTH(14) | LENGTH(16),                           false},
    { 4, 3528, 3589, LENGTH(16) | LENGTH(19),                           false},
    { 2, 35,   35,   LENGTH(16),                                        true },
    { 4, 1800, 1800, LENGTH(15),                                        true },
    { 4, 2131, 2131, LENGTH(15),                                        true },
    { 2, 62,   62,   LENGTH(16) | LENGTH(17) | LENGTH(18) | LENGTH(19), false},
    { 2, 50,   50,   LENGTH(12) | LENGTH(16) | LENGTH(19),              true },
    { 2, 56,   58,   LENGTH(12) | LENGTH(16) | LENGTH(19),              true },
    { 4, 6304, 6304, LENGTH(12) | LENGTH(16) | LENGTH(19),              true },
    { 4, 6759, 6763, LENGTH(12) | LENGTH(16) | LENGTH(19),              true },
};

static unsigned front(const char *digits, unsigned n)
{
    unsigned number = 0;
    for (unsigned i = 0; i < n; i++)
        number = number * 10 + (unsigned)(digits[i] - '0');
    return number;
}

static bool is_card(struct ais_pii_search *search, size_t at, const char *digits, size_t n)
{
    if (n < 12 || n > 19 || !ais_pii_luhn(digits, n))
        return false;
    for (size_t i = 0; i < N_ELEMS(ranges); i++) {
        unsigned first = front(digits, ranges[i].digits);
        if (first >= ranges[i].low && first <= ranges[i].high && (ranges[i].lengths & LENGTH(n)) != 0)
            return !ranges[i].said || ais_pii_said(search, at, "card|credit|debit|cc|visa|jcb|maestro|pan|payment");
    }
    return false;
}

/* Cards are written in one group, or in groups of four to seven digits; what follows (a month, a code) is not theirs.
 */
void ais_pii_cards(struct ais_pii_search *search, const struct ais_pii_number *number)
{
    size_t offset = 0;
    for (size_t first = 0; first < number->groups; offset += number->sizes[first++]) {
        size_t n = 0;
        for (size_t last = first; last < number->groups && n <= 19; last++) {
            bool sized = number->sizes[last] >= 3 && (number->sizes[last] <= 7 || last == first);
            if (!sized || (last > first && number->sizes[first] != 4) || number->separator == '.' ||
                number->separator == '/')
                break;
            n += number->sizes[last];
            if (!is_card(search, number->at, number->digits + offset, n))
                continue;
            ais_pii_tell(search, number->begins[first], number->begins[last] + number->sizes[last], "credit_card");
            return;
        }
        if (number->separator == '.' || number->separator == '/')
            return;
    }
}

/* ---- accounts: ISO 13616, the lengths of the registry ---- */

static const struct country {
    char code[3];
    unsigned char length;
} countries[] = {
    {"AD",  24},
    { "AE", 23},
    { "AL", 28},
    { "AT", 20},
    { "AZ", 28},
    { "BA", 20},
    { "BE", 16},
    { "BG", 22},
    { "BH", 22},
    { "BI", 27},
    { "BR", 29},
    { "BY", 28},
    { "CH", 21},
    { "CR", 22},
    { "CY", 28},
    { "CZ", 24},
    { "DE", 22},
    { "DJ", 27},
    { "DK", 18},
    { "DO", 28},
    { "EE", 20},
    { "EG", 29},
    { "ES", 24},
    { "FI", 18},
    { "FK", 18},
    { "FO", 18},
    { "FR", 27},
    { "GB", 22},
    { "GE", 22},
    { "GI", 23},
    { "GL", 18},
    { "GR", 27},
    { "GT", 28},
    { "HR", 21},
    { "HU", 28},
    { "IE", 22},
    { "IL", 23},
    { "IQ", 23},
    { "IS", 26},
    { "IT", 27},
    { "JO", 30},
    { "KW", 30},
    { "KZ", 20},
    { "LB", 28},
    { "LC", 32},
    { "LI", 21},
    { "LT", 20},
    { "LU", 20},
    { "LV", 21},
    { "LY", 25},
    { "MC", 27},
    { "MD", 24},
    { "ME", 22},
    { "MK", 19},
    { "MN", 20},
    { "MR", 27},
    { "MT", 31},
    { "MU", 30},
    { "NI", 28},
    { "NL", 18},
    { "NO", 15},
    { "OM", 23},
    { "PK", 24},
    { "PL", 28},
    { "PS", 29},
    { "PT", 25},
    { "QA", 29},
    { "RO", 24},
    { "RS", 22},
    { "RU", 33},
    { "SA", 24},
    { "SC", 31},
    { "SD", 18},
    { "SE", 24},
    { "SI", 19},
    { "SK", 24},
    { "SM", 27},
    { "SO", 23},
    { "ST", 25},
    { "SV", 28},
    { "TL", 23},
    { "TN", 24},
    { "TR", 26},
    { "UA", 29},
    { "VA", 22},
    { "VG", 24},
    { "XK", 20},
    { "YE", 30},
};

static char capital(char c)
{
    return (char)(c >= 'a' && c <= 'z' ? c - 'a' + 'A' : c);
}

static size_t length_of(const char *text)
{
    const char first = capital(text[0]), second = capital(text[1]);
    for (size_t i = 0; i < N_ELEMS(countries); i++)
        if (countries[i].code[0] == first && countries[i].code[1] == second)
            return countries[i].length;
    return 0;
}

/* ISO/IEC 7064: the first four behind the rest, letters as 10 to 35; the remainder is 1. */
static bool has_check(const char *account, size_t n)
{
    unsigned rest = 0;
    for (size_t i = 0; i < n; i++) {
        char c = account[(i + 4) % n];
        unsigned value = ais_is_digit(c) ? (unsigned)(c - '0') : (unsigned)((c | 0x20) - 'a') + 10;
        rest = (rest * (value > 9 ? 100 : 10) + value) % 97;
    }
    return rest == 1;
}

enum { STEPS_A_COUNTRY = 256 }; /* to look it up */

void ais_pii_iban(struct ais_pii_search *search, size_t at)
{
    const char *text = search->text;
    char account[40];
    if (search->n - at < AIS_PII_IBAN_SHORTEST || !ais_is_digit(text[at + 2]) || !ais_is_digit(text[at + 3]))
        return;
    size_t n = 0, end = at, want = length_of(text + at);
    search->work += STEPS_A_COUNTRY;
    while (end < search->n && n < want) {
        bool gap =
            (text[end] == ' ' || text[end] == '-') && n > 3 && end + 1 < search->n && ais_is_alnum(text[end + 1]);
        if (ais_is_alnum(text[end]))
            account[n++] = text[end];
        else if (!gap)
            break;
        end++;
    }
    search->work += end - at;
    bool whole = n == want && (end >= search->n || !ais_is_alnum(text[end]));
    if (whole && has_check(account, n))
        ais_pii_tell(search, at, end, "iban");
}
