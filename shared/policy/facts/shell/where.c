/* Which texts of a request are shell: those whose key says so, and those of tools that run commands. */
#include "shared/policy/facts/shell/named.h"
#include "shared/text/ascii.h"

#include <string.h>

enum { NAME_MOST = 128, WORDS_MOST = 16 };

/* Steps of work (facts/view.h): a node, and what its key says. */
enum { STEPS_A_NODE = 2, STEPS_A_KEY = 96 };

/* What words of names say, lower-case: of keys, */
enum key_word { OTHER_WORD = 1, COMMAND_WORD, COMMAND_KEY, CODE_WORD };
static const char *const key_words[] = {
    ("cwd workdir wd directory dir folder path paths description desc timeout env environment reason explanation title "
     "name id ids user username host hostname session language lang type mode encoding comment note notes message "
     "purpose intent justification summary output outputs stdout stderr result results history label labels tag tags "
     "container pod namespace image server region signal url format version status background blocking"),
    ("command commands cmd cmds cmdline commandline script scripts shell shellcommand shellscript bash sh zsh argv "
     "entrypoint exec powershell"),
    "run execute runs", /* only as the whole key */
    "code source sql query statement python javascript js program expression symbol",
};
const struct ais_word_table ais_shell_key_table = { key_words, sizeof *key_words, N_ELEMS(key_words) };

/* of tools, */
enum tool_word { TOOL_WORD = 1, WEAK_WORD, PLACE_WORD, LANGUAGE_WORD };
static const char *const tool_words[] = {
    "bash sh zsh ksh fish shell terminal console cmd command commands commandline cli",
    "exec execute run", /* at the end, or before one of these: */
    "in on at remote local remotely locally process",
    ("python py node js javascript typescript ruby perl php lua sql postgres mysql sqlite r java golang rust lisp "
     "browser selenium playwright prolog graphql"),
};
const struct ais_word_table ais_shell_tool_table = { tool_words, sizeof *tool_words, N_ELEMS(tool_words) };

/* and of values. */
static const char *const shells[] = {
    "sh bash zsh dash ksh fish /bin/sh /bin/bash /bin/zsh /usr/bin/bash /usr/bin/zsh powershell pwsh cmd true false",
};
const struct ais_word_table ais_shell_shell_table = { shells, sizeof *shells, N_ELEMS(shells) };

/* A name split where letters end, and where a capital letter follows a small one. */
struct name {
    char text[NAME_MOST]; /* its letters, lower-case, with a blank behind each word */
    size_t begin[WORDS_MOST], length[WORDS_MOST], count;
};

static void split(const char *text, struct name *ret)
{
    size_t n = 0;
    bool within = false, small = false;
    ret->count = 0;
    for (; *text != '\0' && n + 1 < NAME_MOST; text++) {
        bool capital = *text >= 'A' && *text <= 'Z';
        bool letter = capital || (*text >= 'a' && *text <= 'z');
        if (letter && (!within || (capital && small))) {
            if (ret->count == WORDS_MOST)
                return;
            ret->begin[ret->count] = n;
            ret->length[ret->count++] = 0;
        }
        within = letter;
        small = letter && !capital;
        if (!letter)
            continue;
        ret->text[n++] = (char)(*text | 0x20);
        ret->length[ret->count - 1]++;
    }
}

/* What the tables know of a word of a name. */
static const uint8_t *rows_of(const struct name *name, size_t i)
{
    return ais_shell_rows(name->text + name->begin[i], name->length[i]);
}

static bool is_word(const struct name *name, size_t i, const char *word)
{
    return name->length[i] == strlen(word) && memcmp(name->text + name->begin[i], word, name->length[i]) == 0;
}

enum claim { OTHER, CODE, NOTHING, COMMAND };

/* What a key says of its value. */
static enum claim key_claim(const char *key)
{
    struct name name;
    enum claim claim = NOTHING;
    split(key, &name);
    for (size_t i = 0; i < name.count && claim != OTHER; i++) {
        switch ((enum key_word)rows_of(&name, i)[AIS_SHELL_KEYS]) {
        case OTHER_WORD: claim = OTHER; break;
        case COMMAND_WORD: claim = COMMAND; break;
        case COMMAND_KEY: claim = name.count == 1 ? COMMAND : claim; break;
        case CODE_WORD: claim = claim != COMMAND ? CODE : claim; break;
        default: break;
        }
    }
    return claim;
}

