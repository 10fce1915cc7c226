/* The part PII: the kinds of personal data in the request and in what its encoded layers hide. */
#include "shared/policy/facts/pii/find.h"
#include "shared/policy/facts/view.h"

#include <ctype.h>
#include <string.h>
#include <strings.h>

/* ---- the search ---- */

enum {
    NUMBER_LEAST = 7, /* digits of a number */
    IBAN_LEAST = 2,   /* digits of an account: its check */
    REACH = 32,       /* bytes: from the first letter of any kind to its first digit there are fewer */
    BYTES_A_STEP = 4, /* of work, where bytes are passed over */
};

const char *ais_pii_kind(size_t i)
{
    static const char *const others[] = { "email", "phone", "credit_card", "iban" };
    return i < N_ELEMS(others) ? others[i] : ais_pii_national_kind(i - N_ELEMS(others));
}

bool ais_pii_knows(const char *kind, size_t n)
{
    const char *known;
    for (size_t i = 0; (known = ais_pii_kind(i)) != NULL; i++)
        if (strlen(known) == n && memcmp(known, kind, n) == 0)
            return true;
    return false;
}

void ais_pii_tell(struct ais_pii_search *search, size_t at, size_t end, const char *kind)
{
    const struct ais_pii pii = { at, end - at, kind };
    search->found(search->arg, &pii);
}

/* Whether a word begins at text[i]; it may go on ("SSNs"), but is not the end of another ("basin"). */
static bool word_at(const char *text, size_t n, size_t i, const char *word, size_t length)
{
    bool begins = i == 0 || !ais_pii_is_letter(text[i - 1]);
    bool ends = i + length >= n || length > 3 || !ais_pii_is_letter(text[i + length]);
    return i + length <= n && begins && ends && strncasecmp(text + i, word, length) == 0;
}

static bool holds(struct ais_pii_search *search, const char *text, size_t n, const char *words)
{
    while (*words != '\0') {
        size_t length = strcspn(words, "|");
        search->work += n + length;
        for (size_t i = 0; i + length <= n; i++)
            if ((text[i] | 0x20) == (words[0] | 0x20) && word_at(text, n, i, words, length))
                return true;
        words += length + (words[length] == '|');
    }
    return false;
}

bool ais_pii_said(struct ais_pii_search *search, size_t at, const char *words)
{
    enum { BEFORE = 48, KEY_MOST = 64 };
    size_t begin = at > BEFORE ? at - BEFORE : 0;
    return holds(search, search->text + begin, at - begin, words) ||
           holds(search, search->key, strnlen(search->key, KEY_MOST), words);
}

static bool is_separator(char c)
{
    return c == ' ' || c == '-' || c == '.' || c == '/';
}

/* ") " parts like a space: (212) 555-0100. */
static size_t gap_at(const struct ais_pii_search *search, size_t at)
{
    const char *text = search->text;
    size_t gap = at < search->n && text[at] == ')' ? 1 : 0;
    gap += at + gap < search->n && is_separator(text[at + gap]);
    return at + gap < search->n && gap > 0 && ais_is_digit(text[at + gap]) ? gap : 0;
}

bool ais_pii_number(const struct ais_pii_search *search, size_t at, struct ais_pii_number *ret)
{
    *ret = (struct ais_pii_number){ .at = at };
    for (;;) {
        if (ret->groups == AIS_PII_GROUPS_MOST)
            break;
        ret->begins[ret->groups] = at;
        while (at < search->n && ais_is_digit(search->text[at]) && ret->count < AIS_PII_DIGITS_MOST)
            ret->digits[ret->count++] = search->text[at++];
        ret->sizes[ret->groups] = at - ret->begins[ret->groups];
        ret->groups++;
        ret->end = at;
        size_t gap = gap_at(search, at);
        if (gap == 0 || ret->count == AIS_PII_DIGITS_MOST)
            break;
        char separator = search->text[at + gap - 1];
        ret->mixed |= ret->separator != '\0' && separator != ret->separator;
        if (ret->separator == '\0')
            ret->separator = separator;
        at += gap;
    }
    bool longer = at < search->n && ais_is_alnum(search->text[at]);
    return !longer && ret->count < AIS_PII_DIGITS_MOST;
}

/* A number begins here: its kinds. Returns the place to go on at. */
static size_t try_number(struct ais_pii_search *search, size_t at)
{
    struct ais_pii_number number;
    bool known = ais_pii_number(search, at, &number);
    size_t end = number.end > at ? number.end : at + 1;
    search->work += end - at;
    while (end < search->n && ais_is_digit(search->text[end])) {
        end++; /* of a number that is longer than any */
        search->work++;
    }
    bool fraction = at > 1 && search->text[at - 1] == '.' && ais_is_digit(search->text[at - 2]);
    if (!known || fraction || number.count < NUMBER_LEAST)
        return end;
    ais_pii_cards(search, &number);
    ais_pii_national(search, &number);
    ais_pii_phone(search, &number);
    return end;
}

