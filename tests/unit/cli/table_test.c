#include "services/cli/table.h"
#include "tests/unit/test.h"

#include <stdio.h>
#include <unistd.h>

static const struct cli_column columns[] = {
    {"NAME",   0, 0,  false},
    { "COUNT", 0, 0,  true },
    { "WHAT",  4, 10, false},
    { "MORE",  4, 0,  false},
};

static const char *const rows[][4] = {
    {"one",  "7",   "a short one",                       "x"   },
    { "two", "123", "\x1b[2Jclears\nthe screen",         NULL  },
    { "six", "5",   "na\xc3\xafve text, 3 \xe2\x82\xac", "last"},
};

static const struct row {
    const char *name;
    size_t width;
    const char *wanted;
} table_rows[] = {
    {"in a pipe nothing is cut",         0,
     "NAME  COUNT  WHAT                             MORE\n"
      "one       7  a short one                      x\n"
      "two     123  \\u001b[2Jclears\\u000athe screen  -\n"
      "six       5  na\xc3\xafve text, 3 \xe2\x82\xac                  last\n"},
    { "a wide terminal is as a pipe",    60,
     "NAME  COUNT  WHAT                             MORE\n"
      "one       7  a short one                      x\n"
      "two     123  \\u001b[2Jclears\\u000athe screen  -\n"
      "six       5  na\xc3\xafve text, 3 \xe2\x82\xac                  last\n"},
    { "a narrow one cuts the widest",    30,
     "NAME  COUNT  WHAT         MORE\n"
      "one       7  a short one  x\n"
      "two     123  \\u001b[2Jc\xe2\x80\xa6  -\n"
      "six       5  na\xc3\xafve text\xe2\x80\xa6  last\n"                    },
    { "a narrower one leaves out",       20,
     "NAME  COUNT  WHAT\n"
      "one       7  a shor\xe2\x80\xa6\n"
      "two     123  \\u001b\xe2\x80\xa6\n"
      "six       5  na\xc3\xafve \xe2\x80\xa6\n"                              },
    { "what may not be cut stays whole", 5,
     "NAME  COUNT\n"
      "one       7\n"
      "two     123\n"
      "six       5\n"                                                         },
};

/* What runs prints to stdout. */
static size_t catch (struct cli_table *table, char *text, size_t size)
{
    FILE *file = tmpfile();
    assert_non_null(file);
    assert_int_equal(fflush(stdout), 0);
    int real = dup(STDOUT_FILENO);
    assert_true(dup2(fileno(file), STDOUT_FILENO) >= 0);
    enum ais_err err = cli_table_print(table, NULL);
    assert_int_equal(fflush(stdout), 0);
    assert_true(dup2(real, STDOUT_FILENO) >= 0);
    close(real);
    assert_int_equal(err, AIS_OK);
    rewind(file);
    size_t n = fread(text, 1, size - 1, file);
    text[n] = '\0';
    assert_int_equal(fclose(file), 0);
    return n;
}

static void add(struct cli_table *table, const char *const *texts)
{
    struct cli_cell cells[N_ELEMS(columns)];
    for (size_t i = 0; i < N_ELEMS(columns); i++)
        cells[i] = (struct cli_cell){ texts[i], texts[i] != NULL ? strlen(texts[i]) : 0, AIS_RED };
    assert_int_equal(cli_table_add(table, cells, NULL), AIS_OK);
}

static void check_row(void **state)
{
    const struct row *row = *state;
    AUTO(cli_table_destroy) struct cli_table *table = cli_table_new(columns, N_ELEMS(columns), row->width, false);
    char text[1024];
    for (size_t i = 0; i < N_ELEMS(rows); i++)
        add(table, rows[i]);
    catch (table, text, sizeof text);
    assert_string_equal(text, row->wanted);
}

static void nothing_has_no_titles(void **state)
{
    (void)state;
    AUTO(cli_table_destroy) struct cli_table *table = cli_table_new(columns, N_ELEMS(columns), 0, false);
    char text[64];
    assert_int_equal(catch (table, text, sizeof text), 0);
}

static void a_growing_table_keeps_its_columns(void **state)
{
    (void)state;
    AUTO(cli_table_destroy) struct cli_table *table = cli_table_new(columns, N_ELEMS(columns), 0, true);
    static const char *const first[] = { "one", "1", "x", "y" };
    char text[256];
    add(table, first);
    catch (table, text, sizeof text);
    assert_string_equal(text, "NAME  COUNT  WHAT        MORE\none       1  x           y\n");
    add(table, rows[0]);
    catch (table, text, sizeof text);
    assert_string_equal(text, "one       7  a short one  x\n");
}

int main(void)
{
    struct CMUnitTest tests[N_ELEMS(table_rows)];
    AIS_ROWS(tests, table_rows, check_row);
    const struct CMUnitTest others[] = {
        cmocka_unit_test(nothing_has_no_titles),
        cmocka_unit_test(a_growing_table_keeps_its_columns),
    };
    return cmocka_run_group_tests_name("cli/table", tests, NULL, NULL) +
           cmocka_run_group_tests_name("cli/table over time", others, NULL, NULL);
}