struct looking {
    struct ais_view *view;
    struct ais_part *part; /* SHELL: what the work is counted for */
    ais_shell_found *found;
    void *arg;
    const struct ais_json *folder; /* in which commands are said to run; NULL: nothing says so */
    bool follows;                  /* the text at hand follows another in its array */
    bool is_tool, is_weak_tool, is_language;
    bool is_other;                /* a tool of a shell that may know no comments */
    struct ais_shell_named named; /* the program that the tool is named after */
};

static void look_at_tool(struct looking *looking, const struct ais_json *tool)
{
    struct name name;
    bool is_weak = false /* the word before */, is_named = false;
    if (tool == NULL || tool->kind != AIS_JSON_STRING)
        return;
    split(tool->text, &name);
    for (size_t i = 0; i < name.count; i++) {
        const uint8_t *rows = rows_of(&name, i), word = rows[AIS_SHELL_TOOLS];
        is_named = is_named || rows[AIS_SHELL_PROGRAMS] > 0;
        looking->is_tool = looking->is_tool || word == TOOL_WORD;
        looking->is_language = looking->is_language || word == LANGUAGE_WORD;
        looking->is_weak_tool = looking->is_weak_tool || (is_weak && word == PLACE_WORD);
        is_weak = word == WEAK_WORD;
        looking->is_other = looking->is_other || is_word(&name, i, "cmd");
    }
    looking->is_weak_tool = looking->is_weak_tool || is_weak; /* at the end */
    if (!is_named)
        return;
    ais_shell_named_tool(looking->view, looking->part, tool, &looking->named);
    looking->named.carries = looking->named.carries || looking->is_weak_tool; /* docker_exec */
}

/* Whether a text under this claim is shell. A script in a tool of another language is none. */
static bool is_shell(const struct looking *looking, const char *key, enum claim claim)
{
    if (looking->is_language && (claim != COMMAND || strcmp(key, "script") == 0))
        return false;
    return claim == COMMAND || (looking->is_tool && claim != OTHER) || (looking->is_weak_tool && claim == NOTHING);
}

static bool has_blank(const struct ais_json *node)
{
    for (size_t i = 0; i < node->length; i++)
        if (ais_shell_ends_word(node->text[i]))
            return true;
    return false;
}

/* ---- words as one text ---- */

static void push(char **at, const char *text, size_t n)
{
    memcpy(*at, text, n);
    *at += n;
}

/* A word in single quotes, so that the shell reads it as it is. */
static void push_quoted(char **at, const struct ais_json *node)
{
    push(at, "'", 1);
    for (size_t i = 0; i < node->length; i++) {
        bool quote = node->text[i] == '\'';
        push(at, quote ? "'\\''" : node->text + i, quote ? 4 : 1);
    }
    push(at, "'", 1);
}

static bool is_scalar(const struct ais_json *node)
{
    return node->kind == AIS_JSON_STRING || node->kind == AIS_JSON_NUMBER;
}

static void tell(struct looking *looking, const char *text, size_t n, bool stands)
{
    const struct ais_shell_text shell = { text, n, looking->folder, stands, looking->follows };
    looking->found(looking->arg, &shell);
}

/* The most bytes that the words of a node take. */
static size_t words_most(const struct ais_json *words)
{
    size_t most = words->kind == AIS_JSON_STRING ? words->length + 1 : 0;
    for (const struct ais_json *word = words->first; words->kind == AIS_JSON_ARRAY && word != NULL; word = word->next)
        most += is_scalar(word) ? 4 * word->length + 3 : 0;
    return most;
}

/* The words of an array, each as it is, or of a text, behind what stands in *at. */
static void push_words(char **at, bool begins, const struct ais_json *words)
{
    if (words->kind == AIS_JSON_STRING) {
        push(at, " ", 1);
        push(at, words->text, words->length);
    }
    for (const struct ais_json *word = words->first; words->kind == AIS_JSON_ARRAY && word != NULL; word = word->next) {
        if (!is_scalar(word))
            continue;
        if (!begins)
            push(at, " ", 1);
        push_quoted(at, word);
        begins = false;
    }
}

