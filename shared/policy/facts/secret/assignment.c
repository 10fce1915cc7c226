/* Credentials that are known by what stands before them: password = …, "api_key": "…", --token …, Bearer …, and
 * user:password@host. */
#include "shared/err/err.h"
#include "shared/policy/facts/secret/checks.h"
#include "shared/policy/facts/secret/find.h"

#include <ctype.h>
#include <string.h>
#include <strings.h>

/* What masking, which is generous, makes of a value by its name: one that the fact tells; any but a plain word; any. */
enum generosity { AS_FACT, NO_WORD, ANY };

/* What a name ends with, and from which length and entropy (bits a byte) on its value counts. A password may be
 * short; what is called a key is often none. */
#define SUFFIX(text) (text), sizeof(text) - 1
static const struct family {
    const char *suffix;
    size_t length; /* of suffix */
    const char *kind;
    size_t least;
    double entropy;
    enum generosity generosity;
} families[] = {
    {SUFFIX("password"),         "password_assignment", 8,  2.5, ANY    },
    { SUFFIX("passwd"),          "password_assignment", 8,  2.5, ANY    },
    { SUFFIX("passphrase"),      "password_assignment", 8,  2.5, ANY    },
    { SUFFIX("pwd"),             "password_assignment", 8,  2.5, ANY    },
    { SUFFIX("pass"),            "password_assignment", 8,  2.5, ANY    },
    { SUFFIX("passwort"),        "password_assignment", 8,  2.5, ANY    },
    { SUFFIX("secretaccesskey"), "aws_secret_key",      40, 3.5, ANY    },
    { SUFFIX("accountkey"),      "azure_storage_key",   80, 3.5, ANY    },
    { SUFFIX("secret"),          "high_entropy",        12, 2.5, ANY    },
    { SUFFIX("token"),           "high_entropy",        12, 2.5, NO_WORD},
    { SUFFIX("apikey"),          "high_entropy",        12, 3.0, ANY    },
    { SUFFIX("accesskey"),       "high_entropy",        12, 3.0, ANY    },
    { SUFFIX("privatekey"),      "high_entropy",        16, 3.0, ANY    },
    { SUFFIX("secretkey"),       "high_entropy",        12, 3.0, ANY    },
    { SUFFIX("authkey"),         "high_entropy",        12, 3.0, ANY    },
    { SUFFIX("signingkey"),      "high_entropy",        16, 3.0, ANY    },
    { SUFFIX("encryptionkey"),   "high_entropy",        16, 3.0, ANY    },
    { SUFFIX("credential"),      "high_entropy",        12, 3.0, NO_WORD},
    { SUFFIX("credentials"),     "high_entropy",        12, 3.0, NO_WORD},
    { SUFFIX("key"),             "high_entropy",        15, 3.2, AS_FACT},
};

/* Names that end like those above and hold no credential. */
static const char *const harmless[] = { "public",   "primary",   "foreign",   "cache", "partition", "sort",   "page",
                                        "cursor",   "continu",   "next",      "sync",  "idempot",   "hash",   "digest",
                                        "checksum", "integrity", "commit",    "etag",  "object",    "unique", "dedup",
                                        "routing",  "csrf",      "group",     "issue", "keyboard",  "index",  "bypass",
                                        "compass",  "bucket",    "resolution" };

enum { KEY_MOST = 64, VALUE_MOST = 512 };

/* Steps of work: to know a name, and to look at each byte of what may be a value for all that it may be instead. */
enum { STEPS_A_NAME = 24, STEPS_A_VALUE_BYTE = 12 };

/* A name without its signs, in small letters: api_key, api-key, apiKey and "api key" are one. */
static size_t plain_key(const char *key, size_t n, char *out)
{
    size_t made = 0;
    for (size_t i = n > KEY_MOST ? n - KEY_MOST : 0; i < n; i++) {
        unsigned set = ais_secret_set_of(key[i]);
        if ((set & AIS_SET_ALNUM) != 0)
            out[made++] = (char)tolower((unsigned char)key[i]);
    }
    while (made > 0 && (ais_secret_set_of(out[made - 1]) & AIS_SET_DIGIT) != 0)
        made--;
    return made;
}

