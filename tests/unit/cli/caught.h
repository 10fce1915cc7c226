/* Runs a command line as main would and catches what it writes to stdout. */
#ifndef AIS_TESTS_CLI_CAUGHT_H
#define AIS_TESTS_CLI_CAUGHT_H

#include "services/cli/cli.h"
#include "tests/unit/test.h"

#include <stdio.h>
#include <unistd.h>

enum { CAUGHT_WORDS = 12, CAUGHT_SIZE = 512 * 1024 };

struct caught {
    int code;
    char text[CAUGHT_SIZE]; /* stdout, NUL-terminated */
};

/* words: what follows the program's name, NULL-terminated, at most CAUGHT_WORDS. The environment is empty. */
static inline void caught_run(const char *const *words, struct caught *ret)
{
    char copies[CAUGHT_WORDS + 1][256] = { "aisentinel-offline" }, *argv[CAUGHT_WORDS + 2] = { copies[0] };
    char *environment[] = { NULL };
    int argc = 1;
    for (; words[argc - 1] != NULL; argc++) {
        assert_true(argc <= CAUGHT_WORDS);
        snprintf(copies[argc], sizeof copies[argc], "%s", words[argc - 1]);
        argv[argc] = copies[argc];
    }
    FILE *file = tmpfile();
    assert_non_null(file);
    assert_int_equal(fflush(stdout), 0);
    int real_stdout = dup(STDOUT_FILENO);
    assert_true(dup2(fileno(file), STDOUT_FILENO) >= 0);
    ret->code = cli_main(argc, argv, environment);
    assert_true(dup2(real_stdout, STDOUT_FILENO) >= 0);
    close(real_stdout);
    rewind(file);
    size_t length = fread(ret->text, 1, sizeof ret->text - 1, file);
    ret->text[length] = '\0';
    assert_int_equal(fclose(file), 0);
}

#endif
