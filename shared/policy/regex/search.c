/* Runs all threads of a program at once, and remembers what came of it.
 *
 * A state is the set of instructions where threads wait (SET and ASSERT; what can be passed without looking at a unit
 * has been passed), with what its assertions may ask of the unit before. From a state and the class of the next unit
 * follows the next state; the answer is kept in a table, so that warm text costs one look-up a unit. A thread's scratch
 * has a fixed number of tables of a fixed size, each for a program that used it lately; a full table is emptied. Work
 * is therefore at most (instructions x units), whatever is remembered, and memory does not grow. */
#include "shared/policy/regex/program.h"
#include "shared/policy/regex/units.h"

#include <stdlib.h>
#include <string.h>

enum {
    TABLES = 32,
    WAYS = 4, /* tables that one program may take */
    TABLE_BYTES = 64 * 1024,
    SET_WORDS = AIS_PROGRAM_LONGEST / 64,
    /* Instead of the number of a state: */
    STATE_UNSEEN = 0xffff, /* not yet worked out */
    STATE_MATCH = 0xfffe,
    STATE_DEAD = 0xfffd, /* no thread is left, and none can begin */
    STATES_MOST = 0xfff0
};

/* What was before the unit to come, as far as the program asks; a bit of a state's key. */
enum before { AFTER_BEGIN = 1, AFTER_NEWLINE = 2, AFTER_WORD = 4 };

struct table {
    uint64_t owner;      /* id of the program it is for; 0: none */
    uint64_t used;       /* the number of the search that used it last */
    unsigned char *room; /* owned; TABLE_BYTES, cut up into the four arrays below */
    uint64_t *sets;      /* count x set_words: the waiting instructions */
    uint16_t *next;      /* count x row: the state that follows, by class */
    uint16_t *buckets;   /* the first state of each hash, or STATE_UNSEEN */
    uint16_t *chain;     /* of each state, the next of its hash */
    uint8_t *before;     /* of each state */
    size_t count, most, row, set_words, bucket_mask;
    unsigned times_emptied;
    uint16_t first; /* the state before the first unit, STATE_UNSEEN at first */
};

struct ais_search_scratch {
    struct table tables[TABLES]; /* in sets of WAYS */
    uint64_t searches;           /* so far */
    uint64_t waiting[SET_WORDS]; /* the set that is being worked out */
    uint64_t passed[SET_WORDS];  /* instructions that a step has been through */
    uint16_t begin_stack[AIS_PROGRAM_LONGEST];
    uint16_t stack[AIS_PROGRAM_LONGEST];
};

/* One search, or one step of it. */
struct run {
    const struct ais_program *program;
    struct ais_search_scratch *scratch;
    struct table *table;
};

static bool test_bit(const uint64_t *bits, size_t i)
{
    return (bits[i / 64] >> i % 64 & 1) != 0;
}

static void set_bit(uint64_t *bits, size_t i)
{
    bits[i / 64] |= (uint64_t)1 << i % 64;
}

/* ---- The table of a program ---- */

static void table_empty(struct table *table)
{
    table->count = 0;
    table->first = STATE_UNSEEN;
    table->times_emptied++;
    memset(table->buckets, 0xff, (table->bucket_mask + 1) * sizeof *table->buckets);
}

/* Cuts the room up for a program. Every program fits at least a few states: see the limits in program.h. */
static void table_assign(struct table *table, const struct ais_program *program)
{
    table->owner = program->id;
    table->row = program->classes + 2U;
    table->set_words = (program->count + 63U) / 64;
    size_t a_state = table->set_words * sizeof *table->sets + table->row * sizeof *table->next + sizeof *table->chain +
                     sizeof *table->before;
    size_t most = TABLE_BYTES / (a_state + 2 * sizeof *table->buckets);
    size_t buckets = 1;
    while (2 * buckets <= most)
        buckets *= 2;
    table->most = most < STATES_MOST ? most : STATES_MOST;
    table->bucket_mask = buckets - 1;
    unsigned char *at = table->room;
    table->sets = (uint64_t *)(void *)at;
    at += table->most * table->set_words * sizeof *table->sets;
    table->next = (uint16_t *)(void *)at;
    at += table->most * table->row * sizeof *table->next;
    table->chain = (uint16_t *)(void *)at;
    at += table->most * sizeof *table->chain;
    table->buckets = (uint16_t *)(void *)at;
    at += buckets * sizeof *table->buckets;
    table->before = at;
    table_empty(table);
}

/* The table of a program: its own if it still is, else the one of its set that was used longest ago, taken over. With
 * one table a set, two programs that every request asks could take it from each other each time. NULL when memory is
 * out. */
static struct table *table_of(struct ais_search_scratch *scratch, const struct ais_program *program)
{
    struct table *set = &scratch->tables[program->id % (TABLES / WAYS) * WAYS], *table = set;
    for (size_t i = 0; i < WAYS && table->owner != program->id; i++) {
        if (set[i].owner == program->id || set[i].used < table->used)
            table = &set[i];
    }
    table->used = ++scratch->searches;
    if (table->owner == program->id)
        return table;
    if (table->room == NULL)
        table->room = malloc(TABLE_BYTES);
    if (table->room == NULL)
        return NULL;
    table_assign(table, program);
    return table;
}

