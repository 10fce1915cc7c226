#include "services/cli/handlers.h"
#include "services/cli/packs.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

/* Reads what is asked for and closes the data directory: no command runs beside its key. */
static enum ais_err read_source(const struct cli_call *call, struct ais_buf *ret, struct ais_why *why)
{
    AUTO(cli_pack_view_done) struct cli_pack_view view = { .store = NULL };
    const char *version = cli_flag(call, "version");
    const struct ais_stored_pack *stored = NULL;
    TRY(cli_pack_view_open(call->settings, &view, why));
    TRY(cli_packs_find(&view.list, call->operands[0], &stored, why));
    if (version == NULL || strcmp(version, stored->version) == 0)
        ais_buf_add(ret, stored->source, stored->source_size);
    else if (stored->previous_version != NULL && strcmp(version, stored->previous_version) == 0)
        ais_buf_add(ret, stored->previous_source, stored->previous_size);
    else
        return ais_fail(why, AIS_E_INVALID, "rulepack '%s' is not stored in version '%.64s': there %s %s%s%s",
                        stored->name, version, stored->previous_version != NULL ? "are" : "is", stored->version,
                        stored->previous_version != NULL ? " and " : "",
                        stored->previous_version != NULL ? stored->previous_version : "");
    return ret->failed ? ais_fail(why, AIS_E_NOMEM, "no memory for a rulepack") : AIS_OK;
}

/* ---- a file in memory ---- */

static void close_file(int *file)
{
    if (*file >= 0)
        close(*file);
    *file = -1;
}

static enum ais_err write_all(int file, const struct ais_buf *text, struct ais_why *why)
{
    for (size_t at = 0; at < text->length;) {
        ssize_t n = write(file, text->data + at, text->length - at);
        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0)
            return ais_fail_errno(why, errno, "a file in memory cannot be written");
        at += (size_t)n;
    }
    return AIS_OK;
}

/* Nobody can change it from here on, whoever opens it. *ret is the caller's to close, whatever this returns. */
static enum ais_err make_file(const struct ais_buf *text, int *ret, struct ais_why *why)
{
    *ret = memfd_create("rulepack", MFD_CLOEXEC | MFD_ALLOW_SEALING);
    if (*ret < 0)
        return ais_fail_errno(why, errno, "there is no file in memory");
    TRY(write_all(*ret, text, why));
    if (fcntl(*ret, F_ADD_SEALS, F_SEAL_SEAL | F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_WRITE) != 0 ||
        lseek(*ret, 0, SEEK_SET) != 0)
        return ais_fail_errno(why, errno, "a file in memory cannot be sealed");
    return AIS_OK;
}

/* ---- a command ---- */

struct command {
    char **words; /* owned, each of them too; ended by NULL */
    size_t count;
    bool named; /* the file's name stands in one of them */
};

static void command_done(struct command *command)
{
    for (size_t i = 0; i < command->count; i++)
        free(command->words[i]);
    free(command->words);
}

/* The word with the name in the place of every {}. */
static char *put_name(const char *word, const char *name, bool *ret_named)
{
    AUTO(ais_buf_done) struct ais_buf text = { 0 };
    for (const char *place; (place = strstr(word, "{}")) != NULL; word = place + 2) {
        ais_buf_add(&text, word, (size_t)(place - word));
        ais_buf_text(&text, name);
        *ret_named = true;
    }
    ais_buf_text(&text, word);
    return text.failed ? NULL : strdup(text.data != NULL ? text.data : "");
}

static enum ais_err make_command(const struct cli_call *call, int file, struct command *ret, struct ais_why *why)
{
    char name[32];
    snprintf(name, sizeof name, "/proc/self/fd/%d", file);
    ret->words = calloc(call->operand_count, sizeof *ret->words); /* one less, and the NULL */
    if (ret->words == NULL)
        return ais_fail(why, AIS_E_NOMEM, "no memory for a command");
    for (size_t i = 1; i < call->operand_count; i++) {
        if ((ret->words[ret->count] = put_name(call->operands[i], name, &ret->named)) == NULL)
            return ais_fail(why, AIS_E_NOMEM, "no memory for a command");
        ret->count++;
    }
    return AIS_OK;
}

/* Starts it with the file: open under its number, or as stdin. What we ignore (see cli.c) is its own to decide. */
static enum ais_err start(const struct command *command, int file, pid_t *ret, struct ais_why *why)
{
    posix_spawn_file_actions_t files;
    posix_spawnattr_t attributes;
    sigset_t ours;
    sigemptyset(&ours);
    sigaddset(&ours, SIGXFSZ);
    if (posix_spawn_file_actions_init(&files) != 0)
        return ais_fail(why, AIS_E_NOMEM, "no memory for a command");
    if (posix_spawnattr_init(&attributes) != 0) {
        posix_spawn_file_actions_destroy(&files);
        return ais_fail(why, AIS_E_NOMEM, "no memory for a command");
    }
    int error = posix_spawn_file_actions_adddup2(&files, file, command->named ? file : STDIN_FILENO);
    if (error == 0)
        error = posix_spawnattr_setsigdefault(&attributes, &ours);
    if (error == 0)
        error = posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETSIGDEF);
    if (error == 0)
        error = posix_spawnp(ret, command->words[0], &files, &attributes, command->words, environ);
    posix_spawn_file_actions_destroy(&files);
    posix_spawnattr_destroy(&attributes);
    return error == 0 ? AIS_OK : ais_fail_errno(why, error, "'%.80s' cannot be run", command->words[0]);
}

/* As a shell has it: the exit code, or 128 and the signal. */
static enum ais_err await(pid_t process, int *ret_code, struct ais_why *why)
{
    int status = 0;
    while (waitpid(process, &status, 0) < 0)
        if (errno != EINTR)
            return ais_fail_errno(why, errno, "the command's end was not seen");
    *ret_code = WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
    return AIS_OK;
}

static enum ais_err run(const struct cli_call *call, const struct ais_buf *text, int *ret_code, struct ais_why *why)
{
    AUTO(close_file) int file = -1;
    AUTO(command_done) struct command command = { .words = NULL };
    pid_t process = 0;
    TRY(make_file(text, &file, why));
    TRY(make_command(call, file, &command, why));
    TRY(start(&command, file, &process, why));
    return await(process, ret_code, why);
}

enum ais_err cli_rulepack_export(struct cli_call *call, struct ais_why *why)
{
    AUTO(ais_buf_done) struct ais_buf text = { 0 };
    int code = 0;
    TRY(read_source(call, &text, why));
    if (call->operand_count == 1)
        return text.length == 0 || fwrite(text.data, 1, text.length, stdout) == text.length
                   ? AIS_OK
                   : ais_fail_errno(why, errno, "stdout");
    TRY(run(call, &text, &code, why));
    call->exit_code = (enum cli_exit)code;
    return AIS_OK;
}
