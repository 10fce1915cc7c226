/* A line of metrics.enc, as it is inside its token: one JSON object.
 *
 *     {"v":1,"document":"metrics","user_key":"<32 hex>"}
 *         the first line: the key of the hashes by which users are counted (shared/metrics/users.h)
 *     {"v":1,"time":"<RFC 3339>","resolution_s":60,"user_key_id":"<8 hex>","actors":{"gateway-1":{…},…}}
 *         what each actor counted from time on, in a minute (60) or an hour (3600), as ais_metrics_write has it
 *
 * Minutes add up: a minute, and the hour that it is of, may have several lines, where the service was stopped in
 * between. An hour replaces all that the lines before it say of that hour. Members that nobody knows are passed over.
 */
#ifndef AIS_SERVICES_METRICS_SERIES_LINE_H
#define AIS_SERVICES_METRICS_SERIES_LINE_H

#include "services/metrics/series.h"
#include "shared/metrics/metrics.h"
#include "shared/metrics/users.h"

struct series_line {
    bool is_header;
    struct ais_user_key user_key; /* of a header */
    int64_t resolution_s;         /* of a point: SERIES_MINUTE_S or SERIES_HOUR_S */
    struct series_point point;    /* of a point: owned */
};

void series_line_write_header(struct ais_buf *out, const struct ais_user_key *key);

/* scratch: memory to work in. What finds none is left out of the line, and out says failed. */
void series_line_write_point(struct ais_buf *out, const struct series_point *point, int64_t resolution_s,
                             const struct ais_user_key *key, struct ais_metrics *scratch);

/* Reads a line; the arena is reset and used. key (NULL: none yet): hashes made with another are left out. On success
 * *ret ends with series_point_done(&ret->point). AIS_E_SYNTAX, AIS_E_LIMIT, AIS_E_INVALID: what is wrong with it;
 * AIS_E_NOMEM. */
MUST_CHECK enum ais_err series_line_read(struct ais_arena *arena, const char *json, size_t n,
                                         const struct ais_user_key *key, struct ais_metrics *scratch,
                                         struct series_line *ret, struct ais_why *why);

#endif
