/* audit query and audit export: records of the log as a table, as JSON, or in the forms of other systems. */
#include "services/cli/handlers.h"
#include "services/cli/output.h"
#include "services/cli/records.h"
#include "services/cli/search.h"
#include "shared/json/write.h"
#include "shared/log/log.h"

/* ---- In a form: one record after the other ---- */

struct stream {
    struct cli_output output; /* owned */
    struct ais_audit_writer writer;
    char authority[CLI_AUTHORITY_SIZE];
};

static void stream_done(struct stream *self)
{
    cli_output_done(&self->output);
}

static enum ais_err write_record(void *context, const struct cli_found *found, struct ais_why *why)
{
    struct stream *self = context;
    cli_search_write(&self->writer, found, &self->output.text);
    return cli_output_flush(&self->output, why);
}

/* Damage is told when the rest is written. */
static enum ais_err write_all(struct cli_call *call, const struct ais_audit_filter *filter, enum ais_audit_form form,
                              const char *path, const char *progress, struct cli_search_result *ret,
                              struct ais_why *why)
{
    AUTO(stream_done) struct stream self = { .output = { .file = -1 } };
    TRY(cli_search_writer(call->settings, form, &self.writer, self.authority, why));
    TRY(cli_output_open(path, &self.output, why));
    ais_audit_writer_begin(&self.writer, &self.output.text);
    TRY(cli_search(call->settings, filter, progress, write_record, &self, ret, why));
    return cli_output_finish(&self.output, why);
}

/* ---- audit query ---- */

static enum ais_err add_record(void *context, const struct cli_found *found, struct ais_why *why)
{
    return cli_records_add(context, found->record, why);
}

static enum ais_err collect_record(void *context, const struct cli_found *found, struct ais_why *why)
{
    (void)why;
    ais_jw_raw(context, NULL, found->bytes, found->n);
    return AIS_OK;
}

static enum ais_err print_table(struct cli_call *call, const struct ais_audit_filter *filter,
                                struct cli_search_result *ret, struct ais_why *why)
{
    AUTO(cli_table_destroy) struct cli_table *table = cli_records_new(false);
    if (table == NULL)
        return ais_fail(why, AIS_E_NOMEM, "no memory for a table");
    TRY(cli_search(call->settings, filter, "searching", add_record, table, ret, why));
    return cli_table_print(table, why);
}

static enum ais_err print_json(struct cli_call *call, const struct ais_audit_filter *filter,
                               struct cli_search_result *ret, struct ais_why *why)
{
    AUTO(ais_buf_done) struct ais_buf text = { 0 };
    char cursor[AIS_AUDIT_CURSOR_SIZE];
    ais_jw_begin_object(&text, NULL);
    ais_jw_begin_array(&text, "logs");
    TRY(cli_search(call->settings, filter, "searching", collect_record, &text, ret, why));
    ais_jw_end_array(&text);
    ais_audit_cursor_write(filter, ret->last, cursor);
    if (ret->more)
        ais_jw_text(&text, "next_cursor", cursor);
    else
        ais_jw_null(&text, "next_cursor");
    ais_jw_end_object(&text);
    return cli_print(&text, why);
}

enum ais_err cli_audit_query(struct cli_call *call, struct ais_why *why)
{
    enum { TABLE, JSON, OWN };
    static const char *const own[OWN] = { [TABLE] = "text", [JSON] = "json" };
    struct ais_audit_filter filter;
    struct cli_search_result result = { 0 };
    enum ais_audit_form form;
    size_t how = 0;
    TRY(cli_search_form(call, own, OWN, &how, &form, why));
    TRY(cli_search_filter(call, &filter, why));
    if (how == OWN)
        TRY(write_all(call, &filter, form, NULL, "searching", &result, why));
    else
        TRY((how == JSON ? print_json : print_table)(call, &filter, &result, why));
    cli_search_damage(call, result.damaged);
    if (how != JSON && result.more) {
        char cursor[AIS_AUDIT_CURSOR_SIZE];
        ais_audit_cursor_write(&filter, result.last, cursor);
        ais_log(AIS_LOG_INFO, "there are more: --cursor %s", cursor);
    }
    return AIS_OK;
}

/* ---- audit export ---- */

enum ais_err cli_audit_export(struct cli_call *call, struct ais_why *why)
{
    struct ais_audit_filter filter;
    struct cli_search_result result = { 0 };
    enum ais_audit_form form;
    size_t how = 0;
    TRY(cli_search_form(call, NULL, 0, &how, &form, why));
    TRY(cli_search_filter(call, &filter, why));
    if ((filter.given & 1U << AIS_AUDIT_PARAMETER_order) == 0)
        filter.ascending = true;
    if ((filter.given & 1U << AIS_AUDIT_PARAMETER_limit) == 0)
        filter.limit = SIZE_MAX;
    const char *path = cli_flag(call, "output");
    TRY(write_all(call, &filter, form, path, "exporting", &result, why));
    cli_search_damage(call, result.damaged);
    if (path != NULL)
        ais_log(AIS_LOG_INFO, "%zu records in '%.160s'", result.given, path);
    return AIS_OK;
}
