#include "services/metrics/series_file.h"

#include "services/metrics/series_line.h"
#include "shared/log/log.h"
#include "shared/sys/clock.h"
#include "shared/sys/random.h"

#include <fcntl.h>
#include <sodium.h>
#include <stdlib.h>

#define TEMPORARY SERIES_FILE_NAME ".tmp"

enum {
    CHUNK = 64 << 10,
    TREE_MOST = 192 << 20, /* bytes of a line's tree */
    FAULTS_SPELLED = 8,    /* lines that the log names */
};

struct series_file {
    struct ais_dir *dir;       /* borrowed; NULL: memory only */
    struct ais_sealer *sealer; /* owned */
    struct ais_metrics *work;  /* owned: one actor's, dense */
    struct ais_user_key user_key;
    uint64_t size, folded_size; /* bytes; as they are, and as they were after the last folding */
    int64_t fold_at_ns;         /* monotonic */
    bool ok;                    /* what the file should hold it holds */
    bool complained;            /* of the failure that lasts */
    struct ais_buf json, token; /* owned */
};

/* ---- Reading ---- */

/* The state of a reading from front to back. */
struct loading {
    struct series_file *file;
    struct series *series;
    struct ais_arena *arena; /* owned */
    struct ais_buf line;     /* owned: what has come of the line */
    bool overlong;           /* it is more than is kept */
    bool has_key;
    uint64_t number, faults;
    int64_t now_s;
};

static void loading_done(struct loading *self)
{
    ais_arena_destroy(&self->arena);
    ais_buf_done(&self->line);
}

static void complain_of_line(struct loading *self, const struct ais_why *why)
{
    if (++self->faults <= FAULTS_SPELLED)
        ais_log_why(AIS_LOG_WARNING, why, "%s:%llu is left out", SERIES_FILE_NAME, (unsigned long long)self->number);
}

static void take_line(struct loading *self, struct series_line *line)
{
    if (line->is_header && !self->has_key) {
        self->file->user_key = line->user_key;
        self->has_key = true;
    } else if (!line->is_header && line->resolution_s == SERIES_HOUR_S) {
        series_load_hour(self->series, &line->point);
    } else if (!line->is_header) {
        series_load_minute(self->series, &line->point, self->now_s);
    }
}

/* The end of a line: opens and takes it, or says what is wrong. */
static void end_line(struct loading *self)
{
    struct series_file *file = self->file;
    struct ais_why why = { 0 };
    struct series_line line;
    self->number++;
    if (self->overlong || self->line.failed) {
        ais_fail(&why, AIS_E_LIMIT, "longer than %d bytes", SERIES_FILE_LINE_MOST);
        complain_of_line(self, &why);
    } else if (self->line.length > 0) {
        if (ais_unseal(file->sealer, self->line.data, self->line.length, &file->json, NULL, &why) == AIS_OK &&
            series_line_read(self->arena, file->json.data, file->json.length, self->has_key ? &file->user_key : NULL,
                             file->work, &line, &why) == AIS_OK)
            take_line(self, &line);
        else
            complain_of_line(self, &why);
    }
    ais_buf_clear(&self->line);
    self->overlong = false;
}

static void take_chunk(struct loading *self, const char *bytes, size_t n)
{
    for (const char *end = bytes + n; bytes < end;) {
        const char *newline = memchr(bytes, '\n', (size_t)(end - bytes));
        size_t length = (size_t)((newline != NULL ? newline : end) - bytes);
        if (self->line.length + length > SERIES_FILE_LINE_MOST)
            self->overlong = true;
        else
            ais_buf_add(&self->line, bytes, length);
        if (newline != NULL)
            end_line(self);
        bytes += length + (newline != NULL ? 1 : 0);
    }
}

static enum ais_err read_all(struct loading *self, int fd, struct ais_why *why)
{
    AUTO(ais_buf_done) struct ais_buf chunk = { 0 };
    size_t n = CHUNK;
    if (!ais_buf_reserve(&chunk, CHUNK))
        return ais_fail(why, AIS_E_NOMEM, "time series");
    while (n == CHUNK) {
        TRY(ais_file_read(self->file->dir, fd, chunk.data, CHUNK, self->file->size, &n, why));
        take_chunk(self, chunk.data, n);
        self->file->size += n;
    }
    if (self->line.length > 0 || self->overlong)
        ais_log(AIS_LOG_WARNING, "%s ends within a line, which is left out: the service was cut off", SERIES_FILE_NAME);
    return AIS_OK;
}

