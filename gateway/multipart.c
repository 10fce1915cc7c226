#include "gateway/multipart.h"

#include "gateway/multipart_head.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Where in the form the next byte stands. A delimiter is CRLF, two dashes and the boundary; the body is read as if a
 * CRLF stood before it, so that the first one needs no rule of its own. */
enum state {
    PREAMBLE, /* passed over until a delimiter */
    BEHIND,   /* a delimiter: dashes or padding to come */
    DASH,     /* a delimiter and one dash */
    PADDING,  /* a delimiter and white space, up to the end of the line */
    LINE_END, /* a delimiter, padding and CR: LF to come */
    HEAD,     /* a line of a part's head */
    HEAD_END, /* CR of such a line: LF to come */
    CONTENT,  /* the field's content, until a delimiter */
    LAST,     /* the last delimiter: padding or CR to come */
    LAST_END, /* CR: LF to come */
    EPILOGUE, /* passed over */
};

struct multipart {
    const char *field;                          /* borrowed */
    char delimiter[MULTIPART_BOUNDARY_MAX + 5]; /* "\r\n--boundary" */
    size_t delimiter_size;
    size_t limit;
    enum state state;
    size_t matched; /* bytes of a delimiter that stand at the end of what was given; 0 outside PREAMBLE and CONTENT */
    size_t parts, content_size;
    struct multipart_head head;
    char line[MULTIPART_HEAD_MAX]; /* of a head, as far as it has come */
    size_t line_size, head_size;
};

/* RFC 2046: bcharsnospace and, but for the last, spaces. */
static bool is_boundary(const char *text, size_t n)
{
    static const char others[] = "'()+_,-./:=? ";
    for (size_t i = 0; i < n; i++) {
        char c = text[i];
        bool alphanumeric = (c >= '0' && c <= '9') || ((c | 0x20) >= 'a' && (c | 0x20) <= 'z');
        if (!alphanumeric && strchr(others, c) == NULL)
            return false;
    }
    return n > 0 && text[n - 1] != ' ';
}

enum ais_err multipart_new(const char *content_type, const char *field, size_t limit, struct multipart **ret,
                           struct ais_why *why)
{
    char boundary[MULTIPART_BOUNDARY_MAX + 1];
    bool found = false;
    TRY(multipart_parameter(content_type, "boundary", boundary, sizeof boundary, &found, why));
    if (!found || !is_boundary(boundary, strlen(boundary)))
        return ais_fail(why, AIS_E_SYNTAX, "the Content-Type must have a boundary of 1 to %d characters (RFC 2046)",
                        MULTIPART_BOUNDARY_MAX);
    struct multipart *self = calloc(1, sizeof *self);
    if (self == NULL)
        return ais_fail(why, AIS_E_NOMEM, "out of memory");
    self->field = field;
    self->limit = limit;
    snprintf(self->delimiter, sizeof self->delimiter, "\r\n--%s", boundary);
    self->delimiter_size = strlen(self->delimiter);
    self->matched = 2; /* the CRLF that stands before the body */
    *ret = self;
    return AIS_OK;
}

void multipart_destroy(struct multipart **multipart)
{
    free(*multipart);
    *multipart = NULL;
}

/* ---- what delimiters end ---- */

static enum ais_err keep(struct multipart *self, const char *bytes, size_t n, struct ais_buf *content,
                         struct ais_why *why)
{
    if (self->state != CONTENT || n == 0)
        return AIS_OK;
    if (n > self->limit - self->content_size)
        return ais_fail(why, AIS_E_LIMIT, "the field '%s' is over the limit of %zu bytes", self->field, self->limit);
    self->content_size += n;
    ais_buf_add(content, bytes, n);
    return content->failed ? ais_fail(why, AIS_E_NOMEM, "there is no memory for the body now") : AIS_OK;
}

/* Takes bytes up to the end of a delimiter, or all. A CR stands in a delimiter at its beginning only: where one does
 * not go on, no other can have begun within it. Returns how many were taken. */
