/* Records in the forms of other systems, against files that hold what was published once. With AIS_GOLDEN=write in the
 * environment the files are written anew: look at the difference before you commit it. */
#include "shared/audit/form/form.h"
#include "shared/json/write.h"
#include "tests/unit/test.h"

#include <stdio.h>
#include <stdlib.h>

static const char hash[] = "1111111111111111111111111111111111111111111111111111111111111111";
static const char prev[] = "2222222222222222222222222222222222222222222222222222222222222222";
static const char authority[] = "3333333333333333333333333333333333333333333333333333333333333333";

/* One of everything: texts that are formulas, quotes, line ends, what is not ASCII; what is absent. */
static const char *const records[] = {
    "{\"seq\":1,\"event\":\"log_created\",\"time\":\"2026-01-01T00:00:00.000000Z\",\"severity\":\"informational\","
    "\"actor\":\"auditor\",\"outcome\":\"success\"}",
    "{\"seq\":2,\"event\":\"service_started\",\"time\":\"2026-01-01T00:00:01.000000Z\",\"severity\":\"informational\","
    "\"actor\":\"supervisor\",\"outcome\":\"success\",\"details\":{\"version\":\"1\"}}",
    "{\"seq\":3,\"event\":\"decision\",\"time\":\"2026-01-01T00:00:02.123456Z\",\"severity\":\"critical\",\"decision\":"
    "\"block\",\"allowed\":false,\"requires_approval\":false,\"decision_id\":\"01926f6e-0000-7000-8000-000000000001\","
    "\"request_id\":\"req-1\",\"attempt\":1,\"deadline_ms\":250,\"source\":\"rest\",\"caller\":{\"key_id\":\"key_1\","
    "\"name\":\"agents\"},\"user_id\":\"=cmd|' /C calc'!A0\",\"session_id\":\"s,1\",\"agent_id\":\"a\\\"1\","
    "\"environment\":\"prod\",\"tool\":\"shell\",\"rules\":[{\"rule\":\"seen\",\"rulepack\":\"watch\",\"version\":"
    "\"1.0.0\",\"action\":\"block\",\"severity\":\"critical\",\"mode\":\"monitor\"},{\"rule\":\"rm\",\"rulepack\":"
    "\"shell_safety\",\"version\":\"2.1.0\",\"action\":\"block\",\"severity\":\"critical\",\"mode\":\"enforce\"}],"
    "\"reasons\":[\"Blocked by rm rule: h\xC3\xA4rt\\u0000\\r\\n\",\"second\"],\"snapshot\":\"abc\",\"request_digest\":"
    "\"def\",\"evaluator\":\"evaluator-1\",\"evaluation_us\":1500,\"traceparent\":"
    "\"00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01\",\"request\":{\"tool_name\":\"shell\",\"tool_args\":"
    "{\"command\":\"rm -rf /\",\"path\":\"/\",\"file_path\":\"/etc\"}}}",
    "{\"seq\":4,\"event\":\"decision\",\"time\":\"2026-01-01T00:00:03.000000Z\",\"severity\":\"informational\","
    "\"decision\":\"allow\",\"allowed\":true,\"requires_approval\":false,\"decision_id\":"
    "\"01926f6e-0000-7000-8000-000000000002\",\"attempt\":1,\"deadline_ms\":0,\"source\":\"zmq\",\"caller\":{},"
    "\"tool\":\"get_weather\",\"rules\":[],\"reasons\":[\"Action passes all safety checks\"],\"evaluation_us\":7,"
    "\"request\":{\"tool_name\":\"get_weather\",\"tool_args\":{\"url\":\"https://example.org/\"}}}",
    "{\"seq\":5,\"event\":\"decision\",\"time\":\"2026-01-01T00:00:04.000000Z\",\"severity\":\"high\",\"decision\":"
    "\"require_approval\",\"allowed\":false,\"requires_approval\":true,\"decision_id\":"
    "\"01926f6e-0000-7000-8000-000000000003\",\"attempt\":1,\"deadline_ms\":0,\"source\":\"batch\",\"caller\":{},"
    "\"tool\":\"+1\",\"rules\":[{\"rule\":\"ask\",\"rulepack\":\"p\",\"version\":\"1.0.0\",\"action\":"
    "\"require_approval\",\"severity\":\"high\",\"mode\":\"enforce\"}],\"reasons\":[\"-2+3\"],\"evaluation_us\":7}",
    "{\"seq\":6,\"event\":\"decision\",\"time\":\"2026-01-01T00:00:05.000000Z\",\"severity\":\"informational\","
    "\"decision\":\"none\",\"allowed\":false,\"requires_approval\":false,\"decision_id\":"
    "\"01926f6e-0000-7000-8000-000000000004\",\"attempt\":1,\"deadline_ms\":0,\"source\":\"cli\",\"caller\":{},"
    "\"rules\":[],\"reasons\":[],\"evaluation_us\":7,\"error\":\"@out of memory\",\"request_excerpt\":\"{\","
    "\"request_size\":20000}",
    "{\"seq\":7,\"event\":\"key_revoked\",\"time\":\"2026-01-01T00:00:06.000000Z\",\"severity\":\"low\",\"actor\":"
    "\"gateway\",\"outcome\":\"failure\",\"caller\":{\"key_id\":\"key_2\",\"name\":\"admin\"},\"details\":{}}",
    "{\"seq\":8,\"event\":\"of_a_later_version\",\"time\":\"2026-01-01T00:00:07.000000Z\",\"severity\":\"odd\"}",
};

