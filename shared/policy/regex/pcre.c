#include "shared/policy/regex/pcre.h"

#include "shared/mem/buf.h"
#include "shared/policy/regex/regex.h"
#include "shared/policy/regex/units.h"

#include <stdlib.h>

#define PCRE2_CODE_UNIT_WIDTH 8
#include <pcre2.h>

/* PCRE2 counts backtracking afresh for each place where a match may begin, so the work of a search is at most the limit
 * times the length of the text. JIT stays off: it does not count the same way, and these patterns are few. */
/* Work is counted where PCRE2 calls out before each item of the pattern: the call, and the way since the last one. Its
 * own limit counts no way, so a class that runs to the end of the text from every place would be quadratic. */
enum {
    STEPS_A_CALL = 20,
    STEPS_A_SEARCH = 256,
    LIMIT = 1000000,     /* PCRE2's own, from one place: beyond what the steps allow */
    HEAP_KIB = 8 * 1024, /* memory for backtracking */
};

struct ais_pcre {
    pcre2_code *code; /* owned */
};

struct ais_pcre_scratch {
    pcre2_match_data *data;       /* owned; keeps the memory for backtracking between searches */
    pcre2_match_context *context; /* owned */
    struct ais_buf repaired;      /* text with U+FFFD for stray bytes */
    size_t spent, most;           /* steps: what the search at hand cost, and may cost */
    size_t at;                    /* where it was last */
};

static enum ais_err refused(struct ais_why *why, int code, size_t offset)
{
    PCRE2_UCHAR words[200];
    if (code == PCRE2_ERROR_HEAP_FAILED || pcre2_get_error_message(code, words, sizeof words) < 0)
        return ais_fail(why, AIS_E_NOMEM, "regular expression");
    return ais_fail(why, AIS_E_SYNTAX, "offset %zu: %s", offset, (const char *)words);
}

enum ais_err ais_pcre_new(const char *pattern, size_t n, unsigned flags, struct ais_pcre **ret, struct ais_why *why)
{
    uint32_t options = PCRE2_UTF | PCRE2_NEVER_BACKSLASH_C | PCRE2_DUPNAMES | PCRE2_AUTO_CALLOUT |
                       (flags & AIS_REGEX_CASELESS ? PCRE2_CASELESS : 0) |
                       (flags & AIS_REGEX_MULTILINE ? PCRE2_MULTILINE : 0) |
                       (flags & AIS_REGEX_DOTALL ? PCRE2_DOTALL : 0);
    AUTO(ais_pcre_destroy) struct ais_pcre *pcre = calloc(1, sizeof *pcre);
    pcre2_compile_context *context = pcre2_compile_context_create(NULL);
    int code = PCRE2_ERROR_HEAP_FAILED;
    size_t offset = 0;
    if (pcre != NULL && context != NULL) {
        pcre2_set_newline(context, PCRE2_NEWLINE_LF);
        pcre->code = pcre2_compile((PCRE2_SPTR)pattern, n, options, &code, &offset, context);
    }
    pcre2_compile_context_free(context);
    if (pcre == NULL || pcre->code == NULL)
        return refused(why, code, offset);
    *ret = TAKE(pcre);
    return AIS_OK;
}

void ais_pcre_destroy(struct ais_pcre **pcre)
{
    if (*pcre == NULL)
        return;
    pcre2_code_free((*pcre)->code);
    free(*pcre);
    *pcre = NULL;
}

/* Where the first stray byte is; the end when there is none. */
static const unsigned char *first_stray(const unsigned char *at, const unsigned char *end)
{
    while (at < end) {
        size_t length = *at < 0x80 ? 1 : ais_unit_sequence(at, end);
        if (length == 0)
            return at;
        at += length;
    }
    return end;
}

/* Copies the text with U+FFFD for each stray byte. False: memory is out. */
static bool repair(const unsigned char *at, const unsigned char *end, struct ais_buf *ret)
{
    ais_buf_clear(ret);
    while (at < end) {
        const unsigned char *stray = first_stray(at, end);
        ais_buf_add(ret, at, (size_t)(stray - at));
        if (stray < end)
            ais_buf_text(ret, "\xef\xbf\xbd");
        at = stray + (stray < end);
    }
    return !ret->failed;
}

/* Ends the search when it cost too much. */
static int on_callout(pcre2_callout_block *block, void *arg)
{
    struct ais_pcre_scratch *scratch = arg;
    size_t at = block->current_position;
    scratch->spent += STEPS_A_CALL + (at > scratch->at ? at - scratch->at : scratch->at - at);
    scratch->at = at;
    return scratch->spent <= scratch->most ? 0 : PCRE2_ERROR_MATCHLIMIT;
}

enum ais_truth ais_pcre_search(const struct ais_pcre *pcre, const char *text, size_t n, size_t most,
                               struct ais_pcre_scratch *scratch, size_t *ret_cost)
{
    const unsigned char *bytes = (const unsigned char *)text;
    *ret_cost = 0;
    if (first_stray(bytes, bytes + n) != bytes + n) {
        if (!repair(bytes, bytes + n, &scratch->repaired))
            return AIS_UNKNOWN;
        bytes = (const unsigned char *)scratch->repaired.data;
        n = scratch->repaired.length;
    }
    scratch->spent = STEPS_A_SEARCH + n;
    scratch->most = most;
    scratch->at = 0;
    int found = PCRE2_ERROR_MATCHLIMIT;
    if (scratch->spent <= most)
        found = pcre2_match(pcre->code, bytes, n, 0, PCRE2_NO_UTF_CHECK, scratch->data, scratch->context);
    *ret_cost = scratch->spent;
    if (found >= 0)
        return AIS_TRUE;
    return found == PCRE2_ERROR_NOMATCH ? AIS_FALSE : AIS_UNKNOWN;
}

struct ais_pcre_scratch *ais_pcre_scratch_new(void)
{
    AUTO(ais_pcre_scratch_destroy) struct ais_pcre_scratch *scratch = calloc(1, sizeof *scratch);
    if (scratch == NULL)
        return NULL;
    scratch->data = pcre2_match_data_create(1, NULL);
    scratch->context = pcre2_match_context_create(NULL);
    if (scratch->data == NULL || scratch->context == NULL)
        return NULL;
    pcre2_set_heap_limit(scratch->context, HEAP_KIB);
    pcre2_set_match_limit(scratch->context, LIMIT);
    pcre2_set_callout(scratch->context, on_callout, scratch);
    return TAKE(scratch);
}

void ais_pcre_scratch_destroy(struct ais_pcre_scratch **scratch)
{
    if (*scratch == NULL)
        return;
    pcre2_match_data_free((*scratch)->data);
    pcre2_match_context_free((*scratch)->context);
    ais_buf_wipe(&(*scratch)->repaired);
    free(*scratch);
    *scratch = NULL;
}