static size_t hash(const uint64_t *set, size_t words, unsigned before)
{
    uint64_t mixed = before + 0x9e3779b97f4a7c15U;
    for (size_t i = 0; i < words; i++) {
        mixed = (mixed ^ set[i]) * 0xff51afd7ed558ccdU;
        mixed ^= mixed >> 32;
    }
    return (size_t)mixed;
}

/* The number of the state with the waiting instructions and the given past; made when it is new. */
static uint16_t state_of_waiting(const struct run *run, unsigned before)
{
    struct table *table = run->table;
    const uint64_t *waiting = run->scratch->waiting;
    size_t bytes = table->set_words * sizeof *waiting;
    size_t bucket = hash(waiting, table->set_words, before) & table->bucket_mask;
    for (uint16_t i = table->buckets[bucket]; i != STATE_UNSEEN; i = table->chain[i])
        if (table->before[i] == before && memcmp(&table->sets[i * table->set_words], waiting, bytes) == 0)
            return i;
    if (table->count == table->most)
        table_empty(table);
    uint16_t state = (uint16_t)table->count++;
    memcpy(&table->sets[state * table->set_words], waiting, bytes);
    memset(&table->next[state * table->row], 0xff, table->row * sizeof *table->next);
    table->before[state] = (uint8_t)before;
    table->chain[state] = table->buckets[bucket];
    table->buckets[bucket] = state;
    return state;
}

/* ---- One step of all threads ---- */

/* Sends a thread to an instruction and through all splits behind it; where it has to wait goes into waiting. True: it
 * reached MATCH. */
static bool thread_begin(const struct run *run, uint16_t at)
{
    const struct ais_inst *insts = run->program->insts;
    uint64_t *waiting = run->scratch->waiting;
    uint16_t *stack = run->scratch->begin_stack;
    size_t depth = 0;
    if (test_bit(waiting, at))
        return false;
    set_bit(waiting, at);
    stack[depth++] = at;
    while (depth > 0) {
        const struct ais_inst *inst = &insts[stack[--depth]];
        if (inst->kind == AIS_INST_MATCH)
            return true;
        if (inst->kind != AIS_INST_SPLIT)
            continue;
        uint16_t ways[] = { inst->out, inst->alt };
        for (size_t i = 0; i < N_ELEMS(ways); i++)
            if (!test_bit(waiting, ways[i])) {
                set_bit(waiting, ways[i]);
                stack[depth++] = ways[i];
            }
    }
    return false;
}

/* What comes next, to assertions. */
struct ahead {
    bool end, newline, last, word; /* the end; a newline; the end or a newline before it; a word character */
};

static struct ahead ahead_of(const struct ais_program *program, uint16_t class)
{
    struct ahead ahead = { .end = class == program->classes + 1 };
    ahead.last = class >= program->classes;
    ahead.newline = class == program->newline || class == program->classes;
    ahead.word = class < program->classes && program->word_classes[class] != 0;
    return ahead;
}

static bool holds(uint8_t assertion, unsigned before, struct ahead ahead)
{
    switch ((enum ais_assert)assertion) {
    case AIS_ASSERT_BEGIN: return (before & AFTER_BEGIN) != 0;
    case AIS_ASSERT_END: return ahead.end;
    case AIS_ASSERT_LAST: return ahead.last;
    case AIS_ASSERT_LINE_BEGIN: return (before & AFTER_BEGIN) || ((before & AFTER_NEWLINE) && !ahead.end);
    case AIS_ASSERT_LINE_END: return ahead.end || ahead.newline;
    case AIS_ASSERT_WORD: return ((before & AFTER_WORD) != 0) != ahead.word;
    case AIS_ASSERT_NOT_WORD: return ((before & AFTER_WORD) != 0) == ahead.word;
    }
    return false;
}

/* What the unit will have been, as far as this program asks. */
static unsigned before_after(const struct ais_program *program, struct ahead unit)
{
    unsigned before = 0;
    if (unit.newline && (program->contexts & AIS_CONTEXT_LINE))
        before |= AFTER_NEWLINE;
    if (unit.word && (program->contexts & AIS_CONTEXT_WORD))
        before |= AFTER_WORD;
    return before;
}

static bool takes(const struct ais_program *program, const struct ais_inst *inst, uint16_t class)
{
    if (class > program->classes)
        return false; /* the end is no unit */
    return test_bit(&program->members[inst->set * program->member_words],
                    class == program->classes ? program->newline : class);
}

/* Lets a waiting thread, and whatever it comes to without taking a unit, go on over the next unit. True: one reached
 * MATCH, before that unit or after it. */
