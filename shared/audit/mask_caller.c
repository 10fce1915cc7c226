/* Who asks, and for which tool: what its key calls a caller, and what is pinned to it, is the operator's, and the tool
 * is what rules decide by. Whatever a request holds elsewhere, it alters none of them. */
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

/* Where a text is remembered. Whoever names things so that two meet here only makes them be looked at again. */
static struct mask_plain *plain_of(struct ais_masker *masker, const char *text, size_t n)
{
    uint32_t hash = 0x811C9DC5; /* FNV-1a */
    for (size_t i = 0; i < n; i++)
        hash = (hash ^ (unsigned char)text[i]) * 0x01000193;
    return &masker->plain[(hash ^ hash >> 16) % MASK_PLAIN];
}

/* A value that another text showed before is not counted again: only while nothing was found is a text known as plain.
 */
static void find_in_text(struct ais_masker *masker, const char *text, size_t n)
{
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
        find_in_text(masker, *texts[i], strlen(*texts[i]));
    masker->room = MASK_DECODED;
}

static bool found_something(const struct ais_masker *masker)
{
    return masker->count > 0 || masker->overflow || masker->unread;
}

void mask_caller(struct ais_masker *masker, struct ais_caller *caller)
{
    const char **texts[MASK_CALLER_TEXTS];
    size_t count = found_something(masker) ? mask_caller_texts(caller, texts) : 0;
    for (size_t i = 0; i < count; i++) {
        struct ais_audit_text masked = mask_text(masker, ais_audit_text(*texts[i]), true);
        if (masked.bytes != NULL)
            *texts[i] = masked.bytes; /* in the arena, which ends every text with a NUL */
    }
    masker->room = MASK_DECODED;
}

struct ais_audit_text mask_own(struct ais_masker *masker, struct ais_audit_text text)
{
    if (text.bytes == NULL || text.n == 0)
        return text;
    find_in_text(masker, text.bytes, text.n);
    masker->room = MASK_DECODED;
    if (found_something(masker))
        text = mask_text(masker, text, true);
    mask_forget(masker);
    return text;
}
