#include "shared/policy/risk.h"

#include "shared/json/write.h"
#include "shared/policy/engine.h"

#include <stdio.h>
#include <string.h>

enum {
    ODD_DEPTH = 1,          /* sh -c '...' is everyday; what is deeper counts */
    LARGE_BYTES = 64 << 10, /* of all strings; four times as much counts twice */
    DENSE_BYTES = 64,       /* a text shorter than this says nothing about its entropy */
    DENSE_ONE_IN = 45,      /* two of its bytes are equal: base64 one in 64, hexadecimal 16, prose 14 */
};

static const struct factor {
    const char *name, *words;
    unsigned each, most;
} factors[AIS_RISK_COUNT] = {
#define X(factor, name, each, most, words) [AIS_RISK_##factor] = { (name), (words), (each), (most) },
    AIS_RISKS(X)
#undef X
};

/* ---- what is counted ---- */

static void count_matches(const struct ais_decision *decision, struct ais_risk *risk)
{
    static const enum ais_risk_factor of[AIS_SEVERITY_COUNT] = {
        [AIS_SEVERITY_INFORMATIONAL] = AIS_RISK_MONITORED_INFORMATIONAL,
        [AIS_SEVERITY_LOW] = AIS_RISK_MONITORED_LOW,
        [AIS_SEVERITY_MEDIUM] = AIS_RISK_MONITORED_MEDIUM,
        [AIS_SEVERITY_HIGH] = AIS_RISK_MONITORED_HIGH,
        [AIS_SEVERITY_CRITICAL] = AIS_RISK_MONITORED_CRITICAL,
    };
    for (size_t i = 0; i < decision->match_count; i++) {
        const struct ais_match *match = &decision->matches[i];
        if (match->mode == AIS_MODE_MONITOR && !match->unknown && match->action != AIS_ACTION_ALLOW)
            risk->counts[of[match->severity]]++;
    }
}

static unsigned count_layers(const struct ais_part *text)
{
    size_t count = 0;
    for (unsigned list = AIS_TEXT_BASE64; list <= AIS_TEXT_GZIP; list++)
        count += text->lists[list].count;
    return count < UINT16_MAX ? (unsigned)count : UINT16_MAX;
}

/* Levels of the deepest command beyond what is everyday. */
static unsigned count_depth(const struct ais_part *shell)
{
    const struct ais_part_list *depths = &shell->lists[AIS_SHELL_DEPTH];
    unsigned deepest = ODD_DEPTH;
    for (size_t i = 0; i < depths->count; i++) {
        unsigned depth = 0;
        for (size_t k = 0; k < depths->items[i].length && k < 4; k++)
            depth = depth * 10 + (unsigned)(depths->items[i].text[k] - '0');
        deepest = depth > deepest ? depth : deepest;
    }
    return deepest - ODD_DEPTH;
}

static bool same(const struct ais_value *one, const struct ais_value *other)
{
    return one->length == other->length && memcmp(one->text, other->text, one->length) == 0;
}

/* A user before its host, or an address beside another reading of the same host: 0x7f.1, 127.0.0.1\@example.com. */
static bool is_odd_url(const struct ais_part *url, uint32_t element)
{
    size_t users, hosts, addresses;
    const struct ais_value *host = ais_part_values(url, AIS_URL_HOST, element, &hosts);
    const struct ais_value *address = ais_part_values(url, AIS_URL_IP, element, &addresses);
    ais_part_values(url, AIS_URL_USERINFO, element, &users);
    if (users > 0)
        return true;
    for (size_t i = 0; hosts > 1 && i < hosts; i++)
        for (size_t k = 0; k < addresses; k++)
            if (same(&host[i], &address[k]))
                return true;
    return false;
}

static unsigned count_odd_urls(const struct ais_part *url)
{
    enum { ENOUGH = 16 };
    unsigned count = 0;
    for (uint32_t i = 0; i < url->elements && count < ENOUGH; i++)
        count += is_odd_url(url, i) ? 1U : 0U;
    return count;
}

/* The collision entropy of its bytes, in whole numbers, so that it comes out the same everywhere. */
static bool is_dense(const char *text, size_t n)
{
    uint64_t counts[256] = { 0 }, pairs = 0;
    if (n < DENSE_BYTES)
        return false;
    for (size_t i = 0; i < n; i++)
        counts[(unsigned char)text[i]]++;
    for (size_t i = 0; i < 256; i++)
        pairs += counts[i] > 0 ? counts[i] * (counts[i] - 1) : 0;
    return pairs * DENSE_ONE_IN <= (uint64_t)n * (n - 1);
}

struct strings {
    size_t bytes;
    unsigned dense;
};

