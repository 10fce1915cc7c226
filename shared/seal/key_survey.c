#include "shared/seal/key_survey.h"

#include "shared/seal/log_lines.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { LONGEST = 64 << 20 }; /* bytes of a line; a longer one is nothing that was ever written */

typedef char file_name[AIS_SEAL_LOG_NAME_SIZE];

struct names {
    const char *skip; /* borrowed */
    file_name *names; /* owned */
    size_t count, capacity;
    bool failed;
};

static void note_name(void *context, const char *name)
{
    struct names *names = context;
    size_t n = strlen(name);
    bool sealed = n > 4 && strcmp(name + n - 4, ".enc") == 0;
    if ((!sealed && ais_seal_log_aside_number(name) == 0) || n >= sizeof(file_name) || strcmp(name, names->skip) == 0)
        return;
    if (names->count == names->capacity) {
        size_t capacity = names->capacity > 0 ? 2 * names->capacity : 16;
        file_name *grown = realloc(names->names, capacity * sizeof *grown);
        if (grown == NULL) {
            names->failed = true;
            return;
        }
        names->names = grown;
        names->capacity = capacity;
    }
    snprintf(names->names[names->count++], sizeof(file_name), "%s", name);
}

/* Segments from the oldest on, then the others. */
static int compare_names(const void *a, const void *b)
{
    uint64_t x = ais_seal_log_number(a) - 1, y = ais_seal_log_number(b) - 1; /* none: the highest */
    return x < y ? -1 : x > y ? 1 : strcmp(a, b);
}

static void add(struct ais_key_surveyed *files, const char *name)
{
    if (files->count < AIS_KEY_SURVEY_NAMES)
        snprintf(files->names[files->count], sizeof files->names[0], "%s", name);
    files->count++;
}

static enum ais_err open_line(struct ais_seal_opener *opener, const struct ais_seal_segment *file, size_t i,
                              size_t *ret_key, struct ais_why *why)
{
    const struct ais_seal_line *line = &file->lines[i];
    ais_buf_clear(&opener->token);
    if (line->length > LONGEST)
        return ais_fail(why, AIS_E_SYNTAX, "a line of %" PRIu64 " bytes", line->length);
    if (!ais_buf_reserve(&opener->token, (size_t)line->length))
        return ais_fail(why, AIS_E_NOMEM, "a line of %" PRIu64 " bytes", line->length);
    TRY(ais_file_read(opener->dir, file->fd, opener->token.data, (size_t)line->length, line->offset,
                      &opener->token.length, why));
    return ais_unseal(opener->sealer, opener->token.data, opener->token.length, &opener->text, ret_key, why);
}

/* The key of the first line that opens. AIS_E_KEY: none does; AIS_E_NOT_FOUND: it has none. */
static enum ais_err first_key(struct ais_seal_opener *opener, const struct ais_seal_segment *file, size_t *ret_key,
                              struct ais_why *why)
{
    for (size_t i = 0; i < file->count; i++) {
        enum ais_err err = open_line(opener, file, i, ret_key, why);
        if (err == AIS_OK || !ais_seal_line_fault(err))
            return err;
    }
    return ais_fail(why, file->count > 0 ? AIS_E_KEY : AIS_E_NOT_FOUND, "%s", file->name);
}

/* The same of a named file, of which no more is read than it takes. */
static enum ais_err key_of(struct ais_seal_opener *opener, const char *name, size_t *ret_key, struct ais_why *why)
{
    struct ais_seal_segment file = { .fd = -1 };
    struct ais_file_info info;
    TRY(ais_file_look(opener->dir, name, &info, why));
    if (!info.is_file)
        return ais_fail(why, AIS_E_NOT_FOUND, "%s is no file", name);
    TRY(ais_seal_segment_open_head(opener->dir, name, &file, why));
    enum ais_err err = first_key(opener, &file, ret_key, why);
    ais_seal_segment_close(opener->dir, &file);
    if (err != AIS_E_KEY)
        return err;
    TRY(ais_seal_segment_open(opener->dir, name, UINT64_MAX, &file, why));
    err = first_key(opener, &file, ret_key, why);
    ais_seal_segment_close(opener->dir, &file);
    return err;
}

static enum ais_err look(struct ais_seal_opener *opener, const struct names *names, size_t sealing,
                         struct ais_key_survey *ret, struct ais_why *why)
{
    for (size_t i = 0; i < names->count; i++) {
        const char *name = names->names[i];
        size_t key = sealing;
        enum ais_err err = key_of(opener, name, &key, why);
        if (err == AIS_OK && key != sealing)
            add(&ret->old, name);
        else if (err == AIS_E_KEY && ais_seal_log_aside_number(name) == 0)
            add(&ret->closed, name);
        else if (err != AIS_OK && err != AIS_E_KEY && err != AIS_E_NOT_FOUND)
            return err;
    }
    return AIS_OK;
}

enum ais_err ais_key_survey(struct ais_dir *dir, const struct ais_keyring *ring, const char *skip,
                            struct ais_key_survey *ret, struct ais_why *why)
{
    struct ais_seal_opener opener = { 0 };
    struct names names = { .skip = skip };
    *ret = (struct ais_key_survey){ .old.count = 0 };
    enum ais_err err = ais_dir_list(dir, note_name, &names, why);
    if (err == AIS_OK && names.failed)
        err = ais_fail(why, AIS_E_NOMEM, "the list of sealed files");
    if (err == AIS_OK && names.count > 0)
        qsort(names.names, names.count, sizeof *names.names, compare_names);
    if (err == AIS_OK)
        err = ais_seal_opener_init(&opener, dir, ring, why);
    if (err == AIS_OK)
        err = look(&opener, &names, ais_keyring_sealing(ring), ret, why);
    ais_seal_opener_done(&opener);
    free(names.names);
    return err;
}

void ais_key_surveyed_write(const struct ais_key_surveyed *files, struct ais_buf *out)
{
    uint64_t told = files->count < AIS_KEY_SURVEY_NAMES ? files->count : AIS_KEY_SURVEY_NAMES;
    for (uint64_t i = 0; i < told; i++)
        ais_buf_format(out, "%s%s", i > 0 ? ", " : "", files->names[i]);
    if (files->count > told)
        ais_buf_format(out, " and %" PRIu64 " more", files->count - told);
}
