/* Parts of a log: one segment, one line, what follows a line. */
#include "shared/mem/secret.h"
#include "tests/unit/seal/log_fixture.h"

#include <stdio.h>

enum { COMMITS = 40 };

static struct log_fixture f;
static struct ais_seal_reader *reader;

/* Where each commit is; [0] is the genesis. */
static struct ais_seal_place places[COMMITS + 1];

static void note_places(void)
{
    struct ais_seal_commit commit;
    size_t count = 0;
    uint64_t segment = 0;
    assert_int_equal(ais_seal_reader_start(reader, AIS_SEAL_OLDEST_FIRST, NULL, 0, NULL), AIS_OK);
    while (ais_seal_reader_next(reader, &commit, NULL) == AIS_OK) {
        segment = commit.segment > 0 ? commit.segment : segment;
        places[count++] = (struct ais_seal_place){ segment, commit.inode, commit.offset, commit.width };
    }
    assert_int_equal(count, COMMITS + 1);
    ais_seal_reader_end(reader);
}

static int set_up(void **state)
{
    (void)state;
    fixture_begin(&f, 1);
    assert_int_equal(fixture_open(&f, NULL), AIS_OK);
    for (unsigned i = 1; i <= COMMITS; i++)
        assert_int_equal(fixture_commit(&f, i, 300, true), AIS_OK);
    assert_true(ais_seal_log_position(f.log).segment >= 4);
    assert_int_equal(ais_seal_reader_new(f.dir, f.ring, &reader, NULL), AIS_OK);
    note_places();
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    ais_seal_reader_destroy(&reader);
    fixture_end(&f);
    return 0;
}

static uint64_t id_of(const struct ais_seal_commit *commit)
{
    uint64_t id = UINT64_MAX;
    assert_true(ais_json_get_u64(commit->records->first, "id", &id));
    return id;
}

/* The ids that are left to the reader. */
static size_t read_ids(uint64_t *ids)
{
    struct ais_seal_commit commit;
    size_t count = 0;
    while (ais_seal_reader_next(reader, &commit, NULL) == AIS_OK)
        ids[count++] = id_of(&commit);
    return count;
}

static void every_line_is_found_again(void **state)
{
    (void)state;
    struct ais_seal_commit commit;
    for (size_t i = COMMITS + 1; i > 0; i--) {
        assert_int_equal(ais_seal_reader_seek(reader, AIS_SEAL_OLDEST_FIRST, &places[i - 1], NULL), AIS_OK);
        assert_int_equal(ais_seal_reader_next(reader, &commit, NULL), AIS_OK);
        assert_int_equal(id_of(&commit), i - 1);
        assert_int_equal(ais_seal_reader_next(reader, &commit, NULL), AIS_E_NOT_FOUND);
    }
}

static void a_place_that_is_no_line_is_damage_with_its_line(void **state)
{
    (void)state;
    struct ais_seal_commit commit;
    struct ais_why why = { 0 };
    struct ais_seal_place place = places[2];
    place.offset += 3;
    assert_int_equal(ais_seal_reader_seek(reader, AIS_SEAL_OLDEST_FIRST, &place, NULL), AIS_OK);
    assert_int_equal(ais_seal_reader_next(reader, &commit, &why), AIS_E_DAMAGED);
    assert_non_null(strstr(why.text, "audit_logs.1.enc:3: "));
}

static void another_file_under_the_name_is_stale(void **state)
{
    (void)state;
    size_t n = 0;
    unsigned char copy[8192];
    const unsigned char *bytes = memdisk_bytes(f.disk, "audit_logs.1.enc", &n);
    assert_true(n <= sizeof copy);
    memcpy(copy, bytes, n);
    memdisk_remove(f.disk, "audit_logs.1.enc");
    assert_int_equal(ais_seal_reader_seek(reader, AIS_SEAL_OLDEST_FIRST, &places[1], NULL), AIS_E_NOT_FOUND);
    memdisk_put(f.disk, "audit_logs.1.enc", copy, n);
    assert_int_equal(ais_seal_reader_seek(reader, AIS_SEAL_OLDEST_FIRST, &places[1], NULL), AIS_E_STALE);
}