/* Keeps the file as it is under another name: folding will leave out what did not verify. */
static void keep_damaged(struct series_file *file)
{
    struct ais_why why = { 0 };
    if (ais_file_unlink(file->dir, SERIES_FILE_DAMAGED, &why) != AIS_OK ||
        ais_file_link(file->dir, SERIES_FILE_NAME, SERIES_FILE_DAMAGED, &why) != AIS_OK)
        ais_log_why(AIS_LOG_WARNING, &why, "%s could not be kept as %s", SERIES_FILE_NAME, SERIES_FILE_DAMAGED);
}

static enum ais_err load(struct series_file *file, struct series *series, struct ais_why *why)
{
    int fd = -1;
    AUTO(loading_done)
    struct loading self = {
        .file = file,
        .series = series,
        .arena = ais_arena_new(TREE_MOST),
        .now_s = ais_clock_wall() / AIS_NS_PER_S,
    };
    if (self.arena == NULL)
        return ais_fail(why, AIS_E_NOMEM, "time series");
    TRY(ais_file_open(file->dir, SERIES_FILE_NAME, O_RDONLY, &fd, why));
    enum ais_err err = read_all(&self, fd, why);
    ais_file_close(file->dir, &fd);
    if (self.faults > 0) {
        ais_log(AIS_LOG_WARNING, "%llu lines of %s were left out; the file is kept as %s",
                (unsigned long long)self.faults, SERIES_FILE_NAME, SERIES_FILE_DAMAGED);
        keep_damaged(file);
    }
    return err;
}

/* ---- Writing ---- */

/* What is being written, from *at on. */
struct writing {
    struct series_file *file;
    int fd;
    uint64_t at;
};

/* Seals file->json as a line at writing->at. */
static enum ais_err write_line(struct writing *writing, struct ais_why *why)
{
    struct series_file *file = writing->file;
    if (file->json.failed)
        return ais_fail(why, AIS_E_NOMEM, "time series");
    ais_buf_clear(&file->token);
    TRY(ais_seal(file->sealer, file->json.data, file->json.length, &file->token, why));
    ais_buf_byte(&file->token, '\n');
    if (file->token.failed)
        return ais_fail(why, AIS_E_NOMEM, "time series");
    TRY(ais_file_write(file->dir, writing->fd, file->token.data, file->token.length, writing->at, why));
    writing->at += file->token.length;
    return AIS_OK;
}

static enum ais_err write_point(struct writing *writing, const struct series_point *point, int64_t resolution_s,
                                struct ais_why *why)
{
    struct series_file *file = writing->file;
    ais_buf_clear(&file->json);
    series_line_write_point(&file->json, point, resolution_s, &file->user_key, file->work);
    return write_line(writing, why);
}

static enum ais_err write_points(struct writing *writing, const struct series_points *points, int64_t resolution_s,
                                 struct ais_why *why)
{
    for (size_t i = 0; i < points->count; i++)
        TRY(write_point(writing, &points->items[i], resolution_s, why));
    return AIS_OK;
}

/* Hours come last, because they replace what was said of them: the minutes before are parts of them. */
static enum ais_err write_all(struct writing *writing, const struct series *series, struct ais_why *why)
{
    struct series_file *file = writing->file;
    ais_buf_clear(&file->json);
    series_line_write_header(&file->json, &file->user_key);
    TRY(write_line(writing, why));
    TRY(write_points(writing, &series->minutes, SERIES_MINUTE_S, why));
    TRY(write_points(writing, &series->hours, SERIES_HOUR_S, why));
    return ais_file_sync(file->dir, writing->fd, why);
}

static enum ais_err replace(struct series_file *file, const struct series *series, struct ais_why *why)
{
    struct writing writing = { .file = file, .fd = -1 };
    TRY(ais_file_open(file->dir, TEMPORARY, O_WRONLY | O_CREAT | O_TRUNC, &writing.fd, why));
    enum ais_err err = write_all(&writing, series, why);
    ais_file_close(file->dir, &writing.fd);
    if (err == AIS_OK)
        err = ais_file_rename(file->dir, TEMPORARY, SERIES_FILE_NAME, why);
    if (err != AIS_OK) {
        /* The space is given back if it can be; the reason to report is the first one. */
        enum ais_err cleanup = ais_file_unlink(file->dir, TEMPORARY, NULL);
        (void)cleanup;
        return err;
    }
    file->size = writing.at;
    return ais_dir_sync(file->dir, why);
}

