#include "services/auditor/prepare.h"

#include "shared/actor/actor.h"
#include "shared/log/log.h"
#include "shared/sys/threads.h"

static const char next_command[] = "NEXT";

static void prepare(struct ais_seal_log *log)
{
    struct ais_why why = { 0 };
    if (ais_seal_log_prepare(log, &why) != AIS_OK)
        ais_log_why(AIS_LOG_WARNING, &why, "the next audit file could not be prepared; rotation will take longer");
}

/* True when it is to prepare another one, false when it is to end. */
static bool asked_for_another(zsock_t *pipe)
{
    AUTO(zstr_free) char *command = zstr_recv(pipe);
    return command != NULL && strcmp(command, next_command) == 0;
}

static void run(zsock_t *pipe, void *arg)
{
    struct ais_seal_log *log = arg;
    ais_log_actor("auditor-prepare");
    zsock_signal(pipe, 0);
    do {
        prepare(log);
    } while (asked_for_another(pipe));
    ais_actor_ends();
}

zactor_t *prepare_start(struct ais_seal_log *log)
{
    return ais_threads_startable(1) == 1 ? zactor_new(run, log) : NULL;
}

void prepare_next(zactor_t *preparer)
{
    zstr_send(preparer, next_command);
}