static void find_words(struct looking *looking, const struct ais_json *words)
{
    char *text = ais_view_alloc(looking->view, words_most(words) + 1), *at = text;
    if (text == NULL)
        return;
    push_words(&at, true, words);
    tell(looking, text, (size_t)(at - text), false);
}

/* ---- the arguments ---- */

static void look(struct looking *looking, const struct ais_json *node, const char *key, enum claim claim);

/* An array of texts is the words of one command, unless its elements are commands themselves. */
static bool is_argv(const struct ais_json *array)
{
    bool any_option = false;
    for (const struct ais_json *item = array->first; item != NULL; item = item->next) {
        if (!is_scalar(item))
            return false;
        any_option = any_option || (item->length > 0 && item->text[0] == '-');
    }
    bool plural = array->key != NULL && array->key_length > 0 && (array->key[array->key_length - 1] | 0x20) == 's';
    return array->first != NULL && !has_blank(array->first) && (any_option || !plural);
}

/* ---- a command and its arguments ---- */

static bool is_key(const struct ais_json *member, const char *names)
{
    return ais_word_is_listed(member->key, member->key_length, names);
}

/* Whether a key ends in a word: `command_args` and `commandArgs` in args, `kwargs` in none. */
static bool key_ends_in(const struct ais_json *member, const char *word)
{
    size_t n = strlen(word), begin = member->key_length - n;
    if (member->key_length <= n)
        return false;
    const char *end = member->key + begin;
    for (size_t i = 0; i < n; i++)
        if (ais_lower(end[i]) != word[i])
            return false;
    return end[0] != word[0] || !ais_shell_is_name(end[-1], true) || end[-1] == '_';
}

/* The first word of a text or an array; NULL: there is none. */
static const char *first_word(const struct ais_json *words, size_t *ret_length)
{
    const struct ais_json *word = words->kind == AIS_JSON_ARRAY ? words->first : words;
    size_t begin = 0, end;
    if (word == NULL || !is_scalar(word))
        return NULL;
    while (begin < word->length && ais_shell_is_blank(word->text[begin]))
        begin++;
    for (end = begin; end < word->length && !ais_shell_ends_word(word->text[end]);)
        end++;
    *ret_length = end - begin;
    return end > begin ? word->text + begin : NULL;
}

/* Whether a member holds words of the command beside it. One that begins with an option is no command itself. */
static bool holds_arguments(const struct ais_json *member)
{
    size_t n;
    if (member->kind != AIS_JSON_ARRAY && member->kind != AIS_JSON_STRING)
        return false;
    if (is_key(member, " args arguments argv params parameters arg ") || key_ends_in(member, "args") ||
        key_ends_in(member, "arguments"))
        return true;
    const char *word = is_key(member, " cmd command ") ? first_word(member, &n) : NULL;
    return word != NULL && word[0] == '-';
}

/* The name of a shell that stands alone says which one runs the command, and is none. */
static bool names_shell(const struct ais_json *node, const struct ais_json *object)
{
    return object->count > 1 && ais_shell_rows(node->text, node->length)[AIS_SHELL_SHELLS] > 0;
}

/* Whether a shell would take these words as its own: options, or a script. Others are a command that it runs. */
static bool are_for_shell(const struct ais_json *words)
{
    size_t n;
    const char *word = first_word(words, &n);
    if (word == NULL)
        return false;
    return word[0] == '-' || word[0] == '+' || (n > 3 && memcmp(word + n - 3, ".sh", 3) == 0);
}

/* Whether a member names the command that these words belong to. */
static bool takes_words(const struct looking *looking, const struct ais_json *object, const struct ais_json *member,
                        enum claim claim, const struct ais_json *words)
{
    bool is_array = member->kind == AIS_JSON_ARRAY && is_argv(member);
    if ((!is_array && (member->kind != AIS_JSON_STRING || member->length == 0)) || holds_arguments(member))
        return false;
    bool takes = claim == COMMAND && is_shell(looking, member->key, claim);
    if (is_array)
        return takes;
    if (!takes && !looking->is_language)
        takes = is_key(member, " program executable exe binary ") ||
                (is_key(member, " file ") && (looking->is_tool || looking->is_weak_tool));
    return takes && (!names_shell(member, object) || are_for_shell(words));
}

