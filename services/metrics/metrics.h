/* metrics: adds up what all actors count, prints it, and keeps it over time.
 *
 * Hears: everybody (SAMPLE), gateways (ASK "metrics", "usage_metrics", "usage_stats").  Owns the sums, the time series
 * and metrics.enc; nobody else sees them.
 * Promises: what was told is counted once; a sample that is malformed is counted as such and changes nothing. Gauges of
 * an actor that has not been heard for METRICS_FORGET_MS are forgotten; its counts stay. Memory is bounded (series.h).
 * That metrics.enc cannot be written stops nothing.
 * Stops on: STOP from its owner, after taking what was told and writing the minute that runs. */
#ifndef AIS_SERVICES_METRICS_H
#define AIS_SERVICES_METRICS_H

#include "shared/actor/actor.h"
#include "shared/metrics/users.h"
#include "shared/seal/fernet.h"
#include "shared/seal/file.h"

enum { METRICS_FORGET_MS = 10000, METRICS_ACTORS_MOST = 320 };

struct metrics_conf {
    struct ais_endpoints endpoints;
    const char *version, *revision; /* of this program, for aisentinel_build_info; copied */
    struct ais_dir *dir;            /* where metrics.enc is; borrowed for the actor's life; NULL: memory alone */
    const struct ais_keyring *ring; /* that seals it; borrowed for the actor's life */
    unsigned retention_hours;       /* of the time series */
};

/* Reads metrics.enc, then starts the thread. *ret_actor is the caller's, on success only. ret_user_key (may be NULL):
 * the key with which evaluators are to hash users. */
MUST_CHECK enum ais_err metrics_start(const struct metrics_conf *conf, zactor_t **ret_actor,
                                      struct ais_user_key *ret_user_key, struct ais_why *why);

#endif
