/* What an operator said is never to be shown of a request, whatever it looks like. */
#ifndef AIS_SHARED_POLICY_EXPLAIN_WITHHELD_H
#define AIS_SHARED_POLICY_EXPLAIN_WITHHELD_H

#include "shared/json/json.h"

enum { AIS_WITHHELD_MOST = 256 };

/* Scalars of the request, in the order of tool_args, context and metadata, and of what stands in them. */
struct ais_withheld {
    const struct ais_json *nodes[AIS_WITHHELD_MOST]; /* borrowed from the request */
    size_t count;
    bool full; /* there are more: then no sample shows anything */
};

#endif
