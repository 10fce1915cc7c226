/* glob: the whole text is a path that the pattern describes: `*` is anything but slashes, `**` anything, `**` and a
 * slash any directories or none, `?` one character but a slash; a backslash makes the next character plain. */
#include "shared/mem/buf.h"
#include "shared/policy/ops/rows.h"

/* As a regular expression: linear, and its literals are known. Returns how much of the pattern was written. */
static size_t translate(struct ais_buf *out, const char *text, size_t n)
{
    if (n > 2 && memcmp(text, "**/", 3) == 0) {
        ais_buf_text(out, "(?:.*/)?");
        return 3;
    }
    if (n > 1 && memcmp(text, "**", 2) == 0) {
        ais_buf_text(out, ".*");
        return 2;
    }
    if (text[0] == '*' || text[0] == '?') {
        ais_buf_text(out, text[0] == '*' ? "[^/]*" : "[^/]");
        return 1;
    }
    size_t skip = text[0] == '\\' && n > 1 ? 1 : 0;
    if (text[skip] != '\0' && strchr("\\^$.|?*+()[]{}", text[skip]) != NULL)
        ais_buf_byte(out, '\\');
    ais_buf_byte(out, text[skip]);
    return skip + 1;
}

static enum ais_err compile(const struct ais_json *value, unsigned flags, struct ais_arena *work, void **ret,
                            struct ais_why *why)
{
    AUTO(ais_buf_done) struct ais_buf pattern = { 0 };
    struct ais_regex *regex = NULL;
    struct ais_why fault = { .code = AIS_OK };
    TRY(ais_op_text(value, "glob", why));
    ais_buf_text(&pattern, "\\A");
    for (size_t i = 0; i < value->length;)
        i += translate(&pattern, value->text + i, value->length - i);
    ais_buf_text(&pattern, "\\z");
    if (pattern.failed)
        return ais_fail(why, AIS_E_NOMEM, "glob");
    unsigned ours = AIS_REGEX_DOTALL | (flags & AIS_FLAG_CASED ? 0U : AIS_REGEX_CASELESS);
    enum ais_err err = ais_regex_compile(work, pattern.data, pattern.length, ours, &regex, &fault);
    if (err != AIS_OK)
        return ais_fail(why, err == AIS_E_NOMEM ? err : AIS_E_RULE, "glob: %s", fault.text);
    *ret = regex;
    return AIS_OK;
}

static const struct ais_literals *literals(const void *pattern)
{
    return ais_regex_literals(pattern);
}

static enum ais_truth match(const void *pattern, const struct ais_value *value, struct ais_op_scratch *scratch)
{
    if (!ais_value_has_text(value))
        return AIS_FALSE;
    return ais_regex_search(pattern, value->text, value->length, scratch->regex);
}

static void destroy(void **pattern)
{
    struct ais_regex *regex = *pattern;
    ais_regex_destroy(&regex);
    *pattern = NULL;
}

const struct ais_op ais_op_glob = {
    .name = "glob",
    .takes = AIS_FLAG_ALL | AIS_FLAG_CASED | AIS_FLAG_NEQ | AIS_FLAG_EXPAND,
    .compile = compile,
    .literals = literals,
    .match = match,
    .destroy = destroy,
};
