#include "services/metrics/series_line.h"

#include "shared/json/write.h"
#include "shared/sys/clock.h"

#include <sodium.h>

static const struct ais_json_limits limits = { .depth = 8 };

/* ---- Writing ---- */

void series_line_write_header(struct ais_buf *out, const struct ais_user_key *key)
{
    char hex[2 * sizeof key->bytes + 1];
    sodium_bin2hex(hex, sizeof hex, key->bytes, sizeof key->bytes);
    ais_jw_begin_object(out, NULL);
    ais_jw_u64(out, "v", 1);
    ais_jw_text(out, "document", "metrics");
    ais_jw_text(out, "user_key", hex);
    ais_jw_end_object(out);
}

void series_line_write_point(struct ais_buf *out, const struct series_point *point, int64_t resolution_s,
                             const struct ais_user_key *key, struct ais_metrics *scratch)
{
    char time[AIS_RFC3339_SIZE], key_id[AIS_USER_KEY_ID_SIZE];
    ais_clock_rfc3339(point->begin_s * AIS_NS_PER_S, time);
    ais_user_key_id(key, key_id);
    ais_jw_begin_object(out, NULL);
    ais_jw_u64(out, "v", 1);
    ais_jw_text(out, "time", time);
    ais_jw_i64(out, "resolution_s", resolution_s);
    ais_jw_text(out, "user_key_id", key_id);
    ais_jw_begin_object(out, "actors");
    for (size_t i = 0; i < point->count; i++) {
        const struct series_part *part = &point->parts[i];
        memset(scratch, 0, sizeof *scratch);
        if (ais_metrics_merge(scratch, NULL, part->deltas.data, part->deltas.length, NULL) == AIS_OK)
            ais_metrics_write(scratch, out, part->actor);
    }
    ais_jw_end_object(out);
    ais_jw_end_object(out);
}

/* ---- Reading ---- */

static enum ais_err read_header(const struct ais_json *root, struct series_line *ret, struct ais_why *why)
{
    const char *hex = ais_json_get_text(root, "user_key");
    size_t n = 0;
    const char *end = NULL;
    ret->is_header = true;
    if (hex == NULL || strlen(hex) != 2 * sizeof ret->user_key.bytes ||
        sodium_hex2bin(ret->user_key.bytes, sizeof ret->user_key.bytes, hex, strlen(hex), NULL, &n, &end) != 0 ||
        n != sizeof ret->user_key.bytes || *end != '\0')
        return ais_fail(why, AIS_E_INVALID, "user_key must be 32 hexadecimal digits");
    return AIS_OK;
}

static enum ais_err read_time(const struct ais_json *root, struct series_line *ret, struct ais_why *why)
{
    const char *time = ais_json_get_text(root, "time");
    uint64_t resolution_s;
    int64_t ns;
    if (!ais_json_get_u64(root, "resolution_s", &resolution_s) ||
        (resolution_s != SERIES_MINUTE_S && resolution_s != SERIES_HOUR_S))
        return ais_fail(why, AIS_E_INVALID, "resolution_s must be 60 or 3600");
    ret->resolution_s = (int64_t)resolution_s;
    if (time == NULL || time[0] == '-' || ais_clock_parse(time, 0, &ns) != 0 ||
        ns % (ret->resolution_s * AIS_NS_PER_S) != 0)
        return ais_fail(why, AIS_E_INVALID, "time must be the begin of a minute or an hour, as RFC 3339 has it");
    ret->point.begin_s = ns / AIS_NS_PER_S;
    return AIS_OK;
}

static bool is_made_with(const struct ais_json *root, const struct ais_user_key *key)
{
    const char *said = ais_json_get_text(root, "user_key_id");
    char id[AIS_USER_KEY_ID_SIZE];
    if (key == NULL || said == NULL)
        return false;
    ais_user_key_id(key, id);
    return strcmp(id, said) == 0;
}

static enum ais_err read_actors(const struct ais_json *root, bool with_users, struct ais_metrics *scratch,
                                struct series_line *ret, struct ais_why *why)
{
    AUTO(ais_buf_done) struct ais_buf deltas = { 0 };
    const struct ais_json *actors = ais_json_get(root, "actors");
    if (actors == NULL || actors->kind != AIS_JSON_OBJECT)
        return ais_fail(why, AIS_E_INVALID, "actors must be an object");
    for (const struct ais_json *actor = actors->first; actor != NULL; actor = actor->next) {
        memset(scratch, 0, sizeof *scratch);
        TRY(ais_metrics_read(actor, scratch, why));
        if (!with_users)
            memset(scratch->sketches, 0, sizeof scratch->sketches);
        ais_buf_clear(&deltas);
        ais_metrics_encode(scratch, &deltas);
        if (deltas.failed)
            return ais_fail(why, AIS_E_NOMEM, "time series");
        TRY(series_point_add(&ret->point, actor->key, deltas.data, deltas.length, why));
    }
    return AIS_OK;
}

enum ais_err series_line_read(struct ais_arena *arena, const char *json, size_t n, const struct ais_user_key *key,
                              struct ais_metrics *scratch, struct series_line *ret, struct ais_why *why)
{
    const struct ais_json *root;
    uint64_t version;
    *ret = (struct series_line){ .is_header = false };
    ais_arena_reset(arena);
    TRY(ais_json_read(arena, json, n, &limits, &root, why));
    if (!ais_json_get_u64(root, "v", &version) || version != 1)
        return ais_fail(why, AIS_E_INVALID, "v must be 1");
    if (ais_json_get(root, "user_key") != NULL)
        return read_header(root, ret, why);
    TRY(read_time(root, ret, why));
    enum ais_err err = read_actors(root, is_made_with(root, key), scratch, ret, why);
    if (err != AIS_OK)
        series_point_done(&ret->point);
    return err;
}
