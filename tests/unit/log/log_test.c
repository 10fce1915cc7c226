#include "shared/log/log.h"
#include "shared/sys/clock.h"
#include "tests/unit/test.h"

#include <pthread.h>
#include <string.h>
#include <unistd.h>

/* What one ais_log call writes to stderr, caught in a pipe. */
struct caught {
    char text[32768];
    size_t length;
};

static int pipe_in[2], real_stderr;

static void catch_begin(void)
{
    assert_int_equal(pipe(pipe_in), 0);
    real_stderr = dup(STDERR_FILENO);
    assert_true(dup2(pipe_in[1], STDERR_FILENO) >= 0);
    close(pipe_in[1]);
}

static void catch_end(struct caught *caught)
{
    assert_true(dup2(real_stderr, STDERR_FILENO) >= 0);
    close(real_stderr);
    caught->length = 0;
    for (ssize_t n;
         (n = read(pipe_in[0], caught->text + caught->length, sizeof caught->text - 1 - caught->length)) > 0;)
        caught->length += (size_t)n;
    caught->text[caught->length] = '\0';
    close(pipe_in[0]);
}

static const struct row {
    const char *name;
    enum ais_log_level least;
    bool as_json;
    enum ais_log_level level;
    const char *message, *why, *want;
} rows[] = {
    {"text is level and message",       AIS_LOG_INFO,  false, AIS_LOG_INFO,    "ready",                               NULL,        "INFO: ready\n"      },
    { "below the least level: nothing", AIS_LOG_INFO,  false, AIS_LOG_DEBUG,   "hidden",                              NULL,        ""                   },
    { "debug when asked for",           AIS_LOG_DEBUG, false, AIS_LOG_DEBUG,   "seen",                                NULL,        "DEBUG: seen\n"      },
    { "a reason follows the message",   AIS_LOG_INFO,  false, AIS_LOG_ERROR,   "auditor",                             "disk full",
     "ERROR: auditor: disk full\n"                                                                                                                      },
    { "a newline cannot forge a line",  AIS_LOG_INFO,  false, AIS_LOG_WARNING, "a\nERROR: b",                         NULL,
     "WARNING: a\\u000aERROR: b\n"                                                                                                                      },
    { "an escape sequence is inert",    AIS_LOG_INFO,  false, AIS_LOG_INFO,    "\x1b[2J\x7f",                         NULL,
     "INFO: \\u001b[2J\\u007f\n"                                                                                                                        },
    { "C1 and bidi controls are inert", AIS_LOG_INFO,  false, AIS_LOG_INFO,    "\xc2\x9b\xe2\x80\xae",                NULL,
     "INFO: \\u009b\\u202e\n"                                                                                                                           },
    { "UTF-8 passes",                   AIS_LOG_INFO,  false, AIS_LOG_INFO,    "d\xc3\xa9j\xc3\xa0 \xf0\x9f\x98\x80", NULL,
     "INFO: d\xc3\xa9j\xc3\xa0 \xf0\x9f\x98\x80\n"                                                                                                      },
    { "bytes that are no UTF-8",        AIS_LOG_INFO,  false, AIS_LOG_INFO,
     "\xff"
      "a\xc0\xaf\xed\xa0\x80",                                                                                        NULL,
     "INFO: \xef\xbf\xbd"
      "a\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd\n"                                                                                 },
    { "a sequence cut by the end",      AIS_LOG_INFO,  false, AIS_LOG_INFO,    "x\xe2\x82",                           NULL,
     "INFO: x\xef\xbf\xbd\xef\xbf\xbd\n"                                                                                                                },
    { "a backslash in text stays",      AIS_LOG_INFO,  false, AIS_LOG_INFO,    "C:\\x \"q\"",                         NULL,        "INFO: C:\\x \"q\"\n"},
    { "JSON has four members",          AIS_LOG_INFO,  true,  AIS_LOG_INFO,    "ready",                               NULL,
     "{\"time\":\"2023-11-14T22:13:20.000000Z\",\"level\":\"INFO\",\"actor\":\"tester\",\"message\":\"ready\"}\n"                                       },
    { "JSON escapes",                   AIS_LOG_INFO,  true,  AIS_LOG_ERROR,   "a\"b\\c\n",                           "why\t",
     "{\"time\":\"2023-11-14T22:13:20.000000Z\",\"level\":\"ERROR\",\"actor\":\"tester\","
      "\"message\":\"a\\\"b\\\\c\\u000a: why\\u0009\"}\n"                                                                                               },
};

static void check_row(void **state)
{
    const struct row *row = *state;
    struct caught caught;
    struct ais_why why = { 0 };
    ais_clock_freeze(1, 1700000000 * AIS_NS_PER_S, 0);
    ais_log_actor("tester");
    ais_log_setup(row->least, row->as_json);
    catch_begin();
    if (row->why == NULL) {
        ais_log(row->level, "%s", row->message);
    } else {
        (void)ais_fail(&why, AIS_E_IO, "%s", row->why);
        ais_log_why(row->level, &why, "%s", row->message);
    }
    catch_end(&caught);
    ais_clock_freeze(0, 0, 0);
    assert_string_equal(caught.text, row->want);
}

