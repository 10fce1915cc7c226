/* Records of the audit log in the forms that other systems read: what `audit export`, `query` and `tail` print.
 *
 *     struct ais_audit_writer writer;
 *     ais_audit_writer_init(&writer, AIS_AUDIT_FORM_OCSF, authority);
 *     ais_audit_writer_begin(&writer, &out);                      once
 *     ais_audit_writer_add(&writer, &sealed, &out);               for each record
 *
 * Each form is a published format of this product: members may be added to it, never changed. What the members mean is
 * in README.md of this folder. */
#ifndef AIS_SHARED_AUDIT_FORM_H
#define AIS_SHARED_AUDIT_FORM_H

#include "shared/json/json.h"
#include "shared/mem/buf.h"

/* Each form: the word for it, and what it is (for help texts). */
#define AIS_AUDIT_FORMS(X)                                                       \
    X(AIS_AUDIT_FORM_JSONL, "jsonl", "one record a line, as it was sealed")      \
    X(AIS_AUDIT_FORM_CSV, "csv", "RFC 4180, with a line of names")               \
    X(AIS_AUDIT_FORM_ECS, "ecs", "Elastic Common Schema 8.17, one event a line") \
    X(AIS_AUDIT_FORM_OCSF, "ocsf", "Open Cybersecurity Schema Framework 1.9, one event a line, attested")

enum ais_audit_form {
#define X(form, word, meaning) form,
    AIS_AUDIT_FORMS(X)
#undef X
        AIS_AUDIT_FORM_COUNT
};

enum { AIS_AUDIT_HASH_TEXT = 65 }; /* 64 hexadecimal digits and a NUL */

/* A record and where it is sealed. All pointers are borrowed for the time of the call. */
struct ais_audit_sealed {
    const struct ais_json *record;
    const char *bytes; /* what it was read from */
    size_t n;
    const char *file; /* of the log */
    uint64_t line;
    const char *hash, *prev; /* of its payload and of the one before (hexadecimal), as the chain has them */
};

/* One output; holds nothing. */
struct ais_audit_writer {
    enum ais_audit_form form;
    const char *authority;                   /* borrowed: the public key of checkpoints; NULL: not known */
    uint64_t written;                        /* records */
    char chain[AIS_AUDIT_HASH_TEXT + 24];    /* OCSF: names the chain of these events */
    char previous[AIS_AUDIT_HASH_TEXT + 24]; /* uid of the event before, */
    char fingerprint[AIS_AUDIT_HASH_TEXT];   /* its fingerprint, */
    uint64_t previous_type;                  /* and its type_uid */
};

void ais_audit_writer_init(struct ais_audit_writer *writer, enum ais_audit_form form, const char *authority);

/* Appends what stands before the first record. */
void ais_audit_writer_begin(struct ais_audit_writer *writer, struct ais_buf *out);

/* Appends the record with its line end. Look at out->failed afterwards. */
void ais_audit_writer_add(struct ais_audit_writer *writer, const struct ais_audit_sealed *sealed, struct ais_buf *out);

#endif
