/* Numbers that states give to persons, each with its own check. */
#include "shared/err/err.h"
#include "shared/policy/facts/pii/find.h"

#include <ctype.h>
#include <string.h>

static unsigned digit(const char *digits, size_t i)
{
    return (unsigned)(digits[i] - '0');
}

static unsigned long number_of(const char *digits, size_t n)
{
    unsigned long number = 0;
    for (size_t i = 0; i < n; i++)
        number = number * 10 + digit(digits, i);
    return number;
}

/* The sum of digits, each times its weight. */
static unsigned weighted(const char *digits, const char *weights)
{
    unsigned sum = 0;
    for (size_t i = 0; weights[i] != '\0'; i++)
        sum += digit(digits, i) * (unsigned)(weights[i] - '0');
    return sum;
}

static bool all_same(const char *digits, size_t n)
{
    for (size_t i = 1; i < n; i++)
        if (digits[i] != digits[0])
            return false;
    return true;
}

static bool is_day(unsigned long month, unsigned long day)
{
    return month >= 1 && month <= 12 && day >= 1 && day <= 31;
}

/* ---- the checks ---- */

/* Social Security Administration: no area 000, 666 or 900 and above, no group 00, no serial 0000; and two numbers that
 * advertisements made known. */
static bool is_ssn(const char *d)
{
    unsigned long area = number_of(d, 3);
    return area != 0 && area != 666 && area < 900 && number_of(d + 3, 2) != 0 && number_of(d + 5, 4) != 0 &&
           strcmp(d, "078051120") != 0 && strcmp(d, "219099999") != 0 && !all_same(d, 9) && strcmp(d, "123456789") != 0;
}

static bool is_sin(const char *d)
{
    return d[0] != '0' && d[0] != '8' && !all_same(d, 9) && ais_pii_luhn(d, 9);
}

/* ISO/IEC 7064 mod 11,10; of the first ten digits one is there twice or three times, and none more often. */
static bool is_steuerid(const char *d)
{
    unsigned counts[10] = { 0 }, product = 10, repeated = 0;
    for (size_t i = 0; i < 10; i++) {
        unsigned sum = (digit(d, i) + product) % 10;
        product = 2 * (sum == 0 ? 10 : sum) % 11;
        counts[digit(d, i)]++;
    }
    for (size_t i = 0; i < 10; i++) {
        repeated += counts[i] > 1;
        if (counts[i] > 3)
            return false;
    }
    return d[0] != '0' && repeated == 1 && (11 - product) % 10 == digit(d, 10);
}

/* Sex, year, month, place, order; the key is what is missing to a multiple of 97. */
static bool is_nir(const char *d)
{
    unsigned long month = number_of(d + 3, 2), rest = 0;
    for (size_t i = 0; i < 13; i++)
        rest = (rest * 10 + digit(d, i)) % 97;
    bool born = (month >= 1 && month <= 12) || (month >= 20 && month <= 42) || month >= 50;
    return (d[0] == '1' || d[0] == '2') && born && 97 - rest == number_of(d + 13, 2);
}

static bool is_bsn(const char *d)
{
    unsigned sum = weighted(d, "98765432");
    return !all_same(d, 9) && sum >= digit(d, 8) && (sum - digit(d, 8)) % 11 == 0;
}

static bool is_cpf(const char *d)
{
    for (size_t n = 9; n <= 10; n++) {
        unsigned sum = 0;
        for (size_t i = 0; i < n; i++)
            sum += digit(d, i) * (unsigned)(n + 1 - i);
        if (sum * 10 % 11 % 10 != digit(d, n))
            return false;
    }
    return !all_same(d, 11);
}

/* Verhoeff's check: products and turns of the dihedral group of ten. */
static unsigned dihedral(unsigned a, unsigned b)
{
    return a < 5 ? (b < 5 ? (a + b) % 5 : 5 + (a + b) % 5) : (b < 5 ? 5 + (a - b) % 5 : (a - b + 5) % 5);
}

static bool is_aadhaar(const char *d)
{
    static const unsigned char turn[] = { 1, 5, 7, 6, 2, 8, 3, 0, 9, 4 };
    unsigned check = 0;
    for (size_t i = 0; i < 12; i++) {
        unsigned value = digit(d, 11 - i);
        for (size_t k = 0; k < i % 8; k++)
            value = turn[value];
        check = dihedral(check, value);
    }
    return d[0] >= '2' && check == 0;
}

static bool is_tfn(const char *d)
{
    return !all_same(d, 9) && (weighted(d, "14375869") + 10 * digit(d, 8)) % 11 == 0;
}

