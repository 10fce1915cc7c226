/* How many processors this process may use. */
#ifndef AIS_SHARED_SYS_PROCESSORS_H
#define AIS_SHARED_SYS_PROCESSORS_H

/* The processors that the calling thread may run on or, where that is less, what its control groups grant (cpu.max of
 * version 2, cpu.cfs_quota_us of version 1; Linux, Documentation/admin-guide/cgroup-v2.rst and
 * scheduler/sched-bwc.rst), rounded down; 1 at least. Reads some files each time: not for what is done often. */
unsigned ais_processors(void);

/* What the control groups named in the file `membership` (/proc/self/cgroup) grant by the files under root
 * (/sys/fs/cgroup), rounded down, 1 at least; UINT_MAX: no limit, or none that can be read. */
unsigned ais_processors_granted(const char *membership, const char *root);

#endif
