#include "shared/store/log_anchors.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Newest commits come first: what is known already is newer. */
static void add(struct ais_anchor *anchors, size_t *count, const struct ais_json *node)
{
    const struct ais_json *generation = node->first, *digest = generation != NULL ? generation->next : NULL;
    for (size_t i = 0; i < *count; i++)
        if (strcmp(anchors[i].name, node->key) == 0)
            return;
    if (*count == AIS_SEAL_LOG_ANCHORS || digest == NULL || generation->kind != AIS_JSON_NUMBER ||
        digest->kind != AIS_JSON_STRING)
        return;
    struct ais_anchor anchor = { .generation = strtoull(generation->text, NULL, 10) };
    snprintf(anchor.name, sizeof anchor.name, "%s", node->key);
    snprintf(anchor.digest, sizeof anchor.digest, "%s", digest->text);
    anchors[(*count)++] = anchor;
}

enum ais_err ais_log_anchors(struct ais_dir *dir, const struct ais_keyring *ring,
                             struct ais_anchor ret[AIS_SEAL_LOG_ANCHORS], size_t *ret_count, struct ais_why *why)
{
    AUTO(ais_seal_reader_destroy) struct ais_seal_reader *reader = NULL;
    size_t count = 0;
    TRY(ais_seal_reader_new(dir, ring, &reader, why));
    enum ais_err err = ais_seal_reader_start(reader, AIS_SEAL_NEWEST_FIRST, NULL, 0, why);
    while (err == AIS_OK || err == AIS_E_DAMAGED) {
        struct ais_seal_commit commit = { .anchors = NULL };
        err = ais_seal_reader_next(reader, &commit, why);
        if (err != AIS_OK)
            continue;
        for (const struct ais_json *node = commit.anchors != NULL ? commit.anchors->first : NULL; node != NULL;
             node = node->next)
            add(ret, &count, node);
        if (commit.segment != 0) /* the first of its segment: it has all that were in force */
            break;
    }
    if (err != AIS_OK && err != AIS_E_NOT_FOUND)
        return err;
    *ret_count = count;
    return AIS_OK;
}
