/* A set of byte strings of which every matching text contains at least one. The prefilter looks for all sets of all
 * rules in one pass; only patterns that have a hit are confirmed.
 *
 * Bytes are compared with ASCII letters folded to lower case and all others as they are; the members are stored folded.
 * So a set is sound only for patterns that never let a non-ASCII character stand for an ASCII one. */
#ifndef AIS_SHARED_POLICY_LITERALS_H
#define AIS_SHARED_POLICY_LITERALS_H

#include <stddef.h>

enum {
    AIS_LITERALS_MOST = 64,    /* members of a set */
    AIS_LITERAL_LONGEST = 255, /* bytes of a member; longer needs are cut, which keeps them needed */
    AIS_LITERAL_SETS_MOST = 4  /* sets of one pattern */
};

/* Why a pattern has no such set. The later one of these, the nearer it is to having one. */
enum ais_literals_lack {
    AIS_LACK_TEXT,   /* no text is known that every match contains */
    AIS_LACK_LENGTH, /* each of its alternatives has one, and they are too short for their number */
    AIS_LACK_ROOM    /* each of its alternatives has one, and they are more than AIS_LITERALS_MOST */
};

struct ais_literal {
    const char *bytes; /* not NUL-terminated; at least one byte, none of them NUL: Vectorscan takes no such literal */
    size_t length;
};

/* A pattern may have several such sets, the most telling by itself first. Which of them is rare among all rules only
 * those can know who see all rules: the longest word of one pattern may be the most common of the whole. */
struct ais_literals {
    const struct ais_literal *items;
    size_t count; /* 0: nothing is known that every match contains, and the pattern has to be tried on every text */
    const struct ais_literals *next; /* another set, not empty, of which likewise one is in every match; or NULL */
};

#endif
