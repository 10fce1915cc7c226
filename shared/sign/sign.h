/* Ed25519 signatures (RFC 8032): made with a key from locked memory, checked with the one public key that was fixed
 * when this program was built. Texts are base64 with padding (RFC 4648, section 4). Safe from any thread. */
#ifndef AIS_SHARED_SIGN_H
#define AIS_SHARED_SIGN_H

#include "shared/err/err.h"
#include "shared/json/json.h"
#include "shared/mem/buf.h"

enum {
    AIS_SIGNATURE_TEXT = 89,  /* 88 characters and a NUL */
    AIS_PUBLIC_KEY_TEXT = 45, /* 44 characters and a NUL */
};

struct ais_sign_key; /* a signing key, in locked memory */

/* Reads a signing key: the base64 of its seed of 32 bytes. *ret, set on success only, ends with ais_sign_key_destroy.
 * AIS_E_KEY: text is anything else (why does not quote it); AIS_E_NOMEM. */
MUST_CHECK enum ais_err ais_sign_key_read(const char *text, struct ais_sign_key **ret, struct ais_why *why);

/* The signing key of a development build. AIS_E_REFUSED: this is none, and does not have the vendor's key. */
MUST_CHECK enum ais_err ais_sign_key_development(struct ais_sign_key **ret, struct ais_why *why);

/* Wipes and frees it, and nulls the caller's pointer; NULL is fine. */
void ais_sign_key_destroy(struct ais_sign_key **key);

/* Its public half. */
void ais_sign_key_public(const struct ais_sign_key *key, char ret[AIS_PUBLIC_KEY_TEXT]);

/* Signs n bytes. */
void ais_sign(const struct ais_sign_key *key, const void *bytes, size_t n, char ret[AIS_SIGNATURE_TEXT]);

/* Whether signature (length characters) is the vendor's, over n bytes. AIS_E_DAMAGED: it is not. */
MUST_CHECK enum ais_err ais_sign_verify(const char *signature, size_t length, const void *bytes, size_t n,
                                        struct ais_why *why);

/* The bytes that are signed of a JSON object which carries its own signature: the canonical form (json/write.h) of all
 * its members but "signature". Appended to out; look at out->failed. */
void ais_sign_canonical(struct ais_buf *out, const struct ais_json *object);

/* Whether this build trusts the development key, and not a vendor's. */
bool ais_sign_is_development(void);

/* The public key that is trusted. */
void ais_sign_vendor_public(char ret[AIS_PUBLIC_KEY_TEXT]);

#endif
