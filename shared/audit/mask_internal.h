/* Inside masking only: the values that one record must not show, and what replaces them. */
#ifndef AIS_SHARED_AUDIT_MASK_INTERNAL_H
#define AIS_SHARED_AUDIT_MASK_INTERNAL_H

#include "shared/audit/mask.h"
#include "shared/mem/arena.h"
#include "shared/policy/facts/view.h"

struct ais_mask {
    const unsigned char *key;  /* borrowed */
    char *setting;             /* owned: the items' texts are in it */
    struct ais_mask_list list; /* of it */
    bool has_paths, has_pii;
};

enum {
    MASK_VALUES = 32, /* of one request: more are not told apart */
    MASK_FORMS = 4,   /* as it is, escaped for JSON once and twice, and with "+" for each space */
    MASK_SHORTEST = 4,
    MASK_DEPTH = 3,           /* layers within layers */
    MASK_DECODED = 256 << 10, /* bytes of all layers of a request */
    MASK_MEMORY = 64 << 20,   /* bytes of arena at most */
    MASK_PLAIN = 256,         /* short texts that are known to show nothing: of callers, names of tools */
    MASK_PLAIN_MOST = 255,    /* bytes of one */
    MASK_CALLER_TEXTS = 4,
};

/* A text in which nothing was found; n 0: none. */
struct mask_plain {
    size_t n;
    char text[MASK_PLAIN_MOST];
};

struct mask_value {
    struct ais_audit_text forms[MASK_FORMS]; /* the first is the value; bytes NULL: equal to one before */
    struct ais_audit_text token;             /* what replaces it */
};

struct ais_masker {
    const struct ais_mask *mask; /* borrowed */
    struct ais_arena *arena;     /* owned: everything below */
    struct ais_view view;        /* over the arena, for the layers */
    struct mask_value values[MASK_VALUES];
    size_t count;
    size_t room;                         /* bytes of layers that may still be decoded */
    bool unread;                         /* some were not */
    bool overflow;                       /* there are more: nothing of the request is kept */
    bool failed;                         /* no memory */
    struct ais_buf text;                 /* owned: the request, masked */
    struct mask_plain plain[MASK_PLAIN]; /* by their hash: what came last there */
};

/* Forgets the record before. */
void mask_begin(struct ais_masker *masker);

/* Forgets what was found, so that nothing that is masked from here on is masked for it. */
void mask_forget(struct ais_masker *masker);

/* Adds what a text under no name of its own holds: credentials and personal data, its layers included. */
void mask_find(struct ais_masker *masker, const char *text, size_t n);

/* Adds what the caller's texts hold, before all else of its record. They are the same in each of its records: one in
 * which nothing was found is not looked at again. */
void mask_find_caller(struct ais_masker *masker, const struct ais_caller *caller);

/* The caller's texts with what was found in them replaced: for after mask_find_caller, before anything else is found.
 */
void mask_caller(struct ais_masker *masker, struct ais_caller *caller);

/* A text masked by what it shows itself, and by nothing that is found elsewhere: nothing was found yet, and is not
 * afterwards. */
struct ais_audit_text mask_own(struct ais_masker *masker, struct ais_audit_text text);

/* Of a decision's record, before anything is found in its request: who asks, and for which tool. */
void mask_identity(struct ais_masker *masker, struct ais_audit_decision *record);

/* All that was said beside it and what was decided, once everything was found. */
void mask_members(struct ais_masker *masker, struct ais_audit_decision *record);

/* The session's id, whole or not at all: whoever knows it finds all of its records. None of a form that only we give is
 * kept, so that no session passes for another. harmless: nothing was found. */
void mask_session(struct ais_masker *masker, bool harmless, struct ais_audit_text *session);

/* The caller's texts that are not ours; returns how many are there. */
size_t mask_caller_texts(struct ais_caller *caller, const char **ret[MASK_CALLER_TEXTS]);

/* Adds a value found in the request: label is its kind or path. */
void mask_add(struct ais_masker *masker, const char *value, size_t n, const char *label, size_t label_n);

/* "masked:<label>:<hash of value>", in the arena. bytes NULL, and failed: no memory. */
struct ais_audit_text mask_token(struct ais_masker *masker, const char *value, size_t n, const char *label,
                                 size_t label_n);

/* The text with all occurrences replaced: itself where there are none. encoded: its layers are looked through, too. */
struct ais_audit_text mask_text(struct ais_masker *masker, struct ais_audit_text text, bool encoded);

/* Calls each for a text's layers of encoding, those within layers too. False: not all could be decoded; then unread is
 * set. */
bool mask_layers(struct ais_masker *masker, const char *text, size_t n,
                 void (*each)(void *arg, const char *layer, size_t n), void *arg);

/* ---- places: which members the paths of the setting mean ---- */

/* For each item the names that may come next, as bits; the bit behind the last name: it is meant, and all below it. */
struct mask_place {
    uint32_t states[AIS_MASK_ITEMS];
};

/* The place of a top member: "tool_args", "context", "metadata". */
void mask_place_top(const struct ais_mask *mask, const char *top, struct mask_place *ret);

/* The place of a member below one. */
void mask_place_below(const struct ais_mask *mask, const struct mask_place *place, const char *key, size_t n,
                      struct mask_place *ret);

/* The item that means this place; NULL: none does. */
const struct ais_mask_item *mask_place_item(const struct ais_mask *mask, const struct mask_place *place);

/* What tells who asks, in metadata or else in an object context; some of it may be pinned to the key. */
enum { MASK_SAID = 4 };
extern const char *const mask_said[MASK_SAID];

/* The item that means one of them, wherever it comes from; NULL: none does. */
const struct ais_mask_item *mask_said_item(const struct ais_mask *mask, const char *name);

#endif
