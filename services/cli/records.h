/* Records of the audit log as a table for people. */
#ifndef AIS_SERVICES_CLI_RECORDS_H
#define AIS_SERVICES_CLI_RECORDS_H

#include "services/cli/table.h"
#include "shared/json/json.h"

/* A table of records as wide as the terminal. growing: as cli_table_new has it. NULL: no memory. */
struct cli_table *cli_records_new(bool growing);

/* Adds the record to the table. AIS_E_NOMEM. */
MUST_CHECK enum ais_err cli_records_add(struct cli_table *table, const struct ais_json *record, struct ais_why *why);

#endif
