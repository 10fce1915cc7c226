#include "services/cli/handlers.h"
#include "shared/log/harmless.h"

#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* The index of a flag of the command. */
static size_t index_of(const struct cli_call *call, const char *name)
{
    size_t i = 0;
    while (i < CLI_FLAGS_MAX && call->command->flags[i].name != NULL && strcmp(call->command->flags[i].name, name) != 0)
        i++;
    assert(i < CLI_FLAGS_MAX && call->command->flags[i].name != NULL &&
           "the command declares the flags that its handler reads");
    return i;
}

const char *cli_flag(const struct cli_call *call, const char *name)
{
    return call->flags[index_of(call, name)];
}

const char *cli_flag_next(const struct cli_call *call, const char *name, size_t *at)
{
    size_t flag = index_of(call, name);
    if ((*at)++ == 0)
        return call->flags[flag];
    for (size_t i = *at - 2; i < call->repeat_count; i++, (*at)++)
        if (call->repeats[i].flag == flag)
            return call->repeats[i].value;
    return NULL;
}

enum ais_err cli_choice(const struct cli_call *call, const char *name, const char *const *words, size_t *ret,
                        struct ais_why *why)
{
    const char *given = cli_flag(call, name);
    AUTO(ais_buf_done) struct ais_buf list = { 0 };
    *ret = 0;
    if (given == NULL)
        return AIS_OK;
    struct ais_nearest near = { .word = given, .length = strlen(given) };
    for (size_t i = 0; words[i] != NULL; i++) {
        if (strcmp(given, words[i]) == 0) {
            *ret = i;
            return AIS_OK;
        }
        ais_buf_format(&list, "%s%s", i > 0 ? " or " : "", words[i]);
        ais_nearest_offer(&near, words[i]);
    }
    return ais_fail(why, AIS_E_USAGE, "--%s: '%.80s' is not accepted%s%s%s; it takes %s", name, given,
                    near.best != NULL ? ": perhaps '" : "", near.best != NULL ? near.best : "",
                    near.best != NULL ? "' is meant" : "", list.failed ? "another" : list.data);
}

enum ais_err cli_format(const struct cli_call *call, const char *other, bool *ret_other, struct ais_why *why)
{
    const char *const words[] = { "text", other, NULL };
    size_t choice = 0;
    TRY(cli_choice(call, "format", words, &choice, why));
    *ret_other = choice == 1;
    return AIS_OK;
}

static enum ais_err read_all(int file, const char *name, size_t limit, struct ais_buf *out, struct ais_why *why)
{
    enum { CHUNK = 16384 };
    for (;;) {
        if (!ais_buf_reserve(out, CHUNK))
            return ais_fail(why, AIS_E_NOMEM, "no memory for '%.120s'", name);
        ssize_t n = read(file, out->data + out->length, CHUNK);
        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0)
            return ais_fail_errno(why, errno, "'%.120s' cannot be read", name);
        out->length += (size_t)n;
        out->data[out->length] = '\0';
        if (n == 0)
            return AIS_OK;
        if (out->length > limit)
            return ais_fail(why, AIS_E_LIMIT, "'%.120s' is longer than %zu bytes", name, limit);
    }
}

enum ais_err cli_read_file(const char *path, size_t limit, struct ais_buf *out, struct ais_why *why)
{
    if (strcmp(path, "-") == 0)
        return read_all(STDIN_FILENO, "stdin", limit, out, why);
    int file = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY);
    if (file < 0)
        return ais_fail_errno(why, errno, "'%.120s' cannot be read", path);
    enum ais_err err = read_all(file, path, limit, out, why);
    close(file);
    return err;
}

enum ais_err cli_print_bytes(const char *bytes, size_t n, struct ais_why *why)
{
    if ((n > 0 && fwrite(bytes, 1, n, stdout) != n) || fputc('\n', stdout) == EOF)
        return ais_fail_errno(why, errno, "stdout");
    return AIS_OK;
}

enum ais_err cli_print(const struct ais_buf *text, struct ais_why *why)
{
    if (text->failed)
        return ais_fail(why, AIS_E_NOMEM, "no memory for the answer");
    return cli_print_bytes(text->data, text->length, why);
}

void cli_add_harmless(struct ais_buf *out, const char *bytes, size_t n)
{
    while (n > 0) {
        char piece[AIS_HARMLESS_SIZE];
        size_t length = ais_harmless(&bytes, &n, piece);
        ais_buf_add(out, piece, length);
    }
}

const char *cli_colour(enum ais_colour colour)
{
    return ais_terminal_colours(STDOUT_FILENO) ? ais_colour_code(colour) : "";
}
