/* Which keys a directory's files are under: what a start with keys of the operator's has to tell. */
#ifndef AIS_SHARED_SEAL_KEY_SURVEY_H
#define AIS_SHARED_SEAL_KEY_SURVEY_H

#include "shared/seal/fernet.h"
#include "shared/seal/file.h"

enum { AIS_KEY_SURVEY_NAMES = 4 }; /* that are spelled out; all files are counted */

struct ais_key_surveyed {
    uint64_t count;
    char names[AIS_KEY_SURVEY_NAMES][64]; /* the first of them; the log's from the oldest on */
};

struct ais_key_survey {
    struct ais_key_surveyed old;    /* begin with a line that another key of the ring opens than the one that seals */
    struct ais_key_surveyed closed; /* have lines, none of which any key opens; not of what was set aside */
};

/* Looks at every sealed file but skip: at its first line, where that opens. What is gone by then is passed over.
 * AIS_E_IO, AIS_E_NOMEM. */
MUST_CHECK enum ais_err ais_key_survey(struct ais_dir *dir, const struct ais_keyring *ring, const char *skip,
                                       struct ais_key_survey *ret, struct ais_why *why);

/* Appends the names, and that there are more. */
void ais_key_surveyed_write(const struct ais_key_surveyed *files, struct ais_buf *out);

#endif
