/* YAML 1.2 (core schema) documents as the tree of shared/json, with positions. The only file that knows libyaml is
 * yaml.c. */
#ifndef AIS_SHARED_YAML_H
#define AIS_SHARED_YAML_H

#include "shared/json/json.h"

struct ais_yaml_limits {
    size_t bytes; /* of the document */
    size_t depth; /* of nested sequences and mappings; the outermost is 1 */
    size_t nodes; /* after aliases are expanded */
};

/* Of rulepacks: 4 MiB, 64 levels. Aliases may expand to 10,000 nodes in all. */
extern const struct ais_yaml_limits ais_yaml_rulepack_limits;

/* Reads exactly one YAML (or JSON) document. Plain scalars are typed by the core schema (null, true/false, decimal,
 * octal 0o, hex 0x, floats); quoted and block scalars are strings (`quoted`). Duplicate keys, keys that are not
 * scalars, tags other than the core ones, a second document and invalid UTF-8 are refused.
 * AIS_E_SYNTAX and AIS_E_LIMIT: why says "line:column: what" (name, when not NULL, in front: "name:line:column: "). */
MUST_CHECK enum ais_err ais_yaml_read(struct ais_arena *arena, const char *name, const char *bytes, size_t n,
                                      const struct ais_yaml_limits *limits, const struct ais_json **ret,
                                      struct ais_why *why);

#endif
