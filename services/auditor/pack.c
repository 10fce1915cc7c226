#include "services/auditor/pack.h"

#include "services/auditor/yield.h"
#include "shared/log/log.h"
#include "shared/sys/clock.h"

#include <inttypes.h>
#include <pthread.h>
#include <semaphore.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <time.h>
#include <unistd.h>

enum { RETRY_S = 60, RESEAL_RETRY_S = 2 }; /* after a fault of the storage */

struct pack {
    struct ais_seal_packer *packer; /* owned; the thread's while it runs */
    struct findings *findings;      /* borrowed */
    uint64_t began;                 /* the segment that was active at the start */
    uint32_t retention;
    pthread_t thread;
    bool started;
    sem_t wake; /* posted when there may be something to do; never waited for by who posts */
    atomic_uint_fast64_t segment, saved;
    atomic_bool stopping;
    atomic_uint asked, done;     /* how often it was asked to seal anew, and the last of these that is finished */
    atomic_uint_fast64_t before; /* segments before this one are to be sealed anew */
    atomic_uint_fast64_t segments, lines, unopened;
    pthread_mutex_t lock; /* of obstacle */
    struct ais_why obstacle;
};

/* Asked between two lines, where the ring goes first (yield.h). */
static bool is_stopping(void *context)
{
    yield_to_others();
    const struct pack *pack = context;
    return atomic_load(&pack->stopping);
}

static void note(struct pack *pack, const struct ais_seal_packed *packed, const struct ais_why *why, int64_t begun_ns)
{
    if (packed->left) {
        ais_log_why(AIS_LOG_DEBUG, why, "audit_logs.%" PRIu64 ".enc is not compressed", packed->segment);
        return;
    }
    atomic_fetch_add(&pack->saved, packed->before - packed->after);
    ais_log(AIS_LOG_DEBUG, "audit_logs.%" PRIu64 ".enc compressed from %" PRIu64 " to %" PRIu64 " bytes in %lld ms",
            packed->segment, packed->before, packed->after, (long long)((ais_clock_mono() - begun_ns) / AIS_NS_PER_MS));
}

/* What is wrong with a segment, if anything is. Of those that were rotated at the start the reader tells first: it
 * reads them all, names every place, and sees what was altered since. */
static void tell_damage(struct pack *pack, uint64_t segment, const struct ais_seal_fault *damage)
{
    struct ais_buf details = { 0 };
    if (damage->text[0] == '\0' || (segment < pack->began && !atomic_load(&pack->findings->checked)) ||
        !findings_claim(pack->findings, segment))
        return;
    findings_begin(&details, 1);
    findings_place(&details, damage->file, damage->line, damage->text);
    findings_end(&details);
    findings_tell(pack->findings, &details);
}

static void set_obstacle(struct pack *pack, const struct ais_why *why)
{
    pthread_mutex_lock(&pack->lock);
    pack->obstacle = why != NULL ? *why : (struct ais_why){ .code = AIS_OK };
    pthread_mutex_unlock(&pack->lock);
}

static bool is_resealing(const struct pack *pack)
{
    return atomic_load(&pack->asked) != atomic_load(&pack->done);
}

/* Packs until there is nothing to do, or something more urgent: under load there may always be one segment more. */
static enum ais_err pack_all(struct pack *pack, struct ais_why *why)
{
    struct ais_seal_packed packed = { 0 };
    do {
        int64_t begun_ns = ais_clock_mono();
        const struct ais_seal_packing packing = {
            .active = atomic_load(&pack->segment),
            .retention = pack->retention,
            .stop = is_stopping,
            .context = pack,
        };
        TRY(ais_seal_packer_next(pack->packer, &packing, &packed, why));
        if (packed.segment > 0)
            note(pack, &packed, why, begun_ns);
        tell_damage(pack, packed.segment, &packed.damage);
    } while (packed.segment > 0 && !is_resealing(pack));
    return AIS_OK;
}

/* Seals anew until nothing is under another key. Segments that began since it was asked for are under the new one. */
static enum ais_err reseal_all(struct pack *pack, struct ais_why *why)
{
    struct ais_seal_resealed resealed = { .found = true };
    unsigned asked = atomic_load(&pack->asked);
    while (resealed.found) {
        const struct ais_seal_packing packing = {
            .active = atomic_load(&pack->before),
            .stop = is_stopping,
            .context = pack,
            .round = asked,
        };
        TRY(ais_seal_packer_reseal(pack->packer, &packing, &resealed, why));
        set_obstacle(pack, NULL);
        tell_damage(pack, resealed.segment, &resealed.damage);
        atomic_fetch_add(&pack->segments, resealed.segment > 0 ? 1 : 0);
        atomic_fetch_add(&pack->lines, resealed.lines);
        atomic_fetch_add(&pack->unopened, resealed.unopened);
    }
    atomic_store(&pack->done, asked); /* not one that was asked for meanwhile */
    return AIS_OK;
}

