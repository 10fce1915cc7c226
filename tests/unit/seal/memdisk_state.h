/* What the disk in memory consists of: for memdisk.c, which is the tests' side of it, and memdisk_table.c, which is the
 * seam's. */
#ifndef AIS_TESTS_MEMDISK_STATE_H
#define AIS_TESTS_MEMDISK_STATE_H

#include "tests/unit/seal/memdisk.h"

#include <stdio.h>
#include <stdlib.h>

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

/* One call at a time, whichever thread makes it: an auditor and its helper share a disk. HELD disk = disk_hold(shared)
 * holds it to the end of the block; what holds it may hold it again. */
struct memdisk *disk_hold(struct memdisk *disk);
void disk_let_go(struct memdisk **disk);
#define HELD AUTO(disk_let_go) struct memdisk *

/* Makes it so large; what is new is zero. */
void content_resize(struct content *content, size_t size);
void content_copy(struct content *to, const struct content *from);

/* As many as what is seen or what is durable has, whichever is larger. */
size_t inode_sectors(const struct inode *inode);

/* Has inode->lost tell of each of them. */
void inode_need_lost(struct inode *inode);

/* Makes sectors durable: all that are not lost, or a random part of them. */
void inode_persist(struct memdisk *disk, struct inode *inode, bool all);

/* The name of this text; NULL when there is none. Lasts until a name is added or removed. */
struct name *names_find(struct names *names, const char *text);
void names_remove(struct names *names, const char *text);

/* In place of one of the same text, if there is one. */
void names_add(struct names *names, const char *text, int inode);

/* After each change of the names: keeps how they are now. */
void disk_names_changed(struct memdisk *disk);

/* The file behind a descriptor, which must be open. */
struct inode *disk_inode(struct memdisk *disk, int fd);

/* The calls of the seam, of which some serve the tests as well. */
extern const struct ais_file_ops memdisk_ops;

#endif
