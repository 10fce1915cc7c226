/* Random patterns over a small alphabet against random texts: our automaton says what PCRE2 says, and whatever matches
 * contains one of the literals. */
#include "shared/mem/buf.h"
#include "shared/policy/regex/regex.h"
#include "tests/unit/test.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#define PCRE2_CODE_UNIT_WIDTH 8
#include <pcre2.h>

enum { PATTERNS = 12000, TEXTS = 8, DEEPEST = 4 };

static uint64_t seed;

/* xorshift64*: the same run every time, so that what fails once can be looked at. */
static unsigned below(unsigned limit)
{
    seed ^= seed >> 12;
    seed ^= seed << 25;
    seed ^= seed >> 27;
    return (unsigned)((seed * 2685821657736338717U) >> 33) % limit;
}

static const char *pick(const char *const *from, unsigned count)
{
    return from[below(count)];
}

static const char *const units[] = { "a", "a", "b", "b",   "c",        "k",        "A",
                                     "B", "_", " ", "\\n", "\xc3\xa9", "\xc3\x89", "\\." };
static const char *const sets[] = { ".",      "\\d",           "\\w",       "\\W",         "\\s",           "[ab]",
                                    "[^a]",   "[a-c\xc3\xa9]", "[^\\w\\n]", "[[:upper:]]", "[[:^lower:]b]", "[B-b]",
                                    "[\\s_]", "\\x62",         "\\N",       "\\h",         "[^\xc3\x89\\d]" };
static const char *const asserts[] = { "^", "$", "\\b", "\\B", "\\A", "\\z", "\\Z" };
static const char *const quantifiers[] = { "*", "+", "?", "*?", "+?", "??", "{2}", "{0,2}", "{1,3}?", "{2,}", "{0}" };
static const char *const groups[] = { "(", "(?:", "(?:", "(?i:", "(?-i:", "(?m:", "(?s:", "(?<n>" };
static const char *const strange[] = { "(?=", "(?!", "(?>" };
static const char *const plain[] = { "a",  "b", "c",        "A",        "B", "ab",  "aab", "_",   " ", "\n",
                                     "\n", ".", "\xc3\xa9", "\xc3\x89", "1", "bca", "a b", "abc", "k", "ak" };

static void make_alternation(struct ais_buf *out, unsigned depth, bool only_linear);

static void make_atom(struct ais_buf *out, unsigned depth, bool only_linear)
{
    unsigned kind = below(depth < DEEPEST ? 10 : 8);
    if (kind < 4)
        ais_buf_text(out, pick(units, N_ELEMS(units)));
    else if (kind < 7)
        ais_buf_text(out, pick(sets, N_ELEMS(sets)));
    else if (kind == 7) {
        ais_buf_text(out, pick(asserts, N_ELEMS(asserts)));
        return;
    } else {
        bool odd = !only_linear && below(3) == 0;
        const char *open = odd ? pick(strange, N_ELEMS(strange)) : pick(groups, N_ELEMS(groups) - (depth > 0));
        ais_buf_text(out, open);
        make_alternation(out, depth + 1, only_linear);
        ais_buf_byte(out, ')');
    }
    if (below(3) == 0)
        ais_buf_text(out, pick(quantifiers, N_ELEMS(quantifiers)));
    if (!only_linear && below(12) == 0)
        ais_buf_text(out, "()\\1");
}

static void make_alternation(struct ais_buf *out, unsigned depth, bool only_linear)
{
    unsigned branches = below(4) == 0 ? 2 + below(2) : 1;
    for (unsigned i = 0; i < branches; i++) {
        if (i > 0)
            ais_buf_byte(out, '|');
        for (unsigned atoms = below(5); atoms > 0; atoms--)
            make_atom(out, depth, only_linear);
    }
}

/* Where PCRE2 searches for us, also KELVIN SIGN, which it takes for k and our automaton does not. */
static void make_text(struct ais_buf *out, bool only_linear)
{
    for (unsigned parts = below(9); parts > 0; parts--)
        ais_buf_text(out, !only_linear && below(6) == 0 ? "\xe2\x84\xaa" : pick(plain, N_ELEMS(plain)));
}

static pcre2_code *reference(const struct ais_buf *pattern, unsigned flags)
{
    int code;
    size_t offset;
    uint32_t options = PCRE2_UTF | PCRE2_DUPNAMES | (flags & AIS_REGEX_CASELESS ? PCRE2_CASELESS : 0) |
                       (flags & AIS_REGEX_MULTILINE ? PCRE2_MULTILINE : 0) |
                       (flags & AIS_REGEX_DOTALL ? PCRE2_DOTALL : 0);
    return pcre2_compile((PCRE2_SPTR)(pattern->data != NULL ? pattern->data : ""), pattern->length, options, &code,
                         &offset, NULL);
}

