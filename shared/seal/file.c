#include "shared/seal/file.h"

#include "shared/seal/file_real.h"
#ifdef AIS_FAULTS
#include "shared/seal/file_fault.h"
#endif

#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>

struct ais_dir {
    const struct ais_file_ops *ops; /* borrowed, static */
    void *self;                     /* owned through ops->done */
    char *path;                     /* owned */
    int fd;                         /* borrowed from the real table; -1 over another */
};

enum ais_err ais_dir_open_over(const struct ais_file_ops *ops, void *self, const char *path, struct ais_dir **ret)
{
    struct ais_dir *dir = calloc(1, sizeof *dir);
    char *copy = strdup(path);
    if (dir == NULL || copy == NULL) {
        free(dir);
        free(copy);
        return AIS_E_NOMEM;
    }
    *dir = (struct ais_dir){ .ops = ops, .self = self, .path = copy, .fd = -1 };
    *ret = dir;
    return AIS_OK;
}

enum ais_err ais_dir_open(const char *path, bool create, struct ais_dir **ret, bool *ret_tightened, struct ais_why *why)
{
    void *self = NULL;
    int fd = -1;
    bool tightened = false;
    TRY(ais_file_real_new(path, create, &self, &fd, &tightened, why));
    struct ais_dir *dir = NULL;
    const struct ais_file_ops *ops = &ais_file_ops_real;
#ifdef AIS_FAULTS
    if (ais_file_faults() != NULL)
        ops = ais_file_faults();
#endif
    if (ais_dir_open_over(ops, self, path, &dir) != AIS_OK) {
        ais_file_ops_real.done(self);
        return ais_fail(why, AIS_E_NOMEM, "directory");
    }
    dir->fd = fd;
    if (ret_tightened != NULL)
        *ret_tightened = tightened;
    *ret = dir;
    return AIS_OK;
}

enum ais_err ais_dir_lock(struct ais_dir *dir, struct ais_why *why)
{
    if (dir->fd < 0 || flock(dir->fd, LOCK_EX | LOCK_NB) == 0)
        return AIS_OK;
    if (errno == EWOULDBLOCK)
        return ais_fail(why, AIS_E_LOCKED, "'%s' is in use by another process", dir->path);
    return ais_fail_errno(why, errno, "cannot lock '%s'", dir->path);
}

void ais_dir_close(struct ais_dir **dir)
{
    if (*dir == NULL)
        return;
    (*dir)->ops->done((*dir)->self);
    free((*dir)->path);
    free(*dir);
    *dir = NULL;
}

const char *ais_dir_path(const struct ais_dir *dir)
{
    return dir->path;
}

enum ais_err ais_dir_sync(struct ais_dir *dir, struct ais_why *why)
{
    if (dir->ops->sync_directory(dir->self) != 0)
        return ais_fail_errno(why, errno, "cannot sync directory '%s'", dir->path);
    return AIS_OK;
}

enum ais_err ais_dir_list(struct ais_dir *dir, void (*each)(void *context, const char *name), void *context,
                          struct ais_why *why)
{
    if (dir->ops->list(dir->self, each, context) != 0)
        return ais_fail_errno(why, errno, "cannot list directory '%s'", dir->path);
    return AIS_OK;
}

enum ais_err ais_file_open(struct ais_dir *dir, const char *name, int flags, int *ret_fd, struct ais_why *why)
{
    assert(strchr(name, '/') == NULL);
    int fd;
    do
        fd = dir->ops->open(dir->self, name, flags);
    while (fd < 0 && errno == EINTR);
    if (fd < 0 && errno == ENOENT)
        return ais_fail(why, AIS_E_NOT_FOUND, "'%s/%s' does not exist", dir->path, name);
    if (fd < 0)
        return ais_fail_errno(why, errno, "cannot open '%s/%s'", dir->path, name);
    *ret_fd = fd;
    return AIS_OK;
}

void ais_file_close(struct ais_dir *dir, int *fd)
{
    if (*fd >= 0)
        dir->ops->close(dir->self, *fd);
    *fd = -1;
}

