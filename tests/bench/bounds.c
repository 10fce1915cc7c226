/* What hostile requests cost: milliseconds for each part by itself, for all of them in one request, and for the whole
 * decision under the bundled packs: body, parts, scan, predicates, answer.
 *
 *     bench_bounds [-a] [NAME]     the ten worst of each part; -a: every row;
 *                                  NAME: only rows that have it in "hostile (key of tool)" */
#include "rulepacks/bundled.h"
#include "shared/policy/engine.h"
#include "shared/policy/facts/view.h"
#include "tests/unit/policy/hostile.h"

#include <stdio.h>
#include <stdlib.h>
#include <time.h>

enum { WORST = 10, TRIES = 2, NOTABLE_MS = 50, ALL = AIS_PART_COUNT, WHOLE, COLUMNS, PACKS_MOST = 32 };

static const char *const part_names[] = {
#define X(part, elements) #part,
    AIS_PARTS(X)
#undef X
        "all",
    "whole",
};

struct cost {
    double ms;
    size_t work;
    const struct hostile *hostile;
    const struct hostile_caller *caller;
    size_t size; /* bytes of the body */
    const char *unknown;
};

/* A bound on words or depth ends what is long early: what is just below it may cost more. */
static const size_t sizes[] = { HOSTILE_BODY, HOSTILE_BODY / 4, HOSTILE_BODY / 13, HOSTILE_BODY / 64 };

static struct cost costs[COLUMNS][HOSTILES * HOSTILE_CALLERS * N_ELEMS(sizes)];
static size_t cost_count;

static void stop(const char *what)
{
    fprintf(stderr, "bench_bounds: %s\n", what);
    exit(1);
}

/* Of this thread alone: others may be busy beside it. */
static double cpu_ms(void)
{
    struct timespec now;
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
    return (double)now.tv_sec * 1e3 + (double)now.tv_nsec / 1e6;
}

/* Makes all parts of a new view, each after those that it is made of: what one costs, and all. */
static void make(struct ais_arena *arena, const struct ais_question *question, struct cost *ret)
{
    struct ais_view view;
    ais_arena_reset(arena);
    ais_view_begin(&view, question, arena);
    ret[ALL].ms = 0;
    for (unsigned i = 0; i < AIS_PART_COUNT; i++) {
        double begin = cpu_ms();
        ret[i].unknown = ais_view_part(&view, (enum ais_part_id)i)->unknown;
        ret[i].ms = cpu_ms() - begin;
        ret[i].work = view.parts[i].work;
        ret[ALL].ms += ret[i].ms;
    }
    ret[ALL].work = view.work;
    if (view.failed)
        stop("out of memory");
}

static struct ais_policy *compile_bundled(void)
{
    static const struct ais_policy_options options = { .default_action = AIS_ACTION_ALLOW };
    struct ais_pack_source packs[PACKS_MOST];
    struct ais_policy *policy = NULL;
    struct ais_diagnostics diagnostics = { 0 };
    struct ais_why why = { 0 };
    for (size_t i = 0; i < ais_bundled_pack_count && i < PACKS_MOST; i++) {
        const struct ais_bundled_pack *pack = &ais_bundled_packs[i];
        packs[i] = (struct ais_pack_source){ pack->name, pack->bytes, pack->size, true, AIS_PACK_SYSTEM };
    }
    if (ais_policy_compile(packs, ais_bundled_pack_count, &options, &policy, &diagnostics, &why) != AIS_OK)
        stop(why.text);
    ais_diagnostics_done(&diagnostics);
    return policy;
}

struct decider {
    struct ais_policy *policy; /* owned */
    struct ais_engine *engine; /* owned */
    struct ais_buf answer;     /* owned */
};