static void the_active_file_is_found_after_it_rotated(void **state)
{
    (void)state;
    struct ais_seal_commit commit;
    const struct ais_seal_place last = places[COMMITS];
    uint64_t segment = ais_seal_log_position(f.log).segment;
    assert_int_equal(last.segment, segment);
    assert_int_equal(last.inode, ais_seal_log_position(f.log).inode);
    while (ais_seal_log_position(f.log).segment == segment)
        assert_int_equal(fixture_commit(&f, 1000, 300, true), AIS_OK);
    assert_int_equal(ais_seal_reader_seek(reader, AIS_SEAL_OLDEST_FIRST, &last, NULL), AIS_OK);
    assert_int_equal(ais_seal_reader_next(reader, &commit, NULL), AIS_OK);
    assert_int_equal(id_of(&commit), COMMITS);
}

static void one_segment_is_read_in_either_order(void **state)
{
    (void)state;
    uint64_t up[COMMITS + 1] = { 0 }, down[COMMITS + 1] = { 0 };
    size_t count = 0;
    assert_int_equal(ais_seal_reader_start(reader, AIS_SEAL_OLDEST_FIRST, NULL, 0, NULL), AIS_OK);
    const uint64_t *segments = ais_seal_reader_segments(reader, &count);
    assert_int_equal(count, ais_seal_log_position(f.log).segment);
    assert_int_equal(segments[1], 2);
    assert_int_equal(ais_seal_reader_only(reader, 2, NULL), AIS_OK);
    size_t n = read_ids(up);
    assert_true(n > 1 && places[up[0]].segment == 2 && places[up[n - 1]].segment == 2);
    assert_int_equal(ais_seal_reader_only(reader, 99, NULL), AIS_E_NOT_FOUND);
    assert_int_equal(ais_seal_reader_start(reader, AIS_SEAL_NEWEST_FIRST, NULL, 0, NULL), AIS_OK);
    assert_int_equal(ais_seal_reader_only(reader, 2, NULL), AIS_OK);
    assert_int_equal(read_ids(down), n);
    for (size_t i = 0; i < n; i++)
        assert_int_equal(up[i], down[n - 1 - i]);
}

static void what_follows_a_line_is_read(void **state)
{
    (void)state;
    uint64_t ids[COMMITS + 1] = { 0 };
    const struct ais_seal_place after = places[COMMITS - 1];
    assert_int_equal(ais_seal_reader_start(reader, AIS_SEAL_OLDEST_FIRST, NULL, COMMITS + 1, NULL), AIS_OK);
    ais_seal_reader_skip(reader, &after);
    size_t count = read_ids(ids);
    assert_true(count >= 1);
    assert_int_equal(ids[count - 1], COMMITS);
    for (size_t i = 0; i < count; i++)
        assert_true(places[ids[i]].inode != after.inode || places[ids[i]].offset > after.offset);
}

/* What was read last stood in a file that was packed since, and the active one has got its inode's number. */
static void nothing_is_left_out_of_a_file_that_took_over_an_inode(void **state)
{
    (void)state;
    uint64_t ids[COMMITS + 1] = { 0 }, last = 0;
    while (places[last + 1].segment <= 2)
        last++;
    const struct ais_seal_place after = { .inode = places[COMMITS].inode, .offset = places[COMMITS].offset };
    assert_int_not_equal(places[last].inode, after.inode);
    assert_int_equal(ais_seal_reader_start(reader, AIS_SEAL_OLDEST_FIRST, NULL, last + 2, NULL), AIS_OK);
    ais_seal_reader_skip(reader, &after);
    size_t count = read_ids(ids);
    assert_true(count >= COMMITS - last);
    for (uint64_t i = 0; i < COMMITS - last; i++)
        assert_int_equal(ids[count - 1 - i], COMMITS - i);
}