static const struct family *family_of(const char *key, size_t n)
{
    char plain[KEY_MOST];
    size_t length = plain_key(key, n, plain);
    const struct family *found = NULL;
    for (size_t i = 0; i < N_ELEMS(families) && found == NULL && length > 0; i++) {
        size_t suffix = families[i].length;
        if (length >= suffix && plain[length - 1] == families[i].suffix[suffix - 1] &&
            memcmp(plain + length - suffix, families[i].suffix, suffix) == 0)
            found = &families[i];
    }
    if (found != NULL && strcmp(found->suffix, "key") == 0 && length == 3)
        return NULL; /* "key" alone says nothing */
    return found;
}

static bool is_harmless(const char *key, size_t n)
{
    char plain[KEY_MOST];
    size_t length = plain_key(key, n, plain);
    return ais_secret_holds_any(plain, length, harmless, N_ELEMS(harmless));
}

/* ---- values ---- */

/* a.b, f(x), lib::name: what a program says instead of a value. */
static bool is_code(const char *value, size_t n)
{
    bool dotted = false;
    for (size_t i = 0; i < n; i++) {
        if (ais_secret_is_any(value[i], "()[]{};"))
            return true;
        bool word = i + 1 < n && (ais_secret_set_of(value[i + 1]) & (AIS_SET_LOWER | AIS_SET_UPPER)) != 0;
        dotted |= value[i] == '.' && i > 0 && word;
    }
    return dotted && ais_secret_run(value, n, AIS_SET_ALNUM | AIS_SET_UNDERSCORE | AIS_SET_DOT) == n &&
           ais_secret_entropy(value, n) < 4;
}

/* Places and references, and what is made to be public. */
static bool is_reference(const char *value, size_t n)
{
    static const char *const begins[] = {
        "/",       "./",      "~",      "http", "arn:",  "sha1-", "sha256-",   "sha384-",
        "sha512-", "sha256:", "vault:", "env:", "file:", "ref+",  "secret://", "projects/",
        "op://",   "data:",   "ssh-",   "C:\\", "npm:",  "git@"
    };
    for (size_t i = 0; i < N_ELEMS(begins); i++) {
        if (n == 0 || (value[0] | 0x20) != (begins[i][0] | 0x20))
            continue;
        size_t length = strlen(begins[i]);
        if (n >= length && strncasecmp(value, begins[i], length) == 0)
            return true;
    }
    return false;
}

/* Letters with digits or signs among them: a word, or words, are none. */
static bool is_mixed(const char *value, size_t n)
{
    size_t letters = 0, digits = 0, other = 0, spaces = 0;
    for (size_t i = 0; i < n; i++) {
        unsigned set = ais_secret_set_of(value[i]);
        letters += (set & (AIS_SET_LOWER | AIS_SET_UPPER)) != 0;
        digits += (set & AIS_SET_DIGIT) != 0;
        other += (set & (AIS_SET_ALNUM | AIS_SET_UNDERSCORE | AIS_SET_DASH | AIS_SET_DOT)) == 0;
        spaces += value[i] == ' ';
    }
    return spaces == 0 && (digits >= 16 || (letters > 0 && digits >= 1) || (letters > 0 && other > 0));
}

/* A name that says so, and the sign behind it. */
struct name {
    const char *text;
    size_t n;
    char sign; /* ' ' behind an option; ':' also where the name is that of a member */
};

/* UUIDs name things; as a password, an API key or a secret one is what it is called. As a token, where it is given to
 * a program or a server, and does not tell one request from another. */
static bool is_named_uuid(const struct family *family, const struct name *name)
{
    static const char *const of_requests[] = { "client", "request", "session", "transaction", "trace", "correlat" };
    char plain[KEY_MOST];
    if (strcmp(family->suffix, "token") == 0)
        return name->sign != ':' &&
               !ais_secret_holds_any(plain, plain_key(name->text, name->n, plain), of_requests, N_ELEMS(of_requests));
    return strcmp(family->kind, "password_assignment") == 0 || strcmp(family->suffix, "secret") == 0 ||
           strcmp(family->suffix, "apikey") == 0 || strcmp(family->suffix, "secretkey") == 0;
}

static bool is_value(const struct family *family, const struct name *name, const char *value, size_t n, bool quoted)
{
    if (n < family->least || n > VALUE_MOST || ais_secret_is_placeholder(value, n) || is_reference(value, n))
        return false;
    if (ais_secret_is_uuid(value, n) && !is_named_uuid(family, name))
        return false;
    return is_mixed(value, n) && (quoted || !is_code(value, n)) && ais_secret_entropy(value, n) >= family->entropy;
}

/* ---- for masking: values that their names make credentials ---- */

static bool is_plain_word(const char *value, size_t n)
{
    return n < 16 && ais_secret_run(value + 1, n - 1, AIS_SET_LOWER) == n - 1;
}

