/* Files of the log that were missing while it was written, and are there again: whether each is the one that was there.
 * On the reader's thread. */
#ifndef AIS_SERVICES_AUDITOR_RETURNED_H
#define AIS_SERVICES_AUDITOR_RETURNED_H

#include "services/auditor/catalog.h"

/* Looks at one of those that the auditor has asked to be looked at, which takes as long as reading a file, and tells
 * what it is. One that cannot be judged, because the file behind it is missing or damaged as well, waits for that. */
void returned_tell(struct catalog *catalog, struct findings *findings);

#endif
