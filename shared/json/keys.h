/* Finds a key that one object holds twice, in time linear in the object, whatever its keys: large objects go through
 * a hash table with a secret seed. For the readers of JSON and YAML. */
#ifndef AIS_SHARED_JSON_KEYS_H
#define AIS_SHARED_JSON_KEYS_H

#include "shared/json/json.h"

/* Scratch of one reader, to be zeroed at its start; its table is the arena's. */
struct ais_json_keys {
    const struct ais_json **slots; /* borrowed from the arena */
    size_t size;
    unsigned char seed[16];
    bool seeded;
};

/* Looks through the members of object. *ret_twice is the first member whose key an earlier one has, and *ret_first
 * that earlier one; both NULL when every key is there once. AIS_E_NOMEM: the arena is exhausted. */
MUST_CHECK enum ais_err ais_json_keys_check(struct ais_json_keys *keys, struct ais_arena *arena,
                                            const struct ais_json *object, const struct ais_json **ret_first,
                                            const struct ais_json **ret_twice);

#endif
