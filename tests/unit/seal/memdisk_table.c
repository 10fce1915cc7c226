#include "tests/unit/seal/memdisk_state.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>

/* ---- Faults --------------------------------------------------------------------------------------------------- */

/* Counts a changing call; true when it is to fail, with errno set. */
static bool fails(struct memdisk *disk)
{
    disk->calls++;
    if (disk->die_from > 0 && disk->calls >= disk->die_from) {
        errno = EIO;
        return true;
    }
    if (disk->fail_from > 0 && disk->calls >= disk->fail_from && disk->calls < disk->fail_to) {
        errno = disk->errnum;
        return true;
    }
    return false;
}

static bool dead(const struct memdisk *disk)
{
    return disk->die_from > 0 && disk->calls >= disk->die_from;
}

/* ---- The table ------------------------------------------------------------------------------------------------ */

static int disk_open(void *self, const char *text, int flags)
{
    HELD disk = disk_hold(self);
    struct name *name = names_find(&disk->now, text);
    bool create = name == NULL && (flags & O_CREAT) != 0, cut = name != NULL && (flags & O_TRUNC) != 0;
    if (dead(disk) || ((create || cut) && fails(disk))) {
        if (dead(disk))
            errno = EIO;
        return -1;
    }
    if (name != NULL && (flags & O_EXCL) != 0) {
        errno = EEXIST;
        return -1;
    }
    if (name == NULL && !create) {
        errno = ENOENT;
        return -1;
    }
    int inode = create ? disk->inode_count++ : name->inode;
    MUST(disk->inode_count < FILES);
    if (create) {
        names_add(&disk->now, text, inode);
        disk_names_changed(disk);
    }
    if (cut)
        content_resize(&disk->inodes[inode].seen, 0);
    int fd = 0;
    while (fd < OPENED && disk->opened[fd] > 0)
        fd++;
    MUST(fd < OPENED);
    disk->opened[fd] = inode + 1;
    return fd;
}

static int disk_close(void *self, int fd)
{
    HELD disk = disk_hold(self);
    if (!dead(disk))
        disk_inode(disk, fd);
    disk->opened[fd] = 0;
    return 0;
}

/* Whoever watches may wait, and others use the disk meanwhile. */
static void tell_watch(struct memdisk *shared, int fd)
{
    char text[NAME] = "";
    {
        HELD disk = disk_hold(shared);
        for (size_t i = 0; i < disk->now.count; i++)
            if (disk->now.names[i].inode + 1 == disk->opened[fd])
                memcpy(text, disk->now.names[i].text, sizeof text);
    }
    if (text[0] != '\0')
        shared->watch(shared->context, text);
}

static ssize_t disk_pread(void *self, int fd, void *bytes, size_t n, uint64_t at)
{
    struct memdisk *shared = self;
    if (shared->watch != NULL)
        tell_watch(shared, fd);
    HELD disk = disk_hold(self);
    if (dead(disk)) {
        errno = EIO;
        return -1;
    }
    const struct content *content = &disk_inode(disk, fd)->seen;
    if (at >= content->size)
        return 0;
    if (n > content->size - at)
        n = content->size - (size_t)at;
    memcpy(bytes, content->bytes + at, n);
    return (ssize_t)n;
}

static ssize_t disk_pwrite(void *self, int fd, const void *bytes, size_t n, uint64_t at)
{
    HELD disk = disk_hold(self);
    bool failing = fails(disk);
    int errnum = errno;
    size_t done = failing ? (size_t)memdisk_random(disk, n + 1) : n;
    if (!failing && n > 1 && memdisk_random(disk, 16) == 0)
        done = 1 + (size_t)memdisk_random(disk, n - 1);
    struct inode *inode = disk_inode(disk, fd);
    inode->changes++;
    if (done > 0) {
        if (inode->seen.size < at + done)
            content_resize(&inode->seen, (size_t)at + done);
        memcpy(inode->seen.bytes + at, bytes, done);
        inode_need_lost(inode);
        for (size_t i = (size_t)at / SECTOR; i <= ((size_t)at + done - 1) / SECTOR; i++)
            inode->lost[i] = 0;
    }
    errno = errnum;
    return failing ? -1 : (ssize_t)done;
}

static int disk_fdatasync(void *self, int fd)
{
    HELD disk = disk_hold(self);
    bool failing = fails(disk);
    int errnum = errno;
    struct inode *inode = disk_inode(disk, fd);
    if (!failing) {
        inode_persist(disk, inode, true);
        return 0;
    }
    inode_persist(disk, inode, false);
    memset(inode->lost, 1, inode_sectors(inode));
    errno = errnum;
    return -1;
}

