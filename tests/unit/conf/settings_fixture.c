#include "tests/unit/conf/settings_fixture.h"
#include "shared/mem/secret.h"

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

char config_path[] = "/tmp/ais-settings-XXXXXX";

void write_config(const char *content)
{
    FILE *file = fopen(config_path, "w");
    assert_non_null(file);
    assert_true(fputs(content, file) >= 0);
    assert_int_equal(fclose(file), 0);
}

enum ais_err load(const struct case_ *given, unsigned groups, struct ais_settings **ret, struct ais_why *why)
{
    struct ais_settings_given input = { .groups = groups };
    char *environment[MOST + 1] = { NULL }, *copies[MOST] = { NULL };
    for (size_t i = 0; given->variables[i] != NULL; i++)
        environment[i] = copies[i] = strdup(given->variables[i]);
    input.environment = environment;
    for (size_t i = 0; given->flags[i] != NULL; i += 2) {
        const struct ais_setting *setting = ais_setting_by_flag(given->flags[i], strlen(given->flags[i]), groups);
        assert_non_null(setting);
        input.flags[setting - ais_setting_table] = given->flags[i + 1];
    }
    if (given->config != NULL) {
        write_config(given->config);
        input.flags[AIS_SETTING_CONFIG] = config_path;
    }
    enum ais_err err = ais_settings_load(&input, ret, why);
    for (size_t i = 0; i < MOST; i++)
        free(copies[i]);
    return err;
}

int set_up(void **state)
{
    struct ais_why why = { 0 };
    (void)state;
    int file = mkstemp(config_path);
    return file >= 0 && close(file) == 0 && ais_secret_init(&why) == AIS_OK ? 0 : -1;
}

int tear_down(void **state)
{
    (void)state;
    return unlink(config_path);
}
