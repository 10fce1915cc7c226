#include "services/registry/answers.h"

#include <string.h>

/* One argument of an ASK: name NUL value NUL. */
struct argument {
    const char *name;
    struct ais_span value;
};

/* Takes the next argument off args; false when there is no whole one left. */
static bool next_argument(struct ais_span *args, struct argument *ret)
{
    const char *end = args->data + args->size;
    const char *value = args->size > 0 ? memchr(args->data, '\0', args->size) : NULL;
    const char *after = value != NULL ? memchr(value + 1, '\0', (size_t)(end - value - 1)) : NULL;
    if (after == NULL)
        return false;
    *ret = (struct argument){
        args->data, {value + 1, (size_t)(after - value - 1)}
    };
    *args = (struct ais_span){ after + 1, (size_t)(end - after - 1) };
    return true;
}

/* The value of the first argument of this name; an empty span when it was not given. */
static struct ais_span value_of(struct ais_span args, const char *name)
{
    for (struct argument argument; next_argument(&args, &argument);)
        if (strcmp(argument.name, name) == 0)
            return argument.value;
    return (struct ais_span){ "", 0 };
}

static struct answer say(uint16_t status, const char *sentence)
{
    return (struct answer){ status, "text/plain", ais_span_of(sentence) };
}

static struct answer on_rulepacks(const struct catalog *catalog, struct ais_span args)
{
    (void)args;
    return (struct answer){
        200, "application/json", {catalog->overview.data, catalog->overview.length}
    };
}

static struct answer on_rulepack(const struct catalog *catalog, struct ais_span args)
{
    struct ais_span name = value_of(args, "name"), format = value_of(args, "format"),
                    version = value_of(args, "version");
    const struct catalog_pack *pack = catalog_find(catalog, name.data, name.size);
    if (pack == NULL)
        return say(404, "there is no rulepack of this name");
    if (version.size > 0 && !ais_span_is(version, pack->version))
        return say(404, "the rulepack is not stored in this version");
    if (ais_span_is(format, "yaml"))
        return (struct answer){
            200, "application/yaml", {pack->source, pack->source_size}
        };
    if (format.size > 0 && !ais_span_is(format, "json"))
        return say(400, "format must be json or yaml");
    return (struct answer){
        200, "application/json", {pack->details.data, pack->details.length}
    };
}

static const struct question {
    const char *what;
    struct answer (*answer)(const struct catalog *catalog, struct ais_span args);
    const char *names[4]; /* of the arguments that it takes */
    const char *takes;    /* the same in words */
} questions[] = {
    {"rulepacks", on_rulepacks, { NULL },                        "the list of rulepacks takes no parameters"         },
    { "rulepack", on_rulepack,  { "name", "format", "version" }, "a rulepack takes the parameters format and version"},
};

/* The first argument that the question does not take; NULL: it takes all. */
static const char *stranger(const struct question *question, struct ais_span args)
{
    for (struct argument argument; next_argument(&args, &argument);) {
        size_t i = 0;
        while (question->names[i] != NULL && strcmp(question->names[i], argument.name) != 0)
            i++;
        if (question->names[i] == NULL)
            return argument.name;
    }
    return NULL;
}

static struct answer refuse(const struct question *question, const char *name, struct ais_buf *words)
{
    ais_buf_format(words, "unknown parameter '%.64s': %s", name, question->takes);
    return say(400, words->failed ? question->takes : words->data);
}

struct answer answer_question(const struct catalog *catalog, struct ais_span what, struct ais_span args,
                              struct ais_buf *words)
{
    ais_buf_clear(words);
    for (size_t i = 0; i < N_ELEMS(questions); i++) {
        if (!ais_span_is(what, questions[i].what))
            continue;
        const char *name = stranger(&questions[i], args);
        return name == NULL ? questions[i].answer(catalog, args) : refuse(&questions[i], name, words);
    }
    return say(404, "the registry does not know this question");
}
