/* Semantic versions, semver.org 2.0.0: MAJOR.MINOR.PATCH[-PRERELEASE][+BUILD]. */
#include "shared/policy/rulepack.h"

#include <string.h>

static bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

static bool is_identifier_byte(char c)
{
    return is_digit(c) || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '-';
}

/* The length of a number without leading zeros at text; 0 when there is none. */
static size_t number_length(const char *text)
{
    size_t n = 0;
    while (is_digit(text[n]))
        n++;
    return n > 1 && text[0] == '0' ? 0 : n;
}

static size_t identifier_length(const char *text)
{
    size_t n = 0;
    while (is_identifier_byte(text[n]))
        n++;
    return n;
}

static bool is_number(const char *text, size_t n)
{
    for (size_t i = 0; i < n; i++)
        if (!is_digit(text[i]))
            return false;
    return true;
}

/* Steps over identifiers with dots between them; NULL when one is empty, or a number with leading zeros. */
static const char *skip_identifiers(const char *text, bool zeros_allowed)
{
    for (;;) {
        size_t n = identifier_length(text);
        if (n == 0 || (!zeros_allowed && n > 1 && text[0] == '0' && is_number(text, n)))
            return NULL;
        text += n;
        if (*text != '.')
            return text;
        text++;
    }
}

bool ais_version_valid(const char *version)
{
    for (int part = 0; part < 3; part++) {
        size_t n = number_length(version);
        if (n == 0 || (part < 2 && version[n] != '.'))
            return false;
        version += n + (part < 2 ? 1 : 0);
    }
    if (*version == '-')
        version = skip_identifiers(version + 1, false);
    if (version != NULL && *version == '+')
        version = skip_identifiers(version + 1, true);
    return version != NULL && *version == '\0';
}

/* Two identifiers: numbers by value (without leading zeros the longer is the larger) and below all others, which
 * compare by bytes. */
static int compare_identifiers(const char *a, size_t a_length, const char *b, size_t b_length)
{
    bool a_number = is_number(a, a_length), b_number = is_number(b, b_length);
    if (a_number != b_number)
        return a_number ? -1 : 1;
    if (a_number && a_length != b_length)
        return a_length < b_length ? -1 : 1;
    int order = memcmp(a, b, a_length < b_length ? a_length : b_length);
    return order != 0 ? order : (a_length > b_length) - (a_length < b_length);
}

/* One run of dotted identifiers against another; moves both to their ends. */
static int compare_runs(const char **a, const char **b)
{
    for (;;) {
        size_t a_length = identifier_length(*a), b_length = identifier_length(*b);
        int order = compare_identifiers(*a, a_length, *b, b_length);
        if (order != 0)
            return order;
        *a += a_length;
        *b += b_length;
        if (**a != '.' || **b != '.')
            return (**a == '.') - (**b == '.');
        ++*a;
        ++*b;
    }
}

/* The length of the core, MAJOR.MINOR.PATCH. */
static size_t core_length(const char *version)
{
    return strcspn(version, "-+");
}

static int compare_cores(const char *a, const char *b)
{
    for (int part = 0; part < 3; part++) {
        size_t a_length = number_length(a), b_length = number_length(b);
        int order = compare_identifiers(a, a_length, b, b_length);
        if (order != 0)
            return order;
        a += a_length + 1;
        b += b_length + 1;
    }
    return 0;
}

int ais_version_compare(const char *a, const char *b)
{
    int order = compare_cores(a, b);
    if (order != 0)
        return order;
    a += core_length(a);
    b += core_length(b);
    if (*a != '-' || *b != '-') /* a pre-release comes before its release */
        return (*b == '-') - (*a == '-');
    a++;
    b++;
    return compare_runs(&a, &b);
}
