/* Whatever a record says, it is handed out as what the form promises: ECS and OCSF as one line of JSON, OCSF in its
 * canonical form, CSV with as many cells as names and no formula. Input: a record. */
#include "shared/audit/form/form.h"
#include "shared/json/write.h"

#include <sodium.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void must(bool condition)
{
    if (!condition)
        abort();
}

/* One line, without its end. */
static void check_json(const struct ais_buf *out, bool canonical)
{
    static const struct ais_json_limits limits = { .depth = 128 };
    AUTO(ais_arena_destroy) struct ais_arena *arena = ais_arena_new(0);
    AUTO(ais_buf_done) struct ais_buf again = { 0 };
    const struct ais_json *tree = NULL;
    must(arena != NULL && out->length > 0 && memchr(out->data, '\n', out->length) == out->data + out->length - 1);
    must(ais_json_read(arena, out->data, out->length - 1, &limits, &tree, NULL) == AIS_OK);
    ais_jw_canonical(&again, tree);
    must(!canonical || (again.length == out->length - 1 && memcmp(again.data, out->data, again.length) == 0));
}

/* The cells of n bytes of one line, its CRLF included. */
static size_t count_cells(const char *bytes, size_t n)
{
    size_t cells = 1;
    bool quoted = false, first = true;
    must(n >= 2 && memcmp(bytes + n - 2, "\r\n", 2) == 0);
    for (size_t i = 0; i < n - 2; i++) {
        char byte = bytes[i];
        bool opens = first && byte == '"';
        must(quoted || (byte != '\r' && byte != '\n'));
        must(!first || byte == '\0' || strchr("=+-@\t", byte) == NULL);
        quoted = byte == '"' ? !quoted : quoted;
        first = opens || (byte == ',' && !quoted);
        cells += byte == ',' && !quoted;
    }
    must(!quoted);
    return cells;
}

static void write_form(enum ais_audit_form form, const struct ais_audit_sealed *sealed)
{
    struct ais_audit_writer writer;
    AUTO(ais_buf_done) struct ais_buf out = { 0 };
    ais_audit_writer_init(&writer, form, NULL);
    ais_audit_writer_begin(&writer, &out);
    size_t head = out.length;
    ais_audit_writer_add(&writer, sealed, &out);
    must(!out.failed);
    if (form == AIS_AUDIT_FORM_CSV)
        must(count_cells(out.data, head) == count_cells(out.data + head, out.length - head));
    if (form == AIS_AUDIT_FORM_ECS || form == AIS_AUDIT_FORM_OCSF)
        check_json(&out, form == AIS_AUDIT_FORM_OCSF);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const struct ais_json_limits limits = { .depth = 96 };
    AUTO(ais_arena_destroy) struct ais_arena *arena = ais_arena_new(0);
    const struct ais_json *record = NULL;
    must(sodium_init() >= 0 && arena != NULL);
    const char *bytes = size > 0 ? (const char *)data : "";
    if (ais_json_read(arena, bytes, size, &limits, &record, NULL) != AIS_OK || record->kind != AIS_JSON_OBJECT)
        return 0;
    const struct ais_audit_sealed sealed = { record, bytes, size, "audit_logs.enc", 1, "hash", "prev" };
    for (int form = 0; form < AIS_AUDIT_FORM_COUNT; form++)
        write_form((enum ais_audit_form)form, &sealed);
    return 0;
}
