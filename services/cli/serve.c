#include "services/cli/handlers.h"
#include "services/cli/revision.h"
#include "services/supervisor/supervisor.h"
#include "shared/log/log.h"
#include "shared/sign/sign.h"

enum ais_err cli_serve(struct cli_call *call, struct ais_why *why)
{
    static const struct ais_build build = { .version = AIS_VERSION, .revision = AIS_REVISION };
    if (cli_flag(call, "check-config") != NULL)
        return cli_check_config(call, why);
    if (cli_flag(call, "format") != NULL)
        return ais_fail(why, AIS_E_USAGE, "--format is for --check-config; the form of log lines is --log-format");
    if (ais_sign_is_development())
        ais_log(AIS_LOG_INFO,
                "development build: licences and synced rulepacks are checked with a key that everybody has");
    return ais_serve(call->settings, &build, why);
}
