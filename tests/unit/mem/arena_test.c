#include "shared/mem/arena.h"
#include "tests/unit/test.h"

#include <malloc.h>
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

/* Pieces small and large in turn, through blocks of every size: none overlaps another. */
static void pieces_stay_what_they_are(void **state)
{
    enum { PIECES = 400, LARGEST = 5 << 20 };
    static unsigned char *pieces[PIECES];
    static size_t sizes[PIECES];
    (void)state;
    AUTO(ais_arena_destroy) struct ais_arena *arena = ais_arena_new(0);
    for (int turn = 0; turn < 2; turn++) {
        for (size_t i = 0; i < PIECES; i++) {
            sizes[i] = i % 97 == 0 ? LARGEST : 1 + i * 131;
            pieces[i] = ais_arena_room(arena, sizes[i]);
            assert_non_null(pieces[i]);
            memset(pieces[i], (int)(i % 251), sizes[i]);
        }
        for (size_t i = 0; i < PIECES; i++) {
            assert_int_equal(pieces[i][0], i % 251);
            assert_memory_equal(pieces[i], pieces[i] + sizes[i] / 2, sizes[i] - sizes[i] / 2);
        }
        ais_arena_reset(arena);
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

static size_t memory_in_use(void)
{
    struct mallinfo2 info = mallinfo2();
    return info.uordblks + info.hblkhd;
}

/* A sanitizer has an allocator of its own, which that knows nothing of. */
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
enum { MEMORY_IS_COUNTED = 0 };
#else
enum { MEMORY_IS_COUNTED = 1 };
#endif

/* What one large request needed is there for the next, whatever the sizes of its pieces; after a thousand small ones it
 * is not. */
static void what_is_kept_serves_the_next_and_is_freed(void **state)
{
    enum { KEPT = 8 << 20, LARGE = 3 << 20, SMALL = 100 };
    (void)state;
    size_t before = memory_in_use();
    AUTO(ais_arena_destroy) struct ais_arena *arena = ais_arena_new(0);
    ais_arena_keep(arena, KEPT);
    void *large = NULL;
    for (int turn = 0; turn < 3; turn++) {
        void *again = ais_arena_alloc(arena, LARGE);
        assert_true(turn == 0 || again == large);
        large = again;
        for (int i = 0; i < 40; i++) /* more than may be kept */
            assert_non_null(ais_arena_room(arena, LARGE / 8));
        ais_arena_reset(arena);
        if (MEMORY_IS_COUNTED)
            assert_in_range(memory_in_use() - before, LARGE, KEPT + LARGE);
    }
    for (int i = 0; i < 1001; i++) {
        assert_non_null(ais_arena_room(arena, SMALL));
        ais_arena_reset(arena);
    }
    if (MEMORY_IS_COUNTED)
        assert_in_range(memory_in_use() - before, SMALL, LARGE);
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
        cmocka_unit_test(pieces_are_zeroed_and_aligned), cmocka_unit_test(pieces_stay_what_they_are),
        cmocka_unit_test(the_limit_holds_until_reset),   cmocka_unit_test(what_is_kept_serves_the_next_and_is_freed),
        cmocka_unit_test(a_copy_ends_with_nul),
    };
    return cmocka_run_group_tests_name("mem/arena", tests, NULL, NULL);
}
