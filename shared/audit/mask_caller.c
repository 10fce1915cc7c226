/* On whose behalf: what its key calls a caller, and what is pinned to it. */
#include "shared/audit/mask_internal.h"

#include <string.h>

size_t mask_caller_texts(struct ais_caller *caller, const char **ret[MASK_CALLER_TEXTS])
{
    const char **const all[MASK_CALLER_TEXTS] = { &caller->name, &caller->user, &caller->agent, &caller->environment };
    size_t count = 0;
    for (size_t i = 0; i < MASK_CALLER_TEXTS; i++)
        if (*all[i] != NULL)
            ret[count++] = all[i];
    return count;
}

/* Where a text is remembered. Whoever names keys so that two meet here only makes them be looked at again. */
static struct mask_plain *plain_of(struct ais_masker *masker, const char *text, size_t n)
{
    uint32_t hash = 0x811C9DC5; /* FNV-1a */
    for (size_t i = 0; i < n; i++)
        hash = (hash ^ (unsigned char)text[i]) * 0x01000193;
    return &masker->plain[(hash ^ hash >> 16) % MASK_PLAIN];
}

/* A value that another text showed before is not counted again: only while nothing was found is a text known as plain.
 */
static void find_in_text(struct ais_masker *masker, const char *text)
{
    size_t n = strlen(text);
    bool remembered = n <= MASK_PLAIN_MOST;
    struct mask_plain *plain = plain_of(masker, text, n);
    if (remembered && plain->n == n && memcmp(plain->text, text, n) == 0)
        return;
    masker->room = MASK_DECODED;
    mask_find(masker, text, n);
    if (!remembered || masker->count > 0 || masker->overflow || masker->unread || masker->failed)
        return;
    plain->n = n;
    memcpy(plain->text, text, n);
}

void mask_find_caller(struct ais_masker *masker, const struct ais_caller *caller)
{
    const char **texts[MASK_CALLER_TEXTS];
    struct ais_caller copy = *caller;
    for (size_t i = mask_caller_texts(&copy, texts); i-- > 0;)
        find_in_text(masker, *texts[i]);
    masker->room = MASK_DECODED;
}
