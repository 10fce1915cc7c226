/* The target of a request: whatever is accepted is UTF-8 without control characters in its path, within its limits, and
 * reads the same when it is read again from what its parts say. */
#include "gateway/target.h"
#include "shared/json/utf8.h"

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void must(int holds)
{
    if (!holds)
        abort();
}

static void must_be_utf8(const char *text)
{
    size_t n = strlen(text), length;
    for (size_t at = 0; at < n; at += length) {
        length = ais_utf8_length((const unsigned char *)text + at, n - at);
        must(length > 0);
    }
}

static size_t escape(char *to, const char *text)
{
    size_t n = 0;
    for (; *text != '\0'; text++)
        n += (size_t)sprintf(to + n, *text == '/' ? "/" : "%%%02X", (unsigned)(unsigned char)*text);
    return n;
}

/* Every byte escaped: three for one, and the signs between the parts. */
static void must_read_the_same(const struct http_target *target)
{
    static char text[4 * HTTP_TARGET_MAX + 1];
    struct http_target again;
    size_t n = escape(text, target->path);
    for (size_t i = 0; i < target->n_params; i++) {
        text[n++] = i == 0 ? '?' : '&';
        n += escape(text + n, target->params[i].name);
        text[n++] = '=';
        n += escape(text + n, target->params[i].value);
    }
    text[n] = '\0';
    must(http_target_parse(text, &again, NULL) == AIS_OK);
    must(strcmp(again.path, target->path) == 0 && again.n_params == target->n_params);
    for (size_t i = 0; i < again.n_params; i++)
        must(strcmp(again.params[i].name, target->params[i].name) == 0 &&
             strcmp(again.params[i].value, target->params[i].value) == 0);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct http_target target;
    struct ais_why why = { 0 };
    if (size > HTTP_TARGET_MAX)
        return 0;
    char *text = malloc(size + 1);
    if (text == NULL)
        return 0;
    if (size > 0)
        memcpy(text, data, size);
    text[size] = '\0';
    if (http_target_parse(text, &target, &why) == AIS_OK) {
        must(target.path[0] == '/' || strcmp(target.path, "*") == 0);
        must(target.n_params <= HTTP_PARAMS_MAX);
        must_be_utf8(target.path);
        if (target.path[0] == '/')
            must_read_the_same(&target);
    } else {
        must(why.text[0] != '\0');
    }
    free(text);
    return 0;
}
