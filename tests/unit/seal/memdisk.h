/* A disk in memory below the fault seam. It keeps apart what was written from what is durable: a power cut persists
 * any subset of the sectors that were not synced, and any prefix of the changes to names. Calls can be made to fail,
 * and a sync that failed forgets what it could not write, as the kernel does. */
#ifndef AIS_TESTS_MEMDISK_H
#define AIS_TESTS_MEMDISK_H

#include "shared/seal/file.h"

struct memdisk;

struct memdisk *memdisk_new(uint64_t seed);
void memdisk_destroy(struct memdisk **disk);

/* A directory over the disk; ends before the disk does. */
struct ais_dir *memdisk_dir(struct memdisk *disk);

/* From the calls-th changing call on (1: the next), `lasting` calls fail with errnum; a write may do a part first. */
void memdisk_fail(struct memdisk *disk, unsigned calls, unsigned lasting, int errnum);

/* From the calls-th changing call on everything fails, until memdisk_restart: the process is as good as dead. */
void memdisk_die(struct memdisk *disk, unsigned calls);

/* Faults that were planned or last end. */
void memdisk_heal(struct memdisk *disk);

/* A new process: with power lost, only what was durable is there, and what luck had it. Faults end, files are closed.
 */
void memdisk_restart(struct memdisk *disk, bool power_lost);

/* Changing calls made so far. */
unsigned long memdisk_calls(const struct memdisk *disk);

/* The file's bytes, which a test may alter while no other thread reads, and which count as modified; NULL when there is
 * none. */
unsigned char *memdisk_bytes(struct memdisk *disk, const char *name, size_t *ret_n);

/* Flips one bit of the byte at this place of a line, of which 1 is the first, while nobody else uses the disk. */
void memdisk_flip(struct memdisk *disk, const char *name, unsigned line, size_t at);

/* Deletes, or gives another name to, a file behind everybody's back; or sets its content. */
void memdisk_remove(struct memdisk *disk, const char *name);
void memdisk_move(struct memdisk *disk, const char *from, const char *to);
void memdisk_cut(struct memdisk *disk, const char *name, size_t size);
/* The file is another one from now on, that got the same number. */
void memdisk_reborn(struct memdisk *disk, const char *name);
void memdisk_put(struct memdisk *disk, const char *name, const void *bytes, size_t n);

/* From now on watch(context, name) is called before each read of a file that has a name, by whichever thread reads, and
 * may have it wait. Set before other threads use the disk. */
void memdisk_watch(struct memdisk *disk, void (*watch)(void *context, const char *name), void *context);

/* How much room the disk says that it has from now on; it takes what it is given in any case. */
void memdisk_room(struct memdisk *disk, uint64_t bytes);

uint64_t memdisk_random(struct memdisk *disk, uint64_t below);

#endif
