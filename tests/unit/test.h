/* What every unit test includes: cmocka with the headers that it forgets to include, and one row = one named test.
 *
 *     static const struct row { const char *name; ... } rows[] = { { "an empty pack is refused", ... }, ... };
 *     static void check_row(void **state) { const struct row *row = *state; ... }
 *     int main(void)
 *     {
 *         struct CMUnitTest tests[N_ELEMS(rows)];
 *         AIS_ROWS(tests, rows, check_row);
 *         return cmocka_run_group_tests_name("json/read", tests, NULL, NULL);
 *     }
 */
#ifndef AIS_TESTS_TEST_H
#define AIS_TESTS_TEST_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "shared/err/err.h"

/* cmocka hands its state around as void *; rows are const, and stay so in the tests that read them. */
static inline void *ais_row_state(const void *row)
{
    void *state;
    memcpy(&state, &row, sizeof state);
    return state;
}

/* Turns each row of an array of structs that begin with `const char *name` into a test of that name. */
#define AIS_ROWS(tests, rows, check)                                             \
    for (size_t row_ = 0; row_ < N_ELEMS(rows); row_++)                          \
        (tests)[row_] = (struct CMUnitTest)                                      \
        {                                                                        \
            (rows)[row_].name, (check), NULL, NULL, ais_row_state(&(rows)[row_]) \
        }

#endif