static bool is_named(const struct family *family, const struct name *name, const char *value, size_t n)
{
    /* A password of a group is one; "bypass" is none. */
    bool telling = family->generosity == ANY && strcmp(family->suffix, "pass") != 0;
    bool leads = is_reference(value, n) && (memchr(value, '/', n) != NULL || memchr(value, ':', n) != NULL);
    if (ais_secret_stands_for_one(value, n) || leads || (!telling && is_harmless(name->text, name->n)))
        return false;
    return family->generosity == ANY || (family->generosity == NO_WORD && n >= 4 && !is_plain_word(value, n));
}

/* The same where a text sets it. A colon parts the words of people too, and so does a sign between blanks in programs:
 * there it takes quotes, or a value that is no word, or that ends its line. */
static bool is_set(const struct ais_secret_search *search, const struct name *name, size_t sign, size_t value,
                   size_t end, bool quoted)
{
    enum { WORD = 8 };
    const char *text = search->text;
    if (quoted)
        return true;
    if (is_code(text + value, end - value))
        return false;
    if (name->sign == '=')
        return value == sign + 1 && name->text + name->n == text + sign;
    if (name->sign == ' ')
        return text[value] != '-';
    bool last = end == search->n || ais_secret_is_any(text[end], "\r\n\"'`\\");
    return end - value >= 4 && (is_mixed(text + value, end - value) || (last && end - value >= WORD));
}

/* Too short a value would be masked in words that have nothing to do with it: its name goes with it. */
static void tell_named(struct ais_secret_search *search, const struct name *name, size_t value, size_t end,
                       const char *kind)
{
    enum { SHORT = 4 };
    size_t begin = end - value < SHORT ? (size_t)(name->text - search->text) : value;
    ais_secret_tell(search, search->text + begin, end - begin, kind);
}

/* The word behind the scheme of `Authorization: Bearer …`, if there is one. */
static bool skip_scheme(const char *text, size_t n, size_t *ret)
{
    static const char *const schemes[] = { "bearer ", "basic ", "token ",     "digest ",
                                           "apikey ", "key ",   "negotiate ", "aws4-hmac-sha256 " };
    for (size_t i = 0; i < N_ELEMS(schemes); i++) {
        size_t length = strlen(schemes[i]);
        if (n <= length || strncasecmp(text, schemes[i], length) != 0)
            continue;
        while (length < n && text[length] == ' ')
            length++;
        *ret = length;
        return length < n;
    }
    return false;
}

static bool is_authorization(const char *key, size_t n)
{
    static const char header[] = "authorization";
    char plain[KEY_MOST];
    size_t length = n >= sizeof header - 1 ? plain_key(key, n, plain) : 0, header_n = sizeof header - 1;
    return length >= header_n && memcmp(plain + length - header_n, header, header_n) == 0;
}

static const char authorization_kind[] = "bearer_token";

/* ---- name, sign, value ---- */

static bool is_name_byte(char c)
{
    return (ais_secret_set_of(c) & (AIS_SET_ALNUM | AIS_SET_UNDERSCORE | AIS_SET_DASH | AIS_SET_DOT)) != 0;
}

/* Back over a name that ends before at: where it begins, and its end. */
static size_t name_before(const struct ais_secret_search *search, size_t at, size_t *ret_end)
{
    size_t end = at, most = KEY_MOST;
    while (end > 0 && most > 0 && ais_secret_is_any(search->text[end - 1], " \t\"'`:\\])*")) {
        end--;
        most--;
    }
    size_t begin = end;
    while (begin > 0 && end - begin < KEY_MOST && is_name_byte(search->text[begin - 1]))
        begin--;
    *ret_end = end;
    return begin;
}

/* The value from at on: between quotes, or up to what cannot be in one. */
static size_t value_at(struct ais_secret_search *search, size_t at, size_t *ret_begin, bool *ret_quoted)
{
    const char *text = search->text;
    size_t n = search->n, end;
    while (at < n && (text[at] == ' ' || text[at] == '\t' || text[at] == '>' || text[at] == '='))
        at++;
    while (at < n && text[at] == '\\')
        at++;
    *ret_quoted = at < n && (text[at] == '"' || text[at] == '\'' || text[at] == '`');
    char quote = '\0';
    if (*ret_quoted)
        quote = text[at++];
    *ret_begin = at;
    size_t name = at;
    for (end = at; end < n && end - at <= VALUE_MOST; end++) {
        char c = text[end];
        if (quote != '\0' ? c == quote || c == '\n' : (unsigned char)c <= ' ' || ais_secret_is_any(c, "\"'`,;&|<>"))
            break;
        if (quote == '\0' && c == '=' && end + 1 < n && is_name_byte(text[end + 1]) &&
            family_of(text + name, end - name) != NULL)
            break; /* the name of the next */
        if (c != '=')
            continue;
        name = end + 1;
        search->work += STEPS_A_NAME;
    }
    while (end > at && (text[end - 1] == '\\' || (quote == '\0' && (text[end - 1] == '.' || text[end - 1] == ')'))))
        end--;
    return end;
}

