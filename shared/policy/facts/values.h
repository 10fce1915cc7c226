/* The values that a fact has in one request. */
#ifndef AIS_SHARED_POLICY_VALUES_H
#define AIS_SHARED_POLICY_VALUES_H

#include "shared/mem/arena.h"
#include "shared/policy/ops/op.h"

/* A bound of work: a fact with more values than this is not understood. */
enum { AIS_VALUES_MOST = 65536 };

struct ais_values {
    struct ais_value *items; /* owned; texts are borrowed from the question or the arena */
    size_t count, capacity;
    size_t first;            /* where the values of the fact at hand begin: those before it are of others */
    struct ais_arena *arena; /* borrowed; for texts that a fact has to make */
    const char *unknown;     /* why the fact could not be understood within its bounds (a literal); NULL: it was */
    bool failed;             /* memory ran out: the content is not to be used */
};

/* Appends one value; the one too many makes the fact unknown instead. */
void ais_values_add(struct ais_values *values, enum ais_value_kind kind, const char *text, size_t length);

/* A scalar node as it reads; anything else as an empty text. */
void ais_values_add_node(struct ais_values *values, const struct ais_json *node);

/* A C string that may be NULL (then nothing is added), and a number. */
void ais_values_add_text(struct ais_values *values, const char *text);
void ais_values_add_number(struct ais_values *values, size_t number);

/* Frees what it owns and zeroes the struct. */
void ais_values_done(struct ais_values *values);

#endif
