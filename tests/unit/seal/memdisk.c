#include "tests/unit/seal/memdisk.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* A test that has lost its footing ends at once. */
#define MUST(condition)                                                     \
    do {                                                                    \
        if (!(condition)) {                                                 \
            fprintf(stderr, "%s:%d: %s\n", __FILE__, __LINE__, #condition); \
            abort();                                                        \
        }                                                                   \
    } while (0)

enum { SECTOR = 512, FILES = 512, NAMES = 160, OPENED = 64, OPERATIONS = 512, NAME = 40 };

struct content {
    unsigned char *bytes; /* owned */
    size_t size, capacity;
};

struct inode {
    struct content seen, durable;
    unsigned char *lost; /* owned; one a sector: a failed sync forgot it */
    size_t lost_count;
    int64_t changes; /* of what is seen: its time of modification */
    int64_t born;    /* differs once the number was given to another file */
};

struct name {
    char text[NAME];
    int inode;
};

/* Names as they are, in a list that a copy makes durable. */
struct names {
    struct name names[NAMES];
    size_t count;
};

struct memdisk {
    uint64_t state;
    struct inode inodes[FILES];
    int inode_count;
    struct names now, durable;
    struct names history[OPERATIONS]; /* after each change that is not durable */
    size_t history_count;
    int opened[OPENED]; /* inode + 1; 0: free */
    unsigned long calls;
    unsigned long fail_from, fail_to, die_from; /* by number of call; 0: never */
    int errnum;
    bool limited;
    uint64_t room; /* bytes, that are told; where limited */
    void (*watch)(void *context, const char *name);
    void *context;
};

/* One call at a time, whichever thread makes it: an auditor and its helper share a disk. */
static pthread_mutex_t mutex = PTHREAD_RECURSIVE_MUTEX_INITIALIZER_NP;

static struct memdisk *hold(struct memdisk *disk)
{
    int locked = pthread_mutex_lock(&mutex);
    MUST(locked == 0);
    return disk;
}

static void let_go(struct memdisk **disk)
{
    (void)disk;
    int unlocked = pthread_mutex_unlock(&mutex);
    MUST(unlocked == 0);
}

#define HELD AUTO(let_go) struct memdisk *

uint64_t memdisk_random(struct memdisk *disk, uint64_t below)
{
    disk->state ^= disk->state << 13;
    disk->state ^= disk->state >> 7;
    disk->state ^= disk->state << 17;
    return (disk->state * 0x2545F4914F6CDD1DULL >> 33) % below;
}

/* ---- Content -------------------------------------------------------------------------------------------------- */

static void resize(struct content *content, size_t size)
{
    if (size > content->capacity) {
        content->capacity = size < 8192 ? 8192 : 2 * size;
        content->bytes = realloc(content->bytes, content->capacity);
        MUST(content->bytes != NULL);
    }
    if (size > content->size)
        memset(content->bytes + content->size, 0, size - content->size);
    content->size = size;
}

static size_t sectors(const struct inode *inode)
{
    size_t size = inode->seen.size > inode->durable.size ? inode->seen.size : inode->durable.size;
    return (size + SECTOR - 1) / SECTOR;
}

static void need_lost(struct inode *inode)
{
    size_t count = sectors(inode);
    if (count <= inode->lost_count)
        return;
    inode->lost = realloc(inode->lost, count);
    MUST(inode->lost != NULL);
    memset(inode->lost + inode->lost_count, 0, count - inode->lost_count);
    inode->lost_count = count;
}

static void persist_sector(struct inode *inode, size_t sector)
{
    size_t at = sector * SECTOR;
    if (at >= inode->seen.size)
        return;
    size_t n = inode->seen.size - at < SECTOR ? inode->seen.size - at : SECTOR;
    if (inode->durable.size < at + n)
        resize(&inode->durable, at + n);
    memcpy(inode->durable.bytes + at, inode->seen.bytes + at, n);
}

/* Makes sectors durable: all that are not lost, or a random part of them. */
static void persist(struct memdisk *disk, struct inode *inode, bool all)
{
    need_lost(inode);
    size_t count = sectors(inode);
    bool size_too = all || memdisk_random(disk, 2) == 0;
    for (size_t i = 0; i < count; i++)
        if (!inode->lost[i] && (all || memdisk_random(disk, 2) == 0))
            persist_sector(inode, i);
    if (size_too)
        resize(&inode->durable, inode->seen.size);
}

static void copy_content(struct content *to, const struct content *from)
{
    resize(to, from->size);
    if (from->size > 0)
        memcpy(to->bytes, from->bytes, from->size);
}

/* ---- Names ---------------------------------------------------------------------------------------------------- */

static struct name *find(struct names *names, const char *text)
{
    for (size_t i = 0; i < names->count; i++)
        if (strcmp(names->names[i].text, text) == 0)
            return &names->names[i];
    return NULL;
}

static void remove_name(struct names *names, const char *text)
{
    struct name *name = find(names, text);
    if (name != NULL)
        *name = names->names[--names->count];
}

static void add_name(struct names *names, const char *text, int inode)
{
    remove_name(names, text);
    MUST(names->count < NAMES);
    struct name *name = &names->names[names->count++];
    snprintf(name->text, sizeof name->text, "%s", text);
    name->inode = inode;
}

static void names_changed(struct memdisk *disk)
{
    MUST(disk->history_count < OPERATIONS);
    disk->history[disk->history_count++] = disk->now;
}

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

static struct inode *inode_of(struct memdisk *disk, int fd)
{
    MUST(fd >= 0 && fd < OPENED && disk->opened[fd] > 0);
    return &disk->inodes[disk->opened[fd] - 1];
}

static int disk_open(void *self, const char *text, int flags)
{
    HELD disk = hold(self);
    struct name *name = find(&disk->now, text);
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
        add_name(&disk->now, text, inode);
        names_changed(disk);
    }
    if (cut)
        resize(&disk->inodes[inode].seen, 0);
    int fd = 0;
    while (fd < OPENED && disk->opened[fd] > 0)
        fd++;
    MUST(fd < OPENED);
    disk->opened[fd] = inode + 1;
    return fd;
}

