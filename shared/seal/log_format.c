#include "shared/seal/log_format.h"

#include "shared/json/write.h"
#include "shared/sys/clock.h"

#include <assert.h>
#include <inttypes.h>
#include <sodium.h>
#include <stdio.h>
#include <string.h>

const struct ais_seal_link ais_seal_log_begin = { .next = 1 };

void ais_seal_log_name(uint64_t segment, char name[AIS_SEAL_LOG_NAME_SIZE])
{
    snprintf(name, AIS_SEAL_LOG_NAME_SIZE, "audit_logs.%" PRIu64 ".enc", segment);
}

/* The number between prefix and suffix, in its shortest form; 0 when name is not that. */
static uint64_t number_between(const char *name, const char *prefix, const char *suffix)
{
    size_t n = strlen(prefix);
    if (strncmp(name, prefix, n) != 0 || name[n] < '1' || name[n] > '9')
        return 0;
    uint64_t number = 0;
    const char *at = name + n;
    for (; *at >= '0' && *at <= '9'; at++) {
        if (number > (UINT64_MAX - 9) / 10)
            return 0;
        number = number * 10 + (uint64_t)(*at - '0');
    }
    return strcmp(at, suffix) == 0 ? number : 0;
}

uint64_t ais_seal_log_number(const char *name)
{
    return number_between(name, "audit_logs.", ".enc");
}

bool ais_seal_log_is_beyond(const char *name)
{
    static const char prefix[] = "audit_logs.";
    const char *digits = name + strlen(prefix);
    if (strncmp(name, prefix, strlen(prefix)) != 0 || *digits < '1' || *digits > '9')
        return false;
    return strcmp(digits + strspn(digits, "0123456789"), ".enc") == 0 && ais_seal_log_number(name) == 0;
}

uint64_t ais_seal_log_aside_number(const char *name)
{
    uint64_t damaged = number_between(name, "audit_logs.damaged-", "");
    return damaged > 0 ? damaged : number_between(name, "audit_logs.stale-", "");
}

bool ais_seal_anchor_put(struct ais_anchor *anchors, size_t *count, const struct ais_anchor *anchor)
{
    size_t i = 0;
    while (i < *count && strcmp(anchors[i].name, anchor->name) != 0)
        i++;
    if (i == AIS_SEAL_LOG_ANCHORS)
        return false;
    anchors[i] = *anchor;
    if (i == *count)
        (*count)++;
    return true;
}

/* ---- Writing -------------------------------------------------------------------------------------------------- */

static void write_hash(struct ais_buf *out, const char *key, const unsigned char hash[AIS_DIGEST_SIZE])
{
    char text[AIS_DIGEST_TEXT];
    ais_digest_text(hash, text);
    ais_jw_text(out, key, text);
}

static void write_start(const struct ais_seal_start *start, struct ais_buf *out)
{
    ais_jw_u64(out, "segment", start->segment);
    if (start->voids) {
        ais_jw_begin_object(out, "void");
        ais_jw_u64(out, "segment", start->segment - 1);
        ais_jw_u64(out, "from", start->void_from);
        ais_jw_end_object(out);
    }
    if (start->deleted_count == 0)
        return;
    ais_jw_begin_array(out, "deleted");
    for (size_t i = 0; i < start->deleted_count; i++) {
        ais_jw_begin_object(out, NULL);
        ais_jw_u64(out, "segment", start->deleted[i].segment);
        ais_jw_u64(out, "first", start->deleted[i].first);
        ais_jw_u64(out, "last", start->deleted[i].last);
        write_hash(out, "hash", start->deleted[i].hash);
        ais_jw_end_object(out);
    }
    ais_jw_end_array(out);
}

static void write_anchors(const struct ais_anchor *anchors, size_t count, struct ais_buf *out)
{
    if (count == 0)
        return;
    ais_jw_begin_object(out, "anchors");
    for (size_t i = 0; i < count; i++) {
        ais_jw_begin_array(out, anchors[i].name);
        ais_jw_u64(out, NULL, anchors[i].generation);
        ais_jw_text(out, NULL, anchors[i].digest);
        ais_jw_end_array(out);
    }
    ais_jw_end_object(out);
}

static void write_signature(struct ais_buf *out, const char *key,
                            const unsigned char signature[AIS_CHECKPOINT_SIGNATURE_SIZE])
{
    char text[AIS_CHECKPOINT_SIGNATURE_TEXT];
    sodium_bin2hex(text, sizeof text, signature, AIS_CHECKPOINT_SIGNATURE_SIZE);
    ais_jw_text(out, key, text);
}

