#include "shared/seal/file_memory.h"

#include "shared/mem/secret.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>

enum { NAME_LONGEST = 255, GROWTH = 16 };

/* Lives while a name or an open descriptor leads to it. */
struct file {
    uint64_t number; /* as an inode has one */
    uint64_t size;
    unsigned names, opens;
    char **blocks; /* owned; NULL: a hole, which reads as zeros */
    size_t block_count;
};

struct name {
    char text[NAME_LONGEST + 1];
    struct file *file; /* one of its names */
};

struct opened {
    struct file *file; /* one of its opens; NULL: the descriptor is free */
    int flags;
};

struct memory {
    pthread_mutex_t lock; /* around everything below */
    uint64_t used, limit; /* bytes of blocks */
    uint64_t files_made;
    struct name *names; /* owned */
    size_t name_count, name_room;
    struct opened *opened; /* owned; by descriptor */
    size_t opened_room;
};

static struct memory *hold(void *self)
{
    struct memory *memory = self;
    pthread_mutex_lock(&memory->lock);
    return memory;
}

static void let_go(struct memory **memory)
{
    pthread_mutex_unlock(&(*memory)->lock);
}

/* The directory, locked until the end of the scope. */
#define HELD AUTO(let_go) struct memory *

static int fail(int errnum)
{
    errno = errnum;
    return -1;
}

/* ---- files ---- */

static void free_blocks(struct memory *memory, struct file *file, size_t from)
{
    for (size_t i = from; i < file->block_count; i++) {
        if (file->blocks[i] == NULL)
            continue;
        ais_secret_wipe(file->blocks[i], AIS_MEMORY_BLOCK);
        free(file->blocks[i]);
        file->blocks[i] = NULL;
        memory->used -= AIS_MEMORY_BLOCK;
    }
    if (from < file->block_count)
        file->block_count = from;
}

static void release(struct memory *memory, struct file *file)
{
    if (file->names > 0 || file->opens > 0)
        return;
    free_blocks(memory, file, 0);
    free(file->blocks);
    free(file);
}

static size_t blocks_of(uint64_t size)
{
    return (size_t)(size / AIS_MEMORY_BLOCK + (size % AIS_MEMORY_BLOCK > 0));
}

/* Makes sure of the block that holds the byte at offset at; NULL with errno set when there is no room. */
static char *block_at(struct memory *memory, struct file *file, uint64_t at)
{
    size_t index = (size_t)(at / AIS_MEMORY_BLOCK);
    if (index >= file->block_count) {
        char **grown = realloc(file->blocks, (index + 1) * sizeof *grown);
        if (grown == NULL)
            return NULL;
        memset(grown + file->block_count, 0, (index + 1 - file->block_count) * sizeof *grown);
        file->blocks = grown;
        file->block_count = index + 1;
    }
    if (file->blocks[index] == NULL) {
        if (memory->limit - memory->used < AIS_MEMORY_BLOCK) {
            errno = ENOSPC;
            return NULL;
        }
        file->blocks[index] = calloc(1, AIS_MEMORY_BLOCK);
        memory->used += file->blocks[index] != NULL ? AIS_MEMORY_BLOCK : 0;
    }
    return file->blocks[index];
}

/* How many of n bytes at offset at lie in the same block. */
static size_t piece(uint64_t at, size_t n)
{
    size_t left = AIS_MEMORY_BLOCK - (size_t)(at % AIS_MEMORY_BLOCK);
    return n < left ? n : left;
}

/* ---- names ---- */

static struct name *find(struct memory *memory, const char *text)
{
    for (size_t i = 0; i < memory->name_count; i++)
        if (strcmp(memory->names[i].text, text) == 0)
            return &memory->names[i];
    return NULL;
}

/* Makes room for one more name, so that what follows cannot fail in its middle. */
static bool reserve_name(struct memory *memory, const char *text)
{
    if (strlen(text) > NAME_LONGEST) {
        errno = ENAMETOOLONG;
        return false;
    }
    if (memory->name_count < memory->name_room)
        return true;
    struct name *grown = realloc(memory->names, (memory->name_room + GROWTH) * sizeof *grown);
    if (grown == NULL)
        return false;
    memory->names = grown;
    memory->name_room += GROWTH;
    return true;
}

static void add_name(struct memory *memory, const char *text, struct file *file)
{
    struct name *name = &memory->names[memory->name_count++];
    memcpy(name->text, text, strlen(text) + 1);
    name->file = file;
    file->names++;
}

static void remove_name(struct memory *memory, struct name *name)
{
    struct file *file = name->file;
    *name = memory->names[--memory->name_count];
    file->names--;
    release(memory, file);
}

/* ---- descriptors ---- */

