/* One byte of flags, a pattern, a newline, a text. What compiles must search, and a match must hold a literal. */
#include "shared/policy/regex/regex.h"

#include <assert.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static bool holds_a_literal(const struct ais_literals *literals, const char *text, size_t n)
{
    char *folded = malloc(n + 1);
    assert(folded != NULL);
    for (size_t i = 0; i < n; i++)
        folded[i] = (char)(text[i] >= 'A' && text[i] <= 'Z' ? text[i] + 32 : text[i]);
    bool holds = literals->count == 0;
    for (size_t i = 0; i < literals->count && !holds; i++)
        holds = memmem(folded, n, literals->items[i].bytes, literals->items[i].length) != NULL;
    free(folded);
    return holds;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static struct ais_regex_scratch *scratch;
    if (scratch == NULL)
        scratch = ais_regex_scratch_new();
    const uint8_t *newline = size > 1 ? memchr(data + 1, '\n', size - 1) : NULL;
    if (newline == NULL || scratch == NULL)
        return 0;
    struct ais_regex *regex = NULL;
    struct ais_why why = { 0 };
    const char *text = (const char *)newline + 1;
    size_t length = size - (size_t)(newline + 1 - data);
    if (ais_regex_compile(NULL, (const char *)data + 1, (size_t)(newline - data - 1), data[0] & 7U, &regex, &why) ==
        AIS_OK) {
        enum ais_truth found = ais_regex_search(regex, text, length, scratch);
        if (found != ais_regex_search(regex, text, length, scratch) ||
            (found == AIS_TRUE && !holds_a_literal(ais_regex_literals(regex), text, length)))
            abort();
        ais_regex_destroy(&regex);
    } else if (why.text[0] == '\0')
        abort();
    return 0;
}
