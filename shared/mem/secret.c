#include "shared/mem/secret.h"

#include <errno.h>
#include <sodium.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>

enum ais_err ais_secret_init(struct ais_why *why)
{
    if (sodium_init() < 0)
        return ais_fail(why, AIS_E_INTERNAL, "libsodium could not be initialised");
    const struct rlimit none = { 0, 0 };
    if (setrlimit(RLIMIT_CORE, &none) != 0)
        return ais_fail_errno(why, errno, "core dumps could not be turned off");
    if (prctl(PR_SET_DUMPABLE, 0L, 0L, 0L, 0L) != 0)
        return ais_fail_errno(why, errno, "the process could not be made undumpable");
    return AIS_OK;
}

void *ais_secret_alloc(size_t n)
{
    void *secret = sodium_malloc(n);
    if (secret != NULL)
        memset(secret, 0, n);
    return secret;
}

void ais_secret_free(void *secret)
{
    sodium_free(secret);
}

void ais_secret_wipe(void *bytes, size_t n)
{
    sodium_memzero(bytes, n);
}

bool ais_secret_equal(const void *a, const void *b, size_t n)
{
    return sodium_memcmp(a, b, n) == 0;
}
