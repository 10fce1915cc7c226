/* Searches beside the auditor: filters, orders, pages, windows, and questions that are wrong. */
#include "tests/flows/auditor_query_fixture.h"

#include <sodium.h>
#include <stdio.h>

static void who_was_answered_finds_their_record(void **state)
{
    (void)state;
    const struct ais_json *answer;
    start(1000);
    for (unsigned i = 0; i < 50; i++) {
        decide(i, "allow");
        assert_int_equal(ASK("event\0decision\0limit\0001\0", &answer), 200);
        assert_int_equal(count_of(answer), 1);
        assert_int_equal(number_at(answer, 0), i);
    }
}

static void filters_and_orders_hold(void **state)
{
    (void)state;
    const struct ais_json *answer;
    start(1000);
    for (unsigned i = 0; i < 20; i++)
        decide(i, i % 4 == 0 ? "block" : "allow");
    assert_int_equal(ASK("decision\0block\0", &answer), 200);
    assert_int_equal(count_of(answer), 5);
    assert_int_equal(number_at(answer, 0), 16);
    assert_int_equal(number_at(answer, 4), 0);
    assert_int_equal(ASK("decision\0block\0order\0asc\0", &answer), 200);
    assert_int_equal(number_at(answer, 0), 0);
    assert_int_equal(ais_json_get(answer, "next_cursor")->kind, AIS_JSON_NULL);
    assert_null(ais_json_get(answer, "damaged"));
    assert_int_equal(ASK("event\0log_created\0", &answer), 200);
    assert_int_equal(count_of(answer), 1);
}

static void check_pages(const char *order)
{
    const struct ais_json *answer;
    char cursor[64] = "";
    uint64_t pages = 0, seen = 0, last = 0;
    for (bool more = true; more; pages++) {
        char args[256];
        int n = cursor[0] == '\0'
                    ? snprintf(args, sizeof args, "event%cdecision%climit%c7%corder%c%s%c", 0, 0, 0, 0, 0, order, 0)
                    : snprintf(args, sizeof args, "event%cdecision%climit%c7%corder%c%s%ccursor%c%s%c", 0, 0, 0, 0, 0,
                               order, 0, 0, cursor, 0);
        assert_int_equal(ask("logs", args, (size_t)n, &answer), 200);
        for (size_t i = 0; i < count_of(answer); i++, seen++) {
            uint64_t number = number_at(answer, i);
            if (seen > 0)
                assert_int_equal(number, order[0] == 'a' ? last + 1 : last - 1);
            last = number;
        }
        more = ais_json_get(answer, "next_cursor")->kind == AIS_JSON_STRING;
        if (more)
            snprintf(cursor, sizeof cursor, "%s", ais_json_get_text(answer, "next_cursor"));
        decide((unsigned)(100 + pages), "allow"); /* what is appended meanwhile does not move pages that were begun */
        if (order[0] == 'a' && seen >= 100)
            break;
    }
    assert_true(seen >= 100);
}

static void pages_are_stable_while_the_log_grows(void **state)
{
    (void)state;
    start(1000);
    for (unsigned i = 0; i < 100; i++)
        decide(i, "allow"); /* several segments */
    check_pages("desc");
}

static void pages_go_up_too(void **state)
{
    (void)state;
    start(1000);
    for (unsigned i = 0; i < 100; i++)
        decide(i, "allow");
    check_pages("asc");
}

static void retention_is_recorded(void **state)
{
    (void)state;
    const struct ais_json *answer;
    start(1);
    for (unsigned i = 0; i < 150; i++)
        decide(i, "allow");
    assert_int_equal(ASK("event\0retention_deleted,log_rotated\0", &answer), 200);
    assert_true(count_of(answer) >= 2);
}

static void windows_are_checked(void **state)
{
    (void)state;
    const struct ais_json *answer;
    start(1000);
    decide(1, "block");
    assert_int_equal(ask("activity", "window\0001h\0", 10, &answer), 200);
    assert_string_equal(ais_json_get_text(answer, "window"), "1h");
    assert_int_equal(ask("activity", "window\0ever\0", 12, &answer), 400);
    assert_int_equal(ask("activity", "wind\0001h\0", 8, &answer), 400);
    assert_int_equal(ask("activity", "window\0001h\0window\0001h\0", 20, &answer), 400);
}

static void wrong_questions_are_refused(void **state)
{
    (void)state;
    const struct ais_json *answer;
    start(1000);
    assert_int_equal(ASK("limit\0many\0", &answer), 400);
    assert_int_equal(ASK("colour\0red\0", &answer), 400);
    assert_int_equal(ASK("limit\0", &answer), 400);
    assert_int_equal(ASK("limit", &answer), 400);
    assert_int_equal(ASK("limit\0005\0limit\0006\0", &answer), 400);
    assert_int_equal(ask("metrics", "", 0, &answer), 404);
    assert_int_equal(ASK("", &answer), 200);
}

int main(void)
{
    assert_true(sodium_init() >= 0);
    const struct CMUnitTest tests[] = {
        TEST(who_was_answered_finds_their_record),
        TEST(filters_and_orders_hold),
        TEST(pages_are_stable_while_the_log_grows),
        TEST(pages_go_up_too),
        TEST(retention_is_recorded),
        TEST(windows_are_checked),
        TEST(wrong_questions_are_refused),
    };
    int failed = cmocka_run_group_tests_name("flows/auditor_query", tests, NULL, NULL);
    zsys_shutdown();
    return failed;
}
