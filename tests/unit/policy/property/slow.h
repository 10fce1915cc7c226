/* The slow, obvious matcher: one rule after the other, without literals, memory or laziness. It never sees a compiled
 * thing, and shares no code with the engine. */
#ifndef AIS_TESTS_POLICY_PROPERTY_SLOW_H
#define AIS_TESTS_POLICY_PROPERTY_SLOW_H

#include "shared/policy/truth.h"
#include "tests/unit/policy/property/print.h"

#include <ctype.h>
#include <math.h>
#include <stdlib.h>
#include <strings.h>

static inline enum ais_truth both(enum ais_truth a, enum ais_truth b)
{
    return a < b ? a : b;
}

static inline enum ais_truth either(enum ais_truth a, enum ais_truth b)
{
    return a > b ? a : b;
}

static inline enum ais_truth inverse(enum ais_truth a)
{
    return a == AIS_TRUE ? AIS_FALSE : a == AIS_FALSE ? AIS_TRUE : AIS_UNKNOWN;
}

static inline enum ais_truth plain_truth(bool yes)
{
    return yes ? AIS_TRUE : AIS_FALSE;
}

/* ---- texts ---- */

/* The one sign of the alphabet that is not a byte becomes one. */
static inline void squash(const char *text, char *ret)
{
    for (; *text != '\0'; text++, ret++) {
        *ret = *text;
        if (strncmp(text, "\xe2\x80\x93", 3) == 0)
            *ret = '\x01';
        text += *ret == '\x01' ? 2 : 0;
    }
    *ret = '\0';
}

static inline void dashes_to_one(char *text)
{
    for (; *text != '\0'; text++)
        if (*text == '/' || *text == '\x01')
            *text = '-';
}

static inline bool equal_bytes(const char *a, const char *b, size_t n, bool cased)
{
    return cased ? strncmp(a, b, n) == 0 : strncasecmp(a, b, n) == 0;
}

static inline bool stands(enum op op, bool cased, const char *text, const char *value)
{
    size_t length = strlen(text), n = strlen(value);
    for (size_t at = 0; at + n <= length; at++) {
        bool placed = op == PLAIN    ? at == 0 && n == length
                      : op == STARTS ? at == 0
                      : op == ENDS   ? at + n == length
                                     : true;
        if (placed && equal_bytes(text + at, value, n, cased || op == RE))
            return true;
    }
    return false;
}

/* ---- numbers ---- */

#define FAR_BEYOND "1e9999999999999999"

static inline bool number_of(const char *text, double *ret)
{
    char *end;
    *ret = strtod(text, &end);
    return end != text && *end == '\0';
}

static inline bool in_order(enum op op, double a, double b)
{
    return op == LT ? a < b : op == LTE ? a <= b : op == GT ? a > b : op == GTE ? a >= b : a == b;
}

static inline enum ais_truth matches_number(enum op op, const struct value *value, const char *pattern)
{
    double a, b;
    if (op == PLAIN && (strcmp(value->text, pattern) == 0 || !value->number))
        return plain_truth(strcmp(value->text, pattern) == 0);
    if (strcmp(value->text, FAR_BEYOND) == 0)
        return AIS_UNKNOWN;
    return plain_truth(number_of(value->text, &a) && number_of(pattern, &b) && in_order(op, a, b));
}

/* ---- places ---- */

static inline bool globs(const char *pattern, const char *text)
{
    if (*pattern == '\0')
        return *text == '\0';
    if (strncmp(pattern, "**/", 3) == 0) {
        for (const char *at = text; *at != '\0'; at++)
            if (*at == '/' && globs(pattern + 3, at + 1))
                return true;
        return globs(pattern + 3, text);
    }
    if (*pattern == '*') {
        bool crosses = pattern[1] == '*';
        for (;; text++) {
            if (globs(pattern + 1 + crosses, text))
                return true;
            if (*text == '\0' || (*text == '/' && !crosses))
                return false;
        }
    }
    return tolower((unsigned char)*pattern) == tolower((unsigned char)*text) && globs(pattern + 1, text + 1);
}

static inline bool is_within(const char *directory, const char *text)
{
    size_t n = strlen(directory);
    if (!equal_bytes(directory, text, n, false))
        return false;
    return text[n] == '\0' || text[n] == '/' || directory[n - 1] == '/';
}

static inline bool is_host(const char *host, const char *text)
{
    size_t n = strlen(host), length = strlen(text);
    return length >= n && strcasecmp(text + length - n, host) == 0 && (length == n || text[length - n - 1] == '.');
}