static void write_checkpoint(const struct ais_seal_payload *payload, const char *now, struct ais_buf *out)
{
    const struct ais_seal_signing *signing = payload->signing;
    struct ais_checkpoint checkpoint = { .chain.seq = payload->at.next - 1,
                                         .segment = signing->segment,
                                         .every = signing->every };
    memcpy(checkpoint.chain.hash, payload->at.hash, sizeof checkpoint.chain.hash);
    snprintf(checkpoint.time, sizeof checkpoint.time, "%s", now);
    ais_checkpoint_sign(&checkpoint, signing->signer, signing->next);
    ais_jw_begin_object(out, "checkpoint");
    ais_jw_u64(out, "segment", checkpoint.segment);
    ais_jw_u64(out, "every", checkpoint.every);
    write_hash(out, "key", checkpoint.key);
    write_signature(out, "signature", checkpoint.signature);
    if (checkpoint.changes) {
        write_hash(out, "next", checkpoint.next);
        write_signature(out, "next_signature", checkpoint.next_signature);
    }
    ais_jw_end_object(out);
}

void ais_seal_records_write(const struct ais_seal_record *records, size_t count, uint64_t first, struct ais_buf *out)
{
    for (size_t i = 0; i < count; i++) {
        const struct ais_seal_record *record = &records[i];
        assert(record->length >= 2 && record->json[0] == '{' && record->json[record->length - 1] == '}');
        ais_buf_add(out, i == 0 ? "{\"seq\":" : ",{\"seq\":", i == 0 ? 7 : 8);
        ais_buf_u64(out, first + i);
        if (record->length > 2)
            ais_buf_byte(out, ',');
        ais_buf_add(out, record->json + 1, record->length - 1);
    }
}

void ais_seal_payload_write(const struct ais_seal_payload *payload, struct ais_buf *out)
{
    char now[AIS_RFC3339_SIZE];
    ais_clock_rfc3339(ais_clock_wall(), now);
    ais_buf_clear(out);
    ais_jw_begin_object(out, NULL);
    ais_jw_u64(out, "v", 1);
    ais_jw_u64(out, "seq", payload->at.next);
    write_hash(out, "prev", payload->at.hash);
    ais_jw_text(out, "time", now);
    if (payload->start != NULL)
        write_start(payload->start, out);
    write_anchors(payload->anchors, payload->anchor_count, out);
    if (payload->signing != NULL)
        write_checkpoint(payload, now, out);
    if (payload->counters != NULL && payload->counters_length > 0)
        ais_jw_raw(out, "counters", payload->counters, payload->counters_length);
    ais_buf_text(out, ",\"records\":[");
    if (payload->carried_count > 0)
        ais_buf_add(out, payload->carried->data, payload->carried->length);
    if (payload->carried_count > 0 && payload->record_count > 0)
        ais_buf_byte(out, ',');
    ais_seal_records_write(payload->records, payload->record_count, payload->at.next + payload->carried_count, out);
    ais_buf_text(out, "]}");
}

/* ---- Reading -------------------------------------------------------------------------------------------------- */

static bool read_hash(const struct ais_json *node, unsigned char hash[AIS_DIGEST_SIZE])
{
    return node != NULL && node->kind == AIS_JSON_STRING && ais_digest_parse(node->text, node->length, hash);
}

static bool read_kind(const struct ais_json *root, const char *key, enum ais_json_kind kind,
                      const struct ais_json **ret)
{
    *ret = ais_json_get(root, key);
    return *ret == NULL || (*ret)->kind == kind;
}

bool ais_seal_anchor_read(const struct ais_json *member, struct ais_anchor *ret)
{
    if (member->kind != AIS_JSON_ARRAY || member->count != 2 || member->key_length >= sizeof ret->name ||
        member->first->kind != AIS_JSON_NUMBER)
        return false;
    struct ais_anchor anchor = { 0 };
    unsigned char digest[AIS_DIGEST_SIZE];
    if (sscanf(member->first->text, "%" SCNu64, &anchor.generation) != 1 || !read_hash(member->first->next, digest))
        return false;
    ais_digest_text(digest, anchor.digest);
    memcpy(anchor.name, member->key, member->key_length);
    *ret = anchor;
    return true;
}

