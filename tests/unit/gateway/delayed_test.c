#include "gateway/delayed.h"
#include "shared/sys/clock.h"
#include "tests/unit/test.h"

static const int64_t delay = DELAYED_MS * AIS_NS_PER_MS;

struct note {
    struct delayed_answer answer; /* first: the answer is this */
    int answered;
};

static void take_note(struct delayed_answer *answer)
{
    ((struct note *)answer)->answered++;
}

static void an_answer_comes_in_its_time(void **state)
{
    struct delayed delayed = { .first = 0 };
    struct note early = { .answer = { take_note } }, late = { .answer = { take_note } };
    (void)state;
    assert_int_equal(delayed_wait_ms(&delayed, 0), -1);
    delayed_add(&delayed, &early.answer, 0);
    delayed_add(&delayed, &late.answer, AIS_NS_PER_MS);
    assert_int_equal(delayed_wait_ms(&delayed, 0), DELAYED_MS + 1);
    delayed_serve(&delayed, delay - 1);
    assert_int_equal(early.answered, 0);
    delayed_serve(&delayed, delay);
    assert_int_equal(early.answered, 1);
    assert_int_equal(late.answered, 0);
    assert_int_equal(delayed_wait_ms(&delayed, 10 * delay), 0);
    delayed_serve(&delayed, 10 * delay);
    assert_int_equal(late.answered, 1);
    assert_int_equal(early.answered, 1);
}

static void there_is_room_for_so_many(void **state)
{
    static struct note notes[3 * DELAYED_MOST];
    struct delayed delayed = { .first = 0 };
    int64_t now = 0;
    (void)state;
    for (size_t i = 0; i < N_ELEMS(notes); i++, now++) {
        notes[i] = (struct note){ .answer = { take_note } };
        if (!delayed_has_room(&delayed))
            delayed_serve(&delayed, now = now + delay);
        delayed_add(&delayed, &notes[i].answer, now);
        if (i % DELAYED_MOST == DELAYED_MOST - 1)
            assert_false(delayed_has_room(&delayed));
    }
    delayed_end(&delayed);
    for (size_t i = 0; i < N_ELEMS(notes); i++)
        assert_int_equal(notes[i].answered, 1);
    assert_int_equal(delayed_wait_ms(&delayed, now), -1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_answer_comes_in_its_time),
        cmocka_unit_test(there_is_room_for_so_many),
    };
    return cmocka_run_group_tests_name("gateway/delayed", tests, NULL, NULL);
}
