/* What a text hides: base64, hexadecimal digits, percent escapes and gzip, one layer. */
#ifndef AIS_SHARED_POLICY_TEXT_LAYERS_H
#define AIS_SHARED_POLICY_TEXT_LAYERS_H

#include "shared/policy/facts/view.h"

struct ais_layers {
    struct ais_view *view;
    size_t room; /* bytes that may still be decoded */
    bool full;   /* something was not decoded for want of room */
    void (*found)(void *arg, enum ais_text_list kind, const char *text, size_t n); /* in the view's arena */
    void *arg;
};

/* Finds each run of text that decodes to something that reads as text (or to gzip of it), and says so:
 *   base64   at least 16 digits of RFC 4648 section 4 or 5 (one of the two alphabets), padded or not; of section 4 also
 *            in several lines, however long they are
 *   hex      at least 8 bytes as digit pairs in one run, behind one \x or 0x too, or at least 4 as \xNN or
 *            0xNN with a separator or none
 *   url      a text with a percent escape, whole (RFC 3986 section 2.1)
 * Binary results are passed over and cost no room: a picture hides no command. Linear in n.
 * shape: of the text; NULL: it is not known yet. */
void ais_layers_find(struct ais_layers *layers, const char *text, size_t n, const struct ais_shape *shape);

#endif