static const struct row {
    const char *name, *file;
    enum ais_audit_form form;
    const char *authority;
} rows[] = {
    {"CSV",                             "log.csv",        AIS_AUDIT_FORM_CSV,   NULL     },
    { "ECS",                            "log.ecs.json",   AIS_AUDIT_FORM_ECS,   NULL     },
    { "OCSF, whose checkpoints known",  "log.ocsf.json",  AIS_AUDIT_FORM_OCSF,  authority},
    { "OCSF, whose are not known",      "bare.ocsf.json", AIS_AUDIT_FORM_OCSF,  NULL     },
    { "JSON lines are what was sealed", "log.jsonl",      AIS_AUDIT_FORM_JSONL, NULL     },
};

static void write_all(const struct row *row, struct ais_buf *out)
{
    AUTO(ais_arena_destroy) struct ais_arena *arena = ais_arena_new(0);
    static const struct ais_json_limits limits = { .depth = 64 };
    struct ais_audit_writer writer;
    ais_audit_writer_init(&writer, row->form, row->authority);
    ais_audit_writer_begin(&writer, out);
    for (size_t i = 0; i < N_ELEMS(records); i++) {
        const struct ais_json *record = NULL;
        ais_arena_reset(arena);
        assert_int_equal(ais_json_read(arena, records[i], strlen(records[i]), &limits, &record, NULL), AIS_OK);
        const struct ais_audit_sealed sealed = {
            .record = record,
            .bytes = records[i],
            .n = strlen(records[i]),
            .file = "audit_logs.3.enc",
            .line = 17,
            .hash = hash,
            .prev = prev,
        };
        ais_audit_writer_add(&writer, &sealed, out);
    }
    assert_false(out->failed);
    assert_int_equal(writer.written, N_ELEMS(records));
}

static void check_row(void **state)
{
    const struct row *row = *state;
    AUTO(ais_buf_done) struct ais_buf out = { 0 };
    static char path[512], golden[64 << 10];
    const char *write = getenv("AIS_GOLDEN");
    write_all(row, &out);
    snprintf(path, sizeof path, "%s/tests/unit/audit/golden/%s", AIS_SOURCE_DIR, row->file);
    FILE *file = fopen(path, write != NULL ? "w+" : "r");
    assert_non_null(file);
    if (write != NULL) {
        assert_int_equal(fwrite(out.data, 1, out.length, file), out.length);
        rewind(file);
    }
    size_t n = fread(golden, 1, sizeof golden - 1, file);
    golden[n] = '\0';
    assert_int_equal(fclose(file), 0);
    assert_string_equal(out.data, golden);
    assert_int_equal(out.length, n);
}

/* What stands in a cell for a text: a spreadsheet takes none of them for a formula. (Trimming the cell, dropping what
 * does not show, or typing wide signs as narrow ones makes some of these begin with one.) */
