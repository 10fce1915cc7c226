/* What a request only mentions: comments of a shell, and words that its commands say to nobody but who reads them. */
#ifndef AIS_SHARED_POLICY_MENTION_H
#define AIS_SHARED_POLICY_MENTION_H

#include "shared/policy/facts/view.h"

/* Whether what stands at a place of one of the request's strings is only mentioned. part: whose work it is. */
bool ais_is_mentioned(struct ais_view *view, struct ais_part *part, const char *at);

#endif
