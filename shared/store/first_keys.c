#include "shared/store/first_keys.h"

#include "shared/mem/secret.h"
#include "shared/sys/clock.h"

#include <errno.h>
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
    return chosen == NULL || ais_access_check(access, chosen, strlen(chosen), ais_clock_wall(), &key) == AIS_ACCESS_OK;
}

enum ais_err ais_first_keys_make(struct ais_store *store, const char *chosen, struct ais_first_keys *ret,
                                 enum ais_first_keys_fate *ret_fate, struct ais_why *why)
{
    AUTO(ais_access_unref) struct ais_access *present = NULL;
    uint64_t generation = 0;
    const struct ais_key_wish wishes[] = {
        {.name = "first admin", .scopes = AIS_SCOPE_ALL, .chosen = chosen },
        { .name = "agents",                    .scopes = AIS_SCOPE_PREFLIGHT                          },
    };
    struct ais_key_made made[N_ELEMS(wishes)];
    TRY(ais_keys_read(store, &present, &generation, why));
    if (generation > 0) {
        *ret_fate = opens(present, chosen) ? AIS_FIRST_KEYS_PRESENT : AIS_FIRST_KEYS_IGNORED;
        return AIS_OK;
    }
    TRY(ais_keys_create(store, wishes, N_ELEMS(wishes), made, why));
    *ret = (struct ais_first_keys){ .admin = made[0], .agent = made[1] };
    *ret_fate = AIS_FIRST_KEYS_MADE;
    return AIS_OK;
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

/* The text into size bytes of locked memory; its length, or size when it does not fit. */
static size_t compose(const struct ais_first_keys *keys, const char *base_url, char *text, size_t size)
{
    const char *admin = keys->admin.secret != NULL ? keys->admin.secret : "the one that you chose";
    int n =
        snprintf(text, size,
                 "\n"
                 "The first API keys. They are shown this once and are not kept anywhere: put them away safely.\n"
                 "\n"
                 "  admin, every scope:      %s\n"
                 "  agents, preflight only:  %s\n"
                 "\n"
                 "Ask for a decision:\n"
                 "\n"
                 "curl -sS %s/api/v1/preflight -H 'Content-Type: application/json' -H 'Authorization: Bearer %s' "
                 "-d '{\"tool_name\":\"python_exec\",\"tool_args\":{\"code\":\"import os; os.system(\\\"id\\\")\"}}'\n"
                 "\n",
                 admin, keys->agent.secret, base_url, keys->agent.secret);
    return n < 0 || (size_t)n >= size ? size : (size_t)n;
}

static enum ais_err write_all(int fd, const char *text, size_t n, struct ais_why *why)
{
    while (n > 0) {
        ssize_t put = write(fd, text, n);
        if (put < 0 && errno == EINTR)
            continue;
        if (put <= 0)
            return ais_fail_errno(why, put < 0 ? errno : EIO, "the first API keys could not be shown");
        text += put;
        n -= (size_t)put;
    }
    return AIS_OK;
}

enum ais_err ais_first_keys_show(struct ais_store *store, const struct ais_first_keys *keys, const char *base_url,
                                 int fd, const char *journal_stream, bool *ret_filed, struct ais_why *why)
{
    bool filed = ais_is_journal(fd, journal_stream);
    char *text = ais_secret_alloc(TEXT_SIZE);
    if (text == NULL)
        return ais_fail(why, AIS_E_NOMEM, "locked memory for the first API keys");
    size_t n = compose(keys, base_url, text, TEXT_SIZE);
    enum ais_err err = n == TEXT_SIZE ? ais_fail(why, AIS_E_LIMIT, "'%s' is too long", base_url)
                       : filed        ? ais_file_replace(ais_store_dir(store), AIS_FIRST_KEYS_FILE, text, n, why)
                                      : write_all(fd, text, n, why);
    ais_secret_free(text);
    TRY(err);
    *ret_filed = filed;
    return AIS_OK;
}
