#include "services/cli/handlers.h"
#include "shared/mem/secret.h"
#include "shared/seal/fernet.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

/* A key that somebody still needs is not overwritten. */
static enum ais_err open_new(const char *path, int *ret, struct ais_why *why)
{
    int file = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0600);
    if (file < 0 && errno == EEXIST)
        return ais_fail(why, AIS_E_REFUSED, "'%.120s' exists already, and may be a key that is still needed", path);
    if (file < 0)
        return ais_fail_errno(why, errno, "'%.120s' cannot be created", path);
    *ret = file;
    return AIS_OK;
}

/* With write(2): a buffered stream would leave the key in its buffer. */
static enum ais_err write_all(int file, const char *bytes, size_t n, const char *name, struct ais_why *why)
{
    while (n > 0) {
        ssize_t written = write(file, bytes, n);
        if (written < 0 && errno == EINTR)
            continue;
        if (written < 0)
            return ais_fail_errno(why, errno, "'%.120s'", name);
        bytes += written;
        n -= (size_t)written;
    }
    return AIS_OK;
}

static enum ais_err write_to_file(const char *path, const char *line, size_t n, struct ais_why *why)
{
    int file = -1;
    TRY(open_new(path, &file, why));
    enum ais_err err = write_all(file, line, n, path, why);
    if (err == AIS_OK && fsync(file) != 0)
        err = ais_fail_errno(why, errno, "'%.120s'", path);
    close(file);
    if (err != AIS_OK)
        unlink(path);
    return err;
}

enum ais_err cli_key_generate(struct cli_call *call, struct ais_why *why)
{
    const char *path = cli_flag(call, "output");
    char line[AIS_KEY_TEXT_SIZE + 1];
    ais_keyring_generate(line);
    size_t length = strlen(line);
    line[length++] = '\n';
    enum ais_err err =
        path != NULL ? write_to_file(path, line, length, why) : write_all(STDOUT_FILENO, line, length, "stdout", why);
    ais_secret_wipe(line, sizeof line);
    return err;
}