enum ais_err ais_file_read(struct ais_dir *dir, int fd, void *bytes, size_t n, uint64_t at, size_t *ret_n,
                           struct ais_why *why)
{
    size_t done = 0;
    while (done < n) {
        ssize_t got = dir->ops->pread(dir->self, fd, (char *)bytes + done, n - done, at + done);
        if (got < 0 && errno == EINTR)
            continue;
        if (got < 0)
            return ais_fail_errno(why, errno, "cannot read a file of '%s'", dir->path);
        if (got == 0)
            break;
        done += (size_t)got;
    }
    *ret_n = done;
    return AIS_OK;
}

enum ais_err ais_file_write(struct ais_dir *dir, int fd, const void *bytes, size_t n, uint64_t at, struct ais_why *why)
{
    for (size_t done = 0; done < n;) {
        ssize_t put = dir->ops->pwrite(dir->self, fd, (const char *)bytes + done, n - done, at + done);
        if (put < 0 && errno == EINTR)
            continue;
        if (put < 0)
            return ais_fail_errno(why, errno, "cannot write a file of '%s'", dir->path);
        if (put == 0)
            return ais_fail(why, AIS_E_IO, "cannot write a file of '%s': it takes no bytes", dir->path);
        done += (size_t)put;
    }
    return AIS_OK;
}

enum ais_err ais_file_pad(struct ais_dir *dir, int fd, uint64_t at, uint64_t count, struct ais_why *why)
{
    enum { STEP = 256 << 10 };
    char *newlines = malloc(STEP);
    if (newlines == NULL)
        return ais_fail(why, AIS_E_NOMEM, "padding");
    memset(newlines, '\n', STEP);
    enum ais_err err = AIS_OK;
    while (count > 0 && err == AIS_OK) {
        size_t n = count < STEP ? (size_t)count : STEP;
        err = ais_file_write(dir, fd, newlines, n, at, why);
        at += n;
        count -= n;
    }
    free(newlines);
    return err;
}

enum ais_err ais_file_sync(struct ais_dir *dir, int fd, struct ais_why *why)
{
    if (dir->ops->fdatasync(dir->self, fd) != 0)
        return ais_fail_errno(why, errno, "cannot sync a file of '%s'", dir->path);
    return AIS_OK;
}

enum ais_err ais_file_cut(struct ais_dir *dir, int fd, uint64_t size, struct ais_why *why)
{
    if (dir->ops->ftruncate(dir->self, fd, size) != 0)
        return ais_fail_errno(why, errno, "cannot cut a file of '%s'", dir->path);
    return AIS_OK;
}

enum ais_err ais_file_info(struct ais_dir *dir, int fd, struct ais_file_info *ret, struct ais_why *why)
{
    if (dir->ops->fstat(dir->self, fd, ret) != 0)
        return ais_fail_errno(why, errno, "cannot look at a file of '%s'", dir->path);
    return AIS_OK;
}

enum ais_err ais_file_look(struct ais_dir *dir, const char *name, struct ais_file_info *ret, struct ais_why *why)
{
    assert(strchr(name, '/') == NULL);
    if (dir->ops->stat(dir->self, name, ret) == 0)
        return AIS_OK;
    if (errno == ENOENT)
        return ais_fail(why, AIS_E_NOT_FOUND, "'%s/%s' does not exist", dir->path, name);
    return ais_fail_errno(why, errno, "cannot look at '%s/%s'", dir->path, name);
}

enum ais_err ais_dir_room(struct ais_dir *dir, uint64_t *ret_bytes, struct ais_why *why)
{
    if (dir->ops->room(dir->self, ret_bytes) != 0)
        return ais_fail_errno(why, errno, "cannot tell how much room '%s' has", dir->path);
    return AIS_OK;
}

enum ais_err ais_file_rename(struct ais_dir *dir, const char *from, const char *to, struct ais_why *why)
{
    assert(strchr(from, '/') == NULL && strchr(to, '/') == NULL);
    if (dir->ops->rename(dir->self, from, to) != 0)
        return ais_fail_errno(why, errno, "cannot rename '%s/%s' to '%s'", dir->path, from, to);
    return AIS_OK;
}

