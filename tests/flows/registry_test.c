/* The registry as its peers see it: a gateway that subscribes and asks, an auditor that is told. */
#include "shared/mem/secret.h"
#include "tests/flows/registry_fixture.h"

#include <string.h>

static const struct question questions[] = {
    QUESTION_IN_FORCE,
    {"rulepacks",  "",                         200, true,  "\"rules\":1,\"invariants\":0,\"description\":\"\"}"                  },
    { "rulepack",  "name|beta|",               200, true,  "{\"name\":\"beta\",\"version\":\"2.0.0\","                           },
    { "rulepack",  "name|beta|",               200, true,
      "\"rules\":[{\"id\":\"zap\",\"title\":\"No zapping\",\"action\":\"block\","                                                 },
    { "rulepack",  "name|beta|format|yaml|",   200, false, BETA                                                                  },
    { "rulepack",  "version|2.0.0|name|beta|", 200, true,  "\"name\":\"beta\""                                                   },
    { "rulepack",  "name|beta|version|1.0.0|", 404, false, "the rulepack is not stored in this version"                          },
    { "rulepack",  "name|beta|format|xml|",    400, false, "format must be json or yaml"                                         },
    { "rulepack",  "name|gamma|",              404, false, "there is no rulepack of this name"                                   },
    { "rulepack",  "name|beta",                404, false, "there is no rulepack of this name"                                   },
    { "rulepack",  "",                         404, false, "there is no rulepack of this name"                                   },
    { "rulepack",  "name|beta|formt|yaml|",    400, false,
      "unknown parameter 'formt': a rulepack takes the parameters format and version"                                             },
    { "rulepacks", "limit|1|",                 400, false, "unknown parameter 'limit': the list of rulepacks takes no parameters"},
    { "rulepack",  "name|beta|name|alpha|",    400, false,
      "unknown parameter 'name': a rulepack takes the parameters format and version"                                              },
    { "secrets",   "",                         404, false, "the registry does not know this question"                            },
};

static void a_subscriber_gets_what_is_in_force(void **state)
{
    subscribe(*state, AIS_WIRE_VERSION);
    expect_start(*state);
    expect_snapshot(*state, true, false);
    expect_silence(*state);
}

/* Else a decision could stand in the log before what it was made with came into force. */
static void nobody_gets_what_is_not_recorded(void **state)
{
    struct ring *ring = *state;
    struct ais_received received;
    subscribe(ring, AIS_WIRE_VERSION);
    expect_anchor(ring, "rulepacks", 1);
    expect_anchor(ring, "api_keys", 1);
    receive(ring->auditor, AIS_AUDITOR, AIS_MSG_EVENT, &received); /* and does not say so */
    ais_wire_done(&received);
    expect_silence(ring);
}

static void subscribing_again_gets_it_again(void **state)
{
    expect_start(*state);
    for (int i = 0; i < 3; i++) {
        subscribe(*state, AIS_WIRE_VERSION);
        expect_snapshot(*state, true, false);
    }
}

static void another_version_gets_nothing(void **state)
{
    expect_start(*state);
    subscribe(*state, AIS_WIRE_VERSION + 1);
    expect_silence(*state);
}

static void what_is_not_for_it_is_refused(void **state)
{
    struct ring *ring = *state;
    const struct ais_msg_release release = { .status = 200 };
    assert_int_equal(ais_send_release(ring->gateway, NULL, AIS_AUDITOR, &release), AIS_OK);
    zstr_send(ring->gateway, "nonsense");
    subscribe(ring, AIS_WIRE_VERSION);
    expect_start(ring);
    expect_snapshot(ring, true, false);
}

static void what_it_counts_reaches_the_metrics(void **state)
{
    struct ring *ring = *state;
    AUTO(zsock_destroy) zsock_t *metrics = NULL;
    struct ais_received received;
    struct ais_msg_sample sample;
    assert_int_equal(ais_wire_bind(ZMQ_ROUTER, ring->endpoints.metrics, 1000, &metrics, NULL), AIS_OK);
    start_registry(ring);
    receive(metrics, AIS_METRICS, AIS_MSG_SAMPLE, &received);
    assert_int_equal(ais_msg_sample_get(received.frame, received.size, &sample), AIS_OK);
    assert_true(ais_span_is(sample.actor, "registry"));
    assert_true(sample.deltas.size > 0);
    ais_wire_done(&received);
}

static void an_auditor_that_comes_later_is_told_all(void **state)
{
    struct ring *ring = *state;
    start_registry(ring);
    assert_int_equal(ais_wire_connect(ZMQ_DEALER, ring->endpoints.registry, 100, "gateway", &ring->gateway, NULL),
                     AIS_OK);
    bind_auditor(ring);
    expect_start(ring);
}

static void questions_are_answered(void **state)
{
    for (size_t i = 0; i < N_ELEMS(questions); i++) {
        char args[64];
        size_t size = strlen(questions[i].args);
        memcpy(args, questions[i].args, size);
        for (char *at = args; (at = memchr(at, '|', size - (size_t)(at - args))) != NULL;)
            *at = '\0';
        expect_answer(*state, &questions[i], args, size);
    }
}

static void a_faulty_pack_in_the_store_refuses_to_start(void **state)
{
    struct ring *ring = *state;
    struct ais_why why = { 0 };
    copy_file(ring->store, "packs-2", "rulepacks.enc");
    assert_int_equal(try_registry(ring, &why), AIS_E_RULE);
    assert_non_null(strstr(why.text, "nonsense"));
    assert_null(ring->registry);
}

static void a_taken_endpoint_refuses_to_start(void **state)
{
    struct ring *ring = *state;
    zsock_t *other = NULL;
    assert_int_equal(ais_wire_bind(ZMQ_ROUTER, ring->endpoints.registry, 10, &other, NULL), AIS_OK);
    assert_int_equal(try_registry(ring, NULL), AIS_E_NETWORK);
    assert_null(ring->registry);
    zsock_destroy(&other);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(a_subscriber_gets_what_is_in_force, setup_running, teardown),
        cmocka_unit_test_setup_teardown(nobody_gets_what_is_not_recorded, setup_running, teardown),
        cmocka_unit_test_setup_teardown(subscribing_again_gets_it_again, setup_running, teardown),
        cmocka_unit_test_setup_teardown(another_version_gets_nothing, setup_running, teardown),
        cmocka_unit_test_setup_teardown(what_is_not_for_it_is_refused, setup_running, teardown),
        cmocka_unit_test_setup_teardown(an_auditor_that_comes_later_is_told_all, setup, teardown),
        cmocka_unit_test_setup_teardown(what_it_counts_reaches_the_metrics, setup, teardown),
        cmocka_unit_test_setup_teardown(questions_are_answered, setup_running, teardown),
        cmocka_unit_test_setup_teardown(a_faulty_pack_in_the_store_refuses_to_start, setup, teardown),
        cmocka_unit_test_setup_teardown(a_taken_endpoint_refuses_to_start, setup, teardown),
    };
    if (ais_secret_init(NULL) != AIS_OK)
        return 1;
    return cmocka_run_group_tests_name("registry/flow", tests, NULL, NULL);
}
