#include "shared/log/log.h"

#include "shared/sys/clock.h"

#include <errno.h>
#include <stdatomic.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

/* PIPE_BUF is 4096: half of it keeps a line whole in a pipe even beside another writer. */
enum { LINE_SIZE = 2048, ESCAPE_SIZE = 8 };

static const char *const words[] = {
#define X(level, word) [level] = (word),
    AIS_LOG_LEVELS(X)
#undef X
};

static atomic_int least_level = AIS_LOG_INFO;
static atomic_bool json_lines;
static _Thread_local const char *actor_name = "main";

struct line {
    char bytes[LINE_SIZE];
    size_t length;
};

void ais_log_setup(enum ais_log_level least, bool as_json)
{
    least_level = (int)least;
    json_lines = as_json;
}

void ais_log_actor(const char *name)
{
    actor_name = name;
}

/* The length of the UTF-8 sequence at text (RFC 3629, section 4) and its code point; 0 when it is not one. */
static size_t utf8_sequence(const unsigned char *text, uint32_t *ret_code)
{
    static const struct {
        unsigned char mask, lead;
        uint32_t lowest;
    } forms[] = {
        {0x80,  0x00, 0      },
        { 0xe0, 0xc0, 0x80   },
        { 0xf0, 0xe0, 0x800  },
        { 0xf8, 0xf0, 0x10000}
    };
    for (size_t more = 0; more < N_ELEMS(forms); more++) {
        if ((text[0] & forms[more].mask) != forms[more].lead)
            continue;
        uint32_t code = text[0] & (uint32_t)(unsigned char)~forms[more].mask;
        for (size_t i = 1; i <= more; i++) {
            if ((text[i] & 0xc0) != 0x80)
                return 0;
            code = code << 6 | (text[i] & 0x3f);
        }
        if (code < forms[more].lowest || code > 0x10ffff || (code >= 0xd800 && code <= 0xdfff))
            return 0;
        *ret_code = code;
        return more + 1;
    }
    return 0;
}

/* What a terminal or a line reader would act on: C0 and C1 controls, line and paragraph separators, bidi controls. */
static bool is_control(uint32_t code)
{
    return code < 0x20 || (code >= 0x7f && code <= 0x9f) || (code >= 0x200e && code <= 0x200f) ||
           (code >= 0x2028 && code <= 0x202e) || (code >= 0x2066 && code <= 0x2069);
}

/* Writes the character at *text, made harmless, into piece, and steps over it; returns the piece's length. */
static size_t harmless(const char **text, bool as_json, char piece[ESCAPE_SIZE])
{
    static const char replacement[] = { '\xef', '\xbf', '\xbd' }; /* U+FFFD */
    uint32_t code = 0;
    size_t length = utf8_sequence((const unsigned char *)*text, &code);
    if (length == 0) {
        *text += 1;
        memcpy(piece, replacement, sizeof replacement);
        return sizeof replacement;
    }
    const char *from = *text;
    *text += length;
    if (is_control(code))
        return (size_t)snprintf(piece, ESCAPE_SIZE, "\\u%04x", (unsigned)code);
    if (as_json && (code == '"' || code == '\\')) {
        piece[0] = '\\';
        piece[1] = (char)code;
        return 2;
    }
    memcpy(piece, from, length);
    return length;
}

/* Appends text, made harmless, leaving at least spare bytes free; what does not fit is cut and marked. */
static void add_message(struct line *line, const char *text, bool as_json, size_t spare)
{
    static const char ellipsis[] = "\xe2\x80\xa6";
    size_t cut = line->length; /* where the mark still fits */
    while (*text != '\0') {
        char piece[ESCAPE_SIZE];
        size_t length = harmless(&text, as_json, piece);
        if (line->length + length + spare > LINE_SIZE) {
            line->length = cut;
            memcpy(line->bytes + cut, ellipsis, sizeof ellipsis - 1);
            line->length += sizeof ellipsis - 1;
            return;
        }
        memcpy(line->bytes + line->length, piece, length);
        line->length += length;
        if (line->length + sizeof ellipsis - 1 + spare <= LINE_SIZE)
            cut = line->length;
    }
}

static void add_plain(struct line *line, const char *text)
{
    size_t length = strlen(text);
    memcpy(line->bytes + line->length, text, length);
    line->length += length;
}

/* One write, so that lines of two threads never mix. Nothing can be done when stderr is gone. */
static void write_line(const struct line *line)
{
    ssize_t written;
    do
        written = write(STDERR_FILENO, line->bytes, line->length);
    while (written < 0 && errno == EINTR);
}

static void emit(enum ais_log_level level, const char *message)
{
    static const char json_end[] = "\"}\n";
    struct line line = { .length = 0 };
    if (json_lines) {
        char time[AIS_RFC3339_SIZE];
        ais_clock_rfc3339(ais_clock_wall(), time);
        line.length = (size_t)snprintf(line.bytes, sizeof line.bytes,
                                       "{\"time\":\"%s\",\"level\":\"%s\",\"actor\":\"%.32s\",\"message\":\"", time,
                                       words[level], actor_name);
        add_message(&line, message, true, sizeof json_end - 1);
        add_plain(&line, json_end);
    } else {
        add_plain(&line, words[level]);
        add_plain(&line, ": ");
        add_message(&line, message, false, 1);
        add_plain(&line, "\n");
    }
    write_line(&line);
}

static void format_and_emit(enum ais_log_level level, const struct ais_why *why, const char *format, va_list args)
{
    int saved = errno;
    char message[LINE_SIZE + 1]; /* one more than fits, so that a cut here is seen and marked there */
    vsnprintf(message, sizeof message, format, args);
    if (why != NULL) {
        size_t used = strlen(message);
        snprintf(message + used, sizeof message - used, ": %s", why->text);
    }
    emit(level, message);
    errno = saved;
}

void ais_log(enum ais_log_level level, const char *format, ...)
{
    if ((int)level < least_level)
        return;
    va_list args;
    va_start(args, format);
    format_and_emit(level, NULL, format, args);
    va_end(args);
}

void ais_log_why(enum ais_log_level level, const struct ais_why *why, const char *format, ...)
{
    if ((int)level < least_level)
        return;
    va_list args;
    va_start(args, format);
    format_and_emit(level, why, format, args);
    va_end(args);
}
