#include "shared/store/owner.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

static const char note_name[] = "lock";
enum { NOTE_SIZE = 128 };

/* Courtesy only: a full disk must not keep the service from starting. */
static void leave_note(struct ais_dir *dir)
{
    char note[NOTE_SIZE];
    int n = snprintf(note, sizeof note, "%s, process %ld", program_invocation_short_name, (long)getpid());
    size_t length = n > 0 && (size_t)n < sizeof note ? (size_t)n : 0;
    enum ais_err ignored = ais_file_replace(dir, note_name, note, length, NULL);
    (void)ignored;
}

enum ais_err ais_owner_lock(struct ais_dir *dir, struct ais_why *why)
{
    AUTO(ais_buf_done) struct ais_buf note = { 0 };
    enum ais_err err = ais_dir_lock(dir, why);
    if (err == AIS_OK)
        leave_note(dir);
    else if (err == AIS_E_LOCKED && ais_file_load(dir, note_name, NOTE_SIZE, &note, NULL) == AIS_OK && note.length > 0)
        return ais_fail(why, AIS_E_LOCKED, "%s is in use by %s", ais_dir_path(dir), note.data);
    return err;
}
