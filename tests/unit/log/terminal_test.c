/* A pseudo terminal and a pipe, under what the environment says. */
#include "shared/log/log.h"
#include "shared/log/terminal.h"
#include "tests/unit/test.h"

#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

static int terminal, master;

static const struct row {
    const char *name;
    bool on_terminal;
    const char *term, *no_color;
    bool want;
} rows[] = {
    {"a terminal has colours",                     true,  "xterm", NULL, true },
    { "a pipe has none",                           false, "xterm", NULL, false},
    { "NO_COLOR is heeded",                        true,  "xterm", "1",  false},
    { "an empty NO_COLOR says nothing",            true,  "xterm", "",   true },
    { "a dumb terminal has none",                  true,  "dumb",  NULL, false},
    { "a terminal that nobody has named, neither", true,  NULL,    NULL, false},
    { "nor one that is named by nothing",          true,  "",      NULL, false},
};

static void set(const char *name, const char *value)
{
    assert_int_equal(value != NULL ? setenv(name, value, 1) : unsetenv(name), 0);
}

static void check_row(void **state)
{
    const struct row *row = *state;
    int ends[2];
    assert_int_equal(pipe(ends), 0);
    set("TERM", row->term);
    set("NO_COLOR", row->no_color);
    assert_int_equal(ais_terminal_colours(row->on_terminal ? terminal : ends[1]), row->want);
    close(ends[0]);
    close(ends[1]);
}

/* What a line of the log looks like on the terminal. */
static void log_line(bool as_json, char text[256])
{
    int real_stderr = dup(STDERR_FILENO);
    assert_true(dup2(terminal, STDERR_FILENO) >= 0);
    ais_log_setup(AIS_LOG_INFO, as_json);
    ais_log(AIS_LOG_WARNING, "mind\x1b[0m this");
    assert_true(dup2(real_stderr, STDERR_FILENO) >= 0);
    close(real_stderr);
    struct pollfd input = { .fd = master, .events = POLLIN };
    assert_int_equal(poll(&input, 1, 10000), 1);
    ssize_t n = read(master, text, 255);
    assert_true(n > 0);
    text[n] = '\0';
}

static void only_the_level_is_coloured_and_only_as_text(void **state)
{
    char text[256];
    (void)state;
    set("TERM", "xterm");
    set("NO_COLOR", NULL);
    log_line(false, text);
    assert_string_equal(text, "\x1b[33mWARNING\x1b[0m: mind\\u001b[0m this\r\n");
    log_line(true, text);
    assert_null(strchr(text, '\x1b'));
    set("NO_COLOR", "1");
    log_line(false, text);
    assert_string_equal(text, "WARNING: mind\\u001b[0m this\r\n");
}

static int set_up(void **state)
{
    (void)state;
    master = posix_openpt(O_RDWR | O_NOCTTY);
    if (master < 0 || grantpt(master) != 0 || unlockpt(master) != 0)
        return -1;
    terminal = open(ptsname(master), O_RDWR | O_NOCTTY);
    return terminal >= 0 ? 0 : -1;
}

int main(void)
{
    struct CMUnitTest tests[N_ELEMS(rows) + 1];
    AIS_ROWS(tests, rows, check_row);
    tests[N_ELEMS(rows)] = (struct CMUnitTest)cmocka_unit_test(only_the_level_is_coloured_and_only_as_text);
    return cmocka_run_group_tests_name("log/terminal", tests, set_up, NULL);
}
