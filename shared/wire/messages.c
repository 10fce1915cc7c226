#include "shared/wire/messages.h"

#include <string.h>

/* Writing: the frame has the size that the _size function gave, so nothing here can overflow. */

static uint8_t *put_bytes(uint8_t *at, const void *bytes, size_t n)
{
    if (n > 0)
        memcpy(at, bytes, n);
    return at + n;
}

static uint8_t *put_number(uint8_t *at, uint64_t number, size_t n)
{
    for (size_t i = 0; i < n; i++)
        at[i] = (uint8_t)(number >> (8 * i));
    return at + n;
}

#define put_u8(at, v)     put_number(at, v, 1)
#define put_u16(at, v)    put_number(at, v, 2)
#define put_u32(at, v)    put_number(at, v, 4)
#define put_u64(at, v)    put_number(at, v, 8)
#define put_i64(at, v)    put_number(at, (uint64_t)(v), 8)
#define put_id(at, v)     put_bytes(at, (v).bytes, sizeof(v).bytes)
#define put_digest(at, v) put_bytes(at, (v).bytes, sizeof(v).bytes)
#define put_str(at, v)    put_bytes(put_number(at, (v).size, 2), (v).data, (v).size)
#define put_blob(at, v)   put_bytes(put_number(at, (v).size, 4), (v).data, (v).size)

#define size_u8(v)     ((void)(v), (size_t)1)
#define size_u16(v)    ((void)(v), (size_t)2)
#define size_u32(v)    ((void)(v), (size_t)4)
#define size_u64(v)    ((void)(v), (size_t)8)
#define size_i64(v)    ((void)(v), (size_t)8)
#define size_id(v)     (sizeof(v).bytes)
#define size_digest(v) (sizeof(v).bytes)
#define size_str(v)    (2 + (v).size)
#define size_blob(v)   (4 + (v).size)

/* Reading: the first fault empties the reader, and all that follows is zero; end() tells. */

struct reader {
    const uint8_t *at;
    size_t left;
    bool failed;
};

static const uint8_t *take(struct reader *in, size_t n)
{
    static const uint8_t nothing[32];
    if (in->failed || n > in->left) {
        in->failed = true;
        in->left = 0;
        return nothing;
    }
    const uint8_t *bytes = in->at;
    in->at += n;
    in->left -= n;
    return bytes;
}

static uint64_t get_number(struct reader *in, size_t n)
{
    const uint8_t *bytes = take(in, n);
    uint64_t number = 0;
    for (size_t i = n; i > 0; i--)
        number = number << 8 | bytes[i - 1];
    return number;
}

static struct ais_span get_span(struct reader *in, size_t n)
{
    const uint8_t *bytes = take(in, n);
    return in->failed ? (struct ais_span){ "", 0 } : (struct ais_span){ (const char *)bytes, n };
}

static struct ais_id get_id(struct reader *in)
{
    struct ais_id id;
    memcpy(id.bytes, take(in, sizeof id.bytes), sizeof id.bytes);
    return id;
}

static struct ais_digest get_digest(struct reader *in)
{
    struct ais_digest digest;
    memcpy(digest.bytes, take(in, sizeof digest.bytes), sizeof digest.bytes);
    return digest;
}

#define get_u8(in)   ((uint8_t)get_number(in, 1))
#define get_u16(in)  ((uint16_t)get_number(in, 2))
#define get_u32(in)  ((uint32_t)get_number(in, 4))
#define get_u64(in)  get_number(in, 8)
#define get_i64(in)  ((int64_t)get_number(in, 8))
#define get_str(in)  get_span(in, (size_t)get_number(in, 2))
#define get_blob(in) get_span(in, (size_t)get_number(in, 4))

/* The rows. */

static const struct row {
    const char *name;
    unsigned from, to; /* roles */
} rows[AIS_MESSAGE_COUNT] = {
#define X(NAME, sender, receiver, type) [AIS_MSG_##NAME] = { #NAME, (sender), (receiver) },
    AIS_MESSAGES(X)
#undef X
};

static uint8_t *put_header(uint8_t *frame, enum ais_message message, enum ais_role sender)
{
    frame[0] = AIS_WIRE_MAGIC;
    frame[1] = AIS_WIRE_VERSION;
    frame[2] = (uint8_t)message;
    frame[3] = (uint8_t)sender;
    return frame + AIS_WIRE_HEADER;
}

#define FIELD_SIZE(kind, name) +size_##kind(msg->name)
#define FIELD_PUT(kind, name)  at = put_##kind(at, msg->name);
#define FIELD_GET(kind, name)  msg.name = get_##kind(&in);

#define X(NAME, sender_roles, receiver_roles, type)                                                   \
    size_t ais_msg_##type##_size(const struct ais_msg_##type *msg)                                    \
    {                                                                                                 \
        return AIS_WIRE_HEADER AIS_FIELDS_##type(FIELD_SIZE);                                         \
    }                                                                                                 \
                                                                                                      \
    void ais_msg_##type##_put(const struct ais_msg_##type *msg, enum ais_role sender, uint8_t *frame) \
    {                                                                                                 \
        uint8_t *at = put_header(frame, AIS_MSG_##NAME, sender);                                      \
        AIS_FIELDS_##type(FIELD_PUT)(void) at;                                                        \
    }                                                                                                 \
                                                                                                      \
    enum ais_err ais_msg_##type##_get(const uint8_t *frame, size_t size, struct ais_msg_##type *ret)  \
    {                                                                                                 \
        struct ais_msg_##type msg;                                                                    \
        if (ais_message_of(frame, size, (enum ais_role)rows[AIS_MSG_##NAME].to) != AIS_MSG_##NAME)    \
            return AIS_E_MALFORMED;                                                                   \
        struct reader in = { frame + AIS_WIRE_HEADER, size - AIS_WIRE_HEADER, false };                \
        AIS_FIELDS_##type(FIELD_GET) if (in.failed || in.left > 0) return AIS_E_MALFORMED;            \
        *ret = msg;                                                                                   \
        return AIS_OK;                                                                                \
    }
AIS_MESSAGES(X)
#undef X

const char *ais_message_name(int message)
{
    return message >= 0 && message < AIS_MESSAGE_COUNT ? rows[message].name : "unknown";
}

int ais_message_of(const uint8_t *frame, size_t size, enum ais_role to)
{
    if (size < AIS_WIRE_HEADER || frame[0] != AIS_WIRE_MAGIC || frame[1] != AIS_WIRE_VERSION ||
        frame[2] >= AIS_MESSAGE_COUNT)
        return -1;
    const struct row *row = &rows[frame[2]];
    bool one_role = frame[3] != 0 && (frame[3] & (frame[3] - 1)) == 0;
    return one_role && (row->from & frame[3]) != 0 && (row->to & (unsigned)to) != 0 ? frame[2] : -1;
}

struct ais_span ais_span_of(const char *text)
{
    size_t size = text != NULL ? strlen(text) : 0;
    return (struct ais_span){ text, size > UINT16_MAX ? UINT16_MAX : size };
}

bool ais_span_is(struct ais_span span, const char *text)
{
    return span.size == strlen(text) && (span.size == 0 || memcmp(span.data, text, span.size) == 0);
}

void ais_span_copy(struct ais_span span, char *text, size_t size)
{
    size_t n = span.size < size ? span.size : size - 1;
    if (n > 0)
        memcpy(text, span.data, n);
    text[n] = '\0';
}
