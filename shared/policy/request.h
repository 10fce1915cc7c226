/* A request as the engine sees it: the body of a preflight, checked, in either of its two forms.
 *
 *     {"tool_name": s, "tool_args": {}, "context": s | {}, "metadata": {}, "execution_approval_token": s}
 *     {"candidate": {"tool": s, "args": {}}, "context": s | {}, "context_state": {}, "execution_approval_token": s}
 *
 * Only the tool's name is required; null counts as absent everywhere. The gateway reads a request to learn session and
 * token, the evaluator to decide: both through this file, so they cannot read a body differently.
 *
 * Unknown members are accepted, and matched by nothing: clients add members of their own (trace ids, time stamps), and
 * refusing those would break them without making anyone safer. Refused are only names that look like a member put in
 * the wrong place or misspelt ("args", "tool_arg", "Metadata"): there the caller believes that something is judged
 * which no rule would ever see. */
#ifndef AIS_SHARED_POLICY_REQUEST_H
#define AIS_SHARED_POLICY_REQUEST_H

#include "shared/json/json.h"

/* All nodes are borrowed from the tree that was read, or live in the arena; NULL means absent. Texts may hold NULs:
 * node->text and node->length go together. */
struct ais_request {
    const struct ais_json *body;           /* OBJECT: all of it, as it came; NULL: nothing was read */
    const struct ais_json *tool_name;      /* STRING, not empty; never NULL */
    const struct ais_json *tool_args;      /* OBJECT */
    const struct ais_json *context;        /* STRING or OBJECT */
    const struct ais_json *metadata;       /* OBJECT; without the token, wherever that was given */
    const struct ais_json *approval_token; /* STRING, not empty */

    /* From metadata, else from an object context; STRING (not empty) or NUMBER. What the caller's key pins wins over
     * these, which is the engine's business (policy.h). */
    const struct ais_json *user_id, *session_id, *agent_id, *environment;
};

/* What is wrong with a well-formed body, in the order found, at most AIS_FAULTS_MAX. Strings live in the arena. */
enum { AIS_FAULTS_MAX = 16 };

struct ais_faults {
    size_t count;
    struct ais_fault {
        const char *pointer; /* JSON Pointer (RFC 6901) of the place; "" is the whole body */
        const char *message; /* what is wrong and what would be right, without the pointer */
    } items[AIS_FAULTS_MAX];
};

/* Reads n bytes of JSON with the limits of a request body. *ret is filled on success only and lives as long as the
 * arena's content. faults may be NULL.
 * AIS_E_SYNTAX not JSON as we read it (answer 400); AIS_E_LIMIT deeper or larger than allowed (400); AIS_E_INVALID
 * well-formed but no request (422; faults lists every reason, why has the first); AIS_E_NOMEM the arena is exhausted.
 */
MUST_CHECK enum ais_err ais_request_read(struct ais_arena *arena, const char *bytes, size_t n, struct ais_request *ret,
                                         struct ais_faults *faults, struct ais_why *why);

/* The same from a tree that was already read (one element of a batch, a test inside a rulepack). Pointers in faults
 * are relative to body. */
MUST_CHECK enum ais_err ais_request_from(struct ais_arena *arena, const struct ais_json *body, struct ais_request *ret,
                                         struct ais_faults *faults, struct ais_why *why);

/* What an approval token is bound to, and what a verdict must return: BLAKE2b-256 over the canonical form of
 *     {"metadata": {…}, "tool_args": {…}, "tool_name": "…"}
 * with absent objects as {}: the same for both forms of a body, for any key order, spacing and escapes, with or without
 * a token; numbers count as written. The context is left out: it is prose about the call, not the call.
 * AIS_E_NOMEM; then digest is untouched. */
enum { AIS_REQUEST_DIGEST_SIZE = 32 };
MUST_CHECK enum ais_err ais_request_digest(const struct ais_request *request,
                                           unsigned char ret_digest[AIS_REQUEST_DIGEST_SIZE]);

#endif
