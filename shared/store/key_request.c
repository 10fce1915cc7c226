#include "shared/store/key_request.h"

#include "shared/json/utf8.h"
#include "shared/sys/clock.h"

#include <stdio.h>
#include <string.h>

static const int64_t longest_s = AIS_KEY_LIFE_MOST_DAYS * 86400LL;

struct reading {
    struct ais_key_request *request; /* borrowed */
    int64_t now_ns;
    const char *member; /* the one that is being read: where faults are */
};

/* One fault: "/member", or "/member/index" of an element. */
static void fault_at(struct reading *self, const char *pointer, const char *detail)
{
    struct ais_key_request *request = self->request;
    if (request->fault_count == AIS_KEY_FAULTS_MOST)
        return;
    struct ais_key_fault *fault = &request->faults[request->fault_count++];
    snprintf(fault->pointer, sizeof fault->pointer, "%s", pointer);
    snprintf(fault->detail, sizeof fault->detail, "%s", detail);
}

static void fault(struct reading *self, const char *detail)
{
    char pointer[32];
    snprintf(pointer, sizeof pointer, "/%s", self->member);
    fault_at(self, pointer, detail);
}

static void fault_of(struct reading *self, size_t index, const char *detail)
{
    char pointer[48];
    snprintf(pointer, sizeof pointer, "/%s/%zu", self->member, index);
    fault_at(self, pointer, detail);
}

/* ---- members ---- */

/* A text for people and logs: nothing that moves a cursor, and no NUL that ends it early. */
static bool is_plain(const struct ais_json *node)
{
    for (size_t i = 0; i < node->length; i++)
        if ((unsigned char)node->text[i] < ' ' || node->text[i] == 0x7F)
            return false;
    return true;
}

static const char *read_text(struct reading *self, const struct ais_json *node)
{
    if (node->kind != AIS_JSON_STRING || node->length == 0)
        fault(self, "must be a text that is not empty");
    else if (node->length > AIS_ACCESS_TEXT_MOST)
        fault(self, "must have at most 255 bytes");
    else if (!is_plain(node))
        fault(self, "must not hold control characters");
    else
        return node->text;
    return NULL;
}

static void read_name(struct reading *self, const struct ais_json *node)
{
    self->request->wish.name = read_text(self, node);
}

static void read_user(struct reading *self, const struct ais_json *node)
{
    self->request->wish.user = read_text(self, node);
}

static void read_agent(struct reading *self, const struct ais_json *node)
{
    self->request->wish.agent = read_text(self, node);
}

static void read_environment(struct reading *self, const struct ais_json *node)
{
    self->request->wish.environment = read_text(self, node);
}

static const char *scope_words(char text[64])
{
    uint32_t all = AIS_SCOPE_ALL;
    text[0] = '\0';
    for (const char *name; (name = ais_scope_next(&all)) != NULL;)
        snprintf(text + strlen(text), 64 - strlen(text), "%s%s", text[0] != '\0' ? ", " : "", name);
    return text;
}

static void read_scopes(struct reading *self, const struct ais_json *node)
{
    char words[64], detail[128];
    size_t index = 0;
    snprintf(detail, sizeof detail, "must be one of %s, each once", scope_words(words));
    if (node->kind != AIS_JSON_ARRAY || node->count == 0) {
        fault(self, "must be a list of scopes that is not empty");
        return;
    }
    for (const struct ais_json *scope = node->first; scope != NULL; scope = scope->next, index++) {
        uint32_t bit = scope->kind == AIS_JSON_STRING ? ais_scope_parse(scope->text, scope->length) : 0;
        if (bit == 0 || (self->request->wish.scopes & bit) != 0)
            fault_of(self, index, detail);
        self->request->wish.scopes |= bit;
    }
}

static void read_ranges(struct reading *self, const struct ais_json *node)
{
    struct ais_key_wish *wish = &self->request->wish;
    size_t index = 0;
    if (node->kind != AIS_JSON_ARRAY || node->count == 0 || node->count > AIS_ACCESS_RANGES_MOST) {
        fault(self, "must be a list of 1 to 16 ranges of addresses");
        return;
    }
    for (const struct ais_json *text = node->first; text != NULL; text = text->next, index++) {
        struct ais_why why = { 0 };
        if (text->kind != AIS_JSON_STRING || strlen(text->text) != text->length)
            fault_of(self, index, "must be a text as 192.0.2.0/24, 2001:db8::/32, a single address, or ipc");
        else if (ais_source_range_parse(text->text, &self->request->ranges[index], &why) != AIS_OK)
            fault_of(self, index, why.text);
    }
    wish->ranges = self->request->ranges;
    wish->range_count = index;
}

