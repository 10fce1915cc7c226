#include "shared/policy/facts/path/prose.h"
#include "shared/policy/facts/path/joined.h"
#include "shared/policy/facts/words.h"

#include <string.h>

/* Steps of work (facts/view.h). */
enum { STEPS_A_MEMBER = 64 };

static const char prose_names[] = " title subject description summary comment message commit_message commitmessage "
                                  "query question reason note notes body caption headline ";

/* Only beside the name of a file: alone, the content may be what a tool works on. */
static const char content_names[] = " content contents file_content file_contents filecontent filecontents file_text "
                                    "filetext new_content new_contents newcontent new_string newstring new_str newstr "
                                    "new_text newtext old_string oldstring old_str oldstr old_text oldtext insert_text "
                                    "inserttext replacement patch diff ";

/* The depth is bounded by the reader of bodies. Once the steps are used up nothing is found. */
static bool names_file(struct ais_view *view, struct ais_part *part, const struct ais_json *node)
{
    for (const struct ais_json *child = node->first; child != NULL; child = child->next) {
        if (!ais_part_spend(view, part, STEPS_A_MEMBER))
            return false;
        if (child->kind == AIS_JSON_STRING && child->key != NULL && child->length > 0 &&
            ais_hint_of(child->key, &ais_path_keys) == AIS_HINT_STRONG)
            return true;
        if (child->first != NULL && names_file(view, part, child))
            return true;
    }
    return false;
}

bool ais_path_is_prose(const struct ais_view_string *string)
{
    return string->top == AIS_VIEW_TOOL_ARGS && ais_word_is_listed(string->key, strlen(string->key), prose_names);
}

bool ais_path_is_content(struct ais_path_prose *prose, struct ais_view *view, struct ais_part *part,
                         const struct ais_view_string *string)
{
    if (string->top != AIS_VIEW_TOOL_ARGS || !ais_word_is_listed(string->key, strlen(string->key), content_names))
        return false;
    if (!prose->looked) {
        const struct ais_json *arguments = view->question->request->tool_args;
        prose->names_file = arguments != NULL && names_file(view, part, arguments);
        prose->looked = true;
    }
    return prose->names_file;
}
