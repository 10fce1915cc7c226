/* Which texts of a request are code, and in which language: what their keys, their tool, a language beside them, the
 * shell command around them and their own shape say. Where two of them differ, it is not clear. */
#include "shared/policy/facts/code/code.h"
#include "shared/policy/facts/words.h"
#include "shared/text/ascii.h"

#include <string.h>

enum { WORD_MOST = 32 };

/* Steps of work (facts/view.h): a node of the arguments, a key, a text that is looked at. */
enum { STEPS_A_NODE = 8, STEPS_A_KEY = 96, STEPS_A_TEXT = 128 };

/* Words of names: of arguments that are code; of tools all of whose texts are. A weak argument of a weak tool is code
 * too; what a shell might read, and what else such a tool gets, only when it has the shape of a language. */
static const struct ais_hint_words keys = {
    " code source program snippet cell cells expression expr python py python3 javascript js node nodejs typescript "
    "ruby perl "
    "php notebook eval ",
    " input content payload ",
};
static const struct ais_hint_words tools = {
    " python python3 py javascript js node nodejs ruby perl php ipython jupyter notebook repl interpreter deno irb ",
    " code exec execute eval run script sandbox ",
};
static const struct ais_hint_words shells = { " script command commands cmd shell ", " " };
static const struct ais_hint_words others = {
    " path dir directory cwd workdir timeout env description reason language lang runtime name id title url host user "
    "session mode type kernel version filename destination dest output comment note message query sql statement ",
    " ",
};

struct looking {
    struct ais_view *view;
    struct ais_part *part;
    ais_code_found *found;
    void *arg;
    enum ais_hint tool;
    const struct ais_code_dialect *dialect; /* of the tool's name; NULL: it says none */
};

enum claim { NOTHING, OTHER, SHELL, WEAK, CODE };

struct place {
    enum claim claim;
    const struct ais_code_dialect *dialect; /* of a key or of a language beside it */
    bool conflict, foreign;                 /* two languages; one that is not read */
};

/* The dialect that a word of a name says; NULL: none. */
static const struct ais_code_dialect *dialect_in(const char *name)
{
    char word[WORD_MOST];
    for (const char *at = name; *at != '\0';) {
        size_t n = 0;
        for (; ais_is_alnum(*at); at++) {
            bool capital = *at >= 'A' && *at <= 'Z';
            if (capital && n > 0 && !(at[-1] >= 'A' && at[-1] <= 'Z'))
                break;
            if (n < sizeof word)
                word[n++] = ais_lower(*at);
        }
        const struct ais_code_dialect *dialect = n > 0 ? ais_code_dialect_of(word, n) : NULL;
        if (dialect != NULL)
            return dialect;
        at += *at != '\0' && !ais_is_alnum(*at);
    }
    return NULL;
}

static enum claim claim_of(const char *key)
{
    if (ais_hint_of(key, &others) == AIS_HINT_STRONG)
        return OTHER;
    enum ais_hint hint = ais_hint_of(key, &keys);
    if (hint == AIS_HINT_STRONG)
        return CODE;
    return ais_hint_of(key, &shells) == AIS_HINT_STRONG ? SHELL : hint == AIS_HINT_WEAK ? WEAK : NOTHING;
}

static bool is_name_of_shell(const struct ais_json *language)
{
    return ais_word_is_listed(language->text, language->length, " bash sh zsh shell powershell cmd sql ");
}

/* A language named beside the code. */
static void look_at_language(const struct ais_json *object, struct place *place)
{
    static const char *const names[] = { "language", "lang", "runtime", "interpreter", "kernel", "executor", "syntax" };
    for (size_t i = 0; i < N_ELEMS(names); i++) {
        const struct ais_json *member = ais_json_get(object, names[i]);
        if (member == NULL || member->kind != AIS_JSON_STRING)
            continue;
        const struct ais_code_dialect *dialect = dialect_in(member->text);
        place->foreign = place->foreign || (dialect == NULL && is_name_of_shell(member));
        place->conflict = place->conflict || (dialect != NULL && place->dialect != NULL && place->dialect != dialect);
        if (dialect != NULL)
            place->dialect = dialect;
    }
}

/* ```python … ``` */
static const struct ais_code_dialect *unfence(const char **text, size_t *n)
{
    size_t i = 0;
    while (i < *n && ais_is_blank((*text)[i]))
        i++;
    if (*n - i < 3 || memcmp(*text + i, "```", 3) != 0)
        return NULL;
    const char *word = *text + i + 3, *end = memchr(word, '\n', *n - i - 3);
    if (end == NULL)
        return NULL;
    const struct ais_code_dialect *dialect = ais_code_dialect_of(word, (size_t)(end - word));
    *n -= (size_t)(end + 1 - *text);
    *text = end + 1;
    const char *close = memmem(*text, *n, "\n```", 4);
    *n = close != NULL ? (size_t)(close - *text) : *n;
    return dialect != NULL ? dialect : &ais_code_dialects[AIS_CODE_UNCLEAR];
}

