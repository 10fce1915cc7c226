/* Files of the data directory, and the fault seam below everything that is sealed.
 *
 * A struct ais_dir is one directory and a table of calls. The real table is the kernel's; file_memory.h has one that
 * keeps files in memory; tests put in one that fails, shortens or forgets writes on purpose. Nothing else in the
 * product opens a file of the data directory. Names are plain (no '/'). Files are 0600, directories 0700; symbolic
 * links are not followed. Safe from any thread as long as two do not write the same file. */
#ifndef AIS_SHARED_SEAL_FILE_H
#define AIS_SHARED_SEAL_FILE_H

#include "shared/err/err.h"
#include "shared/mem/buf.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

struct ais_file_info {
    uint64_t size;          /* bytes */
    uint64_t device, inode; /* equal for two names of one file */
    uint64_t names;         /* links that are left; 0: deleted underneath */
    unsigned mode;          /* permission bits */
    bool is_file;           /* and no directory, link, pipe or device; what is open always is */
    int64_t modified_ns;    /* by its descriptor only: when its content last changed; only for being compared with
                               another of the same file */
    int64_t born_ns;        /* by its name only: when the file was made; 0: not known. Of an inode that has come again
                               it differs */
};

/* The seam: each call as its namesake in POSIX (-1 and errno; a count may be short), names relative to the directory.
 * open adds O_CLOEXEC, O_NOFOLLOW and mode 0600 to flags. list calls each for every entry but "." and "..". */
struct ais_file_ops {
    int (*open)(void *self, const char *name, int flags);
    int (*close)(void *self, int fd);
    ssize_t (*pread)(void *self, int fd, void *bytes, size_t n, uint64_t at);
    ssize_t (*pwrite)(void *self, int fd, const void *bytes, size_t n, uint64_t at);
    int (*fdatasync)(void *self, int fd);
    int (*ftruncate)(void *self, int fd, uint64_t size);
    int (*fstat)(void *self, int fd, struct ais_file_info *ret);
    int (*stat)(void *self, const char *name, struct ais_file_info *ret); /* symbolic links are not followed */
    int (*room)(void *self, uint64_t *ret_bytes);                /* statvfs: bytes that can still be written here */
    int (*rename)(void *self, const char *from, const char *to); /* replaces to */
    int (*exchange)(void *self, const char *a, const char *b);   /* renameat2 with RENAME_EXCHANGE */
    int (*link)(void *self, const char *from, const char *to);   /* EEXIST when to exists */
    int (*unlink)(void *self, const char *name);
    int (*sync_directory)(void *self);
    int (*list)(void *self, void (*each)(void *context, const char *name), void *context);
    void (*done)(void *self); /* the directory is being closed */
};

struct ais_dir;

/* Opens the directory at path; with create, it and missing parents are made. One that others may enter is tightened to
 * 0700, and *ret_tightened (may be NULL) says so. *ret ends with ais_dir_close.
 * AIS_E_NOT_FOUND: absent and not create; AIS_E_IO: anything else. */
MUST_CHECK enum ais_err ais_dir_open(const char *path, bool create, struct ais_dir **ret, bool *ret_tightened,
                                     struct ais_why *why);

/* A directory over another table, for tests: self is handed to each call and, at the end, to done. */
MUST_CHECK enum ais_err ais_dir_open_over(const struct ais_file_ops *ops, void *self, const char *path,
                                          struct ais_dir **ret);

/* Takes the one writer's lock of the directory, held until it is closed or the process ends. AIS_E_LOCKED: another
 * process (or another ais_dir of this one) has it. */
MUST_CHECK enum ais_err ais_dir_lock(struct ais_dir *dir, struct ais_why *why);

void ais_dir_close(struct ais_dir **dir);

/* The path that it was opened with; borrowed. */
const char *ais_dir_path(const struct ais_dir *dir);

/* Makes what happened to names durable: creations, renames, deletions. */
MUST_CHECK enum ais_err ais_dir_sync(struct ais_dir *dir, struct ais_why *why);

