/* The rulepacks that are embedded in the binary, byte for byte as they stand in this folder. */
#ifndef AIS_RULEPACKS_BUNDLED_H
#define AIS_RULEPACKS_BUNDLED_H

#include <stddef.h>

struct ais_bundled_pack {
    const char *name;  /* the file's name without ".yaml", which is the pack's name */
    const char *bytes; /* the YAML source; NUL-terminated, the NUL not counted */
    size_t size;
    const char *version; /* as in the source, which the build has taken it from and a test of the packs has read whole;
                          * NULL: nobody has read it yet */
};

/* In order of their names. */
extern const struct ais_bundled_pack ais_bundled_packs[];
extern const size_t ais_bundled_pack_count;

#endif
