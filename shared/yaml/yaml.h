/* YAML 1.2 (core schema) documents as the tree of shared/json, with positions. The only file that knows libyaml is
 * yaml.c. */
#ifndef AIS_SHARED_YAML_H
#define AIS_SHARED_YAML_H

#include "shared/json/json.h"

struct ais_yaml_limits {
    size_t bytes;       /* of the document */
    size_t depth;       /* of nested sequences and mappings, aliases expanded; the outermost is 1. At most 1024 */
    size_t nodes;       /* in all, after aliases are expanded; 0: no limit of its own */
    size_t alias_nodes; /* how many of these aliases may stand for; 0: aliases are refused */
};

/* Of rulepacks: 4 MiB, 64 levels; aliases may expand to 10,000 nodes in all. */
extern const struct ais_yaml_limits ais_yaml_rulepack_limits;

/* Reads exactly one YAML (or JSON) document.
 *
 * Plain scalars are typed by the core schema (null, true/false, decimal, octal 0o, hex 0x, floats); quoted and block
 * scalars are strings (`quoted`). The lexeme of a NUMBER is always one of JSON: as written where JSON has that form,
 * else the same value ("+7" and "007" are 7, "0x1F" 31, ".5" 0.5); of a BOOL, true or false. Where the spelling
 * matters, source[begin..end) has it, behind its tag and anchor if it has them. The end of a block collection is that
 * of its last scalar.
 *
 * An alias is a node of its own with the alias' position, but it shares the children of what it stands for: walking
 * the tree costs at most limits->nodes.
 *
 * Duplicate keys, keys that are not scalars, tags other than the core ones, infinities and NaN, a second document and
 * invalid UTF-8 are refused. A merge key `<<` is a key like any other.
 * AIS_E_SYNTAX and AIS_E_LIMIT: why says "line:column: what" (name, when not NULL, in front: "name:line:column: "),
 * columns counted in bytes. AIS_E_NOMEM: memory or the arena is exhausted. */
MUST_CHECK enum ais_err ais_yaml_read(struct ais_arena *arena, const char *name, const char *bytes, size_t n,
                                      const struct ais_yaml_limits *limits, const struct ais_json **ret,
                                      struct ais_why *why);

#endif
