/* Masking: values that must not stand in the audit log are replaced, before the record is sealed, by
 *
 *   masked:<kind, or path of the setting>:<32 hexadecimal digits of BLAKE2b-128 of the value, keyed with mask.key>
 *
 * so that records of one value are still found together, by those who know the value (`audit hash`), and by nobody who
 * only has the log. Masked are
 *
 *   - what the setting names (mask_list.h);
 *   - credentials, always: those that the fact secret.kind finds and, however weak, those that only their name or
 *     place tells ({"password": "…"}, --password=…, Authorization: token …); also in members of the body that no rule
 *     sees, in what came beside it (request_id, traceparent), in the name of the key and in what is pinned to it; and
 *     the approval token;
 *   - in all other texts of the record (arguments, context, names of members, reasons, the user that a request names)
 *     every occurrence of such a value, as it is, escaped for JSON once or twice, and with "+" for spaces; one of fewer
 *     than 4 bytes only where a text is that value and nothing else;
 *   - the session's id, whole, as soon as anything of it would be: masked:session_id:<hash>;
 *   - whole, a text of the request that still hides one in a layer of encoding (base64, hexadecimal, percent escapes,
 *     gzip, other escapes of JSON), or that hides more than can be looked through.
 *
 * A request with more than 32 such values keeps none of its texts. Where anything was masked, the request's digest is
 * keyed as well (masked:request:<hash> of the body as it came): one without a key would tell a short value to who tries
 * them all.
 *
 * Nothing that a request holds alters who asked, nor for which tool: the key's id stays as it is; its name, what is
 * pinned to it and the names of tools (session.tools too) are masked for what they show themselves only. */
#ifndef AIS_SHARED_AUDIT_MASK_H
#define AIS_SHARED_AUDIT_MASK_H

#include "shared/audit/event.h"
#include "shared/audit/mask_list.h"
#include "shared/audit/record.h"
#include "shared/policy/explain/withheld.h"

enum {
    AIS_MASK_HASH_TEXT = 33, /* 32 digits and a NUL */
    AIS_MASK_KEYED = 32,     /* bytes of the key */
    AIS_MASK_SESSION_TEXT = 64,
};

/* What is masked, and under which key. Immutable, for any number of threads. */
struct ais_mask;

/* setting is copied (NULL: only credentials); key is borrowed for the mask's life. *ret ends with ais_mask_destroy.
 * AIS_E_SETTING: the setting is wrong; AIS_E_NOMEM. */
MUST_CHECK enum ais_err ais_mask_new(const char *setting, const unsigned char *key, struct ais_mask **ret,
                                     struct ais_why *why);
void ais_mask_destroy(struct ais_mask **mask);

/* Whether a setting is one (NULL is), kinds of personal data included. AIS_E_SETTING. */
MUST_CHECK enum ais_err ais_mask_check(const char *setting, struct ais_why *why);

/* The hash of a value. */
void ais_mask_hash(const unsigned char key[AIS_MASK_KEYED], const char *value, size_t n, char text[AIS_MASK_HASH_TEXT]);

/* What stands in a record in place of a session's id where anything of it is masked: of the whole id, whatever it was,
 * so that its records are found by it and its plain text. Ends with a NUL. */
void ais_mask_session(const struct ais_mask *mask, const char *session, size_t n, char text[AIS_MASK_SESSION_TEXT]);

/* One thread's memory for masking. mask is borrowed for its life; NULL when memory is out. */
struct ais_masker;
struct ais_masker *ais_masker_new(const struct ais_mask *mask);
void ais_masker_destroy(struct ais_masker **masker);

/* The key by which it masks, for whoever writes hashes of values himself: AIS_MASK_KEYED bytes. */
const unsigned char *ais_masker_key(const struct ais_masker *masker);

/* What the setting's paths name in a request, for who shows it elsewhere (explain.h): credentials and personal data are
 * masked there anyway. */
void ais_masker_withhold(const struct ais_masker *masker, const struct ais_request *request, struct ais_withheld *ret);

/* Masks a record that is complete otherwise: its texts point, where something was replaced, into the masker, until its
 * next use. body: the request's tree; NULL: it could not be read. AIS_E_NOMEM: the record must not be written. */
MUST_CHECK enum ais_err ais_masker_apply(struct ais_masker *masker, const struct ais_json *body,
                                         struct ais_audit_decision *record, struct ais_why *why);

/* Masks one text of another record, that came from outside: it points, where something was replaced, into the masker,
 * until its next use. name: what the setting's paths know it by; one that they cannot name gets what is always masked,
 * and personal data as the setting wants it. AIS_E_NOMEM: the text must not be written. */
MUST_CHECK enum ais_err ais_masker_text(struct ais_masker *masker, const char *name, struct ais_audit_text *text,
                                        struct ais_why *why);

/* Masks an event that is complete otherwise: every text of its details, but ids, digests and times that nobody writes
 * but we, and those of its caller, get what is always masked, and personal data as the setting wants it. They point,
 * where something was replaced, into the masker, until its next use. AIS_E_NOMEM, or as ais_json_read for details that
 * are no JSON: the event must not be written. */
MUST_CHECK enum ais_err ais_masker_event(struct ais_masker *masker, struct ais_audit_event *event, struct ais_why *why);

#endif
