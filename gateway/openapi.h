/* The OpenAPI 3.1 document of the REST interface: openapi.yaml, with what the table of routes knows put in. */
#ifndef AIS_GATEWAY_OPENAPI_H
#define AIS_GATEWAY_OPENAPI_H

#include "shared/err/err.h"
#include "shared/mem/buf.h"

/* openapi.yaml, embedded. */
extern const unsigned char openapi_yaml[];
extern const size_t openapi_yaml_size;

/* Appends the document to out as JSON. Each operation says the scopes that it needs ("x-aisentinel-scope"), and, when
 * it needs a key, that it may be refused for want of one. AIS_E_INTERNAL: the table and the document do not describe
 * the same operations (a fault of the build; why names the first); AIS_E_NOMEM. */
MUST_CHECK enum ais_err openapi_write(struct ais_buf *out, struct ais_why *why);

#endif
