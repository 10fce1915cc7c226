#include "shared/policy/regex/program.h"

#include "shared/policy/regex/units.h"

#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

enum {
    ROOM_FIRST = 64 /* instructions, and sets; twice as many whenever that is not enough. Most patterns are short. */
};

struct compiler {
    struct ais_arena *arena;
    struct ais_program *program; /* being built */
    struct ais_inst *insts;      /* in the arena; its instructions until all are known */
    size_t room;                 /* of them */
    const struct ais_set **sets; /* in the arena; those of the tree, each once */
    size_t set_count, set_room;
    struct ais_why *why;
};

static enum ais_err no_memory(struct ais_why *why)
{
    ais_fail(why, AIS_E_NOMEM, "regular expression");
    return AIS_E_NOMEM;
}

/* ---- Instructions. A node is written after what follows it, so that every target is known when it is needed. ---- */

static bool make_room(struct compiler *c)
{
    size_t room = c->room > 0 ? 2 * c->room : ROOM_FIRST;
    struct ais_inst *grown = ais_arena_room(c->arena, room * sizeof *grown);
    if (grown == NULL)
        return false;
    if (c->room > 0)
        memcpy(grown, c->insts, c->program->count * sizeof *grown);
    c->insts = grown;
    c->room = room;
    return true;
}

static enum ais_err add(struct compiler *c, struct ais_inst inst, uint16_t *ret_at)
{
    if (c->program->count == AIS_PROGRAM_LONGEST)
        return ais_fail(c->why, AIS_E_LIMIT,
                        "the pattern, with its counts {n,m} written out, has more than %d steps: use smaller counts, "
                        "or * and +",
                        AIS_PROGRAM_LONGEST);
    if (c->program->count == c->room && !make_room(c))
        return no_memory(c->why);
    c->insts[c->program->count] = inst;
    *ret_at = c->program->count++;
    return AIS_OK;
}

static bool add_set(struct compiler *c, const struct ais_set *set)
{
    if (c->set_count == c->set_room) {
        size_t room = c->set_room > 0 ? 2 * c->set_room : ROOM_FIRST;
        const struct ais_set **grown = ais_arena_room(c->arena, room * sizeof(const struct ais_set *));
        if (grown == NULL)
            return false;
        if (c->set_count > 0)
            memcpy(grown, c->sets, c->set_count * sizeof(const struct ais_set *));
        c->sets = grown;
        c->set_room = room;
    }
    c->sets[c->set_count++] = set;
    return true;
}

/* Writes an instruction for a set; those of equal sets share one row of members. */
static enum ais_err emit_set(struct compiler *c, const struct ais_set *set, uint16_t next, uint16_t *ret)
{
    size_t row = 0;
    while (row < c->set_count && !ais_set_equal(c->sets[row], set))
        row++;
    struct ais_inst inst = { .kind = AIS_INST_SET, .set = (uint16_t)row, .out = next };
    TRY(add(c, inst, ret)); /* first, as it bounds the sets too */
    return row < c->set_count || add_set(c, set) ? AIS_OK : no_memory(c->why);
}

static enum ais_err emit(struct compiler *c, const struct ais_node *node, uint16_t next, uint16_t *ret);

static enum ais_err emit_alternatives(struct compiler *c, const struct ais_node *node, uint16_t next, uint16_t *ret)
{
    uint16_t entry = 0;
    TRY(emit(c, node->first, next, &entry));
    for (const struct ais_node *branch = node->first->next; branch != NULL; branch = branch->next) {
        struct ais_inst split = { .kind = AIS_INST_SPLIT, .alt = entry };
        TRY(emit(c, branch, next, &split.out));
        TRY(add(c, split, &entry));
    }
    *ret = entry;
    return AIS_OK;
}

/* A loop: the child, and again, or on to next. ret is where a loop begins that may be left at once. */
static enum ais_err emit_loop(struct compiler *c, const struct ais_node *child, uint16_t next, uint16_t *ret)
{
    struct ais_inst split = { .kind = AIS_INST_SPLIT, .alt = next };
    uint16_t loop = 0, body = 0;
    TRY(add(c, split, &loop));
    TRY(emit(c, child, loop, &body));
    c->insts[loop].out = body;
    *ret = loop;
    return AIS_OK;
}

