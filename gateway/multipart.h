/* A form of one field (RFC 7578) taken apart while it arrives: only the field's content is kept, nothing is looked at
 * twice, and how the bytes were split on their way changes nothing.
 *
 * One reading or none (RFC 2046 section 5.1.1): preamble and epilogue are passed over, transport padding behind a
 * boundary is taken; a line that begins with the boundary and goes on otherwise, a folded or repeated field of a part's
 * head, a part without Content-Disposition, a Content-Transfer-Encoding that would have to be undone, a charset other
 * than UTF-8 are refused. The name of a file is ignored, and so is the media type of the part: what the content is, its
 * reader finds out. No library stands behind this file, so that it can be fuzzed alone. */
#ifndef AIS_GATEWAY_MULTIPART_H
#define AIS_GATEWAY_MULTIPART_H

#include "shared/err/err.h"
#include "shared/mem/buf.h"

#include <stdbool.h>

enum {
    MULTIPART_BOUNDARY_MAX = 70,   /* characters (RFC 2046) */
    MULTIPART_HEAD_MAX = 2 << 10,  /* bytes of a part's head */
    MULTIPART_OVERHEAD = 64 << 10, /* bytes around the content that a body may have */
};

struct multipart;

/* A parser for a body with this Content-Type, whose one field is `field` (borrowed), of at most limit bytes. On success
 * *ret is the caller's, to end with multipart_destroy. AIS_E_SYNTAX: the Content-Type has no boundary, two, or one that
 * is none; AIS_E_NOMEM. */
MUST_CHECK enum ais_err multipart_new(const char *content_type, const char *field, size_t limit, struct multipart **ret,
                                      struct ais_why *why);
void multipart_destroy(struct multipart **multipart);

/* Takes the next n bytes, and appends to content what of them belongs to the field. AIS_E_SYNTAX: it is no such form;
 * AIS_E_INVALID: it has another field, or the field twice; AIS_E_REFUSED: an encoding or charset that is not taken;
 * AIS_E_LIMIT: the content is too large. After an error nothing more is to be given. */
MUST_CHECK enum ais_err multipart_feed(struct multipart *multipart, const char *bytes, size_t n,
                                       struct ais_buf *content, struct ais_why *why);

/* All bytes have been given: AIS_E_SYNTAX when the form is not complete, AIS_E_INVALID when the field is missing. */
MUST_CHECK enum ais_err multipart_end(const struct multipart *multipart, struct ais_why *why);

#endif