static bool thread_step(const struct run *run, uint16_t at, unsigned before, uint16_t class, struct ahead ahead)
{
    const struct ais_program *program = run->program;
    uint64_t *passed = run->scratch->passed;
    uint16_t *stack = run->scratch->stack;
    size_t depth = 0;
    stack[depth++] = at;
    while (depth > 0) {
        const struct ais_inst *inst = &program->insts[stack[--depth]];
        size_t ways = 0;
        switch ((enum ais_inst_kind)inst->kind) {
        case AIS_INST_MATCH: return true;
        case AIS_INST_SET:
            if (takes(program, inst, class) && thread_begin(run, inst->out))
                return true;
            break;
        case AIS_INST_ASSERT: ways = holds(inst->assertion, before, ahead) ? 1 : 0; break;
        case AIS_INST_SPLIT: ways = 2; break;
        }
        for (size_t i = 0; i < ways; i++) {
            uint16_t way = i == 0 ? inst->out : inst->alt;
            if (!test_bit(passed, way)) {
                set_bit(passed, way);
                stack[depth++] = way;
            }
        }
    }
    return false;
}

/* Works out the threads that wait after the next unit. True: one matched. */
static bool all_step(const struct run *run, uint16_t state, uint16_t class, struct ahead ahead)
{
    const struct table *table = run->table;
    const uint64_t *from = &table->sets[state * table->set_words];
    size_t bytes = table->set_words * sizeof *from;
    memset(run->scratch->waiting, 0, bytes);
    memcpy(run->scratch->passed, from, bytes);
    for (size_t word = 0; word < table->set_words; word++)
        for (uint64_t bits = from[word]; bits != 0; bits &= bits - 1) {
            uint16_t at = (uint16_t)(word * 64 + (size_t)__builtin_ctzll(bits));
            if (thread_step(run, at, table->before[state], class, ahead))
                return true;
        }
    return !run->program->anchored && !ahead.end && thread_begin(run, run->program->start);
}

/* The number of the state where the waiting threads are, STATE_DEAD when there are none. */
static uint16_t settle(const struct run *run, unsigned before)
{
    uint64_t any = 0;
    for (size_t i = 0; i < run->table->set_words; i++)
        any |= run->scratch->waiting[i] &= run->program->waits[i];
    return any == 0 ? STATE_DEAD : state_of_waiting(run, before);
}

/* The state after the next unit, worked out and remembered. */
static uint16_t step(const struct run *run, uint16_t state, uint16_t class)
{
    struct table *table = run->table;
    struct ahead ahead = ahead_of(run->program, class);
    unsigned times_emptied = table->times_emptied;
    uint16_t next = STATE_MATCH;
    if (!all_step(run, state, class, ahead))
        next = ahead.end ? STATE_DEAD : settle(run, before_after(run->program, ahead));
    if (table->times_emptied == times_emptied) /* else state is a number of the past */
        table->next[state * table->row + class] = next;
    return next;
}

/* The state before the first unit. */
static uint16_t first_state(const struct run *run)
{
    struct table *table = run->table;
    if (table->first != STATE_UNSEEN)
        return table->first;
    memset(run->scratch->waiting, 0, table->set_words * sizeof run->scratch->waiting[0]);
    uint16_t first = STATE_MATCH;
    if (!thread_begin(run, run->program->start))
        first = settle(run, run->program->contexts & AIS_CONTEXT_BEGIN ? AFTER_BEGIN : 0);
    table->first = first;
    return first;
}

static uint16_t class_of(const struct ais_program *program, uint32_t unit)
{
    size_t low = 0;
    for (size_t high = program->wide_count; high - low > 1;) {
        size_t middle = low + (high - low) / 2;
        if (program->wide[middle].unit <= unit)
            low = middle;
        else
            high = middle;
    }
    return program->wide[low].class;
}

static inline uint16_t next_state(const struct run *run, uint16_t state, uint16_t class)
{
    uint16_t next = run->table->next[state * run->table->row + class];
    return next == STATE_UNSEEN ? step(run, state, class) : next;
}

enum ais_truth ais_program_search(const struct ais_program *program, const unsigned char *text, size_t n,
                                  struct ais_search_scratch *scratch)
{
    struct run run = { .program = program, .scratch = scratch, .table = table_of(scratch, program) };
    if (run.table == NULL)
        return AIS_UNKNOWN;
    uint16_t state = first_state(&run);
    bool ends_with_newline = n > 0 && text[n - 1] == '\n';
    const unsigned char *end = text + n;
    const unsigned char *stop = end - ends_with_newline;
    for (const unsigned char *at = text; at < stop && state < STATE_DEAD;) {
        uint16_t class = *at < 0x80 ? program->ascii[*at++] : class_of(program, ais_unit_next(&at, end));
        state = next_state(&run, state, class);
    }
    if (ends_with_newline && state < STATE_DEAD)
        state = next_state(&run, state, program->classes);
    if (state < STATE_DEAD)
        state = next_state(&run, state, (uint16_t)(program->classes + 1));
    return ais_truth_of(state == STATE_MATCH);
}

struct ais_search_scratch *ais_search_scratch_new(void)
{
    return calloc(1, sizeof(struct ais_search_scratch));
}

void ais_search_scratch_destroy(struct ais_search_scratch **scratch)
{
    if (*scratch == NULL)
        return;
    for (size_t i = 0; i < TABLES; i++)
        free((*scratch)->tables[i].room);
    free(*scratch);
    *scratch = NULL;
}
