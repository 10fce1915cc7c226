#include "gateway/multipart.h"
#include "tests/unit/test.h"

#include <stdlib.h>
#include <string.h>

enum { LIMIT = 64 };

#define TYPE  "multipart/form-data; boundary=ab"
#define NAME  "Content-Disposition: form-data; name=\"rulepack\""
#define PART  "--ab\r\n" NAME "\r\n\r\n"
#define END   "\r\n--ab--\r\n"
#define X(n)  "xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx" n
#define Y     "yyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyy"
#define LINES "X-Y: " Y "\r\nX-Y: " Y "\r\nX-Y: " Y "\r\nX-Y: " Y "\r\nX-Y: " Y "\r\nX-Y: " Y "\r\nX-Y: " Y "\r\n"

static const struct row {
    const char *name, *type, *body;
    enum ais_err err;
    const char *want; /* the content, or what the reason says */
} rows[] = {
    {"a field",                        TYPE,                                                                  PART "a: b" END,                                                               AIS_OK,        "a: b"                    },
    { "without a last line break",     TYPE,                                                                  PART "a: b\r\n--ab--",                                                         AIS_OK,        "a: b"                    },
    { "an empty field",                TYPE,                                                                  PART END,                                                                      AIS_OK,        ""                        },
    { "content of many lines",         TYPE,                                                                  PART "a\r\nb\nc\r\r\n\n--a\r\n-\r\n--b\r\n" END,                               AIS_OK,
     "a\r\nb\nc\r\r\n\n--a\r\n-\r\n--b\r\n"                                                                                                                                                                                           },
    { "the boundary within a line",    TYPE,                                                                  PART "a --ab b--ab" END,                                                       AIS_OK,        "a --ab b--ab"            },
    { "preamble and epilogue",         TYPE,                                                                  "to be\r\n-- passed over\r\n" PART "x" END "and \r\n--ab this",                AIS_OK,        "x"                       },
    { "transport padding",             TYPE,                                                                  "--ab \t \r\n" NAME "\r\n\r\nx\r\n--ab-- \t \r\n",                             AIS_OK,        "x"                       },
    { "a quoted boundary",             "multipart/form-data; boundary=\"a b\"",                               "--a b\r\n" NAME "\r\n\r\nx\r\n--a b--",                                       AIS_OK,
     "x"                                                                                                                                                                                                                              },
    { "other parameters",              "multipart/form-data; x=\"a;b\";Boundary=ab",                          PART "x" END,                                                                  AIS_OK,        "x"                       },
    { "a name without quotes",         TYPE,                                                                  "--ab\r\ncontent-disposition:FORM-DATA ;Name=rulepack\r\n\r\nx" END,           AIS_OK,        "x"                       },
    { "a name with escapes",           TYPE,                                                                  "--ab\r\nContent-Disposition: form-data; name=\"rule\\pack\"\r\n\r\nx" END,    AIS_OK,
     "x"                                                                                                                                                                                                                              },
    { "a file name",                   TYPE,                                                                  "--ab\r\n" NAME "; filename=\"../a; name=\\\"b\\\".yaml\"\r\n\r\nx" END,       AIS_OK,        "x"                       },
    { "types of YAML and JSON",        TYPE,
     "--ab\r\n" NAME "\r\nContent-Type: application/yaml; charset=\"UTF-8\"\r\n\r\nx" END,                                                                                                   AIS_OK,        "x"                       },
    { "an encoding that is none",      TYPE,                                                                  "--ab\r\nContent-Transfer-Encoding: Binary \r\n" NAME "\r\n\r\nx" END,         AIS_OK,
     "x"                                                                                                                                                                                                                              },
    { "fields of other kinds",         TYPE,                                                                  "--ab\r\nX-Other: y\r\n" NAME "\r\n\r\nx" END,                                 AIS_OK,        "x"                       },
    { "as much as fits",               TYPE,                                                                  PART X("") END,                                                                AIS_OK,        X("")                     },
    { "one byte more",                 TYPE,                                                                  PART X("y") END,                                                               AIS_E_LIMIT,   "limit of 64 bytes"       },

    { "no boundary",                   "multipart/form-data",                                                 PART "x" END,                                                                  AIS_E_SYNTAX,  "must have a boundary"    },
    { "an empty boundary",             "multipart/form-data; boundary=\"\"",                                  PART "x" END,                                                                  AIS_E_SYNTAX,  "must have a boundary"    },
    { "two boundaries",                TYPE "; boundary=ac",                                                  PART "x" END,                                                                  AIS_E_SYNTAX,  "given twice"             },
    { "a boundary that ends in space", "multipart/form-data; boundary=\"a \"",                                PART "x" END,                                                                  AIS_E_SYNTAX,
     "must have a boundary"                                                                                                                                                                                                           },
    { "a boundary of other signs",     "multipart/form-data; boundary=\"a\tb\"",                              PART "x" END,                                                                  AIS_E_SYNTAX,
     "must have a boundary"                                                                                                                                                                                                           },
    { "a boundary of 71",
     "multipart/form-data; boundary=yyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyy", "",
     AIS_E_SYNTAX,                                                                                                                                                                                          "longer than 70"          },
    { "a parameter cut off",           "multipart/form-data; boundary=\"ab",                                  PART "x" END,                                                                  AIS_E_SYNTAX,  "malformed"               },
    { "a parameter without a value",   "multipart/form-data; boundary",                                       PART "x" END,                                                                  AIS_E_SYNTAX,  "malformed"               },

    { "nothing",                       TYPE,                                                                  "",                                                                            AIS_E_SYNTAX,  "cut off"                 },
    { "no part",                       TYPE,                                                                  "--ab--",                                                                      AIS_E_INVALID, "'rulepack' is missing"   },
    { "a part that does not end",      TYPE,                                                                  PART "x\r\n--ab",                                                              AIS_E_SYNTAX,  "cut off"                 },
    { "one dash at the end",           TYPE,                                                                  PART "x\r\n--ab-",                                                             AIS_E_SYNTAX,  "cut off"                 },
    { "a CR at the end",               TYPE,                                                                  PART "x\r\n--ab--\r",                                                          AIS_E_SYNTAX,  "cut off"                 },
    { "a longer boundary",             TYPE,                                                                  PART "x\r\n--abc\r\n" END,                                                     AIS_E_SYNTAX,  "begins with the boundary"},
    { "text behind the last",          TYPE,                                                                  PART "x\r\n--ab-- x\r\n",                                                      AIS_E_SYNTAX,  "begins with the boundary"},
    { "a dash behind padding",         TYPE,                                                                  PART "x\r\n--ab --\r\n",                                                       AIS_E_SYNTAX,  "begins with the boundary"},
    { "LF without CR behind one",      TYPE,                                                                  "--ab\n" NAME "\r\n\r\nx" END,                                                 AIS_E_SYNTAX,  "begins with the boundary"},
    { "CR without LF behind one",      TYPE,                                                                  "--ab\r" NAME "\r\n\r\nx" END,                                                 AIS_E_SYNTAX,  "CR without LF"           },
    { "CR without LF in a head",       TYPE,                                                                  "--ab\r\n" NAME "\rx\r\n\r\nx" END,                                            AIS_E_SYNTAX,  "CR without LF"           },
    { "LF without CR in a head",       TYPE,                                                                  "--ab\r\n" NAME "\nX: y\r\n\r\nx" END,                                         AIS_E_SYNTAX,  "control character"       },

    { "another field",                 TYPE,                                                                  "--ab\r\nContent-Disposition: form-data; name=other\r\n\r\nx" END,             AIS_E_INVALID,
     "field 'other'"                                                                                                                                                                                                                  },
    { "the name in capitals",          TYPE,                                                                  "--ab\r\nContent-Disposition: form-data; name=Rulepack\r\n\r\nx" END,          AIS_E_INVALID,
     "field 'Rulepack'"                                                                                                                                                                                                               },
    { "the field twice",               TYPE,                                                                  PART "x\r\n" PART "x" END,                                                     AIS_E_INVALID, "more than one field"     },
    { "no name",                       TYPE,                                                                  "--ab\r\nContent-Disposition: form-data; filename=rulepack\r\n\r\nx" END,      AIS_E_SYNTAX,
     "must have a name"                                                                                                                                                                                                               },
    { "two names",                     TYPE,                                                                  "--ab\r\n" NAME "; name=rulepack\r\n\r\nx" END,                                AIS_E_SYNTAX,  "given twice"             },
    { "another disposition",           TYPE,                                                                  "--ab\r\nContent-Disposition: attachment; name=rulepack\r\n\r\nx" END,         AIS_E_SYNTAX,
     "must be form-data"                                                                                                                                                                                                              },
    { "no disposition",                TYPE,                                                                  "--ab\r\nContent-Type: text/plain\r\n\r\nx" END,                               AIS_E_SYNTAX,  "no Content-Disposition"  },
    { "no head at all",                TYPE,                                                                  "--ab\r\n\r\nx" END,                                                           AIS_E_SYNTAX,  "no Content-Disposition"  },
    { "two dispositions",              TYPE,                                                                  "--ab\r\n" NAME "\r\n" NAME "\r\n\r\nx" END,                                   AIS_E_SYNTAX,  "two fields"              },
    { "a folded field",                TYPE,                                                                  "--ab\r\nContent-Disposition: form-data;\r\n name=rulepack\r\n\r\nx" END,      AIS_E_SYNTAX,
     ""                                                                                                                                                                                                                               },
    { "a line that is no field",       TYPE,                                                                  "--ab\r\nnonsense\r\n" NAME "\r\n\r\nx" END,                                   AIS_E_SYNTAX,  "Name: value"             },
    { "a head that is too long",       TYPE,                                                                  "--ab\r\n" LINES LINES LINES LINES NAME "\r\n\r\nx" END,                       AIS_E_SYNTAX,
     "limit of 2048"                                                                                                                                                                                                                  },
    { "base64",                        TYPE,                                                                  "--ab\r\nContent-Transfer-Encoding: base64\r\n" NAME "\r\n\r\neA==" END,       AIS_E_REFUSED,
     "not 'base64'"                                                                                                                                                                                                                   },
    { "another charset",               TYPE,                                                                  "--ab\r\n" NAME "\r\nContent-Type: text/plain; charset=utf-16\r\n\r\nx" END,
     AIS_E_REFUSED,                                                                                                                                                                                         "not 'utf-16'"            },
    { "several files in one",          TYPE,                                                                  "--ab\r\n" NAME "\r\nContent-Type: multipart/mixed; boundary=cd\r\n\r\nx" END,
     AIS_E_REFUSED,                                                                                                                                                                                         "not several"             },
};

