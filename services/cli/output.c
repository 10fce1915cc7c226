#include "services/cli/output.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { MUCH = 64 << 10 };

static const char *name_of(const struct cli_output *output)
{
    return output->path != NULL ? output->path : "stdout";
}

static enum ais_err fail_exists(const char *path, struct ais_why *why)
{
    return ais_fail(why, AIS_E_REFUSED, "'%.160s' exists already; a file is never overwritten", path);
}

/* The folder of a path: "." where it names none. */
static char *folder_of(const char *path)
{
    const char *slash = strrchr(path, '/');
    if (slash == NULL)
        return strdup(".");
    return strndup(path, slash == path ? 1 : (size_t)(slash - path));
}

/* A file without a name, which is gone with the process whatever ends that; where the file system has none, one with
 * another name. */
static enum ais_err open_file(struct cli_output *output, struct ais_why *why)
{
    char *folder = folder_of(output->path);
    if (folder == NULL)
        return ais_fail(why, AIS_E_NOMEM, "no memory for a name");
    output->file = open(folder, O_TMPFILE | O_WRONLY | O_CLOEXEC, 0600);
    free(folder);
    if (output->file < 0 && (errno == EOPNOTSUPP || errno == EISDIR || errno == EINVAL)) {
        if (asprintf(&output->partial, "%s.XXXXXX", output->path) < 0) {
            output->partial = NULL;
            return ais_fail(why, AIS_E_NOMEM, "no memory for a name");
        }
        output->file = mkostemp(output->partial, O_CLOEXEC);
        if (output->file < 0)
            free(TAKE(output->partial));
    }
    if (output->file < 0)
        return ais_fail_errno(why, errno, "'%.160s' cannot be created", output->path);
    return AIS_OK;
}

enum ais_err cli_output_open(const char *path, struct cli_output *ret, struct ais_why *why)
{
    *ret = (struct cli_output){ .path = path, .file = STDOUT_FILENO };
    if (path == NULL)
        return AIS_OK;
    if (faccessat(AT_FDCWD, path, F_OK, AT_SYMLINK_NOFOLLOW) == 0)
        return fail_exists(path, why);
    TRY(open_file(ret, why));
    ret->open = true;
    return AIS_OK;
}

static enum ais_err write_out(struct cli_output *output, struct ais_why *why)
{
    const char *bytes = output->text.data;
    size_t n = output->text.length;
    if (output->text.failed)
        return ais_fail(why, AIS_E_NOMEM, "no memory for what is written to '%.160s'", name_of(output));
    while (n > 0) {
        ssize_t written = write(output->file, bytes, n);
        if (written < 0 && errno == EINTR)
            continue;
        if (written < 0)
            return ais_fail_errno(why, errno, "'%.160s'", name_of(output));
        bytes += written;
        n -= (size_t)written;
    }
    ais_buf_clear(&output->text);
    return AIS_OK;
}

enum ais_err cli_output_flush(struct cli_output *output, struct ais_why *why)
{
    return output->text.length >= MUCH || output->text.failed ? write_out(output, why) : AIS_OK;
}

static int give_name(const struct cli_output *output)
{
    char self[32];
    if (output->partial != NULL)
        return link(output->partial, output->path);
    snprintf(self, sizeof self, "/proc/self/fd/%d", output->file);
    return linkat(AT_FDCWD, self, AT_FDCWD, output->path, AT_SYMLINK_FOLLOW);
}

enum ais_err cli_output_finish(struct cli_output *output, struct ais_why *why)
{
    TRY(write_out(output, why));
    if (output->path == NULL)
        return AIS_OK;
    if (fsync(output->file) != 0)
        return ais_fail_errno(why, errno, "'%.160s'", output->path);
    if (give_name(output) != 0)
        return errno == EEXIST ? fail_exists(output->path, why)
                               : ais_fail_errno(why, errno, "'%.160s' cannot be given its name", output->path);
    return AIS_OK;
}

void cli_output_done(struct cli_output *output)
{
    if (output->open)
        close(output->file);
    if (output->partial != NULL)
        unlink(output->partial);
    free(output->partial);
    ais_buf_done(&output->text);
    *output = (struct cli_output){ .file = -1 };
}
