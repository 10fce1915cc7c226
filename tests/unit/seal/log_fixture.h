/* What the tests of the sealed log share: a log on a memory disk, and what a reader finds in it. */
#ifndef AIS_TESTS_LOG_FIXTURE_H
#define AIS_TESTS_LOG_FIXTURE_H

#include "shared/seal/log.h"
#include "tests/unit/seal/memdisk.h"
#include "tests/unit/test.h"

#define LOG_KEY   "cw_0x689RpI-jtRR7oE8h_eQsKImvJapLeSbXpwF4e4="
#define OTHER_KEY "Aw_0x689RpI-jtRR7oE8h_eQsKImvJapLeSbXpwF4e4="

struct log_fixture {
    struct memdisk *disk;
    struct ais_dir *dir;
    struct ais_keyring *ring;
    struct ais_seal_log *log; /* NULL while closed */
    struct ais_seal_log_report report;
    struct ais_seal_log_conf conf;
};

void fixture_begin(struct log_fixture *f, uint64_t seed);
void fixture_end(struct log_fixture *f);

/* Opens the log; the report is f->report. */
enum ais_err fixture_open(struct log_fixture *f, struct ais_why *why);

/* Ends the process: whatever the log would still do fails. */
void fixture_end_process(struct log_fixture *f);

/* The same, and then the disk comes back. */
void fixture_crash(struct log_fixture *f, bool power_lost);

/* One record {"id":id,"pad":"xxx…"}. */
enum ais_err fixture_commit(struct log_fixture *f, unsigned id, size_t pad, bool sync);

/* Packs all that can be packed below this segment; returns how many segments were. */
size_t fixture_pack(struct log_fixture *f, uint64_t below);

/* The ids found, in the order read, with their numbers; faults are counted, not fatal. */
struct found {
    unsigned ids[4096];
    uint64_t seqs[4096];
    size_t count, faults;
    char last_fault[320];
};

void fixture_read(struct log_fixture *f, enum ais_seal_order order, struct found *found);

/* Verifies; the first faults are kept. */
struct faults {
    struct ais_seal_fault list[16];
    size_t count;
};

struct ais_seal_verdict fixture_verify(struct log_fixture *f, struct faults *faults);

#endif
