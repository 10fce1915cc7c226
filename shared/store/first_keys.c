#include "shared/store/first_keys.h"

#include "shared/mem/secret.h"
#include "shared/sys/clock.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { TEXT_SIZE = 4096 };

void ais_first_keys_done(struct ais_first_keys *keys)
{
    ais_key_made_done(&keys->admin);
    ais_key_made_done(&keys->agent);
}

/* Whether a key that the operator chose, if there is one, still works. */
static bool opens(const struct ais_access *access, const char *chosen)
{
    const struct ais_access_key *key = NULL;
    return chosen == NULL ||
           ais_access_check(access, chosen, strlen(chosen), NULL, ais_clock_wall(), &key) == AIS_ACCESS_OK;
}

bool ais_is_journal(int fd, const char *journal_stream)
{
    struct stat info;
    uintmax_t device, inode;
    int used = 0;
    return journal_stream != NULL && fstat(fd, &info) == 0 &&
           sscanf(journal_stream, "%" SCNuMAX ":%" SCNuMAX "%n", &device, &inode, &used) == 2 &&
           journal_stream[used] == '\0' && device == info.st_dev && inode == info.st_ino;
}

/* The text into size bytes of locked memory; its length, or size when it does not fit. base_url may be NULL. */
static size_t compose(const struct ais_first_keys *keys, bool for_file, const char *base_url, char *text, size_t size)
{
    const char *admin = keys->admin.secret != NULL ? keys->admin.secret : "the one that you chose";
    const char *advice = for_file ? "Put them away safely, then delete this file."
                                  : "They are shown this once and are not kept anywhere: put them away safely.";
    int n = snprintf(text, size,
                     "\n"
                     "The first API keys. %s\n"
                     "\n"
                     "  admin, every scope:      %s\n"
                     "  agents, preflight only:  %s\n"
                     "\n",
                     advice, admin, keys->agent.secret);
    if (n < 0 || (size_t)n >= size || base_url == NULL)
        return n < 0 || (size_t)n >= size ? size : (size_t)n;
    size_t used = (size_t)n;
    n = snprintf(text + used, size - used,
                 "Ask for a decision:\n"
                 "\n"
                 "curl -sS %s/api/v1/preflight -H 'Content-Type: application/json' -H 'Authorization: Bearer %s' "
                 "-d '{\"tool_name\":\"python_exec\",\"tool_args\":{\"code\":\"import os; os.system(\\\"id\\\")\"}}'\n"
                 "\n",
                 base_url, keys->agent.secret);
    return n < 0 || (size_t)n >= size - used ? size : used + (size_t)n;
}

static enum ais_err write_file(struct ais_store *store, const struct ais_first_keys *keys, const char *base_url,
                               struct ais_why *why)
{
    char *text = ais_secret_alloc(TEXT_SIZE);
    if (text == NULL)
        return ais_fail(why, AIS_E_NOMEM, "locked memory for the first API keys");
    size_t n = compose(keys, true, base_url, text, TEXT_SIZE);
    enum ais_err err = n == TEXT_SIZE ? ais_fail(why, AIS_E_LIMIT, "'%s' is too long", base_url)
                                      : ais_file_replace(ais_store_dir(store), AIS_FIRST_KEYS_FILE, text, n, why);
    ais_secret_free(text);
    return err;
}

/* ---- making ---- */

/* The file is there before the document: a start that ends before it has shown them leaves no store whose keys nobody
 * knows. One that ends in between makes others. */
static enum ais_err make_both(struct ais_store *store, const char *chosen, struct ais_first_keys *keys,
                              struct ais_why *why)
{
    struct ais_key_made made[2] = { { .secret = NULL } };
    keys->agent.secret = ais_api_key_new();
    if (chosen == NULL)
        keys->admin.secret = ais_api_key_new();
    if (keys->agent.secret == NULL || (chosen == NULL && keys->admin.secret == NULL))
        return ais_fail(why, AIS_E_NOMEM, "locked memory for the first API keys");
    const struct ais_key_wish wishes[] = {
        {.name = "first admin", .scopes = AIS_SCOPE_ALL,       .chosen = chosen != NULL ? chosen : keys->admin.secret},
        { .name = "agents",     .scopes = AIS_SCOPE_PREFLIGHT, .chosen = keys->agent.secret                          },
    };
    TRY(write_file(store, keys, NULL, why));
    TRY(ais_keys_create(store, wishes, N_ELEMS(wishes), NULL, made, why));
    memcpy(keys->admin.id, made[0].id, sizeof keys->admin.id);
    memcpy(keys->agent.id, made[1].id, sizeof keys->agent.id);
    return AIS_OK;
}

enum ais_err ais_first_keys_make(struct ais_store *store, const char *chosen, struct ais_first_keys *ret,
                                 enum ais_first_keys_fate *ret_fate, struct ais_why *why)
{
    AUTO(ais_access_unref) struct ais_access *present = NULL;
    struct ais_first_keys keys = { .admin = { .secret = NULL } };
    uint64_t generation = 0;
    TRY(ais_keys_read(store, &present, &generation, why));
    if (generation > 0) {
        *ret_fate = opens(present, chosen) ? AIS_FIRST_KEYS_PRESENT : AIS_FIRST_KEYS_IGNORED;
        return AIS_OK;
    }
    enum ais_err err = make_both(store, chosen, &keys, why);
    if (err != AIS_OK) {
        ais_first_keys_done(&keys);
        return err;
    }
    *ret = keys;
    *ret_fate = AIS_FIRST_KEYS_MADE;
    return AIS_OK;
}

bool ais_first_keys_wait(struct ais_store *store)
{
    int fd = -1;
    bool wait = ais_file_open(ais_store_dir(store), AIS_FIRST_KEYS_FILE, O_RDONLY, &fd, NULL) == AIS_OK;
    ais_file_close(ais_store_dir(store), &fd);
    return wait;
}

/* ---- showing ---- */

static bool write_all(int fd, const char *text, size_t n)
{
    while (n > 0) {
        ssize_t put = write(fd, text, n);
        if (put < 0 && errno == EINTR)
            continue;
        if (put <= 0)
            return false;
        text += put;
        n -= (size_t)put;
    }
    return true;
}

enum ais_err ais_first_keys_show(struct ais_store *store, const struct ais_first_keys *keys, const char *base_url,
                                 int fd, const char *journal_stream, bool *ret_filed, struct ais_why *why)
{
    char *text = ais_secret_alloc(TEXT_SIZE);
    if (text == NULL)
        return ais_fail(why, AIS_E_NOMEM, "locked memory for the first API keys");
    size_t n = compose(keys, false, base_url, text, TEXT_SIZE);
    bool shown = n < TEXT_SIZE && !ais_is_journal(fd, journal_stream) && write_all(fd, text, n);
    ais_secret_free(text);
    if (shown)
        TRY(ais_file_unlink(ais_store_dir(store), AIS_FIRST_KEYS_FILE, why));
    else
        TRY(write_file(store, keys, base_url, why));
    *ret_filed = !shown;
    return AIS_OK;
}