static inline bool address_of(const char *text, unsigned long *ret, unsigned *ret_bits)
{
    unsigned a, b, c, d;
    char rest;
    int n = sscanf(text, "%3u.%3u.%3u.%3u/%2u%c", &a, &b, &c, &d, ret_bits, &rest);
    *ret = n >= 4 ? (unsigned long)a << 24 | b << 16 | c << 8 | d : 0;
    return n == 4 || n == 5;
}

static inline bool is_in_network(const char *network, const char *text)
{
    unsigned long address, net;
    unsigned bits = 0, unused = 0;
    if (!address_of(text, &address, &unused) || !address_of(network, &net, &bits))
        return false;
    return address >> (32 - bits) == net >> (32 - bits);
}

/* ---- encodings ---- */

static inline size_t encode_utf16(enum utf16 form, const char *word, unsigned char *ret)
{
    size_t n = 0;
    if (form == NO_UTF16) {
        while (word[n] != '\0') {
            ret[n] = (unsigned char)word[n];
            n++;
        }
        return n;
    }
    if (form == UTF16) {
        ret[n++] = 0xff;
        ret[n++] = 0xfe;
    }
    for (; *word != '\0'; word++) {
        ret[n++] = form == UTF16BE ? 0 : (unsigned char)*word;
        ret[n++] = form == UTF16BE ? (unsigned char)*word : 0;
    }
    return n;
}