static void decide(struct decider *decider, struct ais_arena *arena, const struct ais_buf *body, struct cost *ret)
{
    struct ais_request request;
    struct ais_decision decision;
    const struct ais_question question = { .request = &request };
    double begin = cpu_ms();
    ais_arena_reset(arena);
    ais_buf_clear(&decider->answer);
    if (ais_request_read(arena, body->data, body->length, &request, NULL, NULL) != AIS_OK ||
        ais_decide(decider->engine, decider->policy, &question, &decision, NULL) != AIS_OK)
        stop("no decision");
    ais_decision_write(&decider->answer, &decision, NULL);
    ret->ms = cpu_ms() - begin;
    ret->work = decider->engine->work + decider->engine->view.work;
    ret->unknown = decision.allowed ? "allowed" : NULL;
}

static void measure(const struct hostile *hostile, const struct hostile_caller *caller, size_t size,
                    struct ais_arena *arenas[2], struct decider *decider, struct ais_buf *body)
{
    struct ais_request request;
    struct ais_why why = { 0 };
    hostile_put(body, hostile, caller, size);
    ais_arena_reset(arenas[0]);
    if (body->failed || ais_request_read(arenas[0], body->data, body->length, &request, NULL, &why) != AIS_OK)
        stop(why.text);
    const struct ais_question question = { .request = &request };
    struct cost best[COLUMNS] = { 0 };
    for (int k = 0; k < TRIES && (k == 0 || best[WHOLE].ms > NOTABLE_MS); k++) {
        struct cost once[COLUMNS] = { 0 };
        decide(decider, arenas[1], body, &once[WHOLE]);
        make(arenas[1], &question, once);
        for (unsigned i = 0; i < COLUMNS; i++)
            if (k == 0 || once[i].ms < best[i].ms)
                best[i] = once[i];
    }
    for (unsigned i = 0; i < COLUMNS; i++) {
        best[i].hostile = hostile;
        best[i].caller = caller;
        best[i].size = size;
        costs[i][cost_count] = best[i];
    }
    cost_count++;
}

/* The row as it is printed: hostile (key of tool). */
static bool is_named(const struct hostile *hostile, const struct hostile_caller *caller, const char *part)
{
    char row[256];
    snprintf(row, sizeof row, "%s (%s of %s)", hostile->name, caller->key, caller->tool);
    return strstr(row, part) != NULL;
}

static int by_cost(const void *a, const void *b)
{
    double left = ((const struct cost *)a)->ms, right = ((const struct cost *)b)->ms;
    return (left < right) - (left > right);
}

int main(int argc, char **argv)
{
    bool all = argc > 1 && strcmp(argv[1], "-a") == 0;
    const char *name = argc > 1 + all ? argv[1 + all] : "";
    struct ais_arena *arenas[2] = { ais_arena_new(0), ais_arena_new(0) };
    struct ais_buf body = { 0 };
    struct decider decider = { .policy = compile_bundled(), .engine = ais_engine_new() };
    if (decider.engine == NULL || arenas[0] == NULL || arenas[1] == NULL)
        stop("out of memory");
    ais_arena_keep(arenas[1], AIS_DECISION_KEPT); /* as an evaluator does */
    for (size_t i = 0; i < HOSTILES; i++)
        for (size_t k = 0; k < HOSTILE_CALLERS; k++)
            for (size_t m = 0; m < N_ELEMS(sizes) && is_named(&hostiles[i], &hostile_callers[k], name); m++)
                measure(&hostiles[i], &hostile_callers[k], sizes[m], arenas, &decider, &body);
    for (unsigned i = 0; i < COLUMNS; i++) {
        qsort(costs[i], cost_count, sizeof costs[i][0], by_cost);
        for (size_t k = 0; k < cost_count && (all || k < WORST); k++) {
            const struct cost *cost = &costs[i][k];
            printf("%-7s %7.1f ms %9zu steps %5zu KiB  %s (%s of %s)%s%s\n", part_names[i], cost->ms, cost->work,
                   cost->size >> 10, cost->hostile->name, cost->caller->key, cost->caller->tool,
                   cost->unknown != NULL ? ": " : "", cost->unknown != NULL ? cost->unknown : "");
        }
    }
    ais_policy_unref(&decider.policy);
    ais_engine_destroy(&decider.engine);
    ais_buf_done(&decider.answer);
    ais_arena_destroy(&arenas[0]);
    ais_arena_destroy(&arenas[1]);
    ais_buf_done(&body);
    return 0;
}
