/* The setting AISENTINEL_AUDIT_MASK: what of a request is kept in the audit log as a keyed hash only. Items parted by
 * commas, with white space around them:
 *
 *   tool_args.password        a member: tool_args, context or metadata, and names below it. What stands there is masked
 *   tool_args.*.token         whole, and all below it, names of members too (these where they stand, and not elsewhere:
 *                             most are no secrets). "*" is any one name, "**" any number of them, none too. Arrays
 *   metadata.**.user_email    are passed through: their elements stand where they stand. Letters of ASCII have no case.
 *   tool_args."a.b".pin       a name in double quotes is taken as it is: for one with a dot, a comma, white space, "*"
 * or brackets, or of digits only (elements of arrays have no names) metadata.user_id          who asks, also where a
 * request says it in an object context, and what is pinned to the key; likewise session_id, agent_id and environment
 *   request_id                what came beside the request in X-Request-ID, whole; traceparent likewise
 *   pii:email, pii:*          personal data of a kind (fact pii.kind), wherever it stands
 *
 * Credentials (fact secret.kind) are always masked and need no item. */
#ifndef AIS_SHARED_AUDIT_MASK_LIST_H
#define AIS_SHARED_AUDIT_MASK_LIST_H

#include "shared/err/err.h"

#include <stdbool.h>
#include <stddef.h>

enum { AIS_MASK_ITEMS = 32, AIS_MASK_NAMES = 16 };

/* Text of the setting. */
struct ais_mask_text {
    const char *text;
    size_t n;
    bool quoted; /* stood in quotes, which are left out: a name as it is, never "*" or "**" */
};

struct ais_mask_item {
    struct ais_mask_text whole;                 /* as it was written */
    bool is_pii;                                /* pii: the kind is names[0] */
    struct ais_mask_text names[AIS_MASK_NAMES]; /* of a path, from its top on */
    size_t count;
};

struct ais_mask_list {
    struct ais_mask_item items[AIS_MASK_ITEMS]; /* their texts are in the setting */
    size_t count;
};

/* Takes the setting apart; an empty one has no items. AIS_E_SETTING: why names the item, and what is wrong with it. */
MUST_CHECK enum ais_err ais_mask_list_read(const char *setting, struct ais_mask_list *ret, struct ais_why *why);

#endif