static enum ais_err emit_repeat(struct compiler *c, const struct ais_node *node, uint16_t next, uint16_t *ret)
{
    const struct ais_node *child = node->first;
    uint16_t entry = next;
    if (node->max == AIS_REPEAT_FOREVER)
        TRY(emit_loop(c, child, next, &entry));
    else {
        for (uint32_t i = node->min; i < node->max; i++) {
            struct ais_inst split = { .kind = AIS_INST_SPLIT, .alt = next };
            TRY(emit(c, child, entry, &split.out));
            if (split.out == entry) /* the child is empty: more of it is no more */
                break;
            TRY(add(c, split, &entry));
        }
    }
    for (uint32_t i = 0; i < node->min; i++) {
        uint16_t before = entry;
        TRY(emit(c, child, before, &entry));
        if (entry == before)
            break;
    }
    *ret = entry;
    return AIS_OK;
}

/* Recursion follows the tree, whose depth the parser bounds. */
static enum ais_err emit(struct compiler *c, const struct ais_node *node, uint16_t next, uint16_t *ret)
{
    struct ais_inst inst = { .out = next };
    uint16_t entry = next;
    switch (node->kind) {
    case AIS_NODE_SET: return emit_set(c, &node->set, next, ret);
    case AIS_NODE_ASSERT:
        inst.kind = AIS_INST_ASSERT;
        inst.assertion = (uint8_t)node->assertion;
        return add(c, inst, ret);
    case AIS_NODE_CAT:
        for (const struct ais_node *child = node->last; child != NULL; child = child->before)
            TRY(emit(c, child, entry, &entry));
        break;
    case AIS_NODE_ALT: return emit_alternatives(c, node, next, ret);
    case AIS_NODE_REPEAT: return emit_repeat(c, node, next, ret);
    case AIS_NODE_EMPTY: break;
    case AIS_NODE_OPAQUE: return ais_fail(c->why, AIS_E_INTERNAL, "a program of what only PCRE2 can match");
    }
    *ret = entry;
    return AIS_OK;
}

/* Whether every match begins where the text begins. */
static bool anchored(const struct ais_node *node)
{
    switch (node->kind) {
    case AIS_NODE_ASSERT: return node->assertion == AIS_ASSERT_BEGIN;
    case AIS_NODE_CAT: return node->first != NULL && anchored(node->first);
    case AIS_NODE_REPEAT: return node->min > 0 && anchored(node->first);
    case AIS_NODE_ALT:
        for (const struct ais_node *branch = node->first; branch != NULL; branch = branch->next)
            if (!anchored(branch))
                return false;
        return true;
    default: return false;
    }
}

static unsigned contexts_of(const struct ais_program *program)
{
    static const uint8_t asks[] = {
        [AIS_ASSERT_BEGIN] = AIS_CONTEXT_BEGIN,
        [AIS_ASSERT_END] = 0,
        [AIS_ASSERT_LAST] = 0,
        [AIS_ASSERT_LINE_BEGIN] = AIS_CONTEXT_BEGIN | AIS_CONTEXT_LINE,
        [AIS_ASSERT_LINE_END] = 0,
        [AIS_ASSERT_WORD] = AIS_CONTEXT_WORD,
        [AIS_ASSERT_NOT_WORD] = AIS_CONTEXT_WORD,
    };
    unsigned contexts = 0;
    for (size_t i = 0; i < program->count; i++)
        if (program->insts[i].kind == AIS_INST_ASSERT)
            contexts |= asks[program->insts[i].assertion];
    return contexts;
}

/* ---- Classes: the units between two neighbouring borders belong to the same sets. ---- */

struct cells {
    uint32_t *from;  /* where each begins; the first at 0 */
    uint16_t *class; /* the class of each */
    size_t count;
    size_t classes;
    uint16_t *inside; /* while a set parts them: the new class of the part of each that is within, plus one */
    bool *outside;    /* and whether there is a part that is not */
};

