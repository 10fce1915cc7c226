/* Errors with reasons.
 *
 * A function that can fail returns enum ais_err and takes a struct ais_why, in which the place that sees the fault
 * says what, where and what would be right. Rooms return errors; actors and commands log them, once. */
#ifndef AIS_SHARED_ERR_H
#define AIS_SHARED_ERR_H

#include <stdarg.h>
#include <stddef.h>

/* Each code and its words, once. */
#define AIS_ERRORS(X)                                                \
    X(AIS_OK, "ok")                                                  \
    X(AIS_E_NOMEM, "out of memory")                                  \
    X(AIS_E_USAGE, "wrong usage")                                    \
    X(AIS_E_SETTING, "bad setting")                                  \
    X(AIS_E_IO, "input or output failed")                            \
    X(AIS_E_SPACE, "no space left on the device")                    \
    X(AIS_E_LOCKED, "in use by another process")                     \
    X(AIS_E_KEY, "the key does not open this")                       \
    X(AIS_E_DAMAGED, "does not verify")                              \
    X(AIS_E_STALE, "an older generation was put back")               \
    X(AIS_E_SYNTAX, "not well-formed")                               \
    X(AIS_E_INVALID, "well-formed but invalid")                      \
    X(AIS_E_LIMIT, "over a limit")                                   \
    X(AIS_E_RULE, "rulepack refused")                                \
    X(AIS_E_MALFORMED, "message does not match its declared fields") \
    X(AIS_E_REFUSED, "refused")                                      \
    X(AIS_E_NOT_FOUND, "not found")                                  \
    X(AIS_E_TIMEOUT, "took too long")                                \
    X(AIS_E_NETWORK, "network failed")                               \
    X(AIS_E_STOPPED, "told to stop")                                 \
    X(AIS_E_INTERNAL, "a fault of our own")

enum ais_err {
#define X(code, words) code,
    AIS_ERRORS(X)
#undef X
        AIS_ERR_COUNT
};

/* Filled where the fault is seen. Zero-initialise it; where a parameter of this type may be NULL, nobody asks why. */
struct ais_why {
    enum ais_err code;
    char text[320];
};

#define MUST_CHECK __attribute__((warn_unused_result))

/* The words of a code; never NULL. */
const char *ais_err_text(enum ais_err code);

/* Records code and the formatted reason in why (when not NULL; cut at its size) and returns code. */
enum ais_err ais_fail(struct ais_why *why, enum ais_err code, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

/* The same for a fault of the system: adds ": " and the words of errnum; ENOSPC and EDQUOT become AIS_E_SPACE, ENOMEM
 * AIS_E_NOMEM, everything else AIS_E_IO. */
enum ais_err ais_fail_errno(struct ais_why *why, int errnum, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

/* Puts "formatted: " in front of the reason that why (not NULL) already holds; returns its code. */
enum ais_err ais_blame(struct ais_why *why, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* Leaves the calling function with the error of expr, if it is one. */
#define TRY(expr)                       \
    do {                                \
        enum ais_err try_err_ = (expr); \
        if (try_err_ != AIS_OK)         \
            return try_err_;            \
    } while (0)

/* Binds a destructor, which takes the variable's address, to the variable's scope, whichever way that is left. */
#define AUTO(destroy) __attribute__((cleanup(destroy)))

/* Gives the pointer p away: its value, with p set to NULL. */
#define TAKE(p)                     \
    __extension__({                 \
        __typeof__(p) taken_ = (p); \
        (p) = NULL;                 \
        taken_;                     \
    })

#define N_ELEMS(array) (sizeof(array) / sizeof((array)[0]))

#endif
