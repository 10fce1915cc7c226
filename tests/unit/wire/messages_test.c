/* Walks every row of the message table: what goes out comes back, and nothing else is taken. */
#include "shared/sys/random.h"
#include "shared/wire/messages.h"
#include "tests/unit/test.h"

#include <stdlib.h>
#include <string.h>

static char text[300];

static struct ais_span some_span(void)
{
    unsigned char n;
    ais_random(&n, 1);
    return (struct ais_span){ text, n };
}

static bool same_span(struct ais_span a, struct ais_span b)
{
    return a.size == b.size && memcmp(a.data, b.data, a.size) == 0;
}

/* How each kind of field is filled and compared. */
#define fill_number(v) ais_random(&(v), sizeof(v))
#define fill_u8        fill_number
#define fill_u16       fill_number
#define fill_u32       fill_number
#define fill_u64       fill_number
#define fill_i64       fill_number
#define fill_id        fill_number
#define fill_digest    fill_number
#define fill_str(v)    (v) = some_span()
#define fill_blob(v)   (v) = some_span()
#define same_u8(a, b)  ((a) == (b))
#define same_u16       same_u8
#define same_u32       same_u8
#define same_u64       same_u8
#define same_i64       same_u8
#define same_id(a, b)  (memcmp(&(a), &(b), sizeof(a)) == 0)
#define same_digest    same_id
#define same_str       same_span
#define same_blob      same_span

#define FILL(kind, name) fill_##kind(msg.name);
#define SAME(kind, name) assert_true(same_##kind(msg.name, back.name));

static enum ais_role lowest(unsigned roles)
{
    return (enum ais_role)(roles & (~roles + 1));
}

#define X(NAME, from, to, type)                                                                                  \
    static size_t make_##type(struct ais_msg_##type *ret, uint8_t **frame)                                       \
    {                                                                                                            \
        struct ais_msg_##type msg;                                                                               \
        AIS_FIELDS_##type(FILL) size_t size = ais_msg_##type##_size(&msg);                                       \
        *frame = malloc(size + 1);                                                                               \
        assert_non_null(*frame);                                                                                 \
        ais_msg_##type##_put(&msg, lowest(from), *frame);                                                        \
        *ret = msg;                                                                                              \
        return size;                                                                                             \
    }                                                                                                            \
    static void type##_comes_back_as_it_was(void **state)                                                        \
    {                                                                                                            \
        (void)state;                                                                                             \
        for (int i = 0; i < 100; i++) {                                                                          \
            struct ais_msg_##type msg, back;                                                                     \
            uint8_t *frame;                                                                                      \
            size_t size = make_##type(&msg, &frame);                                                             \
            assert_int_equal(ais_msg_##type##_get(frame, size, &back), AIS_OK);                                  \
            AIS_FIELDS_##type(SAME) free(frame);                                                                 \
        }                                                                                                        \
    }                                                                                                            \
    static void type##_of_another_length_is_refused(void **state)                                                \
    {                                                                                                            \
        (void)state;                                                                                             \
        struct ais_msg_##type msg;                                                                               \
        uint8_t *frame;                                                                                          \
        size_t size = make_##type(&msg, &frame);                                                                 \
        frame[size] = 0;                                                                                         \
        for (size_t n = 0; n <= size + 1; n++) {                                                                 \
            uint8_t *exact = malloc(n > 0 ? n : 1);                                                              \
            assert_non_null(exact);                                                                              \
            memcpy(exact, frame, n);                                                                             \
            struct ais_msg_##type back;                                                                          \
            assert_int_equal(ais_msg_##type##_get(exact, n, &back), n == size ? AIS_OK : AIS_E_MALFORMED);       \
            free(exact);                                                                                         \
        }                                                                                                        \
        free(frame);                                                                                             \
    }                                                                                                            \
    static void type##_with_another_header_is_refused(void **state)                                              \
    {                                                                                                            \
        (void)state;                                                                                             \
        struct ais_msg_##type msg, back;                                                                         \
        uint8_t *frame;                                                                                          \
        size_t size = make_##type(&msg, &frame);                                                                 \
        for (size_t i = 0; i < AIS_WIRE_HEADER; i++) {                                                           \
            uint8_t kept = frame[i];                                                                             \
            frame[i] = 0xff;                                                                                     \
            assert_int_equal(ais_msg_##type##_get(frame, size, &back), AIS_E_MALFORMED);                         \
            frame[i] = kept;                                                                                     \
        }                                                                                                        \
        assert_int_equal(ais_message_of(frame, size, lowest(to)), AIS_MSG_##NAME);                               \
        assert_int_equal(ais_message_of(frame, size, (enum ais_role)(AIS_ANYONE & ~(unsigned)(to))), -1);        \
        for (unsigned role = 1; role <= AIS_SUPERVISOR; role *= 2) {                                             \
            frame[3] = (uint8_t)role;                                                                            \
            assert_int_equal(ais_message_of(frame, size, lowest(to)), ((from)&role) != 0 ? AIS_MSG_##NAME : -1); \
        }                                                                                                        \
        free(frame);                                                                                             \
    }
AIS_MESSAGES(X)
#undef X

static void names_are_told(void **state)
{
    (void)state;
    assert_string_equal(ais_message_name(AIS_MSG_PREFLIGHT), "PREFLIGHT");
    assert_string_equal(ais_message_name(-1), "unknown");
    assert_string_equal(ais_message_name(AIS_MESSAGE_COUNT), "unknown");
}

static void a_span_is_cut_where_it_is_copied(void **state)
{
    (void)state;
    char small[4];
    ais_span_copy(ais_span_of("abcdef"), small, sizeof small);
    assert_string_equal(small, "abc");
    ais_span_copy(ais_span_of(NULL), small, sizeof small);
    assert_string_equal(small, "");
    assert_true(ais_span_is(ais_span_of("abc"), "abc"));
    assert_false(ais_span_is(ais_span_of("abc"), "abcd"));
}

int main(void)
{
    memset(text, 'x', sizeof text);
    const struct CMUnitTest tests[] = {
#define X(NAME, from, to, type)                                                                           \
    cmocka_unit_test(type##_comes_back_as_it_was), cmocka_unit_test(type##_of_another_length_is_refused), \
        cmocka_unit_test(type##_with_another_header_is_refused),
        AIS_MESSAGES(X)
#undef X
            cmocka_unit_test(names_are_told),
        cmocka_unit_test(a_span_is_cut_where_it_is_copied),
    };
    return cmocka_run_group_tests_name("wire/messages", tests, NULL, NULL);
}
