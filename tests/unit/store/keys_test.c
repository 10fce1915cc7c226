#include "shared/mem/secret.h"
#include "shared/store/first_keys.h"
#include "shared/store/keys.h"
#include "shared/sys/clock.h"
#include "tests/unit/store/crash_dir.h"
#include "tests/unit/test.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define CHOSEN "chosen-by-the-operator-of-this-machine"

static const int64_t now = 1700000000 * AIS_NS_PER_S;

static int setup(void **state)
{
    ais_clock_freeze(1, now, 0);
    *state = scratch_new();
    return 0;
}

static int teardown(void **state)
{
    ais_clock_freeze(0, 0, 0);
    scratch_remove(*state);
    return 0;
}

/* The store's key is made at the first opening and read at later ones. */
static struct ais_store *open_store(const char *dir)
{
    struct ais_store *store = NULL;
    struct ais_store_opened opened = { 0 };
    assert_int_equal(ais_store_open(dir, NULL, &store, &opened, NULL), AIS_OK);
    assert_int_equal(ais_store_verify(store, NULL, 0, NULL), AIS_OK);
    return store;
}

/* A store with documents is not opened without one. */
static void make_log(struct ais_store *store)
{
    assert_int_equal(ais_file_replace(ais_store_dir(store), "audit_logs.enc", "\n", 1, NULL), AIS_OK);
}

static enum ais_access_verdict check(struct ais_store *store, const char *secret, struct ais_access **ret_access,
                                     const struct ais_access_key **ret)
{
    uint64_t generation;
    assert_int_equal(ais_keys_read(store, ret_access, &generation, NULL), AIS_OK);
    return ais_access_check(*ret_access, secret, strlen(secret), NULL, now, ret);
}

static void everything_about_a_key_is_kept(void **state)
{
    struct ais_store *store = open_store(*state);
    const struct ais_key_wish wish = { .name = "ci \"bot\"",
                                       .scopes = AIS_SCOPE_PREFLIGHT | AIS_SCOPE_READ,
                                       .user = "ada",
                                       .agent = "ci",
                                       .environment = "test",
                                       .expires_at_ns = now + 5 * AIS_NS_PER_S };
    AUTO(ais_key_made_done) struct ais_key_made made = { .secret = NULL };
    AUTO(ais_access_unref) struct ais_access *access = NULL;
    const struct ais_access_key *key = NULL;
    assert_int_equal(ais_keys_create(store, &wish, 1, NULL, &made, NULL), AIS_OK);
    make_log(store);
    ais_store_close(&store);

    store = open_store(*state);
    assert_int_equal(check(store, made.secret, &access, &key), AIS_ACCESS_OK);
    assert_string_equal(key->id, made.id);
    assert_string_equal(key->name, wish.name);
    assert_string_equal(key->user, wish.user);
    assert_string_equal(key->agent, wish.agent);
    assert_string_equal(key->environment, wish.environment);
    assert_int_equal(key->scopes, wish.scopes);
    assert_int_equal(key->created_at_ns, now);
    assert_int_equal(key->expires_at_ns, wish.expires_at_ns);
    assert_false(key->revoked);
    ais_store_close(&store);
}

static void a_second_key_leaves_the_first(void **state)
{
    AUTO(ais_store_close) struct ais_store *store = open_store(*state);
    const struct ais_key_wish wish = { .name = "one", .scopes = AIS_SCOPE_READ };
    AUTO(ais_key_made_done) struct ais_key_made one = { .secret = NULL };
    AUTO(ais_key_made_done) struct ais_key_made other = { .secret = NULL };
    AUTO(ais_access_unref) struct ais_access *access = NULL;
    const struct ais_access_key *key = NULL;
    assert_int_equal(ais_keys_create(store, &wish, 1, NULL, &one, NULL), AIS_OK);
    assert_int_equal(ais_keys_create(store, &wish, 1, NULL, &other, NULL), AIS_OK);
    assert_int_equal(check(store, one.secret, &access, &key), AIS_ACCESS_OK);
    assert_string_equal(key->id, one.id);
    assert_int_equal(ais_access_check(access, other.secret, AIS_API_KEY_LENGTH, NULL, now, &key), AIS_ACCESS_OK);
    assert_string_equal(key->id, other.id);
}

static void without_a_document_nobody_is_known(void **state)
{
    AUTO(ais_store_close) struct ais_store *store = open_store(*state);
    AUTO(ais_access_unref) struct ais_access *access = NULL;
    const struct ais_access_key *key = NULL;
    assert_int_equal(check(store, CHOSEN, &access, &key), AIS_ACCESS_UNKNOWN);
    assert_null(ais_store_unrecorded(store));
}

#define X32  "xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx"
#define X256 X32 X32 X32 X32 X32 X32 X32 X32

