/* The real table of the seam: the kernel's calls, relative to the descriptor of the data directory. */
#include "shared/seal/file_real.h"

#include "shared/sys/clock.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <sys/sysmacros.h>
#include <unistd.h>

struct real {
    int fd; /* owned; the directory */
};

/* Never waits, as the opening of a pipe would, and opens nothing but files. */
static int real_open(void *self, const char *name, int flags)
{
    const struct real *real = self;
    struct stat info;
    int fd = openat(real->fd, name, flags | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK, S_IRUSR | S_IWUSR);
    if (fd < 0)
        return -1;
    int failed = fstat(fd, &info) != 0 ? errno : S_ISREG(info.st_mode) ? 0 : S_ISDIR(info.st_mode) ? EISDIR : ENOTSUP;
    if (failed == 0)
        return fd;
    close(fd);
    errno = failed;
    return -1;
}

static int real_close(void *self, int fd)
{
    (void)self;
    return close(fd);
}

static ssize_t real_pread(void *self, int fd, void *bytes, size_t n, uint64_t at)
{
    (void)self;
    return pread(fd, bytes, n, (off_t)at);
}

static ssize_t real_pwrite(void *self, int fd, const void *bytes, size_t n, uint64_t at)
{
    (void)self;
    return pwrite(fd, bytes, n, (off_t)at);
}

static int real_fdatasync(void *self, int fd)
{
    (void)self;
    return fdatasync(fd);
}

static int real_ftruncate(void *self, int fd, uint64_t size)
{
    (void)self;
    return ftruncate(fd, (off_t)size);
}

static int real_fstat(void *self, int fd, struct ais_file_info *ret)
{
    (void)self;
    struct stat info;
    if (fstat(fd, &info) != 0)
        return -1;
    *ret = (struct ais_file_info){
        .size = (uint64_t)info.st_size,
        .device = info.st_dev,
        .inode = info.st_ino,
        .names = info.st_nlink,
        .mode = info.st_mode & 07777,
        .is_file = S_ISREG(info.st_mode),
        .modified_ns = info.st_mtim.tv_sec * AIS_NS_PER_S + info.st_mtim.tv_nsec,
    };
    return 0;
}

/* Never asks when the file was written: since Linux 6.13 a time that somebody has seen makes the next write take a new
 * one, and a file system without a journal writes the inode with each sync for it. The log's guard looks before every
 * commit, which would then write to the disk twice. */
static int real_stat(void *self, const char *name, struct ais_file_info *ret)
{
    const struct real *real = self;
    struct statx info;
    if (statx(real->fd, name, AT_SYMLINK_NOFOLLOW,
              STATX_TYPE | STATX_MODE | STATX_NLINK | STATX_INO | STATX_SIZE | STATX_BTIME, &info) != 0)
        return -1;
    *ret = (struct ais_file_info){
        .size = info.stx_size,
        .device = makedev(info.stx_dev_major, info.stx_dev_minor),
        .inode = info.stx_ino,
        .names = info.stx_nlink,
        .mode = info.stx_mode & 07777,
        .is_file = S_ISREG(info.stx_mode),
    };
    if ((info.stx_mask & STATX_BTIME) != 0)
        ret->born_ns = info.stx_btime.tv_sec * AIS_NS_PER_S + info.stx_btime.tv_nsec;
    return 0;
}

static int real_room(void *self, uint64_t *ret_bytes)
{
    const struct real *real = self;
    struct statvfs info;
    if (fstatvfs(real->fd, &info) != 0)
        return -1;
    *ret_bytes = (uint64_t)info.f_bavail * info.f_frsize;
    return 0;
}

static int real_rename(void *self, const char *from, const char *to)
{
    const struct real *real = self;
    return renameat(real->fd, from, real->fd, to);
}

static int real_exchange(void *self, const char *a, const char *b)
{
    const struct real *real = self;
    return renameat2(real->fd, a, real->fd, b, RENAME_EXCHANGE);
}

static int real_link(void *self, const char *from, const char *to)
{
    const struct real *real = self;
    return linkat(real->fd, from, real->fd, to, 0);
}

