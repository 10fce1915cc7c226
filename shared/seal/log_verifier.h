/* Inside shared/seal only: the verifier's state, for the files that look at lines and at files. */
#ifndef AIS_SHARED_SEAL_LOG_VERIFIER_H
#define AIS_SHARED_SEAL_LOG_VERIFIER_H

#include "shared/seal/log_pass.h"
#include "shared/seal/log_scan.h"

struct ais_seal_verifier {
    struct ais_seal_opener opener;
    struct ais_seal_pass pass;
    void (*on_fault)(void *context, const struct ais_seal_fault *fault);
    void *context;
    const struct ais_seal_head *expected; /* borrowed; may be NULL */
    const unsigned char *key;             /* borrowed; of checkpoints; may be NULL */
    struct ais_seal_verdict verdict;

    bool begun;                /* a commit was seen */
    struct ais_seal_link link; /* where the chain stands */
    struct ais_anchor anchors[AIS_SEAL_LOG_ANCHORS];
    size_t anchor_count;
    bool signs;                                    /* a checkpoint was seen */
    unsigned char signer[AIS_CHECKPOINT_KEY_SIZE]; /* whose the next one must be */
    bool key_found;                                /* key is the one that signs, or did, or came to */
    uint64_t signed_upto, every;                   /* of the last one */
    uint64_t oldest, there;                        /* segments from and to which all are there, up to the begin */
    struct ais_seal_deleted before;                /* what stood before the oldest; segment 0: nothing did */
    bool before_known;                             /* where that ended: the oldest holds a commit */
    bool deletion_found;
};

void ais_seal_verifier_report(struct ais_seal_verifier *v, const struct ais_seal_fault *fault);

#define REPORT(v, file, line, ...)                                                     \
    do {                                                                               \
        struct ais_seal_fault fault_ = ais_seal_fault_of((file), (line), __VA_ARGS__); \
        ais_seal_verifier_report((v), &fault_);                                        \
    } while (0)

/* Reports files with numbers that the walk has not come to, where they cannot be segments. */
MUST_CHECK enum ais_err ais_seal_check_strangers(struct ais_seal_verifier *v, struct ais_why *why);

/* What was set aside is older than what the log goes on with. Where it is not, the log lacks records that are there. */
MUST_CHECK enum ais_err ais_seal_check_asides(struct ais_seal_verifier *v, struct ais_why *why);

#endif
