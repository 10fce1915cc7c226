/* One tree for JSON and YAML: nodes with positions, in one arena.
 *
 * The JSON reader is strict (RFC 8259): it refuses invalid UTF-8, duplicate keys in one object, NaN and Infinity, lone
 * surrogates, control characters in strings, bytes after the value, and what is over its limits. Two parsers that read
 * a body differently are a way around a policy, so there is one, and it never guesses. Number lexemes are kept as
 * written. A node and all it points to live in the arena they were read into, until its next reset. */
#ifndef AIS_SHARED_JSON_H
#define AIS_SHARED_JSON_H

#include "shared/err/err.h"
#include "shared/mem/arena.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum ais_json_kind {
    AIS_JSON_NULL,
    AIS_JSON_BOOL,
    AIS_JSON_NUMBER,
    AIS_JSON_STRING,
    AIS_JSON_ARRAY,
    AIS_JSON_OBJECT,
};

/* Kept small: a body of brackets has one for every second byte. */
struct ais_json {
    enum ais_json_kind kind;
    bool boolean;    /* the value of a BOOL */
    bool quoted;     /* a string that stood in quotes, or (YAML) in a block scalar */
    uint32_t length; /* of text; a string may hold NULs */
    uint32_t key_length;
    uint32_t count;                /* members or elements */
    uint32_t begin, end;           /* the value's bytes in the source (YAML: the scalar's) */
    uint32_t line, column;         /* where the value begins, both from 1; columns count bytes */
    uint32_t key_line, key_column; /* where the member's key begins; 0 outside an object */
    const char *text;              /* STRING: its bytes, unescaped; NUMBER and BOOL: the lexeme. NUL-terminated.
                                    * NULL for the other kinds */
    const char *key;               /* the member's name within its object, NUL-terminated; NULL outside an object */
    const struct ais_json *first;  /* the first member or element, in source order */
    const struct ais_json *next;   /* the next sibling */
};

struct ais_json_limits {
    size_t depth; /* of nested arrays and objects; the outermost is 1. Never more than 1024 */
    size_t nodes; /* values in all; 0: no limit of its own */
};

/* The limits of a request body (INTERFACE: depth 64). */
extern const struct ais_json_limits ais_json_request_limits;

/* Reads exactly one JSON value from n bytes (less than 4 GiB), in time linear in n whatever they are. On success *ret
 * belongs to the arena. AIS_E_SYNTAX: why says "line L, column C: expected ..."; AIS_E_LIMIT: which limit; AIS_E_NOMEM:
 * the arena is exhausted (a node is 80 bytes, all text together at most n + 1). On failure what was taken from
 * the arena stays taken until its next reset. */
MUST_CHECK enum ais_err ais_json_read(struct ais_arena *arena, const char *bytes, size_t n,
                                      const struct ais_json_limits *limits, const struct ais_json **ret,
                                      struct ais_why *why);

/* The member of an object named key; NULL when node is NULL, no object, or has none. */
const struct ais_json *ais_json_get(const struct ais_json *node, const char *key);

/* The text of a string member; NULL when it is absent or no string, or holds a NUL. */
const char *ais_json_get_text(const struct ais_json *node, const char *key);

/* A member that is a whole number from 0 to 2^64-1 written without fraction or exponent. False: absent or not. */
bool ais_json_get_u64(const struct ais_json *node, const char *key, uint64_t *ret);

/* Whether node is a string or lexeme equal to text. */
bool ais_json_is(const struct ais_json *node, const char *text);

/* The name of a kind for messages: "a string", "an object", ... */
const char *ais_json_kind_text(enum ais_json_kind kind);

#endif
