/* From libyaml's events to our tree. It descends by calling itself, once a collection, never deeper than its limit. */
#include "shared/yaml/yaml.h"
#include "shared/json/keys.h"
#include "shared/json/utf8.h"
#include "shared/yaml/place.h"
#include "shared/yaml/scalar.h"

#include <stdio.h>
#include <string.h>
#include <yaml.h>

/* Anchors are looked up one after the other: so many times the aliases of a rulepack is still a moment. So are
 * %TAG directives, inside libyaml, each against all before it. */
enum { MOST_ANCHORS = 1000, MOST_DIRECTIVES = 16, DEEPEST = 1024 };

/* A million nodes are 100 MB of tree; 4 MiB of real rules hold a third of that. */
const struct ais_yaml_limits ais_yaml_rulepack_limits = {
    .bytes = 4 << 20,
    .depth = 64,
    .nodes = 1000000,
    .alias_nodes = 10000,
};

struct anchor {
    struct anchor *before; /* borrowed from the arena, as all of this; the newest is found first */
    const char *name;
    const struct ais_json *node; /* NULL until the node is complete */
    size_t nodes, height;        /* of the tree below and with node */
};

struct reader {
    yaml_parser_t parser; /* owned */
    yaml_event_t event;   /* owned; the one at hand */
    const char *name;     /* borrowed; may be NULL */
    struct ais_yaml_text text;
    const struct ais_yaml_limits *limits;
    size_t deepest, nodes, alias_nodes, anchor_count;
    struct anchor *anchors;
    struct ais_arena *arena;
    struct ais_json_keys keys;
    struct ais_why *why;
};

static void reader_done(struct reader *r)
{
    yaml_event_delete(&r->event);
    yaml_parser_delete(&r->parser);
}

__attribute__((format(printf, 4, 0))) static void explain(struct reader *r, const struct ais_yaml_place *place,
                                                          enum ais_err code, const char *format, va_list args)
{
    char words[sizeof r->why->text];
    vsnprintf(words, sizeof words, format, args);
    ais_fail(r->why, code, "%s%s%u:%u: %s", r->name != NULL ? r->name : "", r->name != NULL ? ":" : "", place->line,
             place->column, words);
}

__attribute__((format(printf, 4, 5))) static enum ais_err fail_at(struct reader *r, const struct ais_yaml_place *place,
                                                                  enum ais_err code, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    explain(r, place, code, format, args);
    va_end(args);
    return code;
}

/* The same at the event at hand. */
__attribute__((format(printf, 3, 4))) static enum ais_err fail_here(struct reader *r, enum ais_err code,
                                                                    const char *format, ...)
{
    struct ais_yaml_place place = ais_yaml_place(&r->text, r->event.start_mark.index);
    va_list args;
    va_start(args, format);
    explain(r, &place, code, format, args);
    va_end(args);
    return code;
}

static enum ais_err fail_memory(struct reader *r)
{
    ais_fail(r->why, AIS_E_NOMEM, "no memory is left to hold the document");
    return AIS_E_NOMEM;
}

/* What the parser says is wrong. Where bytes are no characters it gives a byte offset, else a mark. */
static enum ais_err fail_parser(struct reader *r)
{
    const yaml_parser_t *parser = &r->parser;
    const char *problem = parser->problem != NULL ? parser->problem : "not understood";
    if (parser->error == YAML_MEMORY_ERROR)
        return fail_memory(r);
    if (parser->error == YAML_READER_ERROR) {
        struct ais_yaml_place place = ais_yaml_place_of_byte(&r->text, parser->problem_offset);
        return fail_at(r, &place, AIS_E_SYNTAX, "%s; expected UTF-8 text", problem);
    }
    struct ais_yaml_place place = ais_yaml_place(&r->text, parser->problem_mark.index);
    return fail_at(r, &place, AIS_E_SYNTAX, "%s%s%s", problem, parser->context != NULL ? " " : "",
                   parser->context != NULL ? parser->context : "");
}

static enum ais_err next_event(struct reader *r)
{
    yaml_event_delete(&r->event);
    return yaml_parser_parse(&r->parser, &r->event) ? AIS_OK : fail_parser(r);
}

