/* Text as a person would read it: what looks alike becomes alike. */
#ifndef AIS_SHARED_POLICY_TEXT_FOLD_H
#define AIS_SHARED_POLICY_TEXT_FOLD_H

#include "shared/policy/facts/view.h"

/* NFKC and full case folding (Unicode Standard Annex 15; toNFKC_Casefold of chapter 3.13), which also removes what is
 * ignorable by default: zero-width characters, bidirectional controls, soft hyphens, variation selectors; then every
 * kind of space but line breaks and tabs becomes a plain one. Bytes that are no UTF-8 stay, with ASCII letters folded.
 * *ret points to *ret_n bytes in the view's arena, or is text itself when nothing changes. What Unicode's tables would
 * make too large, or has more marks on one letter than anybody writes, is folded as ASCII, and part is unknown.
 * one_script: letters of other alphabets that pose as Latin ones become those; not where the name that was written
 * counts. */
void ais_text_fold(struct ais_view *view, struct ais_part *part, const char *text, size_t n,
                   const struct ais_shape *shape, bool one_script, const char **ret, size_t *ret_n);

#endif
