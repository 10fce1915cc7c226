#include "gateway/questions.h"

#include "gateway/problem.h"
#include "gateway/refuse.h"
#include "shared/sys/clock.h"

#include <stdlib.h>

struct question {
    uint64_t ticket; /* 0: free */
    struct http_request *request;
    int64_t deadline_ns; /* monotonic */
};

struct questions {
    uint64_t last_ticket;
    size_t open;
    struct question rows[QUESTIONS_MAX];
};

struct questions *questions_new(void)
{
    return calloc(1, sizeof(struct questions));
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

void questions_ask(struct questions *questions, zsock_t *socket, const char *what, const char *args, size_t args_size,
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
    const struct ais_msg_ask msg = {
        questions->last_ticket + 1, ais_span_of(what), {args, args_size}
    };
    if (ais_send_ask(socket, NULL, AIS_GATEWAY, &msg) != AIS_OK) {
        refuse(NULL, request, 503, "the part that answers this is busy; try again");
        return;
    }
    questions->last_ticket++;
    questions->open++;
    *free_row =
        (struct question){ msg.ticket, request, ais_clock_mono() + (int64_t)QUESTION_TIMEOUT_MS * AIS_NS_PER_MS };
}

static void give_answer(struct http_request *request, const struct ais_msg_tell *msg)
{
    char media_type[128], detail[512];
    if (msg->status != 200) {
        ais_span_copy(msg->body, detail, sizeof detail);
        refuse(NULL, request, msg->status, detail);
        return;
    }
    ais_span_copy(msg->media_type, media_type, sizeof media_type);
    http_answer(request, msg->status, media_type, msg->body.data, msg->body.size, NULL, 0);
}

void questions_tell(struct questions *questions, const struct ais_msg_tell *msg)
{
    for (size_t i = 0; i < QUESTIONS_MAX; i++) {
        struct question *question = &questions->rows[i];
        if (question->ticket == msg->ticket && msg->ticket != 0) {
            give_answer(close_question(questions, question), msg);
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
            refuse(NULL, close_question(questions, question), 503, "no answer came in time; try again");
    }
}
