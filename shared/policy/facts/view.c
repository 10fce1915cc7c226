#include "shared/policy/facts/view.h"

#include <string.h>

static const struct row {
    ais_part_maker *make;
    bool has_elements;
} rows[AIS_PART_COUNT] = {
#define X(part, elements) [AIS_PART_##part] = { ais_understand_##part, (elements) },
    AIS_PARTS(X)
#undef X
};

void ais_view_begin(struct ais_view *view, const struct ais_question *question, struct ais_arena *arena)
{
    view->question = question;
    view->arena = arena;
    view->failed = false;
    view->work = 0;
    view->pulse = NULL;
    view->strings.gathered = view->strings.incomplete = false;
    view->strings.work = view->strings.count = 0;
    for (size_t i = 0; i < AIS_PART_COUNT; i++)
        view->parts[i].made = false;
}

const struct ais_part *ais_view_part(struct ais_view *view, enum ais_part_id id)
{
    struct ais_part *part = &view->parts[id];
    if (!part->made) {
        *part = (struct ais_part){ .made = true };
        rows[id].make(view, part);
    }
    return part;
}

bool ais_part_has_elements(enum ais_part_id part)
{
    return rows[part].has_elements;
}

/* Values are added element by element, so each list is in their order. An element is asked for often, and most lists
 * have as many values of each: it is looked for from where that would put it, in steps that double. */
