#include "shared/policy/explain/mask.h"

#include "shared/json/utf8.h"
#include "shared/log/harmless.h"
#include "shared/policy/facts/pii/find.h"
#include "shared/policy/facts/secret/find.h"
#include "shared/text/ascii.h"
#include "shared/text/contains.h"

#include <string.h>

enum {
    PIECE = 6,     /* so many bytes in a row that a secret has too are a piece of it */
    WHOLE = 4,     /* what is withheld and shorter is hidden only where a value is that and nothing else */
    SHORTEST = 3,  /* a value so short is hidden when it is within a secret: words that a shell parted */
    AROUND = 1024, /* bytes before and behind a sample that are searched with it */
    RUN = 12,      /* letters in a row that may encode something */
    DIGITS = 12,   /* in a row, which may be the number of something */
};

#define NOT_SHOWN "[not shown]"

/* ---- what is secret ---- */

static uint32_t hash_of(const char *text)
{
    uint32_t hash = 2166136261U;
    for (size_t i = 0; i < PIECE; i++)
        hash = (hash ^ (unsigned char)ais_lower(text[i])) * 16777619U;
    return (hash ^ hash >> 16) & 0xffff;
}

static void remember(struct ais_mask *mask, const char *text, size_t n, const char *kind)
{
    mask->layered = mask->layered || mask->decoded;
    if (mask->full)
        return;
    for (size_t i = 0; i < mask->count; i++)
        if (mask->secrets[i].n == n && memcmp(mask->secrets[i].text, text, n) == 0)
            return;
    if (mask->count == AIS_SECRETS_MOST) {
        mask->full = true;
        return;
    }
    mask->secrets[mask->count++] = (struct ais_mask_secret){ text, n, kind };
    for (size_t i = 0; i + PIECE <= n; i++) {
        uint32_t hash = hash_of(text + i);
        mask->pieces[hash >> 3] |= (unsigned char)(1U << (hash & 7));
    }
}

/* A credential ends where its word does, whatever the part takes for its end: what follows an & in a form may be the
 * rest of a password elsewhere. */
static size_t to_end_of_word(const char *text, size_t n, size_t end)
{
    while (end < n && !ais_is_blank(text[end]) && strchr("\"'`<>", text[end]) == NULL)
        end++;
    return end;
}

/* Personal data without the separators behind it. */
static size_t trimmed(const char *text, const struct ais_pii *pii)
{
    size_t n = pii->length;
    while (n > 0 && !ais_is_alnum(text[pii->offset + n - 1]))
        n--;
    return n;
}

struct finding {
    struct ais_mask *mask;
    const char *text;
    size_t n;
};

static void on_secret(void *arg, const struct ais_secret *secret)
{
    const struct finding *finding = arg;
    size_t end = to_end_of_word(finding->text, finding->n, secret->offset + secret->length);
    remember(finding->mask, finding->text + secret->offset, end - secret->offset, secret->kind);
}

static void on_pii(void *arg, const struct ais_pii *pii)
{
    const struct finding *finding = arg;
    remember(finding->mask, finding->text + pii->offset, trimmed(finding->text, pii), pii->kind);
}

static bool look_into(struct ais_mask *mask, const char *key, const char *text, size_t n, const struct ais_shape *shape)
{
    struct finding finding = { mask, text, n };
    struct ais_secret_search secrets = { .key = key, .text = text, .n = n, .found = on_secret, .arg = &finding };
    struct ais_pii_search pii = { .key = key, .text = text, .n = n, .found = on_pii, .arg = &finding };
    secrets.shape = pii.shape = shape;
    ais_secrets_find(&secrets);
    ais_pii_find(&pii);
    return !mask->full;
}

static bool on_string(void *arg, const struct ais_view_string *string)
{
    return look_into(arg, string->key, string->text, string->length, &string->shape);
}

/* Whether a layer of encoding tells something withheld. */
static bool tells_withheld(struct ais_mask *mask, const struct ais_value *layer)
{
    for (size_t i = 0; i < mask->withheld->count && mask->work <= AIS_MASK_WORK; i++) {
        const struct ais_json *node = mask->withheld->nodes[i];
        size_t n = node->length < AIS_CONTAINS_MOST ? node->length : AIS_CONTAINS_MOST;
        mask->work += layer->length;
        if (n >= WHOLE && ais_contains(layer->text, layer->length, node->text, n))
            return true;
    }
    return false;
}

