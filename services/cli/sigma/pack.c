/* Files of Sigma rules in, a rulepack out. */
#include "services/cli/handlers.h"
#include "services/cli/sigma/sigma.h"
#include "shared/json/utf8.h"
#include "shared/json/write.h"
#include "shared/policy/rulepack.h"
#include "shared/text/ascii.h"
#include "shared/yaml/yaml.h"

#include <stdio.h>
#include <string.h>

enum { TITLE_LONGEST = 500, SLUG_LONGEST = 96 };

/* One document of a file. */
struct document {
    struct ais_arena *arena;     /* borrowed; of the file */
    const char *file;            /* borrowed */
    size_t line;                 /* of its first line */
    const struct ais_json *tree; /* NULL: it could not be read */
    const struct ais_json *base; /* what an `action: global` document before it says of all; NULL: nothing */
};

enum ais_err sigma_begin(struct sigma_pack *pack, struct ais_why *why)
{
    pack->ids = ais_intern_new();
    return pack->ids != NULL ? AIS_OK : ais_fail(why, AIS_E_NOMEM, "no memory for rules");
}

void sigma_done(struct sigma_pack *pack)
{
    ais_buf_done(&pack->rules);
    ais_buf_done(&pack->refusals);
    ais_intern_destroy(&pack->ids);
}

static const struct ais_json *member(const struct document *document, const char *key)
{
    const struct ais_json *node = ais_json_get(document->tree, key);
    return node != NULL ? node : ais_json_get(document->base, key);
}

static const char *text_of(const struct document *document, const char *key)
{
    const struct ais_json *node = member(document, key);
    return node != NULL && node->text != NULL && node->length > 0 ? node->text : NULL;
}

static void refuse(struct sigma_pack *pack, const struct document *document, const char *reason)
{
    const char *title = document->tree != NULL ? text_of(document, "title") : NULL;
    struct ais_buf *out = &pack->refusals;
    pack->refused++;
    if (pack->json) {
        ais_jw_begin_object(out, NULL);
        ais_jw_text(out, "file", document->file);
        ais_jw_u64(out, "line", document->line);
        if (title != NULL)
            ais_jw_text(out, "title", title);
        ais_jw_text(out, "reason", reason);
        ais_jw_end_object(out);
        return;
    }
    cli_add_harmless(out, document->file, strlen(document->file));
    ais_buf_format(out, ":%zu: ", document->line);
    if (title != NULL)
        cli_add_harmless(out, title, strlen(title));
    ais_buf_text(out, title != NULL ? ": " : "");
    cli_add_harmless(out, reason, strlen(reason));
    ais_buf_byte(out, '\n');
}

/* ---- what a rule says of itself ---- */

/* An id of the title's letters, of which there is one: the rule's own id, then a number, tell equal ones apart. */
static enum ais_err make_id(struct sigma_pack *pack, const struct document *document, struct ais_buf *out,
                            struct ais_why *why)
{
    char slug[SLUG_LONGEST + 1], id[SLUG_LONGEST + 64];
    size_t n = 0;
    const char *uuid = text_of(document, "id");
    for (const char *at = text_of(document, "title"); *at != '\0' && n < SLUG_LONGEST; at++) {
        if (ais_is_alnum(*at))
            slug[n++] = ais_lower(*at);
        else if (n > 0 && slug[n - 1] != '_')
            slug[n++] = '_';
    }
    while (n > 0 && slug[n - 1] == '_')
        n--;
    slug[n] = '\0';
    bool is_new = false;
    for (unsigned i = 0; !is_new; i++) {
        snprintf(id, sizeof id, "%s", n > 0 ? slug : "sigma");
        if (i > 0 || n == 0) {
            size_t hex = uuid != NULL ? strspn(uuid, "0123456789abcdefABCDEF") : 0;
            if (i < 2 && hex > 0)
                snprintf(id, sizeof id, "%s_%.*s", n > 0 ? slug : "sigma", (int)(hex < 8 ? hex : 8), uuid);
            else
                snprintf(id, sizeof id, "%s_%u", n > 0 ? slug : "sigma", i + 1);
        }
        if (ais_intern_add(pack->ids, id, strlen(id), &is_new) == AIS_INTERN_FAILED)
            return ais_fail(why, AIS_E_NOMEM, "no memory for rules");
    }
    ais_buf_format(out, "  - id: %s\n", id);
    return AIS_OK;
}

/* A JSON string, which is a YAML string too, behind what begins its line. */
static void add_quoted(struct ais_buf *out, const char *before, const char *text, size_t n)
{
    AUTO(ais_buf_done) struct ais_buf quoted = { 0 };
    ais_jw_string(&quoted, NULL, text, n);
    ais_buf_text(out, before);
    ais_buf_add(out, quoted.data, quoted.length);
    ais_buf_byte(out, '\n');
    out->failed |= quoted.failed;
}

