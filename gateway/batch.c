/* POST /api/v1/preflight/batch: up to 1,000 requests, each decided and recorded by itself, answered in order. */
#include "gateway/handlers.h"
#include "gateway/preflight.h"
#include "gateway/refuse.h"
#include "shared/audit/record.h"
#include "shared/json/write.h"

#include <stdlib.h>

enum { BATCH_MAX = 1000 };

struct batch;

struct element {
    struct dispatch_asker asker; /* first: the asker is this */
    struct batch *batch;
    char *decision; /* owned: the answer or the problem, a JSON object; NULL until it is there */
    size_t size;
};

struct batch {
    struct http_request *request;
    size_t count, open; /* elements in all, and those without a decision; one more while the batch is being sent out */
    bool failed;        /* memory ran out: the whole batch is answered 503 */
    struct element elements[];
};

static void answer_batch(struct batch *batch)
{
    AUTO(ais_buf_done) struct ais_buf out = { 0 };
    ais_jw_begin_object(&out, NULL);
    ais_jw_begin_array(&out, "decisions");
    for (size_t i = 0; i < batch->count; i++) {
        if (batch->elements[i].decision != NULL)
            ais_jw_raw(&out, NULL, batch->elements[i].decision, batch->elements[i].size);
        free(batch->elements[i].decision);
    }
    ais_jw_end_array(&out);
    ais_jw_end_object(&out);
    if (batch->failed || out.failed)
        refuse(NULL, batch->request, 503, "out of memory");
    else
        http_answer(batch->request, 200, "application/json", out.data, out.length, NULL, 0);
    free(batch);
}

static void close_one(struct batch *batch)
{
    if (--batch->open == 0)
        answer_batch(batch);
}

static void set_decision(struct element *element, const char *text, size_t n)
{
    element->decision = malloc(n);
    if (element->decision == NULL) {
        element->batch->failed = true;
        return;
    }
    memcpy(element->decision, text, n);
    element->size = n;
}

static void set_problem(struct element *element, const struct problem *problem)
{
    AUTO(ais_buf_done) struct ais_buf out = { 0 };
    problem_write(&out, problem);
    if (out.failed)
        element->batch->failed = true;
    else
        set_decision(element, out.data, out.length);
}

static void answer_element(struct dispatch_asker *asker, unsigned status, const char *text, size_t n)
{
    struct element *element = (struct element *)asker;
    if (status == 200) {
        set_decision(element, text, n);
    } else {
        const struct problem problem = { .status = status, .detail = text, .preflight = true };
        set_problem(element, &problem);
    }
    close_one(element->batch);
}

/* The requests of a body; NULL, with the refusal filled, when there are none. */
static const struct ais_json *read_requests(struct gateway *gateway, const char *body, size_t n,
                                            struct preflight_refusal *ret_refusal)
{
    const struct ais_json *root;
    if (!preflight_read(gateway, body, n, &root, ret_refusal))
        return NULL;
    const struct ais_json *requests = ais_json_get(root, "requests");
    const char *fault = NULL;
    if (root->kind != AIS_JSON_OBJECT || requests == NULL)
        fault = "must be an object with one member, \"requests\"";
    else if (root->count != 1)
        fault = "must have no member but \"requests\"";
    else if (requests->kind != AIS_JSON_ARRAY || requests->count == 0 || requests->count > BATCH_MAX)
        fault = "\"requests\" must be an array of 1 to 1000 requests";
    if (fault == NULL)
        return requests;
    ret_refusal->errors[0] = (struct problem_error){ requests != NULL ? "/requests" : "", fault };
    ret_refusal->problem = (struct problem){ 422, fault, true, ret_refusal->errors, 1, NULL };
    return NULL;
}

void on_preflight_batch(struct gateway *gateway, struct http_request *request, const struct route_match *match)
{
    (void)match;
    struct preflight_refusal refusal;
    size_t n;
    const char *body = http_request_body(request, &n);
    const struct ais_json *requests = read_requests(gateway, body, n, &refusal);
    if (requests == NULL) {
        refuse_with(request, &refusal.problem);
        return;
    }
    struct batch *batch = calloc(1, sizeof *batch + requests->count * sizeof batch->elements[0]);
    if (batch == NULL) {
        refuse(NULL, request, 503, "out of memory");
        return;
    }
    batch->request = request;
    batch->count = requests->count;
    batch->open = requests->count + 1;
    const struct preflight_origin origin = {
        .caller = gateway->caller,
        .request_id = http_request_id(request),
        .traceparent = http_request_trace(request),
        .source = AIS_AUDIT_BATCH,
    };
    struct element *element = batch->elements;
    for (const struct ais_json *node = requests->first; node != NULL; node = node->next, element++) {
        *element = (struct element){ .asker = { answer_element }, .batch = batch };
        if (preflight_begin(gateway, node, body, &origin, &element->asker, &refusal))
            continue;
        set_problem(element, &refusal.problem);
        close_one(batch);
    }
    close_one(batch);
}
