#include "shared/seal/deflate.h"

#include <limits.h>

#define ZLIB_CONST /* its input is const, as it is in truth */
#include <zlib.h>

enum { LEVEL = 6, FIRST_BYTE = 0x78, FIRST_ROOM = 128 << 10 };

bool ais_is_deflated(const char *bytes, size_t n)
{
    return n > 0 && bytes[0] == FIRST_BYTE;
}

enum ais_err ais_deflate(const char *text, size_t n, struct ais_buf *out, struct ais_why *why)
{
    uLong room = compressBound(n);
    ais_buf_clear(out);
    if (!ais_buf_reserve(out, room) || compress2((Bytef *)out->data, &room, (const Bytef *)text, n, LEVEL) != Z_OK)
        return ais_fail(why, AIS_E_NOMEM, "%zu bytes to compress", n);
    out->length = room;
    out->data[room] = '\0';
    return AIS_OK;
}

/* Room for more of the text: twice as much each time, never past the limit. False: there is no more to give. */
static bool make_room(struct ais_buf *out, size_t limit)
{
    size_t more = out->length > FIRST_ROOM ? out->length : FIRST_ROOM;
    if (more > limit - out->length)
        more = limit - out->length;
    return ais_buf_reserve(out, more);
}

/* Inflates until the stream ends, is broken, or would go past the limit. */
static int inflate_all(z_stream *stream, size_t limit, struct ais_buf *out)
{
    int result = Z_OK;
    while (result == Z_OK) {
        if (!make_room(out, limit))
            return Z_MEM_ERROR;
        size_t room = out->capacity - out->length - 1;
        if (room > limit - out->length)
            room = limit - out->length;
        if (room > UINT_MAX)
            room = UINT_MAX;
        stream->next_out = (Bytef *)out->data + out->length;
        stream->avail_out = (uInt)room;
        result = inflate(stream, Z_NO_FLUSH); /* Z_BUF_ERROR: the input ended early, or the room did */
        out->length += room - stream->avail_out;
    }
    return result;
}

enum ais_err ais_inflate(const char *bytes, size_t n, size_t limit, struct ais_buf *out, struct ais_why *why)
{
    z_stream stream = { .next_in = (const Bytef *)bytes, .avail_in = (uInt)n };
    ais_buf_clear(out);
    if (n > UINT_MAX)
        return ais_fail(why, AIS_E_DAMAGED, "sealed by our key, but too large to be a packed line");
    int result = inflateInit(&stream);
    if (result == Z_OK) {
        result = inflate_all(&stream, limit, out);
        (void)inflateEnd(&stream);
    }
    if (result == Z_STREAM_END && stream.avail_in == 0)
        return AIS_OK;
    bool too_large = result != Z_STREAM_END && out->length == limit;
    ais_buf_clear(out);
    if (result == Z_MEM_ERROR)
        return ais_fail(why, AIS_E_NOMEM, "a line that was packed");
    if (too_large)
        return ais_fail(why, AIS_E_DAMAGED, "sealed by our key, but packed text of more than %zu bytes", limit);
    return ais_fail(why, AIS_E_DAMAGED, "sealed by our key, but what is packed in it is not whole");
}
