#include "shared/audit/mask_internal.h"

#include <string.h>
#include <strings.h>

static bool is(struct ais_mask_text name, const char *word)
{
    return !name.quoted && name.n == strlen(word) && memcmp(name.text, word, name.n) == 0;
}

/* "**" may be passed over at once. */
static uint32_t pass_over(const struct ais_mask_item *item, uint32_t states)
{
    for (size_t i = 0; i < item->count; i++)
        if ((states & 1U << i) != 0 && is(item->names[i], "**"))
            states |= 1U << (i + 1);
    return states;
}

void mask_place_top(const struct ais_mask *mask, const char *top, struct mask_place *ret)
{
    for (size_t i = 0; i < mask->list.count; i++) {
        const struct ais_mask_item *item = &mask->list.items[i];
        ret->states[i] = !item->is_pii && is(item->names[0], top) ? pass_over(item, 2) : 0;
    }
}

void mask_place_below(const struct ais_mask *mask, const struct mask_place *place, const char *key, size_t n,
                      struct mask_place *ret)
{
    for (size_t i = 0; i < mask->list.count; i++) {
        const struct ais_mask_item *item = &mask->list.items[i];
        uint32_t now = place->states[i], next = now & 1U << item->count;
        for (size_t at = 0; at < item->count; at++) {
            struct ais_mask_text name = item->names[at];
            if ((now & 1U << at) == 0)
                continue;
            if (is(name, "**"))
                next |= 1U << at;
            else if (is(name, "*") || (name.n == n && strncasecmp(name.text, key, n) == 0))
                next |= 1U << (at + 1);
        }
        ret->states[i] = pass_over(item, next);
    }
}

const struct ais_mask_item *mask_place_item(const struct ais_mask *mask, const struct mask_place *place)
{
    for (size_t i = 0; i < mask->list.count; i++)
        if ((place->states[i] & 1U << mask->list.items[i].count) != 0)
            return &mask->list.items[i];
    return NULL;
}

const struct ais_mask_item *mask_said_item(const struct ais_mask *mask, const char *name)
{
    struct mask_place metadata, place;
    if (!mask->has_paths)
        return NULL;
    mask_place_top(mask, "metadata", &metadata);
    mask_place_below(mask, &metadata, name, strlen(name), &place);
    return mask_place_item(mask, &place);
}

const char *const mask_said[MASK_SAID] = { "user_id", "agent_id", "environment", "session_id" };

/* ---- what they mean in a request ---- */

/* Depth is bounded by the reader. */
static void withhold(const struct ais_mask *mask, const struct ais_json *node, const struct mask_place *place,
                     struct ais_withheld *ret)
{
    for (const struct ais_json *child = node->first; child != NULL && !ret->full; child = child->next) {
        struct mask_place below = *place;
        if (child->key != NULL)
            mask_place_below(mask, place, child->key, child->key_length, &below);
        withhold(mask, child, &below, ret);
    }
    if (node->first != NULL || node->length == 0 || mask_place_item(mask, place) == NULL)
        return;
    ret->full = ret->full || ret->count == AIS_WITHHELD_MOST;
    if (!ret->full)
        ret->nodes[ret->count++] = node;
}

/* Who asks, where an object context says it. */
static void withhold_said(const struct ais_mask *mask, const struct ais_json *context, struct ais_withheld *ret)
{
    for (size_t i = 0; i < MASK_SAID; i++) {
        const struct ais_json *node = context != NULL ? ais_json_get(context, mask_said[i]) : NULL;
        if (node == NULL || node->first != NULL || node->length == 0 || mask_said_item(mask, mask_said[i]) == NULL)
            continue;
        ret->full = ret->full || ret->count == AIS_WITHHELD_MOST;
        if (!ret->full)
            ret->nodes[ret->count++] = node;
    }
}

void ais_masker_withhold(const struct ais_masker *masker, const struct ais_request *request, struct ais_withheld *ret)
{
    static const char *const names[] = { "tool_args", "context", "metadata" };
    const struct ais_json *const tops[] = { request->tool_args, request->context, request->metadata };
    const struct ais_mask *mask = masker->mask;
    *ret = (struct ais_withheld){ .count = 0 };
    for (size_t i = 0; i < N_ELEMS(tops) && mask->has_paths; i++) {
        struct mask_place place = { { 0 } };
        mask_place_top(mask, names[i], &place);
        if (tops[i] != NULL)
            withhold(mask, tops[i], &place, ret);
    }
    withhold_said(mask, request->context, ret);
}