/* Calls each for every name in the directory, in no order. */
MUST_CHECK enum ais_err ais_dir_list(struct ais_dir *dir, void (*each)(void *context, const char *name), void *context,
                                     struct ais_why *why);

/* Opens name with the flags of open(2). *ret_fd ends with ais_file_close. AIS_E_NOT_FOUND when it is absent. */
MUST_CHECK enum ais_err ais_file_open(struct ais_dir *dir, const char *name, int flags, int *ret_fd,
                                      struct ais_why *why);

/* Closes *fd and sets it to -1; -1 is fine. What had to be durable was synced before: the result is not interesting. */
void ais_file_close(struct ais_dir *dir, int *fd);

/* Reads n bytes at offset at; *ret_n is less than n only at the end of the file. */
MUST_CHECK enum ais_err ais_file_read(struct ais_dir *dir, int fd, void *bytes, size_t n, uint64_t at, size_t *ret_n,
                                      struct ais_why *why);

/* Writes n bytes at offset at: one call of the seam unless the kernel takes fewer. On failure an unknown part of the
 * range may have been written. AIS_E_SPACE: the device or quota is full; AIS_E_IO: everything else. */
MUST_CHECK enum ais_err ais_file_write(struct ais_dir *dir, int fd, const void *bytes, size_t n, uint64_t at,
                                       struct ais_why *why);

/* Writes count newlines from offset at on: the padding of sealed logs. Fails as ais_file_write does. */
MUST_CHECK enum ais_err ais_file_pad(struct ais_dir *dir, int fd, uint64_t at, uint64_t count, struct ais_why *why);

/* fdatasync. After a failure the kernel has forgotten what it could not write: calling it again proves nothing. */
MUST_CHECK enum ais_err ais_file_sync(struct ais_dir *dir, int fd, struct ais_why *why);

MUST_CHECK enum ais_err ais_file_cut(struct ais_dir *dir, int fd, uint64_t size, struct ais_why *why);
MUST_CHECK enum ais_err ais_file_info(struct ais_dir *dir, int fd, struct ais_file_info *ret, struct ais_why *why);

/* What stands under name now. AIS_E_NOT_FOUND: nothing does. */
MUST_CHECK enum ais_err ais_file_look(struct ais_dir *dir, const char *name, struct ais_file_info *ret,
                                      struct ais_why *why);

/* Bytes that the file system still has room for. A hint: others write to it, too. */
MUST_CHECK enum ais_err ais_dir_room(struct ais_dir *dir, uint64_t *ret_bytes, struct ais_why *why);

MUST_CHECK enum ais_err ais_file_rename(struct ais_dir *dir, const char *from, const char *to, struct ais_why *why);
MUST_CHECK enum ais_err ais_file_link(struct ais_dir *dir, const char *from, const char *to, struct ais_why *why);

/* Gives each of two files the other's name, in one step: unlike a rename it fails when either is gone by now.
 * AIS_E_NOT_FOUND: one is; AIS_E_REFUSED: the file system cannot do this, ever. */
MUST_CHECK enum ais_err ais_file_exchange(struct ais_dir *dir, const char *a, const char *b, struct ais_why *why);

/* Deletes name; one that is absent already is fine. */
MUST_CHECK enum ais_err ais_file_unlink(struct ais_dir *dir, const char *name, struct ais_why *why);

/* Replaces the content of out with the whole file. AIS_E_LIMIT when it is larger than limit, AIS_E_NOT_FOUND. */
MUST_CHECK enum ais_err ais_file_load(struct ais_dir *dir, const char *name, size_t limit, struct ais_buf *out,
                                      struct ais_why *why);

/* Replaces the file atomically: writes name.tmp, syncs it, renames it, syncs the directory. On failure the old content
 * stands, except that after a failed sync of the directory either may be found after a crash. */
MUST_CHECK enum ais_err ais_file_replace(struct ais_dir *dir, const char *name, const void *bytes, size_t n,
                                         struct ais_why *why);

#endif
