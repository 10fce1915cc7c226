/* What commands that connect somewhere are given, as the shell gives it to them: variables, quotes and substitutions
 * are the shell's to read, and the text of the request may show nothing of the address. */
#include "shared/policy/facts/url/find.h"
#include "shared/policy/facts/url/split.h"

#include <string.h>

/* Steps of work: a word of a command, a byte of it. */
enum { STEPS_A_WORD = 96, STEPS_A_BYTE = 8 };

static bool may_go_on(const struct ais_urls *urls)
{
    return !urls->view->failed && urls->part->unknown == NULL;
}

/* Whether a command in n bytes was to print what stands there: $(x), `x`. A variable that the text does not set is its
 * environment's, as in curl "$API_URL/health", and no disguise of the text's. */
static bool expands(const char *text, size_t n)
{
    return memchr(text, '`', n) != NULL || memmem(text, n, "$(", 2) != NULL;
}

/* $(cat url), http://`host`/path: nobody knows where that leads. A command behind the host does not matter. */
static bool is_unread(const char *word, size_t n)
{
    size_t scheme = ais_url_scheme(word, n), begin = scheme > 0 ? scheme + 1 : 0, end;
    while (begin < n && ais_is_slash(word[begin]))
        begin++;
    for (end = begin; end < n && !ais_is_slash(word[end]) && !ais_is_blank(word[end]); end++)
        if (word[end] == '?' || word[end] == '#')
            break;
    return (begin == 0 || scheme > 0) && expands(word + begin, end < n ? end + 1 - begin : end - begin);
}

static void find_in(struct ais_urls *urls, const char *text, size_t n)
{
    const struct ais_shape shape = ais_shape_of(text, n);
    if (!ais_part_spend(urls->view, urls->part, STEPS_A_WORD + STEPS_A_BYTE * n))
        return;
    if (ais_shape_has(&shape, AIS_BYTE_COLON))
        ais_url_find_schemes(urls, text, n);
    ais_url_find_bare(urls, text, n, &shape);
}

static void read_words(struct ais_urls *urls, const struct ais_value *words, size_t count)
{
    bool is_value = false, unread = false;
    for (size_t i = 0; i < count && may_go_on(urls); i++) {
        const char *word = words[i].text;
        size_t n = words[i].length;
        find_in(urls, word, n);
        if (n > 0) {
            ais_url_add_word(urls, word, n, is_value);
            unread = unread || (!is_value && word[0] != '-' && is_unread(word, n));
        }
        is_value = ais_url_takes_value(word, n);
    }
    if (unread && may_go_on(urls))
        ais_url_add_unknown(urls);
}

void ais_url_find_commands(struct ais_urls *urls, const struct ais_part *shell)
{
    const struct ais_part_list *redirects = &shell->lists[AIS_SHELL_REDIRECT], *names = &shell->lists[AIS_SHELL_NAME];
    urls->added.looks = true;
    for (size_t i = 0; i < redirects->count && may_go_on(urls); i++)
        find_in(urls, redirects->items[i].text, redirects->items[i].length); /* > /dev/tcp/host/port */
    for (size_t i = 0; i < names->count && may_go_on(urls); i++) {
        const struct ais_value *name = &names->items[i];
        size_t count = 0;
        if (!ais_part_spend(urls->view, urls->part, STEPS_A_WORD) || !ais_url_is_client(name->text, name->length))
            continue;
        const struct ais_value *words = ais_part_values(shell, AIS_SHELL_ARGS, name->element, &count);
        read_words(urls, words, count);
    }
    if (urls->part->unknown == NULL)
        urls->part->unknown = shell->unknown;
}