static void add_title(const struct document *document, struct ais_buf *out)
{
    char title[TITLE_LONGEST];
    const char *text = text_of(document, "title");
    size_t n = ais_utf8_cut(text, strlen(text), TITLE_LONGEST);
    memset(title, ' ', sizeof title);
    for (size_t i = 0; i < n; i++)
        if ((unsigned char)text[i] >= ' ')
            title[i] = text[i];
    add_quoted(out, "    title: ", title, n);
}

static void add_sentence(const struct document *document, const char *key, const char *before, struct ais_buf *out)
{
    const struct ais_json *node = member(document, key);
    if (node == NULL || (node->text == NULL && node->kind != AIS_JSON_ARRAY) ||
        (node->text != NULL && node->length == 0))
        return;
    ais_buf_format(out, "%s%s", out->length > 0 ? "\n" : "", before);
    if (node->text != NULL)
        ais_buf_text(out, node->text);
    for (const struct ais_json *item = node->first; item != NULL; item = item->next)
        ais_buf_format(out, "%s%s", item->text != NULL ? item->text : "", item->next != NULL ? "; " : "");
}

/* Who wrote the rule, and under which licence, goes with it. */
static void add_description(const struct document *document, struct ais_buf *out)
{
    AUTO(ais_buf_done) struct ais_buf text = { 0 };
    add_sentence(document, "description", "", &text);
    add_sentence(document, "falsepositives", "False positives: ", &text);
    add_sentence(document, "id", "Sigma rule ", &text);
    add_sentence(document, "author", "Author: ", &text);
    add_sentence(document, "license", "License: ", &text);
    out->failed |= text.failed;
    if (text.length > 0 && !text.failed)
        add_quoted(out, "    description: ", text.data, text.length);
}

static void add_list(const struct document *document, const char *key, struct ais_buf *out)
{
    const struct ais_json *list = member(document, key);
    if (list == NULL || list->kind != AIS_JSON_ARRAY || list->count == 0)
        return;
    ais_buf_format(out, "    %s:\n", key);
    for (const struct ais_json *item = list->first; item != NULL; item = item->next)
        if (item->text != NULL && item->length > 0)
            add_quoted(out, "      - ", item->text, item->length);
}

static enum ais_err add_level(const struct document *document, struct ais_buf *out, struct ais_why *why)
{
    const char *level = text_of(document, "level");
    enum ais_severity severity = AIS_SEVERITY_MEDIUM;
    if (level != NULL && !ais_severity_of(level, &severity))
        return ais_fail(why, AIS_E_RULE, "its level is '%.40s'", level);
    ais_buf_format(out, "    severity: %s\n", ais_severity_text(severity));
    return AIS_OK;
}

/* ---- one rule ---- */

/* What is no rule, or none to be used. */
static enum ais_err check_kind(const struct document *document, struct ais_why *why)
{
    static const char *const others[] = { "correlation", "filter" };
    const char *status = text_of(document, "status");
    for (size_t i = 0; i < N_ELEMS(others); i++)
        if (ais_json_get(document->tree, others[i]) != NULL)
            return ais_fail(why, AIS_E_RULE, "it is a %s, not a rule: write it under '%ss' of the rulepack", others[i],
                            others[i]);
    if (text_of(document, "title") == NULL)
        return ais_fail(why, AIS_E_RULE, "it has no title");
    if (status != NULL && (strcmp(status, "deprecated") == 0 || strcmp(status, "unsupported") == 0))
        return ais_fail(why, AIS_E_RULE, "its status is '%s'", status);
    return AIS_OK;
}

/* Whether the engine takes it, alone. */
static enum ais_err check_rule(struct ais_arena *arena, const struct ais_buf *rule, struct ais_why *why)
{
    AUTO(ais_buf_done) struct ais_buf text = { 0 };
    AUTO(ais_diagnostics_done) struct ais_diagnostics faults = { 0 };
    const struct ais_rulepack *pack;
    ais_buf_format(&text, "name: sigma\nversion: 1.0.0\ndefaults: {action: require_approval}\nrules:\n");
    ais_buf_add(&text, rule->data, rule->length);
    if (text.failed || rule->failed)
        return ais_fail(why, AIS_E_NOMEM, "no memory for rules");
    enum ais_err err = ais_rulepack_read(arena, "", text.data, text.length, &pack, &faults, why);
    return err == AIS_E_RULE && faults.count > 0 ? ais_fail(why, err, "%s", faults.items[0].message) : err;
}