/* The same segment, made smaller, has got the number of its old file again: other commits stand at the place. */
static void nothing_is_left_out_where_other_commits_stand(void **state)
{
    (void)state;
    uint64_t ids[COMMITS + 1] = { 0 };
    const struct ais_seal_place *other = &places[COMMITS - 1];
    const struct ais_seal_place after = { .inode = other->inode, .offset = other->offset };
    uint64_t seen = COMMITS - 3; /* what was read last ended there, at an offset that is another's now */
    assert_int_equal(ais_seal_reader_start(reader, AIS_SEAL_OLDEST_FIRST, NULL, seen + 1, NULL), AIS_OK);
    ais_seal_reader_skip(reader, &after);
    size_t count = read_ids(ids);
    assert_true(count >= COMMITS - seen);
    for (uint64_t i = 0; i < COMMITS - seen; i++)
        assert_int_equal(ids[count - 1 - i], COMMITS - i);
}

static void bare_commits_are_read_when_it_is_asked_for(void **state)
{
    (void)state;
    struct ais_seal_commit commit;
    assert_int_equal(ais_seal_reader_start(reader, AIS_SEAL_OLDEST_FIRST, NULL, 0, NULL), AIS_OK);
    ais_seal_reader_bare(reader, true);
    for (uint64_t seq = 1; seq <= COMMITS + 1; seq++) {
        assert_int_equal(ais_seal_reader_next(reader, &commit, NULL), AIS_OK);
        assert_int_equal(commit.seq, seq);
        assert_null(commit.records);
        assert_non_null(memmem(commit.payload, commit.length, "\"records\":[", 11));
        uint64_t offset = commit.offset;
        assert_int_equal(ais_seal_reader_parse(reader, &commit, NULL), AIS_OK);
        assert_int_equal(id_of(&commit), seq - 1);
        assert_int_equal(commit.offset, offset);
    }
    ais_seal_reader_bare(reader, false);
}

static void a_file_that_is_altered_shows_it(void **state)
{
    (void)state;
    struct ais_file_info before, after;
    size_t n = 0;
    assert_int_equal(ais_seal_reader_stat(reader, 1, &before, NULL), AIS_OK);
    assert_int_equal(ais_seal_reader_stat(reader, 1, &after, NULL), AIS_OK);
    assert_int_equal(before.modified_ns, after.modified_ns);
    memdisk_bytes(f.disk, "audit_logs.1.enc", &n)[7] ^= 1;
    assert_int_equal(ais_seal_reader_stat(reader, 1, &after, NULL), AIS_OK);
    assert_int_not_equal(before.modified_ns, after.modified_ns);
    assert_int_equal(ais_seal_reader_stat(reader, 99, &after, NULL), AIS_E_NOT_FOUND);
    assert_int_equal(ais_seal_reader_stat(reader, 0, &after, NULL), AIS_OK);
    assert_int_equal(after.inode, ais_seal_log_position(f.log).inode);
}

static void the_writer_says_how_it_left_the_file_before(void **state)
{
    (void)state;
    struct ais_file_info info;
    const struct ais_seal_position position = ais_seal_log_position(f.log);
    assert_int_equal(ais_seal_reader_stat(reader, position.segment - 1, &info, NULL), AIS_OK);
    assert_int_equal(info.modified_ns, position.before_ns);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(every_line_is_found_again),
        TEST(a_place_that_is_no_line_is_damage_with_its_line),
        TEST(another_file_under_the_name_is_stale),
        TEST(the_active_file_is_found_after_it_rotated),
        TEST(one_segment_is_read_in_either_order),
        TEST(what_follows_a_line_is_read),
        TEST(nothing_is_left_out_of_a_file_that_took_over_an_inode),
        TEST(nothing_is_left_out_where_other_commits_stand),
        TEST(bare_commits_are_read_when_it_is_asked_for),
        TEST(a_file_that_is_altered_shows_it),
        TEST(the_writer_says_how_it_left_the_file_before),
    };
    if (ais_secret_init(NULL) != AIS_OK)
        return 1;
    return cmocka_run_group_tests_name("seal/log_seek", tests, NULL, NULL);
}
