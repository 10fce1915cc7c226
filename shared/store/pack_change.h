/* One rulepack in rulepacks.enc added, replaced, enabled, disabled, removed or rolled back. What may be changed is
 * judged here and nowhere else, so that REST and the command line make the same change under the same rules.
 *
 * A change is one transaction: the document is read, the change is made to a list in memory, everything is checked, and
 * only then is the document replaced, whole. Whatever stops it, the document stays as it was.
 *
 *     add       a new pack is enabled; a newer version of a custom pack takes the place of the one before, which is
 *               kept as the previous, and stays disabled when that was. Refused: the name of a system pack, and a
 *               version that is not newer than the stored one
 *     enable    what is so already is not written again; the same for disable
 *     remove    custom packs only
 *     rollback  current and previous version change places; also of a system pack, which later starts leave so until
 *               a version comes that is newer than both
 *
 * A source that comes into force must be without a fault, and its own tests must pass; and the packs that are enabled
 * then must compile together. */
#ifndef AIS_SHARED_STORE_PACK_CHANGE_H
#define AIS_SHARED_STORE_PACK_CHANGE_H

#include "shared/store/packs.h"

enum {
    AIS_PACKS_MOST = 256,            /* of one store */
    AIS_PACKS_BYTES_MOST = 64 << 20, /* of all sources in one store, previous ones included */
};

/*    act, its word in records, what is said when it is done */
#define AIS_PACK_ACTS(X)                       \
    X(AIS_PACK_ADD, "add", "added")            \
    X(AIS_PACK_ENABLE, "enable", "enabled")    \
    X(AIS_PACK_DISABLE, "disable", "disabled") \
    X(AIS_PACK_REMOVE, "remove", "removed")    \
    X(AIS_PACK_ROLLBACK, "rollback", "rolled back")

enum ais_pack_act {
#define X(act, word, done) act,
    AIS_PACK_ACTS(X)
#undef X
        AIS_PACK_ACT_COUNT
};
const char *ais_pack_act_word(enum ais_pack_act act);
const char *ais_pack_act_done(enum ais_pack_act act);

struct ais_pack_change {
    enum ais_pack_act act;
    const char *name;   /* of the pack; of ADD: what diagnostics call the document */
    const char *source; /* ADD only */
    size_t source_size;
};

enum ais_pack_fate {
    AIS_PACK_UNJUDGED, /* something failed before: the error says what */
    AIS_PACK_CHANGED,
    AIS_PACK_SAME,     /* it is so already: nothing was written */
    AIS_PACK_UNKNOWN,  /* there is no pack of this name */
    AIS_PACK_CONFLICT, /* with what is stored */
    AIS_PACK_FAULTY,   /* faults has every diagnostic */
    AIS_PACK_UNTRUE,   /* tests inside it fail: results has them */
    AIS_PACK_FATE_COUNT
};

/* What became of a change. A zeroed struct is an empty one; texts live in it. */
struct ais_pack_outcome {
    struct ais_arena *arena; /* owned */
    enum ais_pack_fate fate;
    const char *name, *version, *checksum; /* of the pack as it is then (REMOVE: was); NULL where unknown */
    const char *replaced;                  /* the version in whose place it came; NULL: none */
    bool enabled;
    struct ais_diagnostics faults;    /* owned */
    struct ais_rule_results *results; /* owned; NULL where no tests were run */
};
void ais_pack_outcome_done(struct ais_pack_outcome *outcome);

/* Whether the packs, as they would be, are good together. The list's generation is the one that it would have. It may
 * be taken: then an empty one is left behind. AIS_E_RULE: they are not, faults says why. */
typedef enum ais_err ais_pack_check(void *arg, struct ais_pack_list *list, struct ais_diagnostics *faults,
                                    struct ais_why *why);

/* Makes the change. check is asked last, just before the document is replaced, and only when something changes.
 * AIS_OK: fate is CHANGED or SAME. AIS_E_RULE: refused, fate and why say for which reason. Else as ais_store_change:
 * what check has built then must not come into force. outcome is empty before and the caller's to end. */
MUST_CHECK enum ais_err ais_packs_change(struct ais_store *store, const struct ais_pack_change *change,
                                         ais_pack_check *check, void *arg, struct ais_pack_outcome *outcome,
                                         struct ais_why *why);

/* What the audit log is told of it, as members of the object that is open:
 *     "action", "rulepack"?, "version"?, "checksum"?, "replaced"?, "enabled"?, "reason"?: why it was refused */
void ais_pack_outcome_write(struct ais_buf *out, const struct ais_pack_change *change,
                            const struct ais_pack_outcome *outcome, const struct ais_why *why);

#endif