enum ais_err ais_file_link(struct ais_dir *dir, const char *from, const char *to, struct ais_why *why)
{
    assert(strchr(from, '/') == NULL && strchr(to, '/') == NULL);
    if (dir->ops->link(dir->self, from, to) != 0)
        return ais_fail_errno(why, errno, "cannot link '%s/%s' to '%s'", dir->path, from, to);
    return AIS_OK;
}

enum ais_err ais_file_exchange(struct ais_dir *dir, const char *a, const char *b, struct ais_why *why)
{
    assert(strchr(a, '/') == NULL && strchr(b, '/') == NULL);
    if (dir->ops->exchange(dir->self, a, b) == 0)
        return AIS_OK;
    if (errno == ENOENT)
        return ais_fail(why, AIS_E_NOT_FOUND, "'%s/%s' or '%s' does not exist any more", dir->path, a, b);
    if (errno == EINVAL || errno == ENOSYS || errno == EOPNOTSUPP)
        return ais_fail(why, AIS_E_REFUSED, "the file system of '%s' cannot exchange two names", dir->path);
    return ais_fail_errno(why, errno, "cannot exchange '%s/%s' and '%s'", dir->path, a, b);
}

enum ais_err ais_file_unlink(struct ais_dir *dir, const char *name, struct ais_why *why)
{
    assert(strchr(name, '/') == NULL);
    if (dir->ops->unlink(dir->self, name) != 0 && errno != ENOENT)
        return ais_fail_errno(why, errno, "cannot delete '%s/%s'", dir->path, name);
    return AIS_OK;
}

static enum ais_err load(struct ais_dir *dir, int fd, const char *name, size_t limit, struct ais_buf *out,
                         struct ais_why *why)
{
    struct ais_file_info info;
    TRY(ais_file_info(dir, fd, &info, why));
    if (info.size > limit)
        return ais_fail(why, AIS_E_LIMIT, "'%s/%s' is larger than %zu bytes", dir->path, name, limit);
    if (!ais_buf_reserve(out, (size_t)info.size))
        return ais_fail(why, AIS_E_NOMEM, "the content of '%s'", name);
    size_t n = 0;
    TRY(ais_file_read(dir, fd, out->data, (size_t)info.size, 0, &n, why));
    out->length = n;
    out->data[n] = '\0';
    return AIS_OK;
}

enum ais_err ais_file_load(struct ais_dir *dir, const char *name, size_t limit, struct ais_buf *out,
                           struct ais_why *why)
{
    ais_buf_clear(out);
    int fd = -1;
    TRY(ais_file_open(dir, name, O_RDONLY, &fd, why));
    enum ais_err err = load(dir, fd, name, limit, out, why);
    ais_file_close(dir, &fd);
    return err;
}

static enum ais_err write_new(struct ais_dir *dir, const char *name, const void *bytes, size_t n, struct ais_why *why)
{
    int fd = -1;
    TRY(ais_file_open(dir, name, O_WRONLY | O_CREAT | O_TRUNC, &fd, why));
    enum ais_err err = ais_file_write(dir, fd, bytes, n, 0, why);
    if (err == AIS_OK)
        err = ais_file_sync(dir, fd, why);
    ais_file_close(dir, &fd);
    return err;
}

enum ais_err ais_file_replace(struct ais_dir *dir, const char *name, const void *bytes, size_t n, struct ais_why *why)
{
    char temporary[256];
    int length = snprintf(temporary, sizeof temporary, "%s.tmp", name);
    assert(length > 0 && (size_t)length < sizeof temporary);
    (void)length;
    enum ais_err err = write_new(dir, temporary, bytes, n, why);
    if (err == AIS_OK)
        err = ais_file_rename(dir, temporary, name, why);
    if (err != AIS_OK) {
        /* The space is given back if it can be; the reason to report is the first one. */
        enum ais_err cleanup = ais_file_unlink(dir, temporary, NULL);
        (void)cleanup;
        return err;
    }
    return ais_dir_sync(dir, why);
}
