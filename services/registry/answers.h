/* What the registry can be asked (the table in registry.h), and its answers from a catalog. */
#ifndef AIS_SERVICES_REGISTRY_ANSWERS_H
#define AIS_SERVICES_REGISTRY_ANSWERS_H

#include "services/registry/catalog.h"
#include "shared/wire/messages.h"

/* As TELL wants it. Everything is borrowed from the catalog or from words, or is a literal. */
struct answer {
    uint16_t status;
    const char *media_type;
    struct ais_span body;
};

/* what and args as in ASK; args that end in mid-air are taken as far as they are whole. words is emptied; the answer
 * may point into it. */
struct answer answer_question(const struct catalog *catalog, struct ais_span what, struct ais_span args,
                              struct ais_buf *words);

#endif
