/* The --config file: whatever it holds, it is refused with a reason or gives values with their places. */
#include "shared/conf/file.h"

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    AUTO(ais_arena_destroy) struct ais_arena *arena = ais_arena_new(4 << 20);
    struct ais_found found[AIS_SETTING_COUNT] = {
        {NULL, NULL}
    };
    struct ais_why why = { 0 };
    if (arena == NULL)
        abort();
    enum ais_err err = ais_settings_file_parse("fuzz", (const char *)data, size, arena, found, NULL, &why);
    if (err != AIS_OK && (why.code != err || why.text[0] == '\0'))
        abort();
    for (size_t i = 0; err == AIS_OK && i < AIS_SETTING_COUNT; i++)
        if ((found[i].text == NULL) != (found[i].where == NULL))
            abort();
    return 0;
}