static const struct cell_row {
    const char *name, *text, *cell;
} cell_rows[] = {
    {"a word",                                   "word",               "word"               },
    { "signs inside",                            "a=b+c-d@e",          "a=b+c-d@e"          },
    { "a space before a word",                   " word",              " word"              },
    { "a wide space before one",                 "\xE3\x80\x80word",   "\xE3\x80\x80word"   },
    { "a letter of that lead byte",              "\xEF\xBC\xA1",       "\xEF\xBC\xA1"       },
    { "only spaces",                             "   ",                "   "                },
    { "equals",                                  "=1",                 "'=1"                },
    { "plus",                                    "+1",                 "'+1"                },
    { "minus",                                   "-1",                 "'-1"                },
    { "at",                                      "@A1",                "'@A1"               },
    { "a tab",                                   "\tword",             "\"'\tword\""        },
    { "a line feed",                             "\nword",             "\"'\nword\""        },
    { "a carriage return",                       "\rword",             "\"'\\u000dword\""   },
    { "behind a space",                          " =1",                "' =1"               },
    { "behind many",                             "      =1",           "'      =1"          },
    { "behind a tab",                            "\t=1",               "\"'\t'=1\""         },
    { "behind a space and a tab",                " \t+1",              "\"' \t'+1\""        },
    { "behind a carriage return",                " \r-1",              "\"' \\u000d'-1\""   },
    { "behind a line feed",                      " \n@1",              "\"' \n'@1\""        },
    { "behind a form feed",                      "\f=1",               "'\\u000c=1"         },
    { "behind a byte order mark",                "\xEF\xBB\xBF=1",     "'\xEF\xBB\xBF=1"    },
    { "behind that and a space",                 "\xEF\xBB\xBF =1",    "'\xEF\xBB\xBF =1"   },
    { "behind a space and that",                 " \xEF\xBB\xBF=1",    "' \xEF\xBB\xBF=1"   },
    { "behind a fixed space",                    "\xC2\xA0=1",         "'\xC2\xA0=1"        },
    { "behind a wide space",                     "\xE3\x80\x80=1",     "'\xE3\x80\x80=1"    },
    { "behind one of no width",                  "\xE2\x80\x8B=1",     "'\xE2\x80\x8B=1"    },
    { "behind a joiner",                         "\xE2\x81\xA0=1",     "'\xE2\x81\xA0=1"    },
    { "wide equals",
     "\xEF\xBC\x9D"
      "1",                                                             "'\xEF\xBC\x9D"
      "1"                                                                         },
    { "wide plus",
     "\xEF\xBC\x8B"
      "1",                                                             "'\xEF\xBC\x8B"
      "1"                                                                         },
    { "wide minus",
     "\xEF\xBC\x8D"
      "1",                                                             "'\xEF\xBC\x8D"
      "1"                                                                         },
    { "wide at, behind a space",
     " \xEF\xBC\xA0"
      "1",                                                             "' \xEF\xBC\xA0"
      "1"                                                                         },
    { "with quotes",                             " =\"a\",b",          "\"' =\"\"a\"\",b\"" },
    { "behind a semicolon",                      "a;=1+1",             "a;'=1+1"            },
    { "behind one and a space",                  "a; @A1;b",           "a;' @A1;b"          },
    { "behind each of many",                     ";=1;;-1;",           ";'=1;;'-1;"         },
    { "behind a bar",                            "a|=1",               "a|'=1"              },
    { "behind a tab in it",                      "a\t=1",              "\"a\t'=1\""         },
    { "behind tabs",                             "a\t\t=1",            "\"a\t'\t'=1\""      },
    { "behind a line in it",                     "a\r\n=1\nb",         "\"a\r'\n'=1\nb\""   },
    { "behind a semicolon and a quote",          "a;\"=1\"",           "\"a;'\"\"=1\"\"\""  },
    { "wide behind a semicolon",
     "a;\xEF\xBC\x9D"
      "1",                                                             "a;'\xEF\xBC\x9D"
      "1"                                                                         },
    { "words behind semicolons",                 "a; b;c|d",           "a; b;c|d"           },
    { "behind an en quad",                       "\xE2\x80\x80=1",     "'\xE2\x80\x80=1"    },
    { "behind a hair space",                     "\xE2\x80\x8A=1",     "'\xE2\x80\x8A=1"    },
    { "behind an ogham space",                   "\xE1\x9A\x80=1",     "'\xE1\x9A\x80=1"    },
    { "behind a mathematical space",             "\xE2\x81\x9F=1",     "'\xE2\x81\x9F=1"    },
    { "behind an isolate",                       "\xE2\x81\xA6=1",     "'\xE2\x81\xA6=1"    },
    { "behind an override",                      "\xE2\x80\xAE=1",     "'\xE2\x80\xAE=1"    },
    { "behind a tag",                            "\xF3\xA0\x80\xA1=1", "'\xF3\xA0\x80\xA1=1"},
    { "behind a variation selector",             "\xEF\xB8\x8F=1",     "'\xEF\xB8\x8F=1"    },
    { "a small sign",
     "\xEF\xB9\xA6"
      "1",                                                             "'\xEF\xB9\xA6"
      "1"                                                                         },
    { "an override before a word",               "\xE2\x80\xAEword",   "\xE2\x80\xAEword"   },
    { "a sign beyond the last",                  "\xF0\x9F\x98\x80=1", "\xF0\x9F\x98\x80=1" },
    { "an escape",                               "a\x1B[31mb",         "a\\u001b[31mb"      },
    { "a delete and a control of the other set",
     "\x7F"
      "a\xC2\x9B"
      "b",                                                             "\\u007fa\\u009bb"   },
    { "a control character before a sign",       "\x01=1",             "'\\u0001=1"         },
    { "a carriage return alone",                 "a\rb",               "\"a\\u000db\""      },
    { "a line end",                              "a\r\nb",             "\"a\r\nb\""         },
    { "what looks like one",                     "a\\u001B",           "a\\u005cu001B"      },
    { "what does not",                           "C:\\users\\u12",     "C:\\users\\u12"     },
};