/* `Authorization: token …`, between quotes or not; without a scheme only what is no word. */
static void try_authorization(struct ais_secret_search *search, size_t sign)
{
    bool quoted;
    size_t value, skipped, end = value_at(search, sign + 1, &value, &quoted);
    bool scheme = skip_scheme(search->text + value, search->n - value, &skipped);
    search->work += (end - value) * STEPS_A_VALUE_BYTE;
    if (scheme) {
        value += skipped;
        for (end = value; end < search->n && end - value < VALUE_MOST; end++)
            if ((unsigned char)search->text[end] <= ' ' || ais_secret_is_any(search->text[end], "\"'`\\;&|<>"))
                break;
        search->work += (end - value) * STEPS_A_VALUE_BYTE;
    }
    size_t n = end - value;
    if (n >= 4 && !ais_secret_stands_for_one(search->text + value, n) && (scheme || is_mixed(search->text + value, n)))
        ais_secret_tell(search, search->text + value, n, authorization_kind);
}

static void try_sign(struct ais_secret_search *search, size_t sign)
{
    size_t name_end, value, name = name_before(search, sign, &name_end);
    bool quoted;
    search->work += STEPS_A_NAME + sign - name;
    const struct family *family = name_end > name ? family_of(search->text + name, name_end - name) : NULL;
    if (family == NULL) {
        if (search->generous && is_authorization(search->text + name, name_end - name))
            try_authorization(search, sign);
        return;
    }
    size_t end = value_at(search, sign + 1, &value, &quoted);
    bool sized = search->generous || (end - value >= family->least && end - value <= VALUE_MOST);
    search->work += (end - value) * (sized ? STEPS_A_VALUE_BYTE : 1);
    const struct name named = { search->text + name, name_end - name, search->text[sign] };
    if (is_value(family, &named, search->text + value, end - value, quoted) && !is_harmless(named.text, named.n))
        ais_secret_tell(search, search->text + value, end - value, family->kind);
    else if (search->generous && is_named(family, &named, search->text + value, end - value) &&
             is_set(search, &named, sign, value, end, quoted))
        tell_named(search, &named, value, end, family->kind);
}

enum { WORD_LEAST = 12, GENEROUS_LEAST = 8 }; /* bytes behind a header word */

/* --password …, and header words. */
static void try_word(struct ais_secret_search *search, size_t at)
{
    static const struct {
        const char *word, *kind;
        size_t least;
    } words[] = {
        {"Bearer ", "bearer_token", 20        },
        { "Basic ", "basic_auth",   WORD_LEAST},
    };
    size_t left = search->n - at;
    search->work += 8;
    for (size_t i = 0; i < N_ELEMS(words); i++) {
        size_t length = strlen(words[i].word);
        if (left <= length || strncasecmp(search->text + at, words[i].word, length) != 0)
            continue;
        const char *value = search->text + at + length;
        size_t most = left - length < VALUE_MOST ? left - length : VALUE_MOST,
               n = ais_secret_run(value, most, AIS_SET_URL | AIS_SET_DOT | AIS_SET_BASE64);
        char plain[128];
        search->work += n;
        size_t least = search->generous ? GENEROUS_LEAST : words[i].least;
        bool random = n >= least && !ais_secret_is_placeholder(value, n) && is_mixed(value, n);
        if (i == 1 && random) {
            size_t made = ais_secret_base64(value, n, plain, sizeof plain);
            const char *colon = memchr(plain, ':', made);
            random = colon != NULL && !ais_secret_is_placeholder(colon, made - (size_t)(colon - plain));
        } else
            random = random && (search->generous || ais_secret_entropy(value, n) >= 3);
        if (random)
            ais_secret_tell(search, value, n, words[i].kind);
    }
}