/* Tells of a failure once, and of its end. */
static void note(struct series_file *file, enum ais_err err, const struct ais_why *why)
{
    file->ok = err == AIS_OK;
    if (err != AIS_OK && !file->complained)
        ais_log_why(AIS_LOG_ERROR, why, "%s cannot be written; metrics are kept in memory until it can",
                    SERIES_FILE_NAME);
    if (err == AIS_OK && file->complained)
        ais_log(AIS_LOG_INFO, "%s can be written again", SERIES_FILE_NAME);
    file->complained = err != AIS_OK;
}

void series_file_fold(struct series_file *file, const struct series *series)
{
    struct ais_why why = { 0 };
    if (file->dir == NULL)
        return;
    note(file, replace(file, series, &why), &why);
    if (!file->ok)
        return;
    file->folded_size = file->size;
    file->fold_at_ns = ais_clock_mono() + SERIES_FILE_FOLD_S * AIS_NS_PER_S;
}

/* Appends behind what is whole: half a line that a failed attempt left is overwritten, or cut off. */
static enum ais_err append(struct series_file *file, const struct series_point *minute, struct ais_why *why)
{
    struct writing writing = { .file = file, .fd = -1, .at = file->size };
    TRY(ais_file_open(file->dir, SERIES_FILE_NAME, O_WRONLY, &writing.fd, why));
    enum ais_err err = write_point(&writing, minute, SERIES_MINUTE_S, why);
    if (err == AIS_OK)
        err = ais_file_sync(file->dir, writing.fd, why);
    if (err != AIS_OK) {
        enum ais_err cleanup = ais_file_cut(file->dir, writing.fd, file->size, NULL);
        (void)cleanup; /* the first reason is the one to report */
    }
    ais_file_close(file->dir, &writing.fd);
    TRY(err);
    file->size = writing.at;
    return AIS_OK;
}

/* While something is missing in the file, only writing all of it makes it whole. */
void series_file_append(struct series_file *file, const struct series_point *minute)
{
    struct ais_why why = { 0 };
    if (file->dir == NULL || !file->ok || minute->count == 0)
        return;
    note(file, append(file, minute, &why), &why);
}

void series_file_turned(struct series_file *file, const struct series *series)
{
    if (file->dir != NULL &&
        (!file->ok || ais_clock_mono() >= file->fold_at_ns || file->size > 2 * file->folded_size + SERIES_FILE_SPARE))
        series_file_fold(file, series);
}

/* ---- Life ---- */

enum ais_err series_file_open(struct ais_dir *dir, const struct ais_keyring *ring, struct series *series,
                              struct series_file **ret, struct ais_why *why)
{
    AUTO(series_file_close) struct series_file *file = calloc(1, sizeof *file);
    if (file == NULL || (file->work = calloc(1, sizeof *file->work)) == NULL)
        return ais_fail(why, AIS_E_NOMEM, "time series");
    file->ok = true;
    ais_random(&file->user_key, sizeof file->user_key);
    if (dir != NULL) {
        struct ais_why reason = { 0 };
        TRY(ais_sealer_new(ring, &file->sealer, why));
        file->dir = dir;
        enum ais_err err = load(file, series, &reason);
        if (err != AIS_OK && err != AIS_E_NOT_FOUND) {
            ais_log_why(AIS_LOG_ERROR, &reason, "%s cannot be read; it is kept as %s", SERIES_FILE_NAME,
                        SERIES_FILE_DAMAGED);
            keep_damaged(file);
        }
        series_turn(series, ais_clock_wall() / AIS_NS_PER_S);
        series_file_fold(file, series);
    }
    *ret = TAKE(file);
    return AIS_OK;
}

void series_file_close(struct series_file **file)
{
    if (*file == NULL)
        return;
    ais_sealer_destroy(&(*file)->sealer);
    ais_buf_wipe(&(*file)->json);
    ais_buf_done(&(*file)->token);
    sodium_memzero(&(*file)->user_key, sizeof(*file)->user_key);
    free((*file)->work);
    free(*file);
    *file = NULL;
}

bool series_file_ok(const struct series_file *file)
{
    return file->ok;
}

uint64_t series_file_size(const struct series_file *file)
{
    return file->size;
}

const struct ais_user_key *series_file_user_key(const struct series_file *file)
{
    return &file->user_key;
}
