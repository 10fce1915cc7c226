/* A pack's lists, and what %name% stands for in a value with |expand. */
#include "shared/mem/buf.h"
#include "shared/policy/reader.h"
#include "shared/text/nearest.h"

#include <string.h>

enum { LONGEST_NAME = 64, MOST_WAYS = 4096 /* to fill lists into one text */ };

static bool is_name_byte(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' || c == '-';
}

static size_t name_length(const char *text, size_t n)
{
    size_t length = 0;
    while (length < n && is_name_byte(text[length]))
        length++;
    return length;
}

static void check_list(struct ais_reader *reader, const struct ais_json *list)
{
    if (name_length(list->key, list->key_length) != list->key_length || list->key_length == 0 ||
        list->key_length > LONGEST_NAME)
        ais_reader_fault_key(reader, list, "a list's name is up to %d letters, digits, '_' and '-'", LONGEST_NAME);
    if (list->kind != AIS_JSON_ARRAY || list->count == 0) {
        ais_reader_fault(reader, list, "'%.64s' must be a list of values that is not empty", list->key);
        return;
    }
    for (const struct ais_json *item = list->first; item != NULL; item = item->next)
        if (item->kind == AIS_JSON_ARRAY || item->kind == AIS_JSON_OBJECT || item->kind == AIS_JSON_NULL)
            ais_reader_fault(reader, item, "a list holds texts, numbers, true and false, not %s",
                             ais_json_kind_text(item->kind));
}

void ais_lists_read(struct ais_reader *reader, const struct ais_json *node)
{
    for (const struct ais_json *list = node->first; list != NULL; list = list->next)
        check_list(reader, list);
    reader->lists = node;
}

/* ---- expansion ---- */

/* Where %name% stands in a text; false: nowhere from `from` on. */
struct hole {
    size_t begin, end; /* with the signs */
};

static bool find_hole(const struct ais_json *node, size_t from, struct hole *ret)
{
    for (size_t i = from; i < node->length; i++) {
        size_t length = node->text[i] == '%' ? name_length(node->text + i + 1, node->length - i - 1) : 0;
        if (length == 0 || i + 1 + length >= node->length || node->text[i + 1 + length] != '%')
            continue;
        *ret = (struct hole){ i, i + length + 2 };
        return true;
    }
    return false;
}

struct names {
    const struct ais_json *list;
};

static const char *list_name(size_t i, const void *arg)
{
    const struct ais_json *list = ((const struct names *)arg)->list;
    while (i > 0 && list != NULL) {
        list = list->next;
        i--;
    }
    return list != NULL ? list->key : NULL;
}

/* The list that a hole names; NULL, with a fault, when the pack has none of that name. */
static const struct ais_json *list_of(struct ais_reader *reader, const struct ais_json *node, struct hole hole)
{
    const char *name = node->text + hole.begin + 1;
    size_t n = hole.end - hole.begin - 2;
    const struct names names = { reader->lists != NULL ? reader->lists->first : NULL };
    for (const struct ais_json *list = names.list; list != NULL; list = list->next)
        if (list->key_length == n && memcmp(list->key, name, n) == 0)
            return list;
    const char *near = names.list != NULL ? ais_nearest_of(name, n, list_name, reader->lists->count, &names) : NULL;
    if (near != NULL)
        ais_reader_fault(reader, node, "the pack has no list '%.*s': " AIS_DID_YOU_MEAN, (int)n, name, near);
    else
        ais_reader_fault(reader, node, "the pack has no list '%.*s': name it under 'lists'", (int)n, name);
    return NULL;
}

/* Of a list that is not, a fault has been told. */
static bool is_good(const struct ais_json *list)
{
    for (const struct ais_json *item = list->first; item != NULL; item = item->next)
        if (item->text == NULL)
            return false;
    return list->kind == AIS_JSON_ARRAY && list->count > 0;
}

/* The values of one list, as they are. */
static const struct ais_json *copy_list(struct ais_reader *reader, const struct ais_json *list, size_t *ret_count)
{
    struct ais_json *values = ais_reader_alloc(reader, (list->count + 1) * sizeof *values);
    *ret_count = 0;
    for (const struct ais_json *item = list->first; values != NULL && item != NULL; item = item->next)
        values[(*ret_count)++] = *item;
    return values;
}

static const struct ais_json *item_at(const struct ais_json *list, size_t i)
{
    const struct ais_json *item = list->first;
    while (i-- > 0)
        item = item->next;
    return item;
}

/* One way to fill a text: the digits of a number say which value of each list. */
static bool fill(struct ais_reader *reader, const struct ais_json *node, size_t way, struct ais_json *ret)
{
    AUTO(ais_buf_done) struct ais_buf text = { 0 };
    struct hole hole;
    size_t at = 0;
    for (; find_hole(node, at, &hole); at = hole.end) {
        const struct ais_json *list = list_of(reader, node, hole);
        if (list == NULL)
            return false;
        const struct ais_json *item = item_at(list, way % list->count);
        way /= list->count;
        ais_buf_add(&text, node->text + at, hole.begin - at);
        ais_buf_add(&text, item->text, item->length);
    }
    ais_buf_add(&text, node->text + at, node->length - at);
    *ret = *node;
    ret->text = text.failed ? NULL : ais_arena_copy(reader->arena, text.data, text.length);
    ret->length = (uint32_t)text.length;
    ret->quoted = true;
    reader->no_memory = reader->no_memory || ret->text == NULL;
    return ret->text != NULL;
}

/* In how many ways a text can be filled; 0, with a fault, when a list is unknown or it is too many. */
static size_t count_ways(struct ais_reader *reader, const struct ais_json *node)
{
    struct hole hole;
    size_t ways = 1;
    for (size_t at = 0; find_hole(node, at, &hole); at = hole.end) {
        const struct ais_json *list = list_of(reader, node, hole);
        if (list == NULL || !is_good(list))
            return 0;
        ways *= list->count;
        if (ways > MOST_WAYS) {
            ais_reader_fault(reader, node, "the lists in it can be filled in in more than %d ways", MOST_WAYS);
            return 0;
        }
    }
    return ways;
}

const struct ais_json *ais_lists_expand(struct ais_reader *reader, const struct ais_json *node, size_t *ret_count)
{
    struct hole hole;
    *ret_count = 0;
    if (find_hole(node, 0, &hole) && hole.begin == 0 && hole.end == node->length) {
        const struct ais_json *list = list_of(reader, node, hole);
        if (list == NULL || !is_good(list))
            return NULL;
        return copy_list(reader, list, ret_count);
    }
    size_t ways = count_ways(reader, node);
    struct ais_json *values = ways > 0 ? ais_reader_alloc(reader, ways * sizeof *values) : NULL;
    for (size_t i = 0; values != NULL && i < ways; i++) {
        if (!fill(reader, node, i, &values[i]))
            return NULL;
        ++*ret_count;
    }
    return values;
}