/* Reads a body in pieces of this size (0: whole); the content, or the reason. */
static enum ais_err read_form(const char *type, const char *body, size_t n, size_t piece, struct ais_buf *content,
                              struct ais_why *why)
{
    AUTO(multipart_destroy) struct multipart *multipart = NULL;
    ais_buf_clear(content);
    TRY(multipart_new(type, "rulepack", LIMIT, &multipart, why));
    for (size_t at = 0; at < n;) {
        size_t size = piece == 0 || piece > n - at ? n - at : piece;
        TRY(multipart_feed(multipart, body + at, size, content, why));
        at += size;
    }
    return multipart_end(multipart, why);
}

static void check_row(void **state)
{
    const struct row *row = *state;
    AUTO(ais_buf_done) struct ais_buf content = { 0 };
    struct ais_why why = { 0 };
    enum ais_err err = read_form(row->type, row->body, strlen(row->body), 0, &content, &why);
    if (err != row->err)
        fail_msg("got %s: %s", ais_err_text(err), why.text);
    if (err == AIS_OK)
        assert_string_equal(content.length > 0 ? content.data : "", row->want);
    else if (strstr(why.text, row->want) == NULL)
        fail_msg("'%s' is not in '%s'", row->want, why.text);
}

/* However the bytes are split on their way, the result is the same: in two at every place, and in pieces of all sizes.
 */
