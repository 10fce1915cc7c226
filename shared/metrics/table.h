/* Every metric, once. From this list come the enum, the room each takes, the encoding between actors and the text that
 * Prometheus reads. Include metrics.h, not this.
 *
 * Labels take their values from fixed sets, never from a request: so the number of series is known, and no client can
 * make it grow. */
#ifndef AIS_SHARED_METRICS_TABLE_H
#define AIS_SHARED_METRICS_TABLE_H

/* Label sets: identifier and text of each value. */
#define AIS_LABELS_NONE(V) V(AIS_LABEL_ONE, "")

#define AIS_LABELS_OUTCOME(V)                           \
    V(AIS_OUTCOME_ALLOW, "allow")                       \
    V(AIS_OUTCOME_REQUIRE_APPROVAL, "require_approval") \
    V(AIS_OUTCOME_BLOCK, "block")

#define AIS_LABELS_ENDPOINT(V)                     \
    V(AIS_ENDPOINT_PREFLIGHT, "preflight")         \
    V(AIS_ENDPOINT_BATCH, "preflight_batch")       \
    V(AIS_ENDPOINT_RULEPACKS, "rulepacks")         \
    V(AIS_ENDPOINT_LOGS, "auditing_logs")          \
    V(AIS_ENDPOINT_USAGE, "usage")                 \
    V(AIS_ENDPOINT_ACTIVITY, "activity_summary")   \
    V(AIS_ENDPOINT_API_KEYS, "api_keys")           \
    V(AIS_ENDPOINT_ADMIN, "admin")                 \
    V(AIS_ENDPOINT_OPENAPI, "openapi")             \
    V(AIS_ENDPOINT_PROBE, "probe")                 \
    V(AIS_ENDPOINT_METRICS, "metrics")             \
    V(AIS_ENDPOINT_ZMQ_PREFLIGHT, "zmq_preflight") \
    V(AIS_ENDPOINT_ZMQ_PING, "zmq_ping")           \
    V(AIS_ENDPOINT_OTHER, "other")

/* ais_status_label finds the one of an HTTP status. */
#define AIS_LABELS_STATUS(V) \
    V(AIS_STATUS_200, "200") \
    V(AIS_STATUS_201, "201") \
    V(AIS_STATUS_204, "204") \
    V(AIS_STATUS_400, "400") \
    V(AIS_STATUS_401, "401") \
    V(AIS_STATUS_403, "403") \
    V(AIS_STATUS_404, "404") \
    V(AIS_STATUS_405, "405") \
    V(AIS_STATUS_409, "409") \
    V(AIS_STATUS_411, "411") \
    V(AIS_STATUS_413, "413") \
    V(AIS_STATUS_415, "415") \
    V(AIS_STATUS_422, "422") \
    V(AIS_STATUS_429, "429") \
    V(AIS_STATUS_431, "431") \
    V(AIS_STATUS_500, "500") \
    V(AIS_STATUS_503, "503") \
    V(AIS_STATUS_OTHER, "other")

#define AIS_LABELS_REFUSAL(V)                \
    V(AIS_REFUSAL_QUEUE, "queue_full")       \
    V(AIS_REFUSAL_DEADLINE, "deadline")      \
    V(AIS_REFUSAL_EVALUATOR, "no_evaluator") \
    V(AIS_REFUSAL_STORAGE, "storage")        \
    V(AIS_REFUSAL_DRAIN, "draining")         \
    V(AIS_REFUSAL_OTHER, "other")

#define AIS_LABELS_AUTH(V)         \
    V(AIS_AUTH_MISSING, "missing") \
    V(AIS_AUTH_UNKNOWN, "unknown") \
    V(AIS_AUTH_EXPIRED, "expired") \
    V(AIS_AUTH_REVOKED, "revoked") \
    V(AIS_AUTH_SOURCE, "source")   \
    V(AIS_AUTH_SCOPE, "scope")

/* Which way a preflight came; values as in the audit log. */
#define AIS_LABELS_SOURCE(V)     \
    V(AIS_SOURCE_REST, "rest")   \
    V(AIS_SOURCE_BATCH, "batch") \
    V(AIS_SOURCE_ZMQ, "zmq")

