/* How many different things were seen, without keeping them: a KMV sketch (k minimum values). Of each thing comes a
 * hash of 64 bits, evenly spread; the k smallest different ones are kept. Below k things the count is exact. From there
 * on the k-th smallest hash tells how densely they lie: the standard error is 1/sqrt(k-2), 3.1 %. Two sketches made
 * with the same hash function are merged by keeping the k smallest of both, which is the sketch of what both saw. */
#ifndef AIS_SHARED_METRICS_SKETCH_H
#define AIS_SHARED_METRICS_SKETCH_H

#include <stddef.h>
#include <stdint.h>

enum { AIS_SKETCH_MOST = 1024 }; /* k */

/* A zeroed struct has seen nothing. */
struct ais_sketch {
    size_t count;
    uint64_t hashes[AIS_SKETCH_MOST]; /* ascending, each once */
};

void ais_sketch_add(struct ais_sketch *sketch, uint64_t hash);

/* Adds all that other saw. */
void ais_sketch_merge(struct ais_sketch *sketch, const struct ais_sketch *other);

/* How many different things were seen, about. */
uint64_t ais_sketch_estimate(const struct ais_sketch *sketch);

#endif