static const char *text_of(const struct ais_buf *buf)
{
    return buf->data != NULL ? buf->data : "";
}

/* What fails is printed as a line that can be pasted. */
static void complain(const char *what, const struct ais_buf *pattern, unsigned flags, const struct ais_buf *text)
{
    fail_msg("%s: pattern '%s', flags %u, text '%s'", what, text_of(pattern), flags, text_of(text));
}

/* Of every set. */
static bool holds_literals(const struct ais_literals *literals, const struct ais_buf *text)
{
    char folded[256];
    assert_true(text->length <= sizeof folded);
    for (size_t i = 0; i < text->length; i++) {
        char byte = text->data[i];
        folded[i] = (char)(byte >= 'A' && byte <= 'Z' ? byte + 32 : byte);
    }
    bool all = true;
    for (const struct ais_literals *set = literals; set != NULL && all; set = set->next) {
        bool found = set->count == 0;
        for (size_t i = 0; i < set->count && !found; i++)
            found = memmem(folded, text->length, set->items[i].bytes, set->items[i].length) != NULL;
        all = found;
    }
    return all;
}

static unsigned compared, matched, with_literals;

static void compare(const struct ais_buf *pattern, unsigned flags, const struct ais_regex *regex,
                    const pcre2_code *code, struct ais_regex_scratch *scratch, pcre2_match_data *data)
{
    for (unsigned i = 0; i < TEXTS; i++) {
        AUTO(ais_buf_done) struct ais_buf text = { 0 };
        make_text(&text, ais_regex_is_linear(regex));
        enum ais_truth got = ais_regex_search(regex, text.data, text.length, scratch);
        int want = pcre2_match(code, (PCRE2_SPTR)text_of(&text), text.length, 0, 0, data, NULL);
        if (want < 0 && want != PCRE2_ERROR_NOMATCH)
            continue;
        ais_regex_renew(scratch, NULL);
        compared++;
        matched += got == AIS_TRUE;
        if (got != AIS_UNKNOWN && (got == AIS_TRUE) != (want >= 0))
            complain(want >= 0 ? "PCRE2 matches, we do not" : "we match, PCRE2 does not", pattern, flags, &text);
        if (got == AIS_TRUE && !holds_literals(ais_regex_literals(regex), &text))
            complain("a match without a literal", pattern, flags, &text);
        with_literals += got == AIS_TRUE && ais_regex_literals(regex)->count > 0;
    }
}

static void run(bool only_linear)
{
    AUTO(ais_regex_scratch_destroy) struct ais_regex_scratch *scratch = ais_regex_scratch_new();
    AUTO(ais_arena_destroy) struct ais_arena *work = ais_regex_work_new(); /* the same for all */
    pcre2_match_data *data = pcre2_match_data_create(64, NULL);
    compared = matched = with_literals = 0;
    for (unsigned i = 0; i < PATTERNS; i++) {
        AUTO(ais_buf_done) struct ais_buf pattern = { 0 };
        make_alternation(&pattern, 0, only_linear);
        unsigned flags = below(2) == 0 ? 0 : below(8);
        struct ais_why why = { 0 };
        AUTO(ais_regex_destroy) struct ais_regex *regex = NULL;
        pcre2_code *code = reference(&pattern, flags);
        enum ais_err err = ais_regex_compile(work, text_of(&pattern), pattern.length, flags, &regex, &why);
        if (err == AIS_OK && code == NULL)
            fail_msg("we take what PCRE2 refuses: '%s'", text_of(&pattern));
        if (err != AIS_OK && code != NULL)
            fail_msg("we refuse what PCRE2 takes: '%s': %s", text_of(&pattern), why.text);
        if (code != NULL)
            compare(&pattern, flags, regex, code, scratch, data);
        pcre2_code_free(code);
    }
    pcre2_match_data_free(data);
    print_message("%u compared, %u matched, %u of them with literals\n", compared, matched, with_literals);
    assert_true(matched > compared / 10 && with_literals > matched / 10);
}

static void the_automaton_says_what_pcre2_says(void **state)
{
    (void)state;
    seed = 20240601;
    run(true);
}

static void so_do_patterns_that_need_pcre2(void **state)
{
    (void)state;
    seed = 20240602;
    run(false);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_automaton_says_what_pcre2_says),
        cmocka_unit_test(so_do_patterns_that_need_pcre2),
    };
    return cmocka_run_group_tests_name("regex/property", tests, NULL, NULL);
}
