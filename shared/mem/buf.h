/* A growable run of bytes with a sticky failure: append freely, look at `failed` once at the end.
 * A zeroed struct is an empty buffer. Not for secrets: see secret.h. One thread at a time. */
#ifndef AIS_SHARED_BUF_H
#define AIS_SHARED_BUF_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

struct ais_buf {
    char *data;      /* owned; NUL after length whenever data is not NULL */
    size_t length;   /* bytes in use */
    size_t capacity; /* bytes allocated */
    bool failed;     /* memory ran out: the content is not to be used */
};

/* Makes room for at least more bytes after length (and a NUL). Returns false, and sets failed, when memory is out. */
bool ais_buf_reserve(struct ais_buf *buf, size_t more);

/* Appends; n bytes, a C string, one byte, formatted text, an unsigned number in decimal. */
void ais_buf_add(struct ais_buf *buf, const void *bytes, size_t n);
void ais_buf_text(struct ais_buf *buf, const char *text);
void ais_buf_byte(struct ais_buf *buf, char byte);
void ais_buf_format(struct ais_buf *buf, const char *format, ...) __attribute__((format(printf, 2, 3)));
void ais_buf_u64(struct ais_buf *buf, uint64_t number);

/* Empties it and keeps the memory; `failed` is forgotten. */
void ais_buf_clear(struct ais_buf *buf);

/* Frees the memory and zeroes the struct. With wipe, the bytes are overwritten first. */
void ais_buf_done(struct ais_buf *buf);
void ais_buf_wipe(struct ais_buf *buf);

#endif
