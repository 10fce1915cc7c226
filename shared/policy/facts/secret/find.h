/* Credentials in a text: where they stand and of which kind. What they are never leaves here: who asks gets places,
 * for a kind in a list or for masking. */
#ifndef AIS_SHARED_POLICY_SECRET_FIND_H
#define AIS_SHARED_POLICY_SECRET_FIND_H

#include "shared/policy/facts/shape.h"

#include <stdbool.h>
#include <stddef.h>

struct ais_secret {
    size_t offset, length; /* of the credential itself, without key or quotes */
    const char *kind;      /* a literal: "github_token", "private_key", … */
};

typedef void ais_secret_found(void *arg, const struct ais_secret *secret);

struct ais_secret_search {
    const char *key; /* the name of the member that the text is of ("" where there is none) */
    const char *text;
    size_t n;
    ais_secret_found *found; /* called for each; one place may be found twice, by its format and by its key */
    void *arg;
    bool generous; /* for masking: what only its name or place calls a credential is one too, unless it plainly stands
                    * for one; and formats are also found where they join something. The fact is strict: of weak or
                    * made up values rules need not know. */
    const struct ais_shape *shape; /* of the text; NULL: it is not known yet */
    size_t work;                   /* steps taken: at most a fixed number a byte */
    size_t most;                   /* the search ends when it took more; 0: it may take any number */
};

/* Finds every credential, also one that signs without a shape part, unless work passes most. No memory is taken; time
 * linear in n. */
void ais_secrets_find(struct ais_secret_search *search);

/* What the i-th format of those known by a prefix is made of: at least so many bytes of these sets (checks.h) behind
 * it. False: there are no more. */
struct ais_secret_format {
    const char *prefix, *kind;
    unsigned sets;
    size_t least;
};
bool ais_secret_format(size_t i, struct ais_secret_format *ret);

/* ---- the kinds of search: for find.c ---- */

void ais_secret_formats(struct ais_secret_search *search);     /* format.c: keys that are known by their looks */
void ais_secret_blocks(struct ais_secret_search *search);      /* block.c: private keys, JSON web tokens */
void ais_secret_assignments(struct ais_secret_search *search); /* assignment.c: password = …, user:…@host */
void ais_secret_options(struct ais_secret_search *search);     /* option.c: curl -u ann:…, sshpass -p … */
void ais_secret_kinds(struct ais_secret_search *search);       /* all of these */
void ais_secret_parted(struct ais_secret_search *search); /* parted.c: the same where signs without a shape part them */

static inline bool ais_secret_goes_on(const struct ais_secret_search *search)
{
    return search->most == 0 || search->work <= search->most;
}

void ais_secret_tell(struct ais_secret_search *search, const char *begin, size_t length, const char *kind);

#endif
