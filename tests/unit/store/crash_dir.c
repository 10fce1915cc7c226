#include "tests/unit/store/crash_dir.h"

#include "shared/seal/file_real.h"
#include "tests/unit/test.h"

#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

struct crash {
    void *real; /* owned */
    unsigned at, *calls;
};

static bool dead(struct crash *crash)
{
    errno = EIO;
    return (*crash->calls)++ >= crash->at;
}

static int crash_open(void *self, const char *name, int flags)
{
    struct crash *crash = self;
    return dead(crash) ? -1 : ais_file_ops_real.open(crash->real, name, flags);
}

static int crash_close(void *self, int fd)
{
    struct crash *crash = self;
    return ais_file_ops_real.close(crash->real, fd); /* a dead process closes its files too */
}

static ssize_t crash_pread(void *self, int fd, void *bytes, size_t n, uint64_t at)
{
    struct crash *crash = self;
    return dead(crash) ? -1 : ais_file_ops_real.pread(crash->real, fd, bytes, n, at);
}

static ssize_t crash_pwrite(void *self, int fd, const void *bytes, size_t n, uint64_t at)
{
    struct crash *crash = self;
    bool last = *crash->calls == crash->at;
    if (!dead(crash))
        return ais_file_ops_real.pwrite(crash->real, fd, bytes, n, at);
    if (last)
        (void)!ais_file_ops_real.pwrite(crash->real, fd, bytes, n / 2, at);
    errno = EIO;
    return -1;
}

static int crash_fdatasync(void *self, int fd)
{
    struct crash *crash = self;
    return dead(crash) ? -1 : ais_file_ops_real.fdatasync(crash->real, fd);
}

static int crash_ftruncate(void *self, int fd, uint64_t size)
{
    struct crash *crash = self;
    return dead(crash) ? -1 : ais_file_ops_real.ftruncate(crash->real, fd, size);
}

static int crash_fstat(void *self, int fd, struct ais_file_info *ret)
{
    struct crash *crash = self;
    return dead(crash) ? -1 : ais_file_ops_real.fstat(crash->real, fd, ret);
}

static int crash_stat(void *self, const char *name, struct ais_file_info *ret)
{
    struct crash *crash = self;
    return dead(crash) ? -1 : ais_file_ops_real.stat(crash->real, name, ret);
}

static int crash_room(void *self, uint64_t *ret_bytes)
{
    struct crash *crash = self;
    return dead(crash) ? -1 : ais_file_ops_real.room(crash->real, ret_bytes);
}

static int crash_rename(void *self, const char *from, const char *to)
{
    struct crash *crash = self;
    return dead(crash) ? -1 : ais_file_ops_real.rename(crash->real, from, to);
}

static int crash_exchange(void *self, const char *a, const char *b)
{
    struct crash *crash = self;
    return dead(crash) ? -1 : ais_file_ops_real.exchange(crash->real, a, b);
}

static int crash_link(void *self, const char *from, const char *to)
{
    struct crash *crash = self;
    return dead(crash) ? -1 : ais_file_ops_real.link(crash->real, from, to);
}

static int crash_unlink(void *self, const char *name)
{
    struct crash *crash = self;
    return dead(crash) ? -1 : ais_file_ops_real.unlink(crash->real, name);
}

static int crash_sync_directory(void *self)
{
    struct crash *crash = self;
    return dead(crash) ? -1 : ais_file_ops_real.sync_directory(crash->real);
}

static int crash_list(void *self, void (*each)(void *context, const char *name), void *context)
{
    struct crash *crash = self;
    return dead(crash) ? -1 : ais_file_ops_real.list(crash->real, each, context);
}

static void crash_done(void *self)
{
    struct crash *crash = self;
    ais_file_ops_real.done(crash->real);
    free(crash);
}

static const struct ais_file_ops crash_ops = {
    .open = crash_open,
    .close = crash_close,
    .pread = crash_pread,
    .pwrite = crash_pwrite,
    .fdatasync = crash_fdatasync,
    .ftruncate = crash_ftruncate,
    .fstat = crash_fstat,
    .stat = crash_stat,
    .room = crash_room,
    .rename = crash_rename,
    .exchange = crash_exchange,
    .link = crash_link,
    .unlink = crash_unlink,
    .sync_directory = crash_sync_directory,
    .list = crash_list,
    .done = crash_done,
};

struct ais_dir *crash_dir_open(const char *path, unsigned at, unsigned *calls)
{
    struct ais_dir *dir = NULL;
    struct crash *crash = calloc(1, sizeof *crash);
    bool tightened;
    int fd;
    assert_non_null(crash);
    assert_int_equal(ais_file_real_new(path, true, &crash->real, &fd, &tightened, NULL), AIS_OK);
    *calls = 0;
    crash->at = at;
    crash->calls = calls;
    assert_int_equal(ais_dir_open_over(&crash_ops, crash, path, &dir), AIS_OK);
    return dir;
}

char *scratch_new(void)
{
    char *path = strdup("/tmp/ais-store-XXXXXX");
    assert_non_null(path);
    assert_non_null(mkdtemp(path));
    return path;
}

void scratch_remove(char *path)
{
    DIR *dir = opendir(path);
    assert_non_null(dir);
    for (const struct dirent *entry; (entry = readdir(dir)) != NULL;)
        if (entry->d_name[0] != '.')
            assert_int_equal(unlinkat(dirfd(dir), entry->d_name, 0), 0);
    closedir(dir);
    assert_int_equal(rmdir(path), 0);
    free(path);
}
