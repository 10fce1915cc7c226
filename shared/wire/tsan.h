/* What the thread sanitizer must be told, because libzmq and libczmq are not instrumented: that whatever was written
 * before a release of a place is seen after an acquire of it. Nothing in other builds. */
#ifndef AIS_SHARED_TSAN_H
#define AIS_SHARED_TSAN_H

#if defined(__SANITIZE_THREAD__)
#define AIS_TSAN 1
#elif defined(__has_feature)
#if __has_feature(thread_sanitizer)
#define AIS_TSAN 1
#endif
#endif

#ifdef AIS_TSAN
#include <sanitizer/tsan_interface.h>

static inline void ais_tsan_release(void *place)
{
    __tsan_release(place);
}

static inline void ais_tsan_acquire(void *place)
{
    __tsan_acquire(place);
}
#else
static inline void ais_tsan_release(void *place)
{
    (void)place;
}

static inline void ais_tsan_acquire(void *place)
{
    (void)place;
}
#endif

#endif