static void add_withheld(struct ais_mask *mask, const struct ais_part *text)
{
    for (size_t i = 0; i < mask->withheld->count; i++)
        if (mask->withheld->nodes[i]->length > 0)
            remember(mask, mask->withheld->nodes[i]->text, mask->withheld->nodes[i]->length, "masked");
    for (unsigned list = AIS_TEXT_BASE64; list <= AIS_TEXT_GZIP; list++)
        for (size_t i = 0; i < text->lists[list].count && !mask->layered; i++)
            mask->layered = tells_withheld(mask, &text->lists[list].items[i]);
    mask->full = mask->full || mask->withheld->full;
}

void ais_mask_begin(struct ais_mask *mask, struct ais_view *view, const struct ais_withheld *withheld)
{
    memset(mask, 0, sizeof *mask);
    mask->question = view->question;
    mask->withheld = withheld != NULL && withheld->count > 0 ? withheld : NULL;
    const struct ais_part *text = ais_view_part(view, AIS_PART_TEXT);
    if (mask->withheld != NULL)
        add_withheld(mask, text);
    if (!ais_view_strings(view, NULL, on_string, mask))
        mask->full = true; /* there may be others that were not seen */
    mask->decoded = true;
    for (unsigned list = AIS_TEXT_BASE64; list <= AIS_TEXT_GZIP; list++)
        for (size_t i = 0; i < text->lists[list].count && !view->failed && !mask->full; i++)
            look_into(mask, "", text->lists[list].items[i].text, text->lists[list].items[i].length, NULL);
}

/* ---- one sample ---- */

/* The bytes that are shown, and for each the kind of what hides it (NULL: nothing does). */
struct sample {
    const char *text; /* of the value */
    size_t n, begin, end;
    const char *kinds[AIS_SAMPLE_SHOWN];
    size_t region; /* where the text that is searched begins */
};

/* Hides what of [from, from + length) is shown. */
static void hide(struct sample *sample, size_t from, size_t length, const char *kind)
{
    size_t end = from + length < sample->end ? from + length : sample->end;
    for (size_t i = from > sample->begin ? from : sample->begin; i < end; i++)
        if (sample->kinds[i - sample->begin] == NULL)
            sample->kinds[i - sample->begin] = kind;
}

static void hide_secret(void *arg, const struct ais_secret *secret)
{
    struct sample *sample = arg;
    size_t begin = sample->region + secret->offset;
    hide(sample, begin, to_end_of_word(sample->text, sample->n, begin + secret->length) - begin, secret->kind);
}

static void hide_pii(void *arg, const struct ais_pii *pii)
{
    struct sample *sample = arg;
    hide(sample, sample->region + pii->offset, trimmed(sample->text + sample->region, pii), pii->kind);
}

/* Looks into the sample and its neighbourhood as the parts look into the request. */
static void hide_found(struct ais_mask *mask, struct sample *sample, const char *key)
{
    size_t begin = sample->begin > AROUND ? sample->begin - AROUND : 0;
    size_t end = sample->n - sample->end > AROUND ? sample->end + AROUND : sample->n;
    const char *text = sample->text + begin;
    struct ais_secret_search secrets = { .key = key, .text = text, .n = end - begin, .found = hide_secret };
    struct ais_pii_search pii = { .key = key, .text = text, .n = end - begin, .found = hide_pii };
    secrets.arg = pii.arg = sample;
    sample->region = begin;
    ais_secrets_find(&secrets);
    ais_pii_find(&pii);
    mask->work += secrets.work + pii.work;
}

static bool same(const char *one, const char *other, size_t n)
{
    for (size_t i = 0; i < n; i++)
        if (ais_lower(one[i]) != ais_lower(other[i]))
            return false;
    return true;
}

