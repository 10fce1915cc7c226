/* "Did you mean": finds the name that a misspelt word was probably meant to be. */
#ifndef AIS_SHARED_TEXT_NEAREST_H
#define AIS_SHARED_TEXT_NEAREST_H

#include <stddef.h>

/* Begin with { .word = what was written, .length = of it }, offer each known name, then look at best. */
struct ais_nearest {
    const char *word;
    size_t length;
    const char *best; /* the nearest name offered so far, borrowed; NULL: none is near enough to be worth a word */
    size_t distance;  /* of best */
};

/* Compares without regard to case, counting insertions, deletions, replacements and swapped neighbours; near enough is
 * a third of the word's length. The first of equally near names wins. */
void ais_nearest_offer(struct ais_nearest *near, const char *name);

/* The same over a table: the i-th of its names, i < count; NULL: skip this one. */
typedef const char *ais_nearest_name(size_t i, const void *arg);

/* The nearest of them to n bytes of text; NULL when none is near. Borrowed. */
const char *ais_nearest_of(const char *text, size_t n, ais_nearest_name *name, size_t count, const void *arg);

/* How a message ends that suggests a name (a literal to be formatted with it), and the way back for those who show the
 * suggestion by itself: *ret_n bytes of message; NULL: it suggests none. */
#define AIS_DID_YOU_MEAN "did you mean '%s'?"
const char *ais_nearest_said(const char *message, size_t *ret_n);

#endif
