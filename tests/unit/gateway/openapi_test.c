/* The OpenAPI document is what the table of routes says, and every reference in it leads somewhere. */
#include "gateway/openapi.h"
#include "gateway/routes.h"
#include "shared/json/json.h"
#include "tests/unit/test.h"

#include <strings.h>

static struct ais_buf text;
static struct ais_arena *arena;
static const struct ais_json *document;

static int set_up(void **state)
{
    static const struct ais_json_limits limits = { .depth = 32 };
    struct ais_why why = { 0 };
    (void)state;
    arena = ais_arena_new(0);
    assert_non_null(arena);
    if (openapi_write(&text, &why) != AIS_OK)
        fail_msg("%s", why.text);
    assert_int_equal(ais_json_read(arena, text.data, text.length, &limits, &document, &why), AIS_OK);
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    ais_arena_destroy(&arena);
    ais_buf_done(&text);
    return 0;
}

static const struct ais_json *operation_of(const struct route *route)
{
    const struct ais_json *path = ais_json_get(ais_json_get(document, "paths"), route->path);
    for (const struct ais_json *member = path != NULL ? path->first : NULL; member != NULL; member = member->next)
        if (strcasecmp(member->key, route->method) == 0)
            return member;
    return NULL;
}

static void every_route_is_described(void **state)
{
    (void)state;
    for (size_t i = 0; i < ROUTE_COUNT; i++) {
        const struct ais_json *operation = operation_of(&routes[i]);
        const struct ais_json *scopes = ais_json_get(operation, "x-aisentinel-scope");
        const struct ais_json *responses = ais_json_get(operation, "responses");
        uint32_t said = 0;
        assert_non_null(operation);
        assert_non_null(ais_json_get_text(operation, "summary"));
        for (const struct ais_json *scope = scopes != NULL ? scopes->first : NULL; scope != NULL; scope = scope->next)
            said |= ais_scope_parse(scope->text, scope->length);
        assert_int_equal(said, routes[i].scope);
        assert_int_equal(ais_json_get(responses, "401") != NULL, (routes[i].flags & ROUTE_OPEN) == 0);
        assert_int_equal(ais_json_get(operation, "requestBody") != NULL,
                         (routes[i].flags & (ROUTE_JSON | ROUTE_MULTIPART)) != 0);
    }
}

/* What a local reference ("#/components/…") stands for. */
static const struct ais_json *follow(const char *reference)
{
    const struct ais_json *node = document;
    char step[128];
    assert_memory_equal(reference, "#/", 2);
    for (const char *at = reference + 2; node != NULL && *at != '\0';) {
        size_t n = strcspn(at, "/");
        assert_true(n < sizeof step);
        memcpy(step, at, n);
        step[n] = '\0';
        node = ais_json_get(node, step);
        at += n + (at[n] == '/');
    }
    return node;
}

static size_t check_references(const struct ais_json *node)
{
    size_t found = 0;
    const char *reference = ais_json_get_text(node, "$ref");
    if (reference != NULL) {
        assert_non_null(follow(reference));
        found++;
    }
    for (const struct ais_json *child = node->first; child != NULL; child = child->next)
        found += check_references(child);
    return found;
}

static void every_reference_leads_somewhere(void **state)
{
    (void)state;
    assert_true(check_references(document) > 10);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_route_is_described),
        cmocka_unit_test(every_reference_leads_somewhere),
    };
    return cmocka_run_group_tests_name("gateway/openapi", tests, set_up, tear_down);
}
