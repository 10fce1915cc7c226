/* windash: programs take their options behind any of several dashes. A text operator compares them as one another
 * (wildcard.h); before an encoding every way to write the text is written out. */
#include "shared/policy/ops/rows.h"
#include "shared/policy/ops/wildcard.h"
#include "shared/policy/regex/units.h"

const struct ais_op ais_op_windash = { .name = "windash", .flag = AIS_FLAG_WINDASH };

static const uint32_t dashes[] = {
#define X(dash) dash,
    AIS_DASHES(X)
#undef X
};

enum { MOST_DASHES = 3 /* 125 texts */ };

static size_t count_dashes(const char *text, size_t n)
{
    const unsigned char *at = (const unsigned char *)text, *end = at + n;
    size_t count = 0;
    while (at < end)
        count += ais_is_dash(ais_unit_next(&at, end));
    return count;
}

/* The text with its dashes chosen by the digits of a number to the base of how many there are. */
static void write_one(const char *text, size_t n, size_t choice, struct ais_buf *out)
{
    const unsigned char *at = (const unsigned char *)text, *end = at + n;
    while (at < end) {
        char bytes[4];
        uint32_t unit = ais_unit_next(&at, end);
        if (ais_is_dash(unit)) {
            unit = dashes[choice % N_ELEMS(dashes)];
            choice /= N_ELEMS(dashes);
        }
        ais_buf_add(out, bytes, ais_unit_put(unit, bytes));
    }
}

enum ais_err ais_windash_write_out(const char *text, size_t n, struct ais_op_texts *ret, struct ais_why *why)
{
    size_t count = count_dashes(text, n), ways = 1;
    if (count > MOST_DASHES)
        return ais_fail(why, AIS_E_RULE, "windash before an encoding takes a text with up to %d dashes", MOST_DASHES);
    for (size_t i = 0; i < count; i++)
        ways *= N_ELEMS(dashes);
    for (size_t i = 0; i < ways; i++) {
        struct ais_buf *out = ais_op_texts_add(ret);
        if (out != NULL)
            write_one(text, n, i, out);
    }
    return AIS_OK;
}
