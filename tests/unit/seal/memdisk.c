#include "tests/unit/seal/memdisk_state.h"

#include <fcntl.h>
#include <string.h>

struct memdisk *memdisk_new(uint64_t seed)
{
    struct memdisk *disk = calloc(1, sizeof *disk);
    MUST(disk != NULL);
    disk->state = seed * 0x9E3779B97F4A7C15ULL + 1;
    return disk;
}

void memdisk_destroy(struct memdisk **disk)
{
    if (*disk == NULL)
        return;
    for (int i = 0; i < (*disk)->inode_count; i++) {
        free((*disk)->inodes[i].seen.bytes);
        free((*disk)->inodes[i].durable.bytes);
        free((*disk)->inodes[i].lost);
    }
    free(*disk);
    *disk = NULL;
}

struct ais_dir *memdisk_dir(struct memdisk *disk)
{
    struct ais_dir *dir = NULL;
    enum ais_err err = ais_dir_open_over(&memdisk_ops, disk, "/memdisk", &dir);
    MUST(err == AIS_OK);
    return dir;
}

void memdisk_fail(struct memdisk *shared, unsigned calls, unsigned lasting, int errnum)
{
    HELD disk = disk_hold(shared);
    disk->fail_from = disk->calls + calls;
    disk->fail_to = disk->fail_from + lasting;
    disk->errnum = errnum;
}

void memdisk_die(struct memdisk *shared, unsigned calls)
{
    HELD disk = disk_hold(shared);
    disk->die_from = disk->calls + calls;
}

void memdisk_heal(struct memdisk *shared)
{
    HELD disk = disk_hold(shared);
    disk->fail_from = disk->fail_to = disk->die_from = 0;
}

void memdisk_restart(struct memdisk *shared, bool power_lost)
{
    HELD disk = disk_hold(shared);
    memdisk_heal(disk);
    memset(disk->opened, 0, sizeof disk->opened);
    if (!power_lost)
        return;
    for (int i = 0; i < disk->inode_count; i++) {
        struct inode *inode = &disk->inodes[i];
        inode_persist(disk, inode, false);
        content_copy(&inode->seen, &inode->durable);
        if (inode->lost != NULL)
            memset(inode->lost, 0, inode->lost_count);
    }
    size_t changes = (size_t)memdisk_random(disk, disk->history_count + 1);
    disk->now = changes > 0 ? disk->history[changes - 1] : disk->durable;
    disk->durable = disk->now;
    disk->history_count = 0;
}

unsigned long memdisk_calls(const struct memdisk *disk)
{
    return disk->calls;
}

unsigned char *memdisk_bytes(struct memdisk *shared, const char *name, size_t *ret_n)
{
    HELD disk = disk_hold(shared);
    const struct name *found = names_find(&disk->now, name);
    if (found == NULL)
        return NULL;
    *ret_n = disk->inodes[found->inode].seen.size;
    disk->inodes[found->inode].changes++;
    return disk->inodes[found->inode].seen.bytes;
}

void memdisk_flip(struct memdisk *shared, const char *name, unsigned line, size_t at)
{
    HELD disk = disk_hold(shared);
    size_t n = 0;
    unsigned char *bytes = memdisk_bytes(disk, name, &n);
    MUST(bytes != NULL);
    const unsigned char *end = bytes + n;
    for (; line > 1; line--) {
        unsigned char *newline = memchr(bytes, '\n', (size_t)(end - bytes));
        MUST(newline != NULL);
        bytes = newline + 1;
    }
    MUST(at < (size_t)(end - bytes));
    bytes[at] ^= 1;
}

void memdisk_watch(struct memdisk *disk, void (*watch)(void *context, const char *name), void *context)
{
    disk->watch = watch;
    disk->context = context;
}

void memdisk_room(struct memdisk *shared, uint64_t bytes)
{
    HELD disk = disk_hold(shared);
    disk->limited = true;
    disk->room = bytes;
}

void memdisk_cut(struct memdisk *shared, const char *name, size_t size)
{
    HELD disk = disk_hold(shared);
    const struct name *found = names_find(&disk->now, name);
    MUST(found != NULL);
    struct inode *inode = &disk->inodes[found->inode];
    content_resize(&inode->seen, size);
    content_resize(&inode->durable, size);
    inode->changes++;
}

void memdisk_reborn(struct memdisk *shared, const char *name)
{
    HELD disk = disk_hold(shared);
    const struct name *found = names_find(&disk->now, name);
    MUST(found != NULL);
    disk->inodes[found->inode].born++;
}

void memdisk_remove(struct memdisk *shared, const char *name)
{
    HELD disk = disk_hold(shared);
    names_remove(&disk->now, name);
    disk_names_changed(disk);
}

void memdisk_move(struct memdisk *shared, const char *from, const char *to)
{
    HELD disk = disk_hold(shared);
    int moved = memdisk_ops.rename(disk, from, to);
    MUST(moved == 0);
}

void memdisk_put(struct memdisk *shared, const char *name, const void *bytes, size_t n)
{
    HELD disk = disk_hold(shared);
    int fd = memdisk_ops.open(disk, name, O_CREAT | O_TRUNC);
    MUST(fd >= 0);
    struct inode *inode = disk_inode(disk, fd);
    content_resize(&inode->seen, n);
    memcpy(inode->seen.bytes, bytes, n);
    content_copy(&inode->durable, &inode->seen);
    memdisk_ops.close(disk, fd);
}
