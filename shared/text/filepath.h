/* Paths of files as texts spell them: where they lead, and whether they climb. Nothing is looked up. */
#ifndef AIS_SHARED_TEXT_FILEPATH_H
#define AIS_SHARED_TEXT_FILEPATH_H

#include <stdbool.h>
#include <stddef.h>

enum { AIS_FILEPATH_ROUNDS = 5 };

/* Undoes what servers and libraries undo: %2e, %u002e, %c0%ae and other overlong UTF-8, full-width dots and slashes,
 * until nothing changes, at most AIS_FILEPATH_ROUNDS times; a NUL ends it. Works in place and never makes it longer;
 * returns the length. *ret_more: there would have been another round. */
size_t ais_filepath_decode(char *text, size_t n, bool *ret_more);

struct ais_filepath {
    size_t length;  /* of what was written */
    unsigned ups;   /* how often it climbs above where it began; of a relative path, the `..` that it keeps */
    size_t landing; /* of a path that climbs, but not from the root: where the part begins that remains below the root
                       if it climbs that far, with its slash; 0 otherwise */
};

/* Writes where n bytes of path lead, to out (of n + 8 bytes): backslashes are slashes; `.`, empty components and
 * trailing dots and spaces go; `..` takes the component before it away (also spelled `....` or `..;x`, which filters
 * and servers make it of); $HOME is ~; ~root is /root; a root under /proc is the root. Case stays. */
void ais_filepath_resolve(const char *text, size_t n, char *out, struct ais_filepath *ret);

#endif
