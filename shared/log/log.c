#include "shared/log/log.h"

#include "shared/log/harmless.h"
#include "shared/log/terminal.h"
#include "shared/sys/clock.h"

#include <errno.h>
#include <poll.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

/* PIPE_BUF is 4096: half of it keeps a line whole in a pipe even beside another writer. */
enum { LINE_SIZE = 2048 };

static const char *const words[] = {
#define X(level, word) [level] = (word),
    AIS_LOG_LEVELS(X)
#undef X
};

static atomic_int least_level = AIS_LOG_INFO;
static atomic_bool json_lines, never_wait, coloured;
static _Thread_local const char *actor_name = "main";

struct line {
    char bytes[LINE_SIZE];
    size_t length;
};

void ais_log_setup(enum ais_log_level least, bool as_json)
{
    least_level = (int)least;
    json_lines = as_json;
    coloured = !as_json && ais_terminal_colours(STDERR_FILENO);
}

void ais_log_actor(const char *name)
{
    actor_name = name;
}

void ais_log_never_wait(void)
{
    never_wait = true;
}

/* As ais_harmless, and for a JSON string. */
static size_t next_piece(const char **text, size_t *n, bool as_json, char piece[AIS_HARMLESS_SIZE])
{
    if (as_json && (**text == '"' || **text == '\\')) {
        piece[0] = '\\';
        piece[1] = **text;
        *text += 1;
        *n -= 1;
        return 2;
    }
    return ais_harmless(text, n, piece);
}

/* Appends text, made harmless, leaving at least spare bytes free; what does not fit is cut and marked. */
static void add_message(struct line *line, const char *text, bool as_json, size_t spare)
{
    static const char ellipsis[] = "\xe2\x80\xa6";
    size_t cut = line->length; /* where the mark still fits */
    for (size_t left = strlen(text); left > 0;) {
        char piece[AIS_HARMLESS_SIZE];
        size_t length = next_piece(&text, &left, as_json, piece);
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

static void add_level(struct line *line, enum ais_log_level level)
{
    static const enum ais_colour colours[] = { [AIS_LOG_DEBUG] = AIS_GREY,
                                               [AIS_LOG_INFO] = AIS_GREEN,
                                               [AIS_LOG_WARNING] = AIS_YELLOW,
                                               [AIS_LOG_ERROR] = AIS_RED };
    if (coloured)
        add_plain(line, ais_colour_code(colours[level]));
    add_plain(line, words[level]);
    if (coloured)
        add_plain(line, ais_colour_code(AIS_PLAIN));
    add_plain(line, ": ");
}

static void compose(struct line *line, enum ais_log_level level, const char *message)
{
    static const char json_end[] = "\"}\n";
    line->length = 0;
    if (json_lines) {
        char time[AIS_RFC3339_SIZE];
        ais_clock_rfc3339(ais_clock_wall(), time);
        line->length = (size_t)snprintf(line->bytes, sizeof line->bytes,
                                        "{\"time\":\"%s\",\"level\":\"%s\",\"actor\":\"%.32s\",\"message\":\"", time,
                                        words[level], actor_name);
        add_message(line, message, true, sizeof json_end - 1);
        add_plain(line, json_end);
    } else {
        add_level(line, level);
        add_message(line, message, false, 1);
        add_plain(line, "\n");
    }
}

/* poll(2) calls a pipe writable when it has room for PIPE_BUF bytes: a line, then, and only one at a time. */
static bool takes_a_line(void)
{
    struct pollfd out = { .fd = STDERR_FILENO, .events = POLLOUT };
    return poll(&out, 1, 0) != 0;
}

/* One thread at a time, so that a second one does not take the room that the first has found. */
static void write_without_waiting(const struct line *line)
{
    static pthread_mutex_t one_at_a_time = PTHREAD_MUTEX_INITIALIZER;
    static uint64_t dropped;
    pthread_mutex_lock(&one_at_a_time);
    if (dropped > 0 && takes_a_line()) {
        char message[64];
        struct line told;
        snprintf(message, sizeof message, "%llu log lines were dropped: nobody read them", (unsigned long long)dropped);
        compose(&told, AIS_LOG_WARNING, message);
        write_line(&told);
        dropped = 0;
    }
    if (dropped == 0 && takes_a_line())
        write_line(line);
    else
        dropped++;
    pthread_mutex_unlock(&one_at_a_time);
}

static void emit(enum ais_log_level level, const char *message)
{
    struct line line;
    compose(&line, level, message);
    if (never_wait)
        write_without_waiting(&line);
    else
        write_line(&line);
}

__attribute__((format(printf, 3, 0))) static void format_and_emit(enum ais_log_level level, const struct ais_why *why,
                                                                  const char *format, va_list args)
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
