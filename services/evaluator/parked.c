#include "services/evaluator/parked.h"

#include <stdlib.h>
#include <string.h>

struct parked_request *parked_add(struct parked *parked, const uint8_t *frame, size_t size)
{
    struct parked_request *request = calloc(1, sizeof *request);
    uint8_t *copy = malloc(size);
    if (request == NULL || copy == NULL) {
        free(request);
        free(copy);
        return NULL;
    }
    memcpy(copy, frame, size);
    request->frame = copy;
    request->size = size;
    if (parked->first == NULL)
        parked->end = &parked->first;
    *parked->end = request;
    parked->end = &request->next;
    parked->count++;
    return request;
}

uint64_t parked_ticket(const struct parked *parked, const struct ais_session_group *group, uint64_t generation)
{
    for (const struct parked_request *request = parked->first; request != NULL; request = request->next)
        if (request->generation == generation && memcmp(&request->group, group, sizeof *group) == 0)
            return request->ticket;
    return 0;
}

static struct parked_request *take(struct parked *parked, struct parked_request **link)
{
    struct parked_request *request = *link;
    *link = request->next;
    if (request->next == NULL)
        parked->end = link;
    request->next = NULL;
    parked->count--;
    return request;
}

struct parked_request *parked_take(struct parked *parked, uint64_t ticket)
{
    for (struct parked_request **link = &parked->first; *link != NULL; link = &(*link)->next)
        if ((*link)->ticket == ticket)
            return take(parked, link);
    return NULL;
}

void parked_request_free(struct parked_request **request)
{
    if (*request != NULL)
        free((*request)->frame);
    free(*request);
    *request = NULL;
}

size_t parked_expire(struct parked *parked, int64_t now_ns)
{
    size_t count = 0;
    for (struct parked_request **link = &parked->first; *link != NULL;) {
        if ((*link)->deadline_ns >= now_ns) {
            link = &(*link)->next;
            continue;
        }
        struct parked_request *request = take(parked, link);
        parked_request_free(&request);
        count++;
    }
    return count;
}