bool ais_seal_deleted_read(const struct ais_json *element, struct ais_seal_deleted *ret)
{
    struct ais_seal_deleted deleted = { 0 };
    if (!ais_json_get_u64(element, "segment", &deleted.segment) ||
        !ais_json_get_u64(element, "first", &deleted.first) || !ais_json_get_u64(element, "last", &deleted.last) ||
        !read_hash(ais_json_get(element, "hash"), deleted.hash))
        return false;
    *ret = deleted;
    return true;
}

static bool read_start(const struct ais_json *root, struct ais_seal_commit *commit)
{
    if (ais_json_get(root, "segment") == NULL)
        return ais_json_get(root, "void") == NULL && ais_json_get(root, "deleted") == NULL;
    if (!ais_json_get_u64(root, "segment", &commit->segment) || commit->segment == 0)
        return false;
    const struct ais_json *voids = ais_json_get(root, "void");
    uint64_t voided = 0;
    commit->voids = voids != NULL;
    if (commit->voids && (!ais_json_get_u64(voids, "segment", &voided) || voided != commit->segment - 1 ||
                          !ais_json_get_u64(voids, "from", &commit->void_from)))
        return false;
    if (!read_kind(root, "deleted", AIS_JSON_ARRAY, &commit->deleted))
        return false;
    struct ais_seal_deleted entry;
    const struct ais_json *element = commit->deleted != NULL ? commit->deleted->first : NULL;
    while (element != NULL && ais_seal_deleted_read(element, &entry))
        element = element->next;
    return element == NULL;
}

static bool read_anchors(const struct ais_json *root, struct ais_seal_commit *commit)
{
    struct ais_anchor anchor;
    if (!read_kind(root, "anchors", AIS_JSON_OBJECT, &commit->anchors))
        return false;
    const struct ais_json *member = commit->anchors != NULL ? commit->anchors->first : NULL;
    while (member != NULL && ais_seal_anchor_read(member, &anchor))
        member = member->next;
    return member == NULL;
}

static bool read_signature(const struct ais_json *node, unsigned char signature[AIS_CHECKPOINT_SIGNATURE_SIZE])
{
    enum { HALF = AIS_DIGEST_TEXT - 1 };
    return node != NULL && node->kind == AIS_JSON_STRING && node->length == AIS_CHECKPOINT_SIGNATURE_TEXT - 1 &&
           ais_digest_parse(node->text, HALF, signature) &&
           ais_digest_parse(node->text + HALF, HALF, signature + AIS_DIGEST_SIZE);
}

bool ais_seal_checkpoint_read(const struct ais_seal_commit *commit, struct ais_checkpoint *ret)
{
    const struct ais_json *node = commit->checkpoint, *next = ais_json_get(node, "next");
    const char *time = ais_json_get_text(commit->root, "time");
    struct ais_checkpoint checkpoint = { .chain.seq = commit->seq - 1, .changes = next != NULL };
    if (node == NULL || time == NULL || strlen(time) >= sizeof checkpoint.time ||
        !ais_json_get_u64(node, "segment", &checkpoint.segment) ||
        !ais_json_get_u64(node, "every", &checkpoint.every) || checkpoint.every == 0 ||
        !read_hash(ais_json_get(node, "key"), checkpoint.key) ||
        !read_signature(ais_json_get(node, "signature"), checkpoint.signature))
        return false;
    if (checkpoint.changes && (!read_hash(next, checkpoint.next) ||
                               !read_signature(ais_json_get(node, "next_signature"), checkpoint.next_signature)))
        return false;
    memcpy(checkpoint.chain.hash, commit->prev, sizeof checkpoint.chain.hash);
    memcpy(checkpoint.time, time, strlen(time));
    *ret = checkpoint;
    return true;
}

static bool read_checkpoint(const struct ais_json *root, struct ais_seal_commit *commit)
{
    struct ais_checkpoint checkpoint;
    commit->checkpoint = ais_json_get(root, "checkpoint");
    return commit->checkpoint == NULL || ais_seal_checkpoint_read(commit, &checkpoint);
}