/* Counts `nodes` more and makes the node of the event at hand. */
static enum ais_err new_node(struct reader *r, size_t nodes, struct ais_json **ret)
{
    if (r->limits->nodes > 0 && nodes > r->limits->nodes - r->nodes) {
        fail_here(r, AIS_E_LIMIT, "expected at most %zu values in all", r->limits->nodes);
        return AIS_E_LIMIT;
    }
    r->nodes += nodes;
    struct ais_json *node = ais_arena_alloc(r->arena, sizeof *node);
    if (node == NULL)
        return fail_memory(r);
    struct ais_yaml_place place = ais_yaml_place(&r->text, r->event.start_mark.index);
    node->line = place.line;
    node->column = place.column;
    node->begin = place.offset;
    node->end = ais_yaml_place(&r->text, r->event.end_mark.index).offset;
    *ret = node;
    return AIS_OK;
}

static enum ais_err fail_tag(struct reader *r, const char *tag)
{
    return fail_here(
        r, AIS_E_SYNTAX,
        "the tag '%.64s' is unknown; expected none, or one of !!str !!int !!float !!bool !!null !!seq !!map", tag);
}

static const char core[] = "tag:yaml.org,2002:";

/* The name of a core tag behind its prefix; "" where there is no tag or it is "!"; NULL for any other. */
static const char *core_name(const yaml_char_t *tag)
{
    const char *text = (const char *)tag;
    if (text == NULL || strcmp(text, "!") == 0)
        return "";
    return strncmp(text, core, strlen(core)) == 0 ? text + strlen(core) : NULL;
}

/* Core tags of scalars: what the text must mean under them. */
static const struct scalar_tag {
    const char *name;
    enum ais_json_kind kind;
    bool is_whole;
} scalar_tags[] = {
    {"str",    AIS_JSON_STRING, false},
    { "int",   AIS_JSON_NUMBER, true },
    { "float", AIS_JSON_NUMBER, false},
    { "bool",  AIS_JSON_BOOL,   false},
    { "null",  AIS_JSON_NULL,   false},
};

static const struct scalar_tag *find_scalar_tag(const char *name)
{
    for (size_t i = 0; name != NULL && i < N_ELEMS(scalar_tags); i++) {
        if (strcmp(scalar_tags[i].name, name) == 0)
            return &scalar_tags[i];
    }
    return NULL;
}

static enum ais_err resolve(struct reader *r, const struct scalar_tag *tag, const char *text, struct ais_json *node)
{
    const char *words = NULL;
    enum ais_err err = ais_yaml_resolve(r->arena, text, r->event.data.scalar.length, node, &words);
    if (err == AIS_E_NOMEM)
        return fail_memory(r);
    if (err != AIS_OK)
        return fail_here(r, err, "%s", words);
    if (tag != NULL && (node->kind != tag->kind || (tag->is_whole && strpbrk(node->text, ".eE") != NULL)))
        return fail_here(r, AIS_E_SYNTAX, "expected a value of the type that !!%s says", tag->name);
    return AIS_OK;
}

static enum ais_err read_scalar(struct reader *r, struct ais_json *node)
{
    const char *name = core_name(r->event.data.scalar.tag);
    const struct scalar_tag *tag = find_scalar_tag(name);
    size_t length = r->event.data.scalar.length;
    if (tag == NULL && (name == NULL || *name != '\0'))
        return fail_tag(r, (const char *)r->event.data.scalar.tag);
    const char *text = ais_arena_copy(r->arena, r->event.data.scalar.value, length);
    if (text == NULL)
        return fail_memory(r);
    node->quoted = r->event.data.scalar.style != YAML_PLAIN_SCALAR_STYLE;
    bool is_typed = tag != NULL ? tag->kind != AIS_JSON_STRING : !node->quoted;
    if (is_typed)
        return resolve(r, tag, text, node);
    node->kind = AIS_JSON_STRING;
    node->text = text;
    node->length = (uint32_t)length;
    return AIS_OK;
}

