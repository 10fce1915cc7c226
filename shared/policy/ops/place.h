/* What operators share whose pattern is one place: its text in lower case, and the literal that every match holds. */
#ifndef AIS_SHARED_POLICY_OPS_PLACE_H
#define AIS_SHARED_POLICY_OPS_PLACE_H

#include "shared/policy/ops/rows.h"

struct ais_place {
    struct ais_literals literals;
    struct ais_literal literal;
    bool cased;
    size_t length;
    char *text;   /* as the rule has it, behind the struct */
    char *folded; /* in lower case (ASCII), behind that */
};

/* Room for n bytes. The literal is what of the folded text stands from `from` on, `length` bytes; 0: there is none. */
struct ais_place *ais_place_new(const char *text, size_t n, bool cased);
void ais_place_tell(struct ais_place *place, size_t from, size_t length);

/* Whether n bytes of text are the place's, as its case says. */
bool ais_place_equal(const struct ais_place *place, const char *text);

const struct ais_literals *ais_place_literals(const void *pattern);
void ais_place_destroy(void **pattern);

#endif