/* One command with all arguments that stand beside it. */
static void find_command(struct looking *looking, const struct ais_json *object, const struct ais_json *command)
{
    size_t most = command->kind == AIS_JSON_STRING ? command->length : words_most(command);
    for (const struct ais_json *member = object->first; member != NULL; member = member->next)
        most += holds_arguments(member) ? words_most(member) : 0;
    bool may = ais_part_spend(looking->view, looking->part, most + STEPS_A_KEY * (size_t)object->count);
    char *text = may ? ais_view_alloc(looking->view, most + 1) : NULL, *at = text;
    if (text == NULL)
        return;
    if (command->kind == AIS_JSON_STRING)
        push(&at, command->text, command->length);
    else
        push_words(&at, true, command);
    for (const struct ais_json *member = object->first; member != NULL; member = member->next)
        if (holds_arguments(member))
            push_words(&at, false, member);
    tell(looking, text, (size_t)(at - text), false);
}

/* ---- a tool that is named after a program ---- */

/* The first text of those that the program is given; NULL: it is given none. */
static const struct ais_json *first_given(const struct ais_json *object, enum ais_shell_role *ret)
{
    const struct ais_json *first = NULL;
    *ret = AIS_SHELL_OPTIONS; /* which only stand beside others */
    for (const struct ais_json *member = object->first; member != NULL; member = member->next) {
        enum ais_shell_role role = ais_shell_role_of(member);
        if (role < *ret && member->length + member->count > 0) {
            first = member;
            *ret = role;
        }
    }
    return first;
}

/* What the program is given: words, or where it is given nothing before them also texts of several (["system prune",
 * "-af"]), since the first word has no blank. */
static void push_given(char **at, bool begins, bool is_first, const struct ais_json *words)
{
    const struct ais_json *word = words->kind == AIS_JSON_ARRAY ? words->first : NULL;
    if (!is_first || word == NULL || !is_scalar(word) || !has_blank(word)) {
        push_words(at, begins, words);
        return;
    }
    for (; word != NULL; word = word->next) {
        push(at, " ", 1);
        if (is_scalar(word))
            push(at, word->text, word->length);
    }
}

/* The program's name, of texts that are commands of their own this one, and all else that it is given. */
static void find_given(struct looking *looking, const struct ais_json *object, const struct ais_json *text, size_t name)
{
    size_t most = name + 1;
    for (const struct ais_json *member = object->first; member != NULL; member = member->next)
        most += ais_shell_role_of(member) != AIS_SHELL_NO_ROLE ? words_most(member) + member->count : 0;
    bool may = ais_part_spend(looking->view, looking->part, most + STEPS_A_KEY * (size_t)object->count);
    char *bytes = may ? ais_view_alloc(looking->view, most) : NULL, *at = bytes;
    if (bytes == NULL)
        return;
    push(&at, looking->named.text, name);
    for (enum ais_shell_role role = AIS_SHELL_ASKED; role < AIS_SHELL_NO_ROLE; role++)
        for (const struct ais_json *member = object->first; member != NULL; member = member->next)
            if (ais_shell_role_of(member) == role && (role != AIS_SHELL_ASKED || member == text))
                push_given(&at, at == bytes, at == bytes + name, member);
    tell(looking, bytes, (size_t)(at - bytes), false);
}

/* Whether all that an object gives the program was found with its name, and is no command by itself. */
static bool look_at_given(struct looking *looking, const struct ais_json *object)
{
    enum ais_shell_role role;
    size_t n = 0;
    bool all = true;
    if (!ais_part_spend(looking->view, looking->part, STEPS_A_KEY * (size_t)object->count))
        return false;
    const struct ais_json *text = first_given(object, &role);
    for (; text != NULL; text = role == AIS_SHELL_ASKED ? text->next : NULL) {
        if (ais_shell_role_of(text) != role)
            continue;
        const char *word = first_word(text, &n);
        enum ais_shell_reading reading = ais_shell_reading_of(&looking->named, word, n);
        bool alone = role == AIS_SHELL_ASKED, commands = alone && text->kind == AIS_JSON_ARRAY && !is_argv(text);
        bool itself = commands || reading == AIS_SHELL_AS_IT_IS;
        if (!itself || !alone)
            find_given(looking, object, text, itself ? 0 : ais_shell_named_length(&looking->named, word, n));
        all = all && (itself ? !alone : reading == AIS_SHELL_WITH_NAME);
    }
    return role < AIS_SHELL_OPTIONS && all;
}

