/* The summary of a span of time, over a real log on a memory disk: every count is what reading every record finds. */
#include "services/auditor/activity.h"
#include "tests/unit/auditor/index_fixture.h"

#include <stdio.h>

static void summarise(const char *window, int64_t now_ns, const struct ais_json **ret)
{
    static const struct ais_json_limits limits = { .depth = 8 };
    AUTO(ais_buf_done) struct ais_buf body = { 0 };
    int64_t window_ns = 0;
    assert_int_equal(activity_window(window, &window_ns, NULL), AIS_OK);
    assert_int_equal(activity_summary(&lab.catalog, window, window_ns, now_ns, &body, NULL), AIS_OK);
    ais_arena_reset(lab.arena);
    assert_int_equal(ais_json_read(lab.arena, body.data, body.length, &limits, ret, NULL), AIS_OK);
}

static uint64_t number_of(const struct ais_json *node, const char *name)
{
    uint64_t number = UINT64_MAX;
    assert_true(ais_json_get_u64(node, name, &number));
    return number;
}

/* Every count is what a search of the same window finds. */
static void check_counts(const struct ais_json *summary, const char *list, const char *parameter, size_t parameters)
{
    static struct seqs wanted;
    const struct ais_json *entry = ais_json_get(summary, list)->first;
    uint64_t before = UINT64_MAX;
    assert_non_null(entry);
    for (; entry != NULL; entry = entry->next) {
        struct question question = { .count = 0 };
        struct ais_audit_filter filter;
        for (const struct ais_json *member = entry->first; member->next != NULL; member = member->next)
            add_parameter(&question, member->key, "%s", member->text);
        assert_int_equal(question.count, parameters);
        assert_string_equal(question.names[question.count - 1], parameter);
        add_parameter(&question, "since", "%s", ais_json_get_text(summary, "since"));
        set_filter(&filter, &question);
        scan(&filter, &wanted);
        assert_true(number_of(entry, "count") <= before);
        before = number_of(entry, "count");
        assert_int_equal(before, wanted.count);
    }
}

static void the_summary_counts_what_searches_find(void **state)
{
    (void)state;
    static struct seqs wanted;
    const struct ais_json *summary;
    lab.orderly = true;
    grow(60);
    restart();
    grow(40);
    int64_t now = epoch_ns + (int64_t)(lab.number * 500) * 1000 + AIS_NS_PER_S; /* since the middle */
    summarise("1s", now, &summary);
    check_counts(summary, "by_tool", "tool", 1);
    check_counts(summary, "by_user", "user_id", 1);
    const struct question question = { .names = { "since" }, .count = 1 };
    struct question since = question;
    snprintf(since.values[0], sizeof since.values[0], "%s", ais_json_get_text(summary, "since"));
    struct ais_audit_filter filter;
    set_filter(&filter, &since);
    scan(&filter, &wanted);
    assert_true(wanted.count > 100 && wanted.count < lab.number);
    assert_int_equal(number_of(summary, "total"), wanted.count);
    assert_string_equal(ais_json_get_text(summary, "covers_since"), "2026-01-01T00:00:00.000000Z");
    assert_non_null(ais_json_get_text(summary, "first_event"));
    assert_int_equal(number_of(ais_json_get(summary, "others"), "by_tool"), 0);
}

static void an_empty_window_has_no_events(void **state)
{
    (void)state;
    const struct ais_json *summary;
    grow(5);
    summarise("1h", epoch_ns + 1000 * 86400 * AIS_NS_PER_S, &summary);
    assert_int_equal(number_of(summary, "total"), 0);
    assert_int_equal(ais_json_get(summary, "first_event")->kind, AIS_JSON_NULL);
    assert_int_equal(ais_json_get(summary, "by_tool")->count, 0);
}

static void what_no_dictionary_holds_is_counted_as_others(void **state)
{
    (void)state;
    const struct ais_json *summary;
    lab.crowded = lab.orderly = true;
    lab.f.conf.segment_size = 4 << 20;
    restart();
    grow(120);
    summarise("1d", epoch_ns + 3600 * AIS_NS_PER_S, &summary);
    const struct ais_json *list = ais_json_get(summary, "by_tool");
    uint64_t sum = number_of(ais_json_get(summary, "others"), "by_tool");
    assert_int_equal(list->count, ACTIVITY_LIST_MOST);
    assert_true(sum > 0);
    for (const struct ais_json *entry = list->first; entry != NULL; entry = entry->next)
        sum += number_of(entry, "count");
    uint64_t with_tool = 0;
    struct ais_audit_filter filter;
    static struct seqs all;
    ais_audit_filter_init(&filter);
    filter.q = "\"tool\":";
    scan(&filter, &all);
    with_tool = all.count;
    assert_int_equal(sum, with_tool);
}

int main(void)
{
    assert_true(sodium_init() >= 0);
    const struct CMUnitTest tests[] = {
        TEST(the_summary_counts_what_searches_find),
        TEST(an_empty_window_has_no_events),
        TEST(what_no_dictionary_holds_is_counted_as_others),
    };
    return cmocka_run_group_tests_name("auditor/activity", tests, NULL, NULL);
}
