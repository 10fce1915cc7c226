#include "shared/policy/facts/path/joined.h"
#include "shared/policy/facts/words.h"
#include "shared/text/ascii.h"

#include <string.h>

enum { LONGEST = 4096 };

/* Steps of work (facts/view.h): a member, its name looked at, and a byte of a path that is joined. */
enum { STEPS_A_MEMBER = 8, STEPS_A_NAME = 64, STEPS_A_BYTE = 1 };

const struct ais_hint_words ais_path_keys = {
    .strong = " path file filename filepath pathname dir directory directories folder cwd workdir ",
    .weak = " template document doc src source dest destination input output location root include page view attachment"
            " target image resource uri key name config log archive script module backup upload download ",
};

static const char folder_names[] = " cwd wd dir directory folder root base workdir work_dir working_dir workingdir "
                                   "working_directory workingdirectory root_dir rootdir root_directory rootdirectory "
                                   "root_path rootpath base_dir basedir base_directory basedirectory base_path "
                                   "basepath ";

struct joining {
    struct ais_view *view;
    struct ais_part *part;
    ais_path_joined *each;
    void *arg;
};

/* The folders of an object, and those that hold for what is in it. */
struct folders {
    const struct ais_json **items;
    size_t count;
};

bool ais_path_is_folder(const char *key, const char *text, size_t n)
{
    return n > 0 && n <= LONGEST && ais_word_is_listed(key, strlen(key), folder_names) &&
           (text[0] == '~' || text[0] == '$' || memchr(text, '/', n) != NULL || memchr(text, '\\', n) != NULL ||
            memchr(text, '%', n) != NULL || (text[0] == '.' && n == 2 && text[1] == '.'));
}

static bool is_folder(const struct ais_json *member)
{
    return member->kind == AIS_JSON_STRING && ais_path_is_folder(member->key, member->text, member->length);
}

/* From the root, a home, or a drive: no folder comes before it. */
static bool is_rooted(const char *text, size_t n)
{
    return text[0] == '/' || text[0] == '\\' || text[0] == '~' || text[0] == '$' || (n > 1 && text[1] == ':');
}

/* Whether a text that is no folder itself may name a file: by the name of the argument, and by what it looks like. */
static bool may_be_path(const char *key, const char *text, size_t n)
{
    if (n == 0 || n > LONGEST || is_rooted(text, n) || memchr(text, '\n', n) != NULL ||
        memmem(text, n, "://", 3) != NULL)
        return false;
    enum ais_hint hint = ais_hint_of(key, &ais_path_keys);
    return hint == AIS_HINT_STRONG || (hint == AIS_HINT_WEAK && memchr(text, ' ', n) == NULL);
}

static void join(const struct joining *joining, const struct folders *folders, const char *key,
                 const struct ais_json *node)
{
    const char *text = node->text;
    size_t n = node->length;
    while (n > 0 && ais_is_blank(text[0])) {
        text++;
        n--;
    }
    while (n > 0 && ais_is_blank(text[n - 1]))
        n--;
    if (!ais_part_spend(joining->view, joining->part, STEPS_A_NAME) || !may_be_path(key, text, n))
        return;
    for (size_t i = 0; i < folders->count; i++) {
        const struct ais_json *folder = folders->items[i];
        size_t length = folder->length + 1 + n;
        if (folder == node || !ais_part_spend(joining->view, joining->part, STEPS_A_BYTE * length))
            continue;
        char *whole = ais_view_alloc(joining->view, length);
        if (whole == NULL)
            return;
        memcpy(whole, folder->text, folder->length);
        whole[folder->length] = '/';
        memcpy(whole + folder->length + 1, text, n);
        joining->each(joining->arg, whole, length);
    }
}

/* Those of the object itself take the place of those around it. */
static void find_folders(const struct joining *joining, const struct ais_json *object, struct folders *folders)
{
    size_t count = 0;
    for (const struct ais_json *member = object->first; member != NULL; member = member->next)
        count += is_folder(member);
    const struct ais_json **items =
        count > 0 ? ais_view_alloc(joining->view, count * sizeof(const struct ais_json *)) : NULL;
    if (items == NULL)
        return;
    *folders = (struct folders){ .items = items };
    for (const struct ais_json *member = object->first; member != NULL; member = member->next)
        if (is_folder(member))
            items[folders->count++] = member;
}

/* The depth is bounded by the reader of bodies. */
static void look(const struct joining *joining, const struct ais_json *node, const char *key, struct folders folders)
{
    if (!ais_part_spend(joining->view, joining->part, STEPS_A_MEMBER))
        return;
    if (node->kind == AIS_JSON_STRING && folders.count > 0)
        join(joining, &folders, key, node);
    if (node->kind == AIS_JSON_OBJECT)
        find_folders(joining, node, &folders);
    for (const struct ais_json *child = node->first; child != NULL && joining->part->unknown == NULL;
         child = child->next)
        look(joining, child, child->key != NULL ? child->key : key, folders);
}

void ais_path_join(struct ais_view *view, struct ais_part *part, ais_path_joined *each, void *arg)
{
    const struct joining joining = { view, part, each, arg };
    const struct ais_json *arguments = view->question->request->tool_args;
    if (arguments != NULL)
        look(&joining, arguments, "", (struct folders){ 0 });
}
