/* What the tests of masking share: a key, and the record of a request under a setting. */
#ifndef AIS_TESTS_MASK_FIXTURE_H
#define AIS_TESTS_MASK_FIXTURE_H

#include "shared/audit/mask.h"
#include "tests/unit/test.h"

extern const unsigned char key[AIS_MASK_KEYED];

/* Of each program. */
int set_up(void **state);

/* The record of a request under a setting; reason and user are parts of the record as the request is. */
void record_of(const char *setting, const char *request, const char *reason, struct ais_buf *out);

#endif