static const struct refused_row {
    const char *name;
    struct ais_key_wish wishes[2];
    enum ais_err want;
    const char *why;
} refused_rows[] = {
    {"a key without a name",    { { .name = "", .scopes = AIS_SCOPE_READ } },                            AIS_E_INVALID, "a name"            },
    { "a key without a scope",  { { .name = "x" } },                                                     AIS_E_INVALID, "at least one scope"},
    { "a pin that is too long", { { .name = "x", .scopes = 1, .agent = X256 } },                         AIS_E_INVALID, "at most 255 bytes" },
    { "a short chosen key",     { { .name = "x", .scopes = 1, .chosen = "short" } },                     AIS_E_SETTING, "this one has 5"    },
    { "the same key twice",
     { { .name = "x", .scopes = 1, .chosen = CHOSEN }, { .name = "y", .scopes = 1, .chosen = CHOSEN } },
     AIS_E_INVALID,                                                                                                     "there already"     },
};

static void check_refused_row(void **state)
{
    const struct refused_row *row = *state;
    char *dir = scratch_new();
    struct ais_store *store = open_store(dir);
    struct ais_key_made made[2] = { { .secret = NULL } };
    struct ais_why why = { 0 };
    size_t count = row->wishes[1].name != NULL ? 2 : 1;
    assert_int_equal(ais_keys_create(store, row->wishes, count, NULL, made, &why), row->want);
    assert_non_null(strstr(why.text, row->why));
    assert_null(ais_store_unrecorded(store));
    ais_store_close(&store);
    scratch_remove(dir);
}

static enum ais_err put_text(void *arg, const struct ais_json *before, struct ais_buf *next, struct ais_why *why)
{
    (void)before;
    (void)why;
    ais_buf_text(next, arg);
    return AIS_OK;
}

static const struct damaged_row {
    const char *name, *content;
} damaged_rows[] = {
    {"no hash key",            "{\"keys\":[]}"                                                                      },
    { "a short hash key",      "{\"hash_key\":\"00\",\"keys\":[]}"                                                  },
    { "no list of keys",       "{\"hash_key\":\"0000000000000000000000000000000000000000000000000000000000000000\"}"},
    { "an unknown scope",      "{\"hash_key\":\"0000000000000000000000000000000000000000000000000000000000000000\",\"keys\":"
                          "[{\"key_id\":\"k\",\"name\":\"n\",\"hash\":"
                          "\"0000000000000000000000000000000000000000000000000000000000000000\",\"scopes\":[\"root\"],"
                          "\"revoked\":false}]}"                                           },
    { "no word on revocation",
     "{\"hash_key\":\"0000000000000000000000000000000000000000000000000000000000000000\","
      "\"keys\":[{\"key_id\":\"k\",\"name\":\"n\",\"hash\":"
      "\"0000000000000000000000000000000000000000000000000000000000000000\",\"scopes\":[]}]}"                       },
};

static void check_damaged_row(void **state)
{
    const struct damaged_row *row = *state;
    char *dir = scratch_new(), text[1024];
    struct ais_store *store = open_store(dir);
    struct ais_access *access = NULL;
    uint64_t generation = 0;
    snprintf(text, sizeof text, "%s", row->content);
    assert_int_equal(ais_store_change(store, AIS_DOCUMENT_API_KEYS, put_text, text, NULL, NULL), AIS_OK);
    assert_int_equal(ais_keys_read(store, &access, &generation, NULL), AIS_E_DAMAGED);
    assert_null(access);
    ais_store_close(&store);
    scratch_remove(dir);
}

/* ---- the first keys ---- */

static void the_first_keys_are_two(void **state)
{
    AUTO(ais_store_close) struct ais_store *store = open_store(*state);
    AUTO(ais_first_keys_done) struct ais_first_keys keys = { .admin.secret = NULL };
    AUTO(ais_access_unref) struct ais_access *access = NULL;
    const struct ais_access_key *key = NULL;
    enum ais_first_keys_fate fate = AIS_FIRST_KEYS_PRESENT;
    assert_int_equal(ais_first_keys_make(store, NULL, &keys, &fate, NULL), AIS_OK);
    assert_int_equal(fate, AIS_FIRST_KEYS_MADE);
    assert_int_equal(check(store, keys.admin.secret, &access, &key), AIS_ACCESS_OK);
    assert_int_equal(key->scopes, AIS_SCOPE_ALL);
    assert_int_equal(ais_access_check(access, keys.agent.secret, AIS_API_KEY_LENGTH, NULL, now, &key), AIS_ACCESS_OK);
    assert_int_equal(key->scopes, AIS_SCOPE_PREFLIGHT);
}

