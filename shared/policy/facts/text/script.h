/* Letters of other alphabets that pose as Latin ones. */
#ifndef AIS_SHARED_POLICY_TEXT_SCRIPT_H
#define AIS_SHARED_POLICY_TEXT_SCRIPT_H

#include <stddef.h>
#include <stdint.h>

/* Makes Latin, in place, what Cyrillic and Greek letters look like, in words of folded code points that hold Latin
 * letters too (Unicode Technical Standard 39 calls such words mixed-script). A word of one alphabet stays as it is. */
void ais_text_one_script(int32_t *points, size_t n);

#endif
