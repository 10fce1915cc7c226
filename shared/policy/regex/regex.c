#include "shared/policy/regex/regex.h"

#include "shared/policy/regex/ast.h"
#include "shared/policy/regex/pcre.h"
#include "shared/policy/regex/program.h"

#include <stdlib.h>
#include <string.h>

enum {
    COMPILE_BYTES = 16 * 1024 * 1024, /* of tree, sets and literals of one pattern, until it is compiled */
    KEPT_BYTES = 256 * 1024,          /* for the next pattern; few take more */
    PCRE_WORK_MOST = 12 << 20,        /* steps that PCRE2's searches for one question may cost in all */
};

struct ais_regex {
    struct ais_program *program;                         /* owned; NULL where PCRE2 does it */
    struct ais_pcre *pcre;                               /* owned; NULL where the program does it */
    const char *why_pcre;                                /* a literal; NULL where the program does it */
    struct ais_literals literals[AIS_LITERAL_SETS_MOST]; /* linked */
    struct ais_literal *items;                           /* owned; those of all literals, and their bytes behind them */
    enum ais_literals_lack lack;                         /* where there are none */
};

struct ais_regex_scratch {
    struct ais_search_scratch *search; /* owned */
    struct ais_pcre_scratch *pcre;     /* owned; NULL until it is needed */
    struct ais_regex_meter meter;      /* of the question at hand; spent NULL: there is none */
    size_t spent;                      /* steps of PCRE2's searches for it */
};

/* Copies sets of literals out of the arena into one block. */
static bool keep_literals(struct ais_regex *regex, const struct ais_literals *sets, size_t n)
{
    size_t size = 0, count = 0;
    for (size_t k = 0; k < n; count += sets[k++].count)
        for (size_t i = 0; i < sets[k].count; i++)
            size += sizeof *sets[k].items + sets[k].items[i].length;
    if (size == 0)
        return true;
    regex->items = malloc(size);
    if (regex->items == NULL)
        return false;
    struct ais_literal *item = regex->items;
    char *bytes = (char *)(regex->items + count);
    for (size_t k = 0; k < n; k++) {
        const struct ais_literals *next = k + 1 < n ? &regex->literals[k + 1] : NULL;
        regex->literals[k] = (struct ais_literals){ item, sets[k].count, next };
        for (size_t i = 0; i < sets[k].count; i++) {
            const struct ais_literal *found = &sets[k].items[i];
            memcpy(bytes, found->bytes, found->length);
            *item++ = (struct ais_literal){ bytes, found->length };
            bytes += found->length;
        }
    }
    return true;
}

struct ais_arena *ais_regex_work_new(void)
{
    struct ais_arena *work = ais_arena_new(COMPILE_BYTES);
    if (work != NULL)
        ais_arena_keep(work, KEPT_BYTES);
    return work;
}

static enum ais_err compile(struct ais_arena *work, const char *pattern, size_t n, unsigned flags,
                            struct ais_regex **ret, struct ais_why *why)
{
    AUTO(ais_regex_destroy) struct ais_regex *regex = calloc(1, sizeof *regex);
    if (regex == NULL)
        return ais_fail(why, AIS_E_NOMEM, "regular expression");
    struct ais_ast ast;
    TRY(ais_ast_parse(work, pattern, n, flags, &ast, why));
    regex->why_pcre = ast.pcre;
    if (ast.pcre != NULL)
        TRY(ais_pcre_new(pattern, n, flags, &regex->pcre, why));
    else
        TRY(ais_program_new(work, &ast, &regex->program, why));
    struct ais_literals found[AIS_LITERAL_SETS_MOST];
    if (!keep_literals(regex, found, ais_ast_literals(work, &ast, found, &regex->lack)))
        return ais_fail(why, AIS_E_NOMEM, "regular expression");
    *ret = TAKE(regex);
    return AIS_OK;
}

enum ais_err ais_regex_compile(struct ais_arena *work, const char *pattern, size_t n, unsigned flags,
                               struct ais_regex **ret, struct ais_why *why)
{
    AUTO(ais_arena_destroy) struct ais_arena *own = work == NULL ? ais_regex_work_new() : NULL;
    struct ais_arena *arena = work != NULL ? work : own;
    if (arena == NULL)
        return ais_fail(why, AIS_E_NOMEM, "regular expression");
    enum ais_err err = compile(arena, pattern, n, flags, ret, why);
    ais_arena_reset(arena);
    return err;
}

/* Steps that a search by PCRE2 may cost. */
static size_t room_of(const struct ais_regex_scratch *scratch)
{
    size_t own = PCRE_WORK_MOST - scratch->spent;
    const struct ais_regex_meter *meter = &scratch->meter;
    if (meter->spent == NULL)
        return own;
    size_t spent = *meter->spent + *meter->besides;
    size_t room = spent < meter->most ? meter->most - spent : 0;
    return room < own ? room : own;
}

static enum ais_truth search_by_pcre(const struct ais_regex *regex, const char *text, size_t n,
                                     struct ais_regex_scratch *scratch)
{
    size_t cost = 0;
    enum ais_truth truth = ais_pcre_search(regex->pcre, text, n, room_of(scratch), scratch->pcre, &cost);
    scratch->spent += cost < PCRE_WORK_MOST - scratch->spent ? cost : PCRE_WORK_MOST - scratch->spent;
    if (scratch->meter.spent != NULL)
        *scratch->meter.spent += cost;
    return truth;
}

enum ais_truth ais_regex_search(const struct ais_regex *regex, const char *text, size_t n,
                                struct ais_regex_scratch *scratch)
{
    if (n == 0)
        text = "";
    if (regex->program != NULL)
        return ais_program_search(regex->program, (const unsigned char *)text, n, scratch->search);
    if (scratch->pcre == NULL)
        scratch->pcre = ais_pcre_scratch_new();
    return scratch->pcre != NULL ? search_by_pcre(regex, text, n, scratch) : AIS_UNKNOWN;
}

void ais_regex_renew(struct ais_regex_scratch *scratch, const struct ais_regex_meter *meter)
{
    scratch->meter = meter != NULL ? *meter : (struct ais_regex_meter){ NULL, NULL, 0 };
    scratch->spent = 0;
}

const struct ais_literals *ais_regex_literals(const struct ais_regex *regex)
{
    return regex->literals;
}

enum ais_literals_lack ais_regex_lack(const struct ais_regex *regex)
{
    return regex->lack;
}

bool ais_regex_is_linear(const struct ais_regex *regex)
{
    return regex->program != NULL;
}

const char *ais_regex_why_pcre(const struct ais_regex *regex)
{
    return regex->why_pcre;
}

void ais_regex_destroy(struct ais_regex **regex)
{
    if (*regex == NULL)
        return;
    ais_program_destroy(&(*regex)->program);
    ais_pcre_destroy(&(*regex)->pcre);
    free((*regex)->items);
    free(*regex);
    *regex = NULL;
}

struct ais_regex_scratch *ais_regex_scratch_new(void)
{
    AUTO(ais_regex_scratch_destroy) struct ais_regex_scratch *scratch = calloc(1, sizeof *scratch);
    if (scratch == NULL)
        return NULL;
    scratch->search = ais_search_scratch_new();
    return scratch->search != NULL ? TAKE(scratch) : NULL;
}

void ais_regex_scratch_destroy(struct ais_regex_scratch **scratch)
{
    if (*scratch == NULL)
        return;
    ais_search_scratch_destroy(&(*scratch)->search);
    ais_pcre_scratch_destroy(&(*scratch)->pcre);
    free(*scratch);
    *scratch = NULL;
}
