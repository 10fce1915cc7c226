/* What happened in a span of time, counted from the index (ASK "activity"): GET /api/v1/activity/summary. */
#ifndef AIS_SERVICES_AUDITOR_ACTIVITY_H
#define AIS_SERVICES_AUDITOR_ACTIVITY_H

#include "services/auditor/catalog.h"

enum { ACTIVITY_LIST_MOST = 50 }; /* entries of each list; what does not fit is counted in "others" */

/* Reads "24h": a number and one of s m h d, from a second to 10 years. AIS_E_INVALID names the parameter. */
MUST_CHECK enum ais_err activity_window(const char *text, int64_t *ret_ns, struct ais_why *why);

/* Writes into body, which is empty:
 *
 *   "window", "since", "until", "total" (records), "by_decision":{}, "by_severity":{}, "by_event":{},
 *   "by_tool":[{"tool","count"}], "by_rule":[{"rulepack","rule","count"}], "by_user":[{"user_id","count"}],
 *   "top_reasons":[{"reason","count"}], "others":{"by_tool","by_rule","by_user","top_reasons"},
 *   "first_event", "last_event" (null without one), "covers_since" (the oldest record of the log; null without one),
 *   "damaged" (lines that could not be counted; absent when there are none)
 *
 * Lists run from the highest count down, equals by name. Files that are not in the index yet are read first.
 * AIS_E_TIMEOUT: there are too many of them for one question; ask again. AIS_E_NOMEM, and as catalog_read. */
MUST_CHECK enum ais_err activity_summary(struct catalog *catalog, const char *window, int64_t window_ns, int64_t now_ns,
                                         struct ais_buf *body, struct ais_why *why);

#endif
