/* The part SECRET: the kinds of credentials in the request and in what its encoded layers hide. Kinds only: what was
 * found is in no list. */
#include "shared/policy/facts/secret/find.h"
#include "shared/policy/facts/view.h"

#include <string.h>

enum { STEPS_A_TEXT = 256 }; /* whatever its length */

struct kinds {
    struct ais_view *view;
    struct ais_part *part;
};

/* Each kind once. */
static void on_secret(void *arg, const struct ais_secret *secret)
{
    const struct kinds *kinds = arg;
    const struct ais_part_list *list = &kinds->part->lists[AIS_SECRET_KINDS];
    for (size_t i = 0; i < list->count; i++)
        if (strcmp(list->items[i].text, secret->kind) == 0)
            return;
    ais_part_add(kinds->view, kinds->part, AIS_SECRET_KINDS, AIS_VALUE_STRING, secret->kind, strlen(secret->kind));
}

static bool look_into(struct kinds *kinds, const char *key, const char *text, size_t n, const struct ais_shape *shape)
{
    struct ais_secret_search search = {
        .key = key,
        .text = text,
        .n = n,
        .found = on_secret,
        .arg = kinds,
        .shape = shape,
        .most = 1 + ais_part_left(kinds->view, kinds->part),
    };
    ais_secrets_find(&search);
    return ais_part_spend(kinds->view, kinds->part, STEPS_A_TEXT + search.work) && !kinds->view->failed;
}

static bool on_string(void *arg, const struct ais_view_string *string)
{
    return look_into(arg, string->key, string->text, string->length, &string->shape);
}

void ais_understand_SECRET(struct ais_view *view, struct ais_part *ret)
{
    struct kinds kinds = { view, ret };
    const struct ais_part *text = ais_view_part(view, AIS_PART_TEXT);
    ais_view_strings(view, ret, on_string, &kinds);
    for (unsigned list = AIS_TEXT_BASE64; list <= AIS_TEXT_GZIP; list++)
        for (size_t i = 0; i < text->lists[list].count && !view->failed && ret->unknown == NULL; i++)
            look_into(&kinds, "", text->lists[list].items[i].text, text->lists[list].items[i].length, NULL);
    if (ret->unknown == NULL)
        ret->unknown = text->unknown;
}
