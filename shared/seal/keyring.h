/* Inside shared/seal only: what a sealer reads of a ring of keys (fernet.h), which may change meanwhile. */
#ifndef AIS_SHARED_SEAL_KEYRING_H
#define AIS_SHARED_SEAL_KEYRING_H

#include "shared/seal/fernet.h"

enum { AIS_KEY_SIZE = 32 }; /* of its bytes */

/* Whether the key at a place has not been retired. */
bool ais_keyring_opens(const struct ais_keyring *ring, size_t index);

/* The version of a place: another one as soon as another key gets it. */
unsigned ais_keyring_version(const struct ais_keyring *ring, size_t index);

/* Copies the key that a place has in this version; the caller wipes it. false: it has another version by now. */
bool ais_keyring_get(const struct ais_keyring *ring, size_t index, unsigned version, unsigned char key[AIS_KEY_SIZE]);

/* How many keys the ring was given so far. */
size_t ais_keyring_added(const struct ais_keyring *ring);

/* Whether there may be a key now that was not there when so many were given. */
bool ais_keyring_renewed(const struct ais_keyring *ring, size_t seen);

#endif