/* The name of an anchor is known from where its node begins; its node once that is complete. */
static enum ais_err open_anchor(struct reader *r, const yaml_char_t *name, struct anchor **ret)
{
    *ret = NULL;
    if (name == NULL)
        return AIS_OK;
    if (++r->anchor_count > MOST_ANCHORS)
        return fail_here(r, AIS_E_LIMIT, "expected at most %d anchors", MOST_ANCHORS);
    struct anchor *anchor = ais_arena_alloc(r->arena, sizeof *anchor);
    if (anchor != NULL)
        anchor->name = ais_arena_copy(r->arena, name, strlen((const char *)name));
    if (anchor == NULL || anchor->name == NULL)
        return fail_memory(r);
    anchor->before = r->anchors;
    r->anchors = anchor;
    *ret = anchor;
    return AIS_OK;
}

static enum ais_err read_alias(struct reader *r, size_t depth, struct ais_json **ret, size_t *ret_height)
{
    const char *name = (const char *)r->event.data.alias.anchor;
    const struct anchor *anchor = r->anchors;
    if (r->limits->alias_nodes == 0)
        return fail_here(r, AIS_E_SYNTAX, "expected the value itself: aliases are not accepted here");
    while (anchor != NULL && strcmp(anchor->name, name) != 0)
        anchor = anchor->before;
    if (anchor == NULL)
        return fail_here(r, AIS_E_SYNTAX, "expected an anchor '&%.64s' before this alias", name);
    if (anchor->node == NULL)
        return fail_here(r, AIS_E_SYNTAX, "the alias '*%.64s' stands inside of what it stands for", name);
    if (anchor->nodes > r->limits->alias_nodes - r->alias_nodes)
        return fail_here(r, AIS_E_LIMIT, "expected aliases to stand for at most %zu values in all",
                         r->limits->alias_nodes);
    if (anchor->height > r->deepest - depth)
        return fail_here(r, AIS_E_LIMIT, "expected at most %zu levels, aliases expanded", r->deepest);
    struct ais_json *node;
    TRY(new_node(r, anchor->nodes, &node));
    r->alias_nodes += anchor->nodes;
    struct ais_json own = *node;
    *node = *anchor->node;
    node->line = own.line;
    node->column = own.column;
    node->begin = own.begin;
    node->end = own.end;
    node->next = NULL;
    node->key = NULL;
    node->key_length = node->key_line = node->key_column = 0;
    *ret = node;
    *ret_height = anchor->height;
    return AIS_OK;
}

static enum ais_err read_node(struct reader *r, size_t depth, struct ais_json **ret, size_t *ret_height);

static enum ais_err read_sequence(struct reader *r, size_t depth, struct ais_json *sequence, size_t *ret_height)
{
    const struct ais_json **tail = &sequence->first;
    for (;;) {
        struct ais_json *element = NULL;
        size_t height = 0;
        TRY(next_event(r));
        if (r->event.type == YAML_SEQUENCE_END_EVENT)
            return AIS_OK;
        TRY(read_node(r, depth, &element, &height));
        *tail = element;
        tail = &element->next;
        sequence->count++;
        sequence->end = element->end;
        *ret_height = height > *ret_height ? height : *ret_height;
    }
}

/* The key at hand, into a node that is not part of the tree. */
static enum ais_err read_key(struct reader *r, struct ais_json *key)
{
    if (r->event.type != YAML_SCALAR_EVENT)
        return fail_here(r, AIS_E_SYNTAX, "expected a scalar as a key");
    const char *name = core_name(r->event.data.scalar.tag);
    if (name == NULL || (*name != '\0' && strcmp(name, "str") != 0) || r->event.data.scalar.anchor != NULL)
        return fail_here(r, AIS_E_SYNTAX, "expected a key without a tag or an anchor");
    struct ais_yaml_place place = ais_yaml_place(&r->text, r->event.start_mark.index);
    key->key_length = (uint32_t)r->event.data.scalar.length;
    key->key = ais_arena_copy(r->arena, r->event.data.scalar.value, key->key_length);
    key->key_line = place.line;
    key->key_column = place.column;
    return key->key != NULL ? AIS_OK : fail_memory(r);
}

