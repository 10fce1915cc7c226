/* What correlations count stands in records as well: no number of it shows what is masked. */
#include "shared/audit/mask.h"
#include "shared/mem/secret.h"
#include "tests/unit/test.h"

#include <inttypes.h>
#include <stdio.h>

static const unsigned char key[AIS_MASK_KEYED] = { 7 };

static const struct row {
    const char *name, *setting, *args;
    int64_t micros;
    bool hidden;
} rows[] = {
    {"nothing masked",                   "tool_args.card",     "{\"n\":453914}",              453914000000, false},
    { "a masked number",                 "tool_args.card",     "{\"card\":453914}",           453914000000, true },
    { "a text that is one",              "tool_args.card",     "{\"card\":\"453914\"}",       453914000000, true },
    { "written in another way",          "tool_args.card",     "{\"card\":\"4.53914e5\"}",    453914000000, true },
    { "a short one",                     "tool_args.pin",      "{\"pin\":17}",                17000000,     true },
    { "a negative one",                  "tool_args.pin",      "{\"pin\":-17.25}",            -17250000,    true },
    { "a number that holds it",          "tool_args.card",     "{\"card\":4539,\"n\":14539}", 14539000000,  true },
    { "a number beside it",              "tool_args.card",     "{\"card\":453914,\"n\":12}",  12000000,     false},
    { "a digit of it",                   "tool_args.card",     "{\"card\":453914,\"n\":4}",   4000000,      false},
    { "more values than are told apart", "tool_args.password",
     "{\"password\":[11,12,13,14,15,16,17,18,19,20,21,22,23,24,25,26,27,28,29,30,31,32,33,34,35,36,37,38,39,40,41,42,"
      "43,44,45,46]}",                                                                        46000000,     true },
};

static void check_row(void **state)
{
    const struct row *row = *state;
    AUTO(ais_arena_destroy) struct ais_arena *arena = ais_arena_new(0);
    AUTO(ais_buf_done) struct ais_buf request = { 0 };
    const struct ais_json *body = NULL;
    struct ais_mask *mask = NULL;
    const struct ais_call_event event = {
        .rule = "r", .pack = "p", .field = "f", .measure = AIS_MEASURE_NUMBERS, .event.value.micros = row->micros
    };
    const struct ais_decision decision = { .events = &event, .event_count = 1, .snapshot = "s" };
    ais_buf_format(&request, "{\"tool_name\":\"t\",\"tool_args\":%s}", row->args);
    assert_int_equal(ais_json_read(arena, request.data, request.length, &ais_json_request_limits, &body, NULL), AIS_OK);
    assert_int_equal(ais_mask_new(row->setting, key, &mask, NULL), AIS_OK);
    struct ais_masker *masker = ais_masker_new(mask);
    struct ais_audit_decision record = {
        .decision = &decision,
        .decision_id = "id",
        .request = {request.data, request.length},
        .request_is_json = true,
    };
    assert_int_equal(ais_masker_apply(masker, body, &record, NULL), AIS_OK);
    const struct ais_session_event *got = &record.decision->events[0].event;
    assert_int_equal(got->beyond, row->hidden);
    assert_int_equal(got->value.micros, row->hidden ? 0 : row->micros);
    assert_int_equal(event.event.value.micros, row->micros); /* what is remembered */
    assert_memory_equal(ais_masker_key(masker), key, sizeof key);
    ais_masker_destroy(&masker);
    ais_mask_destroy(&mask);
}

static int set_up(void **state)
{
    (void)state;
    return ais_secret_init(NULL) != AIS_OK;
}

int main(void)
{
    struct CMUnitTest tests[N_ELEMS(rows)];
    AIS_ROWS(tests, rows, check_row);
    return cmocka_run_group_tests_name("audit/mask_numbers", tests, set_up, NULL);
}