static enum ais_err scan(struct multipart *self, const char *bytes, size_t n, struct ais_buf *content,
                         size_t *ret_taken, struct ais_why *why)
{
    size_t at = 0;
    while (at < n && self->matched < self->delimiter_size) {
        if (bytes[at] == self->delimiter[self->matched]) {
            self->matched++;
            at++;
            continue;
        }
        TRY(keep(self, self->delimiter, self->matched, content, why)); /* it was content after all */
        self->matched = 0;
        const char *next = memchr(bytes + at, '\r', n - at);
        size_t plain = next != NULL ? (size_t)(next - (bytes + at)) : n - at;
        TRY(keep(self, bytes + at, plain, content, why));
        at += plain;
    }
    if (self->matched == self->delimiter_size) {
        self->matched = 0;
        self->state = BEHIND;
    }
    *ret_taken = at;
    return AIS_OK;
}

/* ---- single bytes ---- */

static enum ais_err begin_head(struct multipart *self, struct ais_why *why)
{
    if (self->parts++ > 0)
        return ais_fail(why, AIS_E_INVALID, "the form has more than one field: it takes one, '%s'", self->field);
    self->head = (struct multipart_head){ false };
    self->head_size = self->line_size = 0;
    self->state = HEAD;
    return AIS_OK;
}

static enum ais_err end_line(struct multipart *self, struct ais_why *why)
{
    size_t n = self->line_size;
    self->line_size = 0;
    self->state = HEAD;
    if (n > 0)
        return multipart_head_line(&self->head, self->line, n, self->field, why);
    if (!self->head.disposition)
        return ais_fail(why, AIS_E_SYNTAX, "a part has no Content-Disposition");
    self->state = CONTENT;
    return AIS_OK;
}

static enum ais_err add_to_line(struct multipart *self, char c, struct ais_why *why)
{
    if (self->head_size++ == MULTIPART_HEAD_MAX)
        return ais_fail(why, AIS_E_SYNTAX, "the head of a part is over the limit of %d bytes", MULTIPART_HEAD_MAX);
    if (c == '\r')
        self->state = HEAD_END;
    else
        self->line[self->line_size++] = c;
    return AIS_OK;
}

static bool is_padding(char c)
{
    return c == ' ' || c == '\t';
}

static enum ais_err refuse_byte(const char *where, struct ais_why *why)
{
    return ais_fail(why, AIS_E_SYNTAX, "the form is malformed: %s", where);
}

static enum ais_err step(struct multipart *self, char c, struct ais_why *why)
{
    static const char behind[] = "a line begins with the boundary and goes on with something else";
    static const char line_end[] = "a CR without LF ends a line";
    switch (self->state) {
    case BEHIND:
    case PADDING:
        if (c == '-' && self->state == BEHIND)
            self->state = DASH;
        else if (is_padding(c))
            self->state = PADDING;
        else if (c == '\r')
            self->state = LINE_END;
        else
            return refuse_byte(behind, why);
        return AIS_OK;
    case DASH: self->state = LAST; return c == '-' ? AIS_OK : refuse_byte(behind, why);
    case LAST:
        if (c == '\r')
            self->state = LAST_END;
        else if (!is_padding(c))
            return refuse_byte(behind, why);
        return AIS_OK;
    case LINE_END: return c == '\n' ? begin_head(self, why) : refuse_byte(line_end, why);
    case LAST_END: self->state = EPILOGUE; return c == '\n' ? AIS_OK : refuse_byte(line_end, why);
    case HEAD: return add_to_line(self, c, why);
    case HEAD_END: return c == '\n' ? end_line(self, why) : refuse_byte(line_end, why);
    case PREAMBLE:
    case CONTENT:
    case EPILOGUE: break;
    }
    return ais_fail(why, AIS_E_INTERNAL, "a state of the form's reader has no rule");
}

enum ais_err multipart_feed(struct multipart *multipart, const char *bytes, size_t n, struct ais_buf *content,
                            struct ais_why *why)
{
    for (size_t at = 0; at < n && multipart->state != EPILOGUE;) {
        size_t taken = 1;
        if (multipart->state == PREAMBLE || multipart->state == CONTENT)
            TRY(scan(multipart, bytes + at, n - at, content, &taken, why));
        else
            TRY(step(multipart, bytes[at], why));
        at += taken;
    }
    return AIS_OK;
}

enum ais_err multipart_end(const struct multipart *multipart, struct ais_why *why)
{
    enum state state = multipart->state;
    if (state != LAST && state != EPILOGUE)
        return ais_fail(why, AIS_E_SYNTAX,
                        "the form is cut off: it ends with the boundary between two pairs of dashes");
    if (multipart->parts == 0)
        return ais_fail(why, AIS_E_INVALID, "the field '%s' is missing", multipart->field);
    return AIS_OK;
}