static int disk_ftruncate(void *self, int fd, uint64_t size)
{
    HELD disk = disk_hold(self);
    if (fails(disk))
        return -1;
    content_resize(&disk_inode(disk, fd)->seen, (size_t)size);
    disk_inode(disk, fd)->changes++;
    return 0;
}

static void fill_in(const struct memdisk *disk, int number, struct ais_file_info *ret)
{
    const struct inode *inode = &disk->inodes[number];
    uint64_t names = 0;
    for (size_t i = 0; i < disk->now.count; i++)
        names += disk->now.names[i].inode == number;
    *ret = (struct ais_file_info){ .size = inode->seen.size,
                                   .device = 1,
                                   .inode = (uint64_t)number + 1,
                                   .names = names,
                                   .mode = 0600,
                                   .is_file = true,
                                   .modified_ns = 1 + inode->changes,
                                   .born_ns = 1 + inode->born };
}

static int disk_fstat(void *self, int fd, struct ais_file_info *ret)
{
    HELD disk = disk_hold(self);
    if (dead(disk)) {
        errno = EIO;
        return -1;
    }
    disk_inode(disk, fd);
    fill_in(disk, disk->opened[fd] - 1, ret);
    return 0;
}

static int disk_stat(void *self, const char *text, struct ais_file_info *ret)
{
    HELD disk = disk_hold(self);
    const struct name *name = names_find(&disk->now, text);
    if (dead(disk) || name == NULL) {
        errno = dead(disk) ? EIO : ENOENT;
        return -1;
    }
    fill_in(disk, name->inode, ret);
    return 0;
}

/* As much as is asked for, unless a test says otherwise. */
static int disk_room(void *self, uint64_t *ret_bytes)
{
    HELD disk = disk_hold(self);
    *ret_bytes = disk->limited ? disk->room : UINT64_MAX;
    return 0;
}

static int disk_rename(void *self, const char *from, const char *to)
{
    HELD disk = disk_hold(self);
    if (fails(disk))
        return -1;
    const struct name *name = names_find(&disk->now, from), *target = names_find(&disk->now, to);
    if (name == NULL) {
        errno = ENOENT;
        return -1;
    }
    if (target != NULL && target->inode == name->inode)
        return 0; /* POSIX: two names of one file stay as they are */
    int inode = name->inode;
    names_remove(&disk->now, from);
    names_add(&disk->now, to, inode);
    disk_names_changed(disk);
    return 0;
}

static int disk_exchange(void *self, const char *a, const char *b)
{
    HELD disk = disk_hold(self);
    if (fails(disk))
        return -1;
    struct name *one = names_find(&disk->now, a), *other = names_find(&disk->now, b);
    if (one == NULL || other == NULL) {
        errno = ENOENT;
        return -1;
    }
    int inode = one->inode;
    one->inode = other->inode;
    other->inode = inode;
    disk_names_changed(disk);
    return 0;
}

static int disk_link(void *self, const char *from, const char *to)
{
    HELD disk = disk_hold(self);
    if (fails(disk))
        return -1;
    const struct name *name = names_find(&disk->now, from);
    if (name == NULL || names_find(&disk->now, to) != NULL) {
        errno = name == NULL ? ENOENT : EEXIST;
        return -1;
    }
    names_add(&disk->now, to, name->inode);
    disk_names_changed(disk);
    return 0;
}

static int disk_unlink(void *self, const char *text)
{
    HELD disk = disk_hold(self);
    if (fails(disk))
        return -1;
    if (names_find(&disk->now, text) == NULL) {
        errno = ENOENT;
        return -1;
    }
    names_remove(&disk->now, text);
    disk_names_changed(disk);
    return 0;
}

static int disk_sync_directory(void *self)
{
    HELD disk = disk_hold(self);
    if (fails(disk))
        return -1;
    disk->durable = disk->now;
    disk->history_count = 0;
    return 0;
}

static int disk_list(void *self, void (*each)(void *context, const char *name), void *context)
{
    HELD disk = disk_hold(self);
    if (dead(disk)) {
        errno = EIO;
        return -1;
    }
    struct names *names = malloc(sizeof *names);
    MUST(names != NULL);
    *names = disk->now;
    for (size_t i = 0; i < names->count; i++)
        each(context, names->names[i].text);
    free(names);
    return 0;
}

static void disk_done(void *self)
{
    (void)self;
}

const struct ais_file_ops memdisk_ops = {
    .open = disk_open,
    .close = disk_close,
    .pread = disk_pread,
    .pwrite = disk_pwrite,
    .fdatasync = disk_fdatasync,
    .ftruncate = disk_ftruncate,
    .fstat = disk_fstat,
    .stat = disk_stat,
    .room = disk_room,
    .rename = disk_rename,
    .exchange = disk_exchange,
    .link = disk_link,
    .unlink = disk_unlink,
    .sync_directory = disk_sync_directory,
    .list = disk_list,
    .done = disk_done,
};