static enum ais_err convert(struct sigma_pack *pack, const struct document *document, struct ais_buf *rule,
                            struct ais_why *why)
{
    AUTO(ais_buf_done) struct ais_buf body = { 0 };
    unsigned source = 0;
    TRY(check_kind(document, why));
    TRY(sigma_source_of(member(document, "logsource"), &source, why));
    add_title(document, &body);
    add_description(document, &body);
    TRY(sigma_detection(document->arena, source, member(document, "detection"), &body, why));
    TRY(add_level(document, &body, why));
    add_list(document, "tags", &body);
    add_list(document, "references", &body);
    ais_buf_text(rule, "  - id: x\n");
    ais_buf_add(rule, body.data, body.length);
    rule->failed |= body.failed;
    TRY(check_rule(document->arena, rule, why));
    ais_buf_clear(rule);
    TRY(make_id(pack, document, rule, why));
    ais_buf_add(rule, body.data, body.length);
    return rule->failed ? ais_fail(why, AIS_E_NOMEM, "no memory for rules") : AIS_OK;
}

static enum ais_err add_rule(struct sigma_pack *pack, const struct document *document, struct ais_why *why)
{
    AUTO(ais_buf_done) struct ais_buf rule = { 0 };
    struct ais_why reason = { 0 };
    enum ais_err err = convert(pack, document, &rule, &reason);
    if (err == AIS_E_NOMEM)
        return ais_fail(why, err, "%s", reason.text);
    if (err != AIS_OK) {
        refuse(pack, document, reason.text);
        return AIS_OK;
    }
    ais_buf_add(&pack->rules, rule.data, rule.length);
    pack->carried++;
    return AIS_OK;
}

/* ---- files ---- */

static enum ais_err add_document(struct sigma_pack *pack, struct document *document, const char *bytes, size_t n,
                                 struct ais_why *why)
{
    struct ais_why reason = { 0 };
    enum ais_err err =
        ais_yaml_read(document->arena, NULL, bytes, n, &ais_yaml_rulepack_limits, &document->tree, &reason);
    if (err == AIS_E_NOMEM)
        return ais_fail(why, err, "%s", reason.text);
    if (err != AIS_OK || document->tree->kind != AIS_JSON_OBJECT) {
        document->tree = NULL;
        refuse(pack, document, err != AIS_OK ? reason.text : "it is no map");
        return AIS_OK;
    }
    const char *action = ais_json_get_text(document->tree, "action");
    if (action != NULL && strcmp(action, "global") == 0)
        document->base = document->tree;
    else if (action != NULL && strcmp(action, "reset") == 0)
        document->base = NULL;
    else if (action != NULL)
        refuse(pack, document, "its 'action' is neither global nor reset");
    else
        return add_rule(pack, document, why);
    return AIS_OK;
}

/* The line behind at; the end when there is none. */
static const char *next_line(const char *at, const char *end)
{
    const char *newline = memchr(at, '\n', (size_t)(end - at));
    return newline != NULL ? newline + 1 : end;
}

static bool is_separator(const char *at, const char *end)
{
    return end - at >= 3 && memcmp(at, "---", 3) == 0 && (end - at == 3 || at[3] <= ' ');
}

static bool is_blank_line(const char *at, const char *end)
{
    while (at < end && (*at == ' ' || *at == '\t'))
        at++;
    return at == end || *at == '\n' || *at == '\r' || *at == '#';
}

enum ais_err sigma_add(struct sigma_pack *pack, const char *file, const char *bytes, size_t n, struct ais_why *why)
{
    AUTO(ais_arena_destroy) struct ais_arena *arena = ais_arena_new(0);
    struct document document = { .arena = arena, .file = file };
    const char *end = bytes + n;
    size_t line = 1;
    if (arena == NULL)
        return ais_fail(why, AIS_E_NOMEM, "no memory for rules");
    for (const char *at = bytes; at < end;) {
        const char *begin = at;
        bool blank = true;
        document.line = line;
        do {
            bool separator = is_separator(at, end);
            blank = blank && (separator || is_blank_line(at, end));
            at = next_line(at, end);
            line++;
        } while (at < end && !is_separator(at, end));
        if (!blank)
            TRY(add_document(pack, &document, begin, (size_t)(at - begin), why));
    }
    if (pack->rules.failed || pack->refusals.failed)
        return ais_fail(why, AIS_E_NOMEM, "no memory for rules");
    return AIS_OK;
}

void sigma_write(const struct sigma_pack *pack, const char *name, struct ais_buf *out)
{
    ais_buf_format(
        out,
        "# Sigma rules, carried over by rulepack import. They were written to raise alerts, so they ask for\n"
        "# approval here: change the defaults, or a rule, to block. What a filter excepts, it excepts for the\n"
        "# whole request, also where another command of it is what the rule is about.\n"
        "name: %s\nversion: 1.0.0\ndescription: Sigma rules, carried over\n"
        "defaults: {action: require_approval, mode: enforce}\nrules:\n",
        name);
    ais_buf_add(out, pack->rules.data, pack->rules.length);
    out->failed |= pack->rules.failed;
}
