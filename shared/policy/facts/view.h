/* What a decision understands of its request beyond its own words: parts, each made when the first fact of it (or the
 * scan, for the rules that draw on it) asks, once a decision.
 *
 * A part is lists of values, one a fact. Where a part has elements (commands, URLs, statements), a value belongs to one
 * of them, and the facts of one map of a rule must hold for one and the same element: `shell.name: rm` beside
 * `shell.flags: f` is about one command. What could not be understood within the bounds of the part (bytes, depth,
 * count: work, never time) is said in `unknown`; what is in the lists was understood all the same. */
#ifndef AIS_SHARED_POLICY_VIEW_H
#define AIS_SHARED_POLICY_VIEW_H

#include "shared/mem/arena.h"
#include "shared/policy/facts/shape.h"
#include "shared/policy/ops/op.h"
#include "shared/policy/question.h"

/*    part   has elements */
#define AIS_PARTS(X) \
    X(TEXT, false) X(URL, true) X(PATH, true) X(SHELL, true) X(SQL, true) X(SECRET, false) X(PII, false) X(CODE, true)

enum ais_part_id {
#define X(part, elements) AIS_PART_##part,
    AIS_PARTS(X)
#undef X
        AIS_PART_COUNT
};

/* The lists of each part, in the order of its facts in the table. */
enum ais_text_list {
    AIS_TEXT_FOLDED,
    AIS_TEXT_BASE64,
    AIS_TEXT_HEX,
    AIS_TEXT_URL,
    AIS_TEXT_GZIP,
};
enum ais_shell_list {
    AIS_SHELL_COMMAND,
    AIS_SHELL_NAME,
    AIS_SHELL_ARGS,
    AIS_SHELL_FLAGS,
    AIS_SHELL_REDIRECT,
    AIS_SHELL_PIPELINE,
    AIS_SHELL_DEPTH,
    AIS_SHELL_OPENS,
    AIS_SHELL_CODE,     /* for the parts CODE and SQL: what an interpreter or a database is given; no fact shows it */
    AIS_SHELL_MENTIONS, /* for the parts URL and PATH: pieces of the request's strings (mention.h); no fact shows it */
};

enum ais_url_list {
    AIS_URL_SCHEME,
    AIS_URL_HOST,
    AIS_URL_PORT,
    AIS_URL_PATH,
    AIS_URL_IP,
    AIS_URL_USERINFO,
    AIS_URL_PRIVATE,
};

enum ais_path_list {
    AIS_PATH_NORMALIZED,
    AIS_PATH_NAME,
    AIS_PATH_EXTENSION,
    AIS_PATH_TRAVERSAL,
    AIS_PATH_HIDDEN,
};
enum ais_sql_list {
    AIS_SQL_STATEMENTS,
    AIS_SQL_TABLES,
    AIS_SQL_WHERES,
    AIS_SQL_FUNCTIONS,
    AIS_SQL_COUNTS,
};
enum ais_secret_list { AIS_SECRET_KINDS };
enum ais_pii_list { AIS_PII_KINDS };
enum ais_code_list {
    AIS_CODE_CALLS,
    AIS_CODE_SHELLS,
    AIS_CODE_ARGS,
};

enum { AIS_PART_LISTS = 10 }; /* of one part, at most */

/* Bounds of work, in steps: what it costs to look at a byte, a nanosecond or two. A request may be made to be hard for
 * several parts at once, so there is a bound for each, and one for all of a decision, gathering its strings included.
 */
enum { AIS_PART_WORK_MOST = 12 << 20, AIS_VIEW_WORK_MOST = 27 << 20, AIS_PULSE_WORK = 1 << 18 };

struct ais_part {
    bool made;
    const char *unknown; /* why not all of it was understood (a literal); NULL: it was */
    size_t work;         /* steps that it took */
    uint32_t elements;   /* how many there are */
    struct ais_part_list {
        struct ais_value *items; /* in the view's arena; in order of their elements */
        size_t count, capacity;
    } lists[AIS_PART_LISTS];
};

