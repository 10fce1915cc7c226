#include "shared/seal/file_fault.h"

#include "shared/seal/file_real.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { SCRIPT = 1024, DESCRIPTORS = 1024, NAME = 64, SHORT = -1 };

static const struct {
    const char *word;
    int errnum;
} errors[] = {
    {"EIO",     EIO   },
    { "ENOSPC", ENOSPC},
    { "EROFS",  EROFS },
    { "EDQUOT", EDQUOT},
    { "EACCES", EACCES},
    { "SHORT",  SHORT },
};

static pthread_once_t once = PTHREAD_ONCE_INIT;
static const char *script_path; /* borrowed from the environment as it was at the start, copied */
static atomic_ulong calls;

/* By which name a descriptor was opened. */
static pthread_mutex_t names_lock = PTHREAD_MUTEX_INITIALIZER;
static char names[DESCRIPTORS][NAME];

static void name_of(int fd, char ret[NAME])
{
    pthread_mutex_lock(&names_lock);
    snprintf(ret, NAME, "%s", fd >= 0 && fd < DESCRIPTORS ? names[fd] : "");
    pthread_mutex_unlock(&names_lock);
}

static void set_name(int fd, const char *name)
{
    pthread_mutex_lock(&names_lock);
    if (fd >= 0 && fd < DESCRIPTORS)
        snprintf(names[fd], NAME, "%s", name);
    pthread_mutex_unlock(&names_lock);
}

/* The script as it is now; empty where there is none. */
static void read_script(char script[SCRIPT])
{
    int fd = open(script_path, O_RDONLY | O_CLOEXEC);
    ssize_t n = fd >= 0 ? read(fd, script, SCRIPT - 1) : 0;
    script[n > 0 ? n : 0] = '\0';
    if (fd >= 0)
        close(fd);
}

static int errnum_of(const char *word)
{
    for (size_t i = 0; i < N_ELEMS(errors); i++)
        if (strcmp(errors[i].word, word) == 0)
            return errors[i].errnum;
    return 0;
}

/* What the script wants of this call: 0, an errno, or SHORT. */
static int wanted(const char *call, const char *name)
{
    char script[SCRIPT], *rest = NULL;
    read_script(script);
    int fault = 0;
    for (char *line = strtok_r(script, "\n", &rest); line != NULL; line = strtok_r(NULL, "\n", &rest)) {
        char what[32] = "", how[32] = "", prefix[NAME] = "";
        int n = sscanf(line, "%31s %31s %63s", what, how, prefix);
        if (n >= 2 && strcmp(what, "kill") == 0 && atomic_fetch_add(&calls, 1) + 1 >= strtoul(how, NULL, 10))
            raise(SIGKILL);
        if (n >= 2 && strcmp(what, call) == 0 && strncmp(name, prefix, strlen(prefix)) == 0)
            fault = errnum_of(how);
    }
    return fault;
}

static bool fails(const char *call, const char *name)
{
    int fault = wanted(call, name);
    if (fault > 0)
        errno = fault;
    return fault > 0;
}

static bool fails_on(const char *call, int fd)
{
    char name[NAME];
    name_of(fd, name);
    return fails(call, name);
}

static int fault_open(void *self, const char *name, int flags)
{
    if ((flags & (O_CREAT | O_TRUNC)) != 0 && fails("open", name))
        return -1;
    int fd = ais_file_ops_real.open(self, name, flags);
    set_name(fd, name);
    return fd;
}

static ssize_t fault_pwrite(void *self, int fd, const void *bytes, size_t n, uint64_t at)
{
    char name[NAME];
    name_of(fd, name);
    int fault = wanted("pwrite", name);
    if (fault > 0) {
        errno = fault;
        return -1;
    }
    return ais_file_ops_real.pwrite(self, fd, bytes, fault == SHORT ? n / 2 + 1 : n, at);
}

static int fault_fdatasync(void *self, int fd)
{
    return fails_on("fdatasync", fd) ? -1 : ais_file_ops_real.fdatasync(self, fd);
}

static int fault_ftruncate(void *self, int fd, uint64_t size)
{
    return fails_on("ftruncate", fd) ? -1 : ais_file_ops_real.ftruncate(self, fd, size);
}

static int fault_rename(void *self, const char *from, const char *to)
{
    return fails("rename", from) ? -1 : ais_file_ops_real.rename(self, from, to);
}

static int fault_exchange(void *self, const char *a, const char *b)
{
    return fails("exchange", a) ? -1 : ais_file_ops_real.exchange(self, a, b);
}

static int fault_link(void *self, const char *from, const char *to)
{
    return fails("link", from) ? -1 : ais_file_ops_real.link(self, from, to);
}

static int fault_unlink(void *self, const char *name)
{
    return fails("unlink", name) ? -1 : ais_file_ops_real.unlink(self, name);
}

static int fault_sync_directory(void *self)
{
    return fails("sync_directory", "") ? -1 : ais_file_ops_real.sync_directory(self);
}

static int fault_room(void *self, uint64_t *ret_bytes)
{
    char script[SCRIPT];
    read_script(script);
    const char *line = strstr(script, "room ");
    if (line == NULL)
        return ais_file_ops_real.room(self, ret_bytes);
    *ret_bytes = strtoull(line + strlen("room "), NULL, 10);
    return 0;
}

static struct ais_file_ops ops;

static void set_up(void)
{
    const char *path = getenv("AIS_FAULTS");
    script_path = path != NULL ? strdup(path) : NULL; /* for the process's life */
    ops = ais_file_ops_real;
    ops.open = fault_open;
    ops.pwrite = fault_pwrite;
    ops.fdatasync = fault_fdatasync;
    ops.ftruncate = fault_ftruncate;
    ops.rename = fault_rename;
    ops.exchange = fault_exchange;
    ops.link = fault_link;
    ops.unlink = fault_unlink;
    ops.sync_directory = fault_sync_directory;
    ops.room = fault_room;
}

const struct ais_file_ops *ais_file_faults(void)
{
    pthread_once(&once, set_up);
    return script_path != NULL ? &ops : NULL;
}
