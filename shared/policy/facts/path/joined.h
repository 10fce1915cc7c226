/* Relative paths beside the folder that they are meant in: {"path": "shadow", "cwd": "/etc"}. */
#ifndef AIS_SHARED_POLICY_PATH_JOINED_H
#define AIS_SHARED_POLICY_PATH_JOINED_H

#include "shared/policy/facts/view.h"

/* What the names of arguments say of paths. */
extern const struct ais_hint_words ais_path_keys;

/* Whether a string of this name is the folder of what stands beside it: it must name one as a path, as /etc and ../x
 * do, and `main` of a branch does not. */
bool ais_path_is_folder(const char *key, const char *text, size_t n);

/* Calls each with the paths of the arguments' objects that are relative, behind each folder that their own object, or
 * else the nearest one around it that has any, names. The text lives in the view's arena. The steps are part's. */
typedef void ais_path_joined(void *arg, const char *text, size_t n);
void ais_path_join(struct ais_view *view, struct ais_part *part, ais_path_joined *each, void *arg);

#endif
