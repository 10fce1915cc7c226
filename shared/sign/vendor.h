/* The trusted key, for sign.c alone. */
#ifndef AIS_SHARED_SIGN_VENDOR_H
#define AIS_SHARED_SIGN_VENDOR_H

#include <stddef.h>

enum { AIS_SIGN_SEED_SIZE = 32, AIS_SIGN_PUBLIC_SIZE = 32 };

/* The public key that this build trusts. */
void ais_vendor_public(unsigned char ret[AIS_SIGN_PUBLIC_SIZE]);

/* The seed of the development key: no secret, and none of a vendor's build. */
void ais_vendor_development_seed(unsigned char ret[AIS_SIGN_SEED_SIZE]);

#endif