static enum ais_err check_keys(struct reader *r, const struct ais_json *mapping)
{
    const struct ais_json *first, *twice;
    if (ais_json_keys_check(&r->keys, r->arena, mapping, &first, &twice) != AIS_OK)
        return fail_memory(r);
    if (twice == NULL)
        return AIS_OK;
    struct ais_yaml_place place = { .line = twice->key_line, .column = twice->key_column };
    return fail_at(r, &place, AIS_E_SYNTAX, "the key '%.*s' is there already, at %u:%u; expected each key once",
                   (int)ais_utf8_cut(twice->key, twice->key_length, 64), twice->key, first->key_line,
                   first->key_column);
}

static enum ais_err read_mapping(struct reader *r, size_t depth, struct ais_json *mapping, size_t *ret_height)
{
    const struct ais_json **tail = &mapping->first;
    for (;;) {
        struct ais_json key = { 0 }, *member = NULL;
        size_t height = 0;
        TRY(next_event(r));
        if (r->event.type == YAML_MAPPING_END_EVENT)
            return check_keys(r, mapping);
        TRY(read_key(r, &key));
        TRY(next_event(r));
        TRY(read_node(r, depth, &member, &height));
        member->key = key.key;
        member->key_length = key.key_length;
        member->key_line = key.key_line;
        member->key_column = key.key_column;
        *tail = member;
        tail = &member->next;
        mapping->count++;
        mapping->end = member->end;
        *ret_height = height > *ret_height ? height : *ret_height;
    }
}

/* The sequence or mapping at hand; depth counts the collections around it. */
static enum ais_err read_collection(struct reader *r, size_t depth, struct ais_json *node, size_t *ret_height)
{
    bool is_sequence = r->event.type == YAML_SEQUENCE_START_EVENT;
    bool is_flow = is_sequence ? r->event.data.sequence_start.style == YAML_FLOW_SEQUENCE_STYLE
                               : r->event.data.mapping_start.style == YAML_FLOW_MAPPING_STYLE;
    const yaml_char_t *tag = is_sequence ? r->event.data.sequence_start.tag : r->event.data.mapping_start.tag;
    const char *name = core_name(tag);
    if (name == NULL || (*name != '\0' && strcmp(name, is_sequence ? "seq" : "map") != 0))
        return fail_tag(r, (const char *)tag);
    if (depth >= r->deepest)
        return fail_here(r, AIS_E_LIMIT, "expected at most %zu levels", r->deepest);
    node->kind = is_sequence ? AIS_JSON_ARRAY : AIS_JSON_OBJECT;
    TRY(is_sequence ? read_sequence(r, depth + 1, node, ret_height) : read_mapping(r, depth + 1, node, ret_height));
    if (is_flow)
        node->end = ais_yaml_place(&r->text, r->event.end_mark.index).offset;
    *ret_height += 1;
    return AIS_OK;
}

static const yaml_char_t *anchor_of(const yaml_event_t *event)
{
    switch ((int)event->type) {
    case YAML_SCALAR_EVENT: return event->data.scalar.anchor;
    case YAML_SEQUENCE_START_EVENT: return event->data.sequence_start.anchor;
    default: return event->data.mapping_start.anchor;
    }
}

/* The node at hand. *ret_height is 0 on entry, and becomes 1 for a collection of scalars, and so on. */
static enum ais_err read_node(struct reader *r, size_t depth, struct ais_json **ret, size_t *ret_height)
{
    struct anchor *anchor = NULL;
    struct ais_json *node = NULL;
    size_t nodes_before = r->nodes;
    if (r->event.type == YAML_ALIAS_EVENT)
        return read_alias(r, depth, ret, ret_height);
    TRY(open_anchor(r, anchor_of(&r->event), &anchor));
    TRY(new_node(r, 1, &node));
    if (r->event.type == YAML_SCALAR_EVENT)
        TRY(read_scalar(r, node));
    else
        TRY(read_collection(r, depth, node, ret_height));
    if (anchor != NULL) {
        anchor->node = node;
        anchor->nodes = r->nodes - nodes_before;
        anchor->height = *ret_height;
    }
    *ret = node;
    return AIS_OK;
}

