#include "gateway/upload.h"

#include "gateway/multipart.h"
#include "shared/policy/rulepack.h"

#include <stdlib.h>

struct upload {
    struct http_filter filter; /* first: the filter is this */
    struct multipart *form;    /* owned; NULL: there is none */
    struct ais_why why;        /* of what has been refused */
};

static unsigned status_of(enum ais_err err)
{
    switch (err) {
    case AIS_OK: return 200;
    case AIS_E_SYNTAX: return 400;
    case AIS_E_INVALID: return 422;
    case AIS_E_REFUSED: return 415;
    case AIS_E_LIMIT: return 413;
    default: return 503;
    }
}

static bool take(struct http_filter *filter, const char *bytes, size_t n, struct ais_buf *body)
{
    struct upload *self = (struct upload *)filter;
    enum ais_err err = self->why.code;
    if (err == AIS_OK)
        err = multipart_feed(self->form, bytes, n, body, &self->why);
    filter->status = status_of(err);
    filter->detail = self->why.text;
    return err == AIS_OK;
}

static void destroy(struct http_filter *filter)
{
    struct upload *self = (struct upload *)filter;
    multipart_destroy(&self->form);
    free(self);
}

void upload_begin(struct http_request *request)
{
    struct upload *self = calloc(1, sizeof *self);
    if (self == NULL) {
        http_request_turn_away(request, 503);
        return;
    }
    self->filter.take = take;
    self->filter.destroy = destroy;
    enum ais_err err = multipart_new(http_request_header(request, "Content-Type"), "rulepack", AIS_RULEPACK_BYTES_MAX,
                                     &self->form, &self->why);
    /* Without a form, nothing is allowed but to hear why. */
    http_request_allow(request, err == AIS_OK ? AIS_RULEPACK_BYTES_MAX + MULTIPART_OVERHEAD : HTTP_BODY_MAX,
                       &self->filter);
}

unsigned upload_end(const struct http_request *request, struct ais_why *why)
{
    const struct upload *self = (const struct upload *)http_request_filter(request);
    if (self == NULL)
        return status_of(ais_fail(why, AIS_E_INTERNAL, "the form was not read"));
    if (self->form == NULL)
        return status_of(ais_fail(why, self->why.code, "%s", self->why.text));
    return status_of(multipart_end(self->form, why));
}
