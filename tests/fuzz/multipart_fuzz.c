/* A form: the first line is its Content-Type, the rest its body. However it is split, it is read the same; what is kept
 * is within the limit and stands in the body as it is; a reason is given for every refusal. */
#include "gateway/multipart.h"

#include <stdlib.h>

enum { LIMIT = 1000, TYPE_MAX = 200 };

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void must(bool holds)
{
    if (!holds)
        abort();
}

static enum ais_err read_form(const char *type, const char *body, size_t n, size_t piece, struct ais_buf *content,
                              struct ais_why *why)
{
    AUTO(multipart_destroy) struct multipart *multipart = NULL;
    TRY(multipart_new(type, "rulepack", LIMIT, &multipart, why));
    for (size_t at = 0; at < n;) {
        size_t some = piece > n - at ? n - at : piece;
        TRY(multipart_feed(multipart, body + at, some, content, why));
        must(content->length <= LIMIT);
        at += some;
    }
    return multipart_end(multipart, why);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    AUTO(ais_buf_done) struct ais_buf whole = { 0 };
    AUTO(ais_buf_done) struct ais_buf parts = { 0 };
    struct ais_why why = { 0 }, again = { 0 };
    char type[TYPE_MAX];
    const uint8_t *end = size > 0 ? memchr(data, '\n', size) : NULL;
    size_t type_size = end != NULL ? (size_t)(end - data) : size;
    if (end == NULL || type_size >= sizeof type)
        return 0;
    memcpy(type, data, type_size);
    type[type_size] = '\0';
    const char *body = (const char *)end + 1;
    size_t n = size - type_size - 1;
    enum ais_err err = read_form(type, body, n, n + 1, &whole, &why);
    must(read_form(type, body, n, 1 + type_size % 7, &parts, &again) == err && strcmp(why.text, again.text) == 0);
    must((err == AIS_OK) == (why.text[0] == '\0'));
    if (err == AIS_OK) {
        must(whole.length == parts.length);
        must(whole.length == 0 || memcmp(whole.data, parts.data, whole.length) == 0);
        must(whole.length == 0 || memmem(body, n, whole.data, whole.length) != NULL);
    }
    return 0;
}