/* A name as long as this: only one that looks at each byte once ends in time. */
static void a_long_cell_is_looked_at_once(void **state)
{
    (void)state;
    enum { LONG = 4 << 20 };
    AUTO(ais_buf_done) struct ais_buf record = { 0 }, out = { 0 };
    AUTO(ais_arena_destroy) struct ais_arena *arena = ais_arena_new(0);
    static const struct ais_json_limits limits = { .depth = 64 };
    static char tabs[LONG + 1];
    struct ais_audit_sealed sealed = { .file = "audit_logs.enc", .line = 1, .hash = hash, .prev = prev };
    struct ais_audit_writer writer;
    memset(tabs, '\t', LONG);
    ais_jw_begin_object(&record, NULL);
    ais_jw_text(&record, "tool", tabs);
    ais_jw_end_object(&record);
    assert_int_equal(ais_json_read(arena, record.data, record.length, &limits, &sealed.record, NULL), AIS_OK);
    ais_audit_writer_init(&writer, AIS_AUDIT_FORM_CSV, NULL);
    ais_audit_writer_add(&writer, &sealed, &out);
    assert_true(!out.failed && out.length > LONG);
}

static void check_cell(void **state)
{
    const struct cell_row *row = *state;
    AUTO(ais_buf_done) struct ais_buf record = { 0 }, out = { 0 }, expected = { 0 };
    AUTO(ais_arena_destroy) struct ais_arena *arena = ais_arena_new(0);
    static const struct ais_json_limits limits = { .depth = 64 };
    struct ais_audit_sealed sealed = { .file = "audit_logs.enc", .line = 1, .hash = hash, .prev = prev };
    struct ais_audit_writer writer;
    ais_jw_begin_object(&record, NULL);
    ais_jw_text(&record, "tool", "tool");
    ais_jw_text(&record, "user_id", row->text);
    ais_jw_text(&record, "session_id", "session");
    ais_jw_end_object(&record);
    assert_int_equal(ais_json_read(arena, record.data, record.length, &limits, &sealed.record, NULL), AIS_OK);
    sealed.bytes = record.data;
    sealed.n = record.length;
    ais_audit_writer_init(&writer, AIS_AUDIT_FORM_CSV, NULL);
    ais_audit_writer_add(&writer, &sealed, &out);
    ais_buf_format(&expected, ",tool,%s,session,", row->cell);
    assert_false(record.failed || out.failed || expected.failed);
    assert_non_null(strstr(out.data, expected.data));
}

int main(void)
{
    struct CMUnitTest form_tests[N_ELEMS(rows)], cell_tests[N_ELEMS(cell_rows)];
    AIS_ROWS(form_tests, rows, check_row);
    AIS_ROWS(cell_tests, cell_rows, check_cell);
    const struct CMUnitTest others[] = { cmocka_unit_test(a_long_cell_is_looked_at_once) };
    return cmocka_run_group_tests_name("audit/form", form_tests, NULL, NULL) +
           cmocka_run_group_tests_name("audit/form others", others, NULL, NULL) +
           cmocka_run_group_tests_name("audit/form cells", cell_tests, NULL, NULL);
}