static int free_descriptor(struct memory *memory)
{
    size_t fd = 0;
    while (fd < memory->opened_room && memory->opened[fd].file != NULL)
        fd++;
    if (fd < memory->opened_room)
        return (int)fd;
    struct opened *grown = realloc(memory->opened, (fd + GROWTH) * sizeof *grown);
    if (grown == NULL)
        return -1;
    memset(grown + fd, 0, GROWTH * sizeof *grown);
    memory->opened = grown;
    memory->opened_room = fd + GROWTH;
    return (int)fd;
}

static struct opened *opened_at(struct memory *memory, int fd)
{
    if (fd >= 0 && (size_t)fd < memory->opened_room && memory->opened[fd].file != NULL)
        return &memory->opened[fd];
    errno = EBADF;
    return NULL;
}

static bool is_writable(const struct opened *opened)
{
    return (opened->flags & O_ACCMODE) != O_RDONLY;
}

/* ---- the table ---- */

static int memory_open(void *self, const char *text, int flags)
{
    HELD memory = hold(self);
    struct name *name = find(memory, text);
    if (name == NULL && (flags & O_CREAT) == 0)
        return fail(ENOENT);
    if (name != NULL && (flags & O_CREAT) != 0 && (flags & O_EXCL) != 0)
        return fail(EEXIST);
    int fd = free_descriptor(memory);
    if (fd < 0)
        return -1;
    struct file *file = name != NULL ? name->file : NULL;
    if (file == NULL) {
        if (!reserve_name(memory, text) || (file = calloc(1, sizeof *file)) == NULL)
            return -1;
        file->number = ++memory->files_made;
        add_name(memory, text, file);
    }
    if ((flags & O_TRUNC) != 0) {
        free_blocks(memory, file, 0);
        file->size = 0;
    }
    file->opens++;
    memory->opened[fd] = (struct opened){ file, flags };
    return fd;
}

static int memory_close(void *self, int fd)
{
    HELD memory = hold(self);
    struct opened *opened = opened_at(memory, fd);
    if (opened == NULL)
        return -1;
    struct file *file = opened->file;
    opened->file = NULL;
    file->opens--;
    release(memory, file);
    return 0;
}

static ssize_t memory_pread(void *self, int fd, void *bytes, size_t n, uint64_t at)
{
    HELD memory = hold(self);
    const struct opened *opened = opened_at(memory, fd);
    if (opened == NULL || (opened->flags & O_ACCMODE) == O_WRONLY)
        return fail(EBADF);
    const struct file *file = opened->file;
    if (at >= file->size)
        return 0;
    if (n > file->size - at)
        n = (size_t)(file->size - at);
    for (size_t done = 0; done < n;) {
        size_t count = piece(at + done, n - done), index = (size_t)((at + done) / AIS_MEMORY_BLOCK);
        const char *block = index < file->block_count ? file->blocks[index] : NULL;
        if (block != NULL)
            memcpy((char *)bytes + done, block + (at + done) % AIS_MEMORY_BLOCK, count);
        else
            memset((char *)bytes + done, 0, count);
        done += count;
    }
    return (ssize_t)n;
}

/* Full in its middle, it has written the beginning, as a disk has. */
static ssize_t memory_pwrite(void *self, int fd, const void *bytes, size_t n, uint64_t at)
{
    HELD memory = hold(self);
    const struct opened *opened = opened_at(memory, fd);
    if (opened == NULL || !is_writable(opened))
        return fail(EBADF);
    if (at > INT64_MAX - n)
        return fail(EFBIG);
    struct file *file = opened->file;
    size_t done = 0;
    while (done < n) {
        size_t count = piece(at + done, n - done);
        char *block = block_at(memory, file, at + done);
        if (block == NULL)
            break;
        memcpy(block + (at + done) % AIS_MEMORY_BLOCK, (const char *)bytes + done, count);
        done += count;
    }
    if (done > 0 && file->size < at + done)
        file->size = at + done;
    return done > 0 || n == 0 ? (ssize_t)done : -1;
}

static int memory_fdatasync(void *self, int fd)
{
    HELD memory = hold(self);
    return opened_at(memory, fd) != NULL ? 0 : -1;
}

static int memory_ftruncate(void *self, int fd, uint64_t size)
{
    HELD memory = hold(self);
    const struct opened *opened = opened_at(memory, fd);
    if (opened == NULL || !is_writable(opened))
        return fail(opened == NULL ? EBADF : EINVAL);
    struct file *file = opened->file;
    free_blocks(memory, file, blocks_of(size));
    size_t rest = (size_t)(size % AIS_MEMORY_BLOCK), last = (size_t)(size / AIS_MEMORY_BLOCK);
    if (size < file->size && rest > 0 && last < file->block_count && file->blocks[last] != NULL)
        ais_secret_wipe(file->blocks[last] + rest, AIS_MEMORY_BLOCK - rest);
    file->size = size;
    return 0;
}

