/* Byte strings to small numbers: equal strings, one number, from 0 up in the order of their first use. For compiling;
 * one thread at a time. */
#ifndef AIS_SHARED_POLICY_INTERN_H
#define AIS_SHARED_POLICY_INTERN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct ais_intern;

#define AIS_INTERN_FAILED UINT32_MAX

/* NULL when memory is out. Ends with ais_intern_destroy, which takes NULL and nulls the caller's pointer. */
struct ais_intern *ais_intern_new(void);
void ais_intern_destroy(struct ais_intern **intern);

/* The number of n bytes, which are copied when they are new (*ret_new, which may be NULL). AIS_INTERN_FAILED when
 * memory is out. */
uint32_t ais_intern_add(struct ais_intern *intern, const void *bytes, size_t n, bool *ret_new);

/* Whether n bytes are there; then *ret is their number. */
bool ais_intern_find(const struct ais_intern *intern, const void *bytes, size_t n, uint32_t *ret);

/* How many there are, and the bytes of one; NUL-terminated, living as long as the table. */
size_t ais_intern_count(const struct ais_intern *intern);
const char *ais_intern_bytes(const struct ais_intern *intern, uint32_t id, size_t *ret_length);

#endif
