/* rulepacks.enc: the rulepacks with their sources, the bundled ones mirrored and those that an operator added.
 *
 *     {"packs": [{"name", "version", "kind": "system" | "custom", "enabled", "checksum": SHA-256 of source in hex,
 *                 "source": the YAML text, "previous": {"version", "source"}?}]}             in order of their names */
#ifndef AIS_SHARED_STORE_PACKS_H
#define AIS_SHARED_STORE_PACKS_H

#include "rulepacks/bundled.h"
#include "shared/mem/arena.h"
#include "shared/policy/policy.h"
#include "shared/store/store.h"

enum { AIS_PACK_CHECKSUM_SIZE = 65 };

/* Strings live in the list. */
struct ais_stored_pack {
    const char *name, *version;
    enum ais_pack_kind kind;
    bool enabled;
    const char *checksum; /* SHA-256 of source, 64 hexadecimal digits */
    const char *source;
    size_t source_size;
    const char *previous_version; /* NULL: there is none */
    const char *previous_source;
    size_t previous_size;
};

/* A zeroed struct is an empty list. */
struct ais_pack_list {
    struct ais_arena *arena; /* owned */
    struct ais_stored_pack *packs;
    size_t count;
    uint64_t generation; /* of the document; 0: there is none yet */
};
void ais_pack_list_done(struct ais_pack_list *list);

/* Reads the document; without one the list is empty. AIS_E_DAMAGED: a checksum does not fit its source. Else as
 * ais_store_read. */
MUST_CHECK enum ais_err ais_packs_read(struct ais_store *store, struct ais_pack_list *ret, struct ais_why *why);

/* What became of one bundled pack. */
enum ais_mirrored {
    AIS_MIRROR_SAME,     /* the store has this version or a newer one, or was rolled back from it */
    AIS_MIRROR_ADDED,    /* was not there */
    AIS_MIRROR_REPLACED, /* was older: kept as previous; enabled or not stays as it was */
    AIS_MIRROR_TAKEN,    /* not mirrored: an operator's own pack has the name */
};

/* Brings the bundled packs into the store, in one write or none. ret_what has count entries, the fate of each.
 * AIS_E_RULE: a bundled pack that nobody has read yet cannot be read. Else as ais_store_change. */
MUST_CHECK enum ais_err ais_packs_mirror(struct ais_store *store, const struct ais_bundled_pack *bundled, size_t count,
                                         enum ais_mirrored *ret_what, struct ais_why *why);

/* "system" or "custom". */
const char *ais_pack_kind_text(enum ais_pack_kind kind);

/* SHA-256 of n bytes in hexadecimal digits. */
void ais_pack_checksum(const char *bytes, size_t n, char ret[AIS_PACK_CHECKSUM_SIZE]);

#endif
