/* What a plain scalar means: the core schema, YAML 1.2.2 section 10.3.2. For the files of this folder only. */
#ifndef AIS_SHARED_YAML_SCALAR_H
#define AIS_SHARED_YAML_SCALAR_H

#include "shared/json/json.h"

/* Sets kind, boolean, text and length of node to what the n bytes at text mean (text and what follows of it in the
 * node belong to the arena). AIS_E_SYNTAX: a number that has no JSON form, and *ret_words says what would be right;
 * AIS_E_NOMEM: the arena is exhausted. */
MUST_CHECK enum ais_err ais_yaml_resolve(struct ais_arena *arena, const char *text, size_t n, struct ais_json *node,
                                         const char **ret_words);

#endif