/* "90s", "15m", "12h", "30d" or "3600" as seconds; -1: none of these. */
static int64_t seconds_of(const char *text)
{
    static const struct {
        const char *unit;
        int64_t seconds;
    } units[] = {
        {"",   1    },
        { "s", 1    },
        { "m", 60   },
        { "h", 3600 },
        { "d", 86400}
    };
    int64_t number = 0;
    size_t n = strspn(text, "0123456789");
    if (n == 0 || n > 10)
        return -1;
    for (size_t i = 0; i < n; i++)
        number = number * 10 + (text[i] - '0');
    for (size_t i = 0; i < N_ELEMS(units); i++)
        if (strcmp(text + n, units[i].unit) == 0)
            return number * units[i].seconds;
    return -1;
}

static void read_expires_in(struct reading *self, const struct ais_json *node)
{
    bool text = node->kind == AIS_JSON_NUMBER || (node->kind == AIS_JSON_STRING && strlen(node->text) == node->length);
    int64_t seconds = text ? seconds_of(node->text) : -1;
    if (seconds < 1 || seconds > longest_s)
        fault(self, "must be a number of seconds, or a text as 90s, 15m, 12h, 30d; at most 36500 days");
    else
        self->request->wish.expires_at_ns = self->now_ns + seconds * AIS_NS_PER_S;
}

static void read_expires_at(struct reading *self, const struct ais_json *node)
{
    int64_t ns = 0;
    if (node->kind != AIS_JSON_STRING || strlen(node->text) != node->length || node->text[0] == '-' ||
        ais_clock_parse(node->text, 0, &ns) != 0)
        fault(self, "must be a time as 2026-01-31T23:59:59Z");
    else if (ns <= self->now_ns)
        fault(self, "must be in the future");
    else
        self->request->wish.expires_at_ns = ns;
}

/* ---- the whole ---- */

static const struct member {
    const char *name;
    bool needed;
    void (*read)(struct reading *self, const struct ais_json *node);
} members[] = {
    {"name",           true,  read_name       },
    { "scopes",        true,  read_scopes     },
    { "expires_in",    false, read_expires_in },
    { "expires_at",    false, read_expires_at },
    { "user",          false, read_user       },
    { "agent",         false, read_agent      },
    { "environment",   false, read_environment},
    { "source_ranges", false, read_ranges     },
};

static const struct member *member_of(const struct ais_json *node)
{
    for (size_t i = 0; i < N_ELEMS(members); i++)
        if (strlen(members[i].name) == node->key_length && strcmp(members[i].name, node->key) == 0)
            return &members[i];
    return NULL;
}

/* "/" and the name of a member that nobody knows, escaped as RFC 6901 has it, and cut where it is long. */
static void fault_unknown(struct reading *self, const struct ais_json *node)
{
    char pointer[96] = "/";
    size_t used = 1, n = ais_utf8_cut(node->key, node->key_length, 40);
    for (size_t i = 0; i < n; i++) {
        char byte = node->key[i];
        used += (size_t)snprintf(pointer + used, sizeof pointer - used, "%s%c", byte == '~' || byte == '/' ? "~" : "",
                                 byte == '~'   ? '0'
                                 : byte == '/' ? '1'
                                               : byte);
    }
    fault_at(
        self, pointer,
        "is unknown: a key takes name, scopes, expires_in, expires_at, user, agent, environment and source_ranges");
}

static void read_members(struct reading *self, const struct ais_json *root)
{
    for (const struct ais_json *node = root->first; node != NULL; node = node->next) {
        const struct member *member = member_of(node);
        if (member == NULL) {
            fault_unknown(self, node);
        } else if (node->kind != AIS_JSON_NULL || member->needed) {
            self->member = member->name;
            member->read(self, node);
        }
    }
    for (size_t i = 0; i < N_ELEMS(members); i++) {
        self->member = members[i].name;
        if (members[i].needed && ais_json_get(root, members[i].name) == NULL)
            fault(self, "is missing");
    }
    const struct ais_json *in = ais_json_get(root, "expires_in"), *at = ais_json_get(root, "expires_at");
    if (in != NULL && at != NULL && in->kind != AIS_JSON_NULL && at->kind != AIS_JSON_NULL)
        fault_at(self, "/expires_at", "cannot be given together with expires_in");
}

enum ais_err ais_key_request_read(struct ais_arena *arena, const char *bytes, size_t n, int64_t now_ns,
                                  struct ais_key_request *ret, struct ais_why *why)
{
    struct reading self = { .request = ret, .now_ns = now_ns };
    const struct ais_json *root = NULL;
    TRY(ais_json_read(arena, bytes, n, &ais_json_request_limits, &root, why));
    if (root->kind == AIS_JSON_OBJECT)
        read_members(&self, root);
    else
        fault_at(&self, "", "must be an object");
    if (ret->fault_count == 0)
        return AIS_OK;
    return ais_fail(why, AIS_E_INVALID, "%s%s%s", ret->faults[0].pointer, ret->faults[0].pointer[0] != '\0' ? ": " : "",
                    ret->faults[0].detail);
}