static void try_option(struct ais_secret_search *search, size_t at)
{
    if ((ais_secret_set_of(search->text[at + 2]) & AIS_SET_ALNUM) == 0)
        return;
    size_t left = search->n - at - 2, n = ais_secret_run(search->text + at + 2, left < KEY_MOST ? left : KEY_MOST,
                                                         AIS_SET_ALNUM | AIS_SET_DASH | AIS_SET_UNDERSCORE);
    if (n > 0 && n < left && search->text[at + 2 + n] == ' ')
        try_sign(search, at + 2 + n);
    search->work += n;
}

/* ---- user:password@host ---- */

static bool is_database(const char *scheme_end, size_t n)
{
    static const char *const schemes[] = { "postgres",    "postgresql", "mysql",      "mariadb", "mongodb",
                                           "mongodb+srv", "redis",      "rediss",     "amqp",    "amqps",
                                           "mssql",       "sqlserver",  "clickhouse", "jdbc",    "nats" };
    for (size_t i = 0; i < N_ELEMS(schemes); i++) {
        size_t length = strlen(schemes[i]);
        if (n >= length && strncasecmp(scheme_end - length, schemes[i], length) == 0)
            return true;
    }
    return false;
}

static void find_urls(struct ais_secret_search *search)
{
    enum { AUTHORITY_MOST = 300 };
    const char *at = search->text, *end = at + search->n;
    while (ais_secret_goes_on(search) && (at = memmem(at, (size_t)(end - at), "://", 3)) != NULL) {
        const char *scheme_end = at, *host = NULL, *colon = NULL, *begin = at += 3;
        for (;
             at < end && at - begin < AUTHORITY_MOST && (unsigned char)*at > ' ' && !ais_secret_is_any(*at, "/?#\"'<>");
             at++) {
            host = *at == '@' ? at : host;
            colon = *at == ':' && colon == NULL ? at : colon;
        }
        search->work += (size_t)(at - begin) + 3;
        if (host == NULL || colon == NULL || colon > host ||
            ais_secret_is_no_password(colon + 1, (size_t)(host - colon) - 1))
            continue;
        const char *kind =
            is_database(scheme_end, (size_t)(scheme_end - search->text)) ? "connection_string" : "url_password";
        ais_secret_tell(search, colon + 1, (size_t)(host - colon) - 1, kind);
    }
}

/* What parts a name and its value, or begins both. */
static void find_signs(struct ais_secret_search *search)
{
    const struct ais_shape *shape = search->shape;
    uint64_t signs = AIS_BYTE_EQUALS | AIS_BYTE_COLON | AIS_BYTE_DASH;
    if (shape->run >= (search->generous ? GENEROUS_LEAST : WORD_LEAST) && ais_shape_has(shape, AIS_BYTE_BLANK))
        signs |= AIS_BYTE_LETTER('b');
    if (!ais_shape_has_any(shape, signs))
        return;
    for (size_t at = 0; at < search->n && ais_secret_goes_on(search); at++) {
        char c = search->text[at], next = '\0';
        search->work++;
        if ((ais_byte_kinds(c) & signs) == 0)
            continue;
        if (at + 1 < search->n)
            next = search->text[at + 1];
        if ((c == '=' || c == ':') && next != c)
            try_sign(search, at);
        else if (c == '-' && next == '-' && at + 2 < search->n)
            try_option(search, at);
        else if ((c | 0x20) == 'b')
            try_word(search, at);
    }
}

/* All of the text, by the name of its member. */
static void look_at_member(struct ais_secret_search *search)
{
    const struct name name = { search->key, strlen(search->key), ':' };
    const struct family *family = family_of(name.text, name.n);
    const char *text = search->text;
    size_t n = search->n, skipped = 0;
    if (family != NULL && ((is_value(family, &name, text, n, true) && !is_harmless(name.text, name.n)) ||
                           (search->generous && is_named(family, &name, text, n))))
        ais_secret_tell(search, text, n, family->kind);
    else if (search->generous && family == NULL && is_authorization(name.text, name.n)) {
        (void)skip_scheme(text, n, &skipped);
        if (!ais_secret_stands_for_one(text + skipped, n - skipped))
            ais_secret_tell(search, text + skipped, n - skipped, authorization_kind);
    }
}

void ais_secret_assignments(struct ais_secret_search *search)
{
    look_at_member(search);
    find_signs(search);
    if (ais_shape_has(search->shape, AIS_BYTE_COLON | AIS_BYTE_SLASH | AIS_BYTE_AT))
        find_urls(search);
}
