#include "shared/metrics/sketch.h"

#include <string.h>

void ais_sketch_add(struct ais_sketch *sketch, uint64_t hash)
{
    size_t low = 0, high = sketch->count;
    if (high == AIS_SKETCH_MOST && hash >= sketch->hashes[high - 1])
        return;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (sketch->hashes[middle] < hash)
            low = middle + 1;
        else
            high = middle;
    }
    if (low < sketch->count && sketch->hashes[low] == hash)
        return;
    if (sketch->count < AIS_SKETCH_MOST)
        sketch->count++;
    memmove(&sketch->hashes[low + 1], &sketch->hashes[low], (sketch->count - low - 1) * sizeof hash);
    sketch->hashes[low] = hash;
}

void ais_sketch_merge(struct ais_sketch *sketch, const struct ais_sketch *other)
{
    const struct ais_sketch own = *sketch;
    size_t a = 0, b = 0, n = 0;
    while (n < AIS_SKETCH_MOST && (a < own.count || b < other->count)) {
        if (b == other->count || (a < own.count && own.hashes[a] <= other->hashes[b])) {
            b += b < other->count && own.hashes[a] == other->hashes[b];
            sketch->hashes[n++] = own.hashes[a++];
        } else {
            sketch->hashes[n++] = other->hashes[b++];
        }
    }
    sketch->count = n;
}

uint64_t ais_sketch_estimate(const struct ais_sketch *sketch)
{
    if (sketch->count < AIS_SKETCH_MOST)
        return sketch->count;
    double part = ((double)sketch->hashes[AIS_SKETCH_MOST - 1] + 1) / 18446744073709551616.0;
    return (uint64_t)((AIS_SKETCH_MOST - 1) / part + 0.5);
}