/* Which searches can find something at all, by what their kinds need at least. */
struct chances {
    bool email, numbers, lettered, iban;
};

static struct chances chances_of(const struct ais_pii_search *search)
{
    const struct ais_shape *shape = search->shape;
    return (struct chances){
        .email = ais_shape_has(shape, AIS_BYTE_AT | AIS_BYTE_DOT),
        .numbers = shape->digits >= NUMBER_LEAST,
        .lettered = ais_pii_may_be_lettered(shape),
        .iban = shape->digits >= IBAN_LEAST && search->n >= AIS_PII_IBAN_SHORTEST,
    };
}

/* The first '@' or digit from at on. */
static size_t next_sign(const struct ais_pii_search *search, size_t at)
{
    while (at < search->n && (ais_byte_kinds(search->text[at]) & (AIS_BYTE_DIGIT | AIS_BYTE_AT)) == 0)
        at++;
    return at;
}

/* Everything begins at an '@', at a digit, or with letters in reach of one: the rest is passed over. */
static void find(struct ais_pii_search *search, struct chances chances)
{
    const char *text = search->text;
    size_t at = 0, sign = next_sign(search, 0);
    while (sign < search->n && (search->most == 0 || search->work <= search->most)) {
        if (sign - at > REACH) {
            search->work += (sign - REACH - at) / BYTES_A_STEP;
            at = sign - REACH;
        }
        char c = text[at];
        bool begins = ais_is_alnum(c) && (at == 0 || !ais_is_alnum(text[at - 1]));
        search->work++;
        if (c == '@' && chances.email)
            ais_pii_email(search, at);
        if (begins && chances.lettered)
            ais_pii_lettered(search, at, sign - at);
        if (begins && chances.iban && sign == at + 2)
            ais_pii_iban(search, at);
        bool number = begins && sign == at && chances.numbers &&
                      (at == 0 || (text[at - 1] != '_' && (unsigned char)text[at - 1] < 0x80));
        at = number ? try_number(search, at) : at + 1;
        if (sign < at)
            sign = next_sign(search, at);
    }
    if (sign == search->n)
        search->work += (sign - at) / BYTES_A_STEP;
}

void ais_pii_find(struct ais_pii_search *search)
{
    struct ais_shape shape;
    if (search->shape == NULL) {
        shape = ais_shape_of(search->text, search->n);
        search->shape = &shape;
    }
    const struct chances chances = chances_of(search);
    if (chances.email || chances.numbers || chances.lettered || chances.iban)
        find(search, chances);
    if (search->shape == &shape)
        search->shape = NULL;
}

/* ---- the part ---- */

enum { STEPS_A_TEXT = 96 }; /* whatever its length */

struct kinds {
    struct ais_view *view;
    struct ais_part *part;
};

/* Each kind once. */
static void on_pii(void *arg, const struct ais_pii *pii)
{
    const struct kinds *kinds = arg;
    const struct ais_part_list *list = &kinds->part->lists[AIS_PII_KINDS];
    for (size_t i = 0; i < list->count; i++)
        if (strcmp(list->items[i].text, pii->kind) == 0)
            return;
    ais_part_add(kinds->view, kinds->part, AIS_PII_KINDS, AIS_VALUE_STRING, pii->kind, strlen(pii->kind));
}

static bool look_into(struct kinds *kinds, const char *key, const char *text, size_t n, const struct ais_shape *shape)
{
    struct ais_pii_search search = {
        .key = key,
        .text = text,
        .n = n,
        .found = on_pii,
        .arg = kinds,
        .shape = shape,
        .most = 1 + ais_part_left(kinds->view, kinds->part),
    };
    ais_pii_find(&search);
    return ais_part_spend(kinds->view, kinds->part, STEPS_A_TEXT + search.work) && !kinds->view->failed;
}

static bool on_string(void *arg, const struct ais_view_string *string)
{
    return look_into(arg, string->key, string->text, string->length, &string->shape);
}

void ais_understand_PII(struct ais_view *view, struct ais_part *ret)
{
    struct kinds kinds = { view, ret };
    const struct ais_part *text = ais_view_part(view, AIS_PART_TEXT);
    ais_view_strings(view, ret, on_string, &kinds);
    for (unsigned list = AIS_TEXT_BASE64; list <= AIS_TEXT_GZIP; list++)
        for (size_t i = 0; i < text->lists[list].count && !view->failed && ret->unknown == NULL; i++)
            look_into(&kinds, "", text->lists[list].items[i].text, text->lists[list].items[i].length, NULL);
    if (ret->unknown == NULL)
        ret->unknown = text->unknown;
}
