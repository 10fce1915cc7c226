/* metrics.enc: the time series on disk. Lines of tokens (shared/seal/fernet.h), each one of series_line.h.
 *
 * A minute is appended and synced when it is over. At each start, daily, and when the file has doubled, what has been
 * appended is folded: the file is replaced atomically by the header, the minutes that are kept, and then the hours, the
 * running one too. What is past the retention is gone then.
 * So a crash loses the running minute and nothing before it.
 *
 * Metrics never stop the service. What cannot be written is logged once, and written when it can be: the next attempts
 * write the whole file from memory. A line that does not verify is logged, skipped, and gone at the next folding; the
 * file that held it is kept as metrics.damaged (the last such file only). metrics.enc is not in the audit chain: it is
 * figures, not evidence. One thread. */
#ifndef AIS_SERVICES_METRICS_SERIES_FILE_H
#define AIS_SERVICES_METRICS_SERIES_FILE_H

#include "services/metrics/series.h"
#include "shared/metrics/users.h"
#include "shared/seal/fernet.h"
#include "shared/seal/file.h"

#define SERIES_FILE_NAME    "metrics.enc"
#define SERIES_FILE_DAMAGED "metrics.damaged"

enum {
    SERIES_FILE_LINE_MOST = 8 << 20, /* bytes of a token; a longer line is damage */
    SERIES_FILE_SPARE = 1 << 20,     /* bytes beyond the doubled file before it is folded */
    SERIES_FILE_FOLD_S = 86400,      /* seconds after which it is folded however small it is */
};

struct series_file;

/* Reads the file of the directory into series, and folds it. dir NULL: nothing is read or written. dir and ring are
 * borrowed for the file's life. Only memory can fail this; all else is told by series_file_ok. */
MUST_CHECK enum ais_err series_file_open(struct ais_dir *dir, const struct ais_keyring *ring, struct series *series,
                                         struct series_file **ret, struct ais_why *why);
void series_file_close(struct series_file **file);

/* Appends the minute that ends. Call before series_turn, and series_file_turned after it. */
void series_file_append(struct series_file *file, const struct series_point *minute);

/* Folds the file when it is time, or to make up for what failed. */
void series_file_turned(struct series_file *file, const struct series *series);

/* Folds it now. */
void series_file_fold(struct series_file *file, const struct series *series);

/* Whether all that was to be written is. */
bool series_file_ok(const struct series_file *file);

uint64_t series_file_size(const struct series_file *file);

/* The key by which users are counted; lives as long as the file. */
const struct ais_user_key *series_file_user_key(const struct series_file *file);

#endif