static int by_number(const void *left, const void *right)
{
    uint32_t a = *(const uint32_t *)left;
    uint32_t b = *(const uint32_t *)right;
    return a < b ? -1 : a > b;
}

static bool cells_new(struct compiler *c, struct cells *ret)
{
    size_t most = 1;
    for (size_t i = 0; i < c->set_count; i++)
        most += 2 * c->sets[i]->count;
    size_t parted = most < AIS_CLASSES_MOST ? most : AIS_CLASSES_MOST; /* no more classes than that are parted */
    struct cells cells = { .from = ais_arena_alloc(c->arena, most * sizeof *cells.from),
                           .class = ais_arena_alloc(c->arena, most * sizeof *cells.class),
                           .count = 1,
                           .classes = 1,
                           .inside = ais_arena_alloc(c->arena, parted * sizeof *cells.inside),
                           .outside = ais_arena_alloc(c->arena, parted * sizeof *cells.outside) };
    if (cells.from == NULL || cells.class == NULL || cells.inside == NULL || cells.outside == NULL)
        return false;
    for (size_t i = 0; i < c->set_count; i++)
        for (size_t k = 0; k < c->sets[i]->count; k++) {
            cells.from[cells.count++] = c->sets[i]->ranges[k].first;
            cells.from[cells.count++] = c->sets[i]->ranges[k].last + 1;
        }
    qsort(cells.from, cells.count, sizeof cells.from[0], by_number);
    size_t kept = 1;
    for (size_t i = 1; i < cells.count; i++)
        if (cells.from[i] != cells.from[kept - 1] && cells.from[i] <= AIS_UNIT_LAST)
            cells.from[kept++] = cells.from[i];
    cells.count = kept;
    *ret = cells;
    return true;
}

/* Parts each class into its members within the set and those without. At most doubles the classes. */
static void refine(struct cells *cells, const struct ais_set *set)
{
    memset(cells->inside, 0, cells->classes * sizeof *cells->inside);
    memset(cells->outside, 0, cells->classes * sizeof *cells->outside);
    for (size_t i = 0; i < cells->count; i++)
        if (!ais_set_has(set, cells->from[i]))
            cells->outside[cells->class[i]] = true;
    size_t classes = cells->classes;
    for (size_t i = 0; i < cells->count; i++) {
        uint16_t class = cells->class[i];
        if (!ais_set_has(set, cells->from[i]) || !cells->outside[class])
            continue;
        if (cells->inside[class] == 0)
            cells->inside[class] = (uint16_t)++classes;
        cells->class[i] = (uint16_t)(cells->inside[class] - 1);
    }
    cells->classes = classes;
}

/* Finds the classes of all sets. AIS_E_LIMIT when there are too many. */
static enum ais_err classify(struct compiler *c, struct cells *ret)
{
    if (!cells_new(c, ret))
        return no_memory(c->why);
    for (size_t i = 0; i < c->set_count; i++) {
        refine(ret, c->sets[i]);
        if (ret->classes > AIS_CLASSES_MOST)
            return ais_fail(c->why, AIS_E_LIMIT, "the pattern tells more than %d kinds of characters apart",
                            AIS_CLASSES_MOST);
    }
    return AIS_OK;
}

static uint16_t class_at(const struct cells *cells, uint32_t unit)
{
    size_t low = 0;
    for (size_t high = cells->count; high - low > 1;) {
        size_t middle = low + (high - low) / 2;
        if (cells->from[middle] <= unit)
            low = middle;
        else
            high = middle;
    }
    return cells->class[low];
}

