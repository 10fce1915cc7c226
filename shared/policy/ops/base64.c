/* base64, base64offset: the text encoded; and what of it is the same wherever it begins in a longer text. */
#include "shared/seal/base64.h"
#include "shared/policy/ops/rows.h"

enum { BASE64_RANK = 2, LONGEST = 2048 };

/* The standard alphabet: the one that we have differs in two characters. */
static void encode(const unsigned char *bytes, size_t n, char *text)
{
    ais_base64_encode(bytes, n, text);
    for (size_t i = 0; i < AIS_BASE64_LENGTH(n); i++)
        if (text[i] == '-' || text[i] == '_')
            text[i] = "+/"[text[i] == '_'];
}

static enum ais_err transform(const char *text, size_t n, struct ais_op_texts *ret, struct ais_why *why)
{
    char encoded[AIS_BASE64_LENGTH(LONGEST)];
    if (n == 0 || n > LONGEST)
        return ais_fail(why, AIS_E_RULE, "base64 takes a text of 1 to %d bytes", LONGEST);
    encode((const unsigned char *)text, n, encoded);
    struct ais_buf *out = ais_op_texts_add(ret);
    if (out != NULL)
        ais_buf_add(out, encoded, AIS_BASE64_LENGTH(n));
    return AIS_OK;
}

/* With 0, 1 and 2 bytes before it. A character of the encoding is of the text alone when all of its 6 bits are. */
static enum ais_err transform_offsets(const char *text, size_t n, struct ais_op_texts *ret, struct ais_why *why)
{
    enum { OFFSETS = 3, LEAST = 2 };
    unsigned char shifted[LONGEST + OFFSETS] = { 0 };
    char encoded[AIS_BASE64_LENGTH(LONGEST + OFFSETS)];
    if (n < LEAST || n > LONGEST)
        return ais_fail(why, AIS_E_RULE, "base64offset takes a text of %d to %d bytes: of less nothing is certain",
                        LEAST, LONGEST);
    for (size_t before = 0; before < OFFSETS; before++) {
        memcpy(shifted + before, text, n);
        encode(shifted, before + n, encoded);
        size_t first = (before * 8 + 5) / 6, last = (before + n) * 8 / 6; /* behind the last */
        struct ais_buf *out = ais_op_texts_add(ret);
        if (out != NULL)
            ais_buf_add(out, encoded + first, last - first);
    }
    return AIS_OK;
}

const struct ais_op ais_op_base64 = {
    .name = "base64",
    .transform = transform,
    .rank = BASE64_RANK,
    .cased = true,
};
const struct ais_op ais_op_base64offset = {
    .name = "base64offset",
    .transform = transform_offsets,
    .rank = BASE64_RANK,
    .cased = true,
    .needs = "contains",
};