#define AIS_LABELS_RESULT(V) \
    V(AIS_RESULT_OK, "ok")   \
    V(AIS_RESULT_FAILED, "failed")

/*      label set   label name */
#define AIS_LABEL_SETS(S)   \
    S(NONE, "")             \
    S(OUTCOME, "outcome")   \
    S(ENDPOINT, "endpoint") \
    S(STATUS, "status")     \
    S(REFUSAL, "reason")    \
    S(AUTH, "reason")       \
    S(SOURCE, "source")     \
    S(RESULT, "result")

/* Kinds: COUNTER adds up. HISTOGRAM takes nanoseconds; it may have one label, the first. PEAK is the highest value
 * since its actor last told; over time and actors the highest counts. DISTINCT is how many different things were seen
 * (see sketch.h). SUM and MOST are gauges, which hold what their actor last set; over all actors they are added up, or
 * the highest counts. INFO is 1, with texts as labels. Kinds from PEAK on have no labels but those of INFO. Scale: how
 * many of the unit counted make one of the unit shown.
 *
 *      id                 kind       scale       labels             name, help */
#define AIS_METRICS_TABLE(M)                                                                                         \
    M(DECISIONS, COUNTER, 1, OUTCOME, NONE, "aisentinel_decisions_total", "Decisions given to clients, by outcome.") \
    M(PREFLIGHTS, COUNTER, 1, SOURCE, NONE, "aisentinel_preflights_total",                                           \
      "Preflights taken in for a decision, by the way they came; each request of a batch is one.")                   \
    M(REQUESTS, COUNTER, 1, ENDPOINT, STATUS, "aisentinel_requests_total",                                           \
      "Requests answered, by endpoint and status.")                                                                  \
    M(REQUEST_SECONDS, HISTOGRAM, 1000000000, ENDPOINT, NONE, "aisentinel_request_seconds",                          \
      "Time from a request's last byte to its answer, by endpoint.")                                                 \
    M(RECEIVED_BYTES, COUNTER, 1, ENDPOINT, NONE, "aisentinel_received_bytes_total",                                 \
      "Bytes of the bodies of requests answered, by endpoint.")                                                      \
    M(SENT_BYTES, COUNTER, 1, ENDPOINT, NONE, "aisentinel_sent_bytes_total",                                         \
      "Bytes of the bodies of answers, by endpoint.")                                                                \
    M(CONNECTIONS, SUM, 1, NONE, NONE, "aisentinel_connections", "REST connections open, idle ones included.")       \
    M(PREFLIGHT_SECONDS, HISTOGRAM, 1000000000, NONE, NONE, "aisentinel_preflight_seconds",                          \
      "Time from a preflight's receipt to its answer.")                                                              \
    M(REFUSALS, COUNTER, 1, REFUSAL, NONE, "aisentinel_refusals_total", "Preflights answered 503, by reason.")       \
    M(AUTH_FAILURES, COUNTER, 1, AUTH, NONE, "aisentinel_auth_failures_total",                                       \
      "Requests without the right to be answered, by reason.")                                                       \
    M(IN_FLIGHT, SUM, 1, NONE, NONE, "aisentinel_preflights_in_flight", "Preflights received and not yet answered.") \
    M(IN_FLIGHT_PEAK, PEAK, 1, NONE, NONE, "aisentinel_preflights_in_flight_peak",                                   \
      "The most preflights that were in flight at once since this process began.")                                   \
    M(QUEUE_DEPTH, SUM, 1, NONE, NONE, "aisentinel_queue_depth", "Preflights that wait for an evaluator.")           \
    M(QUEUE_PEAK, PEAK, 1, NONE, NONE, "aisentinel_queue_depth_peak",                                                \
      "The most preflights that waited for an evaluator at once since this process began.")                          \
    M(EVALUATORS, MOST, 1, NONE, NONE, "aisentinel_evaluators", "Evaluators ready for work.")                        \
    M(EVALUATORS_LOST, COUNTER, 1, NONE, NONE, "aisentinel_evaluators_lost_total", "Evaluators that fell silent.")   \
    M(REDISPATCHES, COUNTER, 1, NONE, NONE, "aisentinel_redispatches_total",                                         \
      "Preflights given to another evaluator because the first was lost.")                                           \
    M(EVALUATION_SECONDS, HISTOGRAM, 1000000000, NONE, NONE, "aisentinel_evaluation_seconds",                        \
      "Time an evaluator takes to decide.")                                                                          \
    M(USERS, DISTINCT, 1, NONE, NONE, "aisentinel_users",                                                            \
      "Different users of decisions since this process began: exact below 1024, within about 3 % from there on.")    \
    M(COMMITS, COUNTER, 1, RESULT, NONE, "aisentinel_audit_commits_total", "Groups of records written, by result.")  \
    M(RECORDS, COUNTER, 1, NONE, NONE, "aisentinel_audit_records_total", "Records in the audit log.")                \
    M(COMMIT_SECONDS, HISTOGRAM, 1000000000, NONE, NONE, "aisentinel_audit_commit_seconds",                          \
      "Time to seal, write and sync a group of records.")                                                            \
    M(COMPRESSION_SAVED, COUNTER, 1, NONE, NONE, "aisentinel_audit_compression_saved_bytes_total",                   \
      "Bytes that compressing rotated audit files has given back.")                                                  \
    M(LATE_VERDICTS, COUNTER, 1, NONE, NONE, "aisentinel_audit_late_total",                                          \
      "Verdicts past their deadline, recorded as not delivered.")                                                    \
    M(STORAGE_OK, MOST, 1, NONE, NONE, "aisentinel_storage_ok", "Whether the audit log can be written: 1 or 0.")     \
    M(SNAPSHOT_LOADS, COUNTER, 1, RESULT, NONE, "aisentinel_snapshot_loads_total",                                   \
      "Attempts to load rulepacks and keys, by result.")                                                             \
    M(RULES, MOST, 1, NONE, NONE, "aisentinel_rules", "Rules in force.")                                             \
    M(SNAPSHOT_INFO, INFO, 1, NONE, NONE, "aisentinel_snapshot_info", "The rules in force, by their digest.")        \
    M(WIRE_REFUSED, COUNTER, 1, NONE, NONE, "aisentinel_messages_refused_total",                                     \
      "Messages between actors that were malformed or not theirs to send.")                                          \
    M(SERIES_OK, MOST, 1, NONE, NONE, "aisentinel_series_ok", "Whether metrics.enc can be written: 1 or 0.")         \
    M(SERIES_BYTES, SUM, 1, NONE, NONE, "aisentinel_series_bytes", "Size of metrics.enc.")                           \
    M(SERIES_MEMORY, SUM, 1, NONE, NONE, "aisentinel_series_memory_bytes", "Memory of the time series.")             \
    M(SERIES_FORGOTTEN, COUNTER, 1, NONE, NONE, "aisentinel_series_forgotten_total",                                 \
      "Minutes and hours forgotten before their time, because the time series had filled their memory.")             \
    M(BUILD_INFO, INFO, 1, NONE, NONE, "aisentinel_build_info", "What is running.")                                  \
    M(UPTIME, COUNTER, 1000000000, NONE, NONE, "aisentinel_uptime_seconds_total", "Time that the service has run.")  \
    M(PROCESS_MEMORY, SUM, 1, NONE, NONE, "process_resident_memory_bytes", "Resident memory.")                       \
    M(PROCESS_CPU, COUNTER, 1000000000, NONE, NONE, "process_cpu_seconds_total", "Processor time, user and system.") \
    M(PROCESS_FDS, SUM, 1, NONE, NONE, "process_open_fds", "Open file descriptors.")                                 \
    M(PROCESS_START, MOST, 1000000000, NONE, NONE, "process_start_time_seconds", "When the process began, since 1970.")

/* The labels of INFO metrics, whose values are short texts.
 *      id             first label, second label ("": none) */
#define AIS_INFOS(I)               \
    I(SNAPSHOT_INFO, "digest", "") \
    I(BUILD_INFO, "version", "revision")

/* The DISTINCT metrics. */
#define AIS_SKETCHES(K) K(USERS)

#endif