static bool read_records(const struct ais_json *root, struct ais_seal_commit *commit)
{
    uint64_t seq = commit->seq;
    commit->records = ais_json_get(root, "records");
    if (commit->records == NULL || commit->records->kind != AIS_JSON_ARRAY || commit->records->count == 0)
        return false;
    commit->count = commit->records->count;
    if (commit->seq == 0 || commit->count > UINT64_MAX - commit->seq)
        return false;
    for (const struct ais_json *record = commit->records->first; record != NULL; record = record->next, seq++) {
        uint64_t number = 0;
        if (!ais_json_get_u64(record, "seq", &number) || number != seq)
            return false;
    }
    return true;
}

/* A record holds a request, whose depth is bounded; what is around it adds a few. */
enum { RECORD_DEPTH = 94, PAYLOAD_DEPTH = RECORD_DEPTH + 2 };

enum ais_err ais_seal_record_check(struct ais_arena *arena, const char *json, size_t n, const struct ais_json **ret,
                                   struct ais_why *why)
{
    static const struct ais_json_limits limits = { .depth = RECORD_DEPTH };
    const struct ais_json *record = NULL;
    ais_arena_reset(arena);
    if (n == 0 || json[0] != '{' || json[n - 1] != '}')
        return ais_fail(why, AIS_E_INVALID, "a record is one JSON object, without white space around it");
    struct ais_why reason = { 0 };
    if (ais_json_read(arena, json, n, &limits, &record, &reason) != AIS_OK)
        return ais_fail(why, AIS_E_INVALID, "a record is one JSON object: %s", reason.text);
    if (ais_json_get(record, "seq") != NULL)
        return ais_fail(why, AIS_E_INVALID, "a record that is not numbered yet has no member 'seq'");
    if (ret != NULL)
        *ret = record;
    return AIS_OK;
}

enum ais_err ais_seal_payload_glance(const char *text, size_t n, struct ais_seal_commit *ret, struct ais_why *why)
{
    static const char head[] = "{\"v\":1,\"seq\":";
    struct ais_seal_commit commit = { .payload = text, .length = n };
    const char *at = text + sizeof head - 1, *end = text + n;
    if (n > sizeof head && memcmp(text, head, sizeof head - 1) == 0)
        for (; at < end && *at >= '0' && *at <= '9' && commit.seq < UINT64_MAX / 10 - 1; at++)
            commit.seq = commit.seq * 10 + (uint64_t)(*at - '0');
    if (commit.seq == 0 || at == end || *at != ',')
        return ais_fail(why, AIS_E_DAMAGED, "sealed by our key, but not a payload of version 1");
    *ret = commit;
    return AIS_OK;
}

enum ais_err ais_seal_payload_read(struct ais_arena *arena, const char *text, size_t n, struct ais_seal_commit *ret,
                                   struct ais_why *why)
{
    static const struct ais_json_limits limits = { .depth = PAYLOAD_DEPTH };
    struct ais_seal_commit commit = { .payload = text, .length = n };
    enum ais_err err = ais_json_read(arena, text, n, &limits, &commit.root, why);
    if (err == AIS_E_NOMEM)
        return err;
    if (err != AIS_OK)
        return ais_fail(why, AIS_E_DAMAGED, "sealed by our key, but not JSON");
    uint64_t version = 0;
    if (!ais_json_get_u64(commit.root, "v", &version) || version != 1)
        return ais_fail(why, AIS_E_DAMAGED, "sealed by our key, but not a payload of version 1");
    if (!ais_json_get_u64(commit.root, "seq", &commit.seq) ||
        !read_hash(ais_json_get(commit.root, "prev"), commit.prev) || ais_json_get_text(commit.root, "time") == NULL)
        return ais_fail(why, AIS_E_DAMAGED, "sealed by our key, but its 'seq', 'prev' or 'time' is wrong");
    if (!read_start(commit.root, &commit))
        return ais_fail(why, AIS_E_DAMAGED, "sealed by our key, but its 'segment', 'void' or 'deleted' is wrong");
    if (!read_anchors(commit.root, &commit) || !read_kind(commit.root, "counters", AIS_JSON_OBJECT, &commit.counters))
        return ais_fail(why, AIS_E_DAMAGED, "sealed by our key, but its 'anchors' or 'counters' is wrong");
    if (!read_checkpoint(commit.root, &commit))
        return ais_fail(why, AIS_E_DAMAGED, "sealed by our key, but its 'checkpoint' is wrong");
    if (!read_records(commit.root, &commit))
        return ais_fail(why, AIS_E_DAMAGED, "sealed by our key, but its 'records' are wrong");
    ais_digest(text, n, commit.hash);
    *ret = commit;
    return AIS_OK;
}
