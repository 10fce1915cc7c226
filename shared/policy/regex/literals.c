/* What every match must contain. Each part of a pattern is summed up from its children:
 *
 *   exact   it matches the strings of `head` and no others (then tail is the same set)
 *   head    every match begins with one of these
 *   tail    every match ends with one of these
 *   best    every match contains one of each of these: the best sets seen so far, the best first
 *   lack    where there is no best: whether each of several alternatives has one by itself
 *
 * The empty string in head or tail says that nothing is known there. Where two parts meet, tail x head is a new
 * candidate for best. All strings have their ASCII letters folded. */
#include "shared/policy/regex/ast.h"

#include "shared/policy/regex/units.h"

#include <stdlib.h>
#include <string.h>

enum {
    UNITS_MOST = 16 /* a set of more units than this tells nothing */
};

struct strings {
    const struct ais_literal *items; /* sorted, each once */
    size_t count;                    /* 0: the set is not known, or too large */
};

struct summary {
    bool exact;
    struct strings head, tail, best[AIS_LITERAL_SETS_MOST];
    enum ais_literals_lack lack;
};

struct extraction {
    struct ais_arena *arena;
    bool for_pcre; /* which takes letters outside ASCII for some inside, and its own view of case */
    bool failed;   /* memory is out */
};

static int by_bytes(const void *left, const void *right)
{
    const struct ais_literal *a = left;
    const struct ais_literal *b = right;
    int order = memcmp(a->bytes, b->bytes, a->length < b->length ? a->length : b->length);
    return order != 0 ? order : a->length < b->length ? -1 : a->length > b->length;
}

/* Too many are none. */
static struct strings set_of(const struct ais_literal *items, size_t count)
{
    return (struct strings){ items, count <= AIS_LITERALS_MOST ? count : 0 };
}

/* Sorts and takes out what is there twice. */
static struct strings tidy(struct ais_literal *items, size_t count)
{
    if (count > 1)
        qsort(items, count, sizeof *items, by_bytes);
    size_t kept = count > 0;
    for (size_t i = 1; i < count; i++)
        if (by_bytes(&items[i], &items[kept - 1]) != 0)
            items[kept++] = items[i];
    return set_of(items, kept);
}

static struct ais_literal *room_for(struct extraction *x, size_t count)
{
    struct ais_literal *items = ais_arena_alloc(x->arena, count * sizeof *items);
    x->failed |= items == NULL;
    return items;
}

static size_t shortest(struct strings set)
{
    size_t length = SIZE_MAX;
    for (size_t i = 0; i < set.count; i++)
        length = set.items[i].length < length ? set.items[i].length : length;
    return set.count > 0 ? length : 0;
}

/* Every string of a with every string of b behind it; none when they are too many or too long. */
static struct strings product(struct extraction *x, struct strings a, struct strings b)
{
    struct strings none = { NULL, 0 };
    if (a.count * b.count > AIS_LITERALS_MOST || a.count * b.count == 0)
        return none;
    struct ais_literal *items = room_for(x, a.count * b.count);
    if (items == NULL)
        return none;
    size_t count = 0;
    for (size_t i = 0; i < a.count; i++)
        for (size_t k = 0; k < b.count; k++) {
            struct ais_literal *item = &items[count++];
            item->length = a.items[i].length + b.items[k].length;
            char *bytes = item->length > AIS_LITERAL_LONGEST ? NULL : ais_arena_alloc(x->arena, item->length + 1);
            if (bytes == NULL)
                return none;
            memcpy(bytes, a.items[i].bytes, a.items[i].length);
            memcpy(bytes + a.items[i].length, b.items[k].bytes, b.items[k].length);
            item->bytes = bytes;
        }
    return tidy(items, count);
}

/* All strings of both; none when either is, or they are too many. */
static struct strings both(struct extraction *x, struct strings a, struct strings b)
{
    struct ais_literal *items = a.count > 0 && b.count > 0 ? room_for(x, a.count + b.count) : NULL;
    if (items == NULL)
        return (struct strings){ NULL, 0 };
    size_t count = 0, i = 0, k = 0;
    while (i < a.count && k < b.count) {
        int order = by_bytes(&a.items[i], &b.items[k]);
        items[count++] = order <= 0 ? a.items[i] : b.items[k];
        i += order <= 0;
        k += order >= 0;
    }
    for (; i < a.count; i++)
        items[count++] = a.items[i];
    for (; k < b.count; k++)
        items[count++] = b.items[k];
    return set_of(items, count);
}

/* How much a set narrows the search down: long members, and few. Twice as many cost half a byte. */
static int worth(struct strings set)
{
    if (shortest(set) == 0)
        return -1;
    int halves = 0;
    for (size_t count = set.count; count > 1; count = (count + 1) / 2)
        halves++;
    return 2 * (int)shortest(set) - halves;
}

