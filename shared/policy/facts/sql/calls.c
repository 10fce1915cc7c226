/* Statements in code: cursor.execute('DROP TABLE x'), db.query(…), and what code gives to a shell whose commands are
 * clients. What the texts are, the part CODE knows. */
#include "shared/policy/facts/sql/reader.h"
#include "shared/policy/facts/words.h"

#include <string.h>

/* Steps of work (facts/view.h). */
enum { STEPS_A_CALL = 96 };

/* Methods, of whatever object, whose first text is a statement. */
static const char methods[] =
    " execute executemany executescript execute_async execute_query execute_sql exec_driver_sql "
    "executequery executeupdate executelargeupdate execute_batch exec exec_query exec_params "
    "query queryraw query_row raw rawquery do prepare run sql text read_sql read_sql_query "
    "$executerawunsafe $queryrawunsafe executerawunsafe queryrawunsafe select_all "
    "selectall_arrayref fetchrow fetch_all fetchval multi_query real_query unsafe ";

/* Functions that no object stands before. */
static const char functions[] =
    " mysql_query mysqli_query mysqli_multi_query mysqli_real_query mysqli_prepare pg_query "
    "pg_send_query pg_prepare sqlite_exec sqlite_query mssql_query sqlsrv_query odbc_exec "
    "oci_parse db2_exec text read_sql ";

static bool takes_statement(const struct ais_value *call)
{
    const char *dot = call->length > 0 ? memrchr(call->text, '.', call->length) : NULL;
    const char *name = dot != NULL ? dot + 1 : call->text;
    size_t n = call->length - (size_t)(name - call->text);
    return (dot != NULL && ais_word_is_listed(name, n, methods)) || ais_word_is_listed(name, n, functions);
}

void ais_sql_calls(struct ais_sql_reader *reader)
{
    const struct ais_part *code = ais_view_part(reader->view, AIS_PART_CODE);
    const struct ais_part_list *calls = &code->lists[AIS_CODE_CALLS];
    for (size_t i = 0; i < calls->count && !reader->view->failed; i++) {
        const struct ais_value *call = &calls->items[i];
        size_t count = 0;
        if (!ais_part_spend(reader->view, reader->part, STEPS_A_CALL))
            return;
        const struct ais_value *args = ais_part_values(code, AIS_CODE_ARGS, call->element, &count);
        if (count > 0 && takes_statement(call))
            ais_sql_read(reader, args[0].text, args[0].length, AIS_SQL_EITHER);
        const struct ais_value *shells = ais_part_values(code, AIS_CODE_SHELLS, call->element, &count);
        if (count > 0)
            ais_sql_clients(reader, shells[0].text, shells[0].length);
    }
    if (reader->part->unknown == NULL)
        reader->part->unknown = code->unknown;
}
