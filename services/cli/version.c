#include "services/cli/handlers.h"
#include "services/cli/revision.h"
#include "shared/json/write.h"
#include "shared/sign/sign.h"

#include <stdio.h>

/* The libraries as they were at build time: asking them at run time would put each one's header in here. */
static const struct library {
    const char *name, *version;
} libraries[] = { AIS_LIBRARIES };

enum ais_err cli_version(struct cli_call *call, struct ais_why *why)
{
    AUTO(ais_buf_done) struct ais_buf text = { 0 };
    bool json = false;
    TRY(cli_format(call, "json", &json, why));
    if (json) {
        ais_jw_begin_object(&text, NULL);
        ais_jw_text(&text, "version", AIS_VERSION);
        ais_jw_text(&text, "revision", AIS_REVISION);
        ais_jw_bool(&text, "development_build", ais_sign_is_development());
        ais_jw_begin_object(&text, "libraries");
        for (size_t i = 0; i < N_ELEMS(libraries); i++)
            ais_jw_text(&text, libraries[i].name, libraries[i].version);
        ais_jw_end_object(&text);
        ais_jw_end_object(&text);
    } else {
        ais_buf_format(&text, "aisentinel-offline %s (%s)%s\nbuilt with", AIS_VERSION, AIS_REVISION,
                       ais_sign_is_development() ? ", development build" : "");
        for (size_t i = 0; i < N_ELEMS(libraries); i++)
            ais_buf_format(&text, "%s %s %s", i > 0 ? "," : "", libraries[i].name, libraries[i].version);
    }
    return cli_print(&text, why);
}
