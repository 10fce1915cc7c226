#include "tests/unit/seal/memdisk_state.h"

#include <pthread.h>
#include <string.h>

static pthread_mutex_t mutex = PTHREAD_RECURSIVE_MUTEX_INITIALIZER_NP;

struct memdisk *disk_hold(struct memdisk *disk)
{
    int locked = pthread_mutex_lock(&mutex);
    MUST(locked == 0);
    return disk;
}

void disk_let_go(struct memdisk **disk)
{
    (void)disk;
    int unlocked = pthread_mutex_unlock(&mutex);
    MUST(unlocked == 0);
}

uint64_t memdisk_random(struct memdisk *disk, uint64_t below)
{
    disk->state ^= disk->state << 13;
    disk->state ^= disk->state >> 7;
    disk->state ^= disk->state << 17;
    return (disk->state * 0x2545F4914F6CDD1DULL >> 33) % below;
}

/* ---- Content -------------------------------------------------------------------------------------------------- */

void content_resize(struct content *content, size_t size)
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

size_t inode_sectors(const struct inode *inode)
{
    size_t size = inode->seen.size > inode->durable.size ? inode->seen.size : inode->durable.size;
    return (size + SECTOR - 1) / SECTOR;
}

void inode_need_lost(struct inode *inode)
{
    size_t count = inode_sectors(inode);
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
        content_resize(&inode->durable, at + n);
    memcpy(inode->durable.bytes + at, inode->seen.bytes + at, n);
}

void inode_persist(struct memdisk *disk, struct inode *inode, bool all)
{
    inode_need_lost(inode);
    size_t count = inode_sectors(inode);
    bool size_too = all || memdisk_random(disk, 2) == 0;
    for (size_t i = 0; i < count; i++)
        if (!inode->lost[i] && (all || memdisk_random(disk, 2) == 0))
            persist_sector(inode, i);
    if (size_too)
        content_resize(&inode->durable, inode->seen.size);
}

void content_copy(struct content *to, const struct content *from)
{
    content_resize(to, from->size);
    if (from->size > 0)
        memcpy(to->bytes, from->bytes, from->size);
}

/* ---- Names ---------------------------------------------------------------------------------------------------- */

struct name *names_find(struct names *names, const char *text)
{
    for (size_t i = 0; i < names->count; i++)
        if (strcmp(names->names[i].text, text) == 0)
            return &names->names[i];
    return NULL;
}

void names_remove(struct names *names, const char *text)
{
    struct name *name = names_find(names, text);
    if (name != NULL)
        *name = names->names[--names->count];
}

void names_add(struct names *names, const char *text, int inode)
{
    names_remove(names, text);
    MUST(names->count < NAMES);
    struct name *name = &names->names[names->count++];
    snprintf(name->text, sizeof name->text, "%s", text);
    name->inode = inode;
}

void disk_names_changed(struct memdisk *disk)
{
    MUST(disk->history_count < OPERATIONS);
    disk->history[disk->history_count++] = disk->now;
}

struct inode *disk_inode(struct memdisk *disk, int fd)
{
    MUST(fd >= 0 && fd < OPENED && disk->opened[fd] > 0);
    return &disk->inodes[disk->opened[fd] - 1];
}
