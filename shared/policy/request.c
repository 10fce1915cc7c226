#include "shared/policy/request.h"
#include "shared/json/write.h"
#include "shared/seal/digest.h"
#include "shared/text/nearest.h"

#include <ctype.h>
#include <stdio.h>
#include <string.h>

/* The parts of a request, wherever a body puts them. */
enum slot { NAME, ARGS, CONTEXT, METADATA, TOKEN, CANDIDATE, SLOT_COUNT };

enum { MAY_BE_STRING = 1, MAY_BE_OBJECT = 2 };

struct member_row {
    const char *name;
    enum slot slot;
    unsigned kinds;
    const char *wanted; /* what would be right, in words */
};

static const struct member_row body_rows[] = {
    {"tool_name",                 NAME,      MAY_BE_STRING,                 "a string that is not empty"},
    { "tool_args",                ARGS,      MAY_BE_OBJECT,                 "an object"                 },
    { "context",                  CONTEXT,   MAY_BE_STRING | MAY_BE_OBJECT, "a string or an object"     },
    { "metadata",                 METADATA,  MAY_BE_OBJECT,                 "an object"                 },
    { "context_state",            METADATA,  MAY_BE_OBJECT,                 "an object"                 },
    { "execution_approval_token", TOKEN,     MAY_BE_STRING,                 "a string"                  },
    { "candidate",                CANDIDATE, MAY_BE_OBJECT,                 "an object"                 },
};

static const struct member_row candidate_rows[] = {
    {"tool",  NAME, MAY_BE_STRING, "a string that is not empty"},
    { "args", ARGS, MAY_BE_OBJECT, "an object"                 },
};

static const struct member_row *const token_row = &body_rows[5];

/* Names under which other protocols carry what we expect elsewhere. Ignoring them would leave arguments unjudged. */
static const struct misplaced_row {
    const char *name, *right;
    bool in_candidate; /* it is misplaced there, else in the body */
} misplaced_rows[] = {
    {"tool",           "tool_name' or 'candidate.tool",    false},
    { "args",          "tool_args' or 'candidate.args",    false},
    { "arguments",     "tool_args",                        false},
    { "params",        "tool_args",                        false},
    { "parameters",    "tool_args",                        false},
    { "input",         "tool_args",                        false},
    { "tool_input",    "tool_args",                        false},
    { "tool_params",   "tool_args",                        false},
    { "tool_name",     "candidate.tool",                   true },
    { "tool_args",     "candidate.args",                   true },
    { "arguments",     "candidate.args",                   true },
    { "params",        "candidate.args",                   true },
    { "parameters",    "candidate.args",                   true },
    { "input",         "candidate.args",                   true },
    { "tool_input",    "candidate.args",                   true },
    { "tool_params",   "candidate.args",                   true },
    { "context",       "context' beside 'candidate",       true },
    { "context_state", "context_state' beside 'candidate", true },
    { "metadata",      "metadata' beside 'candidate",      true },
};

struct reading {
    struct ais_arena *arena;
    struct ais_faults *faults;
    const struct ais_json *slots[SLOT_COUNT];
    const char *filled_by[SLOT_COUNT]; /* the member that filled a slot */
    bool no_memory;
};

static void fault(struct reading *r, const char *parent, const char *key, size_t key_length, const char *format, ...)
    __attribute__((format(printf, 5, 6)));

/* Notes a fault at the member key of the object at the pointer parent (key NULL: at parent itself). */
static void fault(struct reading *r, const char *parent, const char *key, size_t key_length, const char *format, ...)
{
    struct ais_faults *faults = r->faults;
    if (faults->count == AIS_FAULTS_MAX)
        return;
    char message[256];
    va_list args;
    va_start(args, format);
    vsnprintf(message, sizeof message, format, args);
    va_end(args);

    size_t length = strlen(parent);
    char *pointer = ais_arena_alloc(r->arena, length + (key != NULL ? 1 + 2 * key_length : 0) + 1);
    const char *copy = ais_arena_copy(r->arena, message, strlen(message));
    if (pointer == NULL || copy == NULL) {
        r->no_memory = true;
        return;
    }
    faults->items[faults->count++] = (struct ais_fault){ pointer, copy };
    memcpy(pointer, parent, length + 1);
    if (key == NULL)
        return;
    pointer[length++] = '/';
    for (size_t i = 0; i < key_length; i++) { /* RFC 6901: ~ is ~0 and / is ~1; a NUL cannot be shown */
        char byte = key[i];
        if (byte == '~' || byte == '/')
            pointer[length++] = '~';
        if (byte == '~')
            byte = '0';
        else if (byte == '/')
            byte = '1';
        else if (byte == '\0')
            byte = '?';
        pointer[length++] = byte;
    }
}

