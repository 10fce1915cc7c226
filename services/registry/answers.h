/* What the registry can be asked (the table in registry.h), and its answers from a catalog. */
#ifndef AIS_SERVICES_REGISTRY_ANSWERS_H
#define AIS_SERVICES_REGISTRY_ANSWERS_H

#include "services/registry/catalog.h"
#include "shared/audit/event.h"
#include "shared/wire/messages.h"

/* As TELL wants it. Everything is borrowed from the catalog, the words or the question, or is a literal. */
struct answer {
    uint16_t status;
    const char *media_type;
    struct ais_span body;
};

struct key_rotation;
struct key_uses;

/* A question while it is answered: what was asked, what it is answered from, and what it brought about. One that
 * changes something does all of that or nothing: a document is replaced only when what would be in force then has been
 * built already. */
struct question {
    const struct ais_msg_ask *ask; /* borrowed, as all of these */
    const struct ais_caller *caller;
    struct catalog *catalog;       /* what is in force */
    const struct key_uses *uses;   /* when keys were used */
    struct key_rotation *rotation; /* of the Fernet key */
    struct ais_store *store;
    const struct ais_policy_options *options; /* what packs are compiled with */

    struct ais_buf words; /* owned; memory for the answer, wiped at the end */
    struct catalog *next; /* owned; what comes into force now; NULL: nothing changes */
    bool event;           /* this is to be recorded, whatever the answer says: */
    enum ais_audit_kind kind;
    enum ais_audit_outcome outcome;
    struct ais_buf details; /* owned; one JSON object */
};
void question_done(struct question *question);

/* Texts of a question as the audit log has them of a caller: NUL-terminated, in memory that lives as long as it; and
 * what the caller calls the question ("": nothing). */
struct question_texts {
    char key_id[64], name[AIS_ACCESS_TEXT_MOST + 1], user[AIS_ACCESS_TEXT_MOST + 1];
    char request_id[129], traceparent[56]; /* the gateway lets nothing longer through */
};

/* Who asks, borrowed from texts. */
struct ais_caller question_caller(const struct ais_msg_ask *ask, struct question_texts *texts);

/* The answer of question->ask; args that end in mid-air are taken as far as they are whole. It may point into the
 * question. */
struct answer answer_question(struct question *question);

/* Whether this is a question after which something may have changed. */
bool answer_changes(struct ais_span what);

/* Whether it only takes rights away: that is done while the log cannot be written, too. */
bool answer_narrows(struct ais_span what);

/* For those who answer: a sentence, for people; or, with format, one that is put together in words. */
struct answer answer_say(uint16_t status, const char *sentence);
struct answer answer_format(struct question *question, uint16_t status, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

/* What words holds, as JSON. */
struct answer answer_json(const struct question *question, uint16_t status);

#endif
