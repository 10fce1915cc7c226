#include "gateway/questions.h"

#include "gateway/refuse.h"
#include "gateway/state.h"
#include "shared/mem/arena.h"
#include "shared/sys/clock.h"

#include <stdlib.h>

enum { MEMBERS_MEMORY = 64 << 20 }; /* bytes of the tree of a refusal's members; a refusal is far below 1 MiB of text */

struct question {
    uint64_t ticket; /* 0: free */
    struct http_request *request;
    int64_t deadline_ns;              /* monotonic */
    char key_id[AIS_API_KEY_ID_SIZE]; /* on whose behalf; "": nobody's */
};

struct questions {
    struct gateway *gateway; /* borrowed */
    uint64_t last_ticket;
    size_t open;
    struct question rows[QUESTIONS_MAX];
};

struct questions *questions_new(struct gateway *gateway)
{
    struct questions *questions = calloc(1, sizeof *questions);
    if (questions != NULL)
        questions->gateway = gateway;
    return questions;
}

static struct http_request *close_question(struct questions *questions, struct question *question)
{
    question->ticket = 0;
    questions->open--;
    return TAKE(question->request);
}

void questions_destroy(struct questions **questions)
{
    if (*questions == NULL)
        return;
    for (size_t i = 0; i < QUESTIONS_MAX; i++) {
        if ((*questions)->rows[i].ticket != 0)
            refuse(NULL, close_question(*questions, &(*questions)->rows[i]), 503, "the service is stopping");
    }
    free(*questions);
    *questions = NULL;
}

void questions_ask(struct questions *questions, zsock_t *socket, const struct ais_msg_ask *ask,
                   struct http_request *request)
{
    struct question *free_row = NULL;
    for (size_t i = 0; i < QUESTIONS_MAX && free_row == NULL; i++) {
        if (questions->rows[i].ticket == 0)
            free_row = &questions->rows[i];
    }
    if (free_row == NULL) {
        refuse(NULL, request, 503, "too many queries are being answered; try again");
        return;
    }
    struct ais_msg_ask msg = *ask;
    msg.ticket = questions->last_ticket + 1;
    if (ais_send_ask(socket, NULL, AIS_GATEWAY, &msg) != AIS_OK) {
        refuse(NULL, request, 503, "the part that answers this is busy; try again");
        return;
    }
    questions->last_ticket++;
    questions->open++;
    *free_row = (struct question){ .ticket = msg.ticket,
                                   .request = request,
                                   .deadline_ns = ais_clock_mono() + (int64_t)QUESTION_TIMEOUT_MS * AIS_NS_PER_MS };
    ais_span_copy(msg.key_id, free_row->key_id, sizeof free_row->key_id);
}

/* A refusal that comes with members for its problem document: every fault of an uploaded document, say. */
static void refuse_with_members(struct gateway *gateway, struct http_request *request, const char *key_id,
                                const struct ais_msg_tell *msg)
{
    AUTO(ais_arena_destroy) struct ais_arena *arena = ais_arena_new(MEMBERS_MEMORY);
    const struct ais_json *members = NULL;
    if (arena == NULL ||
        ais_json_read(arena, msg->body.data, msg->body.size, &ais_json_request_limits, &members, NULL) != AIS_OK) {
        const struct problem bare = { .status = msg->status }; /* at least that is what was meant */
        refusals_answer(gateway, request, key_id, &bare);
        return;
    }
    const struct problem problem = {
        .status = msg->status,
        .detail = ais_json_get_text(members, "detail"),
        .errors_given = ais_json_get(members, "errors"),
    };
    refusals_answer(gateway, request, key_id, &problem);
}

static void give_answer(struct gateway *gateway, struct http_request *request, const char *key_id,
                        const struct ais_msg_tell *msg)
{
    char media_type[128], detail[512];
    if (msg->status / 100 == 2) {
        ais_span_copy(msg->media_type, media_type, sizeof media_type);
        http_answer(request, msg->status, msg->body.size > 0 ? media_type : NULL, msg->body.data, msg->body.size, NULL,
                    0);
    } else if (ais_span_is(msg->media_type, "application/json")) {
        refuse_with_members(gateway, request, key_id, msg);
    } else {
        ais_span_copy(msg->body, detail, sizeof detail);
        refusals_answer(gateway, request, key_id, &(struct problem){ .status = msg->status, .detail = detail });
    }
}

void questions_tell(struct questions *questions, const struct ais_msg_tell *msg)
{
    for (size_t i = 0; i < QUESTIONS_MAX; i++) {
        struct question *question = &questions->rows[i];
        if (question->ticket == msg->ticket && msg->ticket != 0) {
            give_answer(questions->gateway, close_question(questions, question), question->key_id, msg);
            return;
        }
    }
}

void questions_expire(struct questions *questions)
{
    if (questions->open == 0)
        return;
    int64_t now = ais_clock_mono();
    for (size_t i = 0; i < QUESTIONS_MAX; i++) {
        struct question *question = &questions->rows[i];
        if (question->ticket != 0 && question->deadline_ns <= now)
            refuse(NULL, close_question(questions, question), 503,
                   "no answer came in time; look whether a change was made before you try again");
    }
}