/* Until the next rotation, or the end; after a fault no longer than a while. */
static void wait_for_work(struct pack *pack, bool failed)
{
    struct timespec until;
    clock_gettime(CLOCK_REALTIME, &until);
    until.tv_sec += is_resealing(pack) ? RESEAL_RETRY_S : RETRY_S;
    if (failed)
        (void)sem_timedwait(&pack->wake, &until); /* interrupted or early: it looks once more, that is all */
    else
        (void)sem_wait(&pack->wake);
    while (sem_trywait(&pack->wake) == 0)
        continue; /* many rotations are one reason to look */
}

/* Below every other thread: at nice 19 it gets what is left over, and where nothing is, a seventieth of what others
 * get. That little is wanted: under SCHED_IDLE it can get nothing for seconds, while the end of the service waits for
 * its line, or the writer's next rotation for the kernel's lock on the directory. It holds no lock of ours. */
static void step_back(void)
{
    if (setpriority(PRIO_PROCESS, (id_t)gettid(), 19) != 0) /* on Linux, of this thread alone */
        ais_log(AIS_LOG_DEBUG, "audit files are compressed at the usual priority: it cannot be lowered");
}

static void *run(void *arg)
{
    struct pack *pack = arg;
    bool failing = false;
    ais_log_actor("auditor-pack");
    pthread_setname_np(pthread_self(), "auditor-pack");
    step_back();
    while (!atomic_load(&pack->stopping)) {
        struct ais_why why = { 0 };
        bool resealing = is_resealing(pack);
        enum ais_err err = resealing ? reseal_all(pack, &why) : AIS_OK;
        if (err != AIS_OK)
            set_obstacle(pack, &why);
        if (err == AIS_OK)
            err = pack_all(pack, &why);
        if (err == AIS_E_STOPPED)
            break;
        if (err != AIS_OK && !failing)
            ais_log_why(AIS_LOG_WARNING, &why, "an audit file cannot be %s%s",
                        resealing ? "sealed under the new key" : "compressed",
                        err == AIS_E_REFUSED ? "; they stay as they are" : " now; it is tried again later");
        if (err == AIS_E_REFUSED) {
            set_obstacle(pack, &why); /* of whatever is asked for later, too */
            break;
        }
        failing = err != AIS_OK;
        wait_for_work(pack, failing);
    }
    return NULL;
}

enum ais_err pack_start(const struct pack_conf *conf, struct pack **ret, struct ais_why *why)
{
    struct pack *made = calloc(1, sizeof *made);
    if (made == NULL || sem_init(&made->wake, 0, 0) != 0) {
        free(made);
        return ais_fail(why, AIS_E_NOMEM, "the auditor's packer");
    }
    pthread_mutex_init(&made->lock, NULL); /* as Linux has it, this cannot fail */
    AUTO(pack_stop) struct pack *pack = made;
    pack->findings = conf->findings;
    pack->began = conf->segment;
    pack->retention = conf->retention;
    atomic_init(&pack->segment, conf->segment);
    TRY(ais_seal_packer_new(conf->dir, conf->ring, &pack->packer, why));
    if (pthread_create(&pack->thread, NULL, run, pack) != 0)
        return ais_fail(why, AIS_E_NOMEM, "the auditor's packer: no thread could be started");
    pack->started = true;
    *ret = TAKE(pack);
    return AIS_OK;
}

void pack_rotated(struct pack *pack, uint64_t segment)
{
    atomic_store(&pack->segment, segment);
    (void)sem_post(&pack->wake); /* it can only fail when it was posted two thousand million times unheard */
}

void pack_reseal(struct pack *pack)
{
    atomic_store(&pack->before, atomic_load(&pack->segment));
    atomic_store(&pack->segments, 0);
    atomic_store(&pack->lines, 0);
    atomic_store(&pack->unopened, 0);
    atomic_fetch_add(&pack->asked, 1);
    (void)sem_post(&pack->wake); /* as above */
}

struct pack_resealed pack_resealing(struct pack *pack)
{
    struct pack_resealed ret = {
        .finished = !is_resealing(pack),
        .segments = atomic_load(&pack->segments),
        .lines = atomic_load(&pack->lines),
        .unopened = atomic_load(&pack->unopened),
    };
    pthread_mutex_lock(&pack->lock);
    ret.obstacle = ret.finished ? (struct ais_why){ .code = AIS_OK } : pack->obstacle;
    pthread_mutex_unlock(&pack->lock);
    return ret;
}

uint64_t pack_saved(const struct pack *pack)
{
    return atomic_load(&pack->saved);
}

void pack_stop(struct pack **owned)
{
    struct pack *pack = *owned;
    if (pack == NULL)
        return;
    atomic_store(&pack->stopping, true);
    (void)sem_post(&pack->wake);
    if (pack->started)
        pthread_join(pack->thread, NULL);
    ais_seal_packer_destroy(&pack->packer);
    sem_destroy(&pack->wake);
    pthread_mutex_destroy(&pack->lock);
    free(pack);
    *owned = NULL;
}
