#include "services/auditor/prepare.h"

#include "shared/log/log.h"

static const char next_command[] = "NEXT";

static void prepare(struct ais_seal_log *log)
{
    struct ais_why why = { 0 };
    if (ais_seal_log_prepare(log, &why) != AIS_OK)
        ais_log_why(AIS_LOG_WARNING, &why, "the next audit file could not be prepared; rotation will take longer");
}

static void run(zsock_t *pipe, void *arg)
{
    struct ais_seal_log *log = arg;
    ais_log_actor("auditor-prepare");
    zsock_signal(pipe, 0);
    prepare(log);
    for (;;) {
        AUTO(zstr_free) char *command = zstr_recv(pipe);
        if (command == NULL || strcmp(command, next_command) != 0)
            return;
        prepare(log);
    }
}

zactor_t *prepare_start(struct ais_seal_log *log)
{
    return zactor_new(run, log);
}

void prepare_next(zactor_t *preparer)
{
    zstr_send(preparer, next_command);
}
