/* What packing costs and saves, on the rotated files of a real log: sizes, MB/s, verifying before and after, and one
 * commit at random before and after.
 * usage: bench_pack DIR (a copy of a data directory with rotated files that are not packed, and its fernet.key; they
 * are packed afterwards) */
#include "shared/mem/secret.h"
#include "shared/seal/log_lines.h"
#include "shared/sys/clock.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>

static void must(enum ais_err err, const struct ais_why *why)
{
    if (err == AIS_OK)
        return;
    fprintf(stderr, "%s: %s\n", ais_err_text(err), why->text);
    exit(1);
}

static void bench_verify(struct ais_dir *dir, const struct ais_keyring *ring, const char *what)
{
    struct ais_why why = { 0 };
    struct ais_seal_verdict verdict = { 0 };
    int64_t start = ais_clock_mono();
    must(ais_seal_log_verify(dir, ring, NULL, NULL, NULL, NULL, &verdict, &why), &why);
    double s = (double)(ais_clock_mono() - start) / 1e9;
    printf("verify %-9s: %7.1f MB of tokens, %.0f MB/s, %.0f records/s, %llu commits, %llu faults\n", what,
           (double)verdict.bytes / 1e6, (double)verdict.bytes / 1e6 / s, (double)verdict.records / s,
           (unsigned long long)verdict.commits, (unsigned long long)verdict.faults);
}

/* Opens a line at random and takes one of its commits, as a search by an index would. */
static void bench_random(struct ais_dir *dir, const struct ais_keyring *ring, const char *name, const char *what)
{
    enum { ROUNDS = 2000 };
    struct ais_why why = { 0 };
    struct ais_seal_opener opener;
    struct ais_seal_segment segment = { .fd = -1 };
    struct ais_seal_commit commit;
    must(ais_seal_opener_init(&opener, dir, ring, &why), &why);
    must(ais_seal_segment_open(dir, name, UINT64_MAX, &segment, &why), &why);
    srandom(1);
    int64_t start = ais_clock_mono();
    for (int i = 0; i < ROUNDS; i++) {
        ais_seal_opener_at(&opener, &segment, (size_t)random() % segment.count);
        must(ais_seal_opener_next(&opener, AIS_SEAL_NEWEST_FIRST, &commit, &why), &why);
    }
    printf("one commit %-9s: %.0f us, of %zu lines\n", what, (double)(ais_clock_mono() - start) / 1e3 / ROUNDS,
           segment.count);
    ais_seal_segment_close(dir, &segment);
    ais_seal_opener_done(&opener);
}

static bool never(void *context)
{
    (void)context;
    return false;
}

static void bench_packing(struct ais_dir *dir, const struct ais_keyring *ring, uint64_t active)
{
    struct ais_why why = { 0 };
    AUTO(ais_seal_packer_destroy) struct ais_seal_packer *packer = NULL;
    const struct ais_seal_packing packing = { .active = active, .retention = UINT32_MAX, .stop = never };
    struct ais_seal_packed packed;
    double before = 0, after = 0;
    size_t count = 0;
    must(ais_seal_packer_new(dir, ring, &packer, &why), &why);
    int64_t start = ais_clock_mono();
    for (;;) {
        must(ais_seal_packer_next(packer, &packing, &packed, &why), &why);
        if (packed.segment == 0)
            break;
        count += !packed.left;
        before += (double)packed.before / 1e6;
        after += (double)packed.after / 1e6;
    }
    double s = (double)(ais_clock_mono() - start) / 1e9;
    printf("pack            : %zu files, %.1f MB become %.1f MB (%.1f %%), %.1f MB/s\n", count, before, after,
           100 * after / before, before / s);
}

int main(int argc, char **argv)
{
    struct ais_why why = { 0 };
    AUTO(ais_keyring_destroy) struct ais_keyring *ring = NULL;
    AUTO(ais_dir_close) struct ais_dir *dir = NULL;
    AUTO(ais_buf_done) struct ais_buf key = { 0 };
    AUTO(ais_seal_listing_done) struct ais_seal_listing listing = { 0 };
    char name[AIS_SEAL_LOG_NAME_SIZE];
    if (argc != 2) {
        fprintf(stderr, "usage: bench_pack DIR\n");
        return 2;
    }
    must(ais_secret_init(&why), &why);
    must(ais_dir_open(argv[1], false, &dir, NULL, &why), &why);
    must(ais_file_load(dir, "fernet.key", 4096, &key, &why), &why);
    must(ais_keyring_parse(key.data, &ring, &why), &why);
    must(ais_seal_listing_read(dir, &listing, &why), &why);
    if (listing.count == 0) {
        fprintf(stderr, "bench_pack: no rotated file in '%s'\n", argv[1]);
        return 1;
    }
    ais_seal_log_name(listing.numbers[listing.count / 2], name);
    bench_verify(dir, ring, "as it was");
    bench_random(dir, ring, name, "as it was");
    bench_packing(dir, ring, listing.numbers[listing.count - 1] + 1);
    bench_verify(dir, ring, "packed");
    bench_random(dir, ring, name, "packed");
    return 0;
}
