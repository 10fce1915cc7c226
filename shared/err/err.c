#include "shared/err/err.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

static const char *const words[AIS_ERR_COUNT] = {
#define X(code, text) [code] = (text),
    AIS_ERRORS(X)
#undef X
};

const char *ais_err_text(enum ais_err code)
{
    return (unsigned)code < AIS_ERR_COUNT ? words[code] : "unknown error";
}

enum ais_err ais_fail(struct ais_why *why, enum ais_err code, const char *format, ...)
{
    if (why != NULL) {
        va_list args;
        why->code = code;
        va_start(args, format);
        vsnprintf(why->text, sizeof why->text, format, args);
        va_end(args);
    }
    return code;
}

static enum ais_err code_of_errno(int errnum)
{
    switch (errnum) {
    case ENOSPC:
    case EDQUOT: return AIS_E_SPACE;
    case ENOMEM: return AIS_E_NOMEM;
    default: return AIS_E_IO;
    }
}

enum ais_err ais_fail_errno(struct ais_why *why, int errnum, const char *format, ...)
{
    enum ais_err code = code_of_errno(errnum);
    if (why != NULL) {
        va_list args;
        char system_words[96];
        why->code = code;
        va_start(args, format);
        vsnprintf(why->text, sizeof why->text, format, args);
        va_end(args);
        size_t used = strlen(why->text);
        snprintf(why->text + used, sizeof why->text - used, ": %s",
                 strerror_r(errnum, system_words, sizeof system_words));
    }
    return code;
}

enum ais_err ais_blame(struct ais_why *why, const char *format, ...)
{
    struct ais_why inner = *why;
    va_list args;
    va_start(args, format);
    vsnprintf(why->text, sizeof why->text, format, args);
    va_end(args);
    size_t used = strlen(why->text);
    snprintf(why->text + used, sizeof why->text - used, ": %s", inner.text);
    return inner.code;
}