/* Where a string of a request stands. */
enum ais_view_top { AIS_VIEW_TOOL_NAME, AIS_VIEW_TOOL_ARGS, AIS_VIEW_CONTEXT, AIS_VIEW_METADATA };

struct ais_view_string {
    const char *key;  /* the name of the nearest member around it; "" where there is none */
    const char *text; /* may hold NULs */
    struct ais_shape shape;
    uint32_t length;
    enum ais_view_top top;
};

enum { AIS_VIEW_BLOCK = 16, AIS_VIEW_BLOCKS = 24 }; /* strings in the first block, twice as many in each that follows */

struct ais_view {
    const struct ais_question *question; /* borrowed */
    struct ais_arena *arena;             /* borrowed: what is made lives in it until the decision ends */
    bool failed;                         /* memory ran out: nothing of it is to be used */
    size_t work;                         /* steps that all parts took, and gathering strings */
    void (*pulse)(void *arg);            /* called at every AIS_PULSE_WORK of them; NULL: nobody listens */
    void *pulse_arg;
    struct ais_part parts[AIS_PART_COUNT];
    struct {
        bool gathered, incomplete;
        size_t work; /* steps that gathering took: beside those of the parts */
        size_t count;
        struct ais_view_string *blocks[AIS_VIEW_BLOCKS];
    } strings; /* of the request, in its order: gathered once a decision */
};

/* Begins a decision: nothing is made yet. */
void ais_view_begin(struct ais_view *view, const struct ais_question *question, struct ais_arena *arena);

/* A part, made now if it is not there yet. Never NULL; look at view->failed. */
const struct ais_part *ais_view_part(struct ais_view *view, enum ais_part_id part);

/* Whether the values of a part belong to elements. */
bool ais_part_has_elements(enum ais_part_id part);

/* The values of one element in a list: *ret_count of them from the one returned on (NULL when the list is empty). */
const struct ais_value *ais_part_values(const struct ais_part *part, unsigned list, uint32_t element,
                                        size_t *ret_count);

/* ---- for those who make a part ---- */

/* Makes one part of the view: fills ret, which is zeroed. One function a part, in the folder of its name. */
typedef void ais_part_maker(struct ais_view *view, struct ais_part *ret);
#define X(part, elements) ais_part_maker ais_understand_##part;
AIS_PARTS(X)
#undef X

/* Appends a value of n bytes, which must live as long as the view's arena, to a list of the part, for its last element
 * (part->elements - 1; of a part without elements: for none). */
void ais_part_add(struct ais_view *view, struct ais_part *part, unsigned list, enum ais_value_kind kind,
                  const char *text, size_t n);

/* The same with a whole number. */
void ais_part_add_number(struct ais_view *view, struct ais_part *part, unsigned list, size_t number);

/* A value that is there and not known: why, a literal. */
void ais_part_add_unknown(struct ais_view *view, struct ais_part *part, unsigned list, const char *why);

/* Counts steps of work of a part. False, and the part is unknown, when they are more than it or the decision may take:
 * what needs them is left. */
bool ais_part_spend(struct ais_view *view, struct ais_part *part, size_t steps);

/* Steps that the part may still take. */
size_t ais_part_left(const struct ais_view *view, const struct ais_part *part);

/* Memory of the view's arena; NULL, and view->failed, when it is exhausted. */
void *ais_view_alloc(struct ais_view *view, size_t n);

/* An array of count elements of a size, with room for one more: items, or a copy of it that is twice as long. capacity:
 * the elements that items has room for (0: none, or it is borrowed), and then those of what is returned, of which those
 * behind count are not set. NULL as above. */
void *ais_view_grow(struct ais_view *view, void *items, size_t count, size_t *capacity, size_t size);

/* Calls each for every string of the request (names of members are none), in its order, until it returns false. False
 * when there are some that nobody will see, because finding them all were more work than a request may cost: the part
 * (or NULL) is unknown then. */
typedef bool ais_view_each(void *arg, const struct ais_view_string *string);
bool ais_view_strings(struct ais_view *view, struct ais_part *part, ais_view_each *each, void *arg);

#endif