/* Hides n bytes of text if they stand within a secret. */
static void hide_within(struct ais_mask *mask, struct sample *sample, size_t from, size_t n)
{
    for (size_t i = 0; i < mask->count; i++) {
        const struct ais_mask_secret *secret = &mask->secrets[i];
        mask->work += secret->n;
        for (size_t k = 0; k + n <= secret->n; k++) {
            if (!same(secret->text + k, sample->text + from, n))
                continue;
            hide(sample, from, n, secret->kind);
            return;
        }
    }
}

/* A secret that is shorter than a piece: wherever it stands as a whole. */
static void hide_short(struct ais_mask *mask, struct sample *sample, const struct ais_mask_secret *secret)
{
    if (secret->n < WHOLE && sample->n != secret->n)
        return;
    size_t from = sample->begin > secret->n ? sample->begin - secret->n : 0;
    for (size_t i = from; i < sample->end && i + secret->n <= sample->n; i++)
        if (same(sample->text + i, secret->text, secret->n))
            hide(sample, i, secret->n, secret->kind);
    mask->work += sample->end - from;
}

static void hide_known(struct ais_mask *mask, struct sample *sample)
{
    size_t from = sample->begin > PIECE ? sample->begin - PIECE + 1 : 0;
    for (size_t i = 0; i < mask->count; i++)
        if (mask->secrets[i].n < PIECE && mask->secrets[i].n > 0)
            hide_short(mask, sample, &mask->secrets[i]);
    for (size_t i = from; i < sample->end && i + PIECE <= sample->n; i++) {
        uint32_t hash = hash_of(sample->text + i);
        if (mask->work > AIS_MASK_WORK)
            hide(sample, i, PIECE, "not shown");
        else if ((mask->pieces[hash >> 3] & 1U << (hash & 7)) != 0)
            hide_within(mask, sample, i, PIECE);
    }
    if (sample->n < PIECE && sample->n >= SHORTEST)
        hide_within(mask, sample, 0, sample->n);
}

static bool may_encode(char c)
{
    return ais_is_alnum(c) || (c != '\0' && strchr("+/=_-%\\", c) != NULL);
}

/* What may be the encoded form of something secret. */
static void hide_encoded(struct sample *sample)
{
    for (size_t i = sample->begin; i < sample->end;) {
        size_t from = i, to = i;
        while (from > 0 && i - from < RUN && may_encode(sample->text[from - 1]))
            from--;
        while (to < sample->n && to < sample->end + RUN && may_encode(sample->text[to]))
            to++;
        if (to - from >= RUN)
            hide(sample, from, to - from, "encoded");
        i = to > i ? to : i + 1;
    }
}

static bool parts_digits(char c)
{
    return c == ' ' || c == '-' || c == '.' || c == '/';
}

/* Long rows of digits, grouped or not: numbers of cards and persons also where the part PII takes them for none, as in
 * a JSON number, or in a row of several. */
static void hide_digits(struct sample *sample)
{
    size_t i = sample->begin > AROUND ? sample->begin - AROUND : 0;
    while (i < sample->end) {
        size_t from = i, digits = 0, last = i;
        for (; i < sample->n && i < sample->end + AROUND; i++) {
            if (ais_is_digit(sample->text[i])) {
                digits++;
                last = i;
            } else if (!parts_digits(sample->text[i]) || digits == 0) {
                break;
            }
        }
        if (digits >= DIGITS)
            hide(sample, from, last + 1 - from, "digits");
        i = i > from ? i : i + 1;
    }
}

/* ---- what is withheld ---- */

/* Looks for a sample in what is not withheld of a request. Depth is bounded by the reader. */
struct looking {
    struct ais_mask *mask;
    const struct sample *sample;
    size_t next; /* of the nodes that are withheld, in their order */
};

static bool stands_below(struct looking *looking, const struct ais_json *node)
{
    const struct ais_withheld *withheld = looking->mask->withheld;
    if (looking->next < withheld->count && withheld->nodes[looking->next] == node) {
        looking->next++;
        return false;
    }
    if (node->first != NULL) {
        for (const struct ais_json *child = node->first; child != NULL; child = child->next)
            if (stands_below(looking, child))
                return true;
        return false;
    }
    looking->mask->work += node->length;
    return node->length > 0 && looking->mask->work <= AIS_MASK_WORK &&
           ais_contains(node->text, node->length, looking->sample->text + looking->sample->begin,
                        looking->sample->end - looking->sample->begin);
}

