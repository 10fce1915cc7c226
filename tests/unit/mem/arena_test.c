#include "shared/mem/arena.h"
#include "tests/unit/test.h"

#include <string.h>

static void pieces_are_zeroed_and_aligned(void **state)
{
    (void)state;
    AUTO(ais_arena_destroy) struct ais_arena *arena = ais_arena_new(0);
    for (size_t n = 1; n < 5000; n += 7) {
        unsigned char *piece = ais_arena_alloc(arena, n);
        assert_non_null(piece);
        assert_int_equal((uintptr_t)piece % _Alignof(max_align_t), 0);
        assert_int_equal(piece[0] | piece[n - 1], 0);
        memset(piece, 0xff, n);
    }
}

static void the_limit_holds_until_reset(void **state)
{
    (void)state;
    AUTO(ais_arena_destroy) struct ais_arena *arena = ais_arena_new(100000);
    assert_non_null(ais_arena_alloc(arena, 60000));
    assert_null(ais_arena_alloc(arena, 60000));
    assert_null(ais_arena_alloc(arena, SIZE_MAX - 3));
    ais_arena_reset(arena);
    assert_non_null(ais_arena_alloc(arena, 60000));
}

static void a_copy_ends_with_nul(void **state)
{
    (void)state;
    AUTO(ais_arena_destroy) struct ais_arena *arena = ais_arena_new(0);
    char *copy = ais_arena_copy(arena, "a\0b", 3);
    assert_memory_equal(copy, "a\0b", 4);
    assert_string_equal(ais_arena_copy(arena, NULL, 0), "");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(pieces_are_zeroed_and_aligned),
        cmocka_unit_test(the_limit_holds_until_reset),
        cmocka_unit_test(a_copy_ends_with_nul),
    };
    return cmocka_run_group_tests_name("mem/arena", tests, NULL, NULL);
}
