/* Private keys in their armour, and JSON web tokens. */
#include "shared/policy/facts/secret/checks.h"
#include "shared/policy/facts/secret/find.h"

#include <string.h>

enum { LABEL_MOST = 64, BODY_LEAST = 40, PADDING = 128 };

/* RFC 7468: -----BEGIN … PRIVATE KEY-----, digits, -----END …. Cut ones count when enough of them is there. */
static void find_armour(struct ais_secret_search *search)
{
    static const char begin_sign[] = "-----BEGIN ", end_sign[] = "-----END ";
    const char *at = search->text, *end = at + search->n;
    while (ais_secret_goes_on(search) &&
           (at = memmem(at, (size_t)(end - at), begin_sign, sizeof begin_sign - 1)) != NULL) {
        const char *begin = at;
        search->work += LABEL_MOST;
        at += sizeof begin_sign - 1;
        size_t most = (size_t)(end - at) < LABEL_MOST ? (size_t)(end - at) : LABEL_MOST;
        const char *label_end = memmem(at, most, "-----", 5);
        bool private = label_end != NULL && memmem(at, (size_t)(label_end - at), "PRIVATE KEY", 11) != NULL;
        if (!private)
            continue;
        const char *body = label_end + 5, *stop = body;
        size_t digits = 0;
        for (; stop < end && *stop != '-'; stop++)
            digits += (ais_secret_set_of(*stop) & (AIS_SET_ALNUM | AIS_SET_BASE64)) != 0;
        search->work += (size_t)(stop - begin);
        bool real =
            digits >= BODY_LEAST &&
            !ais_secret_says_placeholder(body, (size_t)(stop - body) < PADDING ? (size_t)(stop - body) : PADDING);
        at = stop;
        if ((size_t)(end - stop) > sizeof end_sign && memcmp(stop, end_sign, sizeof end_sign - 1) == 0)
            stop += sizeof end_sign - 1;
        if (real)
            ais_secret_tell(search, begin, (size_t)(stop - begin), "private_key");
    }
}

/* The JSON that Google hands out for an account of a service. */
static void find_account(struct ais_secret_search *search)
{
    static const char type[] = "\"service_account\"", key[] = "\"private_key_id\"";
    const char *at = memmem(search->text, search->n, type, sizeof type - 1);
    if (at != NULL && memmem(search->text, search->n, key, sizeof key - 1) != NULL)
        ais_secret_tell(search, at, sizeof type - 1, "gcp_service_account");
    search->work += search->n / 4;
}

enum { HEADER_LEAST = 16, CLAIMS_LEAST = 8 };

/* RFC 7519: three parts, of which the first is JSON with a member "alg". */
static size_t token_length(const char *text, size_t n)
{
    size_t header = ais_secret_run(text, n, AIS_SET_URL);
    char json[512];
    if (header < HEADER_LEAST || header + 1 >= n || text[header] != '.')
        return 0;
    size_t claims = ais_secret_run(text + header + 1, n - header - 1, AIS_SET_URL);
    size_t both = header + 1 + claims;
    if (claims < CLAIMS_LEAST || both >= n || text[both] != '.')
        return 0;
    size_t made = ais_secret_base64(text, header, json, sizeof json);
    if (made == 0 || json[0] != '{' || memmem(json, made, "\"alg\"", 5) == NULL)
        return 0;
    size_t signature = ais_secret_run(text + both + 1, n - both - 1, AIS_SET_URL);
    return both + 1 + signature;
}

static void find_tokens(struct ais_secret_search *search)
{
    const char *at = search->text, *end = at + search->n;
    const unsigned word = search->generous ? AIS_SET_ALNUM : AIS_SET_URL; /* a name may be joined to it: ci-… */
    while ((at = memmem(at, (size_t)(end - at), "eyJ", 3)) != NULL) {
        bool begins = at == search->text || (ais_secret_set_of(at[-1]) & word) == 0;
        size_t length = begins ? token_length(at, (size_t)(end - at)) : 0;
        size_t run = begins ? ais_secret_run(at, (size_t)(end - at), AIS_SET_URL) : 3;
        search->work += 3 * (length > run ? length : run);
        if (length > 0)
            ais_secret_tell(search, at, length, "jwt");
        at += length > 0 ? length : run;
    }
}

void ais_secret_blocks(struct ais_secret_search *search)
{
    const struct ais_shape *shape = search->shape;
    if (shape->run >= sizeof "-----BEGIN" - 1 && ais_shape_has(shape, AIS_BYTE_DASH | AIS_BYTE_CAPITAL))
        find_armour(search);
    if (shape->run >= sizeof "service_account" - 1 && ais_shape_has(shape, AIS_BYTE_UNDERSCORE | AIS_BYTE_QUOTE))
        find_account(search);
    if (shape->run >= HEADER_LEAST + 1 + CLAIMS_LEAST + 1 && ais_shape_has(shape, AIS_BYTE_DOT | AIS_BYTE_CAPITAL))
        find_tokens(search);
}