static unsigned bit_of(enum ais_json_kind kind)
{
    return kind == AIS_JSON_STRING ? MAY_BE_STRING : kind == AIS_JSON_OBJECT ? MAY_BE_OBJECT : 0;
}

static void take_member(struct reading *r, const char *parent, const struct member_row *row,
                        const struct ais_json *node)
{
    if (node->kind == AIS_JSON_NULL)
        return;
    if ((row->kinds & bit_of(node->kind)) == 0) {
        fault(r, parent, node->key, node->key_length, "must be %s, not %s", row->wanted,
              ais_json_kind_text(node->kind));
    } else if (row->slot == NAME && node->length == 0) {
        fault(r, parent, node->key, node->key_length, "must be %s", row->wanted);
    } else if (r->slots[row->slot] != NULL) {
        fault(r, parent, node->key, node->key_length, "says the same as '%s': send one of them",
              r->filled_by[row->slot]);
    } else if (row->slot != TOKEN || node->length > 0) {
        r->slots[row->slot] = node;
        r->filled_by[row->slot] = row->name;
    }
}

/* The next byte that counts when two names are compared as one who mistypes would see them. */
static int next_letter(const char **at, const char *end)
{
    while (*at < end && (**at == '_' || **at == '-'))
        ++*at;
    return *at < end ? tolower((unsigned char)*(*at)++) : -1;
}

/* Whether two names are one but for case, `_` and `-`, and at most one letter too many, too few or wrong. */
static bool is_misspelt(const char *name, const char *end, const char *right, const char *right_end, bool strict)
{
    for (;;) {
        const char *name_before = name, *right_before = right;
        int a = next_letter(&name, end), b = next_letter(&right, right_end);
        if (a != b)
            return !strict && ((a >= 0 && is_misspelt(name, end, right_before, right_end, true)) ||
                               (b >= 0 && is_misspelt(name_before, end, right, right_end, true)) ||
                               (a >= 0 && b >= 0 && is_misspelt(name, end, right, right_end, true)));
        if (a < 0)
            return true;
    }
}

static void look_at_stranger(struct reading *r, const char *parent, const struct member_row *rows, size_t n,
                             const struct ais_json *node)
{
    const char *end = node->key + node->key_length;
    for (size_t i = 0; i < n; i++) {
        if (is_misspelt(node->key, end, rows[i].name, rows[i].name + strlen(rows[i].name), false)) {
            fault(r, parent, node->key, node->key_length, "unknown member: " AIS_DID_YOU_MEAN, rows[i].name);
            return;
        }
    }
    for (size_t i = 0; i < N_ELEMS(misplaced_rows); i++) {
        const struct misplaced_row *row = &misplaced_rows[i];
        if (row->in_candidate == (rows == candidate_rows) &&
            is_misspelt(node->key, end, row->name, row->name + strlen(row->name), true)) {
            fault(r, parent, node->key, node->key_length, "nothing is judged here; send it as '%s'", row->right);
            return;
        }
    }
}

static void take_members(struct reading *r, const char *parent, const struct member_row *rows, size_t n,
                         const struct ais_json *object)
{
    for (const struct ais_json *node = object->first; node != NULL; node = node->next) {
        size_t i = 0;
        while (i < n &&
               (strlen(rows[i].name) != node->key_length || memcmp(rows[i].name, node->key, node->key_length) != 0))
            i++;
        if (i < n)
            take_member(r, parent, &rows[i], node);
        else
            look_at_stranger(r, parent, rows, n, node);
    }
}

static const struct ais_json *find(const struct ais_json *object, const char *key)
{
    const struct ais_json *node = ais_json_get(object, key);
    return node != NULL && node->kind != AIS_JSON_NULL ? node : NULL;
}

/* A copy of metadata without its member `dropped`: the members are copied, what is below them is shared. */
static const struct ais_json *without(struct reading *r, const struct ais_json *metadata,
                                      const struct ais_json *dropped)
{
    struct ais_json *copies = ais_arena_alloc(r->arena, metadata->count * sizeof *copies);
    if (copies == NULL) {
        r->no_memory = true;
        return NULL;
    }
    struct ais_json *object = &copies[0], *last = object;
    *object = *metadata;
    object->first = NULL;
    object->count--;
    for (const struct ais_json *node = metadata->first; node != NULL; node = node->next) {
        if (node == dropped)
            continue;
        struct ais_json *copy = last + 1;
        *copy = *node;
        copy->next = NULL;
        if (last == object)
            object->first = copy;
        else
            last->next = copy;
        last = copy;
    }
    return object;
}

