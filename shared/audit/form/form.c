#include "shared/audit/form/parts.h"

#include <openssl/evp.h>
#include <openssl/sha.h>

void ais_audit_writer_init(struct ais_audit_writer *writer, enum ais_audit_form form, const char *authority)
{
    *writer = (struct ais_audit_writer){ .form = form, .authority = authority };
}

void ais_audit_writer_begin(struct ais_audit_writer *writer, struct ais_buf *out)
{
    if (writer->form == AIS_AUDIT_FORM_CSV)
        ais_audit_csv_names(out);
}

void ais_audit_writer_add(struct ais_audit_writer *writer, const struct ais_audit_sealed *sealed, struct ais_buf *out)
{
    switch (writer->form) {
    case AIS_AUDIT_FORM_CSV: ais_audit_csv(sealed, out); break;
    case AIS_AUDIT_FORM_ECS: ais_audit_ecs(sealed, out); break;
    case AIS_AUDIT_FORM_OCSF: ais_audit_ocsf(writer, sealed, out); break;
    default:
        ais_buf_add(out, sealed->bytes, sealed->n);
        ais_buf_byte(out, '\n');
        break;
    }
    writer->written++;
}

/* ---- What the forms share ---- */

const struct ais_json *ais_form_node(const struct ais_json *object, const char *member)
{
    const struct ais_json *node = ais_json_get(object, member);
    return node != NULL && node->text != NULL ? node : NULL;
}

void ais_form_put(struct ais_buf *out, const char *key, const struct ais_json *object, const char *member)
{
    const struct ais_json *node = ais_form_node(object, member);
    if (node != NULL)
        ais_jw_string(out, key, node->text, node->length);
}

void ais_form_put_number(struct ais_buf *out, const char *key, const struct ais_json *object, const char *member)
{
    uint64_t number = 0;
    if (ais_json_get_u64(object, member, &number))
        ais_jw_u64(out, key, number);
}

bool ais_form_is(const struct ais_json *object, const char *member, const char *text)
{
    const struct ais_json *node = ais_json_get(object, member);
    return node != NULL && ais_json_is(node, text);
}

const struct ais_json *ais_form_rule(const struct ais_json *record)
{
    const struct ais_json *rules = ais_json_get(record, "rules");
    const struct ais_json *first = rules != NULL ? rules->first : NULL;
    for (const struct ais_json *rule = first; rule != NULL; rule = rule->next) {
        const struct ais_json *decision = ais_form_node(record, "decision");
        if (ais_form_is(rule, "mode", "enforce") && decision != NULL && ais_form_is(rule, "action", decision->text))
            return rule;
    }
    return NULL;
}

void ais_form_reasons(struct ais_buf *out, const struct ais_json *record)
{
    const struct ais_json *reasons = ais_json_get(record, "reasons");
    for (const struct ais_json *reason = reasons != NULL ? reasons->first : NULL; reason != NULL;
         reason = reason->next) {
        if (reason != reasons->first)
            ais_buf_text(out, "; ");
        if (reason->text != NULL)
            ais_buf_add(out, reason->text, reason->length);
    }
}

/* "block: shell: Blocked by ...", "key_created by cli: success" */
void ais_form_message(struct ais_buf *out, const struct ais_json *record)
{
    const struct ais_json *decision = ais_form_node(record, "decision"), *tool = ais_form_node(record, "tool");
    const struct ais_json *event = ais_form_node(record, "event"), *actor = ais_form_node(record, "actor");
    const struct ais_json *outcome = ais_form_node(record, "outcome"), *error = ais_form_node(record, "error");
    const struct ais_json *subject = decision != NULL ? decision : event;
    const struct ais_json *object = decision != NULL ? tool : actor;
    if (subject != NULL)
        ais_buf_add(out, subject->text, subject->length);
    if (object != NULL) {
        ais_buf_text(out, decision != NULL ? ": " : " by ");
        ais_buf_add(out, object->text, object->length);
    }
    ais_buf_text(out, ": ");
    if (decision == NULL && outcome != NULL)
        ais_buf_add(out, outcome->text, outcome->length);
    else if (error != NULL)
        ais_buf_add(out, error->text, error->length);
    else
        ais_form_reasons(out, record);
}

void ais_form_put_text(struct ais_buf *out, const char *key, const struct ais_json *record,
                       void (*write)(struct ais_buf *out, const struct ais_json *record))
{
    AUTO(ais_buf_done) struct ais_buf text = { 0 };
    write(&text, record);
    if (text.failed)
        out->failed = true;
    else if (text.length > 0)
        ais_jw_string(out, key, text.data, text.length);
}

/* By the library that uses the processor's instructions for it: of a long export this is most of the work. */
bool ais_form_sha256(const char *bytes, size_t n, char text[AIS_AUDIT_HASH_TEXT])
{
    unsigned char hash[SHA256_DIGEST_LENGTH];
    if (EVP_Digest(bytes, n, hash, NULL, EVP_sha256(), NULL) != 1)
        return false;
    sodium_bin2hex(text, AIS_AUDIT_HASH_TEXT, hash, sizeof hash);
    return true;
}
