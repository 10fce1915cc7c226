/* Paths into a request: what stands after tool_args, context or metadata in a rule.
 *
 *     command          the member "command"
 *     options.force    the member "force" of the member "options"
 *     items[].url      the member "url" of any element of the array "items"
 *     **               any scalar below, however deep; ends a path
 *     a\.b             the member "a.b"; \\ \[ \| likewise
 *
 * What a path ends at is read like this: a scalar is its value; an array stands for each of its elements, so that a
 * rule on `command` sees ["rm", "-rf"] too; an object (or an empty array) exists and reads as an empty text. */
#ifndef AIS_SHARED_POLICY_PATH_H
#define AIS_SHARED_POLICY_PATH_H

#include "shared/json/json.h"
#include "shared/policy/facts/values.h"

enum ais_step_kind { AIS_STEP_MEMBER, AIS_STEP_ELEMENTS, AIS_STEP_BELOW };

struct ais_path_step {
    enum ais_step_kind kind;
    const char *key; /* MEMBER: its name, unescaped; NUL-terminated */
    size_t length;
};

struct ais_path {
    const struct ais_path_step *steps;
    size_t count; /* at least one */
};

/* Reads n bytes. The path lives in the arena. AIS_E_RULE: why says what is wrong, without a position; AIS_E_NOMEM. */
MUST_CHECK enum ais_err ais_path_parse(struct ais_arena *arena, const char *text, size_t n, struct ais_path *ret,
                                       struct ais_why *why);

/* Appends what path finds from node (NULL: nothing) on. */
void ais_path_walk(const struct ais_path *path, const struct ais_json *node, struct ais_values *ret);

/* Appends every scalar at or below node (NULL: nothing) but nulls. */
void ais_path_below(const struct ais_json *node, struct ais_values *ret);

#endif