static bool contains(struct ais_literal text, struct ais_literal part)
{
    return memmem(text.bytes, text.length, part.bytes, part.length) != NULL;
}

/* Whether each member of a contains one of b: where a is found, b tells nothing new. For small sets only. */
static bool implies(struct strings a, struct strings b)
{
    if (a.count * b.count > AIS_LITERALS_MOST)
        return false;
    for (size_t i = 0; i < a.count; i++) {
        bool found = false;
        for (size_t k = 0; k < b.count && !found; k++)
            found = contains(a.items[i], b.items[k]);
        if (!found)
            return false;
    }
    return true;
}

/* Takes a set in among the best, where it is one of them and says what no other does; equals keep their order. */
static void offer(struct summary *sum, struct strings set)
{
    struct strings *best = sum->best;
    size_t count = 0, place = 0;
    if (worth(set) < 0)
        return;
    for (size_t i = 0; i < AIS_LITERAL_SETS_MOST && best[i].count > 0; i++) {
        bool stays = worth(best[i]) >= worth(set), related = implies(best[i], set) || implies(set, best[i]);
        if (stays && related)
            return;
        if (stays || !related)
            best[count++] = best[i];
        place += stays;
    }
    if (place == AIS_LITERAL_SETS_MOST)
        return;
    if (count == AIS_LITERAL_SETS_MOST)
        count--;
    memmove(&best[place + 1], &best[place], (count - place) * sizeof *best);
    best[place] = set;
    for (count++; count < AIS_LITERAL_SETS_MOST; count++)
        best[count] = (struct strings){ NULL, 0 };
}

static const struct ais_literal empty_string = { "", 0 };
static const struct strings only_empty = { &empty_string, 1 };

static struct summary nothing_known(void)
{
    return (struct summary){ .exact = false, .head = only_empty, .tail = only_empty };
}

static struct summary exactly(struct strings set)
{
    struct summary sum = { .exact = true, .head = set, .tail = set };
    offer(&sum, set);
    return sum;
}

static enum ais_literals_lack nearer(enum ais_literals_lack a, enum ais_literals_lack b)
{
    return a > b ? a : b;
}

/* a, and then b. */
static struct summary join(struct extraction *x, struct summary a, struct summary b)
{
    struct strings seam = product(x, a.tail, b.head);
    struct summary sum = { .exact = false, .head = a.head, .tail = b.tail };
    if (a.exact && b.exact && seam.count > 0)
        sum = exactly(seam);
    sum.lack = nearer(a.lack, b.lack);
    if (sum.exact)
        return sum;
    if (a.exact && seam.count > 0)
        sum.head = seam;
    if (b.exact && seam.count > 0)
        sum.tail = seam;
    memcpy(sum.best, a.best, sizeof sum.best);
    for (size_t i = 0; i < AIS_LITERAL_SETS_MOST; i++)
        offer(&sum, b.best[i]);
    offer(&sum, seam);
    return sum;
}

static struct strings or_empty(struct strings set)
{
    return set.count > 0 ? set : only_empty;
}

static bool has_text(struct summary sum)
{
    return sum.best[0].count > 0 || sum.lack != AIS_LACK_TEXT;
}

/* Whether each of a and b has some, and one set cannot hold both. */
static bool overflows(struct extraction *x, struct strings a, struct strings b)
{
    return a.count > 0 && b.count > 0 && both(x, a, b).count == 0;
}

/* Of a or b, for which no set is good. */
static enum ais_literals_lack lack_of_either(struct extraction *x, struct summary a, struct summary b)
{
    if (!has_text(a) || !has_text(b))
        return AIS_LACK_TEXT;
    bool many = (a.exact && b.exact && overflows(x, a.head, b.head)) || overflows(x, a.best[0], b.best[0]);
    return nearer(many ? AIS_LACK_ROOM : AIS_LACK_LENGTH, nearer(a.lack, b.lack));
}

/* a, or b. */
static struct summary either(struct extraction *x, struct summary a, struct summary b)
{
    struct summary sum = { .exact = false };
    if (a.exact && b.exact)
        sum = exactly(both(x, a.head, b.head));
    if (!sum.exact || sum.head.count == 0) {
        sum.exact = false;
        sum.head = or_empty(both(x, a.head, b.head));
        sum.tail = or_empty(both(x, a.tail, b.tail));
        if (a.best[0].count > 0 && b.best[0].count > 0)
            offer(&sum, both(x, a.best[0], b.best[0]));
    }
    if (sum.best[0].count == 0)
        sum.lack = lack_of_either(x, a, b);
    return sum;
}

/* The number of its units, or one more than UNITS_MOST. */
static size_t units_of(const struct ais_set *set)
{
    size_t units = 0;
    for (size_t i = 0; i < set->count && units <= UNITS_MOST; i++)
        units += set->ranges[i].last - set->ranges[i].first + 1;
    return units <= UNITS_MOST ? units : UNITS_MOST + 1;
}

