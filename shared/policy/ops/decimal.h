/* Numbers as they are written, compared exactly: 1 = 1.0 = 10e-1, and 0.1 is a tenth. No double, no rounding, no
 * limit on digits. */
#ifndef AIS_SHARED_POLICY_OPS_DECIMAL_H
#define AIS_SHARED_POLICY_OPS_DECIMAL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* A number within a text, which has to outlive it. */
struct ais_decimal {
    int sign;                 /* -1, 0, 1 */
    const char *first, *last; /* its digits from the first to the last that is not 0; a point may be between */
    int64_t exponent;         /* of ten, of the first */
};

enum ais_decimal_read {
    AIS_DECIMAL_READ,
    AIS_DECIMAL_NONE,  /* not a number */
    AIS_DECIMAL_BEYOND /* a number with an exponent of more than 15 digits */
};

/* Reads all n bytes as [+-] digits [. digits] [e [+-] digits], where one side of the point may be empty. That is what
 * JSON and YAML's decimal numbers look like. */
enum ais_decimal_read ais_decimal_read(const char *text, size_t n, struct ais_decimal *ret);

/* Less than, equal to or greater than 0, as a is to b. */
int ais_decimal_compare(const struct ais_decimal *a, const struct ais_decimal *b);

/* The greatest whole number that is not above it. False: it is 9 x 10^18 or more, or as much below 0. */
bool ais_decimal_floor(const struct ais_decimal *decimal, int64_t *ret);

#endif