static void look_at_text(const struct looking *looking, const struct place *place, const char *text, size_t n)
{
    const struct ais_code_dialect *unclear = &ais_code_dialects[AIS_CODE_UNCLEAR], *said = place->dialect;
    bool conflict = place->conflict;
    if (place->claim == OTHER || place->foreign)
        return;
    bool sure = place->claim == CODE || looking->tool == AIS_HINT_STRONG ||
                (looking->tool == AIS_HINT_WEAK && place->claim == WEAK);
    bool may_be = place->claim == SHELL || looking->tool == AIS_HINT_WEAK;
    if (!sure && !may_be)
        return;
    const struct ais_code_dialect *fenced = unfence(&text, &n), *shape = ais_code_shape(text, n);
    if (fenced != NULL)
        shape = shape == unclear ? fenced : shape;
    if (!sure && shape == unclear)
        return;
    if (looking->dialect != NULL) {
        conflict = conflict || (said != NULL && said != looking->dialect);
        said = said != NULL ? said : looking->dialect;
    }
    if (n > 2 && text[0] == '#' && text[1] == '!' && shape != unclear) /* a script says best what runs it */
        said = said != NULL && said != shape ? unclear : shape;
    looking->found(looking->arg, conflict ? unclear : said != NULL ? said : shape, text, n);
}

static size_t steps_of(const struct ais_json *node)
{
    size_t steps = STEPS_A_NODE;
    steps += node->key != NULL ? STEPS_A_KEY : 0;
    steps += node->kind == AIS_JSON_STRING ? STEPS_A_TEXT : 0;
    return steps;
}

static void look(const struct looking *looking, const struct ais_json *node, const struct place *place);

static void look_at_object(const struct looking *looking, const struct ais_json *object, struct place place)
{
    look_at_language(object, &place);
    for (const struct ais_json *member = object->first; member != NULL; member = member->next) {
        struct place inner = place;
        enum claim own = claim_of(member->key);
        const struct ais_code_dialect *dialect = own == CODE ? dialect_in(member->key) : NULL;
        inner.claim = own == NOTHING || (own <= WEAK && own != OTHER && place.claim == CODE) ? place.claim : own;
        inner.conflict = inner.conflict || (dialect != NULL && inner.dialect != NULL && inner.dialect != dialect);
        inner.dialect = inner.dialect != NULL ? inner.dialect : dialect;
        look(looking, member, &inner);
    }
}

static void look(const struct looking *looking, const struct ais_json *node, const struct place *place)
{
    if (!ais_part_spend(looking->view, looking->part, steps_of(node)))
        return;
    if (node->kind == AIS_JSON_STRING)
        look_at_text(looking, place, node->text, node->length);
    else if (node->kind == AIS_JSON_OBJECT)
        look_at_object(looking, node, *place);
    else
        for (const struct ais_json *element = node->first; element != NULL; element = element->next)
            look(looking, element, place);
}

/* Code that a command of the part SHELL gives to an interpreter. */
static void look_at_commands(const struct looking *looking)
{
    const struct ais_part *shell = ais_view_part(looking->view, AIS_PART_SHELL);
    const struct ais_part_list *code = &shell->lists[AIS_SHELL_CODE];
    for (size_t i = 0; i < code->count && ais_part_spend(looking->view, looking->part, STEPS_A_TEXT); i++) {
        size_t n = 0;
        const struct ais_value *name = ais_part_values(shell, AIS_SHELL_NAME, code->items[i].element, &n);
        const struct ais_code_dialect *dialect = n > 0 ? ais_code_dialect_of(name->text, name->length) : NULL;
        if (dialect != NULL)
            looking->found(looking->arg, dialect, code->items[i].text, code->items[i].length);
    }
}

void ais_code_texts(struct ais_view *view, struct ais_part *part, ais_code_found *found, void *arg)
{
    const struct ais_request *request = view->question->request;
    struct looking looking = { .view = view, .part = part, .found = found, .arg = arg };
    if (request->tool_name != NULL && request->tool_name->kind == AIS_JSON_STRING) {
        looking.tool = ais_hint_of(request->tool_name->text, &tools);
        looking.dialect = dialect_in(request->tool_name->text);
    }
    if (request->tool_args != NULL)
        look(&looking, request->tool_args, &(struct place){ .claim = NOTHING });
    look_at_commands(&looking);
}
