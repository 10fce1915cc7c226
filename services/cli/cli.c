#include "services/cli/cli.h"

#include "services/cli/handlers.h"
#include "services/cli/help.h"
#include "services/cli/parse.h"
#include "shared/log/log.h"
#include "shared/mem/secret.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

enum cli_exit cli_exit_of(enum ais_err err)
{
    switch (err) {
    case AIS_OK: return CLI_DONE;
    case AIS_E_USAGE:
    case AIS_E_SETTING: return CLI_USAGE;
    case AIS_E_SYNTAX:
    case AIS_E_INVALID:
    case AIS_E_LIMIT:
    case AIS_E_RULE: return CLI_NO;
    default: return CLI_ENVIRONMENT;
    }
}

static enum ais_err print_help(const struct cli_request *request, struct ais_why *why)
{
    AUTO(ais_buf_done) struct ais_buf text = { 0 };
    if (request->call.command != NULL)
        cli_help_command(&text, request->call.command);
    else
        cli_help_group(&text, request->group);
    if (text.failed)
        return ais_fail(why, AIS_E_NOMEM, "no memory for the help");
    fputs(text.data, stdout);
    return AIS_OK;
}

/* An answer that did not arrive is none: a full disk or a closed pipe behind stdout is an error. */
static enum ais_err finish_output(struct ais_why *why)
{
    if (fflush(stdout) != 0 || ferror(stdout))
        return ais_fail_errno(why, errno, "stdout");
    return AIS_OK;
}

/* Started with one of the standard files closed, the next file opened would take its number, and an answer for stdout
 * would go into the audit log. What stands in for it fails when it is used. */
static enum ais_err guard_standard_files(struct ais_why *why)
{
    for (int file = STDIN_FILENO; file <= STDERR_FILENO; file++) {
        if (fcntl(file, F_GETFD) >= 0 || errno != EBADF)
            continue;
        if (open("/dev/null", file == STDIN_FILENO ? O_WRONLY : O_RDONLY) != file)
            return ais_fail_errno(why, errno, "/dev/null");
    }
    return AIS_OK;
}

/* What we make is ours to read, write and enter: a mask of 0777 would lock us out of our own files at the next start. A
 * limit of file sizes is then an error of write(2), as a full disk is, and not our end. */
static void guard_files(void)
{
    umask(umask(0) & (S_IRWXG | S_IRWXO));
    (void)signal(SIGXFSZ, SIG_IGN);
}

static enum ais_err run_command(struct cli_request *request, struct ais_why *why)
{
    AUTO(ais_settings_destroy) struct ais_settings *settings = NULL;
    const char *check = request->call.command->check_flag;
    request->call.given = &request->given;
    if (request->given.groups != 0 && (check == NULL || cli_flag(&request->call, check) == NULL)) {
        TRY(ais_settings_load(&request->given, &settings, why));
        ais_log_setup(settings->log_level, settings->log_format == AIS_LOG_FORMAT_JSON);
        request->call.settings = settings;
    }
    return request->call.command->run(&request->call, why);
}

static enum ais_err run(int argc, char **argv, char **environment, enum cli_exit *ret_exit, struct ais_why *why)
{
    struct cli_request request = { .help = false };
    ais_log_setup(AIS_LOG_INFO, false); /* of the words themselves; settings may say otherwise later */
    guard_files();
    TRY(guard_standard_files(why));
    TRY(ais_secret_init(why));
    TRY(cli_parse(argc, argv, &request, why));
    request.given.environment = environment;
    TRY(request.help ? print_help(&request, why) : run_command(&request, why));
    TRY(finish_output(why));
    *ret_exit = request.call.exit_code;
    return AIS_OK;
}

int cli_main(int argc, char **argv, char **environment)
{
    enum cli_exit exit_code = CLI_DONE;
    struct ais_why why = { 0 };
    enum ais_err err = run(argc - (argc > 0), argv + (argc > 0), environment, &exit_code, &why);
    if (err == AIS_OK)
        return (int)exit_code;
    (void)fflush(stdout); /* what was answered before comes before the error */
    ais_log(AIS_LOG_ERROR, "%s", why.text[0] != '\0' ? why.text : ais_err_text(err));
    if (err == AIS_E_USAGE)
        ais_log(AIS_LOG_INFO, "'aisentinel-offline --help' lists commands; each command has --help");
    return (int)cli_exit_of(err);
}