static size_t first_of(const struct ais_part_list *list, uint32_t element)
{
    const struct ais_value *items = list->items;
    if (list->count == 0 || items[list->count - 1].element < element)
        return list->count;
    uint32_t last = items[list->count - 1].element;
    size_t low = 0, high = last > 0 ? (list->count - 1) * element / last : 0; /* first of all, the guess */
    if (items[high].element < element) {
        low = high + 1;
        high = list->count - 1;
        for (size_t step = 1; step < high - low; step *= 2) {
            if (items[low + step].element >= element)
                high = low + step;
            else
                low += step + 1;
        }
    } else {
        for (size_t step = 1; step <= high - low; step *= 2) {
            if (items[high - step].element < element)
                low = high - step + 1;
            else
                high -= step;
        }
    }
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (items[middle].element < element)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

const struct ais_value *ais_part_values(const struct ais_part *part, unsigned list, uint32_t element, size_t *ret_count)
{
    const struct ais_part_list *values = &part->lists[list];
    size_t first = first_of(values, element), end = first;
    while (end < values->count && values->items[end].element == element)
        end++;
    *ret_count = end - first;
    return values->count > 0 ? values->items + first : NULL;
}

size_t ais_part_left(const struct ais_view *view, const struct ais_part *part)
{
    size_t of_part = part->work < AIS_PART_WORK_MOST ? AIS_PART_WORK_MOST - part->work : 0;
    size_t of_view = view->work < AIS_VIEW_WORK_MOST ? AIS_VIEW_WORK_MOST - view->work : 0;
    return of_part < of_view ? of_part : of_view;
}

static const char too_much[] = "more work than a request may cost";

static void count(struct ais_view *view, size_t steps)
{
    size_t before = view->work;
    view->work += steps;
    if (view->pulse != NULL && before / AIS_PULSE_WORK != view->work / AIS_PULSE_WORK)
        view->pulse(view->pulse_arg);
}

bool ais_part_spend(struct ais_view *view, struct ais_part *part, size_t steps)
{
    size_t left = ais_part_left(view, part);
    if (steps > left && part->unknown == NULL)
        part->unknown = too_much;
    size_t taken = steps < left ? steps : left;
    part->work += taken;
    count(view, taken);
    return steps <= left;
}

void *ais_view_alloc(struct ais_view *view, size_t n)
{
    void *bytes = ais_arena_alloc(view->arena, n);
    if (bytes == NULL)
        view->failed = true;
    return bytes;
}

/* The same, not zeroed. */
static void *room(struct ais_view *view, size_t n)
{
    void *bytes = ais_arena_room(view->arena, n);
    if (bytes == NULL)
        view->failed = true;
    return bytes;
}

void *ais_view_grow(struct ais_view *view, void *items, size_t count, size_t *capacity, size_t size)
{
    enum { FIRST = 4 };
    if (count < *capacity)
        return items;
    size_t wanted = count > 0 ? 2 * count : FIRST;
    void *grown = room(view, wanted * size);
    if (grown == NULL)
        return NULL;
    if (count > 0)
        memcpy(grown, items, count * size);
    *capacity = wanted;
    return grown;
}

void ais_part_add(struct ais_view *view, struct ais_part *part, unsigned list, enum ais_value_kind kind,
                  const char *text, size_t n)
{
    struct ais_part_list *values = &part->lists[list];
    struct ais_value *items = ais_view_grow(view, values->items, values->count, &values->capacity, sizeof *items);
    if (items == NULL)
        return;
    values->items = items;
    uint32_t element = part->elements > 0 ? part->elements - 1 : 0;
    values->items[values->count++] = (struct ais_value){ kind, text, n, element };
}

void ais_part_add_number(struct ais_view *view, struct ais_part *part, unsigned list, size_t number)
{
    char digits[32];
    size_t at = sizeof digits;
    do
        digits[--at] = (char)('0' + number % 10);
    while ((number /= 10) > 0);
    size_t n = sizeof digits - at;
    const char *text = ais_arena_copy(view->arena, digits + at, n);
    if (text == NULL)
        view->failed = true;
    else
        ais_part_add(view, part, list, AIS_VALUE_NUMBER, text, n);
}

void ais_part_add_unknown(struct ais_view *view, struct ais_part *part, unsigned list, const char *why)
{
    ais_part_add(view, part, list, AIS_VALUE_UNKNOWN, why, strlen(why));
}

/* ---- the strings of a request ---- */

/* Steps of work: a node, whatever it is, and a byte of a string. */
enum { STEPS_A_NODE = 2, BYTES_A_STEP = 2 };

/* A place for one more string; NULL: there is none. */
static struct ais_view_string *next_string(struct ais_view *view)
{
    size_t block = 0, first = 0, size = AIS_VIEW_BLOCK; /* of the block that it falls into */
    while (view->strings.count - first >= size && block < AIS_VIEW_BLOCKS) {
        first += size;
        size *= 2;
        block++;
    }
    if (block == AIS_VIEW_BLOCKS)
        return NULL;
    if (view->strings.count == first)
        view->strings.blocks[block] = room(view, size * sizeof(struct ais_view_string));
    struct ais_view_string *items = view->strings.blocks[block];
    return items != NULL ? &items[view->strings.count++ - first] : NULL;
}

/* Counts the node, and its bytes; false when the decision may not look at it. */
static bool spend_on(struct ais_view *view, const struct ais_json *node)
{
    size_t steps = STEPS_A_NODE + (node->kind == AIS_JSON_STRING ? node->length / BYTES_A_STEP : 0);
    if (view->work > AIS_VIEW_WORK_MOST || steps > AIS_VIEW_WORK_MOST - view->work)
        return false;
    view->strings.work += steps;
    count(view, steps);
    return true;
}

/* False when not all strings are there. The depth is bounded by the reader of bodies. */
static bool gather(struct ais_view *view, enum ais_view_top top, const char *key, const struct ais_json *node)
{
    if (!spend_on(view, node))
        return false;
    if (node->kind == AIS_JSON_STRING) {
        struct ais_view_string *string = node->length <= UINT32_MAX ? next_string(view) : NULL;
        if (string != NULL)
            *string = (struct ais_view_string){ key, node->text, ais_shape_of(node->text, node->length),
                                                (uint32_t)node->length, top };
        return string != NULL;
    }
    for (const struct ais_json *child = node->first; child != NULL; child = child->next)
        if (!gather(view, top, child->key != NULL ? child->key : key, child))
            return false;
    return true;
}

static void gather_all(struct ais_view *view)
{
    const struct ais_request *request = view->question->request;
    const struct ais_json *const nodes[] = {
        [AIS_VIEW_TOOL_NAME] = request->tool_name,
        [AIS_VIEW_TOOL_ARGS] = request->tool_args,
        [AIS_VIEW_CONTEXT] = request->context,
        [AIS_VIEW_METADATA] = request->metadata,
    };
    view->strings.gathered = true;
    for (size_t i = 0; i < N_ELEMS(nodes) && !view->strings.incomplete; i++)
        view->strings.incomplete = nodes[i] != NULL && !gather(view, (enum ais_view_top)i, "", nodes[i]);
}

bool ais_view_strings(struct ais_view *view, struct ais_part *part, ais_view_each *each, void *arg)
{
    if (!view->strings.gathered)
        gather_all(view);
    size_t left = view->strings.count, size = AIS_VIEW_BLOCK;
    for (size_t block = 0; left > 0; block++, size *= 2) {
        const struct ais_view_string *string = view->strings.blocks[block], *end = string + (left < size ? left : size);
        left -= (size_t)(end - string);
        while (string < end && each(arg, string))
            string++;
        if (string < end)
            break;
    }
    if (view->strings.incomplete && part != NULL && part->unknown == NULL)
        part->unknown = too_much;
    return !view->strings.incomplete;
}
