/* Inside shared/store only: a store's state, for the files that open, change and re-seal it. */
#ifndef AIS_SHARED_STORE_PRIVATE_H
#define AIS_SHARED_STORE_PRIVATE_H

#include "shared/store/store.h"

/* A document as it was when it was last read or written. */
struct ais_store_known {
    struct ais_anchor anchor; /* generation 0: there is none */
    uint64_t recorded;        /* the last generation that the chain has; 0: none */
    struct ais_buf by;        /* owned; who replaced it, a JSON object; empty: nobody is named */
    struct ais_why damage;    /* code AIS_OK: it was opened */
};

struct ais_store {
    struct ais_dir *dir;            /* own_dir, or borrowed by a view */
    const struct ais_keyring *ring; /* own_ring, or borrowed by a view */
    struct ais_dir *own_dir;        /* owned, with its lock; NULL: this is a view */
    struct ais_keyring *own_ring;   /* owned */
    struct ais_sealer *sealer;      /* owned */
    bool keys_given;                /* by the operator, not by fernet.key */
    bool verified;
    const char *refused; /* the document that the chain does not vouch for; NULL: none */
    const char *by;      /* borrowed; who replaces documents now; NULL: nobody is named */
    struct ais_store_known known[AIS_STORE_DOCUMENT_COUNT];
};

/* The names of the documents. */
extern const char *const ais_store_names[AIS_STORE_DOCUMENT_COUNT];

#endif