/* One unit of a set. */
static struct summary one_of(struct extraction *x, const struct ais_node *node)
{
    size_t units = units_of(&node->set);
    if (units > UNITS_MOST)
        return nothing_known();
    struct ais_literal *items = room_for(x, units);
    size_t count = 0;
    for (size_t i = 0; i < node->set.count && items != NULL; i++)
        for (uint32_t unit = node->set.ranges[i].first; unit <= node->set.ranges[i].last; unit++) {
            /* PCRE2 takes KELVIN SIGN for k and LONG S for s, and knows more of case outside ASCII than fold.h. */
            bool strange = unit == 0 || (x->for_pcre && node->caseless &&
                                         (unit >= 0x80 || (unit | 0x20) == 'k' || (unit | 0x20) == 's'));
            char bytes[4];
            char *kept = !strange ? ais_arena_alloc(x->arena, sizeof bytes) : NULL;
            if (kept == NULL)
                return nothing_known();
            items[count++] = (struct ais_literal){ kept, ais_unit_put(unit, bytes) };
            memcpy(kept, bytes, sizeof bytes);
            if (unit >= 'A' && unit <= 'Z')
                kept[0] = (char)(unit + ('a' - 'A'));
        }
    return count > 0 ? exactly(tidy(items, count)) : nothing_known();
}

static struct summary summarise(struct extraction *x, const struct ais_node *node);

/* Runs of plain text are joined first, so that a run is a candidate by itself, whatever is before and behind it. */
static struct summary sequence(struct extraction *x, const struct ais_node *node)
{
    struct summary sum = exactly(only_empty);
    struct summary run = exactly(only_empty);
    for (const struct ais_node *child = node->first; child != NULL && !x->failed; child = child->next) {
        struct summary next = summarise(x, child);
        if (next.exact && next.head.count == 1) {
            run = join(x, run, next);
            continue;
        }
        sum = join(x, join(x, sum, run), next);
        run = exactly(only_empty);
    }
    return join(x, sum, run);
}

static struct summary repeated(struct extraction *x, const struct ais_node *node)
{
    struct summary child = summarise(x, node->first);
    if (node->max == 0)
        return exactly(only_empty);
    if (node->min == 0)
        return node->max == 1 ? either(x, child, exactly(only_empty)) : nothing_known();
    struct summary sum = child;
    /* Once the product has become too large, one more repetition says all that any number says. */
    for (uint32_t i = 1; i < node->min && i <= AIS_LITERAL_LONGEST; i++) {
        bool last = !sum.exact || !child.exact;
        sum = join(x, sum, child);
        if (last)
            break;
    }
    if (node->min > AIS_LITERAL_LONGEST || node->max != node->min)
        sum.exact = false;
    if (node->max > 1) /* its alternatives are no longer each by itself */
        sum.lack = AIS_LACK_TEXT;
    return sum;
}

/* Recursion follows the tree, whose depth the parser bounds. */
static struct summary summarise(struct extraction *x, const struct ais_node *node)
{
    struct summary sum = exactly(only_empty);
    switch (node->kind) {
    case AIS_NODE_SET: return one_of(x, node);
    case AIS_NODE_REPEAT: return repeated(x, node);
    case AIS_NODE_OPAQUE: return nothing_known();
    case AIS_NODE_CAT: return sequence(x, node);
    case AIS_NODE_ALT:
        sum = summarise(x, node->first);
        for (const struct ais_node *child = node->first->next; child != NULL && !x->failed; child = child->next)
            sum = either(x, sum, summarise(x, child));
        break;
    case AIS_NODE_EMPTY:
    case AIS_NODE_ASSERT: break;
    }
    return sum;
}

/* Takes out members that contain another: whatever holds them holds that one. */
static struct ais_literals shortened(struct extraction *x, struct strings set)
{
    struct ais_literal *items = room_for(x, set.count);
    struct ais_literals kept = { .items = items };
    for (size_t i = 0; i < set.count && items != NULL; i++) {
        bool needed = true;
        for (size_t k = 0; k < set.count && needed; k++)
            needed = k == i || !contains(set.items[i], set.items[k]);
        if (needed)
            items[kept.count++] = set.items[i];
    }
    return kept;
}

size_t ais_ast_literals(struct ais_arena *arena, const struct ais_ast *ast,
                        struct ais_literals ret[AIS_LITERAL_SETS_MOST], enum ais_literals_lack *ret_lack)
{
    struct extraction x = { .arena = arena, .for_pcre = ast->pcre != NULL };
    struct summary sum = summarise(&x, ast->root);
    size_t count = 0;
    *ret_lack = sum.lack;
    for (size_t i = 0; i < AIS_LITERAL_SETS_MOST && sum.best[i].count > 0; i++)
        ret[count++] = shortened(&x, sum.best[i]);
    return x.failed ? 0 : count;
}