static void fill_in(const struct memory *memory, const struct file *file, struct ais_file_info *ret)
{
    *ret = (struct ais_file_info){ .size = file->size,
                                   .device = (uintptr_t)memory,
                                   .inode = file->number,
                                   .names = file->names,
                                   .mode = 0600,
                                   .is_file = true };
}

static int memory_fstat(void *self, int fd, struct ais_file_info *ret)
{
    HELD memory = hold(self);
    const struct opened *opened = opened_at(memory, fd);
    if (opened == NULL)
        return -1;
    fill_in(memory, opened->file, ret);
    return 0;
}

static int memory_stat(void *self, const char *name, struct ais_file_info *ret)
{
    HELD memory = hold(self);
    const struct name *found = find(memory, name);
    if (found == NULL)
        return fail(ENOENT);
    fill_in(memory, found->file, ret);
    return 0;
}

static int memory_room(void *self, uint64_t *ret_bytes)
{
    HELD memory = hold(self);
    *ret_bytes = memory->limit - memory->used;
    return 0;
}

static int memory_rename(void *self, const char *from, const char *to)
{
    HELD memory = hold(self);
    struct name *name = find(memory, from), *target = find(memory, to);
    if (name == NULL)
        return fail(ENOENT);
    if (target != NULL && target->file == name->file)
        return 0; /* POSIX: two names of one file stay as they are */
    if (!reserve_name(memory, to))
        return -1;
    struct file *file = find(memory, from)->file;
    if (target != NULL)
        remove_name(memory, find(memory, to));
    add_name(memory, to, file);
    remove_name(memory, find(memory, from));
    return 0;
}

static int memory_exchange(void *self, const char *a, const char *b)
{
    HELD memory = hold(self);
    struct name *one = find(memory, a), *other = find(memory, b);
    if (one == NULL || other == NULL)
        return fail(ENOENT);
    struct file *file = one->file;
    one->file = other->file;
    other->file = file;
    return 0;
}

static int memory_link(void *self, const char *from, const char *to)
{
    HELD memory = hold(self);
    if (find(memory, from) == NULL)
        return fail(ENOENT);
    if (find(memory, to) != NULL)
        return fail(EEXIST);
    if (!reserve_name(memory, to))
        return -1;
    add_name(memory, to, find(memory, from)->file);
    return 0;
}

static int memory_unlink(void *self, const char *text)
{
    HELD memory = hold(self);
    struct name *name = find(memory, text);
    if (name == NULL)
        return fail(ENOENT);
    remove_name(memory, name);
    return 0;
}

static int memory_sync_directory(void *self)
{
    (void)self;
    return 0;
}

/* Over a copy: who is told of a name may use the directory. */
static int memory_list(void *self, void (*each)(void *context, const char *name), void *context)
{
    struct memory *memory = hold(self);
    size_t count = memory->name_count;
    struct name *names = malloc((count + 1) * sizeof *names);
    if (names != NULL && count > 0)
        memcpy(names, memory->names, count * sizeof *names);
    let_go(&memory);
    if (names == NULL)
        return -1;
    for (size_t i = 0; i < count; i++)
        each(context, names[i].text);
    free(names);
    return 0;
}

static void memory_done(void *self)
{
    struct memory *memory = self;
    for (size_t fd = 0; fd < memory->opened_room; fd++) {
        struct file *file = memory->opened[fd].file;
        if (file == NULL)
            continue;
        file->opens--;
        release(memory, file);
    }
    while (memory->name_count > 0)
        remove_name(memory, &memory->names[memory->name_count - 1]);
    pthread_mutex_destroy(&memory->lock);
    free(memory->names);
    free(memory->opened);
    free(memory);
}

static const struct ais_file_ops memory_ops = {
    .open = memory_open,
    .close = memory_close,
    .pread = memory_pread,
    .pwrite = memory_pwrite,
    .fdatasync = memory_fdatasync,
    .ftruncate = memory_ftruncate,
    .fstat = memory_fstat,
    .stat = memory_stat,
    .room = memory_room,
    .rename = memory_rename,
    .exchange = memory_exchange,
    .link = memory_link,
    .unlink = memory_unlink,
    .sync_directory = memory_sync_directory,
    .list = memory_list,
    .done = memory_done,
};

enum ais_err ais_dir_open_memory(const char *name, uint64_t limit, struct ais_dir **ret, struct ais_why *why)
{
    struct memory *memory = calloc(1, sizeof *memory);
    if (memory == NULL)
        return ais_fail(why, AIS_E_NOMEM, "a directory in memory");
    memory->limit = limit;
    pthread_mutex_init(&memory->lock, NULL);
    if (ais_dir_open_over(&memory_ops, memory, name, ret) != AIS_OK) {
        memory_done(memory);
        return ais_fail(why, AIS_E_NOMEM, "a directory in memory");
    }
    return AIS_OK;
}