static bool on_string(void *arg, const struct ais_view_string *string)
{
    struct strings *strings = arg;
    strings->bytes += string->length;
    strings->dense += is_dense(string->text, string->length) ? 1U : 0U;
    return true;
}

static void count_strings(struct ais_view *view, struct ais_risk *risk)
{
    struct strings strings = { 0 };
    ais_view_strings(view, NULL, on_string, &strings);
    risk->counts[AIS_RISK_DENSE] = strings.dense;
    if (strings.bytes >= LARGE_BYTES)
        risk->counts[AIS_RISK_LARGE] = strings.bytes >= 4U * LARGE_BYTES ? 2 : 1;
}

static void count_parts(struct ais_view *view, struct ais_risk *risk)
{
    const struct ais_part *text = ais_view_part(view, AIS_PART_TEXT), *shell = ais_view_part(view, AIS_PART_SHELL),
                          *url = ais_view_part(view, AIS_PART_URL);
    risk->counts[AIS_RISK_DECODED_LAYERS] = count_layers(text);
    risk->counts[AIS_RISK_SHELL_DEPTH] = count_depth(shell);
    risk->counts[AIS_RISK_ODD_URLS] = count_odd_urls(url);
    const struct ais_part *const parts[] = { text, shell, url };
    for (size_t i = 0; i < N_ELEMS(parts); i++)
        risk->counts[AIS_RISK_NOT_UNDERSTOOD] += parts[i]->unknown != NULL ? 1U : 0U;
}

/* The first call of a session is always one with a new tool, and says nothing. A tool of a past that is not wholly
 * known counts as new: nobody can say that it is not. */
static void count_tool(const struct ais_question *question, struct ais_risk *risk)
{
    const struct ais_session *session = question->session;
    const struct ais_json *tool = question->request->tool_name;
    bool known = session == NULL || (session->calls == 0 && session->unknown == NULL);
    for (size_t i = 0; !known && i < session->tool_count; i++)
        known = session->tools[i].size == tool->length && memcmp(session->tools[i].data, tool->text, tool->length) == 0;
    risk->counts[AIS_RISK_NEW_TOOL] = known ? 0 : 1;
}

void ais_risk_measure(struct ais_engine *engine, const struct ais_decision *decision, unsigned threshold,
                      struct ais_risk *ret)
{
    enum { HIGHEST = 100 };
    *ret = (struct ais_risk){ .threshold = threshold };
    count_matches(decision, ret);
    count_parts(&engine->view, ret);
    count_strings(&engine->view, ret);
    count_tool(engine->question, ret);
    for (size_t i = 0; i < AIS_RISK_COUNT; i++) {
        const struct factor *factor = &factors[i];
        bool over = ret->counts[i] > factor->most / factor->each;
        ret->points[i] = over ? factor->most : ret->counts[i] * factor->each;
        ret->score += ret->points[i];
    }
    ret->score = ret->score < HIGHEST ? ret->score : HIGHEST;
}

/* ---- what is said of it ---- */

void ais_risk_describe(const struct ais_risk *risk, char *text, size_t size)
{
    size_t used = 0;
    bool said[AIS_RISK_COUNT] = { false };
    text[0] = '\0';
    for (size_t n = 0; n < AIS_RISK_COUNT; n++) {
        size_t best = AIS_RISK_COUNT;
        for (size_t i = 0; i < AIS_RISK_COUNT; i++)
            if (!said[i] && risk->points[i] > 0 && (best == AIS_RISK_COUNT || risk->points[i] > risk->points[best]))
                best = i;
        if (best == AIS_RISK_COUNT || used >= size)
            return;
        said[best] = true;
        int written = snprintf(text + used, size - used, "%s%s %u", used > 0 ? ", " : "", factors[best].words,
                               risk->points[best]);
        used += written > 0 ? (size_t)written : 0;
    }
}

void ais_risk_write(struct ais_buf *out, const struct ais_risk *risk)
{
    if (risk->threshold == 0)
        return;
    ais_jw_begin_object(out, "risk");
    ais_jw_u64(out, "score", risk->score);
    ais_jw_u64(out, "threshold", risk->threshold);
    ais_jw_begin_array(out, "factors");
    for (size_t i = 0; i < AIS_RISK_COUNT; i++) {
        if (risk->points[i] == 0)
            continue;
        ais_jw_begin_object(out, NULL);
        ais_jw_text(out, "factor", factors[i].name);
        ais_jw_u64(out, "count", risk->counts[i]);
        ais_jw_u64(out, "points", risk->points[i]);
        ais_jw_end_object(out);
    }
    ais_jw_end_array(out);
    ais_jw_end_object(out);
}
