/* Addresses of electronic mail and telephone numbers. */
#include "shared/err/err.h"
#include "shared/policy/facts/pii/find.h"

#include <ctype.h>
#include <string.h>
#include <strings.h>

enum { LOCAL_MOST = 64, DOMAIN_MOST = 253 };

static bool is_local(char c)
{
    return ais_is_alnum(c) || (c != '\0' && strchr("._%+-'", c) != NULL);
}

/* What stands behind a dot and is no domain: image@2x.png. */
static bool is_file(const char *name, size_t n)
{
    static const char *const endings[] = { "png",     "jpg",   "jpeg", "gif", "svg",  "webp", "js",   "ts",
                                           "css",     "json",  "md",   "yml", "yaml", "txt",  "html", "xml",
                                           "service", "local", "lock", "tgz", "gz",   "zip" };
    for (size_t i = 0; i < N_ELEMS(endings); i++)
        if (strlen(endings[i]) == n && strncasecmp(name, endings[i], n) == 0)
            return true;
    return false;
}

/* RFC 5321's common form: atoms with dots, '@', labels with dots; the last of letters only. */
/* Steps of work (facts/view.h), beside those of its bytes. */
enum { STEPS_AN_ADDRESS = 6 };

void ais_pii_email(struct ais_pii_search *search, size_t at)
{
    const char *text = search->text;
    size_t begin = at, end = at + 1, dot = 0;
    while (begin > 0 && at - begin < LOCAL_MOST && is_local(text[begin - 1]))
        begin--;
    while (begin < at && !ais_is_alnum(text[begin]))
        begin++;
    while (end < search->n && end - at < DOMAIN_MOST &&
           (ais_is_alnum(text[end]) || text[end] == '-' || text[end] == '.')) {
        if (text[end] == '.' && end + 1 < search->n && ais_is_alnum(text[end + 1]))
            dot = end;
        end++;
    }
    while (end > at && !ais_is_alnum(text[end - 1]))
        end--;
    search->work += STEPS_AN_ADDRESS + end - begin;
    if (begin == at || dot == 0 || dot == at + 1 || text[at - 1] == '.' || end <= dot + 2)
        return;
    for (size_t i = dot + 1; i < end; i++)
        if (!ais_pii_is_letter(text[i]))
            return;
    bool remote =
        (begin > 0 && (text[begin - 1] == '/' || text[begin - 1] == ':')) || /* //user@host, user:password@host */
        (end < search->n && (text[end] == ':' || text[end] == '/') && end + 1 < search->n &&
         !isspace((unsigned char)text[end + 1])); /* git@host:path */
    bool mailto = begin >= 7 && strncasecmp(text + begin - 7, "mailto:", 7) == 0;
    if ((!remote || mailto) && !is_file(text + dot + 1, end - dot - 1))
        ais_pii_tell(search, begin, end, "email");
}

/* ITU-T E.164 with its plus sign; the North American form; any where a word says so. */
void ais_pii_phone(struct ais_pii_search *search, const struct ais_pii_number *number)
{
    const char *text = search->text, *d = number->digits;
    bool plus =
        number->at > 0 && text[number->at - 1] == '+' && (number->at < 2 || !ais_is_alnum(text[number->at - 2]));
    size_t one = number->groups == 4 && d[0] == '1' && number->sizes[0] == 1;
    bool american = number->count == 10 + one && number->groups == 3 + one && number->sizes[one] == 3 &&
                    number->sizes[one + 1] == 3 && d[one] >= '2' && d[one + 3] >= '2' && number->separator != '/';
    if (number->count < 7 || number->count > 15)
        return;
    if ((plus && number->count >= 8) || american ||
        (number->separator != '/' &&
         ais_pii_said(search, number->at,
                      "phone|tel:|tel.|telephone|mobile|cell|fax|whatsapp|call me|call us|telefon")))
        ais_pii_tell(search, number->at - plus, number->end, "phone");
}
