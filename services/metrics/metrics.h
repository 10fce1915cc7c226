/* metrics: adds up what all actors count, and prints it.
 *
 * Hears: everybody (SAMPLE), gateways (ASK "metrics").  Owns the sums; nobody else sees them.
 * Promises: what was told is counted once; a sample that is malformed is counted as such and changes nothing. Gauges of
 * an actor that has not been heard for METRICS_FORGET_MS are forgotten; its counts stay.
 * Stops on: STOP from its owner. */
#ifndef AIS_SERVICES_METRICS_H
#define AIS_SERVICES_METRICS_H

#include "shared/actor/actor.h"

enum { METRICS_FORGET_MS = 10000, METRICS_ACTORS_MOST = 256 };

struct metrics_conf {
    struct ais_endpoints endpoints;
    const char *version, *revision; /* of this program, for aisentinel_build_info; copied */
};

/* *ret_actor is the caller's, on success only. */
MUST_CHECK enum ais_err metrics_start(const struct metrics_conf *conf, zactor_t **ret_actor, struct ais_why *why);

#endif
