/* Texts that a part has taken up: what a shell makes of the request's words may be one of them again. */
#ifndef AIS_SHARED_POLICY_SEEN_H
#define AIS_SHARED_POLICY_SEEN_H

#include "shared/policy/facts/view.h"

struct ais_seen_text {
    const char *text; /* in the view's arena, or of the request */
    size_t length;
    uint32_t hash;
    unsigned tag;
};

struct ais_seen {
    struct ais_seen_text *items;
    size_t count, capacity;
    bool looks; /* false: texts are remembered, and none is looked for */
};

/* Whether a text was here before under the same tag; else it is remembered. Also true when that is more work than the
 * part may do, or there is no memory: the part, or the view, says so. */
bool ais_seen_before(struct ais_seen *seen, struct ais_view *view, struct ais_part *part, const char *text, size_t n,
                     unsigned tag);

#endif
