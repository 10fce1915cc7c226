#include "shared/audit/event.h"
#include "tests/unit/test.h"

#include <string.h>

static void a_bare_event(void **state)
{
    (void)state;
    AUTO(ais_buf_done) struct ais_buf out = { 0 };
    ais_audit_write_event(&out, &(struct ais_audit_event){ .kind = AIS_AUDIT_SERVICE_STARTED,
                                                           .time_ns = 1700000000000000000,
                                                           .actor = "supervisor" });
    assert_string_equal(out.data, "{\"event\":\"service_started\",\"time\":\"2023-11-14T22:13:20.000000Z\","
                                  "\"severity\":\"informational\",\"actor\":\"supervisor\",\"outcome\":\"success\"}");
}

static void an_event_with_everything(void **state)
{
    (void)state;
    static const char details[] = "{\"late_ms\":12}";
    static const struct ais_caller caller = { .key_id = "key_1", .agent = "ci-bot", .environment = "prod" };
    AUTO(ais_buf_done) struct ais_buf out = { 0 };
    ais_audit_write_event(&out, &(struct ais_audit_event){
                                    .kind = AIS_AUDIT_NOT_DELIVERED,
                                    .outcome = AIS_AUDIT_FAILURE,
                                    .time_ns = 1700000000000000000,
                                    .actor = "auditor",
                                    .caller = &caller,
                                    .decision_id = "d1",
                                    .session_id = "s\n1",
                                    .snapshot = "5a",
                                    .attempt = 2,
                                    .details = details,
                                    .details_size = strlen(details),
                                });
    assert_string_equal(out.data, "{\"event\":\"not_delivered\",\"time\":\"2023-11-14T22:13:20.000000Z\","
                                  "\"severity\":\"medium\",\"actor\":\"auditor\",\"outcome\":\"failure\","
                                  "\"caller\":{\"key_id\":\"key_1\",\"agent_id\":\"ci-bot\",\"environment\":\"prod\"},"
                                  "\"session_id\":\"s\\n1\",\"decision_id\":\"d1\",\"attempt\":2,\"snapshot\":\"5a\","
                                  "\"details\":{\"late_ms\":12}}");
}

static void every_kind_has_a_name_of_its_own(void **state)
{
    (void)state;
    for (int i = 0; i < AIS_AUDIT_KIND_COUNT; i++) {
        const char *name = ais_audit_kind_name((enum ais_audit_kind)i);
        assert_int_equal(strspn(name, "abcdefghijklmnopqrstuvwxyz_"), strlen(name));
        assert_true(strlen(ais_audit_kind_meaning((enum ais_audit_kind)i)) > 0);
        for (int before = 0; before < i; before++)
            assert_string_not_equal(name, ais_audit_kind_name((enum ais_audit_kind)before));
    }
    assert_int_equal(ais_audit_kind_severity(AIS_AUDIT_INTEGRITY_FAULT), AIS_SEVERITY_CRITICAL);
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_bare_event),
        cmocka_unit_test(an_event_with_everything),
        cmocka_unit_test(every_kind_has_a_name_of_its_own),
    };
    return cmocka_run_group_tests_name("audit/event", tests, NULL, NULL);
}