static void first_keys_are_made_once(void **state)
{
    AUTO(ais_store_close) struct ais_store *store = open_store(*state);
    AUTO(ais_first_keys_done) struct ais_first_keys keys = { .admin.secret = NULL };
    AUTO(ais_first_keys_done) struct ais_first_keys again = { .admin.secret = NULL };
    enum ais_first_keys_fate fate = AIS_FIRST_KEYS_PRESENT;
    assert_int_equal(ais_first_keys_make(store, NULL, &keys, &fate, NULL), AIS_OK);
    assert_int_equal(ais_first_keys_make(store, CHOSEN, &again, &fate, NULL), AIS_OK);
    assert_int_equal(fate, AIS_FIRST_KEYS_IGNORED);
    assert_int_equal(ais_first_keys_make(store, NULL, &again, &fate, NULL), AIS_OK);
    assert_int_equal(fate, AIS_FIRST_KEYS_PRESENT);
    assert_null(again.agent.secret);
}

static void an_operator_chooses_the_admin_key(void **state)
{
    AUTO(ais_store_close) struct ais_store *store = open_store(*state);
    AUTO(ais_first_keys_done) struct ais_first_keys keys = { .admin.secret = NULL };
    AUTO(ais_access_unref) struct ais_access *access = NULL;
    const struct ais_access_key *key = NULL;
    enum ais_first_keys_fate fate = AIS_FIRST_KEYS_PRESENT;
    assert_int_equal(ais_first_keys_make(store, CHOSEN, &keys, &fate, NULL), AIS_OK);
    assert_null(keys.admin.secret);
    assert_int_equal(check(store, CHOSEN, &access, &key), AIS_ACCESS_OK);
    assert_string_equal(key->id, keys.admin.id);
    assert_int_equal(ais_first_keys_make(store, CHOSEN, &keys, &fate, NULL), AIS_OK);
    assert_int_equal(fate, AIS_FIRST_KEYS_PRESENT);
}

/* What is shown on a file that stands for stderr; journal: JOURNAL_STREAM names that file. */
static void show(struct ais_store *store, const struct ais_first_keys *keys, bool journal, char *text, size_t size,
                 bool *ret_filed)
{
    char name[] = "/tmp/ais-stderr-XXXXXX", stream[64] = "1:1";
    int fd = mkstemp(name);
    struct stat info = { .st_size = 0 };
    assert_true(fd >= 0);
    assert_int_equal(unlink(name), 0);
    assert_int_equal(fstat(fd, &info), 0);
    if (journal)
        snprintf(stream, sizeof stream, "%ju:%ju", (uintmax_t)info.st_dev, (uintmax_t)info.st_ino);
    assert_int_equal(ais_first_keys_show(store, keys, "http://127.0.0.1:8000", fd, stream, ret_filed, NULL), AIS_OK);
    ssize_t n = pread(fd, text, size - 1, 0);
    assert_true(n >= 0);
    text[n] = '\0';
    close(fd);
}

static void first_keys_are_shown_on_stderr(void **state)
{
    AUTO(ais_store_close) struct ais_store *store = open_store(*state);
    AUTO(ais_first_keys_done) struct ais_first_keys keys = { .admin.secret = NULL };
    char text[4096];
    enum ais_first_keys_fate fate = AIS_FIRST_KEYS_PRESENT;
    bool filed = true;
    assert_int_equal(ais_first_keys_make(store, NULL, &keys, &fate, NULL), AIS_OK);
    show(store, &keys, false, text, sizeof text, &filed);
    assert_false(filed);
    assert_non_null(strstr(text, keys.admin.secret));
    const char *curl = strstr(text, "\ncurl ");
    assert_non_null(curl);
    assert_null(strstr(curl, keys.admin.secret));
    assert_non_null(strstr(curl, keys.agent.secret));
    assert_non_null(strstr(curl, "http://127.0.0.1:8000/api/v1/preflight"));
}

static void a_journal_never_sees_them(void **state)
{
    AUTO(ais_store_close) struct ais_store *store = open_store(*state);
    AUTO(ais_first_keys_done) struct ais_first_keys keys = { .admin.secret = NULL };
    AUTO(ais_buf_done) struct ais_buf file = { 0 };
    char text[4096], path[256];
    enum ais_first_keys_fate fate = AIS_FIRST_KEYS_PRESENT;
    bool filed = false;
    struct stat info;
    assert_int_equal(ais_first_keys_make(store, NULL, &keys, &fate, NULL), AIS_OK);
    show(store, &keys, true, text, sizeof text, &filed);
    assert_true(filed);
    assert_string_equal(text, "");
    assert_int_equal(ais_file_load(ais_store_dir(store), AIS_FIRST_KEYS_FILE, 4096, &file, NULL), AIS_OK);
    assert_non_null(strstr(file.data, keys.agent.secret));
    snprintf(path, sizeof path, "%s/%s", (const char *)*state, AIS_FIRST_KEYS_FILE);
    assert_int_equal(stat(path, &info), 0);
    assert_int_equal(info.st_mode & 07777, 0600);
}

