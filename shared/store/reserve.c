/* The reserve: space that is kept for taking rights away when the disk is full. */
#include "shared/store/store_private.h"

#include <fcntl.h>
#include <stdio.h>

enum {
    LEAST = 1 << 20, /* bytes: a commit of the log or two, in a segment of their own */
    PLENTY = 4,      /* times its size must be free, or it would itself fill the disk */
};

bool ais_store_give_up_reserve(struct ais_store *store)
{
    struct ais_file_info info;
    return ais_file_look(store->dir, AIS_STORE_RESERVE, &info, NULL) == AIS_OK &&
           ais_file_unlink(store->dir, AIS_STORE_RESERVE, NULL) == AIS_OK;
}

/* Any document can be written again into it, beside the old one. */
static uint64_t wanted(struct ais_store *store)
{
    uint64_t largest = 0;
    for (size_t i = 0; i < AIS_STORE_DOCUMENT_COUNT; i++) {
        struct ais_file_info info;
        char name[64];
        snprintf(name, sizeof name, "%s.enc", ais_store_names[i]);
        if (ais_file_look(store->dir, name, &info, NULL) == AIS_OK && info.size > largest)
            largest = info.size;
    }
    return LEAST + 2 * largest;
}

static enum ais_err fill(struct ais_store *store, int fd, uint64_t size, struct ais_why *why)
{
    TRY(ais_file_pad(store->dir, fd, 0, size, why));
    return ais_file_sync(store->dir, fd, why);
}

enum ais_err ais_store_reserve(struct ais_store *store, struct ais_why *why)
{
    struct ais_file_info info = { 0 };
    uint64_t size = wanted(store), room = 0;
    enum ais_err err = ais_file_look(store->dir, AIS_STORE_RESERVE, &info, why);
    if (err == AIS_OK && info.size >= size)
        return AIS_OK;
    if (err != AIS_OK && err != AIS_E_NOT_FOUND)
        return err;
    TRY(ais_dir_room(store->dir, &room, why));
    if (room / PLENTY < size)
        return ais_fail(why, AIS_E_SPACE, "no room for a reserve of %llu bytes in '%s'", (unsigned long long)size,
                        ais_dir_path(store->dir));
    int fd = -1;
    TRY(ais_file_open(store->dir, AIS_STORE_RESERVE, O_WRONLY | O_CREAT | O_TRUNC, &fd, why));
    err = fill(store, fd, size, why);
    ais_file_close(store->dir, &fd);
    if (err != AIS_OK)
        (void)ais_store_give_up_reserve(store); /* half of one is none */
    return err;
}