/* The token may stand in metadata too. It is taken out there: no rule and no digest is about it. */
static void take_token_from_metadata(struct reading *r)
{
    const struct ais_json *metadata = r->slots[METADATA];
    const struct ais_json *node = ais_json_get(metadata, token_row->name);
    if (node == NULL)
        return;
    char parent[32];
    snprintf(parent, sizeof parent, "/%s", r->filled_by[METADATA]);
    const struct ais_json *outer = r->slots[TOKEN];
    if (outer != NULL && node->kind == AIS_JSON_STRING && node->length == outer->length &&
        memcmp(node->text, outer->text, node->length) == 0)
        r->slots[TOKEN] = NULL;
    take_member(r, parent, token_row, node);
    r->slots[METADATA] = without(r, metadata, node);
}

/* Who asks, from metadata, else from an object context: texts and numbers that are not empty; anything else under
 * these names is the agent's own business. */
static const struct ais_json *identity(const struct ais_request *request, const char *key)
{
    const struct ais_json *sources[] = { request->metadata, request->context };
    for (size_t i = 0; i < N_ELEMS(sources); i++) {
        const struct ais_json *node = ais_json_get(sources[i], key);
        if (node != NULL && (node->kind == AIS_JSON_STRING || node->kind == AIS_JSON_NUMBER) && node->length > 0)
            return node;
    }
    return NULL;
}

static void take_body(struct reading *r, const struct ais_json *body)
{
    take_members(r, "", body_rows, N_ELEMS(body_rows), body);
    const struct ais_json *candidate = r->slots[CANDIDATE];
    if (candidate != NULL && (find(body, "tool_name") != NULL || find(body, "tool_args") != NULL)) {
        fault(r, "", "candidate", strlen("candidate"), "send either 'candidate' or 'tool_name' and 'tool_args'");
        return;
    }
    if (candidate != NULL)
        take_members(r, "/candidate", candidate_rows, N_ELEMS(candidate_rows), candidate);
    if (candidate != NULL && find(candidate, "tool") == NULL)
        fault(r, "/candidate", "tool", strlen("tool"), "is missing: a string, the tool that is to be called");
    else if (candidate == NULL && find(body, "candidate") == NULL && find(body, "tool_name") == NULL)
        fault(r, "", "tool_name", strlen("tool_name"), "is missing: a string, the tool that is to be called");
    if (r->slots[METADATA] != NULL)
        take_token_from_metadata(r);
}

enum ais_err ais_request_from(struct ais_arena *arena, const struct ais_json *body, struct ais_request *ret,
                              struct ais_faults *faults, struct ais_why *why)
{
    struct ais_faults own = { 0 };
    struct reading r = { .arena = arena, .faults = faults != NULL ? faults : &own };
    r.faults->count = 0;
    if (body->kind != AIS_JSON_OBJECT)
        fault(&r, "", NULL, 0, "must be an object, not %s", ais_json_kind_text(body->kind));
    else
        take_body(&r, body);
    if (r.no_memory)
        return ais_fail(why, AIS_E_NOMEM, "out of memory for a request");
    if (r.faults->count > 0) {
        const struct ais_fault *first = &r.faults->items[0];
        return ais_fail(why, AIS_E_INVALID, "%s%s%s", first->pointer, first->pointer[0] != '\0' ? " " : "",
                        first->message);
    }
    struct ais_request request = {
        .tool_name = r.slots[NAME],
        .tool_args = r.slots[ARGS],
        .context = r.slots[CONTEXT],
        .metadata = r.slots[METADATA],
        .approval_token = r.slots[TOKEN],
    };
    request.user_id = identity(&request, "user_id");
    request.session_id = identity(&request, "session_id");
    request.agent_id = identity(&request, "agent_id");
    request.environment = identity(&request, "environment");
    request.body = body;
    *ret = request;
    return AIS_OK;
}

enum ais_err ais_request_read(struct ais_arena *arena, const char *bytes, size_t n, struct ais_request *ret,
                              struct ais_faults *faults, struct ais_why *why)
{
    const struct ais_json *body;
    if (faults != NULL)
        faults->count = 0;
    TRY(ais_json_read(arena, bytes, n, &ais_json_request_limits, &body, why));
    return ais_request_from(arena, body, ret, faults, why);
}

static void put_object(struct ais_buf *out, const char *key, const struct ais_json *object)
{
    ais_buf_text(out, key);
    if (object != NULL)
        ais_jw_canonical(out, object);
    else
        ais_buf_text(out, "{}");
}

enum ais_err ais_request_digest(const struct ais_request *request, unsigned char ret_digest[AIS_REQUEST_DIGEST_SIZE])
{
    AUTO(ais_buf_done) struct ais_buf canonical = { 0 };
    put_object(&canonical, "{\"metadata\":", request->metadata);
    put_object(&canonical, ",\"tool_args\":", request->tool_args);
    ais_buf_text(&canonical, ",\"tool_name\":");
    ais_jw_canonical(&canonical, request->tool_name);
    ais_buf_byte(&canonical, '}');
    if (canonical.failed)
        return AIS_E_NOMEM;
    ais_digest(canonical.data, canonical.length, ret_digest);
    return AIS_OK;
}