static bool file_waits(struct ais_store *store, const char *secret)
{
    AUTO(ais_buf_done) struct ais_buf file = { 0 };
    assert_int_equal(ais_first_keys_wait(store),
                     ais_file_load(ais_store_dir(store), AIS_FIRST_KEYS_FILE, 4096, &file, NULL) == AIS_OK);
    return file.data != NULL && strstr(file.data, secret) != NULL;
}

/* A first start may end before it shows them: its port is taken, it is killed, stderr is gone. */
static void keys_wait_in_a_file_until_they_are_shown(void **state)
{
    AUTO(ais_store_close) struct ais_store *store = open_store(*state);
    AUTO(ais_first_keys_done) struct ais_first_keys keys = { .admin.secret = NULL };
    char text[4096];
    enum ais_first_keys_fate fate = AIS_FIRST_KEYS_PRESENT;
    bool filed = true;
    assert_int_equal(ais_first_keys_make(store, NULL, &keys, &fate, NULL), AIS_OK);
    assert_true(file_waits(store, keys.admin.secret));
    assert_int_equal(ais_first_keys_show(store, &keys, "http://127.0.0.1:8000", -1, NULL, &filed, NULL), AIS_OK);
    assert_true(filed);
    assert_true(file_waits(store, keys.admin.secret));
    show(store, &keys, false, text, sizeof text, &filed);
    assert_false(filed);
    assert_false(ais_first_keys_wait(store));
}

/* The line is run by a shell: what follows -d must reach curl as the JSON that it looks like. */
static void the_line_survives_a_shell(void **state)
{
    AUTO(ais_store_close) struct ais_store *store = open_store(*state);
    AUTO(ais_first_keys_done) struct ais_first_keys keys = { .admin.secret = NULL };
    char text[4096], command[4096], answer[4096] = "";
    enum ais_first_keys_fate fate = AIS_FIRST_KEYS_PRESENT;
    bool filed = false;
    assert_int_equal(ais_first_keys_make(store, NULL, &keys, &fate, NULL), AIS_OK);
    show(store, &keys, false, text, sizeof text, &filed);
    const char *curl = strstr(text, "\ncurl ") + 6;
    snprintf(command, sizeof command, "printf '%%s\\n' %.*s", (int)strcspn(curl, "\n"), curl);
    FILE *shell = popen(command, "r"); /* NOLINT(cert-env33-c): the text under test is one for a shell */
    assert_non_null(shell);
    size_t n = fread(answer, 1, sizeof answer - 1, shell);
    assert_int_equal(pclose(shell), 0);
    answer[n] = '\0';
    assert_non_null(strstr(
        answer, "\n{\"tool_name\":\"python_exec\",\"tool_args\":{\"code\":\"import os; os.system(\\\"id\\\")\"}}\n"));
}

int main(void)
{
    struct CMUnitTest refused[N_ELEMS(refused_rows)], damaged[N_ELEMS(damaged_rows)];
    const struct CMUnitTest more[] = {
        cmocka_unit_test_setup_teardown(everything_about_a_key_is_kept, setup, teardown),
        cmocka_unit_test_setup_teardown(a_second_key_leaves_the_first, setup, teardown),
        cmocka_unit_test_setup_teardown(without_a_document_nobody_is_known, setup, teardown),
        cmocka_unit_test_setup_teardown(the_first_keys_are_two, setup, teardown),
        cmocka_unit_test_setup_teardown(first_keys_are_made_once, setup, teardown),
        cmocka_unit_test_setup_teardown(an_operator_chooses_the_admin_key, setup, teardown),
        cmocka_unit_test_setup_teardown(first_keys_are_shown_on_stderr, setup, teardown),
        cmocka_unit_test_setup_teardown(keys_wait_in_a_file_until_they_are_shown, setup, teardown),
        cmocka_unit_test_setup_teardown(a_journal_never_sees_them, setup, teardown),
        cmocka_unit_test_setup_teardown(the_line_survives_a_shell, setup, teardown),
    };
    if (ais_secret_init(NULL) != AIS_OK)
        return 1;
    AIS_ROWS(refused, refused_rows, check_refused_row);
    AIS_ROWS(damaged, damaged_rows, check_damaged_row);
    int failed = cmocka_run_group_tests_name("store/keys: refused", refused, NULL, NULL);
    failed += cmocka_run_group_tests_name("store/keys: damaged", damaged, NULL, NULL);
    return failed + cmocka_run_group_tests_name("store/keys", more, NULL, NULL);
}