static int real_unlink(void *self, const char *name)
{
    const struct real *real = self;
    return unlinkat(real->fd, name, 0);
}

static int real_sync_directory(void *self)
{
    const struct real *real = self;
    return fsync(real->fd);
}

static int real_list(void *self, void (*each)(void *context, const char *name), void *context)
{
    const struct real *real = self;
    /* A description of its own: a duplicate would share its position with every other listing. */
    int fd = openat(real->fd, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    DIR *stream = fd >= 0 ? fdopendir(fd) : NULL;
    if (stream == NULL) {
        if (fd >= 0)
            close(fd);
        return -1;
    }
    errno = 0;
    for (const struct dirent *entry; (entry = readdir(stream)) != NULL; errno = 0) {
        if (strcmp(entry->d_name, ".") != 0 && strcmp(entry->d_name, "..") != 0)
            each(context, entry->d_name);
    }
    int failed = errno;
    closedir(stream);
    errno = failed;
    return failed == 0 ? 0 : -1;
}

static void real_done(void *self)
{
    struct real *real = self;
    close(real->fd);
    free(real);
}

const struct ais_file_ops ais_file_ops_real = {
    .open = real_open,
    .close = real_close,
    .pread = real_pread,
    .pwrite = real_pwrite,
    .fdatasync = real_fdatasync,
    .ftruncate = real_ftruncate,
    .fstat = real_fstat,
    .stat = real_stat,
    .room = real_room,
    .rename = real_rename,
    .exchange = real_exchange,
    .link = real_link,
    .unlink = real_unlink,
    .sync_directory = real_sync_directory,
    .list = real_list,
    .done = real_done,
};

/* mkdir -p: missing parents get the usual mode, the directory itself 0700. */
static enum ais_err make_directories(const char *path, struct ais_why *why)
{
    char *copy = strdup(path);
    if (copy == NULL)
        return ais_fail(why, AIS_E_NOMEM, "path");
    enum ais_err err = AIS_OK;
    for (char *at = copy + 1; *at != '\0' && err == AIS_OK; at++) {
        if (*at != '/' || at[1] == '/' || at[1] == '\0')
            continue;
        *at = '\0';
        if (mkdir(copy, 0755) != 0 && errno != EEXIST)
            err = ais_fail_errno(why, errno, "cannot create directory '%s' (--data-dir names another place)", copy);
        *at = '/';
    }
    if (err == AIS_OK && mkdir(copy, S_IRWXU) != 0 && errno != EEXIST)
        err = ais_fail_errno(why, errno, "cannot create directory '%s' (--data-dir names another place)", copy);
    free(copy);
    return err;
}

/* Whether others may enter; if so, they may no longer. */
static enum ais_err tighten(int fd, const char *path, bool *ret, struct ais_why *why)
{
    struct stat info;
    if (fstat(fd, &info) != 0)
        return ais_fail_errno(why, errno, "cannot look at directory '%s'", path);
    *ret = (info.st_mode & (S_IRWXG | S_IRWXO)) != 0;
    if (*ret && fchmod(fd, S_IRWXU) != 0)
        return ais_fail_errno(why, errno, "directory '%s' is open to others and its mode cannot be changed", path);
    return AIS_OK;
}

enum ais_err ais_file_real_new(const char *path, bool create, void **ret_self, int *ret_fd, bool *ret_tightened,
                               struct ais_why *why)
{
    if (create)
        TRY(make_directories(path, why));
    struct real *real = calloc(1, sizeof *real);
    if (real == NULL)
        return ais_fail(why, AIS_E_NOMEM, "directory");
    real->fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (real->fd < 0) {
        int failed = errno;
        free(real);
        if (failed == ENOENT)
            return ais_fail(why, AIS_E_NOT_FOUND, "directory '%s' does not exist", path);
        return ais_fail_errno(why, failed, "cannot open directory '%s'", path);
    }
    bool tightened = false;
    enum ais_err err = tighten(real->fd, path, &tightened, why);
    if (err != AIS_OK) {
        real_done(real);
        return err;
    }
    *ret_fd = real->fd;
    *ret_tightened = tightened;
    *ret_self = real;
    return AIS_OK;
}