/* Each length around the limit, so that the cut falls at each place within a character and an escape. */
static void long_lines_are_cut_whole(void **state)
{
    static const char *const fillers[] = { "x", "\xc3\xa9", "\n", "\"" };
    (void)state;
    for (size_t filler = 0; filler < N_ELEMS(fillers); filler++) {
        for (int json = 0; json < 2; json++) {
            for (size_t lead = 0; lead < 8; lead++) {
                char message[4096] = "aaaaaaaa";
                size_t length = lead;
                while (length + 8 < sizeof message) {
                    memcpy(message + length, fillers[filler], strlen(fillers[filler]) + 1);
                    length += strlen(fillers[filler]);
                }
                struct caught caught;
                ais_log_setup(AIS_LOG_INFO, json);
                catch_begin();
                ais_log(AIS_LOG_INFO, "%s", message);
                catch_end(&caught);
                const char *end = json ? "\xe2\x80\xa6\"}\n" : "\xe2\x80\xa6\n";
                assert_true(caught.length <= 2048 && caught.length > 2030);
                assert_string_equal(caught.text + caught.length - strlen(end), end);
            }
        }
    }
}

enum { THREADS = 4, LINES = 50 };

static void *write_lines(void *arg)
{
    ais_log_actor(arg);
    for (int i = 0; i < LINES; i++)
        ais_log(AIS_LOG_INFO, "%s writes line %d", (const char *)arg, i);
    return NULL;
}

/* What four threads write fits into the pipe: nobody has to read meanwhile. */
static void lines_of_many_threads_stay_whole(void **state)
{
    static char names[THREADS][8] = { "a", "b", "c", "d" };
    pthread_t threads[THREADS];
    struct caught caught;
    size_t lines = 0;
    (void)state;
    ais_log_setup(AIS_LOG_INFO, true);
    catch_begin();
    for (size_t i = 0; i < THREADS; i++)
        assert_int_equal(pthread_create(&threads[i], NULL, write_lines, names[i]), 0);
    for (size_t i = 0; i < THREADS; i++)
        assert_int_equal(pthread_join(threads[i], NULL), 0);
    catch_end(&caught);
    for (char *rest = caught.text, *line; (line = strsep(&rest, "\n")) != NULL && line[0] != '\0'; lines++) {
        const char *actor = strstr(line, "\"actor\":\"");
        assert_non_null(actor);
        assert_non_null(strstr(line, " writes line "));
        assert_int_equal(actor[9], strstr(line, "\"message\":\"")[11]);
        assert_string_equal(line + strlen(line) - 2, "\"}");
    }
    assert_int_equal(lines, THREADS * LINES);
}

/* Last, because it cannot be taken back. */
static void a_pipe_that_nobody_reads_holds_up_nobody(void **state)
{
    enum { MORE_THAN_A_PIPE_HOLDS = 200000 };
    char text[1 << 17];
    int ends[2], kept = dup(STDERR_FILENO);
    (void)state;
    ais_log_setup(AIS_LOG_INFO, false);
    ais_log_never_wait();
    assert_int_equal(pipe(ends), 0);
    assert_true(dup2(ends[1], STDERR_FILENO) >= 0);
    for (int i = 0; i < MORE_THAN_A_PIPE_HOLDS / 20; i++)
        ais_log(AIS_LOG_INFO, "line %d, of 20 bytes or more", i);
    assert_true(read(ends[0], text, sizeof text) > 0);
    ais_log(AIS_LOG_INFO, "read again");
    assert_true(dup2(kept, STDERR_FILENO) >= 0);
    close(kept);
    close(ends[1]);
    ssize_t n = read(ends[0], text, sizeof text - 1);
    close(ends[0]);
    assert_true(n > 0);
    text[n] = '\0';
    assert_non_null(strstr(text, "WARNING: "));
    assert_non_null(strstr(text, " log lines were dropped: nobody read them\nINFO: read again\n"));
}

int main(void)
{
    struct CMUnitTest tests[N_ELEMS(rows) + 3];
    AIS_ROWS(tests, rows, check_row);
    tests[N_ELEMS(rows)] = (struct CMUnitTest)cmocka_unit_test(long_lines_are_cut_whole);
    tests[N_ELEMS(rows) + 1] = (struct CMUnitTest)cmocka_unit_test(lines_of_many_threads_stay_whole);
    tests[N_ELEMS(rows) + 2] = (struct CMUnitTest)cmocka_unit_test(a_pipe_that_nobody_reads_holds_up_nobody);
    return cmocka_run_group_tests_name("log/log", tests, NULL, NULL);
}