static inline void encode_base64(const unsigned char *bytes, size_t n, char *ret)
{
    static const char alphabet[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    for (size_t bit = 0; bit < n * 8; bit += 6) {
        unsigned six = 0;
        for (size_t i = bit; i < bit + 6; i++)
            six = six << 1 | (i < n * 8 && (bytes[i / 8] >> (7 - i % 8) & 1));
        *ret++ = alphabet[six];
    }
    for (size_t pad = n % 3; pad > 0 && pad < 3; pad++)
        *ret++ = '=';
    *ret = '\0';
}

/* What of a word's encoding is the same whatever stands around it, with `before` bytes before it. */
static inline void certain_base64(const unsigned char *word, size_t n, size_t before, char *ret)
{
    unsigned char zeros[ROOM] = { 0 }, ones[ROOM];
    char with_zeros[2 * ROOM], with_ones[2 * ROOM];
    size_t whole = (before + n + 2) / 3 * 3;
    memset(ones, 0xff, sizeof ones);
    memcpy(zeros + before, word, n);
    memcpy(ones + before, word, n);
    encode_base64(zeros, whole, with_zeros);
    encode_base64(ones, whole, with_ones);
    for (size_t i = 0; with_zeros[i] != '\0'; i++)
        if (with_zeros[i] == with_ones[i])
            *ret++ = with_zeros[i];
    *ret = '\0';
}

/* Without a field, a plain value stands anywhere. */
static inline enum op op_of(const struct comparison *c)
{
    return c->op == PLAIN && c->field == ANYWHERE ? CONTAINS : c->op;
}

static inline bool matches_encoded(const struct comparison *c, const char *text, const char *word)
{
    unsigned char bytes[ROOM];
    char encoded[2 * ROOM];
    bool hit = false;
    size_t n = encode_utf16(c->utf16, word, bytes);
    if (c->encoding == BASE64) {
        encode_base64(bytes, n, encoded);
        return stands(op_of(c), true, text, encoded);
    }
    for (size_t before = 0; before < 3; before++) {
        certain_base64(bytes, n, before, encoded);
        hit = hit || stands(CONTAINS, true, text, encoded);
    }
    return hit;
}

/* ---- measures ---- */

/* Those of the few moments there are; -1: none. */
static inline int part_of_moment(enum measure measure, const char *text)
{
    static const int night[MEASURES] = { 0, 0, 0, 5, 23, 29, 9, 2, 2024 };
    static const int sunday[MEASURES] = { 0, 0, 0, -1, -1, 3, 53, 1, 2021 };
    static const int begin[MEASURES] = { 0, 0, 0, 0, 0, 1, 1, 1, 1970 };
    static const int before[MEASURES] = { 0, 0, 0, 59, 23, 31, 1, 12, 1969 };
    double seconds;
    if (strcmp(text, "2024-02-29T23:05:00Z") == 0 || strcmp(text, EPOCH_2024) == 0)
        return night[measure];
    if (strcmp(text, "2021-01-03") == 0)
        return sunday[measure];
    if (strcmp(text, FAR_BEYOND) == 0 || !number_of(text, &seconds))
        return -1;
    return seconds < 0 ? before[measure] : begin[measure]; /* all of them are within a minute of it */
}

static inline double entropy_of(const char *text)
{
    double bits = 0, n = (double)strlen(text);
    for (int byte = 1; byte < 256; byte++) {
        double count = 0;
        for (const char *at = text; *at != '\0'; at++)
            count += (unsigned char)*at == byte;
        bits -= count > 0 ? count / n * log2(count / n) : 0;
    }
    return bits;
}

static inline enum ais_truth matches_measured(const struct comparison *c, const char *text, const char *pattern)
{
    double wanted, got;
    number_of(pattern, &wanted);
    if (c->measure == LEN)
        got = (double)strlen(text);
    else if (c->measure == ENTROPY)
        got = entropy_of(text);
    else
        got = part_of_moment(c->measure, text);
    return plain_truth(got >= 0 && in_order(c->op, got, wanted));
}

/* ---- values ---- */

struct values {
    struct value items[16];
    size_t count;
};

static inline void add(struct values *values, const struct value *value)
{
    if (value->text[0] != '\0')
        values->items[values->count++] = *value;
}

static inline void add_text(struct values *values, const char *text)
{
    struct value value = { .number = false };
    snprintf(value.text, sizeof value.text, "%s", text);
    add(values, &value);
}

static inline void add_command(struct values *values, enum field field, const struct command *command)
{
    if (field == SHELL_NAME)
        add_text(values, command->name);
    for (size_t i = 0; field == SHELL_ARGS && i < N_ELEMS(command->args); i++)
        add_text(values, command->args[i]);
}

static inline void add_arguments(struct values *values, const struct request *request)
{
    AUTO(ais_buf_done) struct ais_buf line = { 0 };
    const struct value *const parts[] = { &request->a, &request->c, &request->l[0], &request->l[1] };
    for (size_t i = 0; i < N_ELEMS(parts); i++)
        add(values, parts[i]);
    put_command(&line, request);
    if (line.length > 0)
        add_text(values, line.data);
}

/* Of the command of that number, where the field is of a command; -1: of all. */
static inline struct values values_of(const struct request *request, enum field field, int command)
{
    struct values values = { .count = 0 };
    switch (field) {
    case TOOL: add(&values, &request->tool); break;
    case ARG_A: add(&values, &request->a); break;
    case ARG_C: add(&values, &request->c); break;
    case ARG_L:
        add(&values, &request->l[0]);
        add(&values, &request->l[1]);
        break;
    case CONTEXT: add(&values, &request->context); break;
    case ENVIRONMENT: add(&values, &request->environment); break;
    case SHELL_NAME:
    case SHELL_ARGS:
        for (int i = 0; i < (int)request->command_count; i++)
            if (command < 0 || command == i)
                add_command(&values, field, &request->commands[i]);
        break;
    case HOUR:
        values.count = 1;
        values.items[0].number = true;
        snprintf(values.items[0].text, ROOM, "%u", request->hour);
        break;
    default:
        add_arguments(&values, request);
        if (field == ANYWHERE) {
            add(&values, &request->tool);
            add(&values, &request->context);
        }
    }
    return values;
}

/* ---- comparisons ---- */

static inline enum ais_truth matches_value(const struct comparison *c, const struct value *value, const char *pattern)
{
    char text[ROOM], wanted[ROOM];
    squash(value->text, text);
    snprintf(wanted, sizeof wanted, "%s", pattern);
    if (c->measure != UNMEASURED)
        return matches_measured(c, text, pattern);
    if (c->encoding != UNENCODED)
        return plain_truth(matches_encoded(c, text, pattern));
    if (c->numeric && op_of(c) != CONTAINS)
        return matches_number(c->op, value, pattern);
    switch (c->op) {
    case GLOB: return plain_truth(globs(pattern, text));
    case WITHIN: return plain_truth(is_within(pattern, text));
    case HOST: return plain_truth(is_host(pattern, text));
    case CIDR: return plain_truth(is_in_network(pattern, text));
    default: break;
    }
    if (c->windash) {
        dashes_to_one(text);
        dashes_to_one(wanted);
    }
    return plain_truth(stands(op_of(c), c->cased, text, wanted));
}

static inline enum ais_truth matches_reference(const struct comparison *c, const struct value *value,
                                               const struct value *other)
{
    double a, b;
    enum op op = op_of(c);
    if (op == PLAIN && value->number && other->number) {
        if (strcmp(value->text, FAR_BEYOND) == 0 || strcmp(other->text, FAR_BEYOND) == 0)
            return AIS_UNKNOWN;
        return plain_truth(number_of(value->text, &a) && number_of(other->text, &b) && a == b);
    }
    return plain_truth(stands(op, c->cased, value->text, other->text));
}

struct patterns {
    char items[VALUES * VALUES][2 * ROOM];
    size_t count;
};

static inline struct patterns patterns_of(const struct comparison *c, const struct list *lists)
{
    struct patterns patterns = { .count = 0 };
    for (size_t i = 0; i < c->count; i++) {
        bool has_list = c->expands && c->lists[i] < LISTS;
        size_t n = has_list ? lists[c->lists[i]].count : 1;
        for (size_t k = 0; k < n; k++)
            snprintf(patterns.items[patterns.count++], 2 * ROOM, "%s%s", c->values[i],
                     has_list ? lists[c->lists[i]].words[k] : "");
    }
    return patterns;
}

/* Whether one value is what pattern i (or another field's value i) says; any: any of them, which neq turns round. */
static inline enum ais_truth matches_any_pattern(const struct comparison *c, const struct value *value,
                                                 const struct patterns *patterns, const struct values *others)
{
    enum ais_truth truth = AIS_FALSE;
    for (size_t i = 0; !c->is_reference && i < patterns->count; i++)
        truth = either(truth, matches_value(c, value, patterns->items[i]));
    for (size_t i = 0; c->is_reference && i < others->count; i++)
        truth = either(truth, matches_reference(c, value, &others->items[i]));
    return truth;
}

static inline enum ais_truth matches_all_patterns(const struct comparison *c, const struct values *values,
                                                  const struct patterns *patterns)
{
    enum ais_truth truth = AIS_TRUE;
    for (size_t i = 0; i < patterns->count; i++) {
        enum ais_truth one = AIS_FALSE;
        for (size_t k = 0; k < values->count; k++)
            one = either(one, matches_value(c, &values->items[k], patterns->items[i]));
        truth = both(truth, one);
    }
    return truth;
}

static inline enum ais_truth matches_comparison(const struct comparison *c, const struct request *request,
                                                const struct list *lists, int command)
{
    const struct values values = values_of(request, c->field, command);
    struct values others = { .count = 0 };
    const struct patterns patterns = patterns_of(c, lists);
    enum ais_truth truth = AIS_FALSE;
    if (c->is_reference)
        others = values_of(request, c->other, command);
    if (c->op == EXISTS)
        return plain_truth((values.count > 0) == c->exists);
    if (c->all && !c->is_reference)
        return matches_all_patterns(c, &values, &patterns);
    if (values.count == 0)
        return plain_truth(c->neq);
    for (size_t i = 0; i < values.count; i++) {
        enum ais_truth one = matches_any_pattern(c, &values.items[i], &patterns, &others);
        truth = either(truth, c->neq ? inverse(one) : one);
    }
    return truth;
}

/* ---- rules ---- */

static inline bool is_of_command(const struct comparison *c)
{
    return c->field == SHELL_NAME || c->field == SHELL_ARGS;
}

/* A comparison that is about one command even when it stands alone: all of several values. */
static inline bool is_about_one(const struct comparison *c, const struct list *lists)
{
    return c->all && !c->is_reference && patterns_of(c, lists).count > 1;
}

/* The tests about commands hold for one and the same. */
static inline enum ais_truth matches_one_command(const struct selection *selection, const struct request *request,
                                                 const struct list *lists, size_t first, size_t end)
{
    enum ais_truth truth = AIS_FALSE;
    for (int command = 0; command < (int)request->command_count; command++) {
        enum ais_truth one = AIS_TRUE;
        for (size_t i = first; i < end; i++)
            if (is_of_command(&selection->tests[i]))
                one = both(one, matches_comparison(&selection->tests[i], request, lists, command));
        truth = either(truth, one);
    }
    return truth;
}

/* Tests from first to end as one map. */
static inline enum ais_truth matches_map(const struct selection *selection, const struct request *request,
                                         const struct list *lists, size_t first, size_t end)
{
    enum ais_truth truth = AIS_TRUE;
    size_t of_command = 0;
    bool about_one = false;
    for (size_t i = first; i < end; i++) {
        const struct comparison *c = &selection->tests[i];
        of_command += is_of_command(c);
        about_one = about_one || (is_of_command(c) && is_about_one(c, lists));
    }
    about_one = about_one || of_command > 1;
    for (size_t i = first; i < end; i++)
        if (!about_one || !is_of_command(&selection->tests[i]))
            truth = both(truth, matches_comparison(&selection->tests[i], request, lists, -1));
    return about_one ? both(truth, matches_one_command(selection, request, lists, first, end)) : truth;
}

static inline enum ais_truth matches_selection(const struct selection *selection, const struct request *request,
                                               const struct list *lists)
{
    enum ais_truth truth = AIS_FALSE;
    if (!selection->is_list)
        return matches_map(selection, request, lists, 0, selection->count);
    for (size_t i = 0; i < selection->count; i++)
        truth = either(truth, matches_map(selection, request, lists, i, i + 1));
    return truth;
}

static inline enum ais_truth matches_node(const struct rule *rule, unsigned at, const struct request *request,
                                          const struct list *lists)
{
    const struct condition *node = &rule->nodes[at];
    size_t trues = 0, open = 0;
    switch (node->kind) {
    case SELECTION: return matches_selection(&rule->selections[node->left], request, lists);
    case AND:
        return both(matches_node(rule, node->left, request, lists), matches_node(rule, node->right, request, lists));
    case OR:
        return either(matches_node(rule, node->left, request, lists), matches_node(rule, node->right, request, lists));
    case NOT: return inverse(matches_node(rule, node->left, request, lists));
    default:
        for (size_t i = 0; i < rule->selection_count; i++) {
            enum ais_truth truth = matches_selection(&rule->selections[i], request, lists);
            trues += truth == AIS_TRUE;
            open += truth != AIS_FALSE;
        }
        return trues >= node->left ? AIS_TRUE : open >= node->left ? AIS_UNKNOWN : AIS_FALSE;
    }
}

/* What takes a rule out: its `unless`, and filters of all packs. */
static inline enum ais_truth exception_of(const struct pack *packs, size_t p, size_t r, const struct request *request)
{
    const struct rule *rule = &packs[p].rules[r];
    enum ais_truth truth = AIS_FALSE;
    if (rule->has_unless)
        truth = matches_selection(&rule->unless, request, packs[p].lists);
    for (size_t i = 0; i < PACKS; i++)
        for (size_t k = 0; k < packs[i].filter_count; k++)
            if (packs[i].filters[k].rule == r)
                truth = either(truth, matches_selection(&packs[i].filters[k].selection, request, packs[i].lists));
    return truth;
}

static inline enum ais_truth matches_rule(const struct pack *packs, size_t p, size_t r, const struct request *request)
{
    const struct rule *rule = &packs[p].rules[r];
    if (rule->glob[0] != '\0' && strncasecmp(rule->glob, request->tool.text, 1) != 0)
        return AIS_FALSE;
    enum ais_truth truth = matches_node(rule, (unsigned)rule->node_count - 1, request, packs[p].lists);
    enum ais_truth exception = exception_of(packs, p, r, request);
    bool allows = rule->action == AIS_ACTION_ALLOW;
    if (exception == AIS_TRUE || (allows && (exception == AIS_UNKNOWN || truth == AIS_UNKNOWN)))
        return AIS_FALSE;
    return truth;
}

/* The whole answer, by looking at every rule for every place in it. What was not understood is not told. */
static inline void slow_answer(const struct pack *packs, const struct request *request, struct ais_buf *out)
{
    AUTO(ais_buf_done) struct ais_buf reasons = { 0 };
    enum ais_action strongest = AIS_ACTION_ALLOW;
    bool hangs = false;
    for (int severity = AIS_SEVERITY_COUNT - 1; severity >= 0; severity--)
        for (size_t p = 0; p < PACKS; p++)
            for (size_t r = 0; r < RULES; r++) {
                const struct rule *rule = &packs[p].rules[r];
                if ((int)rule->severity != severity || rule->mode != AIS_MODE_ENFORCE)
                    continue;
                enum ais_truth truth = matches_rule(packs, p, r, request);
                hangs = hangs || truth == AIS_UNKNOWN;
                if (truth != AIS_TRUE || rule->action == AIS_ACTION_ALLOW)
                    continue;
                if (rule->action > strongest)
                    strongest = rule->action;
                ais_buf_format(&reasons, "%s\"Blocked by r%zu rule: T%zu\"", reasons.length > 0 ? "," : "", r, r);
            }
    if (hangs && strongest != AIS_ACTION_BLOCK) {
        strongest = AIS_ACTION_REQUIRE_APPROVAL;
        ais_buf_format(&reasons, "%s\"Not understood\"", reasons.length > 0 ? "," : "");
    }
    bool allowed = strongest == AIS_ACTION_ALLOW;
    ais_buf_format(out, "{\"allowed\":%s,\"requires_approval\":%s,\"reasons\":[%s],\"alternatives\":[]}",
                   allowed ? "true" : "false", strongest == AIS_ACTION_REQUIRE_APPROVAL ? "true" : "false",
                   allowed ? "\"Action passes all safety checks\"" : reasons.data);
}

#endif
