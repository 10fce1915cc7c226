#include "services/cli/handlers.h"
#include "services/cli/revision.h"
#include "services/supervisor/supervisor.h"

enum ais_err cli_serve(struct cli_call *call, struct ais_why *why)
{
    static const struct ais_build build = { .version = AIS_VERSION, .revision = AIS_REVISION };
    return ais_serve(call->settings, &build, why);
}