static bool is_pesel(const char *d)
{
    unsigned sum = weighted(d, "1379137913");
    return is_day(number_of(d + 2, 2) % 20, number_of(d + 4, 2)) && (10 - sum % 10) % 10 == digit(d, 10);
}

static bool is_ahv(const char *d)
{
    return number_of(d, 3) == 756 && (10 - weighted(d, "131313131313") % 10) % 10 == digit(d, 12);
}

static bool is_personnummer(const char *d)
{
    unsigned long day = number_of(d + 4, 2);
    return is_day(number_of(d + 2, 2), day > 60 ? day - 60 : day) && ais_pii_luhn(d, 10);
}

/* Year, month, day, order; the key is what is missing to a multiple of 97, with a 2 in front from 2000 on. */
static bool is_rijksregister(const char *d)
{
    unsigned long base = number_of(d, 9), key = number_of(d + 9, 2);
    return is_day(number_of(d + 2, 2), number_of(d + 4, 2)) &&
           (97 - base % 97 == key || 97 - (2000000000UL + base) % 97 == key);
}

/* ---- digits alone ---- */

/* How a number is written where it needs no word: its groups, and what parts them. */
static const struct national {
    const char *kind;
    size_t digits;
    bool (*check)(const char *digits);
    const char *form; /* sizes of groups, NULL: no form is enough */
    const char *separators;
    const char *words; /* NULL: the check is enough */
} nationals[] = {
    {"us_ssn",            9,  is_ssn,           "324",     "-",  "ssn|social security|social-security|social_security"    },
    { "ca_sin",           9,  is_sin,           NULL,      "",   "sin|social insurance|assurance sociale|social_insurance"},
    { "nl_bsn",           9,  is_bsn,           NULL,      "",   "bsn|burgerservice|sofinummer"                           },
    { "au_tfn",           9,  is_tfn,           NULL,      "",   "tfn|tax file"                                           },
    { "se_personnummer",  10, is_personnummer,  "64",      "-",  "personnummer|personnr|personal identity"                },
    { "de_steuerid",      11, is_steuerid,      NULL,      "",   "steuer|idnr|id-nr|tax id|tax_id|tin"                    },
    { "br_cpf",           11, is_cpf,           "3332",    ".-", "cpf"                                                    },
    { "pl_pesel",         11, is_pesel,         NULL,      "",   "pesel"                                                  },
    { "be_rijksregister", 11, is_rijksregister, "22232",   ".-",
     "rijksregister|registre national|national register|niss|insz"                                                        },
    { "in_aadhaar",       12, is_aadhaar,       NULL,      "",   "aadhaar|aadhar|uidai"                                   },
    { "ch_ahv",           13, is_ahv,           "3442",    ".",  "ahv|avs"                                                },
    { "fr_nir",           15, is_nir,           "1222332", " ",  NULL                                                     },
};

static bool has_form(const struct ais_pii_number *number, const char *form)
{
    for (size_t i = 0; i < number->groups; i++)
        if (form[i] == '\0' || number->sizes[i] != (size_t)(form[i] - '0'))
            return false;
    return form[number->groups] == '\0';
}

void ais_pii_national(struct ais_pii_search *search, const struct ais_pii_number *number)
{
    for (size_t i = 0; i < N_ELEMS(nationals); i++) {
        const struct national *row = &nationals[i];
        if (number->count != row->digits || !row->check(number->digits))
            continue;
        bool formed = row->form != NULL && number->separator != '\0' &&
                      strchr(row->separators, number->separator) != NULL && has_form(number, row->form);
        if (row->words == NULL || formed || ais_pii_said(search, number->at, row->words))
            ais_pii_tell(search, number->at, number->end, row->kind);
    }
}

/* ---- with letters ---- */

/* A for a letter, 9 for a digit, * for either. */
static bool fits(char c, char shape)
{
    return shape == '9' ? ais_is_digit(c) : shape == 'A' ? ais_pii_is_letter(c) : ais_is_alnum(c);
}

/* Letters and digits of a shape from at on, in upper case, single spaces and dashes left out. Returns the place behind
 * them; at where something does not fit. */
static size_t gather(struct ais_pii_search *search, size_t at, const char *shape, char *out)
{
    size_t n = 0, i = at;
    for (; shape[n] != '\0' && i < search->n; i++) {
        char c = search->text[i];
        bool gap =
            ((c == ' ' && n > 1) || (c == '-' && n > 0)) && search->text[i - 1] != ' ' && search->text[i - 1] != '-';
        if (fits(c, shape[n]))
            out[n++] = (char)toupper((unsigned char)c);
        else if (!gap)
            break;
    }
    out[n] = '\0';
    search->work += i - at;
    return shape[n] == '\0' ? i : at;
}