/* ---- objects ---- */

/* What the key of a member says, or else what holds it. */
static enum claim member_claim(const struct ais_json *member, enum claim claim)
{
    enum claim own = key_claim(member->key);
    return own == NOTHING ? claim : own;
}

/* The folder that an object says its commands run in; NULL: it does not. */
static const struct ais_json *folder_of(const struct ais_json *object)
{
    for (const struct ais_json *member = object->first; member != NULL; member = member->next)
        if (member->kind == AIS_JSON_STRING &&
            is_key(member, " cwd workdir working_dir workingdir working_directory workingdirectory "))
            return member;
    return NULL;
}

/* Who would know which member a tool goes by: each that may be the command takes the arguments. */
static void look_at_object(struct looking *looking, const struct ais_json *object, enum claim claim)
{
    const struct ais_json *outer = looking->folder, *inner = folder_of(object), *words = object->first;
    bool joined = false, given;
    looking->folder = inner != NULL ? inner : outer;
    given = looking->named.length > 0 && look_at_given(looking, object);
    while (words != NULL && (!holds_arguments(words) || words->length + words->count == 0))
        words = words->next;
    if (words != NULL && !ais_part_spend(looking->view, looking->part, STEPS_A_KEY * (size_t)object->count))
        words = NULL;
    for (const struct ais_json *member = object->first; words != NULL && member != NULL; member = member->next)
        joined = joined || takes_words(looking, object, member, member_claim(member, claim), words);
    for (const struct ais_json *member = object->first; member != NULL; member = member->next) {
        enum claim own = member_claim(member, claim);
        if (given && ais_shell_role_of(member) != AIS_SHELL_NO_ROLE)
            continue;
        if (joined && takes_words(looking, object, member, own, words))
            find_command(looking, object, member);
        else if ((!joined || !holds_arguments(member)) &&
                 (member->kind != AIS_JSON_STRING || !names_shell(member, object)))
            look(looking, member, member->key, own);
    }
    looking->folder = outer;
}

/* Commands in an array may run one after the other where the last has gone to. */
static void look_at_items(struct looking *looking, const struct ais_json *array, const char *key, enum claim claim)
{
    for (const struct ais_json *item = array->first; item != NULL; item = item->next) {
        looking->follows = item != array->first && item->kind == AIS_JSON_STRING;
        look(looking, item, key, claim);
    }
    looking->follows = false;
}

static void look(struct looking *looking, const struct ais_json *node, const char *key, enum claim claim)
{
    size_t steps = STEPS_A_NODE + (node->key != NULL ? STEPS_A_KEY : 0);
    if (!ais_part_spend(looking->view, looking->part, steps))
        return;
    switch (node->kind) {
    case AIS_JSON_STRING:
        if (is_shell(looking, key, claim))
            tell(looking, node->text, node->length,
                 !looking->is_language && !looking->is_other && (looking->is_tool || claim == COMMAND));
        break;
    case AIS_JSON_ARRAY:
        if (is_shell(looking, key, claim) && is_argv(node))
            find_words(looking, node);
        else
            look_at_items(looking, node, key, claim);
        break;
    case AIS_JSON_OBJECT: look_at_object(looking, node, claim); break;
    default: break;
    }
}

void ais_shell_texts(struct ais_view *view, ais_shell_found *found, void *arg)
{
    const struct ais_request *request = view->question->request;
    struct looking looking = { .view = view, .part = &view->parts[AIS_PART_SHELL], .found = found, .arg = arg };
    look_at_tool(&looking, request->tool_name);
    if (request->tool_args != NULL)
        look(&looking, request->tool_args, "", NOTHING);
}
