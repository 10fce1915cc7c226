/* Modifiers that compare nothing themselves. */
#include "shared/policy/ops/rows.h"

const struct ais_op ais_op_all = { .name = "all", .flag = AIS_FLAG_ALL };
const struct ais_op ais_op_cased = { .name = "cased", .flag = AIS_FLAG_CASED };
const struct ais_op ais_op_i = { .name = "i", .flag = AIS_FLAG_I };
const struct ais_op ais_op_m = { .name = "m", .flag = AIS_FLAG_M };
const struct ais_op ais_op_s = { .name = "s", .flag = AIS_FLAG_S };
const struct ais_op ais_op_neq = { .name = "neq", .flag = AIS_FLAG_NEQ };
const struct ais_op ais_op_expand = { .name = "expand", .flag = AIS_FLAG_EXPAND };