/* Whether "%TAG" stands in the text more often than any document needs; looking for where it is a directive would
 * take a YAML reader of our own. */
static bool has_many_directives(const struct reader *r)
{
    static const char word[] = "%TAG";
    const char *at = r->text.bytes, *end = at + r->text.n;
    for (int count = 0; (at = memmem(at, (size_t)(end - at), word, strlen(word))) != NULL; at += strlen(word)) {
        if (++count > MOST_DIRECTIVES)
            return true;
    }
    return false;
}

static enum ais_err read_document(struct reader *r, struct ais_json **ret)
{
    size_t height = 0;
    TRY(next_event(r)); /* the stream begins */
    TRY(next_event(r));
    if (r->event.type != YAML_DOCUMENT_START_EVENT)
        return fail_here(r, AIS_E_SYNTAX, "expected a document, found nothing");
    TRY(next_event(r));
    TRY(read_node(r, 0, ret, &height));
    TRY(next_event(r)); /* the document ends */
    TRY(next_event(r));
    if (r->event.type != YAML_STREAM_END_EVENT)
        return fail_here(r, AIS_E_SYNTAX, "expected one document, found a second");
    return AIS_OK;
}

/* What begins as JSON is read as JSON where it is: libyaml knows no escaped surrogate pairs. Whatever else it turns
 * out to be is for the YAML reader, which also words the reasons. */
static bool read_as_json(struct reader *r, const struct ais_json **ret)
{
    size_t space = 0;
    while (space < r->text.n && strchr(" \t\r\n", r->text.bytes[space]) != NULL && r->text.bytes[space] != '\0')
        space++;
    if (space == r->text.n || strchr("{[", r->text.bytes[space]) == NULL || r->text.bytes[space] == '\0')
        return false;
    const struct ais_json_limits limits = { .depth = r->deepest, .nodes = r->limits->nodes };
    return ais_json_read(r->arena, r->text.bytes, r->text.n, &limits, ret, NULL) == AIS_OK;
}

/* A byte order mark may stand before a document and is no part of it (YAML 1.2.2, 5.2); libyaml sees none in front of a
 * comment. */
static size_t mark_length(const char *bytes, size_t n)
{
    static const char mark[] = "\xEF\xBB\xBF";
    return n >= strlen(mark) && memcmp(bytes, mark, strlen(mark)) == 0 ? strlen(mark) : 0;
}

enum ais_err ais_yaml_read(struct ais_arena *arena, const char *name, const char *bytes, size_t n,
                           const struct ais_yaml_limits *limits, const struct ais_json **ret, struct ais_why *why)
{
    size_t mark = mark_length(bytes, n);
    AUTO(reader_done)
    struct reader r = {
        .name = name,
        .text = {.bytes = mark > 0 ? bytes + mark : bytes, .n = n - mark},
        .limits = limits,
        .deepest = limits->depth < DEEPEST ? limits->depth : DEEPEST,
        .arena = arena,
        .why = why,
    };
    const struct ais_yaml_place start = { .line = 1, .column = 1 };
    struct ais_json *root = NULL;
    if (n > limits->bytes || n >= UINT32_MAX)
        return fail_at(&r, &start, AIS_E_LIMIT, "expected at most %zu bytes, found %zu", limits->bytes, n);
    if (read_as_json(&r, ret))
        return AIS_OK;
    if (has_many_directives(&r))
        return fail_at(&r, &start, AIS_E_LIMIT, "expected at most %d %%TAG directives", MOST_DIRECTIVES);
    if (!yaml_parser_initialize(&r.parser))
        return fail_memory(&r);
    yaml_parser_set_encoding(&r.parser, YAML_UTF8_ENCODING);
    yaml_parser_set_input_string(&r.parser, (const unsigned char *)r.text.bytes, r.text.n);
    TRY(read_document(&r, &root));
    *ret = root;
    return AIS_OK;
}
