#include "shared/mem/buf.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

enum { SMALLEST = 256 };

bool ais_buf_reserve(struct ais_buf *buf, size_t more)
{
    if (buf->failed)
        return false;
    if (more < buf->capacity - buf->length)
        return true;
    size_t want = buf->length + more + 1;
    size_t capacity = buf->capacity <= SIZE_MAX / 2 ? 2 * buf->capacity : SIZE_MAX;
    if (capacity < SMALLEST)
        capacity = SMALLEST;
    if (capacity < want)
        capacity = want; /* and no more: what is large often comes at once, and a wipe goes over all of it */
    char *grown = want > buf->length ? realloc(buf->data, capacity) : NULL;
    if (grown == NULL) {
        buf->failed = true;
        return false;
    }
    buf->data = grown;
    buf->capacity = capacity;
    return true;
}

void ais_buf_add(struct ais_buf *buf, const void *bytes, size_t n)
{
    if (!ais_buf_reserve(buf, n))
        return;
    if (n > 0)
        memcpy(buf->data + buf->length, bytes, n);
    buf->length += n;
    buf->data[buf->length] = '\0';
}

void ais_buf_text(struct ais_buf *buf, const char *text)
{
    ais_buf_add(buf, text, strlen(text));
}

void ais_buf_byte(struct ais_buf *buf, char byte)
{
    ais_buf_add(buf, &byte, 1);
}

void ais_buf_format(struct ais_buf *buf, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    int n = vsnprintf(NULL, 0, format, args);
    va_end(args);
    if (n < 0) {
        buf->failed = true;
        return;
    }
    if (!ais_buf_reserve(buf, (size_t)n))
        return;
    va_start(args, format);
    vsnprintf(buf->data + buf->length, (size_t)n + 1, format, args);
    va_end(args);
    buf->length += (size_t)n;
}

void ais_buf_u64(struct ais_buf *buf, uint64_t number)
{
    char digits[20];
    size_t at = sizeof digits;
    do {
        digits[--at] = (char)('0' + number % 10);
        number /= 10;
    } while (number > 0);
    ais_buf_add(buf, digits + at, sizeof digits - at);
}

void ais_buf_clear(struct ais_buf *buf)
{
    buf->length = 0;
    buf->failed = false;
    if (buf->data != NULL)
        buf->data[0] = '\0';
}

void ais_buf_done(struct ais_buf *buf)
{
    free(buf->data);
    *buf = (struct ais_buf){ 0 };
}

void ais_buf_wipe(struct ais_buf *buf)
{
    if (buf->data != NULL)
        explicit_bzero(buf->data, buf->capacity);
    ais_buf_done(buf);
}
