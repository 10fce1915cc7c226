#include "shared/storage/damage.h"

#include "shared/audit/event.h"
#include "shared/audit/places.h"
#include "shared/json/write.h"
#include "shared/log/log.h"

#include <string.h>

enum { LOOKED_BACK_MOST = 32 << 20 }; /* bytes of commits in rotated segments: a start does not wait long for them */

struct damage {
    struct ais_dir *dir;                      /* borrowed, as the report */
    uint64_t segment;                         /* the active one */
    const struct ais_seal_log_report *report; /* of the open */
    struct ais_places places;                 /* owned; that records tell of */

    /* Of each fault of the report, and of their number, where they are more than it spells out. */
    bool stays[AIS_SEAL_LOG_FAULTS], recorded[AIS_SEAL_LOG_FAULTS], more_recorded;
};

static void damage_done(struct damage *damage)
{
    ais_places_done(&damage->places);
}

static bool is_active(const char *file)
{
    return strcmp(file, AIS_SEAL_LOG_ACTIVE) == 0;
}

/* Whether the next start meets it as well. All else has happened once, and was set right: it would be told in the same
 * words if it happened again. */
static bool stays(struct ais_dir *dir, const struct ais_seal_fault *fault)
{
    struct ais_file_info info;
    return is_active(fault->file) ? fault->line > 0 : ais_file_look(dir, fault->file, &info, NULL) == AIS_OK;
}

/* Sees which faults the places have. */
static void compare(struct damage *damage)
{
    const struct ais_seal_log_report *report = damage->report;
    for (size_t i = 0; i < report->fault_count; i++) {
        const struct ais_seal_fault *fault = &report->faults[i];
        damage->recorded[i] =
            damage->stays[i] && ais_places_has(&damage->places, fault->file, damage->segment, fault->line, fault->text);
    }
    damage->more_recorded = report->fault_total == report->fault_count ||
                            ais_places_has_more(&damage->places, damage->segment, report->fault_total);
}

/* Faults that a record may tell of and none is known to; rotated: those that it may tell of in a rotated segment. */
static bool is_anything_open(const struct damage *damage, bool rotated)
{
    const struct ais_seal_log_report *report = damage->report;
    for (size_t i = 0; i < report->fault_count; i++)
        if (damage->stays[i] && !damage->recorded[i] && !(rotated && is_active(report->faults[i].file)))
            return true;
    return !rotated && !damage->more_recorded;
}

/* Takes what the commit's records tell of. Most say nothing of the kind, so they are looked at as bytes first. */
static void take_commit(struct damage *damage, struct ais_seal_reader *reader, struct ais_seal_commit *commit,
                        bool active)
{
    const char *name = ais_audit_kind_name(AIS_AUDIT_INTEGRITY_FAULT);
    if (memmem(commit->payload, commit->length, name, strlen(name)) == NULL ||
        ais_seal_reader_parse(reader, commit, NULL) != AIS_OK)
        return;
    for (const struct ais_json *record = commit->records->first; record != NULL; record = record->next) {
        const char *event = ais_json_get_text(record, "event");
        if (event != NULL && strcmp(event, name) == 0)
            ais_places_read(&damage->places, record, active ? damage->segment : 0);
    }
    ais_places_sort(&damage->places);
    compare(damage);
}

/* Reads backwards until all is found that was recorded, or it has gone far enough. */
static void look_back(struct damage *damage, struct ais_seal_reader *reader)
{
    struct ais_seal_commit commit;
    struct ais_why reason = { 0 };
    uint64_t behind = 0;
    enum ais_err err = ais_seal_reader_start(reader, AIS_SEAL_NEWEST_FIRST, NULL, 0, &reason);
    ais_seal_reader_bare(reader, true);
    while ((err == AIS_OK || err == AIS_E_DAMAGED) && is_anything_open(damage, behind > 0)) {
        err = ais_seal_reader_next(reader, &commit, &reason);
        if (err != AIS_OK)
            continue;
        bool active = is_active(commit.file);
        behind += active ? 0 : commit.length;
        if (behind > LOOKED_BACK_MOST)
            return;
        take_commit(damage, reader, &commit, active);
    }
}

static void find_recorded(struct damage *damage, const struct ais_keyring *ring)
{
    struct ais_seal_reader *reader = NULL;
    if (!is_anything_open(damage, false) || ais_seal_reader_new(damage->dir, ring, &reader, NULL) != AIS_OK)
        return;
    look_back(damage, reader);
    ais_seal_reader_destroy(&reader);
}

static void write_place(struct ais_buf *out, const struct ais_seal_fault *fault)
{
    ais_jw_begin_object(out, NULL);
    ais_jw_text(out, "file", fault->file);
    ais_jw_u64(out, "line", fault->line);
    ais_jw_text(out, "fault", fault->text);
    ais_jw_end_object(out);
}

void ais_damage_write(struct ais_dir *dir, const struct ais_keyring *ring, uint64_t segment,
                      const struct ais_seal_log_report *report, struct ais_buf *out)
{
    AUTO(damage_done) struct damage damage = { .dir = dir, .segment = segment, .report = report };
    size_t told = 0;
    for (size_t i = 0; i < report->fault_count; i++) {
        const struct ais_seal_fault *fault = &report->faults[i];
        ais_log(AIS_LOG_ERROR, "damage in the audit log: %s:%llu: %s", fault->file, (unsigned long long)fault->line,
                fault->text);
        damage.stays[i] = stays(dir, fault);
    }
    compare(&damage);
    find_recorded(&damage, ring);
    for (size_t i = 0; i < report->fault_count; i++)
        told += !damage.more_recorded || !damage.recorded[i];
    if (told == 0)
        return;
    ais_jw_begin_object(out, NULL);
    ais_jw_u64(out, "faults", damage.more_recorded ? told : report->fault_total);
    ais_jw_begin_array(out, "places");
    for (size_t i = 0; i < report->fault_count; i++)
        if (!damage.more_recorded || !damage.recorded[i])
            write_place(out, &report->faults[i]);
    ais_jw_end_array(out);
    ais_jw_end_object(out);
}