static int disk_close(void *self, int fd)
{
    HELD disk = hold(self);
    if (!dead(disk))
        inode_of(disk, fd);
    disk->opened[fd] = 0;
    return 0;
}

/* Whoever watches may wait, and others use the disk meanwhile. */
static void tell_watch(struct memdisk *shared, int fd)
{
    char text[NAME] = "";
    {
        HELD disk = hold(shared);
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
    HELD disk = hold(self);
    if (dead(disk)) {
        errno = EIO;
        return -1;
    }
    const struct content *content = &inode_of(disk, fd)->seen;
    if (at >= content->size)
        return 0;
    if (n > content->size - at)
        n = content->size - (size_t)at;
    memcpy(bytes, content->bytes + at, n);
    return (ssize_t)n;
}

static ssize_t disk_pwrite(void *self, int fd, const void *bytes, size_t n, uint64_t at)
{
    HELD disk = hold(self);
    bool failing = fails(disk);
    int errnum = errno;
    size_t done = failing ? (size_t)memdisk_random(disk, n + 1) : n;
    if (!failing && n > 1 && memdisk_random(disk, 16) == 0)
        done = 1 + (size_t)memdisk_random(disk, n - 1);
    struct inode *inode = inode_of(disk, fd);
    inode->changes++;
    if (done > 0) {
        if (inode->seen.size < at + done)
            resize(&inode->seen, (size_t)at + done);
        memcpy(inode->seen.bytes + at, bytes, done);
        need_lost(inode);
        for (size_t i = (size_t)at / SECTOR; i <= ((size_t)at + done - 1) / SECTOR; i++)
            inode->lost[i] = 0;
    }
    errno = errnum;
    return failing ? -1 : (ssize_t)done;
}

static int disk_fdatasync(void *self, int fd)
{
    HELD disk = hold(self);
    bool failing = fails(disk);
    int errnum = errno;
    struct inode *inode = inode_of(disk, fd);
    if (!failing) {
        persist(disk, inode, true);
        return 0;
    }
    persist(disk, inode, false);
    memset(inode->lost, 1, sectors(inode));
    errno = errnum;
    return -1;
}

static int disk_ftruncate(void *self, int fd, uint64_t size)
{
    HELD disk = hold(self);
    if (fails(disk))
        return -1;
    resize(&inode_of(disk, fd)->seen, (size_t)size);
    inode_of(disk, fd)->changes++;
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
    HELD disk = hold(self);
    if (dead(disk)) {
        errno = EIO;
        return -1;
    }
    inode_of(disk, fd);
    fill_in(disk, disk->opened[fd] - 1, ret);
    return 0;
}

static int disk_stat(void *self, const char *text, struct ais_file_info *ret)
{
    HELD disk = hold(self);
    const struct name *name = find(&disk->now, text);
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
    HELD disk = hold(self);
    *ret_bytes = disk->limited ? disk->room : UINT64_MAX;
    return 0;
}

static int disk_rename(void *self, const char *from, const char *to)
{
    HELD disk = hold(self);
    if (fails(disk))
        return -1;
    const struct name *name = find(&disk->now, from), *target = find(&disk->now, to);
    if (name == NULL) {
        errno = ENOENT;
        return -1;
    }
    if (target != NULL && target->inode == name->inode)
        return 0; /* POSIX: two names of one file stay as they are */
    int inode = name->inode;
    remove_name(&disk->now, from);
    add_name(&disk->now, to, inode);
    names_changed(disk);
    return 0;
}

static int disk_exchange(void *self, const char *a, const char *b)
{
    HELD disk = hold(self);
    if (fails(disk))
        return -1;
    struct name *one = find(&disk->now, a), *other = find(&disk->now, b);
    if (one == NULL || other == NULL) {
        errno = ENOENT;
        return -1;
    }
    int inode = one->inode;
    one->inode = other->inode;
    other->inode = inode;
    names_changed(disk);
    return 0;
}

static int disk_link(void *self, const char *from, const char *to)
{
    HELD disk = hold(self);
    if (fails(disk))
        return -1;
    const struct name *name = find(&disk->now, from);
    if (name == NULL || find(&disk->now, to) != NULL) {
        errno = name == NULL ? ENOENT : EEXIST;
        return -1;
    }
    add_name(&disk->now, to, name->inode);
    names_changed(disk);
    return 0;
}

static int disk_unlink(void *self, const char *text)
{
    HELD disk = hold(self);
    if (fails(disk))
        return -1;
    if (find(&disk->now, text) == NULL) {
        errno = ENOENT;
        return -1;
    }
    remove_name(&disk->now, text);
    names_changed(disk);
    return 0;
}

static int disk_sync_directory(void *self)
{
    HELD disk = hold(self);
    if (fails(disk))
        return -1;
    disk->durable = disk->now;
    disk->history_count = 0;
    return 0;
}

static int disk_list(void *self, void (*each)(void *context, const char *name), void *context)
{
    HELD disk = hold(self);
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

static const struct ais_file_ops disk_ops = {
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

/* ---- For the tests -------------------------------------------------------------------------------------------- */

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
    enum ais_err err = ais_dir_open_over(&disk_ops, disk, "/memdisk", &dir);
    MUST(err == AIS_OK);
    return dir;
}

void memdisk_fail(struct memdisk *shared, unsigned calls, unsigned lasting, int errnum)
{
    HELD disk = hold(shared);
    disk->fail_from = disk->calls + calls;
    disk->fail_to = disk->fail_from + lasting;
    disk->errnum = errnum;
}

void memdisk_die(struct memdisk *shared, unsigned calls)
{
    HELD disk = hold(shared);
    disk->die_from = disk->calls + calls;
}

void memdisk_heal(struct memdisk *shared)
{
    HELD disk = hold(shared);
    disk->fail_from = disk->fail_to = disk->die_from = 0;
}

void memdisk_restart(struct memdisk *shared, bool power_lost)
{
    HELD disk = hold(shared);
    memdisk_heal(disk);
    memset(disk->opened, 0, sizeof disk->opened);
    if (!power_lost)
        return;
    for (int i = 0; i < disk->inode_count; i++) {
        struct inode *inode = &disk->inodes[i];
        persist(disk, inode, false);
        copy_content(&inode->seen, &inode->durable);
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
    HELD disk = hold(shared);
    const struct name *found = find(&disk->now, name);
    if (found == NULL)
        return NULL;
    *ret_n = disk->inodes[found->inode].seen.size;
    disk->inodes[found->inode].changes++;
    return disk->inodes[found->inode].seen.bytes;
}

void memdisk_watch(struct memdisk *disk, void (*watch)(void *context, const char *name), void *context)
{
    disk->watch = watch;
    disk->context = context;
}

void memdisk_room(struct memdisk *shared, uint64_t bytes)
{
    HELD disk = hold(shared);
    disk->limited = true;
    disk->room = bytes;
}

void memdisk_cut(struct memdisk *shared, const char *name, size_t size)
{
    HELD disk = hold(shared);
    const struct name *found = find(&disk->now, name);
    MUST(found != NULL);
    struct inode *inode = &disk->inodes[found->inode];
    resize(&inode->seen, size);
    resize(&inode->durable, size);
    inode->changes++;
}

void memdisk_reborn(struct memdisk *shared, const char *name)
{
    HELD disk = hold(shared);
    const struct name *found = find(&disk->now, name);
    MUST(found != NULL);
    disk->inodes[found->inode].born++;
}

void memdisk_remove(struct memdisk *shared, const char *name)
{
    HELD disk = hold(shared);
    remove_name(&disk->now, name);
    names_changed(disk);
}

void memdisk_move(struct memdisk *shared, const char *from, const char *to)
{
    HELD disk = hold(shared);
    int moved = disk_rename(disk, from, to);
    MUST(moved == 0);
}

void memdisk_put(struct memdisk *shared, const char *name, const void *bytes, size_t n)
{
    HELD disk = hold(shared);
    int fd = disk_open(disk, name, O_CREAT | O_TRUNC);
    MUST(fd >= 0);
    struct inode *inode = inode_of(disk, fd);
    resize(&inode->seen, n);
    memcpy(inode->seen.bytes, bytes, n);
    copy_content(&inode->durable, &inode->seen);
    disk_close(disk, fd);
}
