/* Files of sealed lines under another key, while nobody else uses them: documents, time series, whatever lies beside
 * the audit log. (The log has a way of its own, beside its writer: ais_seal_packer_reseal.) */
#ifndef AIS_SHARED_SEAL_AGAIN_H
#define AIS_SHARED_SEAL_AGAIN_H

#include "shared/seal/fernet.h"
#include "shared/seal/file.h"

/* What became of a file's lines. */
struct ais_sealed_again {
    uint64_t lines;    /* that were sealed anew; 0: the file was left as it is */
    uint64_t unopened; /* that no key opens, and that stay as they are */
};

/* Replaces the file atomically by one whose lines are sealed under the ring's sealing key, unless they all are already.
 * Empty lines, and what does not open, are kept. AIS_E_NOT_FOUND: there is no such file; AIS_E_LIMIT: it is larger than
 * 256 MiB; AIS_E_IO and AIS_E_SPACE: the old file stands; AIS_E_NOMEM. */
MUST_CHECK enum ais_err ais_seal_again(struct ais_dir *dir, struct ais_sealer *sealer, const struct ais_keyring *ring,
                                       const char *name, struct ais_sealed_again *ret, struct ais_why *why);

#endif
