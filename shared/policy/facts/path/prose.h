/* Arguments whose texts speak of files and open none: what is written into one, and what people read. */
#ifndef AIS_SHARED_POLICY_PATH_PROSE_H
#define AIS_SHARED_POLICY_PATH_PROSE_H

#include "shared/policy/facts/view.h"

/* What is remembered of one request; zeroed: nothing yet. */
struct ais_path_prose {
    bool looked;
    bool names_file; /* some argument names the file that the call is about */
};

/* Whether the words of a string are no paths of the call, as an argument of its name is prose: a title, a message, a
 * query. Its text as a whole may still be a path. */
bool ais_path_is_prose(const struct ais_view_string *string);

/* Whether a string is what goes into the file that another argument names, or comes out of it: content, new_string.
 * Nothing of it is a path of the call. The steps are part's. */
bool ais_path_is_content(struct ais_path_prose *prose, struct ais_view *view, struct ais_part *part,
                         const struct ais_view_string *string);

#endif
