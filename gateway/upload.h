/* An uploaded rulepack: the field of a form, kept as it arrives. */
#ifndef AIS_GATEWAY_UPLOAD_H
#define AIS_GATEWAY_UPLOAD_H

#include "gateway/http.h"

/* With the head of a request that may upload: allows a body as large as a rulepack and the form around it, of which
 * only the field "rulepack" is kept. A Content-Type that is not that of a form is found by upload_end. */
void upload_begin(struct http_request *request);

/* With its body complete: 200, and the body of the request is the field's content; else the status, and why. */
unsigned upload_end(const struct http_request *request, struct ais_why *why);

#endif