/* HM Revenue & Customs: letters that are not given, and prefixes that are not. */
static bool is_nino(const char *t)
{
    static const char *const never[] = { "BG", "GB", "KN", "NK", "NT", "TN", "ZZ" };
    if (strchr("DFIQUV", t[0]) != NULL || strchr("DFIOQUV", t[1]) != NULL || t[8] > 'D')
        return false;
    for (size_t i = 0; i < N_ELEMS(never); i++)
        if (strncmp(t, never[i], 2) == 0)
            return false;
    return true;
}

/* The letter is the remainder of 23; X, Y, Z stand for 0, 1, 2 before the numbers of foreigners. */
static bool is_dni(const char *t)
{
    static const char letters[] = "TRWAGMYFPDXBNJZSQVHLCKE";
    char digits[9];
    if (!(ais_is_digit(t[0]) || (t[0] >= 'X' && t[0] <= 'Z')))
        return false;
    memcpy(digits, t, 8);
    if (t[0] >= 'X')
        digits[0] = (char)('0' + t[0] - 'X');
    return letters[number_of(digits, 8) % 23] == t[8];
}

/* Agenzia delle Entrate: odd places by a table, even ones by value; the sum's remainder of 26 is the last letter. */
static bool is_codice_fiscale(const char *t)
{
    static const unsigned char odd[] = { 1,  0,  5, 7, 9, 13, 15, 17, 19, 21, 2,  4,  18,
                                         20, 11, 3, 6, 8, 12, 14, 16, 10, 22, 25, 24, 23 };
    unsigned sum = 0;
    static const unsigned char numbers[] = { 6, 7, 9, 10, 12, 13, 14 };
    size_t digits = 0;
    for (size_t i = 0; i < N_ELEMS(numbers); i++) {
        bool is_digit = ais_is_digit(t[numbers[i]]) != 0;
        if (!is_digit && strchr("LMNPQRSTUV", t[numbers[i]]) == NULL)
            return false; /* letters stand for digits where two persons would have the same */
        digits += is_digit;
    }
    if (digits < 3 || strchr("ABCDEHLMPRST", t[8]) == NULL)
        return false;
    for (size_t i = 0; i < 15; i++) {
        unsigned value = ais_is_digit(t[i]) ? (unsigned)(t[i] - '0') : (unsigned)(t[i] - 'A');
        sum += i % 2 == 0 ? odd[value] : value;
    }
    return (unsigned)(t[15] - 'A') == sum % 26;
}

static const struct lettered {
    const char *kind;
    const char *shape;
    uint16_t digits, before; /* it has at least, and letters before them */
    bool (*check)(const char *text);
    const char *words; /* NULL: the check is enough */
} lettereds[] = {
    {"uk_nino", "AA999999A",        6, 2, is_nino,           "nino|national insurance|ni number|ni no|national_insurance"},
    { "es_dni", "*9999999A",        7, 0, is_dni,            "dni|nif|nie|documento|identidad"                           },
    { "it_cf",  "AAAAAA**A**A***A", 3, 6, is_codice_fiscale, NULL                                                        },
};

bool ais_pii_may_be_lettered(const struct ais_shape *shape)
{
    bool any = false;
    for (size_t i = 0; i < N_ELEMS(lettereds); i++)
        any = any || shape->digits >= lettereds[i].digits;
    return any;
}

void ais_pii_lettered(struct ais_pii_search *search, size_t at, size_t ahead)
{
    for (size_t i = 0; i < N_ELEMS(lettereds); i++) {
        const struct lettered *row = &lettereds[i];
        char text[24];
        if (search->shape->digits < row->digits || ahead < row->before)
            continue;
        size_t end = gather(search, at, row->shape, text);
        if (end == at || (end < search->n && ais_is_alnum(search->text[end])) || !row->check(text))
            continue;
        bool spaced = end - at > strlen(row->shape) && row->check == is_nino; /* QQ 12 34 56 C */
        if (row->words == NULL || spaced || ais_pii_said(search, at, row->words))
            ais_pii_tell(search, at, end, row->kind);
    }
}

const char *ais_pii_national_kind(size_t i)
{
    if (i < N_ELEMS(nationals))
        return nationals[i].kind;
    i -= N_ELEMS(nationals);
    return i < N_ELEMS(lettereds) ? lettereds[i].kind : NULL;
}
