/* What the forms share. For the files of this folder only. */
#ifndef AIS_SHARED_AUDIT_FORM_PARTS_H
#define AIS_SHARED_AUDIT_FORM_PARTS_H

#include "shared/audit/filter.h"
#include "shared/audit/form/form.h"
#include "shared/json/write.h"

#include <sodium.h>
#include <string.h>

void ais_audit_csv_names(struct ais_buf *out);
void ais_audit_csv(const struct ais_audit_sealed *sealed, struct ais_buf *out);
void ais_audit_ecs(const struct ais_audit_sealed *sealed, struct ais_buf *out);
void ais_audit_ocsf(struct ais_audit_writer *writer, const struct ais_audit_sealed *sealed, struct ais_buf *out);

/* A member that has text (a string, a number, true or false); NULL: there is none. */
const struct ais_json *ais_form_node(const struct ais_json *object, const char *member);
bool ais_form_is(const struct ais_json *object, const char *member, const char *text);

/* Writes a member of the record as a text, or as a whole number, where it is there. */
void ais_form_put(struct ais_buf *out, const char *key, const struct ais_json *object, const char *member);
void ais_form_put_number(struct ais_buf *out, const char *key, const struct ais_json *object, const char *member);

/* The rule that decided: the first that is enforced and has the action which holds. NULL: none. */
const struct ais_json *ais_form_rule(const struct ais_json *record);

/* Texts for people, appended as they are, and such a text as a member (unless it is empty). */
void ais_form_reasons(struct ais_buf *out, const struct ais_json *record);
void ais_form_message(struct ais_buf *out, const struct ais_json *record);
void ais_form_put_text(struct ais_buf *out, const char *key, const struct ais_json *record,
                       void (*write)(struct ais_buf *out, const struct ais_json *record));

/* False: memory is out. */
MUST_CHECK bool ais_form_sha256(const char *bytes, size_t n, char text[AIS_AUDIT_HASH_TEXT]);

#endif