static void splits_change_nothing(void **state)
{
    AUTO(ais_buf_done) struct ais_buf whole = { 0 };
    AUTO(ais_buf_done) struct ais_buf parts = { 0 };
    (void)state;
    for (size_t i = 0; i < N_ELEMS(rows); i++) {
        const struct row *row = &rows[i];
        struct ais_why why = { 0 }, again = { 0 };
        size_t n = strlen(row->body);
        enum ais_err err = read_form(row->type, row->body, n, 0, &whole, &why);
        for (size_t piece = 1; piece <= n; piece++) {
            assert_int_equal(read_form(row->type, row->body, n, piece, &parts, &again), err);
            assert_string_equal(again.text, why.text);
            if (err == AIS_OK)
                assert_memory_equal(parts.data != NULL ? parts.data : "", whole.data != NULL ? whole.data : "",
                                    whole.length + (whole.data != NULL));
        }
    }
}

/* Content of CR, LF, dashes and letters of the boundary, at random: what is not a delimiter comes out as it went in. */
static void content_of_broken_delimiters_is_kept(void **state)
{
    static const char signs[] = "\r\n-ab";
    static const char head[] = PART;
    (void)state;
    srand(1);
    for (int round = 0; round < 20000; round++) {
        AUTO(ais_buf_done) struct ais_buf form = { 0 };
        AUTO(ais_buf_done) struct ais_buf content = { 0 };
        struct ais_why why = { 0 };
        char text[LIMIT + 1] = "";
        size_t n = (size_t)rand() % LIMIT;
        for (size_t i = 0; i < n; i++)
            text[i] = signs[(size_t)rand() % (sizeof signs - 1)];
        if (strstr(text, "\r\n--ab") != NULL || strncmp(text, "--ab", 4) == 0)
            continue;
        ais_buf_add(&form, head, sizeof head - 1);
        ais_buf_add(&form, text, n);
        ais_buf_add(&form, END, sizeof END - 1);
        assert_int_equal(read_form(TYPE, form.data, form.length, 1 + (size_t)rand() % 9, &content, &why), AIS_OK);
        assert_int_equal(content.length, n);
        assert_string_equal(n > 0 ? content.data : "", text);
    }
}

int main(void)
{
    struct CMUnitTest table[N_ELEMS(rows)];
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(splits_change_nothing),
        cmocka_unit_test(content_of_broken_delimiters_is_kept),
    };
    AIS_ROWS(table, rows, check_row);
    int failed = cmocka_run_group_tests_name("gateway/multipart: rows", table, NULL, NULL);
    return failed + cmocka_run_group_tests_name("gateway/multipart", tests, NULL, NULL);
}