/* Words of a shell, hosts, decoded layers: masking knows what is withheld by its bytes, and a part may have changed
 * them. What stands in the open anyway gives nothing away. */
static bool stands_in_the_open(struct ais_mask *mask, const struct sample *sample)
{
    const struct ais_request *request = mask->question->request;
    const struct ais_json *const nodes[] = { request->tool_name, request->tool_args, request->context,
                                             request->metadata };
    struct looking looking = { .mask = mask, .sample = sample };
    for (size_t i = 0; i < N_ELEMS(nodes); i++)
        if (nodes[i] != NULL && stands_below(&looking, nodes[i]))
            return true;
    return false;
}

/* The bytes around what matters, without a character cut in two. */
static void cut(struct sample *sample, const struct ais_sampled *sampled)
{
    size_t shown = sampled->n < AIS_SAMPLE_SHOWN ? sampled->n : AIS_SAMPLE_SHOWN;
    size_t length = sampled->length < shown ? sampled->length : shown, before = (shown - length) / 2;
    size_t begin = sampled->at > before ? sampled->at - before : 0;
    if (begin > sampled->n - shown)
        begin = sampled->n - shown;
    size_t end = begin + shown;
    for (int i = 0; begin > 0 && i < 3 && begin < end && ais_utf8_follows((unsigned char)sampled->text[begin]); i++)
        begin++;
    for (int i = 0; end < sampled->n && i < 3 && end > begin && ais_utf8_follows((unsigned char)sampled->text[end]);
         i++)
        end--;
    sample->begin = begin;
    sample->end = end;
}

/* Characters without a shape, which ais_harmless leaves: U+200B to U+200D, U+2060, U+FEFF. */
static size_t shapeless(const char *text, size_t n, const char **ret)
{
    static const struct {
        const char bytes[4], *shown;
    } table[] = {
        {"\xe2\x80\x8b",  "\\u200b"},
        { "\xe2\x80\x8c", "\\u200c"},
        { "\xe2\x80\x8d", "\\u200d"},
        { "\xe2\x81\xa0", "\\u2060"},
        { "\xef\xbb\xbf", "\\ufeff"},
    };
    for (size_t i = 0; n >= 3 && i < N_ELEMS(table); i++)
        if (memcmp(text, table[i].bytes, 3) == 0) {
            *ret = table[i].shown;
            return 3;
        }
    return 0;
}

static void show(struct ais_buf *out, const char *text, size_t n)
{
    while (n > 0) {
        const char *named;
        char piece[AIS_HARMLESS_SIZE];
        size_t skip = shapeless(text, n, &named);
        if (skip == 0) {
            ais_buf_add(out, piece, ais_harmless(&text, &n, piece));
            continue;
        }
        ais_buf_text(out, named);
        text += skip;
        n -= skip;
    }
}

static void write_sample(struct ais_buf *out, const struct sample *sample)
{
    if (sample->begin > 0)
        ais_buf_text(out, "...");
    for (size_t i = sample->begin; i < sample->end;) {
        const char *kind = sample->kinds[i - sample->begin];
        size_t run = i;
        while (run < sample->end && sample->kinds[run - sample->begin] == kind)
            run++;
        if (kind != NULL)
            ais_buf_format(out, "[%s]", kind);
        else
            show(out, sample->text + i, run - i);
        i = run;
    }
    if (sample->end < sample->n)
        ais_buf_text(out, "...");
}

void ais_mask_sample(struct ais_mask *mask, const struct ais_sampled *sampled, struct ais_buf *out)
{
    struct sample sample = { .text = sampled->text, .n = sampled->n };
    if (mask->full || mask->work > AIS_MASK_WORK) {
        ais_buf_text(out, NOT_SHOWN);
        return;
    }
    if (sampled->n == 0)
        return;
    cut(&sample, sampled);
    if (mask->withheld != NULL && sampled->derived && !stands_in_the_open(mask, &sample)) {
        ais_buf_text(out, NOT_SHOWN);
        return;
    }
    hide_found(mask, &sample, sampled->key);
    hide_known(mask, &sample);
    hide_digits(&sample);
    if (mask->layered)
        hide_encoded(&sample);
    write_sample(out, &sample);
}
