#include "shared/conf/faults.h"

enum ais_err ais_setting_faults_note(struct ais_setting_faults *faults, enum ais_err err, const struct ais_why *why)
{
    if (faults == NULL || err == AIS_OK || err == AIS_E_NOMEM)
        return err;
    if (faults->count == AIS_SETTING_FAULTS_MAX) {
        faults->dropped++;
        return AIS_OK;
    }
    faults->list[faults->count] = *why;
    faults->list[faults->count++].code = err;
    return AIS_OK;
}