/* Writes classes and members into the program. */
static enum ais_err keep_classes(struct compiler *c, const struct cells *cells, size_t sets)
{
    struct ais_program *program = c->program;
    program->classes = (uint16_t)cells->classes;
    program->member_words = (cells->classes + 63) / 64;
    program->wide = calloc(cells->count, sizeof *program->wide);
    program->members = calloc(sets > 0 ? sets * program->member_words : 1, sizeof *program->members);
    program->word_classes = calloc(cells->classes, 1);
    if (program->wide == NULL || program->members == NULL || program->word_classes == NULL)
        return no_memory(c->why);
    for (uint32_t unit = 0; unit < N_ELEMS(program->ascii); unit++) {
        program->ascii[unit] = class_at(cells, unit);
        program->word_classes[program->ascii[unit]] = ais_unit_is_word(unit);
    }
    program->newline = program->ascii['\n'];
    for (size_t i = 0; i < cells->count; i++) {
        bool beyond = i + 1 == cells->count || cells->from[i + 1] > 0x80;
        bool same = program->wide_count > 0 && program->wide[program->wide_count - 1].class == cells->class[i];
        if (beyond && !same)
            program->wide[program->wide_count++] = (struct ais_class_from){ cells->from[i], cells->class[i] };
        for (size_t k = 0; k < sets; k++)
            if (ais_set_has(c->sets[k], cells->from[i]))
                program->members[k * program->member_words + cells->class[i] / 64] |= (uint64_t)1
                                                                                      << cells->class[i] % 64;
    }
    return AIS_OK;
}

/* The sets that assertions look at, so that each class is wholly of a kind. */
static bool add_context_sets(struct compiler *c)
{
    struct ais_set *sets = ais_arena_alloc(c->arena, 2 * sizeof *sets);
    if (sets == NULL)
        return false;
    ais_set_add(c->arena, &sets[0], '\n', '\n');
    if (!add_set(c, &sets[0]))
        return false;
    if (!(c->program->contexts & AIS_CONTEXT_WORD))
        return !sets[0].failed;
    for (uint32_t unit = 0; unit < 0x80; unit++)
        if (ais_unit_is_word(unit))
            ais_set_add(c->arena, &sets[1], unit, unit);
    ais_set_tidy(&sets[1]);
    return add_set(c, &sets[1]) && !sets[0].failed && !sets[1].failed;
}

/* Takes the instructions out of the arena, and marks where threads wait. */
static enum ais_err keep_insts(struct compiler *c)
{
    struct ais_program *program = c->program;
    program->insts = malloc(program->count * sizeof *program->insts);
    program->waits = calloc((program->count + 63U) / 64, sizeof *program->waits);
    if (program->insts == NULL || program->waits == NULL)
        return no_memory(c->why);
    memcpy(program->insts, c->insts, program->count * sizeof *program->insts);
    for (size_t i = 0; i < program->count; i++)
        if (program->insts[i].kind == AIS_INST_SET || program->insts[i].kind == AIS_INST_ASSERT)
            program->waits[i / 64] |= (uint64_t)1 << i % 64;
    return AIS_OK;
}

static enum ais_err compile(struct compiler *c, const struct ais_ast *ast)
{
    struct ais_program *program = c->program;
    uint16_t match = 0;
    TRY(add(c, (struct ais_inst){ .kind = AIS_INST_MATCH }, &match));
    TRY(emit(c, ast->root, match, &program->start));
    TRY(keep_insts(c));
    program->anchored = anchored(ast->root);
    program->contexts = contexts_of(program);
    size_t sets = c->set_count;
    if (!add_context_sets(c))
        return no_memory(c->why);
    struct cells cells = { 0 };
    TRY(classify(c, &cells));
    return keep_classes(c, &cells, sets);
}

enum ais_err ais_program_new(struct ais_arena *arena, const struct ais_ast *ast, struct ais_program **ret,
                             struct ais_why *why)
{
    static atomic_uint_fast64_t ids;
    AUTO(ais_program_destroy) struct ais_program *program = calloc(1, sizeof *program);
    if (program == NULL)
        return no_memory(why);
    program->id = atomic_fetch_add(&ids, 1) + 1;
    struct compiler c = { .arena = arena, .program = program, .why = why };
    TRY(compile(&c, ast));
    *ret = TAKE(program);
    return AIS_OK;
}

void ais_program_destroy(struct ais_program **program)
{
    if (*program == NULL)
        return;
    free((*program)->insts);
    free((*program)->waits);
    free((*program)->wide);
    free((*program)->members);
    free((*program)->word_classes);
    free(*program);
    *program = NULL;
}
